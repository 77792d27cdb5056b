"""Flags: mimics, gene-targeted therapies and stratification markers. They never change a score."""

from __future__ import annotations

import enum
import functools
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from typing import assert_never

from attrs import frozen

from assigner.evidence.alike import GeneData
from assigner.evidence.answers import Found
from assigner.evidence.circumstances import Circumstances
from assigner.evidence.kinds.clinvar import is_clinvar_pathogenic
from assigner.evidence.kinds.repeat import repeat_expanded
from assigner.evidence.pathogenic import pathogenic_of
from assigner.genome.variants import Variant
from assigner.profiles.calls import Call, Sex, biallelic
from assigner.profiles.profile import Profile
from assigner.rules import Rules
from assigner.rules.loci import Marker
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
    """The answer of one flag of the rule set for a profile.

    Attributes:
        holds: whether it sends the participant to review when true (action `hold`).
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
    """Evaluate every flag of the rule set, in its order."""
    panel, by_truth = panel_of(rules, profile.build), _by_truth(rules)
    mimics = _mimics(profile, found, rules)
    pathogenic = pathogenic_of(profile, rules, found, [(mimic.gene, mimic.truth) for mimic in mimics])
    therapies = tuple(
        by_truth[FlagKind.THERAPY, therapy.id][_therapy(profile, panel, therapy, pathogenic)]
        for therapy in panel.content.flags.therapies
    )
    return (*mimics, *therapies, *_stratification(profile, panel))


def flags_of(rules: Rules) -> Iterator[Flag]:
    """Each mimic and therapy in three forms: true, false and unknown."""
    return (flag for by_truth in _by_truth(rules).values() for flag in by_truth.values())


@functools.lru_cache(maxsize=16)
def _by_truth(rules: Rules) -> dict[tuple[FlagKind, str], dict[Truth, Flag]]:
    """Mimics and therapies by kind and id, then by truth; the objects are shared by all participants."""
    flags = rules.content.flags
    parts = [(FlagKind.MIMIC, m.id, m.gene, m.holds, m.disorder) for m in flags.mimics]
    parts += [(FlagKind.THERAPY, t.id, t.gene, t.holds, f"{t.product}: {t.stage}") for t in flags.therapies]
    return {
        (kind, name): {
            truth: Flag(id=name, kind=kind, gene=gene, truth=truth, holds=holds, text=text) for truth in Truth
        }
        for kind, name, gene, holds, text in parts
    }


def _mimics(profile: Profile, found: Found, rules: Rules) -> list[Flag]:
    """The answers of all mimics; only those of genes with data are evaluated, the others are cached."""
    panel, mimics, by_truth = panel_of(rules, profile.build), rules.content.flags.mimics, _by_truth(rules)
    shared, contents = _shared_mimics(rules, Circumstances.of(profile)), found.contents
    flags = list(shared.of(contents.mostly_reference, contents.covered is None))
    asked = set(shared.of_sizes) if profile.repeats or profile.copy_numbers else set()
    for gene in contents.special.intersection(shared.by_gene):
        places, data = shared.by_gene[gene], found.data.get(gene)
        if data is not None:
            answers = data.cached(shared.of_data)
        else:
            same = shared.of(gene in contents.reference, contents.is_covered(gene))
            answers = [same[at] for at in places]
            if gene in contents.others:
                asked.update(places)
        for at, flag in zip(places, answers, strict=True):
            flags[at] = flag
    for at in asked:
        flags[at] = by_truth[FlagKind.MIMIC, mimics[at].id][_mimic(profile, panel, mimics[at])]
    return flags


@frozen(eq=False)
class _SharedMimics:
    """The answers of all mimics that are the same for all participants in some circumstances.

    Attributes:
        no_data: for genes without data: (not covered, covered).
        all_reference: for genes with a plain reference call at each listed allele and no other data: the same pair.
        by_gene: the indexes of each gene's mimics among all mimics.
        of_sizes: the indexes of the mimics that ask for repeats or copy numbers.
    """

    rules: Rules
    panel: Panel
    no_data: tuple[tuple[Flag, ...], tuple[Flag, ...]]
    all_reference: tuple[tuple[Flag, ...], tuple[Flag, ...]]
    by_gene: Mapping[str, list[int]]
    of_sizes: frozenset[int]

    def of(self, is_reference: bool, is_covered: bool) -> tuple[Flag, ...]:
        return (self.all_reference if is_reference else self.no_data)[is_covered]

    def of_data(self, data: GeneData) -> list[Flag]:
        """The answers of a gene's mimics for these data; repeat sizes and copy numbers are not in them."""
        mimics, by_truth = self.rules.content.flags.mimics, _by_truth(self.rules)
        own = [mimics[at] for at in self.by_gene[data.gene]]
        return [by_truth[FlagKind.MIMIC, mimic.id][_mimic(data.profile, self.panel, mimic)] for mimic in own]


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
        rules,
        panel,
        (asked((), False), asked((), True)),
        (asked(panel.alleles, False), asked(panel.alleles, True)),
        by_gene,
        frozenset(at for at, mimic in enumerate(mimics) if mimic.trigger in ("repeat", "copy_number")),
    )


