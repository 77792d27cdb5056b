"""Mutants: each differs in one place, a case kills it when it fails on it, and what is called equivalent is."""

from __future__ import annotations

import itertools
import json
from typing import Any

import pytest
from attrs import evolve
from click.testing import CliRunner, Result
from hypothesis import assume, given
from hypothesis import strategies as st

from assigner.assignments import Assignment, assign
from assigner.cases.cases import Case, parse_cases, read_cases
from assigner.cli import main
from assigner.lint.diff import difference
from assigner.mutants.equivalences import Proofs
from assigner.mutants.perturbations import FIELDS, Kind, Mutant, Perturbation, mutant_of, mutants, perturbations
from assigner.mutants.sums import has_between, leads_between, sums_in_tier
from assigner.mutants.trials import Fate, Score, answered, kills, try_all, try_mutants
from assigner.profiles.profile import Profile
from assigner.rules import Rules, consistency, read_rules
from assigner.rules.schema import Example, Expected, RuleSet
from assigner.testing.contents import rule_sets
from assigner.testing.participants import known_profiles, profiles
from assigner.testing.parts import (
    WORD,
    allele,
    content_of,
    criterion,
    gene,
    marker,
    mitochondrial_allele,
    mitochondrial_gene,
    repeat,
    rules_of,
    tier,
)
from assigner.truth import Truth
from effort import QUICK, at_a_release

CONTENT = content_of(
    genes=[gene(1, {"A": 600, "B": 300}), gene(2, {"C": 500}, mechanisms=["other"])],
    alleles=[allele("X", 1, 100), allele("Y", 1, 200, **{"class": "benign"})],
    repeats=[repeat("R", 1)],
    criteria=[criterion("listed_allele", 1), criterion("repeat", 1)],
)
RULES = rules_of(CONTENT)
CASES = """start: {absent: reference, assessed: all, structural_read: yes, repeats: {R: 5/5}}
cases:
  - id: carrier
    because: one allele is enough
    profile: {alleles: {X: 0/1}}
    expect: {outcome: assigned, category: A, scores: {1: {A: 600, B: 300}}}
  - id: sizes
    because: each edge of the bands
    profile: {repeats: {R: 5/$}}
    each: {20: {reasons: [no_evidence], findings: {R: false}}, 21: {}, 29: {}}
    expect: {outcome: review, reasons: [no_evidence, unsettled], findings: {R: unknown}}
"""


def leaves(part: Any, path: tuple[str | int, ...] = ()) -> dict[tuple[str | int, ...], Any]:
    """Every value of a rule set by its place."""
    if isinstance(part, dict):
        return {p: v for key, value in part.items() for p, v in leaves(value, (*path, key)).items()}
    if isinstance(part, (list, tuple)) and part and isinstance(part[0], dict):
        return {p: v for at, value in enumerate(part) for p, v in leaves(value, (*path, at)).items()}
    return {path: part}


def told(made: Assignment) -> tuple[Any, ...]:
    """All that an assignment says, its rule set's digest aside, and what a flag does that is not raised."""
    flags = [evolve(each, holds=each.holds and each.truth is Truth.TRUE) for each in made.flags]
    return made.outcome, made.category, made.reasons, made.decision, made.scores, made.findings, tuple(flags)


def case_of(profile: Profile, rules: Rules) -> Case:
    """A case that expects all that the rule set gives."""
    made = assign(profile, rules)
    truths: dict[str, str] = {}
    for each in made.flags:
        truths[each.id] = {"true": "held" if each.holds else "reported", "false": "ruled_out"}.get(
            each.truth, "unknown"
        )
    expect = Expected.model_validate({
        "outcome": made.outcome.value,
        "category": made.category,
        "provisional": made.provisional,
        "reasons": [raised.reason.value for raised in made.reasons],
        "tier": made.decision.tier,
        "settled": "yes" if made.decision.settled else "no",
        "basis": made.decision.basis.value,
        "scores": {
            at: {score.category: score.tiers[at - 1].known for score in made.scores}
            for at, _ in enumerate(rules.content.decision.tiers, start=1)
        },
        "flags": truths,
        "overturn_risk_ppm": made.decision.overturn_risk_ppm,
    })  # fmt: skip
    return Case(Example(id="drawn", because="drawn", profile={}, expect=expect), profile)


@st.composite
def drawn_mutants(draw: st.DrawFn) -> tuple[Rules, Mutant]:
    rules = draw(rule_sets())
    mutant = mutant_of(rules, draw(st.sampled_from(list(perturbations(rules.content)))))
    assume(mutant is not None)
    assert mutant is not None
    return rules, mutant


