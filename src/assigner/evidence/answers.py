"""Per-gene evaluation of the criteria, with cached results for genes that have no data or are all reference.

Every question concerns one gene. Its answer depends on the participant's data for that gene and on the circumstances:
build, sex, and what the files show. So in equal circumstances the answers for a gene without data are the same for all
participants. The same holds for a gene with a plain reference call at each of its listed alleles and no other data.
Both depend on the rule set alone and are cached with it. Every other gene is evaluated for each participant, or, within
one run, once for each distinct set of its data (`Alike`). Nothing else of a participant is cached.
"""

from __future__ import annotations

import functools
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from functools import cached_property
from typing import Any

from attrs import field, frozen

from assigner.evidence.alike import Alike, GeneData
from assigner.evidence.asking import ask
from assigner.evidence.circumstances import Circumstances
from assigner.evidence.contents import GeneContents
from assigner.evidence.findings import Finding, Findings, GeneFindings, gene_findings
from assigner.evidence.first import First
from assigner.genome.builds import Build
from assigner.genome.variants import Variant
from assigner.profiles.profile import Profile
from assigner.rules import Rules
from assigner.rules.panels import Panel, panel_of


def find(profile: Profile, rules: Rules, alike: Alike | None = None) -> Found:
    """Evaluate every criterion; the order is that of the rule set's tiers, criteria, genes and places.

    Args:
        profile: the participant.
        rules: the rule set.
        alike: the cache of the run, if the participant is one of a run.

    Returns:
        One finding per question, true, false and unknown alike.
    """
    questions, circumstances = questions_of(rules, profile.build), Circumstances.of(profile)
    run, panel = alike if alike is not None and alike.pays else None, questions.panel
    first = None if run is None else run.firsts.get((id(panel), circumstances))
    shared = shared_findings(rules, circumstances)
    if first is not None and (beside := first.beside(profile, panel, questions.gene_of)) is not None:
        contents, differing = beside
        return _Asking(profile, questions, circumstances, shared, contents, run).found_beside(first, differing)
    contents = GeneContents.of(profile, panel, questions.gene_of)
    found = _Asking(profile, questions, circumstances, shared, contents, run).found()
    if run is not None and first is None:
        run.firsts[id(panel), circumstances] = First(profile, panel, contents, Findings(found.genes), found.data)
    return found


@frozen
class _Asking:
    """The evaluation of one profile, gene by gene."""

    profile: Profile
    questions: Questions
    circumstances: Circumstances
    shared: SharedFindings
    contents: GeneContents
    run: Alike | None

    def found(self) -> Found:
        """All findings of the profile."""
        contents = self.contents
        usual = self.shared.of(contents.mostly_reference, contents.covered is None)
        genes, apart, data = self.exchanged(usual, contents.special)
        return Found(genes, contents=contents, usual=usual, apart=apart, data=data)

    def found_beside(self, first: First, differing: frozenset[str]) -> Found:
        """As `found`, where all genes but the differing ones have the data of the first participant of the run."""
        genes, apart, data = self.exchanged(first.findings, differing)
        same = {gene: own for gene, own in first.data.items() if gene not in differing}
        if self.run is not None:
            self.run.count(len(same))
        return Found(
            genes,
            contents=self.contents,
            usual=first.findings,
            apart=apart,
            data=same | data,
            first=first,
            differing=differing,
        )

    def exchanged(
        self, usual: Findings, asked: frozenset[str]
    ) -> tuple[tuple[GeneFindings, ...], tuple[GeneFindings, ...], dict[str, GeneData]]:
        """Replace some genes in the usual findings: all genes, the replaced genes alone, and their shared data."""
        genes, apart, data = dict(usual.by_name), [], {}
        for gene in sorted(asked.intersection(self.questions.criteria)):
            own, of_run = self.of_gene(gene)
            if of_run is not None:
                data[gene] = of_run
            if own is not None and own is not genes[gene]:
                genes[gene] = own
                apart.append(own)
        return tuple(genes.values()), tuple(apart), data

    def of_gene(self, gene: str) -> tuple[GeneFindings | None, GeneData | None]:
        """The findings of a gene (None where no criterion asks), and its data if other participants may share them."""
        contents, questions = self.contents, self.questions
        covered = contents.is_covered(gene)
        own = self.shared.of(gene in contents.cleared, covered).by_name.get(gene)
        if gene not in contents.others and gene not in contents.marked:
            return own, None
        panel = questions.alone(gene) if gene in contents.others else questions.of_markers(gene)
        if self.run is not None and gene not in contents.beyond:
            data = self.run.of(gene, self.profile, self.circumstances, covered, panel, own)
            return data.cached(_answered), data
        return (None if own is None else _asked(self.profile, panel, own)), None


def find_uncached(profile: Profile, rules: Rules) -> Found:
    """As `find`, without caches: for a rule set under which only few profiles are evaluated."""
    panel = panel_of(rules, profile.build)
    found = Findings.of(ask(profile, panel), rules.content)
    return Found(found.genes, contents=GeneContents.of(profile, panel, _genes_of(panel)))


def _answered(data: GeneData) -> GeneFindings | None:
    return None if data.shared is None else _asked(data.profile, data.panel, data.shared)


