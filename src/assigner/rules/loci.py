"""What a rule set lists: genes with their shares, small variants and common alleles; tandem repeats stand beside."""

from __future__ import annotations

from collections.abc import Iterable
from decimal import Decimal
from typing import Annotated, Literal, Self, TypeAlias, assert_never

from pydantic import Field, StringConstraints, model_validator

from assigner.genome.builds import LENGTHS, Build, by_build
from assigner.rules.effects import Effect
from assigner.rules.regions import Region
from assigner.rules.repeats import Repeat
from assigner.rules.scalars import (
    AlleleClass,
    Bases,
    Chrom,
    Date,
    Fraction,
    Id,
    Mechanism,
    Natural,
    Points,
    Positive,
    Ppm,
    Reasoned,
    Rule,
    Span,
    Spans,
    Stars,
    Thousandths,
    Validity,
    Words,
    fault,
)
from assigner.truth import Truth

Inheritance = Literal["dominant", "recessive", "dominant_or_recessive", "x_linked", "mitochondrial", "susceptibility"]
Needed = Literal["one", "two", "one_or_two"]


class Share(Reasoned):
    """How much of a gene's evidence counts towards one category, in thousandths."""

    category: Id
    share: Annotated[Thousandths, Field(ge=1)]


SPLICE_REGION = 8
"""How far a splice region reaches into an intron, in bases: 3 to 8, `splice_region_variant` (SO:0001630)."""


class Exons(Reasoned):
    """Where the transcript of a gene is coding: the bases of its exons, or only of the coding parts of them.

    Attributes:
        transcript: whose exons they are.
        strand: on which strand it is read; which exon is the last one is not told without it.
        splice: how many bases of the intron beside each count as its splice region.
        grch37: first and last base of each on GRCh37, 1-based, in ascending order; none when not given.
        grch38: the same on GRCh38.
        coding_grch37: first and last coding base on GRCh37; where it is given, the exons of that build are whole.
        coding_grch38: the same on GRCh38.
    """

    transcript: Id
    strand: Literal["plus", "minus"] | None = None
    splice: Annotated[Natural, Field(ge=SPLICE_REGION, le=100_000)] = SPLICE_REGION
    grch37: Spans = ()
    grch38: Spans = ()
    coding_grch37: Span | None = None
    coding_grch38: Span | None = None

    @model_validator(mode="after")
    def _of_a_build(self) -> Self:
        if not self.grch37 and not self.grch38:
            raise fault("exons on GRCh37, on GRCh38 or on both")
        return self

    def on(self, build: Build) -> tuple[tuple[int, int], ...]:
        """Those on a build."""
        return by_build(build, grch37=self.grch37, grch38=self.grch38)

    def coding_on(self, build: Build) -> tuple[int, int] | None:
        """From the first to the last coding base on a build; None when it is not given."""
        return by_build(build, grch37=self.coding_grch37, grch38=self.coding_grch38)

    def in_last(self, build: Build, first: int, last: int, *, but: int = 0) -> Truth:
        """Whether some bases lie in the last exon that is transcribed; unknown of a table of coding parts alone.

        Args:
            build: theirs.
            first: the first of them.
            last: the last one.
            but: 1 for the last exon but one, which a transcript of one exon does not have.
        """
        exons = self.on(build)
        if self.strand is None or self.coding_on(build) is None or not exons[0][0] <= first <= last <= exons[-1][1]:
            return Truth.UNKNOWN
        if but >= len(exons):
            return Truth.FALSE
        start, end = exons[-1 - but] if self.strand == "plus" else exons[but]
        if start <= first and last <= end:
            return Truth.TRUE
        return Truth.FALSE if last < start or end < first else Truth.UNKNOWN

    def codes(self, build: Build, pos: int) -> Truth:
        """Whether a base is one of a codon; unknown of a table of coding parts alone."""
        coding = self.coding_on(build)
        if coding is None:
            return Truth.UNKNOWN
        inside = coding[0] <= pos <= coding[1] and any(start <= pos <= end for start, end in self.on(build))
        return Truth.TRUE if inside else Truth.FALSE

    def lost(self, build: Build, first: int, last: int) -> Truth:
        """Whether a deletion of some bases takes a whole exon with coding bases; false where it takes only intron.

        Unknown where it takes a part of an exon, or of a splice region beside it, and of a table of coding parts alone.
        """
        coding = self.coding_on(build)
        if coding is None:
            return Truth.UNKNOWN
        for start, end in self.on(build):
            if first <= start and end <= last and start <= coding[1] and coding[0] <= end:
                return Truth.TRUE
        near = any(first <= end + self.splice and start - self.splice <= last for start, end in self.on(build))
        inside = self.on(build)[0][0] <= first and last <= self.on(build)[-1][1]
        return Truth.FALSE if inside and not near else Truth.UNKNOWN

    def ends_on(self, build: Build, bases: int) -> tuple[tuple[Span, Span], ...]:
        """Each exon in the order in which it is read, with its last so many bases; none without a strand."""
        match self.strand:
            case None:
                return ()
            case "plus":
                return tuple(((start, end), (max(start, end - bases + 1), end)) for start, end in self.on(build))
            case "minus":
                own = reversed(self.on(build))
                return tuple(((start, end), (start, min(end, start + bases - 1))) for start, end in own)
            case _:
                assert_never(self.strand)


