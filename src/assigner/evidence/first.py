"""The first participant of a run in some circumstances, with whom later ones are compared gene by gene."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import cached_property

from attrs import frozen

from assigner.caches import Cached
from assigner.evidence.alike import GeneData
from assigner.evidence.contents import GeneContents
from assigner.evidence.findings import Findings
from assigner.genome.variants import Variant
from assigner.profiles.calls import Call
from assigner.profiles.profile import Profile
from assigner.rules.panels import Panel
from assigner.values import Private

FEW = 4
"""At most one in this many calls may differ from the first participant's; with more, little would be saved."""


@frozen(eq=False, slots=False, repr=False)
class First(Private, Cached):
    """The first participant of a run in some circumstances.

    Attributes:
        panel: the panel of the findings; the reference keeps its `id()` unique.
        findings: all findings.
        data: for each gene with calls of listed alleles or marker letters only, its data.
    """

    profile: Profile
    panel: Panel
    contents: GeneContents
    findings: Findings
    data: Mapping[str, GeneData]

    @cached_property
    def _calls(self) -> tuple[tuple[Variant, ...], Sequence[Call]]:
        return tuple(self.profile.alleles), tuple(self.profile.alleles.values())

    def beside(
        self, profile: Profile, panel: Panel, gene_of: Mapping[Variant, str]
    ) -> tuple[GeneContents, frozenset[str]] | None:
        """The gene contents of another participant in the same circumstances, and the genes whose data may differ.

        None where the calls are of other alleles, or too many differ. Calls are compared by identity.
        """
        variants, calls = self._calls
        if len(profile.alleles) != len(variants) or tuple(profile.alleles) != variants:
            return None
        pairs = zip(variants, calls, profile.alleles.values(), strict=True)
        differing = [variant for variant, one, other in pairs if one is not other]
        genes = {gene_of.get(variant) for variant in differing}
        changed = frozenset(gene for gene in genes if gene is not None)
        if FEW * len(differing) > len(variants) or len(changed) < len(genes):
            return None
        called = self.contents.called.exchanged(changed, profile, panel, gene_of)
        contents = GeneContents.beside_calls(profile, panel, called)
        covered, before = contents.covered, self.contents.covered
        if (covered is None) != (before is None):
            return None
        coverage_differs = (covered or frozenset()) ^ (before or frozenset())
        return contents, changed | self._others(contents, panel, profile) | coverage_differs

    def _others(self, contents: GeneContents, panel: Panel, profile: Profile) -> frozenset[str]:
        """Genes with data other than calls in either participant, and genes whose marker letters differ."""
        mine, theirs = self.profile.markers, profile.markers
        differing = (rsid for rsid in mine.keys() | theirs.keys() if mine.get(rsid) != theirs.get(rsid))
        marked = {panel.markers[rsid].gene for rsid in differing if rsid in panel.markers}
        return self.contents.beyond | contents.beyond | marked
