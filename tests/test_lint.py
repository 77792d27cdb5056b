"""Reviews: what only the meaning of a rule set shows, each notice with a witness that really shows it."""

from __future__ import annotations

import functools
import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from assigner.assignments import assign
from assigner.cases.examples import run_examples
from assigner.lint.answers import Answer, all_answers, decided
from assigner.lint.lint import faulty, lint, of_examples
from assigner.lint.notices import Notice, Severity
from assigner.lint.states import BUILD, gene_names
from assigner.profiles.calls import Sex
from assigner.profiles.forms import profile_of
from assigner.profiles.made_up import normal_profile
from assigner.rules import Rules, read_rules
from assigner.rules.panels import panel_of
from assigner.testing.contents import contents
from assigner.testing.parts import (
    WORD,
    allele,
    category,
    content_of,
    criterion,
    gene,
    marker,
    mitochondrial_gene,
    repeat,
    rules_of,
    tier,
)
from assigner.truth import Truth
from effort import times

FAULT, WARNING, NOTE = Severity.FAULT, Severity.WARNING, Severity.NOTE
A, B, C = {"A": 1000}, {"B": 1000}, {"C": 1000}


@functools.cache
def shipped_notices() -> list[Notice]:
    return lint(read_rules())


def sound(**parts: Any) -> dict[str, Any]:
    """A rule set of which nothing is said: an allele, and so a way, to each category."""
    least = {
        "categories": [category("A"), category("B"), category("C")],
        "genes": [gene(1, A), gene(2, B), gene(3, C)],
        "alleles": [allele("a", 1, 10), allele("b", 2, 10), allele("c", 3, 10)],
    }
    return content_of(**{**least, **parts})


def more(part: str, *items: dict[str, Any], **parts: Any) -> dict[str, Any]:
    return sound(**parts) | {part: [*sound(**parts).get(part, []), *items]}


def at_place(name: str, number: int, offset: int, **changed: Any) -> dict[str, Any]:
    own = allele(name, number, offset)
    return own | {"place": own["place"] | changed}


def mimic(trigger: str, number: int = 1, **more: Any) -> dict[str, Any]:
    own = {"id": f"mimic-{trigger}", "gene": f"G{number}", "disorder": "another", "trigger": trigger, "action": "hold"}
    return own | WORD | more


def therapy(**more: Any) -> dict[str, Any]:
    own = {"id": "t", "gene": "G1", "product": "P", "stage": "ended negative", "trigger": "pathogenic"}
    return own | WORD | more


def decision(**changed: Any) -> dict[str, Any]:
    return sound()["decision"] | changed


def policy(**changed: str) -> dict[str, Any]:
    return decision(policy=sound()["decision"]["policy"] | changed)


