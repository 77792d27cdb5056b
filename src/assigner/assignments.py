"""From a profile and a rule set to an assignment: pure, total, deterministic."""

from __future__ import annotations

import enum
from functools import cached_property
from typing import TYPE_CHECKING, Any, assert_never

from attrs import field, fields, frozen

from assigner.__about__ import VERSION
from assigner.decisions.contests import Terms
from assigner.decisions.decision import Decision, decide
from assigner.decisions.grades import Grade
from assigner.decisions.reasons import Facts, RaisedReason, doubted, raise_reasons
from assigner.decisions.scores import Score, score
from assigner.decisions.stability import Stability, StabilityOf, stability_of
from assigner.errors import expect_a
from assigner.evidence.alike import Alike
from assigner.evidence.answers import Found, find
from assigner.evidence.circumstances import Circumstances
from assigner.evidence.findings import Finding
from assigner.evidence.flags import Flag, raise_flags
from assigner.profiles.profile import Profile
from assigner.rules import Rules
from assigner.rules.panels import panel_of
from assigner.rules.schema import sends_to_review
from assigner.traces.seals import SCHEMA_VERSION, sealed
from assigner.traces.writing import basis_record, records_of, score_records

if TYPE_CHECKING:
    from assigner.decisions.accrual import Accrual
    from assigner.decisions.counterfactuals import Changes
    from assigner.traces.documents import Trace


class Outcome(enum.StrEnum):
    """What an assignment comes to."""

    ASSIGNED = "assigned"
    REVIEW = "review"


@frozen(kw_only=True, slots=False, repr=False)
class Assignment:
    """The one outcome of a participant under a rule set.

    Attributes:
        outcome: `assigned`, or `review` when at least one reason asks for it.
        category: the category; None in review.
        provisional: in review, the category that the evidence alone would give, if any.
        intervention: the category's intervention; None in review.
        reasons: all reasons raised, those that are only noted included.
        decision: how the category came about.
        accrual: the participants so far, as the caller gave them.
        stability: how often the category comes out again when the weights of scores are drawn again; None where the
            rule set does not ask, or no score had a part.
    """

    outcome: Outcome
    category: str | None
    provisional: str | None
    intervention: str | None
    reasons: tuple[RaisedReason, ...]
    decision: Decision
    scores: tuple[Score, ...]
    flags: tuple[Flag, ...]
    profile: Profile
    rules: Rules
    accrual: Accrual | None = None
    stability: Stability | None = None
    _found: Found = field(eq=False)

    @property
    def grade(self) -> Grade | None:
        """How strong the ground of the category is, assigned or provisional."""
        return self.decision.grade

    @property
    def is_assigned(self) -> bool:
        """Whether there is a category, and an intervention, and no person must look first."""
        match self.outcome:
            case Outcome.ASSIGNED:
                return True
            case Outcome.REVIEW:
                return False
            case _:
                assert_never(self.outcome)

    @property
    def findings(self) -> tuple[Finding, ...]:
        """All that was found: true, false and unknown."""
        return self._found.all

    @cached_property
    def trace(self) -> Trace:
        """The audit trace, its records typed."""
        from assigner.traces.documents import Trace

        return Trace.model_validate_json(self.trace_bytes)

    @cached_property
    def trace_bytes(self) -> bytes:
        """The audit trace as it is written, in canonical JSON; equal inputs give equal bytes."""
        return _trace(self)

    def __repr__(self) -> str:
        came = f"outcome={self.outcome.value!r}, category={self.category!r}, provisional={self.provisional!r}"
        return f"Assignment(participant={self.profile.participant!r}, {came}, ...)"

    def __getstate__(self) -> dict[str, Any]:
        """What it holds, without what is derived from it."""
        return {each.name: getattr(self, each.name) for each in fields(type(self))}

    @cached_property
    def changes(self) -> Changes:
        """What would change the decision; it is found when first asked for, and is no part of the trace."""
        from assigner.decisions.counterfactuals import changes

        who, digest = self.profile.participant, self.rules.digest
        return changes(self.findings, self.rules.content, participant=who, digest=digest, accrual=self.accrual)


def assign_alike(profile: Profile, rules: Rules, alike: Alike) -> Assignment:
    """As `assign`, of one participant of a run: what earlier ones had too is not worked out again."""
    return concluded(profile, find(profile, rules, alike), rules)


