"""Files that nobody on this project wrote: an outcome or a typed refusal for each, and what is known of some by heart.

With `ASSIGNER_REAL_TABLE=PATH` the outcomes are written there as a table.
"""

from __future__ import annotations

import csv
import functools
import gzip
import os
import re
import time
from collections import Counter
from pathlib import Path

import pytest

import assigner
from assigner.errors import BuildError, ContainerError, HeaderError, InputError, RecordError, SampleError
from assigner.profiles.calls import Call, State
from assigner.profiles.profile import Profile
from assigner.rules.panels import panel_of
from assigner.truth import Truth
from assigner.vcf.reading import read_profile
from effort import some

REAL = Path(__file__).parents[2] / "shared" / "data" / "real"
pytestmark = pytest.mark.skipif(not (REAL / "MANIFEST.tsv").is_file(), reason="the real files are not here")

RULES = assigner.read_rules()
SECONDS = 5
"""The most that one of these small files may take."""


@functools.cache
def table(name: str) -> list[dict[str, str]]:
    with (REAL / name).open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file, delimiter="\t", quoting=csv.QUOTE_NONE))


def samples_of(path: Path) -> list[str]:
    """The sample names, read roughly: by these the test names the first one."""
    content = path.read_bytes()
    if content.startswith(b"\x1f\x8b"):
        try:
            content = gzip.decompress(content)
        except (OSError, EOFError):
            return []
    line = re.search(rb"^#CHROM\t.*?(?=\r?$)", content, re.MULTILINE)
    return [] if line is None else [name.decode("utf-8", "replace") for name in line[0].split(b"\t")[9:]]


def read(name: str, **declared) -> Profile:
    """A file with what its manifest knows: the first sample of several; the build where the file proves none."""
    path = REAL / name
    if len(samples := samples_of(path)) > 1:
        declared.setdefault("sample", samples[0])
    try:
        return read_profile(path, RULES, **declared)
    except BuildError as error:
        if "genome build" not in error.place or "build" in declared:
            raise
    row = next(row for row in table("MANIFEST.tsv") if row["file"] == name)
    word = row["build"].split()[0]
    return read_profile(path, RULES, build=word if word.startswith("GRCh") else "GRCh38", **declared)


@functools.cache
def outcome(name: str) -> tuple[str, str]:
    """The outcome with its reasons, or the kind of refusal with its words."""
    try:
        profile = read(name)
    except InputError as error:
        return type(error).__name__, str(error).replace(f"{REAL}/", "")
    made = assigner.assign(profile, RULES)
    if not name.startswith("edge/"):  # 758 files with little at our places; sealing takes a while
        assert made.trace.is_intact
    reasons = "; ".join(f"{raised.reason}: {raised.because}" for raised in made.reasons)
    return made.outcome.value, f"{made.category or made.provisional or '-'} {reasons}"


@pytest.mark.holds("READ-16")
def test_every_file_gets_an_outcome_or_a_refusal_of_ours_and_soon():
    told, slow = {}, {}
    edges = [row for row in table("MANIFEST.tsv") if row["file"].startswith("edge/")]  # test_edge_suites reads each
    others = [row for row in table("MANIFEST.tsv") if row not in edges]
    rows = [*some(others, 12), *some(edges, 60)]
    for row in rows:
        begin = time.process_time()
        told[row["file"]] = outcome(row["file"])
        spent = time.process_time() - begin
        if spent > SECONDS:
            slow[row["file"]] = spent
    if path := os.environ.get("ASSIGNER_REAL_TABLE"):
        lines = ["\t".join([name, kind, words.replace("\t", " ")]) for name, (kind, words) in told.items()]
        Path(path).write_text("\n".join(lines) + "\n", encoding="utf-8")

    assert len(told) == len(rows)
    assert slow == {}
    assert "assigned" not in Counter(kind for kind, _ in told.values())  # none of them is a trial's participant


def test_what_nobody_can_read_is_refused():
    """Kinds of EDGE_CASES.tsv that no reader may let through, wherever in the file they stand."""
    kinds = (
        "byte order mark or blank line", "no ##fileformat", "#CHROM line wrong", "no #CHROM line", "not a VCF",
        "same sample name twice", "a POS that is not a number", "tab or space at the end of the #CHROM",
        "wrong container", "empty file", "truncated or damaged", "header lines again", "file kind not",
        "a CHROM that cannot be",
        "unreadable record",
    )  # fmt: skip
    edges = [row for row in table("EDGE_CASES.tsv") if row["kind"].startswith(kinds)]
    there = {row["file"] for row in table("MANIFEST.tsv")}
    read_after_all = [row["file"] for row in edges if row["file"] in there and outcome(row["file"])[0] == "review"]

    assert len(edges) > 80
    assert read_after_all == []


