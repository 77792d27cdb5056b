"""Carried variants that no annotation explains: they are named, and their gene stays open."""

from __future__ import annotations

from pathlib import Path
from typing import Any
from unittest import mock

import pytest
from hypothesis import given
from hypothesis import strategies as st

from assigner.assignments import assign
from assigner.errors import BuildError, RuleSetError
from assigner.evidence.answers import find
from assigner.evidence.findings import CERTAIN
from assigner.genome.builds import Build
from assigner.profiles.profile import Profile
from assigner.rules import Rules
from assigner.truth import Truth
from assigner.vcf.files import File
from assigner.vcf.meaning.unexplained import MOST_NAMED, shown_alts
from assigner.vcf.reading import read_profile
from vcfs import WORD, allele, gene, marker, repeat, rules_of, vcf, written

BASE = {"tier": 1, "points": 500, "validity": ["definitive"], "max_frequency": "0.001", "carrier_ppm": 1, **WORD}
CRITERIA = [
    {"id": "clinvar", "kind": "clinvar", "stars": 1, **BASE},
    {"id": "lof", "kind": "consequence", "terms": ["stop_gained"], "mechanisms": ["loss_of_function"], **BASE},
]
KNOWN = {"mechanisms": ["loss_of_function"], "transcripts": ["ENST1.1"], "hgnc": "HGNC:1"}
MIMIC = {"id": "m", "gene": "M", "disorder": "another", "trigger": "one", "action": "hold", **WORD}


def rules_with(**more: Any) -> Rules:
    """A gene G (1:5000-5999) with a listed allele, a marker and a repeat; a gene M that only a mimic asks about."""
    return rules_of(
        alleles=[allele("L", "1", 5100, "C", "T", gene="G")],
        genes=[gene("G", "1", 5000, 5999, **KNOWN, **more), gene("M", "2", 5000, 5999, validity="none")],
        repeats=[repeat("R", "CAG", "1", 5800, 5860, gene="G")],
        markers=[{**marker("rs1", "1", 5700, "A", "G"), "gene": "G"}],
        criteria=CRITERIA,
        fields={"frequency": ["gnomADg_AF"], "predictors": {}},
        flags={"mimics": [MIMIC]},
    )


RULES = rules_with()
EXONS = {"transcript": "NM_1.1", "grch38": ["5100-5199", "5300-5399"], **WORD}
WITH_EXONS = rules_with(exons=EXONS)
FIELDS = ["Allele", "Consequence", "SYMBOL", "HGNC_ID", "Feature"]
CSQ = f'##INFO=<ID=CSQ,Number=.,Type=String,Description="Consequences by VEP. Format: {"|".join(FIELDS)}">'
CLINVAR = tuple(f'##INFO=<ID={key},Number=.,Type=String,Description="x">' for key in ("CLNSIG", "CLNREVSTAT"))
OFTEN = '##INFO=<ID=gnomADg_AF,Number=A,Type=Float,Description="x">'
EFF = "##INFO=<ID=EFF,Number=.,Type=String,Description=\"Predicted effects. Format: 'Effect ( Impact | Gene_Name )'\">"


def csq(allele: str, term: str = "intron_variant") -> str:
    return f"{allele}|{term}|G|HGNC:1|ENST1.1"


def profile_of(folder: Path, table: str, meta: tuple[str, ...] = (), rules: Rules = RULES, **declared: Any) -> Profile:
    return read_profile(written(folder, vcf(table, meta=meta)), rules, **declared)


def named(profile: Profile) -> list[str]:
    return [str(seen.variant) for seen in profile.variants if seen.label == "carried, and without annotation"]


