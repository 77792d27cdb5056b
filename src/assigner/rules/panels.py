"""What a rule set asks about on one build, arranged for asking."""

from __future__ import annotations

import functools
from collections import defaultdict
from collections.abc import Container, Iterable, Mapping
from typing import TypeAlias

from attrs import astuple, evolve, field, frozen

from assigner.caches import Cached
from assigner.genome.builds import Build
from assigner.genome.variants import Variant
from assigner.rules import Rules
from assigner.rules.criteria import AnyCriterion
from assigner.rules.criterion import GatedCriterion, MoreGates
from assigner.rules.loci import Allele, Gene, Listed, Marker, Part
from assigner.rules.polygenic import Score, scores_of
from assigner.rules.repeats import Repeat
from assigner.rules.schema import RuleSet

Locus: TypeAlias = tuple[str, tuple[int, int], str]
"""A repeat by what it is on GRCh38: chromosome, span and motif; several of a rule set's repeats may share it."""


def asked_genes(content: RuleSet) -> frozenset[str]:
    """The genes of which unlisted variants are asked: by a criterion that reads annotations, a mimic or a therapy."""
    criteria = [each for each in content.criteria if each.reads == "annotations"]
    genes = {g.symbol for g in content.genes if any(g.validity in c.validity and c.asks(g) for c in criteria)}
    genes |= {symbol for burden in content.burdens for symbol in burden.terms_of_genes}
    flagged = {mimic.gene for mimic in content.flags.mimics if mimic.asks_variants}
    flagged |= {therapy.gene for therapy in content.flags.therapies if therapy.trigger == "pathogenic"}
    return frozenset(genes | {g.symbol for g in content.genes if g.symbol in flagged and g.is_nuclear})


@frozen(eq=False, slots=False)
class Panel(Cached):
    """The places of a rule set on one build.

    Attributes:
        alleles: the active listed alleles by what they change.
        by_gene: the same by gene, in the order of their places.
        variant_by_id: what every placed allele changes, by its id.
        variant_by_text: the same by how it is written, `chrom-pos-ref-alt`.
        listed: every placed allele, active or not, by what it changes.
        asker: the criterion that asks about a listed locus, by the locus's type and id: the first one, by tier and
            points, that can; a locus counts once.
        stricter: the gates of the criterion that asks about an allele, by the allele's id, where it has its own.
        markers: the active markers by rsID.
        repeats: the repeats by id.
        asked: the genes in the rule set's order.
        criteria: the criteria in the order in which they are asked, that of tiers and points.
        gates: the gates of criteria that have their own, by the criteria's ids.
        scores: the polygenic scores by the ids of their criteria.
        part_of: the panel of which this one asks about one gene alone.
    """

    build: Build
    content: RuleSet
    alleles: Mapping[Variant, Allele]
    by_gene: Mapping[str, tuple[tuple[Variant, Allele], ...]]
    variant_by_id: Mapping[str, Variant]
    variant_by_text: Mapping[str, Variant]
    listed: Mapping[Variant, Allele]
    asker: Mapping[tuple[type[Listed], str], AnyCriterion]
    stricter: Mapping[str, MoreGates]
    markers: Mapping[str, Marker]
    repeats: Mapping[str, Repeat]
    genes: Mapping[str, Gene]
    asked: tuple[Gene, ...]
    criteria: tuple[AnyCriterion, ...]
    gates: Mapping[str, MoreGates]
    scores: Mapping[str, Score]
    part_of: Panel | None = field(default=None, repr=False)

    @property
    def whole(self) -> Panel:
        """The panel that asks about everything: what is worked out of it holds for each part, and lives with it."""
        return self.part_of or self

    def alone(self, gene: str, criteria: Container[str]) -> Panel:
        """The panel that asks about nothing but this gene, and only under these criteria."""
        return evolve(
            self,
            part_of=self,
            criteria=tuple(criterion for criterion in self.criteria if criterion.id in criteria),
            alleles=dict(self.by_gene.get(gene, ())),
            by_gene={gene: self.by_gene[gene]} if gene in self.by_gene else {},
            markers={rsid: marker for rsid, marker in self.markers.items() if marker.gene == gene},
            repeats={name: repeat for name, repeat in self.repeats.items() if repeat.gene == gene},
            asked=tuple(own for own in self.asked if own.symbol == gene),
        )

    def gene(self, name: str) -> Gene | None:
        """The gene with this symbol, alias, HGNC or Ensembl id."""
        return self.genes.get(name)

    def scope(self, criterion: AnyCriterion) -> tuple[Part, ...]:
        """All that a criterion can ask about, were there no other one."""
        return _scope(criterion, self.content, self.genes)

    def is_asked_by(self, locus: Listed, criterion: AnyCriterion) -> bool:
        """Whether this criterion, and no stronger one, asks about a listed locus."""
        return self.asker.get((type(locus), locus.id)) is criterion

    def repeat_ids(self, name: str) -> tuple[str, ...]:
        """The repeats that a name means: the one with that id and the others at its place, or all of a gene.

        A gene goes by any of its names, and a laboratory writes them in any case.
        """
        named = self.repeats.get(name)
        if named is None:
            called = name.casefold()
            return tuple(r.id for r in self.repeats.values() if called in self._names(r))
        return tuple(r.id for r in self.repeats.values() if locus_of(r) == locus_of(named))

    def _names(self, repeat: Repeat) -> set[str]:
        gene = self.genes.get(repeat.gene)
        return {each.casefold() for each in (repeat.id, repeat.gene, *(gene.aliases if gene else ()))}


