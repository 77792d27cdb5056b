"""Whether unknown findings could overturn an outcome, an upper bound of the risk, and what to test.

Where the completions can be enumerated, the answer is exact. Elsewhere it is conservative: an outcome called settled is
settled, but one called unsettled may be settled too. Overturned means another category, or none where there was one.
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
"""Up to this many completions are enumerated; beyond, only sums are compared."""


class Answered(enum.StrEnum):
    """How it was determined whether an outcome is settled."""

    EXACT = "exact"
    BOUNDED = "bounded"


@frozen(slots=False)
class Tests:
    """What to test: if all of it is found absent, the decision is settled.

    Attributes:
        places: indexes of the findings to test among all findings.
        at_least: a lower bound of the number of tests; equal to the number of findings when these are the fewest.
        conclusive: whether the decision (the same or another one) is settled after the tests, whatever they show.
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
        """Whether it is proven that no smaller set is enough."""
        return len(self.places) == self.at_least


@frozen(slots=False)
class Settlement:
    """Whether an outcome is the same in every completion of the unknown findings.

    Attributes:
        answered: exact when the answer is proven either way; bounded when the outcome is called unsettled but may be
            settled.
        decisive_places: indexes of the decisive findings among all findings.
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
        """The findings to test, computed on first use."""
        if self._computed is None:
            return Tests()
        places, at_least, conclusive = self._computed.tests
        return Tests(places, at_least, conclusive, self._among)


def settle(findings: Findings, tally: Tally, terms: Terms, outcome: tuple[str | None, Basis]) -> Settlement:
    """Determine whether an outcome is settled.

    Args:
        findings: all findings.
        tally: the tally of the true ones.
        terms: the rule set's terms for this participant.
        outcome: the result of the contest.
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
    """Whether there are few enough completions to enumerate."""
    count = 1
    for gene in genes:
        count *= gene.size
        if count > MOST_COMPLETIONS or gene.is_graded:
            return False
    return True
