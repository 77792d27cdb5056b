"""Made-up participants: those who come out as asked, those who know more later, and VCFs with what they mean."""

from __future__ import annotations

import pytest
from hypothesis import HealthCheck, Phase, find, given, settings
from hypothesis import strategies as st
from hypothesis.vendor.pretty import pretty

import assigner
from assigner.assignments import assign
from assigner.decisions.reasons import Origin, Reason, row_of
from assigner.genome.builds import Build
from assigner.profiles.calls import State
from assigner.profiles.profile import Profile
from assigner.rules import Rules
from assigner.rules.panels import locus_of
from assigner.testing import known_profiles, learnt_more, profiles, profiles_for, rule_sets, vcf_files
from assigner.testing.parts import allele, content_of, criterion, gene, repeat, rules_of, tier
from assigner.truth import Truth
from effort import at_a_release, some

SHIPPED = assigner.read_rules()
OF_THE_PROTOCOL = [reason.value for reason in Reason if row_of(reason).origin is Origin.PROTOCOL]
CATEGORIES = [category.id for category in SHIPPED.content.categories if category.id != "CAT1"]
"""Those that the shipped evidence can give: none of 2026 gives CAT1 a lead."""
WITHOUT_CATEGORY = (Reason.TIED, Reason.NO_EVIDENCE)
ASKED = [
    (category, reason)
    for category in (None, *CATEGORIES)
    for reason in (None, *Reason)
    if (category is None or reason not in WITHOUT_CATEGORY) and reason not in OF_THE_PROTOCOL
]

strict = settings(suppress_health_check=[])  # no draw is thrown away too often
often_thrown_away = settings(suppress_health_check=[HealthCheck.filter_too_much])
quiet = settings(
    database=None, derandomize=True, max_examples=2000, phases=[Phase.generate], suppress_health_check=list(HealthCheck)
)


@pytest.mark.parametrize(("category", "reason"), some(ASKED, 6))
def test_participants_come_out_as_asked(category, reason):
    @(often_thrown_away if reason is Reason.UNSETTLED else strict)
    @given(profiles_for(SHIPPED, category, reason))
    def asked(profile: Profile):
        made = assign(profile, SHIPPED)
        assert category in (None, made.decision.category)
        assert reason is None or reason in {raised.reason for raised in made.reasons}

    asked()


@pytest.mark.parametrize("category", CATEGORIES)
def test_each_category_is_assigned_to_somebody(category):
    def assigned(profile: Profile) -> bool:
        return assign(profile, SHIPPED).category == category

    assert find(profiles_for(SHIPPED, category), assigned, settings=quiet)


@strict
@given(st.data(), rule_sets())
def test_participants_of_any_rule_set_can_be_steered(data, rules):
    assert assign(data.draw(profiles_for(rules)), rules).trace.is_intact


TWO_GENES = rules_of(
    content_of(
        decision={"tiers": [tier(1, 1500, 100)]},
        genes=[gene(n, {"A": 900, "B": 100}) for n in (1, 2)] + [gene(3, {"B": 1000})],
        alleles=[allele(f"X{n}", n, 100) for n in (1, 2, 3)],
    )
)
CLINVAR_ALONE = rules_of(content_of(criteria=[criterion("clinvar", 1)], genes=[gene(1, {"A": 1000})]))
DELETIONS_ALONE = rules_of(content_of(criteria=[criterion("deletion", 1)], genes=[gene(1, {"A": 1000})]))
REPEATS_ALONE = rules_of(
    content_of(criteria=[criterion("repeat", 1)], genes=[gene(1, {"A": 1000})], repeats=[repeat("R", 1)])
)


@pytest.mark.parametrize("rules", [TWO_GENES, CLINVAR_ALONE, DELETIONS_ALONE, REPEATS_ALONE])
def test_evidence_of_every_kind_is_found_and_put_together(rules):
    @given(profiles_for(rules, "A", "partial_read"))
    def asked(profile: Profile):
        assert assign(profile, rules).decision.category == "A"

    asked()


@given(profiles_for(REPEATS_ALONE, reason="quality"))
def test_without_alleles_a_repeat_is_doubted(profile):
    assert profile.repeats["R"].problem


