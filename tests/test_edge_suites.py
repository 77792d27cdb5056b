"""The suites of edge cases of other projects, read whole: each valid file is read, each fault is refused or recorded.

Every record of every contig is chosen, as if the rule set asked about all of it. What comes out is compared with
`docs/edge-cases.tsv` and the table in `docs/edge-cases.md`; with `ASSIGNER_EDGE_DOCS=docs` they are written anew.
"""

from __future__ import annotations

import csv
import functools
import os
import re
from collections import Counter
from pathlib import Path

import pytest
from attrs import frozen

from assigner.errors import InputError
from assigner.vcf.bytes.sources import open_source
from assigner.vcf.records.parsing import read_records
from assigner.vcf.scan.bcf import scan_bcf
from assigner.vcf.scan.intervals import Choice
from assigner.vcf.scan.lines import scan
from assigner.vcf.scan.scans import Scan
from effort import some

ROOT = Path(__file__).parents[1]
REAL = ROOT.parent / "shared" / "data" / "real"
pytestmark = pytest.mark.skipif(not (REAL / "EDGE_CASES.tsv").is_file(), reason="the suites are not here")

MOST_READ = 5000
"""Of the records of larger files (three, none of them in a suite) the first ones are read in full."""

REFUSED = {
    "bzip2 is no container of VCF": ["edge/vcf-validator__passed_compressed.vcf.bz2"],
    "plain text without a last line end may lack its end": [
        "annot/vcf2fhir__vcf_example1.vcf", "annot/igv__SRP32_v4.0.vcf", "callers/ngs-bits__VariantQC_in2.vcf",
        "edge/rtg-tools__vcfsubset.vcf", "edge/vt__complex_mnv.vcf", "edge/nucleus__test_allele_depth.vcf",
        "edge/gcp-variant-transforms__vcf__valid-4.0.vcf", "edge/hail__generic.vcf", "edge/hail__haploid.vcf",
        "edge/PyVCF__example-4.1-ploidy.vcf", "edge/biodata__phasemissing.vcf",
        "edge/opencga__variant-test-sv_2.vcf", "edge/whatshap__polyploid.chr22.phased.vcf",
        "edge/whatshap__polyploid.chr22.unphased.vcf", "mito/haplogrep3__H100.vcf",
    ],
    "a CHROM that the header, which declares contigs, does not": [
        "annot/vcf2fhir__vcf_example3.vcf", "annot/vcf2fhir__vcf_structural_variants.vcf",
        "annot/igv.js__testvcf2.vcf", "edge/gcp-variant-transforms__invalid-4.2-AF-mismatch.vcf",
        "edge/gcp-variant-transforms__valid-4.2.vcf.gz", "edge/hail__skip_invalid_loci.vcf",
        "edge/opencga__variant-test-aggregated-file.vcf.gz",
    ],
    "a POS past the contig's declared end": [
        "annot/gemini__test.roh.vcf", "edge/rtg-tools__snpfiltertest5.vcf", "gvcf/bcftools__merge.gvcf.11.a.vcf",
    ],
    "a POS that is none, or past 2^31 - 1": [
        "edge/gcp-variant-transforms__invalid-4.0-POS-empty.vcf", "edge/htslib__longrefs__index.vcf",
    ],
    "a CHROM with a space in it": ["edge/scikit-allel__sample.utf8.vcf"],
    "GT that is not the first key of FORMAT": ["annot/pysam__12.vcf", "callers/VariantAnnotation__chr7-sub.vcf.gz"],
    "a key twice in FORMAT": ["edge/htslib__noroundtrip.vcf"],
    "GT with the number of an allele that is not there": [
        "edge/rtg-tools__vcfdecompose_splode1.vcf", "edge/htslib__test-vcf-hdr-in.vcf",
    ],
    "REF or ALT that is no allele of VCF (`.`, empty, `*T`, `G--`, a space)": [
        "callers/rtg-tools__updel5_in_calls.vcf", "dtc/snps__testvcf.vcf", "dtc/snps__testvcf_chr_prefix.vcf",
        "dtc/snps__testvcf_multi_sample.vcf", "dtc/snps__testvcf_phased.vcf",
        "edge/rtg-tools__vcfdecompose_in.vcf", "gvcf/GLnexus__bad_dna3.gvcf", "sv/ngs-bits__MantaVcfFix_in1.vcf.gz",
        "sv/ngs-bits__MantaVcfFix_in2.vcf",
    ],
    "more alleles than the limit": ["edge/htslib__vcf_file.vcf"],
}  # fmt: skip
"""Files that some tool takes for valid and that are refused all the same, and why."""

