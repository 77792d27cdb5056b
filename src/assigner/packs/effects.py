"""What a small variant does to a transcript: Sequence Ontology terms as Ensembl VEP writes them, and names in HGVS.

Where the bases or the known sequence do not tell it, the effect has no terms and a reason: it is unknown, never none.
"""

from __future__ import annotations

from collections.abc import Callable

from attrs import evolve, frozen

from assigner.genome.hgvs import reverse_complement
from assigner.packs.changes import Change
from assigner.packs.codons import Edit, coding_terms
from assigner.packs.names import coding_name, protein_name
from assigner.packs.splicing import SHORTEST_INTRON, at_border, exon_of_site, splice_terms
from assigner.packs.transcripts import AROUND, Spliced, Stretches, Transcript, translated

NEARBY = 5000
"""So many bases from a transcript a variant is upstream or downstream of it: "Calculated variant consequences"."""

LONGEST_UNIT = 30
"""So many bases a unit of a repeat has at most that is looked for near an exon."""

NEAREST = 17
"""So many bases of an intron beside an exon can have another term than the rest of it."""

ORDER = (
    "splice_acceptor_variant", "splice_donor_variant", "stop_gained", "frameshift_variant", "stop_lost", "start_lost",
    "inframe_insertion", "inframe_deletion", "missense_variant", "protein_altering_variant",
    "splice_donor_5th_base_variant", "splice_region_variant", "splice_donor_region_variant",
    "splice_polypyrimidine_tract_variant", "start_retained_variant", "stop_retained_variant", "synonymous_variant",
    "coding_sequence_variant", "5_prime_UTR_variant", "3_prime_UTR_variant", "intron_variant",
    "upstream_gene_variant", "downstream_gene_variant",
)  # fmt: skip
"""The terms in the order of severity in which Ensembl VEP writes them."""

_SLIGHT = frozenset(
    {
        "splice_region_variant", "splice_polypyrimidine_tract_variant", "intron_variant", "5_prime_UTR_variant",
        "3_prime_UTR_variant", "upstream_gene_variant", "downstream_gene_variant", "intergenic_variant",
    }
)  # fmt: skip
"""Terms that tell where a variant lies, and in which two places of one change may differ."""

COMPLEX = "it removes coding bases and others beyond the end of the transcript"
START_MOVES = "it changes bases before and behind the start, and another protein is read from an ATG in frame"
AT_BORDER = "it stands between an exon and an intron"
SEVERAL = "it can be written at several places, which differ in consequence"
SHORT_INTRON = "an intron of the transcript is too short to be one"
SLIDES = "the bases around it are not in the pack, and beside an exon they are the same repeat"
OTHER_BASES = "REF is not what the pack's genome has there"


@frozen(kw_only=True)
class Effect:
    """What a variant does to one transcript.

    Attributes:
        terms: in the order of severity; empty where they are not known.
        hgvs_c: its name on the transcript, when the sequence around it tells it.
        hgvs_p: its name on the protein, likewise, as predicted: in brackets.
        exon: the exon in which it lies, or at whose splice site, as `2/5`.
        intron: the intron in which it lies, likewise.
        residues: the first and the last residue of the codons that it changes, from 1.
        is_between: whether it puts bases between these two and changes none of them.
        length: how many residues the protein has.
        problem: why the terms are not known, if they are not.
    """

    transcript: Transcript
    terms: tuple[str, ...] = ()
    hgvs_c: str | None = None
    hgvs_p: str | None = None
    exon: str | None = None
    intron: str | None = None
    residues: tuple[int, int] | None = None
    is_between: bool = False
    length: int | None = None
    problem: str | None = None


