"""The interface of every kind of criterion: findings, prior, documented fields and witness."""

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
    """The type of values of a criterion's field."""

    COUNT = enum.auto()
    FRACTION = enum.auto()
    FREQUENCY = enum.auto()
    CHANCE = enum.auto()
    CHOICE = enum.auto()
    MEMBERS = enum.auto()
    NAME = enum.auto()


@frozen
class Field:
    """A field that only some kinds of criterion have.

    Attributes:
        words: what the field means, for the docs.
    """

    values: Values
    words: str


@frozen(kw_only=True)
class Edges:
    """The values at which the answers of a criterion change; between two neighbouring values they are the same.

    Attributes:
        fractions: shares of mitochondrial genomes.
        stars: ClinVar's review status.
        conditions: the conditions for which ClinVar's classification counts.
        frequencies: allele frequencies.
        terms: Sequence Ontology terms.
        scores: the least score of each predictor.
        last_exon: whether the last exon is an exception.
        regions: names of gene regions that are included or excluded.
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
        fields: its fields in addition to those of all kinds.
        fixed_points: whether a true finding is always worth exactly the criterion's points.
    """

    words: ClassVar[str]
    fields: ClassVar[Mapping[str, Field]]
    fixed_points: ClassVar[bool]

    @property
    def pathogenic(self) -> bool:
        """Whether a true finding means that a pathogenic variant was found (gene-targeted therapies ask for that)."""

    @property
    def criterion(self) -> AnyCriterion:
        """The criterion as the rule set has it."""

    @property
    def edges(self) -> Edges:
        """The values at which its answers change."""

    def findings(self, asked: Asked) -> Iterator[Finding]:
        """The answers for all genes and loci that it asks about, in the order of the panel."""

    def prior(self, gene: str, panel: Panel) -> int:
        """The share of people, in ppm, for whom the criterion is true in a gene that was not assessed."""

    def reads_needs(self, allele: Allele, panel: Panel) -> bool:
        """Whether its answer depends on `needs` of a listed allele (the number of copies)."""

    def witness(self, part: Part, sex: Sex, panel: Panel) -> Witness:
        """Minimal evidence that makes the criterion true for a gene or locus of its scope."""


class OfNoGene:
    """The shared part of criteria that are not about one gene or listed locus; their finding is for a pseudo-gene."""

    __slots__ = ()

    def reads_needs(self, allele: Allele, panel: Panel) -> bool:
        """No: it does not ask about listed alleles."""
        return False

    def witness(self, part: Part, sex: Sex, panel: Panel) -> Witness:
        """None: it is not about one gene or listed locus."""
        return Witness()


@frozen
class Asked:
    """A profile and the panel of criteria to evaluate on it.

    Attributes:
        kinds: the criteria to evaluate, in their order.
        claims: for each gene and unlisted variant, whether an earlier criterion counts the variant.
        counted: the genes in which an earlier criterion is true.
    """

    profile: Profile
    panel: Panel
    kinds: tuple[Kind, ...]
    claims: dict[tuple[str, Variant], Truth] = field(factory=dict)
    counted: set[str] = field(factory=set)

    def under(self, kind: Kind) -> Asked:
        """The same with a criterion's own gates applied to the profile; claims are shared."""
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
    """A finding of a criterion; `why` is given exactly when it is unknown."""
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
    """The share of people, in ppm, who carry a listed allele or repeat of a gene, by the rule set."""
    known = panel.gene(gene)
    if known is None or known.carrier_ppm is None:
        return panel.content.decision.default_carrier_ppm
    return known.carrier_ppm


def shown(call: Call) -> str:
    """A call as text: genotype in VCF notation and state."""
    return f"{call.genotype} ({call.state})" if call.genotype else str(call.state)
