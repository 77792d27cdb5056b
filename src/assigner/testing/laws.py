"""The laws that every assignment obeys, whatever the rule set.

A law is checked on a participant, on one of whom more becomes known, or on a VCF and the profile that it means. It
raises an AssertionError that says what is broken; it uses no `assert`, so it works under `python -O` too.
"""

from __future__ import annotations

import json
import tempfile
from collections import defaultdict
from collections.abc import Callable
from pathlib import Path
from typing import Any, Literal, NoReturn

from attrs import evolve, frozen

from assigner.assignments import Assignment, Outcome, assign
from assigner.audits.verification import Answer, Evidence, verify
from assigner.decisions.contests import Terms, reaches
from assigner.decisions.decision import decide
from assigner.decisions.reasons import Reason, row_of
from assigner.evidence.findings import CERTAIN, Finding, Findings
from assigner.genome.builds import Build
from assigner.profiles.forms import profile_of
from assigner.profiles.profile import Profile
from assigner.profiles.written import form_of
from assigner.rules import Rules
from assigner.rules.schema import TieBreak
from assigner.testing.files import VcfFile
from assigner.testing.variations import (
    in_reverse,
    listed_only,
    on_build,
    relabelled,
    renamed,
    renaming,
    reordered,
    reversed_profile,
    silent,
    with_gene_for,
    without_flags,
)
from assigner.traces import read_redacted
from assigner.truth import Truth
from assigner.vcf.reading import read_profile

Of = Literal["participant", "learning", "file"]
Check = Callable[..., None]


@frozen
class Law:
    """One law.

    Attributes:
        name: what it says, as a name.
        says: the same as a sentence.
        of: what it is checked on: a `participant`, one before and after `learning` more, or a `file`.
        check: raises an AssertionError when it is broken, called with the rule set and what it is checked on.
        not_with: the tie-breaks under which it does not hold.
    """

    name: str
    says: str
    of: Of
    check: Check
    not_with: frozenset[TieBreak]

    def does_not_ask(self, rules: Rules) -> str | None:
        """Why the law does not hold for a rule set, if so."""
        decision = rules.content.decision
        drawn: set[TieBreak] = {"seeded"} if decision.otherwise and decision.otherwise.allocates else set()
        met = sorted(self.not_with & ({*decision.tie_breaks} | drawn))
        return f"does not hold with the tie-break {' or '.join(met)}" if met else None


_DECLARED: list[Law] = []


def _law(of: Of, *not_with: TieBreak) -> Callable[[Check], Check]:
    def declared(check: Check) -> Check:
        said = (check.__doc__ or "").strip()
        _DECLARED.append(Law(check.__name__, said, of, check, frozenset(not_with)))
        return check

    return declared


def _expect(holds: bool, *facts: object) -> None:
    if not holds:
        raise AssertionError("; ".join(map(str, facts)))


def _alike(one: Any, other: Any, *path: str) -> None:
    """Expect two values to be equal; of two mappings, say only where they differ."""
    if isinstance(one, dict) and isinstance(other, dict):
        for key in sorted(one.keys() | other.keys()):
            _alike(one.get(key), other.get(key), *path, key)
    else:
        _expect(one == other, f"{'.'.join(path)}: expected {one}".removeprefix(": "), f"got {other}")


def _decided(made: Assignment) -> dict[str, Any]:
    """What was decided, whatever the order in which the rule set has its parts."""
    decision = made.decision
    return {
        "outcome": made.outcome.value,
        "category": made.category,
        "provisional": made.provisional,
        "grade": made.grade,
        "basis": (decision.basis.value, decision.tier, decision.settled, decision.overturn_risk_ppm),
        "reasons": [raised.reason.value for raised in made.reasons],
        "scores": {score.category: (score.tiers, score.genes) for score in made.scores},
        "standings": {s.category: (s.verdict.value, s.tier, s.points) for s in decision.standings},
        "flags": {flag.id: flag.truth.value for flag in made.flags},
    }


# ------------------------------------------------------------------------------------------------------ what is decided


