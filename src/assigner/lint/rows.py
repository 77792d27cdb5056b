"""What the rows of alleles say of their classification, held against what criteria ask and against priors."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable, Iterator
from typing import assert_never

from assigner.evidence.kinds.kind import prior_of_listed
from assigner.lint.notices import Notice, Severity, notice
from assigner.lint.states import BUILD
from assigner.rules import Rules
from assigner.rules.criteria import (
    AlleleCriterion,
    AnyCriterion,
    BurdenCriterion,
    HeteroplasmyCriterion,
    Unmet,
)
from assigner.rules.loci import Allele
from assigner.rules.panels import Panel, panel_of
from assigner.strict import Path

LAST_GATED = 2
"""Listed alleles of the tiers up to this one must have a star and be rare."""

EVERYONE = 1_000_000
MOST_CARRIERS = EVERYONE // 2
"""So many in a million carry alleles of no single gene; C9orf72, the most frequent, is found in one of eleven."""

_RELEASE = re.compile(r"ClinVar ([0-9]{4}-[0-9]{2})")


def of_rows(rules: Rules) -> Iterator[Notice]:
    """All notices about the rows of alleles."""
    panel = panel_of(rules, BUILD)
    criteria = [criterion for criterion in panel.criteria if isinstance(criterion, AlleleCriterion)]
    yield from _ungated(rules)
    yield from _no_interval(rules)
    for at, allele in enumerate(rules.content.alleles):
        yield from _held_back(rules, at, allele, panel, criteria)
        yield from _late(rules, at, allele)
    yield from _priors(rules, panel)
    yield from _shares_of_people(rules)


def _ungated(rules: Rules) -> Iterator[Notice]:
    """A criterion that may decide, and does not ask for stars and a frequency, though rows state them."""
    content = rules.content
    if all(allele.stars is None and allele.frequency is None for allele in content.alleles):
        return
    for at, criterion in enumerate(content.criteria):
        if criterion.tier > LAST_GATED or (why := _gate_missing(criterion, content.alleles)) is None:
            continue
        words = f"{criterion.id} counts listed alleles in tier {criterion.tier} and {why}"
        yield notice(rules, Severity.WARNING, "allele_gate_missing", ("criteria", at), words)


def _gate_missing(criterion: AnyCriterion, alleles: Iterable[Allele]) -> str | None:
    """What a criterion of listed alleles does not ask of them; None where it asks, or is of no such alleles."""
    if isinstance(criterion, AlleleCriterion) and "pathogenic" in criterion.classes:
        given = {"stars": criterion.stars or None, "max_frequency": criterion.max_frequency}
        missing = [name for name, value in given.items() if value is None]
        return f"has no {' and no '.join(missing)}" if missing else None
    if isinstance(criterion, HeteroplasmyCriterion):
        stars = [allele.stars for allele in alleles if criterion.asks(allele)]
        without = sum(not each for each in stars)
        return f"cannot ask for stars: {without} of {len(stars)} have none" if without else None
    return None


def _no_interval(rules: Rules) -> Iterator[Notice]:
    """An odds ratio without its interval: nobody sees how sure it is."""
    content = rules.content
    found: list[tuple[Path, str]] = [
        (("genes", at, "effects", step), f"{effect.criterion} in {gene.symbol}")
        for at, gene in enumerate(content.genes)
        for step, effect in enumerate(gene.effects)
        if effect.odds_ratio is not None and effect.interval is None
    ]
    found += [
        (("criteria", at, "effect"), criterion.id)
        for at, criterion in enumerate(content.criteria)
        if isinstance(criterion, BurdenCriterion) and criterion.effect is not None and criterion.effect.interval is None
    ]
    found += [
        (("markers", at), marker.rsid)
        for at, marker in enumerate(content.markers)
        if marker.is_active and marker.interval is None
    ]
    for path, name in found:
        words = f"{name}: an odds ratio without its 95 % interval"
        yield notice(rules, Severity.NOTE, "effect_without_interval", path, words)


def _held_back(
    rules: Rules, at: int, allele: Allele, panel: Panel, criteria: list[AlleleCriterion]
) -> Iterator[Notice]:
    """An allele that its criterion of the strongest tier does not count, and why."""
    gene = panel.gene(allele.gene)
    rating = "none" if gene is None else gene.validity
    able = [each for each in criteria if rating in each.validity and each.could_ask(allele)]
    if not able or able[0].asks(allele):
        return
    first, asker = able[0], panel.asker.get((Allele, allele.id))
    why = ", ".join(_why(name, first, allele) for name in first.unmet(allele))
    instead = "no criterion counts it" if asker is None else f"{asker.id} of tier {asker.tier} counts it"
    words = f"{allele.id} is not counted by {first.id}: {why}; {instead}"
    is_lost = asker is None and allele.allele_class == "pathogenic"
    yield notice(rules, Severity.WARNING if is_lost else Severity.NOTE, "allele_below_gate", ("alleles", at), words)


def _late(rules: Rules, at: int, allele: Allele) -> Iterator[Notice]:
    """Nothing was classified after the release of ClinVar that the row cites."""
    cited = [found[1] for source in allele.sources if (found := _RELEASE.match(source))]
    if cited and allele.classified is not None and str(allele.classified)[:7] > max(cited):
        words = f"{allele.id} was classified {allele.classified}, after the ClinVar of {max(cited)} that it cites"
        yield notice(rules, Severity.WARNING, "classified_after_source", ("alleles", at), words)


def _why(name: Unmet, criterion: AlleleCriterion, allele: Allele) -> str:
    match name:
        case "stars":
            return f"{'no' if allele.stars is None else allele.stars} stars, not {criterion.stars}"
        case "classified_from":
            return f"classified {allele.classified or 'at no known time'}, not from {criterion.classified_from} on"
        case "max_frequency":
            return f"frequency {allele.frequency:f} of {allele.needs}, above {criterion.max_frequency:f}"
        case "conditions":
            return f"classified for {', '.join(allele.conditions) or 'no named condition'}"
        case _:
            assert_never(name)


def _shares_of_people(rules: Rules) -> Iterator[Notice]:
    """No gene is the cause in half of the participants, and all genes together not in more than there are."""
    genes = rules.content.genes
    for at, gene in enumerate(genes):
        if (gene.carrier_ppm or 0) >= MOST_CARRIERS:
            words = f"{gene.symbol}: {gene.carrier_ppm} ppm is half of all participants or more"
            yield notice(rules, Severity.WARNING, "prior_too_large", ("genes", at, "carrier_ppm"), words)
    if (total := sum(gene.carrier_ppm or 0 for gene in genes)) > EVERYONE:
        words = f"carrier_ppm of all genes adds up to {total}, which is more than all participants"
        yield notice(rules, Severity.WARNING, "prior_too_large", ("genes",), words)


def _priors(rules: Rules, panel: Panel) -> Iterator[Notice]:
    """More people carry the counted alleles of a gene than participants do by its prior."""
    carried: dict[str, int] = defaultdict(int)
    for allele in panel.alleles.values():
        if isinstance(panel.asker.get((Allele, allele.id)), AlleleCriterion):
            carried[allele.gene] += allele.carriers_ppm
    places = {gene.symbol: at for at, gene in enumerate(rules.content.genes)}
    for symbol, people in carried.items():
        prior = prior_of_listed(symbol, panel)
        if people > prior and symbol in places:
            words = f"{people} ppm of people carry counted alleles of {symbol}; its carrier_ppm is {prior}"
            yield notice(rules, Severity.FAULT, "prior_below_frequency", ("genes", places[symbol]), words)
