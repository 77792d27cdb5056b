"""The reads that a record counts for each allele, under whichever names its caller gives them.

Some fields count all reads at the place, so that their sum is a depth. Others count a part of them: by the direction of
the fragment, or those that cross the ends of a structural variant. What share of its reads shows an allele, each tells.
"""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal

from attrs import evolve, frozen

from assigner.vcf.records.numbers import decimal_of, fraction, total, whole_list
from assigner.vcf.records.record import NO_ALLELE, Record

Counts = tuple[int | None, ...]
"""Reads of REF and of each ALT."""


@frozen
class Share:
    """How many of the reads at a place show one allele, as one field has it.

    Attributes:
        own: reads with the allele; None where the field gives the share alone.
        total: reads with any allele; None likewise.
        share: from 0 to 1; another one, of fields that contradict each other, fits no genotype.
        rough: whether the reads are those over a junction, of which REF has two where ALT has one: of a heterozygote
            only that there are as few as errors leave, or more, says something.
    """

    field: str
    share: Decimal
    own: int | None = None
    total: int | None = None
    rough: bool = False

    @classmethod
    def of(cls, field: str, own: int | None, total: int | None) -> Share | None:
        """The share of counted reads; None where a count is missing or nothing was read."""
        if own is None or not total:
            return None
        return cls(field, Decimal(own) / Decimal(total), own, total)


_IN_SAMPLE = frozenset({
    "AD", "DPR", "CLCAD2", "ADF", "ADR", "RD", "RO", "AO", "FRO", "FAO", "LAD", "LAA", "DP4", "DP", "DV", "DR", "F1R2",
    "F2R1", "SB", "SAC", "PR", "SR", "RR", "RV", "NR", "NV", "AF", "VAF", "HF", "VF", "HL", "FQ", "FREQ", "AB", "SU",
})  # fmt: skip
_IN_INFO = frozenset({"DP4", "AD", "DPR", "AC", "AO", "RO", "TR", "TC", "VAF", "SU", "SUPPORT", "RE"})
"""All keys of FORMAT and of INFO that are looked at here."""

_JUNCTION = frozenset({"PR", "SR", "DR", "DV", "RR", "RV"})


def _may_count_reads(record: Record) -> bool:
    """Whether a record has any field of those that count reads."""
    return not (_IN_SAMPLE.isdisjoint(record.sample) and _IN_INFO.isdisjoint(record.info))


def read_counts(record: Record) -> tuple[tuple[str, Counts], ...]:
    """Reads of REF and of each ALT, by each field that counts all reads at the place.

    INFO's are the sample's own only where the file has no other sample, and even then they may count other ones that
    were left out later. So they are asked where the sample has no counts itself.
    """
    return record.once(_read_counts) if _may_count_reads(record) else ()


def _read_counts(record: Record) -> tuple[tuple[str, Counts], ...]:
    return tuple(_own_counts(record)) or (tuple(_of_info(record)) if record.alone and record.info else ())


def _own_counts(record: Record) -> Iterator[tuple[str, Counts]]:
    """Those of the sample's own fields."""
    alleles, sample = len(record.alts) + 1, record.sample
    for key in ("AD", "DPR", "CLCAD2"):
        listed = whole_list(sample[key]) if key in sample else ()
        if len(listed) == alleles and not (key == "AD" and "RD" in sample):
            yield key, listed
    if "ADF" in sample:
        yield from _by_strand("ADF and ADR", sample["ADF"], sample.get("ADR", "."), alleles)
    for ref, alt in (("RD", "AD"), ("RO", "AO"), ("FRO", "FAO")):  # VarScan; freebayes; Torrent Variant Caller
        if ref in sample:
            of_alts = whole_list(sample.get(alt, "."))
            if len(of_alts) == len(record.alts):
                yield f"{ref} and {alt}", (_first(sample[ref]), *of_alts)
    local = _local_counts(record)
    if local is not None:
        yield "LAD", local
    if "DP4" in sample:
        yield from _of_two("DP4", sample["DP4"], record)
    yield from _without_reference(record)


def _of_info(record: Record) -> Iterator[tuple[str, Counts]]:
    info = record.info
    yield from _of_two("INFO/DP4", info.get("DP4", "."), record)
    for key in ("AD", "DPR", "AC") if "UQ" in record.sample else ("AD", "DPR"):  # Longshot's AC counts reads
        listed = whole_list(info.get(key, "."))
        if len(listed) == len(record.alts) + 1:
            yield f"INFO/{key}", listed
    of_alts = whole_list(info.get("AO", "."))
    if "RO" in info and len(of_alts) == len(record.alts):
        yield "INFO/RO and AO", (_first(info["RO"]), *of_alts)


