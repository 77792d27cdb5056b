"""The trace: everything that led to an outcome, as canonical JSON with its own digest.

Canonical JSON is RFC 8785's. There is no time, path, host name or float in a trace, so that the same inputs give
the same bytes on any machine.
"""

from __future__ import annotations

import hashlib
import os
from collections.abc import Iterable, Mapping, Sequence
from itertools import chain
from pathlib import Path
from typing import Annotated, Any, Literal, Self, assert_never, get_args

from pydantic import (
    BaseModel,
    SerializerFunctionWrapHandler,
    StringConstraints,
    ValidationError,
    WithJsonSchema,
    model_serializer,
    model_validator,
)

from assigner.canonical import canonical
from assigner.decisions.accrual import Accrual
from assigner.errors import TraceError, kind_of, shown
from assigner.files import write_whole
from assigner.profiles.schema import ProfileForm
from assigner.strict import first_fault
from assigner.traces.commitments import Opening, opening_of
from assigner.traces.older import as_1_0, as_1_1, as_1_2, from_1_0, from_1_1, from_1_2
from assigner.traces.schema import (
    BasisRecord,
    CheckRecord,
    Code,
    FindingsRecord,
    FlagRecord,
    Ground,
    InputRecord,
    LocusRecord,
    PanelRecord,
    Place,
    ReasonRecord,
    Record,
    Rule,
    RuleSetRecord,
    ScoreRecord,
    SoftwareRecord,
    StabilityRecord,
    TestsRecord,
    UnknownRecord,
)
from assigner.traces.seals import SCHEMA_VERSION

REDACTED_VERSION = "redacted-1.1"

Version = Literal["1.0", "1.1", "1.2", "1.3"]
RedactedVersion = Literal["redacted-1.0", "redacted-1.1"]


