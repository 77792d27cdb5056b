"""What is raised beside the category: mimics, gene-targeted therapies, stratification. It never changes a score."""

from __future__ import annotations

import enum
from collections.abc import Iterator, Sequence

from attrs import frozen

from assigner.calls import Call, Sex, biallelic
from assigner.findings import HARMFUL, Finding, is_clinvar_pathogenic, repeat_expanded
from assigner.panels import Panel, panel_of
from assigner.profiles import Profile
from assigner.rules import Rules
from assigner.rules.schema import Mimic, Therapy
from assigner.truth import Truth, all_of, any_of
from assigner.variants import Variant


class FlagKind(enum.StrEnum):
    """What a flag is about."""

    MIMIC = "mimic"
    THERAPY = "gene_targeted_therapy"
    STRATIFICATION = "stratification"


@frozen(kw_only=True)
class Flag:
    """One flag of the rule set asked of a profile.

    Attributes:
        holds: whether it is a reason for review when true, as its action says.
        text: the disorder, product or report.
        shown: the letters of a stratification marker.
    """

    id: str
    kind: FlagKind
    gene: str
    truth: Truth
    holds: bool
    text: str
    shown: str = ""


def raise_flags(profile: Profile, findings: Sequence[Finding], rules: Rules) -> tuple[Flag, ...]:
    """Ask every flag of the rule set, in its order."""
    panel = panel_of(rules, profile.build)
    mimics = tuple(_mimic(profile, panel, mimic) for mimic in rules.content.flags.mimics)
    therapies = tuple(_therapy(profile, panel, therapy, findings, mimics) for therapy in rules.content.flags.therapies)
    return (*mimics, *therapies, *_stratification(profile, panel))


def _mimic(profile: Profile, panel: Panel, mimic: Mimic) -> Flag:
    match mimic.trigger:
        case "one":
            truth = any_of(call.carries for _, call in _harmful(profile, panel, mimic.gene))
        case "two":
            truth = biallelic(_harmful(profile, panel, mimic.gene))
        case "male":
            carried = any_of(call.carries for _, call in _harmful(profile, panel, mimic.gene))
            truth = all_of((carried, _is_male(profile)))
        case "repeat":
            truth = _repeat(profile, panel, mimic.repeat)
        case "copy_number":
            truth = _no_copy(profile, mimic.gene)
    if truth is Truth.FALSE and not _all_listed(profile, mimic, panel.content.gates.assessed):
        truth = Truth.UNKNOWN
    return Flag(
        id=mimic.id,
        kind=FlagKind.MIMIC,
        gene=mimic.gene,
        truth=truth,
        holds=mimic.action == "hold",
        text=mimic.disorder,
    )


def _all_listed(profile: Profile, mimic: Mimic, least: int) -> bool:
    """Whether a mimic can be ruled out: by its own test, or because ClinVar's variants of the gene were looked for."""
    if mimic.trigger in ("repeat", "copy_number"):
        return True
    return profile.looked_for(mimic.gene, "clinvar", least)


def _harmful(profile: Profile, panel: Panel, gene: str) -> list[tuple[Variant, Call]]:
    """The gene's listed harmful alleles and the variants that ClinVar calls (likely) pathogenic, with one star."""
    listed = [(v, profile.call(v)) for v, a in panel.by_gene.get(gene, ()) if a.allele_class in HARMFUL]
    seen = [
        (o.variant, o.call)
        for o in profile.variants
        if o.gene == gene and o.variant not in panel.listed and is_clinvar_pathogenic(o, 1) is Truth.TRUE
    ]
    return [*listed, *seen]


def _is_male(profile: Profile) -> Truth:
    sex = profile.sex or profile.inferred_sex
    if sex is None:
        return Truth.UNKNOWN
    return Truth.TRUE if sex is Sex.MALE else Truth.FALSE


def _repeat(profile: Profile, panel: Panel, name: str | None) -> Truth:
    repeat = panel.repeats.get(name or "")
    if repeat is None:
        return Truth.UNKNOWN
    return repeat_expanded(repeat, profile.repeats.get(repeat.id), profile.sex or profile.inferred_sex)


def _no_copy(profile: Profile, gene: str) -> Truth:
    number = profile.copy_numbers.get(gene)
    if number is None:
        return Truth.UNKNOWN
    return Truth.FALSE if number.copies else Truth.TRUE


def _therapy(
    profile: Profile, panel: Panel, therapy: Therapy, findings: Sequence[Finding], mimics: Sequence[Flag]
) -> Flag:
    match therapy.trigger:
        case "pathogenic":
            truth = any_of((*_pathogenic(panel, therapy.gene, findings), *_of_gene(therapy.gene, mimics)))
        case "repeat":
            truth = _repeat(profile, panel, therapy.repeat)
        case "copy_number":
            truth = _no_copy(profile, therapy.gene)
        case "none":
            truth = Truth.FALSE
    return Flag(
        id=therapy.id,
        kind=FlagKind.THERAPY,
        gene=therapy.gene,
        truth=truth,
        holds=therapy.action == "hold",
        text=f"{therapy.product}: {therapy.stage}",
    )


def _pathogenic(panel: Panel, gene: str, findings: Sequence[Finding]) -> Iterator[Truth]:
    """The findings of listed alleles and ClinVar variants of a gene."""
    kinds = {criterion.id: criterion.kind for criterion in panel.content.criteria}
    for finding in findings:
        if finding.gene == gene and kinds[finding.criterion] in ("listed_allele", "clinvar"):
            yield finding.truth


def _of_gene(gene: str, mimics: Sequence[Flag]) -> Iterator[Truth]:
    return (mimic.truth for mimic in mimics if mimic.gene == gene)


def _stratification(profile: Profile, panel: Panel) -> Iterator[Flag]:
    markers = {marker.id: marker for marker in panel.content.markers}
    for entry in panel.content.flags.stratification:
        marker = markers[entry.marker]
        letters = profile.markers.get(marker.rsid, ())
        known = bool(letters) and None not in letters and marker.effect is not None
        present = Truth.TRUE if marker.effect in letters else Truth.FALSE
        yield Flag(
            id=entry.id,
            kind=FlagKind.STRATIFICATION,
            gene=marker.gene,
            truth=present if known else Truth.UNKNOWN,
            holds=False,
            text=entry.report,
            shown="/".join(letter or "." for letter in letters),
        )
