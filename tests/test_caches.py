"""What is cached comes from the rule set alone: nothing of a participant outlives the participant."""

from __future__ import annotations

import copy
import functools
import gc
import json
import pickle
import random
import subprocess
import sys
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from unittest import mock

import pytest
from attrs import evolve
from hypothesis import given
from hypothesis import strategies as st

import assigner
from assigner.assignments import assign, assign_alike
from assigner.cohorts import assign_many
from assigner.evidence import alike
from assigner.genome.builds import Build
from assigner.profiles.calls import Call
from assigner.profiles.forms import profile_of
from assigner.profiles.profile import Profile
from assigner.rules import Rules
from assigner.rules.panels import panel_of
from assigner.testing.contents import rule_sets
from assigner.testing.loci import calls
from assigner.testing.participants import known_profiles, profiles
from assigner.testing.parts import allele, category, content_of, criterion, gene, rules_of
from test_findings import gated

SHIPPED = assigner.read_rules()
EXAMPLES = Path(__file__).parents[1] / "examples"
ALLELES = [allele.id for allele in panel_of(SHIPPED, Build.GRCH38).alleles.values()]


def function_caches() -> dict[str, functools._lru_cache_wrapper[object]]:
    """Every function of the package that caches what it returns."""
    found = (each for each in gc.get_objects() if isinstance(each, functools._lru_cache_wrapper))
    return {f"{each.__module__}.{each.__qualname__}": each for each in found if each.__module__.startswith("assigner.")}


def form(number: int) -> dict[str, object]:
    """A participant like no other one."""
    called = {ALLELES[at]: ["0/1", "1/1", "./1", "0/0"][at % 4] for at in range(number, len(ALLELES), 17 + number)}
    return {
        "participant": f"P{number}",
        "sex": "female",
        "alleles": called,
        "repeats": {"C9orf72": {"sizes": f"2/{20 + number}"}},
        "markers": {},
        "variants": [
            {
                "gene": "SOD1", "chrom": "21", "pos": 31659700 + number, "ref": "C", "alt": "T", "genotype": "0/1",
                "terms": ["stop_gained"], "frequency": "0.000001",
                "clinvar": {"significance": "pathogenic", "stars": number % 5},
            }
        ],
        "annotated": ["clinvar", "consequence"],
        "assessed": "all",
    }  # fmt: skip


@pytest.mark.holds("FIND-03")
@given(st.data(), rule_sets())
def test_who_was_assigned_before_leaves_no_mark(data, rules):
    """With empty caches, or after others of any kind, the bytes are the same."""
    profile = data.draw(st.one_of(profiles(rules), known_profiles(rules, 3)))
    for cache in function_caches().values():
        cache.cache_clear()
    first = assign(profile, rules).trace_bytes
    for other in data.draw(st.lists(profiles(rules), min_size=1, max_size=3)):
        assign(other, rules).trace_bytes  # noqa: B018
    assert assign(profile, rules).trace_bytes == first


ONE_AFTER_ANOTHER = """
import hashlib, json, sys, assigner
rules = assigner.read_rules()
for form in json.load(sys.stdin):
    made = assigner.assign(assigner.profile_of(form, rules), rules)
    print(hashlib.sha256(made.trace_bytes).hexdigest())
"""


def digests(*forms: dict[str, object]) -> list[str]:
    """The digests of the traces of participants who are assigned one after another in a fresh interpreter."""
    ran = subprocess.run(
        [sys.executable, "-c", ONE_AFTER_ANOTHER], input=json.dumps(forms), capture_output=True, text=True, check=True
    )
    return ran.stdout.split()


def test_the_same_bytes_come_from_one_process_and_from_fresh_ones():
    one, other = form(1), form(2)
    (first,), (second,) = digests(one), digests(other)
    assert digests(one, other, one) == [first, second, first]


def mixed(chance: random.Random, one: Profile, other: Profile) -> Profile:
    """Somebody who has in part what one of two has, in part what the other has: most genes of a run are alike so."""
    pick = lambda left, right: left if chance.random() < 0.5 else right  # noqa: E731
    if one.build is not other.build:
        return one
    whole = {name: pick(getattr(one, name), getattr(other, name)) for name in (
        "sex", "inferred_sex", "absent", "assessed", "annotated", "structural_read",
        "variants", "structural", "repeats",
    )}  # fmt: skip
    alleles = {v: pick(one, other).alleles.get(v) for v in (*one.alleles, *other.alleles)}
    markers = {rsid: pick(one, other).markers.get(rsid) for rsid in (*one.markers, *other.markers)}
    return evolve(
        one,
        **whole,
        alleles={v: call for v, call in alleles.items() if call is not None},
        markers={rsid: letters for rsid, letters in markers.items() if letters is not None},
    )


