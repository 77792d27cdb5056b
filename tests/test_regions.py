"""Parts of genes that criteria ask for, and how many copies must be disturbed in genes of each inheritance."""

from __future__ import annotations

from decimal import Decimal

import pytest
from attrs import evolve
from hypothesis import given
from hypothesis import strategies as st

from assigner.errors import RuleSetError
from assigner.evidence.asking import ask
from assigner.evidence.kinds.regions import in_region
from assigner.genome.builds import Build
from assigner.genome.variants import Variant
from assigner.profiles.calls import Call
from assigner.profiles.profile import Observed, Profile
from assigner.rules.panels import panel_of
from assigner.rules.regions import Region
from assigner.testing.parts import MISSENSE, WORD, content_of, criterion, gene, rules_of, tier
from assigner.truth import Truth
from assigner.vcf.annotations.consequences import Consequence, Tool
from assigner.vcf.annotations.picks import Basis, Pick
from assigner.vcf.annotations.residues import residues

NLS = {"id": "nls", "residues": "495-526", **WORD}
EXON = {"id": "exon", "grch38": "1000100-1000200", "grch37": "1500100-1500200", **WORD}
ASKED = {"terms": [MISSENSE, "stop_gained"], "mechanisms": ["missense"], "max_frequency": "0.0001"}


def missense(**more) -> Observed:
    seen = Observed(
        "G1", Variant("1", 1_000_150, "A", "G"), Call.of("0/1"), terms=(MISSENSE,), frequency=Decimal(0), stars=2,
        pathogenic=Truth.FALSE, last_exon=Truth.FALSE,
    )  # fmt: skip
    return evolve(seen, **more)


def answers(seen: list[Observed], *criteria: dict, regions=(NLS, EXON), **more) -> dict[str, Truth]:
    made = rules_of(
        content_of(
            genes=[gene(1, {"A": 1000}, regions=list(regions), **more)],
            criteria=list(criteria),
            decision={"tiers": [tier(1), tier(2), tier(3)]},
        )
    )
    profile = Profile(
        participant="P", build=Build.GRCH38, absent="reference", assessed="all", variants=tuple(seen),
        annotated=frozenset({"clinvar", "consequence"}),
    )  # fmt: skip
    return {finding.criterion: finding.truth for finding in ask(profile, panel_of(made, Build.GRCH38))}


def asking(**where) -> dict:
    return criterion("consequence", 1, name="asked", **ASKED, **where)


TABLE = ["1000100-1000199", "1000300-1000399", "1000500-1000599"]


@pytest.mark.holds("RULE-11")
@given(
    strand=st.sampled_from(["plus", "minus"]), pos=st.integers(1_000_090, 1_000_610), length=st.integers(1, 3),
    file=st.sampled_from(Truth), bases=st.sampled_from([1, 50, 100, 200]),
)  # fmt: skip
def test_the_end_of_the_last_exon_but_one_is_where_the_table_and_the_file_say(strand, pos, length, file, bases):
    parts = [range(int(start), int(end) + 1) for start, end in (each.split("-") for each in TABLE)]
    parts = [list(part) if strand == "plus" else list(part)[::-1] for part in parts][:: 1 if strand == "plus" else -1]
    changed = set(range(pos, pos + length))
    own = next((at for at, part in enumerate(parts) if changed <= set(part)), None)
    zone = set() if own is None else set(parts[own][-bases:])

    seen = missense(variant=Variant("1", pos, "A" * length, "C" * length), penultimate_exon=file)
    exons = {"transcript": "NM_1.1", "strand": strand, "grch38": TABLE, **WORD}
    said = answers([seen], asking(spare_penultimate=bases), exons=exons)["asked"]

    if file is Truth.FALSE or own == 0 or (own is not None and not changed & zone):
        assert said is Truth.TRUE
    elif own == 1 and file is Truth.TRUE and changed <= zone:
        assert said is Truth.FALSE
    else:
        assert said is Truth.UNKNOWN


@pytest.mark.holds("RULE-11")
@pytest.mark.parametrize("file", Truth)
@pytest.mark.parametrize("exons", [None, {"transcript": "NM_1.1", "grch38": TABLE, **WORD}])
def test_without_a_table_with_a_strand_the_end_of_an_exon_is_unknown(file, exons):
    more = {} if exons is None else {"exons": exons}
    said = answers([missense(penultimate_exon=file)], asking(spare_penultimate=50), **more)["asked"]
    assert said is (Truth.TRUE if file is Truth.FALSE else Truth.UNKNOWN)


