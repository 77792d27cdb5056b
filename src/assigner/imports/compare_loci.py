"""Repeats of a rule set against a catalogue of repeats, and markers against published associations."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence

from attrs import frozen

from assigner.genome.hgvs import is_rotation, reverse_complement
from assigner.imports.asked import Asked
from assigner.imports.facts import Evidence, MarkerFact, RepeatFact
from assigner.imports.rows import Change, Row, retold
from assigner.rules.loci import Marker, span_on
from assigner.rules.repeats import Repeat
from assigner.truth import Truth

NEAR = 50
"""Bases by which two catalogues may put one repeat's ends apart."""

_PALINDROMES = ({"A", "T"}, {"C", "G"})


@frozen
class Comparison:
    """Repeats or markers of a rule set against one source.

    Attributes:
        current: the rows of the part as text, by id.
    """

    evidence: Evidence
    asked: Asked
    label: str
    dated: str
    current: Mapping[str, Mapping[str, str]]

    # --------------------------------------------------------------------------------------------------------- repeats

    def repeat_rows(self) -> Iterator[Row]:
        """The proposed rows of repeats: those of the rule set, then new ones of its genes."""
        facts = [fact for fact in self.evidence.repeats if self.asked.symbol(fact.gene)]
        used: set[str] = set()
        for repeat in self.asked.rules.content.repeats:
            if repeat.gene not in self.asked.genes:
                continue
            own = [fact for fact in facts if self._is_at(repeat, fact)]
            used |= {fact.record for fact in own}
            row = self._repeat(repeat, own)
            if row is not None:
                yield row
        for fact in facts:
            if fact.record not in used:
                yield self._new_repeat(fact)

    def _is_at(self, repeat: Repeat, fact: RepeatFact) -> bool:
        if self.asked.symbol(fact.gene) != repeat.gene or fact.chrom != repeat.chrom:
            return False
        spans = [(span_on(repeat, build), span) for build, span in fact.spans.items()]
        return bool(spans) and all(a[0] - NEAR < b[1] and b[0] - NEAR < a[1] for a, b in spans)

    def _repeat(self, repeat: Repeat, facts: Sequence[RepeatFact]) -> Row | None:
        rests = any(each.startswith(self.label) for each in repeat.sources)
        if not facts:
            reason = f"{self.label} of {self.dated} has no repeat of {repeat.gene} there."
            return self._row(Change.VANISHED, repeat.id, {}, reason) if rests else None
        told = self._said(facts)
        doubts = "; ".join(f"{fact.record}: {fact.doubts}" for fact in facts if fact.doubts)
        if doubts:
            return self._row(Change.UNCLEAR, repeat.id, {}, f"The locus is in doubt ({doubts}). {told}")
        if repeat.is_evidence and all(self.asked.is_about((fact.disease,)) is Truth.FALSE for fact in facts):
            return self._row(Change.UNCLEAR, repeat.id, {}, f"The record is about another disease. {told}")
        if not any(_is_motif(repeat.motif, motif) for fact in facts for motif in fact.motifs):
            return self._row(Change.CONFLICTING, repeat.id, {}, f"Another motif is pathogenic. {told}")
        bands = {(fact.normal, fact.expanded) for fact in facts}
        if repeat.bands:
            reason = f"Other bands, which a curator writes. {told}"
            agrees = any(_agrees(repeat, fact) for fact in facts)
            return None if agrees else self._row(Change.CONFLICTING, repeat.id, {}, reason)
        if len(bands) > 1:
            differ = all(fact.expanded != repeat.expanded for fact in facts)
            reason = f"Several records, none of which has its threshold. {told}"
            return self._row(Change.CONFLICTING, repeat.id, {}, reason) if differ else None
        ((normal, expanded),) = bands
        values = {"normal": normal, "expanded": expanded}
        changed = {name: str(value) for name, value in values.items() if value not in (None, getattr(repeat, name))}
        if not changed:
            return None
        kept = [each for each in repeat.sources if not each.startswith(self.label)]
        changed["because"] = told
        changed["sources"] = "; ".join([*kept, f"{self.label} {self.dated[:7]}"])
        return self._row(Change.CONFLICTING, repeat.id, changed, f"Other bands. {told}")

    def _new_repeat(self, fact: RepeatFact) -> Row:
        """A repeat that is not listed; its exact ends are a curator's, as the source counts from 0 or from 1."""
        gene = self.asked.symbol(fact.gene) or fact.gene
        told = self._said([fact])
        values = {
            "id": fact.record, "gene": gene, "motif": fact.motifs[0] if len(fact.motifs) == 1 else "",
            "chrom": fact.chrom, "normal": _number(fact.normal), "expanded": _number(fact.expanded), "use": "mimic",
            "because": told, "sources": f"{self.label} {self.dated[:7]}", "status": "confirmed",
        }  # fmt: skip
        spans = ", ".join(f"{start}-{end} on {build}" for build, (start, end) in fact.spans.items())
        reason = f"Not listed. The ends are near {spans}; the source counts from 0 or from 1 by its version. {told}"
        needed = ("motif", "grch37", "grch38", "normal", "expanded", "needs", "use")
        cells = {name: value for name, value in values.items() if value}
        return Row(change=Change.NEW, id=fact.record, reason=reason, values=cells,
                   open=tuple(name for name in needed if name not in cells))  # fmt: skip

    def _said(self, facts: Sequence[RepeatFact]) -> str:
        said = [
            f"{fact.record} ({fact.disease}): {'/'.join(fact.motifs)}, normal to {_number(fact.normal) or 'unknown'}, "
            f"pathogenic from {_number(fact.expanded) or 'unknown'}"
            for fact in facts
        ]
        return f"{self.label} of {self.dated} says: {'; '.join(said)}."

    # --------------------------------------------------------------------------------------------------------- markers

    def marker_rows(self) -> Iterator[Row]:
        """The proposed rows of markers: those of the rule set, then new ones of its genes."""
        by_rsid = {fact.rsid: fact for fact in self.evidence.markers}
        for marker in self.asked.rules.content.markers:
            if marker.gene in self.asked.genes and marker.rsid in by_rsid:
                row = self._marker(marker, by_rsid[marker.rsid])
                if row is not None:
                    yield row
        known = {marker.rsid for marker in self.asked.rules.content.markers}
        new: dict[str, list[MarkerFact]] = defaultdict(list)
        for fact in by_rsid.values():
            symbol = self.asked.symbol(*fact.genes)
            if fact.rsid not in known and symbol:
                new[symbol].append(fact)
        for symbol, facts in sorted(new.items()):
            yield from (self._new_marker(symbol, fact) for fact in sorted(facts, key=lambda each: each.rsid))

    def _marker(self, marker: Marker, fact: MarkerFact) -> Row | None:
        told = self._effect(fact)
        places = {(fact.chrom, fact.pos38), (marker.chrom, marker.pos38)}
        if len(places) > 1 and not any(None in place for place in places):
            return self._row(Change.CONFLICTING, marker.id, {}, f"It stands at another place. {told}")
        if fact.effect is None or fact.log_odds is None:
            words = "The risk allele, or the scale of the effect, is not told"
            return self._row(Change.UNCLEAR, marker.id, {}, f"{words}. {told}")
        bases = {marker.effect, marker.other} - {None}
        if bases and fact.effect not in bases:
            return self._row(Change.CONFLICTING, marker.id, {}, f"The risk allele is neither of its bases. {told}")
        if marker.effect is not None and fact.effect != marker.effect:
            strand = " The bases are a palindrome, so the strand may differ." if bases in _PALINDROMES else ""
            return self._row(Change.CONFLICTING, marker.id, {}, f"The other base carries the risk.{strand} {told}")
        if fact.log_odds == marker.log_odds:
            return None
        change = Change.UPGRADED if fact.log_odds > (marker.log_odds or 0) else Change.DOWNGRADED
        values = {
            "effect": fact.effect, "log_odds": str(fact.log_odds), "interval": _interval(fact),
            "because": retold(self.label, told, marker.because), "sources": self._sources(marker, fact),
        }  # fmt: skip
        return self._row(change, marker.id, values, told)

    def _new_marker(self, symbol: str, fact: MarkerFact) -> Row:
        """A marker that is not listed: inactive, as the source has neither GRCh37 nor the other base."""
        values = {
            "id": fact.rsid, "rsid": fact.rsid, "gene": symbol, "chrom": fact.chrom or "",
            "pos38": _number(fact.pos38), "effect": fact.effect or "",
            "log_odds": _number(fact.log_odds if fact.effect else None),
            "interval": _interval(fact) if fact.effect else "",
            "inactive": f"{self.label} has neither its place on GRCh37 nor the other base.",
            "because": self._effect(fact), "sources": "; ".join(filter(None, (fact.study, f"{self.label} "
                                                                             f"{self.dated[:7]}"))),
            "status": "confirmed",
        }  # fmt: skip
        reason = f"Not listed; inactive until a curator gives GRCh37 and the other base. {self._effect(fact)}"
        return Row(change=Change.NEW, id=fact.rsid, reason=reason,
                   values={name: value for name, value in values.items() if value})  # fmt: skip

    def _effect(self, fact: MarkerFact) -> str:
        return (
            f"{self.label} of {self.dated} ({fact.study or 'no study'}) says: risk allele {fact.effect or 'unknown'}, "
            f"effect {fact.said}, P {fact.p_value}."
        )

    def _sources(self, marker: Marker, fact: MarkerFact) -> str:
        kept = [each for each in marker.sources if not each.startswith(self.label) and each != fact.study]
        return "; ".join([*kept, *filter(None, (fact.study, f"{self.label} {self.dated[:7]}"))])

    def _row(self, change: Change, name: str, values: Mapping[str, str], reason: str) -> Row:
        own = self.current[name]
        before = {each: own.get(each, "") for each, value in values.items() if own.get(each, "") != value}
        return Row(change=change, id=name, reason=reason, values={**own, **values}, before=before)


def _agrees(repeat: Repeat, fact: RepeatFact) -> bool:
    """Whether the sizes that a record names lie in a repeat's bands."""
    normal = fact.normal is None or repeat.is_normal(fact.normal, fact.normal)
    return normal and (fact.expanded is None or repeat.is_harmful(fact.expanded, fact.expanded))


def _is_motif(own: str, other: str) -> bool:
    """Whether two motifs are one, read from any of their bases, on either strand."""
    return is_rotation(own, other) or is_rotation(reverse_complement(own.replace("N", "A")), other)


def _interval(fact: MarkerFact) -> str:
    """The confidence interval as a rule set writes it; empty where the source tells none."""
    return "" if fact.interval is None else f"{fact.interval[0]}-{fact.interval[1]}"


def _number(value: int | None) -> str:
    return "" if value is None else str(value)