# ------------------------------------------------------------------------------------------------------------- laws


@given(drawn=drawn_mutants())
def test_a_mutant_is_a_rule_set_that_differs_in_one_place_only(drawn):
    rules, mutant = drawn
    perturbed = mutant.perturbation
    before, after = (leaves(each.content.model_dump(by_alias=True)) for each in (rules, mutant.rules))
    if perturbed.kind is Kind.CRITERION and perturbed.after == "dropped":
        at = perturbed.path[1]
        assert isinstance(at, int)
        before = leaves(rules.content.model_dump(by_alias=True) | {
            "criteria": [each.model_dump() for n, each in enumerate(rules.content.criteria) if n != at]
        })  # fmt: skip
        assert before == after
        return
    assert {path for path in before.keys() | after.keys() if before.get(path) != after.get(path)} == {perturbed.path}
    again = RuleSet.model_validate(mutant.rules.content.model_dump(by_alias=True))
    assert not list(consistency.faults(again))
    assert mutant.rules.digest != rules.digest


@pytest.mark.holds("CURA-07")
@given(data=st.data(), drawn=drawn_mutants())
def test_a_case_kills_a_mutant_when_it_fails_on_it(data, drawn):
    rules, mutant = drawn
    case = case_of(data.draw(known_profiles(rules, 1)), rules)
    assert not case.faults(assign(case.profile, rules))
    assume("seeded" not in mutant.rules.content.decision.tie_breaks)
    fails = bool(case.faults(assign(case.profile, mutant.rules)))
    assert kills(case, mutant) == kills(case, mutant, uncached=True) == fails
    verdict = next(try_mutants(rules, [case], [mutant.perturbation]))
    assert fails == (verdict.fate is Fate.KILLED)


@at_a_release
@pytest.mark.holds("CURA-07")
@given(data=st.data(), rules=rule_sets())
def test_what_is_called_equivalent_answers_every_profile_alike(data, rules):
    proofs = Proofs(rules)
    found = [mutant for mutant in mutants(rules) if proofs.of(mutant)]
    assume(found)
    mutant = data.draw(st.sampled_from(found))
    for profile in (data.draw(profiles(rules)), data.draw(known_profiles(rules, 1)), data.draw(known_profiles(rules))):
        assert told(answered(case_of(profile, rules), mutant)) == told(assign(profile, rules))


@given(data=st.data(), rules=rule_sets())
def test_more_cases_kill_no_fewer_mutants(data, rules):
    one, two = (case_of(data.draw(known_profiles(rules, 1)), rules) for _ in range(2))
    both = [one, evolve(two, example=two.example.model_copy(update={"id": "other"}))]
    chosen = data.draw(st.lists(st.sampled_from(list(perturbations(rules.content))), min_size=1, max_size=5))
    alone = Score(tuple(try_mutants(rules, [one], chosen)))
    assert Score(tuple(try_mutants(rules, both, chosen))).count(Fate.KILLED) >= alone.count(Fate.KILLED)


def test_lots_are_drawn_as_under_the_rule_set_itself():
    genes = [gene(1, {"A": 500, "B": 500})]
    rules = rules_of(content_of(decision={"tie_breaks": ["seeded"]}, genes=genes, alleles=[allele("X", 1, 100)]))
    text = "{start: {absent: reference, assessed: all}, cases: [{id: a, because: a, profile: {participant: $, "
    text += "alleles: {X: 0/1}}, each: [P1, P2, P3, P4], expect: {outcome: assigned, category: A}}]}"
    holding = [case for case in parse_cases(text.encode(), rules) if not case.run(rules).faults]
    other = [each for each in perturbations(rules.content) if each.path[-1] == "default_carrier_ppm"]
    assert 0 < len(holding) < 4
    assert {verdict.fate for verdict in try_mutants(rules, holding, other)} == {Fate.SURVIVED}


# ------------------------------------------------------------------------------------------------------------ tables


