"""Phase: haplotypes written in every way that files know are the truth or unknown, never the opposite."""

from __future__ import annotations

import pytest
from attrs import evolve, frozen
from hypothesis import given
from hypothesis import strategies as st

from assigner.genome.builds import Build
from assigner.profiles.calls import Call, biallelic
from assigner.profiles.genotypes import Genotype
from assigner.rules.panels import panel_of
from assigner.truth import Truth
from assigner.vcf.reading import read_profile
from assigner.vcf.records.phases import Phased, phased
from assigner.vcf.records.record import Record
from vcfs import allele, rules_of, vcf, written

RULES = rules_of(alleles=[allele("A", "1", 100, "C", "T"), allele("B", "1", 300, "G", "A")])
VARIANTS = panel_of(RULES, Build.GRCH38).variant_by_id
GATES = RULES.content.gates
META = [
    '##FORMAT=<ID=PSL,Number=.,Type=String,Description="Phase set list">',
    '##FORMAT=<ID=PGT,Number=1,Type=String,Description="Physical phase">',
    '##FORMAT=<ID=PID,Number=1,Type=String,Description="Physical phase set">',
    '##FORMAT=<ID=HP,Number=.,Type=String,Description="Haplotypes">',
]


def evolve_gates(**more):
    return GATES.model_copy(update=more)


@frozen
class Two:
    """Two loci on two haplotypes: for each haplotype, whether it carries the one and the other allele."""

    haplotypes: tuple[tuple[bool, bool], tuple[bool, bool]]

    def at(self, locus: int) -> tuple[int, int]:
        return int(self.haplotypes[0][locus]), int(self.haplotypes[1][locus])

    @property
    def biallelic(self) -> Truth:
        return Truth.TRUE if all(any(each) for each in self.haplotypes) else Truth.FALSE


truths = st.builds(Two, st.tuples(*[st.tuples(st.booleans(), st.booleans())] * 2))


def turned(pair: tuple[int, int], flip: bool) -> tuple[int, int]:
    return pair[::-1] if flip else pair


def by_sign(pair, flip, locus, group):
    return "GT", "{}|{}".format(*pair)


def by_ps(pair, flip, locus, group):
    return "GT:PS", "{}|{}:{}".format(*turned(pair, group), 7 + group)


def by_psl(pair, flip, locus, group):
    one, other = turned((f"x{group}", f"y{group}"), flip)
    return "GT:PSL", "{}|{}:{},{}".format(*turned(pair, flip), one, other)


def by_half_a_psl(pair, flip, locus, group):
    text = "/{}|{}:.,x".format(*turned(pair, True)) if flip else "|{}/{}:x,.".format(*pair)
    return "GT:PSL", text if not group else text.replace("x", "z")


def by_hp(pair, flip, locus, group):
    one, other = turned((f"{9 + group}-1", f"{9 + group}-2"), flip)
    return "GT:HP", "{}/{}:{},{}".format(*turned(pair, flip), one, other)


def by_pgt(pair, flip, locus, group):
    gt = "{}/{}".format(*sorted(pair))
    order = turned(pair, group)
    return "GT:PGT:PID", "{}:{}|{}:{}_C_T".format(gt, *order, 100 + group)


def by_pgt_of_a_phased_gt(pair, flip, locus, group):
    order = turned(pair, group)
    return "GT:PGT:PID", "{0}|{1}:{0}|{1}:{2}_C_T".format(*order, 100 + group)


def unphased(pair, flip, locus, group):
    return "GT", "{}/{}".format(*turned(pair, flip))


WAYS = (by_sign, by_ps, by_psl, by_half_a_psl, by_hp, by_pgt, by_pgt_of_a_phased_gt, unphased)


def read(folder, columns) -> dict[str, Call]:
    rows = [f"1 {pos} {ref} {alt} PASS . {keys} {values}" for (pos, ref, alt), (keys, values) in columns]
    calls = read_profile(written(folder, vcf("\n".join(rows), meta=META, version="4.4")), RULES).alleles
    return {name: calls[variant] for name, variant in VARIANTS.items()}


PLACES = ((100, "C", "T"), (300, "G", "A"))


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    return tmp_path_factory.mktemp("phase")


@pytest.mark.holds("GENO-05")
@given(truth=truths, ways=st.tuples(*[st.sampled_from(WAYS)] * 2), flips=st.tuples(st.booleans(), st.booleans()),
       groups=st.tuples(st.booleans(), st.booleans()))  # fmt: skip
