"""Calls: what one genotype says, what two records say together, and what two alleles in trans are."""

from __future__ import annotations

import itertools

import pytest
from hypothesis import given, reject
from hypothesis import strategies as st

import oracle
from assigner.errors import ProfileError
from assigner.genome.variants import Variant
from assigner.profiles.calls import (
    ASSUMED_REFERENCE,
    NOT_ASSESSED,
    REFERENCE_STATES,
    UNTRUSTED,
    Call,
    State,
    biallelic,
    in_trans,
    together,
)
from assigner.profiles.written import call_form
from assigner.testing.loci import calls, genotypes
from assigner.truth import Truth

THREE = {Truth.TRUE: True, Truth.FALSE: False, Truth.UNKNOWN: None}
SNV, NEAR, FAR = Variant("1", 10, "A", "C"), Variant("1", 10, "A", "G"), Variant("1", 40, "T", "C")
DELETION, INSERTION, ELSEWHERE = Variant("1", 9, "CAT", "C"), Variant("1", 9, "C", "CG"), Variant("2", 10, "A", "C")
PLACES = (SNV, NEAR, FAR, DELETION, INSERTION, ELSEWHERE)
diploid = st.one_of(
    st.builds(
        lambda a, sign, b, name: Call.of(a + sign + b, name),
        st.sampled_from("01."), st.sampled_from("/|"), st.sampled_from("01."), st.sampled_from([None, "7"]),
    ),
    st.sampled_from([NOT_ASSESSED, ASSUMED_REFERENCE, Call(State.LOW_QUALITY, (False, True))]),
)  # fmt: skip


@pytest.mark.holds("GENO-01")
@pytest.mark.parametrize(
    ("genotype", "state", "carries", "on_all"),
    [
        ("0/1", "called", "true", "false"),
        ("1|1", "called", "true", "true"),
        ("1", "called", "true", "true"),
        ("0", "called", "false", "false"),
        ("0/0", "called", "false", "false"),
        ("./1", "partial", "true", "unknown"),
        ("1/.", "partial", "true", "unknown"),
        ("0/.", "partial", "unknown", "unknown"),
        ("./.", "no_call", "unknown", "unknown"),
        (".", "no_call", "unknown", "unknown"),
        ("0/0/1", "called", "true", "false"),
        ("0/1/.", "partial", "true", "false"),
    ],
)
def test_the_table_of_the_design(genotype, state, carries, on_all):
    call = Call.of(genotype)
    assert (call.state, call.carries, call.on_every_haplotype) == (state, carries, on_all)


@pytest.mark.holds("GENO-02")
@pytest.mark.parametrize("state", [s for s in State if s not in (State.CALLED, State.PARTIAL, *REFERENCE_STATES)])
@pytest.mark.parametrize("copies", [(), (False, False), (True, True), (None,)])
def test_what_is_not_believed_is_unknown_whatever_it_shows(state, copies):
    call = Call(state, copies)
    assert (call.carries, call.on_every_haplotype) == (Truth.UNKNOWN, Truth.UNKNOWN)


@pytest.mark.holds("GENO-01")
@given(genotypes)
def test_a_call_says_what_every_completion_of_its_genotype_says(genotype):
    call = Call.of(genotype)
    worlds = list(itertools.product(*((False, True) if c is None else (c,) for c in call.copies)))
    assert THREE[call.carries] == oracle.same3({any(w) for w in worlds})
    if call.state is not State.NO_CALL:
        assert THREE[call.on_every_haplotype] in (None, oracle.same3({all(w) for w in worlds}))


@given(genotypes)
def test_order_and_phase_of_one_genotype_do_not_change_what_it_says(genotype):
    call = Call.of(genotype)
    for other in (genotype[::-1], genotype.replace("|", "/"), genotype.replace("/", "|")):
        assert Call.of(other).carries is call.carries
        assert Call.of(other).on_every_haplotype is call.on_every_haplotype


@given(genotypes, st.sampled_from([None, "7"]))
def test_a_genotype_is_written_as_it_was_read(genotype, phase_set):
    call = Call.of(genotype, phase_set)
    assert call.genotype.replace("|", "/") == genotype.replace("|", "/")
    assert ("|" in call.genotype) == ("|" in genotype and call.state is not State.NO_CALL)


@given(st.one_of(st.text(max_size=6), st.text("012./|-", max_size=6), st.none(), st.integers()))
def test_any_text_is_a_genotype_or_an_error_that_says_so(text):
    try:
        assert Call.of(text).copies
    except ProfileError as error:
        assert error.place == "genotype"


@pytest.mark.parametrize("text", ["0/2", "0\\1", "0/1|1", "01", "0/", "/1", "", " 0/1", "0/1\n", "٠/١", "0/-1"])
def test_what_is_no_genotype_in_terms_of_one_allele_is_refused(text):
    with pytest.raises(ProfileError):
        Call.of(text)


# --------------------------------------------------------------------------------------------------------- two records


