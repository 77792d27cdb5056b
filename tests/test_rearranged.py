"""A missense beside a carried structural variant, or a lost splice site, of its gene: it may be none there."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from assigner.rules import Rules
from assigner.vcf.meaning.haplotypes import BEHIND_BREAK, DELETED, SHIFTED_BACK, SITE_DIFFERS
from assigner.vcf.reading import read_profile
from effort import times
from test_observations import BASE, CLINVAR
from vcfs import WORD, allele, gene, rules_of, vcf, written

FIELDS = ["Allele", "Consequence", "SYMBOL", "HGNC_ID", "Feature", "MANE_SELECT", "Protein_position", "EXON", "INTRON"]
CSQ = f'##INFO=<ID=CSQ,Number=.,Type=String,Description="Format: {"|".join(FIELDS)}">'
META = (
    CSQ,
    *CLINVAR,
    *(f'##INFO=<ID={key},Number=1,Type=Integer,Description="x">' for key in ("END", "SVLEN")),
    '##INFO=<ID=SVTYPE,Number=1,Type=String,Description="x">',
    '##INFO=<ID=IMPRECISE,Number=0,Type=Flag,Description="x">',
    '##INFO=<ID=CIPOS,Number=2,Type=Integer,Description="x">',
    '##INFO=<ID=CIEND,Number=2,Type=Integer,Description="x">',
    '##FORMAT=<ID=CN,Number=1,Type=Integer,Description="x">',
    '##ALT=<ID=DEL,Description="Deletion">',
)
MISSENSE, SHIFT, DONOR, ACCEPTOR = "missense_variant", "frameshift_variant", "splice_donor_variant", "splice_acceptor_variant"  # fmt: skip  # noqa: E501
EXONS = ((5000, 5099), (5200, 5299), (5400, 5499), (5700, 5799))


def rules(strand: str | None = "plus") -> Rules:
    """A gene of four exons, with or without the table of them, and another gene behind it."""
    spans = [f"{first}-{last}" for first, last in EXONS]
    table = {"transcript": "NM_1.1", "strand": strand, "grch38": spans, "coding_grch38": "5050-5750", **WORD}
    own = {"mechanisms": ["missense"], "transcripts": ["ENST1.1", "NM_1.1"], "hgnc": "HGNC:1"}
    return rules_of(
        alleles=[allele("L", "1", 5100, "C", "T", gene="G")],
        genes=[
            gene("G", "1", 5000, 5999, **own, **({"exons": table} if strand else {})),
            gene("H", "1", 9000, 9999, mechanisms=["missense"], transcripts=["ENST2.1"], hgnc="HGNC:2"),
        ],
        criteria=[
            {"id": "asked", "kind": "consequence", "terms": [MISSENSE, SHIFT], "mechanisms": ["missense"], **BASE}
        ],
    )


PLUS, MINUS, NO_TABLE = rules("plus"), rules("minus"), rules(None)


def said(terms: str, residue: str = "", exon: str = "", intron: str = "") -> str:
    return "|".join(["x", terms, "G", "HGNC:1", "ENST1.1", "NM_1.1", residue, exon, intron])


def small(pos: int, genotype: str, terms: str = MISSENSE, exon: str = "", intron: str = "", residue: str = "") -> str:
    csq = said(terms, residue, exon, intron).replace("x|", "T|", 1)
    return f"1 {pos} A T PASS CSQ={csq} GT {genotype}"


def large(pos: int, end: int, genotype: str, kind: str = "DEL", csq: str | None = None, info: str = "") -> str:
    told = "" if csq is None else f";CSQ={csq.replace('x|', 'deletion|', 1)}"
    return f"1 {pos} A <{kind}> PASS SVTYPE={kind[:3]};END={end}{info}{told} GT {genotype}"


def places(first: int, last: int) -> st.SearchStrategy[int]:
    """Bases of which REF may be any; that of the listed allele proves the build."""
    return st.integers(first, last).filter(lambda pos: pos != 5100)


def terms_at(
    folder: Path, rows: list[str], rules: Rules = PLUS, pos: int = 5450, *, named: bool = False
) -> tuple[str, ...] | str | None:
    """The terms of the change there; or why they are not known, if that is asked."""
    files = [written(folder, vcf("\n".join(rows), meta=META))]
    (found,) = (each for each in read_profile(files, rules).variants if each.variant.pos == pos)
    if found.terms is None:
        assert found.label.endswith((BEHIND_BREAK, DELETED, SHIFTED_BACK, SITE_DIFFERS))
        return found.label.rpartition(": ")[2] if named else None
    return found.terms


KNOWN, DIFFERS = (MISSENSE,), SITE_DIFFERS
HERE = small(5450, "0|1")


@pytest.mark.holds("READ-14")
@pytest.mark.parametrize("rules", [PLUS, MINUS])
@pytest.mark.parametrize(
    ("row", "plus", "minus"),
    [
        (large(5210, 5270, "0/1"), None, KNOWN),  # within an exon before it, and behind it on the other strand
        (large(5210, 5270, "0|1"), None, KNOWN),
        (large(5210, 5270, "1/1"), None, KNOWN),
        (large(5210, 5270, "1|0"), KNOWN, KNOWN),  # on the other haplotype
        (large(5210, 5270, "0/0"), KNOWN, KNOWN),
        (large(5210, 5271, "0/1"), None, KNOWN),  # whole codons: what stands at the joint is not told
        (large(5180, 5330, "0/1"), None, KNOWN),  # a whole exon
        (large(4000, 5080, "0/1"), None, KNOWN),  # the start and all before it
        (large(4000, 5330, "0/1"), None, KNOWN),
        (large(5120, 5180, "0/1"), KNOWN, KNOWN),  # an intron alone
        (large(5470, 5480, "0/1"), KNOWN, None),
        (large(5470, 5600, "0/1"), None, None),  # the end of its own exon, which may be left out
        (large(5710, 5790, "0/1"), KNOWN, None),
        (large(5600, 9500, "0/1"), KNOWN, None),
        (large(4000, 6500, "0/1"), KNOWN, KNOWN),  # the whole gene: it lies on the other haplotype
        (large(5300, 5600, "0/1"), KNOWN, KNOWN),  # its exon, likewise
        (large(9100, 9500, "0/1"), KNOWN, KNOWN),  # another gene
        (large(5210, 5270, "0/1", "DUP"), None, KNOWN),
        (large(5210, 5270, "0|1", "DUP:TANDEM"), None, KNOWN),
        (large(5300, 5600, "0/1", "DUP"), None, None),  # its exon twice, and perhaps once without it
        (large(4000, 6500, "0/1", "DUP"), KNOWN, KNOWN),  # the whole gene
        (large(4000, 6500, "0/1", "DUP", info=";IMPRECISE"), None, None),
        (large(4000, 6500, "0/1", "DUP", info=";IMPRECISE;CIPOS=-50,50;CIEND=-50,50"), KNOWN, KNOWN),
        (large(5150, 5350, "0/1", "INV"), None, KNOWN),
        (large(5150, 8000, "0/1", "INV"), None, None),
        (large(5120, 5180, "0/1", "INV"), KNOWN, KNOWN),
        (large(4000, 6500, "0/1", "INV"), KNOWN, KNOWN),
        (large(5250, 5250, "0/1", "INS"), None, KNOWN),
        (large(5250, 5250, "0/1", "INS:ME:ALU"), None, KNOWN),
        (large(5150, 5150, "0/1", "INS"), KNOWN, KNOWN),
        (large(5180, 5330, "0/1", "CNV"), None, KNOWN),
        ("1 5150 A A[2:7000[ PASS SVTYPE=BND GT 0/1", None, KNOWN),  # what follows lies on another chromosome
        ("1 5150 A ]2:7000]A PASS SVTYPE=BND GT 0/1", None, KNOWN),
        ("1 5150 A A[2:7000[ PASS SVTYPE=BND GT 1|0", KNOWN, KNOWN),
        ("1 5600 A A[2:7000[ PASS SVTYPE=BND GT 0/1", KNOWN, None),
        ("1 5120 A A[1:5180[ PASS SVTYPE=BND GT 0/1", KNOWN, KNOWN),  # both ends in one intron
        ("1 5180 A A[1:5330[ PASS SVTYPE=BND GT 0/1", None, KNOWN),
        ("1 5150 A A. PASS SVTYPE=BND GT 0/1", None, KNOWN),  # a single breakend
        ("1 5180 A <CNV> PASS SVTYPE=CNV;END=5330 GT:CN ./.:1", None, KNOWN),  # by its number of copies
        ("1 5180 A <CNV> PASS SVTYPE=CNV;END=5330 GT:CN ./.:3", None, KNOWN),
        ("1 5180 A <CNV> PASS SVTYPE=CNV;END=5330 GT:CN ./.:2", KNOWN, KNOWN),
        ("1 4000 A <CNV> PASS SVTYPE=CNV;END=6500 GT:CN ./.:1", KNOWN, KNOWN),
        ("1 4000 A <CNV> PASS SVTYPE=CNV;END=6500 GT:CN ./.:4", KNOWN, KNOWN),
        (large(5210, 5270, "0/1", "CPX"), None, KNOWN),
    ],
)
def test_what_is_known_beside_one_that_nobody_annotated(tmp_path, rules, row, plus, minus):
    assert terms_at(tmp_path, [row, HERE], rules) == (plus if rules is PLUS else minus)


@pytest.mark.holds("READ-14")
@pytest.mark.parametrize(
    ("row", "terms"),
    [
        (large(5210, 5270, "0/1"), None),  # nothing tells which strand, nor which exon
        (large(5210, 5270, "1|0"), KNOWN),
        (large(5210, 5270, "0/1", csq=said("coding_sequence_variant", "", "2/4")), None),
        (large(5210, 5270, "0/1", csq=said("coding_sequence_variant", "20-40", "2/4")), None),
        (large(5210, 5270, "0/1", csq=said("coding_sequence_variant", "90-95", "4/4")), KNOWN),
        (large(5210, 5270, "0/1", csq=said("coding_sequence_variant&intron_variant", "", "4/4", "3/3")), None),
        (large(5210, 5270, "0/1", csq=said("coding_sequence_variant&feature_truncation", "", "4/4")), KNOWN),
        (large(5210, 5270, "0/1", csq=said("inframe_deletion", "20-40", "2/4")), KNOWN),  # no stop at the joint
        (large(5210, 5270, "0/1", csq=said("intron_variant&feature_truncation", "", "", "2/3")), KNOWN),
        (large(5210, 5270, "0/1", csq=said("5_prime_UTR_variant", "", "1/4")), KNOWN),
        (large(5210, 5270, "0/1", csq=said("transcript_ablation")), None),  # though its ends say otherwise
        (large(4000, 6500, "0/1", csq=said("transcript_ablation")), KNOWN),
        (large(4000, 6500, "0/1", "DUP", csq=said("transcript_amplification")), KNOWN),
        (large(5210, 5270, "0/1", csq="x|coding_sequence_variant|H|HGNC:2|ENST9.1||||"), None),
        (small(5250, "0/1", DONOR, intron="2/3"), None),
        (small(5250, "0/1", ACCEPTOR, intron="2/3"), None),
        (small(5250, "1/1", DONOR, intron="2/3"), None),
        (small(5250, "1|0", DONOR, intron="2/3"), KNOWN),
        (small(5250, "0/0", DONOR, intron="2/3"), KNOWN),
        (small(5250, "0/1", DONOR, intron="3/3"), None),  # of its own exon, which may be left out
        (small(5250, "0/1", DONOR, intron=""), None),
        (small(5250, "0/1", DONOR, intron="2/3").replace("ENST1.1", "ENST7.1").replace("NM_1.1", ""), None),
        (small(5250, "0/1", "splice_region_variant&intron_variant", intron="2/3"), KNOWN),
        (small(5250, "0/1", f"{DONOR}&coding_sequence_variant", exon="2/4", intron="2/3"), None),
        (small(5250, "0/1", "exon_loss_variant", exon="2/4"), None),
        (small(9250, "0/1", DONOR, intron="2/3").replace("|G|HGNC:1|", "|H|HGNC:2|"), KNOWN),
    ],
)
def test_what_is_known_beside_one_that_is_annotated(tmp_path, row, terms):
    here = small(5450, "0|1", exon="3/4", residue="70/100")
    assert terms_at(tmp_path, [row, here], NO_TABLE) == terms


@pytest.mark.holds("READ-14")
def test_a_splice_site_behind_it_is_none_of_its_exons(tmp_path):
    here = small(5450, "0|1", exon="2/4", residue="70/100")
    for intron, terms in (("1/3", None), ("2/3", None), ("3/3", KNOWN)):
        for site in (DONOR, ACCEPTOR):
            assert terms_at(tmp_path, [small(5250, "0/1", site, intron=intron), here], NO_TABLE) == terms


@pytest.mark.holds("READ-14")
@pytest.mark.parametrize(
    "row", [large(5710, 5790, "0/1"), small(5701, "0/1", DONOR), "1 5600 A A[2:7000[ PASS . GT 0/1"]
)
def test_a_shift_of_the_frame_is_beside_each_of_its_transcript(tmp_path, row):
    shift = f"1 5450 AC A PASS CSQ={said(SHIFT).replace('x|', '-|', 1)} GT 0|1"
    assert terms_at(tmp_path, [row, shift], NO_TABLE) is None
    assert terms_at(tmp_path, [row.replace("0/1", "1|0"), shift], NO_TABLE) == (SHIFT,)


@pytest.mark.holds("READ-14")
def test_a_repeat_is_counted_and_rearranges_nothing(tmp_path):
    repeat = "1 5220 A <STR30> PASS END=5250;REF=10;RL=30;RU=CAG;REPID=G;VARID=G GT 0/1"
    assert terms_at(tmp_path, [repeat, HERE]) == KNOWN


@pytest.mark.holds("READ-14")
def test_a_file_of_structural_variants_tells_of_those_in_another_file(tmp_path):
    (tmp_path / "other").mkdir()
    own = [line for line in META if "CSQ" not in line]
    for row, terms in ((large(5180, 5330, "0/1"), None), (large(5710, 5790, "0/1"), KNOWN)):
        other = written(tmp_path / "other", vcf(row, meta=(*own, "##source=Manta")))
        (found,) = read_profile(written(tmp_path, vcf(HERE, meta=META)), PLUS, structural=other).variants
        assert found.terms == terms


NEAR = "splice_region_variant&intron_variant"


@pytest.mark.holds("READ-14")
@pytest.mark.parametrize(
    ("row", "terms"),
    [
        (small(5300, "0/1", NEAR, intron="2/3"), DIFFERS),  # the exons have a splice site there
        (small(5301, "0/1", NEAR, intron="2/3"), DIFFERS),
        (small(5302, "0/1", NEAR, intron="2/3"), KNOWN),
        (small(5299, "0/1", "synonymous_variant", "2/4"), KNOWN),
        (small(5398, "0/1", NEAR, intron="2/3"), DIFFERS),
        (small(5398, "1|0", NEAR, intron="2/3"), KNOWN),  # on the other haplotype
        (small(5398, "0/0", NEAR, intron="2/3"), KNOWN),
        (small(5501, "0/1", NEAR, intron="3/3"), DIFFERS),  # of its own exon
        (small(5699, "0/1", NEAR, intron="3/3"), KNOWN),  # behind it
        (small(4999, "0/1", "upstream_gene_variant"), KNOWN),  # no intron
        (small(5300, "0/1", DONOR, intron="2/3"), None),  # both say so
        (small(5250, "0/1", DONOR, intron="2/3"), DIFFERS),  # and here only the annotation
        (small(5120, "0/1", DONOR, intron="1/3"), DIFFERS),
        (small(5120, "1|0", DONOR, intron="1/3"), KNOWN),
        (small(5780, "0/1", ACCEPTOR, intron="4/4"), KNOWN),  # behind it by both
        (small(5780, "0/1", ACCEPTOR, intron="2/3"), DIFFERS),  # before it by the annotation
        (small(5780, "0/1", ACCEPTOR), DIFFERS),
        (small(5250, "0/1", DONOR, intron="2/3").replace("ENST1.1", "ENST7.1").replace("NM_1.1", ""), None),
        (small(5120, "0/1", DONOR, intron="1/3").replace("ENST1.1", "ENST7.1").replace("NM_1.1", ""), KNOWN),
        (small(5301, "0/1", NEAR, intron="2/3").replace("ENST1.1", "ENST7.1").replace("NM_1.1", ""), None),
        (f"1 5300 A AT PASS CSQ={said(NEAR, intron='2/3').replace('x|', 'T|', 1)} GT 0/1", DIFFERS),
        (f"1 5301 A AT PASS CSQ={said(NEAR, intron='2/3').replace('x|', 'T|', 1)} GT 0/1", KNOWN),  # behind both
        (f"1 5301 AC A PASS CSQ={said(NEAR, intron='2/3').replace('x|', '-|', 1)} GT 0/1", KNOWN),
        (f"1 5299 AC A PASS CSQ={said(NEAR, intron='2/3').replace('x|', '-|', 1)} GT 0/1", DIFFERS),
        (large(5300, 5350, "0/1", csq=said("intron_variant&feature_truncation", "", "", "2/3")), DIFFERS),
        (large(5302, 5350, "0/1", csq=said("intron_variant&feature_truncation", "", "", "2/3")), KNOWN),
        (large(5300, 5350, "1|0", csq=said("intron_variant&feature_truncation", "", "", "2/3")), KNOWN),
        (large(5320, 5350, "0/1", csq=said(f"{DONOR}&intron_variant", "", "", "2/3")), DIFFERS),
        (large(5720, 5750, "0/1", csq=said(f"{DONOR}&intron_variant", "", "", "2/3")), DIFFERS),
    ],
)
def test_what_is_known_where_annotation_and_exons_differ_on_a_splice_site(tmp_path, row, terms):
    here = small(5450, "0|1", exon="3/4", residue="70/100")
    named = terms_at(tmp_path, [row, here], PLUS, named=True)
    assert named == (terms if terms in (KNOWN, DIFFERS) else BEHIND_BREAK)
    assert terms_at(tmp_path, [here, row], PLUS, named=True) == named


@pytest.mark.holds("READ-14")
@given(places(5000, 5799).filter(lambda pos: abs(pos - 5450) > 2), st.sampled_from([PLUS, MINUS]))
@times(6)
def test_annotation_and_exons_differ_where_one_has_a_splice_site_and_the_other_has_none(tmp_path_factory, pos, rules):
    own = [at for at, (first, last) in enumerate(EXONS) if first - 2 <= pos <= last + 2]
    coding = any(first <= pos <= last for first, last in EXONS)
    site, elsewhere = bool(own) and not coding, "synonymous_variant" if coding else NEAR
    agreeing, contrary = (DONOR, elsewhere) if site else (elsewhere, DONOR)
    folder = tmp_path_factory.mktemp("x")
    first_read = (own[0] <= 2 if rules is PLUS else own[0] >= 2) if own else False
    read = [terms_at(folder, [small(pos, "0/1", terms), HERE], rules, named=True) for terms in (agreeing, contrary)]
    assert read[0] == (BEHIND_BREAK if site and first_read else KNOWN)
    assert read[1] == (SITE_DIFFERS if first_read or not site else KNOWN)


def gone(first: int, last: int, genotype: str, terms: str = "inframe_deletion") -> str:
    """A deletion in bases."""
    csq = said(terms, "60-80", "3/4").replace("x|", "-|", 1)
    return f"1 {first - 1} {'A' * (last - first + 2)} A PASS CSQ={csq} GT {genotype}"


@pytest.mark.holds("READ-14")
@pytest.mark.parametrize("rules", [PLUS, MINUS, NO_TABLE])
@pytest.mark.parametrize(
    ("row", "genotype", "terms"),
    [
        (large(5300, 5600, "1/1"), "0/1", DELETED),
        (large(5300, 5600, "1|1"), "0|1", DELETED),
        (large(5300, 5600, "1/1"), "1/1", DELETED),
        (large(5300, 5600, "0/1"), "0/1", KNOWN),
        (large(5300, 5600, "0/1"), "1/1", KNOWN),  # the copy that is left is written twice
        (large(5300, 5600, "1|0"), "0|1", KNOWN),
        (large(5300, 5600, "0|1"), "0|1", DELETED),  # on the very haplotype that lacks it
        (large(5300, 5600, "0|1"), "1|1", KNOWN),
        (large(5300, 5600, "0/0"), "0/1", KNOWN),
        (large(4000, 6500, "1/1"), "0/1", DELETED),
        (large(4000, 6500, "1/1", csq=said("transcript_ablation")), "0/1", DELETED),
        (large(4000, 6500, "1/1").replace("PASS", "LowQual"), "0/1", KNOWN),  # it is not believed
        ("1 4000 A <CNV> PASS SVTYPE=CNV;END=6500 GT:CN ./.:0", "0/1", DELETED),
        ("1 4000 A <CNV> PASS SVTYPE=CNV;END=6500 GT:CN ./.:1", "0/1", KNOWN),
        (large(4000, 6500, "1/1", "DUP"), "0/1", KNOWN),
        (gone(5430, 5459, "1/1"), "0/1", DELETED),
        (gone(5450, 5452, "1/1"), "0/1", DELETED),
        (gone(5430, 5459, "0/1"), "0/1", KNOWN),
        (gone(5430, 5459, "0|1"), "0|1", DELETED),
        (gone(5430, 5459, "0|1"), "1|0", KNOWN),
        (gone(5430, 5459, "0/1"), "1/1", KNOWN),
        (gone(5430, 5459, "1/1").replace("PASS", "LowQual"), "0/1", KNOWN),
        (gone(5420, 5446, "1/1"), "0/1", KNOWN),
        (gone(5453, 5479, "1/1"), "0/1", KNOWN),
    ],
)
def test_what_is_deleted_on_each_haplotype_is_not_known(tmp_path, rules, row, genotype, terms):
    here = small(5450, genotype, exon="3/4", residue="70/100")
    assert terms_at(tmp_path, [row, here], rules, named=True) == terms


@pytest.mark.holds("READ-14")
def test_so_is_what_a_deletion_in_another_file_leaves_no_haplotype_for(tmp_path):
    (tmp_path / "other").mkdir()
    own = [line for line in META if "CSQ" not in line]
    for genotype, terms in (("1/1", None), ("0/1", KNOWN), ("0|1", KNOWN)):  # phase is that of one file
        other = written(tmp_path / "other", vcf(large(5300, 5600, genotype), meta=(*own, "##source=Manta")))
        (found,) = read_profile(written(tmp_path, vcf(HERE, meta=META)), PLUS, structural=other).variants
        assert found.terms == terms


@st.composite
def deleted(draw):
    """A deletion in or around the gene, and a change in one of its exons, in a codon that no intron parts."""
    rank = draw(st.integers(0, len(EXONS) - 1))
    first, last = EXONS[rank]
    start = draw(places(4900, 5850))
    return rank, draw(st.integers(max(first, 5050) + 2, min(last, 5750) - 2)), start, start + draw(st.integers(1, 700))


@pytest.mark.holds("READ-14")
@given(deleted(), st.sampled_from([PLUS, MINUS]), st.sampled_from(["0/1", "0|1", "1|0", "1/1"]))
@times(4)
def test_what_is_known_is_read_from_exons_that_are_all_there(tmp_path_factory, drawn, rules, genotype):
    """A change that is known, on a haplotype with a deletion, lies behind exons that are whole."""
    rank, at, start, end = drawn
    terms = terms_at(tmp_path_factory.mktemp("x"), [large(start, end, genotype), small(at, "0|1")], rules, at)
    gone, way = range(start + 1, end + 1), 1 if rules is PLUS else -1
    before = EXONS[:rank] if way == 1 else EXONS[rank + 1 :]
    others = any(pos in gone for first, last in before for pos in range(first, last + 1))
    others = others or any(pos in gone for each in (*before, EXONS[rank]) for pos in sites_of(each))
    first, last = EXONS[rank]
    earlier = [pos for pos in range(first, last + 1) if (at - pos) * way > 0]
    beyond = (start < first <= end) or (start < last < end)  # then all of the exon may be left out
    codon = any(pos in gone for pos in (*earlier, at, at + way, at + 2 * way))
    if genotype != "1|0" and at not in gone and (others or any(pos in gone for pos in earlier)):
        assert terms is None
    if at in gone and genotype in ("1/1", "0|1"):
        assert terms is None  # no haplotype is left for it
    elif genotype == "1|0" or not (others or beyond or codon) or at in gone:
        assert terms == KNOWN


def sites_of(exon: tuple[int, int]) -> list[int]:
    """The bases of its splice sites; a transcript's ends are none."""
    before = [exon[0] - 2, exon[0] - 1] if exon != EXONS[0] else []
    return before + ([exon[1] + 1, exon[1] + 2] if exon != EXONS[-1] else [])


