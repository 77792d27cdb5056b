"""Pieces of evidence that a rule set counts, and the result of each alone."""

from __future__ import annotations

import functools
from collections.abc import Iterator
from decimal import Decimal
from itertools import islice

from attrs import evolve, frozen

from assigner.assignments import Assignment, assign
from assigner.decisions.contests import Contest, Terms
from assigner.decisions.scores import Tally
from assigner.evidence.answers import find
from assigner.genome.builds import Build
from assigner.profiles.calls import Call
from assigner.profiles.made_up import believed_call, deletion_of, normal_profile, residues_in, unlisted_variant
from assigner.profiles.profile import Observed, Profile, RepeatSizes, StructuralCall
from assigner.rules import Rules
from assigner.rules.criteria import GeneWide
from assigner.rules.loci import Allele, Gene
from assigner.rules.panels import locus_of
from assigner.rules.repeats import Repeat
from assigner.rules.schema import RuleSet
from assigner.testing.loci import Choices, choices_of
from assigner.truth import Truth

Piece = Allele | Repeat | Observed | StructuralCall
"""What can be evidence for a gene on its own."""

MOST_ALLELES = 50
"""The largest number of alleles of a gene that are weighed one by one."""

MOST_PIECES = 6
"""The largest number of pieces that are added to outweigh another category."""


@frozen(eq=False)
class Weighed:
    """A piece, and the result of a participant who has it and nothing else.

    Attributes:
        category: the category that it gives, if any.
        tier: the tier that decides.
        points: what the category has there.
    """

    piece: Piece
    category: str | None
    tier: int | None
    points: int


@functools.lru_cache(maxsize=16)
def pieces_of(rules: Rules, build: Build) -> dict[str, list[Weighed]]:
    """By gene with a share in a category, its pieces of evidence."""
    choices, shares = choices_of(rules, build), rules.content.shares_of
    normal = normal_profile(choices.panel, None, "P1")
    return {
        gene.symbol: [_weighed(p, assign(with_piece(normal, choices, p), rules)) for p in _pieces(choices, gene)]
        for gene in rules.content.genes
        if shares[gene.symbol]
    }


def _weighed(piece: Piece, made: Assignment) -> Weighed:
    category, tier = made.decision.category, made.decision.tier
    points = [s.tiers[tier - 1].known for s in made.scores if tier is not None and s.category == category]
    return Weighed(piece, category, tier, sum(points))


def _pieces(choices: Choices, gene: Gene) -> Iterator[Piece]:
    content, panel = choices.panel.content, choices.panel
    criteria = content.criteria
    listed = (a for _, a in panel.by_gene.get(gene.symbol, ()) if any(c.asks(a) for c in criteria))
    yield from islice(listed, MOST_ALLELES)
    yield from (r for r in panel.repeats.values() if r.gene == gene.symbol and r.is_evidence)
    if any(c.reads == "annotations" and c.asks(gene) for c in criteria):
        yield annotated(choices, gene)
    if any(c.reads == "deletions" and c.asks(gene) for c in criteria):
        call = believed_call(content, (two_of(content, gene), True))
        yield deletion_of(gene, panel.build, call)


def two_of(content: RuleSet, gene: Gene) -> bool:
    """Whether any criterion asks for two disturbed copies of a gene."""
    return any(isinstance(c, GeneWide) and c.asks(gene) and c.needs_two(gene) for c in content.criteria)


def annotated(choices: Choices, gene: Gene) -> Observed:
    """A variant of a gene that is all that a criterion can ask for."""
    return Observed(
        gene.symbol,
        unlisted_variant(choices.panel, gene, terms=choices.terms),
        carried("two" if two_of(choices.panel.content, gene) else "one", gene.chrom, choices),
        terms=choices.terms,
        pathogenic=Truth.TRUE,
        stars=4,
        conditions=choices.conditions,
        frequency=Decimal(0),
        predictors={name: high for name, high, _ in choices.scores},
        last_exon=Truth.FALSE,
        penultimate_exon=Truth.FALSE,
        residues=residues_in(gene),
    )


def carried(needs: str, chrom: str, choices: Choices) -> Call:
    """A call of as many copies as are needed, which passes every gate."""
    call = believed_call(choices.panel.content, (needs != "one", True))
    return evolve(call, fraction=choices.sure_fractions[1]) if chrom == "MT" else call


def with_piece(profile: Profile, choices: Choices, piece: Piece) -> Profile:
    """The same participant with a piece of evidence."""
    panel = choices.panel
    match piece:
        case Allele():
            variant = panel.variant_by_id[piece.id]
            call = carried(piece.needs, variant.chrom, choices)
            return evolve(profile, alleles={**profile.alleles, variant: call})
        case Repeat():
            there = [r.id for r in panel.repeats.values() if locus_of(r) == locus_of(piece)]
            sizes = dict.fromkeys(there, RepeatSizes((piece.least_harmful,) * 2))
            return evolve(profile, repeats={**profile.repeats, **sizes})
        case Observed():
            others = [o for o in profile.variants if (o.gene, o.variant) != (piece.gene, piece.variant)]
            return evolve(profile, variants=(*others, piece))
        case StructuralCall():
            rest = [s for s in profile.structural if (s.gene, str(s)) != (piece.gene, str(piece))]
            return evolve(profile, structural=(*rest, piece))


def outweighing(profile: Profile, rules: Rules, category: str) -> tuple[Piece, ...]:
    """Pieces that give a participant the category, the best one first; none where `MOST_PIECES` are not enough.

    Each in turn is the one with which the category beats most of the others, loses to the fewest, and leads by most.
    """
    choices, shares = choices_of(rules, profile.build), rules.content.shares_of
    kinds = {
        (gene, type(w.piece), getattr(w.piece, "allele_class", "")): w.piece
        for gene, own in pieces_of(rules, profile.build).items()
        if category in shares[gene]
        for w in own
    }
    chosen: list[Piece] = []
    while kinds and len(chosen) < MOST_PIECES:
        worth = {key: _standing(with_piece(profile, choices, piece), rules, category) for key, piece in kinds.items()}
        best = max(worth, key=lambda key: worth[key])
        chosen.append(kinds[best])
        profile = with_piece(profile, choices, kinds.pop(best))
        if assign(profile, rules).decision.category == category:
            return tuple(chosen)
    return ()


def _standing(profile: Profile, rules: Rules, category: str) -> tuple[int, list[int]]:
    """How many more of the others a category beats than beat it, and by how much it leads in each tier."""
    terms = Terms.of(rules.content, profile.participant, rules.digest)
    contest = Contest(Tally.of(find(profile, rules), rules.content).entries, terms)
    (own,) = (entry for entry in contest.entries if entry.category == category)
    others = [entry for entry in contest.entries if entry.category != category]
    net = sum(contest.beats(category, o.category) - contest.beats(o.category, category) for o in others)
    columns = zip(own.points, *(o.points for o in others), strict=True)
    return net, [mine - max(theirs, default=0) for mine, *theirs in columns]
