"""Reading one record: what its genotype, filters and values make of a listed allele."""

from __future__ import annotations

import pytest

from assigner.errors import (
    InputError,
    RecordError,
)
from assigner.genome.builds import Build
from assigner.profiles.calls import State
from assigner.rules.panels import panel_of
from assigner.truth import Truth
from assigner.vcf.reading import read_profile
from dialects import (
    base,
    other,
)
from readings import LINE, SNV, call_in, profile_of
from vcfs import allele, rules_of, vcf, written


@pytest.mark.holds("GENO-10")
@pytest.mark.parametrize(
    ("values", "state", "why"),
    [
        ("0/1:30:99:15,15", State.CALLED, None),
        ("0/1:9:99:5,4", State.LOW_QUALITY, "depth 9 below 10"),
        ("0/1:30:19:15,15", State.LOW_QUALITY, "quality 19 below 20"),
        ("0/1:30:99:24,6", State.LOW_QUALITY, "allele balance 200/1000 outside 250-750"),
        ("0/1:30:99:6,24", State.LOW_QUALITY, "allele balance 800/1000 outside 250-750"),
        ("1/1:30:99:6,24", State.LOW_QUALITY, "allele balance 800/1000 outside 900-1000"),
        ("1/1:30:99:3,27", State.CALLED, None),
        ("0/0:9:99:9,0", State.LOW_QUALITY, "depth 9 below 10"),
        ("0/1:.:.:.", State.CALLED, None),
        ("0/1", State.CALLED, None),
        ("./.:0:.:.", State.LOW_QUALITY, "depth 0 below 10"),
        ("./.", State.NO_CALL, None),
        (".", State.NO_CALL, None),
        ("0/.", State.PARTIAL, None),
        ("./1", State.PARTIAL, None),
        ("1", State.INVALID, "one copy where there are two"),
        ("0", State.INVALID, "one copy where there are two"),
        ("0/0/1:30:99:20,10", State.INVALID, "3 copies"),
    ],
)
def test_a_call_has_a_state_and_its_reason(tmp_path, values, state, why):
    found = call_in(tmp_path, f"{LINE} {values}")

    assert (found.state, found.why) == (state, why)


@pytest.mark.holds("GENO-10")
@pytest.mark.parametrize(
    ("filters", "state"),
    [("PASS", State.CALLED), (".", State.CALLED), ("LowQual", State.FILTERED), ("q10;s50", State.FILTERED)],
)
def test_a_filter_other_than_the_accepted_ones_leaves_the_allele_unknown(tmp_path, filters, state):
    found = call_in(tmp_path, f"1 9041 {base(9041)} {other(9041, 0)} {filters} . GT:FT 0/1:PASS")
    by_sample = call_in(tmp_path, f"1 9041 {base(9041)} {other(9041, 0)} PASS . GT:FT 0/1:{filters}")

    assert found.state is state
    assert by_sample.state is state
    assert found.carries is (Truth.TRUE if state is State.CALLED else Truth.UNKNOWN)


@pytest.mark.holds("GENO-10")
def test_strict_gates_refuse_what_lacks_their_field(tmp_path):
    gates = {"strict": ["depth", "quality", "balance"], "unfiltered": "refuse"}
    rules = rules_of(alleles=[allele("A", "1", 9041, base(9041), other(9041, 0))], gates=gates)
    start = f"1 9041 {base(9041)} {other(9041, 0)}"
    rows = {
        f"{start} PASS . GT:GQ 0/1:99": "no depth",
        f"{start} PASS . GT:GQ:AD 0/1:99:15,15": None,
        f"{start} PASS . GT:DP:AD 0/1:30:15,15": "no quality",
        f"{start} PASS . GT:DP:GQ 0/1:30:99": "no allele depths",
        f"{start} . . GT:DP:GQ:AD 0/1:30:99:15,15": "no filter was applied",
        f"{start} PASS . GT:DP:GQ:AD 0/1:30:99:15,15": None,
    }
    for table, why in rows.items():
        (found,) = profile_of(tmp_path, table, rules).alleles.values()
        assert found.why == why


