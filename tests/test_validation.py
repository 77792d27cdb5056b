"""The validation pack: every requirement has its tests, and the page never says what a run did not give."""

from __future__ import annotations

import ast
import hashlib
import re
import shutil
import subprocess
import sys
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

import packs
import validation

ROOT = Path(__file__).resolve().parents[1]
REQUIREMENTS = packs.Requirements.read(ROOT / "docs" / "requirements.yaml")
FILES = {file.name: file.read_text(encoding="utf-8") for file in (ROOT / "tests").glob("test_*.py")}


def marked(text: str) -> Iterator[str]:
    """The ids that a test file's functions say that they hold."""
    for node in ast.parse(text).body:
        for each in getattr(node, "decorator_list", []):
            if ast.unparse(each).startswith("pytest.mark.holds("):
                yield from ast.literal_eval(ast.Tuple(each.args, ast.Load()))


HELD = Counter(name for text in FILES.values() for name in marked(text))


# --------------------------------------------------------------------------------------- requirements and their tests


def test_every_requirement_has_a_test_and_every_mark_a_requirement():
    assert set(HELD) == REQUIREMENTS.ids


def test_what_is_of_high_risk_is_held_by_more_than_one_test():
    assert [one.id for one in REQUIREMENTS.each if one.risk == "high" and HELD[one.id] < 2] == []


def test_every_section_of_the_design_is_the_source_of_a_requirement():
    heads = re.findall(r"^## (.*)$", (ROOT / "docs" / "design.md").read_text(encoding="utf-8"), re.MULTILINE)
    anchors = {re.sub(r"[^\w -]", "", head).lower().replace(" ", "-") for head in heads}
    assert anchors == {one.source.removeprefix("design.md#") for one in REQUIREMENTS.each if "design.md" in one.source}


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


# ---------------------------------------------------------------------------------------- what a page says of a result

OUTCOMES = ["passed", "failed", "skipped", "not run"]
CASES = st.dictionaries(st.sampled_from(OUTCOMES), st.integers(1, 3), min_size=1)


def result(cases: dict[str, int], name: str = "test_a", file: str = "test_x.py") -> packs.Result:
    skips = ("not here",) if "skipped" in cases else ()
    return packs.Result(file=file, about="", name=name, holds=("READ-01",), cases=cases, skips=skips)


@given(st.lists(CASES, max_size=4))
def test_a_requirement_passed_when_it_has_tests_and_every_case_of_each_passed(many):
    said = packs.verdict([result(cases) for cases in many])

    assert said.startswith("passed") == (many != [] and all(set(cases) == {"passed"} for cases in many))
    assert ("failed" in said) == any("failed" in cases for cases in many)


@given(CASES, st.booleans())
def test_only_a_skip_whose_need_is_said_may_stand_unconfirmed(cases, needed):
    need = packs.Need(id="browser", what="a browser", tests=("test_x.py" if needed else "test_y.py",))
    requirements = packs.Requirements(each=(), needs=(need,))
    (seen,) = packs.confirmable([result(cases)], requirements)

    bad = {"failed", "not run"} & set(cases)
    assert (seen.outcome == "passed") == (not bad and (needed or "skipped" not in cases))
    assert seen == result(cases) or needed


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


# ------------------------------------------------------------------------------------------------- a run, and its page

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


class Project:
    """A small project with a page of its own, and runs of its tests."""

    def __init__(self, root: Path) -> None:
        self.root = root

    @classmethod
    def new(cls, root: Path) -> Project:
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
        return cls(root)

    def change(self, old: str, new: str) -> None:
        assert old in TESTS
        (self.root / "tests" / "test_one.py").write_text(TESTS.replace(old, new))

    def run(self, *args: str) -> tuple[int, str]:
        command = [sys.executable, "-m", "pytest", *args]
        done = subprocess.run(command, cwd=self.root, capture_output=True, text=True, check=False)
        return done.returncode, done.stdout + done.stderr

    @property
    def page(self) -> str:
        return (self.root / "docs" / "validation.md").read_text(encoding="utf-8")


