"""What is known of one participant's genome, as far as a rule set asks: no file, no annotation format."""

from __future__ import annotations

import enum
import hashlib
import re
from collections.abc import Mapping
from decimal import Decimal
from functools import cached_property
from typing import Any, Literal, assert_never

from attrs import field, frozen, validators

from assigner.errors import ProfileError, shown, unbroken
from assigner.genome.builds import CHROMS, Build
from assigner.genome.variants import Variant
from assigner.profiles.calls import ASSUMED_REFERENCE, NOT_ASSESSED, Call, Sex, is_plain_reference
from assigner.profiles.score_genotypes import ScoreGenotypes
from assigner.rules.repeats import Repeat
from assigner.rules.scalars import ID
from assigner.truth import Truth
from assigner.values import Fixed, Private


def _shares(assessed: Mapping[str, int] | Literal["all"]) -> Mapping[str, int] | Literal["all"]:
    return assessed if assessed == "all" else _fixed(assessed)


def _fixed(mapping: Mapping[Any, Any]) -> Mapping[Any, Any]:
    return mapping if isinstance(mapping, Fixed) else Fixed(mapping)


MOST_UNITS = 999_999
"""The largest size of a repeat that a profile keeps, in units."""

GIVEN = "given by the caller"
"""The source of what is given by hand without one."""

Interval = tuple[int, int | None]
"""The least and the most units that an allele can have; without a most there is no upper bound."""


class Role(enum.StrEnum):
    """What a file is for. Every file is read for all that it holds; the role says what its silence can mean."""

    VARIANTS = "variants"
    REPEATS = "repeats"
    MITOCHONDRIAL = "mitochondrial"
    STRUCTURAL = "structural"

    @property
    def described(self) -> str:
        """What a trace calls the file."""
        return f"the file of {self}"

    @property
    def is_of_whole_chromosomes(self) -> bool:
        """Whether a chromosome of which the file does not speak may not be taken as reference.

        A file of repeats has records of its loci alone, and its silence about small variants means nothing.
        """
        match self:
            case Role.VARIANTS | Role.MITOCHONDRIAL | Role.STRUCTURAL:
                return True
            case Role.REPEATS:
                return False
            case _:
                assert_never(self)


@frozen(repr=False)
class RepeatSizes(Private):
    """The alleles of one short tandem repeat, in repeat units.

    Attributes:
        sizes: the size of each allele; None when it was not sized.
        intervals: the confidence interval of each; None when none is given, then the size stands alone. One without
            an upper bound is "at least": a laboratory's `>60` is the size 61 with the interval from 61 on. Its `<20`
            is the size 19 with the interval from 0 to 19.
        source: who sized it, if it was given by hand.
        file: what the file is for that sized it, if one did.
        problem: why the sizes cannot be believed, if so.
    """

    sizes: tuple[int | None, ...] = field(validator=validators.min_len(1))
    intervals: tuple[Interval | None, ...] = field(default=())
    source: str | None = None
    file: Role | None = field(default=None, kw_only=True)
    problem: str | None = None

    @intervals.validator
    def _one_each(self, _: object, intervals: tuple[Interval | None, ...]) -> None:
        if intervals and len(intervals) != len(self.sizes):
            raise ValueError("intervals: one for each size, or none at all")

    @property
    def origin(self) -> str | None:
        """Which file sized it, or who."""
        return self.source if self.file is None else self.file.described

    @property
    def ranges(self) -> tuple[Interval | None, ...]:
        """For each allele the least and most size it can have, None when nothing is known.

        An interval that does not hold its size leaves all between them open.
        """
        if self.problem is not None:
            return (None,) * len(self.sizes)
        return tuple(None if size is None else _hull(size, interval) for size, interval in self._paired)

    @property
    def _paired(self) -> tuple[tuple[int | None, Interval | None], ...]:
        return tuple(zip(self.sizes, self.intervals or (None,) * len(self.sizes), strict=True))

    def shows_other_than(self, normal: Repeat) -> bool:
        """Whether any allele may have a size that is not normal for a repeat, believed or not."""
        shown = (interval if size is None else _hull(size, interval) for size, interval in self._paired)
        return any(span is not None and not normal.is_normal(*span) for span in shown)

    def __str__(self) -> str:
        return "/".join(_shown(size, interval, self.file) for size, interval in self._paired)


def _hull(size: int, interval: Interval | None) -> Interval:
    if interval is None:
        return size, size
    least, most = interval
    return min(size, least), None if most is None else max(size, least, most)


def _shown(size: int | None, interval: Interval | None, file: Role | None) -> str:
    if size is None:
        return "."
    if size and interval == (0, size) and file is None:  # a caller's interval that begins with 0 is no upper bound
        return f"<={size}"
    return f">={size}" if interval == (size, None) else str(size)


