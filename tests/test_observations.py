"""Annotated variants: which are kept, with what, and that the order of lines changes nothing."""

from __future__ import annotations

import itertools
from collections import Counter
from decimal import Decimal
from pathlib import Path

import pytest
from attrs import evolve
from hypothesis import given
from hypothesis import strategies as st

from assigner.evidence.kinds.clinvar import is_clinvar_pathogenic
from assigner.profiles import forms
from assigner.profiles.profile import Profile
from assigner.profiles.written import form_of
from assigner.truth import Truth
from assigner.vcf.annotations.annotators import Annotator
from assigner.vcf.meaning import observations
from assigner.vcf.meaning.relevance import Relevance
from assigner.vcf.reading import read_profile
from assigner.vcf.records import support
from effort import times
from vcfs import WORD, allele, gene, rules_of, vcf, written

BASE = {"tier": 1, "points": 500, "validity": ["definitive"], "max_frequency": "0.001", "carrier_ppm": 1, **WORD}
RULES = rules_of(
    alleles=[allele("L", "1", 5100, "C", "T", gene="G")],
    genes=[
        gene("G", "1", 5000, 5999, mechanisms=["loss_of_function"], transcripts=["ENST1.1", "NM_1.1"], hgnc="HGNC:1"),
        gene("H", "1", 5900, 6500, mechanisms=["loss_of_function"], transcripts=["ENST2.1", "NM_2.1"], hgnc="HGNC:2"),
    ],
    criteria=[
        {"id": "clinvar", "kind": "clinvar", "stars": 1, **BASE},
        {"id": "lof", "kind": "consequence", "terms": ["stop_gained"], "mechanisms": ["loss_of_function"], **BASE},
    ],
    fields={"frequency": ["gnomADg_AF"], "predictors": {"REVEL": ["REVEL", "dbNSFP_REVEL"]}},
)
FIELDS = ["Allele", "Consequence", "SYMBOL", "HGNC_ID", "Feature", "MANE_SELECT", "EXON", "gnomADg_AF", "REVEL"]
FORMAT = f"Consequence annotations from Ensembl VEP. Format: {'|'.join(FIELDS)}"
CSQ = f'##INFO=<ID=CSQ,Number=.,Type=String,Description="{FORMAT}">'
CLINVAR = [
    '##INFO=<ID=CLNSIG,Number=.,Type=String,Description="x">',
    '##INFO=<ID=CLNREVSTAT,Number=.,Type=String,Description="x">',
]

ALSO = '##INFO=<ID={},Number=1,Type=Float,Description="x">'


def csq(**values: str) -> str:
    fields = {
        "Consequence": "stop_gained",
        "SYMBOL": "G",
        "HGNC_ID": "HGNC:1",
        "Feature": "ENST1.1",
        "MANE_SELECT": "NM_1.1",
        **values,
    }
    return "|".join(fields.get(name, "") for name in FIELDS)


@pytest.mark.parametrize(("most", "each"), [(observations.MOST_REMEMBERED, 1), (1, 2)])
def test_what_is_known_of_few_records_is_worked_out_once_and_nothing_else_changes(tmp_path, monkeypatch, most, each):
    work, asked = support._support, Counter()

    def counted(record):
        asked[record.pos] += 1
        return work(record)

    table = f"1 5100 C T PASS CSQ={csq(Allele='T')} GT 0/1\n1 5200 G A PASS CSQ={csq(Allele='A')} GT 0/1"
    before = profile_of(tmp_path, table)
    monkeypatch.setattr(support, "_support", counted)
    monkeypatch.setattr(observations, "MOST_REMEMBERED", most)
    assert profile_of(tmp_path, table) == before
    assert asked[5100] == each  # listed: asked for again, once all records were observed


def profile_of(folder: Path, table: str, meta=(CSQ, *CLINVAR), **declared) -> Profile:
    return read_profile(written(folder, vcf(table, meta=meta)), RULES, **declared)


def test_what_the_file_says_of_a_variant(tmp_path):
    annotated = csq(Allele="A", EXON="9/9", gnomADg_AF="1e-5", REVEL="0.9")
    info = f"CSQ={annotated};CLNSIG=Pathogenic;CLNREVSTAT=criteria_provided,_single_submitter"
    (seen,) = profile_of(tmp_path, f"1 5200 G A PASS {info} GT 0/1").variants

    assert (seen.gene, str(seen.variant), seen.call.genotype) == ("G", "1-5200-G-A", "0/1")
    assert (seen.terms, seen.pathogenic, seen.stars, seen.last_exon) == (("stop_gained",), Truth.TRUE, 1, Truth.TRUE)
    assert (seen.frequency, dict(seen.predictors)) == (Decimal("1e-5"), {"REVEL": Decimal("0.9")})
    assert seen.label.startswith("ENST1.1")


@pytest.mark.parametrize(
    ("row", "kept"),
    [
        (f"1 5200 G A PASS CSQ={csq(Allele='A')} GT 0/1", 1),
        (f"1 5200 G A PASS CSQ={csq(Allele='A')} GT ./.", 1),  # it may be there
        (f"1 5200 G A PASS CSQ={csq(Allele='A')} GT ./.", 1),  # it may be there
        (f"1 5200 G A LowQual CSQ={csq(Allele='A')} GT 0/1", 1),
        (f"1 5200 G A PASS CSQ={csq(Allele='A', Consequence='synonymous_variant')} GT 0/1", 0),
        (f"1 4900 G A PASS CSQ={csq(Allele='A')} GT 0/1", 0),
        (f"1 5950 G A PASS CSQ={csq(Allele='A')} GT 0/1", 2),  # inside H too, of which it says nothing
        (f"1 5200 G A,T PASS CSQ={csq(Allele='A')},{csq(Allele='T')} GT 1/2", 2),
        (f"1 5200 G A,T PASS CSQ={csq(Allele='A')},{csq(Allele='T')} GT 0/2", 1),
        ("1 5200 G A PASS . GT 0/1", 1),  # nothing explains it
        ("1 5200 G <DEL> PASS END=5300 GT 0/1", 0),
    ],
)
def test_which_variants_are_kept(tmp_path, row, kept):
    assert len(profile_of(tmp_path, row).variants) == kept


def test_in_two_genes_a_variant_is_seen_in_each(tmp_path):
    in_h = csq(Allele="A", SYMBOL="H", HGNC_ID="HGNC:2", Feature="ENST2.1", MANE_SELECT="NM_2.1")
    info = f"CSQ={csq(Allele='A')},{in_h}"
    assert [seen.gene for seen in profile_of(tmp_path, f"1 5950 G A PASS {info} GT 0/1").variants] == ["G", "H"]


@pytest.mark.parametrize("terms", ["exonic_variant", "intron_variant&exonic_variant", "stop-gained"])
def test_a_term_that_is_not_understood_leaves_the_terms_unknown(tmp_path, terms):
    (seen,) = profile_of(tmp_path, f"1 5200 G A PASS CSQ={csq(Allele='A', Consequence=terms)} GT 0/1").variants
    assert seen.terms is None


