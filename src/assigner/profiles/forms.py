"""The documented JSON form of a profile: for participants without a VCF, for examples, and within traces."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterable, Mapping
from decimal import Decimal
from typing import Any, Literal, assert_never

from attrs import evolve

from assigner.errors import LimitError, ProfileError, expect_a, kind_of, shown
from assigner.files import Source, bytes_up_to, name_of
from assigner.genome.variants import Variant
from assigner.mistaken import Sort, sort_of
from assigner.profiles.calls import REFERENCE, REFERENCE_STATES, Call, State
from assigner.profiles.laboratory import copy_numbers_of, gene_named, repeats_of
from assigner.profiles.profile import ABSENT_IS_REFERENCE, Input, Observed, Profile, StructuralCall
from assigner.profiles.schema import (
    AlleleForm,
    ClinvarForm,
    ProfileForm,
    ScoreForm,
    StructuralForm,
    VariantForm,
    checked,
)
from assigner.profiles.score_genotypes import ScoreGenotypes, of_digits, unpacked
from assigner.rules import Rules
from assigner.rules.panels import Panel, panel_of
from assigner.strict import json_in
from assigner.truth import Truth

_LETTERS = re.compile(r"(?:[ACGT]+|\.)(?:[/|](?:[ACGT]+|\.))*")

MOST_BYTES = 64_000_000
"""The most bytes of a profile in JSON."""


def profile_of(form: Mapping[str, Any] | ProfileForm, rules: Rules) -> Profile:
    """The profile that a form describes.

    Raises:
        ProfileError: with the first field that is not as documented.
        InputError: `rules` is no rule set that was read.
    """
    expect_a(Rules, rules, "rules", "read_rules")
    form = checked(form)
    panel = panel_of(rules, form.build)
    named = [(name, _call(call, f"alleles.{name}")) for name, call in form.alleles.items()]
    named += [(name, REFERENCE) for name in form.reference]
    seen = tuple(_observed(each, panel, f"variants.{at}") for at, each in enumerate(form.variants))
    return Profile(
        participant=form.participant,
        build=form.build,
        sex=form.sex,
        inferred_sex=form.inferred_sex,
        ancestry=form.ancestry,
        absent=form.absent,
        partial_read=form.partial_read == "yes",
        two_sexes=form.two_sexes == "yes",
        two_people=form.two_people,
        somatic=form.somatic,
        assumptions=(ABSENT_IS_REFERENCE,) if form.absent == "reference" else (),
        alleles=_with_listed(_alleles(named, panel), seen, panel),
        markers={_rsid(rsid, panel): _letters(text, rsid) for rsid, text in form.markers.items()},
        scores={name: _score(name, given, panel) for name, given in form.scores.items()},
        repeats=repeats_of(form.repeats, panel),
        variants=seen,
        assessed=_assessed(form.assessed, panel),
        structural=tuple(_structural(each, panel, f"structural.{at}") for at, each in enumerate(form.structural)),
        structural_read=form.structural_read == "yes",
        annotated=frozenset(form.annotated),
        copy_numbers=copy_numbers_of(form.copy_numbers, panel),
    )


def read_form(source: Source, rules: Rules) -> Profile:
    """Read a profile in the documented form, in JSON, from a path, an open binary file or its bytes.

    Raises:
        ProfileError: when it cannot be read, or is not as documented.
        LimitError: when it is too large.
    """
    name, read = name_of(source, "profile"), bytes_up_to(MOST_BYTES, source, ProfileError, "profile")
    if len(read) > MOST_BYTES:
        raise LimitError(name, f"at most {MOST_BYTES} bytes", "more")
    try:
        profile = profile_of(json_in(read, name, "JSON in UTF-8 with each key once", ProfileError), rules)
    except ProfileError:
        if (sort := sort_of(read)) not in (None, Sort.PROFILE):
            raise ProfileError(name, "a profile in JSON", sort.advice) from None
        raise
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


def _assessed(
    given: Literal["all"] | tuple[str, ...] | dict[str, int], panel: Panel
) -> dict[str, int] | Literal["all"]:
    """The share of each gene that was looked at; a name alone stands for all of the gene."""
    if given == "all":
        return "all"
    shares = given if isinstance(given, dict) else dict.fromkeys(given, 1000)
    return {gene_named(name, panel, "assessed"): share for name, share in shares.items()}


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
