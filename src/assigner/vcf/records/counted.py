"""Whether INFO counts the alleles that the genotype has.

AC and AN count the alleles of the called genotypes (VCF 4.5, section 1.6.1). A tool that sets genotypes may leave them
as they were (bcftools filter did, samtools/bcftools #171), so that they tell what was called before. One that takes a
sample out of many may leave the counts of all.
"""

from __future__ import annotations

from assigner.vcf.records.numbers import whole_list
from assigner.vcf.records.record import Record


def miscounted(record: Record) -> str | None:
    """What INFO counts, where that is not the genotype; None where it is, or where it may be of other samples, too.

    It is of this one alone where AN is the number of its copies that are called, and no copy is missing.
    """
    alleles = record.genotype.alleles if record.genotype is not None else ()
    if not record.alone or "AN" not in record.info or None in alleles:
        return None
    if whole_list(record.info["AN"]) != (len(alleles),):
        return None
    counts = whole_list(record.info.get("AC", "."))
    if len(counts) != len(record.alts):
        return None
    for number, count in enumerate(counts, start=1):
        if count is not None and count != alleles.count(number):
            return f"{count} of {len(alleles)} copies by INFO (AC and AN), {alleles.count(number)} by GT"
    return None