def test_an_asked_term_counts_beside_one_that_is_not_understood(tmp_path):
    annotated = csq(Allele="A", Consequence="stop_gained&exonic_variant")
    (seen,) = profile_of(tmp_path, f"1 5200 G A PASS CSQ={annotated} GT 0/1").variants
    assert seen.terms == ("stop_gained", "exonic_variant")


def test_a_transcript_that_is_not_the_chosen_one_leaves_the_terms_open_only_if_it_matters(tmp_path):
    other = csq(Allele="A", Feature="ENST9.1", MANE_SELECT="")
    harmless = csq(Allele="A", Feature="ENST9.1", MANE_SELECT="", Consequence="intron_variant")
    (seen,) = profile_of(tmp_path, f"1 5200 G A PASS CSQ={other} GT 0/1").variants
    assert seen.terms is None
    assert profile_of(tmp_path, f"1 5200 G A PASS CSQ={harmless} GT 0/1").variants == ()


@pytest.mark.holds("READ-15")
def test_without_clinvar_in_the_header_its_word_is_unknown(tmp_path):
    row = f"1 5200 G A PASS CSQ={csq(Allele='A')} GT 0/1"
    assert profile_of(tmp_path, row).variants[0].pathogenic is Truth.FALSE
    bare = profile_of(tmp_path, row, meta=[CSQ])
    assert (bare.variants[0].pathogenic, bare.annotated) == (Truth.UNKNOWN, {"consequence"})
    assert profile_of(tmp_path, "1 5200 G A PASS . GT 0/1", meta=[]).annotated == frozenset()


@pytest.mark.holds("READ-15")
@pytest.mark.parametrize(
    ("alts", "said", "genotype", "pathogenic"),
    [
        ("A", "Pathogenic", "0/1", [Truth.TRUE]),
        ("A", "Conflicting_classifications_of_pathogenicity", "0/1", [Truth.UNKNOWN]),
        ("A", "Benign", "0/1", []),
        ("A", ".", "0/1", []),
        ("A,<NON_REF>", "Pathogenic", "0/1", [Truth.TRUE]),
        ("A,*", "Pathogenic", "0/1", [Truth.TRUE]),
        ("A,T", "Pathogenic", "1/2", [Truth.UNKNOWN, Truth.UNKNOWN]),
        ("A,T", "Benign", "0/1", [Truth.UNKNOWN]),
    ],
)
def test_what_clinvar_may_say_is_kept_whatever_the_consequence(tmp_path, alts, said, genotype, pathogenic):
    told = ",".join(csq(Allele=alt, Consequence="missense_variant") for alt in alts.split(",") if alt in "AT")
    row = f"1 5200 G {alts} PASS CSQ={told};CLNSIG={said};CLNREVSTAT=criteria_provided,_single_submitter GT {genotype}"
    assert [seen.pathogenic for seen in profile_of(tmp_path, row).variants] == pathogenic


def test_conditions_are_kept_with_a_verdict_that_may_be_pathogenic(tmp_path):
    about = "CLNREVSTAT=criteria_provided,_single_submitter;CLNDN=Spastic_paraplegia_10|not_provided"
    meta = (CSQ, *CLINVAR, '##INFO=<ID=CLNDN,Number=.,Type=String,Description="x">')
    kept = {
        said: profile_of(tmp_path, f"1 5200 G A PASS CSQ={csq(Allele='A')};CLNSIG={said};{about} GT 0/1", meta)
        for said in ("Pathogenic", "Conflicting_classifications", "Benign")
    }
    assert [seen.conditions for profile in kept.values() for seen in profile.variants] == [
        ("Spastic paraplegia 10", "not provided"),
        ("Spastic paraplegia 10", "not provided"),
        (),
    ]


@pytest.mark.holds("READ-15")
@pytest.mark.parametrize(
    ("command", "expected"),
    [
        ("annotate -a clinvar.vcf.gz -c INFO/CLNSIG,INFO/CLNREVSTAT in.vcf", Truth.TRUE),
        ("annotate -a c.tsv.gz -c CHROM,POS,REF,ALT,CLNSIG,CLNREVSTAT in.vcf", Truth.TRUE),
        ("annotate -a c.tsv.gz -c CHROM,POS,CLNSIG,CLNREVSTAT in.vcf", Truth.UNKNOWN),
        ("annotate -a c.tsv.gz --columns=CHROM,FROM,TO,INFO/CLNSIG in.vcf", Truth.UNKNOWN),
        ("annotate -a clinvar.vcf.gz -c INFO --pair-logic all in.vcf", Truth.UNKNOWN),
        ("annotate -a clinvar.vcf.gz -c +INFO/CLNSIG --pair-logic exact in.vcf", Truth.TRUE),
        ("annotate -a genes.bed.gz -c CHROM,FROM,TO,GENE in.vcf", Truth.TRUE),
    ],
)
def test_a_word_of_clinvar_that_was_written_by_place_is_no_word_on_this_allele(tmp_path, command, expected):
    row = f"1 5200 G A PASS CSQ={csq(Allele='A')};CLNSIG=Pathogenic;CLNREVSTAT=single GT 0/1"
    for line, truth in ((f"##bcftools_annotateCommand={command}; Date=now", expected),
                        ('##SnpSiftCmd="SnpSift Annotate -noAlt clinvar.vcf in.vcf"', Truth.UNKNOWN),
                        ('##SnpSiftCmd="SnpSift Annotate clinvar.vcf in.vcf"', Truth.TRUE)):  # fmt: skip
        (seen,) = profile_of(tmp_path, row, meta=(CSQ, *CLINVAR, line)).variants
        assert seen.pathogenic is truth


@pytest.mark.holds("READ-15")
@pytest.mark.parametrize(
    ("own", "other", "pathogenic"),
    [
        ("", "", Truth.UNKNOWN),  # one word at two alleles: ClinVar has one for each
        (";ALLELEID=8468", ";ALLELEID=8468", Truth.UNKNOWN),
        (";ALLELEID=8468", ";ALLELEID=8469", Truth.TRUE),
        (";GENEINFO=G:1", ";GENEINFO=G:1|H:2", Truth.TRUE),
        (";GENEINFO=H:2", ";GENEINFO=G:1", Truth.UNKNOWN),  # a word on another gene
        (";GENEINFO=H:2|g:1", ";GENEINFO=H:1", Truth.TRUE),
    ],
)
def test_clinvars_word_is_that_of_one_allele_and_of_the_genes_that_it_names(tmp_path, own, other, pathogenic):
    said = "CLNSIG=Pathogenic;CLNREVSTAT=single"
    rows = f"1 5200 G A PASS CSQ={csq(Allele='A')};{said}{own} GT 0/1\n1 5200 G T PASS {said}{other} GT 0/0"
    keys = ("ALLELEID", "GENEINFO")
    (seen,) = profile_of(tmp_path, rows, meta=(CSQ, *CLINVAR, *map(ALSO.format, keys))).variants
    assert seen.pathogenic is pathogenic


