"""Alleles of a rule set against what a source says of them now."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Iterator, Mapping
from typing import assert_never

from attrs import frozen

from assigner.genome.builds import Build
from assigner.genome.hgvs import protein_change
from assigner.genome.variants import Variant
from assigner.imports.asked import Asked, spelled
from assigner.imports.facts import AlleleFact, Evidence, Standing
from assigner.imports.rows import Change, Row, retold
from assigner.rules.criteria import AlleleCriterion, AnyCriterion
from assigner.rules.loading import PLACE
from assigner.rules.loci import Allele, Gene, span_on
from assigner.rules.panels import variant_on
from assigner.rules.scalars import AlleleClass
from assigner.truth import Truth

_NEEDS = {"dominant": "one", "recessive": "two", "dominant_or_recessive": "one_or_two", "x_linked": "one",
          "mitochondrial": "one", "susceptibility": "one"}  # fmt: skip
_TO: Mapping[Standing, AlleleClass] = {
    Standing.UNCERTAIN: "uncertain",
    Standing.BENIGN: "benign",
    Standing.CONFLICTING: "disputed",
}
_HARMFUL = 2
MOST_CELL = 2000
"""The most characters that are written into one cell."""

LONGEST_NAME = 80
"""A longer name of a change is no id; the source's number is."""

MOST_NAMED = 20
"""So many alleles that are not proposed are named."""


@frozen
class AlleleSource:
    """How a source of alleles is named.

    Attributes:
        label: its name, as rows of a rule set cite it.
        numbers: whether its record numbers are ClinVar's.
        rates: whether it has a review status in stars.
    """

    label: str
    numbers: bool
    rates: bool


