"""Chromosomes: names, lengths and regions agree with each other and with the published ones."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

import assigner
from assigner.exports.fhir import ASSEMBLIES as LOINC_ASSEMBLIES
from assigner.exports.vrs import REFGET
from assigner.genome import builds
from assigner.genome.builds import (
    ASSEMBLIES,
    CHROMS,
    HG19_MT_LENGTH,
    LENGTHS,
    Build,
    build_of_accession,
    chrom_of,
    is_haploid_in_males,
    is_understood,
    names_of,
)

SOURCE = Path(assigner.__file__).parent

PAR = {  # first and last base, from the Genome Reference Consortium's pages
    (Build.GRCH37, "X"): [(60001, 2699520), (154931044, 155260560)],
    (Build.GRCH37, "Y"): [(10001, 2649520), (59034050, 59363566)],
    (Build.GRCH38, "X"): [(10001, 2781479), (155701383, 156030895)],
    (Build.GRCH38, "Y"): [(10001, 2781479), (56887903, 57217415)],
}


@pytest.mark.holds("BILD-04")
@pytest.mark.parametrize("chrom", CHROMS)
def test_every_name_of_a_chromosome_means_it_and_no_other(chrom):
    names = names_of(chrom)
    assert {chrom, f"chr{chrom}"} <= set(names)
    assert {chrom_of(name) for name in names} == {chrom}


@pytest.mark.holds("BILD-04")
@given(
    st.one_of(st.text(max_size=12), st.sampled_from(["CHR1", "chr01", "01", "chrUn", "23", "chrMT_x", " 1", "1 ", "x"]))
)
def test_any_other_name_means_no_chromosome(name):
    known = {n for chrom in CHROMS for n in names_of(chrom)}
    assert (chrom_of(name) is None) == (name not in known)


@pytest.mark.holds("BILD-04")
@given(chrom=st.sampled_from(CHROMS), prefix=st.sampled_from(["", "chr", "hs"]), data=st.data())
def test_a_prefix_and_a_chromosome_mean_it_in_any_case(chrom, prefix, data):
    numbers = {"X": ["X", "23", "XY", "PAR1", "PAR2"], "Y": ["Y", "24"], "MT": ["M", "MT", "25", "26"]}
    name = prefix + data.draw(st.sampled_from(numbers.get(chrom, [chrom])))
    upper = data.draw(st.lists(st.booleans(), min_size=len(name), max_size=len(name)))
    assert chrom_of("".join(c.upper() if up else c.lower() for c, up in zip(name, upper, strict=True))) == chrom


@pytest.mark.parametrize(
    "name",
    [
        "chrUn_KI270302v1", "chr6_GL000250v2_alt", "GL000192.1", "chr17_ctg5_hap1", "chr6_apd_hap1", "chrUn_gl000211",
        "chr1_gl000191_random", "chr1_KI270706v1_random", "HLA-DRB1*15:01:01:01", "hs37d5", "chrEBV", "NC_007605",
        "chrUn_JTFH01000001v1_decoy", "CHR_HSCHR1_1_CTG3", "HG104_HG975_PATCH", "NT_113889.1", "NW_009646194.1",
    ],
)  # fmt: skip
def test_what_lies_beside_the_chromosomes_is_known_to_be_none(name):
    assert (chrom_of(name), is_understood(name)) == (None, True)


@pytest.mark.parametrize("name", ["chr27", "0", "twenty-one", "NC_000021.7", "CM000683.3", "chr21b", "21_1", "XYZ"])
def test_any_other_contig_is_not_understood(name):
    assert (chrom_of(name), is_understood(name)) == (None, False)


def test_genbank_accessions_tell_chromosome_and_build():
    assert [chrom_of(f"CM{number:06d}.2") for number in range(663, 687)] == list(CHROMS[:24])
    assert build_of_accession("CM000663.1") is Build.GRCH37
    assert build_of_accession("CM000686.2") is Build.GRCH38
    assert (chrom_of("J01415.2"), build_of_accession("J01415.2")) == ("MT", None)


@pytest.mark.parametrize("build", Build)
def test_accessions_tell_the_build_and_the_mitochondrion_tells_none(build):
    assert list(ASSEMBLIES[build].accessions.values()) == list(CHROMS[:24])
    for name in ASSEMBLIES[build].accessions:
        assert build_of_accession(name) is build
        assert re.fullmatch(r"NC_0000[0-9]{2}\.[0-9]{1,2}", name)
    assert build_of_accession("NC_012920.1") is None


def test_no_length_but_the_mitochondrions_is_the_same_in_both_builds():
    same = [c for c in CHROMS if LENGTHS[Build.GRCH37][c] == LENGTHS[Build.GRCH38][c]]
    assert same == ["MT"]
    assert LENGTHS[Build.GRCH38]["MT"] == 16569 != HG19_MT_LENGTH


@pytest.mark.parametrize(("build", "total"), [(Build.GRCH37, 3_095_677_412), (Build.GRCH38, 3_088_269_832)])
def test_the_lengths_add_up_to_the_published_totals(build, total):
    assert sum(n for chrom, n in LENGTHS[build].items() if chrom != "MT") == total


@pytest.mark.holds("BILD-07")
@pytest.mark.parametrize(("build", "chrom"), PAR)
def test_the_pseudo_autosomal_regions_begin_and_end_where_published(build, chrom):
    for first, last in PAR[build, chrom]:
        around = [is_haploid_in_males(build, chrom, pos) for pos in (first - 1, first, last, last + 1)]
        assert around == [True, False, False, True]


@pytest.mark.holds("BILD-07")
@given(st.sampled_from([c for c in CHROMS if c not in "XY"]), st.integers(1, 250_000_000))
def test_only_x_and_y_are_haploid_in_males(chrom, pos):
    assert not any(is_haploid_in_males(build, chrom, pos) for build in Build)


@pytest.mark.parametrize("table", [ASSEMBLIES, LENGTHS, LOINC_ASSEMBLIES, REFGET])
def test_every_table_by_build_has_every_build(table):
    assert list(table) == list(Build)


def test_a_build_without_its_data_cannot_be_imported():
    source = Path(builds.__file__).read_text()
    third = source.replace('GRCH38 = "GRCh38"\n', 'GRCH38 = "GRCh38"\n    T2T = "T2T-CHM13v2.0"\n')
    with pytest.raises(KeyError, match="T2T"):
        exec(compile(third, "builds", "exec"), {"__name__": "builds"})


def test_no_code_asks_whether_a_build_is_this_one_and_takes_it_for_the_other_if_not():
    asking = re.compile(r"\b(?:if|is|==|is not|!=) Build\.|Build\.\w+ (?:if|is|==|in)\b")
    found = [f"{path}: {line}" for path in SOURCE.rglob("*.py") for line in path.read_text().splitlines()
             if asking.search(line)]  # fmt: skip
    assert found == []