@pytest.mark.holds("READ-14")
@pytest.mark.parametrize(
    ("ann", "terms"),
    [
        ("stop_gained&splice_region_variant", ("stop_gained",)),
        ("missense_variant", None),
        ("synonymous_variant", None),
    ],
)
def test_two_programs_that_contradict_each_other_on_one_transcript_leave_it_unknown(tmp_path, ann, terms):
    said = "Functional annotations: 'Allele | Annotation | Feature_ID'"
    meta = f'##INFO=<ID=ANN,Number=.,Type=String,Description="{said}">'
    row = f"1 5200 G A PASS CSQ={csq(Allele='A')};ANN=A|{ann}|ENST1.1 GT 0/1"
    assert [seen.terms for seen in profile_of(tmp_path, row, meta=(CSQ, meta)).variants] == [terms]
    swapped = f"1 5200 G A PASS CSQ={csq(Allele='A', Consequence=ann)};ANN=A|stop_gained|ENST1.1 GT 0/1"
    found = [seen.terms for seen in profile_of(tmp_path, swapped, meta=(CSQ, meta)).variants]
    assert found == [None if terms is None else ("stop_gained", "splice_region_variant")]


@pytest.mark.holds("READ-15")
@pytest.mark.parametrize(
    ("more", "frequency"),
    [
        ("", "0.00001"),
        (";gnomADe_AC=2;gnomADe_AN=200000", "0.00001"),
        (";gnomADe_AC=0;gnomADe_AN=0", None),  # nobody was counted
        (";gnomADe_AC=50000;gnomADe_AN=100000", None),  # the counts contradict it
        (";SWEGENAF=0.3", None),  # a frequency that is not understood may be what counts
        (";UKB_AF=0.3", None),
        (";dbNSFP_RegeneronME_ALL_AF=0.3", None),
        (";COMMON=1", None),  # dbSNP's own fields, which may be of another ALT
        (";COMMON=0", "0.00001"),
        (";G5", None),
        (";CAF=0.9,0.1", None),
        (";TOPMED=0.99999,0.00001", "0.00001"),
        (";FREQ=1000Genomes:0.98,0.02|GnomAD:1,0", None),
        (";FREQ=0.5", "0.00001"),  # VarScan's, of reads
        (";UKB_AF=0.00003", "0.00001"),
        (";gnomADe_AF_asj=0.3", "0.00001"),  # of a founder population
        (";MAF=0.5", "0.00001"),  # of the caller's own samples
    ],
)
def test_a_rare_frequency_that_the_record_itself_contradicts_is_unknown(tmp_path, more, frequency):
    keys = ("gnomADe_AF", "gnomADe_AC", "gnomADe_AN", "SWEGENAF", "UKB_AF", "gnomADe_AF_asj", "MAF")
    keys += ("dbNSFP_RegeneronME_ALL_AF", "COMMON", "G5", "CAF", "TOPMED", "FREQ")
    row = f"1 5200 G A PASS CSQ={csq(Allele='A')};gnomADe_AF=0.00001{more} GT 0/1"
    (seen,) = profile_of(tmp_path, row, meta=(CSQ, *map(ALSO.format, keys))).variants
    assert (None if seen.frequency is None else f"{seen.frequency:f}") == frequency


@pytest.mark.holds("READ-14")
@pytest.mark.parametrize(
    ("field", "own", "other"),
    [
        ("REF_ALLELE", "G", "C"),
        ("GIVEN_REF", "G", "C"),
        ("UPLOADED_ALLELE", "G/A", "C/T"),
        ("UPLOADED_ALLELE", "G/T/A", "G/T"),
        ("HGVSg", "chr1:g.5200G>A", "NC_000001.11:g.5200G>T"),
        ("USED_REF", "G", "C"),  # the base of a transcript that is not the genome's
        ("HGVSc", "ENST1.1:n.97C>T", "ENST1.1:n.97C>A"),
        ("HGVSc", "ENST1.1:n.12+1G>A", "ENST1.1:n.12+1G>C"),
        ("BAM_EDIT", "OK", "FAILED"),
    ],
)
@pytest.mark.parametrize("terms", ["stop_gained", "intron_variant"])
def test_an_entry_of_vep_that_names_another_change_is_not_of_this_allele(tmp_path, terms, field, own, other):
    meta = CSQ.replace("Format: ", f"Format: {field}|")
    for value, explained in ((own, True), (other, False)):
        if value is not None:
            row = f"1 5200 G A PASS CSQ={value}|{csq(Allele='A', Consequence=terms)} GT 0/1"
            found = [seen.terms for seen in profile_of(tmp_path, row, meta=(meta,)).variants if seen.gene == "G"]
            assert found == ([(terms,)] if explained and terms == "stop_gained" else [] if explained else [None])


@pytest.mark.holds("READ-14")
@pytest.mark.parametrize(
    ("field", "value", "exon", "terms", "last"),
    [
        ("LoF", "HC", "2/9", ("stop_gained",), Truth.FALSE),
        ("LoF", "LC", "2/9", None, Truth.FALSE),  # LOFTEE has low confidence that function is lost
        ("LoF", "LC", "9/9", ("stop_gained",), Truth.TRUE),
        ("NMD", "NMD_escaping_variant", "2/9", ("stop_gained",), Truth.UNKNOWN),
        ("NMD", "NMD_escaping_variant", "9/9", ("stop_gained",), Truth.TRUE),
    ],
)
def test_a_plugin_of_vep_that_doubts_a_loss_of_function_is_heard(tmp_path, field, value, exon, terms, last):
    meta = CSQ.replace("Format: ", f"Format: {field}|")
    row = f"1 5200 G A PASS CSQ={value}|{csq(Allele='A', EXON=exon)} GT 0/1"
    (seen,) = profile_of(tmp_path, row, meta=(meta,)).variants
    assert (seen.terms, seen.last_exon) == (terms, last)


@pytest.mark.holds("READ-14")
def test_a_field_that_is_declared_twice_with_other_columns_is_not_read(tmp_path):
    row = f"1 5200 G A PASS CSQ={csq(Allele='A')} GT 0/1"
    again = CSQ.replace("SYMBOL|HGNC_ID", "HGNC_ID|SYMBOL")
    assert [seen.terms for seen in profile_of(tmp_path, row, meta=(CSQ, CSQ)).variants] == [("stop_gained",)]
    read = profile_of(tmp_path, row, meta=(CSQ, again))
    assert [seen.terms for seen in read.variants] in ([], [None])
    assert any("declared several times" in check.evidence for check in read.checks)


@pytest.mark.holds("READ-15")
@pytest.mark.parametrize(
    ("key", "said", "pathogenic"),
    [
        ("dbNSFP_clinvar_clnsig", "Benign", Truth.UNKNOWN),  # another release of ClinVar
        ("dbNSFP_clinvar_clnsig", "Likely_pathogenic", Truth.TRUE),
        ("dbNSFP_clinvar_trait", "Benign_familial_seizures", Truth.TRUE),
        ("CLIN_SIG", "benign", Truth.TRUE),  # of any allele at the place
    ],
)
def test_a_word_of_clinvar_that_another_field_denies_is_unknown(tmp_path, key, said, pathogenic):
    row = f"1 5200 G A PASS CSQ={csq(Allele='A')};CLNSIG=Pathogenic;CLNREVSTAT=single;{key}={said} GT 0/1"
    (seen,) = profile_of(tmp_path, row, meta=(CSQ, *CLINVAR, ALSO.format(key))).variants
    assert seen.pathogenic is pathogenic


