"""Contigs by any of their names, names that nobody understands, and what a header says of its build in words."""

from __future__ import annotations

import pytest

from assigner.errors import BuildError
from assigner.genome.builds import CHROMS, LENGTHS, Build
from assigner.profiles.calls import State
from assigner.profiles.profile import Profile
from assigner.rules.panels import panel_of
from dialects import base, other
from readings import SNV, profile_of

VALUES = "PASS . GT:DP:GQ:AD 0/1:30:99:15,15"
A = f"9041 {base(9041)} {other(9041, 0)} {VALUES}"
X = f"5000001 C T {VALUES}"
NAMES = {"1": ("Chr1", "CHR1", "hs1", "NC_000001.11", "CM000663.2"), "X": ("23", "chrx", "HSX", "CM000685.2")}


def read(tmp_path, *rows: str, named: dict[str, str] | None = None, meta=(), declared=None, **given) -> Profile:
    """The profile of a file with all contigs, some of them called otherwise."""
    lines = [f"{(named or {}).get(c, f'chr{c}')},length={LENGTHS[Build.GRCH38][c]}" for c in CHROMS]
    dress = {"declared": lines if declared is None else declared, "meta": meta}
    return profile_of(tmp_path, "\n".join(rows), read=given, **dress)


def states(profile: Profile) -> dict[str, State]:
    return {name: profile.call(at).state for name, at in panel_of(SNV, profile.build).variant_by_id.items()}


@pytest.mark.parametrize(("chrom", "name"), [(chrom, name) for chrom, names in NAMES.items() for name in names])
def test_a_record_is_read_under_any_name_of_its_chromosome(tmp_path, chrom, name):
    row, asked = {"1": (f"{name} {A}", "A"), "X": (f"{name} {X}", "X")}[chrom]
    given = {"absent": "reference", "sex": "female"}
    assert states(read(tmp_path, row, named={chrom: name}, **given))[asked] is State.CALLED
    assert states(read(tmp_path, row, declared=(), build="GRCh38", **given))[asked] is State.CALLED


def test_nothing_is_assumed_where_records_may_stand_under_a_name_that_is_not_understood(tmp_path):
    rows = (f"chr1 4000 C T {VALUES}", f"odd {X}")
    found = read(tmp_path, *rows, named={"X": "odd"}, absent="reference")
    assert found.absent == "unknown"
    assert states(found) == {
        "A": State.ASSUMED_REFERENCE,
        "X": State.NOT_ASSESSED,
        "PAR": State.NOT_ASSESSED,
        "MT": State.NOT_ASSESSED,
    }
    (check,) = (check for check in found.checks if check.name == "variants_contigs")
    assert (check.result, check.evidence.partition(":")[0]) == ("not understood", "odd")


def test_callable_regions_say_nothing_of_such_a_chromosome(tmp_path):
    bed = b"chr1\t0\t20000\nchrX\t0\t6000000\n"
    found = states(read(tmp_path, f"chr1 4000 C T {VALUES}", f"odd {X}", named={"X": "odd"}, callable=bed))
    assert (found["A"], found["X"]) == (State.REFERENCE, State.NOT_ASSESSED)


def test_decoys_and_unplaced_contigs_keep_nothing_from_being_assumed(tmp_path):
    rows = (f"hs37d5 7 C T {VALUES}", f"chrUn_KI270302v1 7 C T {VALUES}")
    declared = [f"chr{c},length={LENGTHS[Build.GRCH38][c]}" for c in CHROMS] + ["hs37d5", "chrUn_KI270302v1"]
    found = read(tmp_path, *rows, declared=declared, absent="reference")
    assert (found.absent, set(states(found).values())) == ("reference", {State.ASSUMED_REFERENCE})
    assert not any(check.name == "variants_contigs" for check in found.checks)