@pytest.mark.parametrize(
    ("category", "reason", "told"),
    [
        ("CAT9", None, "expected one for which a gene of the rule set speaks; got 'CAT9'"),
        ("A", "tied", "expected one that goes with a category; got 'tied'"),
        (None, "mimic", "expected one that a flag of the rule set raises; got 'mimic'"),
        (None, "boredom", "'boredom' is not a valid Reason"),
    ],
)
def test_who_cannot_be_made_up_is_refused_at_once(category, reason, told):
    with pytest.raises(ValueError, match=told):
        profiles_for(TWO_GENES, category, reason)


# --------------------------------------------------------------------------------------------------------- any kind


@strict
@given(st.one_of(profiles(SHIPPED), known_profiles(SHIPPED, 2)))
def test_repeats_of_one_place_have_one_size(profile):
    places: dict[object, set[object]] = {}
    for own in SHIPPED.content.repeats:
        places.setdefault(locus_of(own), set()).add(profile.repeats.get(own.id))
    assert all(len(sizes) == 1 for sizes in places.values())


@pytest.mark.parametrize("rules", some([TWO_GENES, SHIPPED], 2))
def test_every_state_of_an_allele_is_drawn(rules):
    drawn: set[State] = set()

    class AllDrawnError(Exception):
        """No need to draw more."""

    @settings(quiet, max_examples=200)
    @given(profiles(rules))
    def draw(profile: Profile):
        drawn.update(call.state for call in profile.alleles.values())
        if drawn == set(State):
            raise AllDrawnError

    with pytest.raises(AllDrawnError):
        draw()


@strict
@given(st.data())
def test_what_was_called_of_an_allele_is_kept_when_more_is_learnt(data):
    less = data.draw(profiles(SHIPPED))
    more = data.draw(learnt_more(less, SHIPPED))
    for variant, call in less.alleles.items():
        assert call.carries in (Truth.UNKNOWN, more.call(variant).carries)
    assert less.alleles.keys() <= more.alleles.keys() and less.repeats.keys() <= more.repeats.keys()


@given(data=st.data())
def test_a_participant_of_a_large_rule_set_is_short_enough_to_be_shown(data: st.DataObject):
    """Hypothesis warns above 30,000 characters, in place of the participant that breaks a law."""
    less = data.draw(profiles(SHIPPED))
    for shown in (less, data.draw(learnt_more(less, SHIPPED))):
        assert len(pretty(shown)) < 25_000


@at_a_release
def test_something_is_learnt():
    unknown = Profile(participant="P1", build=Build.GRCH38)
    kinds = {"alleles", "markers", "repeats", "variants", "structural", "assessed", "annotated", "sex"}
    learnt: set[str] = set()

    @settings(quiet, max_examples=100)
    @given(learnt_more(unknown, SHIPPED))
    def learn(more: Profile):
        learnt.update(kind for kind in kinds if getattr(more, kind))

    learn()
    assert learnt == kinds


def test_a_vcf_is_drawn_with_records_that_pass_and_records_that_do_not():
    for state in (State.CALLED, State.REFERENCE, State.NO_CALL, State.LOW_QUALITY, State.FILTERED):
        found = find(
            vcf_files(SHIPPED),
            lambda file: state in {c.state for c in file.profile.alleles.values()},  # noqa: B023
            settings=quiet,
        )
        assert found.content.startswith(b"##fileformat=VCF")


@pytest.mark.parametrize("of", [profiles, known_profiles, profiles_for, vcf_files])
def test_a_strategy_is_told_in_a_line(of):
    """Hypothesis warns of overly large ones, and a warning is an error in many suites."""
    assert len(repr(of(SHIPPED))) < 500


def test_nothing_is_asked_of_a_rule_set_without_genes():
    empty: Rules = rules_of(content_of())

    @given(st.data())
    def drawn(data: st.DataObject):
        for strategy in (profiles(empty), known_profiles(empty), profiles_for(empty)):
            profile = data.draw(strategy)
            assert assign(data.draw(learnt_more(profile, empty)), empty).category is None

    drawn()