@pytest.mark.holds("READ-14")
@pytest.mark.parametrize("name", ["G", "g", "OLD", "2-Mar", ""])
def test_a_transcript_that_the_rule_set_names_counts_whatever_the_file_calls_its_gene(tmp_path, name):
    said = "Functional annotations: 'Allele | Annotation | Gene_Name | Feature_ID'"
    meta = f'##INFO=<ID=ANN,Number=.,Type=String,Description="{said}">'
    row = f"1 5200 G A PASS ANN=A|stop_gained|{name}|ENST1.7 GT 0/1"
    assert [seen.terms for seen in profile_of(tmp_path, row, meta=(meta,)).variants] == [("stop_gained",)]


@pytest.mark.holds("READ-15")
@pytest.mark.parametrize(
    ("terms", "changes", "pathogenic"),
    [
        ("missense_variant", "SO:0001583|missense_variant", Truth.TRUE),
        ("missense_variant", "SO:0001583|missense_variant,SO:0001627|intron_variant", Truth.TRUE),
        ("missense_variant", "SO:0001587|nonsense", Truth.UNKNOWN),  # of another change of the codon
        ("stop_gained", "SO:0001587|nonsense", Truth.TRUE),
        ("missense_variant", "SO:0001623|5_prime_UTR_variant", Truth.TRUE),
        ("splice_donor_variant", "SO:0001583|missense_variant", Truth.TRUE),
    ],
)
def test_clinvars_word_is_not_of_an_allele_that_does_something_else_to_the_codon(tmp_path, terms, changes, pathogenic):
    said = f"CLNSIG=Pathogenic;CLNREVSTAT=single;MC={changes}"
    row = f"1 5200 G A PASS CSQ={csq(Allele='A', Consequence=terms)};{said} GT 0/1"
    (seen,) = profile_of(tmp_path, row, meta=(CSQ, *CLINVAR, ALSO.format("MC"))).variants
    assert seen.pathogenic is pathogenic


@pytest.mark.holds("READ-15")
@pytest.mark.parametrize("terms", ["stop_gained", "intron_variant"])
def test_what_vep_says_of_a_place_leaves_open_whether_the_allele_is_pathogenic(tmp_path, terms):
    meta = CSQ.replace("Format: ", "Format: CLIN_SIG|")
    row = f"1 5200 G A PASS CSQ=pathogenic|{csq(Allele='A', Consequence=terms)} GT 0/1"
    profile = profile_of(tmp_path, row, meta=(meta, *CLINVAR))
    assert [seen.pathogenic for seen in profile.variants] == [Truth.UNKNOWN]
    assert any("CLIN_SIG, which looks like ClinVar's word" in check.evidence for check in profile.checks)


@pytest.mark.holds("READ-14")
@pytest.mark.parametrize(
    ("change", "terms"), [("5200G>A", ("stop_gained",)), ("5200G>T", None), ("", ("stop_gained",))]
)
def test_a_consequence_of_bcftools_csq_is_of_the_change_that_it_names(tmp_path, change, terms):
    said = "Format: Consequence|gene|transcript|biotype|strand|amino_acid_change|dna_change"
    meta = (
        f'##INFO=<ID=BCSQ,Number=.,Type=String,Description="Local consequence annotation from BCFtools/csq. {said}">',
    )
    row = f"1 5200 G A PASS BCSQ=stop_gained|G|ENST1|protein_coding|+|33Q>33*|{change} GT 0/1"
    assert [seen.terms for seen in profile_of(tmp_path, row, meta=meta).variants] == [terms]


@pytest.mark.holds("READ-15")
@pytest.mark.parametrize(
    ("own", "other", "names", "pathogenic"),
    [
        ("intron_variant", "stop_gained", "", Truth.UNKNOWN),
        ("downstream_gene_variant", "missense_variant", "", Truth.UNKNOWN),
        (None, "missense_variant", "", Truth.UNKNOWN),
        ("intron_variant", "stop_gained", ";GENEINFO=G:1|H:2", Truth.TRUE),
        ("intron_variant", "intron_variant", "", Truth.TRUE),
        ("intron_variant", None, "", Truth.TRUE),
        ("missense_variant", "stop_gained", "", Truth.TRUE),
    ],
)
def test_clinvars_word_may_be_on_the_gene_in_which_an_allele_does_more(tmp_path, own, other, names, pathogenic):
    said = [csq(Allele="A", Consequence=own)] if own else []
    more = {"SYMBOL": "X", "HGNC_ID": "HGNC:9", "Feature": "ENST9.1", "MANE_SELECT": "NM_9.1"}
    said += [csq(Allele="A", Consequence=other, **more)] if other else []
    row = f"1 5200 G A PASS CSQ={','.join(said)};CLNSIG=Pathogenic;CLNREVSTAT=single{names} GT 0/1"
    (seen,) = profile_of(tmp_path, row, meta=(CSQ, *CLINVAR, ALSO.format("GENEINFO"))).variants
    assert seen.pathogenic is pathogenic


@pytest.mark.parametrize(
    ("values", "ids", "score"),
    [
        ("0.9,0.1", "ENST9,ENST1", "0.1"),
        ("0.1,0.9", "ENST9,ENST1", "0.9"),
        ("0.9,.", "ENST9,ENST1", None),
        ("0.9,0.1", "ENST8,ENST9", None),
        ("0.9,0.1", "ENST1", None),
        ("0.9,.", "ENST1", "0.9"),
        ("0.9", "ENST9,ENST1", "0.9"),
        ("0.9,0.1", ".", "0.9"),
    ],
)
def test_of_dbnsfps_list_the_value_on_the_transcript_that_counts_is_read(tmp_path, values, ids, score):
    meta = (CSQ, ALSO.format("dbNSFP_REVEL"), ALSO.format("dbNSFP_Ensembl_transcriptid"))
    info = f"dbNSFP_REVEL={values};dbNSFP_Ensembl_transcriptid={ids}"
    (seen,) = profile_of(tmp_path, f"1 5200 G A PASS CSQ={csq(Allele='A')};{info} GT 0/1", meta=meta).variants
    assert {name: str(value) for name, value in seen.predictors.items()} == ({"REVEL": score} if score else {})


def test_numbers_of_a_record_that_was_turned_round_are_of_another_allele(tmp_path):
    meta = (CSQ, ALSO.format("gnomADe_AF"), ALSO.format("dbNSFP_REVEL"), ALSO.format("SwappedAlleles"))
    for mark, expected in (("", (Decimal("0.9"), 1)), (";SwappedAlleles", (None, 0)), (";SWAP=-1", (None, 0))):
        row = f"1 5200 G A PASS CSQ={csq(Allele='A')};gnomADe_AF=0.9;dbNSFP_REVEL=0.9{mark} GT 0/1"
        (seen,) = profile_of(tmp_path, row, meta=meta).variants
        assert (seen.frequency, len(seen.predictors)) == expected