def _by_strand(name: str, one: str, other: str, alleles: int) -> Iterator[tuple[str, Counts]]:
    """Two lists of counts, one for each strand or direction, taken together."""
    forward, reverse = whole_list(one), whole_list(other)
    if len(forward) == len(reverse) == alleles:
        yield name, tuple(total(a, b) for a, b in zip(forward, reverse, strict=True))


def _of_two(name: str, text: str, record: Record) -> Iterator[tuple[str, Counts]]:
    """Four counts, of REF and of all else, forward and reverse: of the ALT where the record names one allele."""
    strands = whole_list(text)
    if len(strands) == 4:
        yield from _spread(name, total(*strands[:2]), total(*strands[2:]), record)


def _spread(name: str, ref: int | None, alt: int | None, record: Record) -> Iterator[tuple[str, Counts]]:
    """The reads of REF and of the only allele that a record names; `*` and `<NON_REF>` have none of their own."""
    own = [each not in NO_ALLELE for each in record.alts]
    if sum(own) == 1:
        yield name, (ref, *(alt if each else 0 for each in own))


def _without_reference(record: Record) -> Iterator[tuple[str, Counts]]:
    """DV of DP, as samtools writes it: the reads that are not REF's. Beside DR it counts those over a junction."""
    if "DV" not in record.sample:
        return
    depth, varying = _first(record.sample.get("DP", ".")), _first(record.sample["DV"])
    if "DR" not in record.sample and depth is not None and varying is not None and varying <= depth:
        yield from _spread("DV of DP", depth - varying, varying, record)


def _partial_counts(record: Record) -> Iterator[tuple[str, Counts]]:
    """Reads of REF and of each ALT, by each field that counts those of a direction or of informative fragments."""
    sample = record.sample
    if "F1R2" in sample:
        yield from _by_strand("F1R2 and F2R1", sample["F1R2"], sample.get("F2R1", "."), len(record.alts) + 1)
    if "SB" in sample:
        yield from _of_two("SB", sample["SB"], record)
    if "SAC" in sample:
        strands = whole_list(sample["SAC"])
        if len(strands) == 2 * (len(record.alts) + 1):
            yield "SAC", tuple(total(*pair) for pair in zip(strands[::2], strands[1::2], strict=True))


def _over_junction(record: Record) -> Iterator[tuple[str, Counts]]:
    """Reads of REF and of the ALT over the ends of a structural variant."""
    sample = record.sample
    whole = ("PR", "SR", "DR")  # of REF and ALT: pairs and split reads of Manta, both of SURVIVOR
    in_two = (("DR", "DV"), ("RR", "RV"))
    if _JUNCTION.isdisjoint(sample):
        return
    junction = [_pair(sample[key]) for key in whole if key in sample]
    junction += [_pair(f"{sample[ref]},{sample[alt]}") for ref, alt in in_two if ref in sample and alt in sample]
    known = [pair for pair in junction if pair is not None]
    if known:
        yield from _spread("reads of the junction", sum(a for a, _ in known), sum(b for _, b in known), record)


def _pair(text: str) -> tuple[int, int] | None:
    """Two counts; None where they are not two."""
    match whole_list(text):
        case int(ref), int(alt):
            return ref, alt
        case _:
            return None


def _first(text: str) -> int | None:
    """The first of some counts; None where it is missing."""
    return next(iter(whole_list(text)), None)


def _local_counts(record: Record) -> Counts | None:
    """LAD (VCF 4.5): the depths of REF and of the ALTs that LAA names; the others have none counted."""
    if "LAD" not in record.sample:
        return None
    alleles, depths = local_alleles(record), whole_list(record.sample["LAD"])
    if alleles is None or len(depths) != len(alleles):
        return None
    counts: list[int | None] = [0] * (len(record.alts) + 1)
    for at, depth in zip(alleles, depths, strict=True):
        counts[at] = depth
    return tuple(counts)


def local_alleles(record: Record) -> tuple[int, ...] | None:
    """REF and the ALTs that LAA names, by their numbers; None where it names one that is not there."""
    named = whole_list(record.sample.get("LAA", ""))
    numbers = tuple(each for each in named if each is not None and 1 <= each <= len(record.alts))
    return (0, *numbers) if len(numbers) == len(named) else None


def shares(record: Record, allele: int) -> tuple[Share, ...]:
    """What share of the reads shows an allele, by every field that says so; 0 is the reference's."""
    return record.once(_known_shares, allele) if _may_count_reads(record) else ()


def _known_shares(record: Record, allele: int) -> tuple[Share, ...]:
    """Those of counted reads; of a structural variant they are over its junction, whatever their field."""
    found = [each for each in _shares(record, allele) if each is not None]
    if not found and allele:
        found = list(_beside_counts(record))
    return tuple(evolve(each, rough=True) for each in found) if record.is_structural else tuple(found)


