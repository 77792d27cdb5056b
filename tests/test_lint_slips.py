"""Slips of a curator: each valid rule set with one slip in it is refused or gets a notice, and without it none."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

import pytest
from attrs import evolve
from hypothesis import assume, given
from hypothesis import strategies as st

from assigner.genome.builds import Build
from assigner.genome.hgvs import (
    CODONS,
    can_become,
    coding_change,
    is_rotation,
    protein_change,
    reverse_complement,
)
from assigner.genome.variants import Variant
from assigner.lint.baseline import new_notices, of_version
from assigner.lint.builds import of_builds
from assigner.lint.duplicates import is_same_change, of_duplicates
from assigner.lint.loci import of_loci
from assigner.lint.naming import of_names
from assigner.lint.notices import Notice, Severity
from assigner.lint.rows import of_rows
from assigner.lint.statements import of_statements
from assigner.rules import Rules, parse_rules, read_rules
from assigner.rules.consistency import faults
from assigner.rules.loading import SHIPPED, shipped_files
from assigner.rules.loci import Allele, Place
from assigner.testing.parts import WORD, allele, content_of, gene, marker, repeat, rules_of
from effort import times

SHIPPED_RULES = read_rules()
PLACED = [at for at, each in enumerate(SHIPPED_RULES.content.alleles) if each.place is not None]
NUCLEAR = [at for at in PLACED if not SHIPPED_RULES.content.alleles[at].is_mitochondrial]


def checked(rules: Rules) -> list[Notice]:
    """All that the check finds without trying genotypes."""
    return [*of_builds(rules), *of_names(rules), *of_duplicates(rules), *of_loci(rules), *of_statements(rules)]


BEFORE = checked(SHIPPED_RULES)


def of_one_gene(at: int, change: Callable[[Allele], dict[str, Any]] | None = None) -> Rules:
    """The shipped rule set with the alleles of one gene alone, of which one may be changed."""
    own = SHIPPED_RULES.content.alleles[at]
    kept = (each for each in SHIPPED_RULES.content.alleles if each.gene == own.gene)
    changed = own.model_copy(update=change(own)) if change else own
    alleles = tuple(changed if each is own else each for each in kept)
    return evolve(SHIPPED_RULES, content=SHIPPED_RULES.content.model_copy(update={"alleles": alleles}))


def at_place(**changed: Callable[[Place], Any]) -> Callable[[Allele], dict[str, Any]]:
    """A change of an allele's place."""

    def change(own: Allele) -> dict[str, Any]:
        assert own.place is not None
        return {"place": own.place.model_copy(update={name: of(own.place) for name, of in changed.items()})}

    return change


def is_noticed(at: int, change: Callable[[Allele], dict[str, Any]], *codes: str) -> bool:
    """Whether the rule set is refused for a changed allele, or the check newly finds one of these."""
    rules = of_one_gene(at, change)
    if list(faults(rules.content)):
        return True
    found = new_notices(checked(rules), checked(of_one_gene(at)))
    return bool({each.code for each in found if each.severity != "note"} & set(codes))


def test_the_places_and_names_of_the_shipped_rule_set_have_no_slip():
    told = [each for each in BEFORE if each.severity != "note" and each.code not in ("status_unfit", "policy_open")]
    assert {each.code for each in told} <= {"allele_within_another", "status_recalled"}


@pytest.mark.holds("CURA-08")
@given(at=st.sampled_from(NUCLEAR), build=st.sampled_from(Build), data=st.data())
def test_a_digit_that_was_dropped_is_noticed(at: int, build: Build, data: st.DataObject):
    own = SHIPPED_RULES.content.alleles[at]
    assert own.place is not None
    field = f"pos{build[-2:]}"
    digits = str(getattr(own.place, field))
    drop = data.draw(st.integers(0, len(digits) - 1))
    short = digits[:drop] + digits[drop + 1 :]
    assume(not short.startswith("0"))
    assert is_noticed(at, at_place(**{field: lambda _: int(short)}), "outside_gene", "builds_apart")


