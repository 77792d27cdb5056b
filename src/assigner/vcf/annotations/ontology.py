"""What the Sequence Ontology terms of an annotation say of a change, and which of them are understood."""

from __future__ import annotations

import functools
import re
from collections.abc import Iterable

from assigner.genome.terms import TERMS

_IN_CODONS = frozenset(
    {
        "stop_gained", "frameshift_variant", "stop_lost", "start_lost", "inframe_insertion", "inframe_deletion",
        "missense_variant", "protein_altering_variant", "incomplete_terminal_codon_variant", "start_retained_variant",
        "stop_retained_variant", "synonymous_variant", "initiator_codon_variant", "rare_amino_acid_variant",
        "disruptive_inframe_insertion", "conservative_inframe_insertion", "disruptive_inframe_deletion",
        "conservative_inframe_deletion", "non_canonical_start_codon", "transcript_ablation", "exon_loss_variant",
    }
)  # fmt: skip
"""Those of a change of coding bases."""

SPLICED = frozenset({"splice_acceptor_variant", "splice_donor_variant"})
"""Those of a lost splice site."""

_REJOINED = SPLICED | {
    "exon_loss_variant", "transcript_ablation", "feature_ablation", "duplication", "inversion", "gene_fusion",
    "bidirectional_gene_fusion", "feature_fusion", "rearranged_at_DNA_level",
}  # fmt: skip
"""Those of a change after which other exons may be joined."""

FRAMESHIFT = "frameshift_variant"
"""That of a change after which another reading frame is read."""

ENDS = frozenset({"stop_gained", "start_lost"})
"""Behind what is called so nothing of the protein is made as it was."""


def are_understood(terms: Iterable[str]) -> bool:
    """Whether each term is one that is understood; what another one does to a gene is not known.

    >>> are_understood(["intron_variant"]), are_understood(["intron_variant", "exonic_variant"])
    (True, False)
    """
    return TERMS.issuperset(terms)


@functools.lru_cache(maxsize=4096)
def may_change_codon(terms: tuple[str, ...]) -> bool:
    """Whether terms say that coding bases change, or one of them is not understood.

    >>> may_change_codon(("synonymous_variant",)), may_change_codon(("intron_variant",)), may_change_codon(("exonic",))
    (True, False, True)
    """
    return not (are_understood(terms) and _IN_CODONS.isdisjoint(terms))


@functools.lru_cache(maxsize=4096)
def may_rejoin(terms: tuple[str, ...]) -> bool:
    """Whether terms say that other exons may be joined, or one of them is not understood.

    >>> may_rejoin(("inframe_deletion",)), may_rejoin(("splice_donor_variant",)), may_rejoin(("exon_variant",))
    (False, True, True)
    """
    return not (are_understood(terms) and _REJOINED.isdisjoint(terms))


def lies_in_exon(terms: Iterable[str]) -> bool:
    """Whether terms name no intron and no splice site.

    >>> lies_in_exon(["coding_sequence_variant"]), lies_in_exon(["coding_sequence_variant", "intron_variant"])
    (True, False)
    """
    return _REJOINED.isdisjoint(terms) and "intron_variant" not in terms


@functools.lru_cache(maxsize=4096)
def may_break(terms: tuple[str, ...]) -> bool:
    """Whether what is read of a transcript behind a change with these terms may be another protein, or none.

    >>> may_break(("inframe_deletion",)), may_break(("frameshift_variant",)), may_break(("splice_donor_variant",))
    (False, True, True)
    """
    return may_rejoin(terms) or not (ENDS.isdisjoint(terms) and FRAMESHIFT not in terms)


@functools.lru_cache(maxsize=4096)
def is_quiet(written: str, asked: re.Pattern[str]) -> bool:
    """Whether terms joined with `&`, as a file writes them, are all understood and none of them is asked for."""
    return are_understood(written.split("&")) and not asked.search(written)
