"""From a profile to findings: each criterion asked of each gene, locus and variant."""
