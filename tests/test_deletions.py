"""A missense beside an allele that is missing (`*`): what that haplotype has is known where its deletion is."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from assigner.vcf.meaning.haplotypes import BESIDE
from assigner.vcf.reading import read_profile
from effort import times
from test_rearranged import HERE, KNOWN, META, NO_TABLE, PLUS, large, said
from vcfs import vcf, written

DOUBTED = "1 5240 ACGTACGTACGTA A LowQual . GT 0/1"


def missing(genotype: str, pos: int = 5250, ref: str = "A") -> str:
    """A `*` beside a change of an intron or none, of which the annotation says nothing that is asked."""
    return f"1 {pos} {ref} T,* PASS CSQ={said('intron_variant').replace('x|', 'T|', 1)} GT {genotype}"


def deletion(genotype: str, first: int = 5241, last: int = 5252, terms: str = "intron_variant") -> str:
    """One in bases that is no shift of the frame by its annotation."""
    ref = "A" * (last - first + 2)
    return f"1 {first - 1} {ref} A PASS CSQ={said(terms).replace('x|', '-|', 1)} GT {genotype}"


def terms_at(folder: Path, *files: list[str], rules=NO_TABLE, **more) -> tuple[str, ...] | None:
    """What is known of the missense beside rows of some files, the first of which has it too."""
    paths = []
    for at, rows in enumerate(([*files[0], HERE], *files[1:])):
        (folder / str(at)).mkdir(exist_ok=True)
        paths.append(written(folder / str(at), vcf("\n".join(rows), meta=(*META, f"##caller={at}"))))
    (found,) = (each for each in read_profile(paths, rules, **more).variants if each.variant.pos == 5450)
    assert found.terms is not None or found.label.endswith(tuple(BESIDE))
    return found.terms


@pytest.mark.holds("READ-14")
@pytest.mark.parametrize(
    ("rows", "terms"),
    [
        (["1 5250 A * PASS . GT 0/1"], None),
        (["1 5250 A * PASS . GT 0/0"], KNOWN),
        (["1 5250 A * PASS . GT 1|0"], KNOWN),  # on the other haplotype
        (["1 5250 A * PASS . GT 0|1"], None),
        (["1 5250 A * LowQual . GT 0/1"], None),
        ([missing("1/2")], None),
        ([missing("0/2")], None),
        ([missing("0/1")], KNOWN),  # it is there for another sample
        ([missing("0/2").replace("intron", "frameshift")], None),
        ([missing("0/2").replace("T|intron_variant", "*|intron_variant")], None),  # which bases are lost nobody told
        ([missing("1/2"), deletion("0/1")], KNOWN),
        ([missing("1/2"), deletion("0/0")], None),
        ([missing("1/2"), deletion("0/1", last=5249)], None),  # it ends before
        ([missing("1/2"), deletion("0/1", first=5251)], None),
        ([missing("1/2"), deletion("0/1", first=5250)], KNOWN),
        ([missing("1/2"), DOUBTED], None),
        ([missing("2/2"), deletion("0/1")], None),  # the other copy is not told
        ([missing("2/2"), deletion("1/1")], KNOWN),
        ([missing("2/2"), deletion("0/1"), deletion("0/1", last=5260)], KNOWN),  # one each
        ([missing("2/2"), deletion("0/1"), deletion("0/1")], None),  # twice the same
        ([missing("1|2"), deletion("0|1")], KNOWN),
        ([missing("1|2"), deletion("1|0")], None),  # on the other haplotype
        ([missing("1|2"), deletion("0|1", terms="inframe_deletion")], KNOWN),
        ([missing("1|2"), large(5240, 5252, "0|1", csq=said("intron_variant"))], KNOWN),
        ([missing("1|2"), large(5240, 5252, "0|1", csq=said("intron_variant"), info=";IMPRECISE")], None),
    ],
)
def test_what_is_known_beside_a_missing_allele(tmp_path, rows, terms):
    assert terms_at(tmp_path, rows) == terms


@pytest.mark.holds("READ-14")
@pytest.mark.parametrize(
    ("pos", "terms"),
    [
        (5150, None),  # a deletion of fewer than 50 bases may reach an exon, or bases near it
        (5250, None),
        (5555, None),
        (5556, KNOWN),
        (5643, KNOWN),
        (5644, None),
    ],
)
def test_a_missing_allele_counts_where_its_deletion_may_reach_an_exon(tmp_path, pos, terms):
    assert terms_at(tmp_path, [f"1 {pos} A * PASS . GT 0/1"], rules=PLUS) == terms


@pytest.mark.holds("READ-14")
def test_a_deletion_in_another_file_explains_it(tmp_path):
    for of_first, of_other in (([missing("1/2")], [deletion("0/1")]), ([deletion("0/1")], [missing("1/2")])):
        assert terms_at(tmp_path, of_first, of_other) == KNOWN
    assert terms_at(tmp_path, [deletion("0/1", last=5249)], [missing("1/2")]) is None
    assert terms_at(tmp_path, [deletion("0/1"), missing("2/2")], [deletion("0/1")]) is None
    assert terms_at(tmp_path, [missing("1/2")], [large(5240, 5252, "0/1", csq=said("intron_variant"))]) == KNOWN


@pytest.mark.holds("READ-14")
def test_an_allele_is_known_whose_other_copy_is_missing(tmp_path):
    row = f"1 5450 A T,* PASS CSQ={said('missense_variant').replace('x|', 'T|', 1)} GT 1/2"
    gone, known = read_profile(written(tmp_path, vcf(row, meta=META)), NO_TABLE).variants
    assert (known.terms, gone.variant.alt, gone.terms) == (KNOWN, "N", None)


@st.composite
def haplotypes(draw):
    """Two haplotypes, each whole, or with a deletion and a place in it or beside it."""
    pos = draw(st.integers(5210, 5290))
    gone = []
    for _ in (0, 1):
        first = draw(st.none() | st.integers(5202, 5290))
        gone.append(None if first is None else (first, first + draw(st.integers(0, 40))))
    return pos, gone


@pytest.mark.holds("READ-14")
@given(haplotypes(), st.booleans())
@times(6)
def test_a_file_that_has_its_deletions_says_no_more_by_its_missing_alleles(tmp_path_factory, drawn, phased):
    """As a caller writes a person: every `*` there is has its deletion, and none is told where there is no `*`."""
    pos, gone = drawn
    bar = "|" if phased else "/"
    deletions = [deletion(bar.join("1" if each == span else "0" for each in gone), *span) for span in {*gone} - {None}]
    star = [each is not None and each[0] <= pos <= each[1] for each in gone]
    row = f"1 {pos} A * PASS . GT {bar.join(str(int(each)) for each in star)}"
    folder = tmp_path_factory.mktemp("x")
    assert terms_at(folder, [*deletions, row]) == KNOWN
    on_its_own = terms_at(folder, [row])
    assert on_its_own == (None if star[1] or (star[0] and not phased) else KNOWN)
