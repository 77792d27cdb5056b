"""Which carried records surely tell nothing that a rule set asks, as far as their annotation goes."""

from __future__ import annotations

import re
from collections.abc import Sequence
from itertools import chain

from assigner.rules.loci import Gene
from assigner.rules.panels import Panel
from assigner.truth import Truth
from assigner.vcf.annotations.annotators import Annotator
from assigner.vcf.annotations.coherence import belongs_in_codon
from assigner.vcf.annotations.consequences import MISSING
from assigner.vcf.meaning.coding import terms_of
from assigner.vcf.meaning.doubts import codons_at, misplaced
from assigner.vcf.meaning.genes import alleles_named, names_of
from assigner.vcf.records.record import Record


def tells_nothing(
    record: Record, genes: Sequence[Gene], annotator: Annotator, panel: Panel, asked: re.Pattern[str]
) -> bool:
    """Whether the annotation of a carried record surely tells nothing that is asked of the genes at its place.

    Args:
        record: the record.
        genes: those at its place.
        annotator: reads its annotation.
        panel: the rule set on the file's build.
        asked: finds any of the asked Sequence Ontology terms.
    """
    if record.shows_untold:
        return False
    named, own = panel.cached(names_of), alleles_named(record)
    names = [named[gene.symbol] for gene in genes]
    if not annotator.settles(record.info, record.ref, record.alts, own, asked, names):
        return False
    (alt,) = own
    number = record.alts.index(alt) + 1
    codons = codons_at(record, number, genes, panel)
    inside = any(codes is Truth.TRUE for _, codes in codons)
    if not inside and not any(map(belongs_in_codon, chain.from_iterable(terms_of(record, annotator)))):
        return True
    values = ((layout, layout.value(record.info)) for layout in annotator.layouts)
    told = (
        layout.of_allele(value, record.ref, record.alts, number) for layout, value in values if value not in MISSING
    )
    return all(misplaced(each, codons) is None for each in chain.from_iterable(told))
