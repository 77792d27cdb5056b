"""Forecasts: shares against every participant enumerated by hand, trials against scipy's sums and brute force."""

from __future__ import annotations

import itertools
import json
import math
import re
from pathlib import Path
from typing import Any

import pytest
from attrs import evolve
from click.testing import CliRunner
from hypothesis import given
from hypothesis import strategies as st

pytest.importorskip("scipy")
pytest.importorskip("matplotlib")

import numpy as np
from scipy.stats import binom, multinomial

import assigner
from assigner.assignments import Assignment, assign
from assigner.cli import main
from assigner.decisions.accrual import Accrual
from assigner.decisions.contests import Basis
from assigner.decisions.grades import Grade
from assigner.decisions.reasons import Reason
from assigner.errors import InputError, RuleSetError
from assigner.evidence.answers import find
from assigner.forecasts.charts import chart
from assigner.forecasts.frequencies import Frequencies, frequencies_of, parse_frequencies, read_frequencies
from assigner.forecasts.populations import Laboratory, population
from assigner.forecasts.shares import Forecast, forecast
from assigner.forecasts.trials import ArmSize, all_filled, arm_sizes, enrolment, power, seen, two_stage
from assigner.profiles.calls import Sex
from assigner.profiles.profile import Profile
from assigner.rules import Rules
from assigner.testing.contents import contents
from assigner.testing.parts import WORD, allele, content_of, criterion, gene, repeat, rules_of, tier
from assigner.truth import Truth
from effort import some, times

laboratories = st.builds(
    Laboratory,
    sex=st.sampled_from(Sex),
    absent_is_reference=st.booleans(),
    repeats=st.booleans(),
    annotated=st.booleans(),
    structural=st.booleans(),
)


WAYS = ["review", "lot", "smallest_arm", "minimise"]


@st.composite
def rule_sets_of_all_protocols(draw: st.DrawFn) -> Rules:
    content = draw(contents())
    names = [category["id"] for category in content["categories"]]
    if draw(st.booleans()):
        ways = {"no_evidence": draw(st.sampled_from(WAYS)), "tied": draw(st.sampled_from(WAYS))}
        weights = draw(st.dictionaries(st.sampled_from(names), st.integers(1, 3)))
        factors = {"factors": {"site": 1}} if "minimise" in ways.values() else {}
        content["decision"]["otherwise"] = {**ways, **factors, "weights": weights, **WORD}
        content["decision"]["grades"] = {"allocated": draw(st.sampled_from(["assign", "review"]))}
    return rules_of(content)


rule_sets = rule_sets_of_all_protocols()


def balances(rules: Rules) -> bool:
    otherwise = rules.content.decision.otherwise
    return otherwise is not None and bool({"smallest_arm", "minimise"} & {otherwise.no_evidence, otherwise.tied})


def shares(found: Forecast) -> list[Any]:
    return [*found.assigned.values(), *found.provisional.values(), found.no_category]


def told(found: Forecast) -> dict[str, Any]:
    named = {f"assigned {name}": share for name, share in found.assigned.items()}
    named |= {f"review {name}": share for name, share in found.provisional.items()}
    named |= {f"assigned {name}, {grade}": share for (name, grade), share in found.assigned_by_grade.items()}
    named |= {f"review {name}, {grade}": share for (name, grade), share in found.provisional_by_grade.items()}
    named |= {reason.value: share for reason, share in found.reasons.items()}
    return named | {"review None": found.no_category}


# Shares


@given(rule_sets, laboratories)
def test_shares_and_the_rest_make_everyone(rules: Rules, laboratory: Laboratory) -> None:
    found = forecast(population(rules, frequencies_of(rules), laboratory))

    sure = sum(share.least for share in shares(found)) + found.rest
    assert sure <= 1 + 1e-9 <= sum(share.most for share in shares(found)) + 2e-9
    assert sum(found.flows.values()) <= 1 + 1e-9
    assert balances(rules) or math.isclose(sure, 1, abs_tol=1e-9)
    for name, share in found.assigned.items():
        of_grades = sum(found.assigned_by_grade[name, grade].least for grade in Grade)
        assert math.isclose(of_grades, share.least, abs_tol=1e-9)
    assert all(0 <= share.least <= share.most <= 1 for share in told(found).values())


def counted(made: Assignment, category: str | None) -> set[str]:
    """What one assignment counts for, if this is its category."""
    first = f"{'assigned' if made.is_assigned else 'review'} {category}"
    return {first, *([f"{first}, {made.grade}"] if category else []), *(raised.reason.value for raised in made.reasons)}