@frozen
class Comparison:
    """One rule set against one source.

    Attributes:
        current: the rows of the table of alleles as text, by id.
    """

    evidence: Evidence
    asked: Asked
    source: AlleleSource
    dated: str
    current: Mapping[str, Mapping[str, str]]

    def rows(self) -> Iterator[Row]:
        """The proposed rows: of listed alleles in their order, then the new ones by gene and place."""
        matched: dict[str, AlleleFact] = {}
        unlisted = []
        for fact in self.evidence.alleles:
            allele = self._allele(fact)
            if allele is None:
                unlisted.append(fact)
            else:
                matched[allele.id] = fact
        for allele in self.asked.rules.content.alleles:
            if allele.gene not in self.asked.genes:
                continue
            found = matched.get(allele.id)
            row = self._missing(allele) if found is None else self._listed(allele, found)
            if row is not None:
                yield row
        yield from self._unlisted(unlisted)

    def _allele(self, fact: AlleleFact) -> Allele | None:
        places = ((build, *spelled(variant)) for build, variant in fact.places.items())
        by_place = next((found for place in places if (found := self.asked.listed.get(place))), None)
        return by_place or (self.asked.by_record.get(fact.record) if self.source.numbers else None)

    # ------------------------------------------------------------------------------------------------- listed alleles

    def _missing(self, allele: Allele) -> Row | None:
        """A listed allele that rests on this source, and of which its file says nothing."""
        rests = any(each.startswith(self.source.label) for each in allele.sources)
        if not rests or allele.place is None or allele.gene not in self.evidence.covered:
            return None
        reason = f"The file has no classification of it, and has others of {allele.gene}. That says nothing for benign."
        return self._row(Change.VANISHED, allele, {"stars": "", "status": "disputed"}, reason)

    def _listed(self, allele: Allele, fact: AlleleFact) -> Row | None:
        told = self._told(fact)
        if not self._same_place(allele, fact):
            places = ", ".join(f"{variant} on {build}" for build, variant in fact.places.items())
            reason = f"Record {fact.record} is another change, {places}. {told}"
            return self._row(Change.CONFLICTING, allele, {}, reason)
        match fact.standing:
            case Standing.PATHOGENIC:
                return self._pathogenic(allele, fact, told)
            case Standing.UNCERTAIN | Standing.BENIGN | Standing.CONFLICTING:
                return self._against(allele, fact, told)
            case Standing.LOW_PENETRANCE | Standing.OTHER | Standing.UNKNOWN | Standing.NONE:
                reason = f"What it says is neither pathogenic nor benign: {fact.said!r} ({fact.standing}). {told}"
                return self._row(Change.UNCLEAR, allele, {}, reason)
            case _:
                assert_never(fact.standing)

    def _same_place(self, allele: Allele, fact: AlleleFact) -> bool:
        if allele.place is None or not fact.places:
            return True
        return all(spelled(variant) == spelled(variant_on(allele, build)) for build, variant in fact.places.items())

    def _pathogenic(self, allele: Allele, fact: AlleleFact, told: str) -> Row | None:
        if _rank(allele.allele_class) == _HARMFUL:
            before, now = allele.stars, fact.stars
            change = Change.RENEWED
            if self.source.rates and before is not None and now is not None and before != now:
                change = Change.UPGRADED if now > before else Change.DOWNGRADED
            if self._is_known(allele, fact):
                return None
            return self._row(change, allele, self._values(fact), told)
        values = self._values(fact) | {"class": self._class(allele.gene, fact), "status": "confirmed"}
        return self._row(Change.UPGRADED, allele, values, told)

    def _against(self, allele: Allele, fact: AlleleFact, told: str) -> Row | None:
        becomes = _TO[fact.standing]
        if allele.allele_class == becomes and self._is_known(allele, fact):
            return None
        values = self._values(fact) | {"class": becomes}
        if becomes == "disputed":
            values["status"] = "disputed"
        if allele.allele_class == becomes:
            return self._row(Change.RENEWED, allele, values, told)
        if fact.standing is Standing.CONFLICTING:
            return self._row(Change.CONFLICTING, allele, values, told)
        lower = _rank(becomes) < _rank(allele.allele_class) or allele.allele_class == "disputed"
        return self._row(Change.DOWNGRADED if lower else Change.UPGRADED, allele, values, told)

    def _is_known(self, allele: Allele, fact: AlleleFact) -> bool:
        """Whether the row says of its classification what the source says; a date that is not told is not newer."""
        values = self._values(fact)
        own = self.current[allele.id]
        if own.get("pos38", "") != values.get("pos38", own.get("pos38", "")):
            return False
        names = ["conditions"] + (["stars"] if self.source.rates else []) + (["classified"] if fact.classified else [])
        return all(own.get(name, "") == values.get(name, "") for name in names)

    def _row(self, change: Change, allele: Allele, values: Mapping[str, str], reason: str) -> Row:
        current = self.current[allele.id]
        cells = {**current, **values}
        before = {name: current.get(name, "") for name in values if current.get(name, "") != cells[name]}
        return Row(
            change=change,
            id=allele.id,
            reason=_cell(reason),
            values={name: cell for name, cell in cells.items() if cell},
            before=before,
            open=self._open(cells),
        )

    # ---------------------------------------------------------------------------------------------------- new alleles

    def _unlisted(self, facts: Iterable[AlleleFact]) -> Iterator[Row]:
        chosen = []
        for fact in facts:
            if fact.standing is not Standing.PATHOGENIC or self._has_too_few_stars(fact):
                continue
            symbol = self._gene(fact)
            if symbol is not None:
                chosen.append((symbol, fact))
        taken = set(self.current)
        for symbol, fact in sorted(chosen, key=lambda pair: (pair[0], _first(pair[1]), pair[1].record)):
            row = self._new(symbol, fact, taken)
            taken.add(row.id)
            yield row

    def _gene(self, fact: AlleleFact) -> str | None:
        """The gene of the rule set that it is of: of several that the source names the one that it lies in."""
        symbols = [symbol for name in fact.genes if (symbol := self.asked.symbol(name))]
        for build, variant in fact.places.items():
            for symbol in symbols:
                gene = self.asked.by_symbol.get(symbol)
                if gene is not None and span_on(gene, build)[0] <= variant.pos <= span_on(gene, build)[1]:
                    return symbol
        return symbols[0] if symbols else None

    def _has_too_few_stars(self, fact: AlleleFact) -> bool:
        """Whether the review status is known, and less than asked for."""
        return self.source.rates and fact.stars is not None and fact.stars < self.asked.stars

    def notes(self) -> Iterator[str]:
        """What is said of alleles that are not listed, and not proposed."""
        undated = sum(fact.standing is Standing.PATHOGENIC and not fact.classified for fact in self.evidence.alleles)
        if undated and self.source.rates and any(map(_asks_for_date, self.asked.rules.content.criteria)):
            words = "alleles have no date in the files, and criteria ask for one (classified_from)"
            yield f"{undated} pathogenic {words}: a VCF has none, variant_summary.txt has"
        facts = [fact for fact in self.evidence.alleles if self._allele(fact) is None]
        facts = [fact for fact in facts if self.asked.symbol(*fact.genes)]
        few = sum(fact.standing is Standing.PATHOGENIC and self._has_too_few_stars(fact) for fact in facts)
        if few:
            yield f"{few} pathogenic alleles that are not listed have fewer stars than {self.asked.stars}"
        for standing in (Standing.UNKNOWN, Standing.LOW_PENETRANCE):
            for fact in [fact for fact in facts if fact.standing is standing][:MOST_NAMED]:
                yield f"not listed and not proposed, {standing}: {', '.join(fact.genes)} {self._told(fact)}"

    def _new(self, symbol: str, fact: AlleleFact, taken: Collection[str]) -> Row:
        gene = self.asked.by_symbol.get(symbol)
        short = _short(fact)
        name = f"{symbol}-{short if len(short) <= LONGEST_NAME else fact.record}"
        while name in taken:
            name += "-2"
        values = {
            "id": name, "gene": symbol, "name": short, "class": self._class(symbol, fact),
            "needs": _NEEDS[gene.inheritance] if gene else "", **_place(fact), "hgvs_c": fact.hgvs_c or "",
            "hgvs_p": fact.hgvs_p or "", "clinvar": fact.record if self.source.numbers else "",
            **self._values(fact), "status": "confirmed",
        }  # fmt: skip
        reason = f"Not listed. {self._told(fact)} `needs` is from the gene's inheritance, {_inheritance(gene)}."
        cells = {name: cell for name, cell in values.items() if cell}
        return Row(change=Change.NEW, id=name, reason=_cell(reason), values=cells, open=self._open(cells))

    def _class(self, symbol: str, fact: AlleleFact) -> str:
        """The class of a pathogenic allele; empty where a curator must say it."""
        gene = self.asked.by_symbol.get(symbol)
        if gene is None:
            return "mimic"
        if gene.chrom == "MT":
            return "mitochondrial"
        match self.asked.is_about(fact.conditions):
            case Truth.TRUE:
                return "pathogenic"
            case Truth.FALSE:
                return "other_disease"
            case Truth.UNKNOWN:
                return ""

    def _open(self, cells: Mapping[str, str]) -> tuple[str, ...]:
        needed = ("class", "needs", *(PLACE if not cells.get("inactive") else ()))
        return tuple(name for name in needed if not cells.get(name))

    # ---------------------------------------------------------------------------------------------------------- words

    def _values(self, fact: AlleleFact) -> dict[str, str]:
        """What the row of an allele says of its classification."""
        values = {"conditions": _conditions(fact), "because": _cell(self._because(fact))}
        if self.source.rates:
            values["stars"] = "" if fact.stars is None else str(fact.stars)
        if fact.classified:
            values["classified"] = fact.classified
        values["sources"] = self._sources(fact)
        allele = self._allele(fact)
        if allele is not None and allele.place is None and all(build in fact.places for build in Build):
            values |= {**_place(fact), "inactive": ""}
        return values

    def _because(self, fact: AlleleFact) -> str:
        allele = self._allele(fact)
        return retold(self.source.label, self._told(fact), "" if allele is None else allele.because)

    def _sources(self, fact: AlleleFact) -> str:
        allele = self._allele(fact)
        own = f"{self.source.label} {self.dated[:7]}"
        kept = [] if allele is None else [each for each in allele.sources if not each.startswith(self.source.label)]
        return "; ".join([*kept, own])

    def _told(self, fact: AlleleFact) -> str:
        """What the source says, in a sentence."""
        stars = ""
        if self.source.rates:
            words = "no stars known" if fact.stars is None else f"{fact.stars} star{'' if fact.stars == 1 else 's'}"
            stars = f"; {words}: {fact.review or 'no review status'}"
        last = f"; last evaluated {fact.classified}" if fact.classified else ""
        about = f" for {', '.join(fact.conditions)}" if fact.conditions else ", for no condition"
        record = f"record {fact.record}" if self.source.numbers else fact.record
        return f"{self.source.label} of {self.dated} ({record}{stars}{last}) says {fact.said!r}{about}."


