"""Notes, receipts and trust files: C2SP's forms, published keys, and every byte that was changed."""

from __future__ import annotations

import base64
from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from assigner.errors import LedgerProofError
from assigner.ledger import verify_bundle
from assigner.ledger.notes import (
    Checkpoint,
    Key,
    Note,
    Receipt,
    cosigned,
    is_genuine,
    parse_key,
    parse_note,
    parse_receipt,
    signed,
)
from assigner.ledger.trust import Policy, parse_policy
from ledgers import KEY, ORIGIN, PUBLIC, TRUST, WITNESS_KEY, WITNESS_PUBLIC

PUBLISHED = [
    "PeterNeumann+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW",
    "sum.golang.org+033de0ae+Ac4zctda0e5eza+HJyk9SxEdh+s3Ux18htTTAD8OuAn8",
]
"""Keys that others have published in this form (Go's note package, the Go checksum database)."""

ROOT = bytes(range(32))
CHECKPOINT = Checkpoint(ORIGIN, 7, ROOT)
NOTE = Note(
    CHECKPOINT, (signed(CHECKPOINT, KEY), cosigned(CHECKPOINT, WITNESS_KEY, WITNESS_PUBLIC.name, 1_767_225_600))
)
RECEIPT = Receipt(3, (bytes(32), ROOT, ROOT[::-1]), NOTE, b"an entry")


@pytest.mark.holds("LEDG-02")
@pytest.mark.parametrize("text", PUBLISHED)
def test_keys_that_others_published_are_read_and_written_again(text: str) -> None:
    assert str(parse_key(text)) == text


@pytest.mark.holds("LEDG-02")
def test_what_is_written_is_read_again() -> None:
    assert str(NOTE).startswith(f"{ORIGIN}\n7\n{base64.b64encode(ROOT).decode()}\n\n— {ORIGIN} ")
    assert parse_note(str(NOTE)) == NOTE
    assert parse_receipt(str(RECEIPT)) == RECEIPT
    bare = Receipt(0, (), NOTE)
    assert parse_receipt(str(bare)) == bare
    assert parse_key(str(WITNESS_PUBLIC)) == WITNESS_PUBLIC
    policy = f"# ours\n\nlog {PUBLIC} https://ledger.example.org\nquorum none\n"
    assert parse_policy(policy) == TRUST


@pytest.mark.holds("LEDG-02")
def test_no_flipped_bit_of_a_checkpoint_is_accepted() -> None:
    written = str(Note(CHECKPOINT, NOTE.signatures[:1])).encode()
    accepted = []
    for at in range(8 * len(written)):
        changed = bytearray(written)
        changed[at // 8] ^= 1 << at % 8
        try:
            TRUST.expect(parse_note(changed.decode()))
        except (LedgerProofError, UnicodeDecodeError):
            continue
        accepted.append(at)
    assert accepted == []


@pytest.mark.parametrize("name", ["a+b", "a\vb", "a\x1bb", "a\u2003b", "x" * 501])
def test_a_line_of_a_signature_has_the_name_of_a_key(name: str) -> None:
    with pytest.raises(LedgerProofError, match="a line of a signature"):
        parse_note(str(NOTE).replace(WITNESS_PUBLIC.name, name))


def test_a_signature_is_of_one_key_one_kind_and_one_time() -> None:
    log, witness = NOTE.signatures
    assert is_genuine(CHECKPOINT, log, PUBLIC)
    assert is_genuine(CHECKPOINT, witness, WITNESS_PUBLIC)
    assert not is_genuine(CHECKPOINT, log, WITNESS_PUBLIC)
    assert not is_genuine(Checkpoint(ORIGIN, 8, ROOT), log, PUBLIC)
    later = cosigned(CHECKPOINT, WITNESS_KEY, WITNESS_PUBLIC.name, 1_767_225_601)
    moved = type(witness)(witness.name, witness.id, later.signature[:8] + witness.signature[8:])
    assert not is_genuine(CHECKPOINT, moved, WITNESS_PUBLIC)


@pytest.mark.holds("LEDG-02")
def test_who_must_have_signed() -> None:
    with pytest.raises(LedgerProofError, match="a ledger that the trust file names"):
        Policy((parse_key(PUBLISHED[0]),)).expect(NOTE)
    with pytest.raises(LedgerProofError, match="by a trusted key"):
        Policy((Key(ORIGIN, 1, WITNESS_PUBLIC.public),)).expect(NOTE)
    with pytest.raises(LedgerProofError, match="by a trusted key"):
        TRUST.expect(Note(CHECKPOINT, NOTE.signatures[1:]))
    other = Key("w2.example.org", 4, bytes(32))
    text = f"log {PUBLIC}\nwitness one {WITNESS_PUBLIC}\nwitness two {other}\ngroup both {{}} one two\nquorum {{}}\n"
    parse_policy(text.format("any", "both")).expect(NOTE)
    parse_policy(text.format("1", "one")).expect(NOTE)
    for count, quorum in (("all", "both"), ("2", "both"), ("any", "two")):
        with pytest.raises(LedgerProofError, match=f"the cosignatures that make {quorum}"):
            parse_policy(text.format(count, quorum)).expect(NOTE)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "quorum one\n",
        "quorum none\nquorum none\n",
        "log x\nquorum none\n",
        f"log {WITNESS_PUBLIC}\nquorum none\n",
        f"log {PUBLIC}\nlog {PUBLIC}\nquorum none\n",
        f"witness none {WITNESS_PUBLIC}\nquorum none\n",
        f"witness w {WITNESS_PUBLIC}\ngroup g 2 w\nquorum g\n",
        f"witness w {WITNESS_PUBLIC}\ngroup g any w\ngroup h any w\nquorum h\n",
        f"witness w {WITNESS_PUBLIC}\ngroup g 0 w\nquorum g\n",
        "group g any w\nquorum g\n",
        "trust everybody\nquorum none\n",
    ],
)
def test_trust_files_that_are_refused(text: str) -> None:
    with pytest.raises(LedgerProofError):
        parse_policy(text)


@pytest.mark.parametrize("parse", [parse_note, parse_receipt, parse_key, parse_policy])
@given(text=st.text())
def test_whatever_comes_is_read_or_refused(parse: Callable[[str], Any], text: str) -> None:
    for each in (text, f"{ORIGIN}\n7\n{text}", str(RECEIPT).replace("index", text), f"log {text}\nquorum none"):
        try:
            parse(each)
        except LedgerProofError:
            continue


@pytest.mark.holds("LEDG-05")
@given(message=st.binary(max_size=100), at=st.integers(0, 511))
def test_the_page_for_everybody_judges_signatures_as_the_library_does(message: bytes, at: int) -> None:
    signature, public = KEY.sign(message), PUBLIC.public
    assert verify_bundle.is_signed(public, message, signature)
    changed = bytearray(signature)
    changed[at // 8] ^= 1 << at % 8
    assert not verify_bundle.is_signed(public, message, bytes(changed))
    assert not verify_bundle.is_signed(public, message + b"x", signature)
    assert not verify_bundle.is_signed(public, message, signature[:63])
    assert not verify_bundle.is_signed(WITNESS_PUBLIC.public, message, signature)
