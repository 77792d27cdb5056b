"""A polygenic score on one build: which of its alleles count, and its least and its most for what is known.

A score is the sum of weight x (copies - 2 x frequency): how far a participant is from the mean of the group whose
frequencies the scoring file gives. Of a file without frequencies it is the sum of weight x copies, and only a reference
says who is above the mean. An allele of which the copies are not known may be there 0, 1 or 2 times.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from functools import cached_property
from typing import TYPE_CHECKING

from attrs import evolve, frozen

from assigner.genome.builds import Build
from assigner.rules.loci import span_on
from assigner.rules.scoring_files import FREQUENCY_UNITS, WEIGHT_UNITS, ScoredAllele, ScoringFile

if TYPE_CHECKING:  # numpy, which a rule set without scores does not need
    from assigner.rules.schema import RuleSet
    from assigner.rules.score_criteria import PolygenicCriterion
    from assigner.rules.scored_alleles import Bytes, Flags, Ints, Places

UNKNOWN_COPIES = 3
"""What stands for a number of copies that is not known."""


SCORE_UNITS = WEIGHT_UNITS * FREQUENCY_UNITS
"""A score is a whole number of these parts of a log odds ratio."""


@frozen
class Interval:
    """The least and the most that a score can be, in parts of `SCORE_UNITS`.

    Attributes:
        called: how many of the alleles that count are known.
        counted: how many count.
    """

    least: int
    most: int
    called: int
    counted: int

    def moved(self, by: int) -> Interval:
        """The same when the score is greater by so much."""
        return evolve(self, least=self.least + by, most=self.most + by)


@frozen(eq=False, slots=False)
class Score:
    """A score on one build.

    Attributes:
        file: its scoring file.
        places: where each of the file's alleles stands on this build.
        counts: whether each of them counts; see `of`.
    """

    file: ScoringFile
    places: Places
    counts: Flags

    @classmethod
    def of(cls, criterion: PolygenicCriterion, file: ScoringFile, content: RuleSet, build: Build) -> Score:
        """The score as it counts beside the other rules.

        What other rules ask about is not counted a second time: an allele at the place of a listed allele, or of an
        active marker where a criterion asks for markers, is left out, whatever the participant carries. So is one
        inside a gene or repeat of the rule set on either build, unless the criterion says that it counts.
        """
        asked = _asked_elsewhere(file, content, in_genes=criterion.leaves_out_genes)
        return cls(file, file.alleles.on(build), ~asked)

    @cached_property
    def counted(self) -> int:
        """How many alleles count."""
        return int(self.counts.sum())

    @cached_property
    def unknown(self) -> bytes:
        """The copies of a participant of whom nothing is known."""
        return bytes((UNKNOWN_COPIES,)) * len(self.file.alleles)

    @cached_property
    def least_risk(self) -> bytes:
        """The copies of a participant who carries as little risk as can be."""
        risky: Flags = self.file.alleles.weights < 0
        return (risky.astype("u1") * 2).tobytes()

    @cached_property
    def _weights(self) -> Ints:
        """The weights of the alleles that count; 0 for the others."""
        found: Ints = self.file.alleles.weights * self.counts
        return found

    @cached_property
    def mean(self) -> int:
        """What all alleles that count are worth at twice their frequencies, in parts of `SCORE_UNITS`; else 0."""
        frequencies = self.file.alleles.frequencies
        return 0 if frequencies is None else 2 * _sum_of_products(self._weights, frequencies)

    def interval(self, copies: bytes) -> Interval:
        """The least and the most that the score can be, of the copies of each allele of the file."""
        own = _of_bytes(copies)
        unknown = own == UNKNOWN_COPIES
        called = int((self.counts & ~unknown).sum())
        there = _sum_in_parts(self._weights, own * ~unknown) * FREQUENCY_UNITS - self.mean
        if called == self.counted:
            return Interval(there, there, called, called)
        left = 2 * self._weights[unknown]
        least, most = _sum(left[left < 0]) * FREQUENCY_UNITS, _sum(left[left > 0]) * FREQUENCY_UNITS
        return Interval(there + least, there + most, called, self.counted)

    @cached_property
    def whole_interval(self) -> Interval:
        """The least and the most that it can be where nothing is known of a participant."""
        return self.interval(self.unknown)

    def spread(self, copies: bytes) -> int:
        """The standard deviation of the score where each weight has its standard error, independent of the others.

        It is the root of the sum of (error x (copies - 2 x frequency))^2, rounded down, in parts of `SCORE_UNITS`. An
        allele of which the copies are not known counts with those that give the most; so does a frequency.
        """
        errors = self.file.alleles.errors
        if errors is None:
            return 0
        far = self._far(_of_bytes(copies))
        pairs = zip(errors[self.counts].tolist(), far[self.counts].tolist(), strict=True)
        return math.isqrt(sum((error * by) ** 2 for error, by in pairs))

    @cached_property
    def usual_spread(self) -> int:
        """The root of the mean of the square of `spread`, in people with the frequencies of the file.

        Without frequencies it is the spread of those in whom it is greatest.
        """
        errors, frequencies = self.file.alleles.errors, self.file.alleles.frequencies
        if errors is None or frequencies is None:
            return self.spread(self.unknown)
        pairs = zip(errors[self.counts].tolist(), frequencies[self.counts].tolist(), strict=True)
        return math.isqrt(sum(error**2 * 2 * often * (FREQUENCY_UNITS - often) for error, often in pairs))

    def _far(self, copies: Bytes) -> Ints:
        """How far the copies of each allele are from their mean at most, in units of 10^-9 copies."""
        import numpy as np

        there, is_open = copies.astype("i8") * FREQUENCY_UNITS, copies == UNKNOWN_COPIES
        frequencies = self.file.alleles.frequencies
        if frequencies is None:
            return np.where(is_open, 2 * FREQUENCY_UNITS, np.maximum(there, 2 * FREQUENCY_UNITS - there))
        mean = 2 * frequencies
        return np.where(is_open, abs(FREQUENCY_UNITS - mean) + FREQUENCY_UNITS, abs(there - mean))


_PART = 1 << 15
_AT_ONCE = 1 << 15  # products that are made at once: so few that they stay in a near cache


def _sum(values: Ints) -> int:
    """The sum of numbers of at most 63 bits, as if there were no end of bits."""
    high, low = values >> 32, values & ((1 << 32) - 1)
    return (int(high.sum()) << 32) + int(low.sum())


def _sum_of_products(weights: Ints, frequencies: Ints) -> int:
    """The sum of products of weights, of at most 50 bits, and frequencies, of at most 30."""
    high, low = frequencies // _PART, frequencies % _PART
    return _sum_in_parts(weights, high) * _PART + _sum_in_parts(weights, low)


def _sum_in_parts(weights: Ints, factors: Ints | Bytes) -> int:
    """The same of factors of at most 15 bits: each product of a part of a weight has 40 at most."""
    high = low = 0
    for at in range(0, len(weights), _AT_ONCE):
        some, by = weights[at : at + _AT_ONCE], factors[at : at + _AT_ONCE]
        high += int(((some >> 25) * by).sum())
        low += int(((some & (1 << 25) - 1) * by).sum())
    return (high << 25) + low


def _of_bytes(copies: bytes) -> Bytes:
    import numpy as np

    return np.frombuffer(copies, np.uint8)


def _asked_elsewhere(file: ScoringFile, content: RuleSet, *, in_genes: bool) -> Flags:
    """For each allele of a file whether another rule asks about its place, on any build."""
    import numpy as np

    from assigner.rules.scored_alleles import keys_of

    found = np.zeros(len(file.alleles), np.bool_)
    markers = content.markers if any(criterion.reads == "markers" for criterion in content.criteria) else ()
    for build in file.builds:
        spans = {(gene.chrom, *span_on(gene, build)) for gene in (content.genes if in_genes else ())}
        for repeat in content.repeats if in_genes else ():
            start, end = span_on(repeat, build)
            spans.add((repeat.chrom, start + 1, end))
        spots = {(a.place.chrom, a.place.on(build)[0]) for a in content.alleles if a.place is not None}
        spots |= {(m.chrom, pos) for m in markers if m.is_active and m.chrom and (pos := m.on(build))}
        spans |= {(chrom, pos, pos) for chrom, pos in spots}
        keys = file.alleles.on(build).keys
        order = np.argsort(keys, kind="stable")
        for chrom, start, end in spans:
            if chrom.isdecimal():
                ends = keys_of(int(chrom), np.array((max(start, 1), end + 1), np.int64))
                first, last = np.searchsorted(keys, ends, sorter=order)
                found[order[first:last]] = True
    return found


def scores_of(content: RuleSet, scoring: Mapping[str, ScoringFile], build: Build) -> dict[str, Score]:
    """The scores of a rule set on a build, each by its criterion."""
    return {each.id: Score.of(each, scoring[each.file], content, build) for each in content.scores}


def copies_of_letters(allele: ScoredAllele, letters: tuple[str | None, ...]) -> int:
    """How many copies of the effect allele two letters are; letters that are neither of its two say nothing."""
    if len(letters) != 2 or not {*letters} <= {allele.effect, allele.other}:
        return UNKNOWN_COPIES
    return letters.count(allele.effect)
