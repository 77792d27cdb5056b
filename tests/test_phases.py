"""Phase: haplotypes written in every way that files know are the truth or unknown, never the opposite."""

from __future__ import annotations

import pytest
from attrs import frozen
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
META = [
    '##FORMAT=<ID=PSL,Number=.,Type=String,Description="Phase set list">',
    '##FORMAT=<ID=PGT,Number=1,Type=String,Description="Physical phase">',
    '##FORMAT=<ID=PID,Number=1,Type=String,Description="Physical phase set">',
    '##FORMAT=<ID=HP,Number=.,Type=String,Description="Haplotypes">',
]


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
    assert phased(*record(gt, **sample)) == expected
