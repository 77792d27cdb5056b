"""Carried changes of one codon: what an annotation says of each alone is not known of both."""

from __future__ import annotations

import itertools
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from assigner.genome.hgvs import CODONS
from assigner.profiles.profile import Observed
from assigner.rules import Rules
from assigner.vcf.meaning import annotated
from assigner.vcf.meaning.haplotypes import BEHIND_SHIFT, BEHIND_STOP, IN_ONE_CODON, SHIFTED_BACK
from assigner.vcf.reading import read_profile
from effort import times
from test_observations import BASE, CLINVAR, RULES
from vcfs import WORD, allele, gene, rules_of, vcf, written

FIELDS = ["Allele", "Consequence", "SYMBOL", "HGNC_ID", "Feature", "MANE_SELECT", "Protein_position"]
CSQ = f'##INFO=<ID=CSQ,Number=.,Type=String,Description="Format: {"|".join(FIELDS)}">'
BCSQ = '##INFO=<ID=BCSQ,Number=.,Type=String,Description="Format: Consequence|gene|transcript|biotype|strand|amino_acid_change|dna_change">'  # fmt: skip  # noqa: E501
PHASED = '##FORMAT=<ID=PS,Number=1,Type=Integer,Description="x">'
STOP, SILENT, SHIFTED = "stop_gained", "synonymous_variant", ("frameshift_variant", "stop_gained")


def snv(pos: int, alt: str, genotype: str, terms: str = STOP, residue: str = "") -> str:
    csq = "|".join([alt, terms, "G", "HGNC:1", "ENST1.1", "NM_1.1", residue])
    return f"1 {pos} A {alt} PASS CSQ={csq} GT {genotype}"


def indel(pos: int, alt: str, genotype: str, terms: str = "&".join(SHIFTED)) -> str:
    csq = "|".join([alt[1:] or "-", terms, "G", "HGNC:1", "ENST1.1", "NM_1.1", ""])
    return f"1 {pos} {'A' if len(alt) > 1 else 'AC'} {alt} PASS CSQ={csq} GT {genotype}"


def seen(
    folder: Path, *rows: str, meta: tuple[str, ...] = (CSQ, *CLINVAR), rules: Rules = RULES
) -> dict[int, Observed]:
    read = read_profile(written(folder, vcf("\n".join(rows), meta=meta)), rules)
    return {each.variant.pos: each for each in read.variants}


UNKNOWN, KNOWN, NOTHING = {5200: None}, {5200: (STOP,)}, {}


