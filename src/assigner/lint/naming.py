"""HGVS names that contradict the place, the change, or each other, as far as that shows without a genome."""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping, Sequence

from attrs import frozen

from assigner.genome.builds import Build
from assigner.genome.hgvs import (
    CodingChange,
    Kind,
    ProteinChange,
    can_become,
    coding_change,
    is_rotation,
    mitochondrial_change,
    protein_change,
    reverse_complement,
)
from assigner.lint.builds import placed
from assigner.lint.notices import Notice, Severity, notice
from assigner.lint.states import BUILD
from assigner.rules import Rules
from assigner.rules.loci import Allele
from assigner.rules.panels import variant_on

SHORTEST_INTRON = 20
"""Bases; the shortest human introns known have some thirty, so that fewer between two bases are no intron."""

NEIGHBOURS = 30
"""With so many alleles on each side of it along the transcript each one is compared."""

Strand = str


@frozen
class _Named:
    """An allele with what its names say."""

    at: int
    allele: Allele
    coding: CodingChange | None
    protein: ProteinChange | None

    @property
    def path(self) -> tuple[str, int]:
        return "alleles", self.at


def of_names(rules: Rules) -> Iterator[Notice]:
    """All notices about HGVS names."""
    named = [_read(at, allele) for at, allele in enumerate(rules.content.alleles)]
    strands = _strands(named)
    for each in named:
        yield from _unread(rules, each)
        for words in (*_mitochondrial(each), *_change(each, strands), *_codon(each)):
            yield notice(rules, Severity.FAULT, "hgvs_disagrees", each.path, f"{each.allele.id}: {words}")
        if contradiction := _called(each.allele, each.protein):
            yield notice(rules, Severity.WARNING, "name_disagrees", each.path, contradiction)
    yield from _foreign(rules, named)
    yield from _residues(rules, named)
    yield from _distances(rules, {at for at, _ in placed(rules)}, named, strands)


def _read(at: int, allele: Allele) -> _Named:
    coding = coding_change(allele.hgvs_c) if allele.hgvs_c else None
    return _Named(at, allele, coding, protein_change(allele.hgvs_p) if allele.hgvs_p else None)


def _unread(rules: Rules, each: _Named) -> Iterator[Notice]:
    """A name that is not understood is not compared, and the check says so."""
    for name, found in ((each.allele.hgvs_c, each.coding), (each.allele.hgvs_p, each.protein)):
        if name and found is None and mitochondrial_change(name) is None:
            words = f"{each.allele.id}: {name} is not understood and was not compared"
            yield notice(rules, Severity.NOTE, "hgvs_unread", each.path, words)


def _called(allele: Allele, protein: ProteinChange | None) -> str | None:
    """A name such as A5V is the change that `p.` says; SOD1's residues were once counted without the first one."""
    short = allele.name.removeprefix("p.").replace("X", "*") if allele.name else ""
    own = protein_change(f"p.{short}") if protein else None
    if protein is None or own is None:
        return None
    same = (own.residue, own.position) == (protein.residue, protein.position)
    if same and (own.kind, own.becomes) in ((own.kind, ""), (protein.kind, protein.becomes)):
        return None
    return f"{allele.id}: its name is {allele.name}, and {allele.hgvs_p} is another change"


def _foreign(rules: Rules, named: Sequence[_Named]) -> Iterator[Notice]:
    """The transcript of an allele is not that of another gene."""
    owners = {re.sub(r"\.[0-9]+$", "", each): gene.symbol for gene in rules.content.genes for each in gene.transcripts}
    for each in named:
        owner = owners.get(each.coding.transcript or "") if each.coding else None
        if owner is not None and owner != each.allele.gene:
            words = f"{each.allele.id}: {each.allele.hgvs_c} is on a transcript of {owner}, not of {each.allele.gene}"
            yield notice(rules, Severity.FAULT, "hgvs_disagrees", each.path, words)


