"""ClinVar: its VCF and `variant_summary.txt`; germline classifications alone, in ClinVar's words of any year.

Oncogenicity and somatic clinical impact stand in fields of their own since 2024 (`ONC`, `SCI`) and are not read.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from pathlib import Path

from attrs import evolve

from assigner.errors import EvidenceError, shown
from assigner.genome.builds import CHROMS, Build, chrom_of
from assigner.genome.variants import Variant
from assigner.imports.asked import Asked, spelled
from assigner.imports.facts import AlleleFact, Evidence, EvidenceFile, Standing
from assigner.texts import Text
from assigner.truth import Truth
from assigner.vcf.annotations.clinvar import clinvar, unfamiliar

MOST_FACTS = 500_000
"""More alleles than a file has in all genes of any rule set; they are held in memory."""

_NAME = re.compile(r"([A-Z]{2}_[0-9.]+)(?:\([^)]*\))?:([cnm]\.\S+)(?: \((p\.[^)]+\)?)\))?")
_UNSAID = {"", "-", "na", "."}


def read(paths: Sequence[Path], asked: Asked) -> Evidence:
    """What ClinVar's files say of the alleles of a rule set, and of pathogenic ones of its genes.

    Args:
        paths: VCFs of one or both builds, `variant_summary.txt`, or both; gzip or plain.
        asked: which genes and alleles.

    Raises:
        EvidenceError: a file is not ClinVar's, or is damaged.
    """
    kept: dict[str, AlleleFact] = {}
    covered: set[str] = set()
    aside: Counter[str] = Counter()
    files = []
    for path in paths:
        text = Text(path)
        dated = [asked.dated] if asked.dated else []
        for fact in _facts(text, asked, dated, aside):
            symbol = asked.symbol(*fact.genes)
            if symbol is not None:
                covered.add(symbol)
            if symbol is None and not _is_listed(fact, asked):
                continue
            if fact.standing not in _ASKED and not _is_listed(fact, asked):
                aside[f"not listed, {fact.standing}"] += fact.record not in kept
                continue
            _keep(kept, fact, text)
        files.append(EvidenceFile(name=text.name, sha256=text.sha256, dated=dated[0] if dated else None))
    return Evidence(files=tuple(files), alleles=tuple(kept.values()), covered=frozenset(covered), aside=dict(aside))


_ASKED = frozenset({Standing.PATHOGENIC, Standing.LOW_PENETRANCE, Standing.UNKNOWN})
"""With these standings an allele that is not listed is looked at too."""


def _is_listed(fact: AlleleFact, asked: Asked) -> bool:
    places = ((build, *spelled(variant)) for build, variant in fact.places.items())
    return fact.record in asked.by_record or any(place in asked.listed for place in places)


def _keep(kept: dict[str, AlleleFact], fact: AlleleFact, text: Text) -> None:
    """Take a fact in; of one record in several files, or on both builds, all places and names."""
    before = kept.get(fact.record)
    if before is not None:
        names = {name: getattr(fact, name) or getattr(before, name) for name in ("hgvs_c", "hgvs_p", "classified")}
        fact = evolve(fact, places={**before.places, **fact.places}, **names)
    kept[fact.record] = fact
    if len(kept) > MOST_FACTS:
        raise EvidenceError(text.name, f"at most {MOST_FACTS} alleles of the rule set's genes", "more")


def _facts(text: Text, asked: Asked, dated: list[str], aside: Counter[str]) -> Iterator[AlleleFact]:
    """The facts of a file, whichever of the two it is."""
    lines = iter(text)
    number, first = next(lines)
    if first.startswith("##fileformat=VCF"):
        yield from _of_vcf(text, lines, asked, dated, aside)
    elif first.startswith("#AlleleID\t"):
        yield from _of_summary(text, lines, first.removeprefix("#").split("\t"), asked, aside)
    else:
        raise text.fault(number, "a VCF, or the head of variant_summary.txt (#AlleleID ...)", shown(first))


# ------------------------------------------------------------------------------------------------------------- the VCF


def _of_vcf(
    text: Text, lines: Iterator[tuple[int, str]], asked: Asked, dated: list[str], aside: Counter[str]
) -> Iterator[AlleleFact]:
    build: Build | None = None
    is_clinvar = False
    for number, line in lines:
        if line.startswith("##"):
            key, _, value = line[2:].partition("=")
            is_clinvar = is_clinvar or "ID=CLNSIG," in line
            if key == "fileDate" and not dated:
                dated.append(_day(text, number, value, "%Y-%m-%d"))
            if key == "reference":
                build = next((each for each in Build if each.value in value), None)
        elif line.startswith("#CHROM"):
            if build is None:
                raise text.fault(number, "##reference=GRCh37 or GRCh38 in the header", "none")
            if not is_clinvar:
                raise text.fault(number, "a VCF of ClinVar, which declares CLNSIG", "none")
        elif build is None:
            raise text.fault(number, "the #CHROM line before the records", "a record")
        else:
            fact = _of_record(text, number, line, build, asked, aside)
            if fact is not None:
                yield fact


def _of_record(
    text: Text, number: int, line: str, build: Build, asked: Asked, aside: Counter[str]
) -> AlleleFact | None:
    columns = line.split("\t")
    if len(columns) < 8:
        raise text.fault(number, "8 columns", str(len(columns)))
    info = dict(part.partition("=")[::2] for part in columns[7].split(";"))
    genes = tuple(each.partition(":")[0] for each in info.get("GENEINFO", "").split("|"))
    if not asked.concerns(columns[2], genes, build, columns[1]):
        return None
    if "CLNSIG" not in info:
        aside["no germline classification"] += 1
        return None
    variant = _variant(text, number, columns[0], columns[1], columns[3], columns[4], aside)
    if variant is None:
        return None
    fields = {name: info.get(name, "") for name in ("CLNSIG", "CLNREVSTAT", "CLNDN", "CLNSIGCONF")}
    return _fact(columns[2], genes, {build: variant}, fields)


# -------------------------------------------------------------------------------------------------- variant_summary.txt


_NEEDED = ("VariationID", "Name", "GeneSymbol", "ClinicalSignificance", "ReviewStatus", "PhenotypeList",
           "LastEvaluated", "Assembly", "Chromosome", "PositionVCF", "ReferenceAlleleVCF",
           "AlternateAlleleVCF")  # fmt: skip


def _of_summary(
    text: Text, lines: Iterator[tuple[int, str]], head: Sequence[str], asked: Asked, aside: Counter[str]
) -> Iterator[AlleleFact]:
    missing = [name for name in _NEEDED if name not in head]
    if missing:
        raise text.fault(1, f"the column {missing[0]}", "none")
    at = {name: head.index(name) for name in _NEEDED}
    builds = {build.value: build for build in Build}
    for number, line in lines:
        row = line.split("\t")
        if len(row) != len(head):
            raise text.fault(number, f"{len(head)} cells, as in the head", str(len(row)))
        cells = {name: row[column] for name, column in at.items()}
        build = builds.get(cells["Assembly"])
        genes = cells["GeneSymbol"].split(";")
        if build is not None and asked.concerns(cells["VariationID"], genes, build, cells["PositionVCF"]):
            fact = _of_cells(text, number, cells, build, aside)
            if fact is not None:
                yield fact


def _of_cells(
    text: Text, number: int, cells: Mapping[str, str], build: Build, aside: Counter[str]
) -> AlleleFact | None:
    if cells["ClinicalSignificance"] in _UNSAID:
        aside["no germline classification"] += 1
        return None
    place = (cells["Chromosome"], cells["PositionVCF"], cells["ReferenceAlleleVCF"], cells["AlternateAlleleVCF"])
    variant = _variant(text, number, *place, aside)
    if variant is None:
        return None
    fields = {
        "CLNSIG": cells["ClinicalSignificance"],
        "CLNREVSTAT": cells["ReviewStatus"],
        "CLNDN": cells["PhenotypeList"].replace(";", "|"),
    }
    day = cells["LastEvaluated"]
    fact = _fact(cells["VariationID"], tuple(cells["GeneSymbol"].split(";")), {build: variant}, fields)
    named = _NAME.fullmatch(cells["Name"])
    return evolve(
        fact,
        classified=None if day in _UNSAID else _day(text, number, day, "%b %d, %Y"),
        hgvs_c=f"{named[1]}:{named[2]}" if named else None,
        hgvs_p=named[3] if named else None,
    )


# ---------------------------------------------------------------------------------------------------------- of both


def _day(text: Text, number: int, value: str, form: str) -> str:
    for each in (form, "%Y-%m-%d", "%Y%m%d"):
        try:
            return datetime.strptime(value.strip(), each).date().isoformat()
        except ValueError:
            continue
    raise text.fault(number, "a date", shown(value))


def _variant(text: Text, number: int, contig: str, pos: str, ref: str, alt: str, aside: Counter[str]) -> Variant | None:
    """The change, or None of a record that is no small variant of known bases on a chromosome."""
    chrom = chrom_of(contig)
    if chrom not in CHROMS or not all(re.fullmatch("[ACGT]{1,1000}", bases) for bases in (ref, alt)) or ref == alt:
        aside["no small variant with its bases on a chromosome"] += 1
        return None
    if not re.fullmatch("[1-9][0-9]{0,8}", pos):
        raise text.fault(number, "a position of digits", shown(pos))
    return Variant(chrom, int(pos), ref, alt)


def _fact(record: str, genes: tuple[str, ...], places: Mapping[Build, Variant], fields: dict[str, str]) -> AlleleFact:
    found = clinvar(fields)
    strange = unfamiliar(fields)
    terms = found.terms if found else frozenset()
    conditions = found.conditions if found else ()
    return AlleleFact(
        record=record,
        genes=genes,
        places=places,
        standing=_standing(terms, found.is_pathogenic if found else Truth.FALSE, strange),
        said=fields["CLNSIG"].replace("_", " "),
        stars=found.stars if found else None,
        review=fields["CLNREVSTAT"].replace("_", " "),
        conditions=conditions,
    )


def _standing(terms: frozenset[str], is_pathogenic: Truth, strange: Sequence[str]) -> Standing:
    if any(each.startswith("CLNSIG '") for each in strange):
        return Standing.UNKNOWN
    if not terms:
        return Standing.NONE
    if is_pathogenic is Truth.TRUE:
        return Standing.PATHOGENIC
    if any("low_penetrance" in each for each in terms):
        return Standing.LOW_PENETRANCE
    if is_pathogenic is Truth.UNKNOWN:
        return Standing.CONFLICTING
    if "uncertain_significance" in terms:
        return Standing.UNCERTAIN
    return Standing.BENIGN if terms <= {"benign", "likely_benign"} else Standing.OTHER
