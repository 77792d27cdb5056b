"""Calibration: how the polygenic scores of a rule set are spread in a cohort, group by group.

One pass over a VCF of many samples. A sample counts where each allele of the score that counts is known: nothing is put
in the place of a missing genotype. FILTER is asked as the rule set says; beside it a genotype counts as it is written:
FT, depth (DP) and quality (GQ) are not asked, as they are in a reading of one person. Mean, variance and quantiles are
exact sums of whole numbers, rounded half to even.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from fractions import Fraction
from typing import Any

from attrs import frozen

from assigner.errors import BuildError, ContainerError, RecordError, SampleError, shown
from assigner.files import Source, bytes_up_to, name_of
from assigner.genome.builds import Build, chrom_of, names_of
from assigner.profiles.genotypes import Genotype
from assigner.profiles.profile import Input
from assigner.rules import Rules
from assigner.rules.panels import panel_of
from assigner.rules.polygenic import SCORE_UNITS, UNKNOWN_COPIES, Score, copies_of_letters
from assigner.rules.schema import Gates
from assigner.rules.score_criteria import MICRO, QUANTILES
from assigner.rules.scoring_files import Spot
from assigner.rules.texts import read_table
from assigner.vcf.bytes.containers import Container, Limits
from assigner.vcf.bytes.sources import open_source
from assigner.vcf.meaning.builds import by_contigs
from assigner.vcf.scan.columns import FIXED
from assigner.vcf.scan.headers import Header
from assigner.vcf.scan.intervals import Choice
from assigner.vcf.scan.lines import scan
from assigner.vcf.scan.scans import Line

ALL = "all"
"""The group of every sample, where no groups are given."""
AS_WRITTEN = "as written: FILTER is asked; FT, DP and GQ are not"
"""Which genotypes count."""


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
        count, part = len(totals), SCORE_UNITS // MICRO
        mean = Fraction(sum(totals), count)
        variance = Fraction(sum((total - mean) ** 2 for total in totals), count - 1)
        ordered = sorted(totals)
        ranks = [max(1, -(-count * each // 100)) for each in QUANTILES]
        return cls(
            group,
            count,
            left_out,
            round(mean / part),
            round(variance / part / part),
            tuple(round(Fraction(ordered[rank - 1], part)) for rank in ranks),
        )


@frozen
class Calibration:
    """What a cohort shows of the scores of a rule set.

    Attributes:
        spreads: by criterion the spread in each group.
        lacking: by criterion the alleles that count of which the cohort has no record at all.
    """

    rules: Rules
    build: Build
    cohort: Input
    spreads: Mapping[str, tuple[Spread, ...]]
    lacking: Mapping[str, tuple[str, ...]]

    def form(self) -> dict[str, Any]:
        """Plain JSON values; each `reference` can stand in its criterion of the rule set."""
        scores = panel_of(self.rules, self.build).scores
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
                    "reference": [
                        {
                            "group": spread.group,
                            "samples": spread.samples,
                            "mean": spread.mean,
                            "variance": spread.variance,
                            "quantiles": list(spread.quantiles),
                            "alleles": scores[name].counted,
                            "scoring_file": scores[name].file.sha256,
                            "cohort": self.cohort.sha256,
                        }
                        for spread in spreads
                        if spread.mean is not None
                    ],
                }
                for name, spreads in self.spreads.items()
            ],
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
        source: a VCF of many samples.
        rules: the rule set with the scores.
        groups: the group of each sample that counts; without any, all samples are one.
        build: the genome build, where the file's contig lengths do not prove it.
        limits: the limits that hold.

    Raises:
        InputError: when the file is unsound, is BCF, is on no known build, or lacks a sample of `groups`.
    """
    opened = open_source(source, limits=limits)
    if opened.container in (Container.BCF, Container.PLAIN_BCF):
        opened.close()
        raise ContainerError(opened.name, "a VCF, compressed or not", "a BCF")
    found: list[Build] = []

    def choose(header: Header) -> Choice:
        found.append(_build(header, opened.name, build))
        spans: dict[str, list[tuple[int, int]]] = defaultdict(list)
        for score in panel_of(rules, found[0]).scores.values():
            for spot in filter(None, map(score.places.spot, range(len(score.counts)))):
                spans[spot[0]].append((spot[1], spot[1]))
        contigs = header.contigs or [name for chrom in spans for name in names_of(chrom)]
        return {contig: pairs for contig in contigs if (pairs := spans.get(chrom_of(contig) or ""))}

    read = scan(opened, choose)
    panel = panel_of(rules, found[0])
    members = _members(read.header, groups, opened.name)
    letters = _Letters.of(read.lines, len(read.header.samples), panel.content.gates, opened.name)
    spreads, lacking = {}, {}
    for name, score in panel.scores.items():
        copies = [letters.copies(score, at) for at in range(len(score.counts))]
        spreads[name] = tuple(_spread(group, score, copies, own) for group, own in members.items())
        lacking[name] = tuple(
            allele.name
            for allele, counts, own in zip(score.file.alleles, score.counts, copies, strict=True)
            if counts and own is None
        )
    cohort = Input("cohort", opened.digest, opened.size, opened.container.value)
    return Calibration(rules, found[0], cohort, spreads, lacking)


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


