"""Forecasts of polygenic scores: shares against an independent simulation, and what is not forecast."""

from __future__ import annotations

import hashlib
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

from assigner.assignments import Assignment, assign
from assigner.cli import main
from assigner.decisions.completions import open_genes
from assigner.decisions.grades import Grade
from assigner.decisions.reasons import Reason
from assigner.errors import InputError
from assigner.forecasts.drawn import DRAWS, Drawing, burden_chance
from assigner.forecasts.frequencies import frequencies_of
from assigner.forecasts.populations import Laboratory, population
from assigner.forecasts.scores import ALL, Lack, ScoreForecast, scores_forecast
from assigner.forecasts.shares import Forecast, forecast
from assigner.profiles.forms import profile_of
from assigner.rules import Rules
from assigner.rules.poisson import least_count
from assigner.testing.contents import burdened_contents, scored_contents
from assigner.testing.parts import (
    WORD,
    agreement,
    allele,
    burden,
    category,
    content_of,
    criterion,
    gene,
    reference,
    rules_of,
    score,
    scoring_file,
    tier,
)
from effort import some

FILES = {f"{name}.txt": scoring_file(("20", at, "A", "G", "0.3", "0.2")) for at, name in enumerate("ABCD", start=5)}


def own(group: str, name: str, mean: int, variance: int, **more: Any) -> dict[str, Any]:
    """A reference of the score in a file."""
    sha256 = hashlib.sha256(FILES[f"{name}.txt"]).hexdigest()
    return reference(group, mean, variance) | {"scoring_file": sha256, "alleles": 1} | more


def content(*criteria: dict[str, Any], **decision: Any) -> dict[str, Any]:
    return content_of(
        categories=[category(name) for name in ("A", "B")],
        decision={"tiers": [tier(1), tier(2, 50, 100, "yes")], **decision},
        criteria=[criterion("listed_allele", 1), *criteria],
        genes=[gene(1, {"B": 1000})],
    )


def scored(name: str, file: str, *references: dict[str, Any]) -> dict[str, Any]:
    return score(name, 2, f"{file}.txt", counts="log_odds", reference=list(references))


def forecast_of(rules: Rules) -> ScoreForecast:
    found = scores_forecast(population(rules, frequencies_of(rules), Laboratory()))
    assert found is not None
    return found


@pytest.mark.holds("POLY-11")
def test_shares_are_those_of_an_independent_simulation():
    """Of two scores with other means and variances, 100,000 drawn otherwise: both within their errors of each other."""
    spreads = {"A": (100_000, 40_000_000_000), "B": (50_000, 90_000_000_000)}
    rules = rules_of(content(*(scored(name, name, own("X", name, *spread)) for name, spread in spreads.items())), FILES)
    chance, number = np.random.default_rng(1), 100_000
    points = {
        name: np.maximum(0, np.floor(chance.normal(mean / 10**3, variance**0.5 / 10**3, number)))
        for name, (mean, variance) in spreads.items()
    }
    found = forecast_of(rules)
    (group,) = found.groups
    for name, other in (("A", "B"), ("B", "A")):
        leads = (points[name] >= 50) & (points[name] - points[other] >= 100)
        assert abs(group.categories[name] - leads.mean()) < found.error + 0.01
    assert 0.1 < group.none < 0.5
    (again,) = forecast_of(rules).groups
    assert again.drawing.strengths == group.drawing.strengths


@pytest.mark.holds("POLY-11")
def test_two_scores_of_one_spread_agree_in_half_of_the_cases_in_which_one_is_above_the_mean():
    """Alone in its category an agreement asks both scores to be above nothing: a quarter of independent draws."""
    both = [scored("A1", "A", own("X", "A", 0, 10**12)), scored("A2", "B", own("X", "B", 0, 10**12))]
    named = [each | {"category": "A"} for each in both]
    (group,) = forecast_of(rules_of(content(*named, agreement("A", 2)), FILES)).groups
    assert abs(group.agreeing["agreement-A"] - 0.25) < 0.02


