"""Decisions: duels, tie-breaks, and whether what is unknown could overturn them, judged by brute force."""

from __future__ import annotations

import itertools
from collections import Counter
from collections.abc import Iterator
from fractions import Fraction
from typing import Any

import pytest
from attrs import evolve, frozen
from hypothesis import Phase, event, find, given, settings
from hypothesis import strategies as st

import oracle
from assigner.decisions.accrual import Accrual
from assigner.decisions.decision import Basis, Decision, Verdict, decide, random_tie_key
from assigner.evidence.findings import Finding, Findings
from assigner.rules import Rules
from assigner.testing.contents import skeletons
from assigner.testing.parts import category, content_of, gene, rules_of, tier
from assigner.truth import Truth
from effort import at_a_release

MOST_UNKNOWN = 5
ACCRUAL = Accrual(
    arms={"A": 3, "B": 2, "C": 2},
    factors={"site": {"Durham": {"A": 1, "B": 2}, "Boston": {"C": 2}}, "onset": {"bulbar": {"A": 2}}},
    levels={"site": "Durham", "onset": "bulbar"},
)


@frozen
class Contest:
    """A rule set, and findings of its genes."""

    content: dict[str, Any]
    rules: Rules
    findings: tuple[Finding, ...]

    def decided(self, findings: Any = None, participant: str = "P1") -> Decision:
        found = self.findings if findings is None else tuple(findings)
        content = self.rules.content
        digest = self.rules.digest
        return decide(Findings.of(found, content), content, participant=participant, digest=digest, accrual=ACCRUAL)


def finding(number: int, truth: Truth = Truth.TRUE, at: int = 1, strength: int = 1000, **more: Any) -> Finding:
    return Finding(criterion="x", gene=f"G{number}", loci=(), truth=truth, tier=at, strength=strength, **more)


@st.composite
def contests(draw: st.DrawFn, unknown: bool = True) -> Contest:
    """Findings as `find` gives them; a revocable one stands with the unknown one that would take its place."""
    content = draw(skeletons())
    rules = rules_of(content)
    tiers = len(content["decision"]["tiers"])
    numbers = range(1, len(content["genes"]) + 1)
    found: list[Finding] = []
    for number in draw(st.lists(st.sampled_from(numbers), max_size=7)):
        truth = draw(st.sampled_from([Truth.TRUE, Truth.TRUE, Truth.FALSE, *([Truth.UNKNOWN] * 2 if unknown else [])]))
        if truth is Truth.UNKNOWN and sum(f.truth is Truth.UNKNOWN for f in found) == MOST_UNKNOWN:
            continue
        at = draw(st.integers(1, tiers))
        one = finding(number, truth, at, draw(st.sampled_from([100, 400, 999, 1000, 1500])), carrier_ppm=draw(CHANCES))
        found.append(one)
        if truth is Truth.UNKNOWN and draw(st.booleans()):
            found.append(finding(number, Truth.TRUE, draw(st.integers(at, tiers)), 1000, revocable=True))
    return Contest(content, rules, tuple(evolve(f, loci=(str(at),)) for at, f in enumerate(found)))


CHANCES = st.sampled_from([0, 1, 500, 90_000, 1_000_000])


def completions(findings: tuple[Finding, ...]) -> Iterator[tuple[tuple[Finding, ...], tuple[Finding, ...]]]:
    """Every way to learn all that is unknown, with the unknown findings that come out true."""
    unknown = [f for f in findings if f.truth is Truth.UNKNOWN]
    for truths in itertools.product((Truth.TRUE, Truth.FALSE), repeat=len(unknown)):
        told = dict(zip((f.loci for f in unknown), truths, strict=True))
        true = tuple(f for f in unknown if told[f.loci] is Truth.TRUE)
        full = [evolve(f, truth=told.get(f.loci, f.truth)) for f in findings]
        claimed = [any(t.gene == f.gene and t.tier <= f.tier for t in true) for f in full]
        yield (
            tuple(evolve(f, truth=Truth.FALSE) if f.revocable and c else f for f, c in zip(full, claimed, strict=True)),
            true,
        )


def plain(findings: tuple[Finding, ...]) -> list[dict[str, Any]]:
    return [{"truth": f.truth is Truth.TRUE, "tier": f.tier, "gene": f.gene, "strength": f.strength} for f in findings]


