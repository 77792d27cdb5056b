"""Allocations by the protocol: they depend on what is declared alone, and give each category its part."""

from __future__ import annotations

import hashlib
import hmac
import math
from collections import Counter
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from assigner.assignments import Outcome, assign
from assigner.audits.verification import Answer, Evidence, verify
from assigner.decisions.accrual import Accrual, accrual_of, read_accrual
from assigner.decisions.allocations import Allocation, needs_accrual
from assigner.decisions.contests import Basis
from assigner.decisions.decision import Verdict
from assigner.decisions.grades import ALLOCATION, Grade
from assigner.decisions.reasons import Reason
from assigner.errors import InputError, RuleSetError
from assigner.exports.facts import Case
from assigner.profiles.calls import Sex
from assigner.profiles.forms import profile_of
from assigner.reports import render
from assigner.reports.screen import lines_of_screen, screen_of
from assigner.reports.text import explain
from assigner.rules import Rules
from assigner.rules.schema import Otherwise
from assigner.testing.parts import WORD, allele, category, content_of, gene, rules_of
from assigner.traces import parse_trace
from effort import QUICK

NAMES = ("A", "B", "C", "D")
DIGEST = hashlib.sha256(b"a rule set").hexdigest()


def protocol(**more: Any) -> Otherwise:
    return Otherwise.model_validate({**WORD, **more})


def allocation(who: str, accrual: Accrual | None = None, **more: Any) -> Allocation:
    return Allocation(protocol=protocol(**more), accrual=accrual, participant=who, digest=DIGEST)


def trial(**otherwise: Any) -> Rules:
    """Two categories, a gene for each, and what happens without evidence."""
    decision = {"otherwise": {**WORD, **otherwise}} if otherwise else {}
    return rules_of(
        content_of(
            categories=[category(name) for name in ("A", "B")],
            decision=decision,
            genes=[gene(1, {"A": 1000}), gene(2, {"B": 1000})],
            alleles=[allele("G1-0", 1, 0, "A", "C"), allele("G2-0", 2, 0, "A", "C")],
        )
    )


def plain(rules: Rules, who: str = "P1", carried: tuple[str, ...] = ()) -> Any:
    """A participant of whom all is known."""
    form = {"build": "GRCh38", "participant": who, "sex": "female", "absent": "reference"}
    return profile_of({**form, "alleles": dict.fromkeys(carried, "0/1")}, rules)


# ----------------------------------------------------------------------------------------------------------- the draws


@given(st.sets(st.sampled_from(NAMES), min_size=1), st.permutations(NAMES), st.text(max_size=9))
def test_a_lot_depends_neither_on_the_order_nor_on_those_who_lose(names, order, who):
    made = allocation(who, weights={"A": 2, "C": 7})
    chosen = made.choose("lot", [name for name in NAMES if name in names])
    assert made.choose("lot", [name for name in order if name in names]) == chosen
    assert made.choose("lot", [name for name in NAMES if name == chosen]) == chosen
    kept = [name for name in NAMES if name in names and (name == chosen or name < "C")]
    assert made.choose("lot", kept) == chosen


def test_lots_give_the_declared_weights():
    """Over 20,000 participants, or 100,000, within five standard deviations of the binomial distribution."""
    weights, number = {"A": 1, "B": 2, "C": 3, "D": 4}, 20_000 if QUICK else 100_000
    seen = Counter(allocation(f"P{at}", weights=weights).choose("lot", NAMES) for at in range(number))
    for name, weight in weights.items():
        share = weight / 10
        assert abs(seen[name] - number * share) < 5 * math.sqrt(number * share * (1 - share))


def test_a_draw_is_the_documented_hmac():
    key = hmac.new(bytes.fromhex(DIGEST), b"P1\ncoin", hashlib.sha256).hexdigest()
    assert allocation("P1").draw("coin") == int(key, 16)


@given(st.dictionaries(st.sampled_from(NAMES), st.integers(0, 30)), st.text(max_size=5))
def test_the_smallest_arm_by_its_weight_is_chosen(arms, who):
    weights = {"A": 3, "B": 1, "C": 2, "D": 1}
    chosen = allocation(who, Accrual(arms=arms), weights=weights).choose("smallest_arm", NAMES)
    assert chosen is not None
    assert all(arms.get(chosen, 0) * weights[name] <= arms.get(name, 0) * weights[chosen] for name in NAMES)


