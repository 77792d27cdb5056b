"""The criteria of polygenic scores: what a rule set says of a score, and of two that must agree."""

from __future__ import annotations

import math
from fractions import Fraction
from typing import Annotated, ClassVar, Literal, Self, assert_never

from attrs import frozen
from pydantic import Field, model_validator

from assigner.rules.criterion import Criterion, Reads
from assigner.rules.effects import attributable_of_score
from assigner.rules.loci import Part
from assigner.rules.scalars import Id, Natural, Positive, Rule, Sha256, Thousandths, Validity, Whole, Words, fault

MICRO = 10**6
"""What is said of the spread of a score is in such parts of a log odds ratio."""

QUANTILES = (1, 5, 10, 25, 50, 75, 90, 95, 99)
"""The per cent of a group that do not exceed the values that a reference gives."""


def millionths(score: int, units: int) -> int:
    """A score, in parts of `units`, as quantiles are written: in millionths, half to even.

    What is compared with a quantile is rounded as the quantile is. So who stands at it does not exceed it.
    """
    return round(Fraction(score * MICRO, units))


class Covariance(Rule):
    """How a score goes together with another one in a group of people.

    Attributes:
        score: the id of the other score's criterion.
        value: the covariance, in millionths of millionths.
    """

    score: Id
    value: Whole


