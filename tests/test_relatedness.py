"""Whether two files are of one person: their shared genotypes are counted, and clear discordance is a reason."""

from __future__ import annotations

import random
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from assigner.assignments import assign
from assigner.decisions.reasons import Reason
from assigner.profiles.forms import profile_of
from assigner.profiles.profile import Profile
from assigner.profiles.written import form_of
from assigner.vcf.meaning.relatedness import LEAST_ALIKE, LEAST_SITES, Relation
from assigner.vcf.reading import read_profile
from assigner.vcf.scan import fingerprints
from assigner.vcf.scan.fingerprints import Fingerprint, alike
from vcfs import allele, bcf, gene, indexed, rules_of, vcf, written

RULES = rules_of(
    alleles=[allele("A", "1", 5000, "C", "T")], genes=[gene("G1", "1", 4000, 900_000)], gates={"depth": 10}
)
GENOTYPES = ("0/1", "1/1", "0|1", "0/0", "1|0")


def table(genotypes, chrom="2", keys="GT", rest="", filters="PASS", alt="G", step=1000) -> str:
    """One site for each genotype."""
    return "\n".join(f"{chrom} {at * step} A {alt} {filters} . {keys} {gt}{rest}" for at, gt in enumerate(genotypes, 1))


def related(profile: Profile) -> list[tuple[str, str]]:
    return [(c.result, c.evidence.partition(";")[0]) for c in profile.checks if c.name == "relatedness"]


def read(folder: Path, *tables: str, write=written, **declared) -> Profile:
    paths = [write(folder, vcf(rows), f"{at}.{write.__name__}") for at, rows in enumerate(tables)]
    return read_profile(paths, RULES, **declared)


@pytest.mark.holds("READ-18")
@pytest.mark.parametrize("write", [written, bcf])
@pytest.mark.parametrize(("differ", "result"), [(0, "one person"), (8, "one person"), (9, "different people")])
def test_files_that_differ_at_more_than_a_fifth_of_their_sites_are_of_two_people(tmp_path, differ, result, write):
    one, other = ["0/1"] * 40, ["1/1"] * differ + ["1/0"] * (40 - differ)
    profile = read(tmp_path, table(one), table(other), write=write)
    told = f"files 1 and 2: {40 - differ} of 40 shared genotypes are the same"
    assert related(profile) == [(result, told)]
    made = assign(profile, RULES)
    raised = {each.reason: each.because for each in made.reasons}
    assert raised.get(Reason.SAMPLE_MISMATCH) == (f"files of two people: {told}" if differ == 9 else None)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        (table(["0/1"] * 19), table(["1/1"] * 19)),
        (table(["0/0"] * 90), table(["0|0"] * 90)),
        (table(["0/1"] * 90), table(["1/1"] * 90, filters="LowQual")),
        (table(["0/1"] * 90), table(["1/1"] * 90, keys="GT:DP", rest=":9")),
        (table(["0/1"] * 90), table(["1/1"] * 90, keys="GT:GQ", rest=":19")),
        (table(["0/1"] * 90), table(["./1"] * 90)),
        (table(["0/1"] * 90), table(["1/1"] * 90, alt="T")),
        (table(["0/1"] * 90), table(["1/2"] * 90, alt="G,T")),
        (table(["0/1"] * 90), table(["1/1"] * 90, alt="GT")),
        (table(["0/1"] * 90, "X"), table(["1/1"] * 90, "X")),
        (table(["0/1"] * 90, "MT", step=10), table(["1/1"] * 90, "MT", step=10)),
        (table(["0/1"] * 90, "2"), table(["1/1"] * 90, "3")),
        (table(["0/1"] * 90), table(["1/1"] * 90) + "\n" + table(["0/1"] * 90)),
        (table(["0/1"] * 90), ""),
    ],
    ids=["few", "reference", "filtered", "depth", "quality", "half", "another", "two", "indel", "X", "MT", "place",
         "disputed", "none"],
)  # fmt: skip
@pytest.mark.parametrize("write", [written, bcf])
def test_what_is_not_called_reliably_by_both_says_nothing(tmp_path, one, other, write):
    for order in ((one, other), (other, one)):
        profile = read(tmp_path, *order, write=write)
        assert [result for result, _ in related(profile)] == ["not known"]
        assert profile.two_people is None


@given(st.lists(st.tuples(st.sampled_from(GENOTYPES), st.sampled_from(GENOTYPES)), max_size=60), st.data())
def test_the_count_is_that_of_plain_arithmetic_in_any_container(tmp_path_factory, pairs, data):
    folder = tmp_path_factory.mktemp("pairs")
    alt = data.draw(st.sampled_from(["G", "G,<NON_REF>", "G,<*>", "g"]))
    one, other = (table([pair[at] for pair in pairs], alt=alt) for at in range(2))
    plain = [tuple(gt.count("1") for gt in pair) for pair in pairs]
    carried = [pair for pair in plain if any(pair)]
    told = f"files 1 and 2: {sum(a == b for a, b in carried)} of {len(carried)} shared genotypes are the same"

    files = [written(folder, vcf(one + "\n3 5 A C PASS . GT 0/0"), "a.vcf"), bcf(folder, vcf(other), "b.bcf")]
    assert [text for _, text in related(read_profile(files, RULES))] == [told]


