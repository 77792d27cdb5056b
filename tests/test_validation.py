"""The validation record: every requirement has its tests, and the record says what a run gave."""

from __future__ import annotations

import ast
import hashlib
import os
import re
import subprocess
import sys
from collections import Counter
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

import assigner
import packs
import validation
from effort import at_a_release, some

ROOT = Path(__file__).resolve().parents[1]
REQUIREMENTS = packs.Requirements.read(ROOT / "docs" / "requirements.yaml")
FILES = {file.name: file.read_text(encoding="utf-8") for file in (ROOT / "tests").glob("test_*.py")}


def marked(text: str) -> Iterator[str]:
    """The ids that a test file's functions say that they hold."""
    for node in ast.parse(text).body:
        for each in getattr(node, "decorator_list", []):
            if ast.unparse(each).startswith("pytest.mark.holds("):
                yield from ast.literal_eval(ast.Tuple(each.args, ast.Load()))


@cache
def held() -> Counter[str]:
    """How many tests hold each requirement."""
    return Counter(name for text in FILES.values() for name in marked(text))


# --------------------------------------------------------------------------------------- requirements and their tests


def test_every_requirement_has_a_test_and_every_mark_a_requirement():
    assert set(held()) == REQUIREMENTS.ids


def test_what_is_of_high_risk_is_held_by_more_than_one_test():
    assert [one.id for one in REQUIREMENTS.each if one.risk == "high" and held()[one.id] < 2] == []


def test_every_section_of_the_design_is_the_source_of_a_requirement():
    heads = re.findall(r"^## (.*)$", (ROOT / "docs" / "design.md").read_text(encoding="utf-8"), re.MULTILINE)
    anchors = {re.sub(r"[^\w -]", "", head).lower().replace(" ", "-") for head in heads}
    assert anchors == {one.source.removeprefix("design.md#") for one in REQUIREMENTS.each if "design.md" in one.source}


def test_every_source_is_a_section_of_a_page():
    for one in REQUIREMENTS.each:
        page, _, anchor = one.source.partition("#")
        heads = re.findall(r"^#+ (.*)$", (ROOT / "docs" / page).read_text(encoding="utf-8"), re.MULTILINE)
        assert anchor in [re.sub(r"[^\w -]", "", head).lower().replace(" ", "-") for head in heads], one.id


def test_what_a_test_needs_is_said_of_tests_that_are_there():
    for need in REQUIREMENTS.needs:
        for test in need.tests:
            file, _, name = test.partition("::")
            assert f"def {name}(" in FILES[file] if name else file in FILES, test


def test_an_id_twice_is_refused(tmp_path):
    one = "{id: READ-01, text: t, source: s, risk: low, harm: h}"
    (tmp_path / "r.yaml").write_text(f"areas: [{{id: READ, name: n, requirements: [{one}, {one}]}}]")
    with pytest.raises(ValueError, match="READ-01"):
        packs.Requirements.read(tmp_path / "r.yaml")


# --------------------------------------------------------------------------------------- what a record says of a result

OUTCOMES = ["passed", "failed", "skipped"]
CASES = st.dictionaries(st.sampled_from(OUTCOMES), st.integers(1, 3), min_size=1)


def result(cases: dict[str, int]) -> packs.Result:
    skips = ("not here",) if "skipped" in cases else ()
    return packs.Result(file="test_x.py", about="", name="test_a", holds=("READ-01",), cases=cases, skips=skips)


@given(st.lists(CASES, max_size=4))
def test_a_requirement_passed_when_it_has_tests_and_every_case_of_each_passed(many):
    verdict = packs.verdict([result(cases) for cases in many])

    assert verdict.startswith("passed") == (many != [] and all(set(cases) == {"passed"} for cases in many))
    assert ("failed" in verdict) == any("failed" in cases for cases in many)


def test_a_cell_cannot_end_its_table():
    assert packs.table(["a"], [["x|y\nz"]]) == "| a |\n| --- |\n| x\\|y z |\n"


def test_the_digest_of_a_package_is_what_sha256sum_and_sort_give(tmp_path):
    for name, content in {"b.py": b"b", "a/c.py": b"c", "a-b.py": b"d", "a/__pycache__/c.pyc": b"e"}.items():
        (tmp_path / name).parent.mkdir(exist_ok=True, parents=True)
        (tmp_path / name).write_bytes(content)
    listed = "".join(
        f"{hashlib.sha256(c).hexdigest()}  ./{n}\n" for n, c in [("a-b.py", b"d"), ("a/c.py", b"c"), ("b.py", b"b")]
    )
    assert validation.digest_of(tmp_path) == hashlib.sha256(listed.encode()).hexdigest()


# ---------------------------------------------------------------------------------------------- a run and its record

