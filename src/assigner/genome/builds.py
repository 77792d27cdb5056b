"""Builds and their chromosomes: names, lengths, and the pseudo-autosomal regions.

Lengths, RefSeq and GenBank accessions are those of the Genome Reference Consortium's assembly reports for GRCh37
(GCF_000001405.13, GCA_000001405.1) and GRCh38 (GCF_000001405.26, GCA_000001405.15); the mitochondrial sequence is the
revised Cambridge Reference Sequence, NC_012920.1 (GenBank J01415.2), in all of them. The pseudo-autosomal regions are
the Consortium's. The numbers 23 to 26 are PLINK's: X, Y, the pseudo-autosomal regions of X, and the mitochondrion; so
are XY, PAR1 and PAR2, whose positions are those on X. Others write 25 for the mitochondrion, and so it is read: the
pseudo-autosomal regions begin at 10,001, among bases that no caller reaches, and what lies behind 16,569 is at no place
of the mitochondrion.
"""

from __future__ import annotations

import enum
import itertools
import re
from collections.abc import Iterator, Mapping
from types import MappingProxyType
from typing import Literal, TypeVar, assert_never

from attrs import frozen


class Build(enum.StrEnum):
    """A genome build that rule sets carry coordinates for."""

    GRCH37 = "GRCh37"
    GRCH38 = "GRCh38"


CHROMS = (*map(str, range(1, 23)), "X", "Y", "MT")


Value = TypeVar("Value")


def by_build(build: Build, grch37: Value, grch38: Value) -> Value:
    """What holds on a build, of what holds on each.

    >>> by_build(Build.GRCH38, grch37=1_000, grch38=2_000)
    2000
    """
    match build:
        case Build.GRCH37:
            return grch37
        case Build.GRCH38:
            return grch38
        case _:
            assert_never(build)


@frozen(kw_only=True)
class Assembly:
    """What is published of one build, and all that the code knows of it.

    Attributes:
        lengths: the length of each chromosome.
        accessions: the chromosome that each RefSeq accession stands for; the mitochondrial one is of all builds.
        genbank: the chromosome that each GenBank accession stands for, likewise.
        pseudo_autosomal: the pseudo-autosomal regions of X and Y, first and last base, 1-based.
        prefix: what files on this build usually write before a chromosome's number.
    """

    lengths: Mapping[str, int]
    accessions: Mapping[str, str]
    genbank: Mapping[str, str]
    pseudo_autosomal: Mapping[str, tuple[tuple[int, int], ...]]
    prefix: Literal["", "chr"]


def _by_chrom(*lengths: int) -> Mapping[str, int]:
    return MappingProxyType(dict(zip(CHROMS, lengths, strict=True)))


def _accessions(*versions: int) -> Mapping[str, str]:
    numbered = enumerate(zip(CHROMS[:24], versions, strict=True), start=1)
    return MappingProxyType({f"NC_{number:06d}.{version}": chrom for number, (chrom, version) in numbered})


def _genbank(version: int) -> Mapping[str, str]:
    """GenBank numbers the chromosomes of the assembly from CM000663 on, with one version for all of them."""
    return MappingProxyType({f"CM{663 + at:06d}.{version}": chrom for at, chrom in enumerate(CHROMS[:24])})


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
        genbank=_genbank(1),
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
        genbank=_genbank(2),
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

_MITOCHONDRIAL = ("NC_012920.1", "J01415.2")
_NUMBERS = {"X": ("23", "XY", "PAR1", "PAR2"), "Y": ("24",), "MT": ("M", "25", "26")}
_PREFIXES = ("chr", "hs", "chrom", "chromosome", "chr_", "chromosome_")


def _spelled(chrom: str) -> Iterator[str]:
    """The names of a chromosome that are its number or letters, after a prefix or none, in any case."""
    bare = (chrom, *_NUMBERS.get(chrom, ()), *((f"0{chrom}",) if len(chrom) == 1 and chrom.isdigit() else ()))
    prefixes = [prefix for written in _PREFIXES for prefix in _cases(written)]
    for name in bare:
        for prefix in ("", "chr", *prefixes):
            yield from (f"{prefix}{case}" for case in _cases(name))


