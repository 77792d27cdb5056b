"""The suite of a trial: three lines in a fresh folder, right and wrong, with every warning an error; and the plugin."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from hypothesis import settings

from assigner.testing import LAWS, cases_of, laws, laws_of, plugin
from assigner.testing.parts import allele, content_of, gene, rules_of
from effort import at_a_release

pytest_plugins = ("pytester",)

SRC = Path(__file__).resolve().parents[1] / "src"
EXAMPLE = {
    "id": "nothing",
    "because": "there is no default category",
    "profile": {"absent": "reference", "assessed": "all"},
    "expect": {"outcome": "review", "reasons": ["no_evidence"], "settled": "yes"},
}
CONTENT = content_of(genes=[gene(1, {"A": 1000})], alleles=[allele("X", 1, 100)], examples=[EXAMPLE])
SUITE = """from assigner.testing import cases_of, laws_of
test_laws = laws_of("categories.yaml")
test_cases = cases_of("categories.yaml", "cases.yaml")
"""
CASES = """start: {absent: reference, assessed: all}
cases:
  - id: carrier
    because: one allele is enough
    profile: {alleles: {X: 0/1}}
    expect: {outcome: assigned, category: A}
"""
OPTIONS = ("-W", "error", "--color=no", "-p", "no:assigner", "-p", "no:cacheprovider")
FEW = """from hypothesis import settings
settings.register_profile("few", max_examples=5)
settings.load_profile("few")
"""


@pytest.fixture
def folder(pytester: pytest.Pytester) -> Iterator[Path]:
    """A trial's own folder, with its rule set, its cases and three lines."""
    (pytester.path / "categories.yaml").write_text(json.dumps(CONTENT))
    (pytester.path / "cases.yaml").write_text(CASES)
    (pytester.path / "test_trial.py").write_text(SUITE)
    (pytester.path / "conftest.py").write_text(FEW)
    profile = settings.get_current_profile_name()
    yield pytester.path
    settings.load_profile(profile)


@pytest.fixture
def run(folder: Path, pytester: pytest.Pytester) -> Callable[..., str]:
    """pytest there, in this process, warnings being errors."""

    def ran(*args: str, code: int = 0) -> str:
        done = pytester.runpytest_inprocess(*OPTIONS, *args, plugins=[plugin])
        assert done.ret == code
        return str(done.stdout)

    return ran


# --------------------------------------------------------------------------------------------------------- three lines


@at_a_release
@pytest.mark.holds("CURA-06")
def test_three_lines_prove_a_rule_set_law_by_law_and_case_by_case(folder):
    done = subprocess.run(  # in a process of its own, as users run it: what is imported may warn too
        [sys.executable, "-m", "pytest", *OPTIONS, "-p", "assigner.testing.plugin", "-v"],
        cwd=folder, capture_output=True, text=True, timeout=300, env=os.environ | {"PYTHONPATH": str(SRC)}, check=True,
    )  # fmt: skip
    told = done.stdout
    for name in [f"test_laws[{law.name}]" for law in LAWS] + ["test_cases[example-nothing]", "test_cases[carrier]"]:
        assert f"test_trial.py::{name} PASSED" in told
    assert f"{len(LAWS) + 2} passed" in told


@pytest.mark.holds("CURA-05")
def test_a_case_that_does_not_hold_says_why_it_should_and_what_came(folder, run):
    (folder / "cases.yaml").write_text(CASES.replace("category: A", "category: B"))
    told = run("-k", "cases", code=1)
    assert "carrier: one allele is enough\ncategory: expected B; got A\n" in told
    assert "test_cases[carrier]" in told and "1 failed, 1 passed" in told


ASKED = """from assigner.testing import coverage_of, mutants_of
test_coverage = coverage_of("categories.yaml", "cases.yaml")
test_mutants = mutants_of("categories.yaml", "cases.yaml", at_least=95)
"""


@pytest.mark.holds("CURA-07")
def test_what_cases_leave_untested_fails_with_the_list_of_it(folder, run):
    (folder / "test_trial.py").write_text(ASKED)
    told = run(code=1)
    assert "\nnot reached:\nalleles X false\nalleles X unknown\n" in told
    assert "\nkilled: 0.0 %; survived:\n" not in told and " %; survived:\ncategories.yaml:1: " in told
    assert "survived" not in run("-k", "coverage", code=1)


def test_cases_that_leave_little_untested_pass(folder, run):
    suite = ASKED.replace("at_least=95", "at_least=1")
    (folder / "test_trial.py").write_text(suite)
    assert "test_trial.py::test_mutants PASSED" in run("-v", "-k", "mutants or markers")


def test_an_example_that_does_not_hold_is_told_as_well(folder, run):
    (folder / "categories.yaml").write_text(json.dumps(CONTENT).replace('"settled": "yes"', '"settled": "no"'))
    assert "settled: expected no; got yes" in run("-k", "example-nothing", code=1)