TOLD = {
    r"(INFO|FORMAT) (\w+) (Type|Number) is not .+": r"\1/\2 should be of \3=",
    r"INFO (\w+) .*(flag|number|illegal characters|comma).*": r"INFO/\1 with values",
    r"INFO field does not match .+": "INFO/MY with values",
    r"Sample field does not match .+": "FORMAT/(DS|AL) with values",
    r"cardinality in PL .+": "FORMAT/PL with values",
    r"Incorrect (INFO|FORMAT) (Number|Type) value": r"\1/DP (has no such|should be of Number)",
    r"(INFO|FORMAT|ALT) Description must be surrounded by double quotes": r"##\1 with a Description",
    r"Incorrect order of (INFO|FORMAT) fields": r"##\1 whose first field is not ID",
    r"Incorrect .*META .+": "##META that is not",
    r"Incorrect (order of ALT fields|ALT (Number|Type) value)": "##ALT with a Number or a Type",
    r"Incorrect ALT ID value|The ALT (prefix|ID) .+": "##ALT (with an ID|malformed)",
    r"Non-closed meta entry|Meta entry without quotation mark .+|Description contains non-escaped .+": "malformed",
    r"contig ID (missing|contains a comma)": "malformed declaration",
    r"Meta-data entry is not a key-value pair.*": "not ##key=value|##pedigreeDB without an address",
    r"Genomes field missing|SAMPLE ID contains .+|Non-description field containing quotes": "##SAMPLE ",
    r"Value with (whitespace|non-accepted punctuation character)": "##PEDIGREE with a name",
    r"Breakend without bases .+": "ALT with a breakend",
    r"ID .+": "ID that is not",
    r"QUAL .+": "QUAL that is not",
    r"REF has .+": "REF of other letters",
    r"FILTER .+": "FILTER with",
    r"INFO contains duplicate keys": "INFO with a key twice",
    r"INFO contains a whitespace": "INFO with a key that cannot be one",
    r"(duplicated|triplicated) variant.*": "a variant that an earlier record holds too",
    r"non-contiguous .+": "do not stand together",
    r"non-sorted vcf": "not sorted",
    r"no newline at end of file": "no line end",
    r"Only one SVCLAIM .+": "INFO/SVCLAIM with values",
    r"invalid SV - SVCLAIM not present .+": "without INFO/SVCLAIM",
    r"blank line in or after the records": "blank line",
    r"a FORMAT value of the wrong type": r"FORMAT/\w+ with values",
    r"an INFO key that cannot be a name .+": "INFO with a key that cannot be one",
}
"""By a file's fault, in its suite's words, which note names it."""

HARMLESS = {
    r"invalid (info field on CNV:TR|SV - CNV:TR) .+":
        "fields of a `<CNV:TR>` that contradict each other; such a record tells no bases, and no size is read from it",
    r"invalid info CICN value":
        "bounds of a copy number that contradict each other; no copy number is read from a VCF",
    r"invalid sample value, unphased allele must have PSL .+":
        "PSL at an unphased allele; PSL is not read, and what is unphased in GT stays so",
    r"Non-valid URL": "an address in the header that nobody can follow; none is followed",
    r"contig ID contains illegal character":
        "`*` inside a contig's name, which the specification allows since it has HLA contigs",
    r"FORMAT contains a non-alphanumeric character":
        "`_` in a FORMAT key, which VCF 4.3 allows and GATK writes in every version",
}  # fmt: skip
"""Faults that no note names, because they cannot matter to the genotype at a place, and why."""