def test_every_two_files_are_held_against_each_other_and_one_alone_is_not(tmp_path):
    same, stranger = table(["0/1"] * 30), table(["1/1"] * 30)
    profile = read(tmp_path, same, same + "\n9 5 A C PASS . GT 0/0", stranger)
    assert [result for result, _ in related(profile)] == ["one person", "different people", "different people"]
    assert profile.two_people == "; ".join(
        f"files {pair}: 0 of 30 shared genotypes are the same" for pair in ("1 and 3", "2 and 3")
    )
    assert related(read(tmp_path, same)) == []


def test_a_file_that_is_declared_to_be_of_repeats_is_not_asked(tmp_path):
    paths = [written(tmp_path, vcf(table([gt] * 30)), f"{at}.vcf") for at, gt in enumerate(("0/1", "0|1", "1/1"))]
    assert related(read_profile(paths[0], RULES, repeats=paths[1])) == []
    told = related(read_profile(paths[0], RULES, repeats=paths[1], structural=paths[2]))
    assert told == [("different people", "files 1 and 3: 0 of 30 shared genotypes are the same")]


@pytest.mark.holds("READ-18")
def test_of_many_samples_the_participant_s_own_is_taken(tmp_path):
    rows = [f"2 {at * 1000} A G PASS . GT 1/1 0/1" for at in range(1, 41)]
    joint = written(tmp_path, vcf("\n".join(rows), samples=["Q", "P1"]), "joint.vcf")
    own = written(tmp_path, vcf(table(["0/1"] * 40)), "own.vcf")
    assert related(read_profile([own, joint], RULES, sample="P1"))[0][0] == "one person"
    assert related(read_profile([own, joint], RULES, sample={joint: "Q"}))[0][0] == "different people"


def test_a_quick_look_counts_the_regions_that_it_reads(tmp_path):
    paths = []
    for name, gt in (("a", "0/1"), ("b", "1/1")):
        rows = table([gt] * 3, "1") + "\n" + f"1 5000 C T PASS . GT {gt}"
        paths.append(indexed(tmp_path, vcf(rows), f"{name}.vcf.gz"))
    assert related(read_profile(paths, RULES, quick=True)) == [
        ("not known", "files 1 and 2: 0 of 1 shared genotypes are the same")
    ]


def test_genotypes_by_hand_may_be_of_files_of_two_people_too():
    words = "files 1 and 2: 1 of 60 shared genotypes are the same"
    profile = profile_of({"two_people": words}, RULES)
    assert (profile.two_people, form_of(profile)["two_people"]) == (words, words)


# ------------------------------------------------------------------------------------------------- thousands of sites


@given(st.sets(st.integers(1, 10_000), max_size=400), st.randoms(use_true_random=False), st.integers(1, 50))
def test_what_stays_of_many_sites_depends_on_the_sites_alone(positions, chance, most):
    """At most so many, whatever the order; and the level is the least that leaves no more."""
    kept = []
    for _ in range(2):
        order = sorted(positions)
        chance.shuffle(order)
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(fingerprints, "MOST_SITES", most)
            made = Fingerprint()
            for pos in order:
                made.add(("1", pos, b"A", b"G"), 1, None, None)
        kept.append((made.level, made.copies))
    assert kept[0] == kept[1]
    level, copies = kept[0]
    assert {site[1] for site in copies} == {pos for pos in positions if pos % 2**level == 0}
    assert len(copies) <= most
    assert level == 0 or sum(pos % 2 ** (level - 1) == 0 for pos in positions) > most


def test_files_with_unequally_many_sites_are_held_against_each_other_where_both_have_kept_them():
    chance = random.Random(7)
    few, many = Fingerprint(), Fingerprint()
    for pos in range(1, 40_000):
        many.add(("1", pos, b"A", b"G"), 1, None, None)
    places = sorted(chance.sample(range(1, 40_000), 3000))
    for pos in places:
        few.add(("1", pos, b"A", b"G"), 1, None, None)
    same, sites = alike(few, many)
    assert few.level == 1 and many.level == 5
    assert same == sites == sum(pos % 32 == 0 for pos in places) > LEAST_SITES
    assert alike(many, few) == (same, sites)


@given(st.integers(0, 200), st.integers(0, 200))
def test_people_are_told_apart_from_enough_sites_only(same, more):
    relation = Relation(first=1, second=2, same=same, sites=same + more)
    assert relation.is_discordant == (same + more >= LEAST_SITES and same * 1000 < LEAST_ALIKE * (same + more))
    assert (relation.check.result == "not known") is (same + more < LEAST_SITES)