@pytest.mark.holds("READ-14")
@pytest.mark.parametrize(
    ("rows", "expected"),
    [
        ([snv(5200, "T", "0/1")], KNOWN),
        ([snv(5200, "T", "0/1"), snv(5201, "C", "0/1", SILENT)], UNKNOWN),
        ([snv(5200, "T", "0/1"), snv(5202, "C", "0/1", SILENT)], UNKNOWN),
        ([snv(5200, "T", "0/1"), snv(5203, "C", "0/1", SILENT)], KNOWN),  # too far for one codon
        ([snv(5200, "T", "0|1"), snv(5201, "C", "0|1", SILENT)], UNKNOWN),  # on one haplotype
        ([snv(5200, "T", "0|1"), snv(5201, "C", "1|0", SILENT)], KNOWN),  # on two
        ([snv(5200, "T", "1/1"), snv(5201, "C", "0/1", SILENT)], UNKNOWN),
        ([snv(5200, "T", "0/1"), snv(5201, "C", "0/0", SILENT)], KNOWN),
        ([snv(5200, "T", "0/1"), snv(5201, "C", "0/1", "intron_variant")], KNOWN),  # it lies in no codon
        ([snv(5200, "T", "0/1"), snv(5201, "C", "0/1", "exonic")], UNKNOWN),  # nobody knows where it lies
        ([snv(5200, "T", "0/1"), "1 5201 A C PASS . GT 0/1"], UNKNOWN),  # nothing is said of it
        ([snv(5200, "T", "0/1", residue="33/90"), snv(5201, "C", "0/1", SILENT, "34/90")], KNOWN),
        ([snv(5200, "T", "0/1", residue="33/90"), snv(5201, "C", "0/1", SILENT, "33/90")], UNKNOWN),
        ([snv(5200, "T", "0/1", residue="33/90"), snv(5201, "C", "0/1", SILENT)], UNKNOWN),
        ([snv(5200, "T", "0/1"), snv(5200, "C", "0/1", SILENT)], KNOWN),  # one haplotype has one base there
        ([snv(5200, "T", "0/1", SILENT), snv(5201, "C", "0/1", SILENT)], UNKNOWN),  # two that are silent alone
        ([snv(5200, "T", "0|1", SILENT), snv(5201, "C", "1|0", SILENT)], NOTHING),
        ([indel(5200, "AG", "0/1"), snv(5202, "C", "0/1", SILENT)], {5200: None}),
        ([indel(5150, "AG", "0/1"), snv(5200, "T", "0/1")], {5150: SHIFTED, 5200: None}),  # perhaps in its frame
        ([indel(5150, "AG", "0|1"), snv(5200, "T", "1|0")], {5150: SHIFTED, 5200: (STOP,)}),
        ([indel(5150, "AG", "1/1"), snv(5200, "T", "0/1"), indel(5300, "A", "1/1")], {5150: None, 5200: None}),
        ([indel(5200, "AG", "0/1"), indel(5300, "A", "0/1")], {5200: None, 5300: None}),  # +1 and -1
        ([indel(5200, "AG", "0|1"), indel(5300, "A", "1|0")], {5200: SHIFTED, 5300: SHIFTED}),
        ([indel(5200, "AG", "0/1"), indel(5300, "AG", "0/1")], {5200: SHIFTED, 5300: SHIFTED}),  # +2 is a shift too
        ([indel(5200, "AG", "0/1"), indel(5300, "AG", "0/1"), indel(5400, "AG", "0/1")], {5200: None, 5300: None}),
        ([indel(5200, "AG", "0/1"), indel(5300, "A", "0/1", "intron_variant")], {5200: SHIFTED}),
        ([indel(5200, "AG", "0/1"), "1 5300 AC A PASS . GT 0/1"], {5200: None}),  # nothing is said of its shift
        ([indel(5200, "AG", "0/1"), indel(5300, "A", "0/1").replace("ENST1.1", "ENST2.1")], {5200: None}),
        ([indel(5200, "AG", "0/1"), indel(5300, "A", "0/1", "splice_donor_variant&coding_sequence")], {5200: None}),
        ([indel(5200, "AG", "1|1"), indel(5300, "A", "1|1", "frameshift_variant")], {5200: None}),  # not asked itself
        ([snv(5200, "T", "0/1"), "1 5201 A C PASS CSQ=C|upstream_gene_variant|H|HGNC:2|ENST9.1|| GT 0/1"], UNKNOWN),
        ([snv(5200, "T", "0|1"), snv(5201, "C", "1|0", SILENT).replace("PASS", "q10")], UNKNOWN),  # no sure phase
        ([snv(5200, "T", "0/1"), "1 5201 A <NON_REF> PASS . GT 0/1"], UNKNOWN),
        ([snv(5200, "T", "0/1"), "1 5201 A G,. PASS . GT 0/2"], UNKNOWN),
        ([snv(5200, "T", "0/1"), "1 5201 N C PASS . GT 0/1"], UNKNOWN),
        ([snv(5200, "T", "0/1"), "1 5209 R C PASS . GT 0/1"], KNOWN),
        ([indel(5200, "AG", "1/1"), "1 5300 A ANN PASS . GT 1/1"], {5200: None}),  # +1 and +2
        ([indel(5200, "AG", "0/1"), "1 5300 AC <NON_REF> PASS . GT 0/1"], {5200: None}),
        ([indel(5200, "AG", "0/1"), "1 5300 AC A PASS CSQ=-|intron_variant||||| GT 0/1"], {5200: SHIFTED}),
        (
            [indel(5200, "AG", "0/1"), "1 5300 AC A PASS CSQ=-|intron_variant|G|HGNC:1|ENST9.1|| GT 0/1"],
            {5200: SHIFTED},
        ),
    ],
)
def test_what_is_known_of_an_allele_beside_another_one(tmp_path, rows, expected):
    found = seen(tmp_path, *rows)
    for pos, terms in expected.items():
        assert found[pos].terms == terms
        if terms is None:
            assert found[pos].label.endswith((BEHIND_SHIFT, IN_ONE_CODON, SHIFTED_BACK))
    assert expected or not found


