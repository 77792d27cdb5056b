"""Parts of made-up participants: the normal one, and what one can carry besides.

Cases, forecasts, the check of a rule set, example files and the strategies of `assigner.testing` all build on these.
"""

from __future__ import annotations

import functools
from collections.abc import Collection, Iterator, Sequence
from decimal import Decimal
from itertools import chain

from attrs import evolve

from assigner.genome.builds import Build
from assigner.genome.variants import Variant
from assigner.profiles.calls import Call, Sex
from assigner.profiles.ploidy import expected_copies
from assigner.profiles.profile import CopyNumber, Profile, Reach, RepeatSizes, StructuralCall, StructuralKind
from assigner.profiles.score_genotypes import ScoreGenotypes
from assigner.rules.criterion import GatedCriterion
from assigner.rules.loci import Gene, Marker, span_on
from assigner.rules.panels import Panel, marker_pos
from assigner.rules.regions import Region
from assigner.rules.repeats import Repeat
from assigner.rules.schema import RuleSet
from assigner.truth import Truth


def copies_of(build: Build, chrom: str, pos: int, sex: Sex | None) -> int:
    """How many copies of a place a made-up person is shown with: two where there are none, or where it is not known."""
    return expected_copies(build, chrom, pos, sex) or 2


# ------------------------------------------------------------------------------------------------------ what is normal


@functools.lru_cache(maxsize=16)
def normal_profile(panel: Panel, sex: Sex | None, participant: str) -> Profile:
    """A participant of whom everything is known, and all of it normal."""
    counted = {flag.gene for flag in panel.content.flags.with_trigger if flag.trigger == "copy_number"}
    return Profile(
        participant=participant,
        build=panel.build,
        sex=sex,
        inferred_sex=sex,
        absent="reference",
        assessed="all",
        structural_read=True,
        annotated=frozenset({"clinvar", "consequence"}),
        repeats={repeat.id: normal_sizes(panel, repeat, sex) for repeat in panel.repeats.values()},
        markers={marker.rsid: normal_letters(panel, marker, sex) for marker in panel.markers.values()},
        scores={name: ScoreGenotypes(own.file.sha256, own.least_risk) for name, own in panel.scores.items()},
        copy_numbers={gene: CopyNumber(2, "enumerated") for gene in sorted(counted)},
    )


def normal_units(panel: Panel, repeat: Repeat) -> int:
    """The most units that are normal by every rule about the place of a repeat."""
    own = [panel.repeats[name] for name in panel.repeat_ids(repeat.id)]
    return max(size for each in own for size in each.normal_ends if all(other.is_normal(size, size) for other in own))


def normal_sizes(panel: Panel, repeat: Repeat, sex: Sex | None) -> RepeatSizes:
    """Normal sizes of a repeat, one for each copy."""
    return RepeatSizes((normal_units(panel, repeat),) * repeat_copies(panel, repeat, sex))


def repeat_copies(panel: Panel, repeat: Repeat, sex: Sex | None) -> int:
    """How many copies of a repeat a person has."""
    return copies_of(panel.build, repeat.chrom, span_on(repeat, panel.build)[0] + 1, sex)


def normal_letters(panel: Panel, marker: Marker, sex: Sex | None) -> tuple[str | None, ...]:
    """The other letter of a marker, one for each copy."""
    return (marker.other,) * marker_copies(panel, marker, sex)


def marker_copies(panel: Panel, marker: Marker, sex: Sex | None) -> int:
    """How many copies of a marker a person has."""
    return copies_of(panel.build, marker.chrom, marker_pos(marker, panel.build), sex) if marker.chrom else 2


# ---------------------------------------------------------------------------------------------- what can be carried


def free_variants(
    panel: Panel, gene: Gene, *beside: Panel, start: int = 1, terms: Collection[str] = ()
) -> Iterator[Variant]:
    """Variants that no rule is about, one for each base of a gene that is free.

    A base is free when neither it nor a neighbour is the place of a listed allele, and no repeat is there. Where the
    rule set has the gene's exons, bases at which a change may have the terms come first.

    Args:
        panel: the places of the rule set.
        gene: where the variants are.
        beside: the places of other rule sets for which the base must be free too.
        start: the first base that is tried.
        terms: what an annotation will say of the variants.
    """
    first, last = span_on(gene, panel.build)
    panels = (panel, *beside)
    places = [variant.pos for each in panels for variant in each.listed if variant.chrom == gene.chrom]
    near = {place + at for place in places for at in (-1, 0, 1)}
    repeats = [r for each in panels for r in each.repeats.values() if r.chrom == gene.chrom]
    spans = [span_on(repeat, panel.build) for repeat in repeats]

    def is_free(pos: int) -> bool:
        return pos not in near and not any(left <= pos <= right + 1 for left, right in spans)

    bases = range(max(first, start, 1), last + 1)
    own = list(_codons(gene, panel.build, bases))
    fitting, others = (own, _between(bases, own)) if may_be_in_codon(terms) else (_between(bases, own), own)
    for pos in filter(is_free, chain.from_iterable(chain(fitting, others))):
        yield Variant(gene.chrom, pos, *_bases(terms))