@pytest.mark.parametrize("declared", [(), ("odd,length=5000",)])
def test_a_file_without_any_known_contig_is_refused(tmp_path, declared):
    with pytest.raises(BuildError, match=r"a human chromosome, .* or NC_000021\.9; got 'odd'"):
        read(tmp_path, f"odd 7 C T {VALUES}", declared=declared, build="GRCh38", absent="reference")


@pytest.mark.parametrize("length", [0, 2147483647])
def test_a_length_that_stands_for_none_is_none(tmp_path, length):
    found = read(tmp_path, f"chr1 {A}", declared=[f"chr1,length={length}"], build="GRCh38")
    assert states(found)["A"] is State.CALLED


WORDS = {
    Build.GRCH37: [
        "##reference=GRCh37", "##reference=file:///refs/ucsc.hg19.fasta", "##reference=human_g1k_v37_decoy.fasta",
        "##reference=hs37d5.fa.gz", '##SnpEffCmd="SnpEff  GRCh37.75 in.vcf "', "##contig=<ID=chr2,assembly=b37>",
        '##VEP="v110" time="now" assembly="GRCh37.p13" dbSNP="156"',
        "##VEP-command-line='vep --assembly GRCh37 --cache'",
        '##contig=<ID=chr2,assembly="hg19",species="Homo sapiens">', "##reference=GCF_000001405.25",
        '##GATKCommandLine=<ID=HaplotypeCaller,CommandLine="HaplotypeCaller --reference /refs/hg19.fa">',
        '##DRAGENCommandLine=<ID=dragen,CommandLineOptions="-f --ref-dir /staging/hs37d5/v8">',
        '##commandline="freebayes -f /refs/human_g1k_v37.fasta a.bam"',
        "##cmdline=configManta.py --bam a.bam --referenceFasta=/refs/hg19.fa",
        "##bcftools_callCommand=mpileup -f hs37d5.fa a.bam; Date=now",
        "##bcftools_annotateCommand=annotate -a clinvar_GRCh37.vcf.gz -c INFO/CLNSIG a.vcf",
        '##INFO=<ID=CLNSIG,Number=.,Type=String,Description="CLNSIG of /db/hg19/clinvar_20240101.vcf.gz">',
    ],
    Build.GRCH38: [
        "##reference=GRCh38", "##reference=file:///refs/hg38/Homo_sapiens_assembly38.fasta", "##reference=hs38DH.fa",
        '##SnpEffCmd="SnpEff  hg38 in.vcf "', "##contig=<ID=chr2,assembly=GRCh38.p14>",
        "##reference=GCA_000001405.15_no_alt_analysis_set.fna", "##new_reference_genome=hg38.fa",
    ],
}  # fmt: skip


@pytest.mark.parametrize(("named", "word"), [(build, word) for build, words in WORDS.items() for word in words])
def test_words_that_name_another_build_than_the_declared_one_refuse_it(tmp_path, named, word):
    (opposite,) = set(Build) - {named}
    row = f"chr1 4000 C T {VALUES}"
    assert read(tmp_path, row, declared=["chr1"], meta=[word], build=named.value).build is named
    with pytest.raises(BuildError, match=f"expected {opposite}, as declared"):
        read(tmp_path, row, declared=["chr1"], meta=[word], build=opposite.value)


@pytest.mark.parametrize("word", ["chm13v2.0.fa", "T2T-CHM13.fa", "hg18.fa", "/refs/mm10.fa", "hs1.fa.gz"])
def test_words_that_name_another_genome_refuse_any_build(tmp_path, word):
    for build in Build:
        with pytest.raises(BuildError, match="as declared"):
            read(
                tmp_path, f"chr1 4000 C T {VALUES}", declared=["chr1"], meta=[f"##reference={word}"], build=build.value
            )


