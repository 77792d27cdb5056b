"""One pass over a file of many samples gives each of them what a pass of its own gives."""

from __future__ import annotations

import gc
import itertools
import shutil
import subprocess
from collections.abc import Sequence
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

import assigner
import xy_files
from assigner.audits.verification import Answer, Evidence
from assigner.errors import InputError, LimitError
from assigner.files import Source
from assigner.genome.builds import Build
from assigner.profiles.calls import State
from assigner.profiles.profile import Profile, Role
from assigner.rules.panels import panel_of
from assigner.testing import parts
from assigner.vcf.bytes.containers import Limits
from assigner.vcf.declared import Declared
from assigner.vcf.files import File
from assigner.vcf.reading import profile_of_files, read_profile
from assigner.vcf.records.record import Record
from assigner.vcf.scan.joint import JointLine
from assigner.vcf.shared import SharedFile, samples_in
from build import bgzf
from dialects import base, other
from vcfs import WORD, allele, bcf, gene, rules_of, vcf

REAL = Path(__file__).parents[2] / "shared" / "data" / "real"
RULES = assigner.read_rules()
Came = tuple[object, bytes]
"""A profile and the bytes of its trace, or the kind and the words of an error."""

ALLELES = [
    allele("SNV", "1", 9041, base(9041), other(9041, 0)),
    allele("DEL", "1", 9050, base(9050) + base(9051), base(9050)),
    allele("X", "X", 5_000_001, "C", "T"),
    allele("MT", "MT", 3243, "A", "G", **{"class": "mitochondrial"}),
]
GENES = [gene("GX", "X", 5_000_000, 5_000_900), gene("G1", "1", 9_000, 9_400, mechanisms=["loss_of_function"])]
LOST = {
    "id": "lof", "kind": "consequence", "terms": ["stop_gained"], "mechanisms": ["loss_of_function"], "tier": 1,
    "points": 500, "validity": ["definitive"], "max_frequency": "1", "carrier_ppm": 0, **WORD,
}  # fmt: skip
NEAR = rules_of(alleles=ALLELES, genes=GENES)
CLINVAR = '##INFO=<ID=CLNSIG,Number=.,Type=String,Description="x">'
IN_GENES = rules_of(alleles=ALLELES, genes=GENES, criteria=[LOST])


def alone(
    source: bytes | Path, sample: str, rules: assigner.Rules, limits: Limits | None = None
) -> tuple[object, bytes]:
    return _outcome(lambda: read_profile(source, rules, sample=sample, limits=limits), rules)


def of_all(
    source: bytes | Path,
    sample: str,
    rules: assigner.Rules,
    shared: SharedFile,
    limits: Limits | None = None,
    *more: bytes,
) -> tuple[object, bytes]:
    declared = declared_of(tuple((each, None) for each in (source, *more)), sample, limits)
    return _outcome(lambda: profile_of_files(rules, declared, shared.read), rules)


def declared_of(files, sample: str, limits: Limits | None = None) -> Declared:
    return Declared(
        files=files, sample=sample, participant=None, build=None, sex=None, ancestry=None, absent="unknown",
        callable=None, repeat_sizes={}, copy_numbers={}, fasta=None, sha256=(), quick=False, threads=1,
        limits=limits or Limits(),
    )  # fmt: skip


def _outcome(read, rules: assigner.Rules) -> Came:
    try:
        profile = read()
    except InputError as error:
        return type(error), str(error).encode()
    return profile, assigner.assign(profile, rules).trace_bytes


GENOTYPES = ["0/0", "0|0", "0/1", "0|1", "1|0", "1/1", "./.", "./1", "0", "1", ".", "0/2", "2|1", "0/1/1"]


@st.composite
def cells(draw: st.DrawFn, keys: str) -> str:
    parts = [draw(st.sampled_from(["0/0", *GENOTYPES]))]
    for key in keys.split(":")[1:]:
        values = {"DP": ["30", "5", "."], "GQ": ["50", "3", "x"], "AD": ["15,15", "30,0", "1,2,3"], "FT": ["PASS", "q"]}
        parts.append(draw(st.sampled_from(values[key])))
    return ":".join(parts)


