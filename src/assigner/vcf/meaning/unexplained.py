"""Carried variants that no annotation explains: where they may change a protein, and which of them are named."""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Container, Iterable, Mapping, Sequence
from typing import Self

from attrs import frozen

from assigner.errors import first_named
from assigner.genome.builds import chrom_of
from assigner.genome.variants import Variant
from assigner.profiles.calls import ordered
from assigner.profiles.profile import Check, Observed
from assigner.rules.loci import Gene, coding_on, span_on
from assigner.rules.panels import Panel, asked_genes, marker_pos
from assigner.vcf.meaning.coverage import Regions
from assigner.vcf.meaning.genes import ByPlace
from assigner.vcf.scan.spans import last_base

UNEXPLAINED = "carried, and without annotation"
"""What a trace says of a variant that no annotation explains."""

MOST_NAMED = 3
"""How many of those variants of a gene are named, those that change the length before the others; one opens it."""

MOST_GENES = 20
"""Of how many genes a trace tells how many such variants they have."""


_BASES = re.compile(rb"[ACGT]+(?:[ACGT]+|<NON_REF>|<\*>|\*)")


@frozen(eq=False)
class MayCode:
    """Where an unlisted variant may change the protein of a gene that is asked about.

    Attributes:
        by_chrom: the genes of each chromosome, with their spans and the parts of them that may be coding.
    """

    by_chrom: Mapping[str, ByPlace[tuple[str, Regions]]]

    @classmethod
    def of(cls, panel: Panel) -> Self:
        """Those of a rule set: a gene's exons, or the whole of a gene that has no table of them."""
        asked = asked_genes(panel.content)
        found: dict[str, list[tuple[int, int, tuple[str, Regions]]]] = defaultdict(list)
        for gene in panel.content.genes:
            if gene.symbol in asked:
                parts = coding_on(gene, panel.build)
                told = gene.symbol, Regions.of({gene.chrom: parts})
                found[gene.chrom].append((parts[0][0], parts[-1][1], told))
        return cls({chrom: ByPlace.of(genes) for chrom, genes in found.items()})

    @property
    def spans(self) -> dict[str, list[tuple[int, int]]]:
        """The parts of all genes, by chromosome."""
        return {
            chrom: [span for *_, (_, parts) in genes.spans for span in parts.by_chrom[chrom]]
            for chrom, genes in self.by_chrom.items()
        }

    def genes(self, chrom: str, start: int, end: int) -> list[str]:
        """The genes in which a change of these bases may be one of the protein."""
        here = self.by_chrom.get(chrom)
        over = () if here is None else here.over(start, end)
        return [symbol for symbol, parts in over if parts.touches(chrom, start, end)]


@frozen(eq=False)
class OwnQuestions:
    """The variants that are asked about by name: listed alleles, the alleles of markers, and units of repeats.

    Attributes:
        listed: the listed alleles.
        markers: the letters of each marker, by its place.
        repeats: the spans of each chromosome's repeats, with the lengths of their units.
    """

    listed: Container[Variant]
    markers: Mapping[tuple[str, int], frozenset[str]]
    repeats: Mapping[str, Sequence[tuple[int, int, int]]]

    @classmethod
    def of(cls, panel: Panel) -> Self:
        """Those of a rule set."""
        repeats: dict[str, list[tuple[int, int, int]]] = defaultdict(list)
        for repeat in panel.repeats.values():
            repeats[repeat.chrom].append((*span_on(repeat, panel.build), len(repeat.motif)))
        letters = {
            (marker.chrom or "", marker_pos(marker, panel.build)): frozenset({marker.effect or "", marker.other or ""})
            for marker in panel.markers.values()
        }
        return cls(panel.listed, letters, repeats)

    def have(self, variant: Variant) -> bool:
        """Whether a variant is one of them."""
        letters = self.markers.get((variant.chrom, variant.pos), frozenset())
        if variant in self.listed or letters == {variant.ref, variant.alt}:
            return True
        change = len(variant.alt) - len(variant.ref)
        return change != 0 and any(
            start <= variant.end and variant.pos <= end and change % unit == 0
            for start, end, unit in self.repeats.get(variant.chrom, ())
        )


