"""Closed choices: a member that nobody has thought of fails the type check wherever code chooses by it.

Each enumeration, each Literal of several values and each named union of classes gets a made-up member, in a copy of the
package. Then mypy runs once. Each choice must be named by an error about a case that is not handled.
"""

from __future__ import annotations

import ast
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from attrs import frozen

from effort import at_a_release

ROOT = Path(__file__).resolve().parents[1]
PACKAGE = ROOT / "src" / "assigner"

NO_CODE_CHOOSES = {
    "words of a file or a caller, which are turned into a closed choice": (
        "GRCh37 GRCh38",
        "arm_closed assigned clock_event confirmed exported opened overridden rejected rules_changed superseded "
        "withdrawn",
        "female male",
        "false true unknown",
    ),
    "words of a stated case or of a trace, which are compared with those of what was decided": (
        "bounded exact",
        "category_order distinct_genes lead lot minimise no_evidence seeded smallest_arm tied",
        "allocated established supported weak",
        "established supported weak",
        "held reported ruled_out unknown",
    ),
    "two values, of which code asks for one": ("delete wal", "hmac-sha256 plain"),
    "yes or no": ("no yes",),
    "a text to put before another one": (" chr",),
    "a file or a rule set lists which of them count; code asks whether one is listed": (
        "balance depth quality",
        "balance depth likelihood quality",
        "definitive disputed limited moderate none refuted strong",
        "loss_of_function missense other repeat_expansion",
    ),
    "written down and shown as it is": (
        "allele marker repeat",
        "allele marker repeat structural variant",
        "structural variant",
        "Kind.WEIGHT",
        "Answered.EXACT",
        "alleles genes markers mimics therapies",
        "clinvar covered frequencies predictor sequence transcripts",
        "Change.NEW",
    ),
    "of reports, with a table of words and of colours that the tests of reports read through": (
        "assumed called doubtful reference unknown",
        "assumed known partly unknown",
        "changes checks digests flags known next outcome points verdicts why",
    ),
    "numbers that arrays hold, and that are counted by number": ("Kind.NOTHING",),
}
"""Choices that no code goes through member by member, by the reason."""


@frozen
class Insertion:
    """A text to put into a line of a file."""

    line: int
    column: int
    text: str


def is_literal(node: ast.AST) -> bool:
    return isinstance(node, ast.Subscript) and ast.unparse(node.value) in ("Literal", "typing.Literal")


def values_of(node: ast.Subscript) -> tuple[str, ...]:
    """The texts of a Literal; none when it has others."""
    items = node.slice.elts if isinstance(node.slice, ast.Tuple) else [node.slice]
    found = [item.value for item in items if isinstance(item, ast.Constant) and isinstance(item.value, str)]
    return tuple(found) if len(found) == len(items) else ()


def enumerations(tree: ast.Module) -> Iterator[tuple[str, Insertion]]:
    for node in tree.body:
        if isinstance(node, ast.ClassDef) and any("Enum" in ast.unparse(base) for base in node.bases):
            first, *_, last = [each for each in node.body if isinstance(each, ast.Assign)]
            name = f"{node.name}.{ast.unparse(first.targets[0])}"
            yield name, Insertion(last.end_lineno or 0, -1, f'\n    {made_up(name)} = "{made_up(name)}"')


def literals(tree: ast.Module) -> Iterator[tuple[str, Insertion]]:
    """Those of several texts; the same texts are the same choice, wherever they stand."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Subscript) and is_literal(node):
            values = values_of(node)
            if len(values) > 1:
                name = " ".join(sorted(values))
                yield name, Insertion(node.end_lineno or 0, (node.end_col_offset or 0) - 1, f', "{made_up(name)}"')


def unions(tree: ast.Module, source: str) -> Iterator[tuple[str, Insertion]]:
    """Named unions of classes of the same module: the made-up class is a copy of the first one."""
    classes = {node.name: node for node in tree.body if isinstance(node, ast.ClassDef)}
    for node in tree.body:
        if isinstance(node, ast.Assign | ast.AnnAssign | ast.TypeAlias if sys.version_info >= (3, 12) else ast.Assign):
            value = node.value
            if isinstance(value, ast.Subscript) and ast.unparse(value.value) == "Annotated":
                value = value.slice.elts[0]
            members = [each.strip() for each in ast.unparse(value).split("|")] if value else []
            if len(members) > 1 and all(each in classes for each in members):
                target = node.targets[0] if isinstance(node, ast.Assign) else node.target
                name, first = ast.unparse(target), classes[members[0]]
                start = min([first.lineno, *(each.lineno for each in first.decorator_list)])
                text = "\n".join(source.split("\n")[start - 1 : first.end_lineno])
                text = re.sub(rf"\b{first.name}\b", made_up(name), text)
                text = re.sub(r'Literal\["\w+"\]', f'Literal["{made_up(name)}"]', text)
                yield name, Insertion(node.lineno - 1, -1, f"\n{text}\n")
                yield name, Insertion(value.lineno, value.col_offset, f"{made_up(name)} | ")


def made_up(choice: str) -> str:
    """The name of a choice's made-up member."""
    return f"MADE_UP_{re.sub(r'[^A-Za-z0-9]+', '_', choice)}_END"


def extend(file: Path) -> set[str]:
    """Add a made-up member to each closed choice of a file; the names of those choices."""
    source = file.read_text(encoding="utf-8")
    tree = ast.parse(source)
    found = [*enumerations(tree), *literals(tree), *unions(tree, source)]
    lines = source.split("\n")
    for _, put in sorted(found, key=lambda each: (each[1].line, each[1].column), reverse=True):
        line = lines[put.line - 1]
        at = len(line) if put.column < 0 else put.column
        lines[put.line - 1] = line[:at] + put.text + line[at:]
    file.write_text("\n".join(lines), encoding="utf-8")
    return {name for name, _ in found}


@pytest.fixture(scope="module")
def checked(tmp_path_factory: pytest.TempPathFactory) -> tuple[set[str], str]:
    """The closed choices, and what mypy says of a package in which each has a member more."""
    folder = tmp_path_factory.mktemp("closed")
    shutil.copytree(PACKAGE, folder / "src" / "assigner", ignore=shutil.ignore_patterns("__pycache__", "categories*"))
    shutil.copy(ROOT / "pyproject.toml", folder)
    choices = set[str]().union(*map(extend, sorted((folder / "src").rglob("*.py"))))
    cache = folder / "cache"
    if (known := ROOT / ".mypy_cache").is_dir():  # what a type check of the project found out of others' packages
        shutil.copytree(known, cache, symlinks=True)
    command = [sys.executable, "-m", "mypy", "--cache-dir", str(cache), "src"]
    done = subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False)
    assert "Traceback" not in done.stderr and "syntax" not in done.stdout, done.stdout + done.stderr
    return choices, done.stdout


def refused(output: str, choice: str) -> bool:
    """Whether an error is about a case of a choice that is not handled."""
    return any(
        made_up(choice) in line and ("[exhaustive-match]" in line or "assert_never" in line)
        for line in output.splitlines()
    )


@at_a_release
def test_a_made_up_member_of_a_closed_choice_fails_the_type_check(checked):
    choices, output = checked
    excused = {name for names in NO_CODE_CHOOSES.values() for name in names}
    unnoticed = {name for name in choices if not refused(output, name)}
    assert len(choices) > 20
    assert unnoticed - excused == set()  # close them: a match with a case for each member
    assert excused - unnoticed == set()  # they are closed, or gone
