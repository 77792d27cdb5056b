"""Whether what is unknown could overturn an outcome, how likely that is at most, and what to test to know.

Where the completions can be enumerated, the answer is exact. Elsewhere it is sound: an outcome called settled is, one
that is not may be. Another outcome is another category, or none where there was one.
"""

from __future__ import annotations

import enum
from collections.abc import Iterable
from functools import cached_property

from attrs import field, frozen

from assigner.decisions.bounds import Sums
from assigner.decisions.completions import OpenGene, Places, open_genes
from assigner.decisions.contests import Basis, Terms
from assigner.decisions.enumerations import Enumeration
from assigner.decisions.scores import Tally
from assigner.decisions.threats import threats
from assigner.evidence.findings import Finding, Findings

MOST_COMPLETIONS = 600
"""How many completions are tried one by one; beyond, only sums are compared."""


class Answered(enum.StrEnum):
    """How it was found out whether an outcome is settled."""

    EXACT = "exact"
    BOUNDED = "bounded"


@frozen(slots=False)
class Tests:
    """What to test: if all of it is found absent, the decision is settled.

    Attributes:
        places: where the findings to test stand among all.
        at_least: no smaller set than this can do; equal to the number of findings when they are the fewest.
        conclusive: whether the decision is settled whatever the tests show, be it another one.
    """

    places: Places = ()
    at_least: int = 0
    conclusive: bool = True
    _among: Findings | None = field(default=None, eq=False, repr=False)

    @cached_property
    def findings(self) -> tuple[Finding, ...]:
        """The unknown findings to test."""
        return () if self._among is None else self._among.at(self.places)

    @property
    def exact(self) -> bool:
        """Whether no smaller set would do."""
        return len(self.places) == self.at_least


@frozen(slots=False)
class Settlement:
    """Whether an outcome stands whatever is learnt.

    Attributes:
        answered: exact when the answer is proven either way; bounded when the outcome may be settled and is not called
            so.
        decisive_places: where the decisive findings stand among all.
        overturn_risk_ppm: an upper bound of the chance that what is unknown holds another decision.
    """

    answered: Answered = Answered.EXACT
    decisive_places: Places = ()
    overturn_risk_ppm: int = 0
    _among: Findings | None = field(default=None, eq=False, repr=False)
    _computed: Enumeration | Sums | None = field(default=None, eq=False, repr=False)

    @property
    def settled(self) -> bool:
        """Whether no completion of what is unknown gives another decision; never true when one does."""
        return not self.decisive_places

    @cached_property
    def decisive(self) -> tuple[Finding, ...]:
        """The unknown findings that could overturn it.

        They are exact where completions are enumerated; elsewhere some of them may not be able to.
        """
        return () if self._among is None else self._among.at(self.decisive_places)

    @cached_property
    def to_test(self) -> Tests:
        """The fewest findings to test, found when first asked for."""
        if self._computed is None:
            return Tests()
        places, at_least, conclusive = self._computed.tests
        return Tests(places, at_least, conclusive, self._among)


def settle(findings: Findings, tally: Tally, terms: Terms, outcome: tuple[str | None, Basis]) -> Settlement:
    """Find out whether an outcome stands.

    Args:
        findings: all that were found.
        tally: what is true of them.
        terms: the rule set's, for this participant.
        outcome: what the contest came to.
    """
    genes = open_genes(findings)
    found = threats(outcome, tally, terms, findings, genes)
    if not found:
        return Settlement()
    category, few = outcome[0], _are_few(genes)
    made = Enumeration.of(genes, tally, terms, category) if few else Sums(genes, tally, terms, category, found)
    answered = Answered.EXACT if made.proven else Answered.BOUNDED
    return Settlement(answered, made.decisive, made.risk_ppm, findings, made)


def _are_few(genes: Iterable[OpenGene]) -> bool:
    """Whether all completions can be tried one by one."""
    count = 1
    for gene in genes:
        count *= gene.size
        if count > MOST_COMPLETIONS or gene.is_graded:
            return False
    return True
