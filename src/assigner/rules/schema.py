"""What a rule set may say: the models that `categories.yaml` and its tables are checked against.

Every scalar arrives as text; the types are given here. Shares are thousandths of one gene, points are
thousandths of one full allele of evidence, chances are parts per million: whole numbers all, because no float
decides anything.
"""

from __future__ import annotations

import re
from decimal import Decimal
from functools import cached_property
from typing import Annotated, Any, Literal, Self, assert_never

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, StringConstraints, model_validator
from pydantic_core import PydanticCustomError

from assigner.genome.builds import CHROMS, LENGTHS, Build

Status = Literal["confirmed", "curator_judgement", "disputed", "retracted"]
Inheritance = Literal["dominant", "recessive", "dominant_or_recessive", "x_linked", "mitochondrial", "susceptibility"]
Mechanism = Literal["loss_of_function", "missense", "repeat_expansion", "other"]
Validity = Literal["definitive", "strong", "moderate", "limited", "disputed", "refuted", "none"]
Needed = Literal["one", "two", "one_or_two"]
AlleleClass = Literal[
    "pathogenic", "other_disease", "mimic", "mitochondrial", "uncertain", "disputed", "benign"
]  # fmt: skip
TieBreak = Literal["distinct_genes", "category_order", "seeded"]
Policy = Literal["review", "note"]


def fault(expected: str) -> PydanticCustomError:
    """The error that says only what would have been right; the loader adds the place and what was there."""
    return PydanticCustomError("expected", "{expected}", {"expected": expected})


def _whole(value: Any) -> Any:
    if isinstance(value, int) and not isinstance(value, bool):
        return value
    if isinstance(value, str) and re.fullmatch(r"-?(0|[1-9][0-9]{0,17})", value):
        return int(value)
    raise fault("a whole number")


def _fraction(value: Any) -> Any:
    if isinstance(value, Decimal):
        return value
    if isinstance(value, str) and re.fullmatch(r"(0|1)(\.[0-9]{1,18})?", value) and Decimal(value) <= 1:
        return Decimal(value)
    raise fault("a decimal number from 0 to 1")


def _span(value: Any) -> Any:
    if isinstance(value, tuple):
        return value
    found = re.fullmatch(r"([0-9]{1,10})-([0-9]{1,10})", value) if isinstance(value, str) else None
    if found and int(found[1]) <= int(found[2]):
        return int(found[1]), int(found[2])
    raise fault("START-END in whole numbers, the start not after the end")


def _source(value: Any) -> Any:
    if isinstance(value, str) and re.fullmatch(r"PMID:[1-9][0-9]{0,8}|doi:10\.\S+|https?://\S+|\S.*\S", value):
        return value
    raise fault("PMID:digits, doi:10..., an address, or the name of a source")


Whole = Annotated[int, BeforeValidator(_whole)]
Natural = Annotated[Whole, Field(ge=0)]
Positive = Annotated[Whole, Field(ge=1, le=1_000_000_000)]
Points = Annotated[Whole, Field(ge=1, le=1_000_000)]
Thousandths = Annotated[Whole, Field(ge=0, le=1000)]
Ppm = Annotated[Whole, Field(ge=0, le=1_000_000)]
Fraction = Annotated[Decimal, BeforeValidator(_fraction)]
Span = Annotated[tuple[int, int], BeforeValidator(_span)]
Id = Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9][A-Za-z0-9_.:>*+=()/-]{0,119}$")]
Words = Annotated[str, StringConstraints(min_length=1, max_length=4000)]
Bases = Annotated[str, StringConstraints(pattern=r"^[ACGT]{1,1000}$")]
Motif = Annotated[str, StringConstraints(pattern=r"^[ACGTN]{1,60}$")]
Chrom = Annotated[str, StringConstraints(pattern=f"^({'|'.join(CHROMS)})$")]
Source = Annotated[str, BeforeValidator(_source)]
Sources = Annotated[tuple[Source, ...], Field(min_length=1)]


class Rule(BaseModel):
    """A part of a rule set; unknown fields are refused and values never change."""

    model_config = ConfigDict(extra="forbid", frozen=True, defer_build=True)


class Reasoned(Rule):
    """A part that states why it is so, on whose word, and how sure that is."""

    because: Words
    sources: Sources
    status: Status


class Identity(Rule):
    """Which rule set this is, who stands for it, and the tables it consists of."""

    id: Id
    version: Id
    title: Words
    status: Literal["draft", "approved"]
    curators: tuple[Words, ...] = ()
    protocol: Words | None = None
    tables: dict[Literal["genes", "alleles", "markers", "mimics", "therapies"], Words] = {}