@pytest.mark.parametrize(
    ("file", "old", "new", "told"),
    [
        ("categories.yaml", '"share": 1000', '"share": 2000', "genes[0].shares[0].share: expected"),
        (
            "cases.yaml",
            "X: 0/1",
            "Y: 0/1",
            "cases.yaml:5: cases[0].profile.alleles: expected an allele of the rule set",
        ),
        ("cases.yaml", "category: A", "category: Z", "cases.yaml:6: cases[0].expect.category: expected a category"),
    ],
)
def test_what_cannot_be_read_is_told_line_by_line_without_a_traceback(folder, run, file, old, new, told):
    (folder / file).write_text((folder / file).read_text().replace(old, new))
    said = run(code=2)
    assert told in said and f"{file}:" in said
    assert "Traceback" not in said and "suites.py" not in said


def test_no_such_file_is_told_too(folder, run):
    (folder / "cases.yaml").unlink()
    assert "cases.yaml: expected a readable file" in run(code=2)


def test_a_broken_law_shows_a_participant_that_can_be_typed_in(folder, run, monkeypatch):
    monkeypatch.setattr(laws, "assign", laws.assign)  # so that it is whole again afterwards
    (folder / "test_trial.py").write_text(
        SUITE + "from attrs import evolve\nfrom assigner.testing import laws\nright = laws.assign\n"
        "laws.assign = lambda profile, rules: evolve(right(profile, rules), intervention='all the same')\n"
    )
    told = run("-k", "a_review_has_no_intervention", code=1)
    assert "profile_of({'participant':" in told and "AssertionError: review" in told


def test_what_a_rule_set_is_not_asked_is_skipped_with_the_reason(folder, run):
    (folder / "categories.yaml").write_text(
        json.dumps(CONTENT | {"decision": CONTENT["decision"] | {"tie_breaks": ["seeded"]}})
    )
    told = run("-rs", "-k", "a_participant_s_id")
    assert "1 skipped" in told and "does not hold with the tie-break seeded" in told


def test_as_many_participants_are_drawn_as_asked_for():
    rules = rules_of(CONTENT)
    assert [cases_of(rules).pytestmark[0].name, laws_of(rules, examples=7).pytestmark[0].name] == ["parametrize"] * 2
    assert laws_of(rules, examples=7)._hypothesis_internal_use_settings.max_examples == 7


# ---------------------------------------------------------------------------------------------------------- the plugin


USES = """def test_uses(assigner_rules, assigner_cases):
    assert [category.id for category in assigner_rules.content.categories] == ["A", "B", "C"]
    assert [case.run(assigner_rules).faults for case in assigner_cases] == [()]
"""
SETTINGS = "[pytest]\nassigner_rules = categories.yaml\nassigner_cases = cases.yaml\n"


def test_the_fixtures_read_what_the_settings_name(folder, run):
    (folder / "test_trial.py").write_text(USES)
    (folder / "pytest.ini").write_text(SETTINGS)
    assert "1 passed" in run()


def test_without_a_setting_the_rule_set_is_the_shipped_one(folder, run):
    (folder / "test_trial.py").write_text(
        "def test_it(assigner_rules): assert len(assigner_rules.content.genes) > 200\n"
    )
    assert "1 passed" in run()


@pytest.mark.parametrize(
    ("settings", "told"),
    [
        ("[pytest]\n", "assigner_cases: expected a file of cases in pytest's settings; got nothing"),
        (SETTINGS.replace("cases.yaml", "none.yaml"), "none.yaml: expected a readable file"),
        (SETTINGS.replace("categories.yaml", "none.yaml"), "none.yaml: expected a readable file"),
    ],
)
def test_settings_that_name_nothing_are_told_without_a_traceback(folder, run, settings, told):
    (folder / "test_trial.py").write_text(USES)
    (folder / "pytest.ini").write_text(settings)
    said = run(code=1)
    assert told in said and "Traceback" not in said and "plugin.py" not in said


LOADED = """
import sys
import pytest
before = set(sys.modules)
import assigner.testing.plugin
print(*sorted(set(sys.modules) - before))
"""


def test_the_plugin_costs_nothing_where_it_is_not_used():
    done = subprocess.run(
        [sys.executable, "-c", LOADED], capture_output=True, text=True, env=os.environ | {"PYTHONPATH": str(SRC)},
        check=True,
    )  # fmt: skip
    assert done.stdout.split() == ["assigner", "assigner.testing", "assigner.testing.plugin"]


def test_a_name_that_is_not_there_is_an_error_as_of_any_module():
    import assigner.testing

    assert {"laws_of", "cases_of", "profiles_for"} <= set(dir(assigner.testing))
    with pytest.raises(AttributeError, match="no attribute 'laws_off'"):
        _ = assigner.testing.laws_off
    assert {getattr(assigner.testing, name) is not None for name in assigner.testing.__all__} == {True}