COMMAND = "##bcftools_annotateCommand=annotate -a {} in.vcf; Date=now"
COPIED = '##INFO=<ID={},Number=1,Type=Float,Description="calculated by max of overlapping values in {} from {}">'


@pytest.mark.holds("READ-15")
@pytest.mark.parametrize(
    ("meta", "frequency", "score"),
    [
        ([ALSO.format("gnomADe_AF"), ALSO.format("REVEL")], "0.2", "0.9"),
        ([COPIED.format("gnomADe_AF", "field AF", "g.vcf.gz"), ALSO.format("REVEL")], "0.2", "0.9"),
        ([COPIED.format("gnomADe_AF", "column 5", "g.bed.gz"), ALSO.format("REVEL")], None, "0.9"),
        ([ALSO.format("gnomADe_AF"), COPIED.format("REVEL", "column 5", "/refs/revel.bed")], "0.2", None),
        ([ALSO.format("gnomADe_AF"), COPIED.format("REVEL", "column 6", "SNVs.tsv.gz")], "0.2", "0.9"),
        ([ALSO.format("gnomADe_AF"), COPIED.format("REVEL", "field R", "/GRCh37/r.vcf.gz")], "0.2", None),
        ([COPIED.format("gnomADe_AF", "field AF", "/hg19/g.vcf.gz"), ALSO.format("REVEL")], None, "0.9"),
        (
            [ALSO.format("gnomADe_AF"), ALSO.format("REVEL"), COMMAND.format("g.tsv.gz -c CHROM,POS,gnomADe_AF,REVEL")],
            None,
            None,
        ),
        (
            [ALSO.format("gnomADe_AF"), ALSO.format("REVEL"), COMMAND.format("g.hg19.vcf.gz -c gnomADe_AF:=AF,REVEL")],
            None,
            None,
        ),
        (
            [ALSO.format("gnomADe_AF"), ALSO.format("REVEL"), COMMAND.format("g.hg19toHg38.vcf.gz -c gnomADe_AF:=AF")],
            "0.2",
            "0.9",
        ),
    ],
)
def test_what_was_matched_by_place_or_on_another_build_says_nothing_of_this_allele(tmp_path, meta, frequency, score):
    row = f"1 5200 G A PASS CSQ={csq(Allele='A')};gnomADe_AF=0.2;REVEL=0.9 GT 0/1"
    (seen,) = profile_of(tmp_path, row, meta=(CSQ, *meta)).variants
    told = None if seen.frequency is None else str(seen.frequency)
    assert (told, {name: str(value) for name, value in seen.predictors.items()}) == (
        frequency,
        {} if score is None else {"REVEL": score},
    )


@pytest.mark.parametrize(
    ("said", "line", "frequency"),
    [
        ("0.2", '##INFO=<ID=gnomADg,Number=.,Type=String,Description="/refs/g.vcf.gz (exact)">', "0.2"),
        ("0.2", '##INFO=<ID=gnomADg,Number=.,Type=String,Description="/refs/g.vcf.gz (overlap)">', None),
        ("0.2&0.00001", "##VEP-command-line='vep --custom /refs/g.vcf.gz,gnomADg,vcf,overlap,0,AF'", None),
        ("0.00001", "##VEP-command-line='vep --custom /refs/g.vcf.gz,gnomADg,vcf,overlap,0,AF'", "0.00001"),
        ("0.2", "##VEP-command-line='vep --custom /refs/g.GRCh37.vcf.gz,gnomADg,vcf,exact,0,AF'", None),
        ("0.2", "##VEP-command-line='vep --custom file=/refs/g.vcf.gz,short_name=gnomADg,type=exact,fields=AF'", "0.2"),
    ],
)
def test_a_frequency_that_vep_matched_by_overlap_clears_no_allele(tmp_path, said, line, frequency):
    row = f"1 5200 G A PASS CSQ={csq(Allele='A', gnomADg_AF=said)} GT 0/1"
    (seen,) = profile_of(tmp_path, row, meta=(CSQ, line)).variants
    assert (None if seen.frequency is None else f"{seen.frequency:f}") == frequency


@pytest.mark.parametrize(
    ("line", "pathogenic", "score"),
    [
        ('##SnpSiftCmd="SnpSift Annotate /refs/GRCh37/clinvar.vcf.gz in.vcf"', Truth.UNKNOWN, "0.9"),
        ('##SnpSiftCmd="SnpSift Annotate /refs/GRCh38/clinvar.vcf.gz in.vcf"', Truth.TRUE, "0.9"),
        ('##SnpSiftCmd="SnpSift dbnsfp -v -db /refs/dbNSFP4.1a_hg19.txt.gz in.vcf"', Truth.TRUE, None),
        ("##VEP-command-line='vep --plugin REVEL,/refs/revel_grch37.tsv.gz'", Truth.TRUE, "0.9"),
    ],
)
def test_a_database_of_another_build_tells_nothing(tmp_path, line, pathogenic, score):
    row = f"1 5200 G A PASS CSQ={csq(Allele='A')};CLNSIG=Pathogenic;CLNREVSTAT=single;dbNSFP_REVEL=0.9 GT 0/1"
    (seen,) = profile_of(tmp_path, row, meta=(CSQ, *CLINVAR, ALSO.format("dbNSFP_REVEL"), line)).variants
    told = {name: str(value) for name, value in seen.predictors.items()}
    assert (seen.pathogenic, told) == (pathogenic, {} if score is None else {"REVEL": score})


def test_the_order_of_lines_changes_nothing(tmp_path):
    rows = [
        f"1 5200 G A PASS CSQ={csq(Allele='A', gnomADg_AF='0.1')} GT 0/1",
        f"1 5200 G A PASS CSQ={csq(Allele='A')} GT 1/1",
        f"1 5950 G A PASS CSQ={csq(Allele='A')} GT 0/1",
        f"1 5100 C T PASS CSQ={csq(Allele='T')} GT 0/1",
    ]
    read = {
        str(evolve(profile_of(tmp_path, "\n".join(order)), inputs=(), checks=()))
        for order in itertools.permutations(rows)
    }
    assert len(read) == 1


def test_a_gene_is_assessed_where_the_caller_or_blocks_say_so(tmp_path):
    block = "1 4990 A <NON_REF> PASS END=6000 GT:DP 0/0:30"
    assert profile_of(tmp_path, block).assessed == {"G": 1000, "H": 168}
    assert profile_of(tmp_path, block, meta=[]).assessed == {}
    bed = tmp_path / "a.bed"
    bed.write_text("chr1\t4000\t7000\n")
    assert profile_of(tmp_path, "", callable=bed).assessed == {"G": 1000, "H": 1000}


