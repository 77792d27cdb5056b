"""The trace: everything that led to an outcome, as canonical JSON with its own digest.

Canonical JSON is RFC 8785's. There is no time, path, host name or float in a trace, so that the same inputs give
the same bytes on any machine.
"""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Literal, TypeVar

from pydantic import BaseModel, ConfigDict, StringConstraints, ValidationError

from assigner.canonical import canonical, keyed
from assigner.commitments import Opening, opening_of
from assigner.errors import TraceError, shown
from assigner.forms import ProfileForm, each_key_once, first_fault

if TYPE_CHECKING:
    from assigner.verifications import Evidence, Verification

SCHEMA_VERSION = "1.0"
REDACTED_VERSION = "redacted-1.0"
MOST_BYTES = 64_000_000

Form = TypeVar("Form", bound="Record")
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


class TestsRecord(Record):
    """What to test: if all of it is found absent, the decision is settled.

    No smaller set than `at_least` findings can do; `conclusive` says whether it is settled whatever the tests show.
    """

    findings: list[UnknownRecord]
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
    kind: Literal["allele", "repeat", "marker", "variant", "structural"]
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
    answered: Literal["exact", "bounded"]
    decisive_unknowns: list[UnknownRecord]
    to_test: TestsRecord
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

    @property
    def is_intact(self) -> bool:
        """Whether the digest is that of the rest."""
        return self.digest == digest_of(self)

    def expect_intact(self, name: str = "trace") -> None:
        """Refuse a trace that was changed.

        Args:
            name: what to call it in the error.

        Raises:
            TraceError: when the digest is not that of the rest.
        """
        if not self.is_intact:
            raise TraceError(f"{name}: digest", "the digest of the rest of the trace", "another one: it was changed")

    def to_bytes(self) -> bytes:
        """The trace in canonical JSON (RFC 8785), UTF-8, without a final line feed."""
        return canonical(self.model_dump(mode="json"))

    def write(self, path: str | os.PathLike[str]) -> None:
        """Write the canonical JSON to a file, whole or not at all.

        Raises:
            OSError: when it cannot be written; then nothing is left behind.
        """
        write_whole(Path(path), self.to_bytes())

    def verify(self, evidence: Evidence | None = None) -> Verification:
        """Work the trace out again from its profile, or from the files, and compare.

        Args:
            evidence: what is at hand beside it: other rule sets than the shipped one, the participant's files.
        """
        from assigner.verifications import verify

        return verify(self, evidence)

    def openings(self, secret: bytes) -> dict[str, Opening]:
        """What opens each part that a redacted trace hides, by its key: all that it does not show as it stands.

        Raises:
            TraceError: when the secret is shorter than 32 bytes.
        """
        parts = self.model_dump(mode="json")
        hidden = sorted(parts.keys() - SHOWN)
        return {key: opening_of(f"{self.digest}/{key}", parts[key], secret) for key in hidden}

    def redact(self, secret: bytes) -> RedactedTrace:
        """The trace without genotypes: commitments stand in the place of what could tell one.

        Args:
            secret: 32 random bytes or more, to be kept with the trace; the same secret gives the same bytes.

        Raises:
            TraceError: when the secret is shorter.
        """
        parts = self.model_dump(mode="json")
        visible = {key: parts[key] for key in SHOWN} | {
            "schema_version": REDACTED_VERSION,
            "trace_version": self.schema_version,
            "decided_by": self.basis.rule,
            "reasons": [{"code": reason.code, "policy": reason.policy} for reason in self.reasons],
        }
        hidden = {key: opening.commitment for key, opening in self.openings(secret).items()}
        unsealed = RedactedTrace(**visible, hidden=hidden, digest="")
        return unsealed.model_copy(update={"digest": digest_of(unsealed)})


SHOWN = frozenset({
    "schema_version", "participant", "outcome", "category", "provisional", "intervention", "settled", "rule_set",
    "software",
})  # fmt: skip
"""The keys of a trace that a redacted one shows as they stand; a key that is not named here is hidden."""

Sha256 = Annotated[str, StringConstraints(pattern=r"^[0-9a-f]{64}$")]


class RedactedReason(Record):
    """A reason for review, without what it rests on."""

    code: str
    policy: Literal["review", "note"]