@given(calls(), calls())
def test_two_records_say_the_same_in_either_order(one, other):
    here, there = one.merged(other), other.merged(one)
    for says in (lambda c: c.carries, lambda c: c.on_every_haplotype, lambda c: c.seen, lambda c: c.state in UNTRUSTED):
        assert says(here) == says(there)
    for beside in (Call.of("0|1", "7"), Call.of("1|0", "7")):
        assert in_trans((SNV, here), (FAR, beside)) is in_trans((SNV, there), (FAR, beside))


@pytest.mark.holds("GENO-06")
@given(calls(), calls())
def test_two_records_never_say_more_than_one_of_them(one, other):
    both = one.merged(other)
    assert both.carries in (Truth.UNKNOWN, one.carries, other.carries)
    assert {one.carries, other.carries} != {Truth.TRUE, Truth.FALSE} or both.carries is Truth.UNKNOWN
    assert both.fraction in (None, one.fraction, other.fraction)


@given(calls(), calls())
def test_what_one_of_two_records_shows_stays_in_sight(one, other):
    assert one.merged(other).seen == (one.seen or other.seen)


@given(calls())
def test_a_record_twice_is_that_record(call):
    assert call.merged(call) == call


@pytest.mark.holds("GENO-06")
@given(st.permutations([Call.of(g) for g in ("0/1", "0/0", "0/1")]))
def test_a_conflict_is_not_outvoted(three):
    first, second, third = three
    assert first.merged(second).merged(third).state is State.CONFLICT


def test_two_records_that_differ_in_phase_or_fraction_do_not_count_by_their_order():
    one, other = Call.of("0|1", "7"), Call.of("1|0", "8")
    beside = (FAR, Call.of("0|1", "7"))
    assert in_trans((SNV, one.merged(other)), beside) is in_trans((SNV, other.merged(one)), beside) is Truth.UNKNOWN


def test_two_records_that_put_an_allele_on_different_haplotypes_of_one_set_are_a_conflict():
    for one, other in (
        (Call.of("0|1", "7"), Call.of("1|0", "7")),
        (Call.of("0|1", phase_sets=("a", "b")), Call.of("0|1", phase_sets=("b", None))),
    ):
        assert one.merged(other).state is other.merged(one).state is State.CONFLICT
    same = Call.of("0|1", phase_sets=("a", "b")).merged(Call.of("1|0", phase_sets=("b", "a")))
    assert (same.state, same.carries) == (State.CALLED, Truth.TRUE)


# ------------------------------------------------------------------------------------------------------------ in trans


def as_place(variant: Variant) -> tuple[str, int, str, str]:
    return variant.chrom, variant.pos, variant.ref, variant.alt


def judged(items: list[tuple[Variant, Call]]) -> bool | None:
    try:
        return oracle.biallelic([(as_place(v), call_form(c)) for v, c in items], "unknown")
    except oracle.ImpossibleError:
        reject()


@pytest.mark.holds("GENO-04")
@given(st.lists(st.tuples(st.sampled_from(PLACES), diploid), max_size=3, unique_by=lambda item: item[0]))
def test_biallelic_never_contradicts_the_brute_force_over_haplotypes(items):
    assert THREE[biallelic(items)] in (None, judged(items))


FULL = [Call.of(g, "7") for g in ("0/0", "0/1", "1/1", "0|1", "1|0")]
ONE_EACH = st.tuples(st.sampled_from((SNV, NEAR, FAR, ELSEWHERE)), st.sampled_from(FULL))


@given(st.lists(ONE_EACH, max_size=3, unique_by=lambda item: item[0]))
def test_biallelic_is_exact_when_all_is_called(items):
    assert THREE[biallelic(items)] == judged(items)


@given(st.lists(st.tuples(st.sampled_from(PLACES), calls()), max_size=4), st.randoms())
def test_biallelic_does_not_depend_on_order(items, random):
    mixed = list(items)
    random.shuffle(mixed)
    assert biallelic(mixed) is biallelic(items)


@given(st.tuples(st.sampled_from(PLACES), calls()), st.tuples(st.sampled_from(PLACES), calls()))
def test_in_trans_is_mutual(one, other):
    assert in_trans(one, other) is in_trans(other, one)


def test_one_allele_in_two_records_is_one_allele():
    assert biallelic([(SNV, Call.of("0/1")), (SNV, Call.of("0/1"))]) is Truth.FALSE


@pytest.mark.holds("GENO-04")
@pytest.mark.parametrize(
    ("one", "other", "expected"),
    [
        ("0|1", "1|0", "true"),
        ("0|1", "0|1", "false"),
        ("0/1", "0|1", "unknown"),
        ("0/1", "0/1", "unknown"),
        ("1|1", "0|1", "true"),
        (".|1", "0|1", "unknown"),
    ],
)
def test_phase_decides_between_cis_and_trans(one, other, expected):
    assert biallelic([(SNV, Call.of(one, "7")), (FAR, Call.of(other, "7"))]) == expected
    sets_apart = biallelic([(SNV, Call.of(one, "7")), (FAR, Call.of(other, "8"))])
    assert sets_apart == ("true" if "1|1" in (one, other) else "unknown")


