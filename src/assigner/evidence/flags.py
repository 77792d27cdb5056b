"""What is raised beside the category: mimics, gene-targeted therapies, stratification. It never changes a score."""

from __future__ import annotations

import enum
import functools
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from typing import assert_never

from attrs import frozen

from assigner.evidence.answers import Circumstances, Found, GeneContents
from assigner.evidence.findings import GeneFindings
from assigner.evidence.kinds.clinvar import is_clinvar_pathogenic
from assigner.evidence.kinds.registry import kind_of
from assigner.evidence.kinds.repeat import repeat_expanded
from assigner.genome.variants import Variant
from assigner.profiles.calls import Call, Sex, biallelic
from assigner.profiles.profile import Profile
from assigner.rules import Rules
from assigner.rules.panels import Panel, panel_of
from assigner.rules.schema import Mimic, Therapy
from assigner.truth import Truth, all_of, any_of
from assigner.values import Private


class FlagKind(enum.StrEnum):
    """What a flag is about."""

    MIMIC = "mimic"
    THERAPY = "gene_targeted_therapy"
    STRATIFICATION = "stratification"


@frozen(kw_only=True, repr=False)
class Flag(Private):
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


def raise_flags(profile: Profile, found: Found, rules: Rules) -> tuple[Flag, ...]:
    """Ask every flag of the rule set, in its order."""
    panel, by_truth = panel_of(rules, profile.build), _by_truth(rules)
    mimics = _mimics(profile, found.contents, rules)
    pathogenic = _pathogenic(rules, found, mimics)
    therapies = tuple(
        by_truth[FlagKind.THERAPY, therapy.id][_therapy(profile, panel, therapy, pathogenic)]
        for therapy in panel.content.flags.therapies
    )
    return (*mimics, *therapies, *_stratification(profile, panel))


def flags_of(rules: Rules) -> Iterator[Flag]:
    """Each mimic and therapy as it is when true, when false and when unknown."""
    return (flag for by_truth in _by_truth(rules).values() for flag in by_truth.values())


@functools.lru_cache(maxsize=16)
def _by_truth(rules: Rules) -> dict[tuple[FlagKind, str], dict[Truth, Flag]]:
    """Mimics and therapies by kind and id, then by truth: they are the same for all participants."""
    flags = rules.content.flags
    parts = [(FlagKind.MIMIC, m.id, m.gene, m.action, m.disorder) for m in flags.mimics]
    parts += [(FlagKind.THERAPY, t.id, t.gene, t.action, f"{t.product}: {t.stage}") for t in flags.therapies]
    return {
        (kind, name): {
            truth: Flag(id=name, kind=kind, gene=gene, truth=truth, holds=action == "hold", text=text)
            for truth in Truth
        }
        for kind, name, gene, action, text in parts
    }


def _mimics(profile: Profile, contents: GeneContents, rules: Rules) -> list[Flag]:
    """The answers to all mimics; only those of genes with data are asked anew."""
    panel, mimics, by_truth = panel_of(rules, profile.build), rules.content.flags.mimics, _by_truth(rules)
    shared = _shared_mimics(rules, Circumstances.of(profile))
    found = list(shared.of(contents.mostly_reference, contents.covered is None))
    asked = set(shared.of_sizes) if profile.repeats or profile.copy_numbers else set()
    for gene in contents.special.intersection(shared.by_gene):
        for at in shared.by_gene[gene]:
            found[at] = shared.of(gene in contents.reference, contents.is_covered(gene))[at]
            if gene in contents.others:
                asked.add(at)
    for at in asked:
        found[at] = by_truth[FlagKind.MIMIC, mimics[at].id][_mimic(profile, panel, mimics[at])]
    return found


@frozen(eq=False)
class _SharedMimics:
    """The answers to all mimics that are the same for all participants in some circumstances.

    Attributes:
        no_data: for genes without data: first for those that were not covered, then for those that were.
        all_reference: the same for genes with a plain reference call at each listed allele and no other data.
        by_gene: the places of each gene's mimics among all.
        of_sizes: the places of those that ask for repeats or copy numbers.
    """

    no_data: tuple[tuple[Flag, ...], tuple[Flag, ...]]
    all_reference: tuple[tuple[Flag, ...], tuple[Flag, ...]]
    by_gene: Mapping[str, list[int]]
    of_sizes: frozenset[int]

    def of(self, is_reference: bool, is_covered: bool) -> tuple[Flag, ...]:
        return (self.all_reference if is_reference else self.no_data)[is_covered]


