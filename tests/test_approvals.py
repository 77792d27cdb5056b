"""Approvals: any changed byte, another key or another rule set, and nothing is approved."""

from __future__ import annotations

import builtins
import functools
import io
import json
import os
import subprocess
from pathlib import Path
from typing import Any

import pytest
import rfc8785
from click.testing import CliRunner, Result
from hypothesis import given
from hypothesis import strategies as st

from assigner.cases.examples import run_examples
from assigner.cli import main
from assigner.errors import ApprovalError, RuleSetError
from assigner.lint.notices import Severity
from assigner.lint.statements import of_statements
from assigner.rules import Rules, parse_rules
from assigner.rules.approvals import (
    Approval,
    approvals_beside,
    approved,
    new_key,
    read_approval,
    read_private_key,
    read_public_key,
)
from assigner.rules.starter import MOST, starter
from assigner.testing.parts import content_of, gene

Key = pytest.importorskip("cryptography.hazmat.primitives.asymmetric.ed25519").Ed25519PrivateKey

ONE, TWO, OTHER = (Key.from_private_bytes(bytes([number]) * 32) for number in (1, 2, 3))
IDENTITY = {"id": "t", "version": "1", "title": "t", "status": "approved", "curators": ["someone"]}
GENES = [gene(1, {"A": 600})]
SOURCE = json.dumps(content_of(rule_set={**IDENTITY, "tables": {"alleles": "alleles.tsv"}}, genes=GENES)).encode()
HEAD = "id\tgene\tname\tclass\tneeds\tinactive\tbecause\tsources\tstatus"
ROW = "X\tG1\tX\tpathogenic\tone\tno place\ta test\ta test\tconfirmed"
TABLE = f"{HEAD}\n{ROW}\n".encode()


@functools.cache
def rules() -> Rules:
    return parse_rules(SOURCE, {"alleles.tsv": TABLE})


def public(*keys: Any) -> set[str]:
    return {key.public_key().public_bytes_raw().hex() for key in keys}


def sign(key: Any = ONE, signer: str = "Dr X", **more: Any) -> Approval:
    return Approval.signed(rules(), key, signer=signer, **more)


def named(source: bytes, name: str) -> io.BytesIO:
    """An open file of this name."""
    file = io.BytesIO(source)
    file.name = name
    return file


def changed(source: bytes, at: int, byte: int) -> bytes:
    return source[:at] + bytes([byte]) + source[at + 1 :]


# ---------------------------------------------------------------------------------------------------------------- laws


@given(st.text(min_size=1, max_size=60), st.text(min_size=1, max_size=60), st.none() | st.just("2026-11-24T10:00:00Z"))
def test_what_is_signed_is_approved_and_read_back_as_it_was(signer, meaning, time):
    try:
        made = sign(signer=signer, meaning=meaning, time=time)
    except ApprovalError as error:
        assert not (signer.isprintable() and meaning.isprintable() and signer.strip() and meaning.strip()) or (
            signer != signer.strip() or meaning != meaning.strip()
        ), error
        return
    assert read_approval(made.to_bytes()) == made
    assert approved(rules(), [made], public(ONE)) == (made,)


def test_the_same_signature_is_the_same_bytes():
    assert sign().to_bytes() == sign().to_bytes()


@pytest.mark.holds("RULE-09")
@given(st.data())
def test_any_changed_byte_of_an_approval_makes_it_none(data):
    source = sign().to_bytes()
    at = data.draw(st.integers(0, len(source) - 1))
    damaged = changed(source, at, data.draw(st.integers(0, 255).filter(lambda byte: byte != source[at])))
    with pytest.raises(ApprovalError):
        approved(rules(), [read_approval(damaged)], public(ONE))


@pytest.mark.holds("RULE-09")
@given(st.data())
def test_any_changed_byte_of_the_rule_set_or_its_table_makes_it_unapproved(data):
    made = sign()
    sources = [SOURCE, TABLE]
    part = data.draw(st.integers(0, 1))
    at = data.draw(st.integers(0, len(sources[part])))
    sources[part] = data.draw(
        st.sampled_from([changed(sources[part], at, 32), sources[part][:at] + b" " + sources[part][at:]])
    )
    if sources == [SOURCE, TABLE]:
        return
    try:
        other = parse_rules(sources[0], {"alleles.tsv": sources[1]})
    except RuleSetError:
        return
    with pytest.raises(ApprovalError):
        approved(other, [made], public(ONE))