def counts_of(profile: Profile, rules: Rules, accrual: Accrual | None) -> list[tuple[float, float, set[str]]]:
    """What a participant counts for, with the least and the most chance, asking as many ids as a lot needs."""
    made = assign(profile, rules, accrual)
    names, basis = made.decision.among, made.decision.basis
    if not basis.is_drawn:
        return [(1.0, 1.0, counted(made, made.category or made.provisional))]
    if basis in (Basis.SMALLEST_ARM, Basis.MINIMISE):
        each = [counted(made, name) for name in names]
        always = set.intersection(*each)
        return [(1.0, 1.0, always), *((0.0, 1.0, one - always) for one in each)]
    otherwise = rules.content.decision.otherwise
    weights = {name: otherwise.weights.get(name, 1) if otherwise and basis is Basis.LOT else 1 for name in names}
    found: dict[str | None, set[str]] = {}
    ids = itertools.count()
    while found.keys() != set(names):
        other = assign(evolve(profile, participant=f"P{next(ids)}"), rules, accrual)
        found[other.decision.category] = counted(other, other.decision.category)
    chances = {name: weight / sum(weights.values()) for name, weight in weights.items()}
    return [(chances[name], chances[name], found[name]) for name in names]


def by_hand(
    rules: Rules, table: Frequencies, laboratory: Laboratory
) -> tuple[dict[str, float], dict[str, float], float]:
    """Every participant with at most two things, each assigned by itself, and the chance of all others."""
    alone = {}
    for name, items in table.carried.items():
        for each in items:
            one = Frequencies(carried={name: (each,)}, own_priors=0)
            made = [v for own in population(rules, one, laboratory).classes.values() for v in own]
            alone[each] = made[0] if made else None
    none = {name: 1 - sum(each.ppm for each in items) / 1e6 for name, items in table.carried.items()}
    people = population(rules, table, laboratory)
    least: dict[str, float] = {}
    most: dict[str, float] = {}
    beyond = 1.0
    for size in range(3):
        for chosen in itertools.combinations([each for items in table.carried.values() for each in items], size):
            genes = {each.gene for each in chosen}
            if len(genes) < size:
                continue
            chance = math.prod(each.ppm / 1e6 for each in chosen)
            chance *= math.prod(share for name, share in none.items() if name not in genes)
            profile = people.profile([v for each in chosen if (v := alone[each])])
            for sure, possible, outcomes in counts_of(profile, rules, people.accrual):
                for name in outcomes:
                    least[name] = least.get(name, 0) + chance * sure
                    most[name] = most.get(name, 0) + chance * possible
            beyond -= chance
    return least, most, beyond


@pytest.mark.holds("CURA-03")
@given(rule_sets, laboratories)
def test_shares_are_those_of_participants_assigned_one_by_one(rules: Rules, laboratory: Laboratory) -> None:
    table = frequencies_of(rules)
    least, most, beyond = by_hand(rules, table, laboratory)

    found = told(forecast(population(rules, table, laboratory)))

    for name, share in found.items():
        assert share.least >= least.get(name, 0) - 1e-9, name  # what is not seen needs no room among the two
        assert share.least <= least.get(name, 0) + beyond + 1e-9, name
        assert share.most >= most.get(name, 0) - 1e-9, name


@pytest.mark.holds("CURA-03")
@given(rule_sets, laboratories, st.integers(0, 9))
def test_simulation_and_enumeration_agree(rules: Rules, laboratory: Laboratory, seed: int) -> None:
    found = forecast(population(rules, frequencies_of(rules), laboratory), draws=20_000, seed=seed)

    assert found.left == 0
    for name, share in told(found).items():
        assert share.simulated is not None
        middle, low, high = share.simulated
        assert low <= middle <= high
        deviation = math.sqrt(max(share.most * (1 - share.least), 1e-4) / found.draws)
        assert share.least - 6 * deviation <= middle <= share.most + 6 * deviation, name


@pytest.fixture(scope="module")
def shipped() -> tuple[Rules, Forecast]:
    rules = assigner.read_rules()
    people = population(rules, frequencies_of(rules), Laboratory())
    return rules, forecast(people, draws=1_000_000, most=200)