@functools.lru_cache(maxsize=16)
def _shared_mimics(rules: Rules, circumstances: Circumstances) -> _SharedMimics:
    panel, by_truth, mimics = panel_of(rules, circumstances.build), _by_truth(rules), rules.content.flags.mimics

    def asked(alleles: Iterable[Variant], covered: bool) -> tuple[Flag, ...]:
        profile = circumstances.profile(alleles, covered)
        return tuple(by_truth[FlagKind.MIMIC, mimic.id][_mimic(profile, panel, mimic)] for mimic in mimics)

    by_gene: dict[str, list[int]] = defaultdict(list)
    for at, mimic in enumerate(mimics):
        by_gene[mimic.gene].append(at)
    return _SharedMimics(
        (asked((), False), asked((), True)),
        (asked(panel.alleles, False), asked(panel.alleles, True)),
        by_gene,
        frozenset(at for at, mimic in enumerate(mimics) if mimic.trigger in ("repeat", "copy_number")),
    )


def _mimic(profile: Profile, panel: Panel, mimic: Mimic) -> Truth:
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
        case _:
            assert_never(mimic.trigger)
    if truth is Truth.FALSE and not _all_listed(profile, mimic, panel.content.gates.assessed):
        return Truth.UNKNOWN
    return truth


def _all_listed(profile: Profile, mimic: Mimic, least: int) -> bool:
    """Whether a mimic can be ruled out: by its own test, or because ClinVar's variants of the gene were looked for."""
    if mimic.trigger in ("repeat", "copy_number"):
        return True
    return profile.looked_for(mimic.gene, "clinvar", least)


def _harmful(profile: Profile, panel: Panel, gene: str) -> list[tuple[Variant, Call]]:
    """The gene's listed harmful alleles and the variants that ClinVar calls (likely) pathogenic, with one star."""
    listed = [(v, profile.call(v)) for v, a in panel.by_gene.get(gene, ()) if a.is_harmful]
    seen = [
        (o.variant, o.call)
        for o in profile.variants
        if o.gene == gene and o.variant not in panel.listed and is_clinvar_pathogenic(o, 1) is Truth.TRUE
    ]
    return [*listed, *seen]


def _is_male(profile: Profile) -> Truth:
    if profile.deciding_sex is None:
        return Truth.UNKNOWN
    return Truth.TRUE if profile.deciding_sex is Sex.MALE else Truth.FALSE


def _repeat(profile: Profile, panel: Panel, name: str | None) -> Truth:
    repeat = panel.repeats.get(name or "")
    if repeat is None:
        return Truth.UNKNOWN
    return repeat_expanded(repeat, profile.repeats.get(repeat.id), profile.deciding_sex)


def _no_copy(profile: Profile, gene: str) -> Truth:
    number = profile.copy_numbers.get(gene)
    if number is None:
        return Truth.UNKNOWN
    return Truth.FALSE if number.copies else Truth.TRUE


def _therapy(profile: Profile, panel: Panel, therapy: Therapy, pathogenic: Mapping[str, Truth]) -> Truth:
    match therapy.trigger:
        case "pathogenic":
            return pathogenic[therapy.gene]
        case "repeat":
            return _repeat(profile, panel, therapy.repeat)
        case "copy_number":
            return _no_copy(profile, therapy.gene)
        case "none":
            return Truth.FALSE


def _pathogenic(rules: Rules, found: Found, mimics: Iterable[Flag]) -> dict[str, Truth]:
    """By gene that a therapy asks about, whether any of its listed alleles, ClinVar variants and mimics is found."""
    asking = _asking(rules)
    truths: dict[str, list[Truth]] = {gene: [] for gene in asking.genes}
    for gene in truths.keys() & found.by_name.keys():
        truths[gene].append(found.by_name[gene].cached(asking.any_found))
    for mimic in mimics:
        if mimic.gene in truths:
            truths[mimic.gene].append(mimic.truth)
    return {gene: any_of(own) for gene, own in truths.items()}


@frozen(eq=False)
class _Asking:
    """What therapies ask about: genes, and criteria."""

    genes: frozenset[str]
    criteria: frozenset[str]

    def any_found(self, gene: GeneFindings) -> Truth:
        return any_of(finding.truth for finding in gene.findings if finding.criterion in self.criteria)


@functools.lru_cache(maxsize=16)
def _asking(rules: Rules) -> _Asking:
    content = rules.content
    criteria = {c.id for c in content.criteria if kind_of(c).pathogenic}
    return _Asking(frozenset(therapy.gene for therapy in content.flags.therapies), frozenset(criteria))


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
