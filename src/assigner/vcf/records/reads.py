"""The reads that a record counts for each allele, under whichever names its caller gives them.

Some fields count all reads at the place, so that their sum is a depth. Others count a part of them: by the direction of
the fragment, or those that cross the ends of a structural variant. What share of its reads shows an allele, each tells.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from decimal import Decimal

from attrs import evolve, frozen

from assigner.vcf.records.numbers import decimal_of, fraction, total, whole_list
from assigner.vcf.records.record import Record
from assigner.vcf.scan.alts import NO_ALLELE

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
    "RDF", "RDR", "FSRF", "FSRR", "FSAF", "FSAR", "SRF", "SRR", "SAF", "SAR", "VD", "ALD", "MD", "RA", "LADF", "LADR",
    "LAF", "LA", "BAF", "CILOW", "CIUP",
})  # fmt: skip
_IN_INFO = frozenset({
    "DP4", "AD", "DPR", "AC", "AO", "RO", "TR", "TC", "VAF", "SU", "SUPPORT", "RE", "FRO", "FAO", "VD", "DP", "AB",
    "RDF", "FSRF", "SRF", "PE", "SR",
})  # fmt: skip
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
        if len(listed) == alleles and not (key == "AD" and "CGA_RDP" in sample):
            yield key, listed
    if "CGA_RDP" in sample:
        yield from _of_called(record)
    if "ADF" in sample:
        yield from _by_strand("ADF and ADR", sample["ADF"], sample.get("ADR", "."), alleles)
    for ref, alt in (("RD", "AD"), ("RO", "AO"), ("FRO", "FAO")):  # VarScan; freebayes; Torrent Variant Caller
        if ref in sample:
            of_alts = whole_list(sample.get(alt, "."))
            if len(of_alts) == len(record.alts):
                yield f"{ref} and {alt}", (_first(sample[ref]), *of_alts)
    if "RDF" in sample or "FSRF" in sample or "SRF" in sample:
        yield from _by_four_strands(sample, record)
    if "ALD" in sample:  # VarDict: of REF and of ALT, forward and reverse
        yield from _of_two("RD and ALD", f"{sample.get('RD', '.')},{sample['ALD']}", record)
    if (
        "RA" in sample and "MD" in sample and (pair := _pair(sample["RA"])) is not None
    ):  # graphtyper: of REF, of all ALTs
        yield from _spread("RA", *pair, record)
    if "LAD" in sample or "LADF" in sample:
        yield from _local_counts(record)
    if "DP4" in sample:
        yield from _of_two("DP4", sample["DP4"], record)
    if "DV" in sample and "DR" not in sample:
        yield from _without_reference(sample, record, "DV")
    if "VD" in sample:
        yield from _without_reference(sample, record, "VD")


def _of_info(record: Record) -> Iterator[tuple[str, Counts]]:
    info = record.info
    yield from _of_two("INFO/DP4", info.get("DP4", "."), record)
    for key in ("AD", "DPR", "AC") if "UQ" in record.sample else ("AD", "DPR"):  # Longshot's AC counts reads
        listed = whole_list(info.get(key, "."))
        if len(listed) == len(record.alts) + 1:
            yield f"INFO/{key}", listed
    for ref, alt in (("RO", "AO"), ("FRO", "FAO")):
        of_alts = whole_list(info.get(alt, "."))
        if ref in info and len(of_alts) == len(record.alts):
            yield f"INFO/{ref} and {alt}", (_first(info[ref]), *of_alts)
    yield from _by_four_strands(info, record, "INFO/")
    yield from _without_reference(info, record, "VD", "INFO/")


def _of_called(record: Record) -> Iterator[tuple[str, Counts]]:
    """AD as Complete Genomics writes it: the reads of each allele of GT, in its order; CGA_RDP has those of REF."""
    depths, alleles = whole_list(record.sample.get("AD", ".")), record.called
    if len(depths) == len(alleles):
        of_alts = [None] * len(record.alts) if len(record.alts) > 1 else [0]
        counts: list[int | None] = [_first(record.sample["CGA_RDP"]), *of_alts]
        for allele, depth in zip(alleles, depths, strict=True):
            if allele:
                counts[allele] = depth
        yield "AD and CGA_RDP", tuple(counts)


def _by_four_strands(fields: Mapping[str, str], record: Record, where: str = "") -> Iterator[tuple[str, Counts]]:
    """REF's reads and those of each ALT, forward and reverse: VarScan, Torrent Variant Caller, freebayes."""
    for keys in (
        ("RDF", "RDR", "ADF", "ADR"),
        ("FSRF", "FSRR", "FSAF", "FSAR"),
        ("SRF", "SRR", "SAF", "SAR"),
    ):
        if keys[0] in fields:
            ref, other, forward, reverse = (whole_list(fields.get(key, ".")) for key in keys)
            if len(ref) == len(other) == 1 and len(forward) == len(reverse) == len(record.alts):
                of_alts = (total(a, b) for a, b in zip(forward, reverse, strict=True))
                yield f"{where}{', '.join(keys[:3])} and {keys[3]}", (total(ref[0], other[0]), *of_alts)


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


