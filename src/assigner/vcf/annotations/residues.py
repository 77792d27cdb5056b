"""Which amino acids of its protein a variant changes, as its consequence on the chosen transcript says."""

from __future__ import annotations

import re

from assigner.genome.hgvs import complement
from assigner.vcf.annotations.consequences import Consequence, Tool
from assigner.vcf.annotations.picks import Pick

Residues = tuple[int, int]
"""The first and the last amino acid that is changed."""

_COUNTED = re.compile(r"([0-9]{1,6})(?:-([0-9]{1,6}))?(?:/[0-9]{1,6})?")
_HGVS = re.compile(r"(?:.*:)?p\.\(?[A-Z][a-z]{2}([0-9]{1,6})(?:_[A-Z][a-z]{2}([0-9]{1,6}))?")
_BCFTOOLS = re.compile(r"([0-9]{1,6})([A-Z*]*)(?:\.\.([0-9]{1,6}))?(?:>.*)?")
_ANNOVAR = re.compile(r"p\.[A-Z]?([0-9]{1,6})(?:_[A-Z]?([0-9]{1,6}))?")
_FIELDS = {
    Tool.VEP: ("Protein_position",),
    Tool.SNPEFF: ("AA.pos / AA.length", "AA.pos/AA.length", "Protein_position"),
    Tool.PACK: ("Protein_position",),
}


_OF_ONE_BASE = re.compile(
    r"(?:.*:)?[cn]\.(?:[-*]?[0-9]{1,6}(?:[-+][0-9]{1,6})?([ACGT])>([ACGT])|([ACGT])[0-9]{1,6}([ACGT]))"
)


def names_other_bases(said: Consequence, ref: str, alt: str) -> bool:
    """Whether a change of one base of the transcript, as HGVS or ANNOVAR names it, is of other bases on both strands.

    >>> from assigner.vcf.annotations.consequences import Tool
    >>> said = Consequence(source=Tool.VEP, allele=1, hgvs_c="ENST00000373113.8:c.97C>T")
    >>> names_other_bases(said, "G", "A"), names_other_bases(said, "C", "T"), names_other_bases(said, "G", "T")
    (False, False, True)
    """
    found = _OF_ONE_BASE.fullmatch(said.hgvs_c or "")
    if found is None:
        return False
    change = (found[1] or found[3]) + (found[2] or found[4])
    return change not in (ref + alt, complement(ref + alt))


def residues(picked: Pick) -> Residues | None:
    """The first and the last amino acid that a variant changes; None when they are not known.

    They are known on MANE Select or on the rule set's own transcript, by which regions are counted. A field and HGVS
    that differ, as they do where a change can be written at several places, give all between.

    >>> from assigner.vcf.annotations.consequences import Tool
    >>> from assigner.vcf.annotations.picks import Basis
    >>> fields = {"Protein_position": "521/526"}
    >>> said = Consequence(source=Tool.VEP, allele=1, hgvs_p="ENSP1:p.Arg521Cys", fields=fields)
    >>> residues(Pick(said, Basis.MANE_SELECT)), residues(Pick(said, Basis.CANONICAL))
    ((521, 521), None)
    """
    said = picked.consequence
    return residues_of(said) if said is not None and picked.basis.is_own_transcript else None


def residues_of(said: Consequence) -> Residues | None:
    """The same of one consequence, on its own transcript."""
    found = [ends for ends in (_of_field(said), _of_hgvs(said.hgvs_p)) if ends is not None]
    return (min(first for first, _ in found), max(last for _, last in found)) if found else None


def _of_field(said: Consequence) -> Residues | None:
    if said.source is Tool.BCFTOOLS:
        return _of_bcftools(said.fields.get("amino_acid_change", ""))
    if said.source is Tool.ANNOVAR:
        return _ends(_ANNOVAR.match(said.hgvs_p or ""))
    text = next((said.fields[name] for name in _FIELDS[said.source] if name in said.fields), "")
    return _ends(_COUNTED.fullmatch(text))


def _of_hgvs(text: str | None) -> Residues | None:
    return _ends(_HGVS.match(text or ""))


def _of_bcftools(text: str) -> Residues | None:
    """`123R>123W`, `470DG>470E`: the number is that of the first of the letters; `..` leaves the last one open."""
    found = _BCFTOOLS.fullmatch(text)
    if found is None or ".." in text:
        return None
    first = int(found[1])
    return (first, first + max(1, len(found[2])) - 1) if first else None


def _ends(found: re.Match[str] | None) -> Residues | None:
    if found is None:
        return None
    first, last = int(found[1]), int(found[2] or found[1])
    return (first, last) if 1 <= first <= last else None
