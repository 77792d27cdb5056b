"""Agreement: two independent polygenic scores that must both rank the same category first."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import ClassVar

from attrs import frozen

from assigner.evidence.findings import CERTAIN, Finding
from assigner.evidence.kinds.kind import Asked, Edges, Field, OfNoGene, Values
from assigner.evidence.kinds.polygenic import graded, interval_of, is_open, why_not_graded, worth_of
from assigner.evidence.unknowns import first_of
from assigner.rules.panels import Panel
from assigner.rules.score_criteria import AgreementCriterion, Worth


@frozen
class Agreement(OfNoGene):
    """A criterion that two scores agree.

    The lead of a score is its worth minus the best worth of the other categories' scores in the same position of their
    agreements. The finding is worth the smaller of the two leads, so it is never worth more than either score, and only
    one category can have a positive one. A missing genotype widens the interval of a score, for its own category and
    for the others, so it never makes two scores agree.
    """

    criterion: AgreementCriterion

    words: ClassVar[str] = "two polygenic scores that both put the same category first"
    fields: ClassVar[Mapping[str, Field]] = {
        "category": Field(Values.NAME, "the category that both scores speak for; one agreement a category"),
        "agree": Field(
            Values.NAME,
            "the ids of two `polygenic` criteria of the category, with files of their own; alone they do not count",
        ),
    }
    fixed_points: ClassVar[bool] = False
    pathogenic: ClassVar[bool] = False

    @property
    def edges(self) -> Edges:
        """None: scores are compared."""
        return Edges()

    def findings(self, asked: Asked) -> Iterator[Finding]:
        """One finding, for a pseudo-gene with the agreement's id; unknown where missing genotypes make a difference."""
        content = asked.panel.content
        intervals = {own.id: interval_of(own, asked.panel, asked.profile) for own in content.scores}
        worths = {own.id: worth_of(own, intervals[own.id], asked.profile.ancestry) for own in content.scores}
        both = leads_of(self.criterion, content.agreements, worths)
        text = "; ".join(
            f"{name} leads by {lead.least}" + ("" if lead.least == lead.most else f" to {lead.most}")
            for name, lead in zip(self.criterion.agree, both, strict=True)
        )
        worth = agreed_worth(self.criterion, both)
        unsure = worth.least < worth.most or not all(intervals[name].called for name in self.criterion.agree)
        whys = (
            why_not_graded(own, intervals[own.id], asked.profile.ancestry)
            for own in content.scores
            if own.id in content.agreed and is_open(worths[own.id], intervals[own.id])
        )
        yield graded(self.criterion, worth, first_of(whys) if unsure else None, text)

    def prior(self, gene: str, panel: Panel) -> int:
        """Certainty: common alleles are common."""
        return CERTAIN


def leads_of(
    criterion: AgreementCriterion, agreements: Iterable[AgreementCriterion], worths: Mapping[str, Worth]
) -> tuple[Worth, ...]:
    """The lead of the category over all others in each of its two scores, least and most."""
    rivals = [each for each in agreements if each.id != criterion.id]
    found = []
    for at, name in enumerate(criterion.agree):
        others = [worths[rival.agree[at]] for rival in rivals]
        least = worths[name].least - max((other.most for other in others), default=0)
        found.append(Worth(least, worths[name].most - max((other.least for other in others), default=0)))
    return tuple(found)


def agreed_worth(criterion: AgreementCriterion, leads: Iterable[Worth]) -> Worth:
    """The worth of an agreement: the smaller lead, scaled by the criterion's points."""
    both = tuple(leads)
    least, most = (max(0, min(ends)) for ends in ((lead.least for lead in both), (lead.most for lead in both)))
    return Worth(least * criterion.points // 1000, most * criterion.points // 1000)