@pytest.mark.holds("POLY-11")
@pytest.mark.parametrize(
    ("references", "lack"),
    [
        ({"A": [], "B": [("X", "B")]}, {"score-A": Lack.NO_REFERENCE}),
        ({"A": [("X", "C")], "B": [("X", "B")]}, {"score-A": Lack.STALE_REFERENCE}),
        ({"A": [("X", "A")], "B": [("Y", "B")]}, dict.fromkeys(["score-A", "score-B"], Lack.NO_COMMON_GROUP)),
    ],
)
def test_a_score_without_its_reference_is_not_forecast_and_no_other_one_either(tmp_path, references, lack):
    criteria = (
        scored(name, name, *(own(*each, 0, 10**12) for each in own_ones)) for name, own_ones in references.items()
    )
    made = content(*criteria)
    found = forecast_of(rules_of(made, FILES))
    assert (dict(found.lacking), found.groups) == (lack, ())
    assert all(each.words in printed(tmp_path, made) for each in lack.values())


def printed(folder: Path, made: dict[str, Any], *options: str) -> str:
    """What the command prints of a rule set."""
    for name, source in FILES.items():
        (folder / name).write_bytes(source)
    (folder / "rules.yaml").write_text(json.dumps(made))
    args = ["rules", "forecast", "--rules", str(folder / "rules.yaml"), "--simulate", "0", "--overwrite", *options]
    result = CliRunner().invoke(main, args, catch_exceptions=False)
    assert result.exit_code == 0, result.output
    return result.output


def shares_of(rules: Rules, group: str | None = None, **laboratory: Any) -> Forecast:
    """The shares of all outcomes, scores and burdens drawn."""
    people = population(rules, frequencies_of(rules), Laboratory(**laboratory))
    found = scores_forecast(people)
    chosen = found and found.chosen(group)
    return forecast(people.with_drawn(chosen.drawing) if chosen else people, draws=2_000)


def carried(*criteria: dict[str, Any], **decision: Any) -> dict[str, Any]:
    """The same rule set, and one participant in ten carries an allele of B."""
    genes = [gene(1, {"B": 1000}, carrier_ppm=100_000)]
    return content(*criteria, **decision) | {"genes": genes, "alleles": [allele("G1-0", 1, 0)]}


@pytest.mark.holds("POLY-11")
@pytest.mark.parametrize("weak", some(["assign", "review"], 2))
def test_shares_by_category_and_grade_hold_what_scores_decide_beside_stronger_evidence(weak):
    """Of whoever carries nothing the scores decide; a carrier is B, whatever the scores are."""
    spreads = {"A": (100_000, 40_000_000_000), "B": (50_000, 90_000_000_000)}
    scores = [scored(name, name, own("X", name, *spread)) for name, spread in spreads.items()]
    rules = rules_of(carried(*scores, grades={"weak": weak}), FILES)
    (alone,), found = forecast_of(rules).groups, shares_of(rules)
    shown = found.assigned_by_grade if weak == "assign" else found.provisional_by_grade
    for name in "AB":
        assert shown[name, Grade.WEAK].least == pytest.approx(0.9 * alone.categories[name])
    assert found.assigned_by_grade["B", Grade.ESTABLISHED].least == pytest.approx(0.1)
    assert found.no_category.least == pytest.approx(0.9 * alone.none)
    assert found.error == pytest.approx(0.9 * forecast_of(rules).error)  # carriers are not drawn
    _, low, high = found.no_category.simulated or (0.0, 0.0, 0.0)
    assert low < found.no_category.least < high


@pytest.mark.holds("POLY-11")
@pytest.mark.parametrize("correlation", [-900, 0, 600])
def test_scores_with_a_covariance_agree_as_often_as_a_closed_form_says(correlation):
    """Both of two normal numbers are above their means with the chance 1/4 + arcsin(rho) / 2 pi (Sheppard 1899)."""
    one, two = own("X", "A", 0, 10**12), own("X", "B", 0, 4 * 10**12)
    two["covariances"] = [{"score": "score-A1", "value": 2 * 10**9 * correlation}]
    both = [scored("A1", "A", one) | {"category": "A"}, scored("A2", "B", two) | {"category": "A"}]
    (group,) = forecast_of(rules_of(content(*both, agreement("A", 2)), FILES)).groups
    expected = 0.25 + math.asin(correlation / 1000) / (2 * math.pi)
    assert abs(group.agreeing["agreement-A"] - expected) < 0.0163  # Hoeffding, at 99 %


