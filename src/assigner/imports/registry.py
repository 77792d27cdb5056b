"""The sources by name, and what each one's files propose."""

from __future__ import annotations

import enum
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TypeAlias, assert_never

from assigner.errors import EvidenceError
from assigner.imports import compare_alleles, compare_genes, compare_loci
from assigner.imports.asked import Asked
from assigner.imports.facts import Evidence
from assigner.imports.rows import Proposal, Row, Table
from assigner.imports.sources import clingen, clinvar, gwas_catalog, mitomap, panelapp, strchive
from assigner.imports.written import Written

Reader: TypeAlias = Callable[[Sequence[Path], Asked], Evidence]


class SourceName(enum.StrEnum):
    """A public source of evidence that can be imported."""

    CLINVAR = "clinvar"
    PANELAPP = "panelapp"
    CLINGEN = "clingen"
    MITOMAP = "mitomap"
    STRCHIVE = "strchive"
    GWAS_CATALOG = "gwas-catalog"

    @property
    def label(self) -> str:
        """Its name, as the rows of a rule set cite it."""
        match self:
            case SourceName.CLINVAR:
                return "ClinVar"
            case SourceName.PANELAPP:
                return "PanelApp"
            case SourceName.CLINGEN:
                return "ClinGen gene validity"
            case SourceName.MITOMAP:
                return "MITOMAP"
            case SourceName.STRCHIVE:
                return "STRchive"
            case SourceName.GWAS_CATALOG:
                return "GWAS Catalog"
            case _:
                assert_never(self)

    @property
    def table(self) -> Table:
        """The part of a rule set that it speaks of."""
        match self:
            case SourceName.CLINVAR | SourceName.MITOMAP:
                return Table.ALLELES
            case SourceName.PANELAPP | SourceName.CLINGEN:
                return Table.GENES
            case SourceName.STRCHIVE:
                return Table.REPEATS
            case SourceName.GWAS_CATALOG:
                return Table.MARKERS
            case _:
                assert_never(self)

    @property
    def read(self) -> Reader:
        """What reads its files."""
        match self:
            case SourceName.CLINVAR:
                return clinvar.read
            case SourceName.PANELAPP:
                return panelapp.read
            case SourceName.CLINGEN:
                return clingen.read
            case SourceName.MITOMAP:
                return mitomap.read
            case SourceName.STRCHIVE:
                return strchive.read
            case SourceName.GWAS_CATALOG:
                return gwas_catalog.read
            case _:
                assert_never(self)


def proposal_of(source: SourceName, paths: Sequence[Path], written: Written, asked: Asked) -> Proposal:
    """What the files of a source propose for a rule set.

    Raises:
        EvidenceError: a file cannot be read, or has no date and none was given.
    """
    evidence = source.read(paths, asked)
    undated = [file.name for file in evidence.files if file.dated is None]
    if undated:
        raise EvidenceError(undated[0], "a date in the file, or --date", "neither")
    rows, notes = _compared(source, evidence, written, asked)
    newest = {each.source: each.dated for each in written.rules.content.evidence_sources}
    aside = [
        f"{file.name} is of {file.dated}, older than the {source.label} compared last, of {newest[source.label]}"
        for file in evidence.files
        if (file.dated or "") < newest.get(source.label, "")
    ]
    aside += [f"{count} records not used: {why}" for why, count in sorted(evidence.aside.items()) if count]
    silent = sorted(asked.genes - evidence.covered)
    if silent:
        aside.append(f"nothing in the files about {len(silent)} genes: {', '.join(silent[:20])}")
    return Proposal(
        source=source.value,
        table=source.table,
        files=evidence.files,
        rule_set=written.rules.digest,
        rows=rows,
        notes=(*notes, *aside),
    )


def _compared(
    source: SourceName, evidence: Evidence, written: Written, asked: Asked
) -> tuple[tuple[Row, ...], tuple[str, ...]]:
    """The rows, and what is said of what is not proposed."""
    dated = max(file.dated or "" for file in evidence.files)
    current = written.cells(source.table)
    match source:
        case SourceName.CLINVAR | SourceName.MITOMAP:
            is_clinvar = source is SourceName.CLINVAR
            named = compare_alleles.AlleleSource(source.label, is_clinvar, is_clinvar)
            alleles = compare_alleles.Comparison(evidence, asked, named, dated, current)
            return tuple(alleles.rows()), tuple(alleles.notes())
        case SourceName.PANELAPP | SourceName.CLINGEN:
            genes = compare_genes.Comparison(evidence, asked, source.label, dated, current)
            return tuple(genes.rows()), ()
        case SourceName.STRCHIVE:
            loci = compare_loci.Comparison(evidence, asked, source.label, dated, current)
            return tuple(loci.repeat_rows()), ()
        case SourceName.GWAS_CATALOG:
            loci = compare_loci.Comparison(evidence, asked, source.label, dated, current)
            return tuple(loci.marker_rows()), ()
        case _:
            assert_never(source)
