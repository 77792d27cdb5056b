"""Settled, decisive, what to test, and the risk: judged by the oracle over every completion."""

from __future__ import annotations

import functools
import itertools
import random
from collections.abc import Callable, Iterator
from fractions import Fraction

import pytest
from attrs import evolve
from hypothesis import event, given
from hypothesis import strategies as st

import assigner
import oracle
from assigner.assignments import assign
from assigner.decisions import settling
from assigner.decisions.contests import Contest as Duels
from assigner.decisions.contests import Terms
from assigner.decisions.decision import Decision, decide
from assigner.decisions.scores import Tally
from assigner.decisions.threats import MOST_NEED, Threat
from assigner.evidence.findings import Finding, Findings
from assigner.testing.parts import category, content_of, gene, rules_of, tier
from assigner.truth import Truth
from effort import QUICK, times
from test_decisions import ACCRUAL, Contest, contests, finding, plain

MILLION = 1_000_000
Loci = frozenset[tuple[str, ...]]


@st.composite
def close(draw: st.DrawFn) -> Contest:
    """Contests of very small numbers, in which every comparison is often met exactly, or missed by one."""
    names = "AB" if draw(st.booleans()) else "ABC"
    count = draw(st.integers(1, 3))
    opening = draw(st.integers(1, count))
    caps = st.sampled_from([{}, {}, {"cap": 3}, {"cap": 5}])
    tiers = [
        tier(n, draw(st.integers(1, 4)), draw(st.integers(1, 3)), "yes" if n <= opening else "no", **draw(caps))
        for n in range(1, count + 1)
    ]
    shares = st.sampled_from([{"A": 1000}, {"B": 1000}, {"B": 1000}, {names[-1]: 1000}, {"A": 500, "B": 500}])
    content = content_of(
        categories=[category(name) for name in names],
        decision={"tiers": tiers, "tie_breaks": draw(st.sampled_from([[], [], ["distinct_genes"]]))},
        genes=[gene(n, draw(shares)) for n in range(1, 8)],
    )
    true = st.lists(st.tuples(st.integers(1, 7), st.integers(1, count), st.integers(1, 6)), max_size=4)
    found = [finding(n, Truth.TRUE, at, strength) for n, at, strength in draw(true)]
    for n, at, strength in draw(true):
        found.append(finding(n, Truth.UNKNOWN, at, strength, carrier_ppm=draw(st.sampled_from([1, 90_000, MILLION]))))
        if draw(st.integers(0, 5)) == 0:
            found.append(finding(n, Truth.TRUE, draw(st.integers(at, count)), draw(st.integers(1, 6)), revocable=True))
    return Contest(content, rules_of(content), tuple(evolve(f, loci=(str(at),)) for at, f in enumerate(found)))