def test_the_shipped_rule_set_s_simulation_lies_where_the_enumeration_says(shipped: tuple[Rules, Forecast]) -> None:
    _, found = shipped
    assert found.rest < 0.05
    assert found.results == 200
    assert abs(found.left / found.draws - found.rest) < 0.001
    for name, share in told(found).items():
        assert share.simulated is not None
        _, low, high = share.simulated
        assert low <= share.most, name
        assert high >= share.least, name


def test_the_shipped_rule_set_assigns_most_carriers_of_its_most_frequent_repeat(
    shipped: tuple[Rules, Forecast],
) -> None:
    rules, found = shipped
    most = max(rules.content.genes, key=lambda gene: gene.carrier_ppm or 0)
    assert most.carrier_ppm is not None
    category = max(most.shares, key=lambda share: share.share).category
    assert found.assigned[category].least > 0.7 * most.carrier_ppm / 1e6


@given(rule_sets, st.sampled_from(Sex))
def test_each_thing_carried_is_found_by_a_laboratory_that_looks_for_all(rules: Rules, sex: Sex) -> None:
    table = frequencies_of(rules)
    for name, items in table.carried.items():
        for each in items:
            one = Frequencies(carried={name: (evolve(each, ppm=1000.0),)}, own_priors=0)
            people = population(rules, one, Laboratory(sex=sex))
            (classes,) = people.classes.values()
            true = [f for f in find(people.profile(classes), rules).all if f.truth is Truth.TRUE and f.gene == name]
            assert true, each


@given(st.integers(0, 400_000), st.integers(0, 400_000))
def test_more_carriers_of_a_gene_never_lower_its_category_s_share(one: int, other: int) -> None:
    fewer, more = sorted((one, other))
    content = content_of(genes=[gene(1, {"A": 1000})], alleles=[allele("X", 1, 10)])
    found = []
    for ppm in (fewer, more):
        rules = rules_of(content)
        table = parse_frequencies(f"kind\tname\tcarrier_ppm\ngene\tG1\t{ppm}\n".encode(), rules)
        found.append(forecast(population(rules, table, Laboratory())).assigned["A"].least)
    assert found == [pytest.approx(fewer / 1e6), pytest.approx(more / 1e6)]


def test_two_genes_that_compete_tie_as_often_as_both_are_carried() -> None:
    content = content_of(
        genes=[gene(1, {"A": 1000}, carrier_ppm=100_000), gene(2, {"B": 1000}, carrier_ppm=200_000)],
        alleles=[allele("X", 1, 10), allele("Y", 2, 10)],
    )
    rules = rules_of(content)
    found = forecast(population(rules, frequencies_of(rules), Laboratory()))
    assert found.rest == pytest.approx(0)
    assert found.assigned["A"].least == pytest.approx(0.1 * 0.8)
    assert found.assigned["B"].least == pytest.approx(0.2 * 0.9)
    assert found.reasons[Reason.TIED].least == pytest.approx(0.02)
    assert found.no_category.least == pytest.approx(0.9 * 0.8 + 0.02)


@pytest.mark.parametrize(
    ("sex", "pos", "genotype"),
    [(Sex.MALE, 5_000_010, "1"), (Sex.FEMALE, 5_000_010, "0/1"), (Sex.MALE, 1_000_010, "0/1")],
    ids=["one copy", "two copies", "pseudo-autosomal"],
)
def test_one_copy_on_a_man_s_x_is_every_copy(sex: Sex, pos: int, genotype: str) -> None:
    place = {"chrom": "X", "pos38": pos, "ref38": "A", "alt38": "C", "pos37": pos, "ref37": "A", "alt37": "C"}
    content = content_of(
        genes=[gene(1, {"A": 1000}, chrom="X", carrier_ppm=1000)],
        alleles=[allele("X", 1, 10, place=place, needs="one")],
    )
    rules = rules_of(content)
    people = population(rules, frequencies_of(rules), Laboratory(sex=sex))
    (call,) = people.profile(people.classes["G1"]).alleles.values()
    assert call.genotype == genotype


def test_a_repeat_that_nobody_sizes_leaves_everyone_unsettled() -> None:
    content = content_of(
        genes=[gene(1, {"A": 1000}, carrier_ppm=100_000)],
        repeats=[repeat("R1", 1)],
        criteria=[criterion("repeat", 1)],
        decision={"tiers": [tier(1)]},
    )
    rules = rules_of(content)
    sized = forecast(population(rules, frequencies_of(rules), Laboratory()))
    blind = forecast(population(rules, frequencies_of(rules), Laboratory(repeats=False)))
    unsettled = Reason.UNSETTLED
    assert (sized.assigned["A"].least, sized.reasons[unsettled].least) == (pytest.approx(0.1), 0)
    assert (blind.assigned["A"].least, blind.reasons[unsettled].least) == (0, pytest.approx(1))


