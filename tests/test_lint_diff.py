"""Differences in meaning: none between a rule set and itself, a witness for each, and stored traces decided again."""

from __future__ import annotations

import copy
import json
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result
from hypothesis import given
from hypothesis import strategies as st

from assigner.assignments import assign
from assigner.cli import main
from assigner.errors import TraceError
from assigner.lint.answers import Answer
from assigner.lint.diff import difference
from assigner.lint.redecide import carried_over, matrix, redecide, redecided
from assigner.lint.states import BUILD
from assigner.profiles.forms import profile_of
from assigner.rules import Rules
from assigner.rules.panels import panel_of
from assigner.testing.contents import contents
from assigner.testing.participants import profiles
from assigner.testing.parts import allele, category, content_of, criterion, gene, repeat, rules_of
from assigner.truth import Truth
from effort import times

A, B = {"A": 1000}, {"B": 1000}


def run(*args: str) -> Result:
    return CliRunner().invoke(main, args)


def base(**parts: Any) -> dict[str, Any]:
    least: dict[str, Any] = {
        "genes": [gene(1, A), gene(2, B)],
        "alleles": [allele("a", 1, 10), allele("b", 2, 10)],
        "repeats": [repeat("R", 1)],
        "criteria": [criterion("listed_allele", 1), criterion("repeat", 1), criterion("clinvar", 1)],
    }
    return content_of(**{**least, **parts})


CHANGES: list[tuple[dict[str, Any], str, str]] = [
    (base(alleles=[allele("a", 1, 10)]), "alleles.2-2000010-A-C.gene", "G2: b on one copy"),
    (base(alleles=[allele("a", 1, 10, needs="two"), allele("b", 2, 10)]), "alleles.1-1000010-A-C.needs",
     "G1: a on one copy"),
    (base(genes=[gene(1, B), gene(2, B)]), "genes.G1.shares.A.share", "G1: a on one copy"),
    (base(genes=[gene(1, A)], alleles=[allele("a", 1, 10)]), "genes.G2.symbol", "G2: b on one copy"),
    (base(repeats=[repeat("R", 1, expanded=31)]), "repeats.R.expanded", "G1: R 20/30"),
    (base(criteria=[criterion("listed_allele", 1), criterion("repeat", 1), criterion("clinvar", 1, stars=2)]),
     "criteria.clinvar_1.stars", "an unlisted G1 variant, ClinVar pathogenic with 1 star"),
    (base(criteria=[criterion("listed_allele", 1, points=200), criterion("repeat", 1), criterion("clinvar", 1)]),
     "criteria.listed_allele_1.points", "G1: a on one copy"),
]  # fmt: skip


@pytest.mark.holds("CURA-02")
@pytest.mark.parametrize(("content", "path", "witness"), CHANGES)
def test_a_change_is_told_by_its_rule_and_by_what_is_answered_otherwise(
    content: dict[str, Any], path: str, witness: str
) -> None:
    found = difference(rules_of(base()), rules_of(content))
    assert path in {edited.path for edited in found.rules}
    assert any(witness in str(changed) for changed in found.answers), list(map(str, found.answers))


@pytest.mark.parametrize(
    "change",
    [
        lambda content: content["genes"][0].update(because="other words", sources=["PMID:1"]),
        lambda content: content["genes"].reverse(),
        lambda content: content["alleles"][0].update(id="renamed", name="renamed", hgvs_c="c.1A>C"),
        lambda content: content["rule_set"].update(version="2", title="another title"),
        lambda content: content["decision"]["tiers"][0].update(because="other words"),
    ],
)
def test_words_alone_are_no_change_in_meaning(change: Any) -> None:
    content = copy.deepcopy(base())
    change(content)
    assert rules_of(content).digest != rules_of(base()).digest
    assert difference(rules_of(base()), rules_of(content)).is_empty


