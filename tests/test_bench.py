"""The scripts of `bench/` run: figures that cannot be measured again are no figures."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from bisect import bisect_right
from collections import defaultdict
from itertools import pairwise
from pathlib import Path

import pytest

from assigner.genome.builds import Build, contig_of
from assigner.rules import read_rules
from assigner.rules.panels import panel_of
from effort import at_a_release

BENCH = Path(__file__).parents[1] / "bench"

pytestmark = pytest.mark.skipif(not BENCH.is_dir(), reason="no bench beside the tests")


def run(*arguments: str) -> str:
    command, env = [sys.executable, *arguments], os.environ | {"PYTHONPATH": str(BENCH)}
    ended = subprocess.run(command, capture_output=True, text=True, check=False, env=env)
    assert ended.returncode == 0, ended.stderr
    return ended.stdout


@pytest.mark.parametrize("annotated", [False, True])
def test_peers_are_given_the_places_that_are_kept(annotated: bool, tmp_path: Path) -> None:
    bed = tmp_path / "panel.bed"
    run("-c", f"import pathlib, peers; peers.write_bed(pathlib.Path({str(bed)!r}), {annotated})")
    spans = defaultdict(list)
    for line in bed.read_text().splitlines():
        contig, start, end = line.split("\t")
        spans[contig].append((int(start) + 1, int(end)))
    panel = panel_of(read_rules(), Build.GRCH38)
    assert panel.alleles
    for variant in panel.alleles:
        own = spans[contig_of(variant.chrom, Build.GRCH38)]
        start, end = own[bisect_right(own, (variant.pos, sys.maxsize)) - 1]
        assert start <= variant.pos <= end
    for own in spans.values():
        assert all(end < start for (_, end), (start, _) in pairwise(own))


@at_a_release
def test_the_page_of_ratios_is_made() -> None:
    page = run(str(BENCH / "ratios.py"), "--records", "4000", "--rounds", "1")
    assert page.count("**") >= 20
    assert "20,000 genes" in page


@at_a_release
@pytest.mark.skipif(None in map(shutil.which, ("bgzip", "bcftools", "awk")), reason="bgzip, bcftools or awk is missing")
def test_packs_of_made_up_sources_are_made(tmp_path: Path) -> None:
    page = run(str(BENCH / "packs.py"), "--scale", "0", "--folder", str(tmp_path))
    assert "| and REVEL |" in page and "| awk of REVEL |" in page
