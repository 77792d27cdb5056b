"""What a rule set asks of each gene, with the answers where a profile says nothing, or plain reference alone.

Every question concerns one gene, and its answer depends on nothing but what the profile says of that gene and of the
participant as a whole. So the answers for a gene of which the profile says nothing are the same for all participants
in the same circumstances: they are found once, by asking an empty profile. The same holds for a gene with a reference
call at each of its listed alleles and nothing else. All other genes are asked; where listed places alone are told of,
the answers are kept for who says the same.
"""

from __future__ import annotations

import functools
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping
from functools import cached_property
from typing import Literal

from attrs import field, frozen

from assigner.caches import Kept
from assigner.evidence.asking import ask
from assigner.evidence.findings import Finding, Findings, GeneFindings, gene_findings
from assigner.genome.builds import Build
from assigner.genome.variants import Variant
from assigner.profiles.calls import REFERENCE, Call, Sex, State
from assigner.profiles.profile import Annotation, Profile
from assigner.rules import Rules
from assigner.rules.panels import Panel, panel_of


def find(profile: Profile, rules: Rules) -> Found:
    """Ask every criterion; the order is that of the rule set's tiers, criteria, genes and places.

    Returns:
        One finding per question, true, false and unknown alike.
    """
    questions = questions_of(rules, profile.build)
    answers = answers_of(rules, Circumstances.of(profile))
    told = Told.by(profile, questions.panel, questions.gene_of)
    everywhere = told.covered is None
    begun = (answers.of_reference if told.mostly_reference else answers.of_nothing)[everywhere]
    genes, changed = list(begun.genes), []
    for gene in told.otherwise:
        at = begun.order.get(gene)
        if at is None:
            continue
        covered = told.is_covered(gene)
        if gene in told.something:
            asked = answers.asked if gene in told.unlisted else answers.to
            own = asked(profile, gene, questions.alone[gene], covered)
        else:
            own = (answers.of_reference if gene in told.reference else answers.of_nothing)[covered].genes[at]
        if own is not genes[at]:
            changed.append(at)
            genes[at] = own
    return Found(tuple(genes), begun, tuple(sorted(changed)), told=told)


def find_once(profile: Profile, rules: Rules) -> Found:
    """As `find`, for a rule set that few profiles are asked under: what they would share is not worked out first."""
    panel = panel_of(rules, profile.build)
    found = Findings.of(ask(profile, panel), rules.content)
    return Found(found.genes, told=Told.by(profile, panel, _genes_of(panel)))


MOST_KEPT = 4096
"""How many answers to what was said of a gene are kept in the same circumstances."""


@frozen(eq=False)
class Questions:
    """The questions of a rule set on one build.

    Attributes:
        places: for each gene the places of its questions among all, in their order.
        alone: for each gene the panel that asks about nothing else.
        gene_of: the gene of each active allele.
    """

    panel: Panel
    places: Mapping[str, tuple[int, ...]]
    alone: Mapping[str, Panel]
    gene_of: Mapping[Variant, str]


@functools.lru_cache(maxsize=16)
def questions_of(rules: Rules, build: Build) -> Questions:
    """The questions of a rule set on a build."""
    panel = panel_of(rules, build)
    places: dict[str, list[int]] = defaultdict(list)
    criteria: dict[str, set[str]] = defaultdict(set)
    for at, finding in enumerate(ask(Profile(participant="nobody", build=build), panel)):
        places[finding.gene].append(at)
        criteria[finding.gene].add(finding.criterion)
    return Questions(
        panel=panel,
        places={gene: tuple(own) for gene, own in places.items()},
        alone={gene: panel.alone(gene, criteria[gene]) for gene in places},
        gene_of=_genes_of(panel),
    )


def _genes_of(panel: Panel) -> dict[Variant, str]:
    return {variant: allele.gene for variant, allele in panel.alleles.items()}


@frozen
class Circumstances:
    """What an answer may depend on beside what the profile says of the gene."""

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
        """A profile in these circumstances that says of these alleles that they are reference, and nothing else."""
        return Profile(
            participant="nobody",
            build=self.build,
            sex=self.sex,
            absent=self.absent,
            annotated=self.annotated,
            structural_read=self.structural_read,
            alleles=dict.fromkeys(alleles, REFERENCE),
            assessed="all" if covered else {},
        )


