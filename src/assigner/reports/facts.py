"""What a report says: sections of facts, in the order in which a person reads them, without layout.

The page and the text are both made from these, so they say the same in the same order.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Literal, assert_never

from attrs import frozen

from assigner.decisions.contests import ALLOCATIONS
from assigner.decisions.decision import Basis
from assigner.decisions.decision import Verdict as Ended
from assigner.decisions.reasons import row_of, sentence_of
from assigner.profiles.calls import State as Call
from assigner.reports.lacks import Lack, lacks_of
from assigner.reports.spoken import percent_of
from assigner.reports.unanswered import Unanswered, unanswered_in
from assigner.rules.schema import sends_to_review
from assigner.traces import FindingRecord, LocusRecord, ScoreRecord, TierRecord, Trace

MOST_SHOWN = 12
"""How many of the unknown findings that could overturn the decision are named."""

MOST_PLACES = 100
"""How many places are shown one by one."""

State = Literal["called", "reference", "assumed", "doubtful", "unknown"]
"""How well a place is known: read or sized, seen as reference, assumed to be reference, doubtful, not seen."""

Known = Literal["known", "assumed", "partly", "unknown"]


def state_of(state: Call) -> State:
    """How well a place in a state is known."""
    match state:
        case Call.CALLED:
            return "called"
        case Call.REFERENCE:
            return "reference"
        case Call.ASSUMED_REFERENCE:
            return "assumed"
        case Call.NOT_ASSESSED:
            return "unknown"
        case (
            Call.PARTIAL
            | Call.NO_CALL
            | Call.OBSCURED
            | Call.LOW_QUALITY
            | Call.CONTRADICTED
            | Call.FILTERED
            | Call.CONFLICT
            | Call.INVALID
        ):
            return "doubtful"
        case _:
            assert_never(state)


GENES: Mapping[Known, str] = {
    "known": "known at every place",
    "assumed": "known at every place, some only by assumption",
    "partly": "unknown at some places",
    "unknown": "unknown at every place",
}
"""How much is known of a gene's listed places, in words."""


@frozen
class Outcome:
    """What the assignment came to, and on what basis."""

    trace: Trace
    named: Mapping[str, str]

    @property
    def assigned(self) -> bool:
        """Whether a category was given."""
        return self.trace.category is not None

    @property
    def codes(self) -> tuple[str, ...]:
        """The reasons that send the participant to review."""
        return tuple(reason.code for reason in self.trace.reasons if sends_to_review(reason.policy))

    @property
    def grade(self) -> str:
        """How strong the ground of the category is; empty where there is none, or the trace is older than grades."""
        return self.trace.grade.value if self.trace.grade else ""

    @property
    def category_name(self) -> str:
        """The name of the category that was given."""
        return self.named.get(self.trace.category or "", "")

    @property
    def provisional_name(self) -> str:
        """The name of the category that the evidence alone would give."""
        return self.named.get(self.trace.provisional or "", "")

    @property
    def basis(self) -> str:
        """Which rule decided, and in which tier."""
        at = f" in tier {self.trace.basis.tier}" if self.trace.basis.tier else ""
        return f"decided by {self.trace.basis.rule}{at}"

    @property
    def settled(self) -> str:
        """Whether findings that are unknown could change it, and how often the errors of weights do."""
        ppm = self.trace.overturn_risk_ppm
        risk = f"the risk of another decision is at most {ppm} ppm ({percent_of(ppm)})"
        told, stability = "settled" if self.trace.settled else f"not settled: {risk}", self.trace.stability
        if stability is None:
            return told
        return f"{told}; weights drawn again give the same category {stability.same} of {stability.redraws} times"


@frozen
class Reason:
    """A reason for review, or one that is only noted."""

    code: str
    holds: bool
    because: str


@frozen
class Step:
    """Something to do now."""

    text: str


@frozen
class Flag:
    """A flag that is raised."""

    kind: str
    gene: str
    text: str
    shown: str
    holds: bool
    because: str
    sources: tuple[str, ...]
    status: str


@frozen
class OpenFlags:
    """How many flags are raised, and the genes of those that cannot be ruled out, by kind."""

    raised: int
    unknown: int
    genes: tuple[tuple[str, tuple[str, ...]], ...]


@frozen
class Evidence:
    """A true finding under the category that it speaks for most, or for none."""

    category: str | None
    name: str
    finding: FindingRecord

    @property
    def points(self) -> tuple[tuple[str, int], ...]:
        """What it gives each category, in the order that a trace has in its file as well."""
        return tuple(sorted(self.finding.points.items()))


@frozen
class NoEvidence:
    """Nothing was found."""


@frozen
class Points:
    """A category's points by tier, known and possible."""

    category: str
    name: str
    chosen: bool
    tiers: tuple[TierRecord, ...]


@frozen
class PanelCount:
    """How many places of the panel are in which state."""

    states: tuple[tuple[State, int], ...]
    genes: tuple[tuple[str, Mapping[State, int]], ...]


@frozen
class Genes:
    """Genes of which as much is known."""

    state: Known
    genes: tuple[str, ...]


@frozen
class Questions:
    """How the questions of one criterion were answered."""

    criterion: str
    true: int
    unknown: int
    false: int


@frozen
class Place:
    """A place that a record says something of."""

    locus: LocusRecord


@frozen
class Untested:
    """Repeats without a size."""

    repeats: tuple[str, ...]


@frozen
class Verdict:
    """Why a category was chosen or not."""

    category: str
    name: str
    verdict: Ended
    because: str
    genes: tuple[str, ...]


@frozen
class Decisive:
    """An unknown finding that could overturn the decision."""

    criterion: str
    gene: str
    loci: tuple[str, ...]
    carrier_ppm: int


@frozen
class DecisiveCount:
    """How many unknown findings could overturn the decision."""

    count: int


@frozen
class Change:
    """Something that would give another outcome, or settle this one, as a sentence."""

    text: str


@frozen
class More:
    """How many facts of a list are in the trace only."""

    count: int


@frozen
class Check:
    """Something that was checked before the profile was believed."""

    name: str
    result: str
    evidence: str


@frozen
class Assumption:
    """What the caller declared."""

    text: str


@frozen
class RuleSet:
    """Which rule set decided."""

    id: str
    version: str
    status: str
    digest: str


@frozen
class Digest:
    """The SHA-256 of something."""

    name: str
    sha256: str


Fact = (
    Outcome | Reason | Step | Lack | Flag | OpenFlags | Evidence | NoEvidence | Points | PanelCount | Genes | Questions
    | Unanswered | Place | Untested | Verdict | Decisive | DecisiveCount | Change | More | Check | Assumption | RuleSet
    | Digest
)  # fmt: skip

Key = Literal["outcome", "next", "flags", "why", "points", "known", "verdicts", "changes", "checks", "digests"]


@frozen
class Section:
    """Facts under one heading."""

    key: Key
    title: str
    facts: tuple[Fact, ...]


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
