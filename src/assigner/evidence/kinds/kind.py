"""What every kind of criterion has: its question, its prior, its fields in words, and what shows it true."""

from __future__ import annotations

import enum
from collections.abc import Iterator, Mapping
from decimal import Decimal
from typing import ClassVar, Protocol

from attrs import evolve, field, frozen

from assigner.evidence.findings import Finding
from assigner.evidence.gates import gated_profile
from assigner.evidence.kinds.witnesses import Witness
from assigner.evidence.unknowns import Why
from assigner.genome.variants import Variant
from assigner.profiles.calls import Call, Sex
from assigner.profiles.profile import Profile
from assigner.rules.criteria import AnyCriterion
from assigner.rules.criterion import Criterion
from assigner.rules.loci import Allele, Part
from assigner.rules.panels import Panel
from assigner.truth import Truth


class Values(enum.Enum):
    """What sort of values a field of a criterion has."""

    COUNT = enum.auto()
    FRACTION = enum.auto()
    FREQUENCY = enum.auto()
    CHANCE = enum.auto()
    CHOICE = enum.auto()
    MEMBERS = enum.auto()
    NAME = enum.auto()


@frozen
class Field:
    """A field that a kind of criterion has beside those of all kinds.

    Attributes:
        words: what it holds, for the docs.
    """

    values: Values
    words: str


@frozen(kw_only=True)
class Edges:
    """The values at which the answers of a criterion change; between two of them they are the same.

    Attributes:
        fractions: shares of mitochondrial genomes.
        stars: ClinVar's review status.
        conditions: those that ClinVar's verdict must be for.
        frequencies: allele frequencies.
        terms: Sequence Ontology terms.
        scores: the least score of each predictor.
        last_exon: whether the last exon is an exception.
        regions: names of regions of genes, which are asked for or left out.
    """

    fractions: tuple[Decimal, ...] = ()
    stars: tuple[int, ...] = ()
    conditions: tuple[str, ...] = ()
    frequencies: tuple[Decimal, ...] = ()
    terms: tuple[str, ...] = ()
    scores: Mapping[str, Decimal] = field(factory=dict)
    last_exon: bool = False
    regions: tuple[str, ...] = ()


class Kind(Protocol):
    """A criterion of one kind.

    Attributes:
        words: what the kind asks for, for the docs.
        fields: the fields that it has beside those of all kinds.
        fixed_points: whether a true finding is worth the criterion's points, no more and no less.
    """

    words: ClassVar[str]
    fields: ClassVar[Mapping[str, Field]]
    fixed_points: ClassVar[bool]

    @property
    def pathogenic(self) -> bool:
        """Whether a true finding means that a pathogenic variant was found, which therapies ask for."""

    @property
    def criterion(self) -> AnyCriterion:
        """The criterion as the rule set has it."""

    @property
    def edges(self) -> Edges:
        """The values at which its answers change."""

    def findings(self, asked: Asked) -> Iterator[Finding]:
        """The answers for all genes and loci that it asks about, in the order of the panel."""

    def prior(self, gene: str, panel: Panel) -> int:
        """How many in a million carry what it asks for in a gene that was not assessed."""

    def reads_needs(self, allele: Allele, panel: Panel) -> bool:
        """Whether it matters to it in how many copies a listed allele is needed."""

    def witness(self, part: Part, sex: Sex, panel: Panel) -> Witness:
        """The least that a profile shows when it is true of a gene or locus of its scope."""


class OfNoGene:
    """What the criteria of no single gene or listed locus have in common; one that stands for them has a finding."""

    __slots__ = ()

    def reads_needs(self, allele: Allele, panel: Panel) -> bool:
        """No: it does not ask about listed alleles."""
        return False

    def witness(self, part: Part, sex: Sex, panel: Panel) -> Witness:
        """Nothing: it asks about no gene or listed locus alone."""
        return Witness()


@frozen
class Asked:
    """One profile asked about one panel.

    Attributes:
        kinds: the criteria that are asked, in their order.
        claims: for the unlisted variants of each gene, whether a criterion that was asked before counts them.
        counted: the genes in which such a criterion is true.
    """

    profile: Profile
    panel: Panel
    kinds: tuple[Kind, ...]
    claims: dict[tuple[str, Variant], Truth] = field(factory=dict)
    counted: set[str] = field(factory=set)

    def under(self, kind: Kind) -> Asked:
        """The same asked under a criterion's own gates; claims are shared."""
        own = self.panel.gates.get(kind.criterion.id)
        return self if own is None else evolve(self, profile=gated_profile(self.profile, own))


def finding_of(
    criterion: Criterion,
    gene: str,
    loci: tuple[str, ...],
    truth: Truth,
    *,
    points: int,
    carrier_ppm: int,
    shown: str,
    why: Why | None,
    partly: int = 0,
    revocable: bool = False,
) -> Finding:
    """A finding of a criterion that is worth so many points; an unknown one, and no other, has a `why`."""
    return Finding(
        criterion=criterion.id,
        gene=gene,
        loci=loci,
        truth=truth,
        tier=criterion.tier,
        strength=points,
        partly=partly,
        revocable=revocable,
        carrier_ppm=carrier_ppm,
        shown=shown,
        why=why,
    )


def prior_of_listed(gene: str, panel: Panel) -> int:
    """How many in a million carry a listed allele or repeat of a gene, by the rule set."""
    known = panel.gene(gene)
    if known is None or known.carrier_ppm is None:
        return panel.content.decision.default_carrier_ppm
    return known.carrier_ppm


def shown(call: Call) -> str:
    """A call in words and VCF notation, for people."""
    return f"{call.genotype} ({call.state})" if call.genotype else str(call.state)