@pytest.mark.holds("RULE-11")
@pytest.mark.parametrize(
    ("where", "ends", "truth"),
    [
        ({"within": ["nls"]}, (495, 495), Truth.TRUE),
        ({"within": ["nls"]}, (526, 526), Truth.TRUE),
        ({"within": ["nls"]}, (494, 494), Truth.FALSE),
        ({"within": ["nls"]}, (527, 600), Truth.FALSE),
        ({"within": ["nls"]}, (490, 500), Truth.UNKNOWN),
        ({"within": ["nls"]}, None, Truth.UNKNOWN),
        ({"outside": ["nls"]}, (495, 526), Truth.FALSE),
        ({"outside": ["nls"]}, (1, 494), Truth.TRUE),
        ({"outside": ["nls"]}, (1, 495), Truth.UNKNOWN),
        ({"outside": ["nls"]}, None, Truth.UNKNOWN),
        ({"within": ["nls", "exon"]}, None, Truth.TRUE),  # its bases lie in the exon
        ({"within": ["nls"], "outside": ["exon"]}, (500, 500), Truth.FALSE),
        ({}, None, Truth.TRUE),
    ],
)
def test_a_variant_counts_where_a_criterion_asks_for_it(where, ends, truth):
    assert answers([missense(residues=ends)], asking(**where)) == {"asked": truth}


@pytest.mark.parametrize(
    ("pos", "ref", "alt", "truth"),
    [
        (1_000_100, "A", "G", Truth.TRUE),
        (1_000_200, "A", "G", Truth.TRUE),
        (1_000_099, "A", "G", Truth.FALSE),
        (1_000_201, "A", "G", Truth.FALSE),
        (1_000_099, "AC", "A", Truth.TRUE),  # the anchor is not changed
        (1_000_098, "AC", "A", Truth.FALSE),
        (1_000_199, "ACC", "A", Truth.UNKNOWN),
        (1_000_150, "A", "ACC", Truth.TRUE),
        (1_000_099, "A", "ACC", Truth.UNKNOWN),  # between the base before and the first one
        (1_000_200, "A", "ACC", Truth.UNKNOWN),
    ],
)
def test_bases_are_those_that_a_variant_changes(pos, ref, alt, truth):
    seen = missense(variant=Variant("1", pos, ref, alt))
    assert in_region(seen, Region.model_validate(EXON), Build.GRCH38) is truth


def test_bases_are_those_of_the_build():
    seen = missense(variant=Variant("1", 1_500_150, "A", "G"))
    region = Region.model_validate(EXON)
    assert (in_region(seen, region, Build.GRCH37), in_region(seen, region, Build.GRCH38)) == (Truth.TRUE, Truth.FALSE)


@pytest.mark.holds("RULE-11")
@given(
    ends=st.none() | st.tuples(st.integers(1, 600), st.integers(0, 60)).map(lambda pair: (pair[0], sum(pair))),
    span=st.tuples(st.integers(1, 600), st.integers(0, 200)).map(lambda pair: (pair[0], sum(pair))),
)
def test_what_is_not_known_of_a_place_is_unknown_and_never_evidence(ends, span):
    """The law: without residues the answer is unknown; with them it is that of each of them, or unknown."""
    region = Region.model_validate({"id": "part", "residues": f"{span[0]}-{span[1]}", **WORD})
    truth = in_region(missense(residues=ends), region, Build.GRCH38)
    if ends is None:
        assert truth is Truth.UNKNOWN
    else:
        each = {span[0] <= residue <= span[1] for residue in range(ends[0], ends[1] + 1)}
        assert truth is (Truth.UNKNOWN if len(each) == 2 else Truth.TRUE if each == {True} else Truth.FALSE)


def test_a_gene_without_the_region_is_not_asked_and_one_that_need_not_have_it_is():
    assert answers([missense()], asking(outside=["nls"]), regions=[NLS]) == {"asked": Truth.UNKNOWN}
    two = content_of(genes=[gene(1, {"A": 1000}, regions=[NLS]), gene(2, {"A": 1000})], criteria=[])
    two["criteria"] = [asking(within=["nls"])]
    panel = panel_of(rules_of(two), Build.GRCH38)
    assert [f.gene for f in ask(Profile(participant="P", build=Build.GRCH38), panel)] == ["G1"]


# ----------------------------------------------------------------------------------------------- copies by inheritance

ONE = criterion("consequence", 3, 300, "one", **ASKED, inheritance=["dominant_or_recessive"], two_in=[])
BOTH = criterion("consequence", 2, 1000, "both", **ASKED, two_in=["recessive", "dominant_or_recessive"])


