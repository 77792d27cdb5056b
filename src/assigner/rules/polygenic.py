"""A polygenic score on one build: which of its alleles count, and its least and its most for what is known.

A score is the sum of weight x (copies - 2 x frequency): how far a participant is from the mean of the group whose
frequencies the scoring file gives. An allele of which the copies are not known may be there 0, 1 or 2 times.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from functools import cached_property
from typing import TYPE_CHECKING

from attrs import evolve, frozen

from assigner.genome.builds import Build
from assigner.rules.loci import span_on
from assigner.rules.scoring_files import FREQUENCY_UNITS, WEIGHT_UNITS, ScoredAllele, ScoringFile, Spot

if TYPE_CHECKING:
    from assigner.rules.schema import RuleSet
    from assigner.rules.score_criteria import PolygenicCriterion

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
        spots: the place of each of the file's alleles; None without one on this build.
        counts: whether each of them counts; see `of`.
    """

    file: ScoringFile
    spots: tuple[Spot | None, ...]
    counts: tuple[bool, ...]

    @classmethod
    def of(cls, criterion: PolygenicCriterion, file: ScoringFile, content: RuleSet, build: Build) -> Score:
        """The score as it counts beside the other rules.

        What other rules ask about is not counted a second time: an allele at the place of a listed allele, or of an
        active marker where a criterion asks for markers, is left out, whatever the participant carries. So is one
        inside a gene or repeat of the rule set on either build, unless the criterion says that it counts.
        """
        asked = _asked_elsewhere(file, content, in_genes=criterion.leaves_out_genes)
        return cls(file, tuple(allele.on(build) for allele in file.alleles), tuple(not each for each in asked))

    @cached_property
    def unknown(self) -> bytes:
        """The copies of a participant of whom nothing is known."""
        return bytes((UNKNOWN_COPIES,)) * len(self.spots)

    @cached_property
    def least_risk(self) -> bytes:
        """The copies of a participant who carries as little risk as can be."""
        return bytes(0 if allele.weight >= 0 else 2 for allele in self.file.alleles)

    def interval(self, copies: bytes) -> Interval:
        """The least and the most that the score can be, of the copies of each allele of the file."""
        least = most = called = counted = 0
        for allele, own, counts in zip(self.file.alleles, copies, self.counts, strict=True):
            if not counts:
                continue
            counted += 1
            mean = 2 * allele.weight * allele.frequency
            if own == UNKNOWN_COPIES:
                both = 2 * allele.weight * FREQUENCY_UNITS
                least += min(0, both) - mean
                most += max(0, both) - mean
            else:
                called += 1
                there = own * allele.weight * FREQUENCY_UNITS - mean
                least += there
                most += there
        return Interval(least, most, called, counted)

    def spread(self, copies: bytes) -> int:
        """The standard deviation of the score where each weight has its standard error, independent of the others.

        It is the root of the sum of (error x (copies - 2 x frequency))^2, rounded down, in parts of `SCORE_UNITS`. An
        allele of which the copies are not known counts with those that give the most.
        """
        total = 0
        for allele, own, counts in zip(self.file.alleles, copies, self.counts, strict=True):
            if counts and allele.error:
                mean = 2 * allele.frequency
                if own == UNKNOWN_COPIES:
                    far = max(mean, 2 * FREQUENCY_UNITS - mean)
                else:
                    far = abs(own * FREQUENCY_UNITS - mean)
                total += (allele.error * far) ** 2
        return math.isqrt(total)


def _asked_elsewhere(file: ScoringFile, content: RuleSet, *, in_genes: bool) -> list[bool]:
    """For each allele of a file whether another rule asks about its place, on any build."""
    found = [False] * len(file.alleles)
    markers = content.markers if any(criterion.reads == "markers" for criterion in content.criteria) else ()
    for build in Build:
        spans: dict[str, list[tuple[int, int]]] = {}
        for gene in content.genes if in_genes else ():
            spans.setdefault(gene.chrom, []).append(span_on(gene, build))
        for repeat in content.repeats if in_genes else ():
            start, end = span_on(repeat, build)
            spans.setdefault(repeat.chrom, []).append((start + 1, end))
        spots = {(a.place.chrom, a.place.on(build)[0]) for a in content.alleles if a.place is not None}
        spots |= {(m.chrom, pos) for m in markers if m.is_active and m.chrom and (pos := m.on(build))}
        for at, allele in enumerate(file.alleles):
            spot = allele.on(build)
            if spot is not None and (spot in spots or any(a <= spot[1] <= b for a, b in spans.get(spot[0], ()))):
                found[at] = True
    return found


def scores_of(content: RuleSet, scoring: Mapping[str, ScoringFile], build: Build) -> dict[str, Score]:
    """The scores of a rule set on a build, each by its criterion."""
    return {each.id: Score.of(each, scoring[each.file], content, build) for each in content.scores}


def copies_of_letters(allele: ScoredAllele, letters: tuple[str | None, ...]) -> int:
    """How many copies of the effect allele two letters are; letters that are neither of its two say nothing."""
    if len(letters) != 2 or not {*letters} <= {allele.effect, allele.other}:
        return UNKNOWN_COPIES
    return letters.count(allele.effect)