START, MISSENSE = "start_lost", "missense_variant"
OWN = {"mechanisms": ["missense"], "transcripts": ["ENST1.1", "NM_1.1"], "hgnc": "HGNC:1"}
ALSO_MISSENSE = rules_of(
    alleles=[allele("L", "1", 5100, "C", "T", gene="G")],
    genes=[gene("G", "1", 5000, 5999, **OWN)],
    criteria=[{"id": "asked", "kind": "consequence", "terms": [STOP, MISSENSE], "mechanisms": ["missense"], **BASE}],
)
EXONS = {
    "transcript": "NM_1.1",
    "strand": "plus",
    "grch38": ["5000-5099", "5200-5299"],
    "coding_grch38": "5010-5290",
    **WORD,
}
OF_EXONS = rules_of(
    alleles=[allele("L", "1", 5100, "C", "T", gene="G")],
    genes=[gene("G", "1", 5000, 5999, **OWN, exons=EXONS)],
    criteria=[{"id": "asked", "kind": "consequence", "terms": [STOP, MISSENSE], "mechanisms": ["missense"], **BASE}],
)


@pytest.mark.holds("READ-14")
@pytest.mark.parametrize(
    ("rows", "terms"),
    [
        ([snv(5200, "T", "0/1", STOP, "9"), snv(5260, "T", "0/1", MISSENSE, "29")], None),
        ([snv(5200, "T", "1/1", STOP, "9"), snv(5260, "T", "0|1", MISSENSE, "29")], None),
        ([snv(5200, "T", "0/1", START, "1"), snv(5260, "T", "0/1", MISSENSE, "")], None),
        ([snv(5200, "T", "0/1", STOP, ""), snv(5260, "T", "0/1", MISSENSE, "29")], None),
        ([snv(5200, "T", "0|1", STOP, "9"), snv(5260, "T", "1|0", MISSENSE, "29")], (MISSENSE,)),
        ([snv(5200, "T", "0/1", STOP, "30"), snv(5260, "T", "0/1", MISSENSE, "29")], (MISSENSE,)),  # read from behind
        ([snv(5200, "T", "0/1", SILENT, "9"), snv(5260, "T", "0/1", MISSENSE, "29")], (MISSENSE,)),
        ([snv(5200, "T", "0/1", STOP, "9"), snv(5260, "T", "0/1", STOP, "29")], (STOP,)),
    ],
)
def test_a_missense_that_may_lie_behind_the_end_of_the_protein_is_unknown(tmp_path, rows, terms):
    found = seen(tmp_path, *rows, rules=ALSO_MISSENSE)[5260]
    assert found.terms == terms
    assert terms is not None or found.label.endswith(BEHIND_STOP)


def on_other(pos: int, genotype: str, *also: str) -> str:
    """A stop on another transcript of the gene, with what is said of the one that counts, if that is."""
    said = ",".join((f"T|{STOP}|G|HGNC:1|ENST2.1||9", *also))
    return f"1 {pos} A T PASS CSQ={said} GT {genotype}"