def _asks_for_date(criterion: AnyCriterion) -> bool:
    return isinstance(criterion, AlleleCriterion) and criterion.classified_from is not None


def _rank(allele_class: AlleleClass) -> int:
    """How strongly a class speaks for harm: 0 against it, 1 for neither side, 2 for it."""
    match allele_class:
        case "benign":
            return 0
        case "uncertain" | "disputed":
            return 1
        case "pathogenic" | "other_disease" | "mimic" | "mitochondrial":
            return _HARMFUL
        case _:
            assert_never(allele_class)


def _conditions(fact: AlleleFact) -> str:
    kept, size = [], 0
    for each in fact.conditions:
        size += len(each) + 2
        if size < MOST_CELL:
            kept.append(each.replace(";", ","))
    return "; ".join(kept)


def _cell(text: str) -> str:
    """Text that is one cell of a table."""
    plain = re.sub(r"\s+", " ", text).strip()
    return plain if len(plain) <= MOST_CELL else f"{plain[: MOST_CELL - 3]}..."


def _variant(fact: AlleleFact) -> Variant | None:
    """What it changes, on the newest build that is told."""
    return next((fact.places[build] for build in reversed(Build) if build in fact.places), None)


def _first(fact: AlleleFact) -> tuple[int, str]:
    variant = _variant(fact)
    return (variant.pos, variant.alt) if variant else (0, "")


def _short(fact: AlleleFact) -> str:
    """The name that people say: `A5V`, or the change of the coding sequence or of the place."""
    found = protein_change(fact.hgvs_p) if fact.hgvs_p else None
    if found is not None and found.becomes and found.kind == "substitution":
        return f"{found.residue}{found.position}{found.becomes}".replace("*", "X")
    if found is not None and found.kind == "frameshift":
        return f"{found.residue}{found.position}{found.becomes.replace('*', 'X')}fs"
    if fact.hgvs_c:
        return fact.hgvs_c.rpartition(":")[2]
    return fact.record if fact.record.startswith("m.") else str(_variant(fact) or fact.record)


def _place(fact: AlleleFact) -> dict[str, str]:
    found: dict[str, str] = {}
    for build, variant in fact.places.items():
        number = build.value[-2:]
        found |= {"chrom": variant.chrom, f"pos{number}": str(variant.pos)}
        found |= {f"ref{number}": variant.ref, f"alt{number}": variant.alt}
    return found


def _inheritance(gene: Gene | None) -> str:
    return gene.inheritance if gene else "which is not told"