@frozen
class _Letters:
    """The letters of each sample at each place with a record; None where records disagree or are not believed."""

    at: Mapping[Spot, list[tuple[str | None, ...] | None]]

    @classmethod
    def of(cls, lines: Iterable[Line], samples: int, gates: Gates, name: str) -> _Letters:
        """The letters in the lines of a file."""
        found: dict[Spot, list[tuple[str | None, ...] | None]] = {}
        for line in lines:
            cells = line.text.decode("utf-8", "replace").split("\t")
            spot = (chrom_of(cells[0]) or "", int(cells[1]))
            if len(cells[3]) != 1:
                continue  # a deletion that begins there, or a longer change
            own = list(_called(cells, samples, gates, f"{name}: line {line.number}"))
            before = found.get(spot)
            found[spot] = (
                own
                if before is None
                else [one if one == other else None for one, other in zip(before, own, strict=True)]
            )
        return cls(found)

    def copies(self, score: Score, at: int) -> bytes | None:
        """The copies of one allele of a score in each sample; None without a record of its place."""
        spot, allele = score.places.spot(at), score.file.alleles[at]
        letters = None if spot is None else self.at.get(spot)
        if letters is None:
            return None
        return bytes(UNKNOWN_COPIES if own is None else copies_of_letters(allele, own) for own in letters)


def _called(cells: Sequence[str], samples: int, gates: Gates, place: str) -> Iterator[tuple[str | None, ...] | None]:
    """The letters of each sample in one record, in the order of the letters."""
    filters = cells[6].split(";")
    believed = all(each in gates.filters or (each == "." and gates.accepts_unfiltered) for each in filters)
    keys = cells[8].split(":") if len(cells) > FIXED else []
    at = keys.index("GT") if "GT" in keys else len(keys)
    bases = (cells[3].upper(), *cells[4].upper().split(","))
    known: dict[str, tuple[str | None, ...] | None] = {}
    if len(cells) != FIXED + samples:
        raise RecordError(place, f"{samples} samples", f"{len(cells) - FIXED}")
    for cell in cells[FIXED:]:
        text = next(iter(cell.split(":")[at : at + 1]), ".") if believed else "."  # a cell may end early
        if text not in known:
            genotype = Genotype.parse(text)
            alleles = (None,) if genotype is None else genotype.alleles
            within = all(a is None or a < len(bases) for a in alleles)
            own = (None if a is None else bases[a] for a in alleles) if within else iter((None,))
            known[text] = tuple(sorted(own, key=str))
        yield known[text]


def _spread(group: str, score: Score, copies: Sequence[bytes | None], columns: Sequence[int]) -> Spread:
    """The spread of a score in the samples of some columns."""
    totals, left_out = [], 0
    for column in columns:
        own = bytes(UNKNOWN_COPIES if each is None else each[column] for each in copies)
        interval = score.interval(own)
        if interval.called == interval.counted:
            totals.append(interval.least)
        else:
            left_out += 1
    return Spread.of(group, totals, left_out)


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