REFUSED = {
    "notvcf/File_IMC__sample.vcf": (ContainerError, "vCard"),
    "edge/vcf-validator__passed_compressed.vcf.bz2": (ContainerError, "bzip2"),
    "annot/SnpEff__cancer_pedigree.ann.vcf": (HeaderError, "##fileformat"),
    "annot/varcode__mouse_vcf_dbsnp_chr1_partial.vcf": (SampleError, "nobody"),
    "annot/gemini__test.esp.zero.vcf": (RecordError, "POS"),
    "annot/gemini__test.roh.vcf": (BuildError, "which the header says is 135534747 long"),
    "dtc/test-datasets__donor_genotype_chr21.vcf": (BuildError, "247249719"),  # NCBI36
    "cohort/eva-pipeline__same_sample_names.vcf.gz": (SampleError, "same name"),
    "edge/VCFX__mixed_header.vcf": (SampleError, "nobody"),
    "edge/htslib__longrefs__index.vcf": (BuildError, "10249250621"),
}


@pytest.mark.holds("READ-16")
@pytest.mark.parametrize("name", REFUSED)
def test_why_a_file_is_refused(name):
    kind, words = REFUSED[name]
    with pytest.raises(kind, match=re.escape(words)):
        read(name)


def calls_of(profile: Profile) -> dict[str, Call]:
    return {a.id: profile.call(v) for v, a in panel_of(RULES, profile.build).alleles.items()}


def sizes_of(profile: Profile) -> dict[str, str]:
    return {name: str(sizes) for name, sizes in profile.repeats.items() if sizes.problem is None}


@pytest.mark.parametrize(
    "name", ["callers/hap.py__PG_NA12878_chr21.vcf.gz", "callers/vcf2report__SYN-001.synthetic.vcf.gz"]
)
def test_a_list_of_passed_calls_says_nothing_of_other_places(name):
    """NA12878's ten variants in SOD1 are benign and not listed; no listed allele has a record."""
    calls = calls_of(read(name))

    assert {call.state for call in calls.values()} == {State.NOT_ASSESSED}
    assert {call.carries for call in calls.values()} == {Truth.UNKNOWN}


def test_na12878_looks_female_and_a_csq_that_is_not_veps_is_not_read():
    profile = read("callers/vcf2report__SYN-001.synthetic.vcf.gz")

    assert profile.inferred_sex == "female"
    (check,) = (check for check in profile.checks if check.name == "inferred_sex")
    assert check.result == "female"
    assert check.evidence == "variants: X: 275 het, 248 hom, 0 haploid; Y: 0 called"
    assert profile.annotated == {"clinvar"}
    assert any("lists no fields" in check.evidence for check in profile.checks)


def test_a_block_over_a_whole_chromosome_that_three_reads_bear_out_is_not_believed():
    calls = calls_of(read("gvcf/gatk__gvcfExample1.fullchrom.2021.vcf"))

    told = {call.why for call in calls.values() if call.state is State.LOW_QUALITY}
    assert told == {"depth 3 (MIN_DP) below 10"}
    assert State.REFERENCE not in {call.state for call in calls.values()}


def test_a_block_without_depth_is_not_believed():
    calls = calls_of(read("gvcf/gatk__gvcfExample1WithTrailingReferenceBlocks.g.vcf"))

    assert {call.why for call in calls.values() if call.state is State.LOW_QUALITY} == {"depth 0 below 10"}


@pytest.mark.holds("READ-16")
def test_deep_blocks_are_reference():
    calls = calls_of(read("gvcf/gatk__goodGVCF.inOrderThreeContigs.g.vcf"))

    assert Counter(call.state for call in calls.values())[State.REFERENCE] == 189


@pytest.mark.parametrize(
    ("name", "sex", "sizes"),
    [
        (
            "repeat/ngs-bits__RepeatLocusList_ExpansionHunter.vcf", "male",
            {"C9orf72": "2/2", "ATXN2": "22/22", "ATXN2-SCA2": "22/22", "HTT": "17/22", "AR": "24", "NIPA1": "8/8",
             "ATXN3": "10/19", "DMPK": "11/13", "CNBP": "15/15", "NOP56": "7/7", "PABPN1": "10/10"},
        ),
        (
            "repeat/test-datasets__sample1A.vcf.gz", None,
            {"C9orf72": "2/2", "ATXN2": "20/20", "HTT": "16/18", "AR": "23/19", "DMPK": "14/482", "CNBP": "13/13"},
        ),
        (
            "repeat/test-datasets__sample1B.vcf.gz", "male",
            {"C9orf72": "2/5", "ATXN2": "20/21", "AR": "23", "DMPK": "5/13"},
        ),
        # Of his three repeats on X that are called, two have one alternative allele alone.
        ("repeat/scout__643594.clinical.str.stranger.vcf.gz", "male", {"C9orf72": "2/2"}),
        ("repeat/test-datasets__PosCon1.repeats.vcf.gz", None, {}),
    ],
)  # fmt: skip
def test_repeat_sizes_of_four_callers(name, sex, sizes):
    profile = read(name)
    found = sizes_of(profile)

    assert {key: found[key] for key in sizes} == sizes
    assert bool(sizes) is bool(found)
    assert profile.inferred_sex == sex


