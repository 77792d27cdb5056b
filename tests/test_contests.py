"""Contests: who stands above all others, held against every set that could."""

from __future__ import annotations

from itertools import combinations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from assigner.decisions.contests import Basis, Contest, Terms, resolve
from assigner.decisions.scores import Entry
from assigner.testing.parts import content_of, rules_of, tier

CONTENT = rules_of(content_of(decision={"tiers": [tier(1), tier(2, margin=300), tier(3, opens="no")]})).content
POINTS = st.tuples(*[st.sampled_from([0, 299, 300, 400, 450, 600, 750])] * 3)


@pytest.mark.holds("DECI-03")
@given(st.lists(st.tuples(POINTS, st.integers(0, 2)), min_size=1, max_size=5))
def test_the_top_is_the_smallest_set_of_which_each_beats_every_one_outside_it(points):
    entries = tuple(Entry(name, own, genes) for name, (own, genes) in zip("ABCDE", points, strict=False))
    terms = Terms.of(CONTENT, "P", "")
    contest = Contest(entries, terms)
    sets = (inside for size in range(1, 6) for inside in combinations(entries, size))

    top = next(
        inside
        for inside in sets
        if all(
            (one.category, other.category) in contest.won for one in inside for other in entries if other not in inside
        )
    )

    assert contest.top == top
    found = resolve(entries, terms)
    if len(top) == 1 and top[0] in contest.able:
        assert (found.category, found.basis) == (top[0].category, Basis.LEAD)
    else:
        assert found.basis is not Basis.LEAD
