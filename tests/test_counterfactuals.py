"""What would change a decision: judged by the oracle over every set of changes and every value of a number."""

from __future__ import annotations

import copy
import itertools
from typing import Any

import pytest
from attrs import evolve
from hypothesis import event, given

import oracle
from assigner.decisions import counterfactuals as changing
from assigner.decisions.counterfactuals import Changes, changes
from assigner.decisions.decision import decide
from assigner.evidence.findings import Finding, Findings
from assigner.truth import Truth
from effort import times
from shipped import RULES, made
from test_decisions import ACCRUAL, Contest, contests, plain


def changes_of(contest: Contest) -> Changes:
    rules = contest.rules
    return changes(contest.findings, rules.content, participant="P1", digest=rules.digest, accrual=ACCRUAL)


def decided(contest: Contest, findings: Any = None, content: Any = None) -> tuple[str | None, str]:
    content = contest.content if content is None else content
    found = plain(contest.findings if findings is None else tuple(findings))
    points, genes = oracle.points_of(content, found), oracle.genes_of(content, found)
    return oracle.decide(content, points, genes, "P1", contest.rules.digest, ACCRUAL.form)


def turned(findings: tuple[Finding, ...], chosen: Any) -> list[Finding]:
    """With the chosen true ones false, and the chosen others true."""
    other = {Truth.TRUE: Truth.FALSE, Truth.FALSE: Truth.TRUE, Truth.UNKNOWN: Truth.TRUE}
    gone = {f.loci for f in chosen}
    return [evolve(f, truth=other[f.truth]) if f.loci in gone else f for f in findings]


def fewest(contest: Contest) -> dict[str | None, int]:
    """For each category the smallest number of changes that gives it."""
    found: dict[str | None, int] = {}
    for size in range(len(contest.findings) + 1):
        for chosen in itertools.combinations(contest.findings, size):
            found.setdefault(decided(contest, turned(contest.findings, chosen))[0], size)
    return found


@pytest.mark.holds("SETL-05")
@times(5)
@given(contests())
def test_few_findings_are_searched_to_the_end(contest):
    best = fewest(contest)
    now = decided(contest)[0]
    told = changes_of(contest).counterfactuals
    assert [c.category for c in told] == [c["id"] for c in contest.content["categories"] if c["id"] != now]
    for each in told:
        assert each.found == (each.category in best)
        if each.found:
            event(f"{len(each.removed)} removed, {len(each.added)} added")
            assert (len(each.removed) + len(each.added), each.exact) == (best[each.category], True)
            assert decided(contest, turned(contest.findings, (*each.removed, *each.added)))[0] == each.category
        assert all(f.truth is Truth.TRUE for f in each.removed) and all(f.truth is not Truth.TRUE for f in each.added)


@pytest.mark.holds("SETL-05")
@times(3)
@given(contests())
def test_a_bounded_search_gives_what_it_says_and_no_false_bound(contest):
    best = fewest(contest)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(changing, "MOST_TRIALS", 5)
        told = changes_of(contest).counterfactuals
    for each in told:
        assert each.at_least <= best.get(each.category, 99)
        if each.found:
            assert decided(contest, turned(contest.findings, (*each.removed, *each.added)))[0] == each.category
            assert not each.exact or len(each.removed) + len(each.added) == best[each.category]


@pytest.mark.holds("SETL-05")
@times(5)
@given(contests())
def test_without_each_true_finding_the_decision_is_as_said(contest):
    shares = {g["symbol"]: g["shares"] for g in contest.content["genes"]}
    told = changes_of(contest).without
    assert [w.finding for w in told] == [f for f in contest.findings if f.truth is Truth.TRUE and shares[f.gene]]
    before = oracle.points_of(contest.content, plain(contest.findings))
    for each in told:
        rest = turned(contest.findings, (each.finding,))
        assert (each.category, each.basis) == decided(contest, rest)
        assert each.changes == (each.category != decided(contest)[0])
        after, at = oracle.points_of(contest.content, plain(tuple(rest))), each.finding.tier - 1
        lost = {name: before[name][at] - after[name][at] for name in before}
        assert each.points == {name: points for name, points in lost.items() if points}


def moved(contest: Contest, name: str, value: int) -> str | None:
    """The category when one number of the rule set is another one."""
    content, findings = copy.deepcopy(contest.content), contest.findings
    words = name.split(" ")
    if words[0] in ("minimum", "margin"):
        content["decision"]["tiers"][int(words[-1]) - 1][words[0]] = value
    elif words[0] == "share":
        own = next(g for g in content["genes"] if g["symbol"] == words[2])
        next(s for s in own["shares"] if s["category"] == words[4])["share"] = value
        own["shares"] = [s for s in own["shares"] if s["share"]]
    else:
        findings = tuple(evolve(f, strength=value) if f.criterion == words[2] else f for f in findings)
    return decided(contest, findings, content)[0]


@pytest.mark.holds("SETL-05")
@given(contests(unknown=False))
def test_a_number_moves_up_to_its_limits_and_no_further(contest):
    """Each criterion of the rule set takes the place of the findings' own."""
    criterion = contest.rules.content.criteria[0]
    findings = tuple(evolve(f, criterion=criterion.id, strength=criterion.points) for f in contest.findings)
    contest = evolve(contest, findings=findings)
    now = decided(contest)[0]
    for limit in changes_of(contest).limits:
        assert moved(contest, limit.name, limit.now) == now
        for end, gives, step in ((limit.low, limit.low_gives, -1), (limit.high, limit.high_gives, 1)):
            if end is not None:
                assert moved(contest, limit.name, end) == gives != now
                assert moved(contest, limit.name, end - step) == now
        low = (0 if limit.name.startswith("share") else 1) if limit.low is None else limit.low + 1
        high = limit.now if limit.high is None else limit.high - 1
        for value in {low, high, *range(low, high + 1, max(1, (high - low) // 25))}:
            assert moved(contest, limit.name, value) == now, (limit, value)
        event(f"{limit.name.split(' ')[0]}: {limit.low is not None}, {limit.high is not None}")


@pytest.mark.parametrize("name", ["vcp-r155h", "more-genes", "grn-alone", "all-reference", "c9orf72-untested"])
def test_on_the_shipped_rule_set_the_changes_named_are_enough(name):
    own = made(name)
    told = own.changes
    assert len(told.counterfactuals) == 4 - bool(own.decision.category)
    assert all(c.found or c.category == "CAT1" for c in told.counterfactuals)  # no evidence of 2026 gives CAT1 a lead
    for each in (counterfactual for counterfactual in told.counterfactuals if counterfactual.found):
        kept = [f for f in own.findings if f not in each.removed and f not in each.added]
        after = [*kept, *(evolve(f, truth=Truth.TRUE) for f in each.added)]
        again = decide(
            Findings.of(after, RULES.content),
            RULES.content,
            participant="participant",
            digest=RULES.digest,
        )
        assert again.category == each.category


@pytest.mark.holds("DECI-02")
def test_a_margin_may_rise_to_the_lead_and_a_share_fall_to_the_minimum():
    """CAT3 has 700 points of VCP and CAT4 300, so that the lead is 400."""
    limits = {limit.name: (limit.now, limit.low, limit.high) for limit in made("vcp-r155h").changes.limits}
    assert limits["margin of tier 1"] == (150, None, 401)
    assert limits["minimum of tier 1"] == (300, None, 701)
    assert limits["share of VCP for CAT3"] == (700, 449, None)