def test_what_takes_several_genes_is_named_by_its_rule_alone() -> None:
    found = difference(rules_of(base()), rules_of(base(decision={"tie_breaks": ["category_order"]})))
    assert found.answers == ()
    assert [str(each) for each in found.rules] == ["decision.tie_breaks: nothing -> category_order"]
    assert not found.is_empty


@given(content=contents())
def test_a_rule_set_does_not_differ_from_itself(content: dict[str, Any]) -> None:
    assert difference(rules_of(content), rules_of(content)).is_empty
    words = rules_of(content | {"rule_set": content["rule_set"] | {"title": "another"}})
    assert difference(rules_of(content), words).is_empty


@pytest.mark.holds("CURA-02")
@given(content=contents(), data=st.data())
def test_a_witness_is_answered_otherwise_by_the_whole_rule_sets(content: dict[str, Any], data: st.DataObject) -> None:
    changed = copy.deepcopy(content)
    one = data.draw(st.sampled_from(changed["criteria"]))
    one["points"] = data.draw(st.sampled_from([1, 299, 5000]))
    changed["decision"]["tiers"][0]["minimum"] = data.draw(st.sampled_from([1, 300, 5000]))
    old, new = rules_of(content), rules_of(changed)
    for each in difference(old, new).answers:
        state = each.witness.state
        before = Answer.of(assign(state.profile(panel_of(old, BUILD)), old))
        after = Answer.of(assign(state.profile(panel_of(new, BUILD)), new))
        assert (before, after) == (each.witness.answer, each.after)
        assert before != after


# ----------------------------------------------------------------------------------------------- traces decided again


@times(3)
@given(content=contents(), data=st.data())
def test_a_trace_decided_again_under_its_own_rule_set_does_not_move(
    content: dict[str, Any], data: st.DataObject
) -> None:
    rules = rules_of(content)
    made = assign(data.draw(profiles(rules)), rules)
    again = redecided(made.trace, rules, rules)
    assert not again.moved
    assert again.by == again.unknown == ()


@pytest.mark.holds("CURA-02")
@given(content=contents(), data=st.data())
def test_what_the_old_rule_set_did_not_ask_is_never_reference(content: dict[str, Any], data: st.DataObject) -> None:
    fewer = copy.deepcopy(content)
    left_out = fewer["alleles"].pop(data.draw(st.integers(0, len(fewer["alleles"]) - 1)))
    old, new = rules_of(fewer), rules_of(content)
    trace = assign(data.draw(profiles(old)), old).trace
    profile, _ = carried_over(trace.profile, old, new)
    variant = panel_of(new, profile.build).variant_by_id[left_out["id"]]
    assert profile.call(variant).carries is Truth.UNKNOWN


def trace_of(rules: Rules, **profile: Any) -> Any:
    form = {"participant": "P1", "build": "GRCh38", "absent": "reference", "assessed": "all", "sex": "female"}
    return assign(profile_of(form | {"repeats": {"R": "10/10"}} | profile, rules), rules).trace


def test_a_new_gene_was_not_looked_at() -> None:
    old, new = rules_of(base()), rules_of(base(genes=[gene(1, A), gene(2, B), gene(3, A)]))
    profile, unknown = carried_over(trace_of(old).profile, old, new)
    assert unknown == ()
    assert not profile.looked_for("G3", "clinvar", 950)
    assert profile.looked_for("G1", "clinvar", 950)


def test_what_the_new_rule_set_does_not_ask_about_is_named() -> None:
    old, new = rules_of(base()), rules_of(base(alleles=[allele("b", 2, 10)], repeats=[]))
    found = redecided(trace_of(old, alleles={"a": "0/1"}), old, new)
    assert found.unknown == ("a", "repeat R")
    assert (found.before, found.after) == ("A", "review (no_evidence)")
    assert found.by == ("without listed_allele_1 a",)