ALLELES = 24


def with_errors(name: str, error: str) -> bytes:
    """A scoring file of alleles of one size, each with its standard error."""
    rows = [("20", 1000 * at + "ABCD".index(name), "A", "G", "0.05", "0.3") for at in range(1, ALLELES + 1)]
    head, columns, table = re.split(r"^(chr_name.*)\n", scoring_file(*rows).decode(), flags=re.MULTILINE)
    return "\n".join(
        [f"{head}{columns}\tstandard_error", *(f"{row}\t{error}" for row in table.splitlines()), ""]
    ).encode()


def unstable(error: str, below: str) -> Rules:
    """A score for A and one for B, in people of the files' frequencies; four in five redraws must agree."""
    variance = ALLELES * 2 * 300 * 700 * 50**2  # millionths of millionths
    files = {f"{name}.txt": with_errors(name, error) for name in "AB"}
    spreads = {
        name: reference("X", 0, variance)
        | {"alleles": ALLELES, "scoring_file": hashlib.sha256(files[f"{name}.txt"]).hexdigest()}
        for name in "AB"
    }
    stability = {"redraws": 200, "at_least": 800, "below": below, **WORD}
    criteria = [scored(name, name, own) for name, own in spreads.items()]
    return rules_of(content(*criteria, stability=stability, grades={"weak": "assign"}), files)


@pytest.mark.holds("POLY-11")
@pytest.mark.parametrize(("error", "below"), some([("0.03", "review"), ("0.01", "review"), ("0.01", "note")], 2))
def test_as_many_are_unstable_as_among_people_with_genotypes_who_are_really_assigned(error, below):
    """Genotypes of 400 people are drawn by the frequencies; the forecast knows none of them."""
    rules = unstable(error, below)
    chance, people = np.random.default_rng(1), 400
    form = {"sex": "female", "absent": "reference", "assessed": "all", "structural_read": "yes"}
    shown = {"held": 0, "assigned": 0, "raised": 0}
    for at in range(people):
        copies = {f"score-{name}": "".join(map(str, chance.binomial(2, 0.3, ALLELES))) for name in "AB"}
        made = assign(profile_of({**form, "participant": f"P{at}", "scores": copies}, rules), rules)
        shown["raised"] += Reason.UNSTABLE in [each.reason for each in made.reasons]
        shown["assigned"] += made.is_assigned
        shown["held"] += made.provisional is not None
    found = shares_of(rules)
    told = {
        "raised": found.reasons[Reason.UNSTABLE].least,
        "assigned": sum(each.least for each in found.assigned.values()),
        "held": sum(each.least for each in found.provisional.values()),
    }
    assert shown["raised"] > people / 20 and (told["held"] == 0) is (below == "note")
    for what, share in told.items():
        assert abs(share - shown[what] / people) < found.error + 0.06, what
    assert found.error < 0.06


def test_a_rule_set_that_does_not_ask_forecasts_no_unstable_category():
    rules = rules_of(content(scored("A", "A", own("X", "A", 10**5, 10**10))), FILES)
    assert Reason.UNSTABLE not in shares_of(rules).reasons


LOF = "stop_gained"


def burdened(odds: str | None, **decision: Any) -> Rules:
    """A burden of A over two genes, in which every participant is looked at."""
    own = burden("A", 2, {(2, LOF): 80_000, (3, LOF): 120_000}, odds, tail_ppm=100_000)
    made = carried(own, **decision)
    return rules_of(made | {"genes": [*made["genes"], gene(2, {"A": 1000}), gene(3, {"A": 1000})]})


@pytest.mark.holds("POLY-11")
@pytest.mark.parametrize("odds", [None, "3"])
def test_a_burden_is_as_frequent_as_counting_says_and_decides_only_with_an_odds_ratio(odds):
    rules = burdened(odds)
    (criterion,) = rules.content.burdens
    chance = np.random.default_rng(1)
    counts = sum(np.minimum(2, chance.poisson(ppm / 1e6, 400_000)) for ppm in (80_000, 120_000))
    needed = least_count(criterion.expected_ppm, criterion.tail_ppm)
    bare = float((counts >= needed).mean())
    expected = bare if odds is None else 3 * bare / (1 - bare + 3 * bare)
    assert abs(burden_chance(criterion) - expected) < 0.003
    found = shares_of(rules)
    (group,) = forecast_of(rules).groups
    assert group.burdened == {"burden-A": burden_chance(criterion)} and group.group == ALL
    weak = found.assigned_by_grade["A", Grade.WEAK].least
    assert abs(weak - (0.9 * expected if odds else 0)) < 0.9 * 0.0163
    blind = Laboratory(annotated=False)  # nobody looks for it
    assert scores_forecast(population(rules, frequencies_of(rules), blind)) is None