@pytest.mark.holds("CURA-08")
@given(at=st.sampled_from(NUCLEAR), far=st.integers(1, 10**6), sign=st.sampled_from((1, -1)))
def test_an_allele_outside_its_gene_on_both_builds_is_noticed(at: int, far: int, sign: int):
    own = SHIPPED_RULES.content.alleles[at]
    gene = next(each for each in SHIPPED_RULES.content.genes if each.symbol == own.gene)
    for build, (start, end) in ((Build.GRCH37, gene.grch37), (Build.GRCH38, gene.grch38)):
        pos = end + far if sign > 0 else start - far
        assume(pos > 0)
        assert is_noticed(at, at_place(**{f"pos{build[-2:]}": lambda _: pos}), "outside_gene")  # noqa: B023


@pytest.mark.holds("CURA-08")
@given(at=st.sampled_from(NUCLEAR))
def test_places_of_the_two_builds_that_were_exchanged_are_noticed(at: int):
    own = SHIPPED_RULES.content.alleles[at]
    assert own.place is not None
    assume(own.place.pos37 != own.place.pos38)
    swapped = at_place(pos37=lambda p: p.pos38, pos38=lambda p: p.pos37)
    assert is_noticed(at, swapped, "builds_swapped", "outside_gene", "builds_apart")


@pytest.mark.holds("CURA-08")
@given(at=st.sampled_from(PLACED), build=st.sampled_from(Build))
def test_bases_of_the_other_strand_on_one_build_are_noticed(at: int, build: Build):
    ref, alt = f"ref{build[-2:]}", f"alt{build[-2:]}"
    turned = at_place(**{each: lambda p, each=each: reverse_complement(getattr(p, each)) for each in (ref, alt)})
    assert is_noticed(at, turned, "builds_flipped", "builds_disagree")


@pytest.mark.holds("CURA-08")
@given(at=st.sampled_from([at for at in PLACED if SHIPPED_RULES.content.alleles[at].hgvs_c]), data=st.data())
def test_a_name_that_contradicts_the_change_is_noticed(at: int, data: st.DataObject):
    """Another base in a substitution, another number of bases in all else."""
    own = SHIPPED_RULES.content.alleles[at]
    text = own.hgvs_c or ""
    coding = coding_change(text)
    assert coding is not None
    if coding.kind == "substitution":
        wrong = text[:-1] + data.draw(st.sampled_from(sorted(set("ACGT") - {coding.inserted, coding.removed})))
    else:
        gain = data.draw(st.integers(1, 9).filter(lambda bases: bases != coding.gain))
        wrong = f"c.{coding.first.base}_{coding.first.base + 1}ins{'A' * gain}"
    assert is_noticed(at, lambda _: {"hgvs_c": wrong}, "hgvs_disagrees")


@pytest.mark.holds("CURA-08")
@given(
    at=st.sampled_from([at for at in PLACED if (protein_change(SHIPPED_RULES.content.alleles[at].hgvs_p or "") or 0)
                        and (c := coding_change(SHIPPED_RULES.content.alleles[at].hgvs_c or ""))
                        and c.kind == "substitution" and c.is_coding]),
    moved=st.integers(-3, 3).filter(bool),
)  # fmt: skip
def test_a_residue_that_is_not_at_the_codon_is_noticed(at: int, moved: int):
    own = SHIPPED_RULES.content.alleles[at]
    protein = protein_change(own.hgvs_p or "")
    assert protein is not None
    assume(protein.position + moved > 0)
    wrong = (own.hgvs_p or "").replace(str(protein.position), str(protein.position + moved), 1)
    assert is_noticed(at, lambda _: {"hgvs_p": wrong}, "hgvs_disagrees")


