"""Rare burden: the number of rare damaging alleles in the genes of a category, compared with the expected number."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import ClassVar

from attrs import frozen

from assigner.evidence.findings import CERTAIN, Finding
from assigner.evidence.kinds.annotated import Annotated, fits_terms, unlisted
from assigner.evidence.kinds.clinvar import Clinvar
from assigner.evidence.kinds.consequence import RareConsequence
from assigner.evidence.kinds.kind import Asked, Edges, Field, OfNoGene, Values, finding_of
from assigner.evidence.unknowns import Why, first_of, not_annotated, why_of
from assigner.profiles.calls import Call, State
from assigner.profiles.profile import Profile
from assigner.rules.criteria import MOST_OF_A_GENE, BurdenCriterion, ClinvarCriterion, ConsequenceCriterion
from assigner.rules.loci import Gene
from assigner.rules.panels import Panel
from assigner.rules.poisson import MILLION, least_count, tail_ppm
from assigner.rules.schema import RuleSet
from assigner.truth import Truth, all_of, any_of


@frozen
class Count:
    """How many alleles count: lower and upper bound.

    Attributes:
        assessed: in how many genes such an allele would have been seen.
        doubts: why it is unknown whether some alleles in the file count.
    """

    least: int = 0
    most: int = 0
    assessed: int = 0
    doubts: frozenset[Why] = frozenset()

    def __add__(self, other: Count) -> Count:
        return Count(
            self.least + other.least,
            self.most + other.most,
            self.assessed + other.assessed,
            self.doubts | other.doubts,
        )


@frozen
class RareBurden(OfNoGene):
    """A criterion that counts rare alleles in the genes of a category."""

    criterion: BurdenCriterion

    words: ClassVar[str] = "more rare damaging alleles in the genes of a category, together, than chance gives"
    fields: ClassVar[Mapping[str, Field]] = {
        "category": Field(Values.NAME, "the category whose genes are counted; one burden a category"),
        "expected": Field(
            Values.NAME,
            "which alleles count and how many are expected, a row for each `gene` and `term`: `ppm`, how many a "
            "million people carry together, and the `source` of that number",
        ),
        "max_frequency": Field(Values.FREQUENCY, "above this allele frequency an allele does not count"),
        "predictor": Field(Values.NAME, "a predictor of `fields`"),
        "at_least": Field(Values.FRACTION, "the score that it must reach"),
        "tail_ppm": Field(Values.CHANCE, "it is true where chance gives so many to at most so many in a million"),
        "effect": Field(
            Values.NAME,
            "the published `odds_ratio` of people with such a burden, with `interval` and its own `because`, `sources` "
            "and `status`; without one the burden is only reported",
        ),
    }  # fmt: skip
    fixed_points: ClassVar[bool] = False
    pathogenic: ClassVar[bool] = False

    @property
    def edges(self) -> Edges:
        """The terms, frequency and score with which annotations are compared."""
        own = self.criterion
        return Edges(
            terms=tuple(dict.fromkeys(row.term for row in own.expected)),
            frequencies=(own.max_frequency,),
            scores={} if own.predictor is None or own.at_least is None else {own.predictor: own.at_least},
        )

    def findings(self, asked: Asked) -> Iterator[Finding]:
        """One finding, for a pseudo-gene with the burden's id; unknown where genes or alleles not known may decide."""
        own, others = self.criterion, self._other_kinds(asked.panel.content)
        genes = [(asked.panel.genes[symbol], terms) for symbol, terms in own.terms_of_genes.items()]
        count = sum((self._in_gene(gene, terms, others, asked) for gene, terms in genes), Count())
        needed = least_count(own.expected_ppm, own.tail_ppm)
        truth = Truth.TRUE if count.least >= needed else Truth.FALSE if count.most < needed else Truth.UNKNOWN
        yield finding_of(
            own,
            own.id,
            (),
            truth,
            points=own.worth,
            carrier_ppm=CERTAIN if count.doubts or count.least else own.carrier_ppm,
            shown=self._shown(count, len(genes)),
            why=_why(count, len(genes), asked.profile) if truth is Truth.UNKNOWN else None,
        )

    def _other_kinds(self, content: RuleSet) -> Sequence[Annotated]:
        """Criteria whose alleles are not counted, so that none counts twice; none if the burden is only reported."""
        if self.criterion.effect is None:
            return ()
        clinvar = [Clinvar(each) for each in content.criteria if isinstance(each, ClinvarCriterion)]
        return (*clinvar, *(RareConsequence(c) for c in content.criteria if isinstance(c, ConsequenceCriterion)))

    def _in_gene(self, gene: Gene, terms: frozenset[str], others: Sequence[Annotated], asked: Asked) -> Count:
        """The alleles of a gene that count; where some may have been missed, at most `MOST_OF_A_GENE`."""
        own, found = self.criterion, Count()
        asking = [kind for kind in others if kind.asks(gene)]
        for seen in unlisted(gene, asked):
            fits = fits_terms(seen, terms, own.max_frequency, own.predictor, own.at_least)
            counted_elsewhere = any_of(kind.qualifies(seen, asked.panel) for kind in asking)
            counts = all_of((fits, ~counted_elsewhere))
            if counts is not Truth.FALSE and seen.call.carries is not Truth.FALSE:
                found += _copies(seen.call, counts)
        looked = asked.profile.looked_for(gene.symbol, "consequence", asked.panel.content.gates.assessed)
        least = min(found.least, MOST_OF_A_GENE)
        most = min(found.most, MOST_OF_A_GENE) if looked else MOST_OF_A_GENE
        return Count(least, most, int(looked), found.doubts)

    def _shown(self, count: Count, genes: int) -> str:
        """The count as text; chances are rounded outwards."""
        expected = self.criterion.expected_ppm
        alleles = str(count.least) if count.least == count.most else f"{count.least} to {count.most}"
        high = tail_ppm(count.least, expected)
        low = high if count.least == count.most else max(0, tail_ppm(count.most, expected) - 1)
        chance = str(high) if low == high else f"{low} to {high}"
        return (
            f"{alleles} alleles, {expected // MILLION}.{expected % MILLION:06d} expected; by chance so many or more in "
            f"{chance} of a million people; {count.assessed} of {genes} genes assessed"
        )

    def prior(self, gene: str, panel: Panel) -> int:
        """An upper bound of carriers of such a burden, from the criterion's expected counts."""
        return self.criterion.carrier_ppm


def _why(count: Count, genes: int, profile: Profile) -> Why:
    """Why it is unknown whether enough alleles count."""
    missing = Why.NOT_COVERED if "consequence" in profile.annotated else not_annotated("consequence")
    return first_of([*count.doubts, *([missing] if count.assessed < genes else [])])


def _copies(call: Call, counts: Truth) -> Count:
    """The count of one variant: its number of copies."""
    carried = call.copies.count(True) if call.carries is Truth.TRUE else 0
    is_known = call.state is State.CALLED
    unknown = [Why.UNEXPLAINED] if counts is Truth.UNKNOWN else []
    unknown += [] if is_known else [why_of(call.state)]
    return Count(
        least=carried if counts is Truth.TRUE else 0,
        most=carried if is_known else MOST_OF_A_GENE,
        doubts=frozenset(unknown),
    )
