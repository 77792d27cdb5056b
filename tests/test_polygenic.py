"""Polygenic scores: their files, their bounds, and what they decide."""

from __future__ import annotations

import gc
import gzip
import json
import math
import sys
from collections import Counter, defaultdict
from fractions import Fraction
from pathlib import Path
from typing import Any

import pytest
from attrs import evolve
from hypothesis import given
from hypothesis import strategies as st

import vcfs
from assigner.assignments import Assignment, Outcome, assign
from assigner.audits.replay import assigned_again
from assigner.cohorts.tables import row_of
from assigner.decisions.grades import Grade
from assigner.decisions.reasons import Reason
from assigner.errors import BuildError, ProfileError, RuleSetError
from assigner.genome.builds import LENGTHS, Build
from assigner.lint.scores import of_scores
from assigner.profiles.calls import Sex
from assigner.profiles.forms import profile_of
from assigner.profiles.made_up import normal_profile
from assigner.profiles.profile import Profile
from assigner.profiles.score_genotypes import ScoreGenotypes, unpacked
from assigner.profiles.written import form_of
from assigner.rules import Rules, parse_rules, read_rules
from assigner.rules.loading import SHIPPED, shipped_files
from assigner.rules.panels import panel_of
from assigner.rules.polygenic import SCORE_UNITS, UNKNOWN_COPIES
from assigner.rules.scoring_files import MOST_ALLELES, ScoringFile, read_scoring_file
from assigner.rules.texts import read_yaml
from assigner.testing.contents import scored_contents
from assigner.testing.parts import (
    SCORING_FILES,
    WORD,
    allele,
    category,
    content_of,
    criterion,
    gene,
    marker,
    reference,
    rules_of,
    score,
    scoring_file,
    tier,
)
from assigner.traces import parse_trace
from assigner.vcf.reading import read_profile
from effort import times
from lawful import keep

ONE = SCORING_FILES["one.txt"]
ROWS = [line.split("\t") for line in ONE.decode().splitlines() if not line.startswith("#")][1:]


def trial(*scores: dict[str, Any], opens: str = "yes", flags: dict[str, Any] | None = None, **decision: Any) -> Rules:
    """Listed alleles in tier 1, of B; scores in tier 2."""
    return rules_of(
        content_of(
            flags=flags or {},
            categories=[category(name) for name in ("A", "B", "C")],
            decision={"tiers": [tier(1), tier(2, 50, 50, opens)], **decision},
            criteria=[criterion("listed_allele", 1), *(scores or (score("A", 2), score("C", 2, "two.txt")))],
            genes=[gene(1, {"B": 1000})],
            alleles=[allele("G1-0", 1, 0)],
        )
    )


def person(rules: Rules, alleles: dict[str, str] | None = None, **scores: str) -> Assignment:
    """A participant of whom all is reference but these alleles and scores."""
    named = {f"score-{name}": copies for name, copies in scores.items()}
    form = {"participant": "P1", "sex": "female", "absent": "reference", "assessed": "all", "structural_read": "yes"}
    return assign(profile_of({**form, "alleles": alleles or {}, "scores": named}, rules), rules)


# -------------------------------------------------------------------------------------------------------- the numbers


def oracle(copies: str) -> tuple[Fraction, Fraction]:
    """The least and the most of the score in the made-up file one.txt, from its rows and exact fractions."""
    least = most = Fraction(0)
    for row, own in zip(ROWS, copies, strict=True):
        weight, frequency = Fraction(row[4]), Fraction(row[5])
        if row[0] == "1":
            continue  # inside the gene G1, which other criteria ask about
        worlds = [weight * (there - 2 * frequency) for there in ([0, 1, 2] if own == "." else [int(own)])]
        least, most = least + min(worlds), most + max(worlds)
    return least, most


def points(total: Fraction) -> int:
    return 0 if total <= 0 else round(1000 * (1 - math.exp(-total)))