def assign(profile: Profile, rules: Rules, accrual: Accrual | None = None) -> Assignment:
    """Assign a participant to the category that the evidence points to.

    Every profile gives an assignment; none raises. The profile must have been read, or built, for these rules.

    Args:
        profile: what is known of the participant's genome.
        rules: the rule set.
        accrual: the participants so far; a protocol that balances its arms, or fills them, needs it.

    Raises:
        InputError: when the accrual does not fit the rule set, or a value is of another kind.
    """
    expect_a(Profile, profile, "profile", "read_profile")
    expect_a(Rules, rules, "rules", "read_rules")
    if accrual is not None:
        accrual.expect_for(rules.content)
    return concluded(profile, find(profile, rules), rules, accrual=accrual)


def concluded(
    profile: Profile,
    found: Found,
    rules: Rules,
    *,
    accrual: Accrual | None = None,
    drawn_under: str | None = None,
    stability: StabilityOf = stability_of,
) -> Assignment:
    """What all that was found of a profile under a rule set comes to.

    Args:
        profile: what is known of the participant's genome.
        found: what every criterion answers to it.
        rules: the rule set.
        accrual: the participants so far, which fit the rule set.
        drawn_under: the digest under which a tie-break draws lots, that of the rule set when not given.
        stability: says how stable a category is that rests on scores; a forecast has no genotypes and says it itself.
    """
    content = rules.content
    scores = score(found, content)
    digest = drawn_under or rules.digest
    decision = decide(found, content, participant=profile.participant, digest=digest, accrual=accrual)
    flags = raise_flags(profile, found, rules)
    panel = panel_of(rules, profile.build)
    terms = Terms.of(content, profile.participant, digest, accrual)
    stable = stability(decision, found, terms, profile, panel, digest)
    reasons = raise_reasons(
        Facts(
            profile=profile,
            content=content,
            decision=decision,
            flags=flags,
            doubted=doubted(profile, found.contents, panel),
            accrual=accrual,
            stability=stable,
        )
    )
    review = any(sends_to_review(raised.policy) for raised in reasons)
    chosen = None if review else decision.category
    interventions = {category.id: category.intervention for category in content.categories}
    return Assignment(
        outcome=Outcome.ASSIGNED if chosen else Outcome.REVIEW,
        category=chosen,
        provisional=decision.category if review else None,
        intervention=interventions[chosen] if chosen else None,
        reasons=reasons,
        decision=decision,
        scores=scores,
        flags=flags,
        profile=profile,
        rules=rules,
        accrual=accrual,
        stability=stable,
        found=found,
    )


def _trace(made: Assignment) -> bytes:
    profile, content, decision = made.profile, made.rules.content, made.decision
    records = records_of(made.rules, Circumstances.of(profile))
    plain = {
        "schema_version": SCHEMA_VERSION,
        "participant": profile.participant,
        "outcome": made.outcome.value,
        "category": made.category,
        "provisional": made.provisional,
        "intervention": made.intervention,
        "grade": decision.grade and decision.grade.value,
        "basis": basis_record(decision),
        "reasons": [{"code": r.reason.value, "policy": r.policy, "because": r.because} for r in made.reasons],
        "settled": decision.settled,
        "overturn_risk_ppm": decision.overturn_risk_ppm,
        "answered": decision.settlement.answered.value,
        "scores": score_records(made.scores, decision, content),
        "assumptions": list(profile.assumptions),
        "checks": [{"name": c.name, "result": c.result, "evidence": c.evidence} for c in profile.checks],
        "accrual": made.accrual and made.accrual.form,
        "inputs": [
            {"role": i.role, "sha256": i.sha256, "size": i.size, "container": i.container}
            | ({} if i.part is None else {"part": i.part})
            for i in profile.inputs
        ],
        "rule_set": {
            "id": content.rule_set.id,
            "version": content.rule_set.version,
            "status": content.rule_set.status,
            "digest": made.rules.digest,
            "files": dict(made.rules.files),
        },
        "software": {"name": "assigner", "version": VERSION},
    }
    if made.stability is not None:
        plain["stability"] = {"redraws": made.stability.redraws, "same": made.stability.same}
    written = {
        **records.of_findings(made._found, decision.settlement),
        "flags": records.of_flags(made.flags),
        **records.of_places(profile, made._found),
        "profile": records.of_profile(profile, made._found),
    }
    return sealed(plain, written)
