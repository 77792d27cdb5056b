"""What a rule set answers to the states of its genes."""

from __future__ import annotations

import functools
import hashlib
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import chain
from typing import TypeAlias, TypeVar

from attrs import evolve, field, frozen

from assigner.assignments import Assignment, assign
from assigner.decisions.contests import Basis
from assigner.decisions.scores import strongest_by_tier
from assigner.evidence.findings import Finding
from assigner.evidence.flags import FlagKind
from assigner.lint.states import BUILD, GeneState, gene_names, states_of
from assigner.rules import Rules
from assigner.rules.panels import locus_of, panel_of
from assigner.rules.schema import RuleSet
from assigner.truth import Truth

MOST_JOINED = 64
"""So many different sums of evidence within one gene are distinguished; no shipped gene comes near."""


@frozen
class Answer:
    """What an assignment comes to, without how.

    Attributes:
        category: the category, or in review the one that the evidence alone would give.
        reasons: the reasons raised, those that are only noted included.
        among: the categories that are tied, or that a lot was drawn among.
    """

    outcome: str
    category: str | None
    basis: str
    tier: int | None
    reasons: tuple[str, ...]
    among: tuple[str, ...] = ()

    @classmethod
    def of(cls, made: Assignment) -> Answer:
        """The answer of an assignment; a lot belongs to a digest, so a category that was drawn is left out."""
        drawn = made.decision.basis.is_drawn
        tied = drawn or made.decision.basis is Basis.TIED
        return cls(
            outcome=made.outcome.value,
            category=None if drawn else made.category or made.provisional,
            basis=made.decision.basis.value,
            tier=made.decision.tier,
            reasons=tuple(raised.reason.value for raised in made.reasons),
            among=made.decision.among if tied else (),
        )

    def __str__(self) -> str:
        among = f" among {', '.join(self.among)}" if self.among else ""
        category = self.category or ("drawn" if Basis(self.basis).is_drawn else "")
        reasons = f"review ({', '.join(self.reasons)})" if self.outcome == "review" else ""
        noted = f" noting {', '.join(self.reasons)}" if self.reasons and self.outcome == "assigned" else ""
        at = "" if self.tier is None else f" in tier {self.tier}"
        decided = f"{category} by {self.basis}{at}{among}{noted}" if category else among.strip()
        return ": ".join(part for part in (reasons, decided) if part)


@frozen
class Answered:
    """One state, what a rule set answers, and what it found there."""

    state: GeneState
    answer: Answer
    true: tuple[Finding, ...] = field(repr=False)
    flags: tuple[str, ...] = ()

    @property
    def worth(self) -> tuple[object, ...]:
        """All that the answer rests on: the strongest finding of each tier, and the flags."""
        tiers = max((finding.tier for finding in self.true), default=0)
        strength = strongest_by_tier(((finding.tier, finding.strength) for finding in self.true), (0,) * tiers)
        return strength, self.flags, self.state.sex, "unsettled" in self.answer.reasons


def decided(state: GeneState, rules: Rules) -> Answered:
    """The answer of a whole rule set to a state."""
    made = assign(state.profile(panel_of(rules, BUILD)), rules)
    flags = tuple(sorted(f.id for f in made.flags if f.truth is Truth.TRUE and f.kind is not FlagKind.STRATIFICATION))
    return Answered(state, Answer.of(made), tuple(f for f in made.findings if f.truth is Truth.TRUE), flags)