def enrolled(number: int, favoured: int) -> tuple[Counter[tuple[str, str, str]], Counter[str]]:
    """A trial of so many participants by minimisation over two factors: by factor, level and arm, and by arm."""
    counts: Counter[tuple[str, str, str]] = Counter()
    arms: Counter[str] = Counter()
    for at in range(number):
        draw = hashlib.sha256(str(at).encode()).digest()
        levels = {"site": "abc"[draw[0] % 3], "onset": "xy"[draw[1] % 2]}
        factors: dict[str, dict[str, dict[str, int]]] = {"site": {}, "onset": {}}
        for (factor, level, arm), count in counts.items():
            factors[factor].setdefault(level, {})[arm] = count
        so_far = Accrual(arms=dict(arms), factors=factors, levels=levels)
        made = allocation(f"P{at}", so_far, factors={"site": 1, "onset": 1}, favoured=favoured)
        chosen = made.choose("minimise", NAMES)
        assert chosen is not None
        arms[chosen] += 1
        counts.update((factor, level, chosen) for factor, level in levels.items())
    return counts, arms


@pytest.mark.parametrize(("favoured", "most"), [(1000, 2), (800, 8)])
def test_minimisation_keeps_the_arms_in_balance_at_every_level(favoured, most):
    """No level's arms differ by more than two; with a coin of 0.8 by a few more, however many are enrolled."""
    counts, arms = enrolled(400 if QUICK else 100_000, favoured)
    for factor, level in {key[:2] for key in counts}:
        own = [counts[factor, level, arm] for arm in NAMES]
        assert max(own) - min(own) <= most
    assert max(arms.values()) - min(arms.values()) <= 2 * most


@pytest.mark.parametrize("way", ["smallest_arm", "minimise"])
def test_nothing_is_balanced_without_an_accrual(way):
    assert allocation("P1", factors={"site": 1}).choose(way, NAMES) is None


# ------------------------------------------------------------------------------------------------------ the assignment


@pytest.mark.parametrize(
    ("otherwise", "basis"),
    [
        ({"no_evidence": "lot"}, Basis.LOT),
        ({"no_evidence": "smallest_arm"}, Basis.SMALLEST_ARM),
        ({"no_evidence": "minimise", "factors": {"site": 1}}, Basis.MINIMISE),
    ],
)
def test_whoever_has_no_evidence_is_allocated_and_never_by_biology(otherwise, basis):
    rules = trial(**otherwise)
    accrual = Accrual(arms={"A": 3, "B": 2}, factors={"site": {"x": {"A": 1}}}, levels={"site": "x"})
    made = assign(plain(rules), rules, accrual)

    assert (made.outcome, made.decision.basis, made.grade) == (Outcome.ASSIGNED, basis, Grade.ALLOCATED)
    assert made.category in ("A", "B") and made.decision.settled
    (chosen,) = [score for score in made.trace.scores if score.verdict is Verdict.CHOSEN]
    assert "not by biology" in chosen.because
    assert made.trace.accrual == accrual and made.trace.grade is Grade.ALLOCATED
    again = parse_trace(made.trace_bytes)
    assert verify(again, Evidence(rules=(rules,))).answer is Answer.REPRODUCED


@given(
    st.data(), st.sampled_from([Sex.FEMALE, Sex.MALE]), st.sampled_from(["GRCh37", "GRCh38"]), st.text("01", min_size=2)
)
def test_an_allocation_depends_on_nothing_but_its_declared_inputs(data, sex, build, who):
    """Of participant, rule set and accrual; never of a sex, a build or a genotype that is no evidence."""
    rules = trial(no_evidence="smallest_arm", weights={"A": 2})
    accrual = Accrual(arms=data.draw(st.dictionaries(st.sampled_from("AB"), st.integers(0, 3))))
    seen = data.draw(st.sampled_from([{}, {"G1-0": "0/0"}, {"G2-0": "0/0", "G1-0": "0/0"}]))
    form = {"build": build, "participant": who, "sex": sex.value, "absent": "reference", "alleles": seen}
    made = assign(profile_of(form, rules), rules, accrual)
    again = Allocation(
        protocol=protocol(no_evidence="smallest_arm", weights={"A": 2}),
        accrual=accrual,
        participant=who,
        digest=rules.digest,
    )
    assert made.category == again.choose("smallest_arm", ("A", "B"))