def shown_alts(text: bytes) -> list[bytes]:
    """The ALTs that the only sample of a record shows in its GT: written out, missing (`*`) or any other at all."""
    own = text.rpartition(b"\t")[2].partition(b":")[0]
    if not own.strip(b"0/|."):
        return []
    columns = text.split(b"\t", 9)
    if len(columns) < 10 or columns[8].partition(b":")[0] != b"GT":
        return []
    ref, alts = columns[3].upper(), columns[4].upper().split(b",")
    numbers = {int(number) for number in re.findall(rb"[0-9]{1,6}", own)}
    carried = (alt for number, alt in enumerate(alts, 1) if number in numbers)
    return [alt for alt in carried if alt != ref and _BASES.fullmatch(ref + alt)]


class Chooser:
    """Chooses which records of a file without annotation are read in full, because they leave a gene open.

    Attributes:
        left_out: how many more such records each gene has.
    """

    def __init__(self, panels: Iterable[Panel], most: int | None = MOST_NAMED) -> None:
        """The chooser on these builds.

        Args:
            panels: the rule set on each build that the file may be on.
            most: how many records of each gene are chosen that change the length, and how many others; all without it.
        """
        self.left_out: Counter[str] = Counter()
        self._places = [panel.cached(MayCode.of) for panel in panels]
        self._most = most
        self._chosen: Counter[tuple[int, str, bool]] = Counter()

    def wants(self, line: bytes) -> bool:
        """Whether a record is one of them."""
        alts = shown_alts(line)
        if not alts:
            return False
        contig, pos, _, ref, _ = line.split(b"\t", 4)
        chrom, start = chrom_of(contig.decode("utf-8", "replace")), int(pos) if pos.isdigit() else 0
        last = last_base(line, start, "") if any(alt[:1] == b"<" for alt in alts) else start + len(ref) - 1
        length = any(len(alt) != len(ref) for alt in alts)
        keys = [
            (at, gene, length)
            for at, places in enumerate(self._places)
            for gene in places.genes(chrom or "", start, last)
        ]
        if self._most is None or any(self._chosen[key] < self._most for key in keys):
            self._chosen.update(keys)
            return bool(keys)
        self.left_out.update({gene for _, gene, _ in keys})
        return False


def _most_open_first(seen: Observed) -> tuple[object, ...]:
    """What may fit every criterion comes before what is too frequent for some, and indels before the others."""
    return seen.frequency or 0, len(seen.variant.ref) == len(seen.variant.alt), seen.variant.order


def named(
    seen: Iterable[Observed], left_out: Mapping[str, int], genes: Iterable[Gene]
) -> tuple[list[Observed], Check | None]:
    """The variants of each gene that a trace names, and the check that tells how many there are.

    Args:
        seen: the carried variants that nothing explains.
        left_out: how many more each gene has.
        genes: those of the rule set, in its order.
    """
    by_gene: dict[str, list[Observed]] = defaultdict(list)
    for each in ordered(seen, _most_open_first):
        by_gene[each.gene].append(each)
    counts = {symbol: len({o.variant for o in own}) + left_out.get(symbol, 0) for symbol, own in by_gene.items()}
    chosen = [each for own in by_gene.values() for each in own[:MOST_NAMED]]
    if not counts:
        return chosen, None
    told = [f"{gene.symbol} {counts[gene.symbol]}" for gene in genes if gene.symbol in counts]
    which = f"each gene is open; up to {MOST_NAMED} variants of each are named"
    evidence = f"{first_named(told, MOST_GENES)}: {which}"
    return chosen, Check("unexplained_variants", f"{len(counts)} genes", evidence)
