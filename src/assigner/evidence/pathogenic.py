"""Whether a pathogenic variant of a gene is found, for gene-targeted therapies."""

from __future__ import annotations

import functools
from collections.abc import Iterable

from attrs import frozen

from assigner.evidence.findings import Findings, GeneFindings
from assigner.evidence.kinds.clinvar import Clinvar
from assigner.evidence.kinds.registry import kind_of
from assigner.profiles.profile import Observed, Profile
from assigner.rules import Rules
from assigner.rules.panels import Panel, panel_of
from assigner.truth import Truth, any_of


def pathogenic_of(
    profile: Profile, rules: Rules, found: Findings, mimics: Iterable[tuple[str, Truth]]
) -> dict[str, Truth]:
    """For each gene of a therapy, whether any of its listed alleles, ClinVar variants or mimics is found.

    Unknown, not false, where no criterion or mimic reads the gene's ClinVar variants, or where such a variant was
    counted by another kind of criterion.

    Args:
        profile: the participant.
        rules: the rule set.
        found: the findings of the criteria.
        mimics: the gene and the answer of each mimic.
    """
    asking, panel = _asking(rules), panel_of(rules, profile.build)
    truths: dict[str, list[Truth]] = {gene: [] for gene in asking.genes}
    for gene in truths.keys() - asking.unlisted:
        truths[gene].append(Truth.UNKNOWN)
    for gene in truths.keys() & found.by_name.keys():
        truths[gene].append(found.by_name[gene].cached(asking.any_found))
    for gene, truth in mimics:
        if gene in truths:
            truths[gene].append(truth)
    for seen in profile.variants:
        if seen.gene in truths and asking.leaves_open(seen, found.by_name.get(seen.gene), panel):
            truths[seen.gene].append(Truth.UNKNOWN)
    return {gene: any_of(own) for gene, own in truths.items()}


@frozen(eq=False)
class _Asking:
    """What the therapies of a rule set ask for.

    Attributes:
        genes: the genes of therapies.
        unlisted: those genes whose ClinVar variants a criterion or a mimic reads.
        criteria: the ids of the criteria that a pathogenic variant makes true.
        clinvar: those criteria that read ClinVar's variants.
    """

    genes: frozenset[str]
    unlisted: frozenset[str]
    criteria: frozenset[str]
    clinvar: tuple[Clinvar, ...]

    def any_found(self, gene: GeneFindings) -> Truth:
        return any_of(finding.truth for finding in gene.findings if finding.criterion in self.criteria)

    def leaves_open(self, seen: Observed, gene: GeneFindings | None, panel: Panel) -> bool:
        """Whether a variant may be pathogenic although no finding of these criteria names it."""
        if gene is None or seen.call.carries is Truth.FALSE:
            return False
        asked = {finding.criterion for finding in gene.findings}
        if any_of(kind.qualifies(seen, panel) for kind in self.clinvar if kind.criterion.id in asked) is Truth.FALSE:
            return False
        return all(str(seen.variant) not in each.loci for each in gene.findings if each.criterion in self.criteria)


@functools.lru_cache(maxsize=16)
def _asking(rules: Rules) -> _Asking:
    content = rules.content
    kinds = tuple(kind for kind in map(kind_of, content.criteria) if kind.pathogenic)
    unlisted = {mimic.gene for mimic in content.flags.mimics if mimic.asks_variants}
    clinvar = tuple(kind for kind in kinds if isinstance(kind, Clinvar))
    unlisted |= {gene.symbol for gene in content.genes for kind in clinvar if kind.asks(gene)}
    genes = frozenset(therapy.gene for therapy in content.flags.therapies)
    return _Asking(genes, genes & unlisted, frozenset(kind.criterion.id for kind in kinds), clinvar)