def effect(change: Change, spliced: Spliced, known: Stretches) -> Effect:
    """What a change does to a transcript.

    Args:
        change: where its record writes it.
        spliced: the transcript.
        known: the known sequence of its chromosome.
    """
    transcript = spliced.transcript
    if change.meets(*transcript.span) and _differs(change, known):
        return Effect(transcript=transcript, problem=OTHER_BASES)
    found = _at(change, spliced)
    if found.problem is None and change.is_pure:
        places = (change.leftmost(known.base), change.rightmost(known.base))
        others = [_at(place, spliced) for place in places if place != change]
        if any(other.problem or _telling(other) != _telling(found) for other in others):
            return evolve(found, terms=(), residues=None, problem=SEVERAL)
        if any("N" in (known.base(place.start - 1), known.base(place.end + 1)) for place in places):
            found = evolve(found, terms=(), problem=SLIDES) if _may_slide(change, transcript, known) else found
    if found.problem is not None:
        return found
    return _named(found, change, spliced, known.base)


def _may_slide(change: Change, transcript: Transcript, known: Stretches) -> bool:
    """Whether a change deep in an intron can be written near an exon, if all bases between that are not known repeat.

    Then the known bases of the intron beside that exon are such a repeat, but for the nearest ones, which have terms of
    their own. Longer units than a few bases are not looked for.
    """
    unit = change.unit
    for first, last in transcript.introns:
        if len(unit) > LONGEST_UNIT or not (first <= change.start and change.end <= last):
            continue
        for start, end in ((first + NEAREST, first + AROUND - 1), (last - AROUND + 1, last - NEAREST)):
            bases = known.bases(start, end)
            if bases is None or (bases[: len(unit)] in unit * 2 and bases[: -len(unit)] == bases[len(unit) :]):
                return True
    return False


def _telling(found: Effect) -> frozenset[str]:
    return frozenset(found.terms) - _SLIGHT


def _outside(change: Change, transcript: Transcript) -> str:
    """The term of a change outside of a transcript."""
    first, last = transcript.span
    distance = first - change.end if change.end < first else change.start - last
    if distance > NEARBY:
        return "intergenic_variant"
    before = (change.end < first) == (transcript.strand == "plus")
    return "upstream_gene_variant" if before else "downstream_gene_variant"


def _differs(change: Change, known: Stretches) -> bool:
    """Whether any base that is removed is known to be another one."""
    return any(known.base(change.start + at) not in (base, "N") for at, base in enumerate(change.removed))


def _at(change: Change, spliced: Spliced) -> Effect:
    """The effect of a change at this very place, without its names."""
    transcript = spliced.transcript
    bare = Effect(transcript=transcript)
    if not change.meets(*transcript.span):
        return evolve(bare, terms=(_outside(change, transcript),))
    low, high = min(change.start, change.end), max(change.start, change.end)
    touches = any(first <= high and low <= last for first, last in transcript.exons)
    if at_border(change, transcript.exons):
        return evolve(bare, problem=AT_BORDER)
    terms = splice_terms(change, transcript)
    if terms and any(last - first + 1 < SHORTEST_INTRON for first, last in transcript.introns):
        return evolve(bare, problem=SHORT_INTRON)
    exon = transcript.number(change.start, change.end)
    intron = transcript.intron_number(change.start, change.end)
    if not touches:
        return evolve(bare, terms=in_order_of_severity(terms), exon=exon_of_site(change, transcript), intron=intron)
    found = evolve(bare, exon=exon, intron=intron)
    if exon is None:
        return _across(found, change, terms)
    regions = _regions(change, transcript)
    terms |= regions - {"coding"}
    if "coding" not in regions:
        return evolve(found, terms=in_order_of_severity(terms))
    if spliced.problem is not None:
        return evolve(found, problem=spliced.problem)
    edit = edit_of(change, spliced)
    if len(regions) > 1:
        if "5_prime_UTR_variant" in regions:
            start = _start(edit)
            if start is None:
                return evolve(found, problem=START_MOVES)
            terms.add(start)
        if "3_prime_UTR_variant" in regions:
            terms.add("stop_retained_variant" if edit.protein == spliced.protein else "stop_lost")
        return evolve(found, terms=in_order_of_severity(terms), length=len(spliced.protein) - 1)
    terms |= set(coding_terms(edit))
    return evolve(
        found,
        terms=in_order_of_severity(terms),
        residues=edit.residues,
        is_between=edit.is_between,
        length=len(spliced.protein) - 1,
    )


