"""Every row of docs/genotypes.md, read from a file."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from assigner.errors import InputError
from assigner.evidence.answers import find
from assigner.evidence.kinds.repeat import repeat_expanded
from assigner.genome.builds import Build
from assigner.profiles.calls import State
from assigner.profiles.genotypes import Genotype
from assigner.profiles.profile import Profile
from assigner.rules.panels import panel_of
from assigner.truth import any_of
from assigner.vcf.reading import read_profile
from fields import FIELDS
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
    criteria = {
        "MT": "mitochondrial",
        "G2": "listed",
        "G5 by ClinVar": "clinvar",
        "G6 by ClinVar for ALS": "for_als",
        "G3 deleted": "deleted",
    }
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
@pytest.mark.parametrize("part", range(10))
def test_the_rows_of_the_truth_table(tmp_path, part):
    rows = [row for _, row in all_rows()][part::10]
    read_as = [(row.says, read(tmp_path, row)) for row in rows]
    assert read_as == [(row.says, row.answer) for row in rows]


@pytest.mark.holds("GENO-01")
@pytest.mark.parametrize("field", FIELDS, ids=lambda field: f"{field.name}: {field.meaning}")
def test_a_field_that_speaks_of_a_genotype(tmp_path, field):
    content = vcf(field.table).replace(*field.header).replace(b"\tC\tT\t.\t", f"\tC\tT\t{field.qual}\t".encode())
    path = written(tmp_path, content)
    call = read_profile(path, RULES).call(panel_of(RULES, Build.GRCH38).variant_by_id["SNV"])
    why = f" ({call.why})" if call.why else ""
    assert f"{call.state}: carried {call.carries}, every copy {call.on_every_haplotype}{why}" == field.answer


@pytest.mark.holds("GENO-01")
def test_the_table_has_every_state_and_no_row_twice():
    rows = [(row.asked, row.records, row.other, str(row.declared), str(row.dress)) for _, row in all_rows()]
    assert [row for row, count in Counter(rows).items() if count > 1] == []
    told = {row.answer.partition(":")[0] for _, row in all_rows()} | {each.answer.partition(":")[0] for each in FIELDS}
    assert {state.value for state in State} <= told


numbers = st.one_of(st.none(), st.integers(0, 1), st.integers(0, 999_999_999))


@given(st.lists(st.tuples(st.sampled_from("/|"), numbers), min_size=1, max_size=5))
def test_a_gt_that_is_written_with_all_its_signs_is_read_back(parts):
    text = "".join(f"{sign}{'.' if number is None else number}" for sign, number in parts)
    marks = tuple(sign == "|" for sign, _ in parts)

    found = Genotype.parse(text)

    assert found is not None
    assert found.alleles == tuple(number for _, number in parts)
    assert found.phased == (all(marks) and len(parts) > 1)
    assert found.marks == (marks if len(parts) > 1 and len(set(marks)) == 2 else ())


@given(st.lists(numbers, min_size=2, max_size=5), st.text("/|", min_size=4, max_size=4))
def test_the_first_sign_may_be_left_out(alleles, signs):
    texts = ["." if number is None else str(number) for number in alleles]
    rest = "".join(sign + text for sign, text in zip(signs, texts[1:], strict=False))
    first = "/" if "/" in signs[: len(texts) - 1] else "|"
    assert Genotype.parse(texts[0] + rest) == Genotype.parse(first + texts[0] + rest)


@given(st.text("0123456789./|- ,\n", max_size=12))
def test_any_other_text_is_no_genotype(text):
    parts = text.replace("|", "/").removeprefix("/").split("/")
    sound = all(part == "." or (part.isdigit() and len(part) < 10) for part in parts)
    assert (Genotype.parse(text) is not None) == sound
