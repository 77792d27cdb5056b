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
from assigner.evidence.unknowns import why_open
from assigner.genome.variants import Variant
from assigner.profiles.calls import ASSUMED_REFERENCE, NOT_ASSESSED, REFERENCE, Call, Sex, biallelic
from assigner.rules.criteria import AlleleCriterion
from assigner.rules.loci import Allele, Part, name_of
from assigner.rules.panels import Panel
from assigner.truth import Truth

PLAIN = (NOT_ASSESSED, REFERENCE, ASSUMED_REFERENCE)
"""The calls of nearly all alleles: not assessed, or reference without details."""


@frozen
class _Alone:
    """An allele with a finding of its own.

    Attributes:
        prior: the chance that it is carried, in parts per million.
        of_plain: cached findings for the calls in `PLAIN`, by `id()` of the call.
    """

    variant: Variant
    allele: Allele
    prior: int
    of_plain: Mapping[int, Finding]


@frozen(kw_only=True)
class _Question:
    """The listed alleles of one gene that a criterion evaluates.

    Attributes:
        alone: the alleles with a finding each, in the order of their places.
        of_two: the alleles of which two are needed; they have one finding together.
        prior_of_two: the chance that two of them are carried, in parts per million.
        points: the worth of a true finding.
    """

    gene: str
    alone: tuple[_Alone, ...]
    of_two: tuple[tuple[Variant, Allele], ...]
    prior_of_two: int
    points: int


@frozen
class ListedAllele:
    """A criterion for listed alleles."""

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
        """None: there are no thresholds."""
        return Edges()

    def findings(self, asked: Asked) -> Iterator[Finding]:
        """One finding per allele; the alleles of a gene of which two are needed have one together."""
        profile, questions = asked.profile, asked.panel.whole.cached(self._questions)
        for question in filter(None, map(questions.get, asked.panel.by_gene)):
            for each in question.alone:
                call = profile.call(each.variant)
                yield each.of_plain.get(id(call)) or self._single(each.allele, call, each.prior, question.points)
            if question.of_two:
                yield self._pair(question, [(allele, v, profile.call(v)) for v, allele in question.of_two])

    def _questions(self, panel: Panel) -> dict[str, _Question]:
        """The alleles to evaluate for each gene; the same for all participants."""
        found = {}
        for gene, items in panel.by_gene.items():
            fitting = [(v, a) for v, a in items if panel.is_asked_by(a, self.criterion)]
            if fitting:
                found[gene] = self._question(gene, fitting, panel)
        return found

    def _question(self, gene: str, fitting: Sequence[tuple[Variant, Allele]], panel: Panel) -> _Question:
        each, points = -(-self.prior(gene, panel) // len(fitting)), panel.content.points_of(self.criterion, gene)
        alone, of_two = [], []
        for variant, allele in fitting:
            match allele.needs:
                case "one" | "one_or_two":
                    prior = max(each, allele.carriers_ppm)
                    of_plain = {id(call): self._single(allele, call, prior, points) for call in PLAIN}
                    alone.append(_Alone(variant, allele, prior, of_plain))
                case "two":
                    of_two.append((variant, allele))
                case _:
                    assert_never(allele.needs)
        prior_of_two = max(each * len(of_two), _two_of([allele for _, allele in of_two]))
        return _Question(gene=gene, alone=tuple(alone), of_two=tuple(of_two), prior_of_two=prior_of_two, points=points)

    def prior(self, gene: str, panel: Panel) -> int:
        """The gene's prior, for all its listed alleles together."""
        return prior_of_listed(gene, panel)

    def reads_needs(self, allele: Allele, panel: Panel) -> bool:
        """True for every allele in its scope."""
        return allele.id in map(name_of, panel.scope(self.criterion))

    def witness(self, part: Part, sex: Sex, panel: Panel) -> Witness:
        """The allele in the copies that it needs."""
        assert isinstance(part, Allele)
        return witnesses.of_allele(part, sex, panel)

    def _single(self, allele: Allele, call: Call, prior: int, points: int) -> Finding:
        truth = call.carries
        if allele.needs == "one_or_two" and truth is Truth.TRUE and call.on_every_haplotype is not Truth.TRUE:
            truth = Truth.UNKNOWN
        prior = CERTAIN if call.suspected else prior
        return finding_of(
            self.criterion,
            allele.gene,
            (allele.id,),
            truth,
            points=points,
            carrier_ppm=prior,
            shown=shown(call),
            why=why_open(truth, (call,)),
        )

    def _pair(self, question: _Question, items: Sequence[tuple[Allele, Variant, Call]]) -> Finding:
        possible = [(allele, call) for allele, _, call in items if call.carries is not Truth.FALSE]
        truth = biallelic([(variant, call) for _, variant, call in items])
        seen = ", ".join(shown(call) for _, _, call in items if call.suspected)
        return finding_of(
            self.criterion,
            question.gene,
            tuple(allele.id for allele, _ in possible),
            truth,
            points=question.points,
            carrier_ppm=CERTAIN if seen else question.prior_of_two,
            shown=seen,
            why=why_open(truth, (call for _, call in possible)),
        )


def _two_of(alleles: Sequence[Allele]) -> int:
    """The share of people, in ppm, with at least two of these alleles, from their frequencies."""
    common = sum((allele.frequency for allele in alleles if allele.frequency is not None), Decimal(0))
    return min(1_000_000, int(common * common * 1_000_000))