def _without_reference(
    fields: Mapping[str, str], record: Record, key: str, where: str = ""
) -> Iterator[tuple[str, Counts]]:
    """DV or VD of DP, as samtools and VarDict write them: the reads that are not REF's, or that are ALT's.

    Beside DR, DV counts those over a junction.
    """
    depth, varying = _first(fields.get("DP", ".")), _first(fields.get(key, "."))
    if depth is not None and varying is not None and varying <= depth:
        yield from _spread(f"{where}{key} of DP", depth - varying, varying, record)


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
    whole = ("PR", "SR") if "DV" in sample else ("PR", "SR", "DR")  # of REF and ALT: Manta's, and SURVIVOR's DR
    in_two = (("DR", "DV"), ("RR", "RV"))  # TIDDIT has two of REF, at either end
    if _JUNCTION.isdisjoint(sample):
        return
    junction = [_pair(sample[key]) for key in whole if key in sample]
    for ref, alt in in_two:
        if ref in sample and alt in sample and (of_ref := whole_list(sample[ref])):
            junction.append(_pair(f"{total(*of_ref)},{sample[alt]}"))
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


def _local_counts(record: Record) -> Iterator[tuple[str, Counts]]:
    """LAD, or LADF and LADR (VCF 4.5): the depths of REF and of the ALTs that LAA names; the others have none."""
    sample = record.sample
    told = [("LAD", whole_list(sample["LAD"]))] if "LAD" in sample else []
    if "LADF" in sample:
        forward, reverse = whole_list(sample["LADF"]), whole_list(sample.get("LADR", "."))
        if len(forward) == len(reverse):
            told.append(("LADF and LADR", tuple(total(a, b) for a, b in zip(forward, reverse, strict=True))))
    alleles = local_alleles(record) if told else None
    for name, depths in told:
        if alleles is not None and len(depths) == len(alleles):
            by_allele = dict(zip(alleles, depths, strict=True))
            yield name, tuple(by_allele.get(allele, 0) for allele in range(len(record.alts) + 1))


def local_alleles(record: Record) -> tuple[int, ...] | None:
    """REF and the ALTs that LAA names, by their numbers; None where it names one that is not there.

    Hail names REF, too, in LA.
    """
    named = whole_list(record.sample.get("LAA", ""))
    if "LAA" not in record.sample and (listed := whole_list(record.sample.get("LA", "")))[:1] == (0,):
        named = listed[1:]
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
        told.append(("INFO/PE and SR", f"{total(_first(info.get('PE', '.')), _first(info.get('SR', '.')))}"))
    for name, count in told:
        if decimal_of(count) == 0:
            yield Share(name, Decimal(0), rough=True)


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


def strands_of(record: Record) -> Iterator[tuple[str, Counts]]:
    """The reads of DP4, those of REF on both strands and the others', where no ALT is named that could have these."""
    if set(record.alts) <= NO_ALLELE:
        for name, fields in (("DP4", record.sample), *((("INFO/DP4", record.info),) if record.alone else ())):
            strands = whole_list(fields.get("DP4", "."))
            if len(strands) == 4:
                yield name, strands


def _balance(record: Record, allele: int, key: str) -> Share | None:
    """AB, the share of REF by GATK 3 and of ALT by SVTyper, or an array's BAF: what fits the genotype better."""
    share = fraction(record.sample.get(key, "."))
    if share is None or len(record.alts) != 1 or record.genotype is None:
        return None
    called = {each == allele for each in record.genotype.alleles}
    if len(called) == 1:
        share = max(share, 1 - share) if True in called else min(share, 1 - share)
    return Share(key, share, rough=record.is_structural)


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