@pytest.mark.holds("READ-15")
@pytest.mark.parametrize("meta", [(), (CSQ,), (CSQ, *CLINVAR), CLINVAR])
@pytest.mark.parametrize(
    ("row", "kept"),
    [
        ("1 5200 G GA PASS . GT 0/1", ["1-5200-G-GA"]),
        ("1 5200 GAC G PASS . GT 1/1", ["1-5200-GAC-G"]),
        ("1 5200 GACT G PASS . GT 0|1", ["1-5200-GACT-G"]),
        ("1 5200 G A PASS . GT 0/1", ["1-5200-G-A"]),
        ("1 5200 G T,GA PASS . GT 1/2", ["1-5200-G-GA", "1-5200-G-T"]),
        ("1 5200 G T,GA PASS . GT 0/1", ["1-5200-G-T"]),
        ("1 5200 G GA LowQual . GT 0/1", ["1-5200-G-GA"]),  # it may be carried
        ("1 5200 G A PASS . GT ./1", ["1-5200-G-A"]),
        ("1 5200 G A PASS . GT 0/1/1", ["1-5200-G-A"]),  # a genotype that cannot be
        ("1 5200 G GA PASS . GT 0/0", []),
        ("1 5200 G GA PASS . GT ./.", []),
        ("1 5200 G <NON_REF> PASS . GT 0/0", []),
        ("1 5200 G * PASS . GT 0/1", ["1-5200-G-N"]),  # a deletion that is in no file
        ("1 5200 G T,* PASS . GT 1/2", ["1-5200-G-N", "1-5200-G-T"]),
        ("1 5200 G T,* PASS . GT 0/1", ["1-5200-G-T"]),
        ("1 5200 G * PASS . GT 0/0", []),
        ("1 4990 G * PASS . GT 0/1", []),
        ("1 5195 GACTGACT G PASS . GT 0/1\n1 5200 A * PASS . GT 0/1", ["1-5195-GACTGACT-G"]),
        ("1 5195 GACT G PASS . GT 0/1\n1 5200 A * PASS . GT 0/1", ["1-5195-GACT-G", "1-5200-A-N"]),  # before it
        ("1 4990 G GA PASS . GT 0/1", []),
        ("1 5100 C T PASS . GT 0/1", []),  # listed
        ("1 5100 C A PASS . GT 0/1", ["1-5100-C-A"]),
        ("1 5700 G A PASS . GT 0/1", []),  # a marker's allele
        ("1 5700 G C PASS . GT 0/1", ["1-5700-G-C"]),
        ("1 5810 GCAG G PASS . GT 0/1", []),  # units of a repeat
        ("1 5810 GCA G PASS . GT 0/1", ["1-5810-GCA-G"]),
        ("1 5810 C T PASS . GT 0/1", ["1-5810-C-T"]),
    ],
)
def test_a_carried_variant_that_no_annotation_explains_is_named_and_leaves_its_gene_open(tmp_path, meta, row, kept):
    profile = profile_of(tmp_path, row, meta, absent="reference")
    assert named(profile) == kept
    assert {seen.terms for seen in profile.variants} <= {None}
    by_criterion = {found.criterion: found for found in find(profile, RULES).all if found.gene == "G"}
    checks = [check.evidence for check in profile.checks if check.name == "unexplained_variants"]
    if kept:
        lof = by_criterion["lof"]
        assert (lof.truth, lof.carrier_ppm, lof.loci) == (Truth.UNKNOWN, CERTAIN, tuple(kept))
        by_clinvar = Truth.FALSE if any("CLNSIG" in line for line in meta) else Truth.UNKNOWN
        assert by_criterion["clinvar"].truth is by_clinvar
        assert checks == [f"G {len(kept)}: each gene is open; up to {MOST_NAMED} variants of each are named"]
    else:
        assert not checks


@pytest.mark.holds("READ-15")
@pytest.mark.parametrize(
    ("row", "meta", "kept"),
    [
        (f"1 5200 G A PASS CSQ={csq('A')} GT 0/1", (CSQ,), []),
        (f"1 5200 G A PASS CSQ={csq('T')} GT 0/1", (CSQ,), ["1-5200-G-A"]),  # about another ALT
        (f"1 5200 G * PASS CSQ={csq('*')} GT 0/1", (CSQ,), ["1-5200-G-N"]),  # which bases are lost nobody told
        (f"1 5195 GACTGACT G PASS CSQ={csq('-')} GT 0/1\n1 5200 A * PASS . GT 0/1", (CSQ,), []),
        (
            f"1 5195 GACTGACT G PASS CSQ={csq('-')} GT 0/1\n1 5200 A * PASS CSQ={csq('*')} GT 1/1",
            (CSQ,),
            ["1-5200-A-N"],
        ),
        (f"1 5200 G A,T PASS CSQ={csq('A')} GT 0/1", (CSQ,), []),
        (f"1 5200 G A,T PASS CSQ={csq('A')} GT 0/2", (CSQ,), ["1-5200-G-T"]),  # one ALT is told, not the other
        (f"1 5200 G GA PASS CSQ={csq('A')} GT 0/1", (CSQ,), []),
        (f"1 5200 GA G PASS CSQ={csq('-')} GT 0/1", (CSQ,), []),
        (f"1 5200 GA G PASS CSQ={csq('T')} GT 0/1", (CSQ,), ["1-5200-GA-G"]),
        ("1 5200 G A PASS EFF=INTRON(MODIFIER|G) GT 0/1", (EFF,), ["1-5200-G-A"]),  # a form that is not read
        ("1 5200 G A PASS CSQ=. GT 0/1", (CSQ,), ["1-5200-G-A"]),
        ("1 5200 G A PASS gnomADg_AF=0.2 GT 0/1", (OFTEN,), []),  # too common for any criterion
        ("1 5200 G A PASS gnomADg_AF=0.0001 GT 0/1", (OFTEN,), ["1-5200-G-A"]),
        ("1 5200 G A PASS gnomADg_AF=. GT 0/1", (OFTEN,), ["1-5200-G-A"]),
    ],
)
def test_what_explains_a_variant(tmp_path, row, meta, kept):
    assert named(profile_of(tmp_path, row, meta)) == kept


