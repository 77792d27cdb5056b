"""What is odd about the panel's records, but sound: it changes no call, and a person may want to know of it."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence

from assigner.errors import shown
from assigner.variants import trimmed
from assigner.vcf.headers import Definition, Header
from assigner.vcf.lines import Line
from assigner.vcf.records import Record

MOST = 50
"""So many different notes on records are kept; a last one says that there are more."""

_NAME = re.compile(r"[A-Za-z_][0-9A-Za-z_.]{0,39}")
_NUMBER = re.compile(r"[+-]?([0-9]+\.?[0-9]*|\.[0-9]+)([eE][+-]?[0-9]{1,3})?")
_WHOLE = re.compile(r"-?[0-9]{1,10}")
_LOWER = re.compile(rb"[acgtn]")
# What ends lines, steers terminals or turns the order of letters round; single bytes are noted where lines are parted.
_STEERING = re.compile("[\x7f-\x9f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069]")


def oddities(header: Header, lines: Sequence[Line], records: Sequence[Record]) -> tuple[str, ...]:
    """Notes on the records that were read in full, each with the first line that it is true of.

    Args:
        header: the file's header.
        lines: the panel's lines.
        records: those of them that were read in full.
    """
    read = {record.number for record in records}
    found: dict[str, tuple[int, int]] = {}
    numeric = _numeric(header.info), _numeric(header.formats)
    seen: set[tuple[str, int, str, tuple[str, ...]]] = set()
    for number, what in (
        *((line.number, what) for line in lines if line.number in read for what in _of_line(line.text)),
        *((record.number, what) for record in records for what in _of_record(record, header, numeric, seen)),
    ):
        if what not in found and len(found) >= MOST:
            what = "odd in other ways too"
        count, first = found.get(what, (0, number))
        found[what] = count + 1, first
    return tuple(_told(what, *place) for what, place in found.items())


def _told(what: str, count: int, first: int) -> str:
    return f"line {first}: {what}" if count == 1 else f"line {first}: {what} ({count} times)"


def _of_line(text: bytes) -> Iterator[str]:
    """What only the text tells."""
    columns = text.split(b"\t", 6)
    if any(each.isalpha() and _LOWER.search(each) for each in (columns[3], *columns[4].split(b","))):
        yield "bases in lower case"
    if columns[5] != b"." and not _NUMBER.fullmatch(columns[5].decode("ascii", "replace")):
        yield "QUAL is no number: not used"
    if not text.isascii() and _STEERING.search(text.decode("utf-8", "replace")):
        yield "control character that steers how text is shown"


def _of_record(
    record: Record,
    header: Header,
    numeric: tuple[Mapping[str, str], Mapping[str, str]],
    seen: set[tuple[str, int, str, tuple[str, ...]]],
) -> Iterator[str]:
    place = record.contig, record.pos, record.ref, record.alts
    if place in seen:
        yield "the same alleles stand in a record before"
    seen.add(place)
    yield from _undeclared("INFO", record.info.keys() - header.info.keys())
    yield from _undeclared("FORMAT", record.sample.keys() - header.formats.keys() - {"GT"})
    yield from _undeclared("FILTER", set(record.filters) - header.filters.keys() - {"PASS"})
    for kind, types, values in (("INFO", numeric[0], record.info), ("FORMAT", numeric[1], record.sample)):
        for key in sorted(types.keys() & values.keys()):
            if not all(_is(types[key], value) for value in values[key].split(",")):
                yield f"{kind}/{_name(key)} holds a value that is no {types[key]}"
    carried = {record.alts[allele - 1] for allele in (record.genotype.alleles if record.genotype else ()) if allele}
    if "*" in carried:
        yield "a haplotype on which another record deletes the base (ALT *)"
    if any(_is_padded(record, alt) for alt in carried):
        yield "an allele with more bases than it needs: trimmed"


def _numeric(definitions: Mapping[str, Definition]) -> dict[str, str]:
    return {key: each.type for key, each in definitions.items() if each.type in ("Integer", "Float")}


def _is(kind: str, value: str) -> bool:
    """Whether a value is a number of its kind, within the range that VCF gives it."""
    if value in (".", ""):
        return True
    if kind == "Integer":
        return bool(_WHOLE.fullmatch(value)) and -(2**31) + 8 <= int(value) < 2**31
    return bool(_NUMBER.fullmatch(value))


def _undeclared(kind: str, keys: Iterable[str]) -> Iterator[str]:
    return (f"{kind}/{_name(key)} is not declared" for key in sorted(keys))


def _name(key: str) -> str:
    return key if _NAME.fullmatch(key) else shown(key)


def _is_padded(record: Record, alt: str) -> bool:
    if not set(alt) <= set("ACGT") or not set(record.ref) <= set("ACGT") or alt == record.ref:
        return False
    return trimmed(record.pos, record.ref, alt) != (record.pos, record.ref, alt)
