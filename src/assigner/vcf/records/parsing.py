"""The panel's lines, checked in full: our own reading of each, which htslib's must agree with.

Genotypes are read by us and compared with htslib's; depths and qualities are htslib's typed fields.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Sequence
from functools import partial
from typing import Protocol

from attrs import evolve

from assigner.errors import RecordError, shown
from assigner.genome.builds import chrom_of
from assigner.profiles.genotypes import Genotype
from assigner.vcf.records.grammar import Grammar
from assigner.vcf.records.numbers import decimal_of
from assigner.vcf.records.record import Record
from assigner.vcf.scan.headers import Header
from assigner.vcf.scan.htslib import Typed, typed
from assigner.vcf.scan.scans import Line

_REF = re.compile(r"[ACGTNRYSWKMBDHVacgtnryswkmbdhv]+")
_ALT = re.compile(r"[ACGTNacgtn]+|\*|\.|<[^<>,\s]+>|\S*[\[\]]\S*|\.[ACGTNacgtn]+|[ACGTNacgtn]+\.")
_KEY = r"[A-Za-z_](?:[0-9A-Za-z_.]|%[0-9A-F]{2})*"
_FORMAT = re.compile(rf"{_KEY}(?::{_KEY})*")
CODES = re.compile(r"[^\s;]+(?:;[^\s;]+)*")

_PHASED_ALONE = re.compile(r"##.*(?:HipSTR|ReadBackedPhasing)")

MOST_PLOIDY = 100

NEXT_BLOCK = "\x1e"
"""What parts the values of an INFO key that ANNOVAR repeats for each ALT."""

UNTIED = "\x1d"
"""What stands before each value of an INFO key that a record has several times, so that none is tied to an allele."""


class Chooser(Protocol):
    """Says of one record after the other whether it can matter."""

    @property
    def widened(self) -> bool:
        """Whether a record that was left out has to be looked at again, since a later one made more matter."""

    def wants(self, record: Record) -> bool:
        """Whether a record can matter."""

    def stays(self, record: Record) -> bool:
        """Whether a record that was wanted can matter beside all others, when these were seen too."""


def read_records(
    header: Header,
    lines: Sequence[Line],
    column: int | None,
    name: str,
    relevance: Chooser | None = None,
    file: int = 0,
) -> tuple[tuple[Record, ...], tuple[str, ...]]:
    """Read lines in full, twice: by ourselves, and by htslib, which must agree.

    Args:
        header: the file's header.
        lines: the lines to read, each with as many columns as the header has.
        column: which of the header's samples is read; None to read no genotype.
        name: what the caller calls the file, for errors.
        file: the rank of the file among the participant's.
        relevance: says which records, read by ourselves, can matter; only these are read again and kept.

    Returns:
        The records, and what is odd about them, but harmless: a line for each kind.

    Raises:
        RecordError: a line that is not as the VCF specification has it where it matters, or that is read differently
            by htslib.
    """
    place = None if column is None else 9 + column
    rough = chosen(lines, parser(header, column, name, file), relevance)
    lines = [line for line, _ in rough]
    second = typed(header, lines, place, name)
    grammar = Grammar(header)
    records = tuple(
        checked(agreed(record, fields, name), line, grammar)
        for (line, record), fields in zip(rough, second, strict=True)
    )
    return records, grammar.oddities.notes()


def chosen(
    lines: Iterable[Line], parsed: Callable[[Line], Record], relevance: Chooser | None
) -> list[tuple[Line, Record]]:
    """The lines whose records can matter, with these; what does not matter is not kept."""
    if relevance is None:
        return [(line, parsed(line)) for line in lines]
    each = ((line, parsed(line)) for line in lines)
    found = [(line, record if relevance.wants(record) else None) for line, record in each]
    if relevance.widened:
        left = ((line, record, record or parsed(line)) for line, record in found)
        found = [(line, again if record or relevance.wants(again) else None) for line, record, again in left]
    return [(line, record) for line, record in found if record is not None and relevance.stays(record)]


def parser(header: Header, column: int | None, name: str, file: int = 0) -> Callable[[Line], Record]:
    """What reads one line by ourselves; the arguments are those of `read_records`."""
    place = None if column is None else 9 + column
    alone, phased_alone = len(header.samples) == 1, any(map(_PHASED_ALONE.match, header.meta))
    return partial(parse, column=place, name=name, alone=alone, file=file, phased_alone=phased_alone)


def checked(record: Record, line: Line, grammar: Grammar) -> Record:
    """The record, checked against the specification and the header."""
    number, alts = record.number, record.alts
    called = (0, 0) if record.genotype is None else record.genotype.alleles
    ploidy = len(called) if any(allele is not None for allele in called) else 0
    text = line.text.decode("utf-8", "backslashreplace")
    grammar.fixed(number, text.split("\t", 8), record.info, alts)
    grammar.carried(number, record.ref, {alts[allele - 1] for allele in called if allele})
    grammar.steers(number, text)
    grammar.values("INFO", number, record.info, len(alts))
    unsound = grammar.values("FORMAT", number, record.sample, len(alts), ploidy)
    return evolve(record, unsound=unsound) if unsound else record


def _refuse(name: str, number: int, expected: str, got: str) -> RecordError:
    return RecordError(f"{name}: line {number}", expected, shown(got))


def parse(
    line: Line, column: int | None, name: str, *, alone: bool = False, file: int = 0, phased_alone: bool = False
) -> Record:
    """Our own reading of one line; the sample's text appears in no error."""
    columns = line.text.decode("utf-8", "backslashreplace").split("\t", 8 if column is None else column + 1)
    chrom, pos, _, ref, alt, qual, filters, info = columns[:8]
    if not _REF.fullmatch(ref):
        raise _refuse(name, line.number, "REF of bases", ref)
    alts = tuple(alt.split(",")) if alt != "." else ()
    for each in alts:
        if not _ALT.fullmatch(each):
            raise _refuse(name, line.number, "ALT of bases, <ID>, * or a breakend", each)
    if filters not in (".", "PASS") and not CODES.fullmatch(filters):
        raise _refuse(name, line.number, "FILTER of codes joined by ;", filters)
    sample = {} if column is None else _sample(columns[8], columns[column], line.number, name)
    gt = sample.get("GT")
    return Record(
        number=line.number,
        contig=chrom,
        chrom=chrom_of(chrom),
        pos=int(pos),
        ref=ref.upper(),
        alts=tuple(each if each[0] == "<" else each.upper() for each in alts),
        filters=() if filters == "." else tuple(filters.split(";")),
        qual=decimal_of(qual),
        info=_info(info, line.number, name),
        sample=sample,
        genotype=None if gt is None else _genotype(gt, len(alts), line.number, name),
        file=file,
        phased_alone=phased_alone,
        alone=alone,
    )