def test_phase_gives_the_truth_or_unknown_and_the_truth_within_one_set(folder, truth, ways, flips, groups):
    columns = [way(truth.at(at), flips[at], at, groups[at]) for at, way in enumerate(ways)]
    calls = read(folder, list(zip(PLACES, columns, strict=True)))

    got = biallelic([(VARIANTS[name], call) for name, call in calls.items()])

    assert got in (truth.biallelic, Truth.UNKNOWN)
    comparable = ways[0] is ways[1] and ways[0] is not unphased and (groups[0] == groups[1] or ways[0] is by_sign)
    if comparable:
        assert got is truth.biallelic


def record(gt: str, **sample: str) -> tuple[Record, Genotype]:
    genotype = Genotype.parse(gt)
    fields = {"filters": (), "info": {}, "sample": {"GT": gt, **sample}, "genotype": genotype}
    return Record(number=1, contig="chr1", chrom="1", pos=5, ref="A", alts=("C", "G", "T"), **fields), genotype


@pytest.mark.holds("GENO-05")
@pytest.mark.parametrize(
    ("gt", "sample", "expected"),
    [
        ("0|1", {}, Phased((0, 1), "chr1")),
        ("0|1", {"PS": "7"}, Phased((0, 1), "chr1:7")),
        ("0|1", {"PS": "."}, Phased((0, 1), "chr1")),
        ("0/1", {"PS": "7"}, Phased((0, 1))),
        ("|0|1", {"PS": "7"}, Phased((0, 1), "chr1:7")),
        ("/0|1", {"PS": "7"}, Phased((0, 1))),
        ("|0/1", {}, Phased((0, 1))),
        ("0/1|1", {"PS": "7"}, Phased((0, 1, 1))),
        ("0|1/2", {}, Phased((0, 1, 2))),
        ("0|1/2", {"PSL": ".,a,."}, Phased((0, 1, 2), None, (None, "a", None))),
        ("|1/2|3", {"PSL": "chr20*10*1,.,chr19*5*1"}, Phased((1, 2, 3), None, ("chr20*10*1", None, "chr19*5*1"))),
        ("|0/1", {"PSL": "a,b"}, Phased((0, 1), None, ("a", None))),
        ("0/1", {"PSL": "a,b"}, Phased((0, 1))),
        ("0|1", {"PSL": ".,."}, Phased((0, 1))),
        ("0|1", {"PSL": "."}, Phased((0, 1), "chr1")),
        ("0|1", {"PSL": "a,a"}, Phased((0, 1))),
        ("0|1", {"PSL": "a"}, Phased((0, 1))),
        ("0|1", {"PSL": "a,b", "PS": "7"}, Phased((0, 1))),
        ("0/1", {"HP": "9-1,9-2"}, Phased((0, 1), None, ("chr1:9-1", "chr1:9-2"))),
        ("0/1", {"HP": "9-1,9-1"}, Phased((0, 1))),
        ("0/1", {"HP": "2"}, Phased((0, 1))),
        ("0|1", {"HP": "9-2,9-1", "PS": "7"}, Phased((0, 1), "chr1:7")),
        ("0/1", {"PGT": "1|0", "PID": "9_A_C"}, Phased((1, 0), "chr1:9_A_C")),
        ("0/2", {"PGT": "0|1", "PID": "9_A_C"}, Phased((0, 2))),
        ("1/1", {"PGT": "0|1", "PID": "9_A_C"}, Phased((1, 1))),
        ("0/1", {"PGT": "0|1"}, Phased((0, 1))),
        ("0/1", {"PGT": "0/1", "PID": "9_A_C"}, Phased((0, 1))),
        ("0/1", {"PGT": ".", "PID": "9_A_C"}, Phased((0, 1))),
        ("0|1", {"PGT": "0|1", "PID": "9_A_C"}, Phased((0, 1), "chr1:9_A_C")),
        ("0|1", {"PGT": "1|0", "PID": "9_A_C"}, Phased((0, 1))),
        ("0|1", {"PGT": "0|1", "PID": "9_A_C", "PS": "9"}, Phased((0, 1), "chr1:9")),
        ("./1", {"PGT": "0|1", "PID": "9_A_C"}, Phased((None, 1))),
        ("1", {"PS": "7", "HP": "9-1"}, Phased((1,))),
        ("|1", {"PSL": "a"}, Phased((1,))),
    ],
)
def test_what_a_record_says_of_phase(gt, sample, expected):
    assert phased(*record(gt, **sample), GATES) == expected