def _asked(profile: Profile, alone: Panel, shared: GeneFindings) -> GeneFindings:
    """The findings of the one gene of a panel; where they equal the shared ones, the shared objects are returned.

    Findings of criteria that the panel leaves out are the shared ones.
    """
    criteria, answers = {criterion.id for criterion in alone.criteria}, iter(ask(profile, alone))
    asked = [next(answers) if old.criterion in criteria else old for old in shared.findings]
    found = [
        old if new is old or (new == old and (new.shown, new.why) == (old.shown, old.why)) else new
        for new, old in zip(asked, shared.findings, strict=True)
    ]
    if all(new is old for new, old in zip(found, shared.findings, strict=True)):
        return shared
    return gene_findings(shared.gene, found, shared.places, alone.content)


@frozen(eq=False, slots=False)
class Questions:
    """The questions of a rule set on one build.

    Attributes:
        places: for each gene the indexes of its findings among all findings.
        criteria: for each gene the ids of the criteria that ask about it; empty where it has listed places only.
        gene_of: the gene of each active allele.
    """

    panel: Panel
    places: Mapping[str, tuple[int, ...]]
    criteria: Mapping[str, frozenset[str]]
    gene_of: Mapping[Variant, str]
    _alone: dict[tuple[str, bool], Panel] = field(factory=dict, init=False)

    @cached_property
    def marking(self) -> frozenset[str]:
        """The ids of the criteria that read markers."""
        return frozenset(criterion.id for criterion in self.panel.criteria if criterion.reads == "markers")

    def alone(self, gene: str) -> Panel:
        """The panel reduced to one gene."""
        if (gene, False) not in self._alone:
            self._alone[gene, False] = self.panel.alone(gene, self.criteria[gene])
        return self._alone[gene, False]

    def of_markers(self, gene: str) -> Panel:
        """The panel reduced to the marker criteria of one gene."""
        if (gene, True) not in self._alone:
            self._alone[gene, True] = self.panel.alone(gene, self.criteria[gene] & self.marking)
        return self._alone[gene, True]


@functools.lru_cache(maxsize=16)
def questions_of(rules: Rules, build: Build) -> Questions:
    """The questions of a rule set on a build."""
    panel = panel_of(rules, build)
    places: dict[str, list[int]] = defaultdict(list)
    criteria: dict[str, set[str]] = {gene: set() for gene in panel.by_gene}
    criteria |= {marker.gene: set() for marker in panel.markers.values()}
    for at, finding in enumerate(ask(Profile(participant="default", build=build), panel)):
        places[finding.gene].append(at)
        criteria.setdefault(finding.gene, set()).add(finding.criterion)
    return Questions(
        panel=panel,
        places={gene: tuple(own) for gene, own in places.items()},
        criteria={gene: frozenset(own) for gene, own in criteria.items()},
        gene_of=_genes_of(panel),
    )


def _genes_of(panel: Panel) -> dict[Variant, str]:
    return {variant: allele.gene for variant, allele in panel.alleles.items()}


@frozen(eq=False)
class SharedFindings:
    """Findings that are the same for all participants in some circumstances.

    Attributes:
        no_data: for genes without data: (not covered, covered).
        all_reference: for genes with a plain reference call at each listed allele and no other data: the same pair.
    """

    no_data: tuple[Findings, Findings]
    all_reference: tuple[Findings, Findings]

    def of(self, is_reference: bool, is_covered: bool) -> Findings:
        """The findings of all genes for one of the four cases."""
        return (self.all_reference if is_reference else self.no_data)[is_covered]

    def all(self) -> Iterator[Finding]:
        """Every finding of the four cases."""
        return (finding for findings in (*self.no_data, *self.all_reference) for finding in findings.all)


@functools.lru_cache(maxsize=16)
def shared_findings(rules: Rules, circumstances: Circumstances) -> SharedFindings:
    """The findings that are the same for all participants in these circumstances."""
    panel = panel_of(rules, circumstances.build)

    def asked(alleles: Iterable[Variant], covered: bool) -> Findings:
        return Findings.of(ask(circumstances.profile(alleles, covered), panel), rules.content)

    return SharedFindings(
        no_data=(asked((), False), asked((), True)),
        all_reference=(asked(panel.alleles, False), asked(panel.alleles, True)),
    )


@frozen(eq=False, slots=False)
class Found(Findings):
    """What was found of a profile, and which genes it has data for.

    Attributes:
        data: for each gene whose data other participants of the run may share, the cached data.
        first: the first participant of the run, if these findings are built on that one's.
        differing: the genes whose data may differ from the first participant's.
    """

    contents: GeneContents = field(kw_only=True)
    data: Mapping[str, GeneData] = field(factory=dict, kw_only=True)
    first: First | None = field(default=None, kw_only=True)
    differing: frozenset[str] = field(default=frozenset(), kw_only=True)

    def __getstate__(self) -> dict[str, Any]:
        """The state for pickling, without data of the run and of other participants."""
        alone: dict[str, Any] = {"data": {}, "first": None, "differing": frozenset()}
        return super().__getstate__() | alone | ({} if self.first is None else {"apart": (), "_usual": None})