@pytest.mark.parametrize("carried", [(), ("G1-0", "G2-0"), ("G1-0",)])
def test_whoever_reads_of_an_allocation_reads_that_evidence_did_not_choose(carried):
    rules = trial(no_evidence="lot", tied="lot")
    trace = assign(plain(rules, carried=carried), rules).trace
    screen = " ".join(line.text.strip() for line in lines_of_screen(screen_of(trace, rules)))
    for told in (screen, explain(trace), render(trace), Case.of(trace, rules).summary):
        assert (ALLOCATION in told, "allocated" in told) == (len(carried) != 1,) * 2


def test_evidence_is_never_allocated():
    rules = trial(no_evidence="lot", tied="lot")
    for who in ("P1", "P2", "P3", "P4"):
        made = assign(plain(rules, who, ("G2-0",)), rules)
        assert (made.category, made.decision.basis, made.grade) == ("B", Basis.LEAD, Grade.ESTABLISHED)


def test_a_tie_is_allocated_among_those_that_are_tied():
    rules = trial(tied="lot")
    made = [assign(plain(rules, f"P{at}", ("G1-0", "G2-0")), rules) for at in range(12)]
    assert {(each.decision.basis, each.grade) for each in made} == {(Basis.LOT, Grade.ALLOCATED)}
    assert {each.category for each in made} == {"A", "B"}


def test_an_allocation_that_an_unknown_finding_may_overturn_is_not_settled():
    rules = trial(no_evidence="lot")
    unknown = profile_of({"build": "GRCh38", "participant": "P1", "sex": "female", "absent": "unknown"}, rules)
    assert not assign(unknown, rules).decision.settled


def test_a_balance_without_an_accrual_is_a_review():
    rules = trial(no_evidence="smallest_arm")
    made = assign(plain(rules), rules)
    assert (made.outcome, made.decision.basis) == (Outcome.REVIEW, Basis.NO_EVIDENCE)
    assert [raised.reason for raised in made.reasons] == [Reason.NO_EVIDENCE]


# ---------------------------------------------------------------------------------------------------------- closed arms


def closed(how: dict[str, Any], policy: str, **otherwise: Any) -> Rules:
    content = content_of(
        categories=[category("A") | how, category("B")],
        decision={"closed_arm": policy, **({"otherwise": {**WORD, **otherwise}} if otherwise else {})},
        genes=[gene(1, {"A": 1000}), gene(2, {"B": 1000})],
        alleles=[allele("G1-0", 1, 0, "A", "C"), allele("G2-0", 2, 0, "A", "C")],
    )
    return rules_of(content)


@pytest.mark.parametrize(
    ("how", "accrual", "words"),
    [
        ({"open": "no"}, None, "the arm of A is closed"),
        ({"open": "no", "since": "2027-01-05"}, None, "the arm of A is closed since 2027-01-05"),
        ({"full_at": 5}, Accrual(arms={"A": 5}), "the arm of A is full with 5 participants"),
        ({"full_at": 5}, None, "the arm of A takes 5 participants, and how many it has is not given"),
    ],
)
def test_a_closed_arm_sends_to_review(how, accrual, words):
    rules = closed(how, "review")
    made = assign(plain(rules, carried=("G1-0",)), rules, accrual)
    assert (made.outcome, made.provisional) == (Outcome.REVIEW, "A")
    assert [(raised.reason, raised.because) for raised in made.reasons] == [(Reason.CLOSED_ARM, words)]


def test_an_arm_that_is_not_full_takes_a_participant():
    rules = closed({"full_at": 5}, "review")
    assert assign(plain(rules, carried=("G1-0",)), rules, Accrual(arms={"A": 4})).category == "A"