class Category(Reasoned):
    """A biology that drives the disease, and the intervention that fits it; doses are protocol data."""

    id: Id
    name: Words
    intervention: Words
    dose: Words | None = None
    schedule: Words | None = None


class Tier(Rule):
    """A class of evidence.

    Attributes:
        tier: its rank; 1 is the strongest.
        minimum: the points with which a category may win here.
        margin: by how much it must lead another one.
        opens: whether evidence of this class may decide, or only separate what a higher class has raised.
        cap: the most points a category can have in this tier.
    """

    tier: Positive
    minimum: Positive
    margin: Positive
    opens: Literal["yes", "no"]
    cap: Positive | None = None
    because: Words


class ReviewPolicy(Rule):
    """What each reason does: send to review, or only be noted. Without a category there is always a review."""

    tied: Literal["review"]
    no_evidence: Literal["review"]
    unsettled: Policy
    mimic: Policy
    gene_targeted_therapy: Policy
    sex_mismatch: Policy
    quality: Policy
    partial_read: Policy


class DecisionRules(Reasoned):
    """How scores become a decision."""

    tiers: Annotated[tuple[Tier, ...], Field(min_length=1)]
    tie_breaks: tuple[TieBreak, ...] = ()
    unsettled_above_ppm: Ppm
    default_carrier_ppm: Ppm
    policy: ReviewPolicy


class Gates(Reasoned):
    """What a call must have to be believed; what fails is unknown, never reference.

    Attributes:
        filters: the FILTER (and FORMAT/FT) values accepted beside an unfiltered `.`.
        unfiltered: whether `.`, no filter applied, is accepted.
        depth: least FORMAT/DP (in a reference block MIN_DP first).
        quality: least FORMAT/GQ (or RGQ), phred-scaled.
        het_balance: least and most share of reads for a heterozygous allele, in thousandths.
        hom_balance: least share of reads for a homozygous allele, in thousandths.
        strict: the gates that also fail when their field is missing.
        assessed: the share of a gene's span that must be covered to say that nothing else was seen.
    """

    filters: tuple[Words, ...]
    unfiltered: Literal["accept", "refuse"]
    depth: Natural
    quality: Natural
    het_balance: Span
    hom_balance: Thousandths
    strict: tuple[Literal["depth", "quality", "balance"], ...] = ()
    assessed: Thousandths


class MoreGates(Rule):
    """What one criterion asks of a call beside the rule set's gates; a call that fails is unknown to it.

    Attributes:
        depth: least FORMAT/DP (in a reference block MIN_DP first).
        quality: least FORMAT/GQ (or RGQ), phred-scaled.
        het_balance: least and most share of reads for an allele on one copy, in thousandths.
        hom_balance: least share of reads for an allele on every copy, in thousandths.
        strict: the gates that also fail when their field is missing.
    """

    depth: Natural | None = None
    quality: Natural | None = None
    het_balance: Span | None = None
    hom_balance: Thousandths | None = None
    strict: tuple[Literal["depth", "quality", "balance"], ...] = ()


class Fields(Rule):
    """Under which names annotation fields are looked for, in order of preference."""

    frequency: tuple[Words, ...] = ()
    predictors: dict[Id, tuple[Words, ...]] = {}


class Criterion(Reasoned):
    """A kind of evidence: what it asks, in which tier it counts, and how many points it is worth."""

    id: Id
    tier: Positive
    points: Points
    validity: Annotated[tuple[Validity, ...], Field(min_length=1)]


class GatedCriterion(Criterion):
    """A criterion that asks about calls; it may ask more of them than the rule set's gates do."""

    gates: MoreGates | None = None


class AlleleCriterion(GatedCriterion):
    """A listed allele of one of these classes, in the number of copies that it needs."""

    kind: Literal["listed_allele"]
    classes: Annotated[tuple[AlleleClass, ...], Field(min_length=1)]


class RepeatCriterion(Criterion):
    """A repeat in its expanded band."""

    kind: Literal["repeat"]


class HeteroplasmyCriterion(GatedCriterion):
    """A listed mitochondrial allele by its fraction: below `ignored` false, from `counts` on true, else unknown."""

    kind: Literal["heteroplasmy"]
    classes: Annotated[tuple[AlleleClass, ...], Field(min_length=1)]
    ignored: Fraction
    counts: Fraction


class ClinvarCriterion(GatedCriterion):
    """An unlisted variant that ClinVar's annotation in the file calls pathogenic or likely pathogenic."""

    kind: Literal["clinvar"]
    stars: Annotated[Whole, Field(ge=0, le=4)]
    max_frequency: Fraction
    carrier_ppm: Ppm


