"""Listed alleles, each in the number of copies that it needs."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from decimal import Decimal
from typing import ClassVar, assert_never

from attrs import frozen

from assigner.evidence.findings import CERTAIN, Finding
from assigner.evidence.kinds import witnesses
from assigner.evidence.kinds.kind import Asked, Edges, Field, Values, finding_of, prior_of_listed, shown
from assigner.evidence.kinds.witnesses import Witness
from assigner.genome.variants import Variant
from assigner.profiles.calls import Call, Sex, biallelic
from assigner.rules.criteria import AlleleCriterion
from assigner.rules.loci import Allele, Part, name_of
from assigner.rules.panels import Panel
from assigner.truth import Truth


@frozen
class ListedAllele:
    """A criterion that asks for listed alleles."""

    criterion: AlleleCriterion

    words: ClassVar[str] = "a listed allele of the given `classes`, in the copies that it needs"
    fields: ClassVar[Mapping[str, Field]] = {
        "classes": Field(Values.MEMBERS, "the classes of alleles that count"),
        "stars": Field(Values.COUNT, "the least review status of an allele's row; a row without one does not count"),
        "classified_from": Field(Values.NAME, "the first day on which it may have been classified"),
        "max_frequency": Field(
            Values.FREQUENCY, "above this frequency it does not count: of one copy, or of two where two are needed"
        ),
        "conditions": Field(Values.MEMBERS, "one of these must be among the conditions of its row"),
    }
    fixed_points: ClassVar[bool] = True
    pathogenic: ClassVar[bool] = True

    @property
    def edges(self) -> Edges:
        """None: a genotype carries the allele or not."""
        return Edges()

    def findings(self, asked: Asked) -> Iterator[Finding]:
        """One finding an allele; those of a gene of which two are needed have one together."""
        panel = asked.panel
        for gene, items in panel.by_gene.items():
            fitting = [(v, a) for v, a in items if panel.is_asked_by(a, self.criterion)]
            each = -(-self.prior(gene, panel) // max(1, len(fitting)))
            recessive, points = [], panel.content.points_of(self.criterion, gene)
            for variant, allele in fitting:
                call, prior = asked.profile.call(variant), max(each, allele.carriers_ppm)
                match allele.needs:
                    case "one":
                        yield self._single(allele, call, call.carries, prior, points)
                    case "one_or_two":
                        on_each = call.on_every_haplotype is Truth.TRUE
                        truth = Truth.UNKNOWN if call.carries is Truth.TRUE and not on_each else call.carries
                        yield self._single(allele, call, truth, prior, points)
                    case "two":
                        recessive.append((allele, variant, call))
                    case _:
                        assert_never(allele.needs)
            if recessive:
                prior = max(each * len(recessive), _two_of([a for a, _, _ in recessive]))
                yield self._pair(gene, recessive, prior, points)

    def prior(self, gene: str, panel: Panel) -> int:
        """The gene's own, for all its listed alleles together."""
        return prior_of_listed(gene, panel)

    def reads_needs(self, allele: Allele, panel: Panel) -> bool:
        """Of every allele that it can ask about."""
        return allele.id in map(name_of, panel.scope(self.criterion))

    def witness(self, part: Part, sex: Sex, panel: Panel) -> Witness:
        """The allele in the copies that it needs."""
        assert isinstance(part, Allele)
        return witnesses.of_allele(part, sex, panel)

    def _single(self, allele: Allele, call: Call, truth: Truth, prior: int, points: int) -> Finding:
        prior = CERTAIN if call.suspected else prior
        return finding_of(
            self.criterion, allele.gene, (allele.id,), truth, points=points, carrier_ppm=prior, shown=shown(call)
        )

    def _pair(self, gene: str, items: Sequence[tuple[Allele, Variant, Call]], prior: int, points: int) -> Finding:
        loci = tuple(allele.id for allele, _, call in items if call.carries is not Truth.FALSE)
        seen = ", ".join(shown(call) for _, _, call in items if call.suspected)
        truth = biallelic([(variant, call) for _, variant, call in items])
        return finding_of(
            self.criterion, gene, loci, truth, points=points, carrier_ppm=CERTAIN if seen else prior, shown=seen
        )


def _two_of(alleles: Sequence[Allele]) -> int:
    """How many people in a million have two of these at least, by their frequencies."""
    common = sum((allele.frequency for allele in alleles if allele.frequency is not None), Decimal(0))
    return min(1_000_000, int(common * common * 1_000_000))