@frozen(kw_only=True)
class Outcome:
    """What became of one file."""

    read: bool
    records: int = 0
    notes: tuple[str, ...] = ()
    cause: str = ""
    refusal: str = ""


@functools.cache
def table(name: str) -> dict[str, dict[str, str]]:
    with (REAL / name).open(encoding="utf-8", newline="") as file:
        return {row["file"]: row for row in csv.DictReader(file, delimiter="\t", quoting=csv.QUOTE_NONE)}


def walk(name: str, choice: Choice) -> Scan:
    source = open_source(REAL / name)
    return (scan_bcf if source.container == "bcf" else scan)(source, lambda header: choice)


@functools.cache
def outcome(name: str) -> Outcome:
    """A file read whole: container, header, every line, and every record of the first sample, or of none."""
    try:
        contigs = walk(name, {}).contigs
        found = walk(name, {contig: [(0, 2**31)] for contig in contigs})
        assert len(found.lines) == found.records == sum(contigs.values())
        column = 0 if found.header.samples else None
        records, notes = read_records(found.header, found.lines[:MOST_READ], column, name)
    except InputError as error:
        return Outcome(read=False, refusal=f"{type(error).__name__}: {expected_of(error)}")
    assert len(records) == min(found.records, MOST_READ)
    causes = [line.partition("=")[2] for line in found.header.meta if line.startswith("##CauseOfFailure=")]
    return Outcome(
        read=True, records=found.records, notes=(*found.notes, *notes), cause=causes[0].strip() if causes else ""
    )


def expected_of(error: InputError) -> str:
    return str(error).partition(": expected ")[2].partition("; got ")[0] or "other"


def verdict_of(name: str) -> str:
    return table("EDGE_CASES.tsv").get(name, {"verdict": "valid"})["verdict"]


def told_of(name: str) -> str:
    """The note that names the fault of an invalid file, without its line; or why there is none."""
    found = outcome(name)
    cause = found.cause or table("EDGE_CASES.tsv")[name]["kind"]
    for fault, note in TOLD.items():
        if match := re.fullmatch(fault, cause):
            wanted = match.expand(note) if "\\" in note and match.groups() else note
            texts = (re.sub(r"^line \d+: | \(\d+ times\)$", "", each) for each in found.notes)
            return next((text for text in texts if re.search(wanted, text)), "")
    return next((f"harmless: {why}" for fault, why in HARMLESS.items() if re.fullmatch(fault, cause)), "")


def row_of(name: str) -> list[str]:
    """One line of the table of files."""
    found, verdict = outcome(name), verdict_of(name)
    if not found.read:
        reasons = [why for why, files in REFUSED.items() if name in files]
        return [name, verdict, "refused", "", "; ".join([found.refusal, *reasons])]
    if verdict == "invalid":
        told = told_of(name)
        kind = "read, harmless" if told.startswith("harmless: ") else "read, fault noted"
        return [name, verdict, kind, str(found.records), told.removeprefix("harmless: ")]
    noted = set(found.notes) - {"plain text has no checksum of its own", "plain gzip, not BGZF"}
    return [name, verdict, "read, with notes" if noted else "read", str(found.records), ""]


OUTCOMES = ("read", "read, with notes", "read, fault noted", "read, harmless", "refused")


def suite_of(name: str) -> str:
    """Which suite a file is of: the project under `edge`, else the folder."""
    folder, _, file = name.partition("/")
    return file.partition("__")[0] if folder == "edge" else f"`{folder}/`"


def counted(groups: dict[str, list[list[str]]], head: str) -> list[str]:
    lines = [f"| {head} | files | {' | '.join(OUTCOMES)} |", "| --- |" + " ---: |" * (len(OUTCOMES) + 1)]
    for name, members in groups.items():
        counts = Counter(row[2] for row in members)
        lines.append(f"| {name} | {len(members)} | {' | '.join(str(counts[kind] or '') for kind in OUTCOMES)} |")
    return lines