@pytest.mark.holds("READ-14")
@pytest.mark.parametrize(
    ("rows", "terms"),
    [
        ([snv(5200, "T", "0/1", SILENT, "9"), snv(5201, "T", "0/1", SILENT, "9")], None),  # a stop, both together
        ([snv(5200, "T", "1/1", MISSENSE, "9"), snv(5202, "T", "0/1", MISSENSE, "9")], None),
        ([snv(5200, "T", "0/1", SILENT, "9"), snv(5201, "T", "0/1", SILENT, "10")], (MISSENSE,)),  # two codons
        ([snv(5200, "T", "0|1", SILENT, "9"), snv(5201, "T", "1|0", SILENT, "9")], (MISSENSE,)),  # two haplotypes
        ([snv(5200, "T", "1|0", SILENT, "9"), snv(5201, "T", "1|0", SILENT, "9")], (MISSENSE,)),  # the other one
        ([snv(5200, "T", "0|1", SILENT, "9"), snv(5201, "T", "0|1", "intron_variant")], (MISSENSE,)),
        ([snv(5200, "T", "0/1", SILENT, "30"), snv(5201, "T", "0/1", SILENT, "30")], (MISSENSE,)),  # behind it
        ([on_other(5200, "0/1")], None),  # nothing is said of the transcript that counts
        ([on_other(5200, "1|0")], (MISSENSE,)),
        ([on_other(5200, "0/1", "T|intron_variant|G|HGNC:1|ENST1.1|NM_1.1|")], (MISSENSE,)),
        (["1 5200 A T PASS . GT 0/1"], None),  # nothing is said at all
        (["1 5200 A T PASS . GT 1|0"], (MISSENSE,)),
        (["1 5200 A T PASS CSQ=T|intron_variant|G|HGNC:1|ENST2.1|| GT 0/1"], (MISSENSE,)),
    ],
)
def test_so_is_one_behind_what_may_end_it_and_is_not_said_to(tmp_path, rows, terms):
    found = seen(tmp_path, *rows, snv(5260, "T", "0|1", MISSENSE, "29"), rules=ALSO_MISSENSE)[5260]
    assert found.terms == terms
    assert terms is not None or found.label.endswith(BEHIND_STOP)


@pytest.mark.holds("READ-14")
def test_what_bcftools_has_read_together_is_no_end_of_the_protein_unless_it_says_so(tmp_path):
    rows = [
        "1 5200 A T PASS BCSQ={0}|G|ENST1|protein_coding|+|9K>9R|5200A>T+5201A>T GT:BCSQ 0|1:2",
        "1 5201 A T PASS BCSQ=@5200 GT:BCSQ 0|1:2",
        "1 5260 A T PASS BCSQ=missense|G|ENST1|protein_coding|+|29K>29R|5260A>T GT:BCSQ 0|1:2",
    ]
    meta = (BCSQ, '##FORMAT=<ID=BCSQ,Number=.,Type=Integer,Description="x">')
    for joint, terms in (("missense", (MISSENSE,)), (STOP, None)):
        found = seen(tmp_path, *(row.format(joint) for row in rows), meta=meta, rules=ALSO_MISSENSE)
        assert found[5260].terms == terms


BLOCKS = (CSQ, *CLINVAR, '##FORMAT=<ID=LEN,Number=1,Type=Integer,Description="x">')


@pytest.mark.holds("READ-14")
@pytest.mark.parametrize("alt", ["<NON_REF>", "<*>"])
@pytest.mark.parametrize(
    ("row", "terms"),
    [
        ("1 5120 A {0} PASS END=5210 GT {1}", None),  # from an intron into an exon
        ("1 5120 A {0} PASS END=5180 GT {1}", (MISSENSE,)),
        ("1 5120 A {0} PASS . GT:LEN {1}:91", None),
        ("1 5120 A {0} PASS END=5210 GT:LEN {1}:61", (MISSENSE,)),
        ("1 5120 A C,{0} PASS END=5210 GT 0/2", None),
        ("1 5120 A C,{0} PASS . GT:LEN 0/2:91", None),
        ("1 5120 A C,{0} PASS . GT:LEN 0/1:91", (MISSENSE,)),  # it carries none
    ],
)
def test_any_other_allele_may_lie_anywhere_in_its_block(tmp_path, alt, row, terms):
    missense = snv(5260, "T", "0|1", MISSENSE, "29")
    for genotype in ("0/1", "1/1", "0|1"):
        found = seen(tmp_path, row.format(alt, genotype), missense, meta=BLOCKS, rules=OF_EXONS)
        assert found[5260].terms == terms
        assert found.get(5120) is None or found[5120].terms is None  # it opens the gene, too
        assert (5120 in found) is (terms is None)
    for genotype, known in (("1|0", (MISSENSE,)), ("0/0", (MISSENSE,))):
        found = seen(tmp_path, row.format(alt, genotype), missense, meta=BLOCKS, rules=OF_EXONS)
        assert "{1}" not in row or found[5260].terms == known