@pytest.mark.holds("POLY-01")
@given(st.text("012.", min_size=4, max_size=4))
def test_a_score_lies_between_the_bounds_that_an_independent_sum_gives(copies):
    rules = trial()
    made = person(rules, A=copies)
    span = next(each for each in made.scores if each.category == "A").tiers[1]
    least, most = oracle(copies)
    assert (span.known, span.least, span.most) == (points(least), points(least), points(most))
    whole = panel_of(rules, Build.GRCH38).scores["score-A"].interval(made_copies(copies))
    assert (Fraction(whole.least, SCORE_UNITS), Fraction(whole.most, SCORE_UNITS)) == (least, most)
    assert (whole.called, whole.counted) == (3 - copies[:3].count("."), 3)


def made_copies(digits: str) -> bytes:
    return bytes(UNKNOWN_COPIES if each == "." else int(each) for each in digits)


@pytest.mark.holds("POLY-01")
@given(st.lists(st.sampled_from("012."), min_size=4, max_size=4), st.integers(0, 3), st.sampled_from([0, 500, 1000]))
def test_a_missing_genotype_never_narrows_a_score(copies, at, min_called):
    rules = trial(score("A", 2, min_called=min_called))
    fewer = [*copies[:at], ".", *copies[at + 1 :]]
    spans = [
        next(s for s in person(rules, A="".join(own)).scores if s.category == "A").tiers[1] for own in (copies, fewer)
    ]
    assert spans[1].least <= spans[0].least <= spans[0].most <= spans[1].most


def test_with_fewer_known_alleles_than_the_criterion_asks_for_nothing_of_a_score_is_known():
    rules = trial(score("A", 2, min_called=700))
    spans = {own: person(rules, A=own).scores[0].tiers[1] for own in ("202.", "20..", "2.2.")}
    assert spans["202."].known == spans["202."].most > 0
    assert spans["20.."].known == spans["2.2."].known == 0


def test_alleles_that_other_rules_ask_about_are_left_out_and_those_in_genes_if_not_counted():
    def counted(own: dict[str, Any], *more: dict[str, Any]) -> tuple[bool, ...]:
        content = content_of(
            decision={"tiers": [tier(1), tier(2)]},
            criteria=[own, *more],
            genes=[gene(1, {"B": 1000})],
            alleles=[allele("G1-0", 1, 0)],
            markers=[marker("M", 1)],
        )
        spots = [("1", 1_000_000), ("1", 1_007_001), ("1", 1_000_300), ("2", 5)]
        rows = [(chrom, pos, "C", "T", "0.5", "0.5") for chrom, pos in spots]
        rules = rules_of(content, {"one.txt": scoring_file(*rows)})
        return tuple(panel_of(rules, Build.GRCH37).scores["score-A"].counts.tolist())

    assert counted(score("A", 2)) == (False, False, False, True)
    assert counted(score("A", 2, in_genes="counted")) == (False, True, True, True)
    assert counted(score("A", 2, in_genes="counted"), criterion("marker", 1)) == (False, False, True, True)


# ------------------------------------------------------------------------------------------------------ what it decides


@pytest.mark.holds("POLY-02")
@times(2)
@given(data=st.data())
def test_rule_sets_with_scores_keep_each_law(data: st.DataObject):
    keep(rules_of(data.draw(scored_contents())), data)


@pytest.mark.holds("POLY-02")
@given(st.text("012.", min_size=4, max_size=4), st.text("012.", min_size=2, max_size=2))
def test_a_score_never_beats_stronger_evidence(one, two):
    made = person(trial(), {"G1-0": "0/1"}, A=one, C=two)
    assert (made.decision.category, made.decision.grade, made.decision.settled) == ("B", Grade.ESTABLISHED, True)


@pytest.mark.holds("POLY-02", "COHO-02")
def test_the_row_of_a_participant_whom_a_score_assigns_names_the_score():
    rules = trial()
    row = row_of("P1", person(rules, A="2022", C="00"), rules)
    assert (row["category"], row["grade"]) == ("A", "weak")
    assert row["evidence"] == "score-A (score-A) score 840/1000; 3 of 3 alleles called"


