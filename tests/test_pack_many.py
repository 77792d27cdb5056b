"""Many carried variants of one gene, with a pack: what others do to each, against a question to every pair of them."""

from __future__ import annotations

import itertools
import sys
from collections import Counter
from collections.abc import Iterator
from typing import Any
from unittest import mock

import pytest
from hypothesis import given
from hypothesis import strategies as st

from assigner.packs.effects import Effect
from assigner.vcf.meaning.alleles import Carried, Key, gain
from assigner.vcf.meaning.haplotypes import (
    BEHIND_BREAK,
    BEHIND_SHIFT,
    BEHIND_STOP,
    DELETED,
    IN_ONE_CODON,
    SHIFTED_BACK,
)
from assigner.vcf.meaning.neighbour import LONG, Near, Neighbour
from assigner.vcf.meaning.neighbours import MOST_TOGETHER, Neighbours
from effort import times
from test_pack_assign import GENES, base, places, read, vcf


def others(found: Neighbours, gene: str, own: Carried, effect: Effect) -> Iterator[tuple[Key, Neighbour]]:
    every = found.by_transcript.get((gene, effect.transcript.accession), {})
    return ((key, theirs) for key, theirs in every.items() if key != own.variant)


def problem_of_pairs(self: Neighbours, gene: str, own: Carried, effect: Effect) -> str | None:
    """Why a consequence is not known, as the first version said it: it asks every other allele."""
    if effect.residues is None:
        return None
    mine, gains = Neighbour.told(own.variant, effect), Counter[int]()
    last = effect.residues[1] - effect.is_between
    for key, theirs in others(self, gene, own, effect):
        behind, ended = theirs.shifts_before(last), theirs.ends_before(last) and not mine.ends
        apart = self._apart(own, key)
        if theirs.breaks:
            if (behind or mine.shifts) and not apart:
                deleted = key in self.rearranged and self.rearranged[key].deletes(own.variant)
                return DELETED if deleted else BEHIND_BREAK if behind else SHIFTED_BACK
            continue
        if apart or not (theirs.meets(mine) or behind or ended or (mine.shifts and theirs.shifts)):
            continue
        if theirs.meets(mine):
            return IN_ONE_CODON
        if not mine.shifts and (behind or ended):
            return BEHIND_SHIFT if behind else BEHIND_STOP
        gains.update(theirs.gains)
    if not (mine.shifts or mine.ends) and self._ended_before(gene, own, effect.transcript, last):
        return BEHIND_STOP
    shift = gain(own.variant)
    return SHIFTED_BACK if shift and (gains[3 - shift] or gains[shift] > 1) else None


def together_of_pairs(self: Neighbours, gene: str, own: Carried, effect: Effect) -> tuple[Any, ...]:
    """An allele and all others with which it makes one change, as the first version said it."""
    if effect.residues is None or own.variant in self.denied:
        return ()
    around = {key: theirs for key, theirs in others(self, gene, own, effect) if not self._apart(own, key)}
    found: dict[Key, Neighbour] = {own.variant: Neighbour.told(own.variant, effect)}
    gains = Counter(each for one in (*found.values(), *around.values()) for each in one.gains)
    shifts = bool(gains[1] and gains[2]) or max(gains[1], gains[2]) > 2
    while linked := [
        key
        for key, theirs in around.items()
        if any((shifts and theirs.shifts and one.shifts) or theirs.meets(one) for one in found.values())
    ]:
        found |= {key: around.pop(key) for key in linked}
        if len(found) > MOST_TOGETHER or not all(found[key].known for key in linked):
            return ()
        if not all(key not in self.denied and self._always(own, key) for key in linked):
            return ()
    ends = [end for each in found.values() if each.residues is not None for end in each.residues]
    whole = Neighbour((min(ends), max(ends)), frozenset({0}), known=True)
    for theirs in around.values():
        if theirs.meets(whole) or theirs.shifts_before(max(ends)) or theirs.ends_before(max(ends)):
            return ()
    if len(found) == 1 or self._ended_before(gene, own, effect.transcript, max(ends), found):
        return ()
    return tuple(sorted(found, key=lambda variant: variant.order))  # type: ignore[union-attr]


