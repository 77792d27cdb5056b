"""What a header tells of a file's history: who wrote genotypes where nothing was called.

`bcftools +setGT -n 0`, `bcftools merge -0` and their kin fill in what is missing with the reference. A `0/0` that has
neither reads nor likelihoods is then that tool's assumption.

With a target other than what is missing (`+setGT -t q -n 0 -i 'GQ<20'`, `filter -S 0`) they overwrite calls that fail a
test. A `0/0` may then have been any genotype, and its depth and quality may be those of that one: only reads or
likelihoods by allele bear it out.

`+setGT -n m`, `M`, `X` and `c:` with one of these letters write the minor or the major allele, or that of most reads.
An ALT without such evidence, too, may then be one that nobody called.

A program that imputes from a panel of other people (`##source=Minimac4`) writes all genotypes. One without evidence may
be imputed, as a tool that leaves out INFO also leaves out the score and the mark that say so.

A program that phases from other people's haplotypes writes a genotype where none was called: SHAPEIT always, Eagle
without `--noImpMissing` (both by their source code). Beagle does so, too, and imputes (manual of Beagle 5.4).
"""

from __future__ import annotations

import re
import shlex
from collections.abc import Sequence
from decimal import Decimal

from attrs import evolve, frozen

from assigner.profiles.genotypes import Genotype
from assigner.vcf.records.numbers import decimal_of
from assigner.vcf.records.record import Record
from assigner.vcf.records.shares import shares
from assigner.vcf.records.support import is_imputed, is_typed
from assigner.vcf.scan.headers import Header

_OTHERS = {
    "bcftools +missing2ref": re.compile(r"\bmissing2ref\b"),
    "a merge with --missing-to-ref": re.compile(r"--missing[-_]?to[-_]?ref\b", re.IGNORECASE),
    "vcf-merge --ref-for-missing": re.compile(r"vcf-merge\b.*(?:\s-R|--ref-for-missing)[\s=]+'?0"),
    "plink --fill-missing-a2": re.compile(r"--fill-missing(?:-a2|-ref)?(?![-\w])"),
    "a tool that turns no-calls into reference": re.compile(r"no.?calls?.?(?:to|2).?(?:hom.?)?ref", re.IGNORECASE),
}
_IMPUTES = re.compile(r"##source=['\"]?\s*(minimac|impute|glimpse|quilt|stitch|beagle)(?![a-z])", re.IGNORECASE)
"""The programs that impute, each as its own output's header names it."""

_PHASERS = {
    "SHAPEIT": re.compile(r"##source=['\"]?\s*shapeit", re.IGNORECASE),
    "Eagle": re.compile(r"##eagleCommand=(?!.*--noImpMissing)"),
}
"""The programs that phase from other people's haplotypes, likewise."""

_SET_GT = re.compile(r"\bsetGT\b")
_NEW_GT = re.compile(
    r"""(?:\s-n\s*|\s--new-gt[\s=]+)['"]?"""
    r"""(0(?:[/|]0)*p?|[mMX]p?|c:\s*['"]?(?:0(?:[/|]0)*|(?=[^\s'"]*[mMX])[0-9.mMX]+(?:[/|][0-9.mMX]+)*))(?![/|\w])"""
)
"""The new genotypes of `+setGT` that are reference, or may be: bcftools manual, `+setGT`."""

_MISSING = re.compile(r"""(?:\s-t\s*|\s--target-gt[\s=]+)['"]?(?:\./\.|\./x|\.)['"]?(?![\w./])""")
"""The targets of `+setGT` that are missing genotypes, in whole or in part: bcftools manual, `+setGT`."""

_TO_REF = re.compile(r"-0[A-Za-z]*|--missing-to-ref")
_MERGE = re.compile(r"##bcftools_mergeCommand=|\bbcftools merge\b")
_FILTER = re.compile(r"##bcftools_filterCommand=|\bbcftools filter\b")
_FAILED_TO_REF = re.compile(r"(?:\s-S\s*|\s--set-GTs[\s=]+)['\"]?0(?!\w)")
_READS = ("DP", "MIN_DP", "AD", "ADF", "ADR", "LAD", "RD", "RO", "AO", "NR", "NV", "DPI", "DV", "GQ", "RGQ", "GQX")
_LIKELIHOODS = ("PL", "GL", "GP", "PP", "LPL")


@frozen
class Filler:
    """Who wrote reference genotypes that no caller gave.

    Attributes:
        who: the first tool in the file that did, as what comes later finds nothing to fill.
        overwrites: the first tool that wrote them over calls, too, which failed a test.
        any_allele: the first tool that may have written an ALT, too.
        imputes: whether it writes every genotype, so that 0/0 is no call either.
    """

    who: str
    overwrites: str | None = None
    any_allele: str | None = None
    imputes: bool = False


def filled_by(header: Header) -> Filler | None:
    """Who wrote reference genotypes where nothing was called, by the commands that a header records."""
    if (imputer := next(filter(None, map(_IMPUTES.match, header.meta)), None)) is not None:
        return Filler(imputer[1], any_allele=imputer[1], imputes=True)
    found = [(who, line) for line in header.meta if (who := _filler(line)) is not None]
    if not found:
        return None
    overwrites = next((who for who, line in found if _overwrites(line)), None)
    return Filler(found[0][0], overwrites, next((who for who, line in found if _writes_any_allele(line)), None))


