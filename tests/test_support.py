"""What a record says of its genotype: laws, and an independent reading of likelihoods."""

from __future__ import annotations

import ast
import inspect
import itertools
import re
import textwrap
from collections.abc import Callable
from decimal import Decimal

from hypothesis import given
from hypothesis import strategies as st

from assigner.profiles.genotypes import Genotype
from assigner.vcf.records import phases, reads
from assigner.vcf.records import shares as shares_of
from assigner.vcf.records import support as supporting
from assigner.vcf.records.record import Record
from assigner.vcf.records.shares import shares
from assigner.vcf.records.support import support, worst


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
    st.sampled_from([("RO", "AO"), ("RD", "AD"), ("FRO", "FAO"), ("ADF", "ADR"), ("NR", "NV"), ("LAA", "LAD")]),
    COUNTS,
    COUNTS,
)
def test_a_count_that_is_missing_is_that_of_no_other_allele(drawn, keys, one, two):
    alts, _ = drawn
    sample = dict(zip(keys, (one, two), strict=True))
    found = [shares(record({"GT": "0/1", **sample}, alts), number) for number in range(len(alts) + 1)]
    if one in (".", "x", "") and keys[0] in ("RO", "RD", "FRO"):
        assert not any(found)


PAIRS = st.tuples(st.integers(0, 99), st.integers(0, 99))


@given(st.lists(PAIRS, min_size=4, max_size=4), st.sampled_from([("T",), ("T", "<NON_REF>"), ("<*>", "T"), ("T", "*")]))
def test_counts_of_two_are_those_of_the_only_allele(pairs, alts):
    """Where a field counts REF and all else, they are halves, parts or sums of one tally, and tell one share."""
    ref, alt = sum(one for one, _ in pairs), sum(other for _, other in pairs)
    (a, b), (c, d), (e, f), (g, h) = pairs
    fields = {
        "DP4": f"{a + e},{c + g},{b + f},{d + h}",
        "SB": f"{a + e},{c + g},{b + f},{d + h}",
        "PR": f"{a},{b}", "SR": f"{c},{d}", "DR": f"{e}", "DV": f"{f}", "RR": f"{g}", "RV": f"{h}",
    }  # fmt: skip
    found = shares(record({"GT": "0/1", **fields}, alts), alts.index("T") + 1)
    assert {each.field for each in found} == ({"DP4", "SB", "reads of the junction"} if ref + alt else set())
    assert {(each.own, each.total) for each in found} == ({(alt, ref + alt)} if ref + alt else set())
    assert not shares(record({"GT": "0/1", **fields}, (*alts, "G")), alts.index("T") + 1)


@given(st.lists(st.integers(0, 99), min_size=2, max_size=2), st.booleans())
def test_counts_of_the_whole_file_are_asked_where_the_sample_has_none(counts, has_own):
    text = ",".join(map(str, counts))
    own = {"AD": text} if has_own else {}
    seen = record({"GT": "0/1", **own}, info={"AD": "90,9", "DP4": "50,40,5,4"}, alone=True)
    found = {each.field for each in shares(seen, 1)}
    assert found == ({"INFO/AD", "INFO/DP4"} if not has_own else {"AD"} if sum(counts) else set())


@given(st.decimals(0, 1, places=2))
def test_beagle_gives_a_score_of_what_was_read_too(score):
    for info, sure in (({"DR2": str(score)}, score == 1), ({"DR2": "1", "AR2": str(score)}, False)):
        assert support(record({"GT": "0|1"}, info=info)).is_imputed is not sure
        assert not support(record({"GT": "0|1", "DP": "30"}, info=info)).is_imputed


KEY = re.compile("[A-Z][A-Z0-9]+")


def keys_in(*functions: Callable[..., object]) -> set[str]:
    """What looks like a key of FORMAT or INFO in the source of some functions."""
    trees = (ast.parse(textwrap.dedent(inspect.getsource(function))) for function in functions)
    nodes = (node.value for tree in trees for node in ast.walk(tree) if isinstance(node, ast.Constant))
    return {text for text in nodes if isinstance(text, str) and KEY.fullmatch(text)}


def test_no_field_is_missing_where_it_is_asked_whether_a_record_has_any():
    """A key that is looked at and not among those of which one must be there would never be read."""
    both = [each for module in (reads, shares_of) for each in inspect.getmembers(module, inspect.isfunction)]
    every = [each for _, each in both if each.__module__ in (reads.__name__, shares_of.__name__)]
    assert keys_in(*every) - {"MT", "UQ", "SVTYPE"} == reads._IN_SAMPLE | reads._IN_INFO
    assert keys_in(reads.junction_counts) == reads._JUNCTION
    assert keys_in(phases.phased, phases._is_borne_out) - {"PASS"} == phases._OF_PHASE
    assert keys_in(supporting._keys_of_likelihoods, supporting._dosages) == supporting._OF_GENOTYPES
