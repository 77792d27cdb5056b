"""How many of the trial's participants carry what: the rule set's own priors, and a table that replaces them.

A gene's carriers are spread evenly over the places that the rule set's criteria ask for in it: listed alleles and
repeats that are evidence, each in the copies that it needs. A row for a place takes that place out and leaves the rest
of the gene's carriers to the others. An unlisted variant is carried, gene by gene, as its criterion's prior says.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from decimal import Decimal
from pathlib import Path
from typing import Any, Literal, TypeAlias, assert_never

from attrs import field, frozen

from assigner.errors import Fault, InputError, RuleSetError, first_named, shown
from assigner.evidence.answers import find
from assigner.evidence.kinds.kind import prior_of_listed
from assigner.evidence.kinds.registry import kind_of
from assigner.files import Source, bytes_up_to, name_of
from assigner.genome.builds import Build
from assigner.profiles.profile import Profile
from assigner.rules import Rules
from assigner.rules.panels import panel_of
from assigner.rules.schema import RuleSet
from assigner.rules.texts import MOST_BYTES, read_table
from assigner.strict import nearest

RowKind: TypeAlias = Literal["gene", "allele", "repeat", "criterion"]
PlaceKind: TypeAlias = Literal["allele", "repeat"]
KINDS: tuple[RowKind, ...] = ("gene", "allele", "repeat", "criterion")
COLUMNS = ("kind", "name", "carrier_ppm", "allele_frequency", "source")
MILLION = 1_000_000


@frozen
class Row:
    """One line of a table: of what, how many carriers, on whose word."""

    line: int
    kind: RowKind
    name: str
    carrier_ppm: float
    source: str | None


@frozen
class Asked:
    """What a rule set's criteria ask for: listed places by gene, and unlisted variants as (criterion, gene)."""

    places: Mapping[str, tuple[tuple[PlaceKind, str], ...]]
    unlisted: tuple[tuple[str, str], ...]


@frozen
class Carried:
    """One thing that a participant may carry, and the chance of it in parts per million.

    Attributes:
        kind: `allele`, `repeat`, or `unlisted` for a variant that a criterion asks for.
        name: the allele's or repeat's id, or the criterion's.
    """

    gene: str
    kind: PlaceKind | Literal["unlisted"]
    name: str
    ppm: float


@frozen(kw_only=True)
class Frequencies:
    """What participants carry, gene by gene.

    Attributes:
        carried: all that may be carried, by gene; a gene of which nothing is carried is left out.
        rows: the rows of the table that were used; none when the rule set's priors stand alone.
        own_priors: how many genes and criteria keep the rule set's own prior.
        file: the table's name.
    """

    carried: Mapping[str, tuple[Carried, ...]] = field()
    rows: tuple[Row, ...] = ()
    own_priors: int
    file: str | None = None


def asked_of(rules: Rules) -> Asked:
    """What the rule set asks of a participant of whom nothing is known."""
    criteria = {criterion.id: criterion for criterion in rules.content.criteria}
    places: dict[str, list[tuple[PlaceKind, str]]] = {}
    unlisted = []
    burdens = {burden.id for burden in rules.content.burdens}
    for finding in find(Profile(participant="forecast", build=Build.GRCH38), rules).all:
        reads = criteria[finding.criterion].reads
        match reads:
            case "alleles":
                places.setdefault(finding.gene, []).extend(("allele", locus) for locus in finding.loci)
            case "repeats":
                places.setdefault(finding.gene, []).extend(("repeat", locus) for locus in finding.loci)
            case "annotations" | "deletions":
                if finding.gene not in burdens:  # of several genes together: no one gene has carriers of it
                    unlisted.append((finding.criterion, finding.gene))
            case "markers" | "scores":
                pass  # common alleles have no carriers to count
            case _:
                assert_never(reads)
    return Asked({gene: tuple(items) for gene, items in places.items()}, tuple(unlisted))


def frequencies_of(rules: Rules, rows: Sequence[Row] = (), file: str | None = None) -> Frequencies:
    """The rule set's priors, with the rows of a table in their place.

    Raises:
        RuleSetError: when the rows of a gene leave it fewer carriers than they name, or no participant without one.
    """
    panel, asked = panel_of(rules, Build.GRCH38), asked_of(rules)
    homes = _homes(rules.content)
    whole: dict[str, Row] = {}
    given: dict[str, dict[tuple[PlaceKind, str], float]] = {}
    own: dict[str, float] = {}
    for row in rows:
        match row.kind:
            case "gene":
                whole[row.name] = row
            case "allele" | "repeat":
                given.setdefault(homes[row.kind, row.name], {})[row.kind, row.name] = row.carrier_ppm
            case "criterion":
                own[row.name] = row.carrier_ppm
            case _:
                assert_never(row.kind)
    faults: list[Fault] = []
    carried: dict[str, tuple[Carried, ...]] = {}
    own_priors = set()
    for gene in dict.fromkeys([*asked.places, *given]):
        named = dict(given.get(gene, {}))
        others = [place for place in asked.places.get(gene, ()) if place not in named]
        total, taken = float(prior_of_listed(gene, panel)), sum(named.values())
        if gene in whole:
            total = whole[gene].carrier_ppm
            if taken > total or (taken < total and not others):
                expected = f"{'at least ' if others else ''}the {taken:g} of its own rows"
                faults.append(Fault(file or "", whole[gene].line, "carrier_ppm", expected, f"{total:g}"))
        elif others:
            own_priors.add(gene)
        named |= dict.fromkeys(others, max(0.0, total - taken) / max(1, len(others)))
        carried[gene] = tuple(Carried(gene, *place, ppm) for place, ppm in named.items() if ppm)
    kinds = {criterion.id: kind_of(criterion) for criterion in panel.criteria}
    for criterion, gene in asked.unlisted:
        if ppm := own.get(criterion, kinds[criterion].prior(gene, panel)):
            carried[gene] = (*carried.get(gene, ()), Carried(gene, "unlisted", criterion, ppm))
    own_priors |= {criterion for criterion, _ in asked.unlisted} - set(own)
    faults += _too_many(carried, rows, homes, file)
    if faults:
        raise RuleSetError(tuple(faults))
    nonempty = {gene: items for gene, items in carried.items() if items}
    return Frequencies(carried=nonempty, rows=tuple(rows), own_priors=len(own_priors), file=file)


