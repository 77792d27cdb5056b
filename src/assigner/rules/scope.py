"""Which genes a criterion asks about, by chromosome and mechanism."""

from __future__ import annotations

from assigner.rules.criteria import ClinvarCriterion, ConsequenceCriterion, DeletionCriterion
from assigner.rules.loci import Gene


def deletable(gene: Gene, criterion: DeletionCriterion) -> bool:
    """Whether the loss of a copy is how the gene does harm; mitochondrial genes have too many copies to ask."""
    return gene.chrom != "MT" and bool(set(gene.mechanisms) & set(criterion.mechanisms))


def concerns(criterion: ClinvarCriterion | ConsequenceCriterion, gene: Gene) -> bool:
    """Whether the criterion asks about such a gene at all, its rating aside."""
    if gene.chrom == "MT":
        return False
    return criterion.kind == "clinvar" or bool(set(gene.mechanisms) & set(criterion.mechanisms))
