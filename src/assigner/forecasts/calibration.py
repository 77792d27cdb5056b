"""Calibration: how the polygenic scores of a rule set are spread in a cohort, group by group, and go together.

One pass over a VCF or BCF of many samples. A sample counts where each allele of the score that counts is known: nothing
is put in the place of a missing genotype. FILTER is asked as the rule set says; beside it a genotype counts as it is
written: FT, depth (DP) and quality (GQ) are not asked, as they are in a reading of one person. Mean, variance,
covariance and quantiles are exact sums of whole numbers, rounded half to even.
"""

from __future__ import annotations

import math
import re
from collections import defaultdict
from collections.abc import Mapping, Sequence
from fractions import Fraction
from itertools import combinations
from typing import Any

import numpy as np
from attrs import frozen

from assigner.errors import BuildError, ContainerError, SampleError, shown
from assigner.files import Source, bytes_up_to, name_of
from assigner.forecasts.totals import Totals
from assigner.genome.builds import Build, chrom_of, names_of
from assigner.profiles.profile import Input
from assigner.rules import Rules
from assigner.rules.panels import panel_of
from assigner.rules.polygenic import SCORE_UNITS, Score
from assigner.rules.score_criteria import MICRO, QUANTILES, millionths
from assigner.rules.scored_alleles import Ints
from assigner.rules.texts import read_table
from assigner.vcf.bytes.containers import Limits
from assigner.vcf.bytes.sources import open_source
from assigner.vcf.meaning.builds import by_contigs
from assigner.vcf.scan.headers import Header
from assigner.vcf.scan.intervals import Choice
from assigner.vcf.scan.letters import BaseRecord, read_letters
from assigner.vcf.scan.sexes import Filters

ALL = "all"
"""The group of every sample, where no groups are given."""
AS_WRITTEN = "as written: FILTER is asked; FT, DP and GQ are not"
"""Which genotypes count."""
_PART = SCORE_UNITS // MICRO