def test_the_spellings_of_gt(tmp_path):
    """The 32 of the dossier: read as they are meant, unknown, or refused."""
    start = f"1 9041 {base(9041)} {other(9041, 0)},{other(9041, 1)} PASS . GT"
    copies = {
        "0/0": (0, 0), "0/1": (0, 1), "1/1": (1, 1), "0/2": (0, 0), "2/2": (0, 0), "1/2": (1, 0), "|0|1": (0, 1),
        "/0/1": (0, 1),
    }  # fmt: skip
    partial = {"0/.": (0, None), "./0": (None, 0), "1/.": (1, None), "./1": (None, 1)}
    partial |= {text.replace("/", "|"): found for text, found in partial.items()}
    invalid = ("0", "1", "2", "0/0/1", "0/1/1", "0/0/0", "./././1", "0/1/.")
    refused = ("0/3", "3/3", "0/4294967297", "0\\1", "0/1/2/3")
    for text in (*copies, *partial):
        found = call_in(tmp_path, f"{start} {text}")
        wanted = tuple(None if c is None else bool(c) for c in (copies | partial)[text])
        assert (found.copies, found.state) == (wanted, State.PARTIAL if text in partial else State.CALLED), text
    for text in ("./.", "."):
        assert call_in(tmp_path, f"{start} {text}").state is State.NO_CALL
    for text in invalid:
        found = call_in(tmp_path, f"{start} {text}")
        assert (found.state, found.carries) == (State.INVALID, Truth.UNKNOWN), text
    for text in (*refused, "0:1"):
        with pytest.raises(RecordError, match="line"):
            call_in(tmp_path, f"{start} {text}")
    assert len((*copies, *partial, "./.", ".", *invalid, *refused, "0:1")) == 32


@pytest.mark.holds("READ-06")
@pytest.mark.parametrize(
    "gt", ["", "A/C", "0/-1", "0/1/", "/", "0//1", "1e1", "0/ 1", "+1/0", "0/1;1", "٠/١", "0/1\x00"]
)
def test_a_gt_that_is_none_is_refused_and_not_quoted(tmp_path, gt):
    row = f"chr1\t9041\t.\t{base(9041)}\t{other(9041, 0)}\t.\tPASS\t.\tGT\t{gt}\n"
    path = written(tmp_path, vcf("") + row.encode())

    with pytest.raises(InputError) as caught:
        read_profile(path, SNV)

    assert isinstance(caught.value, RecordError)
    assert not gt.strip() or len(gt) < 3 or gt not in str(caught.value)


@pytest.mark.parametrize("keys", ["DP:GT", "GT:GT", "GT:DP:DP", "GT:", "GT::DP", "G T", "GT:1x"])
def test_a_format_that_is_none_is_refused(tmp_path, keys):
    row = f"chr1\t9041\t.\t{base(9041)}\t{other(9041, 0)}\t.\tPASS\t.\t{keys}\t0/1:9\n"
    with pytest.raises(RecordError):
        read_profile(written(tmp_path, vcf("") + row.encode()), SNV)


@pytest.mark.parametrize(
    ("ref", "alt", "filters"),
    [
        ("Z", "T", "PASS"),
        ("", "T", "PASS"),
        ("A", "<DEL", "PASS"),
        ("A", "T,", "PASS"),
        ("A", "", "PASS"),
        ("A", "T;C", "PASS"),
    ],
)
def test_alleles_that_are_none_are_refused(tmp_path, ref, alt, filters):
    row = f"chr1\t9041\t.\t{ref}\t{alt}\t.\t{filters}\t.\tGT\t0/1\n"
    with pytest.raises(RecordError):
        read_profile(written(tmp_path, vcf("") + row.encode()), SNV)


def test_lower_case_bases_are_bases(tmp_path):
    row = f"1 9041 {base(9041).lower()} {other(9041, 0).lower()} PASS . GT 0/1"
    assert call_in(tmp_path, row).carries is Truth.TRUE


def test_no_gt_is_no_call(tmp_path):
    assert call_in(tmp_path, f"1 9041 {base(9041)} {other(9041, 0)} PASS . DP 30").state is State.NO_CALL


@pytest.mark.parametrize("rows", [("0/1", "0/1"), ("0/1", "./."), ("./.", "0/1"), ("0/1", "1/0")])
def test_a_record_twice_counts_once_when_both_agree(tmp_path, rows):
    found = call_in(tmp_path, "\n".join(f"{LINE.replace(':DP:GQ:AD', '')} {each}" for each in rows))

    assert (found.state, found.carries) == (State.CALLED, Truth.TRUE)