@pytest.mark.holds("POLY-11")
@given(st.one_of(scored_contents(), burdened_contents()), st.sampled_from(["assign", "review"]), st.booleans())
def test_draws_that_are_taken_together_end_alike_and_all_shares_make_everyone(made, weak, is_lot):
    """Where nothing else is unknown each draw of a part, assigned by itself, ends as the part does."""
    made["decision"]["grades"] = {"weak": weak, "allocated": "assign"}
    made["markers"] = []
    made["flags"]["stratification"] = []
    if is_lot:
        made["decision"]["otherwise"] = {"no_evidence": "lot", "tied": "lot", **WORD}
    rules = rules_of(made)
    people = population(rules, frequencies_of(rules), Laboratory())
    drawing = Drawing.of(rules, "two" if rules.content.scores else ALL, rules.content.burdens, draws=200)
    parts, draws = drawing.parts(people.base, people.accrual, carries=False)
    assert math.isclose(sum(part.share for part in parts), 1)
    ends = {end_of(part.concluded(people.base)) for part in parts}
    if draws and not open_genes(parts[0].found):
        for strengths in sorted(set(drawing.strengths))[:12]:
            alone = evolve(drawing, strengths=(strengths,))
            ((part,), _) = alone.parts(people.base, people.accrual, carries=True)
            assert end_of(part.concluded(people.base)) in ends
    found = forecast(people.with_drawn(drawing), most=20)
    told = [*found.assigned.values(), *found.provisional.values(), found.no_category]
    assert math.isclose(sum(share.least for share in told) + found.rest, 1, abs_tol=1e-9)
    assert found.error > 0 or not draws


def end_of(made: Assignment) -> tuple[object, ...]:
    """What an assignment comes to, whoever draws a lot."""
    chosen = None if made.decision.basis.is_drawn else made.decision.category
    return chosen, made.grade, made.is_assigned, made.decision.basis, tuple(each.reason for each in made.reasons)


def test_the_command_tells_the_shares_of_groups_and_compares_policies(tmp_path):
    made = content(scored("A", "A", own("X", "A", 10**6, 10**10), own("Y", "A", -(10**6), 10**10)))
    beside = ["--beside", str(tmp_path / "rules.yaml"), "--page", str(tmp_path / "page.html")]
    told = printed(tmp_path, made, *beside)
    assert "scores and burdens: drawn for the group X, " in told
    assert re.search(r"^ {2}assigned A, weak +100\.0000 % +0\.0000 %$", told, re.MULTILINE)  # X and Y
    assert "the same, ancestry group Y:" in told
    page = (tmp_path / "page.html").read_text(encoding="utf-8")
    assert page.count("<svg") == 1 and "<td>100.0000 %</td>" in page
    assert 'src="' not in page and "<script" not in page
    one, other = json.loads(printed(tmp_path, made, *beside, "--json"))["side_by_side"]
    assert one == other and one["by_group"]["X"]["assigned, weak"] == pytest.approx(1)
    assert one["by_group"]["Y"]["review, no category"] == pytest.approx(1) and one["error"] > 0
    form = json.loads(printed(tmp_path, made, "--json", "--ancestry", "Y"))
    assert form["scores"]["groups"]["X"]["categories"] == {"A": 1.0, "B": 0.0} and form["scores"]["draws"] == DRAWS
    assert form["ancestry"] == "Y" and form["no_category"]["at_least"] == pytest.approx(1)
    bare = json.loads(printed(tmp_path, content(), "--json"))
    assert bare["scores"] is None and bare["ancestry"] is None and bare["error"] == 0
    with pytest.raises(InputError, match=r"ancestry: expected a group of which every score has a reference \(X, Y\)"):
        shares_of(rules_of(made, FILES), "Z")
