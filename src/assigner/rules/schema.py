"""What a rule set may say: the models that `categories.yaml` and its tables are checked against."""

from __future__ import annotations

from functools import cached_property
from typing import Annotated, Any, Literal, assert_never

from pydantic import Field

from assigner.rules.criteria import (
    AnyCriterion,
    BurdenCriterion,
    ClinvarCriterion,
    ConsequenceCriterion,
    DeletionCriterion,
    grade_of,
)
from assigner.rules.criterion import Criterion
from assigner.rules.effects import Effect
from assigner.rules.loci import Allele, Gene, Marker
from assigner.rules.repeats import Repeat
from assigner.rules.scalars import (
    Date,
    Id,
    Natural,
    Positive,
    Ppm,
    Reasoned,
    Rule,
    Sha256,
    Span,
    Thousandths,
    Whole,
    Words,
)
from assigner.rules.score_criteria import AgreementCriterion, PolygenicCriterion

TieBreak = Literal["distinct_genes", "category_order", "seeded"]
Policy = Literal["review", "note"]
GradeAction = Literal["assign", "review", "note"]
Evidential = Literal["established", "supported", "weak"]
Weight = Annotated[Positive, Field(le=1000)]
Grade = Literal["established", "supported", "weak", "allocated"]
BasisWord = Literal[
    "lead", "distinct_genes", "category_order", "seeded", "lot", "smallest_arm", "minimise", "tied", "no_evidence"
]  # fmt: skip
StrictGate = Literal["depth", "quality", "likelihood", "balance"]
Action = Literal["hold", "report"]


def sends_to_review(policy: Policy) -> bool:
    """Whether a reason with this policy sends the participant to review; else it is only noted."""
    match policy:
        case "review":
            return True
        case "note":
            return False
        case _:
            assert_never(policy)


def holds(action: Action) -> bool:
    """Whether a flag with this action holds the participant for review; else it is only reported."""
    match action:
        case "hold":
            return True
        case "report":
            return False
        case _:
            assert_never(action)


class Identity(Rule):
    """Which rule set this is, who stands for it, and the tables it consists of."""

    id: Id
    version: Id
    title: Words
    status: Literal["draft", "approved"]
    curators: tuple[Words, ...] = ()
    protocol: Words | None = None
    tables: dict[Literal["genes", "alleles", "markers", "mimics", "therapies"], Words] = {}  # noqa: RUF012 - pydantic copies it

    @property
    def is_approved(self) -> bool:
        """Whether its curators say that it is approved."""
        match self.status:
            case "approved":
                return True
            case "draft":
                return False
            case _:
                assert_never(self.status)


class Category(Reasoned):
    """A biology that drives the disease, and the intervention that fits it; doses are protocol data.

    Attributes:
        open: whether its arm takes participants.
        since: since when it does not, in words.
        full_at: how many participants fill its arm.
    """

    id: Id
    name: Words
    intervention: Words
    dose: Words | None = None
    schedule: Words | None = None
    open: Literal["yes", "no"] = "yes"
    since: Words | None = None
    full_at: Positive | None = None


class Tier(Rule):
    """A class of evidence.

    Attributes:
        tier: its rank; 1 is the strongest.
        minimum: the points with which a category may win here.
        margin: by how much it must lead another one.
        opens: whether evidence of this class may decide, or only separate what a higher class has raised.
        cap: the most points a category can have in this tier.
        grade: how strong a decision is that needs it; when left out, that of the weakest kind of criterion in it.
    """

    tier: Positive
    minimum: Positive
    margin: Positive
    opens: Literal["yes", "no"]
    cap: Positive | None = None
    grade: Evidential | None = None
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
    somatic: Literal["review"] = "review"
    sample_mismatch: Policy = "review"


class GradePolicy(Rule):
    """What is done with a category by the grade of its ground: assign, send to review, or assign and note it.

    A rule set that says nothing assigns all that it decides, as before there were grades.
    """

    established: GradeAction = "assign"
    supported: GradeAction = "assign"
    weak: GradeAction = "assign"
    allocated: GradeAction = "assign"
    external: GradeAction = "review"


