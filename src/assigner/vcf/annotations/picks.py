"""Which of an allele's consequences counts in a gene, and why."""

from __future__ import annotations

import enum
import re
from collections.abc import Collection, Iterable, Sequence
from typing import assert_never

from attrs import field, frozen

from assigner.truth import Truth
from assigner.vcf.annotations.consequences import Consequence


class Basis(enum.StrEnum):
    """Why a consequence was chosen, or why none was."""

    MANE_SELECT = "MANE Select transcript"
    RULE_SET = "transcript that the rule set names"
    CANONICAL = "canonical transcript"
    NOT_ANNOTATED = "no consequence in the file"
    NOT_CHOSEN = "no MANE Select, named or canonical transcript among the consequences"
    ALLELE_UNKNOWN = "consequences that cannot be tied to the allele"
    COMPOUND = "the consequence stands at another record of the haplotype"
    SEVERAL = "several consequences with an equal claim"

    @property
    def is_own_transcript(self) -> bool:
        """Whether the consequence stands on the one transcript that counts for its gene."""
        match self:
            case Basis.MANE_SELECT | Basis.RULE_SET:
                return True
            case Basis.CANONICAL | Basis.NOT_ANNOTATED | Basis.NOT_CHOSEN:
                return False
            case Basis.ALLELE_UNKNOWN | Basis.COMPOUND | Basis.SEVERAL:
                return False
            case _:
                assert_never(self)


OUTSIDE = frozenset(
    {
        "upstream_gene_variant", "downstream_gene_variant", "intergenic_variant", "intergenic_region",
        "regulatory_region_variant", "TF_binding_site_variant", "regulatory_region_ablation",
        "regulatory_region_amplification", "TFBS_ablation", "TFBS_amplification", "sequence_variant",
        "sequence_feature", "structural_interaction_variant", "protein_protein_contact",
    }
)  # fmt: skip
"""Terms of a variant outside of the transcript, or of none: they say nothing of another transcript that it is in."""

_MILD = frozenset(
    {
        "synonymous_variant", "stop_retained_variant", "start_retained_variant", "5_prime_UTR_variant",
        "3_prime_UTR_variant", "intron_variant", "non_coding_transcript_exon_variant", "NMD_transcript_variant",
        "non_coding_transcript_variant", "incomplete_terminal_codon_variant", "coding_transcript_variant",
    }
)  # fmt: skip
# Inside a gene, and below all that change a protein: "Calculated consequences", Ensembl, in the order of severity.


@frozen
class Pick:
    """The consequence that counts for an allele in a gene, or None, and why."""

    consequence: Consequence | None
    basis: Basis


@frozen(kw_only=True, eq=False)
class GeneNames:
    """What annotations call a gene.

    Attributes:
        hgnc_id: as `HGNC:number`; empty without one.
        others: its symbols, also former ones, and its Ensembl id.
        accessions: the transcripts that the rule set names for it, without version.
        known: its HGNC id and all other names, case-folded.
    """

    hgnc_id: str = ""
    others: frozenset[str] = frozenset()
    accessions: frozenset[str] = frozenset()
    known: frozenset[str] = field(init=False, repr=False)

    @known.default
    def _in_one_case(self) -> frozenset[str]:
        return frozenset(name.casefold() for name in (*self.others, self.hgnc_id) if name)

    def has(self, consequence: Consequence) -> bool:
        """Whether a consequence is in this gene.

        The HGNC id decides where the file gives it; else any other name, whatever its case, or a named transcript.
        """
        if consequence.hgnc_id:
            return consequence.hgnc_id == self.hgnc_id
        own = {(consequence.gene_symbol or "").casefold(), (consequence.gene_id or "").partition(".")[0].casefold()}
        return not own.isdisjoint(self.known) or without_version(consequence.transcript) in self.accessions


def of_gene(consequences: Iterable[Consequence], gene: GeneNames) -> tuple[Consequence, ...]:
    """The consequences of an allele in one gene, and those that name no gene because they could not be read."""
    return tuple(each for each in consequences if gene.has(each) or not each.terms)


def names_nothing(consequence: Consequence) -> bool:
    """Whether an entry names neither a gene nor a feature, as VEP's `--most_severe` and `--summary` write it."""
    named = (consequence.gene_symbol, consequence.gene_id, consequence.hgnc_id, consequence.transcript)
    return not any(named) and consequence.problem is None


