"""Forecasts of polygenic scores: shares against an independent simulation, and what is not forecast."""

from __future__ import annotations

import hashlib
import json
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

pytest.importorskip("scipy")
pytest.importorskip("matplotlib")

import numpy as np

from assigner.cli import main
from assigner.forecasts.frequencies import frequencies_of
from assigner.forecasts.populations import Laboratory, population
from assigner.forecasts.scores import DRAWS, Lack, ScoreForecast, scores_forecast
from assigner.rules import Rules
from assigner.testing.parts import (
    agreement,
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
    assert forecast_of(rules) == found


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
    args = ["rules", "forecast", "--rules", str(folder / "rules.yaml"), "--simulate", "0", *options]
    result = CliRunner().invoke(main, args, catch_exceptions=False)
    assert result.exit_code == 0, result.output
    return result.output


def test_the_command_tells_the_shares_of_groups_and_compares_policies(tmp_path):
    made = content(scored("A", "A", own("X", "A", 10**6, 10**10), own("Y", "A", -(10**6), 10**10)))
    told = printed(tmp_path, made, "--beside", str(tmp_path / "rules.yaml"))
    assert (
        "X: A                             100.0000 %" in told and "Y: no category                   100.0000 %" in told
    )
    _, drawn = told.split("by scores where nothing else is found, an estimate from draws")
    assert [line.split()[0] for line in drawn.splitlines()[1:]] == ["X", "error,", "the"]  # Y comes to none
    one, other = json.loads(printed(tmp_path, made, "--beside", str(tmp_path / "rules.yaml"), "--json"))["side_by_side"]
    scores = forecast_of(rules_of(made, FILES))
    assert one["by_scores"] == other["by_scores"] == {"shares": {"X": scores.share, "Y": 0.0}, "error": (
        scores.share * scores.error)}  # fmt: skip
    assert not any("score" in name for name in one["at_least"])
    form = json.loads(printed(tmp_path, made, "--json"))["scores"]
    assert form["groups"]["X"]["categories"] == {"A": 1.0, "B": 0.0} and form["draws"] == DRAWS
    assert json.loads(printed(tmp_path, content(), "--json"))["scores"] is None
