"""The facts that a report says, each a value without layout, and the sections that they stand in."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Literal, assert_never

from attrs import frozen

from assigner.decisions.decision import Verdict as Ended
from assigner.decisions.grades import ALLOCATION, Grade
from assigner.profiles.calls import State as Call
from assigner.reports.lacks import Lack
from assigner.reports.spoken import percent_of
from assigner.reports.unanswered import Unanswered
from assigner.rules.schema import sends_to_review
from assigner.traces import FindingRecord, LocusRecord, TierRecord, Trace

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
    def allocation(self) -> str:
        """That the protocol allocated the category; empty where evidence speaks for it."""
        return ALLOCATION if self.trace.grade is Grade.ALLOCATED else ""

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
