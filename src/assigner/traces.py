"""The trace: everything that led to an outcome, as canonical JSON with its own digest.

Canonical JSON is RFC 8785's. There is no time, path, host name or float in a trace, so that the same inputs give
the same bytes on any machine.
"""

from __future__ import annotations

import hashlib
import json
import os
from pathlib import Path
from typing import Any, Literal, Self

import rfc8785
from pydantic import BaseModel, ConfigDict, ValidationError

from assigner.errors import TraceError, shown
from assigner.forms import ProfileForm, each_key_once

SCHEMA_VERSION = "1.0"
MOST_BYTES = 64_000_000

Truths = Literal["true", "false", "unknown"]


class Record(BaseModel):
    """A part of a trace; unknown fields and loose types are refused."""

    model_config = ConfigDict(extra="forbid", frozen=True, defer_build=True, strict=True)


class BasisRecord(Record):
    """What the decision rests on: the rule that chose, and the lowest-ranking tier that it needed."""

    rule: str
    tier: int | None
    points: int | None
    against: str | None


class ReasonRecord(Record):
    """A reason for review, and whether the rule set's policy makes it one or only notes it."""

    code: str
    policy: Literal["review", "note"]
    because: str


class UnknownRecord(Record):
    """An unknown finding that could overturn the decision."""

    criterion: str
    gene: str
    loci: list[str]
    carrier_ppm: int


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
    verdict: str
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


class FalseRecord(Record):
    """How many questions of a criterion were answered with no."""

    criterion: str
    count: int


class FindingsRecord(Record):
    """What was found: true and unknown findings one by one, false ones by count."""

    true: list[FindingRecord]
    unknown: list[FindingRecord]
    false: list[FalseRecord]


class LocusRecord(Record):
    """A place of the panel that is not plain reference."""

    id: str
    gene: str
    kind: Literal["allele", "repeat", "marker", "variant"]
    state: str
    shown: str
    why: str | None = None
    depth: int | None = None
    quality: int | None = None
    fraction: str | None = None


class PanelRecord(Record):
    """A gene of the panel: how many of its listed places are in which state, plain reference included."""

    gene: str
    states: dict[str, int]


class FlagRecord(Record):
    """A flag that is raised or cannot be ruled out."""

    id: str
    kind: str
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


class InputRecord(Record):
    """An input by its role and bytes."""

    role: str
    sha256: str
    size: int
    container: str


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


class Trace(Record):
    """The whole audit trace of one assignment."""

    schema_version: Literal["1.0"]
    participant: str
    outcome: Literal["assigned", "review"]
    category: str | None
    provisional: str | None
    intervention: str | None
    basis: BasisRecord
    reasons: list[ReasonRecord]
    settled: bool
    overturn_risk_ppm: int
    decisive_unknowns: list[UnknownRecord]
    scores: list[ScoreRecord]
    findings: FindingsRecord
    loci: list[LocusRecord]
    panel: list[PanelRecord]
    flags: list[FlagRecord]
    assumptions: list[str]
    checks: list[CheckRecord]
    inputs: list[InputRecord]
    rule_set: RuleSetRecord
    software: SoftwareRecord
    profile: dict[str, Any]
    digest: str

    @classmethod
    def sealed(cls, **parts: Any) -> Self:
        """A trace of these parts, with the digest over all of them."""
        unsealed = cls(**parts, digest="")
        return unsealed.model_copy(update={"digest": digest_of(unsealed)})

    @property
    def is_intact(self) -> bool:
        """Whether the digest is that of the rest."""
        return self.digest == digest_of(self)

    def to_bytes(self) -> bytes:
        """The trace in canonical JSON (RFC 8785), UTF-8, without a final line feed."""
        return rfc8785.dumps(self.model_dump(mode="json"))

    def write(self, path: str | os.PathLike[str]) -> None:
        """Write the canonical JSON to a file, whole or not at all.

        Raises:
            OSError: when it cannot be written; then nothing is left behind.
        """
        write_whole(Path(path), self.to_bytes())


def digest_of(trace: Trace) -> str:
    """SHA-256, in hex, of the canonical JSON of a trace without its digest."""
    return hashlib.sha256(rfc8785.dumps(trace.model_dump(mode="json", exclude={"digest"}))).hexdigest()


def write_whole(path: Path, content: bytes) -> None:
    """Write a file by way of a temporary one beside it, readable by its owner only."""
    beside = path.with_name(f".{path.name}.{os.getpid()}.part")
    descriptor = os.open(beside, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    try:
        with open(descriptor, "wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        os.replace(beside, path)
    except BaseException:
        beside.unlink(missing_ok=True)
        raise


def parse_trace(source: bytes, name: str = "trace") -> Trace:
    """Read a trace.

    Args:
        source: its bytes.
        name: what to call it in errors.

    Raises:
        TraceError: when it is not JSON, too large or deep, repeats a key, or is not a trace of a known version. A
            digest that does not fit is no error here: see `Trace.is_intact`.
    """
    if len(source) > MOST_BYTES:
        raise TraceError(name, f"at most {MOST_BYTES} bytes", str(len(source)))
    try:
        value = json.loads(
            source.decode("utf-8"),
            object_pairs_hook=each_key_once,
            parse_int=_safe_int,
            parse_float=_no_float,
            parse_constant=_no_float,
        )
    except UnicodeDecodeError as error:
        raise TraceError(name, "UTF-8", f"byte {source[error.start]:#04x} at {error.start}") from error
    except RecursionError as error:
        raise TraceError(name, "JSON of a trace's depth", "deeper nesting") from error
    except ValueError as error:
        raise TraceError(name, "JSON with each key once and no floats", shown(str(error))) from error
    version = value.get("schema_version") if isinstance(value, dict) else None
    if version != SCHEMA_VERSION:
        raise TraceError(f"{name}: schema_version", f"{SCHEMA_VERSION!r}", shown(version))
    try:
        trace = Trace.model_validate(value)
        ProfileForm.model_validate(trace.profile)
    except ValidationError as error:
        detail = error.errors(include_url=False)[0]
        place = ".".join(map(str, detail["loc"]))
        raise TraceError(f"{name}: {place}", detail["msg"], shown(detail["input"])) from error
    return trace


def read_trace(path: str | os.PathLike[str]) -> Trace:
    """Read a trace from a file.

    Raises:
        TraceError: as `parse_trace`, and when the file cannot be read.
    """
    try:
        with open(path, "rb") as file:
            source = file.read(MOST_BYTES + 1)
    except OSError as error:
        raise TraceError(str(path), "a readable file", error.strerror or type(error).__name__) from error
    return parse_trace(source, str(path))


def _safe_int(text: str) -> int:
    if len(text) > 17 or abs(int(text)) >= 2**53:  # RFC 8785 writes no larger ones
        raise ValueError(f"the number {text}")
    return int(text)


def _no_float(text: str) -> None:
    raise ValueError(f"the number {text}")