@pytest.mark.holds("FIND-03")
@given(st.data(), gated())
def test_whoever_is_in_the_same_run_leaves_no_mark(data, rules):
    """Participants of one run share what is worked out of the same data of a gene, and the bytes are those of each."""
    one, other = (data.draw(st.one_of(profiles(rules), known_profiles(rules, 3))) for _ in range(2))
    people = [one, other, *(mixed(data.draw(st.randoms(use_true_random=False)), one, other) for _ in range(4))]
    turns = data.draw(st.permutations([*people, *people]))
    with mock.patch.object(alike, "MOST_HELD", data.draw(st.sampled_from([0, 20, alike.MOST_HELD]))):
        run = [made for _, made in assign_many([(each.participant, each) for each in turns], rules)]
        assert [made.trace_bytes for made in run] == [assign(each, rules).trace_bytes for each in turns]
    assert [pickle.loads(pickle.dumps(made)).trace_bytes for made in run[:1]] == [run[0].trace_bytes]


def beside(chance: random.Random, one: Profile, other: Profile) -> Profile:
    """Somebody with calls of the same alleles as one of two, a few of them the other one's: as in a file of many."""
    pick = lambda left, right: left if chance.random() < 0.9 else right  # noqa: E731
    known = {name: pick(getattr(one, name), getattr(other, name)) for name in (
        "sex", "absent", "assessed", "markers", "variants", "structural", "repeats",
    )}  # fmt: skip
    return evolve(one, **known, alleles={v: pick(call, other.alleles[v]) for v, call in one.alleles.items()})


@pytest.mark.holds("FIND-03")
@given(st.data(), gated())
def test_who_differs_little_from_the_first_of_a_run_is_answered_beside_that_one(data, rules):
    variants = panel_of(rules, Build.GRCH38).alleles
    one, other = (evolve(data.draw(known_profiles(rules, 3)), build=Build.GRCH38) for _ in range(2))
    one, other = (
        evolve(each, alleles={v: each.alleles.get(v, data.draw(calls())) for v in variants}) for each in (one, other)
    )
    chance = data.draw(st.randoms(use_true_random=False))
    people = [one, *(beside(chance, one, other) for _ in range(5))]
    run = [made for _, made in assign_many([(each.participant, each) for each in people], rules)]
    assert [made.trace_bytes for made in run] == [assign(each, rules).trace_bytes for each in people]


def test_a_result_that_was_found_beside_another_participant_holds_nothing_of_that_one_when_it_is_copied():
    variants, carried = panel_of(SHIPPED, Build.GRCH38).alleles, Call.of("0/1")
    first = Profile(participant="the first one", build=Build.GRCH38, alleles=dict.fromkeys(variants, Call.of("0/0")))
    others = [
        evolve(first, participant=f"P{at}", alleles=first.alleles | {v: carried}) for at, v in enumerate(variants)
    ]
    run = alike.Alike()
    assign_alike(first, SHIPPED, run)
    for each in others[::40]:
        made = assign_alike(each, SHIPPED, run)
        assert made._found.first is not None
        written = pickle.dumps(made)
        assert b"the first one" not in written
        assert pickle.loads(written).trace_bytes == made.trace_bytes == assign(each, SHIPPED).trace_bytes


def test_one_run_may_ask_under_several_rule_sets():
    def rules_where(*shares: int) -> Rules:
        content = content_of(
            categories=[category("A"), category("B")],
            criteria=[criterion("listed_allele", 1)],
            genes=[gene(number, {"A": share, "B": 1000 - share}) for number, share in enumerate(shares, start=1)],
            alleles=[allele(f"V{number}", number, 100) for number in range(1, len(shares) + 1)],
        )
        return rules_of(content)

    both = [rules_where(900, 100, 500, 400, 300, 200), rules_where(100, 900, 400, 500, 200, 300)]
    variants = [*panel_of(both[0], Build.GRCH38).alleles]
    plain = Profile(participant="P", build=Build.GRCH38, alleles=dict.fromkeys(variants, Call.of("0/1")))
    carrier = evolve(plain, alleles=plain.alleles | {variants[0]: Call.of("0/0")})
    run = alike.Alike()
    for rules in (*both, *both):
        for each in (plain, carrier):
            assert assign_alike(each, rules, run).trace_bytes == assign(each, rules).trace_bytes