@st.composite
def joint_files(draw: st.DrawFn) -> tuple[bytes, Sequence[str]]:
    """A VCF of two to five samples, whose records stand at and around what the rule set asks about."""
    samples = draw(st.lists(st.sampled_from("ABCDEFG"), min_size=2, max_size=5, unique=True))
    rows = []
    places = [("1", 9041), ("1", 9041), ("1", 9050), ("1", 9045), ("X", 5_000_001), ("Y", 9_000_000), ("MT", 3243)]
    for chrom, pos in sorted(draw(st.lists(st.sampled_from(places), max_size=8))):
        ref = {"1": base(pos), "X": "C", "Y": "G", "MT": "A"}[chrom]
        alts = [other(9041, 0) if chrom == "1" else "T" if chrom == "X" else "C" if chrom == "Y" else "G", ref + "A"]
        if pos == 9050:
            ref, alts = base(9050) + base(9051), [base(9050), "<DEL>"]
        alt = draw(st.sampled_from([alts[0], ",".join(alts), "<NON_REF>", "."]))
        keys = draw(st.sampled_from(["GT", "GT:DP:GQ:AD", "GT:FT", "GT:DP"]))
        info = draw(st.sampled_from([".", f"END={pos + 20}", "NEW=1"]))
        filters = draw(st.sampled_from(["PASS", ".", "LowQual"]))
        own = [draw(cells(keys)) for _ in samples]
        rows.append(" ".join([chrom, str(pos), ref, alt, filters, info, keys, *own]))
    females = draw(st.sets(st.sampled_from(samples)))
    for at in range(4):
        own = ["0/1" if name in females else draw(st.sampled_from(["1", "1/1", "0"])) for name in samples]
        rows.append(" ".join(["X", str(6_000_000 + at), "G", "A", "PASS", ".", "GT", *own]))
    return vcf("\n".join(rows), samples=samples), samples


@pytest.mark.holds("COHO-04")
@given(made=joint_files(), packed=st.booleans())
def test_one_pass_for_all_gives_each_sample_what_a_pass_of_its_own_gives(made, packed):
    text, samples = made
    content, shared = bgzf(text) if packed else text, SharedFile()

    for sample in (*samples, "nobody", samples[0]):
        assert of_all(content, sample, NEAR, shared) == alone(content, sample, NEAR)


@pytest.mark.holds("COHO-04")
@given(table=xy_files.tables(people=3), as_bcf=st.booleans())
def test_so_it_does_of_x_y_and_mt_where_sexes_differ(table, as_bcf, tmp_path_factory):
    samples, shared = ("P1", "P2", "P3"), SharedFile()
    content = vcf(table, samples=samples)
    source = bcf(tmp_path_factory.mktemp("xy"), content) if as_bcf else content

    for sample in samples:
        assert of_all(source, sample, xy_files.RULES, shared) == alone(source, sample, xy_files.RULES)


@pytest.mark.holds("COHO-04")
@given(made=joint_files())
def test_so_does_one_pass_over_a_bcf(made, tmp_path_factory):
    text, samples = made
    lines = [line for line in text.split(b"\n") if b":x" not in line and b"1,2,3" not in line and b"NEW" not in line]
    path, shared = bcf(tmp_path_factory.mktemp("joint"), b"\n".join(lines)), SharedFile()

    for sample in samples:
        assert of_all(path, sample, NEAR, shared) == alone(path, sample, NEAR)


@pytest.mark.holds("COHO-04")
@pytest.mark.skipif(shutil.which("bcftools") is None, reason="bcftools is not here")
@given(made=joint_files())
def test_a_sample_that_bcftools_cuts_out_is_read_as_in_the_file_of_all(made):
    content, samples = made
    cut = ["bcftools", "view", "--no-version", "-I", "-s", samples[0]]
    done = subprocess.run(cut, input=content, capture_output=True, check=False)
    together, own = (_read_or_refused(each, samples[0]) for each in (content, done.stdout))
    if done.returncode == 0 and together is not None and own is not None:
        for name in ("alleles", "variants", "structural", "assessed", "inferred_sex"):
            assert getattr(own, name) == getattr(together, name)


def _read_or_refused(content: bytes, sample: str) -> Profile | None:
    try:
        return read_profile(content, NEAR, sample=sample)
    except InputError:
        return None


