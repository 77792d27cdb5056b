"""The shapes in which files write one genotype, as a recessive gene sees them: each has one stated answer."""

from __future__ import annotations

import itertools
from pathlib import Path

import pytest

from assigner import assign
from assigner.evidence.answers import find
from assigner.evidence.findings import CERTAIN, Finding
from assigner.genome.builds import Build
from assigner.profiles.calls import State
from assigner.rules.panels import panel_of
from assigner.vcf.reading import read_profile
from vcfs import WORD, allele, gene, rules_of, vcf, written

RULES = rules_of(
    alleles=[
        allele("A", "1", 100, "C", "T", gene="G", needs="two"),
        allele("B", "1", 100, "C", "A", gene="G", needs="two"),
        allele("DEL", "1", 95, "TGGGGCG", "T", gene="G", needs="two"),
        allele("M", "1", 200, "CG", "TA", gene="G", needs="two"),
        allele("ONE", "1", 300, "C", "T", gene="H"),
    ],
    genes=[
        gene("G", "1", 50, 1000, inheritance="recessive", mechanisms=["loss_of_function"], transcripts=["ENST1"]),
        gene("H", "1", 250, 1000),
    ],
    criteria=[
        {
            "id": "lof", "kind": "consequence", "terms": ["stop_gained"], "mechanisms": ["loss_of_function"],
            "tier": 1, "points": 500, "validity": ["definitive"], "max_frequency": "0.001", "carrier_ppm": 1, **WORD,
        }
    ],
    fields={"frequency": ["AF"]},
)  # fmt: skip
PANEL = panel_of(RULES, Build.GRCH38)
META = [
    "##INFO=<ID=ANN,Number=.,Type=String,Description="
    "\"Functional annotations: 'Allele | Annotation | Gene_Name | Feature_ID'\">",
    '##INFO=<ID=AF,Number=A,Type=Float,Description="Frequency">',
]


def profile(folder: Path, *rows: str):
    return read_profile(written(folder, vcf("\n".join(rows), meta=META)), RULES, absent="reference")


def asked(folder: Path, *rows: str, criterion: str = "listed", of: str = "G") -> Finding:
    """What the rule set finds in a gene, whichever way the lines are ordered."""
    found = {
        next(f for f in find(profile(folder, *order), RULES).all if (f.criterion, f.gene) == (criterion, of))
        for order in itertools.permutations(rows)
    }
    assert len(found) == 1
    return found.pop()


JOINT = "1 100 C T,A PASS . GT {}"
SPLIT = ("1 100 C T PASS . GT {}", "1 100 C A PASS . GT {}")


def split(one: str, other: str) -> list[str]:
    return [SPLIT[0].format(one), SPLIT[1].format(other)]


@pytest.mark.holds("GENO-04")
@pytest.mark.parametrize(
    ("rows", "truth"),
    [
        ([JOINT.format("1/2")], "true"),
        ([JOINT.format("2|1")], "true"),
        ([JOINT.format("1/1")], "true"),
        ([JOINT.format("0/1")], "false"),
        ([JOINT.format("./1")], "unknown"),
        ([JOINT.format("0/.")], "unknown"),
        ([JOINT.format("./.")], "unknown"),
        ([JOINT.format("1")], "unknown"),
        ([JOINT.format("1/1/2")], "unknown"),
        ([JOINT.replace(" GT {}", " DP 30")], "unknown"),
        (split("0/1", "0/1"), "true"),
        (split("./1", "./1"), "true"),
        (split("0/1", "0/0"), "false"),
        (split("0/1", "./."), "unknown"),
        ([JOINT.format("1/2"), *split("0/1", "0/1")], "true"),
        ([JOINT.format("1/2"), *split("0/1", "0/0")], "unknown"),
        ([JOINT.format("0/1"), *split("0/1", "0/0")], "false"),
        ([JOINT.format("1/2"), JOINT.format("1/2")], "true"),
        ([JOINT.format("0/1"), JOINT.format("1/1")], "unknown"),
        (["1 100 C T,* PASS . GT 1/2", "1 95 TGGGGCG T PASS . GT 0/1"], "true"),
        (["1 100 C T,* PASS . GT 0/1", "1 95 TGGGGCG T PASS . GT 0/0"], "false"),
        (["1 200 CG TA PASS . GT 1/1"], "true"),
        (["1 200 C T PASS . GT 1/1", "1 201 G A PASS . GT 1/1"], "true"),
        (["1 200 C T PASS . GT 1/1", "1 201 G A PASS . GT 0/1"], "false"),
        (["1 200 C T PASS . GT 1/1"], "false"),
        (["1 200 C T PASS . GT 0/1", "1 201 G A PASS . GT 0/1", JOINT.format("0/1")], "unknown"),
        (["1 200 C T PASS . GT:PS 0|1:9", "1 201 G A PASS . GT:PS 0|1:9", "1 100 C T PASS . GT:PS 1|0:9"], "true"),
        (["1 200 C T PASS . GT:PS 0|1:9", "1 201 G A PASS . GT:PS 0|1:9", "1 100 C T PASS . GT:PS 0|1:9"], "false"),
        (["1 200 C T PASS . GT:PS 0|1:9", "1 201 G A PASS . GT:PS 1|0:9", "1 100 C T PASS . GT:PS 1|0:9"], "false"),
    ],
)
def test_two_alleles_of_a_recessive_gene_in_every_shape(tmp_path, rows, truth):
    assert asked(tmp_path, *rows).truth == truth


@pytest.mark.parametrize(
    ("gt", "truth"), [("1/2", "true"), ("1|2", "true"), ("0/1", "false"), ("1/1", "true"), ("./1", "unknown")]
)
def test_two_unlisted_alleles_of_one_record(tmp_path, gt, truth):
    info = "ANN=T|stop_gained|G|ENST1,A|stop_gained|G|ENST1;AF=0,0"
    found = asked(tmp_path, f"1 150 C T,A PASS {info} GT {gt}", criterion="lof")
    assert found.truth == truth


# ----------------------------------------------------------------------------------- what is seen and not believed


@pytest.mark.holds("GENO-07", "SETL-03")
@pytest.mark.parametrize(
    ("row", "state", "certain"),
    [
        ("1 300 CA TG PASS . GT 0/1", State.OBSCURED, True),
        ("1 298 GGC TTTT PASS . GT 0/1", State.OBSCURED, True),
        ("1 300 C T LowQual . GT 0/1", State.FILTERED, True),
        ("1 300 C <DEL> PASS END=900 GT 0/1", State.NO_CALL, False),
        ("1 300 C T PASS . GT ./.", State.NO_CALL, False),
    ],
)
def test_an_allele_that_another_record_may_hold_has_no_small_prior_and_asks_for_review(tmp_path, row, state, certain):
    read = profile(tmp_path, row)
    assert read.call(PANEL.variant_by_id["ONE"]).state is state

    made = assign(read, RULES)
    (found,) = (f for f in made.findings if f.loci == ("ONE",))
    assert (found.truth, found.carrier_ppm == CERTAIN) == ("unknown", certain)
    assert ("quality" in {raised.reason for raised in made.reasons}) == certain
    (locus,) = (each for each in made.trace.loci if each.id == "ONE")
    assert locus.state == state
