"""What the results of all genotypes of single genes show of a rule set: what can never have an effect."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import assert_never

from assigner.cases.examples import Ran
from assigner.decisions.reasons import Reason, row_of
from assigner.lint.answers import MOST_JOINED, Answered, all_answers
from assigner.lint.builds import of_builds
from assigner.lint.duplicates import of_duplicates
from assigner.lint.loci import of_loci
from assigner.lint.naming import of_names
from assigner.lint.notices import Notice, Severity, notice
from assigner.lint.rows import of_rows
from assigner.lint.scores import of_scores
from assigner.lint.statements import of_statements
from assigner.lint.states import BUILD
from assigner.rules import Rules
from assigner.rules.criteria import BurdenCriterion
from assigner.rules.panels import locus_of, variant_on
from assigner.rules.schema import Mimic, Therapy
from assigner.rules.score_criteria import AgreementCriterion, PolygenicCriterion

Answers = Mapping[str, Sequence[Answered]]

ENUMERATED = (
    "Checked: every genotype of one gene on GRCh38, with reference elsewhere: each listed allele on one copy and on "
    "all, pairs in trans, repeats at each threshold, unlisted variants of each kind, deletions, markers, and several "
    "of them together. Not checked: several genes together, doubtful or missing calls, unknown phase, and the bases "
    "of the reference genome."
)


def lint(rules: Rules, answers: Answers | None = None) -> tuple[Notice, ...]:
    """All notices of a rule set, in the order of its files.

    Args:
        rules: a rule set that loads.
        answers: those of `all_answers`; computed when not given.
    """
    known = all_answers(rules) if answers is None else answers
    found = [
        *_criteria(rules, known),
        *_tiers(rules),
        *_gates(rules),
        *_categories(rules, known),
        *_genes(rules, known),
        *_alleles(rules, known),
        *_repeats(rules, known),
        *_flags(rules, known),
        *of_builds(rules),
        *of_names(rules),
        *of_duplicates(rules),
        *of_loci(rules),
        *of_rows(rules),
        *of_scores(rules),
        *of_statements(rules),
    ]
    return tuple(sorted(found, key=lambda each: (each.file, each.line, each.code, each.path)))


def faulty(notices: Iterable[Notice], strict: bool) -> bool:
    """Whether a check fails: by a fault, or when it is strict by a warning too."""
    return any(_fails(each.severity, strict) for each in notices)


def _fails(severity: Severity, strict: bool) -> bool:
    match severity:
        case Severity.FAULT:
            return True
        case Severity.WARNING:
            return strict
        case Severity.NOTE:
            return False
        case _:
            assert_never(severity)


def _lightest(found: Iterable[Answered]) -> Answered | None:
    return min(found, key=lambda each: each.state.weight, default=None)


def _all(answers: Answers) -> list[Answered]:
    return [each for several in answers.values() for each in several]


def _criteria(rules: Rules, answers: Answers) -> Iterator[Notice]:
    alone: dict[str, list[Answered]] = {}
    true: set[str] = set()
    for each in _all(answers):
        ids = {finding.criterion for finding in each.true}
        true.update(ids)
        if len(ids) == 1:
            alone.setdefault(ids.pop(), []).append(each)
    for at, criterion in enumerate(rules.content.criteria):
        if isinstance(criterion, PolygenicCriterion | AgreementCriterion | BurdenCriterion):
            continue  # of no single gene; see `of_scores`
        if criterion.id not in true:
            words = f"{criterion.id} is true for no genotype of a single gene"
            yield notice(rules, Severity.WARNING, "criterion_never_true", ("criteria", at), words)
            continue
        own = alone.get(criterion.id, [])
        if any(each.answer.category or each.answer.among for each in own):
            continue
        opens = rules.content.decision.tiers[criterion.tier - 1].opens == "yes"
        why = "" if opens else f": tier {criterion.tier} cannot decide, only separate"
        severity = Severity.WARNING if opens else Severity.NOTE
        words = f"{criterion.id} alone decides for no genotype of a single gene{why}"
        yield notice(rules, severity, "criterion_never_decides", ("criteria", at), words, _lightest(own))


def _tiers(rules: Rules) -> Iterator[Notice]:
    used = {criterion.tier for criterion in rules.content.criteria}
    for at, tier in enumerate(rules.content.decision.tiers):
        path = ("decision", "tiers", at)
        if tier.tier not in used:
            yield notice(rules, Severity.WARNING, "tier_unused", path, f"no criterion has tier {tier.tier}")
        if tier.cap is not None and tier.cap < tier.minimum:
            words = f"tier {tier.tier} has the cap {tier.cap}, below its minimum {tier.minimum}: it can never decide"
            yield notice(rules, Severity.FAULT, "tier_out_of_reach", path, words)


def _gates(rules: Rules) -> Iterator[Notice]:
    """Shares of reads that are perhaps in per cent: a heterozygote has half of the reads, a homozygote nearly all."""
    gates = rules.content.gates
    least, most = gates.het_balance
    if not least <= 500 <= most:
        words = f"half of the reads (500 thousandths) is outside of {least}-{most}: no heterozygote would be believed"
        yield notice(rules, Severity.WARNING, "gate_unlikely", ("gates", "het_balance"), words)
    for name in ("hom_balance", "assessed"):
        share = getattr(gates, name)
        if share < 500:
            words = f"{share} thousandths are less than half; {share * 10} if it is meant in per cent"
            yield notice(rules, Severity.WARNING, "gate_unlikely", ("gates", name), words)


def _categories(rules: Rules, answers: Answers) -> Iterator[Notice]:
    reached = {each.answer.category for each in _all(answers) if each.answer.outcome == "assigned"}
    held = {each.answer.category: each for each in _all(answers) if each.answer.outcome == "review"}
    with_share = {share.category for gene in rules.content.genes for share in gene.shares}
    with_share |= {score.category for score in rules.content.scores}
    with_share |= {burden.category for burden in rules.content.burdens if burden.effect is not None}
    for at, category in enumerate(rules.content.categories):
        path = ("categories", at)
        if category.id not in with_share:
            words = f"{category.id} can never be assigned: no gene has a share in it"
            yield notice(rules, Severity.FAULT, "category_unreachable", path, words)
        elif category.id not in reached:
            words = f"{category.id} is assigned for no genotype of a single gene; several genes were not combined"
            yield notice(rules, Severity.WARNING, "category_not_by_one_gene", path, words, held.get(category.id))


def _genes(rules: Rules, answers: Answers) -> Iterator[Notice]:
    content = rules.content
    opening = {tier.tier for tier in content.decision.tiers if tier.opens == "yes"}
    for at, gene in enumerate(content.genes):
        own, path = answers[gene.symbol], ("genes", at)
        found = [each for each in own if each.true]
        if gene.shares and not found:
            words = f"{gene.symbol} has shares, but no criterion can be true for it"
            yield notice(rules, Severity.WARNING, "gene_never_counts", path, words)
        if len({each.worth for each in own}) >= MOST_JOINED:
            words = f"{gene.symbol} has {MOST_JOINED} or more sums of evidence; not all were checked"
            yield notice(rules, Severity.NOTE, "gene_not_enumerated", path, words)
        counting = [each for each in found if gene.shares and any(finding.tier in opening for finding in each.true)]
        yield from _reviews(rules, path, gene.symbol, counting)


def _reviews(rules: Rules, path: tuple[str | int, ...], symbol: str, found: Sequence[Answered]) -> Iterator[Notice]:
    """For each reason for review the smallest finding of the gene that raises it, and how many others do."""
    for reason in Reason:
        about = row_of(reason).notice
        own = [each for each in found if reason in each.answer.reasons and each.answer.outcome == "review"]
        if about is None or not own:
            continue
        kinds = sorted({finding.criterion for each in own for finding in each.true})
        words = f"{symbol} alone {about.words} for {len(own)} of {len(found)} genotypes, by {', '.join(kinds)}"
        strongest = min(finding.tier for each in own for finding in each.true)
        severity = Severity.WARNING if about.is_warning(strongest) else Severity.NOTE
        yield notice(rules, severity, about.code, path, words, _lightest(own))


def _alleles(rules: Rules, answers: Answers) -> Iterator[Notice]:
    counting = {locus for each in _all(answers) for finding in each.true for locus in finding.loci}
    for at, allele in enumerate(rules.content.alleles):
        if allele.inactive is not None or allele.place is None or allele.id in counting:
            continue
        own = [each for each in answers[allele.gene] if variant_on(allele, BUILD) in each.state.alleles]
        if any(each.flags for each in own):
            continue
        meant = allele.allele_class not in ("uncertain", "disputed", "benign")
        severity = Severity.WARNING if meant else Severity.NOTE
        words = f"{allele.id} ({allele.allele_class}) has no effect: no criterion and no flag uses it"
        yield notice(rules, severity, "allele_never_counts", ("alleles", at), words, _lightest(own))


def _repeats(rules: Rules, answers: Answers) -> Iterator[Notice]:
    """Sizes that are neither normal nor expanded, and sizes that are evidence and a mimic together."""
    for at, repeat in enumerate(rules.content.repeats):
        path = ("repeats", at)
        locus = locus_of(repeat)
        single = [e for e in answers[repeat.gene] if len(e.state.key) == 1 and locus in e.state.repeats]
        for least, most in repeat.grey:
            grey = [each for each in single if least in each.state.repeats[locus].sizes]
            words = f"{repeat.id}: {_units(least, most)} intermediate (neither normal nor expanded)"
            yield notice(rules, Severity.NOTE, "repeat_grey", path, words, _lightest(grey))
        if repeat.is_evidence:
            both = [e for e in single if e.flags and any(repeat.id in finding.loci for finding in e.true)]
            mimics = {m.id for m in rules.content.flags.mimics if m.trigger == "repeat"}
            both = [each for each in both if mimics & set(each.flags)]
            if both:
                words = f"{repeat.id} is evidence and a mimic at the same size"
                yield notice(rules, Severity.WARNING, "repeat_overlap", path, words, _lightest(both))
        elif repeat.id not in _used(rules):
            words = f"{repeat.id} is for a mimic, but no flag uses it"
            yield notice(rules, Severity.WARNING, "repeat_unused", path, words)


def _units(least: int, most: int | None) -> str:
    """Sizes in no band."""
    if most is None:
        return f"{least} and more units are"
    return f"{least} units is" if least == most else f"{least} to {most} units are"


def _used(rules: Rules) -> set[str | None]:
    return {flag.repeat for flag in rules.content.flags.with_trigger}


def _flags(rules: Rules, answers: Answers) -> Iterator[Notice]:
    raised = {flag for each in _all(answers) for flag in each.flags}
    listed: tuple[tuple[str, Sequence[Mimic | Therapy]], ...] = (
        ("mimics", rules.content.flags.mimics),
        ("therapies", rules.content.flags.therapies),
    )
    for part, flags in listed:
        for at, flag in enumerate(flags):
            if flag.id not in raised and flag.trigger != "none":
                words = f"{flag.id} is raised for no genotype of {flag.gene}"
                yield notice(rules, Severity.WARNING, "flag_never_raised", ("flags", part, at), words)


def of_examples(rules: Rules, ran: Sequence[Ran]) -> Iterator[Notice]:
    """The examples that do not hold, as faults."""
    places = {example.id: at for at, example in enumerate(rules.content.examples)}
    for each in ran:
        for fault in each.faults:
            path = ("examples", places[each.example])
            yield notice(rules, Severity.FAULT, "example_fails", path, f"{each.example}: {fault}")