def test_a_row_that_is_added_to_a_table_makes_it_unapproved():
    more = parse_rules(SOURCE, {"alleles.tsv": TABLE + ROW.replace("X", "Y").encode()})
    assert len(more.content.alleles) == 2
    with pytest.raises(ApprovalError, match="it is for a rule set with digest"):
        approved(more, [sign()], public(ONE))


@pytest.mark.holds("RULE-09")
@given(st.sets(st.sampled_from([0, 1, 2])), st.sets(st.sampled_from([0, 1, 2])), st.integers(1, 3))
def test_exactly_the_trusted_signers_count(signed, trusted, needed):
    keys = [ONE, TWO, OTHER]
    approvals = [sign(keys[at], signer=f"Dr {at}") for at in sorted(signed)]
    trust = public(*(keys[at] for at in trusted))
    if len(signed & trusted) >= needed:
        found = approved(rules(), approvals, trust, needed=needed)
        assert [each.signer for each in found] == [f"Dr {at}" for at in sorted(signed & trusted)]
    else:
        with pytest.raises(ApprovalError, match=f"got {len(signed & trusted)}"):
            approved(rules(), approvals, trust, needed=needed)


@pytest.mark.holds("RULE-09")
@pytest.mark.parametrize(
    "approvals",
    [
        [sign(), sign()],
        [sign(), sign(signer="Dr Y")],
        [sign(), sign(meaning="approved again")],
        [sign(), sign(TWO, signer="DR X")],
    ],
    ids=["twice", "one key under two names", "two meanings", "one name with two keys"],
)
def test_one_person_counts_once(approvals):
    assert approved(rules(), approvals, public(ONE, TWO)) == tuple(approvals)
    with pytest.raises(ApprovalError, match="by 2 trusted signers; got 1"):
        approved(rules(), approvals, public(ONE, TWO), needed=2)


@pytest.mark.holds("RULE-09")
def test_a_signature_of_another_key_does_not_count_under_a_trusted_one():
    forged = sign(OTHER).model_copy(update={"public_key": next(iter(public(ONE)))})
    assert not forged.is_genuine
    with pytest.raises(ApprovalError, match="its signature does not fit"):
        approved(rules(), [forged], public(ONE))


def test_an_approval_that_names_another_version_does_not_count():
    parts = json.loads(sign().to_bytes())
    del parts["signature"]
    parts["rule_set"]["version"] = "2"
    made = read_approval(rfc8785.dumps({**parts, "signature": ONE.sign(rfc8785.dumps(parts)).hex()}))
    assert made.is_genuine
    with pytest.raises(ApprovalError, match="names another rule set"):
        approved(rules(), [made], public(ONE))


def test_a_draft_is_neither_signed_nor_approved():
    draft = parse_rules(starter().encode())
    with pytest.raises(ApprovalError, match="status: expected 'approved'; got 'draft'"):
        Approval.signed(draft, ONE, signer="Dr X")
    with pytest.raises(ApprovalError, match="status: expected 'approved'; got 'draft'"):
        approved(draft, [sign()], public(ONE))


@pytest.mark.holds("RULE-10")
def test_no_signature_is_never_enough():
    with pytest.raises(ApprovalError, match="got 0"):
        approved(rules(), [], public(ONE))
    with pytest.raises(ValueError, match="at least one"):
        approved(rules(), [], public(ONE), needed=0)


# ------------------------------------------------------------------------------------------------------- bad approvals


GOOD = json.loads(sign().to_bytes())


