"""A tally of one sample's calls on X and Y, and the sex that it shows.

The whole of both chromosomes is counted, not the panel alone, and only outside the pseudo-autosomal regions. A call
counts when its FILTER is accepted and it names an alternative allele: what is missing, in part or in whole, and what
is reference say nothing of how many copies there are. FORMAT/FT, depth and quality are not looked at: the inference
leans on shares of many calls, which a few poor ones do not turn.
"""

from __future__ import annotations

import enum
import re
from collections.abc import Mapping, Sequence

import numpy as np
from attrs import define, evolve, field, frozen
from numpy.typing import NDArray

from assigner.genome.builds import Build, pseudo_autosomal
from assigner.profiles.calls import Sex
from assigner.profiles.genotypes import Genotype
from assigner.rules.schema import Gates
from assigner.vcf.scan.spans import Bytes, Ints, Table

ENOUGH_HET = 3
"""Heterozygous calls on X from which two copies are inferred (curators' judgement)."""

MOST_HOMOZYGOUS = 4
"""With more homozygous calls for each heterozygous one than this, two copies of X are not inferred.

Women have about as many of one as of the other (recalled); what lies far from that is left open.
"""

ENOUGH_HOMOZYGOUS = 100
"""Homozygous calls on X from which one copy, written as two, is inferred (curators' judgement).

One gene's worth of them may be a woman's single haplotype, twice; a man's exome has some hundreds (recalled).
"""

ENOUGH_WITH_Y = 10
"""The same where Y is called too."""

LEAST_FOR_HET = 10
"""So many calls of one copy must stand on X for each false heterozygous one, and the other way about."""

ENOUGH_Y = 10
"""Calls on Y from which a Y chromosome is inferred, if they are no fewer than a share of those on X."""

LEAST_OF_X = 50
"""That share is a fiftieth.

Reads of X that were placed on Y give a woman some calls there, fewer than one for each hundred on X; a man has about
one for each twenty (both recalled; curators' judgement).
"""


class Kind(enum.IntEnum):
    """What one call is to the tally."""

    NOTHING = 0
    HET = 1
    HOMOZYGOUS = 2
    HAPLOID = 3


Kinds = NDArray[np.int64]


@frozen(kw_only=True)
class XYTally:
    """Calls on X and Y outside the pseudo-autosomal regions.

    Attributes:
        het: calls of two different alleles on X.
        homozygous: calls of one alternative allele twice on X.
        haploid: calls of one alternative allele alone on X.
        on_y: calls of one alternative allele, once or twice, on Y; two different ones there are reads gone astray.
    """

    het: int = 0
    homozygous: int = 0
    haploid: int = 0
    on_y: int = 0

    def __str__(self) -> str:
        """The numbers, for people.

        >>> str(XYTally(het=12, homozygous=300, on_y=40))
        'X: 12 het, 300 hom, 0 haploid; Y: 40 called'
        """
        return f"X: {self.het} het, {self.homozygous} hom, {self.haploid} haploid; Y: {self.on_y} called"

    @property
    def shows_y(self) -> bool:
        """Whether there are more calls on Y than reads of X leave there."""
        on_x = self.het + self.homozygous + self.haploid
        return self.on_y >= ENOUGH_Y and self.on_y * LEAST_OF_X >= on_x

    @property
    def shows_two_copies(self) -> bool:
        """Whether X looks as if there were two of it."""
        return (
            self.het >= ENOUGH_HET
            and self.het * MOST_HOMOZYGOUS >= self.homozygous
            and self.het >= self.haploid * LEAST_FOR_HET
        )

    @property
    def shows_one_copy(self) -> bool:
        """Whether X looks as if there were one of it.

        A caller that knows of the single copy writes one allele. One that does not writes it twice, and takes a few
        stray reads for heterozygous calls.
        """
        if self.haploid:
            return self.haploid >= self.het * LEAST_FOR_HET
        enough = ENOUGH_WITH_Y if self.shows_y else ENOUGH_HOMOZYGOUS
        return self.homozygous >= enough and self.homozygous >= self.het * LEAST_FOR_HET


