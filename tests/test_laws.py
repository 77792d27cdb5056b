"""The packaged laws: kept by the shipped rule set and by drawn ones, and each noticed when it is broken."""

from __future__ import annotations

import itertools
import subprocess
import sys
from collections.abc import Callable
from typing import Any

import pytest
from attrs import evolve
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

import assigner
from assigner.assignments import Assignment, assign
from assigner.decisions.decision import Decision, decide
from assigner.decisions.settling import Settlement
from assigner.profiles.calls import Call, State
from assigner.profiles.profile import Profile
from assigner.profiles.written import form_of
from assigner.rules import Rules, read_rules
from assigner.testing import LAWS, Law, laws, rule_sets
from assigner.testing.parts import content_of, gene, rules_of
from assigner.testing.suites import drawn_for
from assigner.traces import RedactedTrace, read_redacted
from assigner.vcf.reading import read_profile
from effort import at_a_release, times
from lawful import keep

SHIPPED = read_rules()


@times(0.5)
@given(data=st.data())
def test_the_shipped_rule_set_keeps_each_law(data: st.DataObject):
    keep(SHIPPED, data)


@times(3)
@given(data=st.data())
def test_drawn_rule_sets_keep_each_law(data: st.DataObject):
    keep(data.draw(rule_sets()), data)


# ----------------------------------------------------------------------------------------------- what is broken is seen


Broken = Callable[..., Any]


def but(**parts: Any) -> Broken:
    """An `assign` that says something else than it found."""
    return lambda profile, rules: evolve(assign(profile, rules), **parts)


def decided(change: Callable[[Decision], Decision]) -> Broken:
    """An `assign` that decides otherwise than the evidence says."""

    def broken(profile: Profile, rules: Rules) -> Assignment:
        made = assign(profile, rules)
        return evolve(made, decision=change(made.decision))

    return broken


def scored(change: Callable[[Any], Any]) -> Broken:
    """An `assign` that counts otherwise."""

    def broken(profile: Profile, rules: Rules) -> Assignment:
        made = assign(profile, rules)
        return evolve(made, scores=tuple(evolve(s, tiers=tuple(map(change, s.tiers))) for s in made.scores))

    return broken


def reading(change: Callable[[Profile], Profile]) -> Broken:
    """An `assign` that takes the participant for another one."""
    return lambda profile, rules: assign(change(profile), rules)


def hanging_on(what: Callable[[Profile, Rules], object]) -> Broken:
    """An `assign` whose outcome depends on what must make no difference."""
    return lambda profile, rules: evolve(assign(profile, rules), provisional=str(what(profile, rules)))


def written(change: Callable[[bytes], bytes]) -> Broken:
    """An `assign` that writes another trace."""

    def broken(profile: Profile, rules: Rules) -> Assignment:
        made = assign(profile, rules)
        made.__dict__["trace_bytes"] = change(made.trace_bytes)
        return made

    return broken


def first_of_all(profile: Profile, rules: Rules) -> Assignment:
    made = assign(profile, rules)
    return evolve(made, decision=evolve(made.decision, category=rules.content.categories[0].id))


def alphabetical(profile: Profile, rules: Rules) -> Assignment:
    made = assign(profile, rules)
    return evolve(made, category=made.category and min(c.id for c in rules.content.categories))


def without_a_flag_other_scores(profile: Profile, rules: Rules) -> Assignment:
    made = assign(profile, rules)
    return made if rules.content.flags.mimics else evolve(made, scores=made.scores[::-1])


def settled_on_all_that_is_known(profile: Profile, rules: Rules) -> Assignment:
    made = assign(profile, rules)
    return evolve(made, decision=evolve(made.decision, category=str(form_of(profile)), settlement=Settlement()))


def forgetful(findings: Any, content: Any, **more: Any) -> Decision:
    found = decide(findings, content, **more)
    return evolve(found, category=None) if any(f.gene == "one more" for f in findings.all) else found


def misread(path: Any, rules: Rules, **more: Any) -> Profile:
    read = read_profile(path, rules, **more)
    return evolve(read, alleles=dict.fromkeys(read.alleles, Call(State.REFERENCE)))


def participants_in_turn() -> Broken:
    turn = itertools.count()
    return reading(lambda profile: evolve(profile, participant=f"P{next(turn)}"))


def unsealed(source: bytes) -> RedactedTrace:
    return read_redacted(source).model_copy(update={"participant": "another"})