@pytest.mark.parametrize(
    "source",
    [
        b"", b"{", b"[]", b"null", b"\xff", b"[" * 60_000, b"1e999", b"NaN", b" " * 64_001, b'{"a": 1, "a": 1}',
        sign().to_bytes()[:-1], sign().to_bytes() + b"\n", json.dumps(GOOD, indent=1).encode(),
        *(rfc8785.dumps({name: value for name, value in GOOD.items() if name != gone}) for gone in GOOD),
        *(rfc8785.dumps({**GOOD, name: wrong}) for name in GOOD for wrong in (1, [], {}, "", True, "\n", "x" * 501)),
        rfc8785.dumps({**GOOD, "more": ""}),
        rfc8785.dumps({**GOOD, "signature": GOOD["signature"].upper()}),
        rfc8785.dumps({**GOOD, "signer": "Dr \u202e X"}),
        json.dumps({**GOOD, "signer": "\ud800"}).encode(),
    ],
)  # fmt: skip
def test_what_is_no_approval_is_refused_with_its_name(source):
    with pytest.raises(ApprovalError) as raised:
        read_approval(named(source, "x.json"))
    assert str(raised.value).startswith("x.json") and len(str(raised.value)) < 400


@given(st.binary(max_size=200))
def test_any_bytes_are_an_approval_or_an_error(source):
    with pytest.raises(ApprovalError):
        read_approval(source)


# ---------------------------------------------------------------------------------------------------------------- keys


def test_keys_are_written_and_read(tmp_path):
    for passphrase in (None, b"a passphrase"):
        private, shown = new_key(passphrase)
        (tmp_path / "k").write_bytes(private)
        (tmp_path / "k.pub").write_bytes(shown)
        key = read_private_key(tmp_path / "k", passphrase)
        assert {read_public_key(tmp_path / "k.pub")} == public(key)
        for wrong in (b"another", None if passphrase else b"one"):
            with pytest.raises(ApprovalError, match="passphrase"):
                read_private_key(tmp_path / "k", wrong)


def test_what_is_no_key_is_refused(tmp_path):
    from cryptography.hazmat.primitives.asymmetric.ec import SECP256R1, generate_private_key
    from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat, PublicFormat

    other = generate_private_key(SECP256R1())
    private, shown = new_key()
    files = {
        "empty": b"",
        "text": b"no key",
        "cut": private[:50],
        "other": other.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()),
        "other.pub": other.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo),
        "private": private,
        "public": shown,
    }
    for name, content in files.items():
        (tmp_path / name).write_bytes(content)
    for name in [*files, "missing"]:
        if name != "private":
            with pytest.raises(ApprovalError, match=name):
                read_private_key(tmp_path / name)
        if name != "public":
            with pytest.raises(ApprovalError, match=name):
                read_public_key(tmp_path / name)


def test_without_cryptography_the_error_names_the_extra(monkeypatch):
    real = builtins.__import__

    def missing(name, *rest, **more):
        if name.startswith("cryptography"):
            raise ImportError(name)
        return real(name, *rest, **more)

    made = sign()
    monkeypatch.setattr(builtins, "__import__", missing)
    with pytest.raises(ApprovalError, match=r"assigner\[approval\]"):
        approved(rules(), [made], public(ONE))


# ------------------------------------------------------------------------------------------------------------- starter


def test_the_starter_passes_the_check_with_any_number_of_categories():
    for number in range(2, MOST + 1):
        read = parse_rules(starter(number).encode())
        assert [category.id for category in read.content.categories] == [f"CAT{n}" for n in range(1, number + 1)]
        if number in (2, 3, MOST):
            assert [ran for ran in run_examples(read) if ran.faults] == []
            assert [each for each in of_statements(read) if each.severity is not Severity.NOTE] == []
    for number in (1, MOST + 1):
        with pytest.raises(ValueError, match="categories"):
            starter(number)


def test_every_place_and_number_of_a_gene_in_the_starter_is_the_shipped_one():
    from assigner.rules import read_rules

    ours, shipped = parse_rules(starter().encode()).content, read_rules().content
    assert len(ours.genes) > 4 and len(ours.alleles) > 2 and ours.repeats
    free = {"because", "sources", "shares", "note", "status", "effects"}
    free |= {"stars", "classified", "conditions", "frequency"}  # the evidence of 2026, which the starter leaves out
    free |= {"exons"}  # too long for a rule set to begin with
    for part, name in (("genes", "symbol"), ("alleles", "id"), ("repeats", "id")):
        known = {getattr(each, name): each for each in getattr(shipped, part)}
        for each in getattr(ours, part):
            theirs = known[getattr(each, name)]
            assert each.model_dump(exclude=free) == theirs.model_dump(exclude=free)
            assert set(each.sources) <= set(theirs.sources)
            shares = {share.share for share in getattr(theirs, "shares", ())}
            assert {share.share for share in getattr(each, "shares", ())} <= shares