def _writes_any_allele(line: str) -> bool:
    """Whether a command that fills in takes the alleles from elsewhere, so that an ALT may be among them.

    >>> _writes_any_allele("##bcftools_pluginCommand=plugin +setGT in.bcf -- -t . -n c:0/m")
    True
    """
    if _phaser(line) is not None:
        return True
    found = _NEW_GT.search(line) if _SET_GT.search(line) else None
    return found is not None and re.search("[mMX]", found[1]) is not None


def _overwrites(line: str) -> bool:
    """Whether a command that fills in also overwrites calls.

    >>> _overwrites("##bcftools_pluginCommand=plugin +setGT in.bcf -- -t q -n 0 -i 'GQ<20'")
    True
    >>> _overwrites("##bcftools_pluginCommand=plugin +setGT in.bcf -- -t ./x -n 0p")
    False
    """
    if _SET_GT.search(line):
        return _MISSING.search(line) is None
    return bool(_FILTER.search(line) and _FAILED_TO_REF.search(line))


def _phaser(line: str) -> str | None:
    return next((who for who, pattern in _PHASERS.items() if pattern.match(line)), None)


def _filler(line: str) -> str | None:
    r"""Who fills in by the command of one line.

    >>> _filler("##bcftools_pluginCommand=plugin +setGT in.bcf -- -t . -n 0; Date=x")
    'bcftools +setGT'
    >>> _filler("##bcftools_pluginCommand=plugin +setGT in.bcf -- -t q -n . -i 'GQ<20'") is None
    True
    >>> _filler("##bcftools_mergeCommand=merge -m none -0 a.bcf b.bcf")
    'bcftools merge --missing-to-ref'
    """
    if (phaser := _phaser(line)) is not None:
        return phaser
    if _SET_GT.search(line):
        return "bcftools +setGT" if _NEW_GT.search(line) else None
    if _MERGE.search(line) and any(_TO_REF.fullmatch(word) for word in _words(line)):
        return "bcftools merge --missing-to-ref"
    if _FILTER.search(line) and _FAILED_TO_REF.search(line):
        return "bcftools filter --set-GTs 0"
    if line.startswith(("##INFO=", "##FORMAT=", "##FILTER=", "##contig=", "##ALT=")):
        return None
    return next((who for who, pattern in _OTHERS.items() if pattern.search(line)), None)


def _words(line: str) -> list[str]:
    try:
        return shlex.split(line)
    except ValueError:
        return line.split()


def is_filled(record: Record) -> bool:
    """Whether a record is `0/0` with neither reads, nor a quality, nor likelihoods that tell genotypes apart."""
    if record.genotype is None or set(record.genotype.alleles) != {0}:
        return False
    return not _has_evidence(record)


def called(records: Sequence[Record], filler: Filler | None) -> tuple[tuple[Record, ...], tuple[str, ...]]:
    """The records without the ALTs that a filler may have written, and a note when there are any."""
    if filler is None or filler.any_allele is None:
        return tuple(records), ()
    made = tuple(_uncalled(record) if _is_invented(record, filler) else record for record in records)
    count = sum(one is not other for one, other in zip(made, records, strict=True))
    what, done = ("a genotype", "imputed") if filler.imputes else ("an allele", "written")
    note = f"{what} without reads, which {filler.any_allele} may have {done}, is taken as not called; records"
    return made, (f"{note}: {count}",) if count else ()


def _is_invented(record: Record, filler: Filler) -> bool:
    """Whether nothing bears out a genotype with an ALT; where a program imputes, any genotype that it does not mark."""
    if record.genotype is None or set(record.genotype.alleles) == {None}:
        return False
    if filler.imputes:
        return not (is_imputed(record) or is_typed(record) or _has_evidence(record))
    if not record.is_carried:
        return False
    if not _has_evidence(record):
        return True
    alleles = {allele for allele in record.genotype.alleles if allele}
    borne_out = _has_likelihoods(record) or all(shares(record, allele) for allele in alleles)
    return filler.overwrites is not None and not borne_out


def _uncalled(record: Record) -> Record:
    ploidy = len(record.genotype.alleles) if record.genotype else 0
    return evolve(record, genotype=Genotype((None,) * ploidy))


def _has_evidence(record: Record) -> bool:
    """Whether there are reads, a quality, or likelihoods that tell genotypes apart."""
    read = any(value > 0 for key in _READS for value in _numbers(record, key))
    return read or _has_likelihoods(record)


def _has_likelihoods(record: Record) -> bool:
    return any(len(set(_numbers(record, key))) > 1 for key in _LIKELIHOODS)


def is_overwritten(record: Record) -> bool:
    """Whether a record is `0/0`, and neither reads nor likelihoods by allele say what was called before.

    In a block nothing but the reference was ever called.
    """
    if record.genotype is None or set(record.genotype.alleles) != {0} or record.is_reference_block:
        return False
    return not shares(record, 0) and not _has_likelihoods(record)


def _numbers(record: Record, key: str) -> list[Decimal]:
    """The numbers of a FORMAT field; what is missing or no number is none."""
    found = map(decimal_of, record.sample.get(key, ".").split(","))
    return [number for number in found if number is not None]