def _mimic(profile: Profile, panel: Panel, mimic: Mimic) -> Truth:
    match mimic.trigger:
        case "one":
            truth = _one(_harmful(profile, panel, mimic.gene))
        case "two":
            truth = _two(_harmful(profile, panel, mimic.gene))
        case "male":
            truth = all_of((_one(_harmful(profile, panel, mimic.gene)), _is_male(profile)))
        case "repeat":
            truth = _repeat(profile, panel, mimic.repeat)
        case "copy_number":
            truth = _no_copy(profile, mimic.gene)
        case _:
            assert_never(mimic.trigger)
    if truth is Truth.FALSE and mimic.asks_variants and not _was_looked_for(profile, panel, mimic.gene):
        return Truth.UNKNOWN
    return truth


def _was_looked_for(profile: Profile, panel: Panel, gene: str) -> bool:
    """Whether ClinVar's variants of a gene would have been seen; a gene without a span is never read for them."""
    return gene in panel.genes and profile.looked_for(gene, "clinvar", panel.content.gates.assessed)


@frozen
class _Harmful:
    """The variants that `surely` disturb a gene, and those that `perhaps` do (ClinVar's classification is unknown)."""

    surely: tuple[tuple[Variant, Call], ...]
    perhaps: tuple[tuple[Variant, Call], ...]


def _harmful(profile: Profile, panel: Panel, gene: str) -> _Harmful:
    """A gene's listed harmful alleles and the variants that ClinVar calls (likely) pathogenic, with one star."""
    listed = [(v, profile.call(v)) for v, a in panel.by_gene.get(gene, ()) if a.is_harmful]
    seen = [
        ((o.variant, o.call), is_clinvar_pathogenic(o, 1))
        for o in profile.variants
        if o.gene == gene and o.variant not in panel.listed
    ]
    return _Harmful(
        surely=(*listed, *(item for item, fit in seen if fit is Truth.TRUE)),
        perhaps=tuple(item for item, fit in seen if fit is Truth.UNKNOWN),
    )


def _one(harmful: _Harmful) -> Truth:
    """Whether any of them is carried."""
    surely = any_of(call.carries for _, call in harmful.surely)
    perhaps = any_of(call.carries for _, call in harmful.perhaps)
    return any_of((surely, all_of((perhaps, Truth.UNKNOWN))))


def _two(harmful: _Harmful) -> Truth:
    """Whether they disturb both copies; unknown where that depends on an unknown ClinVar classification."""
    least = biallelic(harmful.surely)
    most = biallelic((*harmful.surely, *harmful.perhaps))
    return least if least is most else Truth.UNKNOWN


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
        case _:
            assert_never(therapy.trigger)


def _stratification(profile: Profile, panel: Panel) -> Iterator[Flag]:
    markers = panel.cached(_markers_by_id)
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


def _markers_by_id(panel: Panel) -> dict[str, Marker]:
    return {marker.id: marker for marker in panel.content.markers}
