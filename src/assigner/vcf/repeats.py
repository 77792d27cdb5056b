"""Tandem repeat calls: how many units each allele has, as the callers' records say it.

Read are the records of

- ExpansionHunter 3 to 5 and DRAGEN (FORMAT `REPCN`, `REPCI`), also with Stranger's annotations, and
  ExpansionHunter 2 (`CN`, `CI`): ExpansionHunter, "Output VCF files";
- GangSTR (`REPCN`, `REPCI`, with commas): GangSTR, "VCF format fields";
- TRGT (`MC`, `MS`): TRGT, "Description of VCF files".

HipSTR, Straglr, adVNTR and the `<CNV:TR>` of VCF 4.4 and later are recognised and their sizes left unknown.

The caller's own count is the size. GT and ALT must agree with it, allele by allele, or the record speaks
with two voices and its sizes are unknown. A GT that is missing as a whole withdraws the call; one that is
missing for one allele (a record split by allele) or not written at all leaves the count standing. Sizes are
never taken from GT and ALT alone.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Final

from attrs import evolve, field, frozen, validators

_COMPLEMENT: Final = str.maketrans("ACGTUNRYSWKMBDHV", "TGCAANYRSWMKVHDB")

Sizes = tuple[int | None, ...]
Intervals = tuple[tuple[int, int] | None, ...]


@frozen(kw_only=True)
class RepeatCall:
    """What one record says of one sample at one tandem repeat.

    Attributes:
        caller: the kind of record.
        chrom: the contig as the file names it.
        start: place of the repeat, counted from 0; with `end` the half-open interval of a BED file. The POS
            of ExpansionHunter and of TRGT 1 and later is the base before the repeat, so equal to `start`;
            that of GangSTR and of TRGT before 1 is its first base (TRGT's is told by the lengths of alleles;
            where nothing is called it is taken for the newer form).
        end: the last base counted from 1; None when the record does not say.
        motif: the repeat unit as the record writes it, in capitals.
        varid: name of the variant in the caller's catalogue (`VARID`; TRGT: `TRID`).
        repid: name of the repeat in it (`REPID`).
        sizes: units of each allele; None where unknown.
        intervals: least and most units of each allele, None where not given. TRGT gives none: its count of
            perfect units is the least, and what fits from the first to the last of them, interruptions
            included, the most.
        support: what the alleles rest on, as written: kinds of reads (`SO`), or TRGT's spanning reads (`SD`).
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
    repid: str | None = None
    sizes: Sizes = ()
    intervals: Intervals = field(default=())
    support: str | None = None
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
        """This record's call for a motif, whatever its phase and strand; None when it counts another one."""
        return next((each for each in (self, *self.also) if same_motif(each.motif, motif)), None)


def same_motif(one: str, other: str) -> bool:
    """Whether two motifs repeat to the same sequence, read from any base and on either strand.

    >>> same_motif("GCA", "CTG"), same_motif("GGCCCC", "GGGGCC"), same_motif("AAAAG", "AAAGG")
    (True, True, False)
    """
    one, other = one.upper(), other.upper()
    return len(one) == len(other) and (one in other * 2 or one.translate(_COMPLEMENT)[::-1] in other * 2)


def repeat_call(
    chrom: str,
    pos: int,
    ref: str,
    alts: Sequence[str],
    filters: Sequence[str],
    info: Mapping[str, str],
    fmt: Mapping[str, str],
) -> RepeatCall | None:
    """The repeat call in one record for one sample, or None when the record is not about a repeat.

    Args:
        chrom: CHROM.
        pos: POS.
        ref: REF.
        alts: ALT; `.` or nothing when there is none.
        filters: FILTER; `.` or nothing when there is none.
        info: INFO values as text.
        fmt: the sample's values as text, by FORMAT key.

    >>> place = ("chr9", 27573526, "C", ["<STR2>", "<STR349>"], ["PASS"])
    >>> unit = {"END": "27573544", "REF": "3", "RU": "GGCCCC", "VARID": "C9ORF72", "REPID": "C9ORF72"}
    >>> call = repeat_call(*place, unit, {"GT": "1/2", "REPCN": "2/349", "REPCI": "2-2/323-376"})
    >>> call.sizes, call.intervals, call.start, call.problem
    ((2, 349), ((2, 2), (323, 376)), 27573526, None)
    """
    record = _Record(
        chrom=chrom,
        pos=pos,
        ref=ref,
        alts=tuple(alt for alt in alts if alt not in ("", ".")),
        filters=tuple(name for name in filters if name not in ("", ".")),
        info=info,
        fmt=fmt,
    )
    if {"TRID", "MOTIFS"} <= info.keys():
        return record.trgt()
    if {"RU", "PERIOD", "REF"} <= info.keys() and ({"GRID", "EXPTHRESH"} & info.keys() or "REPCN" in fmt):
        return record.gangstr()
    if any(re.fullmatch(r"<STR[0-9]+>", alt) for alt in record.alts) or (
        "RU" in info and ({"REPID", "VARID"} & info.keys() or "REPCN" in fmt)
    ):
        return record.expansion_hunter()
    return record.not_read()


