"""Agreement: two polygenic scores of independent origin that must both put the same category first."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import ClassVar

from attrs import frozen

from assigner.evidence.findings import CERTAIN, Finding
from assigner.evidence.kinds.kind import Asked, Edges, Field, Values
from assigner.evidence.kinds.polygenic import PolygenicScore, graded
from assigner.evidence.kinds.witnesses import Witness
from assigner.profiles.calls import Sex
from assigner.rules.criteria import AgreementCriterion
from assigner.rules.loci import Allele, Part
from assigner.rules.panels import Panel


@frozen
class Lead:
    """By how many points a category leads every other one in one score, at least and at most."""

    least: int
    most: int


@frozen
class Agreement:
    """A criterion that two scores agree.

    A score leads by what it is worth more than the best of the other categories' scores at its place; a category
    without an agreement has none. The finding is worth the smaller of the two leads. So it is never worth more than
    one of its scores, and only one category can have one. A missing genotype makes a score less at least and more at
    most, for its own category and for the others alike, so that it never makes two scores agree.
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
        """One finding, of a gene that stands for the agreement: unknown where what is not called makes a difference."""
        both = [self._lead(place, asked) for place in range(len(self.criterion.agree))]
        least, most = (
            max(0, min(ends)) * self.criterion.points // 1000
            for ends in ([lead.least for lead, _ in both], [lead.most for lead, _ in both])
        )
        told = "; ".join(
            f"{name} leads by {lead.least}" + ("" if lead.least == lead.most else f" to {lead.most}")
            for name, (lead, _) in zip(self.criterion.agree, both, strict=True)
        )
        yield graded(self.criterion, least, most, all(known for _, known in both), told)

    def _lead(self, place: int, asked: Asked) -> tuple[Lead, bool]:
        """The lead of one of the two scores, and whether any allele of it is known."""
        content = asked.panel.content
        scores = {score.id: PolygenicScore(score) for score in content.scores}
        rivals = (each.agree[place] for each in content.agreements if each.id != self.criterion.id)
        others = [scores[name].worth(asked) for name in rivals]
        own = scores[self.criterion.agree[place]].worth(asked)
        least = own.least - max((other.most for other in others), default=0)
        most = own.most - max((other.least for other in others), default=0)
        return Lead(least, most), own.interval.called > 0

    def prior(self, gene: str, panel: Panel) -> int:
        """Certainty: common alleles are common."""
        return CERTAIN

    def reads_needs(self, allele: Allele, panel: Panel) -> bool:
        """No: it does not ask about listed alleles."""
        return False

    def witness(self, part: Part, sex: Sex, panel: Panel) -> Witness:
        """Nothing: it asks about no gene or listed locus."""
        return Witness()