class Gene(Reasoned):
    """A gene of the panel; what its shares leave is unmapped, and reported so.

    Attributes:
        grch37: first and last base on GRCh37, 1-based.
        grch38: the same on GRCh38.
        exons: where it is coding; without them all of it may be.
        carrier_ppm: the share of participants who carry a listed allele or repeat of it; the rule set's default
            when not given.
        regions: parts of it that criteria ask for by their names.
        effects: published effects, each of what one criterion asks.
    """

    symbol: Id
    hgnc: Annotated[str, StringConstraints(pattern=r"^HGNC:[0-9]+$")] | None = None
    ensembl: Annotated[str, StringConstraints(pattern=r"^ENSG[0-9]{11}$")] | None = None
    transcripts: tuple[Id, ...] = ()
    aliases: tuple[Id, ...] = ()
    chrom: Chrom
    grch37: Span
    grch38: Span
    exons: Exons | None = None
    inheritance: Inheritance
    mechanisms: tuple[Mechanism, ...] = ()
    validity: Validity
    carrier_ppm: Ppm | None = None
    shares: tuple[Share, ...] = ()
    regions: tuple[Region, ...] = ()
    effects: tuple[Effect, ...] = ()
    note: Words | None = None

    @property
    def unmapped(self) -> int:
        """What belongs to no category, in thousandths."""
        return 1000 - sum(share.share for share in self.shares)

    @property
    def is_nuclear(self) -> bool:
        """Whether it is not mitochondrial."""
        return self.chrom != "MT"

    @property
    def needs_both_copies(self) -> bool:
        """Whether it does harm only when both copies of it are changed."""
        match self.inheritance:
            case "recessive":
                return True
            case "dominant" | "dominant_or_recessive" | "x_linked" | "mitochondrial" | "susceptibility":
                return False
            case _:
                assert_never(self.inheritance)

    def works_by(self, mechanisms: Iterable[Mechanism]) -> bool:
        """Whether it does harm by one of these mechanisms."""
        return not set(mechanisms).isdisjoint(self.mechanisms)


class Place(Rule):
    """Where an allele stands on both builds: 1-based positions and plus-strand bases."""

    chrom: Chrom
    pos37: Positive
    ref37: Bases
    alt37: Bases
    pos38: Positive
    ref38: Bases
    alt38: Bases

    def on(self, build: Build) -> tuple[int, str, str]:
        """Position, REF and ALT on a build."""
        return by_build(build, grch37=(self.pos37, self.ref37, self.alt37), grch38=(self.pos38, self.ref38, self.alt38))


