"""A repeat call, and what the records of all callers share: the genotype, lists of values, what withdraws a call."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Self

from attrs import evolve, field, frozen, validators

from assigner.genome.motifs import same_motif, stands_for
from assigner.profiles.profile import MOST_UNITS, Interval
from assigner.vcf.records.record import Record
from assigner.vcf.scan.extents import Extent

Sizes = tuple[int | None, ...]
Intervals = tuple[Interval | None, ...]


@frozen(kw_only=True)
class RepeatCall:
    """What one record says of one sample at one tandem repeat.

    Attributes:
        caller: the kind of record.
        chrom: the contig as the file names it.
        start: place of the repeat, counted from 0; with `end` the half-open interval of a BED file. The POS
            of ExpansionHunter and of TRGT 1 and later is the base before the repeat, so equal to `start`;
            that of GangSTR and of TRGT before 1 is its first base (TRGT's is seen from the lengths of alleles;
            where nothing is called it is taken for the newer form).
        end: the last base counted from 1; None when the record does not say.
        motif: the repeat unit as the record writes it, in capitals.
        varid: name of the variant in the caller's catalogue (`VARID`; TRGT: `TRID`).
        sizes: units of each allele; None where unknown.
        shown: what the record shows, believed or not: the sizes when nothing speaks against them.
        intervals: least and most units of each allele, None where not given; without a most it is a lower bound.
        depth: coverage as written (`LC` or `DP`).
        filters: FILTER; empty when the record has none.
        ploidy: how many alleles the sample has here; None when unknown.
        also: the calls of the record's other motifs.
        problem: why the sizes cannot be used.
    """

    caller: str
    chrom: str
    start: int
    end: int | None
    motif: str
    varid: str | None = None
    sizes: Sizes = ()
    shown: Sizes = ()
    intervals: Intervals = field(default=())
    depth: str | None = None
    filters: tuple[str, ...] = ()
    ploidy: int | None = None
    also: tuple[RepeatCall, ...] = ()
    problem: str | None = None

    @intervals.validator
    def _one_each(self, _: object, intervals: Intervals) -> None:
        if len(intervals) != len(self.sizes):
            raise ValueError("a repeat call has one interval for each size")

    def of(self, motif: str) -> RepeatCall | None:
        """This record's call for a motif, whatever its phase and strand; None when it counts another one.

        A caller may count several motifs as one (`AARRG`): of any of them an allele has at most that many units.
        """
        every = (self, *self.also)
        own = next((each for each in every if same_motif(each.motif, motif)), None)
        return own or next((each._at_most() for each in every if stands_for(each.motif, motif)), None)

    def _at_most(self) -> RepeatCall:
        """The same call with sizes that are no more than upper bounds."""
        ends = [span[1] if span else size for size, span in zip(self.sizes, self.intervals, strict=True)]
        bounds = zip(self.sizes, ends, strict=True)
        return evolve(self, intervals=tuple(None if size is None else (0, end) for size, end in bounds))


@frozen(kw_only=True)
class Counts:
    """The sizes a caller wrote, or why there are none."""

    sizes: Sizes = ()
    intervals: Intervals = ()
    problem: str | None = None


@frozen(kw_only=True)
class RepeatRecord:
    """One record and one sample's column, as text; each caller reads it by its own rules.

    Attributes:
        fmt: the sample's values by FORMAT key.
        genotype: GT's allele numbers, None for a missing one; None when there is no GT.
    """

    chrom: str
    pos: int = field(validator=validators.ge(0))
    ref: str
    alts: tuple[str, ...]
    filters: tuple[str, ...]
    info: Mapping[str, str]
    fmt: Mapping[str, str]
    genotype: tuple[int | None, ...] | None

    @classmethod
    def of(cls, record: Record) -> Self:
        """What a record of the panel says, without the `.` that stand for no ALT and no FILTER."""
        return cls(
            chrom=record.contig,
            pos=record.pos,
            ref=record.ref,
            alts=tuple(alt for alt in record.alts if alt not in ("", ".")),
            filters=tuple(name for name in record.filters if name not in ("", ".")),
            info=record.info,
            fmt=record.sample,
            genotype=None if record.genotype is None else record.genotype.alleles,
        )

    def not_read(self, caller: str, motif: str) -> RepeatCall:
        """The call of a caller whose sizes are not read."""
        return self.call(caller, Counts(problem=f"not read: {caller}"), start=self.pos, motif=motif)

    def call(self, caller: str, counts: Counts, *, start: int, motif: str, end: int | None = None) -> RepeatCall:
        """What is known of the record beside the sizes, and the sizes if nothing speaks against them."""
        sizes = tuple(None if size is None or size > MOST_UNITS else size for size in counts.sizes)
        problem = counts.problem
        if problem is None and not re.fullmatch("[A-Za-z]+", motif):
            problem = "no repeat unit"
        elif problem is None and len(sizes) > 2:
            problem = "more than two alleles"
        called = sizes if any(size is not None for size in sizes) else self.genotype or ()
        shown = sizes
        if problem is not None:
            sizes = (None,) * len(sizes)
        return RepeatCall(
            caller=caller,
            chrom=self.chrom,
            start=start,
            end=Extent.of(self.info).end if end is None else end,
            motif=motif.upper(),
            varid=self._named("VARID", "TRID", "LOCUS"),
            sizes=sizes,
            shown=shown,
            intervals=tuple(map(_bounded, counts.intervals)) if problem is None else (None,) * len(sizes),
            depth=next((self.fmt[key] for key in ("LC", "DP") if self.fmt.get(key, ".") != "."), None),
            filters=self.filters,
            ploidy=len(called) if any(each is not None for each in called) else None,
            problem=problem,
        )

    def counted(self, key: str, interval_key: str, joint: str, written: Sequence[int | None]) -> Counts:
        """Sizes and intervals, compared with what GT and ALT say (`written`, by allele number)."""
        sizes = tuple(whole(part) for part in self.values(key, joint))
        spans = self.values(interval_key, joint)
        intervals = tuple(interval_of(part) for part in spans) or (None,) * len(sizes)
        problem = self.withdrawn(key) or self.beyond()
        genotype = self.genotype
        if problem is None and len(intervals) != len(sizes):
            problem = f"{key} and {interval_key} differ in ploidy"
        elif problem is None and genotype and len(genotype) != len(sizes):
            problem = f"{key} and GT differ in ploidy"
        elif problem is None and genotype:
            problem = _contradiction(key, sizes, genotype, written)
        if problem is None and any(interval_of(span) is None and span not in ("", ".") for span in spans):
            problem = f"{interval_key} is not a list of intervals"
        if problem is None and not all(map(_within, sizes, intervals)):
            problem = f"{interval_key} does not hold {key}"
        if problem is not None:
            return Counts(sizes=sizes, intervals=(None,) * len(sizes), problem=problem)
        return Counts(sizes=sizes, intervals=intervals)

    def withdrawn(self, key: str) -> str | None:
        """Why the caller's count is no call at all, if it is none."""
        values = re.split("[,/_|]", self.fmt.get(key, ""))
        counted = any(value not in ("", ".") for value in values)
        called = self.genotype is None or any(number is not None for number in self.genotype)
        if not counted:
            return "not called" if key in self.fmt or not called else f"no {key}"
        if not called:
            return f"{key} without a genotype"
        return None if any(whole(value) is not None for value in values) else f"{key} is not a list of sizes"

    def values(self, key: str, joint: str) -> list[str]:
        """The parts of one of the sample's values."""
        text = self.fmt.get(key, "")
        return re.split(r"[/|]" if joint == "/" else re.escape(joint), text) if text else []

    def beyond(self) -> str | None:
        """What is wrong when GT names an allele that is not there."""
        beyond = any(number is not None and number > len(self.alts) for number in self.genotype or ())
        return "GT names an allele that ALT does not have" if beyond else None

    def _named(self, *keys: str) -> str | None:
        return next((self.info[key] for key in keys if self.info.get(key, ".") not in (".", "")), None)


def _contradiction(key: str, sizes: Sizes, genotype: Sequence[int | None], written: Sequence[int | None]) -> str | None:
    for size, number in zip(sizes, genotype, strict=True):
        expected = None if number is None else written[number]
        if None not in (size, expected) and size != expected:
            return f"{key} says otherwise than GT and ALT"
    return None


def _bounded(interval: Interval | None) -> Interval | None:
    """An interval in numbers that a profile can keep; one that ends above them has no upper end."""
    if interval is None:
        return None
    least, most = interval
    return min(least, MOST_UNITS), None if most is None or most > MOST_UNITS else most


def whole(text: str) -> int | None:
    """A whole number, None for anything else."""
    return int(text) if re.fullmatch("[0-9]{1,9}", text) else None


def interval_of(text: str) -> tuple[int, int] | None:
    """An interval such as `2-8`, None for anything else."""
    found = re.fullmatch("([0-9]{1,9})-([0-9]{1,9})", text)
    return (int(found[1]), int(found[2])) if found else None


def _within(size: int | None, interval: tuple[int, int] | None) -> bool:
    if interval is None:
        return True
    return interval[0] <= interval[1] if size is None else interval[0] <= size <= interval[1]