TIERS = [tier(1), tier(2)]
CLINVAR = criterion("clinvar", 1, name="clinvar")
CODES: list[tuple[str, Severity, dict[str, Any], dict[str, Any]]] = [
    ("criterion_never_true", WARNING,
     sound(criteria=[criterion("listed_allele", 1), criterion("repeat", 1)]),
     more("repeats", repeat("R", 1), criteria=[criterion("listed_allele", 1), criterion("repeat", 1)])),
    ("criterion_never_decides", WARNING,
     sound(criteria=[criterion("listed_allele", 1, points=299)]),
     sound(criteria=[criterion("listed_allele", 1, points=300)])),
    ("tier_unused", WARNING,
     sound(decision=decision(tiers=TIERS)),
     sound(decision=decision(tiers=TIERS), criteria=[criterion("listed_allele", 1),
           criterion("clinvar", 2, points=300)])),
    ("gate_unlikely", WARNING,
     sound() | {"gates": sound()["gates"] | {"hom_balance": 90}},
     sound() | {"gates": sound()["gates"] | {"hom_balance": 900}}),
    ("tier_out_of_reach", FAULT,
     sound(decision=decision(tiers=[tier(1, cap=299)])), sound(decision=decision(tiers=[tier(1, cap=300)]))),
    ("category_unreachable", FAULT,
     sound(genes=[gene(1, A), gene(2, B), gene(3, {})]), sound()),
    ("category_not_by_one_gene", WARNING,
     sound(genes=[gene(1, A), gene(2, B), gene(3, {"C": 299})]), sound(genes=[gene(1, A), gene(2, B),
           gene(3, {"C": 300})])),
    ("gene_never_counts", WARNING, more("genes", gene(4, A)), more("genes", gene(4, {}))),
    ("gene_tied", WARNING,
     sound(genes=[gene(1, {"A": 500, "B": 351}), gene(2, B), gene(3, C)]),
     sound(genes=[gene(1, {"A": 500, "B": 350}), gene(2, B), gene(3, C)])),
    ("gene_decides_nothing", WARNING,
     more("genes", gene(4, {"A": 299}), alleles=[*sound()["alleles"], allele("d", 4, 10)]),
     more("genes", gene(4, {"A": 300}), alleles=[*sound()["alleles"], allele("d", 4, 10)])),
    ("gene_held", NOTE,
     sound(flags={"mimics": [mimic("one")]}), sound(flags={"mimics": [mimic("one", action="report")]})),
    ("allele_never_counts", WARNING,
     more("alleles", allele("m", 1, 20, **{"class": "mimic"})),
     more("alleles", allele("m", 1, 20, **{"class": "mimic"}), flags={"mimics": [mimic("one")]})),
    ("repeat_grey", NOTE, more("repeats", repeat("R", 1)), more("repeats", repeat("R", 1, normal=29))),
    ("repeat_overlap", WARNING,
     more("repeats", repeat("R", 1), repeat("S", 1, use="mimic"), criteria=[criterion("listed_allele", 1),
          criterion("repeat", 1)], flags={"mimics": [mimic("repeat", repeat="S")]}),
     more("repeats", repeat("R", 1), criteria=[criterion("listed_allele", 1), criterion("repeat", 1)])),
    ("repeat_unused", WARNING,
     more("repeats", repeat("S", 1, use="mimic")),
     more("repeats", repeat("S", 1, use="mimic"), flags={"mimics": [mimic("repeat", repeat="S")]})),
    ("repeat_reference_not_normal", WARNING,
     more("repeats", repeat("R", 1, normal=19)), more("repeats", repeat("R", 1, normal=20))),
    ("repeat_builds_differ", NOTE,
     more("repeats", repeat("R", 1, grch37="1505000-1505030")), more("repeats", repeat("R", 1))),
    ("repeat_places_overlap", WARNING,
     more("repeats", repeat("R", 1), repeat("S", 1, grch38="1005030-1005090")),
     more("repeats", repeat("R", 1), repeat("S", 1))),
    ("counted_twice", WARNING,
     more("repeats", repeat("R", 1), repeat("S", 1)), more("repeats", repeat("R", 1), repeat("S", 2))),
    ("counted_twice", WARNING,
     more("markers", marker("M", 1, pos38=1_000_010, pos37=1_500_010, effect="C", other="A")),
     more("markers", marker("M", 1, pos38=1_000_010, pos37=1_500_010, effect="G", other="A"))),
    ("marker_linked", WARNING,
     more("markers", marker("M", 1), marker("NN", 1, locus="l")),
     more("markers", marker("M", 1, locus="m"), marker("NN", 1, locus="l"))),
    ("marker_linked", WARNING,
     more("markers", marker("M", 1, pos38=1_504_999), repeats=[repeat("R", 1)]),
     more("markers", marker("M", 1, pos38=1_505_060), repeats=[repeat("R", 1)])),
    ("marker_yields", NOTE,
     more("markers", marker("M", 1, locus="l"), marker("NN", 1, locus="l")),
     more("markers", marker("M", 1, locus="l"), marker("NN", 1, locus="l", inactive="not used"))),
    ("flag_never_raised", WARNING,
     sound(flags={"mimics": [mimic("one", 8)]}), sound(flags={"mimics": [mimic("one", 1)]})),
    ("builds_disagree", FAULT,
     more("alleles", at_place("x", 1, 20, ref37="A", alt37="G")),
     more("alleles", at_place("x", 1, 20, ref37="T", alt37="G"))),
    ("builds_flipped", FAULT,
     more("alleles", at_place("x", 1, 20, ref37="T", alt37="G")), more("alleles", allele("x", 1, 20))),
    ("builds_written_otherwise", NOTE,
     more("alleles", at_place("x", 1, 20, ref38="AT", alt38="A", ref37="GC", alt37="G")),
     more("alleles", at_place("x", 1, 20, ref38="AT", alt38="A", ref37="AT", alt37="A"))),
    ("builds_apart", WARNING,
     more("alleles", allele("x", 1, 20), at_place("y", 1, 30, pos37=1_500_031)),
     more("alleles", allele("x", 1, 20), at_place("y", 1, 30, pos37=1_500_030))),
    ("outside_gene", FAULT,
     more("alleles", at_place("y", 1, 30, pos37=1_400_030)), more("alleles", at_place("y", 1, 30))),
    ("outside_gene", WARNING,
     more("alleles", at_place("y", 1, -5000, pos37=1_495_000)), more("alleles", at_place("y", 1, 0))),
    ("builds_swapped", FAULT,
     more("alleles", at_place("y", 1, 30, pos37=1_000_030, pos38=1_500_030)), more("alleles", at_place("y", 1, 30))),
    ("hgvs_apart", WARNING,
     more("alleles", *(allele(f"x{at}", 1, at, hgvs_c=f"c.{at + (at == 30)}A>C") for at in (20, 30, 40))),
     more("alleles", *(allele(f"x{at}", 1, at, hgvs_c=f"c.{at}A>C") for at in (20, 30, 40)))),
    ("hgvs_unread", NOTE,
     more("alleles", allele("x", 1, 20, hgvs_c="c.?")), more("alleles", allele("x", 1, 20, hgvs_c="c.7A>C"))),
    ("marker_twice", FAULT, more("markers", marker("M", 1), marker("N", 1)), more("markers", marker("M", 1))),
    ("gene_twice", FAULT,
     more("genes", gene(4, {}, aliases=["g1"])), more("genes", gene(4, {}, aliases=["h1"]))),
    ("status_recalled", WARNING,
     sound(genes=[gene(1, A, because="Recalled."), gene(2, B), gene(3, C)]), sound()),
    ("ref_impossible", FAULT,
     more("alleles", allele("x", 1, 10, "G", "C")), more("alleles", allele("x", 1, 10, "A", "G"))),
    ("ref_impossible", FAULT,
     more("markers", marker("M", 1, pos38=1_000_010, pos37=1_500_010, effect="C", other="T")),
     more("markers", marker("M", 1, pos38=1_000_010, pos37=1_500_010, effect="A", other="T"))),
    ("hgvs_disagrees", FAULT,
     more("alleles", allele("x", 1, 20, hgvs_c="NM_1.1:c.7A>G")), more("alleles", allele("x", 1, 20,
          hgvs_c="NM_1.1:c.7T>G"))),
    ("hgvs_disagrees", FAULT,
     more("alleles", *(allele(f"x{at}", 1, at, hgvs_c=f"c.{at}{'T>G' if at == 20 else 'A>C'}") for at in (20, 30, 40))),
     more("alleles", *(allele(f"x{at}", 1, at, hgvs_c=f"c.{at}A>C") for at in (20, 30, 40)))),
    ("allele_twice", WARNING,
     more("alleles", allele("x", 1, 20, clinvar="7"), allele("y", 1, 30, clinvar="7")),
     more("alleles", allele("x", 1, 20, clinvar="7"), allele("y", 1, 30, clinvar="8"))),
    ("allele_within_another", WARNING,
     more("alleles", allele("x", 1, 10, "AT", "CC")), more("alleles", allele("x", 1, 10, "AT", "GC"))),
    ("citation_malformed", FAULT,
     sound(genes=[gene(1, A, sources=["PMID 12"]), gene(2, B), gene(3, C)]),
     sound(genes=[gene(1, A, sources=["PMID:12"]), gene(2, B), gene(3, C)])),
    ("citation_malformed", FAULT,
     sound(genes=[gene(1, A, sources=["doi:10.1/x"]), gene(2, B), gene(3, C)]),
     sound(genes=[gene(1, A, sources=["doi:10.1234/x"]), gene(2, B), gene(3, C)])),
    ("citation_twice", NOTE,
     sound(genes=[gene(1, A, sources=["PMID:12", "PMID:12"]), gene(2, B), gene(3, C)]),
     sound(genes=[gene(1, A, sources=["PMID:12", "PMID:13"]), gene(2, B), gene(3, C)])),
    ("therapy_ended", WARNING,
     sound(flags={"therapies": [therapy(action="hold")]}), sound(flags={"therapies": [therapy(action="report")]})),
    ("status_unfit", WARNING,
     sound(genes=[gene(1, A, status="retracted"), gene(2, B), gene(3, C)]), sound()),
    ("intervention_missing", FAULT,
     sound(categories=[category("A", intervention="TBD"), category("B"), category("C")]), sound()),
    ("intervention_open", WARNING,
     sound(rule_set=sound()["rule_set"] | {"status": "approved", "curators": ["X"], "protocol": "P"}), sound()),
    ("policy_open", WARNING,
     sound(decision=decision(unsettled_above_ppm=1_000_000)), sound(decision=decision(unsettled_above_ppm=999_999))),
    ("policy_open", WARNING,
     sound(decision=policy(mimic="note"), flags={"mimics": [mimic("one")]}),
     sound(decision=policy(mimic="note"), flags={"mimics": [mimic("one", action="report")]})),
    ("policy_open", NOTE, sound(decision=policy(quality="note")), sound()),
    ("policy_open", WARNING,
     sound(rule_set=sound()["rule_set"] | {"status": "approved", "curators": ["X"]}),
     sound(rule_set=sound()["rule_set"] | {"status": "approved", "curators": ["X"], "protocol": "P"})),
]  # fmt: skip