@pytest.mark.holds("POLY-02")
@given(st.text("012.", min_size=4, max_size=4), st.text("012.", min_size=2, max_size=2), st.data())
def test_a_settled_category_leads_by_the_margin_in_the_worst_case_and_survives_every_completion(one, two, data):
    rules = trial(tie_breaks=data.draw(st.sampled_from([[], ["category_order"]])))
    made = person(rules, A=one, C=two)
    spans = {each.category: each.tiers[1] for each in made.scores}
    winner = made.decision.category
    if winner is not None and made.decision.basis == "lead" and made.decision.settled:
        assert made.decision.grade is Grade.WEAK
        assert all(spans[winner].least >= own.most + 50 for name, own in spans.items() if name != winner)
    if made.decision.settled:
        known = [
            "".join(data.draw(st.sampled_from("012")) if own == "." else own for own in each) for each in (one, two)
        ]
        assert person(rules, A=known[0], C=known[1]).decision.category == winner


@pytest.mark.holds("POLY-02")
@given(
    st.text("012.", min_size=4, max_size=4),
    st.text("012.", min_size=2, max_size=2),
    st.sampled_from(["hold", "report"]),
)
def test_a_score_never_clears_a_hold(one, two, action):
    """Whoever is held, for another disease or for a call that failed, is held whatever the scores are."""
    mimic = {"id": "m", "gene": "G1", "disorder": "another", "trigger": "one", "action": action, **WORD}
    rules = trial(flags={"mimics": [mimic]})
    doubtful = {"G1-0": {"genotype": "0/1", "state": "low_quality", "why": "too few reads"}}
    for carried, reason in (({"G1-0": "0/1"}, Reason.MIMIC), (doubtful, Reason.QUALITY)):
        made, bare = person(rules, carried, A=one, C=two), person(rules, carried, A="....", C="..")
        held = {each.reason for each in bare.reasons} & {Reason.MIMIC, Reason.QUALITY}
        assert held <= {each.reason for each in made.reasons}
        assert (reason in held) is (reason is Reason.QUALITY or action == "hold")
        assert made.outcome is Outcome.REVIEW or not held


def test_weak_is_held_by_the_policy_and_the_provisional_category_is_shown():
    made = person(trial(grades={"weak": "review"}), A="222.", C="00")
    assert (made.outcome, made.category, made.provisional) == (Outcome.REVIEW, None, "A")
    assert [each.reason for each in made.reasons] == [Reason.GRADE_WEAK]
    part = person(trial(), A="2...", C="..")
    assert (part.provisional, part.decision.settled) == ("A", False)
    assert Reason.UNSETTLED in [each.reason for each in part.reasons]


@pytest.mark.holds("POLY-03")
def test_a_trace_replays_a_score_from_its_packed_genotypes():
    rules = trial()
    made = person(rules, A="21.0", C="2.")
    trace = parse_trace(made.trace_bytes)
    assert trace.profile["scores"]["score-A"] == {"sha256": rules.files["one.txt"], "packed": "nA=="}
    again = assigned_again(trace, rules)
    assert again is not None and again.trace_bytes == made.trace_bytes
    other = rules_of(json.loads(rules_text(rules)), {"one.txt": ONE.replace(b"0.31", b"0.32")})
    with pytest.raises(ProfileError, match=r"scores\.score-A\.sha256"):
        profile_of(trace.profile, other)


def test_the_genotypes_of_a_score_do_not_outlive_the_participant():
    rules = trial()
    form = {"participant": "P1", "sex": "female", "absent": "reference", "scores": {"score-A": "012."}}
    profile = profile_of(form, rules)
    copies = profile.scores["score-A"].copies
    held = sys.getrefcount(copies)
    assert assign(profile, rules).trace_bytes
    gc.collect()
    assert sys.getrefcount(copies) == held


def rules_text(rules: Rules) -> str:
    return json.dumps(
        content_of(
            decision={"tiers": [tier(1), tier(2)]},
            criteria=[score("A", 2), score("C", 2, "two.txt")],
            genes=[gene(1, {"B": 1000})],
        )
    )