@pytest.mark.holds("CURA-08")
@times(3)
@given(number=st.integers(3, 12), data=st.data())
def test_an_allele_moved_along_one_exon_is_noticed(number: int, data: st.DataObject):
    """Three or more alleles of one exon: whichever was moved on both builds, its distance to the others tells."""
    spots = sorted(data.draw(st.sets(st.integers(1, 900), min_size=number, max_size=number)))
    moved = data.draw(st.integers(0, number - 1))
    by = data.draw(st.integers(-19, 19).filter(bool))
    alleles = [
        allele(f"a{at}", 1, 2000 + spot, "A", "C", hgvs_c=f"NM_1.1:c.{spot}A>C") for at, spot in enumerate(spots)
    ]
    sound = rules_of(content_of(genes=[gene(1, {"A": 1000})], alleles=alleles))
    assert not [each for each in checked(sound) if each.severity != "note"]
    place = alleles[moved]["place"]
    alleles[moved]["place"] = place | {name: place[name] + by for name in ("pos37", "pos38")}
    others = {each["place"]["pos38"] for at, each in enumerate(alleles) if at != moved}
    assume(alleles[moved]["place"]["pos38"] not in others)
    told = checked(rules_of(content_of(genes=[gene(1, {"A": 1000})], alleles=alleles)))
    assert "hgvs_apart" in {each.code for each in told}


@given(spots=st.sets(st.integers(-50, 900), min_size=2, max_size=30), introns=st.sets(st.integers(1, 900), max_size=4))
def test_alleles_of_several_exons_are_not_apart(spots: set[int], introns: set[int]):
    """Names counted along exons, with introns of 20 bases and more between, are in order on either strand."""
    for strand in (1, -1):
        alleles = []
        for spot in sorted(spots - {0}):
            place = spot if spot > 0 else spot + 1
            pos = 4500 + strand * (place + 25 * sum(cut < place for cut in introns))
            bases = ("A", "C") if strand > 0 else ("T", "G")
            alleles.append(allele(f"a{spot}", 1, pos, *bases, hgvs_c=f"NM_1.1:c.{spot}A>C"))
        rules = rules_of(content_of(genes=[gene(1, {"A": 1000})], alleles=alleles))
        assert not [each for each in checked(rules) if each.severity != "note"]


@pytest.mark.holds("CURA-08")
def test_an_inverted_region_is_no_slip_and_one_allele_of_it_is():
    """All alleles of a gene on the other strand in the reverse order: the region was turned round."""
    turned = [
        allele(f"a{at}", 1, at) | {"place": {"chrom": "1", "pos38": 1_000_000 + at, "ref38": "A", "alt38": "C",
                                             "pos37": 1_509_000 - at, "ref37": "T", "alt37": "G"}}
        for at in (10, 20, 900)
    ]  # fmt: skip
    assert not list(of_builds(rules_of(content_of(genes=[gene(1, {"A": 1000})], alleles=turned))))
    kept = [allele("b", 1, 10), turned[1]]
    codes = {each.code for each in of_builds(rules_of(content_of(genes=[gene(1, {"A": 1000})], alleles=kept)))}
    assert "builds_flipped" in codes