@_law("participant")
def there_is_exactly_one_outcome(rules: Rules, profile: Profile) -> None:
    """Either one category of the rule set with its own intervention, or a review with a reason and no intervention."""
    made = assign(profile, rules)
    interventions = {category.id: category.intervention for category in rules.content.categories}
    if made.outcome is Outcome.ASSIGNED:
        _expect(made.category in interventions, f"assigned to {made.category}")
        _alike(interventions[str(made.category)], made.intervention)
        _alike((None, made.category), (made.provisional, made.decision.category))
    else:
        _alike(None, made.category)
        _alike(made.decision.category, made.provisional)
        _expect(bool(made.reasons), "a review without a reason")


@_law("participant")
def a_review_has_no_intervention(rules: Rules, profile: Profile) -> None:
    """An intervention is named when, and only when, the outcome is an assignment."""
    made = assign(profile, rules)
    _expect((made.outcome is Outcome.REVIEW) == (made.intervention is None), made.outcome, made.intervention)


@_law("participant")
def policy_alone_asks_for_review(rules: Rules, profile: Profile) -> None:
    """It is a review if and only if a raised reason's policy says so; each reason comes once, in a fixed order."""
    made = assign(profile, rules)
    raised = [each.reason for each in made.reasons]
    _alike([reason for reason in Reason if reason in raised], raised)
    for each in made.reasons:
        _alike(row_of(each.reason).policy(rules.content.decision), each.policy)
    _alike(any(each.policy == "review" for each in made.reasons), made.outcome is Outcome.REVIEW)


@_law("participant")
def every_category_gets_its_reason(rules: Rules, profile: Profile) -> None:
    """Every category has one standing and one sentence in the trace, chosen or not."""
    made, names = assign(profile, rules), [category.id for category in rules.content.categories]
    _alike(names, [standing.category for standing in made.decision.standings])
    _alike(names, [score.category for score in made.trace.scores if score.because])


@_law("participant")
def no_category_wins_without_evidence(rules: Rules, profile: Profile) -> None:
    """The category chosen has points that reach the minimum of a tier that may decide."""
    made = assign(profile, rules)
    for score in made.scores:
        if score.category == made.decision.category:
            points = [span.known for span in score.tiers]
            least = Terms.of(rules.content, profile.participant, rules.digest).least_to_win
            _expect(reaches(points, least), f"{score.category} won with {points}")


@_law("participant")
def points_add_up(rules: Rules, profile: Profile) -> None:
    """A category has its shares of the strongest finding of each gene and tier, as far as known, up to the cap."""
    made, shares = assign(profile, rules), rules.content.shares_of
    strongest: dict[tuple[int, str], int] = defaultdict(int)
    for finding in made.findings:
        known = finding.strength if finding.truth is Truth.TRUE else finding.at_least or 0
        place = finding.tier, finding.gene
        strongest[place] = max(strongest[place], known)
    for score in made.scores:
        for tier, span in zip(rules.content.decision.tiers, score.tiers, strict=True):
            own = [
                strength * shares.get(gene, {}).get(score.category, 0) // 1000
                for (at, gene), strength in strongest.items()
                if at == tier.tier
            ]
            _alike(sum(own) if tier.cap is None else min(sum(own), tier.cap), span.known)
            _expect(span.least <= span.known <= span.most, f"{score.category} in tier {tier.tier}", span)


@_law("participant")
def flags_never_change_a_score(rules: Rules, profile: Profile) -> None:
    """Without mimics, therapies and stratification, findings and scores are the same."""
    made, bare = assign(profile, rules), assign(profile, without_flags(rules))
    _alike((bare.findings, bare.scores), (made.findings, made.scores))


@_law("participant")
def more_evidence_never_loses_a_category(rules: Rules, profile: Profile) -> None:
    """One gene more that speaks for the chosen category alone, in any tier, leaves it chosen."""
    made = assign(profile, rules)
    chosen, name = made.decision.category, "one more"
    if chosen is None:
        return
    content = with_gene_for(rules.content, chosen, name)
    for tier in rules.content.decision.tiers:
        more = Finding(
            criterion="more", gene=name, loci=(name,), truth=Truth.TRUE, tier=tier.tier, strength=max(1, tier.margin)
        )
        findings = Findings.of((*made.findings, more), content)
        again = decide(findings, content, participant=profile.participant, digest=rules.digest)
        _expect(again.category == chosen, f"{chosen} lost to {again.category} by more evidence in tier {tier.tier}")


# ----------------------------------------------------------------------------------------- what must make no difference