@pytest.mark.parametrize(
    "meta",
    [
        ["##reference=GRCh37.fa", "##reference=hg38.fa"],
        ["##reference=file:///work/genome.fa"],
        ["##reference=/data/ab37c9/x.fa"],
        ["##liftover=hg19ToHg38"],
        ['##commandline="caller -f /refs/hg19.fa"', "##new_reference_genome=hg38.fa"],
        ["##bcftools_viewCommand=view -f PASS a.hg19.vcf"],
        ['##INFO=<ID=hg19_pos,Number=1,Type=Integer,Description="on hg19">'],
    ],
)
def test_words_that_name_both_builds_or_none_refuse_nothing(tmp_path, meta):
    found = read(tmp_path, f"chr1 4000 C T {VALUES}", declared=["chr1"], meta=meta, build="GRCh38")
    assert found.build is Build.GRCH38


def test_lengths_that_prove_a_build_stand_above_words(tmp_path):
    assert read(tmp_path, f"chr1 {A}", meta=["##reference=hg19.fa"], build="GRCh38").build is Build.GRCH38


# ------------------------------------------------------------------------------------ lengths that are last positions


@pytest.mark.holds("BILD-01")
@pytest.mark.parametrize("more", [0, 1])
def test_lengths_that_are_last_positions_pass_with_a_declared_build_and_a_note(tmp_path, more):
    rows = [f"chr1 {A}", f"chr21 5000 C T {VALUES}", f"23 {X}"]
    lengths = [
        f"{contig},length={last + more}" for contig, last in (("chr1", 9041), ("chr21", 5000), ("23", 5_000_001))
    ]
    found = read(tmp_path, *rows, declared=lengths, build="GRCh38", sex="female")
    assert [c.result for c in found.checks if c.name == "variants_contig_lengths"] == ["prove nothing"]
    assert states(found)["A"] is State.CALLED
    with pytest.raises(BuildError, match="##contig chr1"):
        read(tmp_path, *rows, declared=lengths)


@pytest.mark.holds("BILD-01")
@pytest.mark.parametrize("length", [9043, 248_387_328, 247_249_719])
def test_other_lengths_are_refused_unless_plink_wrote_them(tmp_path, length):
    given = {"declared": [f"chr1,length={length}"], "build": "GRCh38"}
    with pytest.raises(BuildError, match="last position"):
        read(tmp_path, f"chr1 {A}", **given)
    assert read(tmp_path, f"chr1 {A}", **given, meta=["##source=PLINKv1.90"]).build is Build.GRCH38


@pytest.mark.holds("BILD-01")
@pytest.mark.parametrize(
    "contigs",
    [
        ["chr1,length=248956423"],
        ["chr1,length=9041", "chr21,length=48129895"],
        ["chr1,length=9041", "NC_000021.9"],
        ["chr1,length=9041", "chrX,length=156040895"],
    ],
)
def test_lengths_of_which_one_is_a_build_s_or_too_long_are_no_last_positions(tmp_path, contigs):
    with pytest.raises(BuildError):
        read(tmp_path, f"chr1 {A}", declared=contigs, build="GRCh38", meta=["##source=PLINKv1.90"])


@pytest.mark.holds("BILD-04")
@pytest.mark.parametrize("name", ["XY", "PAR1", "PAR2", "chrPAR1", "xy"])
def test_plink_s_pseudo_autosomal_contigs_are_x(tmp_path, name):
    row = f"{name} {X}"
    assert states(read(tmp_path, row, declared=["chr1", name], build="GRCh38", sex="female"))["X"] is State.CALLED


@pytest.mark.holds("BILD-03")
def test_a_file_of_the_mitochondrion_alone_needs_no_build(tmp_path):
    for name in ("chrM", "26", "J01415.2"):
        row = f"{name} 3243 A G PASS . GT:AF 0/1:0.8"
        found = read(tmp_path, row, declared=[f"{name},length=16569"])
        (check,) = (check for check in found.checks if check.name == "build")
        assert check.evidence == "not asked: the files hold the mitochondrion alone"
        assert states(found)["MT"] is State.CALLED
        assert read(tmp_path, row, declared=[f"{name},length=16569"], build="GRCh37").build is Build.GRCH37
        with pytest.raises(BuildError, match="genome build"):
            read(tmp_path, row, declared=[f"{name},length=16569", "chr1"])
