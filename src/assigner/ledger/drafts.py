"""What a caller asks the ledger to record: who asks, why, and the content once it is known what stands there."""

from __future__ import annotations

import hashlib
import hmac
import secrets
import zlib
from collections.abc import Callable, Sequence
from typing import Any

from attrs import evolve, field, frozen

from assigner.decisions.accrual import Accrual
from assigner.errors import LedgerProofError, LedgerRuleError
from assigner.ledger.accruals import accrual_of_counts, expect_counted
from assigner.ledger.entries import (
    ArmClosed,
    Assigned,
    Confirmed,
    Content,
    Evidence,
    Overridden,
    Rejected,
    Superseded,
    Withdrawn,
    wished,
)
from assigner.ledger.rules import Counts, Participant
from assigner.profiles.profile import Profile, Role
from assigner.traces import MOST_BYTES, Trace, parse_sealed


@frozen(kw_only=True)
class Actor:
    """Who acts: a person or a service, in a role, at a site, and how the ledger's user was known to be that one."""

    name: str
    role: str
    site: str
    authenticated: str = "named by the caller"


@frozen(kw_only=True)
class Situation:
    """What stands in the ledger at the moment of an append, under its lock.

    Attributes:
        before: the participant, if the ledger knows one.
        shared: other participants who have one of the same inputs.
        others: how many other participants have each arm, by site; this is what balances arms.
    """

    before: Participant | None
    shared: tuple[str, ...]
    others: Counts

    @property
    def of(self) -> int:
        """The participant's latest entry.

        Raises:
            LedgerRuleError: when there is none.
        """
        if self.before is None:
            raise LedgerRuleError("participant", "one with an assignment in this ledger", "one without")
        return self.before.last

    def accrual(self, wish: Wish) -> Accrual:
        """The other participants, for a decision about this one."""
        return accrual_of_counts(self.others, self.before.site if self.before else wish.actor.site)


@frozen(repr=False)
class Kept:
    """A trace as the ledger keeps it: under a commitment, with the salt that opens it, compressed once."""

    commitment: str
    salt: bytes
    content: bytes

    @classmethod
    def of(cls, content: bytes, salt: bytes | None = None) -> Kept:
        """Keep some bytes, under a new salt if none is given."""
        salt = salt or secrets.token_bytes(16)
        return cls(commitment_of(content, salt), salt, zlib.compress(content, 9))

    def opened(self) -> bytes:
        """The bytes.

        Raises:
            LedgerProofError: when they are not what was committed to.
        """
        unpacker = zlib.decompressobj()
        try:
            content = unpacker.decompress(self.content, MOST_BYTES)
        except zlib.error as error:
            raise LedgerProofError(f"trace {self.commitment}", "compressed bytes", "damaged ones") from error
        if not unpacker.eof or unpacker.unused_data or commitment_of(content, self.salt) != self.commitment:
            raise LedgerProofError(f"trace {self.commitment}", "the bytes that were committed to", "others")
        return content


def commitment_of(content: bytes, salt: bytes) -> str:
    """SHA-256 of the salt and the bytes: without the salt nobody can try traces against it."""
    return hashlib.sha256(salt + content).hexdigest()


@frozen
class Made:
    """What is to be recorded, and the trace that is kept with it."""

    content: Content
    kept: Kept | None = field(default=None, repr=False)


@frozen(kw_only=True)
class Draft:
    """An entry to be appended.

    Attributes:
        request: the caller's own id of this wish: the same one is recorded once, however often it is sent.
        make: makes what is recorded from what stands there.
        inputs: digests of the participant's inputs, to be looked for at others.
    """

    actor: Actor
    reason: str
    request: str = field(factory=lambda: secrets.token_hex(16))
    participant: str | None = None
    make: Callable[[Situation], Made]
    inputs: tuple[str, ...] = ()
    allocation: str | None = None


@frozen(kw_only=True)
class Wish:
    """Who wishes an entry, why, and under which request id."""

    actor: Actor
    reason: str
    request: str = field(factory=lambda: secrets.token_hex(16))


class Names:
    """How a ledger names participants and their inputs: as they are, or keyed by the trial's secret."""

    def __init__(self, secret: bytes | None = None) -> None:
        self.secret = secret

    @property
    def key_check(self) -> str | None:
        """What shows that a secret is the trial's."""
        return None if self.secret is None else self._keyed("key check", "")[:32]

    def participant(self, id: str) -> str:
        """The participant's key in the ledger.

        Raises:
            LedgerRuleError: when the id is no text that can be written.
        """
        try:
            id.encode()
        except UnicodeEncodeError:
            raise LedgerRuleError("participant", "whole letters", "half of a surrogate pair") from None
        return id if self.secret is None else f"h{self._keyed('participant', id)[:32]}"

    def digest(self, sha256: str) -> str:
        """The digest of an input in the ledger."""
        return sha256 if self.secret is None else self._keyed("input", sha256)

    def of(self, facts: dict[str, Any]) -> dict[str, Any]:
        """What a trace says under its own names, under those of the ledger; each input once, in order."""
        inputs = sorted({self.digest(each) for each in facts["inputs"]})
        return facts | {"participant": self.participant(facts["participant"]), "inputs": inputs}

    def _keyed(self, what: str, text: str) -> str:
        return hmac.new(self.secret or b"", f"assigner ledger {what}\0{text}".encode(), hashlib.sha256).hexdigest()


