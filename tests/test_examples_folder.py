"""The example participants: written again byte for byte, and each gives what its README says."""

from __future__ import annotations

from pathlib import Path

import pytest
from click.testing import CliRunner

from assigner.cli import main
from scripts import loaded

ROOT = Path(__file__).parents[1]
FOLDER = ROOT / "examples"


MADE = loaded(FOLDER / "make_examples.py")


def test_the_folder_holds_what_its_script_writes():
    made = dict(MADE.files())
    there = {path.name: path.read_bytes() for path in FOLDER.iterdir() if path.is_file()}

    assert {name for name, content in made.items() if there.get(name) != content} == set()
    assert set(there) - set(made) == {"make_examples.py", "edc_service.py"}
    assert sum(map(len, there.values())) < 1_000_000


@pytest.mark.holds("CURA-04")
@pytest.mark.parametrize("who", MADE.PARTICIPANTS, ids=lambda who: who.name)
def test_a_participant_gives_what_the_readme_says(who, monkeypatch):
    monkeypatch.chdir(ROOT)
    done = CliRunner().invoke(main, who.command.split()[1:])

    first = f"{done.stdout.splitlines()[0]} "
    assert (done.exit_code, first[: len(who.gives[1])]) == who.gives
    assert done.stderr == ""
    assert who.command in (FOLDER / "README.md").read_text(encoding="utf-8")


@pytest.mark.holds("CURA-04")
def test_every_category_and_every_reason_has_a_participant():
    from assigner.decisions.reasons import Origin, Reason, row_of

    told = [word.rstrip(",") for who in MADE.PARTICIPANTS for word in who.gives[1].split()[1:]]
    reasons = {str(reason) for reason in Reason if row_of(reason).origin is not Origin.PROTOCOL}
    assigned = {category.id for category in MADE.RULES.content.categories} - {"CAT1"}  # no one gene assigns it
    assert set(told) == assigned | reasons
