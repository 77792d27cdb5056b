"""The kinds of criteria: what each asks about, as a rule set writes it.

What a profile answers is in `assigner.evidence.kinds`, one module a kind. Whether a criterion asks about a gene also
depends on the gene's rating, which is the same for all kinds: see `Panel.scope`.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from decimal import Decimal
from fractions import Fraction as Ratio
from functools import cached_property
from typing import Annotated, ClassVar, Literal, Self, TypeAlias, TypeGuard, assert_never

from pydantic import Field, model_validator

from assigner.rules.conditions import is_listed_for
from assigner.rules.criterion import Criterion, GatedCriterion, Reads
from assigner.rules.effects import Odds, OddsInterval, attributable, attributable_of_copies
from assigner.rules.loci import Allele, Gene, Inheritance, Marker, Part
from assigner.rules.repeats import Repeat
from assigner.rules.scalars import (
    AlleleClass,
    Date,
    Fraction,
    Id,
    Mechanism,
    Positive,
    Ppm,
    Reasoned,
    Rule,
    Source,
    Stars,
    Validity,
    Whole,
    Words,
    fault,
)
from assigner.rules.score_criteria import AgreementCriterion, PolygenicCriterion
from assigner.truth import Truth

Unmet: TypeAlias = Literal["stars", "classified_from", "max_frequency", "conditions"]
"""What a criterion asks of the row of a listed allele, beside its class."""


class AlleleCriterion(GatedCriterion):
    """A listed allele of one of these classes, in the number of copies that it needs.

    Attributes:
        stars: the least review status of its classification; an allele without one is not asked about.
        classified_from: the first day on which it may have been classified; a date without a day begins its period.
        max_frequency: above this frequency of what counts it is not asked about; without a known one it is.
        conditions: one of these must be among the conditions that it was classified for.
    """

    kind: Literal["listed_allele"]
    reads: ClassVar[Reads] = "alleles"
    classes: Annotated[tuple[AlleleClass, ...], Field(min_length=1)]
    stars: Stars | None = None
    classified_from: Date | None = None
    max_frequency: Fraction | None = None
    conditions: tuple[Words, ...] = ()

    def asks(self, part: Part) -> bool:
        """Of active alleles of its classes whose rows say what it asks for."""
        return self.could_ask(part) and not any(self.unmet(part))

    def could_ask(self, part: Part) -> TypeGuard[Allele]:
        """Whether a part is an active allele of its classes."""
        return isinstance(part, Allele) and part.is_active and part.allele_class in self.classes

    def unmet(self, allele: Allele) -> Iterator[Unmet]:
        """What the row of an allele does not say that the criterion asks for."""
        if self.stars is not None and (allele.stars is None or allele.stars < self.stars):
            yield "stars"
        if self.classified_from is not None and (allele.classified or "") < self.classified_from:
            yield "classified_from"
        common = allele.counted_frequency
        if self.max_frequency is not None and common is not None and common > self.max_frequency:
            yield "max_frequency"
        if is_listed_for(allele.conditions, self.conditions) is not Truth.TRUE:
            yield "conditions"


class GeneWide(Rule):
    """What a criterion about the unlisted variants of a gene asks of the gene's inheritance.

    Attributes:
        inheritance: it asks about genes with one of these; about all when there is none.
        two_in: in genes with one of these two copies must be disturbed, in all others one; when it is not given, in
            those that need both copies.
    """

    inheritance: tuple[Inheritance, ...] = ()
    two_in: tuple[Inheritance, ...] | None = None

    def needs_two(self, gene: Gene) -> bool:
        """Whether it asks for two disturbed copies of a gene."""
        return gene.needs_both_copies if self.two_in is None else gene.inheritance in self.two_in

    def inherited(self, gene: Gene) -> bool:
        """Whether it asks about genes that are inherited like this one."""
        return not self.inheritance or gene.inheritance in self.inheritance


class Placed(GeneWide):
    """What a criterion about annotated variants asks of their place.

    Attributes:
        within: names of regions; it asks about genes that have one, and a variant must lie in it.
        outside: names of regions in which a variant does not count.
    """

    within: tuple[Id, ...] = ()
    outside: tuple[Id, ...] = ()

    def placed(self, gene: Gene) -> bool:
        """Whether a variant of a gene can lie where it asks."""
        return self.inherited(gene) and (not self.within or any(each.id in self.within for each in gene.regions))


class RepeatCriterion(Criterion):
    """A repeat in its expanded band."""

    kind: Literal["repeat"]
    reads: ClassVar[Reads] = "repeats"

    def asks(self, part: Part) -> bool:
        """Of repeats that are evidence."""
        return isinstance(part, Repeat) and part.is_evidence


class HeteroplasmyCriterion(GatedCriterion):
    """A listed mitochondrial allele by its fraction: below `ignored` false, from `counts` on true, else unknown."""

    kind: Literal["heteroplasmy"]
    reads: ClassVar[Reads] = "alleles"
    classes: Annotated[tuple[AlleleClass, ...], Field(min_length=1)]
    ignored: Fraction
    counts: Fraction

    def asks(self, part: Part) -> bool:
        """Of active mitochondrial alleles of its classes."""
        if not isinstance(part, Allele) or not part.is_mitochondrial:
            return False
        return part.is_active and part.allele_class in self.classes


class ClinvarCriterion(Placed, GatedCriterion):
    """An unlisted variant that ClinVar's annotation in the file calls pathogenic or likely pathogenic.

    Attributes:
        conditions: those of which it must be for one, by name or id; any will do when none is given.
    """

    kind: Literal["clinvar"]
    reads: ClassVar[Reads] = "annotations"
    stars: Stars
    conditions: tuple[Words, ...] = ()
    max_frequency: Fraction
    carrier_ppm: Ppm

    def asks(self, part: Part) -> bool:
        """Of nuclear genes that have what it asks of their inheritance and regions."""
        return isinstance(part, Gene) and part.is_nuclear and self.placed(part)


class ConsequenceCriterion(Placed, GatedCriterion):
    """An unlisted rare variant with one of these Sequence Ontology terms, in a gene with one of these mechanisms.

    Attributes:
        spare_last_exon: whether a variant in the last exon does not count.
        spare_penultimate: in so many last bases of the last exon but one it does not count, either.
        harmful: whether a true finding is as good as a pathogenic variant to therapies that aim at the gene.
    """

    kind: Literal["consequence"]
    reads: ClassVar[Reads] = "annotations"
    terms: Annotated[tuple[Id, ...], Field(min_length=1)]
    mechanisms: Annotated[tuple[Mechanism, ...], Field(min_length=1)]
    max_frequency: Fraction
    predictor: Id | None = None
    at_least: Fraction | None = None
    spare_last_exon: Literal["yes", "no"] = "no"
    spare_penultimate: Positive | None = None
    harmful: Literal["yes", "no"] = "no"
    carrier_ppm: Ppm

    def asks(self, part: Part) -> bool:
        """Of nuclear genes with one of its mechanisms that have what it asks of their inheritance and regions."""
        return isinstance(part, Gene) and part.is_nuclear and part.works_by(self.mechanisms) and self.placed(part)


class DeletionCriterion(GeneWide, Criterion):
    """A deletion of a gene or of an exon, in a gene with one of these mechanisms, in the copies that it needs.

    Attributes:
        reach: what must be deleted at least: an `exon`, or the `whole` gene.
        carrier_ppm: the share of participants with such a deletion in one gene that was not assessed.
    """

    kind: Literal["deletion"]
    reads: ClassVar[Reads] = "deletions"
    mechanisms: Annotated[tuple[Mechanism, ...], Field(min_length=1)]
    reach: Literal["whole", "exon"]
    carrier_ppm: Ppm

    def asks(self, part: Part) -> bool:
        """Of nuclear genes with one of its mechanisms; of mitochondrial ones there are too many copies."""
        return isinstance(part, Gene) and part.is_nuclear and part.works_by(self.mechanisms) and self.inherited(part)


class MarkerCriterion(Criterion):
    """A common allele, worth what its published effect is.

    Attributes:
        counts: the `log_odds` ratio of each copy itself, in thousandths; or what is `attributable` to the copies.
    """

    kind: Literal["marker"]
    reads: ClassVar[Reads] = "markers"
    counts: Literal["log_odds", "attributable"] = "log_odds"

    def worth(self, log_odds: int, copies: int) -> int:
        """The points of so many copies of an allele."""
        match self.counts:
            case "log_odds":
                return copies * log_odds * self.points // 1000
            case "attributable":
                return attributable_of_copies(log_odds, copies) * self.points // 1000
            case _:
                assert_never(self.counts)

    def asks(self, part: Part) -> bool:
        """Of active markers."""
        return isinstance(part, Marker) and part.is_active


MOST_OF_A_GENE = 2
"""The most alleles of a burden that count in one gene, one for each copy: so an unknown gene has a bound."""


class Expectation(Rule):
    """How many alleles of one kind a participant is expected to carry in one gene, by chance alone.

    Attributes:
        gene: the gene's symbol.
        term: a Sequence Ontology term; an allele with it counts.
        ppm: how many such alleles a million people of the population carry together.
        source: where the number is from.
    """

    gene: Id
    term: Id
    ppm: Annotated[Whole, Field(ge=1, le=1_000_000)]
    source: Source


class BurdenEffect(Reasoned):
    """What is published of people with such a burden against others.

    Attributes:
        odds_ratio: of the disease.
        interval: the 95 % confidence interval of it.
    """

    odds_ratio: Odds
    interval: OddsInterval | None = None

    @model_validator(mode="after")
    def _inside(self) -> Self:
        if self.interval is not None and not self.interval[0] <= self.odds_ratio <= self.interval[1]:
            raise fault("an interval with the odds ratio inside")
        return self


class BurdenCriterion(GatedCriterion):
    """More rare damaging alleles in the genes of a category than chance leads to expect.

    Attributes:
        category: the one whose genes are counted together.
        expected: which alleles count, in which genes, and how many of them are expected.
        max_frequency: above this allele frequency an allele does not count.
        tail_ppm: it is true where chance alone gives so many alleles to no more than so many people in a million.
        effect: the published odds ratio; without one it is reported, and never worth a point.
    """

    kind: Literal["burden"]
    reads: ClassVar[Reads] = "annotations"
    validity: Annotated[tuple[Validity, ...], Field(max_length=0)] = ()
    category: Id
    expected: Annotated[tuple[Expectation, ...], Field(min_length=1)]
    max_frequency: Fraction
    predictor: Id | None = None
    at_least: Fraction | None = None
    tail_ppm: Annotated[Whole, Field(ge=1, le=999_999)]
    effect: BurdenEffect | None = None

    @cached_property
    def terms_of_genes(self) -> Mapping[str, frozenset[str]]:
        """The terms that count in each gene."""
        found: dict[str, frozenset[str]] = {}
        for row in self.expected:
            found[row.gene] = found.get(row.gene, frozenset()) | {row.term}
        return found

    @cached_property
    def expected_ppm(self) -> int:
        """How many alleles are expected in all genes together, in a million people."""
        return sum(row.ppm for row in self.expected)

    @property
    def worth(self) -> int:
        """What a true finding is worth: the part due to the burden, times `points` / 1000; 0 without an odds ratio."""
        return 0 if self.effect is None else attributable(self.effect.odds_ratio) * self.points // 1000

    @property
    def carrier_ppm(self) -> int:
        """At most so many participants in a million have such a burden.

        By chance no more than `tail_ppm` people have one. With the odds ratio OR, a share p of the others is at most
        OR x p of those with the disease.
        """
        odds = 1 if self.effect is None else Ratio(self.effect.odds_ratio)
        return min(1_000_000, math.ceil(odds * self.tail_ppm))

    def asks(self, part: Part) -> bool:
        """Of no gene or listed locus alone: it counts over several genes."""
        del part
        return False


AnyCriterion = Annotated[
    AlleleCriterion
    | RepeatCriterion
    | HeteroplasmyCriterion
    | ClinvarCriterion
    | ConsequenceCriterion
    | DeletionCriterion
    | MarkerCriterion
    | PolygenicCriterion
    | AgreementCriterion
    | BurdenCriterion,
    Field(discriminator="kind"),
]


def terms_of(criterion: AnyCriterion) -> tuple[str, ...]:
    """The Sequence Ontology terms that a criterion asks for."""
    match criterion:
        case ConsequenceCriterion():
            return criterion.terms
        case BurdenCriterion():
            return tuple(dict.fromkeys(row.term for row in criterion.expected))
        case AlleleCriterion() | RepeatCriterion() | HeteroplasmyCriterion() | ClinvarCriterion():
            return ()
        case DeletionCriterion() | MarkerCriterion() | PolygenicCriterion() | AgreementCriterion():
            return ()
        case _:
            assert_never(criterion)


def grade_of(criterion: AnyCriterion) -> Literal["established", "supported", "weak"] | None:
    """How strong what a kind of criterion finds is, where a tier does not say it; None where it is only reported."""
    match criterion:
        case AlleleCriterion() | RepeatCriterion() | HeteroplasmyCriterion() | ClinvarCriterion():
            return "established"
        case ConsequenceCriterion() | DeletionCriterion():
            return "supported"
        case MarkerCriterion() | PolygenicCriterion() | AgreementCriterion():
            return "weak"
        case BurdenCriterion():
            return None if criterion.effect is None else "weak"
        case _:
            assert_never(criterion)


def frequencies_of(criterion: AnyCriterion) -> tuple[Decimal, ...]:
    """The allele frequencies above which a criterion is false."""
    match criterion:
        case ClinvarCriterion() | ConsequenceCriterion() | BurdenCriterion():
            return (criterion.max_frequency,)
        case AlleleCriterion() | RepeatCriterion() | HeteroplasmyCriterion():
            return ()
        case DeletionCriterion() | MarkerCriterion() | PolygenicCriterion() | AgreementCriterion():
            return ()
        case _:
            assert_never(criterion)