def _strands(named: Sequence[_Named]) -> Mapping[str, Strand]:
    """The strand of each gene, by most of its substitutions; a gene without any, or with a draw, is left out."""
    counted: dict[str, Counter[Strand]] = defaultdict(Counter)
    for each in named:
        strand = _strand(each)
        if strand in ("plus", "minus"):
            counted[each.allele.gene][strand] += 1
    return {
        gene: strand for gene, own in counted.items() for strand, count in own.items() if count * 2 > sum(own.values())
    }


def _strand(each: _Named) -> Strand | None:
    """On which strand the bases of a substitution are REF and ALT; None of what is no substitution."""
    if each.coding is None or each.coding.kind is not Kind.SUBSTITUTION or each.allele.place is None:
        return None
    _, ref, alt = each.allele.place.on(BUILD)
    own = each.coding.removed, each.coding.inserted
    if own == (ref, alt):
        return "plus"
    return "minus" if own == (reverse_complement(ref), reverse_complement(alt)) else "none"


def _mitochondrial(each: _Named) -> Iterator[str]:
    """An `m.` name is the place itself."""
    if not each.allele.is_mitochondrial:
        return
    variant = variant_on(each.allele, BUILD)
    for name in filter(None, (each.allele.name, each.allele.hgvs_c)):
        found = mitochondrial_change(name)
        if found is not None and found != (variant.pos, variant.ref, variant.alt):
            yield f"{name} is not {variant}"


def _change(each: _Named, strands: Mapping[str, Strand]) -> Iterator[str]:
    """What `c.` says is done is what REF and ALT do."""
    coding, place = each.coding, each.allele.place
    if coding is None or place is None:
        return
    _, ref, alt = place.on(BUILD)
    usual, name = strands.get(each.allele.gene), each.allele.hgvs_c
    if coding.kind is Kind.SUBSTITUTION:
        strand = _strand(each)
        if strand == "none":
            yield f"{name} is not REF and ALT of {BUILD} on any strand"
        elif usual is not None and strand != usual:
            yield f"{name} is on the {strand} strand, most of {each.allele.gene} on the {usual} one"
        return
    removed, inserted = _minimal(ref, alt)
    if coding.gain is not None and coding.gain != len(inserted) - len(removed):
        yield f"{name} makes the sequence {coding.gain} bases longer, REF and ALT {len(inserted) - len(removed)}"
    elif coding.kind is not Kind.REPLACEMENT and removed and inserted:
        yield f"{name} is no {coding.kind} in REF and ALT, {ref}>{alt}"
    elif not _same_bases(coding, removed, inserted, usual):
        yield f"{name} has other bases than REF and ALT, {ref}>{alt}"


def _minimal(ref: str, alt: str) -> tuple[str, str]:
    """What is taken away and what is put in, without the bases that both share."""
    while ref and alt and ref[-1] == alt[-1]:
        ref, alt = ref[:-1], alt[:-1]
    while ref and alt and ref[0] == alt[0]:
        ref, alt = ref[1:], alt[1:]
    return ref, alt


def _same_bases(coding: CodingChange, removed: str, inserted: str, strand: Strand | None) -> bool:
    """Whether the bases that are named fit those of REF and ALT, on the gene's strand or, if unknown, on any."""
    if coding.kind is Kind.REPLACEMENT and not coding.removed:
        return True  # what both share is not told
    mine, put = _minimal(coding.removed, coding.inserted)
    tried = {"plus": (mine, put), "minus": (reverse_complement(mine), reverse_complement(put))}
    if strand is not None:
        tried = {strand: tried[strand]}
    return any(_fits(mine, removed) and _fits(put, inserted) for mine, put in tried.values())


def _fits(named: str, bases: str) -> bool:
    """Whether bases are those of a name, which need not name them, read from any of them on."""
    return not named or is_rotation(named, bases)


