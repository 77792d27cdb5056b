"""Cases: a trial's scenarios in a file of their own, run, and refused with the line of every fault."""

from __future__ import annotations

import json

import pytest
from click.testing import CliRunner

from assigner.cases import parse_cases, read_cases
from assigner.cli import main
from assigner.errors import RuleSetError
from assigner.testing.parts import allele, content_of, gene, rules_of

CONTENT = content_of(genes=[gene(1, {"A": 1000})], alleles=[allele("X", 1, 100)])
RULES = rules_of(CONTENT)
CASES = """start: {absent: reference, assessed: all}
cases:
  - id: carrier
    because: one allele is enough
    profile: {alleles: {X: 0/1}}
    expect: {outcome: assigned, category: A}
  - id: nothing
    because: there is no default category
    profile: {}
    expect: {outcome: review, reasons: [no_evidence, unsettled]}
"""


def faults(text: str) -> list[str]:
    with pytest.raises(RuleSetError) as caught:
        parse_cases(text.encode(), RULES)
    return [str(fault) for fault in caught.value.faults]


def test_a_case_begins_with_what_all_share_and_its_own_fields_come_first():
    text = CASES.replace("profile: {}", "profile: {absent: unknown}")
    first, second = parse_cases(text.encode(), RULES)
    assert (first.profile.absent, second.profile.absent) == ("reference", "unknown")
    assert first.run(RULES).faults == ()


@pytest.mark.holds("CURA-05")
@pytest.mark.parametrize(
    ("old", "new", "told"),
    [
        ("id: nothing", "id: carrier", "cases.yaml:7: cases[1].id: expected an id that no other case has"),
        ("category: A", "category: Z", "cases.yaml:6: cases[0].expect.category: expected a category of the rule set"),
        ("no_evidence", "no_reason", "cases.yaml:10: cases[1].expect.reasons[0]: expected one of tied, no_evidence"),
        ("X: 0/1", "Z: 0/1", "cases.yaml:5: cases[0].profile.alleles: expected an allele of the rule set"),
        ("because: one", "why: one", "cases.yaml:3: cases[0].because: expected this field; got nothing"),
        ("category: A", "tier: 9", "cases.yaml:6: cases[0].expect.tier: expected a tier of the rule set, 1 to 1"),
        ("start:", "start: &a", "cases.yaml:1: start: expected no anchors"),
    ],
)
def test_every_fault_has_its_line(old, new, told):
    found = faults(CASES.replace(old, new, 1))
    assert any(fault.startswith(told) for fault in found), found


def test_a_file_that_cannot_be_read_is_refused(tmp_path):
    with pytest.raises(RuleSetError, match="a readable file"):
        read_cases(tmp_path / "none.yaml", RULES)


@pytest.mark.holds("CURA-05")
def test_the_command_runs_them_and_tells_what_differs(tmp_path):
    (tmp_path / "rules.yaml").write_text(json.dumps(CONTENT))
    (tmp_path / "cases.yaml").write_text(CASES.replace("category: A", "category: B"))
    done = CliRunner().invoke(main, ["rules", "test", str(tmp_path / "rules.yaml"), str(tmp_path / "cases.yaml")])
    assert done.exit_code == 1
    assert "case carrier: category: expected B; got A" in done.stderr
    assert "of 2 cases hold" in done.stdout
