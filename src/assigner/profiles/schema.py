"""The fields of a profile in JSON, as pydantic models."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from decimal import Decimal
from typing import Annotated, Any, Literal

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, StringConstraints, ValidationError

from assigner.errors import ProfileError, kind_of
from assigner.genome.builds import Build
from assigner.profiles.calls import Sex, State
from assigner.profiles.profile import Reach, Role, StructuralKind
from assigner.rules.scalars import Chrom, Id
from assigner.strict import first_fault


def _decimal_text(value: Any) -> Any:
    if isinstance(value, str) and re.fullmatch(r"-?[0-9]{1,6}(\.[0-9]{1,400})?", value):
        return value
    raise ValueError("a decimal number as text")


def _share_text(value: Any) -> Any:
    if isinstance(_decimal_text(value), str) and 0 <= Decimal(value) <= 1:
        return value
    raise ValueError("a decimal number from 0 to 1 as text")


DecimalText = Annotated[str, BeforeValidator(_decimal_text)]
ShareText = Annotated[str, BeforeValidator(_share_text)]
Share = Annotated[int, Field(ge=0, le=1000)]
Count = Annotated[int, Field(ge=0, le=1_000_000_000)]
Words = Annotated[str, StringConstraints(min_length=1, max_length=500)]


class Form(BaseModel):
    """A part of the form; unknown fields are refused."""

    model_config = ConfigDict(extra="forbid", frozen=True, defer_build=True)

    def __repr_args__(self) -> Iterable[tuple[str, Any]]:
        """Nothing: a `repr` ends in logs, and shows no genotype."""
        return ()


class AlleleForm(Form):
    """A call: the genotype in terms of this allele, 1 this one and 0 any other."""

    genotype: str | None = None
    phase_set: str | None = None
    phase_sets: tuple[str | None, ...] = ()
    state: State | None = None
    fraction: ShareText | None = None
    depth: Count | None = None
    quality: Count | None = None
    why: str | None = None


class RepeatForm(Form):
    """Repeat sizes such as `2/45`, with intervals such as `2-2/30-60` when known.

    `.` is an allele that was not sized; `>60` and `>=61` are lower bounds, as is an interval such as `61-`; `<20` and
    `<=19` are upper bounds. `by` is written where a source that was given by hand reads like what a trace calls a file.
    """

    sizes: str
    intervals: str | None = None
    source: Words | None = None
    by: Literal["hand"] | None = None
    problem: Words | None = None

    @property
    def file(self) -> Role | None:
        """What the file is for that sized it; None when it was given by hand."""
        return None if self.by else next((role for role in Role if role.described == self.source), None)


class ClinvarForm(Form):
    """What ClinVar says: its verdict as pathogenic (or likely so), not, or unknown, and its stars, 0 when not given.

    `conditions` are those that the verdict is for, by name or id.
    """

    significance: Literal["pathogenic", "not_pathogenic", "unknown"]
    stars: Annotated[int, Field(ge=0, le=4)] | Literal["unknown"] = 0
    conditions: tuple[Words, ...] = ()


class VariantForm(Form):
    """An annotated variant in a gene of the rule set."""

    gene: str
    chrom: str
    pos: int
    ref: str
    alt: str
    genotype: str | None = None
    call: AlleleForm | None = None
    terms: tuple[str, ...] | None = None
    clinvar: ClinvarForm | None = None
    frequency: ShareText | None = None
    predictors: dict[str, DecimalText] = {}
    last_exon: Literal["true", "false", "unknown"] = "unknown"
    penultimate_exon: Literal["true", "false", "unknown"] = "unknown"
    residues: Annotated[str, StringConstraints(pattern=r"^[0-9]{1,6}(-[0-9]{1,6})?$")] | None = None
    label: str | None = None


class StructuralForm(Form):
    """A structural variant over a gene of the rule set."""

    gene: str
    kind: StructuralKind
    chrom: Chrom
    start: Annotated[int, Field(ge=1, le=1_000_000_000)]
    end: Annotated[int, Field(ge=1, le=1_000_000_000)]
    genotype: str | None = None
    call: AlleleForm | None = None
    reach: Reach
    precise: Literal["yes", "no"] = "yes"
    why: str | None = None
    label: str | None = None


class CopyNumberForm(Form):
    """A laboratory's copy number."""

    copies: Count
    source: Words


class ScoreForm(Form):
    """The genotypes of a polygenic score.

    Attributes:
        sha256: the digest of the scoring file; that of the rule set's when left out.
        packed: two bits for each row of the scoring file in its order, in Base64: 0, 1 or 2 copies, 3 where unknown.
    """

    sha256: Annotated[str, Field(pattern=r"^[0-9a-f]{64}$")] | None = None
    packed: Annotated[str, Field(max_length=200_000)]


class ProfileForm(Form):
    """A participant without a VCF.

    Alleles are named by the rule set's id or by `CHROM-POS-REF-ALT` on the given build.
    """

    participant: Words = "participant"
    build: Build = Build.GRCH38
    sex: Sex | None = None
    inferred_sex: Sex | None = None
    ancestry: Id | None = None
    absent: Literal["unknown", "reference"] = "unknown"
    partial_read: Literal["yes", "no"] = "no"
    two_sexes: Literal["yes", "no"] = "no"
    two_people: Words | None = None
    somatic: Words | None = None
    alleles: dict[str, str | AlleleForm] = {}
    reference: tuple[str, ...] = ()
    markers: dict[str, str] = {}
    scores: dict[str, str | ScoreForm] = {}
    repeats: dict[str, str | RepeatForm] = {}
    variants: tuple[VariantForm, ...] = ()
    assessed: Literal["all"] | tuple[str, ...] | dict[str, Share] = ()
    structural: tuple[StructuralForm, ...] = ()
    structural_read: Literal["yes", "no"] = "no"
    annotated: tuple[Literal["clinvar", "consequence"], ...] = ("clinvar", "consequence")
    copy_numbers: dict[str, str | CopyNumberForm] = {}


def checked(form: Mapping[str, Any] | ProfileForm) -> ProfileForm:
    """The form of a profile, or of a part of one, with each field as documented.

    Raises:
        ProfileError: with the first field that is not.
    """
    if isinstance(form, ProfileForm):
        return form
    try:
        return ProfileForm.model_validate(form)
    except ValidationError as error:
        place, expected, got = first_fault(error, ProfileForm, form, kind_of)
        raise ProfileError(f"profile: {place or '(the whole form)'}", expected, got) from None