def inferred_sex(tally: XYTally) -> Sex | None:
    """Female of two copies of X and no Y, male of one copy; None when the calls are too few, or disagree.

    Two copies of X beside a Y are no sex that decides ploidy: XXY, a contamination, or two people's samples. One copy
    without a Y is male here, as Y is often left out of a file; what is inferred decides how many copies X has.

    >>> inferred_sex(XYTally(het=900, homozygous=700)), inferred_sex(XYTally(het=900, homozygous=700, on_y=90))
    (<Sex.FEMALE: 'female'>, None)
    >>> inferred_sex(XYTally(het=12, homozygous=300, on_y=40))
    <Sex.MALE: 'male'>
    """
    if tally.shows_two_copies:
        return None if tally.shows_y else Sex.FEMALE
    return Sex.MALE if tally.shows_one_copy else None


def evidence(tally: XYTally) -> str:
    """What the inference rests on, with the reason when X and Y disagree."""
    disagree = tally.shows_two_copies and tally.shows_y
    return f"{tally}{'; two copies of X beside a Y: XXY, contamination or a mix-up' if disagree else ''}"


# --- what a call is -----------------------------------------------------------------------------------------------


def kind_of(gt: bytes) -> Kind:
    """What one genotype is to the tally; of more than two alleles, or of what is no genotype, nothing.

    >>> [kind_of(gt).name for gt in (b"0/1", b"2|2", b"|1", b"0", b"./1")]
    ['HET', 'HOMOZYGOUS', 'HAPLOID', 'NOTHING', 'NOTHING']
    """
    found = Genotype.parse(gt.decode("ascii", "replace"))
    return Kind.NOTHING if found is None else kind_of_alleles(found.alleles)


def kind_of_alleles(alleles: Sequence[int | None]) -> Kind:
    """The same of allele numbers."""
    if None in alleles:
        return Kind.NOTHING
    match alleles:
        case [0] | [0, 0]:
            return Kind.NOTHING
        case [_]:
            return Kind.HAPLOID
        case [one, other]:
            return Kind.HOMOZYGOUS if one == other else Kind.HET
        case _:
            return Kind.NOTHING


@define
class Filters:
    """The values of FILTER that are accepted; `None` among them stands for `.`, no filter applied."""

    accepted: frozenset[str | None] = frozenset({"PASS", None})
    known: dict[bytes, bool] = field(factory=dict, repr=False)

    @classmethod
    def of(cls, gates: Gates) -> Filters:
        """Those of a rule set."""
        return cls(frozenset({"PASS", *gates.filters, *([None] if gates.accepts_unfiltered else [])}))

    def accept(self, text: bytes) -> bool:
        """Whether a FILTER column is accepted: each of its codes is."""
        found = self.known.get(text)
        if found is None:
            codes = [None] if text == b"." else text.decode("utf-8", "surrogateescape").split(";")
            found = self.known[text] = self.accepted.issuperset(codes)
        return found


# --- many lines at once -------------------------------------------------------------------------------------------

_SLASH, _BAR, _DOT, _ZERO, _NINE = b"/|.09"
_COLON, _TAB, _LINE_END = b":\t\n"
_LONGEST = 24  # of a genotype that is looked at: two numbers of nine digits and their signs, and what ends it