class ConsequenceCriterion(GatedCriterion):
    """An unlisted rare variant with one of these Sequence Ontology terms, in a gene with one of these mechanisms."""

    kind: Literal["consequence"]
    terms: Annotated[tuple[Id, ...], Field(min_length=1)]
    mechanisms: Annotated[tuple[Mechanism, ...], Field(min_length=1)]
    max_frequency: Fraction
    predictor: Id | None = None
    at_least: Fraction | None = None
    spare_last_exon: Literal["yes", "no"] = "no"
    carrier_ppm: Ppm


class DeletionCriterion(Criterion):
    """A deletion of a whole gene or of an exon, in a gene with one of these mechanisms, in the copies it takes.

    Attributes:
        reach: what a deletion must take at least: an `exon`, or the `whole` gene.
        carrier_ppm: the share of participants with such a deletion in one gene, where nobody looked.
    """

    kind: Literal["deletion"]
    mechanisms: Annotated[tuple[Mechanism, ...], Field(min_length=1)]
    reach: Literal["whole", "exon"]
    carrier_ppm: Ppm


class MarkerCriterion(Criterion):
    """A common allele: points are the marker's own log odds ratio per copy, in thousandths."""

    kind: Literal["marker"]


AnyCriterion = Annotated[
    AlleleCriterion
    | RepeatCriterion
    | HeteroplasmyCriterion
    | ClinvarCriterion
    | ConsequenceCriterion
    | DeletionCriterion
    | MarkerCriterion,
    Field(discriminator="kind"),
]


class Share(Reasoned):
    """How much of a gene's evidence counts towards one category, in thousandths."""

    category: Id
    share: Annotated[Thousandths, Field(ge=1)]


class Gene(Reasoned):
    """A gene of the panel; what its shares leave is unmapped, and reported so.

    Attributes:
        grch37: first and last base on GRCh37, 1-based.
        grch38: the same on GRCh38.
        carrier_ppm: the share of participants who carry a listed allele or repeat of it; the rule set's default
            when not given.
    """

    symbol: Id
    hgnc: Annotated[str, StringConstraints(pattern=r"^HGNC:[0-9]+$")] | None = None
    ensembl: Annotated[str, StringConstraints(pattern=r"^ENSG[0-9]{11}$")] | None = None
    transcripts: tuple[Id, ...] = ()
    aliases: tuple[Id, ...] = ()
    chrom: Chrom
    grch37: Span
    grch38: Span
    inheritance: Inheritance
    mechanisms: tuple[Mechanism, ...] = ()
    validity: Validity
    carrier_ppm: Ppm | None = None
    shares: tuple[Share, ...] = ()
    note: Words | None = None

    @property
    def unmapped(self) -> int:
        """What belongs to no category, in thousandths."""
        return 1000 - sum(share.share for share in self.shares)


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
        match build:
            case Build.GRCH37:
                return self.pos37, self.ref37, self.alt37
            case Build.GRCH38:
                return self.pos38, self.ref38, self.alt38
            case _:
                assert_never(build)


class Allele(Reasoned):
    """A listed small variant; without a place it is inactive, with the reason.

    Its identity is its place; the id and the names are labels.
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
    inactive: Words | None = None

    @model_validator(mode="after")
    def _placed_or_inactive(self) -> Self:
        if self.place is None and self.inactive is None:
            raise fault("coordinates on both builds, or the reason for which the allele is inactive")
        return self


class Repeat(Reasoned):
    """A short tandem repeat with its three bands, in repeat units.

    Attributes:
        grch37: 0-based start and end of the reference repeat, as in BED.
        normal: the largest size that is normal.
        expanded: the smallest size that is expanded; what lies between is grey.
        needs: the number of expanded alleles that make the finding.
        only: whether it counts in males only (recessive on X).
    """

    id: Id
    gene: Id
    motif: Motif
    chrom: Chrom
    grch37: Span
    grch38: Span
    normal: Natural
    expanded: Positive
    needs: Literal["one", "two"]
    only: Literal["male"] | None = None
    use: Literal["evidence", "mimic"]

    @model_validator(mode="after")
    def _bands(self) -> Self:
        if self.normal >= self.expanded:
            raise fault("a normal band that ends below the expanded band")
        return self


class Marker(Reasoned):
    """A common allele with its published effect.

    Attributes:
        effect: the plus-strand base that carries the risk; which of REF and ALT it is, the file shows.
        other: the other base.
        log_odds: the published natural log odds ratio per copy, in thousandths.
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
    inactive: Words | None = None

    @model_validator(mode="after")
    def _whole_or_inactive(self) -> Self:
        needed = (self.chrom, *map(self.on, Build), self.effect, self.other, self.log_odds)
        if self.inactive is None and None in needed:
            raise fault("place, effect, other and log_odds, or the reason for which the marker is inactive")
        return self

    def on(self, build: Build) -> int | None:
        """Its position on a build."""
        match build:
            case Build.GRCH37:
                return self.pos37
            case Build.GRCH38:
                return self.pos38
            case _:
                assert_never(build)