def about(gene: str, rules: Rules) -> Rules:
    """The part of a rule set that one gene concerns, with the loci that share its repeats' places.

    Beside reference everywhere else it answers as the whole does: what is false adds no points and raises no flag. Only
    the random tie-break differs, as the digest is another one.
    """
    content = rules.content
    places = {locus_of(repeat) for repeat in content.repeats if repeat.gene == gene}
    shared = [repeat for repeat in content.repeats if locus_of(repeat) in places]
    genes, sized = {r.gene for r in shared} | {gene}, {r.id for r in shared}
    flags = content.flags.model_construct(
        mimics=tuple(m for m in content.flags.mimics if m.gene in genes or m.repeat in sized),
        therapies=tuple(t for t in content.flags.therapies if t.gene in genes or t.repeat in sized),
        stratification=(),
    )
    repeats = {m.repeat for m in flags.mimics} | {t.repeat for t in flags.therapies}
    of_genes, of_alleles, of_markers = _ranks(rules)
    parts = dict(content)
    parts |= {
        "genes": _of_genes(content.genes, of_genes, genes),
        "alleles": _of_genes(content.alleles, of_alleles, genes),
        "repeats": tuple(r for r in content.repeats if r.gene in genes or r.id in repeats),
        "markers": _of_genes(content.markers, of_markers, genes),
        "flags": flags,
        "examples": (),
    }
    digest = hashlib.sha256(f"{rules.digest} {gene}".encode()).hexdigest()
    return evolve(rules, content=RuleSet.model_construct(**parts), digest=digest)


Item = TypeVar("Item")
Ranks: TypeAlias = Mapping[str, Sequence[int]]
"""At which ranks what is of a gene stands among others."""


def _of_genes(items: Sequence[Item], ranks: Ranks, genes: Iterable[str]) -> tuple[Item, ...]:
    """Those of some genes, in their order: with many genes none is looked for among all."""
    return tuple(items[rank] for rank in sorted(chain.from_iterable(ranks.get(gene, ()) for gene in genes)))


@functools.lru_cache(maxsize=8)
def _ranks(rules: Rules) -> tuple[Ranks, Ranks, Ranks]:
    """Those of the genes, the alleles and the markers of a rule set."""
    content = rules.content
    return (
        _by_gene(gene.symbol for gene in content.genes),
        _by_gene(allele.gene for allele in content.alleles),
        _by_gene(marker.gene for marker in content.markers),
    )


def _by_gene(symbols: Iterable[str]) -> Ranks:
    found: dict[str, list[int]] = defaultdict(list)
    for rank, symbol in enumerate(symbols):
        found[symbol].append(rank)
    return found


def answers_of(gene: str, rules: Rules) -> Iterator[Answered]:
    """The answers to all states of a gene, and to its states together where that is worth something else."""
    own = about(gene, rules)
    singles = [decided(state, own) for state in states_of(gene, own)]
    yield from singles
    yield from _joined(singles, own)


def _joined(singles: list[Answered], own: Rules) -> Iterator[Answered]:
    """Several states of the gene at once, one for each sum of evidence that none of them has alone."""
    known = {each.worth: each for each in sorted(singles, key=lambda each: each.state.weight, reverse=True)}
    parts = [each for each in known.values() if each.state.key]
    waiting = list(parts)
    while waiting and len(known) < MOST_JOINED:
        one = waiting.pop(0)
        for other in parts:
            if set(one.state.key) & set(other.state.key) or one.state.sex is not other.state.sex:
                continue
            if one.state.repeats.keys() & other.state.repeats.keys():
                continue
            if one.state.alleles.keys() & other.state.alleles.keys() or one.state.markers.keys() & other.state.markers:
                continue
            if {o.variant for o in one.state.variants} & {o.variant for o in other.state.variants}:
                continue
            if _expected(one, other) in known:
                continue
            both = decided(one.state.and_also(other.state), own)
            if both.worth not in known:
                known[both.worth] = both
                waiting.append(both)
                yield both


def _expected(one: Answered, other: Answered) -> tuple[object, ...]:
    """What two states together are worth when neither disturbs the other."""
    true = (*one.true, *other.true)
    flags = tuple(sorted({*one.flags, *other.flags}))
    return evolve(one, true=true, flags=flags).worth


@functools.lru_cache(maxsize=4)
def all_answers(rules: Rules) -> Mapping[str, tuple[Answered, ...]]:
    """The answers by gene."""
    return {gene: tuple(answers_of(gene, rules)) for gene in gene_names(rules.content)}