def test_the_next_best_category_is_taken_where_the_protocol_says_so():
    rules = closed({"open": "no"}, "next_best")
    made = assign(plain(rules, carried=("G1-0", "G2-0")), rules)
    assert (made.category, made.decision.basis) == ("B", Basis.LEAD)
    assert [(s.category, s.verdict) for s in made.decision.standings] == [("A", Verdict.CLOSED), ("B", Verdict.CHOSEN)]
    alone = assign(plain(rules, carried=("G1-0",)), rules)
    assert (alone.outcome, alone.decision.basis) == (Outcome.REVIEW, Basis.NO_EVIDENCE)


@pytest.mark.parametrize("policy", ["review", "next_best"])
def test_no_allocation_goes_to_a_closed_arm(policy):
    rules = closed({"open": "no"}, policy, no_evidence="lot")
    assert {assign(plain(rules, f"P{at}"), rules).category for at in range(9)} == {"B"}


# ---------------------------------------------------------------------------------------------------------- bad input


@pytest.mark.parametrize(
    ("value", "words"),
    [
        ([], "accrual: expected fields by name"),
        ({"arms": {"A": -1}}, "accrual: arms.A: expected"),
        ({"arms": {"A": 1.5}}, "accrual: arms.A: expected a whole number"),
        ({"arm": {}}, "accrual: arm: expected"),
        ({"levels": {"site": ""}}, "accrual: levels.site: expected"),
    ],
)
def test_an_accrual_of_another_shape_is_refused(value, words):
    with pytest.raises(InputError) as error:
        accrual_of(value)
    assert str(error.value).startswith(words)


@pytest.mark.parametrize(
    "written", [b"", b"{", b'{"arms": {}, "arms": {}}', b"\xff", b"[" * 100_000, b" " * 1_000_001], ids=len
)
def test_a_file_that_is_no_json_is_refused(written):
    with pytest.raises(InputError):
        read_accrual(written)


@pytest.mark.parametrize(
    ("accrual", "words"),
    [
        (Accrual(arms={"X": 1}, levels={"site": "x"}), "accrual: arms: expected one of A, B; got 'X'"),
        (Accrual(), "accrual: levels: expected the participant's level of site; got none"),
        (
            Accrual(arms={"A": 1}, factors={"site": {"x": {"A": 1}, "y": {"A": 1}}}, levels={"site": "x"}),
            "accrual: factors: site: expected at most 1 participants of A, as in arms; got 2",
        ),
    ],
)
def test_an_accrual_that_does_not_fit_the_rule_set_is_refused(accrual, words):
    rules = trial(no_evidence="minimise", factors={"site": 1})
    with pytest.raises(InputError) as error:
        assign(plain(rules), rules, accrual)
    assert str(error.value) == words


@pytest.mark.parametrize(
    "otherwise",
    [
        {"no_evidence": "minimise"},
        {"no_evidence": "lot", "factors": {"site": 1}},
        {"no_evidence": "lot", "weights": {"X": 1}},
        {"no_evidence": "lot", "weights": {"A": 1001}},
        {"no_evidence": "coin"},
    ],
)
def test_a_protocol_that_cannot_be_followed_is_refused(otherwise):
    with pytest.raises(RuleSetError):
        trial(**otherwise)


@pytest.mark.parametrize(
    ("otherwise", "full_at", "needed"),
    [
        ({}, None, False),
        ({}, 30, True),
        ({"no_evidence": "lot", "tied": "review"}, None, False),
        ({"no_evidence": "smallest_arm", "tied": "review"}, None, True),
        ({"no_evidence": "review", "tied": "smallest_arm"}, None, True),
        ({"no_evidence": "minimise", "tied": "review", "factors": {"site": 1}}, None, True),
    ],
)
def test_the_participants_so_far_are_asked_for_only_where_they_count(
    otherwise: dict[str, Any], full_at: int | None, needed: bool
) -> None:
    rules = trial(**otherwise)
    content = rules.content.model_copy(
        update={"categories": tuple(c.model_copy(update={"full_at": full_at}) for c in rules.content.categories)}
    )
    assert needs_accrual(content) is needed