@pytest.mark.holds("READ-14")
@pytest.mark.parametrize(
    ("entries", "terms"),
    [
        # MANE Select of Ensembl and its RefSeq partner, among worse transcripts of both.
        ([{}, {"Feature": "NM_1.1"}, {"Feature": "NM_9.1", "MANE_SELECT": "", "Consequence": "stop_lost"}],
         ("stop_gained",)),
        # The two partners disagree: neither is preferred.
        ([{}, {"Feature": "NM_1.1", "Consequence": "missense_variant"}], None),
        # Without MANE Select, the transcript that the rule set names, of either source.
        ([{"MANE_SELECT": "", "Feature": "NM_1.7"}, {"MANE_SELECT": "", "Feature": "X_1", "Consequence": "stop_lost"}],
         ("stop_gained",)),
        # Several terms of one entry, one of them asked.
        ([{"Consequence": "stop_gained&splice_region_variant"}], ("stop_gained", "splice_region_variant")),
        # Percent-encoded, as VCF 4.3 has it.
        ([{"Consequence": "stop%5Fgained"}], ("stop_gained",)),
        # A gene by an old name and its HGNC id; a homonym with another id.
        ([{"SYMBOL": "OLD"}], ("stop_gained",)),
        ([{"HGNC_ID": "HGNC:77"}], None),
        ([{"HGNC_ID": "", "SYMBOL": "G"}], ("stop_gained",)),
        ([{"HGNC_ID": "", "SYMBOL": "OLD"}], ("stop_gained",)),
        ([{"HGNC_ID": "", "SYMBOL": "OLD", "Feature": "X_1"}], None),
        # Not told is unknown: no gene, another gene, another transcript alone.
        ([{"SYMBOL": "", "HGNC_ID": "", "Feature": "", "MANE_SELECT": ""}], None),
        ([{"SYMBOL": "", "HGNC_ID": "", "Feature": "", "MANE_SELECT": "", "Consequence": "intergenic_variant"}], None),
        ([{"SYMBOL": "", "HGNC_ID": "", "Feature": "", "MANE_SELECT": "", "Consequence": "intron_variant"}], "nothing"),
        ([{"Feature": "X_1", "MANE_SELECT": "", "Consequence": "upstream_gene_variant"}], None),
        ([{"Feature": "X_1", "MANE_SELECT": "", "Consequence": "intron_variant"}], "nothing"),
        ([{"Consequence": "upstream_gene_variant"}], "nothing"),
        ([{"HGNC_ID": "", "SYMBOL": "g"}], ("stop_gained",)),
    ],
)  # fmt: skip
def test_which_entry_of_vep_counts(tmp_path, entries, terms):
    info = ",".join(csq(Allele="A", **entry) for entry in entries)
    seen = profile_of(tmp_path, f"1 5200 G A PASS CSQ={info} GT 0/1").variants
    assert [o.terms for o in seen] == ([] if terms == "nothing" else [terms])


@pytest.mark.holds("READ-14")
@pytest.mark.parametrize(
    ("more", "last_exon", "frequency"),
    [
        ({"EXON": "9/9", "gnomADg_AF": "0"}, Truth.TRUE, Decimal(0)),
        ({"EXON": "8/9"}, Truth.FALSE, None),
        ({}, Truth.UNKNOWN, None),
        ({"EXON": "8-9/9", "gnomADg_AF": "."}, Truth.UNKNOWN, None),
    ],
)
def test_what_the_file_does_not_say_is_unknown(tmp_path, more, last_exon, frequency):
    (seen,) = profile_of(tmp_path, f"1 5200 G A PASS CSQ={csq(Allele='A', **more)} GT 0/1").variants
    assert (seen.last_exon, seen.frequency) == (last_exon, frequency)


@pytest.mark.parametrize(
    ("rank", "term", "expected"),
    [("9/9", "stop_gained", Truth.TRUE), ("3/9", "stop_gained", Truth.FALSE), ("", "stop_gained", Truth.UNKNOWN)],
)
def test_snpeffs_rank_tells_the_last_exon(tmp_path, rank, term, expected):
    names = "'Allele | Annotation | Gene_Name | Feature_Type | Feature_ID | Rank | HGVS.c'"
    meta = f'##INFO=<ID=ANN,Number=.,Type=String,Description="Functional annotations: {names}">'
    info = f"ANN=A|{term}|G|transcript|ENST1.9|{rank}|c.1G>A,A|{term}|G|transcript|ENST7.1|1/2|c.1G>A"
    (seen,) = profile_of(tmp_path, f"1 5200 G A PASS {info} GT 0/1", meta=[meta]).variants
    assert (seen.terms, seen.last_exon) == ((term,), expected)


@pytest.mark.parametrize("verdict", ["HC", "LC", "OS", ""])
def test_loftees_verdict_decides_nothing_but_that_low_confidence_leaves_it_open(tmp_path, verdict):
    names = "Allele|Consequence|SYMBOL|HGNC_ID|Feature|MANE_SELECT|LoF"
    meta = (
        f'##INFO=<ID=CSQ,Number=.,Type=String,Description="Consequence annotations from Ensembl VEP. Format: {names}">'
    )
    row = f"1 5200 G A PASS CSQ=A|stop_gained|G|HGNC:1|ENST1.1|NM_1.1|{verdict} GT 0/1"
    (seen,) = profile_of(tmp_path, row, meta=[meta]).variants
    assert seen.terms == (None if verdict == "LC" else ("stop_gained",))


@pytest.mark.holds("READ-15")
@pytest.mark.parametrize(
    ("status", "stars"),
    [
        ("CLNREVSTAT=criteria_provided,_multiple_submitters,_concordant", None),
        ("CLNREVSTAT=.", None),
        ("DP=3", None),
        ("CLNREVSTAT=criteria_provided%2C_single_submitter", 1),
        ("CLNREVSTAT=criteria_provided%252C_single_submitter", 1),
        (r"CLNREVSTAT=criteria_provided\x2c_single_submitter", 1),
        ("CLNREVSTAT=no_assertion_criteria_provided", 0),
    ],
)
def test_a_review_status_that_is_not_understood_is_no_star_s_absence(tmp_path, status, stars):
    missense = csq(Allele="A", Consequence="missense_variant", gnomADg_AF="0")
    profile = profile_of(tmp_path, f"1 5200 G A PASS CSQ={missense};CLNSIG=Pathogenic;{status} GT 0/1")
    (seen,) = profile.variants
    assert (seen.pathogenic, seen.stars) == (Truth.TRUE, stars)
    assert is_clinvar_pathogenic(seen, 1) is {None: Truth.UNKNOWN, 0: Truth.FALSE, 1: Truth.TRUE}[stars]
    named = [check.evidence for check in profile.checks if "not understood" in check.evidence]
    assert bool(named) is (stars is None)
    assert forms.profile_of(form_of(profile), RULES).variants == profile.variants


@pytest.mark.parametrize(
    ("alleles", "pathogenic"),
    [("1", Truth.TRUE), (".", Truth.TRUE), ("0", Truth.UNKNOWN), ("-1", Truth.UNKNOWN), ("2", Truth.UNKNOWN)],
)
def test_clnalle_says_of_which_allele_clinvar_speaks(tmp_path, alleles, pathogenic):
    info = f"CSQ={csq(Allele='A')};CLNSIG=5;CLNREVSTAT=single;CLNALLE={alleles}"
    (seen,) = profile_of(tmp_path, f"1 5200 G A PASS {info} GT 0/1").variants
    assert seen.pathogenic is pathogenic