def test_what_is_beyond_the_most_results_is_the_rest_and_left() -> None:
    content = content_of(genes=[gene(1, {"A": 1000}, carrier_ppm=100_000)], alleles=[allele("X", 1, 10)])
    rules = rules_of(content)
    steps: list[tuple[int, int]] = []
    found = forecast(
        population(rules, frequencies_of(rules), Laboratory()), draws=1000, most=1,
        progress=lambda *step: steps.append(step),
    )  # fmt: skip
    assert found.rest == pytest.approx(0.1)
    assert found.left == pytest.approx(100, abs=60)
    assert found.assigned["A"].simulated is not None
    assert found.assigned["A"].simulated[2] > 0.03
    assert steps[-1] == (1002, 1002)


def test_a_lot_gives_each_category_its_part_and_a_balance_any() -> None:
    def found(way: str, **grades: str) -> Forecast:
        content = content_of(
            genes=[gene(1, {"A": 1000}, carrier_ppm=100_000)],
            alleles=[allele("X", 1, 10)],
            decision={"otherwise": {"no_evidence": way, "weights": {"A": 3}, **WORD}, "grades": grades},
        )
        rules = rules_of(content)
        return forecast(population(rules, frequencies_of(rules), Laboratory()), draws=2000)

    lot, balance, held = found("lot"), found("smallest_arm"), found("lot", allocated="review")
    total = 3 + len(lot.assigned) - 1
    assert lot.assigned["A"].least == pytest.approx(0.1 + 0.9 * 3 / total)
    assert lot.assigned_by_grade["A", Grade.ALLOCATED].least == pytest.approx(0.9 * 3 / total)
    assert lot.no_category.most == pytest.approx(0)
    assert (balance.assigned["A"].least, balance.assigned["A"].most) == (pytest.approx(0.1), pytest.approx(1))
    assert balance.assigned["A"].simulated is not None
    assert balance.assigned["A"].simulated[1] < 0.1 < balance.assigned["A"].simulated[2]
    assert balance.flows == {("A",): pytest.approx(0.1), tuple(balance.assigned): pytest.approx(0.9)}
    assert held.provisional["A"].least == pytest.approx(0.9 * 3 / total)
    assert held.flows == {("A",): pytest.approx(0.1)}


@pytest.mark.holds("CURA-03")
@times(0.5)
@given(st.integers(20, 200), st.integers(1, 4), st.integers(0, 9))
def test_a_balance_fills_arms_in_their_ratio(enrolled: int, ratio: int, seed: int) -> None:
    sizes = arm_sizes({("A", "B"): 1.0}, {"A": ratio, "B": 1, "C": 1}, enrolled, seed=seed, trials=20)
    expected = enrolled * ratio / (ratio + 1)
    assert list(sizes) == ["A", "B", "C"]
    assert abs(sizes["A"].low - expected) <= 1 >= abs(sizes["A"].high - expected)
    assert sizes["C"] == ArmSize(0, 0, 0)


def test_arms_without_a_balance_are_binomial() -> None:
    sizes = arm_sizes({("A",): 0.3, ("B",): 0.1}, {"A": 1, "B": 1}, 200, seed=1, trials=20_000)
    for name, share in (("A", 0.3), ("B", 0.1)):
        low, middle, high = binom.ppf([0.05, 0.5, 0.95], 200, share)
        assert (sizes[name].low, sizes[name].median, sizes[name].high) == (
            pytest.approx(low, abs=1), pytest.approx(middle, abs=1), pytest.approx(high, abs=1),
        )  # fmt: skip


# Two stages


@pytest.mark.holds("CURA-03")
@pytest.mark.parametrize(
    ("rates", "optimal", "minimax"),
    some(
        [
            ((0.05, 0.25), (0, 9, 2, 17, 12.0), (0, 12, 2, 16, 13.8)),
            ((0.10, 0.30), (1, 10, 5, 29, 15.0), (1, 15, 5, 25, 19.5)),
            ((0.20, 0.40), (3, 13, 12, 43, 20.6), (4, 18, 10, 33, 22.3)),
        ],
        3,
    ),
)
def test_designs_of_two_stages_are_those_of_simon_s_tables(
    rates: tuple[float, float], optimal: tuple[float, ...], minimax: tuple[float, ...]
) -> None:
    """Simon 1989, table 1: alpha 0.05, power 0.80."""
    for design, expected in zip(two_stage(*rates, alpha=0.05, wanted=0.8), (optimal, minimax), strict=True):
        assert (design.stop, design.first, design.reject, design.all, round(design.expected, 1)) == expected
        assert design.size <= 0.05
        assert design.power >= 0.8


