"""What a program predicts that an allele does to a transcript."""

from __future__ import annotations

import enum
from collections.abc import Mapping

from attrs import field, frozen

MISSING = frozenset({"", ".", "-"})
"""How programs write that a value is missing."""
JOINED = "dna_change"
"""The field of bcftools csq that has the changes of a consequence, joined by `+` where they are several."""


class Tool(enum.StrEnum):
    """The program that predicted a consequence; of a pack it is this one."""

    VEP = "VEP"
    SNPEFF = "SnpEff"
    BCFTOOLS = "bcftools"
    ANNOVAR = "ANNOVAR"
    PACK = "pack"


def _copied(mapping: Mapping[str, str]) -> Mapping[str, str]:
    return dict(mapping)


@frozen(kw_only=True)
class Consequence:
    """What one program predicts that one allele does to one transcript (or other feature).

    Attributes:
        source: the program.
        allele: the ALT's number, counted from 1 as in GT, or None when it is not known.
        hgnc_id: as `HGNC:number`.
        transcript: the accession, with its version if the file gives it; None for any other feature.
        mane_select: whether the transcript is MANE Select; None when the file does not say.
        canonical: whether it is Ensembl's canonical one; None when the file does not say.
        terms: Sequence Ontology terms; bcftools' shorter names are spelled out.
        exon: number and count, `5/5`; likewise `intron`.
        lof: LOFTEE's verdict (`HC`, `LC`, `OS`).
        fields: all other values, as written, by the names the header gives them.
        at: the POS of the record where the consequence stands (bcftools' `@POS`).
        after_stop: whether bcftools marks it as lying behind a premature stop.
        elsewhere: whether it counts at another change of the same haplotype, with which it is one.
        problem: why the entry could not be read.
    """

    source: Tool
    allele: int | None
    gene_symbol: str | None = None
    gene_id: str | None = None
    hgnc_id: str | None = None
    transcript: str | None = None
    mane_select: bool | None = None
    canonical: bool | None = None
    biotype: str | None = None
    terms: tuple[str, ...] = ()
    hgvs_c: str | None = None
    hgvs_p: str | None = None
    exon: str | None = None
    intron: str | None = None
    lof: str | None = None
    fields: Mapping[str, str] = field(factory=dict, converter=_copied, hash=False)
    at: int | None = None
    after_stop: bool = False
    elsewhere: bool = False
    problem: str | None = None


def is_joint(said: Consequence) -> bool:
    """Whether a consequence is of several changes of one haplotype together (bcftools csq, or a pack)."""
    return "+" in said.fields.get(JOINED, "")
