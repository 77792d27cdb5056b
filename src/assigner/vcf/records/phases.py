"""Which haplotype each allele of a genotype lies on, as far as a record says so.

Read are, in this order:

- PSL (VCF 4.4): the name of each allele's phase set; alleles of one name lie on one haplotype.
- PS with `|` in GT: within one set GT's order is that of the haplotypes.
- HP, as WhatsHap and GATK's ReadBackedPhasing write it (`1234-1,1234-2`): a haplotype's name for each allele.
- PGT and PID, GATK HaplotypeCaller's physical phasing, which older versions leave out of GT: PGT is the genotype in the
  order of the haplotypes of the set PID.
- `|` alone: all such records of a contig are one set (VCF 4.3, section 1.6.2).

What contradicts itself is no phase.
"""

from __future__ import annotations

import re

from attrs import frozen

from assigner.profiles.genotypes import Genotype
from assigner.vcf.records.record import Record

_HAPLOTYPE = re.compile(r"[0-9]{1,12}-[0-9]{1,3}")


@frozen
class Phased:
    """The alleles of a genotype in the order that its phase gives them.

    Attributes:
        alleles: as in `Genotype`.
        phase_set: the set within which that order is the haplotypes'.
        phase_sets: the name of each allele's haplotype; empty where names are not given.
    """

    alleles: tuple[int | None, ...]
    phase_set: str | None = None
    phase_sets: tuple[str | None, ...] = ()


def phased(record: Record, genotype: Genotype) -> Phased:
    """What a record says of the order of its genotype's alleles."""
    alleles, sample = genotype.alleles, record.sample
    if len(alleles) < 2:
        return Phased(alleles)
    named, given = sample.get("PSL", "."), sample.get("PS", ".")
    if named != ".":  # both must not stand together
        return Phased(alleles, None, _psl(named, genotype) if given == "." else ())
    if genotype.phased and given != ".":  # a PS that is no number may hold another field's value, and names no set
        return Phased(alleles, f"{record.contig}:{given}" if given.isdecimal() else None)
    if haplotypes := _hp(sample.get("HP", "."), record.contig, len(alleles)):
        return Phased(alleles, None, haplotypes)
    if genotype.marks:  # partly phased, and no list says how
        return Phased(alleles)
    pgt, pid = Genotype.parse(sample.get("PGT", ".")), sample.get("PID", ".")
    if pid != "." and pgt is not None and pgt.phased and None not in pgt.alleles:
        return _physical(pgt.alleles, f"{record.contig}:{pid}", genotype)
    return Phased(alleles, record.contig if genotype.phased else None)


def _psl(text: str, genotype: Genotype) -> tuple[str | None, ...]:
    """The names in a PSL; an allele without `|` before it has none, whatever the list says."""
    names, alleles = text.split(","), genotype.alleles
    marks = genotype.marks or (genotype.phased,) * len(alleles)
    if len(names) != len(alleles):
        return ()
    found = tuple(name if mark and name not in ("", ".") else None for name, mark in zip(names, marks, strict=True))
    return _each_once(found)


def _hp(text: str, contig: str, ploidy: int) -> tuple[str | None, ...]:
    names = text.split(",")
    if len(names) != ploidy or not all(_HAPLOTYPE.fullmatch(name) for name in names):
        return ()
    return _each_once(tuple(f"{contig}:{name}" for name in names))


def _each_once(names: tuple[str | None, ...]) -> tuple[str | None, ...]:
    """These names, or none: two alleles of one record cannot lie on one haplotype."""
    named = [name for name in names if name is not None]
    return names if named and len(set(named)) == len(named) else ()


def _physical(order: tuple[int | None, ...], phase_set: str, genotype: Genotype) -> Phased:
    """PGT's order, where it is of GT's alleles and does not contradict a GT that is phased itself."""
    if genotype.phased:
        return Phased(genotype.alleles, phase_set if order == genotype.alleles else None)
    same = sorted(map(str, order)) == sorted(map(str, genotype.alleles))
    return Phased(order, phase_set) if same else Phased(genotype.alleles)
