"""The bases of some places from a FASTA, read line by line from its beginning to its end.

A sequence is a whole chromosome, or a part of one that its name tells, as `samtools faidx` writes it: `21:100-200`.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence

from attrs import define, field

from assigner.errors import EvidenceError, shown
from assigner.genome.builds import LENGTHS, Build, build_of_accession, chrom_of
from assigner.packs.transcripts import Span, Stretches
from assigner.texts import Text, every_line

PIECE = 1 << 14
"""Bytes; a hundred lines and more are counted at once, and a kept exon has some hundred bases."""

_PART = re.compile(r"(.+):([0-9]{1,9})-([0-9]{1,9})")
_NOT_BASES = re.compile("[^A-Za-z*-]")
_OTHER_BASES = re.compile("[^ACGT]")


@define
class _Sequence:
    """One sequence while it is read.

    Attributes:
        chrom: the chromosome; None for another contig.
        at: the place of the next base.
        last: the last place that its name tells, if it does.
        wanted: what is left of the spans to keep, the last one first.
    """

    line: int
    name: str
    chrom: str | None
    at: int = 1
    last: int | None = None
    wanted: list[Span] = field(factory=list)
    pieces: list[str] = field(factory=list)
    kept: list[tuple[int, str]] = field(factory=list)

    def sifted(self, block: bytes) -> Iterator[tuple[int, bytes]]:
        """The lines of a block of bases near those to keep; the others are counted, a piece of many lines at a time."""
        start = before = 0
        while start < len(block):
            end = block.find(b"\n", start + PIECE) + 1 or len(block)
            piece = block[start:end]
            lines, returns = piece.count(b"\n"), piece.count(b"\r")
            last = self.at + len(piece) - lines - returns - 1
            if piece.count(b"\r\n") == returns and not (self.chrom and self.wanted and self.wanted[-1][0] <= last):
                self.at = last + 1
            else:
                yield from ((before + at, line) for at, line in every_line(piece))
            before += lines
            start = end


def read_fasta(text: Text, wanted: Mapping[str, Sequence[Span]], build: Build) -> dict[str, Stretches]:
    """The bases of the wanted places, in upper case; what is not A, C, G or T is `N`.

    Args:
        text: the file.
        wanted: for each chromosome spans that do not touch, in ascending order.
        build: the build that it must be.

    Raises:
        EvidenceError: it is no FASTA, of another build, or lacks any of these places.
    """
    known: dict[str, dict[int, str]] = {}
    now: _Sequence | None = None

    def sieve(block: bytes) -> Iterator[tuple[int, bytes]]:
        return every_line(block) if now is None or b">" in block or not block.isascii() else now.sifted(block)

    for number, line in text.sifted(sieve):
        if line.startswith(">"):
            if now is not None:
                _end(text, now, known, build)
            now = _begin(text, number, line, wanted, build)
        elif now is None:
            raise text.fault(number, "a FASTA: a line that begins with >", shown(line))
        elif now.chrom is not None:
            _take(text, number, line, now)
    if now is not None:
        _end(text, now, known, build)
    return {chrom: _whole(text, chrom, spans, known.get(chrom, {})) for chrom, spans in wanted.items()}


def _begin(text: Text, number: int, line: str, wanted: Mapping[str, Sequence[Span]], build: Build) -> _Sequence:
    name = line[1:].split(maxsplit=1)[0] if line[1:].strip() else ""
    found = None if chrom_of(name) else _PART.fullmatch(name)
    contig = found[1] if found else name
    other = build_of_accession(contig)
    named = {each for each in Build if each.value in line}
    if other not in (None, build) or (named and build not in named):
        raise text.fault(number, f"the sequence of {build}", shown(line))
    chrom = chrom_of(contig)
    start, last = (int(found[2]), int(found[3])) if found else (1, None)
    spans = [span for span in wanted.get(chrom or "", ()) if last is None or (start <= span[0] and span[1] <= last)]
    return _Sequence(number, name, chrom, start, last, spans[::-1])


def _take(text: Text, number: int, line: str, now: _Sequence) -> None:
    """Take in a line of bases."""
    end = now.at + len(line) - 1
    while now.wanted and now.wanted[-1][0] <= end:
        first, last = now.wanted[-1]
        if _NOT_BASES.search(line):
            raise text.fault(number, "letters of bases", shown(line))
        now.pieces.append(line[max(0, first - now.at) : last - now.at + 1])
        if last > end:
            break
        now.kept.append((first, "".join(now.pieces)))
        now.pieces.clear()
        now.wanted.pop()
    now.at = end + 1


def _end(text: Text, now: _Sequence, known: dict[str, dict[int, str]], build: Build) -> None:
    """See that a sequence is as long as it must be, and keep its bases."""
    if now.chrom is None:
        return
    length = LENGTHS[build][now.chrom] if now.last is None else now.last
    if now.at - 1 != length:
        others = [each for each in Build if now.last is None and LENGTHS[each][now.chrom] == now.at - 1]
        expected = f"{now.name} with its last base at {length}" + (f", as on {build}" if now.last is None else "")
        raise text.fault(now.line, expected, f"at {now.at - 1}" + (f", as on {others[0]}" if others else ""))
    for start, bases in now.kept:
        plain = _OTHER_BASES.sub("N", bases.upper())
        before = known.setdefault(now.chrom, {}).setdefault(start, plain)
        if before != plain:
            raise text.fault(now.line, f"the same bases of {now.chrom}:{start} as before", "others")


def _whole(text: Text, chrom: str, spans: Sequence[Span], known: Mapping[int, str]) -> Stretches:
    for first, last in spans:
        if first not in known:
            raise EvidenceError(text.name, f"the bases {chrom}:{first}-{last}", "none")
    return Stretches(tuple(sorted(known.items())))