SLIPS: list[tuple[str, dict[str, Any], dict[str, Any]]] = [
    ("allele_twice",
     {"alleles": [allele("x", 1, 10, "G", "GC"), allele("y", 1, 11, "C", "CC")]},
     {"alleles": [allele("x", 1, 10, "G", "GC"), allele("y", 1, 11, "C", "CT")]}),
    ("allele_twice",
     {"alleles": [allele("x", 1, 10, "CAA", "C"), allele("y", 1, 12, "AAA", "A"), allele("z", 1, 20)]},
     {"alleles": [allele("x", 1, 10, "CAA", "C"), allele("y", 1, 12, "ATT", "A"), allele("z", 1, 20)]}),
    ("allele_twice",
     {"alleles": [allele("x", 1, 10, hgvs_c="NM_1.4:c.7A>C"), allele("y", 1, 40, hgvs_c="NM_1.5:c.7A>C")]},
     {"alleles": [allele("x", 1, 10, hgvs_c="NM_1.4:c.7A>C"), allele("y", 1, 40, hgvs_c="NM_1.5:c.37A>C")]}),
    ("marker_twice",
     {"markers": [marker("M", 1), marker("N", 1)]}, {"markers": [marker("M", 1), marker("NN", 1)]}),
    ("gene_twice",
     {"genes": [gene(1, {"A": 1000}, hgnc="HGNC:1"), gene(2, {"B": 1000}, hgnc="HGNC:1")]},
     {"genes": [gene(1, {"A": 1000}, hgnc="HGNC:1"), gene(2, {"B": 1000}, hgnc="HGNC:2")]}),
    ("gene_twice",
     {"genes": [gene(1, {"A": 1000}, aliases=["ALS9"]), gene(2, {"B": 1000}, aliases=["als9"])]},
     {"genes": [gene(1, {"A": 1000}, aliases=["ALS9"]), gene(2, {"B": 1000}, aliases=["als8"])]}),
    ("counted_twice",
     {"repeats": [repeat("R", 1), repeat("S", 1, motif="AGC")]},
     {"repeats": [repeat("R", 1), repeat("S", 1, motif="AAG", use="mimic")]}),
    ("counted_twice",
     {"repeats": [repeat("R", 1), repeat("S", 1, motif="CTG")]}, {"repeats": [repeat("R", 1), repeat("S", 2)]}),
    ("outside_gene",
     {"repeats": [repeat("R", 1, grch37="1515000-1515060")]}, {"repeats": [repeat("R", 1)]}),
    ("builds_flipped",
     {"alleles": [allele("x", 1, 10) | {"place": allele("x", 1, 10)["place"] | {"ref37": "T", "alt37": "G"}}]},
     {"alleles": [allele("x", 1, 10)]}),
    ("builds_flipped",
     {"alleles": [allele("x", 1, 10, "GC", "G") | {"place": allele("x", 1, 10, "GC", "G")["place"]
                                                   | {"ref37": "CG", "alt37": "C"}}]},
     {"alleles": [allele("x", 1, 10, "GC", "G")]}),
    ("hgvs_disagrees",
     {"alleles": [allele("x", 1, 10, "AT", "A", hgvs_c="c.5_6del")]},
     {"alleles": [allele("x", 1, 10, "AT", "A", hgvs_c="c.5del")]}),
    ("hgvs_disagrees",
     {"alleles": [allele("x", 1, 10, "AT", "A", hgvs_c="c.5dupT")]},
     {"alleles": [allele("x", 1, 10, "A", "AT", hgvs_c="c.5dupT")]}),
    ("hgvs_disagrees",
     {"alleles": [allele("x", 1, 10, "A", "ATC", hgvs_c="c.5_6insTA")]},
     {"alleles": [allele("x", 1, 10, "A", "ATC", hgvs_c="c.5_6insGA")]}),
    ("hgvs_disagrees",
     {"alleles": [allele("x", 1, 10, "AT", "A", hgvs_c="c.7del", hgvs_p="p.Ala3del")]},
     {"alleles": [allele("x", 1, 10, "AT", "A", hgvs_c="c.7del", hgvs_p="p.Ala3fs")]}),
    ("hgvs_disagrees",
     {"alleles": [allele("x", 1, 10, "ATTT", "A", hgvs_c="c.7_9del", hgvs_p="p.Ala3fs")]},
     {"alleles": [allele("x", 1, 10, "ATTT", "A", hgvs_c="c.7_9del", hgvs_p="p.Ala3del")]}),
    ("hgvs_disagrees",
     {"alleles": [allele("x", 1, 10, "C", "T", hgvs_c="c.8C>T", hgvs_p="p.Ala3Gly")]},
     {"alleles": [allele("x", 1, 10, "C", "T", hgvs_c="c.8C>T", hgvs_p="p.Ala3Val")]}),
    ("hgvs_disagrees",
     {"alleles": [allele("x", 1, 10, "C", "T", hgvs_c="c.8C>T", hgvs_p="p.Ala3Val"),
                  allele("y", 1, 9, "G", "A", hgvs_c="c.7G>A", hgvs_p="p.Gly3Ser")]},
     {"alleles": [allele("x", 1, 10, "C", "T", hgvs_c="c.8C>T", hgvs_p="p.Ala3Val"),
                  allele("y", 1, 9, "G", "A", hgvs_c="c.7G>A", hgvs_p="p.Ala3Thr")]}),
    ("hgvs_disagrees",
     {"genes": [gene(1, {"A": 1000}), gene(2, {"B": 1000}, transcripts=["NM_2.4"])],
      "alleles": [allele("x", 1, 10, hgvs_c="NM_2.9:c.7A>C")]},
     {"genes": [gene(1, {"A": 1000}), gene(2, {"B": 1000}, transcripts=["NM_2.4"])],
      "alleles": [allele("x", 1, 10, hgvs_c="NM_3.9:c.7A>C")]}),
    *[("name_disagrees", {"alleles": [allele("x", 1, 10, "C", "T", hgvs_p="p.Ala5Val") | {"name": name}]},
       {"alleles": [allele("x", 1, 10, "C", "T", hgvs_p="p.Ala5Val") | {"name": sound}]})
      for name, sound in (("A4V", "A5V"), ("p.Ala5Thr", "p.Ala5Val"), ("V5A", "A5V (once A4V)"))],
    ("builds_apart",
     {"alleles": [allele("x", 1, 10) | {"place": allele("x", 1, 10)["place"] | {"pos37": 1_500_011}}]},
     {"alleles": [allele("x", 1, 10)]}),
    *[(code, {"genes": [gene(1, {"A": 1000}, carrier_ppm=ppm), gene(2, {"B": 1000}, carrier_ppm=499_000)]},
       {"genes": [gene(1, {"A": 1000}, carrier_ppm=499_000), gene(2, {"B": 1000}, carrier_ppm=499_000)]})
      for code, ppm in (("prior_too_large", 500_000), ("prior_too_large", 502_000))],
    ("classified_after_source",
     {"alleles": [allele("x", 1, 10, classified="2026-07-01", sources=["ClinVar 2016-05", "ClinVar 2026-06"])]},
     {"alleles": [allele("x", 1, 10, classified="2026-06-30", sources=["ClinVar 2016-05", "ClinVar 2026-06"])]}),
    ("status_recalled",
     {"genes": [gene(1, {"A": 1000}, because="The onset is recalled.")]},
     {"genes": [gene(1, {"A": 1000}, because="The onset is recalled.", status="curator_judgement")]}),
    ("status_recalled",
     {"genes": [gene(1, {"A": 1000}, sources=["a paper, recalled"])]},
     {"genes": [gene(1, {"A": 1000}, sources=["a paper"])]}),
    *[("therapy_ended", {"flags": {"therapies": [{"id": "t", "gene": "G1", "product": "P", "stage": stage,
        "trigger": "pathogenic", "action": "hold", **WORD}]}}, {"flags": {"therapies": [{"id": "t", "gene": "G1",
        "product": "P", "stage": stage, "trigger": "pathogenic", "action": "report", **WORD}]}})
      for stage in ("ended negative", "stopped May 2024", "Phase 3 failed", "reported negative in 2025")],
]  # fmt: skip


