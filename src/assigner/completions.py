"""What may still turn out: unknown findings as doubts, and every way to settle them.

The completion model. An unknown finding comes out false, or true with its strength, or, where it may be one copy of a
common allele, with that copy's strength. Each does so on its own: that two variants exclude each other, or that one
variant fits two criteria, is left out, so there are more completions here than in any genome, and none is missing. A
revocable finding stays true, or becomes false when an unknown one of its gene in its tier or a stronger one is true,
since its variant may then count there. What is true or false now stays so. A gene counts once per tier, by its
strongest true finding, and genes are independent of each other.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterable, Iterator, Mapping, Sequence
from math import prod

from attrs import field, frozen

from assigner.findings import Finding
from assigner.rules.schema import RuleSet
from assigner.scores import Strengths
from assigner.truth import Truth

Present = Mapping[int, int]
"""The doubts that come out true, by number, each with what it is then worth."""


@frozen
class Doubt:
    """Unknown findings of one gene and tier that are worth the same: which of them is true makes no difference.

    Attributes:
        number: its bit in a set of doubts.
        worth: what one of them may be worth if true, the most first.
    """

    number: int
    gene: str
    tier: int
    worth: tuple[int, ...]
    findings: tuple[Finding, ...] = field(eq=False, repr=False)

    @property
    def carrier_ppm(self) -> int:
        """An upper bound of the chance that one of them is true."""
        return sum(finding.carrier_ppm for finding in self.findings)


@frozen
class OpenGene:
    """A gene with doubts.

    Attributes:
        sure: what it is worth by tier whatever is learnt.
        loose: tier and strength of its revocable findings.
    """

    gene: str
    sure: tuple[int, ...]
    loose: tuple[tuple[int, int], ...]
    doubts: tuple[Doubt, ...]

    @property
    def size(self) -> int:
        """At least the number of its states."""
        return prod(1 + len(doubt.worth) for doubt in self.doubts) << len(self.loose)

    def states(self) -> Iterator[tuple[Present, tuple[int, ...]]]:
        """Every way to settle its doubts, with what the gene is then worth by tier; the first one has none true."""
        for worths in itertools.product(*((0, *doubt.worth) for doubt in self.doubts)):
            pairs = zip(self.doubts, worths, strict=True)
            present = {doubt.number: worth for doubt, worth in pairs if worth}
            for strengths in self.worth_with(present):
                yield present, strengths

    def states_with(self, numbers: frozenset[int]) -> Iterator[tuple[int, ...]]:
        """What it may be worth by tier when of its doubts exactly those with these numbers are true."""
        true = [doubt for doubt in self.doubts if doubt.number in numbers]
        for worths in itertools.product(*(doubt.worth for doubt in true)):
            yield from self.worth_with({doubt.number: worth for doubt, worth in zip(true, worths, strict=True)})

    def worth_with(self, present: Present) -> Iterator[tuple[int, ...]]:
        """What the gene may be worth by tier when exactly these of its doubts are true."""
        strongest = min((d.tier for d in self.doubts if d.number in present), default=len(self.sure) + 1)
        stays = [(True, False) if tier >= strongest else (True,) for tier, _ in self.loose]
        seen = set()
        for kept in itertools.product(*stays):
            line = list(self.sure)
            counted = [loose for loose, stay in zip(self.loose, kept, strict=True) if stay]
            counted += [(d.tier, present[d.number]) for d in self.doubts if d.number in present]
            for tier, strength in counted:
                line[tier - 1] = max(line[tier - 1], strength)
            if (strengths := tuple(line)) not in seen:
                seen.add(strengths)
                yield strengths


def open_genes(findings: Iterable[Finding], content: RuleSet) -> tuple[OpenGene, ...]:
    """The genes whose unknown findings could change what a category has, in the order of their names."""
    known: dict[str, list[Finding]] = {}
    unknown: dict[str, dict[tuple[int, tuple[int, ...]], list[Finding]]] = {}
    shares = content.shares_of
    for finding in findings:
        if finding.truth is Truth.FALSE or not shares.get(finding.gene):
            continue
        if finding.truth is Truth.TRUE:
            known.setdefault(finding.gene, []).append(finding)
            continue
        worth = (finding.strength, finding.partly) if finding.partly else (finding.strength,)
        unknown.setdefault(finding.gene, {}).setdefault((finding.tier, worth), []).append(finding)
    numbers = itertools.count()
    found = []
    for gene in sorted(unknown):
        sure, loose = [0] * len(content.decision.tiers), []
        for finding in known.get(gene, ()):
            if finding.revocable:
                loose.append((finding.tier, finding.strength))
            else:
                sure[finding.tier - 1] = max(sure[finding.tier - 1], finding.strength)
        doubts = [
            Doubt(next(numbers), gene, tier, worth, tuple(unknown[gene][tier, worth]))
            for tier, worth in sorted(unknown[gene])
            if max(worth) > sure[tier - 1] or any(at >= tier for at, _ in loose)
        ]
        if doubts:
            found.append(OpenGene(gene, tuple(sure), tuple(sorted(loose)), tuple(doubts)))
    return tuple(found)


def completions(genes: Sequence[OpenGene]) -> Iterator[tuple[Present, Strengths]]:
    """Every completion: the doubts that come out true, and what each gene is then worth."""
    for states in itertools.product(*(tuple(gene.states()) for gene in genes)):
        present: dict[int, int] = {}
        for own, _ in states:
            present |= own
        yield present, {gene.gene: strengths for gene, (_, strengths) in zip(genes, states, strict=True)}


def completions_with(genes: Sequence[OpenGene], numbers: frozenset[int]) -> Iterator[Strengths]:
    """What the genes concerned may be worth when exactly these doubts are true."""
    concerned = [gene for gene in genes if any(doubt.number in numbers for doubt in gene.doubts)]
    for chosen in itertools.product(*(tuple(gene.states_with(numbers)) for gene in concerned)):
        yield {gene.gene: strengths for gene, strengths in zip(concerned, chosen, strict=True)}
