"""What participants of one run have alike: what is worked out of the calls in a gene serves all who have the same ones.

In a file of many samples most have the same calls in nearly every gene. What a gene's data answer, and how they are
written, depends on them and on the circumstances alone, so it is worked out of a profile that has nothing else. Whoever
runs through the participants makes an `Alike` and lets it go at the end: nothing of it stands in a module.
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
"""How many calls, and data of genes, a run holds (about 100 MB); beyond, all are forgotten and it begins again."""

TRIED = 5_000
"""After so many genes a run goes on only if at least half of them were as in an earlier participant."""


@frozen(eq=False, slots=False, repr=False)
class GeneData(Private, Cached):
    """The calls and letters of one gene, as any number of participants of a run have them.

    Attributes:
        profile: the circumstances and these data, and nothing else.
        panel: the questions that are asked of them.
        shared: findings of the gene that are the same for all participants, from which those of these data may differ;
            None where nothing is asked.
    """

    gene: str
    profile: Profile
    panel: Panel
    shared: GeneFindings | None


@define(eq=False)
class Alike:
    """The data of genes that some participant of a run had, each once.

    Calls are told apart by their ids, and of several that say the same the first one stands for all. An id is believed
    only beside the call that it was taken of, and each data hold the calls, panel and findings whose ids are their key:
    while they are held no other object can have these ids. A copy begins empty, since its objects have others.

    Beside the first participant in some circumstances (`firsts`) the next ones are asked of nothing but the genes in
    which they differ. Where participants share little, as in files of one sample each, looking costs more than it
    saves, so it ends.
    """

    _data: dict[tuple[object, ...], GeneData] = field(factory=dict, init=False)
    _first: dict[int, tuple[Call, Call]] = field(factory=dict, init=False)
    _by_value: dict[tuple[Call, str], Call] = field(factory=dict, init=False)
    firsts: dict[tuple[int, Circumstances], First] = field(factory=dict, init=False)
    _asked: int = field(default=0, init=False)
    _met: int = field(default=0, init=False)

    def __reduce__(self) -> tuple[type[Alike], tuple[()]]:
        """A copy, in this process or another, begins empty."""
        return Alike, ()

    @property
    def pays(self) -> bool:
        """Whether participants have enough alike for it to be looked for."""
        return self._asked < TRIED or 2 * self._met >= self._asked

    def count(self, genes: int) -> None:
        """Count genes that were as in an earlier participant."""
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
        """The data of one gene of a profile; those that an earlier participant had where they are the same.

        Args:
            gene: the gene.
            profile: the participant, of whose gene nothing is known beside calls of listed alleles and letters.
            circumstances: the participant's.
            covered: whether enough of the gene was sequenced.
            panel: the questions about the gene alone.
            shared: the findings from which the gene's may differ.
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
        """The first call of this run that says the same."""
        known = self._first.get(id(call))
        if known is None or known[0] is not call:
            known = self._first[id(call)] = call, self._by_value.setdefault((call, str(call.fraction)), call)
        return known[1]
