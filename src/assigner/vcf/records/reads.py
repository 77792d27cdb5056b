"""The reads that a record counts for each allele, under whichever names its caller gives them.

Some fields count all reads at the place, so that their sum is a depth. Others count a part of them: by the direction of
the fragment, or those that cross the ends of a structural variant.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from assigner.vcf.records.numbers import total, whole_list
from assigner.vcf.records.record import Record
from assigner.vcf.scan.alts import NO_ALLELE

Counts = tuple[int | None, ...]
"""Reads of REF and of each ALT."""


_IN_SAMPLE = frozenset({
    "AD", "DPR", "CLCAD2", "ADF", "ADR", "RD", "RO", "AO", "FRO", "FAO", "LAD", "LAA", "DP4", "DP", "DV", "DR", "F1R2",
    "F2R1", "SB", "SAC", "PR", "SR", "RR", "RV", "NR", "NV", "AF", "VAF", "HF", "VF", "HL", "FQ", "FREQ", "AB", "SU",
    "RDF", "RDR", "FSRF", "FSRR", "FSAF", "FSAR", "SRF", "SRR", "SAF", "SAR", "VD", "ALD", "MD", "RA", "LADF", "LADR",
    "LAF", "LA", "BAF", "CILOW", "CIUP",
})  # fmt: skip
_IN_INFO = frozenset({
    "DP4", "AD", "DPR", "AC", "AO", "RO", "TR", "TC", "VAF", "SU", "SUPPORT", "RE", "FRO", "FAO", "VD", "AB",
    "RDF", "FSRF", "SRF", "PE", "SR",
})  # fmt: skip
"""All keys of FORMAT and of INFO that count reads here, or tell a share of them in `shares`."""

_JUNCTION = frozenset({"PR", "SR", "DR", "DV", "RR", "RV"})


def may_count_reads(record: Record) -> bool:
    """Whether a record has any field of those that count reads."""
    return not (_IN_SAMPLE.isdisjoint(record.sample) and _IN_INFO.isdisjoint(record.info))


def read_counts(record: Record) -> tuple[tuple[str, Counts], ...]:
    """Reads of REF and of each ALT, by each field that counts all reads at the place.

    INFO's are the sample's own only where the file has no other sample, and even then they may count other ones that
    were left out later. So they are asked where the sample has no counts itself.
    """
    return record.once(_read_counts) if may_count_reads(record) else ()


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
                yield f"{ref} and {alt}", (first_count(sample[ref]), *of_alts)
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
            yield f"INFO/{ref} and {alt}", (first_count(info[ref]), *of_alts)
    yield from _by_four_strands(info, record, "INFO/")
    yield from _without_reference(info, record, "VD", "INFO/")


def _of_called(record: Record) -> Iterator[tuple[str, Counts]]:
    """AD as Complete Genomics writes it: the reads of each allele of GT, in its order; CGA_RDP has those of REF."""
    depths, alleles = whole_list(record.sample.get("AD", ".")), record.called
    if len(depths) == len(alleles):
        of_alts = [None] * len(record.alts) if len(record.alts) > 1 else [0]
        counts: list[int | None] = [first_count(record.sample["CGA_RDP"]), *of_alts]
        for allele, depth in zip(alleles, depths, strict=True):
            if allele:
                counts[allele] = depth
        yield "AD and CGA_RDP", tuple(counts)


def _by_four_strands(fields: Mapping[str, str], record: Record, where: str = "") -> Iterator[tuple[str, Counts]]:
    """REF's reads and those of each ALT, forward and reverse: VarScan, Torrent Variant Caller, freebayes."""
    for ref, other, alt, reverse in (
        ("RDF", "RDR", "ADF", "ADR"),
        ("FSRF", "FSRR", "FSAF", "FSAR"),
        ("SRF", "SRR", "SAF", "SAR"),
    ):
        if ref in fields:
            name = f"{where}{ref}, {other}, {alt} and {reverse}"
            of_ref = _by_strand(name, fields[ref], fields.get(other, "."), 1)
            of_alts = _by_strand(name, fields.get(alt, "."), fields.get(reverse, "."), len(record.alts))
            yield from ((name, one + each) for (_, one), (_, each) in zip(of_ref, of_alts, strict=False))


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
    depth, varying = first_count(fields.get("DP", ".")), first_count(fields.get(key, "."))
    if depth is not None and varying is not None and varying <= depth:
        yield from _spread(f"{where}{key} of DP", depth - varying, varying, record)


def partial_counts(record: Record) -> Iterator[tuple[str, Counts]]:
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


def junction_counts(record: Record) -> Iterator[tuple[str, Counts]]:
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


def first_count(text: str) -> int | None:
    """The first of some counts; None where it is missing."""
    return next(iter(whole_list(text)), None)


def _local_counts(record: Record) -> Iterator[tuple[str, Counts]]:
    """LAD, or LADF and LADR (VCF 4.5): the depths of REF and of the ALTs that LAA names; the others have none."""
    sample, alleles = record.sample, local_alleles(record)
    if alleles is None:
        return
    told: list[tuple[str, Counts]] = [("LAD", whole_list(sample["LAD"]))] if "LAD" in sample else []
    if "LADF" in sample:
        told += _by_strand("LADF and LADR", sample["LADF"], sample.get("LADR", "."), len(alleles))
    for name, depths in told:
        if len(depths) == len(alleles):
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


def strands_of(record: Record) -> Iterator[tuple[str, Counts]]:
    """The reads of DP4, those of REF on both strands and the others', where no ALT is named that could have these."""
    if set(record.alts) <= NO_ALLELE:
        for name, fields in (("DP4", record.sample), *((("INFO/DP4", record.info),) if record.alone else ())):
            strands = whole_list(fields.get("DP4", "."))
            if len(strands) == 4:
                yield name, strands
