"""The entries of a ledger: closed kinds, and one canonical form of bytes that everything else is derived from."""

from __future__ import annotations

from typing import Annotated, Any, Literal, TypeVar

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, StringConstraints

from assigner.canonical import canonical
from assigner.errors import LedgerProofError, LedgerRuleError, kind_of, shown
from assigner.strict import loosely_keyed, validated, whole_json_in

SCHEMA_VERSION: Literal["ledger-1.0"] = "ledger-1.0"
MOST_BYTES = 256_000
"""The most bytes of one entry."""


def _one_line(text: str) -> str:
    if text != text.strip() or not text.isprintable():
        raise ValueError("one line of printable text")
    return text


Line = Annotated[str, Field(min_length=1, max_length=500), AfterValidator(_one_line)]
Token = Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9][A-Za-z0-9._:/@+-]{0,99}$")]
Digest = Annotated[str, StringConstraints(pattern=r"^[0-9a-f]{64}$")]
Nonce = Annotated[str, StringConstraints(pattern=r"^[0-9a-f]{32}$")]
Moment = Annotated[str, StringConstraints(pattern=r"^\d{4}-\d\d-\d\dT\d\d:\d\d:(?:[0-5]\d|60)\.\d{6}Z$")]
Count = Annotated[int, Field(ge=0, lt=2**53)]

Kind = Literal[
    "opened", "assigned", "confirmed", "rejected", "overridden", "superseded", "withdrawn", "arm_closed",
    "rules_changed", "clock_event", "exported"
]  # fmt: skip
"""What an entry records."""


class LedgerRecord(BaseModel):
    """A part of an entry; unknown fields and loose types are refused."""

    model_config = ConfigDict(extra="forbid", frozen=True, strict=True)


Record = TypeVar("Record", bound=LedgerRecord)


def wished(model: type[Record], told: dict[str, Any]) -> Record:
    """A part of an entry, made of what somebody wishes.

    Raises:
        LedgerRuleError: when no entry can say so.
    """
    return validated(model, told, LedgerRuleError)


class Signature(LedgerRecord):
    """Who approved a rule set, and the Ed25519 key that showed it."""

    signer: Line
    key: Digest


class AdmittedRules(LedgerRecord):
    """A rule set under which participants may be assigned."""

    id: Line
    version: Line
    digest: Digest
    approvals: list[Signature]


class Arm(LedgerRecord):
    """An arm of the trial: a category, its intervention, and how many participants it takes; None for no limit."""

    id: Token
    name: Line
    intervention: Line
    size: Count | None


class Role(LedgerRecord):
    """A role of the trial: whether arms are hidden from it, and which kinds of entries it may make."""

    id: Token
    blinded: bool
    may: list[Kind]


class Opened(LedgerRecord):
    """The trial as it begins.

    Attributes:
        participants: whether participants' ids stand as they are, or keyed by HMAC-SHA-256.
        key_check: shows whether a key is the trial's, without telling it.
    """

    kind: Literal["opened"] = "opened"
    trial: Line
    protocol: Line
    rule_sets: Annotated[list[AdmittedRules], Field(min_length=1)]
    sites: Annotated[list[Token], Field(min_length=1)]
    roles: Annotated[list[Role], Field(min_length=1)]
    arms: Annotated[list[Arm], Field(min_length=1)]
    participants: Literal["plain", "hmac-sha256"]
    key_check: Nonce | None


class Result(LedgerRecord):
    """What a trace says, as far as the ledger needs it.

    Attributes:
        trace: the commitment to the trace's bytes, under a salt that stands beside them.
        category: the rule set's category; None in review.
        provisional: in review, the category that the evidence alone would give, if any.
        reasons: codes of the reasons for review.
        inputs: SHA-256 of each input; keyed like participants' ids when the trial asks.
        rule_set: digest of the rule set that decided.
        software: version of assigner that decided.
        allocation: the allocation or kit number, if the trial has such.
        alarms: other participants who have one of the same inputs.
    """

    trace: Digest
    category: Token | None
    provisional: Token | None
    reasons: list[Token]
    inputs: list[Digest]
    rule_set: Digest
    software: Line
    allocation: Token | None
    alarms: list[Token]


class Assigned(Result):
    """The first result of a participant."""

    kind: Literal["assigned"] = "assigned"


class Superseded(Result):
    """A result of newer data, which replaces what stood before."""

    kind: Literal["superseded"] = "superseded"
    of: Count


class Confirmed(LedgerRecord):
    """A person accepts what waits for review: the proposed category becomes the arm."""

    kind: Literal["confirmed"] = "confirmed"
    of: Count


class Rejected(LedgerRecord):
    """A person refuses what waits for review: there is no arm."""

    kind: Literal["rejected"] = "rejected"
    of: Count


class Evidence(LedgerRecord):
    """A document that an override rests on, by its digest."""

    what: Line
    sha256: Digest