_OF_A_PERSON = frozenset(role.value for role in Role)
"""The roles of files that are one participant's alone; regions and a pack serve any number of them."""


def facts_of(trace: Trace) -> dict[str, Any]:
    """What an entry repeats of a trace, under the trace's own names."""
    return {
        "participant": trace.participant,
        "category": trace.category,
        "provisional": trace.provisional,
        "reasons": [reason.code.value for reason in trace.reasons if reason.policy == "review"],
        "inputs": [each.own for each in trace.inputs if each.role in _OF_A_PERSON],
        "rule_set": trace.rule_set.digest,
        "software": f"{trace.software.name} {trace.software.version}",
    }


def assign(wish: Wish, names: Names, written: bytes, *, allocation: str | None = None, newer: bool = False) -> Draft:
    """Record the result of a trace; of newer data, when the participant has one already.

    A trace that rests on an accrual is recorded only if that is what the ledger counts at this moment.

    Args:
        wish: who wishes it, and why.
        names: how the ledger names participants.
        written: the trace's canonical bytes.
        allocation: the allocation or kit number, if the trial has such.
        newer: whether it replaces what stands there.

    Raises:
        TraceError: when it is no intact trace in canonical form.
    """
    worked = _Worked.of(written, names)
    draft = _draft(wish, worked.facts["participant"], lambda now: worked.made(now, wish, allocation, newer=newer))
    return evolve(draft, inputs=tuple(worked.facts["inputs"]), allocation=allocation)


def decide(wish: Wish, names: Names, profile: Profile, decided: Callable[[Accrual], bytes]) -> Draft:
    """Record a first result that is worked out under the lock, from the participants whom the ledger has then.

    Args:
        wish: who wishes it, and why.
        names: how the ledger names participants.
        profile: of the participant.
        decided: gives the trace's canonical bytes.
    """

    def make(now: Situation) -> Made:
        return _Worked.of(decided(now.accrual(wish)), names).made(now, wish, None, newer=False)

    inputs = sorted({names.digest(each.own) for each in profile.inputs if each.role in _OF_A_PERSON})
    return evolve(_draft(wish, names.participant(profile.participant), make), inputs=tuple(inputs))


@frozen
class _Worked:
    """A trace, and what an entry says of it."""

    facts: dict[str, Any]
    kept: Kept
    accrual: Accrual | None

    @classmethod
    def of(cls, written: bytes, names: Names) -> _Worked:
        trace = parse_sealed(written)
        return cls(names.of(facts_of(trace)), Kept.of(written), trace.accrual)

    def made(self, now: Situation, wish: Wish, allocation: str | None, *, newer: bool) -> Made:
        expect_counted(self.accrual, now.accrual(wish))
        told = {key: value for key, value in self.facts.items() if key != "participant"}
        told |= {"trace": self.kept.commitment, "allocation": allocation, "alarms": list(now.shared)}
        made = wished(Superseded, told | {"of": now.of}) if newer else wished(Assigned, told)
        return Made(made, self.kept)


def confirm(wish: Wish, participant: str) -> Draft:
    """Accept what waits for a person: the proposed category becomes the arm."""
    return _draft(wish, participant, lambda now: Made(Confirmed(of=now.of)))


def reject(wish: Wish, participant: str) -> Draft:
    """Refuse what waits for a person."""
    return _draft(wish, participant, lambda now: Made(Rejected(of=now.of)))


def override(wish: Wish, participant: str, arm: str, evidence: Sequence[Evidence]) -> Draft:
    """Give another arm, on evidence from outside."""
    told = {"arm": arm, "grade": "external", "evidence": list(evidence)}
    return _draft(wish, participant, lambda now: Made(wished(Overridden, told | {"of": now.of})))


def withdraw(wish: Wish, participant: str) -> Draft:
    """Record that a participant leaves."""
    return _draft(wish, participant, lambda now: Made(Withdrawn(of=now.of)))


def close_arm(wish: Wish, arm: str) -> Draft:
    """Let no more participants enter an arm.

    Raises:
        LedgerRuleError: when no arm can have such a name.
    """
    return of_trial(wish, wished(ArmClosed, {"closed": arm}))


def of_trial(wish: Wish, content: Content) -> Draft:
    """An entry about the trial itself."""
    return _draft(wish, None, lambda _: Made(content))


def _draft(wish: Wish, participant: str | None, make: Callable[[Situation], Made]) -> Draft:
    return Draft(actor=wish.actor, reason=wish.reason, request=wish.request, participant=participant, make=make)
