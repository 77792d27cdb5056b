"""Made-up participants: their files give the wanted outcome to the command itself, on both builds."""

from __future__ import annotations

import re
import shlex
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result
from hypothesis import HealthCheck, given
from hypothesis import strategies as st

from assigner.assignments import assign
from assigner.cli import main
from assigner.decisions.reasons import Origin, Reason, row_of
from assigner.errors import InputError
from assigner.genome.builds import Build
from assigner.rules import read_rules
from assigner.synthetic.participants import Wanted, participant_for
from assigner.testing.contents import contents
from assigner.testing.parts import allele, content_of, criterion, gene, mitochondrial_gene, rules_of
from assigner.vcf.reading import read_profile
from effort import at_a_release, some, times

SHIPPED = read_rules()
ASSIGNABLE = ["CAT2", "CAT3", "CAT4"]
"""No evidence of the shipped rule set is strong enough for CAT1 to be assigned: docs/forecast.md."""
OF_A_PARTICIPANT = [reason for reason in Reason if row_of(reason).origin is not Origin.PROTOCOL]


WANTED = [
    (wanted, build)
    for wanted in [["--category", c] for c in ASSIGNABLE] + [["--reason", str(r)] for r in OF_A_PARTICIPANT]
    for build in Build
]


def run(*args: str) -> Result:
    return CliRunner().invoke(main, args)


@pytest.mark.holds("DECI-06", "CURA-04")
@pytest.mark.parametrize(("wanted", "build"), some(WANTED, 15))
def test_every_category_and_reason_of_the_shipped_rule_set_has_its_files(
    wanted: list[str], build: Build, tmp_path: Path
) -> None:
    made = run("rules", "example", *wanted, "--build", build.value, "-o", str(tmp_path / "pack"))
    assert made.exit_code == 0, made.stderr
    command = shlex.split(made.stdout.splitlines()[-1])
    assert command[:2] == ["assigner", "assign"]
    given = run(*command[1:])
    first = given.stdout.splitlines()[0].split()
    if wanted[0] == "--category":
        assert (given.exit_code, first[:2]) == (0, ["ASSIGNED", wanted[1]])
    else:
        assert (given.exit_code, first[:2]) == (3, ["REVIEW", wanted[1]])


def test_a_category_that_no_evidence_reaches_has_no_participant(tmp_path: Path) -> None:
    (rest,) = {category.id for category in SHIPPED.content.categories} - set(ASSIGNABLE)
    made = run("rules", "example", "--category", rest, "-o", str(tmp_path / "pack"))
    assert (made.exit_code, list(tmp_path.iterdir())) == (1, [])
    assert f"expected {rest} with no reason for review; got none" in made.stderr


@pytest.mark.parametrize(
    ("category", "reasons"),
    [("CAT2", {"tied"}), ("CAT4", {"mimic"}), ("CAT2", {"gene_targeted_therapy", "sex_mismatch"}),
     ("CAT3", {"quality", "partial_read"}), (None, {"no_evidence", "unsettled"})],
)  # fmt: skip
def test_reasons_come_together_as_asked(category: str | None, reasons: set[str]) -> None:
    wanted = Wanted(category, frozenset(map(Reason, reasons)))
    made = participant_for(wanted, SHIPPED)
    assert wanted.is_met(made.made)
    assert {raised.reason for raised in made.made.reasons} == reasons


@pytest.mark.holds("CURA-04")
@times(1, suppress_health_check=[HealthCheck.too_slow, HealthCheck.function_scoped_fixture])
@given(content=contents(), data=st.data())
def test_a_participant_of_any_rule_set_gives_what_was_asked_or_none_is_given(
    content: dict[str, Any], data: st.DataObject, tmp_path_factory: pytest.TempPathFactory
) -> None:
    rules = rules_of(content)
    category = data.draw(st.sampled_from([None, *(each.id for each in rules.content.categories)]))
    reasons = data.draw(st.frozensets(st.sampled_from(list(Reason)), max_size=2))
    wanted, folder = Wanted(category, reasons), tmp_path_factory.mktemp("made")
    try:
        made = participant_for(wanted, rules)
    except InputError as error:
        assert str(wanted) in str(error)
        return
    for name, text in made.files.items():
        (folder / name).write_bytes(text)
    options = dict(zip(made.options[::2], made.options[1::2], strict=False))
    second = [folder / name for name in made.files if name.endswith(".second.vcf")]
    again = read_profile(
        [folder / made.main, *second], rules, sex=options["--sex"], quick="--quick" in made.options,
        repeats=folder / options["--repeats"] if "--repeats" in options else None,
        copy_numbers=dict(word.split("=") for word in made.options if "=" in word) or None,
    )  # fmt: skip
    assert wanted.is_met(assign(again, rules))


@at_a_release
def test_equal_questions_give_equal_bytes() -> None:
    wanted = Wanted("CAT3")
    assert participant_for(wanted, SHIPPED).files == participant_for(wanted, SHIPPED).files


@pytest.mark.parametrize(
    ("options", "words"),
    [(["--category", "CAT9"], "a category of the rule set; got 'CAT9'"), (["--reason", "bored"], "got 'bored'"),
     (["--name", "../x"], "expected letters"),
     pytest.param(["--category", "CAT1", "--reason", "no_evidence"], "none among", marks=at_a_release)],
)  # fmt: skip
def test_what_there_is_not_is_refused(options: list[str], words: str, tmp_path: Path) -> None:
    made = run("rules", "example", *options, "-o", str(tmp_path / "pack"))
    assert made.exit_code in (1, 2)
    assert words in re.sub(r"\s+", " ", made.stderr)
    assert not (tmp_path / "pack").exists()


def test_a_share_of_mitochondrial_copies_is_written_and_read() -> None:
    place = {"chrom": "MT", "pos37": 3243, "ref37": "A", "alt37": "G", "pos38": 3243, "ref38": "A", "alt38": "G"}
    rules = rules_of(
        content_of(
            genes=[mitochondrial_gene({"A": 1000})],
            alleles=[allele("m", 9, 1) | {"gene": "MT-G", "class": "mitochondrial", "place": place}],
            criteria=[criterion("heteroplasmy", 1)],
        )
    )
    assert participant_for(Wanted("A"), rules).shows == "m in 0.6 of the copies"


def test_a_gene_without_room_for_an_unlisted_variant_is_passed_over_on_another_build() -> None:
    rules = rules_of(
        content_of(genes=[gene(1, {"A": 1000}, grch37="1500000-1500000")], criteria=[criterion("clinvar", 1)],
                   fields={"frequency": ["gnomAD_AF"]},
                   alleles=[allele("a", 1, 0) | {"class": "benign"}])
    )  # fmt: skip
    assert participant_for(Wanted("A"), rules).made.category == "A"
    with pytest.raises(InputError, match="none among"):
        participant_for(Wanted("A"), rules, Build.GRCH37)