class Overridden(LedgerRecord):
    """A named person gives another category, on evidence from outside."""

    kind: Literal["overridden"] = "overridden"
    of: Count
    arm: Token
    grade: Literal["external"]
    evidence: Annotated[list[Evidence], Field(min_length=1)]


class Withdrawn(LedgerRecord):
    """The participant leaves; the arm stays as it was, and counts."""

    kind: Literal["withdrawn"] = "withdrawn"
    of: Count


class ArmClosed(LedgerRecord):
    """No more participants enter an arm."""

    kind: Literal["arm_closed"] = "arm_closed"
    closed: Token


class RulesChanged(LedgerRecord):
    """The rule sets that are admitted from now on."""

    kind: Literal["rules_changed"] = "rules_changed"
    rule_sets: Annotated[list[AdmittedRules], Field(min_length=1)]


class ClockEvent(LedgerRecord):
    """The clock went back: the latest time that was recorded, and the earlier one that follows it."""

    kind: Literal["clock_event"] = "clock_event"
    before: Moment
    now: Moment


class Exported(LedgerRecord):
    """A copy left the ledger: in which form, of how many entries, for whom, and its digest where it has one."""

    kind: Literal["exported"] = "exported"
    form: Token
    size: Count
    recipient: Line
    sha256: Digest | None


Content = (
    Opened
    | Assigned
    | Confirmed
    | Rejected
    | Overridden
    | Superseded
    | Withdrawn
    | ArmClosed
    | RulesChanged
    | ClockEvent
    | Exported
)
OfParticipant = Assigned | Confirmed | Rejected | Overridden | Superseded | Withdrawn


class Entry(LedgerRecord):
    """One entry: who did what, when, where and why.

    Attributes:
        origin: the name of the ledger, as in its checkpoints.
        seq: its place, from 0; the order of entries, whatever the clocks say.
        prev: the hash of the entry before; None for the first.
        request: an id that the caller chose; the same one is never recorded twice.
        at: UTC, as the writer's or the server's clock said.
        monotonic: milliseconds of the writer's monotonic clock.
        authenticated: how the actor was known.
        nonce: random, so that nobody can guess the entry from its hash.
        revision: the participant's entries, counted from 1.
        enrolled: the site of the participant's first entry.
        arm: the participant's arm after this entry.
        was: the participant's arm before it.
    """

    schema_version: Literal["ledger-1.0"]
    origin: Line
    seq: Count
    prev: Digest | None
    request: Token
    at: Moment
    monotonic: Count
    actor: Line
    role: Token
    site: Token
    authenticated: Line
    reason: Line
    nonce: Nonce
    participant: Token | None
    revision: Annotated[int, Field(ge=1)] | None
    enrolled: Token | None
    arm: Token | None
    was: Token | None
    content: Annotated[Content, Field(discriminator="kind")]

    @property
    def kind(self) -> Kind:
        """What it records."""
        return self.content.kind

    def to_bytes(self) -> bytes:
        """The canonical JSON (RFC 8785) that is stored, hashed and proved."""
        return canonical(self.model_dump(mode="json"))


def parse_entry(body: bytes | str, name: str = "entry") -> Entry:
    """Read an entry from its canonical bytes.

    What is right is known to be so from fewer steps; all else is read step by step, for its error.

    Raises:
        LedgerProofError: when they are no entry of a known version, or not its canonical form.
    """
    written = body.encode("utf-8", "surrogatepass") if isinstance(body, str) else body
    found = _canonical_entry(written)
    if found is not None:
        return found
    value = json_of(written, name, MOST_BYTES)
    version = value.get("schema_version") if isinstance(value, dict) else None
    if version != SCHEMA_VERSION:
        raise LedgerProofError(f"{name}: schema_version", repr(SCHEMA_VERSION), shown(version))
    entry = validated(Entry, value, LedgerProofError, name, kind_of)
    if entry.to_bytes() != written:
        raise LedgerProofError(name, "canonical JSON (RFC 8785)", "other bytes of the same values")
    return entry


def _canonical_entry(written: bytes) -> Entry | None:
    """The entry of canonical bytes; None where they may be anything else."""
    if len(written) > MOST_BYTES:
        return None
    try:
        value = loosely_keyed(written)
        entry = Entry.model_validate(value)
        is_canonical = canonical(value) == written  # an entry has no field that may be left out: these are its values
    except (ValueError, RecursionError):
        return None
    return entry if is_canonical else None


def json_of(written: bytes, name: str, most: int) -> Any:
    """JSON with each key once and no floats, of at most so many bytes.

    Raises:
        LedgerProofError: when it is not.
    """
    if len(written) > most:
        raise LedgerProofError(name, f"at most {most} bytes", str(len(written)))
    return whole_json_in(written, name, "an entry", "whole numbers", LedgerProofError)