@frozen(repr=False)
class Observed(Private):
    """A variant that the file annotates in a gene of the panel.

    Attributes:
        gene: the rule set's symbol of the gene.
        terms: Sequence Ontology terms on the transcript that was chosen; None when none could be chosen.
        pathogenic: whether ClinVar calls it pathogenic or likely pathogenic.
        stars: ClinVar's review status, 0 to 4; None when the file does not say it, or not in words that are known.
        conditions: those that ClinVar's verdict is for, names and ids; without any they are not known.
        frequency: the allele frequency that the file gives; None is unknown, not zero.
        predictors: predictor scores by the rule set's names.
        last_exon: whether it lies in the transcript's last exon.
        penultimate_exon: whether it lies in the transcript's last exon but one.
        residues: the first and the last amino acid that it changes, on a transcript that the rule set counts on; None
            when they are not known, or when it changes none.
        label: transcript and HGVS, for people.
    """

    gene: str
    variant: Variant
    call: Call
    terms: tuple[str, ...] | None = None
    pathogenic: Truth = Truth.UNKNOWN
    stars: int | None = 0
    conditions: tuple[str, ...] = field(default=(), kw_only=True)
    frequency: Decimal | None = None
    predictors: Mapping[str, Decimal] = field(factory=dict, converter=_fixed, hash=False)
    last_exon: Truth = Truth.UNKNOWN
    penultimate_exon: Truth = field(default=Truth.UNKNOWN, kw_only=True)
    residues: tuple[int, int] | None = field(default=None, kw_only=True)
    label: str | None = None


class StructuralKind(enum.StrEnum):
    """What a structural variant does to the sequence, as its record says."""

    DELETION = "deletion"
    DUPLICATION = "duplication"
    INSERTION = "insertion"
    INVERSION = "inversion"
    BREAKEND = "breakend"
    COPY_NUMBER = "copy_number"
    OTHER = "other"


class Reach(enum.StrEnum):
    """What of a gene a structural variant meets."""

    WHOLE = "whole"
    EXON = "exon"
    PART = "part"
    INTRON = "intron"


@frozen(kw_only=True, repr=False)
class StructuralCall(Private):
    """A structural variant that a record shows over a gene of the panel.

    Attributes:
        gene: the rule set's symbol of the gene.
        start: the first base that it changes, by the record's own word; its confidence interval is in `reach`.
        end: the last one.
        call: the haplotypes that carry it.
        reach: `whole`, when even the innermost span that it can have covers the gene; `exon`, when the record's
            annotation says that an exon is lost; `intron`, when it says that only an intron is met; else `part`.
        precise: whether the record gives its ends to the base.
        why: what is not known of it, if anything.
        label: transcript and consequence, for people.
    """

    gene: str
    kind: StructuralKind
    chrom: str = field(validator=validators.in_(CHROMS))
    start: int = field(validator=validators.ge(1))
    end: int = field()
    call: Call
    reach: Reach = Reach.PART
    precise: bool = True
    why: str | None = None
    label: str | None = None

    @end.validator
    def _not_before_start(self, _: object, end: int) -> None:
        if end < self.start:
            raise ValueError("end: not before the start")

    def removes(self, least: Literal["whole", "exon"]) -> Truth:
        """Whether a haplotype that carries it has lost at least this of the gene.

        Only of a deletion is that known. Inside an intron it removes nothing; any other change of a gene is unknown.
        """
        if self.kind is not StructuralKind.DELETION:
            return Truth.UNKNOWN
        match self.reach:
            case Reach.PART:
                return Truth.UNKNOWN
            case Reach.WHOLE:
                return Truth.TRUE
            case Reach.EXON:
                match least:
                    case "exon":
                        return Truth.TRUE
                    case "whole":
                        return Truth.FALSE
                    case _:
                        assert_never(least)
            case Reach.INTRON:
                return Truth.FALSE
            case _:
                assert_never(self.reach)

    def __str__(self) -> str:
        return f"{self.kind} {self.chrom}:{self.start}-{self.end}"


@frozen(repr=False)
class CopyNumber(Private):
    """How many copies of a gene there are, and who says so."""

    copies: int = field(validator=validators.ge(0))
    source: str


@frozen
class Input:
    """One input by what it was for and its bytes.

    Attributes:
        role: what it was for.
        sha256: of all its bytes, in hex.
        size: how many they are.
        container: how they are packed.
        part: which part of it is the participant's, where it holds several samples: the SHA-256, in hex, of `sha256`, a
            line feed and the sample's name.
    """

    role: str
    sha256: str
    size: int
    container: str
    part: str | None = None

    @property
    def own(self) -> str:
        """What is this participant's alone, in hex: the part of a file of several samples, or the file."""
        return self.part or self.sha256


def part_of(sha256: str, sample: str) -> str:
    """Which part of a file of several samples is one sample's, in hex.

    Args:
        sha256: the file's, in hex.
        sample: the sample's name.
    """
    return hashlib.sha256(f"{sha256}\n{sample}".encode("utf-8", "surrogateescape")).hexdigest()


@frozen(repr=False)
class Check(Private):
    """Something that was checked before the profile was believed, and on what evidence.

    Bytes of a file that are not UTF-8 are shown escaped, so that every check can be written.
    """

    name: str = field(converter=unbroken)
    result: str = field(converter=unbroken)
    evidence: str = field(converter=unbroken)


