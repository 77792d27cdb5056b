"""Calibration of polygenic scores by a cohort."""

from __future__ import annotations

import json
import math
import statistics
import tempfile
from fractions import Fraction
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner
from hypothesis import given
from hypothesis import strategies as st

import vcfs
from assigner.assignments import assign
from assigner.cli import main
from assigner.errors import BuildError, ContainerError, RecordError, RuleSetError, SampleError
from assigner.forecasts.calibration import Calibration, Spread, calibrate, read_groups
from assigner.genome.builds import Build
from assigner.lint.scores import of_scores
from assigner.profiles.forms import profile_of
from assigner.rules import Rules
from assigner.rules.lookup import found_listing
from assigner.rules.polygenic import SCORE_UNITS
from assigner.rules.score_criteria import MICRO, QUANTILES, Reference
from assigner.testing.parts import content_of, criterion, gene, rules_of, score, scoring_file, tier

FILE = {"one.txt": scoring_file(("20", 1000, "A", "G", "0.3", "0.25"), ("21", 2000, "C", "T", "-0.2", "0.5"))}


def trial(**more: Any) -> Rules:
    return rules_of(CONTENT | {"criteria": [criterion("listed_allele", 1), score("A", 2, **more)]}, FILE)


CONTENT = content_of(decision={"tiers": [tier(1), tier(2)]}, genes=[gene(1, {"B": 1000})])
SAMPLES = ("S1", "S2", "S3", "S4")
HALF = SCORE_UNITS // MICRO // 2
"""Half a millionth of a log odds ratio."""


def cohort(*rows: str, **more: Any) -> bytes:
    return vcfs.vcf("\n".join(rows), samples=SAMPLES, **more)


KNOWN = ("20 1000 G A . . GT 0/1 1/1 0/0 0|1", "21 2000 C T . . GT 0/0 0/1 1/1 1/0")
"""S1 to S4 have 1, 2, 0 and 1 copies of A, and 2, 1, 0 and 1 of C."""


def expected(*copies: tuple[int, int]) -> list[Fraction]:
    """The scores of people with so many copies, by exact fractions."""
    return [Fraction(3, 10) * (a - Fraction(1, 2)) - Fraction(1, 5) * (c - 1) for a, c in copies]