@_law("participant")
def same_inputs_give_the_same_bytes(rules: Rules, profile: Profile) -> None:
    """The same profile and rule set give the same trace, byte for byte."""
    one, other = assign(profile, rules), assign(evolve(profile), rules)
    _expect(one.trace_bytes == other.trace_bytes, "two traces of one profile differ")
    _expect(one.trace.to_bytes() == one.trace_bytes, "the typed trace has other bytes")


@_law("participant")
def the_order_of_what_is_known_does_not_matter(rules: Rules, profile: Profile) -> None:
    """A profile written in the reverse order gives the same trace, byte for byte."""
    one, other = assign(profile, rules), assign(reversed_profile(profile), rules)
    _expect(one.trace_bytes == other.trace_bytes, "the reverse order gives another trace")


@_law("participant", "seeded")
def the_order_of_the_rules_does_not_matter(rules: Rules, profile: Profile) -> None:
    """Criteria, genes, alleles, repeats, markers and flags in the reverse order give the same decision."""
    _alike(_decided(assign(profile, rules)), _decided(assign(profile, in_reverse(rules))))


@_law("participant", "seeded", "category_order")
def the_order_of_the_categories_does_not_matter(rules: Rules, profile: Profile) -> None:
    """Categories in the reverse order give the same decision."""
    _alike(_decided(assign(profile, rules)), _decided(assign(profile, reordered(rules))))


@_law("participant", "seeded")
def the_names_of_the_categories_do_not_matter(rules: Rules, profile: Profile) -> None:
    """With every category renamed to the next one's name, the new name comes out, with the same intervention."""
    made, other, names = assign(profile, rules), assign(profile, renamed(rules)), renaming(rules)
    _alike(names.get(made.category or ""), other.category)
    _alike(names.get(made.provisional or ""), other.provisional)
    _alike(made.intervention, other.intervention)
    _alike({names[s.category]: (s.tiers, s.genes) for s in made.scores}, _decided(other)["scores"])


@_law("participant", "seeded")
def a_participant_s_id_decides_nothing(rules: Rules, profile: Profile) -> None:
    """Another id for the participant gives the same decision, unless the rule set breaks ties by id."""
    other = evolve(profile, participant="another id" if profile.participant != "another id" else "an id")
    _alike(_decided(assign(profile, rules)), _decided(assign(other, rules)))


@_law("participant")
def labels_and_checks_decide_nothing(rules: Rules, profile: Profile) -> None:
    """Labels, assumptions, checks and inputs are written into the trace and decide nothing."""
    _alike(_decided(assign(profile, rules)), _decided(assign(relabelled(profile), rules)))


@_law("participant")
def both_builds_are_decided_alike(rules: Rules, profile: Profile) -> None:
    """The same listed alleles, markers and repeats on the other build give the same decision."""
    here = listed_only(profile)
    for build in Build:
        _alike(_decided(assign(here, rules)), _decided(assign(on_build(here, rules, build), rules)))


# ---------------------------------------------------------------------------------------------- unknown and known later


@_law("participant")
def silence_is_unknown(rules: Rules, profile: Profile) -> None:
    """When nothing is known, no finding is true or false, and no category is chosen but by an allocation."""
    made = assign(silent(profile), rules)
    known = [f"{finding.criterion} {finding.loci} is {finding.truth}" for finding in made.findings]
    _expect(all(finding.truth is Truth.UNKNOWN for finding in made.findings), *known[:3])
    _expect(made.decision.category is None or made.decision.basis.is_allocation, f"chose {made.decision.category}")


@_law("learning")
def unknown_is_never_reference(rules: Rules, less: Profile, more: Profile) -> None:
    """What was true or false stays so when more is learnt, except where a variant then counts more strongly."""
    before, after = assign(less, rules).findings, assign(more, rules).findings
    _alike([(f.criterion, f.gene) for f in before], [(f.criterion, f.gene) for f in after])
    for was, now in zip(before, after, strict=True):
        unchanged = was.truth in (Truth.UNKNOWN, now.truth) or was.revocable
        _expect(unchanged, f"{was.criterion} of {was.gene} was {was.truth} ({was.shown}), is {now.truth} ({now.shown})")


@_law("learning")
def what_is_learnt_never_overturns_a_settled_decision(rules: Rules, less: Profile, more: Profile) -> None:
    """Whatever is learnt of what was unknown, a settled decision stays the same."""
    before, after = assign(less, rules).decision, assign(more, rules).decision
    _expect(not before.settled or before.category == after.category, f"{before.category} became {after.category}")


