"""Which of an allele's consequences counts in a gene, and why."""

from __future__ import annotations

import enum
import re
from collections.abc import Collection, Iterable, Mapping, Sequence

from attrs import frozen

from assigner.truth import Truth
from assigner.vcf.annotations.consequences import Consequence


class Basis(enum.StrEnum):
    """Why a consequence was chosen, or why none was."""

    MANE_SELECT = "MANE Select transcript"
    RULE_SET = "transcript that the rule set names"
    CANONICAL = "canonical transcript"
    NOT_ANNOTATED = "no consequence in the file"
    NOT_CHOSEN = "no MANE Select, named or canonical transcript among the consequences"
    ALLELE_UNKNOWN = "consequences that cannot be tied to the allele"
    COMPOUND = "the consequence stands at another record of the haplotype"
    SEVERAL = "several consequences with an equal claim"


@frozen
class Pick:
    """The consequence that counts for an allele in a gene, or None, and why."""

    consequence: Consequence | None
    basis: Basis


def of_gene(consequences: Iterable[Consequence], hgnc_id: str, names: Collection[str] = ()) -> tuple[Consequence, ...]:
    """The consequences in one gene, and those that name no gene because they could not be read.

    The HGNC id decides where the file gives it; else any of `names` (symbols, also former ones, Ensembl id).
    """

    def belongs(each: Consequence) -> bool:
        if each.hgnc_id:
            return each.hgnc_id == hgnc_id
        return not {each.gene_symbol, (each.gene_id or "").partition(".")[0]}.isdisjoint(names)

    return tuple(each for each in consequences if belongs(each) or not each.terms)


def pick(consequences: Iterable[Consequence], gene_transcripts: Mapping[str, str] | None = None) -> Pick:
    """The consequence on the one transcript that counts: never the worst of many.

    MANE Select first, then the transcript that the rule set names for the gene, then the canonical one;
    versions of accessions do not matter. Ask for one gene at a time (`of_gene`): two have an equal claim.

    Args:
        consequences: those of one allele.
        gene_transcripts: accessions (one, or more joined with commas) by gene symbol, HGNC id or gene id.
    """
    those = tuple(consequences)
    if any(each.at is not None for each in those):
        return Pick(None, Basis.COMPOUND)
    own = [each for each in those if each.allele is not None and each.transcript]
    for basis, chosen in (
        (Basis.MANE_SELECT, [each for each in own if each.mane_select]),
        (Basis.RULE_SET, [each for each in own if _is_named(each, gene_transcripts or {})]),
        (Basis.CANONICAL, [each for each in own if each.canonical]),
    ):
        if chosen:
            return _only(chosen, basis)
    if any(each.allele is None for each in those):
        return Pick(None, Basis.ALLELE_UNKNOWN)
    return Pick(None, Basis.NOT_CHOSEN if those else Basis.NOT_ANNOTATED)


def _only(chosen: Sequence[Consequence], basis: Basis) -> Pick:
    """The one chosen, or the first by name when all say the same of one gene (a MANE pair, say)."""
    genes = {each.gene_symbol or each.hgnc_id or each.gene_id for each in chosen}
    if len(genes) > 1 or len({(frozenset(each.terms), each.after_stop) for each in chosen}) > 1:
        return Pick(None, Basis.SEVERAL)
    return Pick(min(chosen, key=lambda each: each.transcript or ""), basis)


def _is_named(consequence: Consequence, gene_transcripts: Mapping[str, str]) -> bool:
    keys = (consequence.hgnc_id, consequence.gene_id, consequence.gene_symbol)
    named = ",".join(gene_transcripts.get(key, "") for key in keys if key)
    wanted = {accession.strip().partition(".")[0] for accession in named.split(",")} - {""}
    return (consequence.transcript or "").partition(".")[0] in wanted


def in_last_exon(consequence: Consequence) -> Truth:
    """Whether the allele lies in the last exon (`5/5`), so that nonsense-mediated decay may not take place.

    >>> from assigner.vcf.annotations.consequences import Tool
    >>> in_last_exon(Consequence(source=Tool.VEP, allele=1, exon="4-5/5"))
    <Truth.UNKNOWN: 'unknown'>
    """
    found = re.fullmatch(r"([0-9]{1,5})(?:-([0-9]{1,5}))?/([0-9]{1,5})", consequence.exon or "")
    if found is None:
        return Truth.UNKNOWN
    first, last, count = int(found[1]), int(found[2] or found[1]), int(found[3])
    if first == count == last:
        return Truth.TRUE
    return Truth.FALSE if first <= last < count else Truth.UNKNOWN