@pytest.mark.holds("CURA-08")
@pytest.mark.parametrize(("code", "slip", "sound"), SLIPS)
def test_each_slip_is_noticed_and_its_neighbour_is_not(code: str, slip: dict[str, Any], sound: dict[str, Any]):
    genes = [gene(1, {"A": 1000}), gene(2, {"B": 1000})]
    for parts, expected in ((slip, True), (sound, False)):
        rules = rules_of(content_of(**{"genes": genes, **parts}))
        told = [*checked(rules), *of_rows(rules)]
        assert (code in {each.code for each in told if each.severity != "note"}) is expected, list(map(str, told))


def test_a_name_that_is_not_understood_is_named():
    told = checked(rules_of(content_of(genes=[gene(1, {"A": 1000})], alleles=[allele("x", 1, 10, hgvs_c="c.5inv")])))
    assert [(each.code, each.severity) for each in told] == [("hgvs_unread", Severity.NOTE)]


# What is new


@pytest.mark.holds("CURA-09")
def test_a_baseline_leaves_only_what_is_new():
    assert new_notices(BEFORE, BEFORE) == ()
    twice = [*BEFORE, BEFORE[0]]
    assert new_notices(twice, BEFORE) == (BEFORE[0],)
    assert new_notices(BEFORE, ()) == tuple(BEFORE)


