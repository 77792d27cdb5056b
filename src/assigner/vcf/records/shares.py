"""What share of its reads shows an allele, by every field of a record that tells it, whichever caller wrote it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from decimal import Decimal

from attrs import evolve, frozen

from assigner.vcf.records.numbers import decimal_of, fraction, total, whole_list
from assigner.vcf.records.reads import (
    first_count,
    junction_counts,
    local_alleles,
    may_count_reads,
    partial_counts,
    read_counts,
    strands_of,
)
from assigner.vcf.records.record import Record
from assigner.vcf.scan.alts import NO_ALLELE


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


def shares(record: Record, allele: int) -> tuple[Share, ...]:
    """What share of the reads shows an allele, by every field that says so; 0 is the reference's."""
    return record.once(_known_shares, allele) if may_count_reads(record) else ()


def _known_shares(record: Record, allele: int) -> tuple[Share, ...]:
    """Those of counted reads; of a structural variant they are over its junction, whatever their field."""
    found = [each for each in _shares(record, allele) if each is not None]
    if not found and allele:
        found = list(_beside_counts(record))
    return tuple(evolve(each, rough=True) for each in found) if record.is_structural else tuple(found)


def _beside_counts(record: Record) -> Iterator[Share]:
    """What a record without counts for each allele says: Sniffles' VAF, or that nothing shows a structural variant.

    Lumpy counts pieces of evidence (SU), Sniffles and SVIM reads (SUPPORT), as does cuteSV (RE), Delly pairs and split
    reads (PE and SR).
    """
    if record.alone and len(record.alts) == 1 and (share := fraction(record.info.get("VAF", "."))) is not None:
        yield Share("INFO/VAF", share, rough="SVTYPE" in record.info)
    if record.alone and set(record.called) == {0, 1}:  # freebayes has 0 for other genotypes
        share = fraction(record.info.get("AB", "."))
        yield from () if share is None else (Share("INFO/AB", share),)
    if "SVTYPE" not in record.info:
        return
    told = [("SU", record.sample.get("SU", "."))]
    if record.alone:
        info = record.info
        told += [(f"INFO/{key}", info.get(key, ".")) for key in ("SU", "SUPPORT", "RE")]
        told.append(("INFO/PE and SR", f"{total(first_count(info.get('PE', '.')), first_count(info.get('SR', '.')))}"))
    for name, count in told:
        if decimal_of(count) == 0:
            yield Share(name, Decimal(0), rough=True)


def _shares(record: Record, allele: int) -> Iterator[Share | None]:
    sample, alts = record.sample, len(record.alts)
    for name, counts in (*read_counts(record), *partial_counts(record)):
        whole = total(*counts)
        yield Share.of(name, counts[allele], _depth(record) if whole is None and allele else whole)
    for name, counts in junction_counts(record):
        over = Share.of(name, counts[allele], total(*counts))
        yield None if over is None else evolve(over, rough=True)
    if allele == 0:
        yield from _beside_none(record)
        return
    listed = whole_list(sample["AD"]) if "AD" in sample else ()
    if len(listed) > alts + 1 and "CGA_RDP" not in sample:
        yield _of_longer_list(record, listed, allele)
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
    if "LAF" in sample:
        local, listed_shares = local_alleles(record), sample["LAF"].split(",")
        if local is not None and len(listed_shares) == len(local) - 1 and allele in local:
            share = fraction(listed_shares[local.index(allele) - 1])
            yield None if share is None else Share("LAF", share)
    for key in ("AB", "BAF"):
        if key in sample:
            yield _balance(record, allele, key)


def interval(record: Record, allele: int) -> tuple[Decimal, Decimal] | tuple[()]:
    """The ends between which the share of an ALT lies, as MToolBox writes them (CILOW, CIUP); nothing otherwise."""
    if allele == 0 or "CILOW" not in record.sample:
        return ()
    low, high = (fraction(_of_allele(key, record, allele)) for key in ("CILOW", "CIUP"))
    return () if low is None or high is None else (low, high)


def unread_shares(record: Record) -> tuple[str, ...]:
    """The fields that say which share of the reads shows an ALT, in numbers that are no shares, as 45 for 45 %."""
    found = []
    for key in ("AF", "VAF", "FREQ"):
        if key in record.sample:
            text = record.sample[key]
            values = text.replace(",", ".").split() if key == "FREQ" else text.split(",")
            if any(decimal_of(value.removesuffix("%")) is not None and fraction(value) is None for value in values):
                found.append(key)
    return tuple(found)


def _depth(record: Record) -> int | None:
    """DP as a whole number."""
    depth = decimal_of(record.sample.get("DP", "."))
    return None if depth is None else int(depth)


def _beside_none(record: Record) -> Iterator[Share | None]:
    """The share of REF by DP4."""
    for name, strands in strands_of(record):
        yield Share.of(name, total(*strands[:2]), total(*strands))


def _balance(record: Record, allele: int, key: str) -> Share | None:
    """AB, the share of REF by GATK 3 and of ALT by SVTyper, or an array's BAF: what fits the genotype better."""
    share = fraction(record.sample.get(key, "."))
    if share is None or len(record.alts) != 1 or record.genotype is None:
        return None
    called = {each == allele for each in record.genotype.alleles}
    if len(called) == 1:
        share = max(share, 1 - share) if True in called else min(share, 1 - share)
    return Share(key, share, rough=record.is_structural)


def _of_longer_list(record: Record, listed: Sequence[int | None], allele: int) -> Share | None:
    """AD with the values of more alleles than there are, as a tool that splits records may leave it: what fits best."""
    counts = [count for count in listed[1:] if count is not None]
    reads, called = total(*listed), {each == allele for each in record.called}
    if not reads or len(counts) < len(listed) - 1:
        return None
    fitting = max(counts) if called == {True} else min(counts)
    if called == {True, False}:
        fitting = min(counts, key=lambda count: abs(2 * count - (reads or 0)))
    return Share.of("AD of more alleles", fitting, reads)


def _of_allele(key: str, record: Record, allele: int) -> str:
    """The value of an ALT in a list: one for each ALT, for each that is an allele, or one for REF before them.

    The comma of a percentage may be that of its decimals. A value for REF is no word on heteroplasmy, of which a share
    alone decides.
    """
    text = record.sample.get(key, ".")
    values = [text.replace(",", ".")] if key == "FREQ" and len(record.alts) == 1 else text.split(",")
    own = [number for number, alt in enumerate(record.alts, start=1) if alt not in NO_ALLELE]
    if len(values) == len(record.alts) + 1 and key != "FREQ" and record.chrom != "MT":
        return values[allele]
    if len(values) == len(record.alts):
        return values[allele - 1]
    return values[own.index(allele)] if len(values) == len(own) and allele in own else "."