def grouped(found: list[list[str]], key) -> dict[str, list[list[str]]]:
    groups: dict[str, list[list[str]]] = {}
    for row in found:
        groups.setdefault(key(row), []).append(row)
    return dict(sorted(groups.items()))


def summary(found: list[list[str]]) -> str:
    """The generated part of the document."""

    def kind(row: list[str]) -> str:
        known = table("EDGE_CASES.tsv").get(row[0])
        return f"{row[1]}: {known['kind']}" if known else "valid: a file in use"

    lines = counted({"valid": [r for r in found if r[1] == "valid"],
                     "invalid": [r for r in found if r[1] == "invalid"]}, "verdict")  # fmt: skip
    lines += ["", "By suite or folder:", "", *counted(grouped(found, lambda row: suite_of(row[0])), "suite")]
    lines += ["", "By kind:", "", *counted(grouped(found, kind), "kind")]
    lines += ["", "Taken for valid by some tool, and refused:", "", "| why | files |", "| --- | ---: |"]
    lines += [f"| {why} | {len(files)} |" for why, files in REFUSED.items()]
    harmless = Counter(row[4] for row in found if row[2] == "read, harmless")
    lines += ["", "Invalid, and read without a note:", "", "| why | files |", "| --- | ---: |"]
    lines += [f"| {why} | {harmless[why]} |" for why in HARMLESS.values()]
    return "\n".join(lines)


BEGIN, END = "<!-- generated by tests/test_edge_suites.py -->\n\n", "\n\n<!-- end -->\n"
HEAD = ["file", "verdict", "outcome", "records", "why"]
LISTED = ROOT / "docs" / "edge-cases.tsv"


def written() -> list[list[str]]:
    """The rows of the document's table."""
    head, *rows = [line.split("\t") for line in LISTED.read_text(encoding="utf-8").splitlines()]
    assert head == HEAD
    return rows


def files(verdict: str) -> list[str]:
    return [name for name in table("MANIFEST.tsv") if verdict_of(name) == verdict]


@pytest.mark.skipif("ASSIGNER_EDGE_DOCS" not in os.environ, reason="writes the document anew, and only when asked")
def test_write_the_document():
    folder, found = Path(os.environ["ASSIGNER_EDGE_DOCS"]), [row_of(name) for name in table("MANIFEST.tsv")]
    head, _, rest = (folder / "edge-cases.md").read_text(encoding="utf-8").partition(BEGIN)
    (folder / "edge-cases.md").write_text(head + BEGIN + summary(found) + END + rest.partition(END)[2], "utf-8")
    (folder / "edge-cases.tsv").write_text("".join("\t".join(row) + "\n" for row in [HEAD, *found]), "utf-8")


@pytest.mark.holds("READ-06")
def test_each_valid_file_is_read_as_the_document_says():
    told = {row[0]: row for row in written() if row[1] == "valid"}
    refusals = {name for files in REFUSED.values() for name in files}
    assert list(told) == files("valid") and refusals == {name for name in told if told[name][2] == "refused"}
    for name in {*some(files("valid"), 9), *refusals}:
        assert row_of(name) == told[name]


@pytest.mark.holds("READ-06")
def test_each_invalid_file_is_refused_or_its_fault_is_recorded_as_the_document_says():
    invalid = files("invalid")
    silent = {name: outcome(name) for name in invalid if outcome(name).read and not told_of(name)}
    assert len(invalid) > 450
    assert silent == {}
    assert [row_of(name) for name in invalid] == [row for row in written() if row[1] == "invalid"]

    causes = {outcome(name).cause or table("EDGE_CASES.tsv")[name]["kind"] for name in invalid if outcome(name).read}
    assert [f for f in (*TOLD, *HARMLESS) if not any(re.fullmatch(f, cause) for cause in causes)] == []


def test_the_document_sums_up_its_table():
    found = written()
    assert [row[0] for row in found] == list(table("MANIFEST.tsv"))
    assert sum(row[2] == "read, harmless" for row in found) <= 12
    assert BEGIN + summary(found) + END in (ROOT / "docs" / "edge-cases.md").read_text(encoding="utf-8")
