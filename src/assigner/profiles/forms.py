"""The documented JSON form of a profile: for participants without a VCF, for examples, and within traces."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterable, Mapping
from decimal import Decimal
from operator import attrgetter
from typing import Annotated, Any, Literal, assert_never

from attrs import evolve
from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, StringConstraints, ValidationError

from assigner.errors import LimitError, ProfileError, kind_of, shown
from assigner.files import Source, bytes_up_to, name_of
from assigner.genome.builds import Build
from assigner.genome.variants import Variant
from assigner.profiles.calls import REFERENCE, REFERENCE_STATES, Call, Sex, State
from assigner.profiles.profile import (
    ABSENT_IS_REFERENCE,
    MOST_UNITS,
    CopyNumber,
    Input,
    Interval,
    Observed,
    Profile,
    Reach,
    RepeatSizes,
    Role,
    StructuralCall,
    StructuralKind,
)
from assigner.profiles.score_genotypes import ScoreGenotypes, of_digits, unpacked
from assigner.rules import Rules
from assigner.rules.panels import Panel, panel_of
from assigner.rules.scalars import Chrom
from assigner.strict import first_fault, json_in
from assigner.truth import Truth

_SIZE = re.compile(r"(?P<bound>[<>]=?)?(?P<units>[0-9]{1,6})|\.")
_INTERVAL = re.compile(r"(?P<least>[0-9]{1,6})-(?P<most>[0-9]{1,6})?|\.")
_LETTERS = re.compile(r"(?:[ACGT]+|\.)(?:[/|](?:[ACGT]+|\.))*")


MOST_BYTES = 64_000_000
"""The most bytes of a profile in JSON."""

GIVEN = "given by the caller"
"""The source of what is given by hand without one."""


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


def profile_of(form: Mapping[str, Any] | ProfileForm, rules: Rules) -> Profile:
    """The profile that a form describes.

    Raises:
        ProfileError: with the first field that is not as documented.
    """
    form = _form(form)
    panel = panel_of(rules, form.build)
    named = [(name, _call(call, f"alleles.{name}")) for name, call in form.alleles.items()]
    named += [(name, REFERENCE) for name in form.reference]
    seen = tuple(_observed(each, panel, f"variants.{at}") for at, each in enumerate(form.variants))
    return Profile(
        participant=form.participant,
        build=form.build,
        sex=form.sex,
        inferred_sex=form.inferred_sex,
        absent=form.absent,
        partial_read=form.partial_read == "yes",
        two_sexes=form.two_sexes == "yes",
        two_people=form.two_people,
        somatic=form.somatic,
        assumptions=(ABSENT_IS_REFERENCE,) if form.absent == "reference" else (),
        alleles=_with_listed(_alleles(named, panel), seen, panel),
        markers={_rsid(rsid, panel): _letters(text, rsid) for rsid, text in form.markers.items()},
        scores={name: _score(name, given, panel) for name, given in form.scores.items()},
        repeats=_repeats(form.repeats, panel),
        variants=seen,
        assessed=_assessed(form.assessed, panel),
        structural=tuple(_structural(each, panel, f"structural.{at}") for at, each in enumerate(form.structural)),
        structural_read=form.structural_read == "yes",
        annotated=frozenset(form.annotated),
        copy_numbers=_copy_numbers(form.copy_numbers, panel),
    )


def _form(form: Mapping[str, Any] | ProfileForm) -> ProfileForm:
    if isinstance(form, ProfileForm):
        return form
    try:
        return ProfileForm.model_validate(form)
    except ValidationError as error:
        place, expected, got = first_fault(error, ProfileForm, form, kind_of)
        raise ProfileError(f"profile: {place or '(the whole form)'}", expected, got) from None


def laboratory(
    repeats: Mapping[str, Any], copy_numbers: Mapping[str, Any], panel: Panel
) -> tuple[dict[str, RepeatSizes], dict[str, CopyNumber]]:
    """Repeat sizes and copy numbers as given by hand beside a VCF; the forms are a profile's.

    What comes without a source is "given by the caller".

    Raises:
        ProfileError: with the first value that is not as documented.
    """
    counts = {gene: str(given) if isinstance(given, int) else given for gene, given in copy_numbers.items()}
    form = _form({"repeats": dict(repeats), "copy_numbers": counts})
    sized = _repeats(form.repeats, panel)
    named = {name: evolve(sizes, source=sizes.origin or GIVEN, file=None) for name, sizes in sized.items()}
    return named, _copy_numbers(form.copy_numbers, panel)


def read_form(source: Source, rules: Rules) -> Profile:
    """Read a profile in the documented form, in JSON, from a path, an open binary file or its bytes.

    Raises:
        ProfileError: when it cannot be read, or is not as documented.
        LimitError: when it is too large.
    """
    name, read = name_of(source, "profile"), bytes_up_to(MOST_BYTES, source, ProfileError, "profile")
    if len(read) > MOST_BYTES:
        raise LimitError(name, f"at most {MOST_BYTES} bytes", "more")
    value = json_in(read, name, "JSON in UTF-8 with each key once", ProfileError)
    profile = profile_of(value, rules)
    return evolve(profile, inputs=(Input("profile", hashlib.sha256(read).hexdigest(), len(read), "json"),))


def _alleles(named: list[tuple[str, Call]], panel: Panel) -> dict[Variant, Call]:
    """Calls by what the alleles change; one allele under two names must be called once."""
    found: dict[Variant, Call] = {}
    for name, call in named:
        variant = _variant(name, panel)
        if variant in found:
            raise ProfileError("profile: alleles", "each allele once", shown(name))
        found[variant] = call
    return found


def _with_listed(alleles: dict[Variant, Call], seen: Iterable[Observed], panel: Panel) -> dict[Variant, Call]:
    """The calls with those of listed alleles that are given as annotated variants: the listing holds for them too.

    One that is given as absent there, and as carried here, is a conflict.
    """
    others: dict[Variant, Call] = {}
    for each in seen:
        given = alleles.get(each.variant)
        if each.variant in panel.listed and given is None:
            known = others.setdefault(each.variant, each.call)
            others[each.variant] = known if known == each.call else known.merged(each.call)
        elif given is not None and given.carries is Truth.FALSE and each.call.carries is Truth.TRUE:
            others[each.variant] = evolve(each.call, state=State.CONFLICT, why="given as absent and as carried")
    return alleles | others


def _variant(name: str, panel: Panel) -> Variant:
    """A listed allele by its id or place; another variant would be dropped without a word, so it is refused."""
    found = panel.variant_by_id.get(name) or panel.variant_by_text.get(name)
    if found is None:
        try:
            found = Variant.parse(name)
        except ProfileError:
            found = None
    if found is None or found not in panel.listed:
        raise ProfileError(
            "profile: alleles",
            f"an allele of the rule set by its id, or by CHROM-POS-REF-ALT on {panel.build}",
            shown(name),
        )
    return found


def _gene(name: str, panel: Panel, field: str) -> str:
    known, flags = panel.gene(name), panel.content.flags
    if known is None and name not in {m.gene for m in flags.mimics} | {t.gene for t in flags.therapies}:
        raise ProfileError(f"profile: {field}", "a gene of the rule set", shown(name))
    return name if known is None else known.symbol


def _assessed(
    given: Literal["all"] | tuple[str, ...] | dict[str, int], panel: Panel
) -> dict[str, int] | Literal["all"]:
    """The share of each gene that was looked at; a name alone stands for all of the gene."""
    if given == "all":
        return "all"
    shares = given if isinstance(given, dict) else dict.fromkeys(given, 1000)
    return {_gene(name, panel, "assessed"): share for name, share in shares.items()}


def _rsid(name: str, panel: Panel) -> str:
    if name not in {marker.rsid for marker in panel.content.markers}:
        raise ProfileError("profile: markers", "the rsID of a marker of the rule set", shown(name))
    return name


def _score(name: str, given: str | ScoreForm, panel: Panel) -> ScoreGenotypes:
    """The genotypes of a score: packed, or as a character for each row of its file."""
    if name not in panel.scores:
        raise ProfileError("profile: scores", "the id of a polygenic score of the rule set", shown(name))
    file, place = panel.scores[name].file, f"profile: scores.{name}"
    if isinstance(given, str):
        return ScoreGenotypes(file.sha256, of_digits(given, len(file.alleles), place))
    if given.sha256 not in (None, file.sha256):
        raise ProfileError(f"{place}.sha256", f"the rule set's scoring file, {file.sha256}", "another file")
    return ScoreGenotypes(file.sha256, unpacked(given.packed, len(file.alleles), f"{place}.packed"))


def _call(given: str | AlleleForm, place: str) -> Call:
    if isinstance(given, str):
        return _called(place, given)
    called = Call(State.NO_CALL)
    if given.genotype is not None:
        called = _called(place, given.genotype, given.phase_set, given.phase_sets)
    telling = (State.CALLED, State.PARTIAL, State.NO_CALL)
    if (given.state in telling and given.state is not called.state) or (
        given.state in REFERENCE_STATES and called.seen
    ):
        raise ProfileError(f"profile: {place}", "a genotype that fits the state", "another one")
    return Call(
        given.state or called.state,
        called.copies,
        phase_set=called.phase_set,
        phase_sets=called.phase_sets,
        fraction=None if given.fraction is None else Decimal(given.fraction),
        depth=given.depth,
        quality=given.quality,
        why=given.why,
    )


def _called(place: str, genotype: str, *phase: Any) -> Call:
    try:
        return Call.of(genotype, *phase)
    except ProfileError as error:
        raise ProfileError(f"profile: {place}.{error.place}", error.expected, error.got) from None


def _letters(text: str, rsid: str) -> tuple[str | None, ...]:
    if not _LETTERS.fullmatch(text):
        raise ProfileError(f"profile: markers.{rsid}", "bases joined by /, such as C/T", kind_of(text))
    return tuple(None if letter == "." else letter for letter in re.split(r"[/|]", text))


def _repeats(repeats: Mapping[str, str | RepeatForm], panel: Panel) -> dict[str, RepeatSizes]:
    """Sizes by the rule set's ids; a gene's name stands for all its repeats at that place."""
    found: dict[str, RepeatSizes] = {}
    for name, given in repeats.items():
        ids = _repeat_ids(name, panel)
        if not ids:
            raise ProfileError("profile: repeats", "a repeat or gene of the rule set", shown(name))
        sizes = repeat_sizes(given, name)
        if any(found.get(each, sizes) != sizes for each in ids):
            raise ProfileError("profile: repeats", "the same sizes for one place under all its names", shown(name))
        found |= dict.fromkeys(ids, sizes)
    return found


def _repeat_ids(name: str, panel: Panel) -> tuple[str, ...]:
    """The repeats that a name means, as the rule set writes it, by a gene's other names, or in another case.

    A name that could mean several in another case means none.
    """
    gene = panel.gene(name)
    exact = panel.repeat_ids(name) or (() if gene is None else panel.repeat_ids(gene.symbol))
    if exact:
        return exact
    names = (*panel.repeats, *(repeat.gene for repeat in panel.repeats.values()), *panel.genes)
    alike = [each for each in dict.fromkeys(names) if each.casefold() == name.casefold() and each != name]
    found = {ids for each in alike if (ids := _repeat_ids(each, panel))}
    return found.pop() if len(found) == 1 else ()


def repeat_sizes(given: str | RepeatForm, name: str) -> RepeatSizes:
    """Repeat sizes as people give them.

    Raises:
        ProfileError: when sizes or intervals are not written so, or do not fit each other.

    >>> str(repeat_sizes("2/45", "C9orf72")), str(repeat_sizes("2/>60", "C9orf72"))
    ('2/45', '2/>=61')
    >>> str(repeat_sizes("<20/<=24", "C9orf72"))
    '<=19/<=24'
    """
    form = RepeatForm(sizes=given) if isinstance(given, str) else given
    source = form.source if form.file is None else None
    sizes, bounds = zip(*(_size(text, name) for text in form.sizes.split("/")), strict=True)
    if form.intervals is None:
        return RepeatSizes(sizes, bounds if any(bounds) else (), source, form.problem, file=form.file)
    intervals = tuple(_interval(text, name) for text in form.intervals.split("/"))
    if len(intervals) != len(sizes):
        raise ProfileError(f"repeat {name}", f"{len(sizes)} intervals", str(len(intervals)))
    for bound, interval in zip(bounds, intervals, strict=True):
        if bound is not None and interval not in (None, bound):
            raise ProfileError(f"repeat {name}", "a bound or an interval of an allele", "both")
    both = tuple(bound or interval for bound, interval in zip(bounds, intervals, strict=True))
    return RepeatSizes(sizes, both, source, form.problem, file=form.file)


def _size(text: str, name: str) -> tuple[int | None, Interval | None]:
    """The size of one allele, and the interval that a lower or upper bound is."""
    found = _SIZE.fullmatch(text)
    if found is None:
        expected = "sizes such as 2/45, 2/>60 or <20/<20 for bounds, or 2/. when one is unknown"
        raise ProfileError(f"repeat {name}", expected, kind_of(text))
    if text == ".":
        return None, None
    bound = found["bound"] or ""
    size = int(found["units"]) + {">": 1, "<": -1}.get(bound, 0)
    if not 0 <= size <= MOST_UNITS:
        raise ProfileError(f"repeat {name}", f"sizes from 0 to {MOST_UNITS}", "a smaller or a larger one")
    if bound.startswith("<"):
        return size, (0, size)
    return size, (size, None) if bound else None


def _interval(text: str, name: str) -> Interval | None:
    found = _INTERVAL.fullmatch(text)
    if found is None:
        raise ProfileError(
            f"repeat {name}", "intervals such as 2-2/30-60, or 2-2/61- without an upper end", kind_of(text)
        )
    if text == ".":
        return None
    least, most = int(found["least"]), int(found["most"]) if found["most"] else None
    if most is not None and least > most:
        raise ProfileError(f"repeat {name}", "an interval that begins with its least size", "one that ends with it")
    return least, most


def _observed(form: VariantForm, panel: Panel, place: str) -> Observed:
    given = form.call or AlleleForm(genotype=form.genotype)
    try:
        variant = Variant.parse(f"{form.chrom}-{form.pos}-{form.ref}-{form.alt}")
    except ProfileError as error:
        raise ProfileError(f"profile: {place}", error.expected, "another place or other letters") from None
    gene = panel.gene(form.gene)
    if gene is None:
        raise ProfileError(f"profile: {place}.gene", "a gene of the rule set", shown(form.gene))
    return Observed(
        gene.symbol,
        variant,
        _call(given, place),
        terms=form.terms,
        pathogenic=_pathogenic(form.clinvar),
        stars=_stars(form.clinvar),
        conditions=form.clinvar.conditions if form.clinvar else (),
        frequency=None if form.frequency is None else Decimal(form.frequency),
        predictors={name: Decimal(score) for name, score in form.predictors.items()},
        last_exon=Truth(form.last_exon),
        penultimate_exon=Truth(form.penultimate_exon),
        residues=None if form.residues is None else _residues(form.residues, place),
        label=form.label,
    )


def _pathogenic(form: ClinvarForm | None) -> Truth:
    if form is None:
        return Truth.UNKNOWN
    match form.significance:
        case "pathogenic":
            return Truth.TRUE
        case "not_pathogenic":
            return Truth.FALSE
        case "unknown":
            return Truth.UNKNOWN
        case _:
            assert_never(form.significance)


def _residues(text: str, place: str) -> tuple[int, int]:
    """The first and the last amino acid; one alone is both."""
    first, _, last = text.partition("-")
    ends = int(first), int(last or first)
    if not 1 <= ends[0] <= ends[1]:
        raise ProfileError(
            f"profile: {place}.residues", "FIRST-LAST, counted from 1", "the last before the first, or 0"
        )
    return ends


def _stars(form: ClinvarForm | None) -> int | None:
    if form is None:
        return 0
    return None if form.stars == "unknown" else form.stars


def _copy_numbers(given: Mapping[str, str | CopyNumberForm], panel: Panel) -> dict[str, CopyNumber]:
    """Copy numbers by gene; a gene under two names must have one number."""
    found: dict[str, CopyNumber] = {}
    for name, number in given.items():
        gene, counted = _gene(name, panel, "copy_numbers"), _copy_number(number, name)
        if found.get(gene, counted) != counted:
            raise ProfileError("profile: copy_numbers", "the same number for one gene under all its names", shown(name))
        found[gene] = counted
    return found


def _structural(form: StructuralForm, panel: Panel, place: str) -> StructuralCall:
    gene = panel.gene(form.gene)
    if gene is None:
        raise ProfileError(f"profile: {place}.gene", "a gene of the rule set", shown(form.gene))
    if form.chrom != gene.chrom:
        raise ProfileError(f"profile: {place}.chrom", f"{gene.symbol}'s chromosome {gene.chrom}", form.chrom)
    if form.end < form.start:
        raise ProfileError(f"profile: {place}.end", "an end that is not before the start", "one before it")
    return StructuralCall(
        gene=gene.symbol,
        kind=form.kind,
        chrom=form.chrom,
        start=form.start,
        end=form.end,
        call=_call(form.call or AlleleForm(genotype=form.genotype), place),
        reach=form.reach,
        precise=form.precise == "yes",
        why=form.why,
        label=form.label,
    )


def _copy_number(given: str | CopyNumberForm, gene: str) -> CopyNumber:
    if isinstance(given, CopyNumberForm):
        return CopyNumber(given.copies, given.source)
    if not re.fullmatch(r"[0-9]{1,3}", given):
        raise ProfileError(f"profile: copy_numbers.{gene}", "a whole number", kind_of(given))
    return CopyNumber(int(given), GIVEN)


def form_of(profile: Profile) -> dict[str, Any]:
    """The profile as plain JSON values: what a trace keeps so that it replays without the VCF."""
    reference, others = profile.apart
    form: dict[str, Any] = {
        "participant": profile.participant,
        "build": profile.build.value,
        "sex": profile.sex and profile.sex.value,
        "inferred_sex": profile.inferred_sex and profile.inferred_sex.value,
        "absent": profile.absent,
        "partial_read": "yes" if profile.partial_read else "no",
        "two_sexes": "yes" if profile.two_sexes else None,
        "two_people": profile.two_people,
        "somatic": profile.somatic,
        "alleles": {variant.text: call_form(call) for variant, call in others.items()},
        "reference": sorted(map(attrgetter("text"), reference)),
        "markers": {rsid: "/".join(x or "." for x in letters) for rsid, letters in profile.markers.items()},
        "repeats": {name: repeat_form(sizes) for name, sizes in profile.repeats.items()},
        "variants": [_variant_form(o) for o in sorted(profile.variants, key=lambda o: (o.gene, o.variant))],
        "structural": [_structural_form(each) for each in sorted(profile.structural, key=str)],
        "structural_read": "yes" if profile.structural_read else "no",
        "assessed": "all" if profile.assessed == "all" else dict(sorted(profile.assessed.items())),
        "annotated": sorted(profile.annotated),
        "copy_numbers": {g: {"copies": n.copies, "source": n.source} for g, n in profile.copy_numbers.items()},
    }
    if profile.scores:
        form["scores"] = {
            name: {"sha256": own.sha256, "packed": own.packed} for name, own in sorted(profile.scores.items())
        }
    return {name: value for name, value in form.items() if value is not None}


def call_form(call: Call) -> dict[str, Any]:
    """A call as plain JSON values; what it does not have is left out."""
    form: dict[str, Any] = {
        "genotype": call.genotype or None,
        "phase_set": call.phase_set,
        "phase_sets": list(call.phase_sets) or None,
        "state": call.state.value,
        "fraction": call.fraction if call.fraction is None else format(call.fraction, "f"),
        "depth": call.depth,
        "quality": call.quality,
        "why": call.why,
    }
    return {name: value for name, value in form.items() if value is not None}


def repeat_form(repeat: RepeatSizes) -> dict[str, Any]:
    """Repeat sizes as plain JSON values; what they do not have is left out."""
    intervals = "/".join("." if i is None else f"{i[0]}-{'' if i[1] is None else i[1]}" for i in repeat.intervals)
    form = {"sizes": str(repeat), "intervals": intervals or None, "source": repeat.origin, "problem": repeat.problem}
    if repeat.file is None and repeat.source in {role.described for role in Role}:
        form["by"] = "hand"
    return {name: value for name, value in form.items() if value is not None}


def _variant_form(seen: Observed) -> dict[str, Any]:
    says = {Truth.TRUE: "pathogenic", Truth.FALSE: "not_pathogenic", Truth.UNKNOWN: "unknown"}
    stars = "unknown" if seen.stars is None else seen.stars
    conditions = {"conditions": list(seen.conditions)} if seen.conditions else {}
    form = {
        "gene": seen.gene,
        "chrom": seen.variant.chrom,
        "pos": seen.variant.pos,
        "ref": seen.variant.ref,
        "alt": seen.variant.alt,
        "call": call_form(seen.call),
        "terms": None if seen.terms is None else list(seen.terms),
        "clinvar": {"significance": says[seen.pathogenic], "stars": stars, **conditions},
        "frequency": seen.frequency if seen.frequency is None else format(seen.frequency, "f"),
        "predictors": {name: format(score, "f") for name, score in seen.predictors.items()},
        "last_exon": seen.last_exon.value,
        "penultimate_exon": None if seen.penultimate_exon is Truth.UNKNOWN else seen.penultimate_exon.value,
        "residues": None if seen.residues is None else "-".join(map(str, dict.fromkeys(seen.residues))),
        "label": seen.label,
    }
    return {name: value for name, value in form.items() if value is not None}


def _structural_form(seen: StructuralCall) -> dict[str, Any]:
    form = {
        "gene": seen.gene,
        "kind": seen.kind.value,
        "chrom": seen.chrom,
        "start": seen.start,
        "end": seen.end,
        "call": call_form(seen.call),
        "reach": seen.reach.value,
        "precise": "yes" if seen.precise else "no",
        "why": seen.why,
        "label": seen.label,
    }
    return {name: value for name, value in form.items() if value is not None}
