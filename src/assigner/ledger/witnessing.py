"""A witness: signs that a ledger is what it was, and more; and keeps what it saw."""

from __future__ import annotations

from pathlib import Path

from attrs import evolve

from assigner.errors import LedgerProofError
from assigner.files import write_whole
from assigner.ledger.ledger import Ledger
from assigner.ledger.notes import Note, Signed, SigningKey, cosigned, parse_note, text_in
from assigner.ledger.tree import is_consistent
from assigner.ledger.trust import Policy


def cosign(ledger: Ledger, policy: Policy, key: SigningKey, name: str, seen: Path, seconds: int) -> tuple[int, Signed]:
    """Sign the latest checkpoint, if it extends the last one that this witness saw; then keep it as seen.

    Args:
        ledger: the ledger.
        policy: whose checkpoints the witness accepts; cosignatures are not asked for.
        key: the witness's key.
        name: the witness's name.
        seen: the file in which the witness keeps the last checkpoint it saw.
        seconds: the time, since 1970.

    Returns:
        The size of the ledger, and the witness's signature.

    Raises:
        LedgerProofError: when the ledger is shorter or another one than the witness saw, or nobody trusted signed it.
    """
    note = ledger.checkpoint()
    policy.expect_log(note)
    before = _seen(seen, policy)
    if before is not None:
        _expect_extended(ledger, before, note)
    line = cosigned(note.checkpoint, key, name, seconds)
    write_whole(seen, str(evolve(note, signatures=note.signatures[:1])).encode())
    return note.checkpoint.size, line


def _seen(file: Path, policy: Policy) -> Note | None:
    if not file.exists():
        return None
    found = parse_note(text_in(file, "seen"), str(file))
    policy.expect_log(found, str(file))
    return found


def _expect_extended(ledger: Ledger, before: Note, now: Note) -> None:
    old, new = before.checkpoint, now.checkpoint
    if old.origin != new.origin:
        raise LedgerProofError("checkpoint", f"the ledger {old.origin}, which this witness saw", new.origin)
    if new.size < old.size:
        raise LedgerProofError("checkpoint", f"at least the {old.size} entries that this witness saw", str(new.size))
    if not is_consistent(old.size, new.size, ledger.consistency(old.size, new.size), old.root, new.root):
        raise LedgerProofError(
            "checkpoint", f"a ledger that begins with the {old.size} entries that this witness saw", "another ledger"
        )
