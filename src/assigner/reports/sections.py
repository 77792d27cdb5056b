"""What a report says of a trace: sections of facts, in the order in which a person reads them, without layout.

The page and the text are both made from these, so they say the same in the same order.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import assert_never

from assigner.decisions.contests import ALLOCATIONS
from assigner.decisions.decision import Basis
from assigner.decisions.decision import Verdict as Ended
from assigner.decisions.reasons import row_of, sentence_of
from assigner.reports.facts import (
    GENES,
    Assumption,
    Change,
    Check,
    Decisive,
    DecisiveCount,
    Digest,
    Evidence,
    Fact,
    Flag,
    Genes,
    Key,
    Known,
    More,
    NoEvidence,
    OpenFlags,
    Outcome,
    PanelCount,
    Place,
    Points,
    Questions,
    Reason,
    RuleSet,
    Section,
    State,
    Step,
    Untested,
    Verdict,
    state_of,
)
from assigner.reports.lacks import lacks_of
from assigner.reports.unanswered import unanswered_in
from assigner.rules.schema import sends_to_review
from assigner.traces import FindingRecord, ScoreRecord, Trace

MOST_SHOWN = 12
"""How many of the unknown findings that could overturn the decision are named."""

MOST_PLACES = 100
"""How many places are shown one by one."""


def sections(trace: Trace, changes: Sequence[str] = ()) -> tuple[Section, ...]:
    """All that a report says of a trace.

    Args:
        trace: the trace; whether its digest fits is for the reader to check.
        changes: sentences that say what would change the outcome.
    """
    parts: tuple[tuple[Key, str, Iterable[Fact]], ...] = (
        ("outcome", "Outcome", _outcome(trace)),
        ("next", "Next", _next(trace)),
        ("flags", "Flags", _flags(trace)),
        ("why", "Why", _evidence(trace)),
        ("points", "Points by tier", map(_points, trace.scores)),
        ("known", "What is known and unknown", _known(trace)),
        ("verdicts", "Result per category", _verdicts(trace)),
        ("changes", "What would change it", _changes(trace, changes)),
        ("checks", "Checks and assumptions", _checks(trace)),
        ("digests", "Digests", _digests(trace)),
    )
    return tuple(Section(key, title, tuple(facts)) for key, title, facts in parts)


def _outcome(trace: Trace) -> Iterator[Fact]:
    yield Outcome(trace, {score.category: score.name for score in trace.scores})
    for reason in trace.reasons:
        yield Reason(reason.code, sends_to_review(reason.policy), sentence_of(reason.code, reason.because))


def _next(trace: Trace) -> Iterator[Fact]:
    steps = [row_of(reason.code).next for reason in trace.reasons if sends_to_review(reason.policy)]
    yield from map(Step, steps or ["Before treatment, have a person confirm the assignment. Keep the trace."])
    yield from lacks_of(trace)


def _flags(trace: Trace) -> Iterator[Fact]:
    raised = [flag for flag in trace.flags if flag.truth == "true"]
    for flag in raised:
        told = (flag.kind, flag.gene, flag.text, flag.shown, flag.holds, flag.because)
        yield Flag(*told, tuple(flag.sources), flag.status)
    unknown = [flag for flag in trace.flags if flag.truth == "unknown"]
    kinds = sorted({flag.kind for flag in unknown})
    genes = ((kind, tuple(sorted({flag.gene for flag in unknown if flag.kind == kind}))) for kind in kinds)
    yield OpenFlags(len(raised), len(unknown), tuple(genes))


def _evidence(trace: Trace) -> Iterator[Fact]:
    """True findings by the category that they speak for most, in the order of the categories."""
    if not trace.findings.true:
        yield NoEvidence()
    named = {score.category: score.name for score in trace.scores}
    order = {category: at for at, category in enumerate(named)}
    spoken = [(_speaks_for(finding, order), finding) for finding in trace.findings.true]
    for category, finding in sorted(spoken, key=lambda each: (order.get(each[0] or "", len(order)), each[1].tier)):
        yield Evidence(category, named.get(category or "", ""), finding)


def _speaks_for(finding: FindingRecord, order: Mapping[str, int]) -> str | None:
    """The category that gets most of a finding's points; of equals, the first one."""
    given = [(-points, order.get(category, len(order)), category) for category, points in finding.points.items()]
    return min(given)[2] if given and min(given)[0] < 0 else None


def _points(score: ScoreRecord) -> Points:
    return Points(score.category, score.name, score.verdict is Ended.CHOSEN, tuple(score.tiers))