@pytest.mark.skipif(not REAL.is_dir(), reason="the real files are not here")
def test_so_it_does_on_files_that_nobody_here_wrote():
    compared = 0
    names = ("vcfpy__gatk.vcf", "VariantAnnotation__chr7-sub.vcf.gz", "picard__CEUTrio-merged-indels-snps.vcf")
    for path in (REAL / "callers" / name for name in names):
        shared = SharedFile()
        for sample in samples_in(path)[:3]:
            assert of_all(path, sample, RULES, shared) == alone(path, sample, RULES)
            compared += 1
    assert compared > 5


@given(st.lists(st.sampled_from([b"0/0", b"0|1", b"0", b"1/1:20:99", b".", b"0/0:3:1"]), min_size=1, max_size=40))
def test_a_line_gives_each_sample_its_own_cell(own):
    fixed = b"1\t9\t.\tA\tC\t.\tPASS\t.\tGT\t"
    line = JointLine.of(1, fixed + b"\t".join(own))
    told = [line.cells[0]] * len(own)
    for at, code in zip(line.others.tolist(), line.codes.tolist(), strict=True):
        told[at] = line.cells[code]

    assert (line.fixed, told) == (fixed, own)
    assert len(line.others) <= len(own) - own.count(max(own, key=own.count))


@pytest.mark.parametrize("declared", [True, False])
def test_how_far_a_record_reaches_may_depend_on_the_sample(declared):
    """FORMAT/LEN: each sample is read for itself, as one pass would not do."""
    head = ['##FORMAT=<ID=LEN,Number=1,Type=Integer,Description="Length">'] if declared else []
    content, shared = (
        vcf("1 9041 C <*> PASS NEW=1;END=9060 GT:LEN 0/0:1 0/0:200", samples=["A", "B"], meta=head),
        SharedFile(),
    )

    for sample in "AB":
        assert of_all(content, sample, NEAR, shared) == alone(content, sample, NEAR)


ODD = [
    ("REF", "."), ("REF", "A?"), ("ALT", "C?"), ("ALT", "C,"), ("FILTER", "q;;r"), ("INFO", "END=9;END=9"),
    ("INFO", "END=x"), ("INFO", "SOMATIC"), ("FORMAT", "GT:GT"), ("FORMAT", "DP:GT"), ("FORMAT", "."), ("A", "0/9"),
    ("B", "0/x"), ("A", "0:1"),
]  # fmt: skip


@st.composite
def odd_files(draw: st.DrawFn) -> tuple[bytes, Sequence[str]]:
    """Joint files with lines that cannot be read in full or are strange, at listed places and elsewhere in a gene."""
    samples = draw(st.sampled_from(["AB", "ABCD"]))
    columns = ["#CHROM", "POS", "ID", "REF", "ALT", "QUAL", "FILTER", "INFO", "FORMAT", *samples]
    head = vcf("", samples=samples, meta=draw(st.sampled_from([(), (CLINVAR,)]))).decode()
    rows = []
    for pos in sorted(draw(st.lists(st.sampled_from([9041, 9300, 9300, 9310]), min_size=1, max_size=5))):
        cells = [draw(st.sampled_from(["0/0", "0/0", "0/1", "./."])) for _ in samples]
        row = ["chr1", str(pos), ".", base(pos), other(pos, 0), ".", "PASS", ".", "GT", *cells]
        for name, value in draw(st.one_of(st.just(()), st.tuples(st.sampled_from(ODD)))):
            row[columns.index(name)] = value
        rows.append("\t".join(row))
    return "\n".join([head.rstrip("\n"), *rows, ""]).encode(), samples


@pytest.mark.holds("COHO-04")
@given(made=odd_files())
def test_a_line_that_cannot_be_read_concerns_those_whose_own_pass_reads_it(made):
    text, samples = made
    shared = SharedFile()

    for sample in samples:
        assert of_all(text, sample, IN_GENES, shared) == alone(text, sample, IN_GENES)


def test_a_malformed_line_in_a_gene_that_nobody_reads_refuses_nobody():
    rows = f"1 9041 {base(9041)} {other(9041, 0)} PASS . GT 0/1 1/1\n1 9300 . C PASS . GT 0/0 0/1"
    content, shared = vcf(rows, samples=["A", "B"]), SharedFile()
    for sample in "AB":
        came = of_all(content, sample, IN_GENES, shared)
        assert came == alone(content, sample, IN_GENES)
        assert not isinstance(came[0], type)