class RedactedTrace(Record):
    """A trace that tells the outcome, and commits to all else.

    Attributes:
        trace_version: the schema version of the whole trace.
        decided_by: the whole trace's `basis.rule`.
        hidden: for each hidden key of the whole trace, its digest included, the commitment to its value.
    """

    schema_version: Literal["redacted-1.0"]
    trace_version: Literal["1.0"]
    participant: str
    outcome: Literal["assigned", "review"]
    category: str | None
    provisional: str | None
    intervention: str | None
    decided_by: str
    reasons: list[RedactedReason]
    settled: bool
    rule_set: RuleSetRecord
    software: SoftwareRecord
    hidden: dict[str, Sha256]
    digest: str

    @property
    def is_intact(self) -> bool:
        """Whether the digest is that of the rest."""
        return self.digest == digest_of(self)

    def opens(self, key: str, opening: Opening) -> bool:
        """Whether this is what stands hidden under a key of the whole trace."""
        return self.hidden.get(key) == opening.commitment

    def opened(self, openings: Mapping[str, Opening]) -> Trace:
        """The whole trace, from what is shown and the openings of all that is hidden.

        Raises:
            TraceError: when this is not intact, an opening is missing or opens another value, or what is shown is
                not what the whole trace says.
        """
        if not self.is_intact:
            raise TraceError("redacted trace: digest", "the digest of the rest", "another one: it was changed")
        for key in self.hidden:
            if key not in openings or not self.opens(key, openings[key]):
                got = "another value" if key in openings else "nothing"
                raise TraceError(f"openings: {key}", "what was committed to", got)
        hidden = {key: openings[key].value for key in self.hidden}
        as_shown = self.model_dump(mode="json", include=set(SHOWN)) | {"schema_version": self.trace_version}
        trace = _validated(Trace, hidden | as_shown, "redacted trace")
        told = [(reason.code, reason.policy) for reason in trace.reasons]
        shown_rightly = told == [(r.code, r.policy) for r in self.reasons] and trace.basis.rule == self.decided_by
        if not (trace.is_intact and shown_rightly):
            raise TraceError("redacted trace", "what the whole trace says, under its digest", "something else")
        return trace

    def is_of(self, trace: Trace, openings: Mapping[str, Opening]) -> bool:
        """Whether this is a redaction of this very trace."""
        try:
            return self.opened(openings) == trace
        except TraceError:
            return False

    def to_bytes(self) -> bytes:
        """The redacted trace in canonical JSON (RFC 8785), UTF-8, without a final line feed."""
        return canonical(self.model_dump(mode="json"))


def sealed(plain: Mapping[str, Any], written: Mapping[str, Iterable[bytes]]) -> bytes:
    """A trace of plain values and of parts that have been written in pieces, with the digest over all of them."""
    kept = {name: tuple(pieces) for name, pieces in written.items()}
    digest = hashlib.sha256()
    for piece in keyed(plain, kept):
        digest.update(piece)
    return b"".join(keyed(plain, kept | {"digest": (canonical(digest.hexdigest()),)}))


def digest_of(trace: Trace | RedactedTrace) -> str:
    """SHA-256, in hex, of the canonical JSON of a trace without its digest."""
    return hashlib.sha256(canonical(trace.model_dump(mode="json", exclude={"digest"}))).hexdigest()


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
    value = _json(source, name)
    _expect_version(value, SCHEMA_VERSION, name)
    trace = _validated(Trace, value, name)
    try:
        ProfileForm.model_validate(trace.profile)
    except ValidationError as error:
        raise _fault(error, name) from error
    return trace


def is_redacted(source: bytes) -> bool:
    """Whether these bytes are a redacted trace's, by what they say of their schema.

    Raises:
        TraceError: when they are no JSON.
    """
    value = _json(source, "trace")
    return isinstance(value, dict) and str(value.get("schema_version", "")).startswith("redacted-")


def parse_redacted(source: bytes, name: str = "redacted trace") -> RedactedTrace:
    """Read a redacted trace.

    Raises:
        TraceError: as `parse_trace`.
    """
    value = _json(source, name)
    _expect_version(value, REDACTED_VERSION, name)
    return _validated(RedactedTrace, value, name)


def write_openings(openings: Mapping[str, Opening], path: str | os.PathLike[str]) -> None:
    """Write openings to a file readable by its owner only: who holds it holds the whole trace."""
    write_whole(Path(path), canonical({key: opening.form for key, opening in openings.items()}))


def parse_openings(source: bytes, name: str = "openings") -> dict[str, Opening]:
    """Read openings, all of a redacted trace or some.

    Raises:
        TraceError: when they are not written as `write_openings` does.
    """
    value = _json(source, name)
    if not isinstance(value, dict):
        raise TraceError(name, "openings by key", type(value).__name__)
    return {key: Opening.from_form(form, f"{name}: {key}") for key, form in value.items()}


def _json(source: bytes, name: str) -> Any:
    """JSON with each key once, without floats, and not too much of it."""
    if len(source) > MOST_BYTES:
        raise TraceError(name, f"at most {MOST_BYTES} bytes", str(len(source)))
    try:
        return json.loads(
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


def _expect_version(value: Any, expected: str, name: str) -> None:
    version = value.get("schema_version") if isinstance(value, dict) else None
    if version != expected:
        raise TraceError(f"{name}: schema_version", f"{expected!r}", shown(version))


def _validated(form: type[Form], value: Any, name: str) -> Form:
    try:
        return form.model_validate(value)
    except ValidationError as error:
        raise _fault(error, name) from error


def _fault(error: ValidationError, name: str) -> TraceError:
    place, expected, got = first_fault(error)
    return TraceError(f"{name}: {place}", expected, got)


def read_trace(path: str | os.PathLike[str]) -> Trace:
    """Read a trace from a file.

    Raises:
        TraceError: as `parse_trace`, and when the file cannot be read.
    """
    return parse_trace(bytes_of(path), str(path))


def bytes_of(path: str | os.PathLike[str]) -> bytes:
    """The bytes of a trace's file, one more than the most that are read when it is larger.

    Raises:
        TraceError: when it cannot be read.
    """
    try:
        with open(path, "rb") as file:
            return file.read(MOST_BYTES + 1)
    except OSError as error:
        raise TraceError(str(path), "a readable file", error.strerror or type(error).__name__) from error


def _safe_int(text: str) -> int:
    if len(text) > 17 or abs(int(text)) >= 2**53:  # RFC 8785 writes no larger ones
        raise ValueError(f"the number {text}")
    return int(text)


def _no_float(text: str) -> None:
    raise ValueError(f"the number {text}")