@frozen(kw_only=True)
class _Counts:
    """The sizes a caller wrote, or why there are none."""

    sizes: Sizes = ()
    intervals: Intervals = ()
    problem: str | None = None


@frozen(kw_only=True)
class _Record:
    chrom: str
    pos: int = field(validator=validators.ge(0))
    ref: str
    alts: tuple[str, ...]
    filters: tuple[str, ...]
    info: Mapping[str, str]
    fmt: Mapping[str, str]

    def expansion_hunter(self) -> RepeatCall:
        """ExpansionHunter or DRAGEN: sizes joined with `/`, ALT `<STRn>`, INFO/REF the reference's size."""
        key, interval_key = ("REPCN", "REPCI") if "REPCN" in self.fmt or "CN" not in self.fmt else ("CN", "CI")
        written = [_whole(self.info.get("REF", "")), *(_whole(alt[4:-1]) for alt in self.alts)]
        counts = self._counted(key, interval_key, "/", written)
        return self._call("ExpansionHunter", counts, start=self.pos, motif=self.info.get("RU", ""))

    def gangstr(self) -> RepeatCall:
        """GangSTR: sizes joined with `,`, alleles as sequence, POS the first base of the repeat."""
        motif = self.info["RU"]
        alleles = (self.ref, *self.alts)
        written = [len(each) // len(motif) if motif else None for each in alleles]
        counts = self._counted("REPCN", "REPCI", ",", written)
        return self._call("GangSTR", counts, start=max(self.pos - 1, 0), motif=motif)

    def trgt(self) -> RepeatCall:
        """TRGT: for each allele the perfect units of each motif (`MC`) and the stretches they fill (`MS`)."""
        motifs = self.info["MOTIFS"].upper().split(",")
        lengths = [_whole(part) for part in self._values("AL", ",")]
        padding = self._padding(lengths)
        problem = self._withdrawn("MC") or self._beyond()
        if problem is None and (len(padding) > 1 or padding - {0, 1}):
            problem = "GT and ALT do not have the lengths that AL gives"
        start = self.pos - 1 if padding == {0} else self.pos
        calls = [
            self._call("TRGT", self._trgt_counts(index, motifs, problem), start=max(start, 0), motif=motif)
            for index, motif in enumerate(motifs)
        ]
        return evolve(calls[0], also=tuple(calls[1:]))

    def not_read(self) -> RepeatCall | None:
        """A record of a caller whose sizes are not read, or None for any other record."""
        if {"LOCUS", "MOTIF", "COPIES"} <= self.info.keys():
            caller, motif = "Straglr", self.info["MOTIF"]
        elif "PERIOD" in self.info and {"BPDIFFS", "INFRAME_PGEOM", "GB"} & {*self.info, *self.fmt}:
            caller, motif = "HipSTR", self.info.get("RU", self.info.get("MOTIF", ""))
        elif {"VID", "RU"} <= self.info.keys():
            caller, motif = "adVNTR", self.info["RU"]
        elif "<CNV:TR>" in self.alts or {"RUS", "RN"} <= self.info.keys():
            caller, motif = "VCF 4.4 <CNV:TR>", self.info.get("RUS", "")
        else:
            return None
        return self._call(caller, _Counts(problem=f"not read yet: {caller}"), start=self.pos, motif=motif)

    def _call(self, caller: str, counts: _Counts, *, start: int, motif: str) -> RepeatCall:
        sizes = counts.sizes
        problem = counts.problem
        if problem is None and not re.fullmatch("[A-Za-z]+", motif):
            problem = "no repeat unit"
        elif problem is None and len(sizes) > 2:
            problem = "more than two alleles"
        called = sizes if any(size is not None for size in sizes) else self._genotype() or ()
        if problem is not None:
            sizes = (None,) * len(sizes)
        return RepeatCall(
            caller=caller,
            chrom=self.chrom,
            start=start,
            end=_whole(self.info.get("END", "")),
            motif=motif.upper(),
            varid=self._named("VARID", "TRID", "LOCUS"),
            repid=self._named("REPID"),
            sizes=sizes,
            intervals=counts.intervals if problem is None else (None,) * len(sizes),
            support=next((self.fmt[key] for key in ("SO", "SD") if self.fmt.get(key, ".") != "."), None),
            depth=next((self.fmt[key] for key in ("LC", "DP") if self.fmt.get(key, ".") != "."), None),
            filters=self.filters,
            ploidy=len(called) if any(each is not None for each in called) else None,
            problem=problem,
        )

    def _counted(self, key: str, interval_key: str, joint: str, written: Sequence[int | None]) -> _Counts:
        """Sizes and intervals, compared with what GT and ALT say (`written`, by allele number)."""
        sizes = tuple(_whole(part) for part in self._values(key, joint))
        intervals = tuple(_interval(part) for part in self._values(interval_key, joint)) or (None,) * len(sizes)
        problem = self._withdrawn(key) or self._beyond()
        genotype = self._genotype()
        if problem is None and len(intervals) != len(sizes):
            problem = f"{key} and {interval_key} differ in ploidy"
        elif problem is None and genotype and len(genotype) != len(sizes):
            problem = f"{key} and GT differ in ploidy"
        elif problem is None and genotype:
            problem = _contradiction(key, sizes, genotype, written)
        if problem is None and not all(map(_within, sizes, intervals)):
            problem = f"{interval_key} does not hold {key}"
        if problem is not None:
            return _Counts(sizes=sizes, intervals=(None,) * len(sizes), problem=problem)
        return _Counts(sizes=sizes, intervals=intervals)

    def _withdrawn(self, key: str) -> str | None:
        """Why the caller's count is no call at all, if it is none."""
        values = re.split("[,/_|]", self.fmt.get(key, ""))
        genotype = re.split(r"[/|]", self.fmt["GT"]) if "GT" in self.fmt else ["not written"]
        counted, called = (any(each not in ("", ".") for each in those) for those in (values, genotype))
        if not counted:
            return "not called" if key in self.fmt or not called else f"no {key}"
        if not called:
            return f"{key} without a genotype"
        return None if any(_whole(value) is not None for value in values) else f"{key} is not a list of sizes"

    def _trgt_counts(self, index: int, motifs: Sequence[str], problem: str | None) -> _Counts:
        written = [part.split("_") for part in self._values("MC", ",")]
        spans = self._values("MS", ",")
        genotype = self._genotype()
        if problem is None and any(len(counts) != len(motifs) for counts in written if counts != ["."]):
            problem = "MC does not count each motif of MOTIFS"
        elif problem is None and genotype and len(genotype) != len(written):
            problem = "MC and GT differ in ploidy"
        sizes = tuple(_whole(counts[index]) if index < len(counts) else None for counts in written)
        if problem is not None or len(spans) != len(sizes):
            return _Counts(sizes=sizes, intervals=(None,) * len(sizes), problem=problem)
        stretches = [_stretch(span, index, len(motifs[index])) for span in spans]
        return _Counts(
            sizes=sizes,
            intervals=tuple(
                None if size is None or units is None else (min(size, units), max(size, units))
                for size, units in zip(sizes, stretches, strict=True)
            ),
        )

    def _values(self, key: str, joint: str) -> list[str]:
        text = self.fmt.get(key, "")
        return re.split(r"[/|]" if joint == "/" else re.escape(joint), text) if text else []

    def _genotype(self) -> list[int | None] | None:
        """GT's allele numbers, None for a missing one; None when there is no GT."""
        return [_whole(part) for part in re.split(r"[/|]", self.fmt["GT"])] if self.fmt.get("GT") else None

    def _beyond(self) -> str | None:
        """What is wrong when GT names an allele that is not there."""
        beyond = any(number is not None and number > len(self.alts) for number in self._genotype() or ())
        return "GT names an allele that ALT does not have" if beyond else None

    def _padding(self, lengths: Sequence[int | None]) -> set[int]:
        """How many bases TRGT's alleles are longer than the repeat they hold: 1, or 0 before version 1."""
        alleles = (self.ref, *self.alts)
        return {
            len(alleles[number]) - length
            for number, length in zip(self._genotype() or (), lengths, strict=False)
            if number is not None and number < len(alleles) and length is not None
        }

    def _named(self, *keys: str) -> str | None:
        return next((self.info[key] for key in keys if self.info.get(key, ".") not in (".", "")), None)


def _contradiction(key: str, sizes: Sizes, genotype: Sequence[int | None], written: Sequence[int | None]) -> str | None:
    for size, number in zip(sizes, genotype, strict=True):
        expected = None if number is None else written[number]
        if None not in (size, expected) and size != expected:
            return f"{key} says otherwise than GT and ALT"
    return None


def _whole(text: str) -> int | None:
    return int(text) if re.fullmatch("[0-9]{1,9}", text) else None


def _interval(text: str) -> tuple[int, int] | None:
    found = re.fullmatch("([0-9]{1,9})-([0-9]{1,9})", text)
    return (int(found[1]), int(found[2])) if found else None


def _within(size: int | None, interval: tuple[int, int] | None) -> bool:
    if interval is None:
        return True
    return interval[0] <= interval[1] if size is None else interval[0] <= size <= interval[1]


def _stretch(text: str, index: int, unit: int) -> int | None:
    """Units that fit from the first to the last base of one motif in TRGT's `MS`.

    >>> _stretch("0(0-24)_0(27-39)_0(42-66)", 0, 3), _stretch("0(0-30)_1(30-39)", 1, 3), _stretch(".", 0, 3)
    (22, 3, None)
    """
    parts = [re.fullmatch(r"([0-9]{1,4})\(([0-9]{1,9})-([0-9]{1,9})\)", part) for part in text.split("_")]
    ends = [(int(found[2]), int(found[3])) for found in parts if found and int(found[1]) == index]
    if None in parts or unit == 0:
        return None
    return max(0, max(end for _, end in ends) - min(first for first, _ in ends)) // unit if ends else 0
