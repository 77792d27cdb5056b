"""The GWAS Catalog: an association file as its website downloads it (TSV; positions are on GRCh38)."""

from __future__ import annotations

import math
import re
from collections import Counter
from collections.abc import Mapping, Sequence
from decimal import Decimal, InvalidOperation
from pathlib import Path

from assigner.genome.builds import chrom_of
from assigner.imports.asked import Asked
from assigner.imports.facts import Evidence, EvidenceFile, MarkerFact
from assigner.texts import Text, whole
from assigner.truth import Truth

GENOME_WIDE = Decimal("5e-8")
"""The significance from which an association is looked at; the field's convention for a million independent tests."""

_NEEDED = {"SNPS", "STRONGEST SNP-RISK ALLELE", "CHR_ID", "CHR_POS", "P-VALUE", "OR or BETA", "95% CI (TEXT)"}


def read(paths: Sequence[Path], asked: Asked) -> Evidence:
    """What the GWAS Catalog says of single markers.

    Raises:
        EvidenceError: a file is no association file.
    """
    best: dict[str, MarkerFact] = {}
    aside: Counter[str] = Counter()
    files = []
    for path in paths:
        text = Text(path)
        for number, row in text.rows(False, lambda cells: set(cells) >= _NEEDED):
            fact = _fact(text, number, row, asked, aside)
            if fact is not None and (fact.rsid not in best or Decimal(fact.p_value) < Decimal(best[fact.rsid].p_value)):
                best[fact.rsid] = fact
        files.append(EvidenceFile(name=text.name, sha256=text.sha256, dated=asked.dated))
    return Evidence(files=tuple(files), markers=tuple(best.values()), covered=asked.genes, aside=aside)


def _fact(text: Text, number: int, row: Mapping[str, str], asked: Asked, aside: Counter[str]) -> MarkerFact | None:
    rsid = row["SNPS"]
    if not re.fullmatch("rs[1-9][0-9]*", rsid):
        aside["several SNPs, or none with an rsID"] += 1
        return None
    traits = [row[name] for name in ("DISEASE/TRAIT", "MAPPED_TRAIT") if row.get(name)]
    if asked.is_about(traits) is Truth.FALSE:
        aside["for another trait"] += 1
        return None
    try:
        p_value = Decimal(row["P-VALUE"])
    except InvalidOperation:
        raise text.fault(number, "a P-VALUE in digits", repr(row["P-VALUE"])) from None
    if not p_value.is_finite() or p_value > GENOME_WIDE:
        aside["not genome-wide significant"] += 1
        return None
    base = row["STRONGEST SNP-RISK ALLELE"].rpartition("-")[2].strip().upper()
    pos = whole(row["CHR_POS"])
    genes = re.split(r"[,;]| - ", f"{row.get('MAPPED_GENE', '')},{row.get('REPORTED GENE(S)', '')}")
    return MarkerFact(
        rsid=rsid,
        genes=tuple(dict.fromkeys(filter(None, map(str.strip, genes)))),
        chrom=chrom_of(row["CHR_ID"]),
        pos38=pos or None,
        effect=base if re.fullmatch("[ACGT]+", base) else None,
        log_odds=(log_odds := _log_odds(row)),
        interval=None if log_odds is None else _interval(row, log_odds),
        said=f"{row['OR or BETA'] or 'no effect'} {row['95% CI (TEXT)']}".strip(),
        study=f"PMID:{row['PUBMEDID']}" if row.get("PUBMEDID", "").isdigit() else row.get("STUDY ACCESSION", ""),
        p_value=row["P-VALUE"],
    )


def _log_odds(row: Mapping[str, str]) -> int | None:
    """Thousandths of the natural log odds ratio; None of a beta, whose scale the file does not tell."""
    if re.search("[a-z]", row["95% CI (TEXT)"], re.IGNORECASE):
        return None
    try:
        ratio = float(row["OR or BETA"])
    except ValueError:
        return None
    return round(1000 * math.log(ratio)) if 1 < ratio < 100 else None


def _interval(row: Mapping[str, str], log_odds: int) -> tuple[int, int] | None:
    """The confidence interval in thousandths of a natural log odds ratio; None where it is not told or does not fit."""
    told = re.fullmatch(r"\[\s*([0-9]{1,3}(?:\.[0-9]+)?)\s*-\s*([0-9]{1,3}(?:\.[0-9]+)?)\s*\]", row["95% CI (TEXT)"])
    if told is None or not float(told[1]) or not float(told[2]):
        return None
    low, high = (round(1000 * math.log(float(each))) for each in told.groups())
    return (low, high) if 0 <= low <= log_odds <= high else None