def _cases(word: str) -> tuple[str, ...]:
    """A word in each case; of a short one in every mixture of them."""
    if len(word) > 3:
        return tuple(dict.fromkeys((word, word.capitalize(), word.upper())))
    return tuple(map("".join, itertools.product(*(dict.fromkeys((c, c.lower(), c.upper())) for c in word))))


def _names() -> dict[str, str]:
    found = {name: chrom for chrom in CHROMS for name in _spelled(chrom)}
    accessions = dict.fromkeys(_MITOCHONDRIAL, "MT")
    for assembly in ASSEMBLIES.values():
        accessions |= {**assembly.accessions, **assembly.genbank}
    for name, chrom in accessions.items():
        found |= dict.fromkeys((name, name.lower()), chrom)
    return found


def _by_chromosome(names: Mapping[str, str]) -> dict[str, tuple[str, ...]]:
    found: dict[str, list[str]] = {chrom: [] for chrom in CHROMS}
    for name, chrom in names.items():
        found[chrom].append(name)
    return {chrom: tuple(of_chrom) for chrom, of_chrom in found.items()}


_NAMES = _names()

_NAMES_OF = MappingProxyType(_by_chromosome(_NAMES))

# Contigs of the two builds that are no chromosome: unplaced, unlocalised and alternate sequences and patches by their
# GenBank or RefSeq accessions or UCSC's names, HLA alleles, decoys, and the viruses that are put beside them.
_NO_CHROMOSOME = re.compile(
    r"(?:chr)?(?:\w+_)?(?:GL|KI|KB|KE|KN|KQ|KV|KZ|JH|ML|MU)[0-9]{6}(?:[.v][0-9]+)?(?:_(?:random|alt|fix|decoy|hap[0-9]+))?"
    r"|chr\w+_(?:\w+_)?(?:hap[0-9]+|random|alt|fix|decoy)|(?:CHR_)?H(?:SCHR|G)[0-9XY]+\w*(?:\.[0-9]+)?|N[TW]_[0-9]{6,9}(?:\.[0-9]+)?"
    r"|HLA-[-A-Za-z0-9*:_]+|hs37d5|hs38d1|(?:chr)?EBV|NC_007605(?:\.1)?|phi-?X(?:174)?|NC_001422(?:\.1)?|lambda|<[^<>]+>",
    re.IGNORECASE,
)


def chrom_of(name: str) -> str | None:
    """The chromosome that a contig name stands for, or None for any other contig.

    >>> chrom_of("chr21"), chrom_of("NC_000021.9"), chrom_of("chr21_gl000210_random")
    ('21', '21', None)
    >>> chrom_of("CHR21"), chrom_of("hs21"), chrom_of("23"), chrom_of("CM000683.2")
    ('21', '21', 'X', '21')
    """
    return _NAMES.get(name)


def is_understood(name: str) -> bool:
    """Whether a contig is a chromosome, or known to be none, such as an unplaced sequence or a decoy.

    >>> is_understood("chr21"), is_understood("chrUn_KI270302v1"), is_understood("HLA-A*01:01:01:01")
    (True, True, True)
    >>> is_understood("twenty-one")
    False
    """
    return name in _NAMES or _NO_CHROMOSOME.fullmatch(name) is not None


def build_of_accession(name: str) -> Build | None:
    """The build whose assembly holds this RefSeq or GenBank accession, or None.

    >>> build_of_accession("NC_000021.9"), build_of_accession("CM000683.1")
    (<Build.GRCH38: 'GRCh38'>, <Build.GRCH37: 'GRCh37'>)
    """
    own = name.upper()
    held = (build for build, assembly in ASSEMBLIES.items() if own in assembly.accessions or own in assembly.genbank)
    return next(held, None)


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

    >>> {"MT", "chrM", "CHRM", "26", "NC_012920.1", "J01415.2"} <= set(names_of("MT"))
    True
    """
    return _NAMES_OF[chrom]


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