def codes(content: dict[str, Any]) -> set[tuple[str, Severity]]:
    return {(each.code, each.severity) for each in lint(rules_of(content))}


@pytest.mark.parametrize(
    ("gate", "value", "told"),
    [("het_balance", "25-75", 1), ("het_balance", "500-750", 0), ("assessed", 95, 1), ("hom_balance", 500, 0)],
)
def test_a_share_in_per_cent_where_thousandths_are_meant_is_told(gate, value, told):
    content = sound()
    rules = rules_of(content | {"gates": content["gates"] | {gate: value}})
    assert [each.path for each in lint(rules) if each.code == "gate_unlikely"] == [f"gates.{gate}"] * told


@pytest.mark.holds("CURA-01")
def test_nothing_is_said_of_a_sound_rule_set() -> None:
    assert lint(rules_of(sound())) == ()


@pytest.mark.holds("CURA-01")
@pytest.mark.parametrize(("code", "severity", "faulty", "neighbour"), CODES)
def test_each_notice_is_given_and_not_to_a_neighbour(
    code: str, severity: Severity, faulty: dict[str, Any], neighbour: dict[str, Any]
) -> None:
    assert (code, severity) in codes(faulty)
    assert (code, severity) not in codes(neighbour)


def test_a_tie_is_told_with_the_smallest_genotype_that_shows_it() -> None:
    rules = rules_of(sound(genes=[gene(1, {"A": 500, "B": 351}), gene(2, B), gene(3, C)]))
    (tied,) = (each for each in lint(rules) if each.code == "gene_tied")
    assert tied.witness is not None
    assert tied.witness.state.words == "a on one copy"
    assert tied.witness.answer.among == ("A", "B")
    assert str(tied).endswith("example: a on one copy: review (tied): among A, B")
    assert "genes[0]" in str(tied)


