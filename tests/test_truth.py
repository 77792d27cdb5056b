"""Three-valued logic against what every completion says."""

from __future__ import annotations

import itertools

import pytest
from hypothesis import given
from hypothesis import strategies as st

from assigner.truth import Truth, all_of, any_of
from strategies import truths

TWO = (Truth.TRUE, Truth.FALSE)
some = st.lists(truths, max_size=5)


def completions(known: list[Truth]) -> list[tuple[Truth, ...]]:
    return list(itertools.product(*(TWO if t is Truth.UNKNOWN else (t,) for t in known)))


@pytest.mark.holds("GENO-03")
@given(some)
def test_any_and_all_say_what_every_completion_says(known):
    for ours, plain in ((any_of, any), (all_of, all)):
        answers = {plain(t is Truth.TRUE for t in full) for full in completions(known)}
        expected = Truth.UNKNOWN if len(answers) == 2 else Truth.TRUE if answers.pop() else Truth.FALSE
        assert ours(known) is expected


@given(some, st.randoms())
def test_order_and_repetition_do_not_matter(known, random):
    mixed = [*known, *known]
    random.shuffle(mixed)
    assert any_of(mixed) is any_of(known)
    assert all_of(iter(mixed)) is all_of(known)


@pytest.mark.holds("GENO-03")
@given(some)
def test_de_morgan(known):
    assert ~any_of(known) is all_of(~t for t in known)


@pytest.mark.holds("GENO-03")
@given(truths)
def test_not_twice_is_nothing_and_a_truth_is_never_tested(truth):
    assert ~~truth is truth
    with pytest.raises(TypeError, match="never tested"):
        bool(truth)


def test_of_none_nothing_is_true_and_everything_holds():
    assert (any_of([]), all_of([])) == (Truth.FALSE, Truth.TRUE)
