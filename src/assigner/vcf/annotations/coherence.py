"""Whether the fields of one consequence tell of one change: its terms, HGVS, amino acids and bases.

A file that was edited, joined or shifted by a column may say `synonymous_variant` beside `p.Gln47Ter`. One of the two
is wrong, and nothing tells which.

The terms are those of the Sequence Ontology, with the meaning that Ensembl VEP gives them ("Calculated variant
consequences", its documentation). Changes of a protein are written as HGVS has them, and as SnpEff and ANNOVAR do:
`p.Gln47Gln`, `p.Q47X`.
"""

from __future__ import annotations

import enum
import re
from collections.abc import Collection, Iterable
from functools import lru_cache
from typing import assert_never

from assigner.genome.variants import are_bases
from assigner.vcf.annotations.consequences import Consequence

ACIDS = "Amino_acids"
"""VEP's field of the residues before and after a change."""


class Protein(enum.Enum):
    """What becomes of a protein."""

    SAME = "the same residue"
    REPLACED = "another residue"
    ENDED = "a stop"
    SHIFTED = "another reading frame"
    RESIZED = "more or fewer residues"


_UNCLEAR = frozenset(
    {
        "coding_sequence_variant", "protein_altering_variant", "start_lost", "stop_lost", "transcript_ablation",
        "exon_loss_variant",
    }
)  # fmt: skip
"""Terms of changes that may be written as any of these but the first."""

_LENGTHENED = frozenset(
    {
        "inframe_insertion", "conservative_inframe_insertion", "disruptive_inframe_insertion",
        "inframe_deletion", "conservative_inframe_deletion", "disruptive_inframe_deletion",
    }
)  # fmt: skip

_SAME = frozenset(
    {
        "synonymous_variant", "stop_retained_variant", "start_retained_variant", "coding_sequence_variant",
        "incomplete_terminal_codon_variant", "initiator_codon_variant",
    }
)  # fmt: skip

_REPLACED = _UNCLEAR | {
    "missense_variant", "rare_amino_acid_variant", "initiator_codon_variant", "non_canonical_start_codon",
}  # fmt: skip

_ENDED = _UNCLEAR - {"start_lost"} | {"stop_gained", "frameshift_variant"}

_SHIFTED = _UNCLEAR | {"frameshift_variant", "stop_gained"}

_RESIZED = _UNCLEAR | _LENGTHENED | {"missense_variant", "stop_gained", "frameshift_variant"}

_CODING = _SAME | _REPLACED | _ENDED | _SHIFTED | _RESIZED

_OF_CODON = _CODING - {"coding_sequence_variant", "transcript_ablation", "exon_loss_variant"}

_BESIDE_INTRON = frozenset(
    {
        "intron_variant", "conserved_intron_variant", "splice_region_variant", "splice_donor_variant",
        "splice_acceptor_variant", "splice_donor_5th_base_variant", "splice_donor_region_variant",
        "splice_polypyrimidine_tract_variant", "splice_branch_variant", "exon_loss_variant", "transcript_ablation",
    }
)  # fmt: skip
"""The terms of a change that lies in an intron, in part at least, or at its border."""

_PAST_CODONS = frozenset(
    {"5_prime_UTR_variant", "3_prime_UTR_variant", "5_prime_UTR_truncation", "start_lost", "stop_lost"}
)
"""The terms of a change that may have some of its bases before the first codon, or behind the last one."""

_OF_PARTS = frozenset({"sequence_feature", "structural_interaction_variant", "protein_protein_contact"})
"""The terms by which SnpEff says in which part of a protein a change lies, wherever that is."""

_BESIDE_EXON = _CODING | _OF_PARTS | {"splice_region_variant"}
_BESIDE_INTRON_OR_PART = _BESIDE_INTRON | _OF_PARTS

_HGVS_P = re.compile(r"(?:.*:)?(?:.*\()?p\.\(?(?:([A-Z][a-z]{2}|[A-Z*])[0-9]{1,6})?([^()]*)\)?")
_RESIDUE = re.compile("[A-Z][a-z]{2}|[A-Z]")
_HGVS_C = re.compile(r"(?:.*:)?c\.[0-9]{1,6}([-+][0-9]{1,6})?[ACGT]>[ACGT]")
_STOPS = frozenset({"Ter", "*", "X"})


def contradiction(said: Consequence, ref: str, alt: str) -> str | None:
    """What two fields of a consequence say that cannot both be so, if any do.

    Args:
        said: the consequence.
        ref: REF.
        alt: the ALT that it is about.

    >>> from assigner.vcf.annotations.consequences import Tool
    >>> said = Consequence(source=Tool.VEP, allele=1, terms=("synonymous_variant",), hgvs_p="ENSP1:p.Gln47Ter")
    >>> contradiction(said, "C", "T")
    'synonymous_variant beside ENSP1:p.Gln47Ter'
    """
    acids = said.fields.get(ACIDS, "")
    beside = differing(said.terms, said.hgvs_c or "", said.hgvs_p or "", acids)
    if beside is None and are_bases(alt) and may_not_measure(said.terms, ref, alt):
        beside = f"{ref}>{alt}"
    return None if beside is None else f"{'&'.join(said.terms)} beside {beside}"