class Otherwise(Reasoned):
    """What the protocol declares where the evidence points to no category: review, or an allocation.

    Attributes:
        no_evidence: where no category reaches a minimum.
        tied: where no tie-break separates categories.
        weights: the ratio in which categories are to be allocated; one that is not named has the weight 1.
        factors: what minimisation balances (site, onset ...), each with its weight.
        favoured: the chance, in thousandths, with which minimisation takes the category of least imbalance.
    """

    no_evidence: Literal["review", "lot", "smallest_arm", "minimise"] = "review"
    tied: Literal["review", "lot", "smallest_arm", "minimise"] = "review"
    weights: dict[Id, Weight] = {}  # noqa: RUF012 - pydantic copies it
    factors: dict[Id, Weight] = {}  # noqa: RUF012
    favoured: Thousandths = 1000

    @property
    def allocates(self) -> bool:
        """Whether it ever allocates a category."""
        return self.no_evidence != "review" or self.tied != "review"

    def weight(self, category: str) -> int:
        """The part of participants that a category is to have: 1 where the protocol says nothing."""
        return self.weights.get(category, 1)


class StabilityRules(Reasoned):
    """How often a category that rests on scores must come out again when their weights are drawn again.

    Attributes:
        redraws: how often they are drawn.
        at_least: the least share of them, in thousandths, that must give the same category.
        below: what is done with a category that comes out less often: review, or a note.
    """

    redraws: Annotated[Whole, Field(ge=1, le=10_000)]
    at_least: Thousandths
    below: Policy = "review"


class DecisionRules(Reasoned):
    """How scores become a decision.

    Attributes:
        stability: whether and how the weights of scores are drawn again.
        closed_arm: where the arm of a category is closed, send to review, or let the next best category have it.
    """

    tiers: Annotated[tuple[Tier, ...], Field(min_length=1)]
    tie_breaks: tuple[TieBreak, ...] = ()
    otherwise: Otherwise | None = None
    stability: StabilityRules | None = None
    closed_arm: Literal["review", "next_best"] = "review"
    unsettled_above_ppm: Ppm
    default_carrier_ppm: Ppm
    policy: ReviewPolicy
    grades: GradePolicy = GradePolicy()


class Gates(Reasoned):
    """What a call must have to be believed; what fails is unknown, never reference.

    Attributes:
        filters: the FILTER (and FORMAT/FT) values accepted beside an unfiltered `.`.
        unfiltered: whether `.`, no filter applied, is accepted.
        depth: least FORMAT/DP (in a reference block MIN_DP first).
        quality: least FORMAT/GQ (or RGQ), phred-scaled.
        het_balance: least and most share of reads for a heterozygous allele, in thousandths.
        hom_balance: least share of reads for a homozygous allele, in thousandths.
        phase: the least phred-scaled quality of a phase (PQ and its like); that of `quality` when it is left out.
        imputed: the score (Beagle's DR2, Minimac's R2 ...), in thousandths, from which an imputed genotype is believed;
            none is when it is left out.
        strict: the gates that also fail when their field is missing.
        assessed: the share of a gene's span that must be covered to say that nothing else was seen.
    """

    filters: tuple[Words, ...]
    unfiltered: Literal["accept", "refuse"]
    depth: Natural
    quality: Natural
    het_balance: Span
    hom_balance: Thousandths
    phase: Natural | None = None
    imputed: Thousandths | None = None
    strict: tuple[StrictGate, ...] = ()
    assessed: Thousandths

    @property
    def accepts_unfiltered(self) -> bool:
        """Whether a record to which no filter was applied is believed."""
        match self.unfiltered:
            case "accept":
                return True
            case "refuse":
                return False
            case _:
                assert_never(self.unfiltered)


class Fields(Rule):
    """Under which names annotation fields are looked for, in order of preference."""

    frequency: tuple[Words, ...] = ()
    predictors: dict[Id, tuple[Words, ...]] = {}  # noqa: RUF012 - pydantic copies it


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
    action: Action
    therapy: Words | None = None

    @property
    def asks_variants(self) -> bool:
        """Whether it asks for the variants of its gene, and not for a repeat or a number of copies."""
        match self.trigger:
            case "one" | "two" | "male":
                return True
            case "repeat" | "copy_number":
                return False
            case _:
                assert_never(self.trigger)

    @property
    def holds(self) -> bool:
        """Whether it holds the participant for review when it is raised."""
        return holds(self.action)


class Therapy(Reasoned):
    """A therapy, approved or in trial, that aims at a genotype."""

    id: Id
    gene: Id
    product: Words
    stage: Words
    trigger: Literal["pathogenic", "repeat", "copy_number", "none"]
    repeat: Id | None = None
    trials: tuple[Id, ...] = ()
    action: Action

    @property
    def holds(self) -> bool:
        """Whether it holds the participant for review when it is raised."""
        return holds(self.action)


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

    @property
    def with_trigger(self) -> tuple[Mimic | Therapy, ...]:
        """The flags that can send a participant to review."""
        return (*self.mimics, *self.therapies)