def _too_many(
    carried: Mapping[str, Sequence[Carried]],
    rows: Sequence[Row],
    homes: Mapping[tuple[str, str], str],
    file: str | None,
) -> Iterator[Fault]:
    """Genes of which every participant would carry something."""
    for gene, items in carried.items():
        if (total := sum(each.ppm for each in items)) >= MILLION:
            line = next((row.line for row in rows if gene in (row.name, homes.get((row.kind, row.name)))), 1)
            expected = f"fewer than {MILLION} carriers of {gene} together"
            yield Fault(file or "rule set", line, "carrier_ppm", expected, f"{total:g}")


def _homes(content: RuleSet) -> dict[tuple[str, str], str]:
    """The gene of each place that can be carried."""
    found = {("allele", a.id): a.gene for a in content.alleles if a.is_active}
    return found | {("repeat", r.id): r.gene for r in content.repeats}


def read_frequencies(source: Source, rules: Rules) -> Frequencies:
    """Read a table of frequencies: tab-separated `kind`, `name`, `carrier_ppm` or `allele_frequency`, `source`.

    Raises:
        RuleSetError: with every fault of the table, each with its line.
        InputError: when it cannot be read.
    """
    read = bytes_up_to(MOST_BYTES, source, InputError, "frequencies")
    return parse_frequencies(read, rules, name=Path(name_of(source, "frequencies")).name)


def parse_frequencies(source: bytes, rules: Rules, *, name: str = "frequencies.tsv") -> Frequencies:
    """The same from bytes."""
    table, found = read_table(source, name)
    faults = list(found)
    names = _names(rules, asked_of(rules))
    rows: list[Row] = []
    seen: set[tuple[str, str]] = set()
    for at, cells in enumerate(table.value or ()):
        line = table.lines[(at,)]
        own = [Fault(name, line, *complaint) for complaint in _complaints(cells, names, rules.content)]
        key = (cells.get("kind", ""), cells.get("name", ""))
        if not own and key in seen:
            own = [Fault(name, line, "name", "each name once", shown(key[1]))]
        seen.add(key)
        faults += own
        if not own:
            rows.append(Row(line, *key, _ppm(cells, rules.content), cells.get("source")))
    if faults:
        raise RuleSetError(tuple(faults))
    return frequencies_of(rules, rows, name)


def _names(rules: Rules, asked: Asked) -> dict[str, tuple[str, ...]]:
    """What may stand under `name`, by kind."""
    homes = _homes(rules.content)
    return {
        "gene": tuple(asked.places),
        "allele": tuple(name for kind, name in homes if kind == "allele"),
        "repeat": tuple(name for kind, name in homes if kind == "repeat"),
        "criterion": tuple(dict.fromkeys(criterion for criterion, _ in asked.unlisted)),
    }


def _complaints(
    cells: Mapping[str, Any], names: Mapping[str, Sequence[str]], content: RuleSet
) -> Iterator[tuple[str, str, str]]:
    for column in cells:
        if column not in COLUMNS:
            yield column, _meant(column, COLUMNS, "columns"), shown(column)
    kind, name = cells.get("kind", ""), cells.get("name", "")
    if kind not in KINDS:
        yield "kind", _meant(kind, KINDS, "kinds"), shown(kind)
    elif name not in names[kind]:
        yield "name", _meant(name, names[kind], f"{kind}s that this rule set asks for"), shown(name)
    ppm, frequency = cells.get("carrier_ppm"), cells.get("allele_frequency")
    if (ppm is None) == (frequency is None):
        yield "carrier_ppm", "a number here or under allele_frequency", "both" if ppm else "neither"
    elif ppm is not None and not (re.fullmatch(r"[0-9]{1,7}(\.[0-9]{1,9})?", ppm) and Decimal(ppm) < MILLION):
        yield "carrier_ppm", f"a decimal number from 0 to less than {MILLION}", shown(ppm)
    elif frequency is not None:
        if not re.fullmatch(r"0(\.[0-9]{1,18})?", frequency):
            yield "allele_frequency", "a decimal number from 0 to less than 1", shown(frequency)
        chroms = {a.id: a.place.chrom for a in content.alleles if a.place}
        if kind != "allele" or chroms.get(name) in ("X", "Y", "MT"):
            yield "allele_frequency", "carrier_ppm, other than for an allele on an autosome", shown(frequency)


def _meant(got: str, names: Sequence[str], what: str) -> str:
    return nearest(got, names) or f"one of the {what}: {first_named(names, 8) or 'none'}"


def _ppm(cells: Mapping[str, Any], content: RuleSet) -> float:
    """How many carry it in the copies that it needs; of a population's allele frequency by Hardy and Weinberg."""
    if (ppm := cells.get("carrier_ppm")) is not None:
        return float(ppm)
    share = float(cells["allele_frequency"])
    needs = next(allele.needs for allele in content.alleles if allele.id == cells["name"])
    match needs:
        case "one":
            return MILLION * (1 - (1 - share) ** 2)
        case "two" | "one_or_two":
            return MILLION * share**2
        case _:
            assert_never(needs)