@_law("learning")
def scores_stay_within_their_bounds(rules: Rules, less: Profile, more: Profile) -> None:
    """Whatever is learnt, a category's points stay between the least and the most that were given before."""
    for was, now in zip(assign(less, rules).scores, assign(more, rules).scores, strict=True):
        for tier, (bounds, span) in enumerate(zip(was.tiers, now.tiers, strict=True), start=1):
            _expect(bounds.least <= span.known <= bounds.most, f"{was.category} in tier {tier}", bounds, span)


@_law("participant")
def a_settled_decision_has_no_risk(rules: Rules, profile: Profile) -> None:
    """Settled means that nothing could overturn it; the risk is a chance in parts per million."""
    decision = assign(profile, rules).decision
    _alike(decision.settled, not decision.decisive)
    _expect(0 <= decision.overturn_risk_ppm <= CERTAIN, decision.overturn_risk_ppm)
    _expect(not decision.settled or decision.overturn_risk_ppm == 0, decision.overturn_risk_ppm)


@_law("participant")
def what_is_named_to_test_settles(rules: Rules, profile: Profile) -> None:
    """If all that is named to test is found absent, the decision is settled and the same."""
    made = assign(profile, rules)
    tested = set(made.decision.to_test.findings)
    absent = (evolve(f, truth=Truth.FALSE) if f in tested else f for f in made.findings)
    findings = Findings.of(absent, rules.content)
    again = decide(findings, rules.content, participant=profile.participant, digest=rules.digest)
    _expect(again.settled and again.category == made.decision.category, again.category, again.decisive)


# ------------------------------------------------------------------------------------------------------ trace and files


def _no_float(text: str) -> NoReturn:
    raise AssertionError(f"a float stands in the trace: {text}")


@_law("participant")
def a_trace_holds_no_float(rules: Rules, profile: Profile) -> None:
    """Every number in a trace is whole."""
    json.loads(assign(profile, rules).trace_bytes, parse_float=_no_float, parse_constant=_no_float)


@_law("participant")
def a_trace_is_intact_and_verifies(rules: Rules, profile: Profile) -> None:
    """The trace has its own digest, and recomputing it from its bytes gives the same."""
    made = assign(profile, rules)
    _expect(made.trace.is_intact, "the trace does not have its own digest")
    found = verify(made.trace_bytes, Evidence(rules=(rules,)))
    _expect(found.answer is Answer.REPRODUCED, found.answer, found.why, *found.differences[:3])


@_law("participant")
def a_profile_survives_its_form(rules: Rules, profile: Profile) -> None:
    """The profile in the trace, read again, is the same and gives the same decision."""
    again = profile_of(form_of(profile), rules)
    _alike(form_of(profile), form_of(again))
    _alike(_decided(assign(profile, rules)), _decided(assign(again, rules)))


@_law("participant")
def a_redacted_trace_opens_and_verifies(rules: Rules, profile: Profile) -> None:
    """A redacted trace is intact, opens to the whole one, and verifies with its openings."""
    trace, secret = assign(profile, rules).trace, bytes(range(32))
    openings, redacted = trace.openings(secret), read_redacted(trace.redact(secret).to_bytes())
    _expect(redacted.is_intact, "the redacted trace does not have its own digest")
    _expect(redacted.opened(openings).to_bytes() == trace.to_bytes(), "it opens to another trace")
    found = verify(redacted.to_bytes(), Evidence(rules=(rules,), openings=openings))
    _expect(found.answer is Answer.REPRODUCED, found.answer, found.why, *found.differences[:3])


@_law("file")
def a_file_means_its_profile(rules: Rules, file: VcfFile) -> None:
    """A VCF is read as the calls that were written, and gives the decision of the profile that it means."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / f"{file.profile.participant}.vcf"
        path.write_bytes(file.content)
        read = read_profile(path, rules, absent="reference")
    for variant, call in file.profile.alleles.items():
        _alike((variant, call.carries), (variant, read.call(variant).carries))
    _alike(_decided(assign(file.profile, rules)), _decided(assign(read, rules)))


LAWS = tuple(_DECLARED)
"""Every law, in the order in which they are written here."""
