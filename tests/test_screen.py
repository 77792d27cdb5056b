"""The first screen: short, whole in what matters, as a geneticist says it, and what input is lacking."""

from __future__ import annotations

import itertools
import re
from pathlib import Path

import pytest
from attrs import evolve
from click.testing import CliRunner
from hypothesis import given
from hypothesis import strategies as st

import assigner
from assigner.assignments import assign
from assigner.cli import main
from assigner.decisions.grades import ALLOCATION, Grade
from assigner.errors import plain
from assigner.reports import render
from assigner.reports.issues import Issue
from assigner.reports.lacks import lacks_of
from assigner.reports.screen import WIDTH, lines_of_screen, screen_of
from assigner.reports.spoken import changes_in, percent_of
from assigner.testing.contents import rule_sets
from assigner.testing.loci import participants
from assigner.testing.participants import known_profiles, profiles
from assigner.traces import Trace
from pages import ATTACKS, flat, hostile, seen
from shipped import EXAMPLES, RULES, traced

ROOT = Path(__file__).parents[1]


def text(trace: Trace, rules: assigner.Rules | None = None) -> list[str]:
    return [line.text for line in lines_of_screen(screen_of(trace, rules))]


def head_of(lines: list[str]) -> list[str]:
    """The first line, with what of it is wrapped."""
    return [lines[0], *itertools.takewhile(lambda line: not line.startswith("  ") or line.startswith("   "), lines[1:])]


@pytest.mark.holds("REPO-06", "REPO-07")
@given(st.data(), rule_sets())
def test_a_first_screen_is_short_and_says_what_matters(data, rules):
    profile = data.draw(st.one_of(profiles(rules), known_profiles(rules, 2)))
    trace = assign(evolve(profile, participant=data.draw(participants)), rules).trace
    for given_rules in (None, rules):
        lines = text(trace, given_rules)
        assert all(line.isprintable() and len(line) <= WIDTH for line in lines)
        told = "".join("".join(lines).split())

        def says(word: str, told: str = told) -> bool:
            return "".join(plain(word).split()) in told

        assert lines[0].startswith("ASSIGNED  " if trace.category else "REVIEW  ")
        assert trace.grade is None or says(f"[{trace.grade}]", "".join("".join(head_of(lines)).split()))
        assert says(ALLOCATION) is (trace.grade is Grade.ALLOCATED)
        assert says(trace.participant) and says(trace.rule_set.version) and says("Research use only")
        assert (trace.intervention is None) or says(trace.intervention)
        assert all(says(reason.code) for reason in trace.reasons[:3])
        assert lines[-1].startswith("With --full: ")
        assert says("DRAFT") is (trace.rule_set.status == "draft")
        first = [finding for finding in trace.findings.true if (trace.category or trace.provisional) in finding.points]
        assert not first or any(says(finding.gene) for finding in first)


@pytest.mark.holds("REPO-07")
@pytest.mark.parametrize("name", list(EXAMPLES))
def test_every_example_fits_a_first_screen(name):
    lines = text(traced(name), RULES)
    assert len(lines) <= 30
    assert text(assigner.parse_trace(traced(name).to_bytes()), RULES) == lines
    causes = {each.why for each in traced(name).decisive}
    assert ("Unknown" in lines) is bool(causes)
    told = flat(" ".join(lines[lines.index("Unknown") :])) if causes else ""
    assert sum(because in told for because in (traced(name).findings.why or {}).values()) == min(3, len(causes))


@pytest.mark.holds("REPO-07")
@pytest.mark.parametrize(
    ("form", "said"),
    [
        ({"alleles": {"VCP-R155H": {"genotype": "0/1", "depth": 33, "fraction": "0.52"}}},
         "VCP p.Arg155His, R155H, NM_007126.3:c.464G>A | heterozygous, 33 reads, 52% with it, GRCh38 9:35065363 C>T"),
        ({"build": "GRCh37", "alleles": {"VCP-R155H": "1|1"}},
         "VCP p.Arg155His, R155H, NM_007126.3:c.464G>A | homozygous, GRCh37 9:35065360 C>T"),
        ({"alleles": {"VCP-R155H": "./1"}},
         "VCP p.Arg155His, R155H, NM_007126.3:c.464G>A | on 1 copy at least, GRCh38 9:35065363 C>T"),
        ({"repeats": {"C9orf72": "2/145"}}, "C9orf72 repeat of GGCCCC: 2/145 units; 31 and more harmful | "),
        ({"markers": {"rs12608932": "C/C"}}, "UNC13A rs12608932 | C/C"),
    ],
)  # fmt: skip
def test_a_finding_is_said_as_a_geneticist_says_it(form, said):
    trace = assign(assigner.profile_of({"participant": "P", **form}, RULES), RULES).trace
    changes = changes_in(trace.findings.true, trace, RULES)
    assert said in [f"{change.what} | {change.how}" for change in changes]


def test_a_risk_stands_on_the_first_screen_in_percent_as_the_objection_beside_it_has_it():
    told = flat("\n".join(text(read("P010.vep.vcf"))))
    assert "could change the decision: risk 13%, above 1%" in told and "ppm" not in told


@pytest.mark.parametrize("attack", ["script", "control", "bidi", "long"])
def test_a_hostile_word_is_shown_on_the_first_screen_and_not_obeyed(attack):
    lines = text(hostile(traced("c9orf72-expanded"), ATTACKS[attack]), RULES)
    assert all(line.isprintable() and len(line) <= WIDTH for line in lines)


