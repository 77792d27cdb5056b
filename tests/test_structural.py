"""Structural variants from records of many callers: what they take of a gene, and that doubt is never clearance."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

import assigner
import test_real_files as real
from assigner.assignments import Assignment, assign
from assigner.errors import InputError
from assigner.evidence.answers import find
from assigner.evidence.findings import Finding
from assigner.genome.builds import Build
from assigner.profiles.forms import profile_of
from assigner.profiles.profile import Profile, StructuralCall
from assigner.profiles.written import form_of
from assigner.rules.loci import span_on
from assigner.truth import Truth
from assigner.vcf.reading import read_profile
from vcfs import WORD, allele, bcf, gene, rules_of, vcf, written

START, END = 100_000, 110_000
LOSS = {"mechanisms": ["loss_of_function"]}
ASKED = {
    "id": "deleted", "kind": "deletion", "tier": 1, "points": 1000, "validity": ["definitive"], "reach": "exon",
    "mechanisms": ["loss_of_function"], "carrier_ppm": 20, **WORD,
}  # fmt: skip
RULES = rules_of(
    genes=[
        gene("G1", "1", START, END, transcripts=["ENST1"], **LOSS),
        gene("G2", "2", START, END, inheritance="recessive", **LOSS),
        gene("GX", "X", 50_000_000, 50_010_000, inheritance="recessive", **LOSS),
        gene("GAIN", "3", START, END, mechanisms=["missense"]),
    ],
    alleles=[allele("P", "2", START + 500, "A", "C", needs="two", gene="G2")],
    criteria=[ASKED],
)
VEP = '##INFO=<ID=CSQ,Number=.,Type=String,Description="Format: Allele|Consequence|SYMBOL|Feature|EXON|INTRON">'
SNPEFF = (
    "##INFO=<ID=ANN,Number=.,Type=String,Description=\"Functional annotations: 'Allele | Annotation | "
    "Annotation_Impact | Gene_Name | Gene_ID | Feature_Type | Feature_ID | Transcript_BioType | Rank'\">"
)
META = (
    '##INFO=<ID=SVTYPE,Number=1,Type=String,Description="Type">',
    '##INFO=<ID=SVLEN,Number=.,Type=Integer,Description="Length">',
    '##INFO=<ID=CIPOS,Number=2,Type=Integer,Description="Around POS">',
    '##INFO=<ID=IMPRECISE,Number=0,Type=Flag,Description="Imprecise">',
    '##ALT=<ID=DEL,Description="Deletion">',
    '##FORMAT=<ID=CN,Number=1,Type=Integer,Description="Copies">',
    '##FORMAT=<ID=ECN,Number=1,Type=Integer,Description="Expected copies">',
    VEP,
    SNPEFF,
)


def read(
    tmp_path: Path, table: str, *, meta: tuple[str, ...] = META, rules: assigner.Rules = RULES, **more: Any
) -> Profile:
    return read_profile(written(tmp_path, vcf(table, meta=meta)), rules, **{"sex": "female", **more})


def finding(profile: Profile, of: str = "G1") -> Finding:
    return next(f for f in find(profile, RULES).all if f.criterion == "deleted" and f.gene == of)


def record(
    chrom: str = "1", pos: int = START - 100, ref: str = "N", alt: str = "<DEL>", filters: str = "PASS",
    info: str = f"END={END + 100};SVTYPE=DEL", keys: str = "GT", values: str = "0/1",
) -> str:  # fmt: skip
    return f"{chrom} {pos} {ref} {alt} {filters} {info} {keys} {values}\n"


def deletion(start: int, end: int, more: str = "") -> str:
    """INFO of a symbolic deletion of the bases from start to end."""
    return f"END={end};SVTYPE=DEL;SVLEN=-{end - start + 1}{more}"


WHOLE = {"pos": START - 101, "info": deletion(START - 100, END + 100)}
INSIDE = {"pos": START + 999, "info": deletion(START + 1000, START + 3000)}
SEQUENCE = "ACGT" * 25
LOSES_EXON = ";ANN=<DEL>|exon_loss_variant|HIGH|G1|G1|transcript|ENST1|protein_coding|3/9"


def annotated(
    terms: str, exon: str = "", intron: str = "", allele: str = "deletion", of: str = "G1|ENST1"
) -> dict[str, Any]:
    note = f";CSQ={allele}|{terms}|{of}|{exon}|{intron}"
    return {"pos": START + 999, "info": deletion(START + 1000, START + 3000, note)}


def roughly(fields: dict[str, Any]) -> dict[str, Any]:
    return fields | {"info": fields["info"] + ";IMPRECISE;CIPOS=-9,9;CIEND=-9,9"}


def by_depth(keys: str, values: str, alt: str = "<DEL>", more: str = ";SVTYPE=CNV") -> dict[str, Any]:
    """A record over the whole gene by a caller that counts reads."""
    return WHOLE | {"alt": alt, "info": f"END={END + 100}{more}", "keys": keys, "values": values}


TABLE = {
    # Manta: GT:FT:GQ:PL:PR:SR, microhomology in CIPOS
    "manta": (WHOLE | {"keys": "GT:FT:GQ:PL:PR:SR", "values": "0/1:PASS:722:772,0,999:68,4:48,30"}, "whole", "true"),
    "manta homology": (
        {"pos": START - 101, "info": deletion(START - 100, END + 100, ";CIPOS=0,17;CIEND=0,17;HOMLEN=17")},
        "whole", "true",
    ),
    "manta, filtered": (WHOLE | {"filters": "MaxDepth"}, "whole", "unknown"),
    "manta, sample filtered": (WHOLE | {"keys": "GT:FT", "values": "0/1:MinGQ"}, "whole", "unknown"),
    "manta, low GQ": (WHOLE | {"keys": "GT:GQ", "values": "0/1:3"}, "whole", "unknown"),
    "manta imprecise, surely whole": (
        {"pos": START - 1001, "info": deletion(START - 1000, END + 1000, ";IMPRECISE;CIPOS=-387,388;CIEND=-405,406")},
        "whole", "true",
    ),
    "manta imprecise, perhaps whole": (
        {"pos": START - 101, "info": deletion(START - 100, END + 100, ";IMPRECISE;CIPOS=-387,388;CIEND=-405,406")},
        "part", "unknown",
    ),
    "imprecise without bounds": (
        {"pos": START - 101, "info": deletion(START - 100, END + 100, ";IMPRECISE")}, "part", "unknown",
    ),
    "bounds that are none": (
        {"pos": START - 101, "info": deletion(START - 100, END + 100, ";CIPOS=5")}, "part", "unknown",
    ),
    "not carried": (WHOLE | {"values": "0/0"}, None, "false"),
    "no call": (WHOLE | {"values": "./."}, "whole", "unknown"),
    "half a call": (WHOLE | {"values": "./1"}, "whole", "true"),
    "ends beside the gene, perhaps inside": (
        {"pos": START - 5000, "info": deletion(START - 4999, START - 10, ";IMPRECISE;CIPOS=-99,99;CIEND=-99,99")},
        "part", "unknown",
    ),
    "beside the gene": ({"pos": START - 5000, "info": deletion(START - 4999, START - 1)}, None, "false"),
    # Annotated by VEP, SnpEff
    "VEP ablation": (annotated("transcript_ablation"), "exon", "true"),
    "VEP exons": (annotated("coding_sequence_variant&intron_variant&feature_truncation", "7/9", "6/8"), "exon", "true"),
    "VEP some exons": (annotated("coding_sequence_variant&feature_truncation", "2-4/9"), "exon", "true"),
    "VEP stop lost": (annotated("stop_lost&3_prime_UTR_variant", "9/9"), "exon", "true"),
    "VEP in frame": (annotated("inframe_deletion&feature_truncation", "7/9"), "part", "unknown"),
    "VEP within an exon": (annotated("coding_sequence_variant&feature_truncation", "7/9"), "part", "unknown"),
    "VEP intron": (annotated("intron_variant&feature_truncation", "", "6/8"), "intron", "false"),
    "VEP UTR": (annotated("5_prime_UTR_variant&intron_variant", "1/9", "1/8"), "part", "unknown"),
    "VEP of another gene": (annotated("transcript_ablation", of="OTHER|ENST9"), "part", "unknown"),
    "VEP, an old symbol of the gene": (annotated("transcript_ablation", of="OLD|ENST1"), "exon", "true"),
    "VEP exon, imprecise": (
        roughly(annotated("transcript_ablation")),
        "part", "unknown",
    ),
    "VEP intron, imprecise": (
        roughly(annotated("intron_variant", "", "6/8")),
        "part", "unknown",
    ),
    "SnpEff exon": (
        {"pos": START + 999, "info": deletion(START + 1000, START + 3000, LOSES_EXON)},
        "exon", "true",
    ),
    "no annotation": (INSIDE, "part", "unknown"),
    # DRAGEN CNV: SVTYPE=CNV, REFLEN, CN beside GT, ./1 for a gain
    "DRAGEN CNV": (
        by_depth("GT:SM:CN:BC", "0/1:0.5:1:20", more=";SVTYPE=CNV;SVLEN=-10201;REFLEN=10201"),
        "whole", "true",
    ),
    "DRAGEN CNV, low quality": (
        by_depth("GT:CN", "0/1:1") | {"filters": "cnvQual"},
        "whole", "unknown",
    ),
    "DRAGEN CNV, bins": (
        by_depth("GT:CN", "0/1:1", more=";SVTYPE=CNV;CIPOS=-1000,1000;CIEND=-1000,1000"),
        "part", "unknown",
    ),
    "DRAGEN CNV gain": (
        by_depth("GT:CN", "./1:3", "<DUP>"), "part", "unknown",
    ),
    "DRAGEN CNV neutral loss": (
        by_depth("GT:CN", "1/2:2", "<DEL>,<DUP>"),
        "part whole", "unknown",
    ),
    "DRAGEN CNV, nothing found": (
        by_depth("GT:CN", "./.:2", "."), None, "false",
    ),
    "CN and GT disagree": (WHOLE | {"keys": "GT:CN", "values": "0/1:2"}, "whole", "unknown"),
    "CN is no number": (WHOLE | {"keys": "GT:CN", "values": "0/1:1.4"}, "whole", "unknown"),
    "two copies without a genotype": (WHOLE | {"keys": "GT:CN", "values": "./.:2"}, "whole", "unknown"),
    "CN without a genotype": (WHOLE | {"keys": "GT:CN", "values": "./.:1"}, "whole", "unknown"),
    # GATK-SV and GATK gCNV
    "GATK-SV": (
        by_depth("GT:ECN:GQ", "0/1:2:99", more=";SVTYPE=DEL;SVLEN=10202;ALGORITHMS=manta,depth;EVIDENCE=PE,RD"),
        "whole", "true",
    ),
    "GATK-SV by depth, a part": (
        {"pos": START + 999, "info": annotated("transcript_ablation")["info"] + ";ALGORITHMS=depth"}, "part", "unknown",
    ),
    "GATK-SV, noisy": (WHOLE | {"filters": "HIGH_SR_BACKGROUND"}, "whole", "unknown"),
    "GATK-SV multiallelic": (
        by_depth("GT:CN:ECN", "./.:1:2", "<CNV>"), "whole", "true",
    ),
    "GATK-SV multiallelic, gain": (
        by_depth("GT:CN", "./.:4", "<CNV>"), "part", "unknown",
    ),
    "GATK-SV multiallelic, two copies": (
        by_depth("GT:CN", "./.:2", "<CNV>"), None, "false",
    ),
    "CNV without copies": (
        WHOLE | {"alt": "<CNV>", "info": f"END={END + 100};SVTYPE=CNV", "values": "0/1"}, "part", "unknown",
    ),
    "GATK-SV complex": (WHOLE | {"alt": "<CPX>", "info": f"END={END + 100};SVTYPE=CPX"}, "part", "unknown"),
    "ECN contradicts the sex": (WHOLE | {"keys": "GT:CN:ECN", "values": "0/1:1:1"}, "whole", "unknown"),
    "gCNV": (by_depth("GT:CN", "1:1", "<DEL>,<DUP>", ""), "whole", "true"),
    "gCNV, both": (by_depth("GT:CN", "1:0", "<DEL>,<DUP>", ""), "whole", "true"),
    "gCNV gain": (by_depth("GT:CN", "2:3", "<DEL>,<DUP>", ""), "part", "unknown"),
    # Sniffles
    "Sniffles": (
        WHOLE | {"info": deletion(START - 100, END + 100, ";PRECISE;SUPPORT=12;STDEV_POS=0.5"), "keys": "GT:GQ:DR:DV",
                 "values": "0/1:60:14:12"},
        "whole", "true",
    ),
    "Sniffles, no genotype": (WHOLE | {"filters": "GT", "values": "0/0"}, "whole", "unknown"),
    "Sniffles in bases": (
        {"pos": START + 999, "ref": f"A{SEQUENCE}", "alt": "A",
         "info": "PRECISE;SVTYPE=DEL;SVLEN=-100;CSQ=-|coding_sequence_variant&intron_variant|G1|ENST1|3/9|2/8"},
        "exon", "true",
    ),
    "Sniffles in bases, imprecise": (
        {"pos": START + 999, "ref": f"A{SEQUENCE}", "alt": "A",
         "info": "IMPRECISE;SVTYPE=DEL;SVLEN=-100;CSQ=-|coding_sequence_variant&intron_variant|G1|ENST1|3/9|2/8"},
        "part", "unknown",
    ),
    "a small deletion": ({"pos": START + 999, "ref": SEQUENCE[:40], "alt": "A", "info": "SVTYPE=DEL"}, None, "false"),
    "Sniffles, mosaic": (
        {"pos": START - 101, "info": deletion(START - 100, END + 100, ";MOSAIC")}, "part", "unknown",
    ),
    "VCF 4.4, by depth, a part": (
        {"pos": START + 999, "info": annotated("transcript_ablation")["info"] + ";SVCLAIM=D"}, "part", "unknown",
    ),
    "a tandem repeat": (INSIDE | {"alt": "<CNV:TR>", "info": f"END={END};RUS=CAG"}, None, "false"),
    # Other kinds, and records that contradict themselves
    "insertion": (INSIDE | {"alt": "<INS:ME:ALU>", "info": "SVTYPE=INS;SVLEN=281"}, "part", "unknown"),
    "insertion in bases": (
        {"pos": START + 999, "ref": "A", "alt": f"A{SEQUENCE}", "info": "SVTYPE=INS"}, "part", "unknown",
    ),
    "duplication": (WHOLE | {"alt": "<DUP:TANDEM>", "info": f"END={END + 100};SVTYPE=DUP"}, "part", "unknown"),
    "inversion": (WHOLE | {"alt": "<INV>", "info": f"END={END + 100};SVTYPE=INV"}, "part", "unknown"),
    "breakend": ({"pos": START + 999, "alt": "N[chr6:32469538[", "info": "SVTYPE=BND;MATEID=x"}, "part", "unknown"),
    "breakend, joined behind the gene": (
        {"pos": START - 101, "alt": f"N[chr1:{END + 100}[", "info": "SVTYPE=BND;MATEID=x"}, "part", "unknown",
    ),
    "breakend, beside a small allele": (
        {"pos": START - 101, "ref": "A", "alt": f"A[chr1:{END + 100}[,C", "info": "SVTYPE=BND"}, "part", "unknown",
    ),
    "breakend, joined before the gene": (
        {"pos": START - 101, "alt": f"N[chr1:{START - 2}[", "info": "SVTYPE=BND;MATEID=x"}, None, "false",
    ),
    "breakend, joined on another chromosome": (
        {"pos": START - 101, "alt": f"N[chr2:{END + 100}[", "info": "SVTYPE=BND;MATEID=x"}, None, "false",
    ),
    "GATK-SV, no reads show it": (WHOLE | {"keys": "GT:PE_GT:SR_GT", "values": "0/1:0:0"}, "whole", "unknown"),
    "GATK-SV, by depth alone": (WHOLE | {"keys": "GT:PE_GT:SR_GT:RD_CN", "values": "0/1:0:0:1"}, "whole", "true"),
    "GATK-SV, only the reads show it": (WHOLE | {"keys": "GT:PE_GT:SR_GT", "values": "0/0:1:1"}, "whole", "unknown"),
    "GATK-SV, nothing shows it": (WHOLE | {"keys": "GT:PE_GT:SR_GT", "values": "0/0:0:0"}, None, "false"),
    "single breakend": ({"pos": START + 999, "alt": "N.", "info": "SVTYPE=BND"}, "part", "unknown"),
    "deletion of a mobile element": (INSIDE | {"alt": "<DEL:ME:ALU>"}, "part", "unknown"),
    "a kind nobody knows": (WHOLE | {"alt": "<XYZ>", "info": f"END={END + 100}"}, "part", "unknown"),
    "SVTYPE and ALT": (WHOLE | {"info": f"END={END + 100};SVTYPE=DUP"}, "part", "unknown"),
    "END and SVLEN": (WHOLE | {"info": f"END={END + 100};SVLEN=-500;SVTYPE=DEL"}, "part", "unknown"),
    "SVLEN alone": (WHOLE | {"info": "SVLEN=-10201;SVTYPE=DEL"}, "whole", "true"),
    "END before POS": ({"pos": START + 999, "info": f"END={START + 10};SVTYPE=DEL"}, "part", "unknown"),
    "no end at all": ({"pos": START + 999, "info": "SVTYPE=DEL"}, "part", "unknown"),
    "end beyond the chromosome": (WHOLE | {"info": "END=248956999;SVTYPE=DEL"}, "part", "unknown"),
    "beside a small allele": (WHOLE | {"ref": "A", "alt": "C,<DEL>", "values": "1/2"}, "whole", "true"),
    "one copy on an autosome": (WHOLE | {"values": "1"}, "whole", "unknown"),
    "unfiltered": (WHOLE | {"filters": "."}, "whole", "true"),
    "another allele's place": (WHOLE | {"alt": "<NON_REF>", "values": "0/0"}, None, "false"),
}  # fmt: skip


@pytest.mark.holds("REPT-05")
@pytest.mark.parametrize("name", TABLE)
def test_what_a_record_takes_of_a_gene(name, tmp_path):
    fields, reach, truth = TABLE[name]
    profile = read(tmp_path, record(**fields), absent="reference")

    assert {str(call.reach) for call in profile.structural} == set((reach or "").split())
    assert finding(profile).truth == truth
    if truth == "unknown":
        assert all(call.why or call.call.why or not call.call.seen for call in profile.structural)
        assert finding(profile).carrier_ppm == (1_000_000 if any(c.call.seen for c in profile.structural) else 20)


def test_a_breakend_before_a_gene_is_found_in_a_bcf(tmp_path):
    text = vcf(record(pos=START - 101, alt=f"N[chr1:{END + 100}[", info="SVTYPE=BND"), meta=META)
    profile = read_profile(bcf(tmp_path, text), RULES, sex="female", absent="reference")
    assert finding(profile).truth is Truth.UNKNOWN


@pytest.mark.holds("REPT-05")
@pytest.mark.parametrize(
    ("sex", "chrom", "keys", "values", "truth"),
    [
        ("female", "2", "GT", "0/1", "unknown"),  # the other copy was not looked at in full
        ("female", "2", "GT", "1/1", "true"),
        ("female", "2", "GT:CN", "1/1:0", "true"),
        ("female", "2", "GT:CN", "1/1:1", "unknown"),
        ("female", "2", "GT", "1|1", "true"),
        ("male", "X", "GT", "1", "true"),
        ("male", "X", "GT", "1/1", "true"),
        ("male", "X", "GT", "0/1", "unknown"),
        ("male", "X", "GT:CN", "1:0", "true"),
        ("male", "X", "GT:CN", "1:1", "unknown"),
        ("female", "X", "GT:CN", "1/1:0", "true"),
        (None, "X", "GT:CN:ECN", "1:0:1", "true"),
        (None, "X", "GT:CN", "0/1:1", "unknown"),
        (None, "X", "GT:CN", "0/0:1", "unknown"),
        (None, "X", "GT:CN", "./.:1", "unknown"),
    ],
)
def test_a_recessive_gene_must_lose_every_copy(sex, chrom, keys, values, truth, tmp_path):
    first, last = (START, END) if chrom == "2" else (50_000_000, 50_010_000)
    table = record(chrom, first - 101, info=deletion(first - 100, last + 100), keys=keys, values=values)
    profile = read(tmp_path, table, absent="reference", sex=sex)
    assert finding(profile, "G2" if chrom == "2" else "GX").truth == truth


@pytest.mark.parametrize(
    ("genotype", "truth"),
    [
        ("1/1", "true"),  # all its reads come from the copy that is left
        ("0/1", "unknown"),  # contradicts the deletion
        ("./.", "unknown"),
        ("0/0", "false"),
    ],
)
def test_a_listed_allele_may_disturb_the_copy_that_is_left(genotype, truth, tmp_path):
    table = record("2", **WHOLE) + record("2", START + 500, "A", "C", info=".", values=genotype)
    profile = read(tmp_path, table, absent="reference")
    assert finding(profile, "G2").truth == truth


def test_two_records_of_one_deletion_are_one(tmp_path):
    """Else two callers that find one heterozygous deletion would leave no copy."""
    again = record("2", START - 151, info=deletion(START - 150, END + 90))
    profile = read(tmp_path, record("2", **WHOLE) + again, absent="reference")
    assert (len(profile.structural), finding(profile, "G2").truth) == (2, Truth.UNKNOWN)


def test_records_that_contradict_each_other_are_not_believed(tmp_path):
    profile = read(tmp_path, record(**WHOLE) + record(**WHOLE, values="0/0"), absent="reference")
    assert [str(call.call.state) for call in profile.structural] == ["conflict"]
    assert finding(profile).truth is Truth.UNKNOWN


def test_annotations_that_contradict_each_other_tell_nothing(tmp_path):
    other = annotated("intron_variant", "", "6/8")
    rows = [record(**annotated("transcript_ablation")), record(**other)]
    told = {read(tmp_path, "".join(order), absent="reference").structural for order in (rows, rows[::-1])}
    assert [str(call.reach) for each in told for call in each] == ["part"]


def test_a_doubtful_genotype_without_a_sighting_keeps_its_small_prior(tmp_path):
    table = record("X", 49_999_899, info=deletion(49_999_900, 50_020_000), keys="GT:CN", values="0/0:1")
    assert finding(read(tmp_path, table, absent="reference", sex=None), "GX").carrier_ppm == 20


def test_a_gene_whose_loss_does_no_harm_is_not_asked(tmp_path):
    profile = read(tmp_path, record("3", **WHOLE), absent="reference")
    assert profile.structural == ()
    assert not [f for f in find(profile, RULES).all if f.criterion == "deleted" and f.gene == "GAIN"]


# ------------------------------------------------------------------------------------------- when is a gene clear?

SMALL = record("1", START + 5, "A", "C", info=".")
SEEN = {
    "a file of small variants": ((), SMALL, "not looked for"),
    "SVTYPE alone": (META[:1], SMALL, "read"),
    "a deletion caller's": (META, SMALL, "looked for"),
    "by depth": (META[4:6], SMALL, "looked for"),
}


@pytest.mark.holds("REPT-06")
@pytest.mark.parametrize("absent", ["unknown", "reference"])
@pytest.mark.parametrize("name", SEEN)
def test_only_a_file_of_structural_variants_clears_a_gene(name, absent, tmp_path):
    meta, table, result = SEEN[name]
    profile = read(tmp_path, table, meta=meta, absent=absent)
    found = finding(profile)

    assert [c.result for c in profile.checks if c.name == "structural_variants"] == [result]
    assert profile.structural_read is (result == "looked for")
    clear = profile.structural_read and absent == "reference"
    assert found.truth is (Truth.FALSE if clear else Truth.UNKNOWN)
    assert found.carrier_ppm == 20


def test_of_small_variants_none_is_kept_for_structural_questions(tmp_path):
    """A joint file's genes are read for deletions alone; its small variants cost nothing more."""
    table = "".join(record("1", START + n, "A", "C", info=".") for n in range(500))
    profile = read(tmp_path, table + record(**WHOLE, chrom="1"), meta=META[:7])
    assert len(profile.structural) == 1