class Allele(Reasoned):
    """A listed small variant; without a place it is inactive, with the reason.

    Its identity is its place; the id and the names are labels.

    Attributes:
        stars: ClinVar's review status of the classification, 0 to 4; None when it is not known.
        classified: when it was classified.
        conditions: what it was classified for, in ClinVar's words or as MONDO terms.
        frequency: how common it is in the group that has it most, see `carriers_ppm`; None when it is not known.
    """

    id: Id
    gene: Id
    name: Words
    allele_class: AlleleClass = Field(alias="class")
    needs: Needed
    place: Place | None
    hgvs_c: Words | None = None
    hgvs_p: Words | None = None
    clinvar: Annotated[str, StringConstraints(pattern=r"^[0-9]+$")] | None = None
    stars: Stars | None = None
    classified: Date | None = None
    conditions: tuple[Words, ...] = ()
    frequency: Fraction | None = None
    inactive: Words | None = None

    @model_validator(mode="after")
    def _placed_or_inactive(self) -> Self:
        if self.place is None and self.inactive is None:
            raise fault("coordinates on both builds, or the reason for which the allele is inactive")
        return self

    @property
    def is_active(self) -> bool:
        """Whether it is asked about."""
        return self.place is not None and self.inactive is None

    @property
    def is_mitochondrial(self) -> bool:
        """Whether it stands on mitochondrial DNA."""
        return self.place is not None and self.place.chrom == "MT"

    @property
    def is_harmful(self) -> bool:
        """Whether it disturbs its gene, whatever the disease."""
        match self.allele_class:
            case "pathogenic" | "other_disease" | "mimic":
                return True
            case "mitochondrial" | "uncertain" | "disputed" | "benign":
                return False
            case _:
                assert_never(self.allele_class)

    @property
    def counted_frequency(self) -> Decimal | None:
        """How common what counts is: the allele where one copy is enough, else two copies, the square of it."""
        if self.frequency is None or self.needs == "one":
            return self.frequency
        return self.frequency * self.frequency

    @property
    def carriers_ppm(self) -> int:
        """How many people in a million have what counts at least, by its frequency; 0 when that is not known."""
        if self.counted_frequency is None:
            return 0
        copies = 2 if self.needs == "one" else 1
        return min(1_000_000, int(copies * self.counted_frequency * 1_000_000))


class Marker(Reasoned):
    """A common allele with its published effect.

    Attributes:
        effect: the plus-strand base that carries the risk; which of REF and ALT it is, the file shows.
        other: the other base.
        log_odds: the published natural log odds ratio per copy, in thousandths.
        interval: the 95 % confidence interval of it.
        locus: a name for the signal that it stands for; of linked markers with one name only the strongest counts.
        inactive: why it is listed and not used.
    """

    id: Id
    rsid: Annotated[str, StringConstraints(pattern=r"^rs[1-9][0-9]*$")]
    gene: Id
    chrom: Chrom | None = None
    pos37: Positive | None = None
    pos38: Positive | None = None
    effect: Bases | None = None
    other: Bases | None = None
    log_odds: Points | None = None
    interval: Span | None = None
    locus: Id | None = None
    inactive: Words | None = None

    @model_validator(mode="after")
    def _whole_or_inactive(self) -> Self:
        needed = (self.chrom, *map(self.on, Build), self.effect, self.other, self.log_odds)
        if self.inactive is None and None in needed:
            raise fault("place, effect, other and log_odds, or the reason for which the marker is inactive")
        if self.interval is not None and not self.interval[0] <= (self.log_odds or 0) <= self.interval[1]:
            raise fault("an interval with log_odds inside")
        return self

    @property
    def is_active(self) -> bool:
        """Whether it is asked about."""
        return self.inactive is None

    def on(self, build: Build) -> int | None:
        """Its position on a build."""
        return by_build(build, grch37=self.pos37, grch38=self.pos38)


Listed: TypeAlias = Allele | Repeat | Marker
"""A locus that a rule set lists."""

Part: TypeAlias = Gene | Listed
"""What a criterion can ask about: a listed locus, or what is not listed in a gene."""


def name_of(part: Part) -> str:
    """The id of a listed locus, or the symbol of a gene."""
    return part.symbol if isinstance(part, Gene) else part.id


def span_on(part: Gene | Repeat, build: Build) -> tuple[int, int]:
    """The span of a gene or repeat on a build."""
    return by_build(build, grch37=part.grch37, grch38=part.grch38)


def coding_on(gene: Gene, build: Build) -> tuple[tuple[int, int], ...]:
    """Where a gene may be coding or a splice region on a build: beside its exons, or all of it without a table."""
    exons = gene.exons.on(build) if gene.exons else ()
    margin = gene.exons.splice if gene.exons else 0
    return tuple((max(1, start - margin), end + margin) for start, end in exons) or (span_on(gene, build),)


def fits(chrom: str, end: int, build: Build) -> bool:
    """Whether a position lies on its chromosome."""
    return 1 <= end <= LENGTHS[build][chrom]