STEPS: list[tuple[dict[str, Any], str, list[str]]] = [
    (CONTENT, "decision.tiers[0].minimum", ["150", "450"]),
    (content_of(decision={"tiers": [tier(1), tier(2, margin=40)]}), "decision.tiers[0].minimum", ["260", "340"]),
    (CONTENT, "decision.tie_breaks", ["distinct_genes", "category_order", "seeded"]),
    (CONTENT, "decision.unsettled_above_ppm", ["9000", "11000"]),
    (CONTENT, "decision.policy.mimic", ["note"]),
    (CONTENT, "gates.het_balance", ["240-750", "260-750", "250-740", "250-760"]),
    (CONTENT, "gates.assessed", ["940", "960"]),
    (CONTENT, "genes[0].shares[0].share", ["450"]),
    (CONTENT, "alleles[0].needs", ["two", "one_or_two"]),
    (CONTENT, "repeats[0].normal", ["19", "21"]),
    (CONTENT, "repeats[0].only", ["male"]),
    (CONTENT, "criteria[0]", ["dropped"]),
    (CONTENT, "criteria[0].points", ["850", "1150"]),
    (content_of(criteria=[criterion("clinvar", 1, carrier_ppm=3)]), "criteria[0].carrier_ppm", ["2", "4"]),
    (content_of(criteria=[criterion("clinvar", 1)]), "criteria[0].max_frequency", ["0.00009", "0.00011"]),
    (content_of(criteria=[criterion("clinvar", 1, stars=0)]), "criteria[0].stars", ["1"]),
    (content_of(criteria=[criterion("heteroplasmy", 1)]), "criteria[0].counts", ["0.599", "0.601"]),
    (content_of(criteria=[criterion("deletion", 1)]), "criteria[0].reach", ["whole"]),
]


@pytest.mark.parametrize(("content", "path", "others"), STEPS)
def test_a_value_is_perturbed_by_its_step(content, path, others):
    found = [mutant.perturbation for mutant in mutants(rules_of(content))]
    assert [each.after for each in found if str(each).startswith(f"{path}: ")] == others


def test_what_is_perturbed_are_fields_that_there_are():
    for model, fields in FIELDS.items():
        known = set(model.model_fields).union(*(below.model_fields for below in _below(model)))
        assert fields.keys() <= known


def _below(model: Any) -> set[Any]:
    return set(model.__subclasses__()).union(*(_below(each) for each in model.__subclasses__()))


FLAGS = {
    "mimics": [{"id": "m", "gene": "G9", "disorder": "another", "trigger": "one", "action": "hold", **WORD}],
    "therapies": [
        {"id": name, "gene": "G9", "product": "a drug", "stage": "approved", "trigger": t, "action": "hold", **WORD}
        for name, t in (("t", "pathogenic"), ("n", "none"))
    ],
}
REGION = {"id": "r", "residues": "1-9", **WORD}
IDLE = rules_of(
    CONTENT
    | {
        "criteria": [*CONTENT["criteria"], criterion("heteroplasmy", 1), criterion("consequence", 1, outside=["r"])],
        "genes": [CONTENT["genes"][0], CONTENT["genes"][1] | {"carrier_ppm": 9, "regions": [REGION]}],
        "markers": [marker("M", 1, inactive="not used")],
        "flags": FLAGS,
    }
)
PROOFS = [
    ("genes[1].shares[0].share", "no criterion asks anything of G2"),
    ("genes[1].carrier_ppm", "no criterion asks anything of G2"),
    ("criteria[3].outside", "consequence_1 asks no gene with such a region"),
    ("alleles[1].needs", "no criterion asks in how many copies Y (benign) is there"),
    ("criteria[0].validity", "listed_allele_1 asks the same without it"),
    ("criteria[2].counts", "heteroplasmy_1 asks nothing"),
    ("criteria[2]", "heteroplasmy_1 asks nothing"),
    ("markers[0].log_odds", "M is inactive"),
    ("flags.mimics[0].action", "nothing can raise m: no variant of G9 is read"),
    ("flags.therapies[0].action", "nothing can raise t: no variant of G9 is read"),
    ("flags.therapies[1].action", "n has no trigger"),
]


@pytest.mark.parametrize(("path", "proof"), PROOFS)
def test_a_value_that_is_never_read_is_proven_so(path, proof):
    proofs = Proofs(IDLE)
    found = [proofs.of(each) for each in mutants(IDLE) if str(each.perturbation).startswith(f"{path}: ")]
    assert proof in found