# -------------------------------------------------------------------------------------------------------- the decision


@pytest.mark.holds("DECI-02")
@given(contests())
def test_category_and_basis_are_the_oracle_s(contest):
    found = plain(contest.findings)
    points, genes = oracle.points_of(contest.content, found), oracle.genes_of(contest.content, found)
    decision = contest.decided()
    assert (decision.category, decision.basis) == oracle.decide(
        contest.content, points, genes, "P1", contest.rules.digest, ACCRUAL.form
    )


QUIET = settings(database=None, derandomize=True, max_examples=3000, deadline=None, phases=[Phase.generate])


@at_a_release
@pytest.mark.holds("DECI-02")
@pytest.mark.parametrize("basis", [b for b in Basis if b is not Basis.TIED])
def test_every_basis_is_reached(basis):
    found = find(contests(unknown=False), lambda c: c.decided().basis is basis, settings=QUIET)
    assert found.decided().settled


@pytest.mark.holds("DECI-02")
@pytest.mark.parametrize("at", [1, 2, 3, 4])
def test_every_tier_decides(at):
    """Two categories level in every tier but one."""
    content = content_of(
        decision={"tiers": [tier(1), tier(2), tier(3), tier(4, 50, 50, "no")]},
        genes=[gene(1, {"A": 500, "B": 500}), gene(2, {"A": 1000})],
    )
    level = [finding(1, at=n) for n in (1, 2, 3, 4)]
    decision = Contest(content, rules_of(content), (*level, finding(2, at=at))).decided()
    assert (decision.category, decision.basis, decision.tier) == ("A", Basis.LEAD, at)


@pytest.mark.holds("DECI-07")
@given(contests())
def test_every_category_is_told_why(contest):
    decision = contest.decided()
    points = oracle.points_of(contest.content, plain(contest.findings))
    assert [s.category for s in decision.standings] == [c["id"] for c in contest.content["categories"]]
    assert [s.category for s in decision.standings if s.verdict is Verdict.CHOSEN] == [decision.category] * bool(
        decision.category
    )
    for s in decision.standings:
        if s.tier is not None and s.against is not None:
            assert (s.points, s.their_points) == (points[s.category][s.tier - 1], points[s.against][s.tier - 1])
            won = oracle.duel(contest.content, points[s.category], points[s.against])
            assert won == (1 if s.verdict is Verdict.CHOSEN else -1)
        if s.verdict is Verdict.BEATEN:
            assert s.against is not None


@pytest.mark.holds("TRAC-09")
@given(contests(), st.randoms())
def test_the_order_of_findings_and_categories_does_not_matter(contest, random):
    mixed = list(contest.findings)
    random.shuffle(mixed)
    assert outcome(contest.decided(mixed)) == outcome(contest.decided())
    plainly = without_draws(contest.content["decision"]) | {"tie_breaks": ["distinct_genes"]}
    content = contest.content | {"decision": plainly}
    turned = content | {"categories": content["categories"][::-1], "genes": content["genes"][::-1]}
    one, other = (Contest(c, rules_of(c), contest.findings).decided() for c in (content, turned))
    assert outcome(one) == outcome(other)


def without_draws(decision: dict[str, Any]) -> dict[str, Any]:
    return {key: value for key, value in decision.items() if key != "otherwise"}


def outcome(decision: Decision) -> tuple[Any, ...]:
    return (
        decision.category, decision.basis, decision.tier, decision.settled, decision.overturn_risk_ppm,
        {s.category: s.verdict for s in decision.standings}, sorted(f.loci for f in decision.decisive),
    )  # fmt: skip


@pytest.mark.holds("RULE-08")
@given(contests())
def test_renaming_categories_renames_the_decision_and_nothing_else(contest):
    new = {"A": "Z", "B": "Y", "C": "X", "D": "W"}
    unseeded = without_draws(contest.content["decision"]) | {
        "tie_breaks": [rule for rule in contest.content["decision"]["tie_breaks"] if rule != "seeded"]
    }
    content = contest.content | {"decision": unseeded}
    genes = [g | {"shares": [s | {"category": new[s["category"]]} for s in g["shares"]]} for g in content["genes"]]
    renamed = content | {"categories": [category(new[c["id"]]) for c in content["categories"]], "genes": genes}
    one, other = (Contest(c, rules_of(c), contest.findings).decided() for c in (content, renamed))
    assert new.get(one.category or "") == other.category
    told = [(new[s.category], s.verdict, new.get(s.against or ""), s.tier, s.points) for s in one.standings]
    assert told == [(s.category, s.verdict, s.against, s.tier, s.points) for s in other.standings]
    assert (one.basis, one.tier, one.decisive) == (other.basis, other.tier, other.decisive)