@pytest.mark.holds("READ-15")
def test_what_clinvar_says_of_a_variant_counts_beside(tmp_path):
    row = "1 5200 G A PASS CLNSIG={};CLNREVSTAT=criteria_provided,_single_submitter GT 0/1"
    for said, truth in (("Pathogenic", Truth.TRUE), ("Benign", Truth.FALSE), ("Patogenic", Truth.UNKNOWN)):
        profile = profile_of(tmp_path, row.format(said), CLINVAR, absent="reference")
        found = {each.criterion: each.truth for each in find(profile, RULES).all if each.gene == "G"}
        assert (found["clinvar"], found["lof"]) == (truth, Truth.UNKNOWN)


@pytest.mark.holds("READ-15")
@pytest.mark.parametrize(
    ("pos", "is_open"),
    [(5091, False), (5092, True), (5199, True), (5207, True), (5208, False), (5291, False), (5292, True), (5407, True)],
)
def test_exons_and_the_splice_regions_beside_them_may_be_coding(tmp_path, pos, is_open):
    profile = profile_of(tmp_path, f"1 {pos} G A PASS . GT 0/1", rules=WITH_EXONS)
    assert bool(named(profile)) is is_open
    assert named(profile_of(tmp_path, f"1 {pos} G A PASS . GT 0/1"))  # without a table all of the gene may be


def test_a_splice_region_may_be_wider_and_a_deletion_into_it_counts(tmp_path):
    wide = rules_with(exons=EXONS | {"splice": 50})
    assert named(profile_of(tmp_path, "1 5250 G A PASS . GT 0/1", rules=wide))
    assert not named(profile_of(tmp_path, "1 5250 G A PASS . GT 0/1", rules=WITH_EXONS))
    assert named(profile_of(tmp_path, f"1 5280 {'G' * 14} G PASS . GT 0/1", rules=WITH_EXONS))


def test_on_a_build_without_exons_all_of_the_gene_may_be_coding(tmp_path):
    table = "1 6600 G A PASS . GT 0/1"
    path = written(tmp_path, vcf(table, meta=(), on=Build.GRCH37))
    assert named(read_profile(path, WITH_EXONS))


@pytest.mark.parametrize(
    ("exons", "fault"),
    [
        ({"grch38": ["4999-5100"]}, "an exon inside the gene, 5000-5999; got 4999-5100"),
        ({"grch38": ["5900-6000"]}, "an exon inside the gene, 5000-5999; got 5900-6000"),
        ({"grch38": ["5300-5399", "5100-5199"]}, "an exon that begins after the one before, which ends at 5399"),
        ({"grch38": ["5100-5199", "5199-5300"]}, "an exon that begins after the one before, which ends at 5199"),
        ({"grch37": ["6100-6199"], "grch38": ["5100-5199", "5300-5399"]}, "as many exons on both builds; got 1 and 2"),
        ({}, "exons on GRCh37, on GRCh38 or on both"),
        ({"grch38": ["5100-5199"], "splice": 7}, "splice"),
    ],
)
def test_faults_of_a_table_of_exons(exons, fault):
    with pytest.raises(RuleSetError, match=fault):
        rules_with(exons={"transcript": "NM_1.1", **WORD, **exons})


@pytest.mark.holds("READ-15")
def test_a_gene_that_only_a_mimic_asks_about_is_open_too(tmp_path):
    rows = "2 4900 A <NON_REF> PASS END=6100 GT:DP 0/0:30\n2 5200 G GA PASS . GT 0/1"
    for table, is_open in ((rows, True), (rows.split("\n")[0], False)):
        assert bool(named(profile_of(tmp_path, table))) is is_open
        told = profile_of(tmp_path, table, (CSQ, *CLINVAR))
        assert assign(told, RULES).flags[0].truth is Truth.FALSE  # ClinVar's file has no word on it


