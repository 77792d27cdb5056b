"""Builds and their chromosomes: names, lengths, and the pseudo-autosomal regions.

Lengths and RefSeq accessions are those of the Genome Reference Consortium's assembly reports for GRCh37
(GCF_000001405.13) and GRCh38 (GCF_000001405.26); the mitochondrial sequence is the revised Cambridge
Reference Sequence, NC_012920.1, in all of them. The pseudo-autosomal regions are the Consortium's.
"""

from __future__ import annotations

import enum
from collections.abc import Mapping
from types import MappingProxyType
from typing import Literal

from attrs import frozen


class Build(enum.StrEnum):
    """A genome build that rule sets carry coordinates for."""

    GRCH37 = "GRCh37"
    GRCH38 = "GRCh38"


CHROMS = (*map(str, range(1, 23)), "X", "Y", "MT")


@frozen(kw_only=True)
class Assembly:
    """What is published of one build, and all that the code knows of it.

    Attributes:
        lengths: the length of each chromosome.
        accessions: the chromosome that each RefSeq accession stands for; the mitochondrial one is of all builds.
        pseudo_autosomal: the pseudo-autosomal regions of X and Y, first and last base, 1-based.
        prefix: what files on this build usually write before a chromosome's number.
    """

    lengths: Mapping[str, int]
    accessions: Mapping[str, str]
    pseudo_autosomal: Mapping[str, tuple[tuple[int, int], ...]]
    prefix: Literal["", "chr"]


def _by_chrom(*lengths: int) -> Mapping[str, int]:
    return MappingProxyType(dict(zip(CHROMS, lengths, strict=True)))


def _accessions(*versions: int) -> Mapping[str, str]:
    numbered = enumerate(zip(CHROMS[:24], versions, strict=True), start=1)
    return MappingProxyType({f"NC_{number:06d}.{version}": chrom for number, (chrom, version) in numbered})


_ASSEMBLIES = {
    Build.GRCH37: Assembly(
        lengths=_by_chrom(
            249250621, 243199373, 198022430, 191154276, 180915260, 171115067, 159138663, 146364022, 141213431,
            135534747, 135006516, 133851895, 115169878, 107349540, 102531392, 90354753, 81195210, 78077248,
            59128983, 63025520, 48129895, 51304566, 155270560, 59373566, 16569,
        ),
        accessions=_accessions(
            10, 11, 11, 11, 9, 11, 13, 10, 11, 10, 9, 11, 10, 8, 9, 9, 10, 9, 9, 10, 8, 10, 10, 9,
        ),
        pseudo_autosomal={
            "X": ((60001, 2699520), (154931044, 155260560)),
            "Y": ((10001, 2649520), (59034050, 59363566)),
        },
        prefix="",
    ),
    Build.GRCH38: Assembly(
        lengths=_by_chrom(
            248956422, 242193529, 198295559, 190214555, 181538259, 170805979, 159345973, 145138636, 138394717,
            133797422, 135086622, 133275309, 114364328, 107043718, 101991189, 90338345, 83257441, 80373285,
            58617616, 64444167, 46709983, 50818468, 156040895, 57227415, 16569,
        ),
        accessions=_accessions(
            11, 12, 12, 12, 10, 12, 14, 11, 12, 11, 10, 12, 11, 9, 10, 10, 11, 10, 10, 11, 9, 11, 11, 10,
        ),
        pseudo_autosomal={
            "X": ((10001, 2781479), (155701383, 156030895)),
            "Y": ((10001, 2781479), (56887903, 57217415)),
        },
        prefix="chr",
    ),
}  # fmt: skip

ASSEMBLIES = MappingProxyType({build: _ASSEMBLIES[build] for build in Build})
"""What is known of each build; one without it cannot be imported, so that none is taken for another."""

LENGTHS = MappingProxyType({build: assembly.lengths for build, assembly in ASSEMBLIES.items()})
"""The length of each chromosome on each build."""

RCRS_LENGTH = 16569
"""Length of the revised Cambridge Reference Sequence, NC_012920.1."""

HG19_MT_LENGTH = 16571
"""Length of hg19's chrM (NC_001807), which is not the revised Cambridge Reference Sequence."""

_NAMES = {
    **{chrom: chrom for chrom in CHROMS},
    **{f"chr{chrom}": chrom for chrom in CHROMS},
    "M": "MT",
    "chrM": "MT",
    "NC_012920.1": "MT",
    **{name: chrom for assembly in ASSEMBLIES.values() for name, chrom in assembly.accessions.items()},
}


def chrom_of(name: str) -> str | None:
    """The chromosome that a contig name stands for, or None for any other contig.

    >>> chrom_of("chr21"), chrom_of("NC_000021.9"), chrom_of("chr21_gl000210_random")
    ('21', '21', None)
    """
    return _NAMES.get(name)


def build_of_accession(name: str) -> Build | None:
    """The build whose assembly holds this RefSeq accession, or None.

    >>> build_of_accession("NC_000021.9")
    <Build.GRCH38: 'GRCh38'>
    """
    return next((build for build, assembly in ASSEMBLIES.items() if name in assembly.accessions), None)


def is_haploid_in_males(build: Build, chrom: str, pos: int) -> bool:
    """Whether the place lies on X or Y outside the pseudo-autosomal regions.

    >>> is_haploid_in_males(Build.GRCH38, "X", 67545316), is_haploid_in_males(Build.GRCH38, "X", 20000)
    (True, False)
    """
    regions = pseudo_autosomal(build, chrom)
    return bool(regions) and not any(start <= pos <= end for start, end in regions)


def pseudo_autosomal(build: Build, chrom: str) -> tuple[tuple[int, int], ...]:
    """The pseudo-autosomal regions of a chromosome; none but of X and Y.

    >>> pseudo_autosomal(Build.GRCH38, "Y")[0], pseudo_autosomal(Build.GRCH38, "1")
    ((10001, 2781479), ())
    """
    return ASSEMBLIES[build].pseudo_autosomal.get(chrom, ())


def names_of(chrom: str) -> tuple[str, ...]:
    """All names that a contig may have for a chromosome.

    >>> names_of("MT")
    ('MT', 'chrMT', 'M', 'chrM', 'NC_012920.1')
    """
    return tuple(name for name, named in _NAMES.items() if named == chrom)


def accession_of(chrom: str, build: Build) -> str:
    """The RefSeq accession of a chromosome.

    >>> accession_of("21", Build.GRCH38), accession_of("MT", Build.GRCH37)
    ('NC_000021.9', 'NC_012920.1')
    """
    return next((name for name, named in ASSEMBLIES[build].accessions.items() if named == chrom), "NC_012920.1")


def contig_of(chrom: str, build: Build) -> str:
    """The name that a chromosome's contig usually has in files on a build.

    >>> contig_of("21", Build.GRCH37), contig_of("MT", Build.GRCH37), contig_of("MT", Build.GRCH38)
    ('21', 'MT', 'chrM')
    """
    prefix = ASSEMBLIES[build].prefix
    return f"{prefix}{'M' if prefix and chrom == 'MT' else chrom}"