@pytest.mark.holds("READ-14")
@pytest.mark.parametrize(("genotype", "terms"), [("0/1", None), ("1/1", None), ("0|1", None), ("1|0", (MISSENSE,))])
def test_a_shift_that_nobody_asks_about_moves_what_lies_behind_it(tmp_path, genotype, terms):
    rows = [indel(5200, "AG", genotype, "frameshift_variant"), snv(5260, "T", "0|1", MISSENSE, "29")]
    assert seen(tmp_path, *rows, rules=ALSO_MISSENSE)[5260].terms == terms


@pytest.mark.holds("READ-14")
def test_a_small_deletion_without_bases_may_shift_the_frame(tmp_path):
    meta = (CSQ, *CLINVAR, '##INFO=<ID=END,Number=1,Type=Integer,Description="x">')
    for end, terms in ((5201, None), (5203, None), (5300, None)):
        row = f"1 5200 A <DEL> PASS END={end};CSQ=deletion|coding_sequence_variant|G|HGNC:1|ENST1.1|NM_1.1|9 GT 0/1"
        found = seen(tmp_path, row, snv(5360, "T", "0/1", MISSENSE, "60"), meta=meta, rules=ALSO_MISSENSE)[5360]
        assert (end, found.terms) == (end, terms)


TWICE = "\n".join(indel(pos, "AG", "0/1") for pos in (5200, 5300))


@pytest.mark.parametrize(
    ("one", "other", "expected"),
    [
        (snv(5200, "T", "1/1"), snv(5201, "C", "1/1", SILENT), UNKNOWN),
        (snv(5200, "T", "0|1"), snv(5201, "C", "1|0", SILENT), UNKNOWN),  # haplotypes are named within one file
        (snv(5200, "T", "1/1", SILENT), snv(5201, "C", "1/1", SILENT), {5200: None, 5201: None}),
        (snv(5200, "T", "1/1"), "1 5201 A C PASS . GT 1/1", UNKNOWN),
        (snv(5200, "T", "1/1"), snv(5200, "T", "1/1"), KNOWN),  # the same one in both
        (indel(5200, "AG", "1/1"), indel(5300, "A", "1/1"), {5200: None, 5300: None}),
        (TWICE, TWICE, {5200: SHIFTED, 5300: SHIFTED}),  # each counts once
    ],
)
def test_changes_in_two_files_lie_beside_each_other(tmp_path, one, other, expected):
    (tmp_path / "other").mkdir()
    files = [
        written(at, vcf(row, meta=(CSQ, *CLINVAR, f"##caller={at.name}")))
        for at, row in ((tmp_path, one), (tmp_path / "other", other))
    ]
    found = {each.variant.pos: each.terms for each in read_profile(files, RULES).variants}
    assert {pos: found.get(pos, "nothing") for pos in expected} == expected


def test_in_two_genes_at_once_another_shift_counts_once(tmp_path):
    both = "CSQ={0}|{1}|G|HGNC:1|ENST1.1|NM_1.1|,{0}|{1}|H|HGNC:2|ENST2.1|NM_2.1|"
    rows = [f"1 {pos} A AG PASS {both.format('G', '&'.join(SHIFTED))} GT 0/1" for pos in (5950, 5980)]
    read = read_profile(written(tmp_path, vcf("\n".join(rows), meta=(CSQ, *CLINVAR))), RULES)
    assert [each.terms for each in read.variants] == [SHIFTED] * 4


