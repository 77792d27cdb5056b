"""What was found, as a geneticist says it: gene, change by HGVS, on how many copies, in how many reads, and where."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from decimal import ROUND_CEILING, ROUND_HALF_EVEN, Decimal
from typing import Any

from attrs import frozen

from assigner.genome.builds import Build
from assigner.genome.variants import Variant
from assigner.rules import Rules
from assigner.rules.loci import Allele
from assigner.rules.panels import panel_of
from assigner.rules.repeats import Repeat
from assigner.traces import FindingRecord, LocusRecord, Trace

_CALLED = re.compile(r"([01.](?:[/|][01.])*) \((?:called|partial)\)")
_SHARE = re.compile(r"[01](?:\.[0-9]{1,9})?")
_PLACE = re.compile(r"([0-9A-Z]{1,2})-([0-9]+)-([A-Z]+)-([A-Z]+)")


@frozen
class Change:
    """One change that was found.

    Attributes:
        what: the gene and the change.
        how: on how many copies, in how many reads, and where on the genome.
    """

    what: str
    how: str


def changes_in(findings: Iterable[FindingRecord], trace: Trace, rules: Rules | None = None) -> tuple[Change, ...]:
    """The changes on which true findings rest, in their order; of one about a whole gene, the gene.

    Args:
        findings: some of the trace's.
        trace: what was decided.
        rules: the rule set that decided; without it there are no HGVS names of listed alleles.
    """
    names = _Names.of(trace, rules)
    return tuple(change for finding in findings for change in names.changes(finding))


@frozen
class _Names:
    """What a trace and its rule set call things, by their ids."""

    build: str
    seen: Mapping[str, LocusRecord]
    labels: Mapping[str, str]
    alleles: Mapping[str, tuple[Variant, Allele]]
    repeats: Mapping[str, Repeat]

    @classmethod
    def of(cls, trace: Trace, rules: Rules | None) -> _Names:
        build = str(trace.profile.get("build", ""))
        labels = {_id_of(each): str(each.get("label") or "") for each in trace.profile.get("variants", ())}
        alleles: dict[str, tuple[Variant, Allele]] = {}
        repeats: Mapping[str, Repeat] = {}
        if rules is not None and rules.digest == trace.rule_set.digest:
            panel = panel_of(rules, Build(build))
            alleles = {allele.id: (variant, allele) for variant, allele in panel.alleles.items()}
            repeats = panel.repeats
        return cls(build, {locus.id: locus for locus in trace.loci}, labels, alleles, repeats)

    def changes(self, finding: FindingRecord) -> Iterator[Change]:
        """The places that a finding names, or its gene."""
        if not finding.loci:
            yield Change(finding.gene, finding.shown)
        yield from (self.change(finding.gene, locus) for locus in finding.loci)

    def change(self, gene: str, locus: str) -> Change:
        """A place that a finding names."""
        seen = self.seen.get(locus)
        told = () if seen is None else tuple(_measured(seen, self._chrom(locus)))
        if locus in self.repeats or (seen is not None and seen.kind == "repeat"):
            return Change(self._repeat(gene, locus, seen), "")
        return Change(self._change(gene, locus), ", ".join((*told, *self._place(locus))))

    def _change(self, gene: str, locus: str) -> str:
        if locus in self.alleles:
            _, allele = self.alleles[locus]
            named = allele.hgvs_p or allele.name
            return f"{gene} {', '.join(dict.fromkeys(filter(None, (named, allele.name, allele.hgvs_c))))}"
        return f"{gene} {_hgvs(self.labels.get(locus, '')) or locus.removeprefix(f'{gene}-')}"

    def _repeat(self, gene: str, locus: str, seen: LocusRecord | None) -> str:
        name = gene if locus == gene else f"{gene} ({locus})"
        shown = "" if seen is None else f": {seen.shown} units"
        repeat = self.repeats.get(locus)
        motif = "" if repeat is None else f" of {repeat.motif}"
        harmful = [] if repeat is None else [str(band) for band in repeat.all_bands if band.does_harm]
        return f"{name} repeat{motif}{shown}" + (f"; {', '.join(harmful)}" if harmful else "")

    def _place(self, locus: str) -> Iterator[str]:
        variant = self.alleles[locus][0] if locus in self.alleles else None
        found = _PLACE.fullmatch(locus if variant is None else str(variant))
        if found:
            yield f"{self.build} {found[1]}:{found[2]} {found[3]}>{found[4]}"

    def _chrom(self, locus: str) -> str:
        return self.alleles[locus][0].chrom if locus in self.alleles else locus.partition("-")[0]


def _id_of(seen: Mapping[str, Any]) -> str:
    return "-".join(str(seen.get(name)) for name in ("chrom", "pos", "ref", "alt"))


def _hgvs(label: str) -> str:
    """The names in an annotation's label, the protein's first; empty where it has none.

    >>> _hgvs("ENST1.2 ENST1.2:c.464G>T p.Arg155Leu"), _hgvs("carried, and without annotation")
    ('p.Arg155Leu, ENST1.2:c.464G>T', '')
    """
    words = label.split()
    protein = [word.rpartition(":")[2] for word in words if re.search(r"(?:^|:)p\.", word)]
    coding = [word for word in words if re.search(r"(?:^|:)[cn]\.", word)]
    return ", ".join((*protein, *coding))


def _measured(seen: LocusRecord, chrom: str) -> Iterator[str]:
    called = _CALLED.match(seen.shown)
    if chrom != "MT":
        yield _copies(called[1]) if called else seen.shown
    if seen.depth is not None:
        yield f"{seen.depth} reads"
    if seen.fraction is not None:
        share = _percent(Decimal(seen.fraction) * 100) if _SHARE.fullmatch(seen.fraction) else seen.fraction
        yield f"{share} with it"
    if seen.why:
        yield seen.why


def _copies(genotype: str) -> str:
    """A genotype in words.

    >>> _copies("0/1"), _copies("1|1"), _copies("1"), _copies("./1"), _copies("0/0/1")
    ('heterozygous', 'homozygous', 'hemizygous', 'on 1 copy at least', 'on 1 of 3 copies')
    """
    copies = re.split(r"[/|]", genotype)
    carried = copies.count("1")
    if "." in copies:
        return f"on {carried} cop{'y' if carried == 1 else 'ies'} at least"
    match len(copies), carried:
        case 1, 1:
            return "hemizygous"
        case 2, 2:
            return "homozygous"
        case 2, 1:
            return "heterozygous"
        case number, _:
            return f"on {carried} of {number} copies"


def percent_of(ppm: int) -> str:
    """A bound in parts per million, as a percentage that is not below it.

    >>> percent_of(200), percent_of(1), percent_of(15_000), percent_of(124_000)
    ('0.02%', '0.0001%', '1.5%', '13%')
    """
    return _percent(Decimal(ppm) / 10_000, ROUND_CEILING)


def _percent(share: Decimal, rounding: str = ROUND_HALF_EVEN) -> str:
    step = Decimal(1) if share >= 10 else Decimal("0.0001")
    told = share.quantize(step, rounding)
    return f"{told if share >= 10 else told.normalize():f}%"