def test_no_line_may_wait_to_be_read_with_those_at_places_of_scores():
    """On the contig of a gene whose only line stands at a listed allele."""
    content = parts.content_of(
        decision={"tiers": [parts.tier(1), parts.tier(2, 50, 50)]},
        criteria=[parts.criterion("listed_allele", 1), parts.criterion("consequence", 1), parts.score("A", 2)],
        genes=[parts.gene(1, {"B": 1000})],
        alleles=[parts.allele("G1-0", 1, 20)],
    )
    rules = parts.rules_of(content, {"one.txt": parts.scoring_file(("20", 8000, "C", "A", "0.1", "0.3"))})
    rows = "1 1000020 A C PASS . GT 0/1 0/0\n20 8000 A C PASS . GT 0/1 0/0"
    text, shared = vcf(rows, samples=["A", "B"]), SharedFile()

    for sample in "AB":
        came = of_all(text, sample, rules, shared)
        assert came == alone(text, sample, rules)
        assert not isinstance(came[0], type)


MNV = rules_of(alleles=[allele("MNV", "1", 9041, base(9041) + base(9042), other(9041, 0) + other(9042, 0))])


@given(cells=st.lists(st.tuples(*[st.sampled_from(["0|1", "0/0", "1/1", "./."])] * 2), min_size=2, max_size=4))
def test_so_it_gives_of_an_allele_whose_bases_are_in_several_records(cells):
    samples = "ABCD"[: len(cells)]
    rows = [
        f"1 {pos} {base(pos)} {other(pos, 0)} PASS . GT {' '.join(each[at] for each in cells)}"
        for at, pos in enumerate((9041, 9042))
    ]
    content, shared = vcf("\n".join(rows), samples=samples), SharedFile()

    for sample in samples:
        assert of_all(content, sample, MNV, shared) == alone(content, sample, MNV)


FAR = rules_of(alleles=[allele(f"F{at}", "2", at, "C", "T") for at in (9250, 9500, 9780)])


@pytest.mark.parametrize("carried", [["0/1", "0/0", "0/0"], ["0/0", "0/1", "0/1"], ["0/1", "1/1", "0/0"]])
def test_two_deletions_that_meet_change_an_allele_far_from_the_first_of_them(carried):
    """A haploid block over the allele is right where one copy is deleted under all of it: by both together."""
    rows = [
        f"2 9199 {'C' * 122} C PASS . GT {' '.join(carried)}",
        "2 9300 C <NON_REF> PASS END=9700 GT 0 0 0",
        f"2 9320 {'C' * 480} C PASS . GT 0/1 0/1 0/1",
    ]
    content = vcf("\n".join(rows), samples="ABC")
    each = {sample: alone(content, sample, FAR) for sample in "ABC"}
    variant = panel_of(FAR, Build.GRCH38).variant_by_id["F9500"]
    assert {profile.call(variant).state for profile, _ in each.values()} == {State.CALLED, State.INVALID}
    for order in itertools.permutations("ABC"):
        shared = SharedFile()
        assert {sample: of_all(content, sample, FAR, shared) for sample in order} == each


def test_what_is_kept_for_the_next_participants_has_a_bound(monkeypatch):
    monkeypatch.setattr("assigner.vcf.meaning.known.MOST_CALLS", 4)
    samples = [f"S{at}" for at in range(8)]
    cells = " ".join(f"0/1:{20 + at}" for at in range(len(samples)))
    content = vcf(f"1 9041 {base(9041)} {other(9041, 0)} PASS . GT:DP {cells}", samples=samples)
    shared = SharedFile()

    for sample in samples:
        assert of_all(content, sample, NEAR, shared) == alone(content, sample, NEAR)
        kept = [len(each.known._calls) + len(each.known._before) for each in shared._passes.values()]
        assert all(0 < count <= 4 for count in kept)


def test_nothing_of_a_participant_outlives_the_reading_of_the_file():
    """Neither what all have alike nor what only one has; also not by the profiles that were made of it."""
    samples = [f"S{at}" for at in range(8)]
    cells, pos = " ".join(f"0/1:{20 + at}" for at in range(len(samples))), 9041
    rows = f"1 {pos} {base(pos)} {other(pos, 0)} PASS LIVES GT:DP {cells}\n1 9045 A C PASS LIVES GT {'0/0 ' * 7}0/1"
    content, shared = vcf(rows, samples=samples), SharedFile()

    def alive() -> list[Record]:
        gc.collect()
        return [each for each in gc.get_objects() if isinstance(each, Record) and "LIVES" in each.info]

    made = [of_all(content, sample, NEAR, shared) for sample in samples]
    assert len(alive()) > 1
    del shared
    assert alive() == []
    assert len(made) == len(samples)


