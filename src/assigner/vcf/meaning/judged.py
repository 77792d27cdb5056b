"""One record: whether it is believed, and what it says of each of its alleles."""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal
from functools import cached_property

from attrs import evolve, frozen

from assigner.genome.builds import Build
from assigner.genome.reference import Reference
from assigner.genome.variants import Variant, trimmed
from assigner.profiles.calls import Call, Sex, State
from assigner.profiles.ploidy import expected_copies
from assigner.rules.schema import Gates
from assigner.vcf.records.phases import phased
from assigner.vcf.records.record import Record
from assigner.vcf.repeats import HIDES_BASES, Marks

_STRUCTURAL = Marks(info=frozenset({"SVTYPE", "SVLEN", "REFLEN", "CNVLEN"}), formats=frozenset({"CN"}))


@frozen
class Judged:
    """A record, and why it is not believed, if so."""

    record: Record
    state: State | None
    why: str | None

    @cached_property
    def tells_bases(self) -> bool:
        """Whether a 0 in GT says that the reference's bases stand here; not so of structural variants and repeats."""
        return not (self.record.is_structural or _STRUCTURAL.on(self.record) or HIDES_BASES.on(self.record))


def judge(record: Record, gates: Gates) -> Judged:
    """Whether a record passes the gates that do not depend on an allele: filters, depth, quality."""
    codes = {code for code in record.filters if code != "PASS"}
    codes |= {code for code in record.sample.get("FT", ".").split(";") if code not in (".", "PASS")}
    if codes - set(gates.filters):
        return Judged(record, State.FILTERED, f"filter {', '.join(sorted(codes - set(gates.filters)))}")
    if not record.filters and gates.unfiltered == "refuse":
        return Judged(record, State.FILTERED, "no filter was applied")
    for name, value, least in (("depth", record.depth, gates.depth), ("quality", record.quality, gates.quality)):
        if name in record.unsound:
            return Judged(record, State.LOW_QUALITY, f"{name} that is not a number")
        if value is None and name in gates.strict:
            return Judged(record, State.LOW_QUALITY, f"no {name}")
        if value is not None and value < least:
            return Judged(record, State.LOW_QUALITY, f"{name} {value} below {least}")
    return Judged(record, None, None)


def alleles_of(record: Record, reference: Reference | None = None) -> Iterator[tuple[int, Variant]]:
    """The variants that a record's ALT alleles are, trimmed (or left-aligned), with their numbers in GT."""
    if record.chrom is None or not set(record.ref) <= set("ACGT"):
        return
    for number, alt in enumerate(record.alts, start=1):
        if alt and set(alt) <= set("ACGT") and alt != record.ref:
            place = (record.pos, record.ref, alt)
            if reference is not None and len(alt) != len(record.ref):
                place = reference.left_aligned(record.contig, *place)
            else:
                place = trimmed(*place)
            yield number, Variant(record.chrom, *place)


def call_of(judged: Judged, allele: int, sex: Sex | None, build: Build, gates: Gates) -> Call:
    """What a record says of one of its alleles; 0 stands for an allele that it does not have."""
    record = judged.record
    if record.genotype is None:
        return Call(State.NO_CALL, why="no GT")
    order = phased(record, record.genotype)
    copies = tuple(None if a is None else bool(allele) and a == allele for a in order.alleles)
    call = evolve(
        Call.from_copies(copies, order.phase_set, order.phase_sets),
        depth=record.depth,
        quality=record.quality,
        fraction=_fraction(record, allele) if allele else None,
    )
    if judged.state is not None:
        return evolve(call, state=judged.state, why=judged.why)
    call = _by_ploidy(call, record, sex, build)
    return _by_balance(call, record, allele, gates) if call.seen and record.chrom != "MT" else call


def _fraction(record: Record, allele: int) -> Decimal | None:
    """The share of reads with an allele: FORMAT/AF (or VAF, HF) for it, else from AD."""
    for name in ("AF", "VAF", "HF"):
        values = record.sample.get(name, ".").split(",")
        if len(values) == len(record.alts) and _is_fraction(values[allele - 1]):
            return Decimal(values[allele - 1])
    total = _reads(record)
    own = record.depths[allele] if record.depths else None
    return None if own is None or not total else round(Decimal(own) / Decimal(total), 6)


def _is_fraction(text: str) -> bool:
    try:
        return 0 <= Decimal(text) <= 1
    except ArithmeticError:
        return False


def _reads(record: Record) -> int:
    return sum(depth or 0 for depth in record.depths)


def _by_ploidy(call: Call, record: Record, sex: Sex | None, build: Build) -> Call:
    """A genotype whose ploidy cannot be: more than two copies anywhere, or two different ones on a male's only X."""
    chrom = record.chrom or ""
    if chrom == "MT" or call.state is State.NO_CALL:  # Mutect2 writes a copy for each allele of MT
        return call
    if len(call.copies) > 2:
        return evolve(call, state=State.INVALID, why=f"{len(call.copies)} copies")
    if expected_copies(build, chrom, record.pos, sex) == 1:
        different = {True, False} <= set(call.copies)
        return evolve(call, state=State.INVALID, why="heterozygous on a male's only copy") if different else call
    if len(call.copies) == 1 and (chrom not in ("X", "Y") or sex is Sex.FEMALE):
        return evolve(call, state=State.INVALID, why="one copy where there are two")
    return call


def _by_balance(call: Call, record: Record, allele: int, gates: Gates) -> Call:
    """Whether the reads bear a genotype out; of several records for one site, DP counts the reads of all."""
    if "balance" in record.unsound:
        return evolve(call, state=State.LOW_QUALITY, why="allele depths that are not one for each allele")
    own = record.depths[allele] if record.depths else None
    total = _reads(record)
    if own is None or not total:
        missing = "balance" in gates.strict
        return evolve(call, state=State.LOW_QUALITY, why="no allele depths") if missing else call
    if all(call.copies):
        share, least, most = own * 1000 // total, gates.hom_balance, 1000
    else:
        share, (least, most) = own * 1000 // max(total, record.depth or 0), gates.het_balance
    if least <= share <= most:
        return call
    return evolve(call, state=State.LOW_QUALITY, why=f"allele balance {share}/1000 outside {least}-{most}")
