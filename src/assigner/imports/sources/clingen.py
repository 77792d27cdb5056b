"""ClinGen: its gene-validity table as CSV, with the lines before the head that its website writes."""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Sequence
from pathlib import Path

from assigner.imports.asked import Asked
from assigner.imports.facts import Evidence, EvidenceFile, GeneFact
from assigner.texts import Text
from assigner.truth import Truth

VALIDITIES = {
    "definitive": "definitive", "strong": "strong", "moderate": "moderate", "limited": "limited",
    "disputed": "disputed", "refuted": "refuted", "no known disease relationship": "none",
    "animal model only": "none",
}  # fmt: skip
"""ClinGen's classifications, and the validity of a rule set that each is."""

_CREATED = re.compile(r"FILE CREATED: ([0-9]{4}-[0-9]{2}-[0-9]{2})", re.IGNORECASE)
_NEEDED = {"GENE SYMBOL", "GENE ID (HGNC)", "DISEASE LABEL", "CLASSIFICATION"}


def read(paths: Sequence[Path], asked: Asked) -> Evidence:
    """What ClinGen says of genes for the trial's disease, or for any where that is not told.

    Raises:
        EvidenceError: a file is not ClinGen's table.
    """
    facts: list[GeneFact] = []
    covered: set[str] = set()
    elsewhere: defaultdict[str, list[str]] = defaultdict(list)
    aside: Counter[str] = Counter()
    files = []
    for path in paths:
        text = Text(path)
        created: list[str] = []

        def is_head(cells: Sequence[str], created: list[str] = created) -> bool:
            created.extend(found[1] for cell in cells if (found := _CREATED.search(cell)))
            return set(cells) >= _NEEDED

        for _, row in text.rows(True, is_head):
            if set(row["GENE SYMBOL"]) == {"+"}:
                continue
            symbol = asked.symbol(row["GENE ID (HGNC)"], row["GENE SYMBOL"])
            covered |= {symbol} if symbol else set()
            if asked.is_about((row["DISEASE LABEL"], row.get("DISEASE ID (MONDO)", ""))) is Truth.FALSE:
                aside["for another disease"] += 1
                if symbol is not None:
                    elsewhere[symbol].append(_fact(row).said)
                continue
            facts.append(_fact(row))
        dated = asked.dated or (created[0] if created else None)
        files.append(EvidenceFile(name=text.name, sha256=text.sha256, dated=dated))
    return Evidence(
        files=tuple(files), genes=tuple(facts), covered=frozenset(covered), elsewhere=elsewhere, aside=aside
    )


def _fact(row: dict[str, str]) -> GeneFact:
    word = row["CLASSIFICATION"]
    validity = VALIDITIES.get(word.casefold())
    day = row.get("CLASSIFICATION DATE", "")[:10]
    return GeneFact(
        symbol=row["GENE SYMBOL"],
        hgnc=row["GENE ID (HGNC)"] or None,
        values={} if validity is None else {"validity": validity},
        said=f"{word} for {row['DISEASE LABEL']}" + (f", {day}" if day else ""),
        doubts="" if validity else f"{word!r} is not a classification that is known",
    )
