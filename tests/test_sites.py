"""From records to calls: what one record says of an allele that another spelling or a larger change may hold."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from assigner.errors import BuildError, ContainerError, InputError
from assigner.genome.builds import Build
from assigner.genome.reference import Reference
from assigner.profiles.calls import Call, Sex, State
from assigner.profiles.genotypes import Genotype
from assigner.rules.panels import panel_of
from assigner.truth import Truth
from assigner.vcf.meaning.sites import Sites
from assigner.vcf.reading import read_profile
from assigner.vcf.records.record import Record
from vcfs import allele, rules_of, vcf, written

RULES = rules_of(
    alleles=[
        allele("SNV", "1", 100, "C", "T"),
        allele("MNV", "1", 200, "CG", "TA"),
        allele("DEL", "1", 300, "CAG", "C"),
        allele("INS", "1", 400, "C", "CAG"),
        allele("CPX", "1", 500, "CAG", "TT"),
    ]
)
PANEL = panel_of(RULES, Build.GRCH38)


def record(pos: int, ref: str, alts: str, gt: str = "0/1", **more) -> Record:
    alleles = tuple(None if a == "." else int(a) for a in gt.replace("|", "/").split("/"))
    genotype = Genotype(alleles, "|" in gt)
    fields = {"filters": ("PASS",), "info": {}, "sample": {"GT": gt}, "chrom": "1", "genotype": genotype, **more}
    listed = tuple(alts.split(",")) if alts != "." else ()
    return Record(number=1, contig="chr1", pos=pos, ref=ref, alts=listed, **fields)


def call(name: str, *records: Record) -> Call | None:
    return Sites.of(records, PANEL, None).call(PANEL.variant_by_id[name])


@pytest.mark.holds("GENO-08")
@pytest.mark.parametrize(
    ("name", "records"),
    [
        ("SNV", [record(100, "C", "T")]),
        ("SNV", [record(99, "AC", "AT")]),
        ("SNV", [record(100, "CG", "TG")]),
        ("SNV", [record(98, "AACGG", "AATGG")]),
        ("SNV", [record(100, "C", "A,T", "0/2")]),
        ("SNV", [record(100, "CGG", "TGG,C", "1/2")]),
        ("MNV", [record(200, "CG", "TA")]),
        ("MNV", [record(199, "ACGT", "ATAT")]),
        ("DEL", [record(300, "CAG", "C")]),
        ("DEL", [record(300, "CAGT", "CT")]),
        ("DEL", [record(299, "ACAG", "AC")]),
        ("INS", [record(400, "C", "CAG")]),
        ("INS", [record(399, "AC", "ACAG")]),
        ("CPX", [record(500, "CAG", "TT")]),
        ("CPX", [record(499, "ACAGA", "ATTA")]),
    ],
)
def test_an_allele_is_known_in_its_other_spellings(name, records):
    found = call(name, *records)
    assert (found.state, found.carries) == (State.CALLED, Truth.TRUE)


@pytest.mark.holds("GENO-07")
@pytest.mark.parametrize(
    ("name", "records"),
    [
        ("SNV", [record(100, "CG", "TA")]),
        ("SNV", [record(98, "AAC", "GGT")]),
        ("SNV", [record(98, "AAC", "<DEL>", info={"END": "150"})]),
        ("SNV", [record(100, "C", "<NON_REF>")]),
        ("SNV", [record(100, "C", "<*>")]),
        ("SNV", [record(100, "C", "N")]),
        ("SNV", [record(100, "N", "T")]),
        ("MNV", [record(200, "C", "T"), record(201, "G", "A")]),
        ("MNV", [record(200, "C", "T")]),
        ("MNV", [record(200, "CGT", "TAC")]),
        ("DEL", [record(302, "GAG", "G"), record(300, "C", ".", "0/0", info={"END": "302"})]),
        ("DEL", [record(260, "TCA", "T", "0|1"), record(300, "C", ".", "0/0", info={"END": "302"}),
                 record(430, "GAGA", "GA")]),
        ("INS", [record(402, "G", "GAG"), record(400, "C", ".", "0/0")]),
        ("SNV", [record(100, "C", "T", genotype=None)]),
        ("SNV", [record(90, "C", ".", genotype=None, info={"END": "120"})]),
        ("SNV", [record(100, "C", "T", "1/1", chrom=None)]),
        ("SNV", []),
    ],
)  # fmt: skip
def test_what_may_hold_an_allele_unseen_leaves_it_unknown(name, records):
    found = call(name, *records)
    assert found is None or found.carries is Truth.UNKNOWN


@pytest.mark.parametrize(
    ("name", "records"),
    [
        ("SNV", [record(100, "C", "A")]),
        ("SNV", [record(100, "C", "T", "0/0")]),
        ("SNV", [record(100, "C", "A", "1/1")]),
        ("SNV", [record(98, "AACG", "A")]),
        ("SNV", [record(99, "ACGT", "AT")]),
        ("SNV", [record(100, "CGG", "C")]),
        ("SNV", [record(100, "CG", "AA")]),
        ("SNV", [record(100, "C", "<NON_REF>", "0/0")]),
        ("SNV", [record(90, "A", ".", "0/0", info={"END": "100"})]),
        ("MNV", [record(200, "CG", "TC")]),
        ("MNV", [record(200, "C", "A"), record(201, "G", ".", "0/0")]),
        ("MNV", [record(200, "C", "T"), record(201, "G", ".", "0/0")]),
        ("DEL", [record(300, "CAGT", ".", "0/0")]),
        ("DEL", [record(300, "C", "T"), record(301, "A", ".", "0/0", info={"END": "303"})]),
    ],
)
def test_what_excludes_an_allele_says_so(name, records):
    assert call(name, *records).carries is Truth.FALSE


@given(
    order=st.permutations(range(5)),
    gts=st.lists(st.sampled_from(["0/0", "0/1", "1/1", "./.", "./1"]), min_size=5, max_size=5),
)
def test_the_order_of_records_does_not_matter(order, gts):
    records = [
        record(100, "C", "T", gts[0]), record(100, "C", "T", gts[1]), record(99, "ACG", "ATG", gts[2]),
        record(90, "A", "<NON_REF>", gts[3], info={"END": "120"}), record(98, "AAC", "A", gts[4]),
    ]  # fmt: skip
    assert call("SNV", *records) == call("SNV", *[records[at] for at in order])


UNRELIABLE = [
    {"gt": "./."}, {"gt": "0/."}, {"gt": "0/0/0"}, {"genotype": None}, {"filters": ("LowQual",)},
    {"depth": 0, "sample": {"DP": "0"}},
    {"depth": 3, "sample": {"DP": "3"}, "gt": "0/1"}, {"quality": 1, "sample": {"GQ": "1"}},
]  # fmt: skip
OVER = st.lists(
    st.sampled_from([
        record(96, "AAAACGTA", "A", "0/0"), record(99, "ACG", "ATG,A", "0/0"), record(100, "CA", "C,CAA", "0/0"),
        record(1, "A", "<NON_REF>", "0/0", info={"END": "900"}), record(95, "A", ".", "0/0", info={"END": "101"}),
        record(100, "C", "CA", "0/0"), record(98, "AAC", "GAC", "0/0"), record(100, "C", "A", "0/0"),
    ])
)  # fmt: skip


@given(over=OVER, unreliable=st.sampled_from(UNRELIABLE), alt=st.sampled_from([".", "A", "A,<NON_REF>", "<*>", "*"]))
def test_no_other_record_clears_a_base_whose_own_record_is_not_reliable(over, unreliable, alt):
    own = record(100, "C", alt, **({"gt": "0/0"} | unreliable))
    if alt == "." and unreliable.get("gt") == "0/1":
        return
    over = [each for each in over if not any(a == "ATG" for a in each.alts)]  # lists the allele itself
    found = call("SNV", own, *over)
    assert found.carries is Truth.UNKNOWN


def reads(depth: int) -> dict:
    return {"depth": depth, "sample": {"DP": str(depth)}}


@given(order=st.permutations(range(4)), depths=st.lists(st.sampled_from([3, 30]), min_size=4, max_size=4))
def test_the_nearest_record_speaks_in_any_order(order, depths):
    near_to_far = [
        record(100, "C", "A", "0/0", **reads(depths[0])),
        record(98, "A", "<NON_REF>", "0/0", info={"END": "101"}, **reads(depths[1])),
        record(90, "A", "<NON_REF>", "0/0", info={"END": "120"}, **reads(depths[2])),
        record(99, "ACG", "A", "0/0", **reads(depths[3])),
    ]
    for count in range(4):
        rest = near_to_far[count:]
        found = call("SNV", *sorted(rest, key=lambda each: order[near_to_far.index(each)]))
        assert found.carries is (Truth.FALSE if depths[count] == 30 else Truth.UNKNOWN)


# ----------------------------------------------------------------------------------------- with the reference at hand

SEQUENCE = "ACGT" * 10 + "GATC" + "CAG" * 12 + "TTGCA" + "ACGT" * 30


@pytest.fixture
def fasta(tmp_path) -> Path:
    pytest.importorskip("pyfaidx")
    path = tmp_path / "genome.fa"
    path.write_text(f">chr21\n{SEQUENCE}\n")
    (tmp_path / "genome.fa.fai").write_text(f"chr21\t{len(SEQUENCE)}\t7\t{len(SEQUENCE)}\t{len(SEQUENCE) + 1}\n")
    return path


def with_fasta(folder: Path, fasta: Path | None, row: str, **more):
    rules = rules_of(alleles=[allele("D", "21", 47, "GCAG", "G")])
    profile = read_profile(written(folder, vcf(row)), rules, fasta=fasta, **more)
    return profile.call(panel_of(rules, Build.GRCH38).variant_by_id["D"])


@pytest.mark.holds("GENO-08")
@pytest.mark.parametrize("pos", range(44, 78, 3))
def test_with_the_reference_a_deletion_is_found_wherever_in_the_repeat_it_is_written(tmp_path, fasta, pos):
    """The rule set's deletion of one CAG stands in the middle of twelve, and the file's anywhere."""
    start = SEQUENCE[pos - 1 : pos + 3]
    row = f"21 {pos} {start} {start[0]} PASS . GT 0/1"

    found = with_fasta(tmp_path, fasta, row)

    assert (found.state, found.carries) == (State.CALLED, Truth.TRUE)
    assert with_fasta(tmp_path, None, row).carries is (Truth.TRUE if pos == 47 else Truth.UNKNOWN)


def test_a_reference_that_is_not_the_files_is_refused(tmp_path, fasta):
    with pytest.raises(BuildError, match="REF"):
        with_fasta(tmp_path, fasta, "21 60 AAAA A PASS . GT 0/1")


def test_a_reference_needs_its_index_and_nothing_is_written(tmp_path, fasta):
    bare = tmp_path / "bare.fa"
    bare.write_text(fasta.read_text())
    before = sorted(tmp_path.iterdir())
    with pytest.raises(ContainerError, match="index"):
        Reference.open(bare)
    with Reference.open(fasta) as reference:
        assert [reference.base_of("21")(pos) for pos in (0, 1, 4, 10**9)] == ["N", "A", "T", "N"]
        with pytest.raises(InputError):
            reference.base_of("chr20")
        assert reference.left_aligned("chr21", 1, "AC", "A") == (1, "AC", "A")
    assert sorted(tmp_path.iterdir()) == before


def test_a_broken_index_is_refused(tmp_path, fasta):
    Path(f"{fasta}.fai").write_text("junk\n")
    with pytest.raises(ContainerError, match="indexed FASTA"):
        Reference.open(fasta)


def test_a_reference_without_a_chromosome_of_the_panel_changes_nothing(tmp_path, fasta):
    rules = rules_of(alleles=[allele("D", "2", 48, "GCAG", "G"), allele("S", "21", 45, "C", "T")])
    path = written(tmp_path, vcf("21 45 C T PASS . GT 0/1"))
    states = [call.state for call in read_profile(path, rules, fasta=fasta).alleles.values()]
    assert states == [State.CALLED]


def test_without_pyfaidx_the_extra_is_named(tmp_path, monkeypatch):
    import sys

    monkeypatch.setitem(sys.modules, "pyfaidx", None)
    with pytest.raises(InputError, match="extra"):
        with_fasta(tmp_path, tmp_path / "x.fa", "")


# ------------------------------------------------------------------------------- a listed MNV in several records

WIDE = rules_of(alleles=[allele("MNV", "1", 200, "CGA", "TGT"), allele("T", "1", 200, "C", "T")])


def wide(*records: Record, sex: Sex | None = None) -> Call | None:
    panel = panel_of(WIDE, Build.GRCH38)
    return Sites.of(records, panel, sex).call(panel.variant_by_id["MNV"])


def base(pos: int, gt: str, ref: str = "", alt: str = "T", **more) -> Record:
    return record(pos, ref or {200: "C", 201: "G", 202: "A"}[pos], alt, gt, sample={"GT": gt, "PS": "7"}, **more)


@pytest.mark.holds("GENO-09")
@pytest.mark.parametrize(
    ("records", "genotype"),
    [
        ([base(200, "0|1"), base(202, "0|1")], "0|1"),
        ([base(200, "1|0"), base(202, "1|0")], "1|0"),
        ([base(200, "1/1"), base(202, "0/1")], "0/1"),
        ([base(200, "1/1"), base(202, "1/1")], "1/1"),
        ([base(200, "0|1"), base(201, "0/0", alt="."), base(202, "0|1")], "0|1"),
        ([base(200, "1|2", alt="T,A"), base(202, "1|0")], "1|0"),
    ],
)
def test_a_listed_replacement_of_several_bases_is_known_from_its_bases(records, genotype):
    found = wide(*records)
    assert (found.state, found.genotype) == (State.CALLED, genotype)


@pytest.mark.parametrize(
    "records",
    [
        [base(200, "0|1"), base(202, "1|0")],
        [base(200, "0/1"), base(202, "0/0")],
        [base(200, "0/1"), base(202, "0/0", alt=".")],
        [base(200, "1/1"), record(202, "A", "<NON_REF>", "0/0", info={"END": "300"})],
        [base(200, "0/1"), base(202, "0/1", alt="C")],
        [record(200, "CGA", "TGT", "0/0"), base(200, "0/1"), base(202, "0/0")],
    ],
)
def test_without_one_of_its_bases_it_is_not_there(records):
    assert wide(*records).carries is Truth.FALSE


@pytest.mark.holds("GENO-09")
@pytest.mark.parametrize(
    ("records", "state"),
    [
        ([base(200, "0/1"), base(202, "0/1")], State.OBSCURED),
        ([record(200, "CGA", "TGT", "0/0"), base(200, "0/1"), base(202, "0/1")], State.OBSCURED),
        ([base(200, "0|1"), base(202, "0|1", filters=("LowQual",))], State.OBSCURED),
        ([base(200, "0|1"), base(202, "./.")], State.OBSCURED),
        ([base(200, "0|1"), base(201, "0|1"), base(202, "0|1")], State.OBSCURED),
        ([base(200, "0|1"), record(201, "GA", "CT", "0|1"), base(202, "0|1")], State.OBSCURED),
        ([record(200, "CGAC", "TGTT")], State.OBSCURED),
        ([record(199, "ACGA", "<DEL>", info={"END": "230"}), base(200, "0|1"), base(202, "0|1")], State.OBSCURED),
        ([base(200, "./1"), base(202, "0|1")], State.OBSCURED),
        ([base(200, "./1"), base(202, "1/1")], State.PARTIAL),
        ([record(200, "CGA", "TGT", "0/0", filters=("LowQual",)), base(200, "1/1"), base(202, "1/1")], State.OBSCURED),
        ([record(200, "CGA", "TGT", "./1"), base(200, "1/1"), base(202, "1/1")], State.PARTIAL),
    ],
)
def test_what_its_bases_leave_open_is_said(records, state):
    found = wide(*records)
    assert found.state is state and (found.why is not None or state is State.PARTIAL)


def test_a_base_without_a_record_is_what_absence_means():
    assert wide(base(200, "0/1")) is None
    assert wide(record(200, "CGA", "TGT", "0/0"), base(200, "0/1")).carries is Truth.FALSE


# ----------------------------------------------------------------------------- what is seen where an allele may be


@pytest.mark.parametrize(
    ("name", "records", "why"),
    [
        ("SNV", [record(100, "CG", "TA")], "inside a replacement of several bases"),
        ("SNV", [record(100, "CG", "TA,TG", "0/1")], "inside a replacement of several bases"),
        ("SNV", [record(100, "CG", "TA"), record(100, "C", "T", "0/0")], "inside a replacement of several bases"),
        ("SNV", [record(100, "CG", "TA"), record(100, "C", "T", "./.")], "inside a replacement of several bases"),
        (
            "SNV",
            [record(100, "CG", "TA"), record(100, "C", "T", "0/0", filters=("LowQual",))],
            "inside a replacement of several bases",
        ),
        ("SNV", [record(98, "AAC", "GGTT")], "inside a complex replacement"),
        ("SNV", [record(99, "AC", "A"), record(99, "A", "AT")], "several changes at its place may add up to it"),
        ("MNV", [record(199, "A", "AT"), record(200, "CG", "C")], "several changes at its place may add up to it"),
        ("DEL", [record(302, "GAG", "G")], "the same indel may stand beside it, shifted along a repeat"),
        (
            "INS",
            [record(402, "G", "GAG"), record(400, "C", "CAG", "0/0")],
            "the same indel may stand beside it, shifted along a repeat",
        ),
        ("DEL", [record(300, "CA", "C"), record(301, "AG", "A")], "several changes at its place may add up to it"),
        ("DEL", [record(299, "ACAG", "TT")], "inside a complex replacement"),
        ("CPX", [record(500, "C", "T"), record(501, "AG", "A")], "several changes at its place may add up to it"),
    ],
)
def test_what_may_hold_an_allele_is_said_and_seen(name, records, why):
    found = call(name, *records)
    assert (found.state, found.why, found.suspected, found.seen) == (State.OBSCURED, why, True, False)


@pytest.mark.parametrize("alt", ["<DEL>", "<CNV>", "N"])
def test_where_no_bases_are_told_nothing_is_seen(alt):
    found = call("SNV", record(100, "C", alt, info={"END": "150"}))
    assert (found.state, found.suspected) == (State.NO_CALL, False)


@pytest.mark.parametrize(
    ("name", "records"),
    [
        ("DEL", [record(300, "C", "T"), record(301, "A", "T"), record(302, "G", "T"), record(300, "C", ".", "0/0")]),
        ("CPX", [record(500, "C", "T"), record(501, "A", "T"), record(502, "G", ".", "0/0")]),
        ("SNV", [record(100, "C", "CAA"), record(100, "C", ".", "0/0")]),
        ("INS", [record(400, "C", "CTT"), record(400, "C", ".", "0/0")]),
        ("INS", [record(402, "C", "CAG"), record(400, "C", ".", "0/0")]),
        ("INS", [record(401, "A", "AAG"), record(400, "C", ".", "0/0")]),
        ("DEL", [record(430, "TAG", "T"), record(300, "C", ".", "0/0", info={"END": "302"})]),
        ("DEL", [record(260, "TAG", "T"), record(300, "C", ".", "0/0", info={"END": "302"})]),
    ],
)
def test_what_cannot_make_the_allele_leaves_it_to_the_bases(name, records):
    assert call(name, *records).carries is Truth.FALSE


@pytest.mark.parametrize(
    ("others", "genotype", "state"),
    [
        ([], "0/1", State.CALLED),
        ([record(100, "CG", "TA")], "./1", State.PARTIAL),
        ([record(100, "CG", "TA", "0/0")], "0/1", State.CALLED),
        ([record(100, "CG", "GA")], "0/1", State.CALLED),
        ([record(100, "C", "<DEL>", info={"END": "150"})], "0/1", State.CALLED),
    ],
)
def test_the_haplotype_without_a_carried_allele_may_have_it_in_another_spelling(others, genotype, state):
    found = call("SNV", record(100, "C", "T"), *others)
    assert (found.genotype, found.state, found.carries) == (genotype, state, Truth.TRUE)
    assert (found.why is not None) == (state is State.PARTIAL)


def test_among_too_many_changes_to_combine_any_allele_may_be():
    places = [(299, "A", "C,G"), (300, "C", "A,G"), (301, "A", "C,T"), (302, "G", "A,C"), (303, "T", "A,C")]
    assert call("DEL", *(record(*place, "1/2") for place in places)).state is State.OBSCURED
