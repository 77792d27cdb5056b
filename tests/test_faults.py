"""The faulty files of ../shared/bench: what must be refused is refused, what must be read is read as it is meant."""

from __future__ import annotations

import csv
import os
import subprocess
import sys
from pathlib import Path

import pytest

import vcfs
from assigner.calls import Call, State
from assigner.contigs import Build
from assigner.errors import InputError
from assigner.panels import panel_of
from assigner.vcf.containers import Limits
from assigner.vcf.reading import read_profile

SCRIPT = Path(__file__).parents[2] / "shared" / "bench" / "make_faults.py"
pytestmark = pytest.mark.skipif(not SCRIPT.is_file(), reason="the faulty files' script is not here")

RULES = vcfs.rules_of(alleles=[vcfs.allele("SITE", "17", 7674220, "C", "T", pos37=7577538)])

LIMITS = Limits(line_bytes=16 << 20, text_bytes=2 << 30, contigs=100_000, samples=10_000, alts=100)
"""Those that the manifest presumes."""

LENIENT = {
    "record_twice_conflict.vcf": "NO_CALL",  # read, and the site is a conflict: unknown, with the reason in the trace
}
"""Files that we read where the manifest would refuse them, and what the site must then be."""

ELSEWHERE = {
    "link_outside.vcf": "a link to a sound file is followed; which folder is the input's, the caller knows",
}
"""Faults that are not the reader's to see, with the reason."""


@pytest.fixture(scope="module")
def faults(tmp_path_factory) -> Path:
    folder = tmp_path_factory.mktemp("faults")
    options = [] if os.environ.get("ASSIGNER_HEAVY_FAULTS") else ["--no-heavy"]
    subprocess.run([sys.executable, str(SCRIPT), str(folder), *options], check=True, stdout=subprocess.DEVNULL)
    return folder


def wanted(call: str) -> tuple[bool, ...] | None:
    """The copies of the allele that a manifest's call means; None when it must be unknown."""
    return {"0/1": (False, True), "1/2": (False, True), "0/0": (False, False), "NO_MATCH": (False, False)}.get(call)


def meant(call: Call, expected: str) -> bool:
    copies = wanted(expected)
    if copies is None:
        return call.state not in (State.CALLED, State.REFERENCE)
    if call.state is State.REFERENCE:
        return expected == "0/0"
    return call.state is State.CALLED and tuple(sorted(call.copies)) == copies


def verdict(folder: Path, row: dict[str, str]) -> str:
    """Empty when we do as the manifest says, else what we do."""
    try:
        profile = read_profile(folder / row["file"], RULES, sample="TRIAL-001", limits=LIMITS)
    except InputError as error:
        return "" if row["must"] == "refuse" else f"refused: {error}"
    call = profile.call(panel_of(RULES, Build(profile.build)).variant_by_id["SITE"])
    if row["must"] == "refuse" and row["file"] not in LENIENT:
        return f"read: {call}"
    return "" if meant(call, LENIENT.get(row["file"], row["call"])) else f"read as {call}"


def test_every_faulty_file_is_dealt_with_as_its_manifest_says(faults):
    with (faults / "manifest.tsv").open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file, delimiter="\t", quoting=csv.QUOTE_NONE))
    races = [row for row in rows if row["group"] == "race"]
    found = {row["file"]: verdict(faults, row) for row in rows if row not in races}

    assert len(found) >= 130
    assert {name: said for name, said in found.items() if said and name not in ELSEWHERE} == {}


WARNED = {
    "ok_crlf.vcf": "two characters",
    "plain_gzip.vcf.gz": "plain gzip",
    "named_gz_but_plain.vcf.gz": "named as compressed",
    "blank_line_inside.vcf": "blank line",
    "comment_inside.vcf": "comment",
    "non_utf8_info.vcf": "UTF-8",
    "gt_undeclared.vcf": "not declared",
    "unsorted.vcf": "not sorted|do not stand together",
    "header_only.vcf": "no records",
    "log_injection.vcf": "control character",
}


@pytest.mark.parametrize("name", WARNED)
def test_what_is_odd_but_sound_is_noted(faults, name):
    import re

    notes = [check.evidence for check in read_profile(faults / name, RULES, sample="TRIAL-001").checks]

    assert re.search(WARNED[name], " ".join(notes))