@pytest.mark.holds("POLY-06")
def test_mean_variance_and_quantiles_are_those_of_an_independent_calculation():
    spread = calibrate(cohort(*KNOWN), trial()).spreads["score-A"][0]
    own = expected((1, 2), (2, 1), (0, 0), (1, 1))
    assert (spread.group, spread.samples, spread.left_out) == ("all", 4, 0)
    assert spread.mean == round(statistics.mean(own) * MICRO)
    assert spread.variance == round(statistics.variance(own) * MICRO * MICRO)
    ordered = sorted(own)
    assert spread.quantiles == tuple(round(ordered[max(1, -(-4 * each // 100)) - 1] * MICRO) for each in QUANTILES)


@pytest.mark.holds("POLY-06")
@given(st.lists(st.integers(-(10**22), 10**22), min_size=2, max_size=30))
def test_quantiles_ascend_and_their_share_of_the_samples_does_not_exceed_them(totals):
    spread = Spread.of("all", totals, 0)
    assert list(spread.quantiles) == sorted(spread.quantiles)
    for per_cent, value in zip(QUANTILES, spread.quantiles, strict=True):
        within = sum(round(Fraction(total, SCORE_UNITS // MICRO)) <= value for total in totals)
        assert within * 100 >= per_cent * len(totals)


@pytest.mark.holds("POLY-12")
@given(st.lists(st.integers(-(10**22), 10**22) | st.integers(-6, 6).map(lambda at: at * HALF), min_size=2, max_size=30))
def test_who_stands_at_a_quantile_of_their_own_group_does_not_exceed_it(totals):
    """And no more exceed it than its share leaves; what is said of a score, and of bounds about it, agrees."""
    own, ordered = spread_as_reference(totals), sorted(totals)
    least, most = own.between(ordered[0], ordered[-1], SCORE_UNITS)
    for per_cent in QUANTILES:
        quantile = ordered[max(1, -(-len(totals) * per_cent // 100)) - 1]
        assert not own.exceeds(quantile, SCORE_UNITS, per_cent)
        assert own.between(quantile, quantile, SCORE_UNITS)[1] <= per_cent
        above = [total for total in totals if own.exceeds(total, SCORE_UNITS, per_cent)]
        assert len(above) * 100 <= (100 - per_cent) * len(totals)
        for total in totals:
            low, high = own.between(total, total, SCORE_UNITS)
            assert low >= per_cent if total in above else high <= per_cent
            assert least <= low <= high <= most


@pytest.mark.holds("POLY-12")
@pytest.mark.parametrize(
    ("quantile", "score", "exceeds"),
    [(2, 2, False), (2, 3, True), (4, 3, False), (4, 5, False), (3, 5, False), (4, 6, True), (-3, -4, False)],
)
def test_a_score_is_rounded_as_a_quantile_is(quantile, score, exceeds):
    """Half to the even millionth: 3 and 5 halves are both 2."""
    own = spread_as_reference([quantile * HALF] * 2)
    assert own.exceeds(score * HALF, SCORE_UNITS, 50) is exceeds
    assert own.between(score * HALF, score * HALF, SCORE_UNITS) == ((99, 100) if exceeds else (0, 1))


def spread_as_reference(totals: list[int]) -> Reference:
    spread = Spread.of("all", totals, 0)
    return Reference(
        group="all",
        samples=spread.samples,
        mean=spread.mean or 0,
        variance=spread.variance or 0,
        quantiles=spread.quantiles,
        alleles=1,
        scoring_file="0" * 64,
        cohort="0" * 64,
    )


@pytest.mark.holds("POLY-06")
@pytest.mark.parametrize(
    ("rows", "left_out", "lacking"),
    [
        ((KNOWN[0].replace("0/1", "./1", 1), KNOWN[1]), 1, ()),
        ((KNOWN[0].replace(" . GT", " LowQual GT").replace(". LowQual", "LowQual ."), KNOWN[1]), 4, ()),
        ((KNOWN[0].replace("G A", "G T"), KNOWN[1]), 3, ()),
        ((KNOWN[0], KNOWN[0].replace("0/1", "1/1", 1), KNOWN[1]), 1, ()),
        (KNOWN[1:], 4, ("20:1500",)),
        ((KNOWN[0], "20 1000 G <DEL> . END=1900 GT 0/0 0/0 0/0 0/0", KNOWN[1]), 0, ()),
        (("20 999 AG A . . GT 0/1 0/1 0/1 0/1", *KNOWN), 0, ()),
        (("20 1000 G A . . DP:GT 3:0/1 3 3:0/0 3:0|1", KNOWN[1]), 1, ()),
    ],
)
def test_a_sample_with_an_unknown_allele_is_left_out_and_counted(rows, left_out, lacking):
    found = calibrate(cohort(*rows), trial())
    assert [each.left_out for each in found.spreads["score-A"]] == [left_out]
    assert len(found.lacking["score-A"]) == len(lacking)


def test_groups_are_told_apart_and_a_group_of_one_has_no_spread(tmp_path):
    table = tmp_path / "groups.tsv"
    table.write_text("sample\tgroup\nS1\tEUR\nS2\tEUR\nS3\tAFR\n", encoding="utf-8")
    found = calibrate(cohort(*KNOWN), trial(), groups=read_groups(table))
    assert [(each.group, each.samples) for each in found.spreads["score-A"]] == [("AFR", 1), ("EUR", 2)]
    assert [each["group"] for each in found.form()["scores"][0]["reference"]] == ["EUR"]


@pytest.mark.parametrize(
    "text",
    ["sample\tgroup\nS1\n", "sample\tgroup\nS1\ta b\n", "sample\tgroup\nS1\tA\nS1\tB\n", "x\tgroup\nS1\tA\n", ""],
)
def test_a_table_of_groups_that_is_none_is_refused(tmp_path, text):
    table = tmp_path / "groups.tsv"
    table.write_text(text, encoding="utf-8")
    with pytest.raises(ContainerError, match="groups"):
        read_groups(table)


def test_a_cohort_on_an_unknown_or_another_build_or_without_samples_is_refused():
    with pytest.raises(BuildError, match="a declared build"):
        calibrate(cohort(*KNOWN, declared=["chr20", "chr21"]), trial())
    with pytest.raises(BuildError, match="GRCh37, as declared"):
        calibrate(cohort(*KNOWN), trial(), build=Build.GRCH37)
    with pytest.raises(SampleError, match="each sample that has a group"):
        calibrate(cohort(*KNOWN), trial(), groups={"S9": "EUR"})
    with pytest.raises(SampleError, match="samples"):
        calibrate(vcfs.vcf("20 1000 G A . .", samples=()), trial())
    with pytest.raises(RecordError, match="the records of one place one after the other"):
        calibrate(cohort(*KNOWN, KNOWN[0]), trial())


@pytest.mark.holds("POLY-06")
@given(data=st.data())
def test_a_bcf_says_what_the_vcf_says(data):
    """Whatever the genotypes are: missing, half called, of one copy, of another allele, phased, or told twice."""
    genotypes = st.sampled_from(["0/0", "0/1", "1|1", "1/0", "./.", "./1", "0/2", "1", "2/2"])
    rows = []
    for line in data.draw(st.lists(st.sampled_from(["20 1000 G A,T", "20 1000 G A,C", "21 2000 C T,G"]), min_size=1)):
        filters = data.draw(st.sampled_from([".", "PASS", "LowQual"]))
        rows.append(f"{line} {filters} . GT {' '.join(data.draw(genotypes) for _ in SAMPLES)}")
    vcf = cohort(*sorted(rows))
    with tempfile.TemporaryDirectory() as folder:
        found = [calibrate(each, trial()) for each in (vcf, vcfs.bcf(Path(folder), vcf))]
    assert found[0].spreads == found[1].spreads and found[0].lacking == found[1].lacking


def test_covariances_are_those_of_an_independent_calculation_and_stand_with_the_later_score():
    rules = both()
    found = calibrate(cohort(*KNOWN), rules)
    one, other = expected((1, 2), (2, 1), (0, 0), (1, 1)), [Fraction(1, 10) * (c - 1) for c in (2, 1, 0, 1)]
    value = round(Fraction(statistics.covariance(one, other)) * MICRO * MICRO)
    assert found.covariances == {"all": {("score-A", "score-B"): value}}
    first, second = (each["reference"][0] for each in found.form()["scores"])
    assert "covariances" not in first and second["covariances"] == [{"score": "score-A", "value": value}]
    assert of_scores(both(first, second)) is not None
    for change, words in (
        ({"score": "score-B"}, "another score with a reference of all by the same cohort"),
        ({"value": 10**15}, "a covariance that the variances of both allow"),
    ):
        wrong = second | {"covariances": [second["covariances"][0] | change]}
        with pytest.raises(RuleSetError, match=words):
            both(first, wrong)
    with pytest.raises(RuleSetError, match="each two scores once"):
        both(first | {"covariances": [{"score": "score-B", "value": value}]}, second)


@pytest.mark.parametrize("sign", ["", "-"])
def test_a_covariance_of_fewer_samples_than_a_variance_is_written_as_the_rule_check_allows(sign):
    """S3 and S4 have the first score alone: they lessen its variance, and not the covariance."""
    one, two = (("20", 1000, "A", "G", weight, "0.25") for weight in ("0.3", f"{sign}0.3"))
    little = ("21", 2000, "C", "T", "0.000001", "0.5")
    files = {"one.txt": scoring_file(one), "two.txt": scoring_file(two, little)}

    def nearly_equal(*own: dict[str, Any]) -> Rules:
        scores = [score("A", 2, **own[0]), score("B", 2, "two.txt", **own[1])]
        return rules_of(CONTENT | {"criteria": [criterion("listed_allele", 1), *scores]}, files)

    rows = ("20 1000 G A . . GT 1/1 0/0 0/1 0/1", "21 2000 C T . . GT 0/0 0/0 ./. ./.")
    found = calibrate(cohort(*rows), nearly_equal({}, {}))
    assert [found.spreads[name][0].left_out for name in ("score-A", "score-B")] == [0, 2]
    first, second = (each["reference"] for each in found.form()["scores"])
    value = int(f"{sign}{math.isqrt((first[0]['variance'] + 1) * (second[0]['variance'] + 1))}")
    assert second[0]["covariances"] == [{"score": "score-A", "value": value}]
    assert of_scores(nearly_equal({"reference": first}, {"reference": second})) is not None


def both(*references: dict[str, Any]) -> Rules:
    """Two scores, the second one of the allele C alone, with a reference each."""
    own = [{"reference": [each]} for each in references] or [{}, {}]
    scores = [score("A", 2, **own[0]), score("B", 2, "two.txt", **own[1])]
    files = FILE | {"two.txt": scoring_file(("21", 2000, "C", "T", "0.1", "0.5"))}
    return rules_of(CONTENT | {"criteria": [criterion("listed_allele", 1), *scores]}, files)


# ---------------------------------------------------------------------------------------------------- in the rule set


def reference(found: Calibration) -> list[dict[str, Any]]:
    return json.loads(json.dumps(found.form()))["scores"][0]["reference"]


@pytest.mark.holds("POLY-06")
def test_what_is_written_can_stand_in_the_rule_set_and_decides_nothing():
    plain = trial()
    rules = trial(reference=reference(calibrate(cohort(*KNOWN), plain)))
    for own in ("11", "2.", ".."):
        made = [assign(profile_of({"scores": {"score-A": own}}, each), each) for each in (plain, rules)]
        assert made[0].decision == made[1].decision and made[0].findings == made[1].findings
    none = assign(profile_of({"scores": {"score-A": ".."}}, rules), rules)
    shown = [f.shown for f in none.findings if f.criterion == "score-A"]
    assert shown == ["score -350/1000 to 650/1000; 0 of 2 alleles called; above 0 to 100 per cent of 4 (all)"]
    one = assign(profile_of({"scores": {"score-A": "11"}}, rules), rules)  # 0.15, as S4 has
    assert "above 50 to 75 per cent of 4 (all)" in next(f.shown for f in one.findings if f.criterion == "score-A")


def test_a_score_is_shown_with_its_file_and_its_references():
    rules = trial(reference=reference(calibrate(cohort(*KNOWN), trial())))
    lines = list(found_listing(rules.content, "score-A"))
    assert lines[1:4] == [
        "  a score for A by the weights of one.txt",
        "  known from 0/1000 of its alleles on; those in genes: left_out",
        "  reference all: 4 samples, mean 150000 millionths of a log odds ratio",
    ]


def test_a_reference_of_another_scoring_file_or_other_alleles_is_a_fault():
    own = reference(calibrate(cohort(*KNOWN), trial()))
    assert [each.code for each in of_scores(trial(reference=own))] == []
    for change in ({"alleles": 3}, {"scoring_file": "0" * 64}):
        assert [each.code for each in of_scores(trial(reference=[own[0] | change]))] == ["score_reference_stale"]


@pytest.mark.parametrize(
    ("change", "expected"),
    [
        ({"quantiles": [9, 8, 7, 6, 5, 4, 3, 2, 1]}, "quantiles in ascending order"),
        ({"quantiles": [1]}, "quantiles"),
        ({"samples": 1}, "samples"),
        ({"cohort": "x"}, "cohort"),
    ],
)
def test_a_reference_that_is_none_is_refused(change, expected):
    own = reference(calibrate(cohort(*KNOWN), trial()))
    with pytest.raises(RuleSetError, match=expected):
        trial(reference=[own[0] | change])
    with pytest.raises(RuleSetError, match="each group once"):
        trial(reference=[own[0], own[0]])


def test_the_command_writes_what_the_function_finds(tmp_path: Path):
    rules = tmp_path / "rules.yaml"
    rules.write_text(json.dumps(CONTENT | {"criteria": [score("A", 2)]}), encoding="utf-8")
    (tmp_path / "one.txt").write_bytes(FILE["one.txt"])
    path = vcfs.written(tmp_path, cohort(*KNOWN), "cohort.vcf")
    out = tmp_path / "found.json"
    made = CliRunner().invoke(main, ["rules", "calibrate", str(path), "--rules", str(rules), "--out", str(out)])
    assert made.exit_code == 0, made.output
    assert reference(calibrate(path, trial())) == json.loads(out.read_text())["scores"][0]["reference"]
    refused = CliRunner().invoke(main, ["rules", "calibrate", str(path), "--rules", str(rules), "--out", str(path)])
    assert refused.exit_code != 0