# --------------------------------------------------------------------------------------------- a drawn truth, read back


@st.composite
def stories(draw: st.DrawFn) -> dict[str, Any]:
    """A deletion placed relative to the gene, how many copies it takes, how precisely and by whom it is told."""
    before, after = draw(st.integers(-5000, 9000)), draw(st.integers(-9000, 5000))
    start, end = START + before, END + after
    return {
        "start": min(start, end - 60), "end": max(start + 60, end),
        "copies": draw(st.integers(0, 2)),
        "slack": draw(st.sampled_from([None, 0, 10, 2000])),
        "caller": draw(st.sampled_from(["manta", "dragen_cnv", "gcnv", "gatk_cnv", "sniffles"])),
        "passed": draw(st.booleans()),
    }  # fmt: skip


def told_by(caller: str, story: dict[str, Any]) -> str:
    start, end, copies = story["start"], story["end"], story["copies"]
    around = "" if story["slack"] is None else ";CIPOS=-{0},{0};CIEND=-{0},{0}".format(story["slack"])
    rough = ";IMPRECISE" if story["slack"] not in (None, 0) or (caller == "sniffles" and story["slack"] == 0) else ""
    gt = ("0/0", "0/1", "1/1")[copies]
    own = {"pos": start - 1, "filters": "PASS" if story["passed"] else "LowQual"}
    match caller:
        case "manta":
            own |= {"info": deletion(start, end, rough + around), "keys": "GT:FT:GQ", "values": f"{gt}:PASS:99"}
        case "sniffles":
            own |= {
                "info": f"SVTYPE=DEL;SVLEN=-{end - start + 1};END={end}{rough}{around}",
                "keys": "GT:GQ:DR:DV",
                "values": f"{gt}:60:9:9",
            }
        case "dragen_cnv":
            own |= {"info": f"END={end};SVTYPE=CNV{around}", "keys": "GT:CN", "values": f"{gt}:{2 - copies}"}
        case "gcnv":
            own |= {
                "alt": "<DEL>,<DUP>",
                "info": f"END={end}{around}",
                "keys": "GT:CN",
                "values": f"{min(copies, 1)}:{2 - copies}",
            }
        case "gatk_cnv":
            own |= {
                "alt": "<CNV>",
                "info": f"END={end};SVTYPE=CNV{around}",
                "keys": "GT:CN",
                "values": f"./.:{2 - copies}",
            }
        case _:
            raise ValueError(caller)
    return record(**own)


