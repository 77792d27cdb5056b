"""The commands of the ledger: one trial from its opening to the inspection, and what a blinded role sees of it."""

from __future__ import annotations

import hashlib
import json
import sqlite3
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

import html5lib
import pytest
from click.testing import CliRunner, Result
from hypothesis import given
from hypothesis import strategies as st

from assigner.assignments import assign as assigned
from assigner.cli import main
from assigner.ledger import text, views
from assigner.ledger.book import book_of
from assigner.ledger.drafts import confirm, override, reject, withdraw
from assigner.ledger.entries import Entry
from assigner.ledger.notes import WITNESS, Key, parse_receipt
from assigner.ledger.pages import page
from assigner.profiles.forms import profile_of
from assigner.rules import read_rules
from assigner.traces import digest_of, parse_trace
from assigner.traces.archives import write_archive
from effort import times
from ledgers import ARMS, EVIDENCE, enrol, ledger, quick_folder, rule_set, trace, wish

WHO = ("--actor", "Dr A", "--role", "manager", "--site", "S1", "--reason", "as the protocol says")
TRIAL = ("--trial", "T", "--protocol", "1", "--rules", "rules.yaml", "--sites", "S1,S2", *WHO)
BLIND = ("--actor", "Dr B", "--role", "investigator", "--site", "S2", "--reason", "enrolment")


@pytest.fixture(scope="module")
def folder() -> Iterator[Path]:
    with quick_folder() as made:
        yield made