Annotation = Literal["clinvar", "consequence"]

ABSENT_IS_REFERENCE = "a small variant without a record is taken as reference, as the caller declared"
"""The assumption that a trace repeats when the caller declared `absent = reference`."""


@frozen(kw_only=True, repr=False)
class Profile:
    """One participant.

    Attributes:
        alleles: calls at the sites of listed alleles; what is not there was not in the file.
        markers: the letters called at markers, by rsID; None for the `.` of VCF.
        repeats: repeat sizes by the rule set's ids; those of one place have the same sizes.
        scores: the genotypes of polygenic scores by the ids of their criteria; of one that is not there none is known.
        variants: variants that the file annotates in genes of the panel.
        assessed: the share of each gene's span that was looked at, in thousandths; one without an entry was not.
        structural: structural variants over genes of the panel, by gene and place.
        structural_read: whether a file was read that was made to show structural variants.
        annotated: the kinds of annotation that the file carries.
        ancestry: the declared group of people whose reference a standardised score is compared with, if any.
        absent: what the caller declared an absent record to mean.
        two_sexes: whether the participant's files show different sexes.
        partial_read: whether only a part of the file was read.
        two_people: which of the participant's files are clearly not of one person, and what shows it, if any.
        somatic: what says that a file is a tumour's, or a somatic caller's, if anything.
        assumptions, checks, inputs: kept for the trace; they decide nothing.
    """

    participant: str = field()
    build: Build
    sex: Sex | None = None
    inferred_sex: Sex | None = None
    ancestry: str | None = field(default=None)
    absent: Literal["unknown", "reference"] = "unknown"
    partial_read: bool = False
    two_sexes: bool = False
    two_people: str | None = None
    somatic: str | None = None
    alleles: Mapping[Variant, Call] = field(factory=dict, converter=_fixed)
    markers: Mapping[str, tuple[str | None, ...]] = field(factory=dict, converter=_fixed)
    repeats: Mapping[str, RepeatSizes] = field(factory=dict, converter=_fixed)
    scores: Mapping[str, ScoreGenotypes] = field(factory=dict, converter=_fixed)
    variants: tuple[Observed, ...] = ()
    assessed: Mapping[str, int] | Literal["all"] = field(factory=dict, converter=_shares)
    structural: tuple[StructuralCall, ...] = ()
    structural_read: bool = False
    annotated: frozenset[Annotation] = frozenset()
    copy_numbers: Mapping[str, CopyNumber] = field(factory=dict, converter=_fixed)
    assumptions: tuple[str, ...] = ()
    checks: tuple[Check, ...] = ()
    inputs: tuple[Input, ...] = ()

    @participant.validator
    def _is_text(self, _: object, participant: str) -> None:
        whole = participant.encode("utf-8", "replace").decode() == participant
        if not (whole and 1 <= len(participant) <= 500):
            raise ProfileError(
                "participant", "an id of 1 to 500 characters in Unicode", f"{len(participant)} characters"
            )

    @ancestry.validator
    def _is_name(self, _: object, ancestry: str | None) -> None:
        if ancestry is not None and re.fullmatch(ID, ancestry) is None:
            raise ProfileError("ancestry", "a name of letters and digits, without spaces", shown(ancestry))

    @property
    def deciding_sex(self) -> Sex | None:
        """The sex that decides how many copies of X and Y are expected: the declared one, else the inferred one."""
        return self.sex or self.inferred_sex

    def __repr__(self) -> str:
        return f"Profile(participant={self.participant!r}, build={self.build.value!r}, ...)"

    @cached_property
    def apart(self) -> tuple[tuple[Variant, ...], Mapping[Variant, Call]]:
        """The alleles that are reference with nothing more to say, and the calls of all others."""
        reference, others = [], {}
        for variant, call in self.alleles.items():
            if is_plain_reference(call):
                reference.append(variant)
            else:
                others[variant] = call
        return tuple(reference), others

    def call(self, variant: Variant) -> Call:
        """The call of an allele; one without a record is reference only when the caller declared so."""
        found = self.alleles.get(variant)
        if found is not None:
            return found
        match self.absent:
            case "reference":
                return ASSUMED_REFERENCE
            case "unknown":
                return NOT_ASSESSED
            case _:
                assert_never(self.absent)

    def looked_for(self, gene: str, annotation: Annotation, least: int) -> bool:
        """Whether a variant of the gene with this annotation would have been seen.

        Args:
            gene: the rule set's symbol.
            annotation: the kind of annotation that would have shown it.
            least: the share of the gene, in thousandths, from which it counts as looked at.
        """
        share = 1000 if self.assessed == "all" else self.assessed.get(gene, 0)
        covered = share >= least or self.absent == "reference"
        return covered and annotation in self.annotated

    @property
    def looked_for_structural(self) -> bool:
        """Whether a structural variant would have been seen: a file shows them, and what it omits is reference."""
        return self.structural_read and self.absent == "reference"