@pytest.mark.holds("POLY-03")
@given(st.binary(min_size=1, max_size=40).map(lambda own: bytes(each % 4 for each in own)))
def test_packed_genotypes_unpack_to_themselves(copies):
    assert unpacked(ScoreGenotypes("", copies).packed, len(copies), "here") == copies


@pytest.mark.parametrize("copies", [b"", b"\x04"])
def test_copies_are_0_to_2_or_unknown(copies):
    with pytest.raises(ValueError, match="copies"):
        ScoreGenotypes("0" * 64, copies)


@pytest.mark.parametrize("text", ["", "nA=", "nAAA", "nQ==", "n-==", "nB==", "\u00e9A=="])
def test_packed_genotypes_of_another_length_or_spelling_are_refused(text):
    with pytest.raises(ProfileError, match="two bits for each of 3 rows"):
        unpacked(text, 3, "here")


@pytest.mark.parametrize("own", ["21", "21.00", "21x0"])
def test_genotypes_by_hand_are_a_character_for_each_row(own):
    with pytest.raises(ProfileError, match=r"4 characters, each 0, 1, 2 or \."):
        person(trial(), A=own)


def test_a_score_that_the_rule_set_does_not_have_is_refused():
    with pytest.raises(ProfileError, match="a polygenic score of the rule set"):
        person(trial(), B="2")


# --------------------------------------------------------------------------------------------------------- from files

TABLE = """
20 1000000 G A . . GT 0/1
20 2000000 T C . . GT 1|1
21 9000000 G C . . GT 0/0
1  1000500 C A . . GT 0/1
20 500 A G . . GT 0/1
"""


def read(tmp_path: Path, rules: Rules, table: str, **more: Any) -> Profile:
    return read_profile(vcfs.written(tmp_path, vcfs.vcf(table)), rules, build="GRCh38", **more)


@pytest.mark.holds("POLY-04")
def test_copies_are_counted_by_the_letters_of_the_file_whichever_of_them_is_ref(tmp_path):
    profile = read(tmp_path, trial(), TABLE)
    assert profile.scores["score-A"].digits == "122."  # the palindromic G/C by REF; C/A at 1:1000500 is neither T nor C
    assert profile.scores["score-C"].digits == "1."
    assert {each.result: each.evidence for each in profile.checks if each.name == "score"} == {
        "score-A": "3 alleles called, 1 with a base of neither allele",
        "score-C": "1 alleles called, 1 not known",
    }


@pytest.mark.holds("POLY-04")
@pytest.mark.parametrize(
    "record",
    [
        "20 1000000 G A . . GT ./1",
        "20 1000000 G A LowQual . GT 0/1",
        "20 1000000 G A . . GT 1",
        "20 1000001 G A . . GT 0/1",
    ],
)
def test_what_is_not_believed_or_not_there_is_unknown_and_never_reference(tmp_path, record):
    profile = read(tmp_path, trial(), record, absent="reference")
    assert "score-A" not in profile.scores


def two_places() -> Rules:
    """A score of two alleles, A/G at 20:5 and T/C at 20:7."""
    return rules_of(
        content_of(decision={"tiers": [tier(1), tier(2)]}, criteria=[score("A", 2)], genes=[gene(1, {"B": 1000})]),
        {"one.txt": scoring_file(("20", 5, "A", "G", "0.3", "0.2"), ("20", 7, "T", "C", "0.1", "0.2"))},
    )


@pytest.fixture
def fasta(tmp_path: Path) -> Path:
    """A genome with A and C at the two places."""
    pyfaidx = pytest.importorskip("pyfaidx")
    path = tmp_path / "genome.fa"
    path.write_text(">20\nNNNNANCNNN\n")
    pyfaidx.Faidx(str(path)).close()
    return path