@pytest.mark.holds("REPT-05")
@given(stories())
def test_a_deletion_is_read_back_as_it_is_or_unknown(tmp_path_factory, story):
    profile = read(tmp_path_factory.mktemp("story"), told_by(story["caller"], story), absent="reference")
    takes_all = story["start"] <= START and story["end"] >= END
    meets = story["start"] <= END and story["end"] >= START
    answer = finding(profile).truth

    if answer is Truth.TRUE:
        assert takes_all and story["copies"] and story["passed"]
    if answer is Truth.FALSE:
        assert not meets or not story["copies"]
    room = story["slack"] or 0
    surely = story["start"] + room <= START and story["end"] - room >= END
    if surely and story["copies"] and story["passed"]:
        assert answer is Truth.TRUE
    for call in profile.structural:
        assert call.start <= story["start"] <= call.end


@pytest.mark.holds("TRAC-03")
@given(stories())
def test_a_profile_with_deletions_replays(tmp_path_factory, story):
    profile = read(tmp_path_factory.mktemp("story"), told_by(story["caller"], story), absent="reference")
    again = profile_of(json.loads(json.dumps(form_of(profile))), RULES)
    assert find(again, RULES).all == find(profile, RULES).all


# ----------------------------------------------------------------------------------------- with the shipped rule set

