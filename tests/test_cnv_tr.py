"""The `<CNV:TR>` of VCF 4.4 and later: examples of the specification, laws, and what its lists may get wrong."""

from __future__ import annotations

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from assigner.vcf.repeats import RepeatCall
from vcfs import repeat_call_of

TR = "<CNV:TR>"

units = st.integers(0, 4000)


def call(info: str, gt: str, alts: int = 1, pos: int = 100) -> RepeatCall:
    fields = dict(part.partition("=")[::2] for part in info.split(";"))
    found = repeat_call_of("chr1", pos, "T", [TR] * alts or ["."], ["PASS"], fields, {"GT": gt})
    assert found is not None
    return found


def test_the_specifications_first_example():
    """(CAG)30 on one haplotype, (CAG)5 (CA) (CAG)4 on the other, 29 bases that are nine units and two thirds."""
    info = "END=130;SVLEN=30,30;CN=3,0.9666;RUS=CAG,CAG,CA,CAG;RN=1,3;RB=90,15,2,12"
    read = call(info, "1|2", 2)

    assert (read.sizes, read.intervals, read.problem) == ((30, 9), ((30, 30), (9, 10)), None)
    assert (read.start, read.end, read.motif) == (100, 130, "CAG")
    assert call(info, "0|2", 2).sizes == (None, 9)  # how many motifs the reference has is not told
    assert (read.of("AC").sizes, read.of("AC").intervals) == ((0, 1), ((0, 45), (1, 15)))


def test_the_specifications_second_example_is_a_lower_bound_and_not_by_allele():
    info = "SVLEN=30;CN=6.5;RUS=CAG;RUC=65;CIRUC=-15,."
    assert (call(info, "./.").sizes, call(info, "./.").problem) == ((None, None), "not called")
    read = call(info, "0/1")
    assert (read.sizes, read.intervals, read.end) == ((10, 65), ((10, 10), (50, None)), 130)


def test_units_of_different_lengths_name_no_motif():
    read = call("SVLEN=20000;CN=1.25;RUL=10000;RUC=5;RUB=10000,10500,11000,11500,12000", "0/1")
    assert (read.problem, read.motif, read.of("CAG")) == ("no repeat unit", "", None)


@pytest.mark.holds("REPT-01")
@given(
    st.lists(st.tuples(units, st.integers(0, 50), st.one_of(st.none(), st.integers(0, 50))), min_size=1, max_size=2),
    st.booleans(),
)
def test_counts_and_their_intervals_are_read_back(alleles, in_bases):
    scale = 6 if in_bases else 1
    alleles = [(size, min(below, size), above) for size, below, above in alleles]
    numbers = ",".join(str(size * scale) for size, _, _ in alleles)
    around = ",".join(f"{-b * scale},{'.' if a is None else a * scale}" for _, b, a in alleles)
    keys = "RB", "CIRB"
    info = f"SVLEN={','.join('18' for _ in alleles)};RUS={','.join('GGCCCC' for _ in alleles)};"
    info += f"{keys[0] if in_bases else 'RUC'}={numbers};{keys[1] if in_bases else 'CIRUC'}={around}"
    read = call(info, "/".join(str(n + 1) for n in range(len(alleles))), len(alleles))

    assert read.problem is None
    assert read.sizes == tuple(size for size, _, _ in alleles)
    assert read.intervals == tuple((s - b, None if a is None else s + a) for s, b, a in alleles)