class Reference(Rule):
    """How a score is spread in a group of people, as `assigner rules calibrate` finds it.

    Mean and variance decide where a criterion counts `standardised`, and a quantile where it has `above_per_cent`. The
    rest is shown, and used in forecasts.

    Attributes:
        group: the group's name.
        samples: how many people of whom every allele that counts is known.
        mean: in millionths of a log odds ratio.
        variance: in millionths of millionths.
        quantiles: the values that 1, 5, 10, 25, 50, 75, 90, 95 and 99 per cent of them do not exceed, in millionths.
        covariances: with other scores, each two once; those of which none is given are taken as independent.
        alleles: how many alleles of the score counted.
        scoring_file: the SHA-256 of the scoring file.
        cohort: the SHA-256 of the cohort's file.
    """

    group: Id
    samples: Annotated[Whole, Field(ge=2)]
    mean: Whole
    variance: Natural
    quantiles: Annotated[tuple[Whole, ...], Field(min_length=len(QUANTILES), max_length=len(QUANTILES))]
    covariances: tuple[Covariance, ...] = ()
    alleles: Positive
    scoring_file: Sha256
    cohort: Sha256

    @model_validator(mode="after")
    def _in_order(self) -> Self:
        if list(self.quantiles) != sorted(self.quantiles):
            raise fault("quantiles in ascending order")
        return self

    def between(self, least: int, most: int, units: int) -> tuple[int, int]:
        """How many per cent of the group are below a score at least and at most, as far as the quantiles tell.

        The score is at least and at most so many parts of `units`. A greater one is rounded to no less.
        """
        low, high = millionths(least, units), millionths(most, units)
        below = [per_cent for per_cent, value in zip(QUANTILES, self.quantiles, strict=True) if low > value]
        above = [per_cent for per_cent, value in zip(QUANTILES, self.quantiles, strict=True) if high <= value]
        return max(below, default=0), min(above, default=100)

    def above(self, score: int, units: int, points: int) -> int:
        """The points of a score, in parts of `units`, that are so many for each standard deviation above the mean.

        Rounded down; 0 for a score that is not above the mean.
        """
        over = max(0, score * MICRO - self.mean * units) * points
        return math.isqrt(over**2 // (units**2 * self.variance))

    def exceeds(self, score: int, units: int, per_cent: int) -> bool:
        """Whether a score, in parts of `units`, is above the value that so many per cent of the group do not exceed."""
        return millionths(score, units) > self.quantiles[QUANTILES.index(per_cent)]


@frozen
class Worth:
    """What a score is worth at least and at most, in points."""

    least: int
    most: int


class ShareOfRisk(Rule):
    """The published share of the risk of the disease that a score stands for; it decides nothing.

    Attributes:
        least: in thousandths.
        most: in thousandths.
        source: the publication.
    """

    least: Thousandths
    most: Thousandths
    source: Words

    @model_validator(mode="after")
    def _in_order(self) -> Self:
        if self.least > self.most:
            raise fault("a least share that is not above the most")
        return self


class PolygenicCriterion(Criterion):
    """A polygenic score for one category: many common alleles together, with the weights of a scoring file.

    Attributes:
        category: the one that the score speaks for.
        file: a scoring file of the PGS Catalog's format 2.0, beside the rule set.
        min_called: below this share of known alleles, in thousandths, nothing of the score counts as known.
        counts: the score as a `log_odds` ratio itself, in thousandths; what is `attributable` to it; when it is
            `standardised`, so many points for each standard deviation above the mean of a reference; or `nothing`: it
            is shown, and can be calibrated.
        reference: how the score is spread in groups of people.
        above_per_cent: the score is worth nothing unless it is above the value that so many per cent of a group do not
            exceed: one of the `quantiles` of the reference.
        in_genes: whether alleles inside genes and repeats of the rule set count, or are left out.
        stands_for: the published share of the risk that the score stands for.
    """

    kind: Literal["polygenic"]
    reads: ClassVar[Reads] = "scores"
    validity: Annotated[tuple[Validity, ...], Field(max_length=0)] = ()
    category: Id
    file: Words
    min_called: Thousandths
    counts: Literal["log_odds", "attributable", "standardised", "nothing"] = "attributable"
    in_genes: Literal["left_out", "counted"] = "left_out"
    reference: tuple[Reference, ...] = ()
    above_per_cent: Whole | None = None
    stands_for: ShareOfRisk | None = None

    @model_validator(mode="after")
    def _has_references(self) -> Self:
        if self.counts == "standardised" and not (self.reference and all(own.variance for own in self.reference)):
            raise fault("with counts `standardised`: a reference of each group, with a variance above 0")
        if self.above_per_cent is not None and self.above_per_cent not in QUANTILES:
            raise fault(f"above_per_cent of {', '.join(map(str, QUANTILES))}")
        if self.above_per_cent is not None and not self.reference:
            raise fault("with above_per_cent: a reference of each group")
        return self

    @property
    def leaves_out_genes(self) -> bool:
        """Whether alleles inside genes and repeats of the rule set are left out."""
        match self.in_genes:
            case "left_out":
                return True
            case "counted":
                return False
            case _:
                assert_never(self.in_genes)

    def groups(self, ancestry: str | None) -> tuple[Reference, ...]:
        """The references that a participant of an ancestry is compared with: its own, else all."""
        return tuple(own for own in self.reference if own.group == ancestry) or self.reference

    @property
    def needs_frequencies(self) -> bool:
        """Whether what it is worth is counted from the mean that the frequencies of its file give."""
        match self.counts:
            case "log_odds" | "attributable":
                return True
            case "standardised" | "nothing":
                return False
            case _:
                assert_never(self.counts)

    @property
    def compares(self) -> bool:
        """Whether what it is worth depends on the group that a participant is compared with."""
        return self.counts == "standardised" or self.above_per_cent is not None

    def can_compare(self, ancestry: str | None) -> bool:
        """Whether points can be told of an ancestry: a score that is compared needs a reference of a declared one."""
        return not self.compares or ancestry is None or any(own.group == ancestry for own in self.reference)

    def worth(self, score: int, units: int, ancestry: str | None = None) -> Worth:
        """The points of a score, given in parts of `units` of a log odds ratio: at least and at most in all groups.

        A greater score is worth no less.
        """
        if not self.compares:
            points = self._points(score, units, None)
            return Worth(points, points)
        every = [
            self._points(score, units, own)
            if self.above_per_cent is None or own.exceeds(score, units, self.above_per_cent)
            else 0
            for own in self.groups(ancestry)
        ]
        return Worth(min(every), max(every))

    def _points(self, score: int, units: int, group: Reference | None) -> int:
        """The points beside one group."""
        match self.counts:
            case "log_odds":
                return max(0, score * self.points // units)
            case "attributable":
                return attributable_of_score(score, units, self.points)
            case "standardised":
                assert group is not None
                return group.above(score, units, self.points)
            case "nothing":
                return 0
            case _:
                assert_never(self.counts)

    def asks(self, part: Part) -> bool:
        """Of no gene or listed locus: its alleles are those of its file."""
        del part
        return False


class AgreementCriterion(Criterion):
    """Two scores for one category that must both lead: what they agree on is worth the smaller of their leads.

    Attributes:
        points: the part of the lead that counts, in thousandths.
        category: the one that both scores speak for.
        agree: the ids of the two scores; those at the same place of each agreement are compared with each other.
    """

    kind: Literal["agreement"]
    reads: ClassVar[Reads] = "scores"
    validity: Annotated[tuple[Validity, ...], Field(max_length=0)] = ()
    points: Annotated[Whole, Field(ge=1, le=1000)]
    category: Id
    agree: Annotated[tuple[Id, ...], Field(min_length=2, max_length=2)]

    def asks(self, part: Part) -> bool:
        """Of no gene or listed locus: it compares scores."""
        del part
        return False