@pytest.mark.holds("GENO-05")
@pytest.mark.parametrize(
    ("fields", "believed"),
    [
        ({"PQ": "20"}, True),
        ({"PQ": "19"}, False),
        ({"PQ": "1"}, False),
        ({"PQ": "0.5"}, False),
        ({"PQ": "99.5"}, True),
        ({"PQ": "."}, True),
        ({"PQ": "high"}, False),
        ({"TP": "99"}, True),
        ({"TP": "1"}, False),
        ({"JQ": "3"}, False),
        ({"PP": "0.5"}, False),
        ({"PP": "0.98"}, False),
        ({"PP": "0.99"}, True),
        ({"PP": "1"}, True),
        ({"PP": "30"}, False),
        ({"PP": "0,20,200"}, True),
        ({"PC": "0.6"}, False),
        ({"PD": "0"}, False),
        ({"PD": "9"}, False),
        ({"PD": "10"}, True),
        ({"PD": "d"}, True),
        ({"PF": "TR_OVERLAP"}, False),
        ({"PF": "0"}, False),
        ({"PF": "."}, True),
        ({"PF": "PASS"}, True),
        ({"PQ": "60", "PF": "TR_OVERLAP"}, False),
    ],
)
def test_a_phase_that_its_own_fields_do_not_bear_out_is_none(fields, believed):
    for way in (way for way in WAYS if way not in (unphased, by_half_a_psl)):
        keys, values = way((0, 1), False, 0, 0)
        gt, *rest = values.split(":")
        read = record(gt, **dict(zip(keys.split(":")[1:], rest, strict=True)))
        plain = phased(*read, GATES)
        found = phased(evolve(read[0], sample={**read[0].sample, **fields}), read[1], GATES)

        assert plain.phase_set or plain.phase_sets
        assert found == (plain if believed else Phased(read[1].alleles))


@pytest.mark.holds("GENO-05")
@pytest.mark.parametrize(
    ("qualities", "names"),
    [
        (".", ("a", "b")),
        ("40,40", ("a", "b")),
        ("40,.", ("a", "b")),
        ("40,3", ("a", None)),
        ("3,x", ()),
        ("40", ()),
    ],
)
def test_each_allele_of_a_list_has_its_own_quality(qualities, names):
    found = phased(*record("0|1", PSL="a,b", PSQ=qualities), GATES)
    assert (found.alleles, found.phase_set, found.phase_sets) == ((0, 1), None, names)


@pytest.mark.holds("GENO-05")
def test_a_rule_set_may_ask_more_of_a_phase_than_of_a_call():
    read = record("0|1", PS="7", PQ="25")
    assert phased(*read, GATES).phase_set == "chr1:7"
    assert phased(*read, evolve_gates(phase=30)).phase_set is None
    assert phased(*record("0|1", PS="7", PQ="5"), evolve_gates(phase=0)).phase_set == "chr1:7"


TRANS = ("1 100 C T PASS . {} {}", "1 300 G A PASS . {} {}")


@pytest.mark.holds("GENO-05")
@pytest.mark.parametrize(("keys", "tail"), [("GT", ""), ("GT:PS", ":7"), ("GT:PSL", ":x,y"), ("GT:HP", ":9-1,9-2")])
def test_a_phase_set_is_one_file_s(tmp_path, keys, tail):
    """Which haplotype stands first is each file's own choice, also where two files name a set alike."""
    rows = [row.format(keys, gt + tail) for row, gt in zip(TRANS, ("0|1", "1|0"), strict=True)]
    if tail == ":9-1,9-2":
        rows = [row.replace("|", "/") for row in rows]

    def biallelic_in(*tables):
        paths = [written(tmp_path, vcf(rows, meta=META, version="4.4"), f"{at}.vcf") for at, rows in enumerate(tables)]
        calls = read_profile(paths, RULES).alleles
        return biallelic([(VARIANTS[name], calls[VARIANTS[name]]) for name in ("A", "B")])

    assert biallelic_in("\n".join(rows)) is Truth.TRUE
    assert biallelic_in(*rows) is Truth.UNKNOWN
    assert biallelic_in(*rows[::-1]) is Truth.UNKNOWN


@pytest.mark.parametrize(
    ("line", "truth"),
    [
        ("##source=any", Truth.TRUE),
        ("##command=HipSTR-v0.6.2 --bams x.bam", Truth.UNKNOWN),
        ("##GATKCommandLine=<ID=ReadBackedPhasing,Version=3.8>", Truth.UNKNOWN),
    ],
)
def test_a_sign_of_callers_who_mean_the_record_alone_joins_no_records(tmp_path, line, truth):
    for keys, tail, expected in (("GT", "", truth), ("GT:PS", ":7", Truth.TRUE)):
        rows = [row.format(keys, gt + tail) for row, gt in zip(TRANS, ("0|1", "1|0"), strict=True)]
        calls = read_profile(written(tmp_path, vcf("\n".join(rows), meta=[*META, line])), RULES).alleles
        assert biallelic([(VARIANTS[name], calls[VARIANTS[name]]) for name in ("A", "B")]) is expected