@pytest.mark.holds("READ-15")
@given(st.data())
def test_how_many_are_named_never_changes_what_is_found(data):
    others = st.integers(5000, 5999).filter(lambda pos: pos not in (5100, 5700))  # whose REF proves the build
    places = data.draw(st.lists(others, min_size=1, max_size=12, unique=True).map(sorted))
    kinds = [data.draw(st.sampled_from([("G", "A"), ("G", "GA"), ("GAC", "G")])) for _ in places]
    rows = [f"1 {pos} {ref} {alt} PASS . GT 0/1" for pos, (ref, alt) in zip(places, kinds, strict=True)]
    profile = read_profile(vcf("\n".join(rows)), RULES)
    shown = [tuple(named(read_profile(vcf(row), RULES))) for row in rows]
    kept = {name for each in shown for name in each}
    assert set(named(profile)) <= kept and len(named(profile)) == min(len(kept), MOST_NAMED)
    lengths = [len(v.variant.ref) != len(v.variant.alt) for v in profile.variants]
    changed = sum(len(name.split("-")[2]) != len(name.split("-")[3]) for name in kept)
    assert sum(lengths) == min(changed, MOST_NAMED)
    counted = [check.evidence.split(":")[0] for check in profile.checks if check.name == "unexplained_variants"]
    assert counted == ([f"G {len(kept)}"] if kept else [])


@pytest.mark.holds("READ-15")
@pytest.mark.parametrize("row", ["1 5200 G GA PASS . GT 0/1", "1 5200 G A PASS . GT 0/1"])
def test_what_one_file_explains_is_not_unexplained_in_another(tmp_path, row):
    raw = written(tmp_path, vcf(row, meta=()), "raw.vcf")
    annotated = written(tmp_path, vcf(row.replace(" . ", f" CSQ={csq('A')} "), meta=[CSQ]), "annotated.vcf")
    assert [len(read_profile(files, RULES).variants) for files in (raw, [raw, annotated], annotated)] == [1, 0, 0]


@pytest.mark.holds("READ-15")
@pytest.mark.parametrize(
    ("others", "terms"),
    [
        (["stop_gained&splice_region_variant"], ("stop_gained",)),
        (["intron_variant"], None),  # two files that contradict each other
        (["intron_variant", "stop_gained&splice_region_variant"], None),
        (["a_new_term"], ("stop_gained",)),  # says nothing that is understood
        ([], ("stop_gained",)),
    ],
)
def test_a_consequence_that_another_file_denies_is_unknown(tmp_path, others, terms):
    rows = [
        f"1 5200 G A PASS {info} GT 0/1"
        for info in (".", *(f"CSQ={csq('A', term)}" for term in ("stop_gained", *others)))
    ]
    files = [written(tmp_path, vcf(row, meta=[CSQ]), f"{rank}.vcf") for rank, row in enumerate(rows)]
    for order in (files, files[::-1]):
        read = {seen.terms for seen in read_profile(order, RULES).variants if seen.gene == "G"}
        assert terms in read
        assert terms is not None or read == {None}


@pytest.mark.holds("READ-15")
def test_what_an_annotated_file_leaves_out_stays_unexplained(tmp_path):
    rows = [f"1 {pos} G A PASS . GT 0/1" for pos in range(5200, 5210)]
    raw = written(tmp_path, vcf("\n".join(rows), meta=()), "raw.vcf")
    told = "\n".join(row.replace(" . ", f" CSQ={csq('A')} ") for row in rows[:-1])
    annotated = written(tmp_path, vcf(told, meta=[CSQ]), "annotated.vcf")
    assert named(read_profile([raw, annotated], RULES)) == ["1-5209-G-A"]
    assert named(read_profile([annotated, raw], RULES)) == ["1-5209-G-A"]


ANN = (
    '##INFO=<ID=ANN,Number=.,Type=String,Description="Functional annotations: '
    "'Allele | Annotation | Gene_Name | Feature_Type | Feature_ID'\">"
)
ANNOTATED = "1 5200 G A PASS {} GT 0/1"
BY_VEP, BY_SNPEFF = f"CSQ={csq('A')}", "ANN=A|intron_variant|G|transcript|ENST1.1"


