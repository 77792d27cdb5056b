"""Why what an annotation says of an allele on a transcript is not believed.

It may be of another change, or tell of two (`annotations/coherence.py`). An annotation made on another build, or moved
with its record to another place, names consequences that the place cannot have: what it says of the very transcript
whose exons the rule set has is held against them.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import TypeAlias

from assigner.genome.builds import Build
from assigner.rules.loci import Gene
from assigner.rules.panels import Panel
from assigner.truth import Truth
from assigner.vcf.annotations.coherence import belongs_in_codon, contradiction, may_lie_in_exon
from assigner.vcf.annotations.consequences import JOINED, Consequence, is_joint
from assigner.vcf.annotations.picks import without_version
from assigner.vcf.annotations.residues import names_other_bases
from assigner.vcf.meaning.genes import names_of
from assigner.vcf.records.compounds import change_in
from assigner.vcf.records.record import Record

AtCodons: TypeAlias = tuple[frozenset[str], Truth]
"""The accessions of a gene, and whether a base lies in one of its codons."""


def doubt(said: Consequence, record: Record, number: int, genes: Iterable[Gene], panel: Panel) -> str | None:
    """Why it is not believed, if so.

    Args:
        said: what the annotation says.
        record: the record that holds it.
        number: the ALT that it is about.
        genes: those at the record's place.
        panel: the rule set on the file's build.
    """
    if _is_of_another(said, record, number):
        return f"of another change: {said.fields.get(JOINED, '') or said.hgvs_c}"
    differs = contradiction(said, record.ref, record.alts[number - 1])
    return f"contradicts itself: {differs}" if differs else misplaced(said, codons_at(record, number, genes, panel))


def _is_of_another(said: Consequence, record: Record, number: int) -> bool:
    """Whether the annotator's own words for a change of one base are of another one: HGVS, or those of bcftools csq."""
    ref, alt = record.ref, record.alts[number - 1]
    if not len(ref) == len(alt) == 1 or is_joint(said):
        return False
    told = change_in(said.fields.get(JOINED, ""))
    if told is not None and len(told[1]) == len(told[2]) == 1 and told[1:] != (ref, alt):
        return True
    return names_other_bases(said, ref, alt)


def misplaced(said: Consequence, codons: Iterable[AtCodons]) -> str | None:
    """Why an annotation is not believed on where a change of one base lies, if so.

    Args:
        said: what it says.
        codons: those of the genes at the place.

    >>> from assigner.vcf.annotations.consequences import Tool
    >>> said = Consequence(source=Tool.VEP, allele=1, transcript="ENST1.9", terms=("intron_variant",))
    >>> misplaced(said, [(frozenset({"ENST1"}), Truth.TRUE)])
    'intron_variant in a codon, by the exons of the rule set'
    >>> misplaced(said, [(frozenset({"ENST1"}), Truth.FALSE)]), misplaced(said, [(frozenset({"ENST2"}), Truth.TRUE)])
    (None, None)
    """
    accession = without_version(said.transcript)
    for names, codes in codons:
        if not said.terms or accession not in names:
            continue
        told = "&".join(said.terms)
        if codes is Truth.TRUE and not may_lie_in_exon(said.terms):
            return f"{told} in a codon, by the exons of the rule set"
        if codes is Truth.FALSE and belongs_in_codon(said.terms):
            return f"{told} outside of all codons, by the exons of the rule set"
    return None


def codons_at(record: Record, number: int, genes: Iterable[Gene], panel: Panel) -> list[AtCodons]:
    """Whether the one base that an allele changes lies in a codon of each gene; nothing of any other allele."""
    if not len(record.ref) == len(record.alts[number - 1]) == 1:
        return []
    return list(_codons(record.pos, genes, panel))


def _codons(pos: int, genes: Iterable[Gene], panel: Panel) -> Iterator[AtCodons]:
    build: Build = panel.build
    for gene in genes:
        if gene.exons is not None:
            yield panel.cached(names_of)[gene.symbol].accessions, gene.exons.codes(build, pos)
