"""Records as `bcftools query` writes them, and as they are read here, over files that nobody on this project wrote.

Bases are compared in upper case, in which they are read here.
"""

from __future__ import annotations

import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from assigner.errors import InputError
from assigner.vcf.bytes.sources import open_source
from assigner.vcf.records.parsing import read_records
from assigner.vcf.records.record import Record
from assigner.vcf.scan.headers import Header
from assigner.vcf.scan.lines import scan
from effort import QUICK, some

REAL = Path(__file__).parents[2] / "shared" / "data" / "real"
pytestmark = [
    pytest.mark.skipif(not (REAL / "MANIFEST.tsv").is_file(), reason="the real files are not here"),
    pytest.mark.skipif(shutil.which("bcftools") is None, reason="bcftools is not here"),
]

Row = tuple[str, int, str, tuple[str, ...], tuple[str, ...], tuple[int | None, ...], bool]
FORM = "%CHROM\t%POS\t%REF\t%ALT\t%FILTER[\t%GT]\n"
EVERY = {"annot": 2, "edge": 18, "callers": 6, "gvcf": 2, "sv": 2} if QUICK else {"edge": 6}
"""Of the many files of a folder one in so many is compared; of the others all."""


def theirs(path: Path, sample: str) -> list[Row] | None:
    """The records of a sample by bcftools; None when it refuses the file or guesses at a part of it."""
    done = subprocess.run(["bcftools", "query", "-s", sample, "-f", FORM, str(path)], capture_output=True, check=False)
    if done.returncode or b"[E::" in done.stderr or b"[W::" in done.stderr:
        return None
    return [_row(line.split("\t")) for line in done.stdout.decode("utf-8", "surrogateescape").splitlines()]


def _row(columns: list[str]) -> Row:
    chrom, pos, ref, alt, filters, called = columns
    alleles = tuple(None if each == "." else int(each) for each in called.replace("|", "/").split("/"))
    listed = () if alt == "." else tuple(alt.split(","))
    codes = () if filters == "." else tuple(filters.split(";"))
    return (
        chrom,
        int(pos),
        ref.upper(),
        tuple(map(str.upper, listed)),
        codes,
        alleles if alleles != (None,) else (),
        "|" in called,
    )


def ours(path: Path, contigs: set[str]) -> list[Row]:
    """The records of the first sample by our reading."""
    found = scan(open_source(path), lambda _: {contig: [(1, 2**31 - 1)] for contig in contigs}, _first)
    records, _ = read_records(found.header, found.lines, 0, path.name)
    return list(map(_told, records))


def _first(_: Header) -> int:
    return 0


def _told(record: Record) -> Row:
    alleles = () if record.genotype is None else record.genotype.alleles
    phased = record.genotype is not None and record.genotype.phased
    return (
        record.contig, record.pos, record.ref, record.alts, record.filters,
        alleles if alleles != (None,) else (), phased,
    )  # fmt: skip


def files(folder: str) -> Iterator[Path]:
    for at, path in enumerate(sorted(each for each in (REAL / folder).iterdir() if each.is_file())):
        if at % EVERY.get(folder, 1) == 0:
            yield path


@pytest.mark.parametrize("folder", ["annot", "callers", "cohort", "dtc", "edge", "gvcf", "mito", "repeat", "sv"])
def test_bcftools_and_we_read_the_same_records(folder):
    compared = 0
    every = list(files(folder))
    for path in some(every, 3) if len(every) > 12 else every:
        names = subprocess.run(["bcftools", "query", "-l", str(path)], capture_output=True, text=True, check=False)
        sample = next(iter(names.stdout.splitlines()), None) if names.returncode == 0 else None
        rows = theirs(path, sample) if sample is not None else None
        if not rows:
            continue
        try:
            found = ours(path, {row[0] for row in rows})
        except InputError:
            continue
        assert found == rows, path
        compared += 1
    assert compared
