"""What `--absent reference` covers stands in the checks: chromosome by chromosome, and kind by kind."""

from __future__ import annotations

import pytest

from assigner.genome.builds import CHROMS
from assigner.profiles.profile import Check
from assigner.vcf.meaning.absence import absence_check
from assigner.vcf.reading import read_profile
from vcfs import allele, indexed, rules_of, vcf, written

RULES = rules_of(alleles=[allele("A", "1", 5000, "C", "T"), allele("B", "2", 5000, "G", "A")])
WHOLE = "\n".join(f"{chrom} 70 A C PASS . GT 0/1" for chrom in CHROMS)
CSQ = (
    '##INFO=<ID=CSQ,Number=.,Type=String,Description="Consequence annotations from Ensembl VEP. '
    'Format: Allele|Consequence|SYMBOL|Gene|Feature_type|Feature|BIOTYPE|EXON|CANONICAL">'
)
CLNSIG = '##INFO=<ID=CLNSIG,Number=.,Type=String,Description="x">'
SV = [
    '##ALT=<ID=DEL,Description="x">',
    '##INFO=<ID=SVTYPE,Number=1,Type=String,Description="x">',
    '##INFO=<ID=CIPOS,Number=2,Type=Integer,Description="x">',
]


def check(folder, table, **dress) -> Check | None:
    profile = read_profile(written(folder, vcf(table, **dress)), RULES, absent="reference")
    return next((each for each in profile.checks if each.name == "absent_reference"), None)


@pytest.mark.holds("GENO-02")
def test_each_kind_is_told(tmp_path):
    plain = check(tmp_path, WHOLE)
    assert plain is not None
    assert (plain.result, plain.evidence) == (
        "every chromosome",
        "listed small variants: covered; other small variants of genes: not covered for want of consequence and clinvar"
        " in the files; structural variants: not covered; repeat sizes and copy numbers: never covered",
    )
    assert "other small variants of genes: covered;" in check(tmp_path, WHOLE, meta=[CSQ, CLNSIG]).evidence
    assert "structural variants: covered" in check(tmp_path, WHOLE, meta=SV).evidence
    assert read_profile(written(tmp_path, vcf(WHOLE)), RULES).assumptions == ()


@pytest.mark.holds("GENO-02")
def test_a_chromosome_without_any_record_is_named(tmp_path):
    assert check(tmp_path, "1 70 A C PASS . GT 0/1").evidence.endswith(
        f"taken as reference without any record: {', '.join(CHROMS[1:])}"
    )


@pytest.mark.holds("GENO-02")
def test_where_contigs_are_not_understood_only_the_chromosomes_that_are_there_are_covered(tmp_path):
    table = "1 70 A C PASS . GT 0/1\ntwenty 70 A C PASS . GT 0/1"
    found = check(tmp_path, table, declared=["chr1,length=248956422", "chr2,length=242193529", "twenty"])
    assert found.result == "1"
    assert "as some contigs are not understood" in found.evidence and "taken as" not in found.evidence
    none = absence_check((), frozenset(), (), structural=True)
    assert none.result == "no chromosome" and "structural variants: not covered" in none.evidence


def test_a_quick_look_does_not_know_where_records_are(tmp_path):
    profile = read_profile(indexed(tmp_path, vcf("1 70 A C PASS . GT 0/1")), RULES, absent="reference", quick=True)
    (found,) = (each for each in profile.checks if each.name == "absent_reference")
    assert found.result == "every chromosome" and "taken as" not in found.evidence
