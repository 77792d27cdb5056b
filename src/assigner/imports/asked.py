"""What an import asks a source about: genes, conditions, and from which review status on."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from functools import cached_property

from attrs import field, frozen

from assigner.errors import EvidenceError, shown
from assigner.genome.builds import Build
from assigner.genome.variants import Variant, trimmed
from assigner.rules import Rules
from assigner.rules.conditions import is_for
from assigner.rules.criteria import AlleleCriterion
from assigner.rules.loci import Allele, Gene
from assigner.rules.panels import variant_on
from assigner.truth import Truth


@frozen(kw_only=True)
class Asked:
    """What is asked of a source.

    Attributes:
        genes: symbols of the rule set's genes, those of mimics included.
        conditions: the names of the trial's disease, or its MONDO terms; empty when it is not told.
        stars: the least review status with which a new allele is proposed.
        dated: the day of the files, where they do not say it themselves.
    """

    rules: Rules = field(repr=False)
    genes: frozenset[str]
    conditions: tuple[str, ...] = ()
    stars: int = 1
    dated: str | None = None

    @classmethod
    def of(
        cls, rules: Rules, genes: Iterable[str] = (), conditions: Iterable[str] = (), stars: int = 1,
        dated: str | None = None,
    ) -> Asked:  # fmt: skip
        """What is asked, with the rule set's genes and conditions where none are given.

        Raises:
            EvidenceError: a gene is none of the rule set.
        """
        names = _symbols(rules)
        chosen = []
        for name in genes:
            if name.casefold() not in names:
                raise EvidenceError("genes", "a gene of the rule set", shown(name))
            chosen.append(names[name.casefold()])
        told = tuple(conditions) or tuple(
            dict.fromkeys(
                each for c in rules.content.criteria if isinstance(c, AlleleCriterion) for each in c.conditions
            )
        )
        return cls(
            rules=rules, genes=frozenset(chosen or names.values()), conditions=told, stars=stars, dated=dated
        )  # fmt: skip

    @cached_property
    def names(self) -> Mapping[str, str]:
        """The symbol of each gene by all of its names, in small letters."""
        return _symbols(self.rules)

    @cached_property
    def by_symbol(self) -> Mapping[str, Gene]:
        """The genes of the rule set by their symbols."""
        return {gene.symbol: gene for gene in self.rules.content.genes}

    def symbol(self, *names: str | None) -> str | None:
        """The gene of the rule set that goes by one of these names, among those asked about."""
        found = (self.names.get(name.casefold()) for name in names if name)
        return next((symbol for symbol in found if symbol in self.genes), None)

    def is_about(self, conditions: Collection[str]) -> Truth:
        """Whether one of several conditions is the trial's disease; unknown when the disease is not told."""
        return is_for(conditions, self.conditions) if self.conditions else Truth.UNKNOWN

    @cached_property
    def listed(self) -> Mapping[tuple[Build, str, int, str, str], Allele]:
        """The listed alleles by what they change on each build, in the shortest way to write it."""
        return {
            (build, *spelled(variant_on(allele, build))): allele
            for allele in self.rules.content.alleles
            if allele.place is not None
            for build in Build
        }

    @cached_property
    def positions(self) -> frozenset[tuple[Build, str]]:
        """Where the listed alleles begin on each build, as text."""
        placed = [allele for allele in self.rules.content.alleles if allele.place is not None]
        return frozenset((build, str(variant_on(allele, build).pos)) for allele in placed for build in Build)

    def concerns(self, record: str, genes: Iterable[str], build: Build, pos: str) -> bool:
        """Whether a record may be about a gene or a listed allele, seen quickly and before it is read."""
        return (
            any(name.casefold() in self.names for name in genes)
            or record in self.by_record
            or (build, pos) in self.positions
        )

    @cached_property
    def by_record(self) -> Mapping[str, Allele]:
        """The listed alleles by ClinVar's number."""
        return {allele.clinvar: allele for allele in self.rules.content.alleles if allele.clinvar}


def spelled(variant: Variant) -> tuple[str, int, str, str]:
    """A change in the shortest way to write it."""
    return (variant.chrom, *trimmed(variant.pos, variant.ref, variant.alt))


def _symbols(rules: Rules) -> dict[str, str]:
    content = rules.content
    found = {flag.gene.casefold(): flag.gene for flag in content.flags.with_trigger}
    for gene in content.genes:
        for name in filter(None, (gene.symbol, gene.hgnc, gene.ensembl, *gene.aliases)):
            found[name.casefold()] = gene.symbol
    return found