BROKEN: dict[str, tuple[str, Broken]] = {
    "there_is_exactly_one_outcome": ("assign", but(category="both")),
    "a_review_has_no_intervention": ("assign", but(intervention="all the same")),
    "policy_alone_asks_for_review": ("assign", but(reasons=())),
    "every_category_gets_its_reason": ("assign", decided(lambda d: evolve(d, standings=d.standings[1:]))),
    "no_category_wins_without_evidence": ("assign", first_of_all),
    "points_add_up": ("assign", scored(lambda span: evolve(span, known=span.known + 1, most=span.most + 1))),
    "flags_never_change_a_score": ("assign", without_a_flag_other_scores),
    "more_evidence_never_loses_a_category": ("decide", forgetful),
    "same_inputs_give_the_same_bytes": ("assign", participants_in_turn()),
    "the_order_of_what_is_known_does_not_matter": ("assign", hanging_on(lambda p, _: list(p.alleles)[:1])),
    "the_order_of_the_rules_does_not_matter": ("assign", hanging_on(lambda _, r: r.content.genes[0].symbol)),
    "the_order_of_the_categories_does_not_matter": ("assign", hanging_on(lambda _, r: r.content.categories[0].id)),
    "the_names_of_the_categories_do_not_matter": ("assign", alphabetical),
    "a_participant_s_id_decides_nothing": ("assign", hanging_on(lambda p, _: p.participant)),
    "labels_and_checks_decide_nothing": ("assign", hanging_on(lambda p, _: p.assumptions)),
    "both_builds_are_decided_alike": ("assign", hanging_on(lambda p, _: p.build)),
    "silence_is_unknown": ("assign", reading(lambda p: evolve(p, absent="reference"))),
    "unknown_is_never_reference": ("assign", reading(lambda p: evolve(p, absent="reference"))),
    "what_is_learnt_never_overturns_a_settled_decision": ("assign", settled_on_all_that_is_known),
    "scores_stay_within_their_bounds": ("assign", scored(lambda span: evolve(span, most=0))),
    "a_settled_decision_has_no_risk": (
        "assign",
        decided(lambda d: evolve(d, settlement=Settlement(overturn_risk_ppm=1))),
    ),
    "what_is_named_to_test_settles": (
        "assign",
        decided(lambda d: evolve(d, settlement=evolve(d.settlement, overturn_risk_ppm=0, computed=None))),
    ),
    "a_trace_holds_no_float": (
        "assign",
        written(lambda trace: trace.replace(b'"settled":', b'"share":0.5,"settled":')),
    ),
    "a_trace_is_intact_and_verifies": ("assign", but(reasons=())),
    "a_profile_survives_its_form": ("form_of", lambda p: {k: v for k, v in form_of(p).items() if k != "alleles"}),
    "a_redacted_trace_opens_and_verifies": ("read_redacted", unsealed),
    "a_file_means_its_profile": ("read_profile", misread),
}


@at_a_release
@pytest.mark.holds("CURA-06")
@pytest.mark.parametrize("law", LAWS, ids=[law.name for law in LAWS])
def test_a_law_that_is_broken_is_noticed(law: Law, monkeypatch: pytest.MonkeyPatch):
    name, broken = BROKEN[law.name]
    monkeypatch.setattr(laws, name, broken)

    @settings(
        max_examples=300,
        deadline=None,
        database=None,
        derandomize=True,
        phases=[Phase.generate],
        report_multiple_bugs=False,
        suppress_health_check=list(HealthCheck),
    )
    @given(data=st.data())
    def asked(data: st.DataObject):
        rules = data.draw(rule_sets())
        if law.does_not_ask(rules) is None:
            law.check(rules, *data.draw(drawn_for(law, rules)))

    with pytest.raises(AssertionError):
        asked()


def test_every_law_has_its_breach_and_says_what_it_is():
    assert set(BROKEN) == {law.name for law in LAWS}
    assert len({law.says for law in LAWS}) == len(LAWS) == 27
    assert all(law.says.endswith(".") for law in LAWS)


OPTIMISED = """
from attrs import evolve
import assigner
from assigner.testing import LAWS, laws
rules, right = assigner.read_rules(), laws.assign
laws.assign = lambda profile, rules: evolve(right(profile, rules), intervention="all the same")
(law,) = [law for law in LAWS if law.name == "a_review_has_no_intervention"]
try:
    law.check(rules, assigner.profile_of({}, rules))
except AssertionError as error:
    print(error)
"""


@at_a_release
def test_a_broken_law_is_noticed_where_asserts_are_left_out():
    done = subprocess.run([sys.executable, "-O", "-c", OPTIMISED], capture_output=True, text=True, check=True)
    assert done.stdout == "review; all the same\n"


# --------------------------------------------------------------------------------------------------- who is not asked


def test_a_rule_set_that_draws_lots_is_not_asked_about_ids_and_names():
    lots = rules_of(content_of(decision={"tie_breaks": ["seeded"]}, genes=[gene(1, {"A": 1000})]))
    spared = {law.name: law.does_not_ask(lots) for law in LAWS if law.does_not_ask(lots)}
    assert set(spared) == {
        "the_order_of_the_rules_does_not_matter",
        "the_order_of_the_categories_does_not_matter",
        "the_names_of_the_categories_do_not_matter",
        "a_participant_s_id_decides_nothing",
    }
    assert set(spared.values()) == {"does not hold with the tie-break seeded"}
    assert all(law.does_not_ask(assigner.read_rules()) is None for law in LAWS)
