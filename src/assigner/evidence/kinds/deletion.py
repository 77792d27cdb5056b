"""Deletions of a whole gene or of an exon, in genes whose mechanism this fits.

In a recessive gene a deletion counts when both copies are deleted, or when a small variant in trans disturbs the other.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import ClassVar, Literal

from attrs import frozen

from assigner.evidence.findings import CERTAIN, Finding
from assigner.evidence.kinds.annotated import GENE_WIDE, Annotated, InGenes, partners, unlisted
from assigner.evidence.kinds.kind import Asked, Edges, Field, Values, finding_of, shown
from assigner.evidence.kinds.witnesses import Witness, carried
from assigner.evidence.unknowns import Why, first_of, why_open
from assigner.genome.variants import Variant
from assigner.profiles.calls import Call, Sex, State, apart
from assigner.profiles.made_up import deletion_of, unlisted_variant
from assigner.profiles.profile import StructuralCall
from assigner.rules.criteria import DeletionCriterion
from assigner.rules.loci import Gene, Part
from assigner.rules.panels import Panel
from assigner.truth import Truth, all_of, any_of

Least = Literal["whole", "exon"]


@frozen
class Deletion(InGenes):
    """A criterion for deletions, one finding per gene."""

    criterion: DeletionCriterion

    words: ClassVar[str] = "a deletion of a gene or of an exon, where that is how the gene does harm"
    fields: ClassVar[Mapping[str, Field]] = {
        "mechanisms": Field(Values.MEMBERS, "the gene must have one of these"),
        "reach": Field(Values.CHOICE, "what must be deleted at least: an `exon`, or the `whole` gene"),
        "carrier_ppm": Field(Values.CHANCE, "the prior of one in a gene that was not assessed"),
        **GENE_WIDE,
    }
    fixed_points: ClassVar[bool] = True
    pathogenic: ClassVar[bool] = False

    @property
    def edges(self) -> Edges:
        """None: there are no thresholds."""
        return Edges()

    def witness(self, part: Part, sex: Sex, panel: Panel) -> Witness:
        """A deletion of the whole gene, on every copy of a recessive one."""
        assert isinstance(part, Gene)
        call = carried(panel, unlisted_variant(panel, part), self.criterion.needs_two(part), sex)
        return Witness(structural=(deletion_of(part, panel.build, call),))

    def in_gene(self, gene: Gene, asked: Asked) -> Finding:
        """Whether the gene, or an exon of it, is deleted in as many copies as its inheritance needs."""
        least = self.criterion.reach
        own = [seen for seen in asked.profile.structural if seen.gene == gene.symbol]
        own = [s for s in own if all_of((s.removes(least), s.call.carries)) is not Truth.FALSE]
        own.sort(key=str)
        looked = asked.profile.looked_for_structural
        if own and self.criterion.needs_two(gene):
            others, all_seen = _partners(gene, asked)
            truth = none_left(own, others, least)
            looked = looked and all_seen
        else:
            others, truth = [], one_lost(own, least)
        why = _why_open(truth, own, others)
        if truth is Truth.FALSE and not looked:
            truth, why = Truth.UNKNOWN, _why_not_looked(gene, asked)
        return finding_of(
            self.criterion,
            gene.symbol,
            tuple(map(str, own)),
            truth,
            points=asked.panel.content.points_of(self.criterion, gene.symbol),
            carrier_ppm=CERTAIN if any(s.call.seen for s in own) else self.prior(gene.symbol, asked.panel),
            shown=", ".join(shown(s.call) for s in own),
            why=why,
        )


@frozen
class Partner:
    """A small variant of the gene, and whether it disturbs the gene."""

    variant: Variant
    call: Call
    harms: Truth


def _partners(gene: Gene, asked: Asked) -> tuple[list[Partner], bool]:
    """The small variants that may disturb the other copy, and whether all such variants would have been seen."""
    kinds = [kind for kind in asked.kinds if isinstance(kind, Annotated) and kind.asks(gene)]
    listed = [Partner(v, call, Truth.TRUE) for v, call in partners(gene, asked.profile, asked.panel)]
    others = [
        Partner(o.variant, o.call, any_of(k.qualifies(o, asked.panel) for k in kinds)) for o in unlisted(gene, asked)
    ]
    return [*listed, *others], all(kind.was_looked_for(gene, asked) for kind in kinds)


def _why_open(truth: Truth, seen: Sequence[StructuralCall], others: Sequence[Partner]) -> Why | None:
    """Why the deletions and small variants leave the answer unknown; None where it is not unknown."""
    possible = [each for each in others if Truth.FALSE not in (each.harms, each.call.carries)]
    if truth is Truth.UNKNOWN and any(each.harms is Truth.UNKNOWN for each in possible):
        return Why.UNEXPLAINED
    return why_open(truth, [*(each.call for each in seen), *(each.call for each in possible)])


def _why_not_looked(gene: Gene, asked: Asked) -> Why:
    """Why a deletion, or a small variant on the other copy, would not have been seen."""
    if not asked.profile.looked_for_structural:
        return Why.NOT_COVERED if asked.profile.structural_read else Why.NO_STRUCTURAL
    kinds = [kind for kind in asked.kinds if isinstance(kind, Annotated) and kind.asks(gene)]
    return first_of(kind.why_not_looked_for(asked) for kind in kinds if not kind.was_looked_for(gene, asked))


def one_lost(seen: Sequence[StructuralCall], least: Least) -> Truth:
    """Whether at least one copy of the gene is deleted."""
    return any_of(all_of((each.removes(least), each.call.carries)) for each in seen)


def none_left(seen: Sequence[StructuralCall], partners: Sequence[Partner], least: Least) -> Truth:
    """Whether one copy is deleted, and the other copy is deleted too or disturbed by a small variant.

    Two deletions of one copy each may be the same deletion in two records, so they leave the answer unknown.
    """
    lost = [(each, all_of((each.removes(least), each.call.carries))) for each in seen]
    likely = [(each, truth) for each, truth in lost if truth is not Truth.FALSE]
    alone = any_of(all_of((truth, each.call.on_every_haplotype)) for each, truth in likely)
    two = Truth.UNKNOWN if len(likely) > 1 else Truth.FALSE
    joined = any_of(all_of((truth, other.harms, in_trans(each, other))) for each, truth in likely for other in partners)
    return any_of((alone, two, joined))


def in_trans(deletion: StructuralCall, other: Partner) -> Truth:
    """Whether a small variant is on the haplotype without the carried deletion.

    Inside a deletion of one copy all reads come from the other copy, so a variant there looks homozygous. One that
    looks heterozygous contradicts the deletion. Elsewhere in the gene only the phase decides.
    """
    call = other.call
    if call.carries is Truth.FALSE or _is_same(deletion, other.variant):
        return Truth.FALSE
    if call.state is not State.CALLED or deletion.call.state is not State.CALLED:
        return Truth.UNKNOWN
    if call.on_every_haplotype is Truth.TRUE:
        return Truth.TRUE
    meets = other.variant.pos <= deletion.end and deletion.start <= other.variant.end
    return Truth.UNKNOWN if meets else apart(deletion.call, call)


def _is_same(deletion: StructuralCall, variant: Variant) -> bool:
    """Whether the small variant is the same deletion, written with bases instead of <DEL>."""
    start = variant.pos + (variant.ref[0] == variant.alt[0])
    return len(variant.ref) > len(variant.alt) and (start, variant.end) == (deletion.start, deletion.end)
