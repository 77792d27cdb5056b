"""Unlisted annotated variants: the code shared by the kinds of criterion that read them."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Collection, Iterator, Mapping, Sequence
from decimal import Decimal
from typing import ClassVar

from assigner.evidence.findings import CERTAIN, Finding
from assigner.evidence.kinds.kind import Asked, Field, Values, finding_of, shown
from assigner.evidence.kinds.regions import lies
from assigner.evidence.unknowns import Why, not_annotated, why_open
from assigner.genome.variants import Variant
from assigner.profiles.calls import Call, State, biallelic
from assigner.profiles.profile import Annotation, Observed, Profile
from assigner.rules.criteria import ClinvarCriterion, ConsequenceCriterion, DeletionCriterion
from assigner.rules.loci import Allele, Gene
from assigner.rules.panels import Panel
from assigner.truth import Truth, all_of, any_of

GENE_WIDE: Mapping[str, Field] = {
    "inheritance": Field(
        Values.MEMBERS, "it asks about genes that are inherited in one of these ways; about all if none"
    ),
    "two_in": Field(
        Values.MEMBERS, "in genes that are inherited so, two copies must be disturbed; `recessive` if not given"
    ),
}
"""The fields of every criterion that has one finding per gene."""

PLACED: Mapping[str, Field] = {
    **GENE_WIDE,
    "within": Field(Values.MEMBERS, "names of regions; it asks about genes that have one, for variants that lie in it"),
    "outside": Field(Values.MEMBERS, "names of regions in which a variant does not count"),
}
"""The fields of every criterion about annotated variants."""


class InGenes(ABC):
    """A criterion with one finding per gene of fitting validity and mechanism."""

    @property
    @abstractmethod
    def criterion(self) -> ClinvarCriterion | ConsequenceCriterion | DeletionCriterion:
        """The criterion as the rule set has it."""

    @abstractmethod
    def in_gene(self, gene: Gene, asked: Asked) -> Finding:
        """The finding for a gene."""

    def asks(self, gene: Gene) -> bool:
        """Whether it asks about a gene."""
        return gene.validity in self.criterion.validity and self.criterion.asks(gene)

    def findings(self, asked: Asked) -> Iterator[Finding]:
        """One finding per gene."""
        return (self.in_gene(gene, asked) for gene in asked.panel.asked if self.asks(gene))

    def prior(self, gene: str, panel: Panel) -> int:
        """The gene's published prior, or the criterion's own."""
        return panel.content.prior_of(self.criterion, gene)

    def reads_needs(self, allele: Allele, panel: Panel) -> bool:
        """True for a harmful allele of a recessive gene: it may be on the other copy."""
        gene = panel.genes.get(allele.gene)
        return gene is not None and allele.is_harmful and self.asks(gene) and self.criterion.needs_two(gene)


class Annotated(InGenes):
    """A criterion that searches each gene for unlisted variants with an annotation.

    Attributes:
        annotation: the annotation that the criterion reads.
    """

    annotation: ClassVar[Annotation]

    @property
    @abstractmethod
    def criterion(self) -> ClinvarCriterion | ConsequenceCriterion:
        """The criterion as the rule set has it."""

    @abstractmethod
    def fits(self, seen: Observed) -> Truth:
        """Whether a variant is of the kind that the criterion asks for, ignoring its position."""

    def qualifies(self, seen: Observed, panel: Panel) -> Truth:
        """Whether a variant is of the kind that the criterion asks for, and in a region that counts; carried or not."""
        own, gene = self.criterion, panel.genes.get(seen.gene)
        if gene is None or not (own.within or own.outside):
            return self.fits(seen)
        return all_of((self.fits(seen), lies(seen, gene, panel.build, own.within, own.outside)))

    @property
    def regions(self) -> tuple[str, ...]:
        """The names of the regions that it includes or excludes."""
        return (*self.criterion.within, *self.criterion.outside)

    def was_looked_for(self, gene: Gene, asked: Asked) -> bool:
        """Whether a variant of this kind would have been seen in a gene."""
        return asked.profile.looked_for(gene.symbol, self.annotation, asked.panel.content.gates.assessed)

    def why_not_looked_for(self, asked: Asked) -> Why:
        """Why a variant of this kind would not have been seen."""
        return Why.NOT_COVERED if self.annotation in asked.profile.annotated else not_annotated(self.annotation)

    def in_gene(self, gene: Gene, asked: Asked) -> Finding:
        """Whether the gene has an unlisted variant of this kind, in as many copies as its inheritance needs.

        A variant counts once per gene, by the first criterion that counts it.
        """
        claims = asked.claims
        fits = [(o, self.qualifies(o, asked.panel)) for o in sorted(unlisted(gene, asked), key=lambda o: o.variant)]
        fits = [(o, fit) for o, fit in fits if fit is not Truth.FALSE and o.call.carries is not Truth.FALSE]
        claimed = [(o, fit, claims.get((o.gene, o.variant), Truth.FALSE)) for o, fit in fits]
        open_too = Truth.UNKNOWN if gene.symbol in asked.counted else Truth.TRUE
        free = [
            (o, all_of((fit, open_too)) if claim is Truth.UNKNOWN else fit)
            for o, fit, claim in claimed
            if claim is not Truth.TRUE
        ]
        two = self.criterion.needs_two(gene)
        truth = _in_copies(gene, free, asked, two)
        why = None
        if truth is Truth.UNKNOWN:
            explained = Truth.UNKNOWN not in {fit for _, fit, claim in claimed if claim is not Truth.TRUE}
            others = possible_partners(gene, asked) if two else []
            why = why_open(truth, [*(o.call for o, _ in free), *others]) if explained else Why.UNEXPLAINED
        if truth is Truth.FALSE and not self.was_looked_for(gene, asked):
            truth, why = Truth.UNKNOWN, self.why_not_looked_for(asked)
        revocable = truth is Truth.TRUE and any(claim is Truth.UNKNOWN for _, _, claim in claimed)
        for o, fit in fits:  # two variants that count only together are both claimed or both not
            counts = all_of((fit, truth)) if two else fit
            claims[o.gene, o.variant] = any_of((claims.get((o.gene, o.variant), Truth.FALSE), counts))
        if truth is Truth.TRUE:
            asked.counted.add(gene.symbol)
        return finding_of(
            self.criterion,
            gene.symbol,
            tuple(str(o.variant) for o, _ in free),
            truth,
            revocable=revocable,
            points=asked.panel.content.points_of(self.criterion, gene.symbol),
            carrier_ppm=CERTAIN if free else self.prior(gene.symbol, asked.panel),
            shown=", ".join(shown(o.call) for o, _ in free),
            why=why,
        )


def fits_terms(
    seen: Observed, terms: Collection[str], max_frequency: Decimal, predictor: str | None, least: Decimal | None
) -> Truth:
    """Whether a variant has one of the terms, is rare, and, if a predictor is given, has a score of at least `least`.

    Args:
        seen: the variant.
        terms: Sequence Ontology terms.
        max_frequency: the highest allele frequency that counts as rare.
        predictor: the predictor of the score, if any.
        least: the lowest score that fits.
    """
    if seen.frequency is not None and seen.frequency > max_frequency:
        return Truth.FALSE
    if seen.terms is None:
        return Truth.UNKNOWN
    if not set(seen.terms) & set(terms):
        return Truth.FALSE
    asked = [Truth.UNKNOWN if seen.frequency is None else Truth.TRUE]
    if predictor is not None and least is not None:
        score = seen.predictors.get(predictor)
        asked.append(Truth.UNKNOWN if score is None else Truth.TRUE if score >= least else Truth.FALSE)
    return all_of(asked)


def unlisted(gene: Gene, asked: Asked) -> list[Observed]:
    """The annotated variants of a gene that no allele lists."""
    return [o for o in asked.profile.variants if o.gene == gene.symbol and o.variant not in asked.panel.listed]


def partners(gene: Gene, profile: Profile, panel: Panel) -> list[tuple[Variant, Call]]:
    """The harmful listed alleles of a gene that do or may need two disturbed copies, with their calls."""
    return [
        (variant, profile.call(variant))
        for variant, allele in panel.by_gene.get(gene.symbol, ())
        if allele.needs != "one" and allele.is_harmful
    ]


def possible_partners(gene: Gene, asked: Asked) -> list[Call]:
    """The calls of the partners that are or may be carried."""
    every = partners(gene, asked.profile, asked.panel)
    return [call for _, call in every if call.carries is not Truth.FALSE]


def _in_copies(gene: Gene, free: Sequence[tuple[Observed, Truth]], asked: Asked, two: bool) -> Truth:
    if not two:
        return any_of(all_of((fit, o.call.carries)) for o, fit in free)
    unsure = Call(State.NOT_ASSESSED)
    calls = [(o.variant, o.call if fit is Truth.TRUE else unsure) for o, fit in free]
    own = any_of(call.carries for _, call in calls)
    if own is Truth.FALSE:  # true for most genes, so their many listed alleles are not looked up
        return own
    return all_of((own, biallelic([*calls, *partners(gene, asked.profile, asked.panel)])))