TOML = """
[tool.pytest.ini_options]
testpaths = ["tests"]
addopts = ["--import-mode=importlib", "-p", "no:cacheprovider"]
markers = ["holds(*ids): requirements"]
"""
YAML = """
areas:
  - id: READ
    name: Reading
    requirements:
      - {id: READ-01, text: It reads., source: design.md#reading, risk: high, harm: A wrong product.}
      - {id: READ-02, text: It refuses., source: design.md#reading, risk: low, harm: None.}
needs:
  - {id: browser, what: a browser, tests: ["test_one.py::test_second"]}
"""
TESTS = '''"""Reading of files."""
import os
import pytest

@pytest.mark.holds("READ-01")
@pytest.mark.parametrize("n", [1, 2])
def test_first(n):
    pass

@pytest.mark.holds("READ-01", "READ-02")
def test_second():
    pass

def test_third():
    pass
'''
WRITE = ("--validation=docs/validation.md",)


class Project:
    """A small project with a record of its own, and runs of its tests."""

    def __init__(self, root: Path) -> None:
        self.root = root
        for name in ("tests", "docs"):
            (root / name).mkdir()
        (root / "pyproject.toml").write_text(TOML)
        (root / "docs" / "requirements.yaml").write_text(YAML)
        (root / "docs" / "validation.md").write_text(f"# Validation\n\nWords.\n\n{validation.BEGIN}")
        (root / "tests" / "conftest.py").write_text(
            f"import sys\nsys.path.insert(0, {str(ROOT / 'tests')!r})\n"
            "from validation import pytest_addoption, pytest_configure\n"
        )
        (root / "tests" / "test_one.py").write_text(TESTS)

    def change(self, old: str, new: str) -> None:
        assert old in TESTS
        (self.root / "tests" / "test_one.py").write_text(TESTS.replace(old, new))

    def run(self, *args: str) -> tuple[int, str]:
        # with one plugin only: loading all of them takes seconds
        command = [sys.executable, "-m", "pytest", "-p", "xdist.plugin", *args]
        env = os.environ | {"PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1", "PYTEST_ADDOPTS": ""}
        done = subprocess.run(command, cwd=self.root, env=env, capture_output=True, text=True, check=False)
        return done.returncode, done.stdout + done.stderr

    @property
    def page(self) -> str:
        return (self.root / "docs" / "validation.md").read_text(encoding="utf-8")


@pytest.fixture
def project(tmp_path: Path) -> Project:
    return Project(tmp_path)


@at_a_release
@pytest.mark.parametrize("options", some([("-n", "2"), ()], 2))
def test_a_run_of_all_tests_writes_its_record_and_under_which_pythons_they_passed(project, options):
    other = "CPython 3.99.0: 4 passed, 0 skipped"
    digest = validation.digest_of(Path(assigner.__file__).parent)
    (project.root / "passed").write_text(f"{digest} {other}\n{'0' * 64} CPython 3.98.0: 4 passed, 0 skipped\n")
    code, output = project.run(*WRITE, "--passed=passed", *options)

    assert (code, "written: docs/validation.md" in output) == (0, True)
    assert project.page.startswith("# Validation\n\nWords.\n")
    assert "**All 2 requirements passed.** 2 tests hold them." in project.page
    assert "| READ-01 | `test_one.py::test_first` |  | passed |" in project.page
    assert "| all | 4 |  |  |" in project.page
    own = f"{validation.python()}: 4 passed, 0 skipped"
    assert f"| all tests passed under | {other}; {own} |" in project.page


@at_a_release
def test_a_failure_is_written_as_one_and_the_run_fails(project):
    project.change("def test_first(n):\n", "def test_first(n):\n    assert n == 1\n")
    assert project.run(*WRITE, "--passed=passed")[0] == 1
    assert not (project.root / "passed").exists()
    assert "**Of 2 requirements 1 did not pass:** READ-01." in project.page
    assert "| **failed**: 1 of 2 |" in project.page and "| passed (1) |" in project.page


@at_a_release
def test_what_was_skipped_did_not_pass(project):
    project.change("def test_second():\n", "def test_second():\n    pytest.skip('no browser')\n")
    assert project.run(*WRITE)[0] == 0
    assert "**Of 2 requirements 2 did not pass:** READ-01, READ-02." in project.page
    assert "| READ-02 | `test_one.py::test_second` | browser | skipped: no browser |" in project.page


@at_a_release
def test_a_run_in_which_a_process_died_writes_no_record(project):
    project.change("def test_third():\n", "def test_third():\n    os._exit(1)\n")
    before = project.page
    code, output = project.run(*WRITE, "-n", "2")
    assert (code, "not written: a test ended its process" in output) == (1, True)
    assert project.page == before


@at_a_release
def test_without_the_option_nothing_is_written_or_compared(project):
    before = project.page
    assert project.run()[0] == 0
    assert project.page == before


@at_a_release
def test_of_a_choice_of_tests_no_record_is_written(project):
    for choice in (["tests/test_one.py"], ["-k", "first"]):
        code, output = project.run(*choice, *WRITE)
        assert (code, "expected a run of all tests" in output) == (4, True)


def test_the_project_s_settings_choose_no_tests(pytestconfig: pytest.Config) -> None:
    """A choice of tests runs in one process and writes no record; one in the settings would make every run a choice."""
    given = [each.partition("=")[0] for each in pytestconfig.getini("addopts")]
    assert not {f"--{name.replace('_', '-')}" for name in validation.CHOICES} & set(given)
    assert not {"-k", "-m"} & set(given)