@pytest.mark.parametrize("same", [False, True])
def test_many_changes_beside_each_other_are_not_looked_at_one_by_one(tmp_path, monkeypatch, same):
    asked = []
    monkeypatch.setattr(
        annotated, "lie_apart", lambda *each: asked.append(each) or True
    )  # so that none ends the search
    rows = [indel(5000 + (0 if same else 3 * at), "AG", "0/1") for at in range(2 * annotated.MOST)]
    found = seen(tmp_path, *rows)
    assert {each.terms for each in found.values()} == {SHIFTED if same else None}
    assert len(asked) <= len(rows) * annotated.MOST


def test_what_bcftools_csq_took_together_is_known_and_what_it_read_alone_is_not(tmp_path):
    joint = "stop_gained|G|ENST1.1|protein_coding|+|33K>33*|5200A>T+5201A>C"
    rows = [f"1 5200 A T PASS BCSQ={joint} GT:PS 0|1:7", "1 5201 A C PASS BCSQ=@5200 GT:PS 0|1:7"]
    named = "stop_gained|G|NM_1.1|protein_coding|+|33K>33*|5200A>T"
    other = "synonymous|G|NM_1.1|protein_coding|+|33K|5201A>C"
    alone = [f"1 5200 A T PASS BCSQ={named} GT:PS 0|1:7", f"1 5201 A C PASS BCSQ={other} GT:PS 0|1:7"]
    meta = (BCSQ, PHASED, *CLINVAR)

    assert seen(tmp_path, *[row.replace("ENST1.1", "NM_1.1") for row in rows], meta=meta)[5200].terms == (STOP,)
    shifts = "frameshift&stop_gained|G|NM_1.1|protein_coding|+|33K>33*|5200A>AG"
    joint = [f"1 5200 A AG PASS BCSQ={shifts}+5300AC>A GT:PS 0|1:7", "1 5300 AC A PASS BCSQ=@5200 GT:PS 0|1:7"]
    assert seen(tmp_path, *joint, meta=meta)[5200].terms == SHIFTED
    intron = "1 5300 AC A PASS BCSQ=intron|G||protein_coding GT:PS 0/1:."  # bcftools csq names no transcript of it
    assert seen(tmp_path, f"1 5200 A AG PASS BCSQ={shifts} GT:PS 0/1:.", intron, meta=meta)[5200].terms == SHIFTED
    assert {pos: each.terms for pos, each in seen(tmp_path, *alone, meta=meta).items()} == {5200: None, 5201: None}


@st.composite
def changed_codons(draw):
    """A codon, and a change of two of its bases, each with its genotype."""
    codon = draw(st.sampled_from(sorted(codon for codon in CODONS if codon != "TAA")))
    places = sorted(draw(st.sets(st.integers(0, 2), min_size=2, max_size=2)))
    changes = [(at, draw(st.sampled_from(sorted({*"ACGT"} - {codon[at]})))) for at in places]
    return codon, changes, [draw(st.sampled_from(["0/1", "0|1", "1|0", "1/1"])) for _ in changes]


@pytest.mark.holds("READ-14")
@given(changed_codons())
@times(6)
def test_a_consequence_that_is_known_is_that_of_every_haplotype_that_may_be(tmp_path_factory, drawn):
    codon, changes, genotypes = drawn

    def stops(*made: tuple[int, str]) -> bool:
        bases = list(codon)
        for at, alt in made:
            bases[at] = alt
        return CODONS["".join(bases)] == "*" != CODONS[codon]

    rows = [
        snv(5200 + at, alt, genotype, STOP if stops((at, alt)) else SILENT).replace(" A ", f" {codon[at]} ", 1)
        for (at, alt), genotype in zip(changes, genotypes, strict=True)
    ]
    found = seen(tmp_path_factory.mktemp("codon"), *rows)

    orders = [{(0, 1), (1, 0)} if "/" in each else {(int(each[0]), int(each[2]))} for each in genotypes]
    orders = [{(1, 1)} if each == "1/1" else order for each, order in zip(genotypes, orders, strict=True)]
    both = any(one[h] and other[h] for one, other in itertools.product(*orders) for h in (0, 1))
    for at, alt in changes:
        told = found.get(5200 + at)
        if both:
            assert told is not None and told.terms is None
        else:
            assert (told is not None) is stops((at, alt))