# ------------------------------------------------------------------------------------------------- named haplotypes

NAMES = [("a", "b"), ("b", "a"), ("a", None), (None, "a"), (None, "b"), ("b", None)]
named = st.builds(
    lambda a, b, names: Call.from_copies((a, b), phase_sets=names),
    st.sampled_from([True, False, None]), st.sampled_from([True, False, None]), st.sampled_from(NAMES),
)  # fmt: skip
in_any_phase = st.one_of(named, diploid)


@given(st.lists(st.tuples(st.sampled_from(PLACES), in_any_phase), max_size=3, unique_by=lambda item: item[0]))
def test_biallelic_with_named_haplotypes_never_contradicts_the_brute_force(items):
    assert THREE[biallelic(items)] in (None, judged(items))


@pytest.mark.parametrize(
    ("one", "other", "expected"),
    [
        (("a", "b"), ("a", "b"), "false"),
        (("a", "b"), ("b", "a"), "true"),
        (("a", None), ("a", None), "false"),
        (("a", None), (None, "a"), "true"),
        (("a", "b"), (None, "b"), "false"),
        (("a", "b"), ("b", None), "true"),
        (("a", None), (None, "b"), "unknown"),
        (("a", "b"), ("c", "d"), "unknown"),
        ((None, None), (None, None), "unknown"),
    ],
)
def test_copies_of_one_name_lie_on_one_haplotype(one, other, expected):
    here, there = Call.of("0/1", phase_sets=one), Call.of("0/1", phase_sets=other)
    assert in_trans((SNV, here), (FAR, there)) == in_trans((FAR, there), (SNV, here)) == expected


def test_a_phase_set_and_a_list_of_them_are_not_comparable():
    listed = Call.of("0|1", phase_sets=("7", None))
    assert in_trans((SNV, listed), (FAR, Call.of("0|1", "7"))) is Truth.UNKNOWN


@pytest.mark.parametrize(
    ("phase_set", "phase_sets"), [("7", ("a", "b")), (None, ("a",)), (None, ("a", "a")), (None, ("a", "b", "c"))]
)
def test_phase_sets_that_do_not_fit_are_refused(phase_set, phase_sets):
    with pytest.raises(ProfileError, match="phase_sets"):
        Call.of("0|1", phase_set, phase_sets)


# ------------------------------------------------------------------------------------- several changes, one haplotype


@pytest.mark.holds("GENO-09")
@given(st.lists(in_any_phase, min_size=1, max_size=3))
def test_what_several_changes_make_together_never_contradicts_the_brute_force(changes):
    expected = oracle.together([call_form(call) for call in changes])
    assert THREE[together(changes, "why").carries] in (None, expected)


@given(st.lists(st.sampled_from(FULL), min_size=1, max_size=3))
def test_together_is_exact_when_all_is_called(changes):
    assert THREE[together(changes, "why").carries] == oracle.together([call_form(call) for call in changes])


@given(st.lists(calls(), min_size=1, max_size=3))
def test_together_says_no_more_than_its_parts(changes):
    made = together(changes, "why")
    assert (made.carries is Truth.FALSE) or Truth.FALSE not in {call.carries for call in changes}
    assert made.carries is not Truth.TRUE or {call.carries for call in changes} == {Truth.TRUE}
    assert made.state is not State.OBSCURED or made.why == "why"
    assert together([changes[0]] * 2, "why").carries in (changes[0].carries, Truth.UNKNOWN)


@pytest.mark.parametrize(
    ("parts", "expected"),
    [
        (("0|1", "0|1"), "0|1"), (("1|0", "1|0", "1/1"), "1|0"), (("1/1", "0/1"), "0/1"), (("1/1", "1/1"), "1/1"),
        (("0|1", "1|0"), "0/0"), (("0/1", "0/0"), "0/0"), (("0/1", "0/1"), ""), (("0/1", "0|1"), ""), (("1", "1"), "1"),
        (("./1", "1/1"), "./1"), (("0/.", "1/1"), "0/."), (("1", "0/1"), ""), (("./.", "1/1"), ""),
        (("0|1", "0/1", "1|0"), "0/0"), (("./.", "0/0"), "0/0"),
    ],
)  # fmt: skip
def test_what_several_changes_make_together(parts, expected):
    assert together([Call.of(part, "7") for part in parts], "why").genotype == expected


def test_an_allele_and_a_part_of_it_may_lie_on_one_haplotype():
    whole, part = Variant("1", 10, "AC", "CT"), SNV
    assert biallelic([(whole, Call.of("0/1")), (part, Call.of("0/1"))]) is Truth.UNKNOWN
    assert biallelic([(whole, Call.of("0|1", "7")), (part, Call.of("0|1", "7"))]) is Truth.FALSE
    assert biallelic([(whole, Call.of("0/1")), (NEAR, Call.of("0/1"))]) is Truth.TRUE
