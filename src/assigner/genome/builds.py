"""Chromosomes: their names in the two builds, their lengths, and the pseudo-autosomal regions.

Lengths and RefSeq accessions are those of the Genome Reference Consortium's assembly reports for GRCh37
(GCF_000001405.13) and GRCh38 (GCF_000001405.26); the mitochondrial sequence is the revised Cambridge
Reference Sequence, NC_012920.1, in both. The pseudo-autosomal regions are the Consortium's.
"""

from __future__ import annotations

import enum
from types import MappingProxyType


class Build(enum.StrEnum):
    """A genome build that rule sets carry coordinates for."""

    GRCH37 = "GRCh37"
    GRCH38 = "GRCh38"


CHROMS = (*map(str, range(1, 23)), "X", "Y", "MT")

_LENGTHS_37 = (
    249250621, 243199373, 198022430, 191154276, 180915260, 171115067, 159138663, 146364022, 141213431,
    135534747, 135006516, 133851895, 115169878, 107349540, 102531392, 90354753, 81195210, 78077248,
    59128983, 63025520, 48129895, 51304566, 155270560, 59373566, 16569,
)  # fmt: skip
_LENGTHS_38 = (
    248956422, 242193529, 198295559, 190214555, 181538259, 170805979, 159345973, 145138636, 138394717,
    133797422, 135086622, 133275309, 114364328, 107043718, 101991189, 90338345, 83257441, 80373285,
    58617616, 64444167, 46709983, 50818468, 156040895, 57227415, 16569,
)  # fmt: skip

LENGTHS = MappingProxyType(
    {
        Build.GRCH37: MappingProxyType(dict(zip(CHROMS, _LENGTHS_37, strict=True))),
        Build.GRCH38: MappingProxyType(dict(zip(CHROMS, _LENGTHS_38, strict=True))),
    }
)

HG19_MT_LENGTH = 16571
"""Length of hg19's chrM (NC_001807), which is not the revised Cambridge Reference Sequence."""

_REFSEQ_VERSIONS_37 = (
    10, 11, 11, 11, 9, 11, 13, 10, 11, 10, 9, 11, 10, 8, 9, 9, 10, 9, 9, 10, 8, 10, 10, 9,
)  # fmt: skip

REFSEQ = MappingProxyType(
    {
        build: MappingProxyType(
            {
                f"NC_{number:06d}.{version + newer}": chrom
                for number, (chrom, version) in enumerate(zip(CHROMS[:24], _REFSEQ_VERSIONS_37, strict=True), start=1)
            }
        )
        for build, newer in ((Build.GRCH37, 0), (Build.GRCH38, 1))
    }
)

_NAMES = {
    **{chrom: chrom for chrom in CHROMS},
    **{f"chr{chrom}": chrom for chrom in CHROMS},
    "M": "MT",
    "chrM": "MT",
    "NC_012920.1": "MT",
    **REFSEQ[Build.GRCH37],
    **REFSEQ[Build.GRCH38],
}

_PAR = {
    Build.GRCH37: {"X": ((60001, 2699520), (154931044, 155260560)), "Y": ((10001, 2649520), (59034050, 59363566))},
    Build.GRCH38: {"X": ((10001, 2781479), (155701383, 156030895)), "Y": ((10001, 2781479), (56887903, 57217415))},
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
    return next((build for build, names in REFSEQ.items() if name in names), None)


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
    return _PAR[build].get(chrom, ())


def names_of(chrom: str) -> tuple[str, ...]:
    """All names that a contig may have for a chromosome.

    >>> names_of("MT")
    ('MT', 'chrMT', 'M', 'chrM', 'NC_012920.1')
    """
    return tuple(name for name, named in _NAMES.items() if named == chrom)