def test_a_notice_names_the_line_of_its_table() -> None:
    shipped = read_rules()
    for each in shipped_notices():
        if each.code == "gene_tied" and "TBK1" in each.words:
            line = (shipped.place(("genes", 0))[0], each.line)
            assert line[0] == "categories/genes.yaml"
            break
    else:  # pragma: no cover
        pytest.fail("TBK1 is tied in the shipped rule set")


@pytest.mark.holds("CURA-01")
@given(content=contents())
def test_a_witness_shows_what_is_claimed_to_the_whole_rule_set(content: dict[str, Any]) -> None:
    rules = rules_of(content)
    for each in lint(rules):
        if each.witness is not None:
            form = each.form(rules)["witness"]
            made = assign(profile_of(json.loads(json.dumps(form["profile"])), rules), rules)
            assert Answer.of(made) == each.witness.answer
            assert form["outcome"] == made.outcome


@pytest.mark.holds("CURA-01")
@given(content=contents(), chosen=st.randoms(use_true_random=False))
def test_the_part_about_one_gene_answers_as_the_whole(content: dict[str, Any], chosen: Any) -> None:
    rules = rules_of(content)
    answers = [each for several in all_answers(rules).values() for each in several]
    for each in chosen.sample(answers, min(8, len(answers))):
        whole = decided(each.state, rules)
        assert (whole.answer, whole.flags) == (each.answer, each.flags)
        assert {(f.criterion, f.loci) for f in whole.true} == {(f.criterion, f.loci) for f in each.true}


