"""Unlisted variants that ClinVar, in the file, calls pathogenic or likely pathogenic."""

from __future__ import annotations

from collections.abc import Mapping
from typing import ClassVar

from attrs import frozen

from assigner.evidence.kinds import witnesses
from assigner.evidence.kinds.annotated import Annotated
from assigner.evidence.kinds.kind import Edges, Field, Values
from assigner.evidence.kinds.witnesses import Witness
from assigner.profiles.calls import Sex
from assigner.profiles.profile import Annotation, Observed
from assigner.rules.criteria import ClinvarCriterion
from assigner.rules.loci import Gene, Part
from assigner.rules.panels import Panel
from assigner.truth import Truth


@frozen
class Clinvar(Annotated):
    """A criterion that asks for what ClinVar calls pathogenic."""

    criterion: ClinvarCriterion

    words: ClassVar[str] = "an unlisted variant that ClinVar, in the file, calls pathogenic or likely pathogenic"
    fields: ClassVar[Mapping[str, Field]] = {
        "stars": Field(Values.COUNT, "the least review status, 0 to 4"),
        "max_frequency": Field(Values.FREQUENCY, "above this allele frequency it is false"),
        "carrier_ppm": Field(Values.CHANCE, "the prior of such a variant in a gene that was not assessed"),
    }
    fixed_points: ClassVar[bool] = True
    pathogenic: ClassVar[bool] = True
    annotation: ClassVar[Annotation] = "clinvar"

    @property
    def edges(self) -> Edges:
        """The least review status, and the greatest frequency."""
        return Edges(stars=(self.criterion.stars,), frequencies=(self.criterion.max_frequency,))

    def qualifies(self, seen: Observed) -> Truth:
        """Whether ClinVar calls it pathogenic, and it is not common."""
        common = seen.frequency is not None and seen.frequency > self.criterion.max_frequency
        return Truth.FALSE if common else is_clinvar_pathogenic(seen, self.criterion.stars)

    def witness(self, part: Part, sex: Sex, panel: Panel) -> Witness:
        """A variant with four stars."""
        assert isinstance(part, Gene)
        return witnesses.of_gene(part, sex, panel, pathogenic=Truth.TRUE, stars=4)


def is_clinvar_pathogenic(seen: Observed, stars: int) -> Truth:
    """Whether ClinVar calls a variant (likely) pathogenic with at least these stars."""
    if seen.pathogenic is not Truth.TRUE or stars == 0:
        return seen.pathogenic
    if seen.stars is None:
        return Truth.UNKNOWN
    return Truth.TRUE if seen.stars >= stars else Truth.FALSE
