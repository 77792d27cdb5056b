"""Reading whole files: a drawn truth, written in every dialect, reads back as that truth or as unknown."""

from __future__ import annotations

import pytest
from attrs import evolve
from hypothesis import given
from hypothesis import strategies as st

from assigner.profiles.calls import State
from assigner.truth import Truth
from dialects import (
    DIALECTS,
    LOSSLESS,
    SITES,
    Dress,
    calls_of,
    dresses,
    expected,
    gatk,
    joint,
    plain,
    read,
    split,
    told,
    truths,
)


@pytest.mark.holds("READ-04")
@pytest.mark.parametrize("dialect", LOSSLESS, ids=lambda d: d.__name__)
@given(truth=truths, dress=dresses())
def test_a_dialect_that_tells_all_is_read_as_the_truth(dialect, truth, dress):
    assert told(calls_of(read(truth, dialect, dress))) == expected(truth)


@pytest.mark.holds("READ-04")
@pytest.mark.parametrize("dialect", DIALECTS, ids=lambda d: d.__name__)
@given(truth=truths, dress=dresses())
def test_what_is_not_the_truth_is_unknown(dialect, truth, dress):
    got = told(calls_of(read(truth, dialect, dress)))

    for name, wanted in expected(truth).items():
        assert all(g in (w, Truth.UNKNOWN) for g, w in zip(got[name], wanted, strict=True)), name


@pytest.mark.holds("READ-04")
@given(truth=truths, dress=dresses())
def test_nothing_but_the_truth_of_the_participant_matters(truth, dress):
    """Not the contigs' names, the build, the container, line ends, other samples, or the order of lines."""
    assert told(calls_of(read(truth, joint, dress))) == told(calls_of(read(truth, joint)))


@pytest.mark.holds("TRAC-09")
@given(truth=truths, seeds=st.tuples(st.integers(0, 99), st.integers(0, 99)))
def test_the_order_of_lines_changes_no_byte_of_the_trace_but_digests_and_notes(truth, seeds):
    one, two = (read(truth, gatk, Dress(shuffled=seed)) for seed in seeds)

    assert evolve(one, inputs=(), checks=()) == evolve(two, inputs=(), checks=())


@pytest.mark.holds("READ-04")
@given(truth=truths)
def test_joint_and_split_records_agree(truth):
    assert told(calls_of(read(truth, joint))) == told(calls_of(read(truth, split)))


@pytest.mark.holds("READ-01")
@given(truth=truths, container=st.sampled_from(["bcf-wb", "bcf-wbu"]), others=st.integers(0, 2))
def test_a_bcf_is_read_as_the_vcf_that_it_was_made_of(truth, container, others):
    dress = Dress(others=others)
    binary = read(truth, joint, evolve(dress, container=container))
    assert calls_of(binary) == calls_of(read(truth, joint, dress))
    assert binary.inputs[0].container == "bcf"


@pytest.mark.holds("TRAC-08")
@given(truth=truths)
def test_two_threads_read_the_same_as_one(truth):
    for container in ("plain", "gzip", "bgzf"):
        dress = Dress(container=container)
        assert read(truth, joint, dress, threads=2) == read(truth, joint, dress)


@pytest.mark.holds("GENO-02")
@given(truth=truths)
def test_an_absent_record_is_reference_only_when_that_is_declared(truth):
    silent = calls_of(read(truth, plain))
    assumed = calls_of(read(truth, plain, absent="reference"))

    for site, seen in zip(SITES, truth, strict=True):
        if seen.absent or seen.is_reference:
            name = f"S{site.pos}-1"
            assert silent[name].state is State.NOT_ASSESSED and silent[name].carries is Truth.UNKNOWN
            assert assumed[name].state is State.ASSUMED_REFERENCE and assumed[name].carries is Truth.FALSE
    assert {n: c for n, c in silent.items() if c.copies} == {n: c for n, c in assumed.items() if c.copies}


@pytest.mark.holds("GENO-05")
@given(truth=truths, phased=st.booleans())
def test_phase_is_read_as_it_is_written(truth, phased):
    truth = [
        evolve(seen, phased=phased, alleles=(0, 1), depth=40, quality=99, filters="PASS", absent=False)
        for seen in truth
    ]

    sets = {call.phase_set for name, call in calls_of(read(truth, joint)).items() if call.seen}

    assert sets == ({"chr1"} if phased else {None})
    assert {call.copies for call in calls_of(read(truth, joint)).values() if call.seen} == {(False, True)}
