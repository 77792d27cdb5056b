"""What several small variants of one haplotype do to a transcript together.

Two changes of one codon make another residue than either makes alone (Wang et al., "Landscape of multi-nucleotide
variants in 125,748 human exomes and 15,708 genomes", Nature Communications 2020), and two shifts of the reading frame
may undo each other.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise

from attrs import frozen

from assigner.packs.changes import Change
from assigner.packs.codons import Edit, coding_terms
from assigner.packs.effects import Effect, edit_of, effect, in_order_of_severity
from assigner.packs.names import protein_name
from assigner.packs.splicing import splice_terms
from assigner.packs.transcripts import Spliced, Stretches

NEAREST = 1
"""Changes with so many bases between them are named as one: HGVS Nomenclature, "Deletion-insertion variant"."""


@frozen
class _Part:
    """One of the changes, alone."""

    change: Change
    effect: Effect
    edit: Edit


def effect_together(changes: Sequence[Change], spliced: Spliced, known: Stretches) -> Effect | None:
    """What changes do to a transcript that carries all of them; None where it is not known.

    It is known where each of them lies wholly in the coding sequence, what it does alone is known, and no two meet.

    Args:
        changes: where their records write them; at least one.
        spliced: the transcript.
        known: the known sequence of its chromosome.
    """
    parts = []
    for change in changes:
        alone = effect(change, spliced, known)
        if alone.problem is not None or alone.residues is None:
            return None
        parts.append(_Part(change, alone, edit_of(change, spliced)))
    parts.sort(key=lambda part: (part.edit.at, part.edit.removed))
    edit = _joined([part.edit for part in parts])
    if edit is None:
        return None
    terms = {*coding_terms(edit)}.union(*(splice_terms(part.change, spliced.transcript) for part in parts))
    ordered = in_order_of_severity(terms)
    exons = dict.fromkeys(part.effect.exon for part in parts)
    return Effect(
        transcript=spliced.transcript,
        terms=ordered,
        hgvs_c=_name(parts, spliced, known),
        hgvs_p=protein_name(edit, ordered),
        exon=next(iter(exons)) if len(exons) == 1 else None,
        residues=edit.residues,
        length=len(spliced.protein) - 1,
    )


def _joined(edits: Sequence[Edit]) -> Edit | None:
    """Edits in the order of the transcript as one; None where two of them meet, or put bases in one place."""
    for one, other in pairwise(edits):
        if other.at < one.at + one.removed or (one.at == other.at and not other.removed):
            return None
    first, spliced = edits[0], edits[0].spliced
    put, behind = "", first.at
    for each in edits:
        put += spliced.bases[behind : each.at] + each.put
        behind = each.at + each.removed
    return Edit(spliced=spliced, at=first.at, removed=behind - first.at, put=put)


def _name(parts: Sequence[_Part], spliced: Spliced, known: Stretches) -> str | None:
    """One name of changes that lie side by side; else their names in brackets: HGVS Nomenclature, "Alleles"."""
    changes = sorted((part.change for part in parts), key=lambda change: (change.start, change.end))
    if all(other.start - one.end - 1 <= NEAREST for one, other in pairwise(changes)):
        between = [known.bases(one.end + 1, other.start - 1) for one, other in pairwise(changes)]
        if None in between:
            return None
        gaps = ["", *(bases or "" for bases in between)]
        removed = "".join(gap + change.removed for gap, change in zip(gaps, changes, strict=True))
        put = "".join(gap + change.put for gap, change in zip(gaps, changes, strict=True))
        return effect(Change.cut(changes[0].start, removed, put), spliced, known).hgvs_c if removed != put else None
    names = [part.effect.hgvs_c for part in parts]
    if None in names:
        return None
    accession = spliced.transcript.accession
    return f"{accession}:c.[{';'.join(name.removeprefix(f'{accession}:c.') for name in names if name)}]"