class Trace(Record):
    """The whole audit trace of one assignment.

    Whatever version it was written in, its parts are as of today; it is written again, and has its digest, in its own.

    Attributes:
        grade: how strong the ground of the category is; None without one, and before version 1.2.
        decisive_unknowns: the unknown findings that could overturn it, by their places in `findings.unknown`, from 0.
        accrual: the participants so far, as the caller gave them.
        stability: only there where the rule set asks and a score had a part.
    """

    schema_version: Annotated[Version, WithJsonSchema({"type": "string", "const": SCHEMA_VERSION})]
    participant: str
    outcome: Literal["assigned", "review"]
    category: str | None
    provisional: str | None
    intervention: str | None
    grade: Ground | None
    basis: BasisRecord
    reasons: list[ReasonRecord]
    settled: bool
    overturn_risk_ppm: int
    answered: Literal["exact", "bounded"]
    decisive_unknowns: list[Place]
    to_test: TestsRecord
    scores: list[ScoreRecord]
    findings: FindingsRecord
    loci: list[LocusRecord]
    panel: list[PanelRecord]
    flags: list[FlagRecord]
    assumptions: list[str]
    checks: list[CheckRecord]
    accrual: Accrual | None
    stability: StabilityRecord | None = None
    inputs: list[InputRecord]
    rule_set: RuleSetRecord
    software: SoftwareRecord
    profile: dict[str, Any]
    digest: str

    def __repr_args__(self) -> Iterable[tuple[str, Any]]:
        """The participant and the outcome; no genotype."""
        return [(name, getattr(self, name)) for name in ("participant", "outcome", "category", "provisional")]

    @model_validator(mode="after")
    def _names_findings(self) -> Self:
        unknown = self.findings.unknown
        for at in chain(self.decisive_unknowns, self.to_test.findings):
            if at >= len(unknown) or unknown[at].carrier_ppm is None:
                raise ValueError(f"places among {len(unknown)} unknown findings, each with its carrier_ppm")
        return self

    @model_validator(mode="after")
    def _says_why(self) -> Self:
        explained, named = self.findings.why, {each.why for each in self.findings.unknown}
        if self.schema_version == SCHEMA_VERSION and (explained is None or named != {*explained}):
            raise ValueError("findings.why: the words of each why of an unknown finding, and of no other")
        return self

    @model_serializer(mode="wrap")
    def _without_absent(self, write: SerializerFunctionWrapHandler) -> dict[str, Any]:
        """Leave out `stability` if it is None."""
        return {key: value for key, value in write(self).items() if key != "stability" or value is not None}

    @property
    def decisive(self) -> tuple[UnknownRecord, ...]:
        """The unknown findings that could overturn the decision."""
        return tuple(self.findings.unknown[at] for at in self.decisive_unknowns)

    @property
    def tests(self) -> tuple[UnknownRecord, ...]:
        """The unknown findings to test."""
        return tuple(self.findings.unknown[at] for at in self.to_test.findings)

    @property
    def is_intact(self) -> bool:
        """Whether the digest is correct."""
        return self.digest == digest_of(self)

    @property
    def is_written_as_read(self) -> bool:
        """Whether `form` surely equals the JSON values that were read, so that the two need not be compared.

        Reading changes no value. So they are equal if the version is today's, every optional field that `form` writes
        was given, and none was given that it leaves out.
        """
        accrual, loci = self.accrual, LocusRecord.model_fields.keys()
        return (
            self.schema_version == SCHEMA_VERSION
            and ("stability" in self.model_fields_set) == (self.stability is not None)
            and all(("part" in each.model_fields_set) == (each.part is not None) for each in self.inputs)
            and all(each.model_fields_set == loci for each in self.loci)
            and (accrual is None or accrual.model_fields_set == Accrual.model_fields.keys())
        )

    def form(self, version: Version | None = None) -> dict[str, Any]:
        """The trace as JSON values, in its own schema version or in the one given."""
        wanted: Version = version or self.schema_version
        parts = self.model_dump(mode="json") | {"schema_version": wanted}
        match wanted:
            case "1.0":
                return as_1_0(as_1_1(as_1_2(parts)))
            case "1.1":
                return as_1_1(as_1_2(parts))
            case "1.2":
                return as_1_2(parts)
            case "1.3":
                return parts
            case _:
                assert_never(wanted)

    def expect_intact(self, name: str = "trace") -> None:
        """Refuse a trace that was changed.

        Args:
            name: what to call it in the error.

        Raises:
            TraceError: when the digest is not correct.
        """
        if not self.is_intact:
            raise modified(name)

    def to_bytes(self) -> bytes:
        """The trace in canonical JSON (RFC 8785), UTF-8, without a final line feed."""
        return canonical(self.form())

    def write(self, path: str | os.PathLike[str]) -> None:
        """Write the canonical JSON to a file, whole or not at all.

        Raises:
            OSError: when it cannot be written; then nothing is left behind.
        """
        write_whole(Path(path), self.to_bytes())

    def openings(self, secret: bytes) -> dict[str, Opening]:
        """The opening of each part that the redacted trace hides, by key.

        Raises:
            TraceError: when the secret is shorter than 32 bytes.
        """
        parts = self.form()
        hidden = sorted(parts.keys() - SHOWN)
        return {key: opening_of(f"{self.digest}/{key}", parts[key], secret) for key in hidden}

    def redact(self, secret: bytes) -> RedactedTrace:
        """The trace without genotypes: parts that could reveal one are replaced by commitments.

        Args:
            secret: 32 random bytes or more, to be stored with the trace; the same secret gives the same bytes.

        Raises:
            TraceError: when the secret is shorter.
        """
        parts = self.form()
        visible = {key: parts.get(key) for key in SHOWN} | {
            "schema_version": REDACTED_VERSION if "grade" in parts else "redacted-1.0",
            "trace_version": self.schema_version,
            "decided_by": self.basis.rule,
            "reasons": [{"code": reason.code, "policy": reason.policy} for reason in self.reasons],
        }
        hidden = {key: opening.commitment for key, opening in self.openings(secret).items()}
        unsealed = RedactedTrace.model_validate(visible | {"hidden": hidden, "digest": ""})
        return unsealed.model_copy(update={"digest": digest_of(unsealed)})


SHOWN = frozenset({
    "schema_version", "participant", "outcome", "category", "provisional", "intervention", "grade", "settled",
    "rule_set", "software",
})  # fmt: skip
"""The keys of a trace that a redacted one shows unchanged; all other keys are hidden."""

Sha256 = Annotated[str, StringConstraints(pattern=r"^[0-9a-f]{64}$")]


class RedactedReason(Record):
    """A reason for review, without what it rests on."""

    code: Code
    policy: Literal["review", "note"]