@st.composite
def doubtful(draw: st.DrawFn) -> Contest:
    """Contests in which some unknown findings may be worth less than the most."""
    contest = draw(st.one_of(contests(), close(), close()))
    return evolve(
        contest,
        findings=tuple(
            evolve(f, partly=draw(st.sampled_from([0, 0, f.strength // 2]))) if f.truth is Truth.UNKNOWN else f
            for f in contest.findings
        ),
    )


def worlds(contest: Contest) -> Iterator[tuple[Loci, str | None]]:
    """Every completion, from the words of the model: the unknown findings that come out true, and the category."""
    unknown = [f for f in contest.findings if f.truth is Truth.UNKNOWN]
    for worths in itertools.product(*({0, f.strength, f.partly} for f in unknown)):
        true = [evolve(f, truth=Truth.TRUE, strength=w) for f, w in zip(unknown, worths, strict=True) if w]
        sure = [f for f in contest.findings if f.truth is Truth.TRUE and not f.revocable]
        loose = [f for f in contest.findings if f.truth is Truth.TRUE and f.revocable]
        may_go = [(True, False) if any(t.gene == f.gene and t.tier <= f.tier for t in true) else (True,) for f in loose]
        for stays in itertools.product(*may_go):
            full = (*true, *sure, *(f for f, stay in zip(loose, stays, strict=True) if stay))
            yield frozenset(f.loci for f in true), decided(contest, full)


def decided(contest: Contest, findings: tuple[Finding, ...]) -> str | None:
    found = plain(findings)
    points, genes = oracle.points_of(contest.content, found), oracle.genes_of(contest.content, found)
    return oracle.decide(contest.content, points, genes, "P1", contest.rules.digest, ACCRUAL.form)[0]


def overturning(contest: Contest) -> set[Loci]:
    now = decided(contest, contest.findings)
    return {true for true, category in worlds(contest) if category != now}


def minimal(sets: set[Loci]) -> set[Loci]:
    return {one for one in sets if not any(other < one for other in sets)}


def fewest(sets: set[Loci]) -> int:
    """The size of the smallest set that meets every one of these."""
    every = sorted(frozenset().union(*sets))
    return next(
        size
        for size in range(len(every) + 1)
        for chosen in itertools.combinations(every, size)
        if all(one & set(chosen) for one in sets)
    )


def without(contest: Contest, gone: tuple[Finding, ...]) -> Contest:
    absent = {f.loci for f in gone}
    return evolve(
        contest, findings=tuple(evolve(f, truth=Truth.FALSE) if f.loci in absent else f for f in contest.findings)
    )


def chances(contest: Contest, sets: set[Loci]) -> tuple[Fraction, Fraction]:
    """The chance of these sets of true findings, each as likely as its bound: independent, and all by one draw."""
    ppm = {f.loci: f.carrier_ppm for f in contest.findings if f.truth is Truth.UNKNOWN}
    independent = Fraction(0)
    for one in sets:
        chance = Fraction(1)
        for loci, each in ppm.items():
            chance *= Fraction(each if loci in one else MILLION - each, MILLION)
        independent += chance
    cuts = sorted({0, MILLION, *ppm.values()})
    together = sum(
        high - low
        for low, high in itertools.pairwise(cuts)
        if frozenset(loci for loci, each in ppm.items() if each > low) in sets
    )
    return independent, Fraction(together, MILLION)


@pytest.mark.holds("SETL-01")
@times(2)
@given(doubtful())
def test_few_completions_are_answered_exactly(contest):
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(settling, "MOST_COMPLETIONS", 100_000)
        decision, sets = contest.decided(), minimal(overturning(contest))
    event(f"{decision.basis}, settled {decision.settled}")
    assert decision.settlement.answered == "exact"
    assert decision.settled == (not sets)
    assert {f.loci for f in decision.decisive} == frozenset().union(*sets)
    assert (len(decision.to_test.findings), decision.to_test.exact) == (fewest(sets), True)
    assert not overturning(without(contest, decision.to_test.findings))


@pytest.mark.holds("SETL-04")
@times(2)
@given(doubtful())
def test_tests_are_called_conclusive_exactly_when_any_result_settles(contest):
    tests = contest.decided().to_test
    unknown = {f.loci: f for f in tests.findings}
    conclusive = True
    for worths in itertools.product(*({0, f.strength, f.partly} for f in unknown.values())):
        shown = dict(zip(unknown, worths, strict=True))
        categories = set()
        for true, given_then in labelled(contest):
            if all(true.get(loci, 0) == worth for loci, worth in shown.items()):
                categories.add(given_then)
        conclusive = conclusive and len(categories) <= 1
    assert tests.conclusive == conclusive


def labelled(contest: Contest) -> Iterator[tuple[dict[tuple[str, ...], int], str | None]]:
    """The same worlds, with what each true finding is worth."""
    unknown = [f for f in contest.findings if f.truth is Truth.UNKNOWN]
    for worths in itertools.product(*({0, f.strength, f.partly} for f in unknown)):
        told = {f.loci: w for f, w in zip(unknown, worths, strict=True) if w}
        known = tuple(
            evolve(f, truth=Truth.TRUE if f.loci in told else Truth.FALSE, strength=told.get(f.loci, 0))
            if f.truth is Truth.UNKNOWN
            else f
            for f in contest.findings
        )
        loose = [f for f in known if f.truth is Truth.TRUE and f.revocable]
        came = [f for f in known if f.loci in told]
        may_go = [(True, False) if any(t.gene == f.gene and t.tier <= f.tier for t in came) else (True,) for f in loose]
        for stays in itertools.product(*may_go):
            gone = {f.loci for f, stay in zip(loose, stays, strict=True) if not stay}
            yield told, decided(contest, tuple(f for f in known if f.loci not in gone))


@pytest.mark.holds("SETL-02")
@times(2)
@given(doubtful(), st.booleans())
def test_the_risk_is_an_upper_bound_whatever_depends_on_what(contest, few):
    decision = contest.decided() if few else bounded(contest.decided)
    assert max(chances(contest, overturning(contest))) <= Fraction(decision.overturn_risk_ppm, MILLION)


def bounded(decided: Callable[[], Decision]) -> Decision:
    """As if there were too many completions to try."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(settling, "MOST_COMPLETIONS", 0)
        decision = decided()
        assert decision.to_test.at_least >= 0  # found as if there were too many, too
    return decision


@pytest.mark.holds("SETL-01")
@times(6)
@given(doubtful())
def test_sums_alone_are_sound(contest):
    decision, sets = bounded(contest.decided), minimal(overturning(contest))
    event(f"{decision.basis}, settled {decision.settled}, can be overturned {bool(sets)}")
    assert not (decision.settled and sets)
    if decision.settlement.answered == "exact":
        assert decision.settled == (not sets)
    named = {f.loci for f in decision.decisive}
    assert all(one & named for one in sets)
    assert not overturning(without(contest, decision.to_test.findings))
    assert decision.to_test.at_least <= fewest(sets)


@times(2)
@given(doubtful())
def test_sums_find_most_of_what_is_settled(contest):
    """Of leads without a cap, a tie-break or a revocable finding, all of it, since there the sums are exact."""
    plain_tiers = [t for t in contest.content["decision"]["tiers"] if "cap" not in t]
    if contest.content["decision"]["tie_breaks"] or len(plain_tiers) < len(contest.content["decision"]["tiers"]):
        return
    decision = bounded(contest.decided)
    alone = sum(f.truth is Truth.UNKNOWN for f in contest.findings) == 1
    if decision.basis == "lead" and alone and not any(f.revocable for f in contest.findings):
        assert decision.settled == (not overturning(contest))


def many(number: int, need: int) -> Contest:
    """A leads B by what `need` genes of 100 points make up; there are so many of them, each unknown."""
    content = content_of(
        categories=[category("A"), category("B")],
        decision={"tiers": [tier(1, 100, 100)]},
        genes=[gene(1, {"A": 1000}), *({**gene(2, {"B": 100}), "symbol": f"H{n}"} for n in range(number))],
    )
    unknown = [evolve(finding(0, Truth.UNKNOWN, carrier_ppm=600), gene=f"H{n}", loci=(str(n),)) for n in range(number)]
    return Contest(content, rules_of(content), (finding(1, strength=need * 100), *unknown))


@pytest.mark.parametrize(("number", "need"), [(12, 1), (12, 2), (12, 5), (40, 20)])
def test_of_many_genes_that_are_needed_together_few_may_stay_untested(number, need):
    decision = many(number, need).decided()
    assert not decision.settled and len(decision.decisive) == number
    assert len(decision.to_test.findings) == number - need + 1
    assert decision.overturn_risk_ppm == -(-600 * number // need)
    assert (decision.to_test.at_least == number) == (need == 1)


def test_a_gain_that_a_cap_cuts_does_not_make_up_for_the_rival_s():
    """A has all that it can have; a gene of both then speaks for B alone."""
    content = content_of(
        categories=[category("A"), category("B")],
        decision={"tiers": [tier(1, 100, 300, cap=500)]},
        genes=[gene(1, {"A": 1000}), gene(2, {"A": 500, "B": 500})],
    )
    unsure = evolve(finding(2, Truth.UNKNOWN, carrier_ppm=600), loci=("0",))
    decision = bounded(Contest(content, rules_of(content), (finding(1), unsure)).decided)
    assert (decision.settled, decision.settlement.answered, decision.overturn_risk_ppm) == (False, "exact", 600)


def test_a_sum_out_of_reach_settles_however_many_there_are():
    assert many(40, 42).decided().settled


# ------------------------------------------------------------------------------------------------ the shipped rule set

RULES = assigner.read_rules()
FORMS = {
    "one allele": {"alleles": {"VCP-R155H": "0/1"}},
    "one weak allele": {"alleles": {"ANG-S52N": "0/1"}},
    "tied": {"alleles": {"TBK1-E696K": "0/1"}},
    "nothing": {"repeats": {"C9orf72": "2/2"}},
}


@pytest.mark.holds("SETL-02")
@pytest.mark.parametrize("name", FORMS)
def test_no_more_simulated_participants_are_overturned_than_the_risk_says(name):
    made = assign(assigner.profile_of(FORMS[name], RULES), RULES)
    true = [f for f in made.findings if f.truth is Truth.TRUE]
    unknown = [f for f in made.findings if f.truth is Truth.UNKNOWN and RULES.content.shares_of.get(f.gene)]
    terms = Terms.of(RULES.content, made.profile.participant, RULES.digest)

    @functools.cache
    def overturned(came: frozenset[int]) -> bool:
        more = [evolve(unknown[n], truth=Truth.TRUE) for n in came]
        return (
            Duels(Tally.of(Findings.of([*true, *more], RULES.content), RULES.content).entries, terms).outcome()[0]
            != made.decision.category
        )

    draws, chance = 5_000 if QUICK else 20_000, random.Random(4711).random
    likely = [(n, f.carrier_ppm / MILLION) for n, f in enumerate(unknown)]
    count = sum(overturned(frozenset(n for n, p in likely if chance() < p)) for _ in range(draws))
    assert 0 < count / draws <= made.decision.overturn_risk_ppm / MILLION


@pytest.mark.holds("SETL-04")
@pytest.mark.parametrize("name", FORMS)
def test_the_tests_named_for_the_shipped_rule_set_settle_it(name):
    made = assign(assigner.profile_of(FORMS[name], RULES), RULES)
    tests = made.decision.to_test
    assert tests.findings and tests.at_least <= len(tests.findings)
    tested = {(f.criterion, f.gene, f.loci) for f in tests.findings}
    absent = [
        evolve(f, truth=Truth.FALSE) if (f.criterion, f.gene, f.loci) in tested else f for f in made.findings
    ]  # fmt: skip
    after = decided_again(absent)
    assert (after.category, after.settled) == (made.decision.category, True)


def decided_again(findings: list[Finding]) -> Decision:
    return decide(Findings.of(findings, RULES.content), RULES.content, participant="participant", digest=RULES.digest)


def test_a_need_beyond_what_sums_are_searched_for_is_kept():
    beyond = Threat(MOST_NEED + 1, ())
    assert beyond.tight() is beyond