SHIPPED = assigner.read_rules()
TESTED = {"C9orf72": "2/8", "ATXN2": "22/22", "NIPA1": "8/8"}
CALLERS = {
    "manta": ("GT:FT:GQ:PR:SR", "0/1:PASS:99:30,12:28,11", ";SVTYPE=DEL;SVLEN=-{n};CIPOS=0,3;CIEND=0,3"),
    "dragen_cnv": ("GT:SM:CN:BC", "0/1:0.51:1:90", ";SVTYPE=CNV;REFLEN={n}"),
    "gatk_sv": ("GT:GQ:ECN", "0/1:99:2", ";SVTYPE=DEL;SVLEN={n};ALGORITHMS=depth,manta;EVIDENCE=PE,RD,SR"),
    "sniffles": ("GT:GQ:DR:DV", "0/1:60:13:14", ";SVTYPE=DEL;SVLEN=-{n};PRECISE;SUPPORT=14"),
}


def with_deletion(tmp_path: Path, symbol: str, caller: str) -> Assignment:
    known = next(g for g in SHIPPED.content.genes if g.symbol == symbol)
    start, end = span_on(known, Build.GRCH38)
    keys, values, more = CALLERS[caller]
    info = f"END={end + 2000}" + more.format(n=end - start + 4001)
    table = record(known.chrom, start - 2001, info=info, keys=keys, values=values)
    profile = read(tmp_path, table, rules=SHIPPED, absent="reference", repeat_sizes=TESTED)
    return assign(profile, SHIPPED)