def test_what_lies_between_two_thresholds_that_no_points_reach_is_proven():
    """Points of A are 0, 600 or 1000, and leads those, so a threshold may move between two of them and past none."""
    rules = rules_of(
        content_of(
            genes=[
                gene(1, {"A": 600, "B": 300}, effects=[{"criterion": "c", "carrier_ppm": 5, **WORD}]),
                gene(2, {"A": 400}, mechanisms=["other"]),
                gene(3, {}, mechanisms=["other"]),
            ],
            alleles=[allele("X", 1, 100), allele("Y", 2, 200)],
            repeats=[repeat("R", 3)],
            criteria=[criterion("listed_allele", 1), criterion("repeat", 1), criterion("consequence", 1, name="c")],
            flags=FLAGS,
        )
    )
    sums = sums_in_tier(Proofs(rules).panels, 1)
    assert sums is not None
    assert {name: [at for at in range(2000) if bits >> at & 1] for name, bits in sums.items()} == {
        "A": [0, 400, 600, 1000], "B": [0, 300], "C": [0],
    }  # fmt: skip
    own = dict.fromkeys("AB", 1 << 7 | 1)
    assert has_between(own["A"], 7, 8) and not has_between(own["A"], 1, 7)
    assert leads_between(own["A"], own["B"], 7, 8) and not leads_between(own["A"], own["B"], 1, 7)
    proofs, found = Proofs(rules), list(mutants(rules))
    proven = {str(each.perturbation).partition(": ")[0] for each in found if proofs.of(each)}
    assert {"criteria[2].carrier_ppm", "criteria[2].harmful"} <= proven
    unseen = {str(each.perturbation).partition(": ")[0] for each in found if proofs.beyond_cases(each)}
    assert "criteria[1].points" in unseen and "criteria[0].points" not in unseen
    marked = rules_of(CONTENT | {"markers": [marker("M", 1)], "criteria": [criterion("marker", 1)]})
    assert sums_in_tier(Proofs(marked).panels, 1) is None


@pytest.mark.parametrize(("carriers", "same"), [(5, {6}), (4, {3}), (3, {4})])
def test_carriers_of_mitochondrial_dna_show_by_allele_and_rounded_up(carriers, same):
    rules = rules_of(
        content_of(
            genes=[gene(1, {"A": 1000}), mitochondrial_gene({"B": 1000}, carrier_ppm=carriers)],
            alleles=[mitochondrial_allele("M", 3300), mitochondrial_allele("N", 3400)],
            criteria=[criterion("heteroplasmy", 1)],
        )
    )
    proofs = Proofs(rules)
    found = [each for each in mutants(rules) if each.perturbation.path[-1] == "carrier_ppm" and proofs.of(each)]
    assert {int(each.perturbation.after) for each in found} == same


READ = [
    "genes[0].shares[0].share",
    "alleles[0].needs",
    "criteria[0].points",
    "repeats[0].normal",
    "decision.policy.mimic",
]


@pytest.mark.parametrize("path", READ)
def test_a_value_that_is_read_is_proven_nothing(path):
    proofs = Proofs(IDLE)
    assert {proofs.of(each) for each in mutants(IDLE) if str(each.perturbation).startswith(f"{path}: ")} == {None}


@pytest.mark.parametrize(
    ("inheritance", "kind"), [("recessive", "consequence"), ("recessive", "deletion"), ("dominant", "consequence")]
)
def test_the_copies_of_an_allele_are_read_where_it_may_join_an_unlisted_one(inheritance, kind):
    mimic = allele("X", 1, 100, needs="two", **{"class": "mimic"})
    genes = [gene(1, {"A": 1000}, inheritance=inheritance)]
    rules = rules_of(content_of(genes=genes, alleles=[mimic], criteria=[criterion(kind, 1)]))
    found = {Proofs(rules).of(each) is None for each in mutants(rules) if each.perturbation.path[-1] == "needs"}
    assert found == {inheritance == "recessive"}


def test_each_mutant_is_killed_by_a_case_that_notices_it():
    score = Score(tuple(try_mutants(RULES, parse_cases(CASES.encode(), RULES))))
    killers = {str(each.perturbation): each.by for each in score.verdicts if each.fate is Fate.KILLED}
    assert killers["genes[0].shares[0].share: 600 -> 450"] == "carrier"
    assert killers["alleles[0].needs: one -> two"] == "carrier"
    assert killers["repeats[0].normal: 20 -> 21"] == "sizes/21"
    assert killers["repeats[0].expanded: 30 -> 29"] == "sizes/29"
    survivors = {str(each.perturbation): each.by for each in score.verdicts if each.fate is Fate.SURVIVED}
    assert survivors["decision.policy.mimic: review -> note"] == ""
    assert survivors["gates.depth: 10 -> 9"] == "asked of the records of files, which no case has"