OTHERWISE = [  # what lies over 20:5, or says of it what is not believed
    "20 5 A T . . GT 1/1\n20 5 A C . . GT 0/0",
    "20 5 A T . . GT 0/1\n20 5 A C . . GT 0/1",
    "20 5 A G . . GT 0/0\n20 5 A T . . GT 0/1",
    "20 4 NA N . . GT 1/1",
    "20 4 NA N . . GT 0/1",
    "20 4 NA N . . GT ./1",
    "20 4 NA NC . . GT 0/1",
    "20 4 NA N . . GT 1/1\n20 5 A G . . GT 0/0",
    "20 5 A * . . GT 0/1\n20 5 A G . . GT 0/0",
    "20 5 A AT . . GT 1/1\n20 5 A G . . GT 0/0",
    "20 3 N <DEL> . SVTYPE=DEL;END=6 GT 1/1\n20 5 A G . . GT 0/0",
    "20 5 A G . . GT 0/0\n20 5 A G LowQual . GT 1/1",
    "20 5 A G . . GT:AD:DP 0/0:10,20:30",
    "20 5 A G . . GT:AD:DP 0/1:30,0:30",
    "20 5 A G . . GT:AD:DP 1/1:30,1:31",
]


@pytest.mark.holds("POLY-04")
@pytest.mark.parametrize("records", OTHERWISE)
def test_a_place_with_something_else_over_it_is_unknown(tmp_path, fasta, records):
    for absent in ("reference", "unknown"):
        found = read(tmp_path, two_places(), records, absent=absent, fasta=fasta).scores
        assert (found["score-A"].digits if found else "..")[0] == "."


@pytest.mark.holds("POLY-04")
def test_another_file_that_shows_a_change_leaves_a_place_unknown(tmp_path):
    one, two = (
        vcfs.written(tmp_path, vcfs.vcf(f"20 5 A G . . GT 0/0\n20 7 C T {filters} . GT {genotype}"), name)
        for name, filters, genotype in (("one.vcf", ".", "0/0"), ("two.vcf", "LowQual", "1/1"))
    )
    assert read_profile([one, two], two_places(), build="GRCh38").scores["score-A"].digits == "2."


@pytest.mark.holds("POLY-04")
def test_a_reference_genome_with_another_base_or_of_the_other_build_is_refused(tmp_path, fasta, monkeypatch):
    with pytest.raises(BuildError, match="20:7: expected the base that REF has there, T; got C"):
        read(tmp_path, two_places(), "20 7 T C . . GT 0/0", fasta=fasta)
    lengths = {Build.GRCH37: {"20": 10}, Build.GRCH38: {"20": LENGTHS[Build.GRCH38]["20"]}}
    monkeypatch.setattr("assigner.genome.reference.LENGTHS", lengths)
    with pytest.raises(BuildError, match="expected the sequence of GRCh38; got that of GRCh37"):
        read(tmp_path, two_places(), "20 9000 A G . . GT 0/1", fasta=fasta)


@pytest.mark.holds("POLY-04")
def test_a_reference_genome_tells_the_base_where_a_file_has_no_record(tmp_path, fasta):
    rules = two_places()
    for absent, digits in (("reference", "20"), ("unknown", None)):
        found = read(tmp_path, rules, "20 9000 A G . . GT 0/1", absent=absent, fasta=fasta).scores
        assert (found["score-A"].digits if found else None) == digits
    block = "20 2 N <NON_REF> . END=6 GT 0/0"
    assert read(tmp_path, rules, block, fasta=fasta).scores["score-A"].digits == "2."


# -------------------------------------------------------------------------------------------------------- scoring files


def parsed(source: bytes) -> ScoringFile | None:
    return read_scoring_file(source, "x.txt", "0" * 64)[0]


def test_a_compressed_file_says_the_same():
    plain, packed = parsed(ONE), parsed(gzip.compress(ONE[:300]) + gzip.compress(ONE[300:]))
    assert plain is not None and packed is not None
    assert list(plain.alleles) == list(packed.alleles) and plain.pgs_id == "TEST1"
    assert [(each.weight, each.frequency) for each in list(plain.alleles)[:2]] == [
        (310_000_000_000, 200_000_000),
        (-170_000_000_000, 500_000_000),
    ]