def _codon(each: _Named) -> Iterator[str]:
    """`p.` is at the codon of `c.`, and what it says of the residues can come of the bases."""
    coding, protein = each.coding, each.protein
    if coding is None or protein is None or coding.first.codon is None:
        return
    both = f"{each.allele.hgvs_c} and {each.allele.hgvs_p}"
    codon = coding.first.codon
    if protein.position < codon or (coding.kind is Kind.SUBSTITUTION and protein.position != codon):
        yield f"{both}: the base is in codon {codon}"
        return
    if coding.kind is Kind.SUBSTITUTION:
        becomes = protein.residue if protein.kind == "same" else protein.becomes
        at = (coding.first.base - 1) % 3
        if protein.kind == "frameshift":
            yield f"{both}: one base in place of another shifts no frame"
        elif becomes and not can_become(protein.residue, becomes, at, coding.removed, coding.inserted):
            yield f"{both}: no codon of {protein.residue} becomes one of {becomes} so"
    elif coding.is_coding and coding.gain is not None:
        shifts = coding.gain % 3 != 0
        if shifts != (protein.kind == "frameshift") and not (shifts and protein.becomes == "*"):
            yield f"{both}: {abs(coding.gain)} bases {'shift' if shifts else 'keep'} the frame"


def _residues(rules: Rules, named: Sequence[_Named]) -> Iterator[Notice]:
    """Two alleles of one gene have the same residue at one position."""
    known: dict[tuple[str, str | None, int], tuple[str, str]] = {}
    for each in named:
        protein, coding = each.protein, each.coding
        if protein is None or coding is None:
            continue
        spot = (each.allele.gene, coding.transcript, protein.position)
        residue, first = known.setdefault(spot, (protein.residue, each.allele.id))
        if residue != protein.residue:
            words = f"{each.allele.id}: residue {protein.position} is {protein.residue} here and {residue} in {first}"
            yield notice(rules, Severity.FAULT, "hgvs_disagrees", each.path, words)


def _distances(
    rules: Rules, with_place: set[int], named: Sequence[_Named], strands: Mapping[str, Strand]
) -> Iterator[Notice]:
    """Two substitutions on one transcript are as far apart on the genome, or further by an intron."""
    along: dict[tuple[str, str | None], list[_Named]] = defaultdict(list)
    for each in named:
        coding = each.coding
        if each.at not in with_place or coding is None or each.allele.gene not in strands:
            continue
        if coding.kind is Kind.SUBSTITUTION and coding.first.place is not None:
            along[each.allele.gene, coding.transcript].append(each)
    for (gene, _), own in along.items():
        own.sort(key=lambda each: (_place(each), each.at))
        for build in Build:
            yield from _apart(rules, own, 1 if strands[gene] == "plus" else -1, build)


def _place(each: _Named) -> int:
    assert each.coding is not None
    return each.coding.first.place or 0


def _on_genome(each: _Named, sense: int, build: Build) -> int:
    """Where the exon's base is that the name counts from, along the transcript."""
    assert each.coding is not None
    return variant_on(each.allele, build).pos * sense - each.coding.first.offset


def _apart(rules: Rules, own: list[_Named], sense: int, build: Build) -> Iterator[Notice]:
    """The alleles whose distance to others cannot be, those that contradict most first."""
    spots = [(_place(each), _on_genome(each, sense, build)) for each in own]
    against: dict[int, set[int]] = defaultdict(set)
    for one in range(len(own)):
        for other in range(one + 1, min(one + 1 + NEIGHBOURS, len(own))):
            bases = spots[other][0] - spots[one][0]
            there = spots[other][1] - spots[one][1]
            if there < bases or bases < there < bases + SHORTEST_INTRON:
                against[one].add(other)
                against[other].add(one)
    while any(against.values()):
        worst = max(against, key=lambda at: (len(against[at]), at))
        nearest = min(against[worst], key=lambda at: (abs(at - worst), at))
        yield _told(rules, own[worst], own[nearest], build)
        for at in against.pop(worst):
            against[at].discard(worst)


def _told(rules: Rules, each: _Named, other: _Named, build: Build) -> Notice:
    bases = abs(_place(each) - _place(other))
    there = abs(variant_on(each.allele, build).pos - variant_on(other.allele, build).pos)
    words = (
        f"{each.allele.id}: {each.allele.hgvs_c} is {bases} bases from {other.allele.id} ({other.allele.hgvs_c}) "
        f"on the transcript; their places on {build} are {there} apart"
    )
    return notice(rules, Severity.WARNING, "hgvs_apart", each.path, words)
