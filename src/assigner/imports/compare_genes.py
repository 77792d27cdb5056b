"""Genes of a rule set against ClinGen's validity, or against a panel."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence

from attrs import frozen

from assigner.imports.asked import Asked
from assigner.imports.facts import Evidence, GeneFact
from assigner.imports.rows import Change, Row, retold

_RANK = {"none": 0, "refuted": 0, "disputed": 0, "limited": 1, "moderate": 2, "strong": 3, "definitive": 4}
_SUPPORTED = 2
"""From this rank on a gene's tie to the disease is supported, as a green rating says."""

_NEEDED = ("chrom", "grch37", "grch38", "inheritance", "validity")


@frozen
class Comparison:
    """The genes of a rule set against one source.

    Attributes:
        label: the source's name, as rows cite it.
        current: the genes as text, by symbol.
    """

    evidence: Evidence
    asked: Asked
    label: str
    dated: str
    current: Mapping[str, Mapping[str, str]]

    def rows(self) -> Iterator[Row]:
        """The proposed rows: of the rule set's genes in their order, then the new ones."""
        found: dict[str, list[GeneFact]] = defaultdict(list)
        unlisted: dict[str, list[GeneFact]] = defaultdict(list)
        for fact in self.evidence.genes:
            symbol = self.asked.symbol(fact.hgnc, fact.symbol)
            known = {(fact.hgnc or "").casefold(), fact.symbol.casefold()} & self.asked.names.keys()
            if symbol in self.current:
                found[symbol or ""].append(fact)
            elif not known:
                unlisted[fact.symbol].append(fact)
        for gene in self.asked.rules.content.genes:
            if gene.symbol in self.asked.genes:
                own = found.get(gene.symbol, [])
                row = self._listed(gene.symbol, own) if own else self._missing(gene.symbol, gene.sources)
                if row is not None:
                    yield row
        yield from (self._new(symbol, facts) for symbol, facts in sorted(unlisted.items()))

    def _missing(self, symbol: str, sources: Sequence[str]) -> Row | None:
        if not any(each.startswith(self.label) for each in sources):
            return None
        own = self.current[symbol]
        if symbol in self.evidence.elsewhere:
            if own.get("validity", "none") == "none":
                return None
            said = "; ".join(self.evidence.elsewhere[symbol])
            reason = f"{self.label} of {self.dated} does not rate the gene for the trial's disease, but has: {said}."
            return self._row(Change.VANISHED, symbol, {}, reason)
        reason = f"{self.label} of {self.dated} does not have it. That does not refute it."
        return self._row(Change.VANISHED, symbol, {}, reason)

    def _listed(self, symbol: str, facts: Sequence[GeneFact]) -> Row | None:
        told = self._told(facts)
        doubts = "; ".join(filter(None, (fact.doubts for fact in facts)))
        if doubts:
            return self._row(Change.UNCLEAR, symbol, {}, f"{doubts}. {told}")
        own = self.current[symbol]
        ratings = {fact.values["rating"] for fact in facts if "rating" in fact.values}
        if ratings:
            return self._rated(symbol, ratings, facts, told)
        validities = {fact.values["validity"] for fact in facts}
        if len(validities) > 1:
            return self._row(Change.CONFLICTING, symbol, {}, f"Several classifications. {told}")
        (validity,) = validities
        if validity == own.get("validity"):
            return None
        because = retold(self.label, told, own.get("because", ""))
        values = {"validity": validity, "because": because, "sources": self._sources(own)}
        before, now = _RANK[own.get("validity", "none")], _RANK[validity]
        change = Change.UPGRADED if now > before else Change.DOWNGRADED if now < before else Change.CONFLICTING
        return self._row(change, symbol, values, told)

    def _rated(self, symbol: str, ratings: set[str], facts: Sequence[GeneFact], told: str) -> Row | None:
        """A panel's rating is no validity: what contradicts it is named, and nothing but inheritance is proposed."""
        own = self.current[symbol]
        supported = _RANK[own.get("validity", "none")] >= _SUPPORTED
        if len(ratings) > 1:
            return self._row(Change.CONFLICTING, symbol, {}, f"Several ratings. {told}")
        if ratings == {"green"} and not supported:
            words = f"Green, and its validity is {own.get('validity')}: ask ClinGen. {told}"
            return self._row(Change.UPGRADED, symbol, {}, words)
        if ratings != {"green"} and supported:
            words = f"Not green, and its validity is {own.get('validity')}: ask ClinGen. {told}"
            return self._row(Change.DOWNGRADED, symbol, {}, words)
        modes = {fact.values["inheritance"] for fact in facts if "inheritance" in fact.values}
        if len(modes) == 1 and modes != {own.get("inheritance")}:
            because = retold(self.label, told, own.get("because", ""))
            values = {"inheritance": modes.pop(), "because": because, "sources": self._sources(own)}
            return self._row(Change.CONFLICTING, symbol, values, f"Another inheritance. {told}")
        return None

    def _row(self, change: Change, symbol: str, values: Mapping[str, str], reason: str) -> Row:
        own = self.current[symbol]
        before = {name: own.get(name, "") for name, value in values.items() if own.get(name, "") != value}
        return Row(change=change, id=symbol, reason=reason, values={**own, **values}, before=before)

    def _new(self, symbol: str, facts: Sequence[GeneFact]) -> Row:
        values: dict[str, str] = {"symbol": symbol}
        for fact in facts:
            values |= {"hgnc": fact.hgnc or "", **fact.values}
        values.pop("rating", None)
        values.setdefault("validity", "none")  # a panel's rating is none of ClinGen's classifications
        values |= {
            "because": f"{self._told(facts)} It has no share in any category yet.",
            "sources": f"{self.label} {self.dated[:7]}",
            "status": "curator_judgement",
        }
        values = {name: value for name, value in values.items() if value}
        reason = f"Not a gene of the rule set. {self._told(facts)}"
        return Row(
            change=Change.NEW, id=symbol, reason=reason, values=values,
            open=tuple(name for name in _NEEDED if name not in values),
        )  # fmt: skip

    def _sources(self, own: Mapping[str, str]) -> str:
        kept = [each for each in own.get("sources", "").split("; ") if each and not each.startswith(self.label)]
        return "; ".join([*kept, f"{self.label} {self.dated[:7]}"])

    def _told(self, facts: Sequence[GeneFact]) -> str:
        return f"{self.label} of {self.dated} says: {'; '.join(fact.said for fact in facts)}."
