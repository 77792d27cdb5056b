"""Kinds of criteria: what each kind says of itself agrees with what it asks."""

from __future__ import annotations

import typing
from decimal import Decimal
from typing import Any

import pytest
from attrs import evolve
from hypothesis import Phase, assume, given, settings
from hypothesis import find as find_example
from hypothesis import strategies as st

from assigner.evidence.answers import find
from assigner.evidence.asking import ask
from assigner.evidence.kinds.annotated import Annotated
from assigner.evidence.kinds.deletion import Partner, in_trans
from assigner.evidence.kinds.kind import Values
from assigner.evidence.kinds.registry import kind_of
from assigner.genome.builds import Build
from assigner.genome.variants import Variant
from assigner.mutants.perturbations import perturbations
from assigner.profiles.calls import Call, Sex, State
from assigner.profiles.made_up import normal_profile
from assigner.profiles.profile import Profile, StructuralCall, StructuralKind
from assigner.rules import Rules, read_rules
from assigner.rules.criteria import AnyCriterion, terms_of
from assigner.rules.criterion import Criterion, GatedCriterion
from assigner.rules.loci import Gene, Part
from assigner.rules.panels import Panel, panel_of
from assigner.rules.repeats import Repeat
from assigner.rules.score_criteria import AgreementCriterion
from assigner.testing.contents import rule_sets
from assigner.testing.participants import profiles
from assigner.testing.parts import WORD, allele, content_of, criterion, gene, rules_of
from assigner.truth import Truth
from effort import some

MODELS: tuple[type[Criterion], ...] = typing.get_args(typing.get_args(AnyCriterion)[0])
KINDS = [typing.get_args(model.model_fields["kind"].annotation)[0] for model in MODELS]
SHIPPED = read_rules()
builds, known_sexes = st.sampled_from(Build), st.sampled_from(Sex)


def alone(rules: Rules, criterion: AnyCriterion) -> Rules:
    """The rule set with one criterion, and the scores that an agreement is of."""
    named = criterion.agree if isinstance(criterion, AgreementCriterion) else ()
    criteria = (criterion, *(score for score in rules.content.scores if score.id in named))
    content = rules.content.model_copy(update={"criteria": criteria})
    return evolve(rules, content=content, digest=f"{rules.digest} {criterion.id}")


def can_be_true(part: Part, sex: Sex) -> bool:
    return not (isinstance(part, Repeat) and part.only == "male" and sex is Sex.FEMALE)


def true_of(profile: Profile, panel: Panel) -> set[tuple[str, tuple[str, ...]]]:
    return {(finding.gene, finding.loci) for finding in ask(profile, panel) if finding.truth is Truth.TRUE}


def witnesses_hold(rules: Rules, build: Build, sex: Sex) -> None:
    for each in rules.content.criteria:
        own = panel_of(alone(rules, each), build)
        normal = normal_profile(own, sex, "P1")
        assert true_of(normal, own) == set()
        for part in own.scope(each):
            shown = kind_of(each).witness(part, sex, own).on(normal)
            true = true_of(shown, own)
            if isinstance(part, Gene):
                assert [gene for gene, _ in true] == [part.symbol]
            elif can_be_true(part, sex):
                assert (part.gene, (part.id,)) in true


@given(rule_sets(), builds, known_sexes)
def test_what_a_kind_calls_its_witness_makes_it_true_and_the_normal_participant_does_not(rules, build, sex):
    witnesses_hold(rules, build, sex)


@pytest.mark.parametrize("sex", some(list(Sex), 2))
def test_every_gene_and_locus_of_the_shipped_criteria_has_a_witness(sex):
    witnesses_hold(SHIPPED, Build.GRCH38, sex)


@given(rule_sets(), builds)
def test_where_nobody_looked_the_chances_are_at_least_the_prior(rules, build):
    panel = panel_of(rules, build)
    for each in rules.content.criteria:
        own = panel_of(alone(rules, each), build)
        found = ask(Profile(participant="P1", build=build), own)
        for name in {finding.gene for finding in found}:
            prior = kind_of(each).prior(name, panel)
            chances = [finding.carrier_ppm for finding in found if finding.gene == name]
            assert sum(chances) >= prior


@given(data=st.data(), rules=rule_sets())
def test_a_criterion_asks_within_its_scope_alone(data, rules):
    profile = data.draw(profiles(rules))
    panel = panel_of(rules, profile.build)
    genes = {
        each.id: {part.symbol if isinstance(part, Gene) else part.gene for part in panel.scope(each)}
        for each in panel.criteria
    }
    alone = (*panel.scores, *(each.id for each in (*rules.content.agreements, *rules.content.burdens)))
    genes |= {name: {name} for name in alone}  # of no single gene: one of its own name stands for it
    for finding in find(profile, rules).all:
        assert finding.gene in genes[finding.criterion]


@given(rule_sets(), builds)
def test_a_listed_locus_is_asked_about_by_its_strongest_criterion_alone(rules, build):
    panel = panel_of(rules, build)
    rank = [each.id for each in panel.criteria]
    able: dict[tuple[type[Part], str], list[str]] = {}
    for each in panel.criteria:
        for part in panel.scope(each):
            if not isinstance(part, Gene):
                able.setdefault((type(part), part.id), []).append(each.id)
    assert {key: asker.id for key, asker in panel.asker.items()} == {
        key: min(ids, key=rank.index) for key, ids in able.items()
    }


