"""Every row of docs/genotypes.md, read from a file."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

import pytest

from assigner.errors import InputError
from assigner.evidence.answers import find
from assigner.evidence.asking import repeat_expanded
from assigner.genome.builds import Build
from assigner.profiles.calls import State
from assigner.profiles.profile import Profile
from assigner.rules.panels import panel_of
from assigner.truth import any_of
from assigner.vcf.reading import read_profile
from genotypes import RULES, Row, all_rows
from vcfs import vcf, written


def profile_of(folder: Path, row: Row) -> Profile:
    declared = dict(row.declared)
    if "callable" in declared:
        bed = folder / "callable.bed"
        bed.write_text(declared["callable"])
        declared["callable"] = bed
    paths = [written(folder, vcf(row.records, **row.dress))]
    if row.other is not None:
        paths.append(written(folder, vcf(row.other, **row.dress), "other.vcf"))
    return read_profile(paths, RULES, **declared)


def read(folder: Path, row: Row) -> str:
    """What is read of a row's question, in the words of the table."""
    try:
        profile = profile_of(folder, row)
    except InputError as error:
        return f"refused: {type(error).__name__}"
    panel = panel_of(RULES, Build(profile.build))
    if row.asked in panel.repeats:
        return _repeat(profile, row.asked)
    if row.asked in panel.variant_by_id and row.asked != "MT":
        call = profile.call(panel.variant_by_id[row.asked])
        why = f" ({call.why})" if call.why else ""
        return f"{call.state}: carried {call.carries}, every copy {call.on_every_haplotype}{why}"
    criteria = {"MT": "mitochondrial", "G2": "listed", "G5 by ClinVar": "clinvar", "G3 deleted": "deleted"}
    criterion = criteria.get(row.asked, "lost")
    gene = {"MT": "MT-TL1"}.get(row.asked, row.asked.split()[0])
    return str(any_of(f.truth for f in find(profile, RULES).all if (f.criterion, f.gene) == (criterion, gene)))


def _repeat(profile: Profile, name: str) -> str:
    panel, sizes = panel_of(RULES, profile.build), profile.repeats.get(name)
    truth = repeat_expanded(panel.repeats[name], sizes, profile.sex or profile.inferred_sex)
    if sizes is None:
        return str(truth)
    return f"{sizes} {truth}" + (f" ({sizes.problem})" if sizes.problem else "")


@pytest.mark.holds("GENO-01")
@pytest.mark.parametrize("row", [row for _, row in all_rows()], ids=lambda row: row.says)
def test_a_row_of_the_truth_table(tmp_path, row):
    assert read(tmp_path, row) == row.answer


@pytest.mark.holds("GENO-01")
def test_the_table_has_every_state_and_no_row_twice():
    rows = [(row.asked, row.records, row.other, str(row.declared), str(row.dress)) for _, row in all_rows()]
    assert [row for row, count in Counter(rows).items() if count > 1] == []
    told = {row.answer.partition(":")[0] for _, row in all_rows()}
    assert {state.value for state in State} <= told
