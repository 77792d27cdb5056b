"""MITOMAP: its table of disease mutations (`disease.cgi`), or its page of confirmed ones, saved as a table."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Mapping, Sequence
from pathlib import Path

from assigner.errors import shown
from assigner.genome.builds import RCRS_LENGTH, Build
from assigner.genome.hgvs import mitochondrial_change
from assigner.genome.variants import Variant
from assigner.imports.asked import Asked, spelled
from assigner.imports.facts import AlleleFact, Evidence, EvidenceFile, Standing
from assigner.rules.loci import span_on
from assigner.texts import Text, whole

_RATED = {"P": Standing.PATHOGENIC, "LP": Standing.PATHOGENIC, "VUS": Standing.UNCERTAIN, "LB": Standing.BENIGN,
          "B": Standing.BENIGN}  # fmt: skip
_STATUS = re.compile(r"(?P<word>[A-Za-z][A-Za-z .;,/()-]*?)[ -]*(?:\[(?P<rated>[A-Z]+)\*?\])?")


def read(paths: Sequence[Path], asked: Asked) -> Evidence:
    """What MITOMAP says of mitochondrial alleles.

    Raises:
        EvidenceError: a file is not MITOMAP's table.
    """
    facts: dict[str, AlleleFact] = {}
    aside: Counter[str] = Counter()
    files = []
    for path in paths:
        text = Text(path)
        for number, row in text.rows(path.name.lower().endswith((".csv", ".csv.gz")), _is_head):
            fact = _fact(text, number, {name.casefold(): cell for name, cell in row.items()}, asked, aside)
            if fact is not None:
                facts[fact.record] = fact
        files.append(EvidenceFile(name=text.name, sha256=text.sha256, dated=asked.dated))
    mitochondrial = {gene.symbol for gene in asked.rules.content.genes if gene.chrom == "MT"}
    return Evidence(
        files=tuple(files), alleles=tuple(facts.values()), covered=frozenset(mitochondrial & asked.genes), aside=aside
    )


def _is_head(cells: Sequence[str]) -> bool:
    names = {cell.casefold() for cell in cells}
    return "status" in names and (names >= {"pos", "ref", "alt"} or "allele" in names)


def _fact(text: Text, number: int, row: Mapping[str, str], asked: Asked, aside: Counter[str]) -> AlleleFact | None:
    """What a row says. MITOMAP writes indels at the end of a run of bases, a VCF at its start: their place is open."""
    change = mitochondrial_change(row.get("allele", "").replace(" ", ""))
    if change is None and "pos" in row:
        pos = whole(row["pos"])
        if pos is None:
            raise text.fault(number, "a position of digits", shown(row["pos"]))
        change = pos, row["ref"].upper(), row["alt"].upper()
    if change is None or not all(re.fullmatch("[ACGT]+", bases) for bases in change[1:]) or change[1] == change[2]:
        aside["no small variant with its bases"] += 1
        return None
    if not 1 <= change[0] <= RCRS_LENGTH:
        raise text.fault(number, f"a position from 1 to {RCRS_LENGTH}", str(change[0]))
    symbols = [
        gene.symbol
        for gene in asked.rules.content.genes
        if gene.chrom == "MT" and span_on(gene, Build.GRCH38)[0] <= change[0] <= span_on(gene, Build.GRCH38)[1]
    ]
    variant = Variant("MT", *change)
    is_placed = len(change[1]) == len(change[2]) or (Build.GRCH38, *spelled(variant)) in asked.listed
    disease = row.get("disease") or row.get("associated diseases") or row.get("associated disease") or ""
    return AlleleFact(
        record=f"m.{change[0]}{change[1]}>{change[2]}",
        genes=tuple(symbols),
        places=dict.fromkeys(Build, variant) if is_placed else {},
        standing=standing(row["status"]),
        said=row["status"],
        conditions=tuple(filter(None, (each.strip() for each in re.split(r"\s*[;/]\s*", disease)))),
    )


def standing(status: str) -> Standing:
    """What MITOMAP's status says of an allele; the rating of ClinGen's panel in brackets comes first.

    >>> standing("Cfrm [P*]"), standing("Cfrm"), standing("Reported"), standing("Cfrm-[VUS]")
    (<Standing.PATHOGENIC: 'pathogenic'>, <Standing.PATHOGENIC: 'pathogenic'>, <Standing.OTHER: 'other'>, \
<Standing.CONFLICTING: 'conflicting'>)
    """
    found = _STATUS.fullmatch(status.strip())
    if found is None:
        return Standing.UNKNOWN
    word, rated = found["word"].strip().casefold(), found["rated"]
    if rated is not None and rated not in _RATED:
        return Standing.UNKNOWN
    confirmed = word in ("cfrm", "confirmed")
    if rated is not None:
        own = _RATED[rated]
        return Standing.CONFLICTING if confirmed and own is not Standing.PATHOGENIC else own
    if confirmed:
        return Standing.PATHOGENIC
    if word.startswith("conflicting"):
        return Standing.CONFLICTING
    return Standing.OTHER if word.startswith(("reported", "unclear", "p.m", "possibly")) else Standing.UNKNOWN