@pytest.mark.holds("READ-15")
@pytest.mark.parametrize(
    ("meta", "pathogenic"),
    [
        ('##INFO=<ID=ClinVar,Number=.,Type=String,Description="/a/clinvar.vcf.gz (overlap)">', Truth.UNKNOWN),
        ('##INFO=<ID=ClinVar,Number=.,Type=String,Description="/a/overlap/clinvar.vcf.gz (exact)">', Truth.TRUE),
        ("##VEP-command-line='vep --custom c.vcf.gz,ClinVar,vcf,overlap,0,CLNSIG --vcf'", Truth.UNKNOWN),
        ("##VEP-command-line='vep --custom c.vcf.gz,ClinVar,vcf,exact,0,CLNSIG --vcf'", Truth.TRUE),
        ("##VEP-command-line='vep --custom file=c.vcf.gz,short_name=ClinVar,format=vcf,fields=CLNSIG'", Truth.UNKNOWN),
        ("##VEP-command-line='vep --custom c.vcf.gz,ClinVar,vcf'", Truth.UNKNOWN),
        ("##VEP-command-line='vep --custom file=c.vcf.gz,short_name=ClinVar,format=vcf,type=exact'", Truth.TRUE),
        ("##VEP-command-line='vep --custom file=c,short_name=ClinVar,format=vcf,type=overlap'", Truth.UNKNOWN),
        ("##VEP-command-line='vep --custom file=c,short_name=other,format=vcf,type=overlap'", Truth.TRUE),
    ],
)
def test_what_overlaps_a_variant_is_not_the_variant(tmp_path, meta, pathogenic):
    own = f"{csq(Allele='A')}|Pathogenic|criteria_provided&_single_submitter"
    described = CSQ.replace('">', '|ClinVar_CLNSIG|ClinVar_CLNREVSTAT">')
    (seen,) = profile_of(tmp_path, f"1 5200 G A PASS CSQ={own} GT 0/1", meta=[described, meta]).variants
    assert seen.pathogenic is pathogenic


@pytest.mark.parametrize(
    ("command", "kept"),
    [
        ("##VEP-command-line='vep --cache --vcf'", 0),
        ("##VEP-command-line='vep --cache --flag_pick --pick_order rank --vcf'", 0),
        ("##VEP-command-line='vep --cache --pick --vcf'", 1),
        ("##VEP-command-line='vep --per_gene'", 1),
        ('##SnpEffCmd="SnpEff  -canon GRCh38.99 in.vcf "', 1),
        ('##SnpEffCmd="SnpEff  -onlyTr tr.txt GRCh38.99 in.vcf "', 1),
        ('##SnpEffCmd="SnpEff  -maxTSL 1 GRCh38.99 in.vcf "', 1),
        ('##SnpEffCmd="SnpEff  -onlyProtein GRCh38.99 in.vcf "', 0),
        ("##VEP-command-line='vep --transcript_filter \"stable_id match X\"'", 1),
    ],
)
def test_a_file_that_chose_another_transcript_is_silent_on_the_one_that_counts(tmp_path, command, kept):
    other = csq(Allele="A", Feature="X_1", MANE_SELECT="", Consequence="intron_variant")
    row = f"1 5200 G A PASS CSQ={other} GT 0/1"
    assert len(profile_of(tmp_path, row, meta=[CSQ, command]).variants) == kept
    mane = csq(Allele="A", Feature="X_1", Consequence="intron_variant")
    assert profile_of(tmp_path, f"1 5200 G A PASS CSQ={mane} GT 0/1", meta=[CSQ, command]).variants == ()


@pytest.mark.holds("READ-15")
@pytest.mark.parametrize(
    ("said", "expected"),
    [
        ("gnomADg_AF=0.00001;gnomADe_AF_grpmax=0.02", "0.02"),
        ("gnomADg_AF=0.03;gnomADe_AF_grpmax=0.02", "0.03"),
        ("dbNSFP_gnomAD4.1_joint_POPMAX_AF=0.02,.", "0.02"),
        ("GNOMADAF_popmax=0.02", "0.02"),
        ("gnomad_popmax_af=-1", None),
        ("gnomad_popmax_af=-1;gnomad_af=0.02", "0.02"),
        ("gnomAD_exomes_AF=0.001|0.02", "0.02"),
        ("faf95_grpmax_joint=0.02", "0.02"),
        ("AF_TGP=0.02;AF_ESP=0.01;AF_EXAC=0.001", "0.02"),
        ("1000g2015aug_all=0.02", "0.02"),
        ("esp6500siv2_ea=0.02", "0.02"),
        ("dbNSFP_1000Gp3_EUR_AF=0.02,.", "0.02"),
        ("TOPMED_AF=0.02", "0.02"),
        ("AF=0.5", None),
        ("gnomAD_nhomalt=1;gnomad_popmax_af_filter=1;gnomAD_AF_asj=0.4", None),
    ],
)
def test_the_highest_frequency_counts_however_it_is_spelled(tmp_path, said, expected):
    (seen,) = profile_of(tmp_path, f"1 5200 G A PASS CSQ={csq(Allele='A')};{said} GT 0/1").variants
    assert seen.frequency == (None if expected is None else Decimal(expected))


def test_a_field_that_looks_like_a_frequency_and_is_not_read_is_named(tmp_path):
    meta = [CSQ, *(f'##INFO=<ID={key},Number=A,Type=Float,Description="x">' for key in ("SWEGENAF", "AF", "gnomad_AF"))]
    profile = profile_of(tmp_path, f"1 5200 G A PASS CSQ={csq(Allele='A')} GT 0/1", meta=meta)
    (note,) = [check.evidence for check in profile.checks if "look like" in check.evidence]
    assert note.endswith(": 'SWEGENAF'")


@given(st.decimals(-100, 100, places=3))
def test_a_predictor_has_no_value_outside_of_its_range(tmp_path_factory, value):
    """A tool that has none may write -1, and another one may write per cent."""
    annotated = csq(Allele="A", EXON="9/9", gnomADg_AF="1e-5", REVEL=f"{value:f}")
    (seen,) = profile_of(tmp_path_factory.mktemp("p"), f"1 5200 G A PASS CSQ={annotated} GT 0/1").variants
    assert seen.predictors == ({"REVEL": value} if 0 <= value <= 1 else {})


@pytest.mark.parametrize(
    ("outside", "own"), [("REVEL=0.1,0.9", ("", "")), ("", ("REVEL=0.1", "REVEL=0.9")), ("REVEL=0.1", ("", ""))]
)
def test_a_score_outside_of_annovars_blocks_is_one_of_all_alts(tmp_path, outside, own):
    blocks = ";".join(f"ANNOVAR_DATE=1;{each};ALLELE_END" for each in own)
    row = f"1 5200 G A,T PASS CSQ={csq(Allele='A')},{csq(Allele='T')};{outside};{blocks} GT 1/2"
    told = [seen.predictors.get("REVEL") for seen in profile_of(tmp_path, row).variants]
    assert told == ([None, None] if outside == "REVEL=0.1" else [Decimal("0.1"), Decimal("0.9")])


CONFLICT = "Conflicting_interpretations_of_pathogenicity"
PANEL = "CLNREVSTAT=reviewed_by_expert_panel"