def may_be_in_codon(terms: Collection[str]) -> bool:
    """Whether some terms are those of a change of a codon; so is that of a change of which none is told.

    >>> may_be_in_codon(["stop_gained"]), may_be_in_codon([]), may_be_in_codon(["splice_donor_variant"])
    (True, True, False)
    """
    return not any(term.startswith("splice_") or term in ("intron_variant", *_UNTRANSLATED) for term in terms)


def codes(gene: Gene, build: Build, pos: int) -> bool:
    """Whether a base lies in a codon, by the exons of a rule set."""
    return gene.exons is not None and gene.exons.codes(build, pos) is Truth.TRUE


_UNTRANSLATED = ("5_prime_UTR_variant", "3_prime_UTR_variant")


def _bases(terms: Collection[str]) -> tuple[str, str]:
    """REF and ALT of a change that may have some terms."""
    if "frameshift_variant" in terms:
        return "A", "AG"
    if any("inframe_insertion" in term for term in terms):
        return "A", "AGGG"
    return ("AGGG", "A") if any("inframe_deletion" in term for term in terms) else ("A", "G")


def _codons(gene: Gene, build: Build, within: range) -> Iterator[range]:
    """The bases of a gene's codons between two others, exon by exon; none of one without whole exons."""
    coding = None if gene.exons is None else gene.exons.coding_on(build)
    if gene.exons is None or coding is None:
        return
    for start, end in gene.exons.on(build):
        own = range(max(start, coding[0], within.start), min(end, coding[1], within.stop - 1) + 1)
        if own:
            yield own


def _between(bases: range, parts: Sequence[range]) -> Iterator[range]:
    """What is left of some bases without parts of them, in ascending order."""
    start = bases.start
    for part in parts:
        yield range(start, part.start)
        start = part.stop
    yield range(start, bases.stop)


def unlisted_variant(panel: Panel, gene: Gene, region: Region | None = None, terms: Collection[str] = ()) -> Variant:
    """The first free variant of a gene, or of a region of it; one of its first base where none is free.

    Of those that may have the terms, if any is free.
    """
    bases = None if region is None else region.bases_on(panel.build)
    first, last = span_on(gene, panel.build) if bases is None else bases
    free = free_variants(panel, gene, start=first, terms=terms)
    inside = (each for each in free if first <= each.pos and each.end <= last)
    return next(inside, Variant(gene.chrom, max(first, 1), *_bases(terms)))


def residues_in(gene: Gene, region: Region | None = None) -> tuple[int, int]:
    """A residue in a region, or one past all regions of a gene."""
    if region is not None and region.residues is not None:
        return region.residues[0], region.residues[0]
    past = 1 + max((each.residues[1] for each in gene.regions if each.residues is not None), default=0)
    return past, past


def believed_call(content: RuleSet, copies: tuple[bool, ...], phase_set: str | None = None) -> Call:
    """A call that passes every gate, of the rule set and of its criteria, if one can."""
    gates = [c.gates for c in content.criteria if isinstance(c, GatedCriterion) and c.gates]
    general = content.gates
    bands = [general.het_balance, *(g.het_balance for g in gates if g.het_balance)]
    least, most = max(low for low, _ in bands), min(high for _, high in bands)
    balance = Decimal((least + most) // 2 if least <= most else 500) / 1000
    return evolve(
        Call.from_copies(copies, phase_set),
        depth=max([general.depth, 30, *(g.depth or 0 for g in gates)]),
        quality=max([general.quality, 99, *(g.quality or 0 for g in gates)]),
        fraction=Decimal(1) if all(copies) else balance,
    )


def deletion_of(gene: Gene, build: Build, call: Call, reach: Reach = Reach.WHOLE) -> StructuralCall:
    """A deletion of a gene, or of an exon of it."""
    first, last = span_on(gene, build)
    return StructuralCall(
        gene=gene.symbol,
        kind=StructuralKind.DELETION,
        chrom=gene.chrom,
        start=max(first, 1),
        end=last,
        call=call,
        reach=reach,
    )