def kinds(rows: Table, chosen: Ints, begins: Ints, filters: Filters) -> Kinds:
    """What the calls of these lines are, by the first letters of the sample's column.

    Genotypes of one or two alleles below 10 are read all at once, and others one by one.

    Args:
        rows: a table of lines.
        chosen: the lines looked at.
        begins: where the sample's column begins in each of them.
        filters: the accepted values of FILTER; lines with others are nothing.
    """
    keys = rows.words[rows.stops[chosen, 7] + 1]
    has_gt = ((keys & np.uint64(0xFFFF)) == np.uint64(0x5447)) & _closes(keys, 2)
    letters = rows.words[begins]
    one, sign, other = (_letter(letters, at) for at in range(3))
    found = np.zeros(len(chosen), np.int64)
    single = _closes(letters, 1)
    double = ((sign == _SLASH) | (sign == _BAR)) & _closes(letters, 3)
    digits = _is_digit(one) & (single | _is_digit(other))
    missing = (one == _DOT) & (single | (other == _DOT))
    found[digits & single & (one != _ZERO)] = Kind.HAPLOID
    found[digits & double & (one != other)] = Kind.HET
    found[digits & double & (one == other) & (one != _ZERO)] = Kind.HOMOZYGOUS
    plain = (digits | missing) & (single | double)
    for at in np.flatnonzero(has_gt & ~plain).tolist():
        begin = int(begins[at])
        text = rows.text(begin, begin + _LONGEST)
        found[at] = kind_of(re.split(rb"[:\t\n]", text, maxsplit=1)[0])
    found[~has_gt] = Kind.NOTHING
    _without_refused(rows, chosen, found, filters)
    return found


def _letter(words: NDArray[np.uint64], at: int) -> Bytes:
    return words.view(np.uint8).reshape(-1, 8)[:, at]


def _closes(words: NDArray[np.uint64], at: int) -> NDArray[np.bool_]:
    """Whether a value ends before this letter."""
    letter = _letter(words, at)
    closes: NDArray[np.bool_] = (letter == _COLON) | (letter == _TAB) | (letter == _LINE_END)
    return closes


def _is_digit(letters: Bytes) -> NDArray[np.bool_]:
    return (letters >= _ZERO) & (letters <= _NINE)


def _without_refused(rows: Table, chosen: Ints, found: Kinds, filters: Filters) -> None:
    """Make nothing of the calls whose FILTER is not accepted."""
    some = np.flatnonzero(found)
    begins, stops = rows.stops[chosen[some], 5] + 1, rows.stops[chosen[some], 6]
    passed = (rows.words[begins] & np.uint64(0xFFFFFFFF)) == np.uint64(0x53534150)  # b"PASS"
    passed &= stops - begins == 4
    for at in np.flatnonzero(~passed).tolist():
        if not filters.accept(rows.text(int(begins[at]), int(stops[at]))):
            found[some[at]] = Kind.NOTHING


# --- adding up ----------------------------------------------------------------------------------------------------


@define
class Tallies:
    """Tallies for either build, as which of them a file is on may be known only when it has been read."""

    found: dict[Build, XYTally] = field(factory=lambda: {build: XYTally() for build in Build})

    def add(self, chrom: str, positions: Ints, kinds: Kinds) -> None:
        """Count calls on X or Y."""
        called = np.flatnonzero(kinds)
        if not len(called):
            return
        positions, kinds = positions[called], kinds[called]
        for build, tally in self.found.items():
            counts = np.bincount(kinds[outside(build, chrom, positions)], minlength=len(Kind))
            het, homozygous, haploid = counts[1:].tolist()
            if chrom == "Y":
                self.found[build] = evolve(tally, on_y=tally.on_y + homozygous + haploid)
            else:
                self.found[build] = XYTally(
                    het=tally.het + het,
                    homozygous=tally.homozygous + homozygous,
                    haploid=tally.haploid + haploid,
                    on_y=tally.on_y,
                )

    def whole(self) -> Mapping[Build, XYTally]:
        """What was counted so far."""
        return dict(self.found)


def outside(build: Build, chrom: str, positions: Ints) -> NDArray[np.bool_]:
    """Which positions lie outside the pseudo-autosomal regions."""
    outside: NDArray[np.bool_] = np.ones(len(positions), np.bool_)
    for start, end in pseudo_autosomal(build, chrom):
        outside &= (positions < start) | (positions > end)
    return outside