@pytest.mark.holds("READ-15")
@pytest.mark.parametrize(
    ("said", "pathogenic"),
    [
        *((f"{key}=Pathogenic", Truth.UNKNOWN) for key in ("clnsig", "CLIN_SIG", "ClinVar_CLNSIG", "CLINSIG")),
        ("CLINSIG=5|255", Truth.UNKNOWN),
        ("clinvar_pathogenic", Truth.UNKNOWN),  # a flag
        (f"CLNSIG=Benign;{PANEL};clinvar_pathogenic=0", Truth.FALSE),
        (f"CLNSIG=Benign;{PANEL};ClinVar_stars=4", Truth.FALSE),
        *((f"CLNSIG=Benign;{PANEL};CLINVAR_NOTE={word}", Truth.FALSE)
          for word in (CONFLICT, "not_pathogenic", "probable-non-pathogenic", "nonpathogenic")),
        (f"CLNSIG=Benign;{PANEL};CLINVAR_NOTE=not_provided|pathogenic", Truth.UNKNOWN),
        (f"CLNSIG=.;CLINVAR_NOTE={CONFLICT}", Truth.UNKNOWN),
    ],
)  # fmt: skip
def test_a_field_that_says_pathogenic_is_met_in_the_record_and_a_number_or_a_denial_says_nothing(
    tmp_path, said, pathogenic
):
    (seen,) = profile_of(tmp_path, f"1 5200 G A PASS CSQ={csq(Allele='A')};{said} GT 0/1").variants
    assert seen.pathogenic is pathogenic


BY_NAME_GENES = [
    gene("N", "1", 5000, 5999, mechanisms=["loss_of_function"], hgnc="HGNC:1", aliases=["OLD"]),
    gene("H", "1", 5900, 6500, mechanisms=["loss_of_function"], transcripts=["ENST2.1"], hgnc="HGNC:2"),
]
BY_NAME = rules_of(
    genes=BY_NAME_GENES,
    criteria=[
        {"id": "lof", "kind": "consequence", "terms": ["stop_gained"], "mechanisms": ["loss_of_function"], **BASE},
    ],
)
ENTRIES = st.fixed_dictionaries(
    {
        "Allele": st.sampled_from(["A", "A", "A", "T", "-", ""]),
        "Consequence": st.sampled_from(
            ["intron_variant", "synonymous_variant", "upstream_gene_variant", "exonic_variant", "stop_gained", ""]
        ),
        "SYMBOL": st.sampled_from(["N", "n", "OLD", "H", "X", ""]),
        "HGNC_ID": st.sampled_from(["", "", "HGNC:1", "HGNC:2", "HGNC:3"]),
        "Feature": st.sampled_from(["ENST1.1", "ENST2.1", "ENST2.9", ""]),
        "MANE_SELECT": st.sampled_from(["", "", "NM_1.1"]),
    }
)
PLACES = st.tuples(
    st.sampled_from([5200, 5200, 5201, 5202, 5950, 6400]),
    st.sampled_from(["G A", "G A", "G A,*", "G A,A", "G A,T", "GA A", "G GA"]),
    st.lists(ENTRIES, min_size=1, max_size=3),
    st.sampled_from(["exonic N synonymous_SNV", "exonic X synonymous_SNV", "exonic N stopgain", "upstream N .", None]),
    st.sampled_from(["0/1", "1/1", "0/0", "./.", "1/0"]),
)
ANNOVAR = ("Func.refGene", "Gene.refGene", "ExonicFunc.refGene", "AAChange.refGene")


def annovar(columns: str | None) -> str:
    values = [] if columns is None else [*columns.split(), "."]
    return "".join(f";{key}={value}" for key, value in zip(ANNOVAR, values, strict=False))


@times(3)
@given(st.lists(PLACES, min_size=1, max_size=12))
def test_a_record_that_is_left_out_because_its_annotation_tells_nothing_would_have_told_nothing(places):
    rows = [
        f"1 {pos} {alleles} PASS CSQ={','.join(csq(**each) for each in entries)}{annovar(other)} GT {gt}"
        for pos, alleles, entries, other, gt in places
    ]
    declared = [f'##INFO=<ID={key},Number=.,Type=String,Description="x">' for key in ANNOVAR]
    text = vcf("\n".join(rows), meta=[CSQ, *CLINVAR, *declared])
    quick = read_profile(text, BY_NAME)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(Annotator, "settles", lambda *_: False)
        full = read_profile(text, BY_NAME)
    assert quick.variants == full.variants


@pytest.mark.parametrize("rules", [RULES, BY_NAME], ids=["transcripts", "names"])
def test_any_other_allele_that_is_carried_is_not_settled_by_what_is_said_of_the_named_one(rules):
    quiet = csq(Allele="A", Consequence="synonymous_variant")
    for gt, carried in (("0/2", True), ("1/2", True), ("0/1", False)):
        text = vcf(f"1 5200 G A,<NON_REF> PASS CSQ={quiet} GT {gt}", meta=[CSQ, *CLINVAR])
        assert [seen.terms for seen in read_profile(text, rules).variants] == [None] * carried


@pytest.mark.parametrize("symbol", ["N", "OLD", "X"])
def test_a_gene_without_transcripts_is_settled_by_its_name(tmp_path, monkeypatch, symbol):
    kept = []
    monkeypatch.setattr(Relevance, "wants", lambda self, record: kept.append(self._may_matter(record)) or kept[-1])
    quiet = csq(Allele="A", Consequence="intron_variant", SYMBOL=symbol, HGNC_ID="", Feature="ENST9.1")
    text = vcf(f"1 5200 G A PASS CSQ={quiet} GT 0/1", meta=[CSQ, *CLINVAR])
    read_profile(text, BY_NAME)
    assert kept == [symbol == "X"]


@pytest.mark.parametrize("harmless", ["intron_variant", "synonymous_variant"])
def test_what_a_later_record_makes_matter_is_not_left_out(tmp_path, harmless):
    quiet = f"1 5200 G A PASS CSQ={csq(Allele='A', Consequence=harmless)} GT 0/1"
    block = "1 5300 A <NON_REF> PASS END=5399 GT:DP 0/0:30"
    assert profile_of(tmp_path, quiet).assessed == {}
    assert profile_of(tmp_path, f"{quiet}\n{block}").assessed == {"G": 101}

    deletion = {"id": "deleted", "kind": "deletion", "reach": "exon", "mechanisms": ["loss_of_function"]}
    rules = rules_of(genes=BY_NAME_GENES, criteria=[deletion | {k: v for k, v in BASE.items() if k != "max_frequency"}])
    large = "1 4900 G <DEL> PASS END=6100;SVTYPE=DEL GT 1/1"
    meta = [CSQ, '##INFO=<ID=SVTYPE,Number=1,Type=String,Description="x">']
    read = [read_profile(vcf(rows, meta=meta), rules) for rows in (f"{quiet}\n{large}", f"{large}\n{quiet}")]
    assert read[0].structural == read[1].structural
    assert all("inside it show more copies" in (seen.call.why or seen.why or "") for seen in read[0].structural)