@times(2)
@given(content=contents())
def test_nothing_is_unknown_where_nothing_is_seen(content: dict[str, Any]) -> None:
    rules = rules_of(content)
    made = assign(normal_profile(panel_of(rules, BUILD), Sex.FEMALE, "P1"), rules)
    assert {finding.truth for finding in made.findings} <= {Truth.FALSE}
    assert [raised.reason for raised in made.reasons] == ["no_evidence"]


@given(content=contents(), data=st.data())
def test_a_criterion_that_is_never_true_can_be_taken_away(content: dict[str, Any], data: st.DataObject) -> None:
    rules = rules_of(content)
    never = {each.words.split()[0] for each in lint(rules) if each.code == "criterion_never_true"}
    kept = [own for own in content["criteria"] if own["id"] not in never]
    if not kept:
        return
    genes = [own | {"effects": [e for e in own["effects"] if e["criterion"] not in never]} for own in content["genes"]]
    without = rules_of(content | {"criteria": kept, "genes": genes})
    name = data.draw(st.sampled_from(gene_names(rules.content)))
    for each in all_answers(rules)[name]:
        assert decided(each.state, without).answer == each.answer


def test_the_shipped_rule_set_has_no_fault_and_its_known_ties() -> None:
    notices = shipped_notices()
    assert not faulty(notices, strict=False)
    assert faulty(notices, strict=True)
    tied = {each.words.split()[0] for each in notices if each.code == "gene_tied"}
    assert {"TBK1", "GRN", "CYLD", "SOD1"} <= tied
    assert [each.words.split()[0] for each in notices if each.code.startswith("category")] == ["CAT1"]


def test_an_example_that_does_not_hold_is_a_fault() -> None:
    example = {"id": "e", "because": "a test", "profile": {"build": "GRCh38"}, "expect": {"outcome": "assigned"}}
    rules: Rules = rules_of(sound(examples=[example]))
    found: list[Notice] = list(of_examples(rules, run_examples(rules)))
    assert {each.code for each in found} == {"example_fails"}
    assert faulty(found, strict=False)


def test_a_mitochondrial_allele_is_met_at_each_cut() -> None:
    rules = rules_of(
        more(
            "genes", mitochondrial_gene(A),
            alleles=[*sound()["alleles"], allele("m", 9, 1) | {"gene": "MT-G", "class": "mitochondrial", "place": {
                "chrom": "MT", "pos37": 3243, "ref37": "A", "alt37": "G", "pos38": 3243, "ref38": "A", "alt38": "G"}}],
            criteria=[criterion("listed_allele", 1), criterion("heteroplasmy", 1)],
        )
    )  # fmt: skip
    told = {each.state.words: each.answer.outcome for each in all_answers(rules)["MT-G"]}
    assert told["m in 0.6 of the copies"] == "assigned"
    assert told["m in 0.1 of the copies"] == "review"