def test_new_terms_were_not_looked_for() -> None:
    old = rules_of(base(criteria=[criterion("consequence", 1)]))
    new = rules_of(base(criteria=[criterion("consequence", 1, terms=["stop_gained", "missense_variant"])]))
    profile, _ = carried_over(trace_of(old).profile, old, new)
    assert profile.annotated == {"clinvar"}
    deletions = rules_of(base(criteria=[criterion("consequence", 1), criterion("deletion", 1)]))
    profile, _ = carried_over(trace_of(old, structural_read="yes").profile, old, deletions)
    assert not profile.structural_read
    none = rules_of(base(criteria=[criterion("listed_allele", 1)]))
    assert carried_over(trace_of(none).profile, none, old)[0].annotated == frozenset()


@pytest.fixture
def stored(tmp_path: Path) -> Path:
    """Two rule sets, and traces of sixty participants under the first one."""
    old = base(categories=[category("A"), category("B")])
    (tmp_path / "old.yaml").write_text(json.dumps(old))
    (tmp_path / "new.yaml").write_text(json.dumps(base(categories=[category("A"), category("B")],
                                                       genes=[gene(1, B), gene(2, B)])))  # fmt: skip
    (tmp_path / "traces").mkdir()
    rules = rules_of(old)
    for number in range(60):
        genotype = {"alleles": {"a": "0/1"}} if number % 2 else {}
        trace_of(rules, participant=f"P{number}", **genotype).write(tmp_path / "traces" / f"P{number:02}.json")
    return tmp_path


@pytest.mark.holds("CURA-02")
def test_stored_traces_are_decided_again_with_a_matrix_and_every_mover(stored: Path) -> None:
    for jobs in ("1", "2"):
        told = run("rules", "diff", str(stored / "old.yaml"), str(stored / "new.yaml"),
                   "--over", str(stored / "traces"), "--jobs", jobs)  # fmt: skip
        assert told.exit_code == 0, told.stderr
        lines = told.stdout.splitlines()
        assert "rule: genes.G1.shares.A.share: 1000 -> nothing" in lines
        assert "30 of 60 participants get a different result" in lines
        assert "from A to B: 30" in lines
        assert "from review to review: 30" in lines
        assert "P1: A -> B, decision" in lines


def test_traces_that_cannot_be_used_are_refused(stored: Path) -> None:
    one = stored / "traces" / "P01.json"
    with pytest.raises(TraceError, match=r"P01\.json: trace: rule_set\.digest"):
        list(redecide([str(one)], str(stored / "new.yaml"), str(stored / "old.yaml")))
    one.write_text(one.read_text().replace('"participant":"P1"', '"participant":"P2"'))
    told = run("rules", "diff", str(stored / "old.yaml"), str(stored / "new.yaml"), "--over", str(one))
    assert told.exit_code == 1
    assert "modified after it was written" in told.stderr
    with pytest.raises(TraceError, match="a readable file"):
        list(redecide([str(stored / "none.json")], str(stored / "old.yaml"), str(stored / "new.yaml")))


def test_a_trace_that_is_not_canonical_is_checked_all_the_same(stored: Path) -> None:
    one = stored / "traces" / "P01.json"
    one.write_text(json.dumps(json.loads(one.read_text()), indent=1))
    (found,) = redecide([str(one)], str(stored / "old.yaml"), str(stored / "new.yaml"))
    assert matrix([found]) == [("A", "B", 1)]


def test_equal_rule_sets_say_so(stored: Path) -> None:
    told = run("rules", "diff", str(stored / "old.yaml"), str(stored / "old.yaml"))
    assert told.stdout == "no change in meaning\n"
    (stored / "tied.yaml").write_text(
        json.dumps(base(categories=[category("A"), category("B")], decision={"tie_breaks": ["category_order"]}))
    )
    told = run("rules", "diff", str(stored / "old.yaml"), str(stored / "tied.yaml"))
    assert "no genotype of a single gene gets a different result" in told.stdout