@given(st.lists(st.tuples(st.sampled_from(["CAG", "AGC", "CTG", "CCG", "CAGG"]), units), min_size=1, max_size=4))
def test_what_stands_between_the_units_may_be_interrupted_units(sequences):
    info = f"SVLEN=30;RN={len(sequences)};RUS={','.join(m for m, _ in sequences)}"
    read = call(info + f";RUC={','.join(str(n) for _, n in sequences)}", "1").of("CAG")
    own = [count for motif, count in sequences if motif in ("CAG", "AGC", "CTG")]

    if not own:
        assert read is None
    else:
        bases = sum(len(motif) * count for motif, count in sequences)
        assert (read.sizes, read.intervals) == ((sum(own),), ((sum(own), -(-bases // 3)),))


@pytest.mark.parametrize(
    ("info", "gt", "sizes", "intervals"),
    [
        ("SVLEN=20;RUS=CAG;RUC=12.6", "0/1", (6, 12), ((6, 7), (12, 13))),
        ("END=130;RUS=CAG;RUC=12", "0|1", (10, 12), ((10, 10), (12, 12))),
        ("RUS=CAG;RUC=12", "0/1", (None, 12), (None, (12, 12))),
        ("SVLEN=30;RUS=CAG;RUC=12", "/0/1", (10, 12), ((10, 10), (12, 12))),
        ("SVLEN=30;RUS=CAG;RUC=12", "./1", (None, 12), (None, (12, 12))),
        ("SVLEN=30;RUS=CAG;RUC=12", "1", (12,), ((12, 12),)),
        ("SVLEN=30;RUS=CAG;RUC=12;RB=42", "1", (12,), ((12, 14),)),
        ("SVLEN=30;RUS=CAG;RUC=12;RB=42;CIRB=-3,.", "1", (12,), ((12, None),)),
        ("SVLEN=30;RUS=CAG;RUC=.;RB=.", "1", (None,), (None,)),
        ("SVLEN=30;RUS=CAG", "1", (None,), (None,)),
        ("SVLEN=30;RUS=CAG;RUC=12;CIRUC=.,3", "1", (12,), ((12, 15),)),
        ("SVLEN=30;RUS=CAG;RUL=3;RUC=2;RUB=3,4", "1", (2,), ((2, 2),)),
    ],
)
def test_table(info, gt, sizes, intervals):
    read = call(info, gt)
    assert (read.sizes, read.intervals, read.problem) == (sizes, intervals, None)


@pytest.mark.parametrize(
    ("info", "gt", "problem"),
    [
        ("RUS=CAG,CAG;RUC=12", "1", "RUS does not have the entries that RN says"),
        ("RN=2;RUS=CAG,CAG;RUC=12", "1", "RUC does not have the entries that RN says"),
        ("RN=1,1;RUS=CAG,CAG;RUC=12,2", "1", "RN is not one number for each ALT"),
        ("RN=x;RUS=CAG;RUC=12", "1", "RN is not one number for each ALT"),
        ("RUS=CAG;RUC=12;CIRUC=-3", "1", "CIRUC does not have the entries that RN says"),
        ("RUS=CAG;RUC=12;CIRUC=3,5", "1", "CIRUC does not hold its value"),
        ("RUS=CAG;RUC=12;CIRUC=-3,-1", "1", "CIRUC does not hold its value"),
        ("RUS=CAG;RUC=12;CIRUC=a,b", "1", "CIRUC is not a list of numbers"),
        ("RUS=CAG;RUC=-12", "1", "RUC is not a list of numbers"),
        ("RUS=CAG;RUL=4;RUC=12", "1", "RUS and RUL differ"),
        ("RUS=CAG;RUC=3;RUB=3,3", "1", "RUB does not list every unit that RUC counts"),
        ("RUS=CAG;RUC=12", "2", "GT names an allele that ALT does not have"),
        ("RUS=CAG;RUC=12", ".", "not called"),
        ("RUS=CAG;RUC=12", "1/1/1", "more than two alleles"),
        ("RUC=12", "1", "no repeat unit"),
    ],
)
def test_lists_that_do_not_fit_leave_the_sizes_unknown(info, gt, problem):
    read = call(info, gt)
    assert (read.problem, {*read.sizes, *read.intervals}) == (problem, {None})


def test_an_allele_of_another_kind_is_unknown_and_one_of_another_motif_has_no_more_than_fits_into_it():
    info = {"SVLEN": ".,30,30", "RUS": "CAG,CCG", "RUC": "12,40"}
    read = repeat_call_of("chr1", 100, "T", ["TCAG", TR, TR], ["PASS"], info, {"GT": "1/2"})
    assert (read.sizes, read.problem) == ((None, 12), None)
    other = repeat_call_of("chr1", 100, "T", ["TCAG", TR, TR], ["PASS"], info, {"GT": "2/3"})
    assert (other.of("CAG").sizes, other.of("CCG").sizes) == ((12, 0), (0, 40))
    assert (other.of("CAG").intervals, other.of("CCG").intervals) == (((12, 12), (0, 40)), ((0, 12), (40, 40)))


def test_straglr_takes_an_allele_for_the_references_that_is_only_near_it():
    info = "END=45795424;RUS_REF=ATTCT;SVLEN=70,70;RN=1,1;RUS=ATTCT,ATTCT;RB=1901,1934;CIRB=-21,5,-7,34"
    both = call(info, "1/2", 2, pos=45795354)
    assert (both.sizes, both.intervals) == ((380, 386), ((376, 382), (385, 394)))
    assert call(info, "0/2", 2).sizes == (None, 386)
    none = call("LOCUS=X;END=45795424;RUS_REF=ATTCT", "0/0", 0, pos=45795354)
    assert (none.motif, none.sizes) == ("ATTCT", (None, None))
    assert none.problem == "no size is given for an allele near the reference's"


@given(
    st.dictionaries(
        st.sampled_from(["RN", "RUS", "RUL", "RUC", "RB", "CIRUC", "CIRB", "RUB", "SVLEN", "END", "RUS_REF"]),
        st.one_of(
            st.text("0123456789.,-CAG", max_size=9), st.lists(st.integers(-9, 9999).map(str), max_size=4).map(",".join),
            st.text(max_size=4),
        ),
    ),
    st.sampled_from(["0/1", "1/1", "1/2", ".", "./1", "1", "0|2", "", "x"]),
    st.lists(st.sampled_from([TR, "TCA", "<DEL>"]), max_size=3),
)  # fmt: skip
def test_any_text_is_a_call_or_none(info, gt, alts):
    read = repeat_call_of("chr1", 100, "T", alts, ["."], info, {"GT": gt})
    for each in () if read is None else (read, *read.also):
        assert each.problem is None or {*each.sizes, *each.intervals} <= {None}
        for size, interval in zip(each.sizes, each.intervals, strict=True):
            assert None in (size, interval) or Decimal(interval[0]) <= size