# What input is lacking


def read(name: str, **more) -> Trace:
    profile = assigner.read_profile(str(ROOT / "examples" / name), RULES, **more)
    return assign(profile, RULES).trace


@pytest.mark.holds("REPO-07")
def test_what_is_lacking_is_named_in_the_order_of_what_it_could_change():
    bare = lacks_of(read("P003.vep.vcf"))
    assert [each.could_change for each in bare] == sorted((each.could_change for each in bare), reverse=True)
    told = " ".join(each.text for each in bare)
    assert (
        "Most listed places have no record: 687 are unknown. Give a gVCF" in told and "No repeat sizes: C9orf72" in told
    )
    assert "Only if the laboratory states that absent places were sequenced and are reference: --absent" in told
    assert "annotate with" not in told and "with the others" not in told
    genes = sum(each.carrier_ppm or 0 for each in read("P002.vep.vcf").decisive if not each.loci)
    (records,) = (each for each in lacks_of(read("P002.vep.vcf")) if "no record" in each.text)
    assert records.could_change > genes > 0
    repeats = str(ROOT / "examples" / "P006.eh.vcf")
    covered = read("P006.vep.vcf", repeats=repeats, callable=str(ROOT / "examples" / "genes.bed"))
    assert lacks_of(covered) == ()
    genome = " ".join(
        each.text for each in lacks_of(read("P001.g.vcf", repeats=str(ROOT / "examples" / "P001.eh.vcf")))
    )
    assert "No field of consequence (CSQ, ANN, BCSQ) and ClinVar (CLNSIG): annotate with VEP" in genome
    assert "no record" not in genome and "repeat sizes" not in genome


@pytest.mark.holds("REPO-07")
def test_of_a_file_with_a_reference_block_absence_is_never_offered_as_reference(tmp_path):
    lines = (ROOT / "examples" / "P001.g.vcf").read_text(encoding="utf-8").splitlines(keepends=True)
    head = next(at for at, line in enumerate(lines) if not line.startswith("#"))
    for name, kept in (("block", lines[: head + 2]), ("nothing", lines[:head])):
        (tmp_path / name).write_text("".join(kept), encoding="utf-8")
        told = " ".join(
            each.text for each in lacks_of(assign(assigner.read_profile(tmp_path / name, RULES), RULES).trace)
        )
        assert "Most listed places have no record" in told and "--absent" not in told


def test_a_bound_is_never_told_lower_than_it_is():
    assert [percent_of(each) for each in (99_999, 100_001, 124_000, 125_000, 1_000_000)] == [
        "9.9999%", "11%", "13%", "13%", "100%",
    ]  # fmt: skip


@pytest.mark.parametrize("name", list(EXAMPLES)[::5])
def test_nothing_is_lacking_of_a_settled_decision_or_of_files_that_were_not_read(name):
    trace = traced(name)
    told = " ".join(each.text for each in lacks_of(trace))
    assert not re.search("VCF lists|annotate|--structural", told)
    assert not (trace.settled and told)


# The report


@pytest.mark.holds("REPO-04")
def test_a_report_says_who_issues_it_as_the_caller_says_and_has_places_to_sign(tmp_path):
    trace = traced("vcp-r155h")
    issue = Issue("2026-01-31T09:00+00:00", "Lab <b>X</b>", ("Dr A", "Dr B"))
    told = seen(render(trace, (), RULES, issue))
    assert (
        "Date 2026-01-31T09:00+00:00 Laboratory Lab <b>X</b> Written by Dr A, Dr B Signature Second signature" in told
    )
    assert "VCP p.Arg155His, R155H, NM_007126.3:c.464G>A heterozygous, GRCh38 9:35065363 C>T" in told
    assert "research use only" in told and "draft: not approved" in told
    plainly = seen(render(trace, (), RULES))
    assert "Date Laboratory Written by Signature" in flat(plainly)
    trace.write(tmp_path / "t.json")
    report = ["report", str(tmp_path / "t.json"), "--time", "2026-01-31T09:00:00Z", "--by", "Dr A", "--by", "Dr B",
              "--laboratory", "Lab <b>X</b>", "-o", str(tmp_path / "r.html")]  # fmt: skip
    assert CliRunner().invoke(main, report).exit_code == 0
    assert "Written by Dr A, Dr B" in seen((tmp_path / "r.html").read_text(encoding="utf-8"))
    alone = CliRunner().invoke(main, ["assign", "x.vcf", "--by", "Dr A"])
    assert (alone.exit_code, "go with --report" in alone.stderr) == (2, True)


def test_a_score_of_which_alleles_are_missing_is_named_apart_from_genes():
    trace = read("P001.g.vcf", repeats=str(ROOT / "examples" / "P001.eh.vcf"))
    one = trace.findings.unknown[trace.decisive_unknowns[0]]
    score = one.model_copy(
        update={"criterion": "PGS-X", "gene": "PGS-X", "loci": [], "shown": "3 of 9 alleles called", "carrier_ppm": 7}
    )
    findings = trace.findings.model_copy(update={"unknown": [score]})
    alone = trace.model_copy(update={"findings": findings, "decisive_unknowns": [0]})
    assert [each.text for each in lacks_of(alone)] == ["PGS-X: 3 of 9 alleles called. Give a file with the others."]