class Mimic(Reasoned):
    """A disease that mimics the trial's, and what in the genotype points to it.

    Attributes:
        trigger: `one` or `two` listed or ClinVar (likely) pathogenic alleles, one in a `male`, an expanded `repeat`,
            or a laboratory's `copy_number` of 0.
        action: hold the participant for review, or only report.
    """

    id: Id
    gene: Id
    disorder: Words
    trigger: Literal["one", "two", "male", "repeat", "copy_number"]
    repeat: Id | None = None
    action: Literal["hold", "report"]
    therapy: Words | None = None


class Therapy(Reasoned):
    """A therapy, approved or in trial, that aims at a genotype."""

    id: Id
    gene: Id
    product: Words
    stage: Words
    trigger: Literal["pathogenic", "repeat", "copy_number", "none"]
    repeat: Id | None = None
    trials: tuple[Id, ...] = ()
    action: Literal["hold", "report"]


class Stratification(Reasoned):
    """A marker that is reported and never scored."""

    id: Id
    marker: Id
    report: Words


class Flags(Rule):
    """What is raised beside the category; a flag never changes a score."""

    mimics: tuple[Mimic, ...] = ()
    therapies: tuple[Therapy, ...] = ()
    stratification: tuple[Stratification, ...] = ()


class Stated(Rule):
    """What is stated of an outcome; what is left out is not compared.

    Attributes:
        basis: what the decision rests on.
        scores: by tier, the points of each category in thousandths; a category that a tier does not name has none.
        flags: every mimic, therapy and marker that is raised, each `held` or `reported`; of the others those that are
            named, each `unknown` or `ruled_out`.
        findings: what is found of an allele, repeat or marker by its id, or of a gene by its symbol.
        overturn_risk_ppm: an upper bound of the chance that what is unknown holds another decision.
    """

    outcome: Literal["assigned", "review"] | None = None
    category: Id | None = None
    provisional: Id | None = None
    reasons: tuple[Id, ...] = ()
    tier: Positive | None = None
    settled: Literal["yes", "no"] | None = None
    basis: Literal["lead", "distinct_genes", "category_order", "seeded", "tied", "no_evidence"] | None = None
    scores: dict[Positive, dict[Id, Natural]] | None = None
    flags: dict[Id, Literal["held", "reported", "unknown", "ruled_out"]] | None = None
    findings: dict[Id, Literal["true", "false", "unknown"]] | None = None
    overturn_risk_ppm: Ppm | None = None


class Expected(Stated):
    """The outcome that an example must have: category, provisional category and reasons, and what is stated beside."""

    outcome: Literal["assigned", "review"]


class Example(Rule):
    """A small profile, in the documented form, and what it must give."""

    id: Id
    because: Words
    profile: dict[str, Any]
    expect: Expected


class RuleSet(Rule):
    """A whole rule set, as read."""

    rule_set: Identity
    categories: Annotated[tuple[Category, ...], Field(min_length=1)]
    decision: DecisionRules
    gates: Gates
    fields: Fields = Fields()
    criteria: Annotated[tuple[AnyCriterion, ...], Field(min_length=1)]
    genes: tuple[Gene, ...] = ()
    alleles: tuple[Allele, ...] = ()
    repeats: tuple[Repeat, ...] = ()
    markers: tuple[Marker, ...] = ()
    flags: Flags = Flags()
    examples: tuple[Example, ...] = ()

    @cached_property
    def shares_of(self) -> dict[str, dict[str, int]]:
        """Each gene's shares over the categories, in thousandths."""
        return {gene.symbol: {share.category: share.share for share in gene.shares} for gene in self.genes}


def span_on(part: Gene | Repeat, build: Build) -> tuple[int, int]:
    """The span of a gene or repeat on a build."""
    match build:
        case Build.GRCH37:
            return part.grch37
        case Build.GRCH38:
            return part.grch38
        case _:
            assert_never(build)


def fits(chrom: str, end: int, build: Build) -> bool:
    """Whether a position lies on its chromosome."""
    return 1 <= end <= LENGTHS[build][chrom]