@pytest.mark.holds("POLY-05")
@pytest.mark.parametrize(
    ("old", "new", "expected"),
    [
        ("format_version=2.0", "format_version=1.0", "#format_version: expected 2.0"),
        ("weight_type=beta", "weight_type=NR", "#weight_type: expected beta or log"),
        ("#weight_type=beta\n", "", "#weight_type: expected beta or log"),
        ("pgs_id=TEST1", "pgs_id=", "#pgs_id: expected an id"),
        ("genome_build=GRCh37", "genome_build=NR", "#genome_build: expected GRCh37"),
        ("HmPOS_build=GRCh38", "HmPOS_build=GRCh36", "#HmPOS_build: expected GRCh37"),
        ("#HmPOS_build=GRCh38", "#genome_build=GRCh38", "each header once"),
        ("variants_number=4", "variants_number=5", "#variants_number: expected the number of rows, 4"),
        ("hm_pos", "hm_position", "hm_chr and hm_pos together"),
        ("hm_chr\thm_pos", "dosage_0_weight\tdosage_1_weight", "columns of format 2.0 that add up"),
        ("effect_weight", "OR", "expected the column effect_weight"),
        ("hm_chr\thm_pos", "rsID\trsID", "each name once"),
        ("0.31\t0.2", "NaN\t0.2", "effect_weight: expected a number"),
        ("0.31\t0.2", "inf\t0.2", "effect_weight: expected a number"),
        ("0.31\t0.2", "1e4\t0.2", "effect_weight: expected a number"),
        ("0.31\t0.2", "0.31\t", "allelefrequency_effect: expected a number from 0 to 1"),
        ("0.31\t0.2", "0.31\t1.01", "allelefrequency_effect: expected a number from 0 to 1"),
        ("A\tG\t0.31", "AT\tG\t0.31", "effect_allele: expected one base"),
        ("A\tG\t0.31", "A\tA\t0.31", "other_allele: expected another base"),
        ("20\t1500000", "X\t1500000", "chr_name: expected an autosome"),
        ("20\t1500000", "20\t999999999", "chr_position: expected a position inside chromosome 20 of GRCh37"),
        ("20\t2500000", "20\t1500000", "the row of line 8 contradicted"),
        ("-0.17\t0.5", "-0.17\t0.5\t", "expected 8 cells"),
    ],
)
def test_a_scoring_file_that_could_mean_something_else_is_refused(old, new, expected):
    text = ONE.decode()
    assert old in text
    source = text.replace(old, new, 1).encode()
    found, faults = read_scoring_file(source, "one.txt", "")
    assert found is None and any(expected in str(fault) for fault in faults), list(map(str, faults))
    with pytest.raises(RuleSetError, match=r"one\.txt:[0-9]+: "):
        rules_of(json.loads(rules_text(trial())), {"one.txt": source})


@pytest.mark.holds("POLY-05")
@pytest.mark.parametrize(
    ("source", "expected"),
    [
        (b"", "a row of column names"),
        (gzip.compress(ONE)[:-9], "the end of the compressed text"),
        (gzip.compress(ONE)[:-8] + b"\0" * 8, "gzip"),
        (ONE.replace(b"TEST1", b"\xff"), "UTF-8"),
        ("\n".join(ONE.decode().split("\n")[:7]).encode(), "at least one row"),
        (gzip.compress(b"\n" * (257 << 20), 1), "bytes of text"),
        (gzip.compress(b"") * 10_001 + gzip.compress(ONE), "at most 10000 members of gzip"),
    ],
)
def test_a_damaged_or_endless_scoring_file_is_refused(source, expected):
    found, faults = read_scoring_file(source, "one.txt", "")
    assert found is None and any(expected in str(fault) for fault in faults), list(map(str, faults))


def test_a_scoring_file_has_a_largest_number_of_rows(monkeypatch):
    monkeypatch.setattr("assigner.rules.scoring_files.MOST_ALLELES", 3)
    assert MOST_ALLELES >= 10_000
    assert "at most 3 rows" in str(read_scoring_file(ONE, "one.txt", "")[1])