class RedactedTrace(Record):
    """A trace that tells the outcome, and commits to all else.

    Attributes:
        trace_version: the schema version of the whole trace.
        grade: the whole trace's; None for a trace before version 1.2.
        decided_by: the whole trace's `basis.rule`.
        hidden: for each hidden key of the whole trace, its digest included, the commitment to its value.
    """

    schema_version: RedactedVersion
    trace_version: Version
    participant: str
    outcome: Literal["assigned", "review"]
    category: str | None
    provisional: str | None
    intervention: str | None
    grade: Ground | None = None
    decided_by: Rule
    reasons: list[RedactedReason]
    settled: bool
    rule_set: RuleSetRecord
    software: SoftwareRecord
    hidden: dict[str, Sha256]
    digest: str

    @property
    def is_intact(self) -> bool:
        """Whether the digest is correct."""
        return self.digest == digest_of(self)

    def form(self) -> dict[str, Any]:
        """The redacted trace as JSON values."""
        return self.model_dump(mode="json", exclude=self._later)

    @property
    def _later(self) -> set[str]:
        """The fields that were added after the schema version in which it is written."""
        match self.schema_version:
            case "redacted-1.0":
                return {"grade"}
            case "redacted-1.1":
                return set()
            case _:
                assert_never(self.schema_version)

    def opens(self, key: str, opening: Opening) -> bool:
        """Whether an opening fits the commitment of a key."""
        return self.hidden.get(key) == opening.commitment

    def opened(self, openings: Mapping[str, Opening]) -> Trace:
        """The whole trace, from the visible parts and the openings of all hidden parts.

        Raises:
            TraceError: when this is not intact, an opening is missing or opens another value, or a visible part
                differs from the whole trace.
        """
        if not self.is_intact:
            raise modified("redacted trace")
        for key in self.hidden:
            if key not in openings or not self.opens(key, openings[key]):
                got = "another value" if key in openings else "nothing"
                raise TraceError(f"openings: {key}", "what was committed to", got)
        hidden = {key: openings[key].value for key in self.hidden}
        as_shown = self.model_dump(mode="json", include=set(SHOWN) - self._later) | {
            "schema_version": self.trace_version
        }
        trace = trace_of(hidden | as_shown, "redacted trace")
        reasons = [(reason.code, reason.policy) for reason in trace.reasons]
        shown_rightly = reasons == [(r.code, r.policy) for r in self.reasons] and trace.basis.rule == self.decided_by
        if not (trace.is_intact and shown_rightly):
            raise TraceError("redacted trace", "what the whole trace says, under its digest", "something else")
        return trace

    def is_of(self, trace: Trace, openings: Mapping[str, Opening]) -> bool:
        """Whether this is a redaction of that trace."""
        try:
            return self.opened(openings) == trace
        except TraceError:
            return False

    def to_bytes(self) -> bytes:
        """The redacted trace in canonical JSON (RFC 8785), UTF-8, without a final line feed."""
        return canonical(self.form())


def digest_of(trace: Trace | RedactedTrace) -> str:
    """SHA-256, in hex, of the canonical JSON of a trace without its digest."""
    form = trace.form()
    return hashlib.sha256(canonical({key: form[key] for key in form if key != "digest"})).hexdigest()


def trace_of(value: Any, name: str) -> Trace:
    """Read a trace of any schema version from JSON values.

    Raises:
        TraceError: when they are not a trace.
    """
    if isinstance(value, dict) and value.get("schema_version") in get_args(RedactedVersion):
        raise TraceError(name, "a whole trace", "a redacted one, whose evidence is hidden: verify it with its openings")
    version = _expect_version(value, get_args(Version), name)
    try:
        trace = Trace.model_validate(_as_today(value, version))
    except ValidationError as error:
        raise _fault(error, Trace, value, name) from None
    try:
        ProfileForm.model_validate(trace.profile)
    except ValidationError as error:
        raise _fault(error, ProfileForm, trace.profile, f"{name}: profile") from None
    if version != SCHEMA_VERSION:
        again = trace.form()
        for key in sorted(key for key in value if key not in again or value[key] != again[key]):
            raise TraceError(f"{name}: {key}", "what the rest of the trace names, in order and once", "something else")
    return trace


def _as_today(value: Any, version: str) -> Any:
    """Convert JSON values of a trace of any schema version to the current one."""
    if version == SCHEMA_VERSION:
        return value
    older = from_1_0(value) if version == "1.0" else value
    return from_1_2(older if version == "1.2" else from_1_1(older))


def redacted_of(value: Any, name: str) -> RedactedTrace:
    """Read a redacted trace from JSON values.

    Raises:
        TraceError: when they are not a redacted trace.
    """
    _expect_version(value, get_args(RedactedVersion), name)
    try:
        return RedactedTrace.model_validate(value)
    except ValidationError as error:
        raise _fault(error, RedactedTrace, value, name) from None


def _expect_version(value: Any, known: Sequence[str], name: str) -> str:
    version = value.get("schema_version") if isinstance(value, dict) else None
    if not isinstance(version, str) or version not in known:
        raise TraceError(f"{name}: schema_version", " or ".join(map(repr, known)), shown(version))
    return version


def _fault(error: ValidationError, model: type[BaseModel], value: Any, name: str) -> TraceError:
    place, expected, got = first_fault(error, model, value, kind_of)
    return TraceError(f"{name}: {place}" if place else name, expected, got)


def modified(name: str) -> TraceError:
    """The error for a trace whose digest is not correct."""
    sentence = "the trace was modified after it was written (digest mismatch)"
    return TraceError(f"{name}: digest", "the digest of the rest of the trace", "another one", sentence)