def _info(text: str, number: int, name: str) -> dict[str, str]:
    if text == ".":
        return {}
    pairs = [entry.partition("=") for entry in text.split(";") if entry]
    found = {key: value for key, _, value in reversed(pairs)}
    for key in ("END", "SVLEN"):
        if sum(pair[0] == key for pair in pairs) > 1:
            raise _refuse(name, number, f"INFO/{key} once", "it twice")
    return found if len(found) == len(pairs) else _repeated(pairs)


def _repeated(pairs: Sequence[tuple[str, str, str]]) -> dict[str, str]:
    """INFO with keys that stand in it several times; a block of ANNOVAR goes from ANNOVAR_DATE to ALLELE_END.

    Of several blocks, a key that stands once in each, and nowhere else, has its values block by block. A key whose
    values differ otherwise is tied to no allele.
    """
    found: dict[str, list[tuple[int, str]]] = {}
    block, inside = 0, False
    for key, _, value in pairs:
        block += key == "ANNOVAR_DATE"
        inside = key == "ANNOVAR_DATE" or (inside and key != "ALLELE_END")
        found.setdefault(key, []).append((block if inside else 0, value))
    return {key: _of_all(placed, block) for key, placed in found.items()}


def _of_all(placed: Sequence[tuple[int, str]], blocks: int) -> str:
    """The values of one key, each with the block in which it stands, as one text; 0 is outside of all blocks."""
    places, values = [place for place, _ in placed], [value for _, value in placed]
    if blocks > 1 and places == list(range(1, blocks + 1)):
        return NEXT_BLOCK.join(values)
    if set(places) == {0}:
        values = [value for value in values if value not in ("", ".")] or values[:1]
    if len(set(values)) == 1 and (blocks < 2 or set(places) == {0}):
        return values[0]
    return "".join(UNTIED + value for value in values)


def _sample(keys: str, values: str, number: int, name: str) -> dict[str, str]:
    if keys == ".":
        if values != ".":
            raise _refuse(name, number, "FORMAT that says what the sample's values are", keys)
        return {}
    names, fields = keys.split(":"), values.split(":")
    if not _FORMAT.fullmatch(keys) or len(set(names)) < len(names):
        raise _refuse(name, number, "FORMAT of different keys", keys)
    if "GT" in names[1:]:
        raise _refuse(name, number, "GT as the first key of FORMAT", keys)
    if len(fields) > len(names):
        raise _refuse(name, number, f"at most {len(names)} values for the sample", f"{len(fields)}")
    return dict(zip(names, fields, strict=False))


def _genotype(text: str, alts: int, number: int, name: str) -> Genotype:
    found = Genotype.parse(text)
    if found is None:
        raise RecordError(f"{name}: line {number}", "GT of allele numbers joined by / or |", "something else")
    if len(found.alleles) > MOST_PLOIDY:
        raise RecordError(f"{name}: line {number}", f"a ploidy of at most {MOST_PLOIDY}", str(len(found.alleles)))
    if any(allele is not None and allele > alts for allele in found.alleles):
        raise RecordError(f"{name}: line {number}", f"GT with allele numbers up to {alts}", "a larger one")
    return found


def agreed(record: Record, typed: Typed, name: str) -> Record:
    """A record with htslib's typed fields, when both have read the same genotype at the same place."""
    ours = None if record.genotype is None else record.genotype.alleles
    if record.pos != typed.pos or ours != typed.alleles:
        place = f"{name}: line {record.number}"
        sentence = "assigner and htslib disagree on this record's position or genotype"
        raise RecordError(place, "the same place and genotype by both readers", "different ones", sentence)
    depths = typed.depths if len(typed.depths) == len(record.alts) + 1 else ()
    if typed.depth is None and typed.quality is None and not depths:
        return record
    return evolve(record, depth=typed.depth, quality=typed.quality, depths=depths)
