"""The shipped exons beside what VEP and SnpEff wrote into real files of the same transcripts.

Of the annotated files that nobody on this project wrote, some have records in genes with shipped exons that name the
transcript of the rule set: nine of EWSR1, SCO2, SPG11 and UBQLN4, on GRCh37. No difference has to be explained.
"""

from __future__ import annotations

import csv
import gzip
import re
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import pytest

import assigner
from assigner.genome.builds import Build
from assigner.rules.loci import Exons, Gene, span_on
from assigner.vcf.annotations.annotators import Annotator
from assigner.vcf.annotations.consequences import Consequence
from assigner.vcf.annotations.ontology import may_change_codon
from assigner.vcf.annotations.picks import without_version

REAL = Path(__file__).parents[2] / "shared" / "data" / "real"
pytestmark = pytest.mark.skipif(not (REAL / "MANIFEST.tsv").is_file(), reason="the real files are not here")

SHIPPED = [each for each in assigner.read_rules().content.genes if each.exons is not None]
BUILDS = {"GRCh37": Build.GRCH37, "GRCh38": Build.GRCH38}
SITE = {"splice_donor_variant", "splice_acceptor_variant"}
DECLARED = re.compile(r'##INFO=<ID=(CSQ|ANN|BCSQ|EFF),.*Description="(.*)"')


def annotated() -> Iterator[tuple[Build, list[str]]]:
    """The lines of each file that a program annotated, with the build that its manifest names."""
    with (REAL / "MANIFEST.tsv").open(encoding="utf-8", newline="") as file:
        for row in csv.DictReader(file, delimiter="\t", quoting=csv.QUOTE_NONE):
            build = BUILDS.get(row["build"].partition(" ")[0])
            if build is None or not {"CSQ", "ANN", "BCSQ"} & set(row["annotation"].split(",")):
                continue
            content = (REAL / row["file"]).read_bytes()
            content = gzip.decompress(content) if content.startswith(b"\x1f\x8b") else content
            yield build, content.decode("latin-1").split("\n")


def said_of(build: Build, lines: list[str]) -> Iterator[tuple[Gene, int, Consequence]]:
    """What a file says of each allele of one base in a gene with shipped exons, on the transcript of the rule set."""
    found = {match[1]: match[2] for line in lines if (match := DECLARED.match(line)) is not None}
    annotator = Annotator.from_descriptions(found, "real")
    for columns in (line.split("\t") for line in lines if line and not line.startswith("#")):
        if len(columns) < 8 or not columns[1].isdigit():
            continue
        chrom, pos, _, ref, alts = columns[0].removeprefix("chr"), int(columns[1]), *columns[2:5]
        for gene in SHIPPED:
            start, end = span_on(gene, build)
            if chrom != gene.chrom or not start <= pos <= end or {len(ref), *map(len, alts.split(","))} != {1}:
                continue
            info = dict(each.partition("=")[::2] for each in columns[7].split(";"))
            for each in {one for of_alt in annotator.consequences(info, ref, alts.split(",")) for one in of_alt}:
                if without_version(each.transcript) in {without_version(name) for name in gene.transcripts}:
                    yield gene, pos, each


def differences(exons: Exons, build: Build, pos: int, said: Consequence) -> list[str]:
    """In what the exons and a program differ on a change of one base."""
    spans, coding, forward = exons.on(build), exons.coding_on(build), exons.strand == "plus"
    assert coding is not None
    count = len(spans)
    inside = next((at for at, (start, end) in enumerate(spans) if start <= pos <= end), None)
    between = next((at for at in range(count - 1) if spans[at][1] < pos < spans[at + 1][0]), None)
    exon = None if inside is None else f"{inside + 1 if forward else count - inside}/{count}"
    intron = None if between is None else f"{between + 1 if forward else count - 1 - between}/{count - 1}"
    beside = min(abs(pos - edge) for span in spans for edge in span)
    ours = {
        "exon": exon,
        "intron": intron,
        "coding": inside is not None and coding[0] <= pos <= coding[1],
        "site": between is not None and beside <= 2,
        "region": (between is not None and 3 <= beside <= 8) or (inside is not None and beside < 3),
    }
    theirs = {
        "exon": said.exon,
        "intron": said.intron,
        "coding": may_change_codon(said.terms),
        "site": not SITE.isdisjoint(said.terms),
        "region": "splice_region_variant" in said.terms,
    }
    return [f"{what}: {ours[what]}, and {theirs[what]} in the file" for what in ours if ours[what] != theirs[what]]


@pytest.mark.holds("RULE-11")
def test_shipped_exons_say_what_programs_wrote_into_real_files() -> None:
    compared, met, seen = Counter[str](), set(), 0
    for build, lines in annotated():
        seen += 1
        for gene, pos, said in said_of(build, lines):
            if set(said.terms) == {"sequence_feature"}:
                continue  # SnpEff's parts of a protein: their numbers count no introns of the transcript
            assert gene.exons is not None
            assert differences(gene.exons, build, pos, said) == [], (gene.symbol, pos, said.source)
            compared[said.source] += 1
            met.add((gene.symbol, build, pos))
            inside = gene.exons.on(build)[0][0] <= pos <= gene.exons.on(build)[-1][1]
            moved = gene.exons.model_copy(
                update={"grch37": gene.exons.grch37[1:], "grch38": gene.exons.grch38[1:]}
            )  # a table that lacks an exon is noticed
            assert (differences(moved, build, pos, said) != []) == inside
    told = f"{len(met)} records of {seen} annotated files, {dict(compared)} consequences compared"
    assert (seen, len(met), compared) == (29, 9, {"VEP": 9, "SnpEff": 8}), told