def _beside_counts(record: Record) -> Iterator[Share]:
    """What a record without counts for each allele says: Sniffles' VAF, or that nothing shows a structural variant.

    Lumpy counts pieces of evidence (SU), Sniffles and SVIM reads (SUPPORT), as does cuteSV (RE).
    """
    if record.alone and len(record.alts) == 1 and (share := fraction(record.info.get("VAF", "."))) is not None:
        yield Share("INFO/VAF", share, rough="SVTYPE" in record.info)
    if "SVTYPE" not in record.info:
        return
    told = [("SU", record.sample)]
    told += [(key, record.info) for key in ("SU", "SUPPORT", "RE")] if record.alone else []
    for key, fields in told:
        if decimal_of(fields.get(key, ".")) == 0:
            yield Share(key if fields is record.sample else f"INFO/{key}", Decimal(0), rough=True)


def _shares(record: Record, allele: int) -> Iterator[Share | None]:
    sample, alts = record.sample, len(record.alts)
    for name, counts in (*read_counts(record), *_partial_counts(record)):
        whole = total(*counts)
        yield Share.of(name, counts[allele], _depth(record) if whole is None and allele else whole)
    for name, counts in _over_junction(record):
        over = Share.of(name, counts[allele], total(*counts))
        yield None if over is None else evolve(over, rough=True)
    if allele == 0:
        yield from _beside_none(record)
        return
    listed = whole_list(sample["AD"]) if "AD" in sample else ()
    if len(listed) == alts and "RD" not in sample:  # one for each ALT, none for REF
        yield Share.of("AD of DP", listed[allele - 1], _depth(record))
    if "NV" in sample:
        reads, varying = whole_list(sample.get("NR", ".")), whole_list(sample["NV"])
        if len(varying) == alts and len(reads) in (1, alts):
            yield Share.of("NV of NR", varying[allele - 1], reads[allele - 1 if len(reads) == alts else 0])
    if record.alone and "NR" not in sample and "TR" in record.info:
        reads, varying = whole_list(record.info.get("TC", ".")), whole_list(record.info.get("TR", "."))
        if len(varying) == alts and len(reads) == 1:
            yield Share.of("INFO/TR of TC", varying[allele - 1], reads[0])
    for key in ("AF", "VAF", "HF", "VF", "HL", "FQ", "FREQ"):
        share = fraction(_of_allele(key, record, allele)) if key in sample else None
        if share is not None:
            yield Share(key, share)
    if "AB" in sample:
        yield _balance(record, allele)


def _depth(record: Record) -> int | None:
    """DP as a whole number."""
    depth = decimal_of(record.sample.get("DP", "."))
    return None if depth is None else int(depth)


def _beside_none(record: Record) -> Iterator[Share | None]:
    """The share of REF by DP4."""
    for name, strands in strands_of(record):
        yield Share.of(name, total(*strands[:2]), total(*strands))


def strands_of(record: Record) -> Iterator[tuple[str, Counts]]:
    """The reads of DP4, those of REF on both strands and the others', where no ALT is named that could have these."""
    if set(record.alts) <= NO_ALLELE:
        for name, fields in (("DP4", record.sample), *((("INFO/DP4", record.info),) if record.alone else ())):
            strands = whole_list(fields.get("DP4", "."))
            if len(strands) == 4:
                yield name, strands


def _balance(record: Record, allele: int) -> Share | None:
    """AB, the share of REF by GATK 3 and of ALT by SVTyper: that of the two which the genotype fits better."""
    share = fraction(record.sample.get("AB", "."))
    if share is None or len(record.alts) != 1 or record.genotype is None:
        return None
    called = {each == allele for each in record.genotype.alleles}
    if len(called) == 1:
        share = max(share, 1 - share) if True in called else min(share, 1 - share)
    return Share("AB", share, rough=record.is_structural)


def _of_allele(key: str, record: Record, allele: int) -> str:
    """The value of an ALT in a list: one for each ALT, for each that is an allele, or one for REF before them.

    The comma of a percentage may be that of its decimals. A value for REF is no word on heteroplasmy, of which a share
    alone decides.
    """
    values = record.sample.get(key, ".").split(",")
    own = [number for number, alt in enumerate(record.alts, start=1) if alt not in NO_ALLELE]
    if len(values) == len(record.alts) + 1 and key != "FREQ" and record.chrom != "MT":
        return values[allele]
    if len(values) == len(record.alts):
        return values[allele - 1]
    return values[own.index(allele)] if len(values) == len(own) and allele in own else "."