# --------------------------------------------------------------------------------------------------------- the command


def run(*args: str) -> Result:
    done = CliRunner().invoke(main, list(args))
    assert done.exception is None or isinstance(done.exception, SystemExit), done
    return done


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A working directory with an approved rule set, two keys and a participant."""
    monkeypatch.chdir(tmp_path)
    assert run("rules", "new", "draft.yaml").exit_code == 0
    text = Path("draft.yaml").read_text().replace("status: draft ", "status: approved ")
    Path("r.yaml").write_text(text.replace("curators: []", "curators: [Dr X, Dr Y]"))
    for key in ("x", "y"):
        assert run("rules", "keygen", key).exit_code == 0
    profile = {"participant": "P1", "absent": "reference", "assessed": "all", "repeats": {"C9orf72": "2/45"}}
    Path("P1.json").write_text(json.dumps(profile))
    return tmp_path


DEMAND = ("--require-approved", "--trusted-key", "x.pub", "--trusted-key", "y.pub")


def test_new_writes_to_stdout_or_to_a_file_that_is_not_there(folder):
    assert run("rules", "new").stdout == starter() == Path("draft.yaml").read_text()
    assert run("rules", "new", "--categories", "4").stdout == starter(4)
    Path("mine.yaml").write_text("mine")
    os.symlink("nowhere", "link.yaml")
    for name in ("mine.yaml", "link.yaml"):
        done = run("rules", "new", name)
        assert done.exit_code == 2 and "exists already; it is not replaced" in done.stderr
    assert Path("mine.yaml").read_text() == "mine" and not Path("nowhere").exists()
    assert run("rules", "new", "--categories", "1").exit_code == 2
    assert run("rules", "new", "nosuch/r.yaml").exit_code == 1
    assert "8 of 8 examples hold" in run("rules", "check", "draft.yaml").stdout


def test_keys_are_kept_secret_and_never_written_over(folder):
    assert Path("x").stat().st_mode & 0o777 == 0o600
    before = Path("x").read_bytes()
    assert run("rules", "keygen", "x").exit_code == 2
    Path("z.pub").write_text("")
    assert run("rules", "keygen", "z").exit_code == 2
    assert Path("x").read_bytes() == before and not Path("z").exists()


def test_an_encrypted_key_needs_its_passphrase(folder):
    Path("word").write_text("open\nnot read\n")
    Path("none").write_text("\n")
    assert run("rules", "keygen", "e", "--passphrase-file", "word").exit_code == 0
    assert b"ENCRYPTED" in Path("e").read_bytes()
    command = ("rules", "approve", "r.yaml", "--key", "e", "--name", "Dr E")
    for more in ((), ("--passphrase-file", "none"), ("--passphrase-file", "missing"), ("--passphrase-file", "x")):
        done = run(*command, *more)
        assert done.exit_code == 1 and not Path("r.yaml.approval.json").exists(), done.stderr
    assert run(*command, "--passphrase-file", "word").exit_code == 0


@pytest.mark.holds("RULE-10")
def test_a_rule_set_is_used_when_enough_people_signed_it(folder):
    check, assign = ("rules", "check", "r.yaml"), ("assign", "P1.json", "--rules", "r.yaml")
    for command in (check, assign):
        plain = run(*command)
        assert plain.exit_code == 0 and plain.stderr.count("says that it is approved, but no signature") == 1
        refused = run(*command, *DEMAND)
        assert refused.exit_code == 1 and "by 1 trusted signer; got 0" in refused.stderr and not refused.stdout

    signed = run("rules", "approve", "r.yaml", "--key", "x", "--name", "Dr X", "--meaning", "for use in trial T",
                 "--time", "2026-11-24T10:00:00+01:00")  # fmt: skip
    assert signed.exit_code == 0, signed.stderr
    made = read_approval("r.yaml.approval.json")
    assert (made.signer, made.meaning, made.time) == (
        "Dr X",
        "for use in trial T",
        "2026-11-24T10:00:00+01:00",
    )
    for command in (check, assign):
        done = run(*command, *DEMAND)
        assert done.exit_code == 0 and not done.stderr, done.stderr
        assert run(*command, *DEMAND, "--signatures", "2").exit_code == 1
    assert f"approved by Dr X (key {made.public_key}): for use in trial T" in run(*check, *DEMAND).stdout

    again = ("rules", "approve", "r.yaml", "--key", "y", "--name", "Dr Y")
    assert run(*again).exit_code == 2
    assert run(*again, "-o", "r.yaml.approval-y.json").exit_code == 0
    assert [file.name for file in approvals_beside("r.yaml")] == ["r.yaml.approval-y.json", "r.yaml.approval.json"]
    assert run(*check, *DEMAND, "--signatures", "2").exit_code == 0
    assert run(*check, *DEMAND, "--signatures", "2", "--approval", "r.yaml.approval.json").exit_code == 1
    only = ("--require-approved", "--trusted-key", "y.pub", "--approval", "r.yaml.approval.json")
    assert "is not trusted" in run(*check, *only).stderr

    with open("r.yaml", "a") as file:
        file.write("# one more line\n")
    assert "it is for a rule set with digest" in run(*assign, *DEMAND).stderr


def test_an_approval_that_cannot_be_read_is_refused(folder):
    for content in ("", "{}", "not JSON"):
        Path("r.yaml.approval.json").write_text(content)
        done = run("rules", "check", "r.yaml", *DEMAND)
        assert done.exit_code == 1 and "r.yaml.approval.json" in done.stderr
    assert "nosuch" in run("rules", "check", "r.yaml", *DEMAND, "--approval", "nosuch").stderr


@pytest.mark.holds("RULE-04")
def test_nothing_is_signed_that_is_a_draft_or_whose_examples_fail(folder):
    key = ("--key", "x", "--name", "Dr X")
    assert "status: expected 'approved'; got 'draft'" in run("rules", "approve", "draft.yaml", *key).stderr
    Path("bad.yaml").write_text(
        Path("r.yaml").read_text().replace("category: CAT2, tier: 2", "category: CAT1, tier: 2")
    )
    done = run("rules", "approve", "bad.yaml", *key)
    assert done.exit_code == 1 and "example two-recessive-alleles" in done.stderr
    assert run("rules", "approve", "r.yaml", "--key", "x", "--name", "Dr\nX").exit_code == 1
    assert run("rules", "approve", "r.yaml", "--key", "x.pub", "--name", "Dr X").exit_code == 1
    assert run("rules", "approve", "r.yaml", *key, "--time", "now").exit_code == 2
    assert list(folder.glob("*.approval*")) == []


@pytest.mark.holds("COMM-05")
def test_options_that_would_do_nothing_are_wrong_usage(folder):
    for more in (["--trusted-key", "x.pub"], ["--approval", "a"], ["--signatures", "2"], ["--require-approved"]):
        assert run("rules", "check", "r.yaml", *more).exit_code == 2
        assert run("assign", "P1.json", *more).exit_code == 2


@pytest.mark.holds("RULE-10")
def test_the_shipped_draft_is_refused_where_an_approved_one_is_demanded(folder):
    done = run("assign", "P1.json", *DEMAND)
    assert done.exit_code == 1 and "status: expected 'approved'; got 'draft'" in done.stderr and not done.stdout


@pytest.mark.holds("RULE-09")
def test_openssl_verifies_an_approval(folder):
    """The format by another program's word: the signature is over the canonical JSON without it."""
    assert run("rules", "approve", "r.yaml", "--key", "x", "--name", "Dr X").exit_code == 0
    parts = json.loads(Path("r.yaml.approval.json").read_bytes())
    Path("signature").write_bytes(bytes.fromhex(parts.pop("signature")))
    Path("signed").write_bytes(rfc8785.dumps(parts))
    command = ["openssl", "pkeyutl", "-verify", "-pubin", "-inkey", "x.pub", "-rawin", "-in", "signed"]
    try:
        done = subprocess.run([*command, "-sigfile", "signature"], capture_output=True, text=True, check=False)
    except FileNotFoundError:
        pytest.skip("no openssl here")
    assert "Signature Verified Successfully" in done.stdout, done.stderr