def test_an_expanded_dmpk_is_a_mimic():
    made = assigner.assign(read("repeat/test-datasets__sample1A.vcf.gz"), RULES)
    assert "mimic-DMPK" in [raised.because for raised in made.reasons if raised.reason == "mimic"]


@pytest.mark.parametrize(
    ("sample", "problem"), [("ADM1059A1", "not called"), ("ADM1059A2", "REPCN says otherwise than GT and ALT")]
)
def test_a_repeat_record_that_contradicts_itself_is_unknown(sample, problem):
    for name in ("repeat/stranger__643594.clinical.str.vcf", "repeat/stranger__643594.clinical.str.vcf.gz"):
        assert read(name, sample=sample).repeats["C9orf72"].problem == problem


def test_straglrs_sizes_are_ranges_and_reads_with_another_motif_leave_them_unknown():
    repeats = read("repeat/ngs-bits__RepeatLocusList_Straglr.vcf").repeats
    assert (str(repeats["HTT"]), repeats["HTT"].ranges) == ("17/17", ((10, 25), (10, 25)))
    assert repeats["C9orf72"].problem == repeats["NOP56"].problem == "reads with another motif"


@pytest.mark.parametrize(
    ("name", "locus", "shown", "ranges"),
    [
        ("repeat/test-datasets__sample1A.vcf.gz", "RFC1", "3/0", ((3, 3), (0, 0))),  # TRGT counts eight motifs
        ("repeat/test-datasets__sample1B.vcf.gz", "RFC1", "0/0", ((0, 0), (0, 0))),
        ("repeat/ngs-bits__RepeatLocusList_ExpansionHunter.vcf", "RFC1", "11/72", ((0, 11), (0, 98))),  # as AARRG
        ("repeat/ngs-bits__RepeatLocusList_ExpansionHunter.vcf", "VWA1", "2/2", ((2, 2), (2, 2))),
    ],
)
def test_motifs_that_the_reference_does_not_have_and_units_of_ten_bases(name, locus, shown, ranges):
    found = read(name).repeats[locus]
    assert (str(found), found.ranges) == (shown, ranges)


def test_mitochondrial_calls():
    shallow = calls_of(read("mito/test-datasets__NA12878_chrM.vcf.gz"))["MT-TN-m.5690A>G"]
    assert (shallow.state, shallow.why, str(shallow.fraction)) == (State.LOW_QUALITY, "depth 6 below 10", "0.400")

    array = calls_of(read("mito/haplocheck__HG00097.vcf"))
    called = {name: call for name, call in array.items() if call.state is not State.NOT_ASSESSED}
    assert {call.carries for call in called.values()} == {Truth.FALSE}
    assert "MT-TK-m.8344A>G" in called  # genotyped there for A>T, and not called

    assert {call.state for call in calls_of(read("mito/MitoHPC__chrM.30.h.vcf")).values()} <= {
        State.NO_CALL, State.NOT_ASSESSED,
    }  # fmt: skip


@pytest.mark.holds("READ-16")
def test_one_call_set_in_four_containers_reads_the_same():
    names = ["PharmCAT__raw.bcf", "PharmCAT__raw.vcf", "PharmCAT__raw.vcf.bgz", "PharmCAT__raw_chr.vcf"]
    assert len({str(sorted(calls_of(read(f"edge/{name}")).items())) for name in names}) == 1


@pytest.mark.parametrize("name", ["sv/gatk__HG00096.manta.vcf.gz", "sv/gatk__1kgp_test.merged.vcf.gz"])
def test_a_file_of_structural_variants_never_says_reference(name):
    states = {call.state for call in calls_of(read(name)).values()}
    assert states <= {State.NO_CALL, State.NOT_ASSESSED}


def test_a_haploid_x_is_a_mans():
    assert read("annot/cyvcf2__test-haploidX.vcf").inferred_sex == "male"


def test_clinvar_in_a_trio():
    """15326A>G, the rCRS's own rarity, is what most people carry; no criterion counts it."""
    profile = read("annot/scout__643594.clinical.vcf.gz")
    made = assigner.assign(profile, RULES)

    assert profile.annotated == {"clinvar", "consequence"}
    assert {finding.truth for finding in made.findings if finding.gene.startswith("MT-")} <= {
        Truth.FALSE,
        Truth.UNKNOWN,
    }
    assert not [flag for flag in made.flags if flag.truth is Truth.TRUE]