def test_where_no_design_is_small_enough_there_is_none() -> None:
    assert two_stage(0.05, 0.06, alpha=0.05, wanted=0.9) == ()


# Frequencies

RULES = rules_of(
    content_of(
        genes=[gene(1, {"A": 1000}, carrier_ppm=6000), gene(2, {"B": 1000})],
        alleles=[allele("X1", 1, 10), allele("X2", 1, 20), allele("X3", 1, 30, needs="two"), allele("Y1", 2, 10)],
        repeats=[repeat("R2", 2)],
        criteria=[criterion("listed_allele", 1), criterion("repeat", 1), criterion("clinvar", 1)],
    )
)
HEAD = "kind\tname\tcarrier_ppm\tallele_frequency\tsource\n"


def carried(text: str) -> dict[str, float]:
    table = parse_frequencies((HEAD + text).encode(), RULES)
    return {each.name: each.ppm for items in table.carried.values() for each in items if each.kind != "unlisted"}


def test_a_gene_s_carriers_are_spread_evenly_over_its_places() -> None:
    table = frequencies_of(RULES)
    assert {each.name: each.ppm for each in table.carried["G1"]} == {
        "X1": 2000, "X2": 2000, "X3": 2000, "clinvar_1": 100,
    }  # fmt: skip
    assert {each.name: each.ppm for each in table.carried["G2"]} == {"Y1": 250, "R2": 250, "clinvar_1": 100}
    assert (table.own_priors, table.rows) == (3, ())


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("gene\tG1\t9000\t\tPMID:1\n", {"X1": 3000, "X2": 3000, "X3": 3000}),
        ("allele\tX1\t1000\t\t\n", {"X1": 1000, "X2": 2500, "X3": 2500}),
        ("allele\tX1\t7000\t\t\n", {"X1": 7000}),
        ("gene\tG1\t500\t\t\nallele\tX1\t500\t\t\n", {"X1": 500}),
        ("gene\tG1\t0\t\t\n", {}),
        ("allele\tX1\t\t0.1\t\n", {"X1": 190_000}),
        ("allele\tX3\t\t0.1\t\n", {"X3": 10_000}),
    ],
)
def test_rows_replace_the_rule_set_s_priors(text: str, expected: dict[str, float]) -> None:
    found = {name: ppm for name, ppm in carried(text).items() if name.startswith("X")}
    assert {name: found[name] for name in expected} == pytest.approx(expected)
    assert sum(found.values()) == pytest.approx(max(sum(expected.values()), 0 if "gene" in text else 6000))


def test_a_criterion_s_row_holds_for_every_gene() -> None:
    table = parse_frequencies((HEAD + "criterion\tclinvar_1\t7\t\t\n").encode(), RULES)
    assert [each.ppm for items in table.carried.values() for each in items if each.kind == "unlisted"] == [7, 7]