@frozen
class Spread:
    """How a score is spread in a group of a cohort, in millionths of a log odds ratio.

    Attributes:
        samples: how many samples count.
        left_out: how many of the group have an allele that is not known.
        quantiles: the values that `QUANTILES` per cent of the samples do not exceed.
    """

    group: str
    samples: int
    left_out: int
    mean: int | None
    variance: int | None
    quantiles: tuple[int, ...]

    @classmethod
    def of(cls, group: str, totals: Sequence[int], left_out: int) -> Spread:
        """The spread of some scores, each in parts of `SCORE_UNITS`."""
        if len(totals) < 2:
            return cls(group, len(totals), left_out, None, None, ())
        count = len(totals)
        mean = Fraction(sum(totals), count)
        variance = Fraction(sum((total - mean) ** 2 for total in totals), count - 1)
        ordered = sorted(totals)
        ranks = [max(1, -(-count * each // 100)) for each in QUANTILES]
        return cls(
            group,
            count,
            left_out,
            round(mean / _PART),
            round(variance / _PART / _PART),
            tuple(millionths(ordered[rank - 1], SCORE_UNITS) for rank in ranks),
        )


def covariance_of(pairs: Sequence[tuple[int, int]]) -> int:
    """The covariance of two scores of some samples, at least two, in millionths of millionths."""
    count = len(pairs)
    one, other = (Fraction(sum(column), count) for column in zip(*pairs, strict=True))
    return round(Fraction(sum((a - one) * (b - other) for a, b in pairs), count - 1) / _PART / _PART)


@frozen
class Calibration:
    """What a cohort shows of the scores of a rule set.

    Attributes:
        spreads: by criterion the spread in each group.
        covariances: by group the covariance of each two scores that are known together in two samples or more. It is
            of fewer samples than the variances where one score alone is known. It is no greater, in magnitude, than the
            variances allow, as the rule check asks.
        lacking: by criterion the alleles that count of which the cohort has no record at all.
    """

    rules: Rules
    build: Build
    cohort: Input
    spreads: Mapping[str, tuple[Spread, ...]]
    covariances: Mapping[str, Mapping[tuple[str, str], int]]
    lacking: Mapping[str, tuple[str, ...]]

    def form(self) -> dict[str, Any]:
        """Plain JSON values; each `reference` can stand in its criterion of the rule set."""
        return {
            "rule_set": {"id": self.rules.id, "version": self.rules.version, "digest": self.rules.digest},
            "build": self.build.value,
            "cohort": {"sha256": self.cohort.sha256, "size": self.cohort.size},
            "genotypes": AS_WRITTEN,
            "scores": [
                {
                    "criterion": name,
                    "lacking": list(self.lacking[name]),
                    "left_out": {spread.group: spread.left_out for spread in spreads if spread.left_out},
                    "reference": [self._reference(name, spread) for spread in spreads if spread.mean is not None],
                }
                for name, spreads in self.spreads.items()
            ],
        }

    def _reference(self, name: str, spread: Spread) -> dict[str, Any]:
        """A score's reference, with its covariances with the scores before it."""
        score, together = panel_of(self.rules, self.build).scores[name], self.covariances[spread.group]
        before = [{"score": one, "value": value} for (one, other), value in together.items() if other == name]
        return {
            "group": spread.group,
            "samples": spread.samples,
            "mean": spread.mean,
            "variance": spread.variance,
            "quantiles": list(spread.quantiles),
            **({"covariances": before} if before else {}),
            "alleles": score.counted,
            "scoring_file": score.file.sha256,
            "cohort": self.cohort.sha256,
        }


def calibrate(
    source: Source,
    rules: Rules,
    *,
    groups: Mapping[str, str] | None = None,
    build: Build | None = None,
    limits: Limits | None = None,
) -> Calibration:
    """Read a cohort once, and say how each score of a rule set is spread in it.

    Args:
        source: a VCF or BCF of many samples.
        rules: the rule set with the scores.
        groups: the group of each sample that counts; without any, all samples are one.
        build: the genome build, where the file's contig lengths do not prove it.
        limits: the limits that hold.

    Raises:
        InputError: when the file is unsound, is on no known build, lacks a sample of `groups`, or has records of one
            place apart from each other.
    """
    opened = open_source(source, limits=limits)
    found: list[tuple[Build, dict[str, list[int]], Totals]] = []

    def choose(header: Header) -> Choice:
        members = _members(header, groups, opened.name)
        on = _build(header, opened.name, build)
        scores = panel_of(rules, on).scores
        found.append((on, members, Totals(scores, len(header.samples))))
        return _choice(header, scores)

    def take(record: BaseRecord) -> None:
        found[0][2].take(record)

    read_letters(opened, choose, Filters.of(rules.content.gates), take)
    on, members, totals = found[0]
    totals.close()
    spreads: dict[str, list[Spread]] = {name: [] for name in totals.found}
    covariances: dict[str, dict[tuple[str, str], int]] = {}
    for group, own in members.items():
        known = {name: [total.of(sample) for sample in own] for name, total in totals.found.items()}
        for name, values in known.items():
            there = [value for value in values if value is not None]
            spreads[name].append(Spread.of(group, there, len(values) - len(there)))
        covariances[group] = {}
        for one, other in combinations(known, 2):
            pairs = [(a, b) for a, b in zip(known[one], known[other], strict=True) if a is not None and b is not None]
            if len(pairs) > 1:
                variances = (spreads[one][-1].variance, spreads[other][-1].variance)
                covariances[group][one, other] = _allowed(covariance_of(pairs), *variances)
    return Calibration(
        rules=rules,
        build=on,
        cohort=Input("cohort", opened.digest, opened.size, opened.container.value),
        spreads={name: tuple(own) for name, own in spreads.items()},
        covariances=covariances,
        lacking={name: tuple(total.lacking) for name, total in totals.found.items()},
    )


def _allowed(covariance: int, one: int | None, other: int | None) -> int:
    """A covariance, or the nearest one that the variances of both scores allow: its square is at most their product.

    Each variance counts as one more, since it is rounded.
    """
    assert one is not None and other is not None
    most = math.isqrt((one + 1) * (other + 1))
    return max(-most, min(covariance, most))


def _choice(header: Header, scores: Mapping[str, Score]) -> Choice:
    """The places of all alleles that count, by the file's names for the chromosomes."""
    spans: dict[str, Ints] = {}
    for number in range(1, 23):
        own = [
            score.places.positions[score.counts & (score.places.chroms == number)].reshape(-1, 1)
            for score in scores.values()
        ]
        if sum(map(len, own)):
            spans[str(number)] = np.concatenate(own).repeat(2, axis=1)
    contigs = header.contigs or [name for chrom in spans for name in names_of(chrom)]
    return {contig: spans[chrom] for contig in contigs if (chrom := chrom_of(contig)) in spans}


def _build(header: Header, name: str, declared: Build | None) -> Build:
    """The build that contig lengths prove, or else the declared one."""
    proved = by_contigs(header, name)
    if proved is None:
        if declared is None:
            raise BuildError(f"{name}: genome build", "##contig lengths, or a declared build", "neither")
        return declared
    if declared not in (None, proved[0]):
        raise BuildError(f"{name}: ##contig lengths", f"{declared}, as declared", str(proved[0]))
    return proved[0]


def _members(header: Header, groups: Mapping[str, str] | None, name: str) -> dict[str, list[int]]:
    """The columns of the samples of each group, the groups in the order of their names."""
    if not header.samples:
        raise SampleError(f"{name}: #CHROM", "samples", "none")
    columns = {sample: at for at, sample in enumerate(header.samples)}
    found: dict[str, list[int]] = defaultdict(list)
    for sample, group in (dict.fromkeys(header.samples, ALL) if groups is None else groups).items():
        if sample not in columns:
            raise SampleError(f"{name}: #CHROM", "each sample that has a group", f"no {shown(sample)}")
        found[group].append(columns[sample])
    return dict(sorted(found.items()))


MOST_BYTES = 50_000_000


def read_groups(source: Source) -> dict[str, str]:
    """The group of each sample, from a table with the columns `sample` and `group`.

    Raises:
        ContainerError: when the table cannot be read, or is no such table.
    """
    name = name_of(source, "groups")
    text, faults = read_table(bytes_up_to(MOST_BYTES, source, ContainerError, "groups"), name)
    if faults:
        raise ContainerError(f"{faults[0].file}: line {faults[0].line}", faults[0].expected, faults[0].got)
    found: dict[str, str] = {}
    for at, row in enumerate(text.value):
        place = f"{name}: line {text.line((at,))}"
        if row.keys() != {"sample", "group"} or not re.fullmatch(r"[A-Za-z0-9][A-Za-z0-9_.-]{0,79}", row["group"]):
            raise ContainerError(place, "a sample and the id of its group", "another row")
        if row["sample"] in found:
            raise ContainerError(place, "each sample once", shown(row["sample"]))
        found[row["sample"]] = row["group"]
    return found