WRITE = ("--validation=docs/validation.md",)
SKIP = ("def test_second():\n", "def test_second():\n    pytest.skip('no browser')\n")
FAIL = ("def test_first(n):\n", "def test_first(n):\n    assert n == 1\n")


@pytest.fixture(scope="module")
def written(tmp_path_factory: pytest.TempPathFactory) -> Project:
    made = Project.new(tmp_path_factory.mktemp("written"))
    assert made.run(*WRITE)[0] == 0
    return made


@pytest.fixture
def project(written: Project, tmp_path: Path) -> Project:
    """One whose page is that of its run."""
    shutil.copytree(written.root, tmp_path, dirs_exist_ok=True)
    return Project(tmp_path)


def test_a_run_writes_what_it_gave_and_the_next_one_agrees(project):
    assert project.page.startswith("# Validation\n\nWords.\n")
    assert "**All 2 requirements passed.** 2 tests hold them." in project.page
    assert "| READ-01 | `test_one.py::test_first` |  | passed |" in project.page
    assert "| all | 4 |  |  |  |" in project.page.partition(validation.OF_THE_RUN)[2]
    code, said = project.run()
    assert (code, "is what this run gave: 2 requirements passed" in said) == (0, True)


def test_a_failure_is_written_as_one_and_the_run_fails(project):
    project.change(*FAIL)
    assert project.run()[0] == 1
    assert project.run(*WRITE)[0] == 1
    assert "**Of 2 requirements 1 did not pass:** READ-01." in project.page
    assert "| **failed**: 1 of 2 |" in project.page and "| passed (1) |" in project.page


def test_a_skip_whose_need_is_known_is_told_and_not_claimed(project):
    before = project.page
    project.change(*SKIP)
    code, said = project.run()
    assert (code, "stands, but for 1 skipped tests of READ-01, READ-02" in said) == (0, True)
    project.run(*WRITE)
    assert "**Of 2 requirements 2 did not pass:** READ-01, READ-02." in project.page
    assert "| READ-02 | `test_one.py::test_second` | browser | skipped: no browser |" in project.page
    code, said = project.run()  # a page with skips is no page to commit
    assert (code, "is not what this run gave" in said) == (1, True)
    assert before != project.page


@pytest.mark.parametrize(
    "change",
    [
        ("def test_first(n):\n", "def test_first(n):\n    pytest.skip('not today')\n"),  # nobody said what it needs
        ('@pytest.mark.holds("READ-01", "READ-02")\n', ""),  # a test fewer, and a requirement without one
        ("def test_third", '@pytest.mark.holds("READ-02")\ndef test_third'),  # a test more
    ],
    ids=["skipped", "fewer", "more"],
)
def test_a_page_that_says_something_else_fails_the_run(project, change):
    project.change(*change)
    code, said = project.run()
    assert (code, "is not what this run gave" in said) == (1, True)


def test_a_test_that_holds_nothing_and_other_cases_change_no_page(project):
    project.change("[1, 2])", "[1, 2, 3])")
    with (project.root / "tests" / "test_one.py").open("a") as file:
        file.write("\ndef test_fourth():\n    pass\n")
    assert project.run()[0] == 0


def test_an_id_that_nobody_knows_stops_every_run(project):
    project.change('"READ-02")', '"READ-03")')
    for args in ([], ["-k", "first"]):
        code, said = project.run(*args)
        assert (code, "expected ids of docs/requirements.yaml; got ['READ-03']" in said) == (4, True)


def test_of_a_choice_of_tests_nothing_is_written_or_compared(project):
    project.change(*SKIP)
    for choice in (["tests/test_one.py"], ["-k", "first"]):
        code, said = project.run(*choice, *WRITE)
        assert (code, "expected a run of all tests" in said) == (4, True)
    code, said = project.run("-k", "first")
    assert (code, "validation pack" in said) == (0, False)