@pytest.mark.holds("DECI-05")
@given(contests(), st.data())
def test_more_evidence_for_a_category_never_moves_the_decision_away_from_it(contest, data):
    chosen = contest.decided().category
    if chosen is None or "minimise" in contest.content["decision"].get("otherwise", {}).values():
        return  # minimisation looks at all that are tied
    own = gene(8, {chosen: data.draw(st.sampled_from([50, 500, 1000]))})
    content = contest.content | {"genes": [*contest.content["genes"], own]}
    rules = rules_of(content)
    before = Contest(content, evolve(rules, digest=contest.rules.digest), contest.findings)
    assert before.decided().category == chosen
    more = finding(
        8, at=data.draw(st.integers(1, len(content["decision"]["tiers"]))), strength=data.draw(st.integers(1, 2000))
    )
    assert before.decided((*contest.findings, more)).category == chosen


@pytest.mark.holds("DECI-04")
@given(contests())
def test_evidence_that_nobody_shares_changes_nothing(contest):
    content = contest.content | {"genes": [*contest.content["genes"], gene(8, {})]}
    rules = evolve(rules_of(content), digest=contest.rules.digest)
    more = (*contest.findings, finding(8), finding(8, Truth.UNKNOWN, carrier_ppm=1_000_000))
    assert outcome(Contest(content, rules, contest.findings).decided()) == outcome(
        Contest(content, rules, more).decided()
    )


# ---------------------------------------------------------------------------------------------------------- tie-breaks


def tied(tie_breaks: list[str], categories: str = "ABC", **genes: Any) -> Contest:
    """All categories with the same points, each from a gene of its own; A from two half genes."""
    content = content_of(
        categories=[category(name) for name in categories],
        decision={"tie_breaks": tie_breaks},
        genes=[gene(1, {"A": 500}), gene(2, {"A": 500}), gene(3, {"B": 1000}), gene(4, {"C": 1000})],
    )
    return Contest(content, rules_of(content), tuple(finding(n) for n in (1, 2, 3, 4)))


@pytest.mark.holds("DECI-03")
@pytest.mark.parametrize(
    ("tie_breaks", "categories", "expected"),
    [
        ([], "ABC", (None, "tied")),
        (["distinct_genes"], "CBA", ("A", "distinct_genes")),
        (["category_order"], "CBA", ("C", "category_order")),
        (["category_order", "distinct_genes"], "BAC", ("B", "category_order")),
        (["distinct_genes", "category_order"], "BAC", ("A", "distinct_genes")),
    ],
)
def test_tie_breaks_take_their_turns(tie_breaks, categories, expected):
    decision = tied(tie_breaks, categories).decided()
    assert (decision.category, decision.basis) == expected


@pytest.mark.holds("DECI-03")
def test_the_lot_is_as_documented_and_fair():
    contest = tied(["seeded"])
    digest = contest.rules.digest
    assert random_tie_key("P1", digest, "A") == oracle.random_tie_key("P1", digest, "A")
    drawn = Counter(contest.decided(participant=f"P{n}").category for n in range(600))
    assert set(drawn) == set("ABC") and min(drawn.values()) > 150


@pytest.mark.holds("DECI-03")
def test_a_lot_depends_on_participant_and_rule_set_alone():
    contest = tied(["seeded"])
    assert (
        contest.decided(participant="P7").category
        == contest.decided(reversed(contest.findings), participant="P7").category
    )


@pytest.mark.holds("DECI-04")
def test_a_category_that_reaches_no_minimum_blocks_and_never_wins():
    """A leads B in the last tier, which B alone has opened; A may not win, and B does not beat A."""
    content = content_of(
        decision={
            "tiers": [tier(1), tier(2, 50, 50, "no")],
            "tie_breaks": ["distinct_genes", "category_order", "seeded"],
        },
        genes=[gene(1, {"A": 200}), gene(2, {"B": 300}), gene(3, {"A": 1000})],
    )
    decision = Contest(content, rules_of(content), (finding(1), finding(2), finding(3, at=2))).decided()
    assert (decision.category, decision.basis) == (None, Basis.TIED)


