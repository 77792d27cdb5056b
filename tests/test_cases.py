"""Cases: a trial's scenarios in a file of their own, run, and refused with the line of every fault."""

from __future__ import annotations

import json

import pytest
from click.testing import CliRunner

from assigner.cases.cases import parse_cases, read_cases
from assigner.cli import main
from assigner.errors import RuleSetError
from assigner.genome.builds import Build
from assigner.rules import read_rules
from assigner.rules.loci import Allele
from assigner.rules.panels import panel_of
from assigner.testing.parts import WORD, allele, content_of, criterion, gene, rules_of, tier

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


TABLE = """start: {absent: reference, assessed: all, structural_read: yes}
kinds:
  truncation: {genotype: 0/1, terms: [stop_gained], frequency: 0, clinvar: {significance: not_pathogenic}}
  on-both: {like: truncation, genotype: 1/1}
  gone: {kind: deletion, genotype: 0/1, reach: whole}
cases:
  - id: seen
    because: a kind of variant in a gene
    profile: {seen: {G1: $}}
    each: {truncation: {}, on-both: {tier: 2}, gone: {tier: 2, scores: {2: {A: 1000}}}}
    expect: {outcome: assigned, category: A}
  - id: listed
    because: an allele
    profile: {alleles: {X: $}}
    each: [0/1, 1/1]
    expect: {outcome: assigned, category: A, findings: {X: true}}
"""
WIDE = rules_of(
    content_of(
        genes=[gene(1, {"A": 1000})],
        alleles=[allele("X", 1, 100)],
        criteria=[criterion("listed_allele", 1), criterion("consequence", 2), criterion("deletion", 2)],
        decision={"tiers": [tier(1), tier(2)]},
    )
)


def test_a_table_is_one_case_for_each_name():
    found = parse_cases(TABLE.encode(), WIDE)
    assert [case.example.id for case in found] == [
        "seen/truncation", "seen/on-both", "seen/gone", "listed/0/1", "listed/1/1",
    ]  # fmt: skip
    assert [case.run(WIDE).faults for case in found] == [()] * 5
    assert found[1].profile.variants[0].call.genotype == "1/1"
    assert found[2].profile.structural[0].gene == "G1"
    assert found[3].line == 15


def test_what_is_seen_stands_in_its_gene_where_nothing_is_listed_or_next_to_it():
    content = content_of(genes=[gene(1, {"A": 1000})], alleles=[allele("X", 1, 4999), allele("Y", 1, 5000)])
    rules = rules_of(content)
    text = "{kinds: {k: {genotype: 0/1}}, cases: [{id: a, because: a, profile: {build: $, seen: {G1: [k, k]}}, "
    text += "each: [GRCh37, GRCh38], expect: {outcome: review}}]}"
    for case, shift in zip(parse_cases(text.encode(), rules), (500_000, 0), strict=True):
        assert [seen.variant.pos for seen in case.profile.variants] == [1_005_002 + shift, 1_005_003 + shift]


def test_a_gene_without_a_free_base_is_named():
    content = content_of(genes=[gene(1, {"A": 1000}, grch38="1000100-1000101")], alleles=[allele("X", 1, 100)])
    text = b"{kinds: {k: {genotype: 0/1}}, cases: [{id: a, because: a, profile: {seen: {G1: k}}, "
    text += b"expect: {outcome: review}}]}"
    with pytest.raises(RuleSetError, match=r"seen\.G1: expected a gene with a base that no rule is about; got none"):
        parse_cases(text, rules_of(content))