@pytest.mark.parametrize(
    ("text", "line", "column", "expected"),
    [
        ("gene\tG11\t1\t\t\n", 2, "name", "'G1' (did you mean that?)"),
        ("allele\tX1\t1\t\t\nallele\tXX2\t1\t\t\n", 3, "name", "'X2' (did you mean that?)"),
        ("repeat\tR22\t1\t\t\n", 2, "name", "'R2' (did you mean that?)"),
        ("criterion\tclinvar\t1\t\t\n", 2, "name", "'clinvar_1' (did you mean that?)"),
        ("genes\tG1\t1\t\t\n", 2, "kind", "'gene' (did you mean that?)"),
        ("locus\tG1\t1\t\t\n", 2, "kind", "one of the kinds: gene, allele, repeat, criterion"),
        ("gene\tG1\t1e3\t\t\n", 2, "carrier_ppm", "a decimal number from 0 to less than 1000000"),
        ("gene\tG1\t-1\t\t\n", 2, "carrier_ppm", "a decimal number from 0 to less than 1000000"),
        ("gene\tG1\t1000000\t\t\n", 2, "carrier_ppm", "a decimal number from 0 to less than 1000000"),
        ("gene\tG1\t\t\t\n", 2, "carrier_ppm", "a number here or under allele_frequency"),
        ("allele\tX1\t1\t0.1\t\n", 2, "carrier_ppm", "a number here or under allele_frequency"),
        ("allele\tX1\t\t1.5\t\n", 2, "allele_frequency", "a decimal number from 0 to less than 1"),
        ("gene\tG1\t\t0.1\t\n", 2, "allele_frequency", "carrier_ppm, other than for an allele on an autosome"),
        ("gene\tG1\t1\t\t\ngene\tG1\t1\t\t\n", 3, "name", "each name once"),
        ("gene\tG1\t1\t\t\nallele\tX1\t2\t\t\n", 2, "carrier_ppm", "at least the 2 of its own rows"),
        ("gene\tG2\t9\t\t\nallele\tY1\t2\t\t\nrepeat\tR2\t3\t\t\n", 2, "carrier_ppm", "the 5 of its own rows"),
        ("allele\tX1\t999999\t\t\n", 2, "carrier_ppm", "fewer than 1000000 carriers of G1 together"),
        ("gene\tG1\n", 2, "(row)", "5 cells"),
    ],
)
def test_a_fault_of_the_table_has_its_line(text: str, line: int, column: str, expected: str) -> None:
    with pytest.raises(RuleSetError) as raised:
        parse_frequencies((HEAD + text).encode(), RULES, name="f.tsv")
    (fault,) = raised.value.faults
    assert (fault.file, fault.line, fault.path, fault.expected) == ("f.tsv", line, column, expected)


def test_a_column_that_is_not_known_is_refused() -> None:
    with pytest.raises(RuleSetError, match="'carrier_ppm' \\(did you mean that\\?\\)"):
        parse_frequencies(b"kind\tname\tcarriers_ppm\tcarrier_ppm\ngene\tG1\t1\t1\n", RULES)


def test_a_table_that_cannot_be_read(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="a readable file"):
        read_frequencies(tmp_path / "none.tsv", RULES)


# Trials


@pytest.mark.holds("CURA-03")
@given(st.lists(st.integers(1, 30), min_size=1, max_size=3), st.integers(0, 20), st.integers(1, 3), st.integers(0, 14))
def test_the_chance_that_arms_fill_is_the_multinomial_sum(
    weights: list[int], rest: int, per_arm: int, enrolled: int
) -> None:
    total = sum(weights) + rest
    arms = {str(at): weight / total for at, weight in enumerate(weights)}
    cells = [*arms.values(), rest / total]
    expected = sum(
        multinomial.pmf(counts, enrolled, cells)
        for counts in itertools.product(range(enrolled + 1), repeat=len(cells))
        if sum(counts) == enrolled and min(counts[:-1]) >= per_arm
    )
    assert all_filled(arms, per_arm, enrolled) == pytest.approx(expected, abs=1e-9)


@given(st.lists(st.floats(0.05, 0.3), min_size=1, max_size=3), st.integers(1, 12), st.sampled_from([0.5, 0.9, 0.99]))
def test_the_number_to_enrol_is_the_least_that_does(arms: list[float], per_arm: int, probability: float) -> None:
    named = {str(at): share for at, share in enumerate(arms)}
    plan = enrolment(named, per_arm, probability)
    assert plan.every is not None
    assert all_filled(named, per_arm, plan.every) >= probability > all_filled(named, per_arm, plan.every - 1)
    for name, share in named.items():
        number = plan.each[name]
        assert number is not None
        assert binom.sf(per_arm - 1, number, share) >= probability > binom.sf(per_arm - 1, number - 1, share)
        assert number <= plan.every


def test_an_arm_that_nobody_enters_is_out_of_reach() -> None:
    plan = enrolment({"A": 0.5, "B": 0.0, "C": 1e-9}, 5, 0.9)
    assert (plan.each["B"], plan.each["C"], plan.every) == (None, None, None)


rates = st.floats(0, 1)


@pytest.mark.holds("CURA-03")
@given(st.integers(1, 60), rates, rates, st.sampled_from([0.01, 0.05, 0.2]))
def test_the_test_is_the_exact_binomial_one(n: int, rate: float, historical: float, alpha: float) -> None:
    def tail(k: int, at: float) -> float:
        return math.fsum(math.comb(n, x) * at**x * (1 - at) ** (n - x) for x in range(k, n + 1))

    test = power(n, rate, historical, alpha)
    assert test.size <= alpha
    assert test.size == pytest.approx(tail(test.critical, historical), abs=1e-9)
    assert test.power == pytest.approx(tail(test.critical, rate), abs=1e-9)
    assert tail(test.critical - 1, historical) > alpha - 1e-9
    assert seen(n, test.critical, rate) == test.power