@pytest.mark.holds("CURA-09")
@given(st.data())
def test_a_share_changed_under_the_same_version_is_noticed(data: st.DataObject):
    genes = list(SHIPPED_RULES.content.genes)
    at = data.draw(st.sampled_from([at for at, each in enumerate(genes) if each.shares]))
    share = genes[at].shares[0]
    own = share.model_copy(update={"share": share.share - 1 or 2})
    genes[at] = genes[at].model_copy(update={"shares": (own, *genes[at].shares[1:])})
    head = SHIPPED_RULES.content.rule_set
    for version, count in ((head.version, 1), (f"{head.version}.1", 0)):
        identity = head.model_copy(update={"version": version})
        changed = SHIPPED_RULES.content.model_copy(update={"genes": tuple(genes), "rule_set": identity})
        told = list(of_version(SHIPPED_RULES, evolve(SHIPPED_RULES, content=changed)))
        assert [each.code for each in told] == ["version_unchanged"] * count
    assert list(of_version(SHIPPED_RULES, SHIPPED_RULES)) == []


# Tables as spreadsheets write them


@pytest.mark.holds("RULE-02")
@given(mark=st.booleans(), windows=st.booleans(), chosen=st.sets(st.integers(0, 5)))
@times(0.5)
def test_a_byte_order_mark_and_windows_line_ends_change_nothing(mark: bool, windows: bool, chosen: set[int]):
    files = shipped_files()
    for at, name in enumerate(files):
        if at in chosen and name != "categories/cases.yaml":
            own = files[name].replace(b"\n", b"\r\n") if windows else files[name]
            files[name] = (b"\xef\xbb\xbf" if mark else b"") + own
    read = parse_rules(files[SHIPPED], files)
    assert read.content == SHIPPED_RULES.content


# HGVS


@given(
    ref=st.sampled_from("ACGT"),
    alt=st.sampled_from("ACGT"),
    at=st.integers(0, 2),
    codon=st.sampled_from(sorted(CODONS)),
)
def test_a_codon_can_become_what_it_does_become(ref: str, alt: str, at: int, codon: str):
    codon = codon[:at] + ref + codon[at + 1 :]
    becomes = CODONS[codon[:at] + alt + codon[at + 1 :]]
    assert can_become(CODONS[codon], becomes, at, ref, alt)
    never = set(CODONS.values()) - {CODONS[c[:at] + alt + c[at + 1 :]] for c in CODONS if CODONS[c] == CODONS[codon]
                                    and c[at] == ref}  # fmt: skip
    assert not any(can_become(CODONS[codon], each, at, ref, alt) for each in never)


@given(st.text("ACGT", max_size=6), st.text("ACGT", max_size=6))
def test_a_rotation_has_the_same_circle(one: str, other: str):
    turned: Iterable[str] = (one[at:] + one[:at] for at in range(len(one) or 1))
    assert is_rotation(one, other) == (other in set(turned))


@given(st.text("ACGT", min_size=6, max_size=12), st.data())
def test_two_ways_to_write_one_indel_are_the_same_change(sequence: str, data: st.DataObject):
    """Every pair of replacements of a known sequence: the same change when, and only when, the results are equal."""

    def draw() -> Variant:
        start = data.draw(st.integers(0, len(sequence) - 2))
        end = data.draw(st.integers(start + 1, len(sequence)))
        alt = data.draw(st.text("ACGT", min_size=1, max_size=4).filter(lambda each: each != sequence[start:end]))
        return Variant("1", start + 1, sequence[start:end], alt)

    one, other = draw(), draw()
    made = [sequence[: v.pos - 1] + v.alt + sequence[v.end :] for v in (one, other)]
    if is_same_change(one, other):
        assert made[0] == made[1]
    if made[0] == made[1] and max(one.pos, other.pos) <= min(one.end, other.end) + 1:
        assert is_same_change(one, other)
