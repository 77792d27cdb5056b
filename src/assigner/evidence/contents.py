"""Which genes a profile has data for, and of what kind."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from functools import cached_property

from attrs import frozen

from assigner.genome.variants import Variant
from assigner.profiles.calls import Call, State
from assigner.profiles.profile import Profile
from assigner.rules.panels import Panel
from assigner.truth import Truth
from assigner.values import Private


@frozen(eq=False, slots=False, repr=False)
class CalledGenes(Private):
    """Genes classed by the calls of their listed alleles.

    Attributes:
        reference: genes with a plain reference call at each listed allele.
        others: genes with any other calls.
        cleared: genes in which no listed allele is carried, by calls of any kind.
        suspected: the calls that show the allele, whether or not they pass quality control, or may hide it.
    """

    reference: frozenset[str]
    others: frozenset[str]
    cleared: frozenset[str]
    suspected: Mapping[Variant, Call]

    @classmethod
    def of(
        cls,
        reference: Iterable[Variant],
        calls: Mapping[Variant, Call],
        panel: Panel,
        gene_of: Mapping[Variant, str],
    ) -> CalledGenes:
        """Class the genes; `reference` has the alleles with plain reference calls, `gene_of` the active alleles."""
        plain, absent, suspected, others = list(map(gene_of.get, reference)), list[str](), {}, set[str]()
        for variant, call in calls.items():
            gene = gene_of.get(variant)
            if gene is None:
                continue
            if call.state is State.REFERENCE and not call.copies and call.fraction is None:
                plain.append(gene)  # depth and quality are ignored: only gates read them
                continue
            others.add(gene)
            if call.carries is Truth.FALSE:
                absent.append(gene)
            if call.suspected:
                suspected[variant] = call
        counts = {gene: count for gene, count in Counter(plain).items() if gene is not None}
        if panel.gates:  # some criterion has stricter gates, so reference calls are not interchangeable
            others |= counts.keys()
        whole = {gene for gene, count in counts.items() if count == len(panel.by_gene[gene])}
        not_carried = Counter(absent) + Counter(counts)
        return cls(
            reference=frozenset(whole - others),
            others=frozenset(others | (counts.keys() - whole)),
            cleared=frozenset(gene for gene, count in not_carried.items() if count == len(panel.by_gene[gene])),
            suspected=suspected,
        )

    def exchanged(
        self, genes: Iterable[str], profile: Profile, panel: Panel, gene_of: Mapping[Variant, str]
    ) -> CalledGenes:
        """These genes with some of them replaced by those of a profile; its other genes are the same as here."""
        changed = frozenset(genes)
        variants = [variant for gene in changed for variant, _ in panel.by_gene.get(gene, ())]
        calls = {variant: call for variant in variants if (call := profile.alleles.get(variant)) is not None}
        own = CalledGenes.of((), calls, panel, gene_of)
        unchanged = {variant: call for variant, call in self.suspected.items() if gene_of[variant] not in changed}
        return CalledGenes(
            reference=(self.reference - changed) | own.reference,
            others=(self.others - changed) | own.others,
            cleared=(self.cleared - changed) | own.cleared,
            suspected={**unchanged, **own.suspected},
        )


@frozen(eq=False, slots=False, repr=False)
class GeneContents(Private):
    """Which genes a profile has data for.

    Attributes:
        reference: genes with a plain reference call at each listed allele and no other data except marker letters.
        others: genes with any other data; marker letters are not counted.
        marked: genes with marker letters.
        beyond: genes with data other than calls of listed alleles and marker letters.
        cleared: genes in which no listed allele is carried, by calls of any kind, and which are not in `beyond`.
        covered: genes of which enough was sequenced; None for all genes.
        listed: the genes with listed alleles.
        called: all genes classed by their calls alone.
    """

    reference: frozenset[str]
    others: frozenset[str]
    marked: frozenset[str]
    beyond: frozenset[str]
    cleared: frozenset[str]
    covered: frozenset[str] | None
    listed: frozenset[str]
    called: CalledGenes

    @classmethod
    def of(cls, profile: Profile, panel: Panel, gene_of: Mapping[Variant, str]) -> GeneContents:
        """Class the genes of a profile; `gene_of` has the gene of each active allele."""
        return cls.beside_calls(profile, panel, CalledGenes.of(*profile.apart, panel, gene_of))

    @classmethod
    def beside_calls(cls, profile: Profile, panel: Panel, called: CalledGenes) -> GeneContents:
        """As `of`, where the genes are already classed by their calls."""
        beyond = {observed.gene for observed in profile.variants} | {call.gene for call in profile.structural}
        beyond |= {panel.repeats[name].gene for name in profile.repeats if name in panel.repeats}
        beyond |= profile.scores.keys()  # each score has a pseudo-gene of its own
        if profile.scores:
            beyond |= {agreement.id for agreement in panel.content.agreements}
        beyond |= {burden.id for burden in panel.content.burdens}  # each reads the data of several genes
        least, shares = panel.content.gates.assessed, profile.assessed
        return cls(
            reference=called.reference - beyond,
            others=called.others | beyond,
            marked=frozenset(panel.markers[rsid].gene for rsid in profile.markers if rsid in panel.markers),
            beyond=frozenset(beyond),
            cleared=called.cleared - beyond,
            covered=None if shares == "all" else frozenset(gene for gene, share in shares.items() if share >= least),
            listed=panel.cached(_listed),
            called=called,
        )

    @property
    def suspected(self) -> Mapping[Variant, Call]:
        """The calls of listed alleles that show the allele, passing quality control or not, or may hide it."""
        return self.called.suspected

    @property
    def mostly_reference(self) -> bool:
        """Whether most genes are cleared, so that all-reference is the participant's default and not no-data."""
        return 2 * len(self.cleared) > len(self.listed)

    @cached_property
    def special(self) -> frozenset[str]:
        """Genes whose data differ from the participant's default: all reference, or no data."""
        apart = self.listed - self.reference if self.mostly_reference else self.reference
        return apart | self.others | self.marked | (self.covered or frozenset())

    def is_covered(self, gene: str) -> bool:
        """Whether enough of a gene was sequenced."""
        return self.covered is None or gene in self.covered


def _listed(panel: Panel) -> frozenset[str]:
    return frozenset(panel.by_gene)
