"""What every kind of criterion has: an id, a tier and points, what it reads, and the gates that it may add."""

from __future__ import annotations

from typing import Annotated, Literal, TypeAlias

from pydantic import Field

from assigner.rules.scalars import Id, Natural, Points, Positive, Reasoned, Rule, Span, Thousandths, Validity

Reads: TypeAlias = Literal["alleles", "repeats", "annotations", "deletions", "markers", "scores"]
"""What of a genome a criterion is about: calls at listed places, sizes, annotations, deletions, letters or scores."""


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


class Criterion(Reasoned):
    """A kind of evidence: what it asks, in which tier it counts, and how many points it is worth."""

    id: Id
    tier: Positive
    points: Points
    validity: Annotated[tuple[Validity, ...], Field(min_length=1)]


class GatedCriterion(Criterion):
    """A criterion that asks about calls; it may ask more of them than the rule set's gates do."""

    gates: MoreGates | None = None