@pytest.mark.parametrize(
    ("old", "new", "told"),
    [
        ("like: truncation", "like: gone", "cases.yaml:4: kinds.on-both.like: expected a kind that stands before"),
        ("{G1: $}", "{G9: $}", "cases.yaml:9: cases[0].profile.seen: expected a gene of the rule set"),
        ("truncation: {}", "other: {}", "cases.yaml:9: cases[0].profile.seen.G1: expected one of truncation, on-both"),
        ("seen: {G1: $}", "seen: [G1]", "cases.yaml:9: cases[0].profile.seen: expected kinds of variants by gene"),
        ("[0/1, 1/1]", "[0/1, 0/1]", "cases.yaml:15: cases[1].each: expected each name once"),
        ("on-both: {tier: 2}", "on-both: {tier: 3}", "cases.yaml:10: cases[0].each.on-both.tier: expected a tier of"),
        ("2: {A: 1000}", "2: {Z: 1000}", "cases.yaml:10: cases[0].each.gone.scores.2.Z: expected a category"),
        ("2: {A: 1000}", "3: {A: 1000}", "cases.yaml:10: cases[0].each.gone.scores.3: expected a tier of the rule set"),
        ("{X: true}", "{Z: true}", "cases.yaml:16: cases[1].expect.findings.Z: expected an allele, repeat, marker or"),
        ("{X: true}", "{X: true}, flags: {f: held}", "cases.yaml:16: cases[1].expect.flags.f: expected a mimic"),
        ("{outcome: assigned, category: A, f", "{f", "cases.yaml:16: cases[1].expect.outcome: expected this field"),
        ("id: listed", "id: l!", "cases.yaml:12: cases[1].id: expected text like "),
        ("{A: 1000}", "{A: many}", "cases.yaml:10: cases[0].each.gone.scores.2.A: expected a whole number; got 'many'"),
        ("{X: true}", "{X: yes}", "cases.yaml:16: cases[1].expect.findings.X: expected 'true', 'false' or 'unknown'"),
        (
            "tier: 2}, gone",
            "level: 2}, gone",
            "cases.yaml:10: cases[0].each.on-both.level: expected one of",
        ),
        ("build: GRCh38", "build: GRCh36", "cases.yaml:9: cases[0].profile.build: expected"),
    ],
)
def test_every_fault_of_a_table_has_its_line(old, new, told):
    text = TABLE.replace("profile: {seen", "profile: {build: GRCh38, seen") if "build" in old else TABLE
    assert old in text
    with pytest.raises(RuleSetError) as caught:
        parse_cases(text.replace(old, new, 1).encode(), WIDE)
    found = [str(fault) for fault in caught.value.faults]
    assert any(fault.startswith(told) for fault in found), found


STATED = [
    ("basis: lead", "basis: tied", "basis: expected tied; got lead"),
    ("settled: yes", "settled: no", "settled: expected no; got yes"),
    ("scores: {1: {A: 1000}}", "scores: {1: {A: 999}}", "scores.1.A: expected 999; got 1000"),
    ("scores: {1: {A: 1000}}", "scores: {1: {}}", "scores.1.A: expected 0; got 1000"),
    ("flags: {m: reported}", "flags: {m: held}", "flags.m: expected held; got reported"),
    ("flags: {m: reported}", "flags: {}", "flags.m: expected not raised; got reported"),
    ("flags: {m: reported}", "flags: {m: reported, n: unknown}", "flags.n: expected unknown; got ruled_out"),
    ("findings: {X: true}", "findings: {X: false}", "findings.X: expected false; got true"),
    ("findings: {X: true}", "findings: {G1: unknown}", "findings.G1: expected unknown; got true"),
    ("overturn_risk_ppm: 0", "overturn_risk_ppm: 5", "overturn_risk_ppm: expected 5; got 0"),
]


@pytest.mark.parametrize(("right", "wrong", "told"), STATED)
def test_what_a_case_states_is_compared(right, wrong, told):
    mimics = [{"id": name, "gene": f"G{at}", "disorder": "another", "trigger": "one", "action": "report", **WORD}
              for at, name in ((1, "m"), (2, "n"))]  # fmt: skip
    rules = rules_of(CONTENT | {"genes": [gene(1, {"A": 1000}), gene(2, {})], "flags": {"mimics": mimics}})
    for stated, faults_of in ((right, ()), (wrong, (told,))):
        text = CASES.replace("category: A}", f"category: A, {stated}}}")
        assert parse_cases(text.encode(), rules)[0].run(rules).faults == faults_of


def test_the_shipped_scores_are_points_times_shares():
    """One allele and nothing else: the points are those of its criterion, by the shares of its gene."""
    rules = read_rules()
    content, checked = rules.content, 0
    panel = panel_of(rules, Build.GRCH38)
    alleles = {each.id: each for each in content.alleles}
    for case in read_cases(None, rules):
        own, expect = case.example.profile, case.example.expect
        if own.keys() == {"alleles"} and len(own["alleles"]) == 1 and expect.scores:
            listed = alleles[next(iter(own["alleles"]))]
            shares = content.shares_of[listed.gene]
            worth = content.points_of(panel.asker[Allele, listed.id], listed.gene)
            points = {name: worth * share // 1000 for name, share in shares.items()}
            assert list(expect.scores.values()) == [points], case.example.id
            checked += 1
    assert checked > 300


def test_the_shipped_cases_are_no_part_of_the_rule_set():
    assert not any("cases" in name for name in read_rules().files)
