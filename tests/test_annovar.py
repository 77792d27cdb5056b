"""ANNOVAR's columns: each block is its own ALT's, and what it does not list stays unknown."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from attrs import evolve
from hypothesis import given
from hypothesis import strategies as st

from assigner.profiles.profile import Profile
from assigner.truth import Truth
from assigner.vcf.annotations.annotators import Annotator
from assigner.vcf.annotations.consequences import Consequence
from assigner.vcf.annotations.picks import Basis, GeneNames, of_gene, pick, without_version
from assigner.vcf.annotations.residues import residues
from assigner.vcf.reading import read_profile
from assigner.vcf.records.parsing import NEXT_BLOCK
from genotypes import ANNOVAR_META, RULES, annovar
from vcfs import vcf, written

COLUMNS = ("Func", "Gene", "GeneDetail", "ExonicFunc", "AAChange")
ANNOTATOR = Annotator.from_descriptions(dict.fromkeys((f"{each}.refGene" for each in COLUMNS), "x"), "P1.vcf")

ASKED = re.compile("stop_gained")

blocks = st.sampled_from(
    [
        ("exonic", "G", ".", "stopgain", "G:NM_1:exon2:c.C97T:p.Q33X"),
        ("exonic", "G", ".", "nonsynonymous_SNV", "G:NM_1:exon2:c.C97T:p.Q33W,G:NM_2:exon1:c.C7T:p.Q3W"),
        ("exonic", "G", ".", "synonymous_SNV", "G:NM_2:exon2:c.C97T:p.Q33Q"),
        ("exonic", "G", ".", "unknown", "UNKNOWN"),
        ("splicing", "G", r"NM_1:exon3:c.40+1G>A\x3bNM_2:exon2:c.7+1G>A", ".", "."),
        (
            r"exonic\x3bsplicing",
            r"G\x3bG",
            "NM_2:exon3:c.40-1G>A",
            "frameshift_deletion",
            "G:NM_1:exon3:c.41del:p.T14fs",
        ),
        ("intronic", "G", ".", ".", "."),
        (r"upstream\x3bdownstream", r"G\x3bH", r"dist\x3d12\x3bdist\x3d90", ".", "."),
    ]
)


def info_of(rows: list[tuple[str, ...]]) -> dict[str, str]:
    return {f"{name}.refGene": NEXT_BLOCK.join(values) for name, *values in zip(COLUMNS, *rows, strict=True)}


def own(rows: list[tuple[str, ...]], alts: int) -> tuple[tuple[Consequence, ...], ...]:
    return ANNOTATOR.consequences(info_of(rows), "C", ["T", "A", "G"][:alts])


@pytest.mark.holds("READ-14")
@given(st.lists(blocks, min_size=1, max_size=3), st.integers(1, 3))
def test_a_block_is_its_own_alts_as_if_it_stood_alone_and_others_are_of_none(rows, alts):
    read = own(rows, alts)
    if len(rows) != alts:
        assert {each.allele for of_alt in read for each in of_alt} == {None}
        gene = GeneNames(others=frozenset({"G"}))
        assert all(pick(of_gene(of_alt, gene)).consequence is None for of_alt in read)
        return
    for number, row in enumerate(rows, start=1):
        ((*alone,),) = own([row], 1)
        assert list(read[number - 1]) == [evolve(each, allele=number) for each in alone]


@pytest.mark.holds("READ-14")
@given(blocks)
def test_a_transcript_that_is_not_listed_is_open_unless_the_gravest_change_is_mild(row):
    ((*told,),) = own([row], 1)
    listed = [each for each in told if each.transcript]
    silent = any(not each.terms for each in told if each.gene_symbol == "G")
    assert silent is (row[0] not in ("intronic", r"upstream\x3bdownstream") and row[3] != "synonymous_SNV")
    for each in listed:
        assert pick(told, {without_version(each.transcript)}).basis is Basis.RULE_SET


@given(
    st.lists(st.tuples(*[st.text("G.:;,\\x3bc+-1e" + NEXT_BLOCK, max_size=9)] * 5), min_size=1, max_size=3),
    st.integers(1, 3),
)
def test_any_text_is_read_without_an_error(rows, alts):
    read = own(rows, alts)
    assert len(read) == alts
    for number, of_alt in enumerate(read, start=1):
        assert {each.allele for each in of_alt} <= {number, None}
    (genes,), info = ANNOTATOR.layouts, info_of(rows)
    text = genes.value(info)
    of_value = {term for terms in genes.terms(text) for term in terms}
    assert of_value == {term for of_alt in read for each in of_alt for term in each.terms}
    assert genes.names(text, "C", "T") is (text != "." and len(rows) == 1 and NEXT_BLOCK not in "".join(rows[0]))
    assert ANNOTATOR.may_tell(info, ASKED) <= bool(text != ".")


def test_the_changed_residues_are_those_of_the_protein_change():
    ((stop, *_),) = own([("exonic", "G", ".", "stopgain", "G:NM_1:exon2:c.C97T:p.Q33X")], 1)
    assert residues(pick([stop], {"NM_1"})) == (33, 33)


@pytest.mark.holds("READ-14")
@pytest.mark.parametrize(
    ("change", "listed", "terms"),
    [
        ("nonframeshift_insertion", "G:NM_1:exon2:c.96_97insTTA:p.Q33delinsLQ", ("inframe_insertion",)),
        ("nonframeshift_insertion", "G:NM_1:exon2:c.96_97insTAA:p.Q33delinsXQ", ()),  # it brings a stop
        ("nonframeshift_deletion", "G:NM_1:exon2:c.97_99del:p.Q33_L34delinsX", ()),
        ("frameshift_deletion", "G:NM_1:exon2:c.97del:p.Q33Xfs", ("frameshift_variant",)),
        ("startloss", "G:NM_1:wholegene", ()),  # all of it is gone
    ],
)
def test_what_the_list_says_beyond_the_word_for_a_change_leaves_it_open(change, listed, terms):
    ((first, *_),) = own([("exonic", "G", ".", change, listed)], 1)
    assert (first.transcript, first.terms) == ("NM_1", terms)


def profile(folder: Path, alts: str, gt: str, info: str, ref: str = "G") -> Profile:
    table = f"8 5100 {ref} {alts} PASS {info} GT {gt}"
    return read_profile(written(folder, vcf(table, meta=ANNOVAR_META)), RULES)


@pytest.mark.parametrize(
    ("coding", "terms"), [("c.C97T", ("stop_gained",)), ("c.G97A", ("stop_gained",)), ("c.C97A", None)]
)
def test_a_change_of_other_bases_is_not_of_this_allele(tmp_path, coding, terms):
    made = profile(tmp_path, "T", "0/1", annovar(listed=f"G8:ENST1:exon1:{coding}:p.Q33X"), ref="C")
    assert [seen.terms for seen in made.variants if seen.gene == "G8"] == [terms]


@pytest.mark.holds("READ-15")
@pytest.mark.parametrize(
    ("alts", "gt", "pathogenic", "frequency"),
    [("T,A", "0/1", Truth.FALSE, "0.2"), ("T,A", "0/2", Truth.TRUE, "0.00001"), ("A", "0/1", Truth.UNKNOWN, None)],
)
def test_clinvar_and_frequencies_are_those_of_the_alleles_own_block(tmp_path, alts, gt, pathogenic, frequency):
    status = r"CLNREVSTAT=criteria_provided\x2c_single_submitter"
    common = annovar(more=f"gnomAD_exome_ALL=0.2;CLNSIG=Benign;{status}")
    rare = annovar(more=f"gnomAD_exome_ALL=0.00001;CLNSIG=Pathogenic;{status}")
    (seen,) = (each for each in profile(tmp_path, alts, gt, f"{common};{rare}").variants if each.gene == "G8")
    assert seen.pathogenic is pathogenic
    assert (None if seen.frequency is None else f"{seen.frequency:f}") == frequency


BLOCK, EMPTY = annovar(more="REVEL=."), annovar(more="CLNSIG=.;CLNREVSTAT=.")
PATHOGENIC, BENIGN = "CLNSIG=Pathogenic;CLNREVSTAT=single", "CLNSIG=Benign;CLNREVSTAT=single"


@pytest.mark.holds("READ-15")
@pytest.mark.parametrize(
    ("alts", "gt", "info", "pathogenic", "frequency"),
    [
        ("T,A", "0/1", f"{PATHOGENIC};{BLOCK};{BLOCK}", Truth.UNKNOWN, None),
        ("T,A", "0/2", f"{PATHOGENIC};{BLOCK};{BLOCK}", Truth.UNKNOWN, None),
        ("T,A", "0/2", f"{BENIGN};{BLOCK};{BLOCK}", Truth.UNKNOWN, None),
        ("T,A", "0/2", f"gnomAD_exome_ALL=0.2,0.00001;{BLOCK};{BLOCK}", Truth.FALSE, "0.00001"),
        ("T,A", "0/2", f"gnomAD_exome_ALL=0.2;{BLOCK};{BLOCK}", Truth.FALSE, None),
        ("T,A", "0/1", f"{PATHOGENIC};{EMPTY};{EMPTY}", Truth.UNKNOWN, None),
        ("T,A", "0/1", f"{BENIGN};{EMPTY};{EMPTY}", Truth.FALSE, None),
        ("T,A", "0/1", f"{BLOCK};{annovar(more=PATHOGENIC)}", Truth.UNKNOWN, None),
        ("T", "0/1", f"{EMPTY};{PATHOGENIC}", Truth.UNKNOWN, None),
        ("T", "0/1", f"{PATHOGENIC};{EMPTY}", Truth.UNKNOWN, None),
        ("T", "0/1", f"{PATHOGENIC};{BLOCK}", Truth.TRUE, None),
        ("T", "0/1", f"{BENIGN};{PATHOGENIC};{BLOCK}", Truth.UNKNOWN, None),
        ("T", "0/1", f"CLNSIG=.;{PATHOGENIC};{BLOCK}", Truth.TRUE, None),
        ("T", "0/1", f"gnomAD_exome_ALL=0.2;gnomAD_exome_ALL=0.00001;{BLOCK}", Truth.FALSE, None),
    ],
)
def test_what_is_outside_of_blocks_is_no_allele_s_own(tmp_path, alts, gt, info, pathogenic, frequency):
    (seen,) = (each for each in profile(tmp_path, alts, gt, info).variants if each.gene == "G8")
    assert seen.pathogenic is pathogenic
    assert (None if seen.frequency is None else f"{seen.frequency:f}") == frequency


@pytest.mark.parametrize("info", ["Func.refGene=.", "Func.refGene=", "Func.refGene", f"{annovar('.')};CLNSIG=."])
def test_a_record_that_annovar_says_nothing_of_is_not_explained(tmp_path, info):
    (seen,) = (each for each in profile(tmp_path, "T", "0/1", info).variants if each.gene == "G8")
    assert seen.terms is None