@pytest.mark.parametrize(
    ("genotype", "inheritance", "expected"),
    [
        ("0/1", "dominant", {"both": Truth.TRUE}),
        ("0/1", "recessive", {"both": Truth.FALSE}),
        ("1/1", "recessive", {"both": Truth.TRUE}),
        ("0/1", "dominant_or_recessive", {"both": Truth.FALSE, "one": Truth.TRUE}),
        ("1/1", "dominant_or_recessive", {"both": Truth.TRUE, "one": Truth.FALSE}),
        ("./1", "dominant_or_recessive", {"both": Truth.UNKNOWN, "one": Truth.TRUE}),
    ],
)
def test_how_many_copies_are_needed_follows_the_inheritance_that_a_criterion_names(genotype, inheritance, expected):
    seen = missense(call=Call.of(genotype))
    assert answers([seen], BOTH, ONE, inheritance=inheritance) == expected


# ---------------------------------------------------------------------------------------------- what a file says of it


@pytest.mark.parametrize(
    ("tool", "fields", "hgvs", "expected"),
    [
        (Tool.VEP, {"Protein_position": "521"}, None, (521, 521)),
        (Tool.VEP, {"Protein_position": "521-523/526"}, None, (521, 523)),
        (Tool.VEP, {"Protein_position": "?-523"}, None, None),
        (Tool.VEP, {"Protein_position": "?-523"}, "ENSP1:p.Gly521_Arg523del", (521, 523)),
        (Tool.VEP, {"Protein_position": "520"}, "ENSP1:p.Gly522del", (520, 522)),
        (Tool.VEP, {}, "ENSP1:p.Arg495Ter", (495, 495)),
        (Tool.VEP, {}, "ENSP1:p.Met511AsnfsTer6", (511, 511)),
        (Tool.VEP, {}, "ENSP1:p.(Arg495Ter)", (495, 495)),
        (Tool.VEP, {}, None, None),
        (Tool.VEP, {"Protein_position": "0"}, None, None),
        (Tool.SNPEFF, {"AA.pos / AA.length": "123/500"}, None, (123, 123)),
        (Tool.SNPEFF, {}, "p.Arg123Trp", (123, 123)),
        (Tool.BCFTOOLS, {"amino_acid_change": "123R>123W"}, None, (123, 123)),
        (Tool.BCFTOOLS, {"amino_acid_change": "470DG>470E"}, None, (470, 471)),
        (Tool.BCFTOOLS, {"amino_acid_change": "470D..526*>470E"}, None, None),
        (Tool.BCFTOOLS, {"amino_acid_change": "0M>0I"}, None, None),
        (Tool.BCFTOOLS, {}, None, None),
    ],
)
def test_residues_are_read_as_each_program_writes_them(tool, fields, hgvs, expected):
    said = Consequence(source=tool, allele=1, hgvs_p=hgvs, fields=fields)
    assert residues(Pick(said, Basis.MANE_SELECT)) == expected
    assert residues(Pick(said, Basis.RULE_SET)) == expected
    assert residues(Pick(said, Basis.CANONICAL)) is None  # regions are counted on another transcript
    assert residues(Pick(None, Basis.SEVERAL)) is None


# -------------------------------------------------------------------------------------------------- what is refused


@pytest.mark.parametrize(
    ("region", "where", "told"),
    [
        ({"id": "nls"}, {}, "genes[0].regions[0]: expected residues, or bases on both builds"),
        ({"id": "nls", "grch38": "1000100-1000200"}, {}, "expected residues, or bases on both builds"),
        (NLS | {"grch38": "1000100-1000200"}, {}, "expected residues, or bases on both builds"),
        (EXON | {"grch37": "1-2"}, {}, "genes[0].regions[0].grch37: expected bases inside G1; got 1-2"),
        (NLS, {"within": ["nsl"]}, "criteria[0].within[0]: expected a region of a gene of this rule set; got 'nsl'"),
        (NLS, {"outside": ["nsl"]}, "criteria[0].outside[0]: expected a region of a gene of this rule set"),
    ],
)
def test_a_region_that_cannot_be_is_refused(region, where, told):
    content = content_of(genes=[gene(1, {"A": 1000}, regions=[WORD | region])], criteria=[asking(**where)])
    with pytest.raises(RuleSetError) as caught:
        rules_of(content)
    assert any(told in str(fault) for fault in caught.value.faults), caught.value.faults
