"""A per-run cache of gene data: results for the calls in a gene are shared by all participants with these calls.

In a file of many samples most have the same calls in nearly every gene. The findings of a gene, and their written form,
depend only on its calls and on the circumstances, so they are computed from a profile that contains nothing else. The
loop over the participants makes an `Alike` and drops it at the end; there is no module-level cache.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from attrs import define, evolve, field, frozen

from assigner.caches import Cached
from assigner.evidence.circumstances import Circumstances
from assigner.evidence.findings import GeneFindings
from assigner.profiles.calls import Call
from assigner.profiles.profile import Profile
from assigner.rules.panels import Panel
from assigner.values import Private

if TYPE_CHECKING:
    from assigner.evidence.first import First

MOST_HELD = 100_000
"""Most calls and gene data in the cache (about 100 MB); beyond, the cache is cleared."""

TRIED = 5_000
"""After this many look-ups the cache is used only if at least half of them were hits."""


@frozen(eq=False, slots=False, repr=False)
class GeneData(Private, Cached):
    """The calls and marker letters of one gene, shared by all participants of a run that have them.

    Attributes:
        profile: a profile with the circumstances and these data, and nothing else.
        panel: the criteria to evaluate on them.
        shared: the gene's default findings, from which those of these data may differ; None where no criterion asks
            about the gene.
    """

    gene: str
    profile: Profile
    panel: Panel
    shared: GeneFindings | None


@define(eq=False)
class Alike:
    """The cache of gene data of one run.

    Calls are compared by `id()`, and equal calls are replaced by the first of them. This is safe because the cache has
    references to the calls, panels and findings whose ids are in its keys, so no other object can get these ids. A
    copied or unpickled `Alike` is empty, since the objects there have other ids.

    `firsts` has the first participant for each set of circumstances: for later ones only the genes that differ from it
    are evaluated. Where participants share little, as in files of one sample each, look-ups cost more than they save;
    then `pays` is false.
    """

    _data: dict[tuple[object, ...], GeneData] = field(factory=dict, init=False)
    _first: dict[int, tuple[Call, Call]] = field(factory=dict, init=False)
    _by_value: dict[tuple[Call, str], Call] = field(factory=dict, init=False)
    firsts: dict[tuple[int, Circumstances], First] = field(factory=dict, init=False)
    _asked: int = field(default=0, init=False)
    _met: int = field(default=0, init=False)

    def __reduce__(self) -> tuple[type[Alike], tuple[()]]:
        """A copy, in this process or another, is empty."""
        return Alike, ()

    @property
    def pays(self) -> bool:
        """Whether enough look-ups are hits for the cache to be worth using."""
        return self._asked < TRIED or 2 * self._met >= self._asked

    def count(self, genes: int) -> None:
        """Count genes that were the same as in an earlier participant as hits."""
        self._asked += genes
        self._met += genes

    def of(
        self,
        gene: str,
        profile: Profile,
        circumstances: Circumstances,
        covered: bool,
        panel: Panel,
        shared: GeneFindings | None,
    ) -> GeneData:
        """The data of one gene of a profile; the cached object if an earlier participant had the same.

        Args:
            gene: the gene.
            profile: the participant, who has only calls of listed alleles and marker letters in this gene.
            circumstances: the participant's.
            covered: whether enough of the gene was sequenced.
            panel: the criteria about this gene alone.
            shared: the gene's default findings.
        """
        if len(self._first) + len(self._data) > MOST_HELD:
            for each in (self._data, self._first, self._by_value, self.firsts):
                each.clear()
        calls = [call and self._one(call) for call in map(profile.alleles.get, panel.alleles)]
        letters = tuple(map(profile.markers.get, panel.markers))
        key = (gene, id(shared), id(panel), circumstances, covered, letters, *map(id, calls))
        found = self._data.get(key)
        self._asked += 1
        self._met += found is not None
        if found is None:
            known = {v: call for v, call in zip(panel.alleles, calls, strict=True) if call is not None}
            marked = {rsid: each for rsid, each in zip(panel.markers, letters, strict=True) if each is not None}
            alone = evolve(circumstances.profile((), covered), alleles=known, markers=marked)
            found = self._data[key] = GeneData(gene, alone, panel, shared)
        return found

    def _one(self, call: Call) -> Call:
        """The first call of this run that equals this one."""
        known = self._first.get(id(call))
        if known is None or known[0] is not call:
            known = self._first[id(call)] = call, self._by_value.setdefault((call, str(call.fraction)), call)
        return known[1]