def in_order_of_severity(terms: set[str]) -> tuple[str, ...]:
    """Terms as `ORDER` has them."""
    return tuple(sorted(terms, key=ORDER.index))


def _across(found: Effect, change: Change, terms: set[str]) -> Effect:
    """A change that removes bases of an exon and of what lies beside it.

    With an intron beside it, the splice site between them is lost. Beyond an end of the transcript there is none.
    """
    regions = _regions(change, found.transcript)
    if "coding" in regions and not terms & {"splice_donor_variant", "splice_acceptor_variant"}:
        return evolve(found, problem=COMPLEX)
    named = {"coding_sequence_variant" if each == "coding" else each for each in regions}
    return evolve(found, terms=in_order_of_severity(terms | named), exon=exon_of_site(change, found.transcript))


def _regions(change: Change, transcript: Transcript) -> set[str]:
    """The parts of exons that a change meets: coding, and before and behind it."""
    first, last = transcript.coding
    low, high = (change.start, change.end) if change.removed else (change.end, change.start)
    before, behind = "5_prime_UTR_variant", "3_prime_UTR_variant"
    if transcript.strand == "minus":
        before, behind = behind, before
    found = set()
    for exon in transcript.exons:
        start, end = max(exon[0], low), min(exon[1], high)
        if start > end:
            continue
        if change.removed:
            found |= {name for name, meets in ((before, start < first), (behind, end > last)) if meets}
            found |= {"coding"} if start <= last and first <= end else set()
        elif low < first:  # an insertion lies between two bases; at an end of the coding part it is outside of it
            found.add(before)
        else:
            found.add(behind if high > last else "coding")
    return found


def edit_of(change: Change, spliced: Spliced) -> Edit:
    """A change wholly inside an exon as one of the spliced transcript."""
    transcript = spliced.transcript
    forward = transcript.strand == "plus"
    first = change.start if forward else change.end
    at = transcript.index(first)
    if at is None:  # an insertion behind the last base of an exon on the minus strand has no base there
        raise ValueError("a change inside an exon")
    put = change.put if forward else reverse_complement(change.put)
    return Edit(spliced=spliced, at=at, removed=len(change.removed), put=put)


def _start(edit: Edit) -> str | None:
    """The term of a change that removes bases of the same exon before and behind the start; None where it is not known.

    The start is kept where the old protein is read from an ATG that the change makes or leaves beside it. From one that
    lies in the old frame another protein is read, and whether it takes the place of the old one is not known.
    """
    start, _ = edit.spliced.transcript.coding_index
    bases, behind = edit.changed, edit.at + len(edit.put)
    found = [at for at in range(max(0, edit.at - 2), behind + 1) if bases[at : at + 3] == "ATG"]
    if any(translated(bases[at:]).startswith(edit.spliced.protein) for at in found):
        return "coding_sequence_variant"
    in_frame = any((at - start - len(edit.put) + edit.removed) % 3 == 0 for at in found)
    return None if in_frame else "start_lost"


def _named(found: Effect, change: Change, spliced: Spliced, base: Callable[[int], str]) -> Effect:
    """The effect with its names, where the sequence around it tells them."""
    forward = found.transcript.strand == "plus"
    last = change.rightmost(base) if forward else change.leftmost(base)
    name = coding_name(last, found.transcript, base)
    protein = None
    if name is not None and (found.residues is not None or "start_lost" in found.terms):
        protein = protein_name(edit_of(change, spliced), found.terms)
    return evolve(found, hgvs_c=name, hgvs_p=protein)
