"""What criteria for one category and of no single gene owe the rest of a rule set: scores, agreements and burdens."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TypeAlias, assert_never

from assigner.errors import shown
from assigner.rules.criteria import MOST_OF_A_GENE, BurdenCriterion
from assigner.rules.poisson import tail_ppm
from assigner.rules.schema import RuleSet
from assigner.rules.score_criteria import AgreementCriterion, PolygenicCriterion, Reference
from assigner.strict import Complaint, Path

OfCategory: TypeAlias = PolygenicCriterion | AgreementCriterion | BurdenCriterion
"""The criteria that are for one category and of no single gene."""


def score_faults(rules: RuleSet, at: int, criterion: PolygenicCriterion) -> Iterator[Complaint]:
    """A score is alone in its category, and the weakest evidence: no tier comes after its own, or calls it stronger.

    What is decided in an earlier tier stays as it is, however the score comes out. So it never beats stronger evidence,
    and its least and its most bound all that lies between them.
    """
    path = ("criteria", at)
    if criterion.id in rules.agreed:  # the agreement is alone in its category
        yield from _of_a_category(rules, path, criterion)
    else:
        yield from _for_a_category(
            rules, path, criterion, [each for each in rules.scores if each.id not in rules.agreed]
        )
    yield from _weakest(rules, path, criterion)
    groups = [own.group for own in criterion.reference]
    for step, group in enumerate(groups):
        if group in groups[:step]:
            yield (*path, "reference", step, "group"), "each group once", shown(group)
    for step, own in enumerate(criterion.reference):
        yield from _covariances(rules, (*path, "reference", step), criterion, own)


def _covariances(rules: RuleSet, path: Path, criterion: PolygenicCriterion, own: Reference) -> Iterator[Complaint]:
    """Each is with another score that has a reference of the same group and cohort, and no greater than can be."""
    of_group = {(score.id, each.group, each.cohort): each for score in rules.scores for each in score.reference}
    before: set[str] = set()
    for at, each in enumerate(own.covariances):
        place = (*path, "covariances", at)
        other = of_group.get((each.score, own.group, own.cohort))
        if other is None or each.score == criterion.id:
            expected = f"another score with a reference of {own.group} by the same cohort"
            yield (*place, "score"), expected, shown(each.score)
        elif each.score in before or any(back.score == criterion.id for back in other.covariances):
            yield (*place, "score"), "each two scores once", shown(each.score)
        elif each.value**2 > (own.variance + 1) * (other.variance + 1):
            yield (*place, "value"), "a covariance that the variances of both allow", str(each.value)
        before.add(each.score)


def agreement_faults(rules: RuleSet, at: int, criterion: AgreementCriterion) -> Iterator[Complaint]:
    """It is alone in its category, weak evidence, and names two scores of the category."""
    path, scores = ("criteria", at), {score.id: score for score in rules.scores}
    yield from _for_a_category(rules, path, criterion, rules.agreements)
    yield from _weakest(rules, path, criterion)
    named = [name for each in rules.agreements for name in each.agree]
    for step, name in enumerate(criterion.agree):
        score = scores.get(name)
        if score is None or score.category != criterion.category:
            yield (*path, "agree", step), f"a score of {criterion.category}", shown(name)
        elif named.count(name) > 1:
            yield (*path, "agree", step), "a score that stands in one agreement once", shown(name)


def burden_faults(rules: RuleSet, at: int, criterion: BurdenCriterion) -> Iterator[Complaint]:
    """A burden is alone in its category, of genes that speak for it; where it is worth points, it is weak evidence."""
    path = ("criteria", at)
    yield from _for_a_category(rules, path, criterion, rules.burdens)
    if criterion.effect is not None:
        yield from _weakest(rules, path, criterion)
    genes = {gene.symbol: gene for gene in rules.genes}
    before: set[tuple[str, str]] = set()
    for step, row in enumerate(criterion.expected):
        gene = genes.get(row.gene)
        if gene is None or not gene.is_nuclear or criterion.category not in {own.category for own in gene.shares}:
            expected = f"the symbol of a nuclear gene with a share in {criterion.category}"
            yield (*path, "expected", step, "gene"), expected, shown(row.gene)
        if (row.gene, row.term) in before:
            yield (*path, "expected", step), "each gene and term once", f"{shown(row.gene)}, {shown(row.term)}"
        before.add((row.gene, row.term))
    most = MOST_OF_A_GENE * len(criterion.terms_of_genes)
    if (least := tail_ppm(most, criterion.expected_ppm)) > criterion.tail_ppm:
        expected = (
            f"a tail that its genes can reach: chance gives all their {most} alleles to {least} of a million people"
        )
        yield (*path, "tail_ppm"), expected, str(criterion.tail_ppm)


def _for_a_category(
    rules: RuleSet, path: Path, criterion: OfCategory, alike: Sequence[OfCategory]
) -> Iterator[Complaint]:
    """It is for a category, the only one of its kind there."""
    yield from _of_a_category(rules, path, criterion)
    first = next(each for each in alike if each.category == criterion.category)
    if first is not criterion:
        what = _what(criterion)
        expected = f"a category without {_a(what)}; {first.id} is its {what}"
        yield (*path, "category"), expected, shown(criterion.category)


def _of_a_category(rules: RuleSet, path: Path, criterion: OfCategory) -> Iterator[Complaint]:
    """It is for a category of the rule set; its id stands for a gene, and is that of none."""
    if criterion.category not in {category.id for category in rules.categories}:
        yield (*path, "category"), "a category of this rule set", shown(criterion.category)
    names = {name for gene in rules.genes for name in (gene.symbol, *gene.aliases)}
    if criterion.id in names | {flag.gene for flag in rules.flags.with_trigger}:
        yield (*path, "id"), "an id that is no gene's name", shown(criterion.id)


def _what(criterion: OfCategory) -> str:
    """What such a criterion is called."""
    match criterion:
        case PolygenicCriterion():
            return "score"
        case AgreementCriterion():
            return "agreement"
        case BurdenCriterion():
            return "burden"
        case _:
            assert_never(criterion)


def _a(what: str) -> str:
    """With its article."""
    return f"an {what}" if what.startswith("a") else f"a {what}"


def _weakest(rules: RuleSet, path: Path, criterion: OfCategory) -> Iterator[Complaint]:
    """No tier comes after its own, or calls it stronger than weak."""
    tiers = rules.decision.tiers
    if criterion.tier < len(tiers):
        yield (*path, "tier"), f"the last tier, {len(tiers)}", str(criterion.tier)
    elif tiers[-1].grade not in (None, "weak"):
        expected = f"weak, as {_a(_what(criterion))} counts in it"
        yield ("decision", "tiers", len(tiers) - 1, "grade"), expected, str(tiers[-1].grade)