def test_a_file_that_nobody_can_use_is_refused_for_each():
    sound = vcf(f"1 9041 {base(9041)} {other(9041, 0)} PASS . GT 0/1 1/1", samples=["A", "B"])
    for content in (
        b"",
        sound + b"chr1\tnothing\n",
        bgzf(sound)[:-40],
        sound.replace(b"length=248956422", b"length=9"),
    ):
        shared = SharedFile()
        for sample in ("A", "B", "nobody"):
            came = of_all(content, sample, NEAR, shared)
            assert came == alone(content, sample, NEAR)
            assert isinstance(came[0], type)


def test_a_bcf_without_genotypes_on_x_and_with_too_much_for_one_pass(tmp_path):
    rows = f"1 9041 {base(9041)} {other(9041, 0)} PASS . GT:DP 0/1:9 1/1:30\nX 6000000 G A PASS . DP 3 4"
    path = bcf(tmp_path, vcf(rows, samples=["A", "B"]))
    for limits in (Limits(), Limits(kept_bytes=12)):
        shared = SharedFile()
        for sample in "AB":
            assert of_all(path, sample, NEAR, shared, limits) == alone(path, sample, NEAR, limits)


def test_a_sample_whose_lines_are_too_long_is_refused_and_no_other_one():
    rows = "\n".join(f"1 9041 {base(9041)} {other(9041, 0)} PASS . GT:FT 0/1:{'q' * 300} 0/0:PASS" for _ in range(3))
    content, shared, limits = vcf(rows, samples=["A", "B"]), SharedFile(), Limits(kept_bytes=1000)
    outcomes = [of_all(content, sample, NEAR, shared, limits) for sample in "AB"]

    assert outcomes == [alone(content, sample, NEAR, limits) for sample in "AB"]
    assert outcomes[0][0] is LimitError
    assert outcomes[1][0] is not LimitError


def test_phase_sets_are_named_by_the_rank_of_their_file_for_each_participant():
    """One participant has a file of repeats before the shared one, another one has not."""
    row = f"1 9041 {base(9041)} {other(9041, 0)} PASS . GT:PS 0|1:7 1|0:7"
    content, sizes, shared = vcf(row, samples=["A", "B"]), vcf("", samples=["A", "B"]), SharedFile()
    after = declared_of(((sizes, Role.REPEATS), (content, None)), "B")

    def read(file: File, source: Source) -> None:
        (shared.read if source is content else File.read)(file, source)

    assert of_all(content, "A", NEAR, shared) == alone(content, "A", NEAR)
    found = profile_of_files(NEAR, after, read)
    assert found == profile_of_files(NEAR, after)
    assert "file 2" in repr(found.call(panel_of(NEAR, found.build).variant_by_id["SNV"]).haplotypes)


def test_files_of_one_person_that_are_held_against_each_other_are_read_for_each():
    row = f"1 9041 {base(9041)} {other(9041, 0)} PASS . GT 0/1 1/1"
    content, second = (vcf(f"{row}{more}", samples=["A", "B"]) for more in ("", "\n2 7000 T C PASS . GT 0/1 1/1"))
    shared = SharedFile()

    for sample in "AB":
        own = _outcome(lambda sample=sample: read_profile([content, second], NEAR, sample=sample), NEAR)
        assert of_all(content, sample, NEAR, shared, None, second) == own


def test_a_trace_tells_which_sample_of_a_file_is_read_again(tmp_path):
    joint, rows = tmp_path / "joint.vcf", f"1 9041 {base(9041)} {other(9041, 0)} PASS . GT:DP:GQ 0/0:30:60 0/1:30:60"
    joint.write_bytes(vcf(rows, samples=["S1", "S2"]))
    trace = assigner.assign(read_profile(joint, NEAR, sample="S2", participant="P9"), NEAR).trace

    again = assigner.verify(trace, Evidence(rules=(NEAR,), files=(joint,)))
    assert (again.answer, again.from_files) == (Answer.REPRODUCED, True)
    other_one = assigner.verify(trace, Evidence(rules=(NEAR,), files=(joint,), sample="S1"))
    assert other_one.answer is Answer.DIFFERS
    assert "inputs[0].part" in {each.path for each in other_one.differences}
