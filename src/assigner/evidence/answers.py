"""Per-gene evaluation of the criteria, with cached results for genes that have no data or are all reference.

Every question concerns one gene. Its answer depends on the participant's data for that gene and on the circumstances:
build, sex, and what the files show. So in equal circumstances the answers for a gene without data are the same for all
participants. The same holds for a gene with a plain reference call at each of its listed alleles and no other data.
Both come from the rule set alone and are cached with it. Every other gene is asked anew for each participant, or, among
participants of one run, for each different data of it (`Alike`), and nothing of a participant is cached.
"""

from __future__ import annotations

import functools
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping
from functools import cached_property
from typing import Any

from attrs import field, frozen

from assigner.evidence.alike import Alike, GeneData
from assigner.evidence.asking import ask
from assigner.evidence.circumstances import Circumstances
from assigner.evidence.findings import Finding, Findings, GeneFindings, gene_findings
from assigner.genome.builds import Build
from assigner.genome.variants import Variant
from assigner.profiles.calls import Call, State
from assigner.profiles.profile import Profile
from assigner.rules import Rules
from assigner.rules.panels import Panel, panel_of
from assigner.truth import Truth
from assigner.values import Private


def find(profile: Profile, rules: Rules, alike: Alike | None = None) -> Found:
    """Ask every criterion; the order is that of the rule set's tiers, criteria, genes and places.

    Args:
        profile: the participant.
        rules: the rule set.
        alike: what participants of the same run had before, if this is one of a run.

    Returns:
        One finding per question, true, false and unknown alike.
    """
    questions, circumstances = questions_of(rules, profile.build), Circumstances.of(profile)
    shared = shared_findings(rules, circumstances)
    contents = GeneContents.of(profile, questions.panel, questions.gene_of)
    usual = shared.of(contents.mostly_reference, contents.covered is None)
    genes, apart, data = dict(usual.by_name), [], {}
    for gene in sorted(contents.special.intersection(questions.criteria)):
        covered = contents.is_covered(gene)
        own = shared.of(gene in contents.cleared, covered).by_name.get(gene)
        if gene in contents.others or gene in contents.marked:
            panel = questions.alone(gene) if gene in contents.others else questions.of_markers(gene)
            if alike is not None and alike.pays and gene not in contents.beyond:
                data[gene] = alike.of(gene, profile, circumstances, covered, panel, own)
                own = data[gene].cached(_answered)
            elif own is not None:
                own = _asked(profile, panel, own)
        if own is not None and own is not genes[gene]:
            genes[gene] = own
            apart.append(own)
    return Found(tuple(genes.values()), contents=contents, usual=usual, apart=tuple(apart), data=data)


def find_uncached(profile: Profile, rules: Rules) -> Found:
    """As `find`, for a rule set under which few profiles are asked: nothing is prepared for the next one."""
    panel = panel_of(rules, profile.build)
    found = Findings.of(ask(profile, panel), rules.content)
    return Found(found.genes, contents=GeneContents.of(profile, panel, _genes_of(panel)))


def _answered(data: GeneData) -> GeneFindings | None:
    return None if data.shared is None else _asked(data.profile, data.panel, data.shared)


