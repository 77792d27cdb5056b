"""Which haplotype each allele of a genotype lies on, as far as a record says so.

Read are, in this order:

- PSL (VCF 4.4): the name of each allele's phase set; alleles of one name lie on one haplotype.
- PS with `|` in GT: within one set GT's order is that of the haplotypes.
- HP, as WhatsHap and GATK's ReadBackedPhasing write it (`1234-1,1234-2`): a haplotype's name for each allele.
- PGT and PID, GATK HaplotypeCaller's physical phasing, which older versions leave out of GT: PGT is the genotype in the
  order of the haplotypes of the set PID.
- `|` alone: all such records of a contig of one file are one set (VCF 4.3, section 1.6.2), except where the caller
  means the record alone (HipSTR writes it in every genotype) or the one before it (GATK 3's ReadBackedPhasing).

A set is one file's: which haplotype stands first in it is each file's own choice, also where two files name it alike.
What contradicts itself is no phase, and neither is what the record's own fields do not bear out: a phased quality (PQ,
JQ of Long Ranger and HapCUT2, TP of GATK's PhaseByTransmission, PSQ of PSL's alleles) below the gate, a chance of the
phase (PP of SHAPEIT5, PC of phASER) that is worth less, too few phased reads (PD of HapCUT2), a flag (PF of HiPhase).
What cannot be read is no phase either.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from decimal import Decimal

from attrs import evolve, frozen

from assigner.profiles.genotypes import Genotype
from assigner.rules.schema import Gates
from assigner.vcf.records.numbers import decimal_of
from assigner.vcf.records.record import Record
from assigner.vcf.records.support import phred

_OF_PHASE = frozenset({"PQ", "JQ", "TP", "PP", "PC", "PD", "PF", "PSQ"})
"""All keys of FORMAT that say how sure the phase is."""

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


def phased(record: Record, genotype: Genotype, gates: Gates) -> Phased:
    """What a record says of the order of its genotype's alleles, as far as its own fields bear it out."""
    if _OF_PHASE.isdisjoint(record.sample):
        return _phased(record, genotype)
    if not all(_is_borne_out(record, gates)):
        return Phased(genotype.alleles)
    order = _phased(record, genotype)
    least = gates.quality if gates.phase is None else gates.phase
    qualities = record.sample.get("PSQ", ".").split(",")
    if not order.phase_sets or qualities == ["."]:
        return order
    if len(qualities) != len(order.phase_sets):
        return Phased(order.alleles)
    names = tuple(
        name if text == "." or _reaches(decimal_of(text), least) else None
        for name, text in zip(order.phase_sets, qualities, strict=True)
    )
    return evolve(order, phase_sets=names if any(names) else ())


def _is_borne_out(record: Record, gates: Gates) -> Iterator[bool]:
    """Whether each field about the phase, of those that are there, passes the gates."""
    sample, least = record.sample, gates.quality if gates.phase is None else gates.phase
    for key in ("PQ", "JQ", "TP"):
        if (text := sample.get(key, ".")) != ".":
            yield _reaches(decimal_of(text), least)
    for key in ("PP", "PC"):
        if (text := sample.get(key, ".")) != "." and "," not in text:  # GATK's PP is a list, of the genotypes
            chance = decimal_of(text)
            yield chance is not None and 0 <= chance <= 1 and phred(1 - chance) >= least
    if (reads := decimal_of(sample.get("PD", "."))) is not None:
        yield reads >= gates.depth
    yield sample.get("PF", ".") in (".", "PASS", "1")


def _reaches(value: Decimal | None, least: int) -> bool:
    return value is not None and value >= least


def _phased(record: Record, genotype: Genotype) -> Phased:
    """The order, by the first of the ways above in which a record gives one."""
    alleles, sample = genotype.alleles, record.sample
    if len(alleles) < 2:
        return Phased(alleles)
    named, given = sample.get("PSL", "."), sample.get("PS", ".")
    if named != ".":  # both must not stand together
        return Phased(alleles, None, _psl(named, genotype, record) if given == "." else ())
    if genotype.phased and given != ".":  # a PS that is no number may hold another field's value, and names no set
        return Phased(alleles, f"{record.phases}:{given}" if given.isdecimal() else None)
    if "HP" in sample and (haplotypes := _hp(sample["HP"], record.phases, len(alleles))):
        return Phased(alleles, None, haplotypes)
    if genotype.marks:  # partly phased, and no list says how
        return Phased(alleles)
    if (pid := sample.get("PID", ".")) != ".":
        pgt = Genotype.parse(sample.get("PGT", "."))
        if pgt is not None and pgt.phased and None not in pgt.alleles:
            return _physical(pgt.alleles, f"{record.phases}:{pid}", genotype)
    return Phased(alleles, record.phases if genotype.phased and not record.phased_alone else None)


def _psl(text: str, genotype: Genotype, record: Record) -> tuple[str | None, ...]:
    """The names in a PSL; an allele without `|` before it has none, whatever the list says."""
    names, alleles = text.split(","), genotype.alleles
    marks = genotype.marks or (genotype.phased,) * len(alleles)
    if len(names) != len(alleles):
        return ()
    scope = "" if record.phases == record.contig else f"{record.phases}:"
    found = tuple(
        f"{scope}{name}" if mark and name not in ("", ".") else None for name, mark in zip(names, marks, strict=True)
    )
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
