"""Ledgers that could not see each other: who is in two of them, and where one ledger went two ways."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence

from attrs import frozen

from assigner.ledger.copies import Copy
from assigner.ledger.entries import Entry, Result, parse_entry


@frozen
class Finding:
    """What two ledgers or more have in common and should not: what, which, and where it stands in each."""

    what: str
    which: str
    places: Mapping[str, tuple[int, ...]]

    def __str__(self) -> str:
        at = "; ".join(f"{name} entry {', '.join(map(str, seqs))}" for name, seqs in self.places.items())
        return f"{self.what} {self.which}: {at}"


def reconcile(copies: Mapping[str, Copy]) -> list[Finding]:
    """All that stands in more than one ledger: participants, inputs, allocations, and forks of one ledger.

    Args:
        copies: the ledgers by what they are called.

    Raises:
        LedgerProofError: when an entry is none.
    """
    entries = {name: [parse_entry(body) for body in copy.bodies()] for name, copy in copies.items()}
    return [*_forks(entries), *_shared(entries)]


def _forks(entries: Mapping[str, Sequence[Entry]]) -> Iterator[Finding]:
    """Where two copies of one ledger have different entries."""
    names = list(entries)
    for at, one in enumerate(names):
        for other in names[at + 1 :]:
            first, second = entries[one], entries[other]
            if first and second and first[0].origin == second[0].origin:
                for seq, (mine, theirs) in enumerate(zip(first, second, strict=False)):
                    if mine != theirs:
                        yield Finding("fork of", mine.origin, {one: (seq,), other: (seq,)})
                        break


def _shared(entries: Mapping[str, Sequence[Entry]]) -> Iterator[Finding]:
    """What stands in ledgers of different names; copies of one ledger share all of it by right."""
    found: dict[tuple[str, str], dict[str, list[int]]] = defaultdict(lambda: defaultdict(list))
    origins = {name: several[0].origin for name, several in entries.items() if several}
    for name, several in entries.items():
        for entry in several:
            for mark in _marks(entry):
                found[mark][name].append(entry.seq)
    for (what, which), places in sorted(found.items()):
        if len({origins[name] for name in places}) > 1:
            yield Finding(what, which, {name: tuple(seqs) for name, seqs in places.items()})


def _marks(entry: Entry) -> Iterator[tuple[str, str]]:
    """What must be in one ledger only."""
    if isinstance(entry.content, Result):
        yield "participant", entry.participant or ""
        yield from (("input", digest) for digest in entry.content.inputs)
        if entry.content.allocation is not None:
            yield "allocation", entry.content.allocation