@pytest.mark.holds("READ-15")
@pytest.mark.parametrize(
    ("info", "command", "used"),
    [
        (BY_SNPEFF, '##SnpEffCmd="SnpEff  -v GRCh37.75 in.vcf "', False),
        (BY_SNPEFF, '##SnpEffCmd="SnpEff  -v hg19 in.vcf "', False),
        (BY_SNPEFF, '##SnpEffCmd="SnpEff  ann -noLog hg38 sample.hg19.vcf "', True),
        (BY_SNPEFF, '##SnpEffCmd="SnpEff  GRCh38.mane.1.2.ensembl /data/GRCh37/in.vcf.gz "', True),
        (BY_SNPEFF, '##SnpEffCmd="SnpEff  myOwnDatabase in.vcf "', True),
        (BY_SNPEFF, '##VEP="v110" assembly="GRCh37.p13"', True),  # another program's
        (BY_VEP, '##VEP="v110" time="now" cache="/x/110_GRCh38" assembly="GRCh37.p13"', True),  # both are named
        (BY_VEP, '##VEP="v110" time="now" assembly="GRCh37.p13" dbSNP="156"', False),
        (BY_VEP, "##VEP=v85 cache=/home/x/homo_sapiens/85_GRCh37 db=.", False),
        (BY_VEP, "##VEP-command-line='vep --assembly GRCh37 --cache -i in.vcf'", False),
        (BY_VEP, "##VEP-command-line='vep -a GRCh37 --cache -i in.vcf'", False),
        (BY_VEP, "##VEP-command-line='vep --assembly GRCh38 --cache -i /GRCh37/in.vcf'", True),
        (BY_VEP, '##VEP="v110" assembly="T2T-CHM13v2.0"', False),
    ],
)
def test_what_was_annotated_on_another_build_is_not_used_and_that_is_said(tmp_path, info, command, used):
    for declared in ({}, {"build": "GRCh38"}):
        path = written(tmp_path, vcf(ANNOTATED.format(info), meta=[CSQ, ANN, command]))
        profile = read_profile(path, RULES, absent="reference", **declared)
        assert (named(profile) == []) is used
        key = info.partition("=")[0]
        assert any(f"INFO/{key}: not used: made on" in check.evidence for check in profile.checks) is not used
        found = {each.criterion: each.truth for each in find(profile, RULES).all if each.gene == "G"}
        assert found["lof"] is (Truth.FALSE if used else Truth.UNKNOWN)


@pytest.mark.parametrize(
    ("line", "alts"),
    [
        (b"1\t5\t.\tA\tC,G\t.\t.\t.\tGT:DP\t0/2:9", [b"G"]),
        (b"1\t5\t.\ta\tc\t.\t.\t.\tGT\t1|1", [b"C"]),
        (b"1\t5\t.\tA\tN\t.\t.\t.\tGT\t0/1", []),
        (b"1\t5\t.\tA\t<DEL>,*\t.\t.\t.\tGT\t1/2", [b"*"]),
        (b"1\t5\t.\tA\tC\t.\t.\t.\tDP:GT\t9:0/1", []),
        (b"1\t5\t.\tA\tC\t.\t.\t.\tGT\t0/0", []),
        (b"1\t5\t.\tA\tC", []),
    ],
)
def test_the_alts_that_a_line_shows(line, alts):
    assert shown_alts(line) == alts


INFOS = (".", ".", "END={end}", "DP=9;END={end}", "SVTYPE=DEL;SVLEN=-60;END={end}", "NOTE=EQUIVALENT", "NAME=\u00e9")
ALTS = ("C", "C", "CGA", "A,C", "<NON_REF>", "C,<NON_REF>", "<*>", "*", ".", "N", "<DEL>")
SIFTED_ROWS = st.tuples(
    st.sampled_from(["1", "1", "2", "3"]),
    st.integers(4990, 6010) | st.sampled_from([4999, 5101, 5199, 5701, 5801, 5999]),
    st.sampled_from(["G", "G", "GA", "g", "G" * 40]),
    st.sampled_from(ALTS),
    st.sampled_from(INFOS),
    st.sampled_from(["0/0", "0/0", "./.", "0|1", "1/1", "0", "1", "./1", "."]),
)


@pytest.mark.holds("READ-15")
@given(
    rows=st.lists(SIFTED_ROWS, min_size=4, max_size=40),
    exons=st.booleans(),
    absent=st.sampled_from(["unknown", "reference"]),
)
def test_what_is_sifted_out_while_a_file_is_scanned_is_nothing_that_a_profile_tells(rows, exons, absent):
    table = [
        f"{chrom} {pos} {ref} {alt} PASS {info.format(end=pos + 30)} GT {'.' if alt == '.' and '1' in gt else gt}"
        for chrom, pos, ref, alt, info, gt in sorted(rows)
    ]
    content, rules = vcf("\n".join(table)), WITH_EXONS if exons else RULES

    def told() -> Profile | str:
        try:
            return read_profile(content, rules, absent=absent)
        except BuildError as error:  # a REF that is not the base of a listed allele's place
            return str(error)

    sifted = told()
    with mock.patch.object(File, "sieve", lambda *_: None):
        assert told() == sifted