@pytest.fixture
def trial(folder: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder with a new ledger, its rule set and traces, as the working directory."""
    here = Path(tempfile.mkdtemp(dir=folder))
    monkeypatch.chdir(here)
    Path("rules.yaml").write_bytes(rule_set())
    done = run("init", "--ledger", "t", "--origin", "trials.example.org/t", *TRIAL, "--arm", "A=2", "--receipt", "0")
    assert (done.exit_code, done.stdout) == (0, "entry 0 of trials.example.org/t\n"), done.output
    return here


def run(*arguments: str) -> Result:
    return CliRunner().invoke(main, ["ledger", *arguments], prog_name="assigner")


def said(name: str, *arguments: str, code: int = 0) -> str:
    done = run(name, *arguments, "--ledger", "t")
    assert done.exit_code == code, done.output
    return done.stdout


def assign(participant: str, arm: str | None, *more: str, code: int = 0, who: tuple[str, ...] = WHO) -> Result:
    file, rules = Path(f"{participant}.json"), read_rules("rules.yaml")
    seen = json.loads(trace(participant, arm))["profile"]
    file.write_bytes(assigned(profile_of(seen, rules), rules).trace_bytes)
    done = run("assign", str(file), "--ledger", "t", "--rules", "rules.yaml", *who, *more)
    assert done.exit_code == code, done.output
    return done


@pytest.mark.holds("LEDG-09", "COHO-08")
def test_a_trace_of_an_archive_is_recorded_as_its_file_is(trial: Path) -> None:
    assign("P1", "A")
    content = Path("P1.json").read_bytes().removesuffix(b"\n")
    write_archive(Path("traces.zip"), {"P1": hashlib.sha256(content).hexdigest()}, lambda who: content)
    wanted = ("--rules", "rules.yaml", *WHO)
    over = run("supersede", "traces.zip:P1", "--ledger", "t", *wanted, "--receipt", "traces.zip")
    assert "exists already" in over.output
    said("supersede", "traces.zip:P1", *wanted, "--receipt", "2")
    assert "INTACT: 3 entries, 2 traces recomputed" in said("verify", "--rules", "rules.yaml", "--receipt", "2")


@pytest.mark.holds("LEDG-09")
def test_a_trial_from_its_opening_to_the_inspection(trial: Path) -> None:
    assign("P1", "A", "--receipt", "1")
    waits = assign("P2", "B?", code=3)
    assert parse_receipt(waits.stdout).index == 2
    assert waits.stderr.splitlines()[-1] == (
        "assigner: P2 is not assigned in the ledger until a person decides: it is a review"
    )
    assert "Waiting for a person\n  P2 at S1 since entry 2: unsettled; proposed B" in said("status", code=3)
    assert said("status", "P2", code=3).startswith("P2 at S1: waiting, entries 2 to 2")
    said("confirm", "P2", *WHO, "--receipt", "3")
    Path("report.pdf").write_bytes(b"x")
    said("override", "P1", "--arm", "C", "--evidence", "report=report.pdf", *WHO, "--receipt", "4")
    assign("P3", None, "--receipt", "5", code=3)
    said("reject", "P3", *WHO, "--receipt", "6")
    said("supersede", "P1.json", "--rules", "rules.yaml", *WHO, "--receipt", "7")
    said("withdraw", "P2", *WHO, "--receipt", "8")
    said("close-arm", "C", *WHO, "--receipt", "9")
    assert said("status").splitlines()[-2:] == ["", "Nobody waits for a person"]
    assert [line.split(",")[:4] for line in said("table").splitlines()[1:]] == [
        ["P1", "S1", "assigned", "A"], ["P2", "S1", "withdrawn", "B"], ["P3", "S1", "rejected", ""],
    ]  # fmt: skip
    assert len(json.loads(said("table", "--json"))) == 3
    told = said("history")
    assert "overridden    P1 arm C instead of A, grade external, on report (SHA-256 2d711642b726b044" in told
    assert [line.split(",")[2] for line in said("history", "P2", "--csv").splitlines()[1:]] == [
        "assigned", "confirmed", "withdrawn",
    ]  # fmt: skip
    assert [json.loads(line)["seq"] for line in said("history", "--json").splitlines()] == list(range(10))

    receipts = [part for number in range(10) if number != 2 for part in ("--receipt", str(number))]
    assert said("verify", "--rules", "rules.yaml", *receipts).startswith(
        "INTACT: 10 entries, 4 traces recomputed, 9 of 9 receipts; root "
    )
    inspected(trial)


def inspected(trial: Path) -> None:
    """What an inspector does, who has the bundle, the trust file and a receipt."""
    assert run("verify", "--receipt", "4", "--trust", "t.trust").stdout.startswith(
        "INTACT: entry 4 of trials.example.org/t, "
    )
    assert CliRunner().invoke(main, ["rules", "keygen", "w.key"]).exit_code == 0
    line = said("cosign", "--key", "w.key", "--name", "w.example.org/1", "--seen", "seen").splitlines()[1]
    said("cosign", "--key", "w.key", "--name", "w.example.org/1", "--seen", "seen")
    said("export", "--recipient", "Inspector", "-o", "b", "--verifier", "v.py", *WHO, "--receipt", "10")
    done = subprocess.run(
        [sys.executable, "-I", "v.py", "b", "t.trust", "4"], capture_output=True, text=True, check=False
    )
    assert done.stdout == "INTACT: 10 entries, 4 traces, 1 receipts of trials.example.org/t\n"
    assert run("verify", "--bundle", "b", "--trust", "t.trust", "--no-replay").exit_code == 0
    assert run("import", "b", "--into", "again", "--trust", "t.trust").stdout == "10 entries\n"
    assert run("reconcile", "t", "again", "b").stdout == "nothing stands in more than one of the 3 ledgers\n"
    assert said("backup", "-o", "backup").startswith("INTACT: 11 entries")
    assert said("migrate") == "schema 0003\n"
    Path("strict").write_text(Path("t.trust").read_text().replace("quorum none", f"{line}\nquorum w.example.org/1"))
    assert run("verify", "--ledger", "t", "--trust", "strict", "--no-replay").exit_code == 0
    Path("stricter").write_text(Path("strict").read_text().replace(line.split()[2], other_key()))
    cannot = run("verify", "--ledger", "t", "--trust", "stricter", "--no-replay")
    assert (cannot.exit_code, cannot.stdout) == (
        3, "CANNOT VERIFY\n  no checkpoint has the cosignatures of w.example.org/1\n",
    )  # fmt: skip


def other_key() -> str:
    return str(Key("w.example.org/1", WITNESS, bytes(31) + b"\1"))


@pytest.mark.holds("LEDG-09")
def test_assign_records_what_it_assigns_or_ends_with_an_error(trial: Path) -> None:
    form = {"participant": "P1", "alleles": {"X1": "0/1", "X2": "0/0", "X3": "0/0"}}
    Path("form.json").write_text(json.dumps(form))
    all_in_one = ["assign", "form.json", "--rules", "rules.yaml", "--ledger", "t", *WHO, "--receipt"]
    done = CliRunner().invoke(main, [*all_in_one, "1"])
    assert (done.exit_code, done.stdout.splitlines()[1][:11]) == (0, "ASSIGNED  A"), done.output
    assert run("verify", "--receipt", "1", "--trust", "t.trust").exit_code == 0
    again = CliRunner().invoke(main, [*all_in_one, "2", "--trace", "trace"])
    assert again.exit_code == 1
    assert "without an assignment; got one since entry 1" in again.stderr
    assert not Path("trace").exists()
    for missing in (["--ledger", "t"], ["--actor", "x"]):
        assert CliRunner().invoke(main, ["assign", "form.json", "--rules", "rules.yaml", *missing]).exit_code == 2


@pytest.mark.holds("LEDG-07")
def test_a_blinded_role_learns_no_arm(trial: Path) -> None:
    for number in (1, 2):
        done = assign(f"P{number}", "A", who=BLIND)
        assert parse_receipt(done.stdout).extra is None
    full = assign("P3", "A", who=BLIND, code=1)
    assert full.stderr.endswith("ledger: this cannot be recorded now; a person who may know the arms must look\n")
    assert "1 of 2" not in full.output
    shown = "".join(
        said(name, *options, "--as-role", "monitor")
        for name, options in (("status", ()), ("status", ("P1",)), ("table", ()), ("history", ()), ("report", ()))
    )
    assert not [word for arm in ARMS for word in (f"Biology {arm}", f"Product {arm}") if word in shown]
    for refused in (("history", "--json"), ("export", "--recipient", "x", "-o", "b", *BLIND)):
        assert run(*refused, "--ledger", "t", *(() if "--actor" in refused else ("--as-role", "monitor"))).exit_code > 0
    form = {"participant": "P4", "alleles": {"X2": "0/1", "X1": "0/0", "X3": "0/0"}}
    Path("form.json").write_text(json.dumps(form))
    given = ["assign", "form.json", "--rules", "rules.yaml", "--ledger", "t", *BLIND, "--receipt", "4"]
    assert CliRunner().invoke(main, [*given, "--json"]).exit_code == 1
    done = CliRunner().invoke(main, given)
    assert (done.exit_code, done.output) == (0, "entry 3 of trials.example.org/t\n")


def events(arms: str, steps: list[int]) -> list[Entry]:
    """A trial in which the arms stand for each other as a permutation says."""
    with ledger({arms[0]: 2, arms[1]: 5}) as made:
        for number, step in enumerate(steps):
            arm, person = arms[step % 3], f"P{number}"
            try:
                enrol(made, person, f"{arm}?" if step > 5 else arm, "one file" if step % 4 == 3 else None)
                answers = (confirm, reject, withdraw)
                if step > 7:
                    made.append(answers[step % 3](wish(), person))
                elif step == 6:
                    made.append(override(wish(), person, arms[2], [EVIDENCE]))
            except Exception as error:
                assert getattr(error, "about_arms", True) or "waits" in str(error), error
        return list(made.entries())


@pytest.mark.holds("LEDG-07")
@times(0.5)
@given(steps=st.lists(st.integers(0, 11), max_size=6), arms=st.permutations("ABC"))
def test_an_exchange_of_arms_changes_nothing_that_a_blinded_role_sees(steps: list[int], arms: list[str]) -> None:
    one, other = (blinded(events("".join(order), steps)) for order in ("ABC", arms))
    assert one == other


def blinded(entries: list[Entry]) -> list[str]:
    """All that a blinded role sees, but for the times."""
    same = [each.model_copy(update={"at": "2026-01-01T00:00:00.000000Z"}) for each in entries]
    view, rows = views.overview(same, blinded=True), views.table(book_of(same), blinded=True)
    history = list(views.history(same, blinded=True))
    return [text.page(view), text.as_csv(rows, views.Row), text.events(history), page(view, history, None)]


def test_the_page_is_html_that_holds_text_and_nothing_else(trial: Path) -> None:
    hostile = "<script>alert(1)</script> &amp; \u202e"
    assign("P1", "A?", code=3)
    assert run("withdraw", "P1", "--ledger", "t", *WHO[:-1], hostile).exit_code == 1  # no control characters
    assert run("withdraw", "P1", "--ledger", "t", *WHO[:-1], hostile[:-2], "--receipt", "2").exit_code == 0
    written = said("report")
    parser = html5lib.HTMLParser(strict=True, tree=html5lib.getTreeBuilder("etree"))
    parser.parse(written)
    assert parser.errors == []
    assert "<script>" not in written
    assert "&lt;script&gt;" in written


@pytest.mark.parametrize(
    ("arguments", "code", "why"),
    [
        (("status", "P9", "--ledger", "t"), 1, "one whom the ledger knows"),
        (("status", "--ledger", "none"), 1, "a ledger; got no such file"),
        (("proof", "x", "--ledger", "t"), 2, "the number of an entry"),
        (("proof", "9", "--ledger", "t"), 1, "an entry below 1"),
        (("verify",), 2, "--trust is needed"),
        (("verify", "--trust", "t.trust"), 2, "--ledger, --bundle or --receipt"),
        (("verify", "--trust", "0", "--ledger", "t"), 1, "log, witness, group or quorum"),
        (("verify", "--trust", "large", "--ledger", "t"), 1, "at most 1000000 bytes"),
        (("verify", "--receipt", "large", "--trust", "t.trust"), 1, "at most 1000000 bytes"),
        (("verify", "--bundle", "0", "--trust", "t.trust"), 1, "0: line 1"),
        (("verify", "--ledger", "t", "--bundle", "0"), 2, "cannot be combined"),
        (("verify", "--receipt", "t.trust", "--trust", "t.trust"), 1, "a proof that begins with"),
        (("reconcile", "t"), 2, "two ledgers or more"),
        (("backup", "--ledger", "t", "-o", "t"), 1, "it is not replaced"),
        (("verify", "--ledger", "no"), 1, "no: expected a ledger; got no such file"),
        (("backup", "--ledger", "no", "-o", "b"), 1, "no: expected a ledger; got no such file"),
        (("withdraw", "P1", "--ledger", "no", *WHO), 1, "no: expected a ledger; got no such file"),
        (("assign", "rules.yaml", "--ledger", "t", *WHO), 1, "rules.yaml"),
        (("override", "P1", "--arm", "A", "--evidence", "x", "--ledger", "t", *WHO), 2, "WHAT=FILE"),
        (("status", "--ledger", "postgresql://x@127.0.0.1:1/x"), 1, "a database that can be read"),
        (("confirm", "P1", "--ledger", "postgresql://x@127.0.0.1:1/x", *WHO), 2, "--key is needed"),
        (("init", "--ledger", "t", "--origin", "x", *TRIAL), 2, "exists"),
    ],
)  # fmt: skip
def test_what_cannot_be_used_is_refused_with_a_reason(
    trial: Path, arguments: tuple[str, ...], code: int, why: str
) -> None:
    before = Path("t").read_bytes()
    Path("large").write_text("#é" * 400_000, encoding="utf-8")  # a comment that would be cut to a trust file
    done = run(*arguments)
    assert (done.exit_code, why in done.output) == (code, True), done.output
    assert Path("t").read_bytes() == before


def test_a_trace_that_gives_something_else_is_not_recorded(trial: Path) -> None:
    assign("P1", "A")
    shown = json.loads(Path("P1.json").read_bytes())
    edited = parse_trace(json.dumps({**shown, "participant": "P2", "category": "B"}))
    Path("P2.json").write_bytes(edited.model_copy(update={"digest": digest_of(edited)}).to_bytes())
    done = run("assign", "P2.json", "--ledger", "t", "--rules", "rules.yaml", *WHO)
    assert (done.exit_code, "a trace that gives the same" in done.stderr) == (1, True)
    assert run("assign", "P1.json", "--participant", "P2", "--ledger", "t", *WHO).exit_code == 1


@pytest.mark.holds("LEDG-09")
def test_a_witness_does_not_sign_a_ledger_that_went_back(trial: Path) -> None:
    assign("P1", "A", "--receipt", "1")
    Path("old").write_bytes(Path("t").read_bytes())
    assert CliRunner().invoke(main, ["rules", "keygen", "w.key"]).exit_code == 0
    witness = ("--key", "w.key", "--name", "w", "--seen", "seen", "--trust", "t.trust")
    said("withdraw", "P1", *WHO, "--receipt", "2")
    assert run("cosign", "--ledger", "t", *witness).exit_code == 0
    back = run("cosign", "--ledger", "old", *witness)
    assert (back.exit_code, "at least the 3 entries that this witness saw; got 2" in back.stderr) == (1, True)
    Path("old.key").write_bytes(Path("t.key").read_bytes())
    assert run("reject", "P1", "--ledger", "old", *WHO).exit_code == 1
    assert run("close-arm", "B", "--ledger", "old", *WHO, "--receipt", "3").exit_code == 0
    other = run("cosign", "--ledger", "old", *witness)
    assert (other.exit_code, "another ledger" in other.stderr) == (1, True)
    forked = run("reconcile", "t", "old")
    assert (forked.exit_code, forked.stdout) == (3, "fork of trials.example.org/t: t entry 2; old entry 2\n")


@pytest.mark.holds("LEDG-09")
def test_reconcile_finds_a_participant_in_two_ledgers(trial: Path) -> None:
    done = run("init", "--ledger", "u", "--origin", "trials.example.org/u", *TRIAL, "--receipt", "x")
    assert done.exit_code == 0
    assign("P1", "A", "--allocation", "K1")
    assert run("assign", "P1.json", "--ledger", "u", "--rules", "rules.yaml", *WHO).exit_code == 0
    found = run("reconcile", "t", "u")
    assert (found.exit_code, found.stdout) == (3, "participant P1: t entry 1; u entry 1\n")


def test_a_rule_set_is_admitted_beside_or_instead(trial: Path) -> None:
    said("admit", str(shipped()), *WHO, "--receipt", "1")
    assert run("admit", str(shipped()), "--ledger", "t", *WHO).exit_code == 1
    said("admit", str(shipped()), "--instead", *WHO, "--receipt", "2")
    assign("P1", "A", code=1)


def shipped() -> Path:
    return Path(__file__).resolve().parents[1] / "categories.yaml"


def test_the_ledger_of_a_trial_with_keyed_participants(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    here = folder / "keyed"
    here.mkdir()
    monkeypatch.chdir(here)
    Path("rules.yaml").write_bytes(rule_set())
    Path("secret").write_bytes(b"s" * 32)
    keyed = ("--participant-key", "secret")
    assert run("init", "--ledger", "t", "--origin", "x", *TRIAL, *keyed, "--receipt", "0").exit_code == 0
    assign("P1", "A", *keyed)
    assert said("status", "P1", *keyed).startswith("h")
    with sqlite3.connect("t") as connection:
        (held,) = connection.execute("SELECT participant FROM entry WHERE seq = 1").fetchone()
    connection.close()
    assert held.startswith("h")
    assert said("verify", *keyed, "--rules", "rules.yaml").startswith("INTACT: 2 entries, 1 traces recomputed")
    Path("short").write_bytes(b"s")
    assert run("status", "P1", "--ledger", "t", "--participant-key", "short").exit_code == 1


@pytest.mark.parametrize(
    ("arguments", "place"),
    [
        (("override", "P1", "--arm", "A B", "--evidence", "report=rules.yaml"), "arm"),
        (("override", "P1", "--arm", "B", "--evidence", f"{'x' * 501}=rules.yaml"), "what"),
        (("close-arm", "A B"), "closed"),
        (("withdraw", "P\udcff"), "participant"),
        (("withdraw", "P1", "--request-id", "\udcff"), "request"),
        (("export", "--recipient", " x", "-o", "out"), "recipient"),
    ],
)
def test_a_name_that_no_entry_can_have_is_an_error_of_one_line(
    trial: Path, arguments: tuple[str, ...], place: str
) -> None:
    assign("P1", "A")
    done = run(*arguments, "--ledger", "t", *WHO)
    assert done.exit_code == 1, done.output
    (line,) = done.stderr.splitlines()
    assert line.startswith(f"assigner: {place}: expected "), line
