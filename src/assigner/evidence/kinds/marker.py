"""Common alleles (markers), by their published odds ratios."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import ClassVar

from attrs import frozen

from assigner.evidence.findings import CERTAIN, Finding
from assigner.evidence.kinds.kind import Asked, Edges, Field, Values, finding_of
from assigner.evidence.kinds.witnesses import Witness
from assigner.evidence.unknowns import Why
from assigner.profiles.calls import Sex
from assigner.profiles.made_up import marker_copies
from assigner.rules.criteria import MarkerCriterion
from assigner.rules.loci import Allele, Marker, Part
from assigner.rules.panels import Panel
from assigner.truth import Truth


@frozen
class CommonMarker:
    """A criterion for common alleles."""

    criterion: MarkerCriterion

    words: ClassVar[str] = "a common allele, by its published odds"
    fields: ClassVar[Mapping[str, Field]] = {
        "counts": Field(
            Values.CHOICE, "`log_odds`: of each copy itself; `attributable`: 1000 x (1 - 1/OR), OR that of the copies"
        ),
    }
    fixed_points: ClassVar[bool] = False
    pathogenic: ClassVar[bool] = False

    @property
    def edges(self) -> Edges:
        """None: there are no thresholds."""
        return Edges()

    def findings(self, asked: Asked) -> Iterator[Finding]:
        """One finding per marker, worth its log odds ratio per copy; unknown letters may be two copies."""
        for marker in asked.panel.markers.values():
            if asked.panel.is_asked_by(marker, self.criterion):
                yield self._finding(marker, asked.profile.markers.get(marker.rsid))

    def _finding(self, marker: Marker, letters: tuple[str | None, ...] | None) -> Finding:
        assert marker.log_odds is not None
        truth = marker_carried(marker, letters)
        copies = 2 if truth is Truth.UNKNOWN or letters is None else letters.count(marker.effect)
        return finding_of(
            self.criterion,
            marker.gene,
            (marker.id,),
            truth,
            points=self.criterion.worth(marker.log_odds, copies),
            partly=self.criterion.worth(marker.log_odds, 1) if truth is Truth.UNKNOWN else 0,
            carrier_ppm=CERTAIN,
            shown="/".join(letter or "." for letter in letters or ()),
            why=why_uncounted(letters) if truth is Truth.UNKNOWN else None,
        )

    def prior(self, gene: str, panel: Panel) -> int:
        """Certainty: common alleles are common."""
        return CERTAIN

    def reads_needs(self, allele: Allele, panel: Panel) -> bool:
        """No: it does not ask about alleles."""
        return False

    def witness(self, part: Part, sex: Sex, panel: Panel) -> Witness:
        """One copy of the effect allele."""
        assert isinstance(part, Marker)
        others = (part.other,) * (marker_copies(panel, part, sex) - 1)
        return Witness(markers={part.rsid: (*others, part.effect)})


def marker_carried(marker: Marker, letters: tuple[str | None, ...] | None) -> Truth:
    """Whether the effect allele is carried; unknown where a letter is neither of the marker's two alleles."""
    if not letters or not set(letters) <= {marker.effect, marker.other}:
        return Truth.UNKNOWN
    return Truth.TRUE if marker.effect in letters else Truth.FALSE


def why_uncounted(letters: tuple[str | None, ...] | None) -> Why:
    """Why it is unknown whether the effect allele is carried."""
    if not letters:
        return Why.NO_RECORD
    return Why.UNDECIDED if any(letters) else Why.NO_CALL