def test_a_repeated_row_is_told_from_one_that_contradicts():
    again = ONE.decode().replace("variants_number=4", "variants_number=5") + ONE.decode().splitlines()[7] + "\n"
    assert "the row of line 8 again" in str(read_scoring_file(again.encode(), "one.txt", "")[1])


# ------------------------------------------------------------------------------------------------------------ rule sets


@pytest.mark.holds("POLY-05")
@pytest.mark.parametrize(
    ("scores", "tiers", "expected"),
    [
        ([score("D", 2)], [tier(1), tier(2)], "a category of this rule set"),
        ([score("A", 2), score("A", 2, "two.txt") | {"id": "more"}], [tier(1), tier(2)], "a category without a score"),
        ([score("A", 1)], [tier(1), tier(2)], "the last tier, 2"),
        ([score("A", 2)], [tier(1), tier(2, grade="supported")], "weak, as a score counts in it"),
        ([score("A", 2) | {"id": "G1"}], [tier(1), tier(2)], "an id that is no gene's name"),
        ([score("A", 2, "none.txt")], [tier(1), tier(2)], "a file beside the rule set"),
        ([score("A", 2), score("C", 2)], [tier(1), tier(2)], "a file of its own"),
    ],
)
def test_a_score_is_alone_in_its_category_and_the_weakest_evidence(scores, tiers, expected):
    with pytest.raises(RuleSetError, match=expected):
        rules_of(content_of(decision={"tiers": tiers}, criteria=scores, genes=[gene(1, {"B": 1000})]))


@pytest.mark.holds("POLY-03")
def test_a_scoring_file_is_part_of_the_digest():
    content = json.loads(rules_text(trial()))
    other = rules_of(content, {"one.txt": ONE.replace(b"0.31", b"0.310")})
    assert other.digest != rules_of(content).digest


def test_the_check_of_a_rule_set_tells_of_scores_that_cannot_count():
    codes = [each.code for each in of_scores(trial(score("A", 2, points=10)))]
    assert codes == ["score_left_out", "score_too_small"]
    assert [each.code for each in of_scores(trial(score("A", 2, points=10, counts="nothing")))] == ["score_left_out"]
    lacking = scoring_file(("20", 5, "A", "G", "0.9", "0.2")).replace(b"\t20\t5\n", b"\t\t\n")
    content = content_of(decision={"tiers": [tier(1), tier(2)]}, criteria=[score("A", 2)])
    assert [each.code for each in of_scores(rules_of(content, {"one.txt": lacking}))] == ["score_without_place"]


def test_a_form_keeps_scores_and_without_them_says_nothing_of_them():
    made = person(trial())
    assert "scores" not in parse_trace(made.trace_bytes).profile
    profile = profile_of({"scores": {"score-A": "0.12"}}, trial())
    assert profile_of(form_of(profile), trial()) == profile


# ------------------------------------------------------------------------------------------------------ what is shipped


def shipped_with_scores(opens: str) -> Rules:
    """The shipped rule set with the scores that stand beside it in place of its markers."""
    files = shipped_files()
    text, faults = read_yaml(files[SHIPPED], SHIPPED)
    scores, more = read_yaml(files["categories/scores/criteria.yaml"], "criteria.yaml")
    assert not faults and not more
    content = text.value
    content["criteria"] = [each for each in content["criteria"] if each["kind"] != "marker"] + scores.value
    content["decision"]["tiers"][-1]["opens"] = opens
    content["examples"] = []
    return parse_rules(json.dumps(content).encode(), files)