@pytest.mark.holds("DECI-03")
def test_a_cycle_of_three_is_broken_by_the_tie_breaks_and_by_nothing_else():
    """A beats B in tier 1, B beats C in tier 2, C beats A in tier 3: nobody beats everybody."""
    content = content_of(
        decision={"tiers": [tier(1, 100, 300), tier(2, 100, 300), tier(3, 100, 300)]},
        genes=[
            gene(1, {"A": 400, "B": 100, "C": 200}),
            gene(2, {"B": 400, "C": 100, "A": 200}),
            gene(3, {"C": 600, "A": 300}),
        ],
    )
    found = (finding(1), finding(2, at=2), finding(3, at=3))
    for breaks, expected in (([], None), (["category_order"], "A")):
        content["decision"]["tie_breaks"] = breaks
        decision = Contest(content, rules_of(content), found).decided()
        assert decision.category == expected


# --------------------------------------------------------------------------------------------------- settled, and risk


@pytest.mark.holds("SETL-01")
@given(contests())
def test_no_completion_overturns_a_settled_decision(contest):
    decision = contest.decided()
    overturned = any(contest.decided(full).category != decision.category for full, _ in completions(contest.findings))
    event(f"settled {decision.settled}, can be overturned {overturned}")
    assert not (decision.settled and overturned)


@pytest.mark.holds("SETL-04")
@given(contests())
def test_whatever_overturns_a_decision_needs_one_of_the_findings_that_it_names(contest):
    decision = contest.decided()
    named = {f.loci for f in decision.decisive}
    for full, true in completions(contest.findings):
        if contest.decided(full).category != decision.category:
            assert named & {f.loci for f in true}


@pytest.mark.holds("SETL-02")
@given(contests())
def test_the_risk_bounds_the_chance_of_being_overturned(contest):
    decision = contest.decided()
    unknown = [f for f in contest.findings if f.truth is Truth.UNKNOWN]
    chance = Fraction(0)
    for full, true in completions(contest.findings):
        if contest.decided(full).category != decision.category:
            one = Fraction(1)
            for f in unknown:
                one *= Fraction(f.carrier_ppm, 1_000_000) if f in true else 1 - Fraction(f.carrier_ppm, 1_000_000)
            chance += one
    assert chance <= Fraction(decision.overturn_risk_ppm, 1_000_000)


@given(contests())
def test_what_is_named_is_unknown_and_speaks_for_a_category(contest):
    decision = contest.decided()
    shares = {g["symbol"]: g["shares"] for g in contest.content["genes"]}
    assert all(f.truth is Truth.UNKNOWN and shares[f.gene] for f in decision.decisive)
    assert decision.settled == (not decision.decisive)
    assert decision.overturn_risk_ppm <= min(1_000_000, sum(f.carrier_ppm for f in decision.decisive))


def revocable(names: str) -> Contest:
    """A's only evidence that opens may count in a stronger class instead, and is worth too little there."""
    content = content_of(
        categories=[category(name) for name in names],
        decision={"tiers": [tier(1), tier(2, 300, 400), tier(3, 50, 50, "no")]},
        genes=[gene(1, {"A": 1000}), gene(2, {names[-1]: 1000}), gene(3, {"A": 1000})],
    )
    unsure = finding(1, Truth.UNKNOWN, 1, 100, carrier_ppm=1_000_000)
    for_now = finding(1, at=2, strength=400, revocable=True)
    found = (unsure, for_now, finding(2, at=2, strength=300 * (len(names) > 1) or 1), finding(3, at=3, strength=400))
    return Contest(content, rules_of(content), tuple(evolve(f, loci=(str(at),)) for at, f in enumerate(found)))


@pytest.mark.parametrize("names", ["A", "AB"])
def test_a_decision_that_may_lose_the_evidence_that_opens_is_not_settled(names):
    contest = revocable(names)
    decision = contest.decided()
    assert (decision.category, decision.basis) == ("A", Basis.LEAD)
    assert {contest.decided(full).category for full, _ in completions(contest.findings)} == {"A", None}
    assert (decision.settled, decision.overturn_risk_ppm) == (False, 1_000_000)
