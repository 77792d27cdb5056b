"""What the declaration that an absent record is reference covers: which chromosomes, and which kinds of variants."""

from __future__ import annotations

from collections.abc import Collection, Iterator

from assigner.genome.builds import CHROMS
from assigner.profiles.profile import Annotation, Check


def absence_check(
    spoken: Collection[str],
    recorded: Collection[str] | None,
    annotated: Collection[Annotation],
    *,
    structural: bool,
) -> Check:
    """The check of `absent = reference`.

    Args:
        spoken: the chromosomes for which it holds.
        recorded: those on which any file has a record; None when only indexed regions were read.
        annotated: the kinds of annotation that the files carry.
        structural: whether a file is for structural variants.
    """
    whole = set(spoken) == set(CHROMS)
    result = "every chromosome" if whole else _listed(spoken) or "no chromosome"
    return Check("absent_reference", result, "; ".join(_kinds(spoken, recorded, annotated, whole, structural)))


def _kinds(
    spoken: Collection[str],
    recorded: Collection[str] | None,
    annotated: Collection[Annotation],
    whole: bool,
    structural: bool,
) -> Iterator[str]:
    """What is covered of each kind, and what of that no record stands for."""
    yield "listed small variants: covered"
    missing = [kind for kind in ("consequence", "clinvar") if kind not in annotated]
    without = f"not covered for want of {' and '.join(missing)} in the files" if missing else "covered"
    yield f"other small variants of genes: {without if whole else 'not covered, as some contigs are not understood'}"
    yield f"structural variants: {'covered' if structural and whole else 'not covered'}"
    yield "repeat sizes and copy numbers: never covered"
    if recorded is not None and (silent := [chrom for chrom in spoken if chrom not in recorded]):
        yield f"taken as reference without any record: {_listed(silent)}"


def _listed(chroms: Collection[str]) -> str:
    return ", ".join(chrom for chrom in CHROMS if chrom in chroms)
