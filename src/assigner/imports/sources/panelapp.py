"""PanelApp: a panel as JSON, as its API of version 1 gives it; of England or Australia."""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from assigner.errors import EvidenceError
from assigner.genome.builds import CHROMS, Build
from assigner.imports.asked import Asked
from assigner.imports.facts import Evidence, EvidenceFile, GeneFact
from assigner.texts import Text

RATINGS = {"4": "green", "3": "green", "2": "amber", "1": "red", "0": "no list"}
"""PanelApp's confidence levels by the colours that people say."""

_USED = frozenset({"genes", "gene_data", "gene_symbol", "hgnc_id", "confidence_level", "mode_of_inheritance",
                   "ensembl_genes", "version_created", "entity_name"})  # fmt: skip
_INHERITANCE = (
    ("BOTH MONO", "dominant_or_recessive"), ("MONOALLELIC", "dominant"), ("BIALLELIC", "recessive"),
    ("X-LINKED", "x_linked"), ("MITOCHONDRIAL", "mitochondrial"),
)  # fmt: skip


def read(paths: Sequence[Path], asked: Asked) -> Evidence:
    """What panels say of genes.

    Raises:
        EvidenceError: a file is not a panel of PanelApp.
    """
    facts: list[GeneFact] = []
    elsewhere: defaultdict[str, list[str]] = defaultdict(list)
    aside: Counter[str] = Counter()
    files = []
    for path in paths:
        text = Text(path)
        panel = text.json(_USED)
        if not isinstance(panel, dict) or not isinstance(panel.get("genes"), list):
            raise EvidenceError(text.name, "a panel of PanelApp, with its genes", "another JSON text")
        name = f"{panel.get('name', 'panel')} {panel.get('version', '')}".strip()
        for at, gene in enumerate(panel["genes"]):
            facts.append(_fact(text, at, gene, name))
        for part in ("strs", "regions"):
            for each in panel.get(part) or ():
                aside[f"{part} of a panel, which are no genes"] += 1
                symbol = asked.symbol(_symbol(each))
                if symbol is not None:
                    elsewhere[symbol].append(f"{each.get('entity_name')} among the {part} of {name}")
        created = str(panel.get("version_created") or "")[:10]
        dated = asked.dated or (created if re.fullmatch(r"[0-9]{4}-[0-9]{2}-[0-9]{2}", created) else None)
        files.append(EvidenceFile(name=text.name, sha256=text.sha256, dated=dated))
    return Evidence(
        files=tuple(files), genes=tuple(facts), covered=asked.genes, elsewhere=elsewhere, aside=aside
    )  # fmt: skip


def _symbol(entity: Any) -> str | None:
    """The symbol of the gene that an entry of a panel is about."""
    about = entity.get("gene_data") if isinstance(entity, dict) else None
    symbol = (about.get("gene_symbol") or about.get("hgnc_symbol")) if isinstance(about, dict) else None
    return symbol if isinstance(symbol, str) else None


def _fact(text: Text, at: int, gene: Any, panel: str) -> GeneFact:
    about = gene.get("gene_data") if isinstance(gene, dict) else None
    symbol = _symbol(gene)
    if not isinstance(about, dict) or symbol is None:
        raise EvidenceError(f"{text.name}: genes[{at}]", "a gene with its gene_data and symbol", "another value")
    rating = RATINGS.get(str(gene.get("confidence_level")), "")
    said = gene.get("mode_of_inheritance")
    mode = said.upper() if isinstance(said, str) else ""
    inheritance = next((each for words, each in _INHERITANCE if mode.startswith(words)), "")
    values = {"rating": rating, "inheritance": inheritance, **_places(about)}
    return GeneFact(
        symbol=symbol,
        hgnc=about.get("hgnc_id") if isinstance(about.get("hgnc_id"), str) else None,
        values={name: value for name, value in values.items() if value},
        said=f"{rating or 'unknown confidence'} in {panel}, {mode.lower() or 'no mode of inheritance'}",
        doubts="" if rating else f"the confidence {gene.get('confidence_level')!r} is not known",
    )


def _places(about: Mapping[str, Any]) -> dict[str, str]:
    """Where the gene is: chromosome, span on each build, Ensembl id, of the newest release that is named."""
    found: dict[str, str] = {}
    genes = about.get("ensembl_genes")
    for name, releases in genes.items() if isinstance(genes, dict) else ():
        build = next((each for each in Build if each.value.casefold() == str(name).casefold()), None)
        if build is None or not isinstance(releases, dict) or not releases:
            continue
        newest = releases[max(releases, key=lambda each: (len(each), each))]
        own = newest if isinstance(newest, dict) else {}
        place = re.fullmatch(r"([0-9]{1,2}|X|Y|MT):([0-9]+)-([0-9]+)", str(own.get("location")))
        if place and place[1] in CHROMS:
            found |= {"chrom": place[1], build.lower(): f"{place[2]}-{place[3]}"}
            found["ensembl"] = str(own.get("ensembl_id") or "")
    return found