@frozen(eq=False)
class Answers:
    """The answers to all questions, each twice: for a gene that was not looked at, and for one that was.

    Attributes:
        of_nothing: where the profile says nothing of a gene.
        of_reference: where it says that each listed allele is reference, and nothing else.
    """

    of_nothing: tuple[Findings, Findings]
    of_reference: tuple[Findings, Findings]
    kept: Kept[GeneFindings] = field(factory=lambda: Kept(MOST_KEPT), init=False, repr=False)

    def to(self, profile: Profile, gene: str, alone: Panel, covered: bool) -> GeneFindings:
        """The answers to what a profile says of the listed places of a gene, which `alone` asks about.

        They are kept for who says the same, unless a criterion asks more of a call than its answer shows.
        """
        if alone.gates:
            return self.asked(profile, gene, alone, covered)
        said = gene, covered, *_said(profile, alone)
        return self.kept.of(said, lambda: self.asked(profile, gene, alone, covered))

    def asked(self, profile: Profile, gene: str, alone: Panel, covered: bool) -> GeneFindings:
        """What is found of a gene when it is asked, with the very findings that are known where they are the same."""
        known = self.of_nothing[covered].genes[self.of_nothing[covered].order[gene]]
        same = [
            old if new == old and new.shown == old.shown else new
            for new, old in zip(ask(profile, alone), known.findings, strict=True)
        ]
        if all(new is old for new, old in zip(same, known.findings, strict=True)):
            return known
        return gene_findings(known.gene, same, known.places, alone.content)

    def all(self) -> Iterable[Finding]:
        """Every finding of these answers."""
        return (finding for answers in (*self.of_nothing, *self.of_reference) for finding in answers.all)


def _said(profile: Profile, alone: Panel) -> Iterator[object]:
    """What a profile says of the listed places of a gene, as far as an answer can show it where there are no gates."""
    for call in map(profile.alleles.get, alone.alleles):
        yield call and (call.state, call.copies, call.phase_set, call.phase_sets, str(call.fraction))
    yield from map(profile.markers.get, alone.markers)
    yield from map(profile.repeats.get, alone.repeats)


@functools.lru_cache(maxsize=16)
def answers_of(rules: Rules, circumstances: Circumstances) -> Answers:
    """The answers in some circumstances."""
    panel = panel_of(rules, circumstances.build)

    def asked(alleles: Iterable[Variant], covered: bool) -> Findings:
        return Findings.of(ask(circumstances.profile(alleles, covered), panel), rules.content)

    return Answers(
        of_nothing=(asked((), False), asked((), True)),
        of_reference=(asked(panel.alleles, False), asked(panel.alleles, True)),
    )


@frozen(eq=False, slots=False)
class Told:
    """Of which genes a profile says something.

    Attributes:
        reference: those of which it says that each listed allele is reference, and nothing else.
        something: those of which it says anything else.
        unlisted: those in which it has other variants than listed ones.
        covered: those that were looked at, or None for all of them.
        loud: the calls of listed alleles that say more than reference; depth and quality do not count, which only
            gates ask for.
        listed: the genes with listed alleles.
    """

    reference: frozenset[str]
    something: frozenset[str]
    unlisted: frozenset[str]
    covered: frozenset[str] | None
    loud: Mapping[Variant, Call]
    listed: frozenset[str]

    @classmethod
    def by(cls, profile: Profile, panel: Panel, gene_of: Mapping[Variant, str]) -> Told:
        """What a profile says, gene by gene; `gene_of` has the gene of each active allele."""
        unlisted = frozenset(o.gene for o in profile.variants) | frozenset(s.gene for s in profile.structural)
        something = {panel.repeats[name].gene for name in profile.repeats if name in panel.repeats}
        something |= {panel.markers[rsid].gene for rsid in profile.markers if rsid in panel.markers}
        something |= unlisted
        reference_alone, others = profile.apart
        plain, loud = list(map(gene_of.get, reference_alone)), {}
        for variant, call in others.items():
            if call.state is State.REFERENCE and not call.copies and call.fraction is None:
                plain.append(gene_of.get(variant))
            elif variant in gene_of:
                loud[variant] = call
                something.add(gene_of[variant])
        counts = {gene: count for gene, count in Counter(plain).items() if gene is not None}
        if panel.gates:  # a criterion asks more of a call than the rule set does: then reference calls are not alike
            something |= counts.keys()
        whole = {gene for gene, count in counts.items() if count == len(panel.by_gene[gene])}
        least = panel.content.gates.assessed
        covered = None if profile.assessed == "all" else frozenset(g for g, s in profile.assessed.items() if s >= least)
        return cls(
            frozenset(whole - something),
            frozenset(something | (counts.keys() - whole)),
            unlisted,
            covered,
            loud,
            frozenset(panel.by_gene),
        )

    @property
    def mostly_reference(self) -> bool:
        """Whether more genes with listed alleles are plain reference than not."""
        return 2 * len(self.reference) > len(self.listed)

    @cached_property
    def otherwise(self) -> frozenset[str]:
        """The genes of which something else is told than of most: of those with listed alleles, or of all others."""
        apart = self.listed - self.reference if self.mostly_reference else self.reference
        return apart | self.something | (self.covered or frozenset())

    def is_covered(self, gene: str) -> bool:
        """Whether enough of a gene was looked at."""
        return self.covered is None or gene in self.covered


@frozen(eq=False, slots=False)
class Found(Findings):
    """What was found of a profile, and of which genes it says something."""

    told: Told = field(kw_only=True)