def test_a_copy_of_what_a_run_knows_begins_empty():
    """Its keys are ids: of a copy's objects they would be those of others."""
    run = alike.Alike()
    people = [profile_of(form(number), SHIPPED) for number in range(3)]
    first = [assign_alike(each, SHIPPED, run).trace_bytes for each in people]
    for again in (copy.deepcopy(run), pickle.loads(pickle.dumps(run))):
        assert not again._data and not again._first
        assert [assign_alike(each, SHIPPED, again).trace_bytes for each in people] == first


def test_a_run_whose_participants_have_little_alike_stops_looking_and_gives_the_same(monkeypatch):
    monkeypatch.setattr(alike, "TRIED", 1)
    run = alike.Alike()
    people = [profile_of(form(number), SHIPPED) for number in range(3)]
    assert [assign_alike(each, SHIPPED, run).trace_bytes for each in people] == [
        assign(each, SHIPPED).trace_bytes for each in people
    ]
    assert not run.pays


def everything(number: int) -> None:
    profile = profile_of(form(number), SHIPPED)
    made = assign(profile, SHIPPED)
    assert made.trace.to_bytes() == made.trace_bytes
    assert [one.trace_bytes for _, one in assign_many([("a run of one", profile)], SHIPPED)] == [made.trace_bytes]
    assert made.changes.counterfactuals and made.decision.to_test.at_least >= 0


WITH_DEFAULT_GENES = {
    "completions.Doubt", "completions.OpenGene", "scores.Worth", "scores._Added", "threats.Group", "threats._GeneGains",
    "writing.WrittenFindings", "panels.Panel",
}  # fmt: skip
"""What is computed of the findings of a gene without data, or all reference, and of what is asked of one gene, when a
participant first needs it."""


PEOPLE = 5


def living() -> Counter[str]:
    """How many objects of each class of the package there are."""
    gc.collect()
    names = (f"{type(each).__module__}.{type(each).__qualname__}" for each in gc.get_objects())
    return Counter(name for name in names if name.startswith("assigner."))


def test_nothing_of_a_participant_outlives_the_participant():
    everything(0)  # fills what comes from the rule set and the circumstances alone
    before = living()
    for number in range(1, PEOPLE + 1):
        everything(number)
    more = living() - before
    assert {name.removeprefix("assigner.").partition(".")[2] for name in more} <= WITH_DEFAULT_GENES


def test_nothing_of_a_file_outlives_its_reading():
    files = sorted(EXAMPLES.glob("*.vep.vcf"))[:PEOPLE]

    def read_all() -> None:
        for file in files:
            assign(assigner.read_profile(file, SHIPPED), SHIPPED).trace_bytes  # noqa: B018

    read_all()  # fills what comes from the rule set and the circumstances alone
    before, caches = living(), sizes()
    read_all()
    assert living() - before == Counter() and sizes() == caches


def sizes() -> dict[str, int]:
    """How much the caches of functions hold, and the tables of modules."""
    found = {name: cache.cache_info().currsize for name, cache in function_caches().items()}
    for name, module in sorted(sys.modules.items()):
        if name.partition(".")[0] == "assigner":
            tables = {key: value for key, value in vars(module).items() if isinstance(value, dict | list | set)}
            found |= {f"{name}.{key}": len(value) for key, value in tables.items() if not key.startswith("__")}
    return found


def test_no_cache_grows_with_the_number_of_participants():
    everything(0)
    before = sizes()
    for number in range(1, PEOPLE + 1):
        everything(number)
    assert sizes() == before


def test_threads_that_assign_at_once_give_the_bytes_of_one():
    people = [profile_of(form(number), SHIPPED) for number in range(PEOPLE)]
    alone = [assign(profile, SHIPPED).trace_bytes for profile in people]
    for cache in function_caches().values():
        cache.cache_clear()
    with ThreadPoolExecutor(8) as pool:
        assert list(pool.map(lambda profile: assign(profile, SHIPPED).trace_bytes, people)) == alone