@pytest.mark.holds("GENO-06")
@pytest.mark.parametrize("rows", [("0/1", "0/0"), ("0/1", "1/1"), ("0/1", "./1"), ("1/1", "0/.")])
def test_a_record_twice_with_other_genotypes_is_a_conflict_in_either_order(tmp_path, rows):
    for each in (rows, rows[::-1]):
        found = call_in(tmp_path, "\n".join(f"{LINE.replace(':DP:GQ:AD', '')} {gt}" for gt in each))
        assert (found.state, found.carries) == (State.CONFLICT, Truth.UNKNOWN)


@pytest.mark.holds("GENO-06")
@pytest.mark.parametrize("pair", [("0/1:5:99:2,3", "0/1:30:99:15,15"), ("0/1:30:99:15,15", "0/1:5:99:2,3")])
def test_a_doubtful_record_makes_its_twin_doubtful_in_either_order(tmp_path, pair):
    assert call_in(tmp_path, "\n".join(f"{LINE} {each}" for each in pair)).carries is Truth.UNKNOWN


def test_the_star_allele_is_neither_the_variant_nor_the_reference(tmp_path):
    start = f"1 9041 {base(9041)} {other(9041, 0)},* PASS . GT"
    carried = {text: call_in(tmp_path, f"{start} {text}").copies for text in ("0/2", "1/2", "2/2", "0/1")}
    assert carried == {"0/2": (False, False), "1/2": (True, False), "2/2": (False, False), "0/1": (False, True)}
    alone = call_in(tmp_path, f"1 9041 {base(9041)} * PASS . GT 1/1")
    assert (alone.state, alone.carries) == (State.CALLED, Truth.FALSE)


@pytest.mark.holds("GENO-05")
@pytest.mark.parametrize(
    ("ps", "phase"), [("9000", "chr1:9000"), (".", "chr1"), ("24,0,17,0", None), ("9000.0", None), ("T1", None)]
)
def test_a_phase_set_that_is_no_number_joins_nothing(tmp_path, ps, phase):
    line = f"1 9041 {base(9041)} {other(9041, 0)} PASS . GT:DP:GQ:AD:PS 0|1:30:99:15,15:{ps}"
    assert call_in(tmp_path, line).phase_set == phase


@pytest.mark.parametrize(
    ("genotype", "values", "why"),
    [
        ("0/1", "30:9x:15,15", "quality that is not a number"),
        ("0/1", "30.5:99:15,15", "depth that is not a number"),
        ("0/1", "30,30:99:15,15", "depth that is not a number"),
        ("0/1", "30:-1:15,15", "quality that is not a number"),
        ("0/0", "x:99:30,0", "depth that is not a number"),
        ("0/1", "30:99:15", "allele depths that are not one for each allele"),
        ("0/1", "30:99:15,many", "allele depths that are not one for each allele"),
    ],
)
def test_a_wrong_value_makes_the_call_unknown_and_is_told(tmp_path, genotype, values, why):
    line = f"{LINE} {genotype}:{values}"
    found = call_in(tmp_path, line)
    told = [check.evidence for check in profile_of(tmp_path, line).checks if check.evidence.endswith("not believed")]

    assert (found.state, found.why, found.carries) == (State.LOW_QUALITY, why, Truth.UNKNOWN)
    assert len(told) == 1


def test_a_key_that_the_header_declares_otherwise_is_missing(tmp_path):
    """VarScan's AD is the depth of the first ALT alone."""
    text = vcf(f"{LINE} 0/1:30:99:15").replace(b"ID=AD,Number=R", b"ID=AD,Number=1")
    profile = read_profile(written(tmp_path, text), SNV)
    assert profile.call(panel_of(SNV, Build.GRCH38).variant_by_id["A"]).state is State.CALLED
    assert any("FORMAT/AD" in c.evidence and c.evidence.endswith("taken as missing") for c in profile.checks)


def test_straglrs_allele_depths_are_text_and_stop_nobody(tmp_path):
    meta = [
        '##FORMAT=<ID=AD,Number=.,Type=String,Description="x">',
        '##FORMAT=<ID=DP,Number=1,Type=String,Description="x">',
    ]
    text = vcf(f"1 9041 {base(9041)} {other(9041, 0)} PASS . GT:DP:AD 0/1:5:79/79", meta=meta)
    text = text.replace(b'##FORMAT=<ID=AD,Number=R,Type=Integer,Description="Allele depths">\n', b"")
    text = text.replace(b'##FORMAT=<ID=DP,Number=1,Type=Integer,Description="Depth">\n', b"")
    (found,) = read_profile(written(tmp_path, text), SNV).alleles.values()
    assert (found.state, found.depth) == (State.LOW_QUALITY, 5)