def _known(trace: Trace) -> Iterator[Fact]:
    yield from _panel(trace)
    yield from _questions(trace)
    yield from unanswered_in(trace)
    told = [locus for locus in trace.loci if locus.state != "not_assessed"]
    told.sort(key=lambda locus: locus.why is None)  # doubtful places come first
    yield from map(Place, told[:MOST_PLACES])
    if len(told) > MOST_PLACES:
        yield More(len(told) - MOST_PLACES)
    if untested := tuple(name for gene in trace.panel for name in gene.not_assessed.get("repeat", ())):
        yield Untested(untested)


def _panel(trace: Trace) -> Iterator[Fact]:
    genes: list[tuple[str, Mapping[State, int]]] = []
    total: Counter[State] = Counter()
    for gene in trace.panel:
        counts: Counter[State] = Counter()
        for state, count in gene.states.items():
            counts[state_of(state)] += count
        genes.append((gene.gene, counts))
        total.update(counts)
    order: tuple[State, ...] = ("called", "reference", "assumed", "doubtful", "unknown")
    yield PanelCount(tuple((state, total[state]) for state in order), tuple(genes))
    for how in GENES:
        of_it = tuple(gene for gene, counts in genes if _how_known(counts) == how)
        if of_it:
            yield Genes(how, of_it)


def _how_known(counts: Mapping[State, int]) -> Known:
    missing = counts.get("doubtful", 0) + counts.get("unknown", 0)
    if missing:
        return "unknown" if missing == sum(counts.values()) else "partly"
    return "assumed" if counts.get("assumed", 0) else "known"


def _questions(trace: Trace) -> Iterator[Fact]:
    """Every criterion, and how its questions were answered."""
    true = Counter(finding.criterion for finding in trace.findings.true)
    unknown = Counter(finding.criterion for finding in trace.findings.unknown)
    false = {each.criterion: each.count for each in trace.findings.false}
    for criterion in sorted({*true, *unknown, *false}):
        yield Questions(criterion, true[criterion], unknown[criterion], false.get(criterion, 0))


def _verdicts(trace: Trace) -> Iterator[Verdict]:
    for score in trace.scores:
        because = _result(score, trace.basis.rule)
        yield Verdict(score.category, score.name, score.verdict, because, tuple(score.genes))


def _result(score: ScoreRecord, basis: Basis) -> str:
    """How a category came out, in one sentence."""
    met = f"{score.against} in tier {score.tier}, {score.points} to {score.their_points} points"
    match score.verdict:
        case Ended.CHOSEN if basis is Basis.LEAD:
            return f"wins against every other category; the next one is {met}" if score.against else "wins"
        case Ended.CHOSEN if basis in ALLOCATIONS:
            return f"allocated by the protocol ({basis}), not by biology"
        case Ended.CHOSEN:
            return f"chosen among tied categories by the tie-break {basis}"
        case Ended.BEATEN:
            return f"lost to {met}"
        case Ended.TIED:
            return "tied: no lead by the margin"
        case Ended.NO_EVIDENCE:
            return "no evidence that reaches the minimum of a tier"
        case Ended.CLOSED:
            return "left out: its arm is closed"
        case _:
            assert_never(score.verdict)


def _changes(trace: Trace, changes: Sequence[str]) -> Iterator[Fact]:
    yield from map(Change, changes)
    if trace.settled:
        yield Change("No unknown finding can change the decision.")
    else:
        yield DecisiveCount(len(trace.decisive_unknowns))
    ranked = sorted(trace.decisive, key=lambda u: (-(u.carrier_ppm or 0), u.gene, u.loci))
    for unknown in ranked[:MOST_SHOWN]:
        yield Decisive(unknown.criterion, unknown.gene, tuple(unknown.loci), unknown.carrier_ppm or 0)
    if len(ranked) > MOST_SHOWN:
        yield More(len(ranked) - MOST_SHOWN)


def _checks(trace: Trace) -> Iterator[Fact]:
    for check in trace.checks:
        yield Check(check.name, check.result, check.evidence)
    yield from map(Assumption, trace.assumptions)


def _digests(trace: Trace) -> Iterator[Fact]:
    rules = trace.rule_set
    for each in trace.inputs:
        yield Digest(f"input {each.role} ({each.container}, {each.size} bytes)", each.sha256)
        if each.part is not None:
            yield Digest(f"input {each.role}: the participant's sample in it", each.part)
    yield RuleSet(rules.id, rules.version, rules.status, rules.digest)
    for file, sha256 in sorted(rules.files.items()):
        yield Digest(f"rule set file {file}", sha256)
    yield Digest(f"trace, made by {trace.software.name} {trace.software.version}", trace.digest)