@given(st.integers(1, 60), st.integers(1, 10), rates, rates)
def test_power_grows_with_the_rate_and_reversals_with_the_arm(n: int, k: int, one: float, other: float) -> None:
    low, high = sorted((one, other))
    assert power(n, low, 0.05, 0.05).power <= power(n, high, 0.05, 0.05).power + 1e-12
    assert seen(n, k, low) <= seen(n, k, high) + 1e-12
    assert seen(n, k, high) <= seen(n + 1, k, high) + 1e-12


# Output and command line


def small(tmp_path: Path) -> Path:
    content = content_of(
        genes=[gene(1, {"A": 1000}, carrier_ppm=300_000), gene(2, {"B": 1000}), gene(3, {"C": 1000})],
        alleles=[allele("X1", 1, 10), allele("Y1", 2, 10), allele("Z1", 3, 10)],
    )
    file = tmp_path / "rules.yaml"
    file.write_text(json.dumps(content))
    return file


def run(*args: str | Path) -> Any:
    return CliRunner().invoke(main, ["rules", "forecast", *map(str, args)])


def test_the_command_says_shares_numbers_and_power(tmp_path: Path) -> None:
    table = tmp_path / "f.tsv"
    table.write_text("kind\tname\tcarrier_ppm\tsource\ngene\tG2\t200000\tPMID:1\nallele\tZ1\t100000\t\n")
    done = run(
        "--rules", small(tmp_path), "--frequencies", table, "--simulate", "5000", "--per-arm", "10",
        "--reversal-rate", "0.3", "--historical-rate", "0.01", "--reversals", "2", "--plot", tmp_path / "out.svg",
    )  # fmt: skip
    assert done.exit_code == 0, done.output
    assert (
        "2 rows of f.tsv (1 without a source); genes and criteria that keep the rule set's own prior: 1" in done.stdout
    )
    assert re.search(r"assigned A +21\.6000 % ", done.stdout)
    assert "at least 4 ALSFRS-R points gained and kept for at least 6 months" in done.stdout
    assert f"power at the rate 0.3: {binom.sf(1, 10, 0.3):.4f}" in done.stdout
    picture = (tmp_path / "out.svg").read_text()
    assert "assigned A" in picture
    assert picture == (chart_again(tmp_path, table)).decode()


def chart_again(tmp_path: Path, table: Path) -> bytes:
    rules = assigner.read_rules(small(tmp_path))
    found = forecast(population(rules, read_frequencies(table, rules), Laboratory()), draws=5000)
    return chart(found, "test 1")


def test_the_same_as_json(tmp_path: Path) -> None:
    done = run("--rules", small(tmp_path), "--simulate", "0", "--json", "--without", "repeats", "--per-arm", "3",
               "--reversal-rate", "0.3", "--historical-rate", "1")  # fmt: skip
    assert done.exit_code == 0, done.output
    made = json.loads(done.stdout)
    assert made["assigned"]["A"]["at_least"] == pytest.approx(0.3 * 0.9995**2)
    assert made["assigned"]["A"]["simulated"] is None
    assert made["laboratory"]["repeats"] is False
    assert made["power"]["critical"] == 4
    assert made["enrolment"]["every"] >= max(made["enrolment"]["each"].values())


def test_shares_alone_say_nothing_of_arms(tmp_path: Path) -> None:
    done = run("--rules", small(tmp_path), "--simulate", "0", "--sex", "male", "--plot", tmp_path / "out.svg")
    assert done.exit_code == 0, done.output
    assert "participants: all male" in done.stdout
    assert not re.search("enrol|reversal|power|simulated", done.stdout)
    assert (tmp_path / "out.svg").read_text().startswith("<?xml")


def test_the_chance_of_reversals_needs_no_historical_rate(tmp_path: Path) -> None:
    done = run("--rules", small(tmp_path), "--simulate", "0", "--per-arm", "8", "--reversal-rate", "0.2",
               "--reversals", "3", "--points", "6", "--months", "12")  # fmt: skip
    assert "at least 6 ALSFRS-R points gained and kept for at least 12 months" in done.stdout
    assert f"chance of at least 3 reversals in an arm: {binom.sf(2, 8, 0.2):.4f}" in done.stdout
    assert "power" not in done.stdout