def differing(terms: Collection[str], coding: str, protein: str, acids: str) -> str | None:
    """The one of HGVSc, HGVSp and VEP's amino acids that does not fit the terms, if one does not.

    >>> differing(["intron_variant"], "ENST1:c.139C>T", "", ""), differing(["stop_gained"], "", "", "Q/R")
    ('ENST1:c.139C>T', 'Q/R')
    >>> differing(["stop_gained"], "ENST1:c.139C>T", "ENSP1:p.Gln47Ter", "Q/*") is None
    True
    """
    if not terms:
        return None
    if coding and not _fits_place(terms, coding):
        return coding
    for text, found in ((protein, _by_hgvs(protein)), (acids, _by_acids(acids))) if protein or acids else ():
        if found is not None and _terms_of(found).isdisjoint(terms):
            return text
    return None


@lru_cache(maxsize=4096)
def may_lie_in_exon(terms: tuple[str, ...]) -> bool:
    """Whether terms may be those of a change of one base of an exon's coding part.

    >>> may_lie_in_exon(("synonymous_variant",)), may_lie_in_exon(("splice_donor_variant",))
    (True, False)
    """
    return not _BESIDE_EXON.isdisjoint(terms)


@lru_cache(maxsize=4096)
def belongs_in_codon(terms: tuple[str, ...]) -> bool:
    """Whether terms are those of a change of a codon.

    >>> belongs_in_codon(("synonymous_variant",)), belongs_in_codon(("coding_sequence_variant", "intron_variant"))
    (True, False)
    """
    return not _OF_CODON.isdisjoint(terms)


def _fits_place(terms: Collection[str], coding: str) -> bool:
    """Whether terms fit a change of one base by where HGVS has it: in an exon, or so far from one."""
    found = _HGVS_C.fullmatch(coding)
    if found is None:
        return True
    return not (_BESIDE_INTRON_OR_PART if found[1] else _BESIDE_EXON).isdisjoint(terms)


def _terms_of(found: Protein) -> frozenset[str]:
    """The terms of which one at least belongs to what becomes of a protein."""
    match found:
        case Protein.SAME:
            return _SAME
        case Protein.REPLACED:
            return _REPLACED
        case Protein.ENDED:
            return _ENDED
        case Protein.SHIFTED:
            return _SHIFTED
        case Protein.RESIZED:
            return _RESIZED
        case _:
            assert_never(found)


@lru_cache(maxsize=4096)
def _by_hgvs(text: str) -> Protein | None:
    """What becomes of the protein by HGVS; None of what is not written, or in a way that is not understood."""
    found = _HGVS_P.fullmatch(text)
    if found is None:
        return None
    before, after = found[1], found[2]
    if after in ("=", before):
        return Protein.SAME
    if before is None or before in _STOPS or "ext" in after:
        return None
    if after in _STOPS:
        return Protein.ENDED
    if "fs" in after:
        return Protein.SHIFTED
    if _RESIDUE.fullmatch(after):
        return Protein.REPLACED
    is_resized = re.search("del|dup|ins", after) is not None and re.search(r"Ter|\*|ins[A-Z]*X", after) is None
    return Protein.RESIZED if is_resized else None


@lru_cache(maxsize=4096)
def _by_acids(text: str) -> Protein | None:
    """What becomes of the protein by VEP's `Amino_acids`, `Q/R` or, where both are the same, `Q`."""
    before, sign, after = text.replace("-", "").partition("/")
    if not text or "X" in before or "*" in before:
        return None
    if not sign or before == after:
        return Protein.SAME
    if "*" in after:
        return Protein.ENDED
    if "X" in after:
        return Protein.SHIFTED
    return Protein.REPLACED if len(before) == len(after) else Protein.RESIZED


def may_not_measure(terms: Iterable[str], ref: str, alt: str) -> bool:
    """Whether terms cannot be those of a change of so many bases.

    What lies partly in an intron, or outside of all codons, may move the frame by another number.

    >>> may_not_measure(["frameshift_variant"], "C", "T"), may_not_measure(["synonymous_variant"], "CA", "C")
    (True, True)
    >>> may_not_measure(["frameshift_variant"], "CA", "C"), may_not_measure(["missense_variant"], "C", "T")
    (False, False)
    """
    terms, gained = {*terms}, len(alt) - len(ref)
    if gained and not (_BESIDE_INTRON | _PAST_CODONS).isdisjoint(terms):
        return False
    if "frameshift_variant" in terms:
        return gained % 3 == 0
    resized = not terms.isdisjoint(_LENGTHENED)
    in_frame = resized or not terms.isdisjoint({"missense_variant", "synonymous_variant"})
    return (in_frame and gained % 3 != 0) or (resized and gained == 0)