class Stated(Rule):
    """What is stated of an outcome; what is left out is not compared.

    Attributes:
        basis: what the decision rests on.
        grade: how strong its ground is.
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
    basis: BasisWord | None = None
    grade: Grade | None = None
    scores: dict[Positive, dict[Id, Natural]] | None = None
    flags: dict[Id, Literal["held", "reported", "unknown", "ruled_out"]] | None = None
    findings: dict[Id, Literal["true", "false", "unknown"]] | None = None
    overturn_risk_ppm: Ppm | None = None


class Expected(Stated):
    """The outcome that an example must have: category, provisional category and reasons, and what is stated beside."""

    outcome: Literal["assigned", "review"]


class Example(Rule):
    """A small profile, in the documented form, and what it must give; with the participants so far where it matters."""

    id: Id
    because: Words
    profile: dict[str, Any]
    accrual: dict[str, Any] | None = None
    expect: Expected


class EvidenceSource(Rule):
    """A file of a public source that the rule set was last compared with.

    Attributes:
        source: the source's name.
        file: the file's name.
        dated: the day that the file is of.
        sha256: the SHA-256 of its bytes.
    """

    source: Words
    file: Words
    dated: Date
    sha256: Sha256


class RuleSet(Rule):
    """A whole rule set, as read."""

    rule_set: Identity
    evidence_sources: tuple[EvidenceSource, ...] = ()
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
        """Each gene's shares over the categories, in thousandths; a score or burden speaks for one category alone.

        A burden that is only reported speaks for none, nor does a score that counts by an agreement alone.
        """
        shares = {gene.symbol: {share.category: share.share for share in gene.shares} for gene in self.genes}
        shares |= {own.id: {} if own.id in self.agreed else {own.category: 1000} for own in self.scores}
        shares |= {own.id: {own.category: 1000} for own in self.agreements}
        return shares | {own.id: {own.category: 1000} if own.effect else {} for own in self.burdens}

    @cached_property
    def hgvs_of(self) -> dict[str, str]:
        """What each allele changes by its id, in HGVS: the protein, or else the transcript."""
        return {own.id: name for own in self.alleles if (name := own.hgvs_p or own.hgvs_c)}

    @property
    def scores(self) -> tuple[PolygenicCriterion, ...]:
        """The polygenic scores."""
        return tuple(each for each in self.criteria if isinstance(each, PolygenicCriterion))

    @property
    def agreements(self) -> tuple[AgreementCriterion, ...]:
        """The agreements of two scores."""
        return tuple(each for each in self.criteria if isinstance(each, AgreementCriterion))

    @cached_property
    def agreed(self) -> frozenset[str]:
        """The scores that an agreement names: alone they are worth nothing."""
        return frozenset(name for each in self.agreements for name in each.agree)

    @property
    def burdens(self) -> tuple[BurdenCriterion, ...]:
        """The burdens."""
        return tuple(each for each in self.criteria if isinstance(each, BurdenCriterion))

    @cached_property
    def tier_grades(self) -> tuple[Evidential, ...]:
        """The grade of each tier: its own, or that of the weakest kind of criterion in it."""
        return tuple(tier.grade or self._weakest_in(tier.tier) for tier in self.decision.tiers)

    def _weakest_in(self, tier: int) -> Evidential:
        grades = {grade_of(criterion) for criterion in self.criteria if criterion.tier == tier} - {None}
        return "established" if grades == {"established"} else "weak" if "weak" in grades or not grades else "supported"

    @cached_property
    def effects(self) -> dict[tuple[str, str], Effect]:
        """The published effects, each by its criterion and the symbol of its gene."""
        return {(effect.criterion, gene.symbol): effect for gene in self.genes for effect in gene.effects}

    def points_of(self, criterion: Criterion, gene: str) -> int:
        """What a true finding of a criterion in a gene is worth: by its published effect, or the criterion's points."""
        effect = self.effects.get((criterion.id, gene))
        return criterion.points if effect is None or effect.points is None else effect.points

    def prior_of(self, criterion: ClinvarCriterion | ConsequenceCriterion | DeletionCriterion, gene: str) -> int:
        """How many participants in a million carry what it asks for in a gene: as published, or the criterion's own."""
        effect = self.effects.get((criterion.id, gene))
        return criterion.carrier_ppm if effect is None or effect.carrier_ppm is None else effect.carrier_ppm