def locus_of(repeat: Repeat) -> Locus:
    """What a repeat is, by its place on GRCh38 and its motif."""
    return repeat.chrom, repeat.grch38, repeat.motif


def variant_on(allele: Allele, build: Build) -> Variant:
    """What an allele changes on a build; it must have a place."""
    place = allele.place
    assert place is not None
    return Variant(place.chrom, *place.on(build))


def marker_pos(marker: Marker, build: Build) -> int:
    """Where a marker stands on a build; it must have a place."""
    pos = marker.on(build)
    assert pos is not None
    return pos


@functools.lru_cache(maxsize=16)
def panel_of(rules: Rules, build: Build) -> Panel:
    """The panel of a rule set on a build."""
    content = rules.content
    listed = {variant_on(allele, build): allele for allele in content.alleles if allele.place}
    active = {variant: allele for variant, allele in listed.items() if not allele.inactive}
    by_gene: dict[str, list[tuple[Variant, Allele]]] = defaultdict(list)
    for variant, allele in sorted(active.items(), key=lambda item: astuple(item[0])):
        by_gene[allele.gene].append((variant, allele))
    genes = _by_name(content.genes)
    criteria = tuple(sorted(content.criteria, key=lambda criterion: (criterion.tier, -criterion.points)))
    asker = _askers(criteria, content, genes)
    gates = {c.id: c.gates for c in criteria if isinstance(c, GatedCriterion) and c.gates is not None}
    return Panel(
        build=build,
        content=content,
        alleles=active,
        by_gene={gene: tuple(items) for gene, items in by_gene.items()},
        variant_by_id={allele.id: variant for variant, allele in listed.items()},
        variant_by_text={str(variant): variant for variant in listed},
        listed=listed,
        asker=asker,
        stricter={name: gates[c.id] for (what, name), c in asker.items() if what is Allele and c.id in gates},
        markers={marker.rsid: marker for marker in content.markers if not marker.inactive},
        repeats={repeat.id: repeat for repeat in content.repeats},
        genes=genes,
        asked=content.genes,
        criteria=criteria,
        gates=gates,
        scores=scores_of(content, rules.scoring, build),
    )


def loci_of(content: RuleSet) -> tuple[Listed, ...]:
    """Every locus that a rule set lists."""
    return (*content.alleles, *content.repeats, *content.markers)


def yielding(markers: Iterable[Marker]) -> tuple[Marker, ...]:
    """The active markers that do not count, as a stronger one (or the first of two) stands for the same locus."""
    strongest: dict[str, Marker] = {}
    others = []
    for marker in sorted((each for each in markers if each.is_active), key=lambda each: -(each.log_odds or 0)):
        if marker.locus is not None and strongest.setdefault(marker.locus, marker) is not marker:
            others.append(marker)
    return tuple(others)


def _scope(criterion: AnyCriterion, content: RuleSet, genes: Mapping[str, Gene]) -> tuple[Part, ...]:
    """The genes and listed loci that a criterion can ask about; an unknown gene has no rating."""
    unrated = "none" in criterion.validity
    rated = {name for name, gene in genes.items() if gene.validity in criterion.validity}
    linked = yielding(content.markers)
    loci = (each for each in loci_of(content) if criterion.asks(each) and each not in linked)
    return (
        *(gene for gene in content.genes if gene.symbol in rated and criterion.asks(gene)),
        *(each for each in loci if each.gene in rated or (unrated and each.gene not in genes)),
    )


def _askers(
    criteria: Iterable[AnyCriterion], content: RuleSet, genes: Mapping[str, Gene]
) -> dict[tuple[type[Listed], str], AnyCriterion]:
    """Each listed locus with the first of the criteria that can ask about it."""
    found: dict[tuple[type[Listed], str], AnyCriterion] = {}
    for criterion in criteria:
        for part in _scope(criterion, content, genes):
            if not isinstance(part, Gene):
                found.setdefault((type(part), part.id), criterion)
    return found


def _by_name(genes: Iterable[Gene]) -> dict[str, Gene]:
    """Genes by every name they have; a symbol comes before another gene's alias."""
    named: dict[str, Gene] = {}
    for gene in genes:
        for name in (*gene.aliases, gene.hgnc, gene.ensembl):
            if name is not None:
                named.setdefault(name, gene)
    return named | {gene.symbol: gene for gene in genes}