@given(data=st.data(), rules=rule_sets())
def test_what_an_allele_needs_matters_only_to_the_kinds_that_say_so(data, rules):
    assume(rules.content.alleles)
    own = data.draw(st.sampled_from(rules.content.alleles))
    other = own.model_copy(update={"needs": "two" if own.needs == "one" else "one"})
    alleles = tuple(other if each is own else each for each in rules.content.alleles)
    changed = evolve(
        rules, content=rules.content.model_copy(update={"alleles": alleles}), digest=f"{rules.digest} needs"
    )
    profile = data.draw(profiles(rules))
    panel, after = panel_of(rules, profile.build), panel_of(changed, profile.build)
    reading = {each.id for each in rules.content.criteria if kind_of(each).reads_needs(own, panel)}
    assert [f for f in ask(profile, panel) if f.criterion not in reading] == [
        f for f in ask(profile, after) if f.criterion not in reading
    ]


@pytest.mark.parametrize(
    ("pos", "call", "expected"),
    [
        (500, Call.of("1|0", "7"), Truth.TRUE),
        (500, Call.of("0|1", "7"), Truth.FALSE),
        (500, Call.of("1|0", "8"), Truth.UNKNOWN),
        (500, Call.of("0/1"), Truth.UNKNOWN),
        (1500, Call.of("1/1"), Truth.TRUE),
        (1500, Call.of("1|0", "7"), Truth.UNKNOWN),  # all reads come from one copy: two alleles contradict the deletion
        (500, Call.of("0/0"), Truth.FALSE),
        (500, Call(State.NO_CALL), Truth.UNKNOWN),
    ],
)
def test_a_variant_is_on_the_copy_that_a_deletion_leaves(pos, call, expected):
    lost = StructuralCall(
        gene="G1", kind=StructuralKind.DELETION, chrom="1", start=1000, end=2000, call=Call.of("0|1", "7")
    )
    assert in_trans(lost, Partner(Variant("1", pos, "A", "C"), call, Truth.TRUE)) is expected


def test_gates_are_found_for_an_allele_whose_gene_has_the_name_of_an_alias():
    rules = rules_of(
        content_of(
            criteria=[criterion("listed_allele", 1, validity=["definitive"], gates={"depth": "20"})],
            genes=[gene(1, {"A": 1000}, aliases=["OLD"])],
            alleles=[allele("X", 1, 10, gene="OLD")],
            flags={"mimics": [{"id": "m", "gene": "OLD", "disorder": "d", "trigger": "one", "action": "hold"} | WORD]},
        )
    )
    panel = panel_of(rules, Build.GRCH38)
    assert [finding.loci for finding in ask(Profile(participant="P1", build=Build.GRCH38), panel)] == [("X",)]
    assert panel.stricter.keys() == {"X"}


@pytest.mark.parametrize("kind", KINDS)
def test_rule_sets_of_every_kind_are_drawn(kind):
    few = settings(database=None, max_examples=300, derandomize=True, phases=[Phase.generate])
    find_example(rule_sets(), lambda rules: any(each.kind == kind for each in rules.content.criteria), settings=few)


@pytest.mark.parametrize("model", MODELS)
def test_a_kind_describes_each_of_its_fields(model):
    kind = kind_of(model.model_construct())
    assert set(kind.fields) == model.model_fields.keys() - GatedCriterion.model_fields.keys() - {"kind"}
    assert kind.words
    assert all(field.words for field in kind.fields.values())


def test_every_field_of_a_kind_but_a_name_is_perturbed():
    perturbed = {each.path for each in perturbations(SHIPPED.content)}
    for at, each in enumerate(SHIPPED.content.criteria):
        decisive = {name for name, own in kind_of(each).fields.items() if own.values is not Values.NAME}
        present = {name for name in decisive if getattr(each, name) not in (None, ())}
        assert {("criteria", at, name) for name in present} <= perturbed


@given(data=st.data(), rules=rule_sets(), frequency=st.decimals(0, 1, places=6), score=st.decimals(0, 1, places=3))
def test_between_two_of_its_edges_a_kind_answers_alike(data, rules, frequency, score):
    """What stands between two edges is answered like the edge above, or like a score at the edge below."""
    kinds = [kind for each in rules.content.criteria if isinstance(kind := kind_of(each), Annotated)]
    profile = data.draw(profiles(rules))
    panel = panel_of(rules, profile.build)
    for seen in profile.variants:
        for kind in kinds:
            edges = kind.edges
            at = min((cut for cut in edges.frequencies if frequency <= cut), default=Decimal(1))
            on = {name: cut if score >= cut else Decimal(0) for name, cut in edges.scores.items()}
            between = evolve(seen, frequency=frequency, predictors=dict.fromkeys(edges.scores, score))
            above = evolve(seen, frequency=at, predictors=on)
            assert kind.qualifies(between, panel) is kind.qualifies(above, panel)


def test_terms_are_those_of_the_edges():
    criteria: tuple[Any, ...] = SHIPPED.content.criteria
    assert [terms_of(each) for each in criteria] == [kind_of(each).edges.terms for each in criteria]