def _asked(profile: Profile, alone: Panel, shared: GeneFindings) -> GeneFindings:
    """What is found of the one gene of a panel; a finding that is the shared one is that very object.

    Where the panel has no criterion for it, a finding is the shared one.
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
        places: for each gene the places of its questions among all, in their order.
        criteria: for each gene the ids of the criteria that ask about it; none for one that has listed places alone.
        gene_of: the gene of each active allele.
    """

    panel: Panel
    places: Mapping[str, tuple[int, ...]]
    criteria: Mapping[str, frozenset[str]]
    gene_of: Mapping[Variant, str]
    _alone: dict[tuple[str, bool], Panel] = field(factory=dict, init=False)

    @cached_property
    def marking(self) -> frozenset[str]:
        """The criteria that ask for letters of markers."""
        return frozenset(criterion.id for criterion in self.panel.criteria if criterion.reads == "markers")

    def alone(self, gene: str) -> Panel:
        """The panel that asks about nothing but a gene."""
        if (gene, False) not in self._alone:
            self._alone[gene, False] = self.panel.alone(gene, self.criteria[gene])
        return self._alone[gene, False]

    def of_markers(self, gene: str) -> Panel:
        """The panel that asks about nothing but the markers of a gene."""
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
        no_data: of genes without data: first of those that were not covered, then of those that were.
        all_reference: the same of genes with a plain reference call at each listed allele and no other data.
    """

    no_data: tuple[Findings, Findings]
    all_reference: tuple[Findings, Findings]

    def of(self, is_reference: bool, is_covered: bool) -> Findings:
        """Those of all genes that are such."""
        return (self.all_reference if is_reference else self.no_data)[is_covered]

    def all(self) -> Iterator[Finding]:
        """Every one of them."""
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


@frozen(eq=False, slots=False, repr=False)
class GeneContents(Private):
    """Which genes a profile has data for.

    Attributes:
        reference: those with a plain reference call at each listed allele and no other data beside letters of markers.
        others: those with any other data beside such letters.
        marked: those with letters of markers.
        beyond: those with any other data than calls of listed alleles and letters.
        cleared: those in which no listed allele is carried, by calls of any kind, and which have no other data.
        covered: those of which enough was sequenced, or None for all of them.
        suspected: the calls of listed alleles that show the allele, believed or not, or may hide it.
        listed: the genes with listed alleles.
    """

    reference: frozenset[str]
    others: frozenset[str]
    marked: frozenset[str]
    beyond: frozenset[str]
    cleared: frozenset[str]
    covered: frozenset[str] | None
    suspected: Mapping[Variant, Call]
    listed: frozenset[str]

    @classmethod
    def of(cls, profile: Profile, panel: Panel, gene_of: Mapping[Variant, str]) -> GeneContents:
        """The data of a profile, gene by gene; `gene_of` has the gene of each active allele."""
        others = {observed.gene for observed in profile.variants} | {call.gene for call in profile.structural}
        others |= {panel.repeats[name].gene for name in profile.repeats if name in panel.repeats}
        others |= profile.scores.keys()  # each stands for a gene of its own
        if profile.scores:
            others |= {agreement.id for agreement in panel.content.agreements}
        others |= {burden.id for burden in panel.content.burdens}  # each asks about the data of several genes
        beyond = frozenset(others)
        reference_calls, other_calls = profile.apart
        plain, absent, suspected = list(map(gene_of.get, reference_calls)), list[str](), dict[Variant, Call]()
        for variant, call in other_calls.items():
            gene = gene_of.get(variant)
            if gene is None:
                continue
            if call.state is State.REFERENCE and not call.copies and call.fraction is None:
                plain.append(gene)  # depth and quality do not count: only gates ask for them
                continue
            others.add(gene)
            if call.carries is Truth.FALSE:
                absent.append(gene)
            if call.suspected:
                suspected[variant] = call
        counts = {gene: count for gene, count in Counter(plain).items() if gene is not None}
        if panel.gates:  # a criterion asks more of a call than the rule set does: then reference calls are not alike
            others |= counts.keys()
        whole = {gene for gene, count in counts.items() if count == len(panel.by_gene[gene])}
        not_carried = Counter(absent) + Counter(counts)
        least, shares = panel.content.gates.assessed, profile.assessed
        return cls(
            reference=frozenset(whole - others),
            others=frozenset(others | (counts.keys() - whole)),
            marked=frozenset(panel.markers[rsid].gene for rsid in profile.markers if rsid in panel.markers),
            beyond=beyond,
            cleared=frozenset(g for g, n in not_carried.items() if n == len(panel.by_gene[g])) - beyond,
            covered=None if shares == "all" else frozenset(gene for gene, share in shares.items() if share >= least),
            suspected=suspected,
            listed=frozenset(panel.by_gene),
        )

    @property
    def mostly_reference(self) -> bool:
        """Whether in more genes than not no listed allele is carried: then most are as those that are all reference."""
        return 2 * len(self.cleared) > len(self.listed)

    @cached_property
    def special(self) -> frozenset[str]:
        """Genes whose data differ from the participant's default: all reference, or no data."""
        apart = self.listed - self.reference if self.mostly_reference else self.reference
        return apart | self.others | self.marked | (self.covered or frozenset())

    def is_covered(self, gene: str) -> bool:
        """Whether enough of a gene was sequenced."""
        return self.covered is None or gene in self.covered


@frozen(eq=False, slots=False)
class Found(Findings):
    """What was found of a profile, and which genes it has data for.

    Attributes:
        data: those of each gene that participants of the same run may have too.
    """

    contents: GeneContents = field(kw_only=True)
    data: Mapping[str, GeneData] = field(factory=dict, kw_only=True)

    def __getstate__(self) -> dict[str, Any]:
        """What it holds, without what it has of the run."""
        return super().__getstate__() | {"data": {}}