def test_arms_and_two_stages_are_said(tmp_path: Path) -> None:
    args = ["--rules", small(tmp_path), "--simulate", "0", "--enrolled", "50", "--reversal-rate", "0.25"]
    done = run(*args, "--historical-rate", "0.05", "--two-stage", "0.8")
    assert done.exit_code == 0, done.output
    assert re.search(r"\n  A +\d+ +\d+ +15\n", done.stdout)
    assert "optimal: stop after 9 participants with at most 0 reversals, else go on to 17" in done.stdout
    made = json.loads(run(*args, "--historical-rate", "0.05", "--two-stage", "0.8", "--json").stdout)
    assert (made["arms"]["A"]["median"], made["two_stage"]["minimax"]["all"]) == (15, 16)
    assert "no design has at most" in run(*args, "--historical-rate", "0.249", "--two-stage", "0.9").stdout


def test_an_arm_too_small_is_said(tmp_path: Path) -> None:
    done = run("--rules", small(tmp_path), "--simulate", "0", "--per-arm", "3", "--reversal-rate", "0.3",
               "--historical-rate", "0.9")  # fmt: skip
    assert "can never reject the historical rate 0.9" in done.stdout


@pytest.mark.parametrize(
    "args",
    [
        ["--reversal-rate", "0.1"],
        ["--per-arm", "5", "--historical-rate", "0.1"],
        ["--per-arm", "5", "--reversal-rate", "0.1"],
        ["--per-arm", "5", "--reversals", "2"],
        ["--two-stage", "0.8"],
        ["--two-stage", "0.8", "--reversal-rate", "0.3"],
    ],
)
def test_numbers_that_need_each_other(args: list[str]) -> None:
    done = run(*args)
    assert done.exit_code == 2
    assert "go" in done.stderr


def test_declared_policies_stand_side_by_side(tmp_path: Path) -> None:
    """The same rules with a lot where there is no evidence assign everybody; the picture has a bar for each."""
    cautious = small(tmp_path)
    content = json.loads(cautious.read_text())
    content["decision"]["otherwise"] = {"no_evidence": "lot", "tied": "lot", **WORD}
    lots = tmp_path / "lots.yaml"
    lots.write_text(json.dumps(content))
    args = ["--rules", cautious, "--beside", lots, "--simulate", "0", "--plot", tmp_path / "out.svg"]
    done = run(*args)
    assert done.exit_code == 0, done.output
    lines = done.stdout.splitlines()
    table = lines[lines.index("side by side, at least so many of the participants:") + 1 :]
    assert "no evidence review, tied review" in table[0] and "no evidence lot, tied lot" in table[1]
    shares = {line[2:32].strip(): line[32:].split() for line in table[3:]}
    none = 100 * (1 - 0.3 * 0.9995**2 - 2 * 0.7 * 0.0005 * 0.9995)  # nothing is carried, or two that tie
    assert [float(each) for each in shares["review, no category"][::2]] == pytest.approx([none, 0], abs=2e-4)
    assert [float(each) for each in shares["assigned, allocated"][::2]] == pytest.approx([0, none], abs=2e-4)
    picture = (tmp_path / "out.svg").read_text()
    assert "tied lot" in picture and "assigned, allocated" in picture
    made = json.loads(run(*args, "--overwrite", "--json").stdout)["side_by_side"]
    assert [each["rule_set"]["digest"] for each in made] == [assigner.read_rules(f).digest for f in (cautious, lots)]
    assert made[0]["at_least"]["assigned A"] == pytest.approx(0.3 * 0.9995**2)
    assert "side by side" not in run("--rules", cautious, "--simulate", "0").stdout


def test_a_picture_is_not_written_over_a_rule_set_beside(tmp_path: Path) -> None:
    other = small(tmp_path)
    done = run("--beside", other, "--plot", other)
    assert (done.exit_code, "is an input and would be lost" in done.stderr) == (2, True)


def test_a_missing_extra_is_said(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("importlib.util.find_spec", lambda name: None)
    done = run()
    assert (done.exit_code, "pip install 'trial-assigner[forecast]'" in done.stderr) == (1, True)


def test_the_same_seed_draws_the_same(tmp_path: Path) -> None:
    rules = assigner.read_rules(small(tmp_path))
    people = population(rules, frequencies_of(rules), Laboratory())
    one, again, other = (told(forecast(people, draws=1000, seed=seed)) for seed in (3, 3, 4))
    assert one == again
    assert one != other
    first = [share.simulated[0] for name, share in one.items() if " " in name and "," not in name]
    assert np.isclose(sum(first), 1)