def is_mild(consequence: Consequence) -> bool:
    """Whether the most severe that a variant does is less than a change of a protein, and inside a gene."""
    return bool(consequence.terms) and set(consequence.terms) <= _MILD


def is_grave(consequence: Consequence) -> bool:
    """Whether a variant lies in a gene and may do more there than is mild."""
    return bool(consequence.terms) and not is_mild(consequence) and not OUTSIDE.issuperset(consequence.terms)


def without_version(accession: str | None) -> str:
    """An accession as it stays from version to version.

    >>> without_version("NM_000454.5")
    'NM_000454'
    """
    return (accession or "").partition(".")[0]


def own_accessions(consequence: Consequence | None) -> frozenset[str]:
    """The accessions of a consequence's transcript, without version: its own, and that of its MANE partner."""
    if consequence is None:
        return frozenset()
    own = (consequence.transcript, consequence.fields.get("MANE_SELECT"))
    return frozenset(map(without_version, own)) - {"", "-"}


def pick(consequences: Iterable[Consequence], accessions: Collection[str] = frozenset()) -> Pick:
    """The consequence on the one transcript that counts: never the worst of many.

    MANE Select first, then the transcript that the rule set names for the gene, then the canonical one;
    versions of accessions do not matter. Ask for one gene at a time (`of_gene`): two have an equal claim.

    Args:
        consequences: those of one allele.
        accessions: the transcripts that the rule set names for the gene, without version. What a file calls the gene
            does not matter.
    """
    those = tuple(consequences)
    if any(each.at is not None for each in those):
        return Pick(None, Basis.COMPOUND)
    own = [each for each in those if each.allele is not None and each.transcript]
    for basis, chosen in (
        (Basis.MANE_SELECT, [each for each in own if each.mane_select]),
        (Basis.RULE_SET, [each for each in own if without_version(each.transcript) in accessions]),
        (Basis.CANONICAL, [each for each in own if each.canonical]),
    ):
        if chosen:
            return _only(chosen, basis)
    if any(each.allele is None for each in those):
        return Pick(None, Basis.ALLELE_UNKNOWN)
    return Pick(None, Basis.NOT_CHOSEN if those else Basis.NOT_ANNOTATED)


def _only(chosen: Sequence[Consequence], basis: Basis) -> Pick:
    """The one chosen, or the first by name when all say the same of one gene (a MANE pair, say)."""
    genes = {each.gene_symbol or each.hgnc_id or each.gene_id for each in chosen}
    if len(genes) > 1 or len({(frozenset(each.terms), each.after_stop) for each in chosen}) > 1:
        return Pick(None, Basis.SEVERAL)
    return Pick(min(chosen, key=lambda each: each.transcript or ""), basis)


def in_last_exon(consequence: Consequence, but: int = 0) -> Truth:
    """Whether the allele lies in the last exon (`5/5`), so that nonsense-mediated decay may not take place.

    Args:
        consequence: what is said of it.
        but: 1 for the last exon but one.

    >>> from assigner.vcf.annotations.consequences import Tool
    >>> in_last_exon(Consequence(source=Tool.VEP, allele=1, exon="4-5/5"))
    <Truth.UNKNOWN: 'unknown'>
    """
    found = numbers_of(consequence.exon)
    if found is None:
        return Truth.UNKNOWN
    first, last, count = found
    if first == last == count - but:
        return Truth.TRUE
    return Truth.FALSE if not first <= count - but <= last else Truth.UNKNOWN


def numbers_of(text: str | None) -> tuple[int, int, int] | None:
    """The first and the last exon or intron of `4-5/12`, and how many there are; None of a text that is none.

    >>> numbers_of("4-5/12"), numbers_of("4/12"), numbers_of("5/4"), numbers_of(None)
    ((4, 5, 12), (4, 4, 12), None, None)
    """
    found = re.fullmatch(r"([0-9]{1,5})(?:-([0-9]{1,5}))?/([0-9]{1,5})", text or "")
    if found is None:
        return None
    first, last, count = int(found[1]), int(found[2] or found[1]), int(found[3])
    return (first, last, count) if 1 <= first <= last <= count else None
