"""The parts of a trace, as they are written and read."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, SerializerFunctionWrapHandler, model_serializer

from assigner.decisions.decision import Basis, Verdict
from assigner.decisions.grades import Grade
from assigner.decisions.reasons import Reason
from assigner.evidence.flags import FlagKind
from assigner.evidence.unknowns import Why
from assigner.profiles.calls import State

Truths = Literal["true", "false", "unknown"]
Listed = Literal["allele", "marker", "repeat"]
Place = Annotated[int, Field(ge=0)]

# closed choices, read from their words in JSON
Rule = Annotated[Basis, Field(strict=False)]
Code = Annotated[Reason, Field(strict=False)]
Ended = Annotated[Verdict, Field(strict=False)]
Kind = Annotated[FlagKind, Field(strict=False)]
Seen = Annotated[State, Field(strict=False)]
Ground = Annotated[Grade, Field(strict=False)]
Unanswered = Annotated[Why, Field(strict=False)]


class Record(BaseModel):
    """A part of a trace; unknown fields and loose types are refused."""

    model_config = ConfigDict(extra="forbid", frozen=True, defer_build=True, strict=True)

    def __repr_args__(self) -> Iterable[tuple[str, Any]]:
        """Nothing: what a trace holds is a participant's, and a `repr` ends in logs."""
        return ()


class BasisRecord(Record):
    """What the decision rests on: the rule that chose, and the lowest-ranking tier that it needed."""

    rule: Rule
    tier: int | None
    points: int | None
    against: str | None


class ReasonRecord(Record):
    """A reason for review, and whether the rule set's policy makes it one or only notes it."""

    code: Code
    policy: Literal["review", "note"]
    because: str


class TestsRecord(Record):
    """What to test: if all of it is found absent, the decision is settled.

    The findings are named by their places in `findings.unknown`, from 0. No smaller set than `at_least` of them can do;
    `conclusive` says whether it is settled whatever the tests show.
    """

    findings: list[Place]
    at_least: int
    conclusive: bool


class TierRecord(Record):
    """A category's points in one tier: known, and what they can be once everything is known."""

    tier: int
    known: int
    least: int
    most: int


class ScoreRecord(Record):
    """A category: its points, and why it was chosen or not."""

    category: str
    name: str
    verdict: Ended
    against: str | None
    tier: int | None
    points: int
    their_points: int
    genes: list[str]
    tiers: list[TierRecord]
    because: str


class FindingRecord(Record):
    """A true or unknown finding with what it rests on."""

    criterion: str
    gene: str
    loci: list[str]
    truth: Truths
    tier: int
    points: dict[str, int]
    unmapped: int
    shown: str
    because: str
    sources: list[str]
    clinvar: list[str]
    status: str

    @property
    def about(self) -> tuple[str, ...]:
        """The loci, or the gene where it is about all of it."""
        return tuple(self.loci) or (self.gene,)


class UnknownRecord(FindingRecord):
    """An unknown finding.

    Attributes:
        carrier_ppm: an upper bound of the chance that it is true, in parts per million. A trace of schema 1.0 tells it
            of those alone that it names: of the others it is None.
        why: why it is unknown; None before version 1.3.
    """

    carrier_ppm: int | None
    why: Unanswered | None


class FalseRecord(Record):
    """How many questions of a criterion were answered with no."""

    criterion: str
    count: int


class FindingsRecord(Record):
    """What was found: true and unknown findings one by one, false ones by count.

    Attributes:
        why: what each `why` of the unknown ones means, in words; None before version 1.3.
    """

    true: list[FindingRecord]
    unknown: list[UnknownRecord]
    false: list[FalseRecord]
    why: dict[Unanswered, str] | None


class LocusRecord(Record):
    """A place of the panel that is not plain reference, and of which something is known."""

    id: str
    gene: str
    kind: Literal["variant", "structural"] | Listed
    state: Seen
    shown: str
    why: str | None = None
    depth: int | None = None
    quality: int | None = None
    fraction: str | None = None


class PanelRecord(Record):
    """A gene of the panel: how many of its listed places are in which state, plain reference included.

    Those of which nothing is known are named by their ids.
    """

    gene: str
    states: dict[Seen, int]
    not_assessed: dict[Listed, list[str]]


class FlagRecord(Record):
    """A flag that is raised or cannot be ruled out."""

    id: str
    kind: Kind
    gene: str
    truth: Truths
    holds: bool
    text: str
    shown: str
    because: str
    sources: list[str]
    status: str


class CheckRecord(Record):
    """Something checked before the profile was believed."""

    name: str
    result: str
    evidence: str


class StabilityRecord(Record):
    """How often the weights of scores were drawn again, and how often they gave the same category."""

    redraws: int
    same: int


class InputRecord(Record):
    """An input by its role and bytes.

    Attributes:
        part: only there where the file holds several samples: the SHA-256, in hex, of `sha256`, a line feed and the
            name of the participant's sample.
    """

    role: str
    sha256: str
    size: int
    container: str
    part: str | None = None

    @property
    def own(self) -> str:
        """What is this participant's alone, in hex: the part of a file of several samples, or the file."""
        return self.part or self.sha256

    @model_serializer(mode="wrap")
    def _without_absent(self, write: SerializerFunctionWrapHandler) -> dict[str, Any]:
        return {key: value for key, value in write(self).items() if key != "part" or value is not None}


class RuleSetRecord(Record):
    """Which rule set decided."""

    id: str
    version: str
    status: str
    digest: str
    files: dict[str, str]


class SoftwareRecord(Record):
    """Which code decided."""

    name: str
    version: str