UPSTREAM = (
    small(5220, "{}", "stop_gained", exon="2/4", residue="10/100"),
    small(5221, "{}", "synonymous_variant", exon="2/4", residue="10/100"),
    small(5298, "{}", DONOR, intron="2/3"),
    small(5449, "{}", "synonymous_variant", exon="3/4", residue="70/100"),
    small(5460, "{}", "coding_sequence_variant", exon="3/4", residue="73/100"),
    small(5710, "{}", "stop_gained", exon="4/4", residue="90/100"),
    "1 5230 A T PASS . GT {}",
    "1 5240 A <NON_REF> PASS . GT {}",
    "1 5245 A <NON_REF> PASS END=5249 GT {}",
    f"1 5250 A AG PASS CSQ={said(SHIFT, '20', '2/4').replace('x|', 'G|', 1)} GT {{}}",
    f"1 5260 AC A PASS CSQ={said(SHIFT, '23', '2/4').replace('x|', '-|', 1)} GT {{}}",
    f"1 5270 ACCC A PASS CSQ={said('inframe_deletion', '26', '2/4').replace('x|', '-|', 1)} GT {{}}",
    "1 5280 A * PASS . GT {}",
    large(5210, 5290, "{}"),
    large(5150, 5350, "{}", "DUP"),
    large(4000, 6500, "{}", "INV"),
    "1 5150 A A[2:7000[ PASS SVTYPE=BND GT {}",
)


@pytest.mark.holds("READ-14")
@given(
    st.lists(st.sampled_from(UPSTREAM), min_size=1, max_size=3, unique=True),
    st.lists(st.sampled_from(["0/1", "0|1", "1|0", "1/1"]), min_size=3, max_size=3),
    st.sampled_from([PLUS, MINUS, NO_TABLE]),
)
@times(4)
def test_one_more_change_makes_nothing_known_and_on_the_other_haplotype_changes_nothing(
    tmp_path_factory, rows, genotypes, rules
):
    *others, added = (row.format(genotype) for row, genotype in zip(rows, genotypes, strict=False))
    here = small(5450, "0|1", exon="3/4", residue="70/100")

    def terms(*more: str) -> tuple[str, ...] | None:
        made = vcf("\n".join([here, *others, *more]), meta=META)
        profile = read_profile(written(tmp_path_factory.mktemp("x"), made), rules)
        return next(each.terms for each in profile.variants if each.variant.pos == 5450)

    before, after = terms(), terms(added)
    if before is None:
        assert after is None
    if added.endswith("1|0"):
        assert after == before