@pytest.mark.holds("REPT-05")
@pytest.mark.parametrize("caller", CALLERS)
@pytest.mark.parametrize(("symbol", "category"), [("DNAJC7", "CAT3"), ("OPA1", None), ("TBK1", None), ("SOD1", None)])
def test_a_gene_deleted_once_counts_with_the_shipped_rules(symbol, category, caller, tmp_path):
    """TBK1 speaks for two categories within the margin, SOD1 does no harm by its loss, and OPA1 has no rating."""
    made = with_deletion(tmp_path, symbol, caller)
    true = [(f.gene, f.criterion) for f in made.findings if f.truth is Truth.TRUE]

    assert true == ([] if symbol in ("SOD1", "OPA1") else [(symbol, "gene_deletion")])
    assert made.decision.category == category
    assert made.decision.basis == {"TBK1": "tied", "SOD1": "no_evidence", "OPA1": "no_evidence"}.get(symbol, "lead")
    kinds = {locus["kind"] for locus in made.trace.model_dump()["loci"] if locus["gene"] == symbol}
    assert ("structural" in kinds) is (symbol not in ("SOD1", "OPA1"))


def test_a_copy_number_of_smn1_raises_its_mimic(tmp_path):
    for copies, raised in ((0, True), (2, False)):
        profile = read(tmp_path, SMALL, rules=SHIPPED, copy_numbers={"SMN1": copies})
        made = assign(profile, SHIPPED)
        assert any(f.gene == "SMN1" and f.truth is Truth.TRUE for f in made.flags) is raised


# ------------------------------------------------------------------------------------------------------- real files


@pytest.mark.holds("READ-16", "REPT-06")
@pytest.mark.skipif(not (real.REAL / "sv").is_dir(), reason="the real files are not here")
def test_no_real_file_clears_a_gene_or_crashes():
    names = [row["file"] for row in real.table("MANIFEST.tsv") if row["file"].startswith("sv/")]
    held = 0
    for name in names:
        try:
            profile = real.read(name, sex="female")
        except InputError:
            continue
        found = [f for f in find(profile, SHIPPED).all if f.criterion == "gene_deletion"]
        assert {f.truth for f in found} <= {Truth.UNKNOWN, Truth.TRUE}
        held += len(profile.structural)
        assert all(isinstance(each, StructuralCall) for each in profile.structural)
        again = profile_of(json.loads(json.dumps(form_of(profile))), SHIPPED)
        assert find(again, SHIPPED).all == find(profile, SHIPPED).all
    assert len(names) == 17
