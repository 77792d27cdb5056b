"""Unlisted variants that the file's ClinVar annotation calls pathogenic or likely pathogenic."""

from __future__ import annotations

from collections.abc import Mapping
from typing import ClassVar

from attrs import frozen

from assigner.evidence.kinds import witnesses
from assigner.evidence.kinds.annotated import PLACED, Annotated
from assigner.evidence.kinds.kind import Edges, Field, Values
from assigner.evidence.kinds.witnesses import Witness
from assigner.profiles.calls import Sex
from assigner.profiles.profile import Annotation, Observed
from assigner.rules.conditions import is_for
from assigner.rules.criteria import ClinvarCriterion
from assigner.rules.loci import Gene, Part
from assigner.rules.panels import Panel
from assigner.truth import Truth, all_of


@frozen
class Clinvar(Annotated):
    """A criterion for variants that ClinVar calls pathogenic."""

    criterion: ClinvarCriterion

    words: ClassVar[str] = "an unlisted variant that ClinVar, in the file, calls pathogenic or likely pathogenic"
    fields: ClassVar[Mapping[str, Field]] = {
        "stars": Field(Values.COUNT, "the least review status, 0 to 4"),
        "conditions": Field(
            Values.MEMBERS,
            "names or ids (MONDO, MedGen, OMIM ...); a verdict for another condition is none, one for an unknown "
            "condition unknown; all when left out",
        ),
        "max_frequency": Field(Values.FREQUENCY, "above this allele frequency it is false"),
        "carrier_ppm": Field(Values.CHANCE, "the prior of such a variant in a gene that was not assessed"),
        **PLACED,
    }
    fixed_points: ClassVar[bool] = True
    pathogenic: ClassVar[bool] = True
    annotation: ClassVar[Annotation] = "clinvar"

    @property
    def edges(self) -> Edges:
        """The least review status, the conditions, the greatest frequency, and the regions."""
        own = self.criterion
        return Edges(
            stars=(own.stars,), conditions=own.conditions, frequencies=(own.max_frequency,), regions=self.regions
        )

    def fits(self, seen: Observed) -> Truth:
        """Whether ClinVar calls it pathogenic for one of the conditions, and it is not common."""
        own = self.criterion
        if seen.frequency is not None and seen.frequency > own.max_frequency:
            return Truth.FALSE
        return all_of((is_clinvar_pathogenic(seen, own.stars), is_for(seen.conditions, own.conditions)))

    def witness(self, part: Part, sex: Sex, panel: Panel) -> Witness:
        """A variant with four stars, for the first condition."""
        assert isinstance(part, Gene)
        own = self.criterion
        return witnesses.of_gene(own, part, sex, panel, pathogenic=Truth.TRUE, stars=4, conditions=own.conditions[:1])


def is_clinvar_pathogenic(seen: Observed, stars: int) -> Truth:
    """Whether ClinVar calls a variant (likely) pathogenic with at least these stars."""
    if seen.pathogenic is not Truth.TRUE or stars == 0:
        return seen.pathogenic
    if seen.stars is None:
        return Truth.UNKNOWN
    return Truth.TRUE if seen.stars >= stars else Truth.FALSE
