"""What a record says of its genotype: laws, and an independent reading of likelihoods."""

from __future__ import annotations

import itertools
from decimal import Decimal

from hypothesis import given
from hypothesis import strategies as st

from assigner.profiles.genotypes import Genotype
from assigner.vcf.records.record import Record
from assigner.vcf.records.support import shares, support, worst


def record(sample: dict[str, str], alts: tuple[str, ...] = ("T",), **more: object) -> Record:
    genotype = Genotype.parse(sample["GT"])
    given_: dict[str, object] = {"info": {}, "filters": ("PASS",)} | more
    return Record(
        number=1, contig="1", chrom="1", pos=5000, ref="C", alts=alts, sample=sample, genotype=genotype, **given_
    )


@st.composite
def called(draw: st.DrawFn) -> tuple[tuple[str, ...], tuple[int, ...]]:
    alts = tuple("TAG"[: draw(st.integers(1, 3))])
    return alts, tuple(draw(st.lists(st.integers(0, len(alts)), min_size=2, max_size=2)))


def place(one: int, two: int) -> int:
    """Where a diploid genotype stands among the values of a field of Number=G (VCF 4.5, 1.6.2, key GL)."""
    low, high = sorted((one, two))
    return high * (high + 1) // 2 + low


@given(st.data(), called())
def test_a_likelihood_is_what_the_called_genotype_is_ahead(data, drawn):
    alts, (one, two) = drawn
    size = (len(alts) + 1) * (len(alts) + 2) // 2
    values = data.draw(st.lists(st.integers(0, 999), min_size=size, max_size=size))
    found = support(record({"GT": f"{one}/{two}", "PL": ",".join(map(str, values))}, alts))

    own = values[place(one, two)]
    rest = [value for at, value in enumerate(values) if at != place(one, two)]
    assert [each.value for each in found.likelihoods] == [min(rest) - own]
    as_gl = support(record({"GT": f"{one}/{two}", "GL": ",".join(f"-{v / 10:.1f}" for v in values)}, alts))
    assert [each.value for each in as_gl.likelihoods] == [Decimal(min(rest) - own)]


@given(called(), st.integers(1, 30))
def test_a_likelihood_with_another_number_of_values_is_named(drawn, count):
    alts, (one, two) = drawn
    size = (len(alts) + 1) * (len(alts) + 2) // 2
    found = support(record({"GT": f"{one}/{two}", "PL": ",".join(["0"] * count)}, alts))
    assert found.unread == (() if count == size else ("PL",))


@given(called(), st.data())
def test_the_shares_of_all_alleles_are_those_of_the_reads(drawn, data):
    alts, (one, two) = drawn
    counts = data.draw(st.lists(st.integers(0, 500), min_size=len(alts) + 1, max_size=len(alts) + 1))
    seen = record({"GT": f"{one}/{two}", "AD": ",".join(map(str, counts))}, alts)
    for allele, count in enumerate(counts):
        found = shares(seen, allele)
        assert [(each.own, each.total) for each in found] == ([(count, sum(counts))] if sum(counts) else [])
    assert [each.value for each in support(seen).depths] == [sum(counts)]


@given(st.lists(st.sampled_from(["DP", "GQ", "GQX", "PL", "AD", "DPI", "XX"]), unique=True))
def test_no_field_is_asked_that_is_missing(keys):
    found = support(record({"GT": "0/1", **dict.fromkeys(keys, ".")}))
    assert (found.depths, found.qualities, found.likelihoods, found.unread) == ((), (), (), ())
    assert worst(()) is None


@given(st.permutations([("DP", "30"), ("GQ", "50"), ("GQX", "9"), ("DPI", "12")]))
def test_the_worst_does_not_depend_on_the_order_of_fields(pairs):
    found = support(record({"GT": "0/1", **dict(pairs)}))
    lowest, fewest = worst(found.qualities), worst(found.depths)
    assert lowest is not None and fewest is not None
    assert (lowest.field, fewest.field) == ("GQX", "DPI")


def test_what_a_file_of_several_samples_says_of_all_is_nobodys_own():
    for alone in (False, True):
        seen = record({"GT": "0/1"}, qual=Decimal(3), info={"DP": "4", "DP4": "1,1,1,1"}, alone=alone)
        found = support(seen)
        assert (bool(found.depths), bool(found.qualities), bool(shares(seen, 1))) == (alone, alone, alone)


def test_chances_become_phred_scores_and_phred_scores_stay():
    for text, value in (("0.001,0.999,0", 30), ("0,1,0", 99), ("1,0,0", -99)):
        (found,) = support(record({"GT": "0/1", "GP": text})).likelihoods
        assert found.value == value
    (found,) = support(record({"GT": "0/1", "GP": "31,0.003,40"})).likelihoods
    assert found.value == Decimal("30.997")


def test_each_genotype_has_one_place():
    for alleles in range(2, 6):
        pairs = list(itertools.combinations_with_replacement(range(alleles), 2))
        assert sorted(place(*pair) for pair in pairs) == list(range(len(pairs)))


COUNTS = st.sampled_from([".", "0", "30", "x", "30,5", ""])


@given(
    called(),
    st.sampled_from([("RO", "AO"), ("RD", "AD"), ("ADF", "ADR"), ("NR", "NV"), ("LAA", "LAD")]),
    COUNTS,
    COUNTS,
)
def test_a_count_that_is_missing_is_that_of_no_other_allele(drawn, keys, one, two):
    alts, _ = drawn
    sample = dict(zip(keys, (one, two), strict=True))
    found = [shares(record({"GT": "0/1", **sample}, alts), number) for number in range(len(alts) + 1)]
    if one in (".", "x", "") and keys[0] in ("RO", "RD"):
        assert not any(found)
