"""Trust files (<https://c2sp.org/tlog-policy>): whose signatures and cosignatures a verifier wants on a checkpoint."""

from __future__ import annotations

from collections.abc import Sequence

from attrs import field, frozen

from assigner.errors import LedgerProofError, shown
from assigner.ledger.notes import LOG, WITNESS, Key, Note, is_count, is_genuine, parse_key


@frozen
class Policy:
    """Whom a verifier trusts: `tlog-policy`.

    Attributes:
        logs: the ledger's own keys; one of them must have signed.
        witnesses: keys of witnesses by name.
        groups: how many of which names make a group, by its name.
        quorum: the witness or group that must have cosigned; None when none must.
    """

    logs: tuple[Key, ...]
    witnesses: dict[str, Key] = field(factory=dict)
    groups: dict[str, tuple[int, tuple[str, ...]]] = field(factory=dict)
    quorum: str | None = None

    def expect(self, note: Note, place: str = "checkpoint") -> None:
        """See that a checkpoint is signed as it must be.

        Raises:
            LedgerProofError: when it is of another ledger, or a signature is missing or wrong.
        """
        self.expect_log(note, place)
        if not self.is_cosigned(note):
            raise LedgerProofError(place, f"the cosignatures that make {self.quorum}", "too few of them")

    def expect_log(self, note: Note, place: str = "checkpoint") -> None:
        """See that the ledger's own key has signed a checkpoint, whatever witnesses did.

        Raises:
            LedgerProofError: when it is of another ledger, or the signature is missing or wrong.
        """
        origin = note.checkpoint.origin
        keys = [key for key in self.logs if key.name == origin]
        if not keys:
            names = ", ".join(sorted({key.name for key in self.logs})) or "none"
            raise LedgerProofError(place, f"a ledger that the trust file names: {names}", shown(origin))
        if not any(is_genuine(note.checkpoint, line, key) for line in note.signatures for key in keys):
            raise LedgerProofError(place, f"a signature by a trusted key of {origin}", "none that fits")

    def fault_in(self, note: Note) -> str | None:
        """What is wrong with the ledger's own signature of a checkpoint; None when it is right."""
        try:
            self.expect_log(note, f"checkpoint of size {note.checkpoint.size}")
        except LedgerProofError as error:
            return str(error)
        return None

    def is_cosigned(self, note: Note) -> bool:
        """Whether the witnesses that must have cosigned have."""
        return self.quorum is None or self._has(self.quorum, note)

    def _has(self, name: str, note: Note) -> bool:
        if name in self.witnesses:
            return any(is_genuine(note.checkpoint, line, self.witnesses[name]) for line in note.signatures)
        needed, members = self.groups[name]
        return sum(self._has(member, note) for member in members) >= needed


def parse_policy(text: str, place: str = "trust file") -> Policy:
    """A trust file.

    Raises:
        LedgerProofError: when a line of it cannot be used.
    """
    logs: list[Key] = []
    witnesses: dict[str, Key] = {}
    groups: dict[str, tuple[int, tuple[str, ...]]] = {}
    quorum: list[str] = []
    for number, line in enumerate(text.split("\n"), 1):
        words, at = line.replace("\t", " ").split(), f"{place}: line {number}"
        known = {*witnesses, *groups}
        match words:
            case []:
                continue
            case [first, *_] if first.startswith("#"):
                continue
            case ["log", key, *urls] if len(urls) < 2:
                logs.append(_key_of(key, LOG, logs, at))
            case ["witness", name, key, *urls] if len(urls) < 2 and name not in {*known, "none"}:
                witnesses[name] = _key_of(key, WITNESS, list(witnesses.values()), at)
            case ["group", name, count, *members] if members and name not in {*known, "none"}:
                free = known - {member for _, others in groups.values() for member in others}
                groups[name] = (_threshold(count, members, free, at), tuple(members))
            case ["quorum", name] if not quorum and (name == "none" or name in known):
                quorum.append(name)
            case _:
                raise LedgerProofError(at, "log, witness, group or quorum, as c2sp.org/tlog-policy has them", "another")
    if not quorum:
        raise LedgerProofError(place, "one line with the quorum", "none")
    return Policy(tuple(logs), witnesses, groups, None if quorum == ["none"] else quorum[0])


def _key_of(text: str, kind: int, others: Sequence[Key], place: str) -> Key:
    key = parse_key(text, place)
    if key.kind != kind or key.public in {other.public for other in others}:
        raise LedgerProofError(place, "a key of this use, named once", "another one, or the same again")
    return key


def _threshold(count: str, members: Sequence[str], free: set[str], place: str) -> int:
    whole = len(members)
    needed = {"any": 1, "all": whole}.get(count) or (int(count) if is_count(count) else 0)
    if not 1 <= needed <= whole or len(set(members)) < whole or not set(members) <= free:
        raise LedgerProofError(
            place, "any, all or a number, and names defined before and in no other group", "something else"
        )
    return needed
