"""Listed mitochondrial alleles, by heteroplasmy (the share of mitochondrial genomes that carry them)."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import ClassVar

from attrs import frozen

from assigner.evidence.findings import CERTAIN, Finding
from assigner.evidence.kinds import witnesses
from assigner.evidence.kinds.kind import Asked, Edges, Field, Values, finding_of, prior_of_listed, shown
from assigner.evidence.kinds.witnesses import Witness
from assigner.evidence.unknowns import why_open
from assigner.profiles.calls import Call, Sex
from assigner.rules.criteria import HeteroplasmyCriterion
from assigner.rules.loci import Allele, Part
from assigner.rules.panels import Panel
from assigner.truth import Truth


@frozen
class Heteroplasmy:
    """A criterion for mitochondrial alleles."""

    criterion: HeteroplasmyCriterion

    words: ClassVar[str] = "a listed mitochondrial allele, by the share of genomes that carry it"
    fields: ClassVar[Mapping[str, Field]] = {
        "classes": Field(Values.MEMBERS, "the classes of alleles that count"),
        "ignored": Field(Values.FRACTION, "below this fraction the finding is false"),
        "counts": Field(Values.FRACTION, "from this fraction on it is true; between the two it is unknown"),
    }
    fixed_points: ClassVar[bool] = True
    pathogenic: ClassVar[bool] = False

    @property
    def edges(self) -> Edges:
        """Both cutoffs."""
        return Edges(fractions=(self.criterion.ignored, self.criterion.counts))

    def findings(self, asked: Asked) -> Iterator[Finding]:
        """One finding per allele."""
        panel = asked.panel
        for gene, items in panel.by_gene.items():
            fitting = [(v, a) for v, a in items if panel.is_asked_by(a, self.criterion)]
            each = -(-self.prior(gene, panel) // max(1, len(fitting)))
            for variant, allele in fitting:
                call = asked.profile.call(variant)
                truth = self.by_fraction(call)
                yield finding_of(
                    self.criterion,
                    gene,
                    (allele.id,),
                    truth,
                    points=panel.content.points_of(self.criterion, gene),
                    carrier_ppm=CERTAIN if call.suspected else each,
                    shown=shown(call) if call.fraction is None else f"{shown(call)} at {call.fraction:f}",
                    why=why_open(truth, (call,)),
                )

    def prior(self, gene: str, panel: Panel) -> int:
        """The gene's prior, for all its listed alleles together."""
        return prior_of_listed(gene, panel)

    def reads_needs(self, allele: Allele, panel: Panel) -> bool:
        """No: the share of genomes decides."""
        return False

    def witness(self, part: Part, sex: Sex, panel: Panel) -> Witness:
        """The allele in every genome."""
        assert isinstance(part, Allele)
        return witnesses.of_allele(part, sex, panel)

    def by_fraction(self, call: Call) -> Truth:
        """Compare the heteroplasmy with the cutoffs; unknown where a carried allele has no fraction."""
        if call.carries is not Truth.TRUE:
            return call.carries
        if call.fraction is None:
            return Truth.UNKNOWN
        if call.fraction >= self.criterion.counts:
            return Truth.TRUE
        return Truth.FALSE if call.fraction < self.criterion.ignored else Truth.UNKNOWN