@st.composite
def rows(draw: st.DrawFn) -> tuple[int, str, str, str, str]:
    """A record of a coding place of a gene, among few of them, with a genotype."""
    symbol = draw(st.sampled_from(sorted(GENES)))
    spots = places(symbol)
    pos = spots[draw(st.one_of(st.integers(3, 20), st.integers(3, len(spots) - 12)))]
    own, after = base(symbol, pos), "".join(base(symbol, pos + at) for at in range(1, 4))
    put = draw(st.text("ACGT", min_size=1, max_size=4))
    kind = draw(st.sampled_from(["base", "base", "base", "put", "gone", "far", "missing"]))
    ref, alt = {
        "base": (own, next(letter for letter in put + "ACGT" if letter != own)),
        "put": (own, own + put),
        "gone": (own + after[: len(put)], own),
        "far": (own, "<DEL>"),
        "missing": (own, "*"),
    }[kind]
    info = f"SVTYPE=DEL;END={pos + draw(st.sampled_from([2, 40, 400]))}" if kind == "far" else "."
    return pos, ref, alt, info, draw(st.sampled_from(["0/1", "0/1", "0|1", "1|0", "1/1", "./1", "0/0:20,20"]))


@pytest.mark.holds("PACK-03")
@given(st.lists(st.lists(rows(), min_size=2, max_size=9), min_size=1, max_size=2))
@times(3)
def test_what_others_do_to_an_allele_is_what_all_pairs_tell(files):
    problem, together = Neighbours.problem, Neighbours.on_its_haplotypes

    def compared(fast: Any, slow: Any) -> Any:
        def both(self: Neighbours, gene: str, own: Carried, effect: Effect) -> Any:
            mine = fast(self, gene, own, effect)
            assert mine == slow(self, gene, own, effect), (own.variant, effect.terms)
            return mine

        return both

    meta = ('##ALT=<ID=DEL,Description="x">', '##INFO=<ID=END,Number=1,Type=Integer,Description="x">',
            '##INFO=<ID=SVTYPE,Number=1,Type=String,Description="x">')  # fmt: skip
    contents = [vcf(*own, meta=(*meta, f"##caller={at}")) for at, own in enumerate(files)]
    with (
        mock.patch.object(Neighbours, "problem", compared(problem, problem_of_pairs)),
        mock.patch.object(Neighbours, "on_its_haplotypes", compared(together, together_of_pairs)),
    ):
        read(contents)


neighbours = st.builds(
    lambda first, more, gains, between, ends, breaks: Neighbour(
        None if first is None else (first, first + more), frozenset(gains), True, between and more == 1, ends, breaks
    ),
    st.one_of(st.none(), st.integers(1, 200)), st.sampled_from([0, 0, 0, 1, 1, 5, LONG, LONG + 1, 150]),
    st.sets(st.integers(0, 2), min_size=1), st.booleans(), st.booleans(), st.booleans(),
)  # fmt: skip


@given(st.lists(neighbours, max_size=12), neighbours)
def test_whoever_may_matter_to_one_is_among_those_that_are_asked(each, one):
    every: dict[Any, Neighbour] = dict(enumerate(each))
    near = [key for key, _ in Near.of(every).beside(one)]
    assert near == sorted(near)
    assert {key for key, theirs in every.items() if theirs.meets(one)} <= {*near}
    assert {key for key, theirs in every.items() if theirs.shifts or theirs.ends or theirs.breaks} <= {*near}


@pytest.mark.parametrize("genotype", ["0/1", "0|1"])
def test_the_work_for_each_allele_does_not_grow_with_how_many_there_are(genotype):
    symbol = max(GENES, key=lambda name: len(places(name)))
    spots = places(symbol)[3:-6:3]

    def steps(count: int) -> int:
        counted = itertools.count()

        def step(frame: Any, event: str, _: Any) -> None:
            if event == "call" and frame.f_code.co_name in ("meets", "_apart"):
                next(counted)

        made = []
        for pos in sorted(spots[:count]):
            own = base(symbol, pos)
            made.append((pos, own, next(letter for letter in "ACGT" if letter != own), ".", genotype))
        before = sys.getprofile()
        sys.setprofile(step)
        try:
            read(vcf(*made))
        finally:
            sys.setprofile(before)
        return next(counted)

    few, more = steps(len(spots) // 4), steps(len(spots))
    assert more <= 4 * few + len(spots)  # all pairs would be sixteen times as many, and one for each at least
