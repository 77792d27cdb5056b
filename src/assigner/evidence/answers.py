"""Per-gene evaluation of the criteria, with cached results for genes that have no data or are all reference.

Every question concerns one gene. Its answer depends on the participant's data for that gene and on the circumstances:
build, sex, and what the files show. So in equal circumstances the answers for a gene without data are the same for all
participants. The same holds for a gene with a plain reference call at each of its listed alleles and no other data.
Both come from the rule set alone and are cached with it. Every other gene is asked anew for each participant, and
nothing of a participant is cached.
"""

from __future__ import annotations

import functools
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping
from functools import cached_property
from typing import Literal

from attrs import field, frozen

from assigner.evidence.asking import ask
from assigner.evidence.findings import Finding, Findings, GeneFindings, gene_findings
from assigner.genome.builds import Build
from assigner.genome.variants import Variant
from assigner.profiles.calls import REFERENCE, Call, Sex, State
from assigner.profiles.profile import Annotation, Profile
from assigner.rules import Rules
from assigner.rules.panels import Panel, panel_of
from assigner.values import Private


def find(profile: Profile, rules: Rules) -> Found:
    """Ask every criterion; the order is that of the rule set's tiers, criteria, genes and places.

    Returns:
        One finding per question, true, false and unknown alike.
    """
    questions = questions_of(rules, profile.build)
    shared = shared_findings(rules, Circumstances.of(profile))
    contents = GeneContents.of(profile, questions.panel, questions.gene_of)
    genes = dict(shared.of(contents.mostly_reference, contents.covered is None).by_name)
    for gene in contents.special.intersection(genes):
        same = shared.of(gene in contents.reference, contents.is_covered(gene)).by_name[gene]
        if gene in contents.others:
            genes[gene] = _asked(profile, questions.alone[gene], same)
        elif gene in contents.marked:
            genes[gene] = _asked(profile, questions.of_markers[gene], same)
        else:
            genes[gene] = same
    return Found(tuple(genes.values()), contents=contents)


def find_uncached(profile: Profile, rules: Rules) -> Found:
    """As `find`, for a rule set under which few profiles are asked: nothing is prepared for the next one."""
    panel = panel_of(rules, profile.build)
    found = Findings.of(ask(profile, panel), rules.content)
    return Found(found.genes, contents=GeneContents.of(profile, panel, _genes_of(panel)))


def _asked(profile: Profile, alone: Panel, shared: GeneFindings) -> GeneFindings:
    """What is found of the one gene of a panel; a finding that is the shared one is that very object.

    Where the panel has no criterion for it, a finding is the shared one.
    """
    criteria, answers = {criterion.id for criterion in alone.criteria}, iter(ask(profile, alone))
    asked = [next(answers) if old.criterion in criteria else old for old in shared.findings]
    found = [
        old if new is old or (new == old and new.shown == old.shown) else new
        for new, old in zip(asked, shared.findings, strict=True)
    ]
    if all(new is old for new, old in zip(found, shared.findings, strict=True)):
        return shared
    return gene_findings(shared.gene, found, shared.places, alone.content)


@frozen(eq=False)
class Questions:
    """The questions of a rule set on one build.

    Attributes:
        places: for each gene the places of its questions among all, in their order.
        alone: for each gene the panel that asks about nothing else.
        of_markers: for each gene with markers the panel that asks about these alone.
        gene_of: the gene of each active allele.
    """

    panel: Panel
    places: Mapping[str, tuple[int, ...]]
    alone: Mapping[str, Panel]
    of_markers: Mapping[str, Panel]
    gene_of: Mapping[Variant, str]


@functools.lru_cache(maxsize=16)
def questions_of(rules: Rules, build: Build) -> Questions:
    """The questions of a rule set on a build."""
    panel = panel_of(rules, build)
    places: dict[str, list[int]] = defaultdict(list)
    criteria: dict[str, set[str]] = defaultdict(set)
    for at, finding in enumerate(ask(Profile(participant="default", build=build), panel)):
        places[finding.gene].append(at)
        criteria[finding.gene].add(finding.criterion)
    markers = {criterion.id for criterion in panel.criteria if criterion.reads == "markers"}
    marked = {marker.gene for marker in panel.markers.values()}
    return Questions(
        panel=panel,
        places={gene: tuple(own) for gene, own in places.items()},
        alone={gene: panel.alone(gene, criteria[gene]) for gene in places},
        of_markers={gene: panel.alone(gene, criteria[gene] & markers) for gene in places if gene in marked},
        gene_of=_genes_of(panel),
    )


def _genes_of(panel: Panel) -> dict[Variant, str]:
    return {variant: allele.gene for variant, allele in panel.alleles.items()}


@frozen
class Circumstances:
    """What an answer may depend on beside the data of the gene."""

    build: Build
    sex: Sex | None
    absent: Literal["unknown", "reference"]
    annotated: frozenset[Annotation]
    structural_read: bool

    @classmethod
    def of(cls, profile: Profile) -> Circumstances:
        """The circumstances of a participant."""
        return cls(profile.build, profile.deciding_sex, profile.absent, profile.annotated, profile.structural_read)

    def profile(self, alleles: Iterable[Variant], covered: bool) -> Profile:
        """A profile in these circumstances with plain reference calls at these alleles and no other data."""
        return Profile(
            participant="default",
            build=self.build,
            sex=self.sex,
            absent=self.absent,
            annotated=self.annotated,
            structural_read=self.structural_read,
            alleles=dict.fromkeys(alleles, REFERENCE),
            assessed="all" if covered else {},
        )


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
        covered: those of which enough was sequenced, or None for all of them.
        reported: the calls of listed alleles that are more than plain reference. Depth and quality do not count: only
            gates ask for them.
        listed: the genes with listed alleles.
    """

    reference: frozenset[str]
    others: frozenset[str]
    marked: frozenset[str]
    covered: frozenset[str] | None
    reported: Mapping[Variant, Call]
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
        reference_calls, other_calls = profile.apart
        plain, reported = list(map(gene_of.get, reference_calls)), {}
        for variant, call in other_calls.items():
            if call.state is State.REFERENCE and not call.copies and call.fraction is None:
                plain.append(gene_of.get(variant))
            elif variant in gene_of:
                reported[variant] = call
                others.add(gene_of[variant])
        counts = {gene: count for gene, count in Counter(plain).items() if gene is not None}
        if panel.gates:  # a criterion asks more of a call than the rule set does: then reference calls are not alike
            others |= counts.keys()
        whole = {gene for gene, count in counts.items() if count == len(panel.by_gene[gene])}
        least = panel.content.gates.assessed
        covered = None if profile.assessed == "all" else frozenset(g for g, s in profile.assessed.items() if s >= least)
        return cls(
            frozenset(whole - others),
            frozenset(others | (counts.keys() - whole)),
            frozenset(panel.markers[rsid].gene for rsid in profile.markers if rsid in panel.markers),
            covered,
            reported,
            frozenset(panel.by_gene),
        )

    @property
    def mostly_reference(self) -> bool:
        """Whether more genes with listed alleles are all reference than not."""
        return 2 * len(self.reference) > len(self.listed)

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
    """What was found of a profile, and which genes it has data for."""

    contents: GeneContents = field(kw_only=True)