def test_a_case_that_does_not_hold_kills_nothing():
    cases = parse_cases(CASES.replace("category: A", "category: B").encode(), RULES)[:1]
    assert Score(tuple(try_mutants(RULES, cases))).count(Fate.KILLED) == 0


def test_without_a_mutant_that_changes_something_nothing_is_left_to_kill():
    assert Score(()).per_mille == 1000


# ----------------------------------------------------------------------------------------------------- the command


@pytest.fixture
def files(tmp_path):
    (tmp_path / "rules.yaml").write_text(json.dumps(CONTENT))
    (tmp_path / "cases.yaml").write_text(CASES)
    return [str(tmp_path / "rules.yaml"), str(tmp_path / "cases.yaml")]


def run(*args: str) -> Result:
    return CliRunner().invoke(main, ["rules", "test", *args])


@at_a_release
def test_processes_find_the_same(files):
    assert list(try_all(*files, jobs=2)) == list(try_all(*files))
    assert list(try_all(*files, jobs=2, every=3)) == list(try_all(*files, every=3)) == list(try_all(*files))[::3]


def test_the_command_tells_survivors_and_fails_below_a_percentage(files):
    done = run(*files, "--mutants", "--jobs", "1")
    assert done.exit_code == 0
    assert "mutants: " in done.stdout
    assert "share: 2 of 2 killed, 2 have no effect" in done.stdout
    assert "survived: rules.yaml:1: decision.policy.mimic: review -> note" in done.stdout
    assert run(*files, "--mutants", "--jobs", "1", "--at-least", "99").exit_code == 1
    assert run(*files, "--coverage", "--at-least", "67").exit_code == 1
    assert run(*files, "--coverage", "--at-least", "60").exit_code == 0


def test_the_command_gives_all_of_it_as_json(files):
    form = json.loads(run(*files, "--coverage", "--mutants", "--jobs", "1", "--json").stdout)
    assert form["cases"] == {"run": 4, "failed": []}
    assert json.loads(run(*files, "--json").stdout) == {"cases": form["cases"]}
    assert "repeat_1 true" in form["coverage"]["criteria"]["missing"]
    killed = [each for each in form["mutants"]["all"] if each["fate"] == "killed"]
    assert {"kind": "needs", "file": "rules.yaml", "line": 1, "what": "alleles[0].needs: one -> two", "fate": "killed",
            "by": "carrier"} in killed  # fmt: skip


def test_cases_that_fail_are_told_and_no_mutant_is_made(files, tmp_path):
    (tmp_path / "cases.yaml").write_text(CASES.replace("A: 600", "A: 601"))
    done = run(*files, "--mutants")
    assert done.exit_code == 1
    assert "case carrier: scores.1.A: expected 601; got 600" in done.stderr
    assert "mutants" not in done.stdout


@pytest.mark.parametrize("args", [["rules.yaml"], ["--at-least", "95"]])
def test_what_would_do_nothing_is_refused(args):
    assert run(*args).exit_code == 2


# ------------------------------------------------------------------------------------------------ the shipped rule set


@at_a_release
def test_the_shipped_cases_kill_mutants_of_every_kind():
    """Four of each kind."""
    rules = read_rules()
    found = list(perturbations(rules.content))
    chosen: list[Perturbation] = []
    tried = [kind for kind in Kind if kind is not Kind.THRESHOLD]  # survivors: docs/how-to.md
    for kind in tried:
        of_kind = [each for each in found if each.kind is kind]
        spread = of_kind[:: max(1, len(of_kind) // 8)]
        chosen += itertools.islice((each for each in spread if mutant_of(rules, each) is not None), 4)
    score = Score(tuple(try_mutants(rules, read_cases(None, rules), chosen)))
    kinds = {fate: {each.perturbation.kind for each in score.verdicts if each.fate is fate} for fate in Fate}
    assert kinds[Fate.SURVIVED] == {Kind.GATE}  # of calls that a case states outright
    assert kinds[Fate.KILLED] >= {each.kind for each in chosen} - {Kind.GATE}


@at_a_release
def test_review_finds_no_difference_in_an_equivalent_mutant():
    rules = read_rules()
    proofs, seen = Proofs(rules), {}
    for each in (one for one in perturbations(rules.content) if one.path[0] != "criteria"):
        if (mutant := mutant_of(rules, each)) and (proof := proofs.of(mutant)):
            seen.setdefault(proof.split(" ")[-1], mutant)
        if len(seen) == (1 if QUICK else 2):
            break
    assert seen
    for mutant in seen.values():
        assert difference(rules, mutant.rules).answers == ()
