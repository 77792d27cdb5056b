"""The trees, proofs, checkpoints and cosignatures of the ledger, judged by aics-tlog, another reader of C2SP's forms.

It needs Python 3.12: `make pythons` installs it there.
"""

from __future__ import annotations

import pytest

from assigner.errors import LedgerProofError
from assigner.ledger.notes import parse_note
from assigner.ledger.tree import consistency, inclusion
from assigner.ledger.trust import Policy
from ledgers import ORIGIN, PUBLIC, WITNESS_PUBLIC, enrol, ledger
from test_ledger_notes import CHECKPOINT, NOTE
from test_ledger_tree import MOST, grown, leaf, node

aics = pytest.importorskip("aics_tlog", reason="aics-tlog needs Python 3.12; `make pythons` installs it there")


@pytest.mark.holds("LEDG-01")
def test_each_root_and_proof_is_the_same() -> None:
    theirs, (_, roots) = aics.MerkleTree(f"entry {index}".encode() for index in range(MOST)), grown()
    for new in range(MOST + 1):
        assert theirs.root(new) == roots[new]
        for index in range(new):
            proof = inclusion(index, new, node)
            assert proof == theirs.inclusion_proof(index, new)
            assert aics.verify_inclusion(leaf(index), index, new, proof, roots[new])
        for old in range(new + 1):
            proof = consistency(old, new, node)
            assert proof == theirs.consistency_proof(old, new)
            assert aics.verify_consistency(old, new, roots[old], roots[new], proof)


@pytest.mark.holds("LEDG-02")
def test_keys_checkpoints_and_cosignatures_are_read_and_verified() -> None:
    log, witness = aics.parse_vkey(str(PUBLIC)), aics.parse_vkey(str(WITNESS_PUBLIC))
    read = aics.parse_note(str(NOTE))
    found = aics.verify_checkpoint(read, log, [witness], quorum=1, expected_origin=ORIGIN)
    assert (found.ok, found.log_ok, found.cosignature_count, found.error) == (True, True, 1, None)
    told = aics.parse_checkpoint(read.text)
    assert (told.origin, told.size, told.root) == (ORIGIN, CHECKPOINT.size, CHECKPOINT.root)
    assert read.serialise() == str(NOTE)


@pytest.mark.holds("LEDG-02")
def test_of_each_flipped_bit_both_say_the_same() -> None:
    log, written = aics.parse_vkey(str(PUBLIC)), str(NOTE).encode()
    for at in range(8 * len(written)):
        changed = bytearray(written)
        changed[at // 8] ^= 1 << at % 8
        if b"\x7f" not in changed:  # we refuse all that is not printed in a name, which the form does not ask
            assert _ours(bytes(changed)) == _theirs(bytes(changed), log)


def _ours(written: bytes) -> bool:
    try:
        Policy((PUBLIC,)).expect_log(parse_note(written.decode()))
    except (LedgerProofError, UnicodeDecodeError):
        return False
    return True


def _theirs(written: bytes, log: object) -> bool:
    try:
        return bool(aics.verify_checkpoint(aics.parse_note(written), log, expected_origin=ORIGIN).log_ok)
    except ValueError:
        return False


@pytest.mark.holds("LEDG-02")
def test_the_receipts_of_a_ledger_are_proved_by_it() -> None:
    with ledger() as made:
        receipts = [enrol(made, f"P{number}") for number in range(9)]
    log = aics.parse_vkey(str(PUBLIC))
    for receipt in receipts:
        found = aics.verify_checkpoint(aics.parse_note(str(receipt.note)), log, expected_origin=ORIGIN)
        assert found.log_ok
        assert receipt.extra is not None
        told, size = receipt.note.checkpoint, receipt.note.checkpoint.size
        proof = list(receipt.path)
        assert aics.verify_leaf_inclusion(receipt.extra, receipt.index, size, proof, told.root)