def test_the_shipped_scores_are_the_shipped_markers_by_their_shares():
    content, files = read_rules().content, shipped_files()
    markers = {each.rsid: each for each in content.markers if each.is_active}
    parts: dict[str, int] = defaultdict(int)
    for name in ("cat1", "cat2", "cat3"):
        found, faults = read_scoring_file(files[f"categories/scores/{name}.txt"], name, "")
        assert found is not None, faults
        for each in found.alleles:
            listed = markers[each.name]
            assert listed.log_odds is not None
            assert (each.grch37, each.grch38) == ((listed.chrom, listed.pos37), (listed.chrom, listed.pos38))
            assert (each.effect if each.weight > 0 else each.other) == listed.effect
            assert {each.effect, each.other} == {listed.effect, listed.other}
            parts[each.name] += abs(each.weight)
    for rsid, weight in parts.items():
        assert weight // 10**9 <= (markers[rsid].log_odds or 0) + 1
    assert not content.scores  # they are off


def test_the_shipped_scores_lead_only_where_the_last_tier_opens_and_then_are_held():
    for opens, provisional in (("yes", "CAT3"), ("no", None)):
        rules = shipped_with_scores(opens)
        normal = normal_profile(panel_of(rules, Build.GRCH38), Sex.FEMALE, "P1")
        file = rules.scoring["categories/scores/cat3.txt"]
        riskiest = bytes(2 if each.weight > 0 else 0 for each in file.alleles)
        made = assign(
            evolve(normal, scores={**normal.scores, "lead_loci_cat3": ScoreGenotypes(file.sha256, riskiest)}), rules
        )
        assert (made.outcome, made.provisional) == (Outcome.REVIEW, provisional)
        assert (Reason.GRADE_WEAK in [each.reason for each in made.reasons]) == (provisional is not None)
    # the score of CAT2 is one locus in part
    assert [each.code for each in of_scores(shipped_with_scores("no"))] == ["score_too_small"]


def shipped_with_pathways(**more: Any) -> Rules:
    """The shipped rule set with the draft scores by pathway that stand beside it."""
    files = shipped_files()
    text, faults = read_yaml(files[SHIPPED], SHIPPED)
    scores, worse = read_yaml(files["categories/scores/pathways.yaml"], "pathways.yaml")
    assert not faults and not worse
    content = text.value
    content["criteria"] += [each | more for each in scores.value]
    content["examples"] = []
    return parse_rules(json.dumps(content).encode(), files)


@pytest.mark.holds("POLY-13")
def test_the_shipped_scores_by_pathway_are_worth_nothing_until_they_have_a_reference():
    rules = shipped_with_pathways()
    for build in Build:
        normal = normal_profile(panel_of(rules, build), Sex.FEMALE, "P1")
        for own in rules.content.scores:
            file = rules.scoring[own.file]
            assert not file.has_frequencies and file.has_errors and file.builds == set(Build)
            riskiest = bytes(2 if each.weight > 0 else 0 for each in file.alleles)
            made = assign(
                evolve(normal, scores={**normal.scores, own.id: ScoreGenotypes(file.sha256, riskiest)}), rules
            )
            assert made.category is made.provisional is None
    with pytest.raises(RuleSetError, match="`standardised` or `nothing`"):
        shipped_with_pathways(counts="attributable")
    assert shipped_with_pathways(counts="standardised", reference=[reference("EUR")]).content.scores[0].compares


def test_the_shipped_scores_by_pathway_share_letters_places_and_effects_with_the_markers():
    content, files = read_rules().content, shipped_files()
    markers, seen = {each.rsid: each for each in content.markers}, Counter[str]()
    for name in ("cat1", "cat2", "cat3", "cat4"):
        found, faults = read_scoring_file(files[f"categories/scores/pathways_{name}.txt"], name, "")
        assert found is not None, faults
        for each in found.alleles:
            assert each.error is not None and abs(each.weight) > 3.8 * each.error  # p below 0.0001
            if each.name in markers:
                listed = markers[each.name]
                assert (each.grch37, each.grch38) == ((listed.chrom, listed.pos37), (listed.chrom, listed.pos38))
                assert {each.effect, each.other} == {listed.effect, listed.other}
                assert (each.effect if each.weight > 0 else each.other) == listed.effect
            seen[each.name] += 1
    assert (sum(seen.values()), len(seen), len(seen.keys() & markers.keys())) == (71, 63, 5)
