"""Unlisted rare variants whose consequence fits the gene's mechanism."""

from __future__ import annotations

from collections.abc import Mapping
from typing import ClassVar

from attrs import frozen

from assigner.evidence.kinds import witnesses
from assigner.evidence.kinds.annotated import PLACED, Annotated, fits_terms
from assigner.evidence.kinds.kind import Edges, Field, Values
from assigner.evidence.kinds.regions import ends_penultimate
from assigner.evidence.kinds.witnesses import Witness
from assigner.profiles.calls import Sex
from assigner.profiles.profile import Annotation, Observed
from assigner.rules.criteria import ConsequenceCriterion
from assigner.rules.loci import Gene, Part
from assigner.rules.panels import Panel
from assigner.truth import Truth, all_of


@frozen
class RareConsequence(Annotated):
    """A criterion for rare variants with certain consequences."""

    criterion: ConsequenceCriterion

    words: ClassVar[str] = "an unlisted rare variant whose consequence fits the gene's mechanism"
    fields: ClassVar[Mapping[str, Field]] = {
        "terms": Field(Values.MEMBERS, "Sequence Ontology terms"),
        "mechanisms": Field(Values.MEMBERS, "the gene must have one of these"),
        "max_frequency": Field(Values.FREQUENCY, "above this allele frequency it is false"),
        "predictor": Field(Values.NAME, "a predictor of `fields`"),
        "at_least": Field(Values.FRACTION, "the score that it must reach"),
        "spare_last_exon": Field(
            Values.CHOICE, "`yes`: a variant in the last exon does not count, because the transcript escapes decay"
        ),
        "spare_penultimate": Field(
            Values.COUNT, "in so many last bases of the last exon but one a variant does not count, for the same reason"
        ),
        "harmful": Field(Values.CHOICE, "`yes`: to therapies that aim at the gene it is as good as pathogenic"),
        "carrier_ppm": Field(Values.CHANCE, "the prior of such a variant in a gene that was not assessed"),
        **PLACED,
    }
    fixed_points: ClassVar[bool] = True
    annotation: ClassVar[Annotation] = "consequence"

    @property
    def pathogenic(self) -> bool:
        """Whether a true finding is as good as a pathogenic variant, as the criterion says."""
        return self.criterion.harmful == "yes"

    @property
    def edges(self) -> Edges:
        """All values with which the annotation of a variant is compared."""
        own = self.criterion
        return Edges(
            terms=own.terms,
            frequencies=(own.max_frequency,),
            scores={} if own.predictor is None or own.at_least is None else {own.predictor: own.at_least},
            last_exon=own.spare_last_exon == "yes",
            regions=self.regions,
        )

    def fits(self, seen: Observed) -> Truth:
        """Whether it has one of the terms, is rare, and is predicted to be harmful if the criterion asks for that."""
        own = self.criterion
        fits = fits_terms(seen, own.terms, own.max_frequency, own.predictor, own.at_least)
        if seen.terms is None or own.spare_last_exon == "no":
            return fits
        return all_of((fits, ~seen.last_exon))

    def qualifies(self, seen: Observed, panel: Panel) -> Truth:
        """As in `Annotated`; the end of the penultimate exon is excluded if `spare_penultimate` is set."""
        truth, gene, bases = (
            super().qualifies(seen, panel),
            panel.genes.get(seen.gene),
            self.criterion.spare_penultimate,
        )
        if gene is None or bases is None:
            return truth
        return all_of((truth, ~ends_penultimate(seen, gene, panel.build, bases)))

    def witness(self, part: Part, sex: Sex, panel: Panel) -> Witness:
        """A variant with the first term, and the highest score of every predictor."""
        assert isinstance(part, Gene)
        terms = self.criterion.terms[:1]
        return witnesses.of_gene(self.criterion, part, sex, panel, pathogenic=Truth.FALSE, terms=terms)
