"""STRchive: its catalogue of disease loci, as JSON (both builds, all bands) or as BED (one build, one threshold)."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from assigner.errors import EvidenceError, shown
from assigner.genome.builds import Build, chrom_of
from assigner.imports.asked import Asked
from assigner.imports.facts import Evidence, EvidenceFile, RepeatFact
from assigner.texts import Text, whole

_USED = frozenset({"id", "gene", "chrom", "start_hg38", "stop_hg38", "start_hg19", "stop_hg19", "benign_max",
                   "intermediate_min", "pathogenic_min", "pathogenic_motif_reference_orientation"})  # fmt: skip
_DOUBTFUL = re.compile(r"contested|conflict|disput|refut|limited|preliminary", re.IGNORECASE)
_UCSC = {Build.GRCH37: "hg19", Build.GRCH38: "hg38"}


def read(paths: Sequence[Path], asked: Asked) -> Evidence:
    """What STRchive says of repeats.

    Raises:
        EvidenceError: a file is not STRchive's.
    """
    facts: list[RepeatFact] = []
    files = []
    for path in paths:
        text = Text(path)
        facts += _of_json(text) if ".json" in path.name.lower() else _of_bed(text)
        files.append(EvidenceFile(name=text.name, sha256=text.sha256, dated=asked.dated))
    return Evidence(files=tuple(files), repeats=tuple(facts), covered=asked.genes)


def _of_json(text: Text) -> list[RepeatFact]:
    loci = text.json(_USED)
    if not isinstance(loci, list):
        raise EvidenceError(text.name, "STRchive's list of loci", "another JSON text")
    return [_locus(text, at, locus) for at, locus in enumerate(loci)]


def _locus(text: Text, at: int, locus: Any) -> RepeatFact:
    place = f"{text.name}: [{at}]"
    if not isinstance(locus, dict) or not all(isinstance(locus.get(name), str) for name in ("id", "gene", "chrom")):
        raise EvidenceError(place, "a locus with id, gene and chrom", "another value")
    spans = {}
    for build, name in _UCSC.items():
        start, stop = (_number(locus.get(f"{end}_{name}")) for end in ("start", "stop"))
        if start is not None and stop is not None:
            spans[build] = (start, stop)
    motifs = locus.get("pathogenic_motif_reference_orientation") or []
    tags = [str(tag) for tag in locus.get("locus_tags") or [] if _DOUBTFUL.search(str(tag))]
    return RepeatFact(
        record=locus["id"],
        gene=locus["gene"],
        chrom=chrom_of(locus["chrom"]) or "",
        spans=spans,
        motifs=tuple(map(str, motifs)) if isinstance(motifs, list) else (str(motifs),),
        normal=_number(locus.get("benign_max")),
        expanded=_number(locus.get("pathogenic_min")),
        disease=str(locus.get("disease") or ""),
        doubts=", ".join(tags),
    )


def _number(value: object) -> int | None:
    return None if value is None or isinstance(value, bool) else whole(str(value))


def _of_bed(text: Text) -> list[RepeatFact]:
    """STRchive's BED with its head; the build is in the file's name, as STRchive writes it."""
    build = next((build for build, name in _UCSC.items() if name in text.name), None)
    if build is None:
        raise EvidenceError(text.name, "hg19 or hg38 in the file's name, as STRchive names its BED", "neither")
    found = []
    for number, row in text.rows(False, lambda cells: bool(cells) and cells[0] == "#chrom" and "id" in cells):
        start, stop = whole(row.get("start", "")), whole(row.get("stop", ""))
        if start is None or stop is None:
            raise text.fault(number, "start and stop in whole numbers", shown(row.get("start", "")))
        found.append(_bed_fact(row, build, (start, stop)))
    return found


def _bed_fact(row: Mapping[str, str], build: Build, span: tuple[int, int]) -> RepeatFact:
    return RepeatFact(
        record=row["id"],
        gene=row.get("gene", ""),
        chrom=chrom_of(row["#chrom"]) or "",
        spans={build: span},
        motifs=tuple(filter(None, row.get("pathogenic_motif_reference_orientation", "").split(","))),
        normal=None,
        expanded=whole(row.get("pathogenic_min", "")),
        disease=row.get("disease", ""),
    )
