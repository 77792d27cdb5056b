"""Rows of one repeat that a tool has split by ALT: together they are the record that the caller wrote.

`bcftools norm -m-` leaves the caller's counts in every row, and writes 0 (or `.`) in GT for the ALT of another row, so
that 0 is not the reference's size there.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from itertools import permutations

from attrs import evolve

from assigner.vcf.records.record import Record
from assigner.vcf.repeats.statuses import STATUS

_COUNTS = ("REPCN", "MC", "CN")
_OF_ONE_ROW = ("GT", "AD", "PL", "GP", "GL")
"""What a tool that splits by ALT writes anew for each row."""


def joined_rows(records: Iterable[Record]) -> Iterator[Record]:
    """The records with the rows of one repeat put together, where all but their ALT and GT is the same."""
    together: dict[object, list[Record]] = {}
    for record in records:
        together.setdefault(_same(record), []).append(record)
    for rows in together.values():
        joined = _joined(rows) if len(rows) > 1 else None
        yield from rows if joined is None else (joined,)


def _same(record: Record) -> object:
    """What rows of one repeat share; a record without a caller's counts is shared with none."""
    counts = [record.sample[key] for key in _COUNTS if record.sample.get(key, ".") != "."]
    if not counts or record.genotype is None or not record.alts:
        return record.number, record.pos, id(record)
    sample = tuple((key, value) for key, value in sorted(record.sample.items()) if key not in _OF_ONE_ROW)
    unit = record.info.get("RU", record.info.get("MOTIFS", ""))
    return record.contig, record.pos, record.ref, unit, record.filters, sample, len(record.genotype.alleles)


def _joined(rows: Sequence[Record]) -> Record | None:
    """The rows as one record; None when they are no split: an ALT twice, or more alleles than copies."""
    first = rows[0]
    alts = tuple(alt for row in rows for alt in row.alts)
    if first.genotype is None or len(set(alts)) < len(alts) or any(row.genotype is None for row in rows):
        return None
    carried: list[tuple[int, int]] = []
    before, missing = 0, False
    for row in rows:
        alleles = row.genotype.alleles if row.genotype else ()
        carried += [(at, before + number) for at, number in enumerate(alleles) if number]
        missing = missing or None in alleles
        before += len(row.alts)
    copies = len(first.genotype.alleles)
    if len(carried) > copies:
        return None
    placed: list[int | None] = [None if missing else 0] * copies
    for at, number in carried:
        placed[at] = number
    if len({at for at, _ in carried}) < len(carried):
        placed = _by_size([number for _, number in carried], copies, alts, first.sample.get("REPCN", ""))
    genotype = evolve(first.genotype, alleles=tuple(placed))
    words = dict.fromkeys(row.info[STATUS] for row in rows if STATUS in row.info)
    info = {**first.info, STATUS: ",".join(words)} if words else first.info
    return evolve(first, alts=alts, genotype=genotype, info=info)


def _by_size(numbers: Sequence[int], copies: int, alts: Sequence[str], counted: str) -> list[int | None]:
    """Alleles that stand at one place of GT in several rows, in the order of the caller's counts."""
    padded: list[int | None] = [*numbers, *[0] * (copies - len(numbers))]
    written = [f"<STR{size}>" for size in counted.split("/")]
    for order in permutations(padded):
        if all(alts[number - 1] == size for number, size in zip(order, written, strict=False) if number):
            return list(order)
    return padded
