"""An entry of an annotation whose fields tell of two changes: what it says of either is not known."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from assigner.genome.terms import TERMS
from assigner.vcf.annotations.coherence import ACIDS, contradiction, differing
from assigner.vcf.annotations.consequences import Consequence, Tool
from test_observations import CSQ, csq, profile_of

FITTING = [  # as VEP, SnpEff and ANNOVAR write them
    ("stop_gained", "ENST1:c.139C>T", "ENSP1:p.Gln47Ter", "Q/*"),
    ("stop_gained", "c.139C>T", "p.Gln47*", ""),
    ("stop_gained", "c.C139T", "p.Q47X", ""),
    ("stop_gained&splice_region_variant", "ENST1:c.139C>T", "ENSP1:p.Gln47Ter", "Q/*"),
    ("stop_gained&frameshift_variant", "ENST1:c.139dup", "ENSP1:p.Gln47Ter", "Q/*X"),
    ("stop_gained&inframe_insertion", "ENST1:c.139_141dup", "ENSP1:p.Gln47_Lys48insTer", "Q/Q*"),
    ("frameshift_variant", "ENST1:c.139del", "ENSP1:p.Gln47ArgfsTer9", "Q/X"),
    ("frameshift_variant", "c.139delC", "p.Gln47fs", ""),
    ("frameshift_variant", "c.139delC", "p.Q47Rfs*9", ""),
    ("missense_variant", "ENST1:c.140A>G", "ENSP1:p.Gln47Arg", "Q/R"),
    ("missense_variant", "NM_1:c.139_144delinsAGGAGG", "p.Gln47_Lys48delinsArgArg", "QK/RR"),
    ("missense_variant&splice_region_variant", "ENST1:c.140A>G", "ENSP1:p.Gln47Arg", "Q/R"),
    ("synonymous_variant", "ENST1:c.141G>A", "ENSP1:p.Gln47=", "Q"),
    ("synonymous_variant", "c.141G>A", "p.Gln47Gln", ""),
    ("synonymous_variant", "ENST1:c.141G>A", "ENST1.1:c.141G>A(p.=)", "Q"),
    ("synonymous_variant", "NM_1:c.141G>A", "NP_1:p.(=)", "Q"),
    ("stop_retained_variant", "ENST1:c.1170G>A", "ENSP1:p.Ter390=", "*"),
    ("stop_lost", "ENST1:c.1168T>C", "ENSP1:p.Ter390GlnextTer9", "*/Q"),
    ("start_lost", "ENST1:c.1A>G", "ENSP1:p.Met1?", "M/V"),
    ("inframe_deletion", "ENST1:c.139_141del", "ENSP1:p.Gln47del", "Q/-"),
    ("inframe_deletion", "ENST1:c.140_142del", "ENSP1:p.Gln47_Lys48delinsArg", "QK/R"),
    ("protein_altering_variant", "ENST1:c.139delinsAGGA", "ENSP1:p.Gln47delinsArgLys", "Q/RK"),
    ("intron_variant", "ENST1:c.138+50C>T", "", ""),
    ("splice_region_variant&intron_variant", "c.138+5C>T", "", ""),
    ("splice_donor_variant", "ENST1:c.138+1G>T", "", ""),
    ("splice_donor_variant&coding_sequence_variant&intron_variant", "ENST1:c.136_138+3del", "", ""),
    ("5_prime_UTR_variant", "ENST1:c.-50C>T", "", ""),
    ("upstream_gene_variant", "c.-1234C>T", "", ""),
    ("sequence_feature", "c.139C>T", "", ""),
    ("sequence_feature", "c.138+5C>T", "", ""),
    ("non_coding_transcript_exon_variant", "ENST2:n.139C>T", "", ""),
    ("incomplete_terminal_codon_variant&coding_sequence_variant", "ENST1:c.139C>T", "", "X"),
]

DIFFERING = [
    ("stop_gained", "", "ENSP1:p.Gln47Arg", ""),
    ("stop_gained", "", "ENSP1:p.Gln47=", ""),
    ("stop_gained", "", "", "Q/R"),
    ("stop_gained", "ENST1:c.138+5C>T", "", ""),
    ("frameshift_variant", "", "p.Gln47Arg", ""),
    ("missense_variant", "", "ENSP1:p.Gln47Ter", ""),
    ("missense_variant", "", "p.Q47X", ""),
    ("missense_variant", "", "", "Q"),
    ("missense_variant", "", "p.Gln47fs", ""),
    ("synonymous_variant", "", "ENSP1:p.Gln47Ter", ""),
    ("synonymous_variant", "", "", "Q/*"),
    ("synonymous_variant", "", "ENSP1:p.Gln47ArgfsTer9", ""),
    ("intron_variant", "ENST1:c.139C>T", "", ""),
    ("intron_variant", "", "ENSP1:p.Gln47Ter", ""),
    ("upstream_gene_variant", "ENST1:c.139C>T", "", ""),
    ("5_prime_UTR_variant", "", "", "Q/*"),
    ("splice_donor_variant", "ENST1:c.139C>T", "", ""),
    ("inframe_deletion", "", "ENSP1:p.Gln47ArgfsTer9", ""),
]

BASES = [
    ("frameshift_variant", "C", "T", False),
    ("frameshift_variant", "CA", "C", True),
    ("frameshift_variant", "CATG", "C", False),
    ("frameshift_variant&splice_region_variant", "CATG", "C", True),  # may lie partly in the intron
    ("frameshift_variant&start_lost", "CATG", "C", True),
    ("missense_variant", "CA", "C", False),
    ("missense_variant", "CA", "TG", True),
    ("synonymous_variant", "CA", "C", False),
    ("inframe_deletion", "CATG", "C", True),
    ("inframe_deletion", "CA", "C", False),
    ("inframe_insertion", "C", "T", False),
    ("stop_gained", "C", "CA", True),
    ("intron_variant", "CA", "C", True),
]


@pytest.mark.parametrize(("terms", "coding", "protein", "acids"), FITTING)
def test_what_annotators_write_of_one_change_fits_together(terms, coding, protein, acids):
    assert differing(terms.split("&"), coding, protein, acids) is None


@pytest.mark.parametrize(("terms", "coding", "protein", "acids"), DIFFERING)
def test_two_fields_that_cannot_both_be_so_are_named(terms, coding, protein, acids):
    assert differing(terms.split("&"), coding, protein, acids) == next(filter(None, (coding, protein, acids)))


@pytest.mark.parametrize(("terms", "ref", "alt", "fits"), BASES)
def test_a_change_of_the_frame_is_held_against_the_number_of_bases(terms, ref, alt, fits):
    said = Consequence(source=Tool.VEP, allele=1, terms=tuple(terms.split("&")))
    assert (contradiction(said, ref, alt) is None) is fits


@given(st.lists(st.sampled_from(sorted(TERMS)), max_size=3), st.text(max_size=12), st.text(max_size=8))
def test_no_text_is_refused_without_a_field_to_name(terms, protein, acids):
    said = Consequence(source=Tool.VEP, allele=1, terms=tuple(terms), hgvs_p=protein or None, fields={ACIDS: acids})
    found = contradiction(said, "C", "T")
    assert found is None or any(text and found.endswith(text) for text in (protein, acids, "C>T"))


@pytest.mark.holds("READ-14")
@pytest.mark.parametrize(
    ("terms", "field", "own", "other"),
    [
        ("stop_gained", "HGVSp", "ENSP1.1:p.Gln33Ter", "ENSP1.1:p.Gln33Arg"),
        ("stop_gained", "Amino_acids", "Q/*", "Q/R"),
        ("synonymous_variant", "HGVSp", "ENSP1.1:p.Gln33%3D", "ENSP1.1:p.Gln33Ter"),
        ("synonymous_variant", "Amino_acids", "Q", "Q/*"),
        ("intron_variant", "HGVSc", "ENST1.1:c.12+7G>A", "ENST1.1:c.97G>A"),
        ("intron_variant", "HGVSp", "", "ENSP1.1:p.Gln33Ter"),
    ],
)
def test_an_entry_that_contradicts_itself_leaves_its_gene_open(tmp_path, terms, field, own, other):
    meta = CSQ.replace("Format: ", f"Format: {field}|")
    asked = [("stop_gained",)] if terms == "stop_gained" else []
    for value, found in ((own, asked), (other, [None])):
        row = f"1 5200 G A PASS CSQ={value}|{csq(Allele='A', Consequence=terms)} GT 0/1"
        assert [seen.terms for seen in profile_of(tmp_path, row, meta=(meta,)).variants] == found


@pytest.mark.holds("READ-14")
@pytest.mark.parametrize(("terms", "found"), [("synonymous_variant", [None]), ("intron_variant", [])])
def test_what_the_number_of_bases_forbids_leaves_a_gene_open(tmp_path, terms, found):
    row = f"1 5200 GA G PASS CSQ={csq(Allele='-', Consequence=terms)} GT 0/1"
    assert [seen.terms for seen in profile_of(tmp_path, row, meta=(CSQ,)).variants] == found
