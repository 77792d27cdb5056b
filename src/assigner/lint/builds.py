"""Places that cannot be on one of the builds: outside their gene, swapped, on the other strand, a digit short."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence
from itertools import combinations

from assigner.genome.builds import Build
from assigner.genome.hgvs import complement, reverse_complement
from assigner.lint.notices import Notice, Severity, notice
from assigner.rules import Rules
from assigner.rules.loci import Allele, Gene, Place, span_on
from assigner.rules.panels import variant_on
from assigner.rules.repeats import Repeat

NEAR = 10_000
"""So many bases outside its gene an allele may still belong to it: a promoter, or the end of a longer transcript."""

Placed = Sequence[tuple[int, Allele]]


def of_builds(rules: Rules) -> Iterator[Notice]:
    """All notices about places that differ between the builds, or lie outside their gene."""
    genes = {gene.symbol: gene for gene in rules.content.genes}
    by_gene: dict[str, list[tuple[int, Allele]]] = defaultdict(list)
    for at, allele in placed(rules):
        by_gene[allele.gene].append((at, allele))
    for symbol, items in by_gene.items():
        for one, other in combinations(Build, 2):
            yield from _bases(rules, items, one, other)
            yield from _shifted(rules, items, genes.get(symbol), one, other)
    for at, allele in placed(rules):
        if allele.gene in genes:
            yield from _outside(rules, ("alleles", at), allele, genes[allele.gene])
    for at, repeat in enumerate(rules.content.repeats):
        if repeat.gene in genes and repeat.chrom == genes[repeat.gene].chrom:
            yield from _outside(rules, ("repeats", at), repeat, genes[repeat.gene])


def placed(rules: Rules) -> list[tuple[int, Allele]]:
    """The alleles with a place, and where each stands in the rule set."""
    return [(at, allele) for at, allele in enumerate(rules.content.alleles) if allele.place]


def _bases(rules: Rules, items: Placed, one: Build, other: Build) -> Iterator[Notice]:
    """An allele's bases are the same on both builds, or those of the other strand where the region was inverted."""
    flipped = [(at, allele) for at, allele in items if _is_flipped(allele, one, other)]
    if flipped and not _is_inverted(items, flipped, one, other):
        for at, allele in flipped:
            words = f"{allele.id} is {_both(allele, one, other)}: the bases of the other strand"
            yield notice(rules, Severity.FAULT, "builds_flipped", ("alleles", at), words)
    for at, allele in items:
        (_, ref, alt), (_, ref_there, alt_there) = _on(allele, one), _on(allele, other)
        if (ref, alt) == (ref_there, alt_there) or (at, allele) in flipped:
            continue
        gain, gain_there = len(ref) - len(alt), len(ref_there) - len(alt_there)
        if gain != gain_there or gain == 0:
            words = f"{allele.id} is {_both(allele, one, other)}"
            yield notice(rules, Severity.FAULT, "builds_disagree", ("alleles", at), words)
        else:
            words = f"{allele.id} is written {_both(allele, one, other)}"
            yield notice(rules, Severity.NOTE, "builds_written_otherwise", ("alleles", at), words)


def _on(allele: Allele, build: Build) -> tuple[int, str, str]:
    assert allele.place is not None
    place: Place = allele.place
    return place.on(build)


def _both(allele: Allele, one: Build, other: Build) -> str:
    (_, ref, alt), (_, ref_there, alt_there) = _on(allele, one), _on(allele, other)
    return f"{ref}>{alt} on {one} and {ref_there}>{alt_there} on {other}"


def _is_flipped(allele: Allele, one: Build, other: Build) -> bool:
    """Whether the bases on one build are those of the other strand on the other one."""
    (_, *bases), (_, *there) = _on(allele, one), _on(allele, other)
    return bases != there and there in (list(map(reverse_complement, bases)), list(map(complement, bases)))


def _is_inverted(items: Placed, flipped: Placed, one: Build, other: Build) -> bool:
    """Whether the gene lies the other way round on the other build: all of its alleles do, in the reverse order."""
    if len(flipped) < 2 or len(flipped) < len(items):
        return False
    sums = {_on(allele, one)[0] + _on(allele, other)[0] for _, allele in items}
    longest = max(len(_on(allele, one)[1]) for _, allele in items)
    return max(sums) - min(sums) <= longest


def _shifted(rules: Rules, items: Placed, gene: Gene | None, one: Build, other: Build) -> Iterator[Notice]:
    """The alleles of one gene are as far ahead on one build as most, or as both ends of it; the opposite is a swap."""
    ahead = [variant_on(allele, other).pos - variant_on(allele, one).pos for _, allele in items]
    shift, most = Counter(ahead).most_common(1)[0]
    turned = any(_is_flipped(allele, one, other) for _, allele in items)
    usual = shift if most * 2 > len(items) > 2 else None if turned else _of_ends(gene, one, other)
    for (at, allele), own in zip(items, ahead, strict=True):
        if _is_swapped(allele, own, usual, gene, one, other):
            words = f"{allele.id} has the place of {one} on {other}, and the other way round"
            yield notice(rules, Severity.FAULT, "builds_swapped", ("alleles", at), words)
        elif usual is not None and own != usual:
            words = f"{allele.id} is {own} bases further on {other}; most of {allele.gene} is {usual}"
            yield notice(rules, Severity.WARNING, "builds_apart", ("alleles", at), words)


def _of_ends(gene: Gene | None, one: Build, other: Build) -> int | None:
    """How far ahead a gene is on another build, where both of its ends are as far."""
    if gene is None:
        return None
    ends = {there - here for here, there in zip(span_on(gene, one), span_on(gene, other), strict=True)}
    return ends.pop() if len(ends) == 1 else None


def _is_swapped(allele: Allele, own: int, usual: int | None, gene: Gene | None, one: Build, other: Build) -> bool:
    """Whether an allele fits its gene, or its neighbours, only with its two places exchanged."""
    if usual:
        return own == -usual
    if gene is None:
        return False
    places = {build: variant_on(allele, build).pos for build in (one, other)}
    as_is = [_distance(places[build], span_on(gene, build)) for build in (one, other)]
    exchanged = [_distance(places[one], span_on(gene, other)), _distance(places[other], span_on(gene, one))]
    if any(as_is):
        return not any(exchanged)
    ends = [there - here for here, there in zip(span_on(gene, one), span_on(gene, other), strict=True)]
    return own != 0 and all(end * own < 0 for end in ends) and all(abs(end) > NEAR for end in ends)


def _distance(pos: int, span: tuple[int, int]) -> int:
    """How far a position is from a span; 0 inside."""
    return max(span[0] - pos, pos - span[1], 0)


def _outside(rules: Rules, path: tuple[str, int], item: Allele | Repeat, gene: Gene) -> Iterator[Notice]:
    """A locus lies in its gene on each build."""
    away = {build: _distance(_pos(item, build), span_on(gene, build)) for build in Build}
    outside = [f"{bases} bases outside it on {build}" for build, bases in away.items() if bases]
    if outside:
        severity = Severity.FAULT if max(away.values()) > NEAR else Severity.WARNING
        words = f"{item.id} is not in {gene.symbol}: {', '.join(outside)}"
        yield notice(rules, severity, "outside_gene", path, words)


def _pos(item: Allele | Repeat, build: Build) -> int:
    return variant_on(item, build).pos if isinstance(item, Allele) else span_on(item, build)[1]
