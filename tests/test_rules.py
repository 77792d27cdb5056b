"""Rule sets: every fault at once with its place, nothing read in two ways, and a digest over every byte."""

from __future__ import annotations

import json
import pickle
from pathlib import Path
from typing import Any

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from assigner.errors import Fault, RuleSetError
from assigner.rules import Rules, digest_of, parse_rules, read_rules
from assigner.rules.listing import gene_listing, listing
from assigner.rules.lookup import found_listing
from assigner.testing.contents import contents
from assigner.testing.parts import (
    REASONS,
    WORD,
    allele,
    category,
    content_of,
    criterion,
    gene,
    marker,
    mitochondrial_gene,
    repeat,
    rules_of,
    tier,
)

PLAIN = json.dumps(content_of(), indent=1)  # one field a line, so that line numbers tell


def faults_of(source: str | bytes | dict[str, Any], tables: dict[str, bytes] | None = None) -> tuple[Fault, ...]:
    if isinstance(source, dict):
        source = json.dumps(source, indent=1)
    with pytest.raises(RuleSetError) as raised:
        parse_rules(source.encode() if isinstance(source, str) else source, tables, name="rules.yaml")
    assert str(raised.value).splitlines() == [line for f in raised.value.faults for line in str(f).splitlines()]
    return raised.value.faults


# ---------------------------------------------------------------------------------------------------------------- YAML

KEPT = """
rule_set: {id: t, version: 1.10, title: NO, status: draft,
  curators: [NO, 1e3, "12:30", 0x10, 2026-11-21, ~, null, "true"]}
categories: [{id: "NO", name: on, intervention: 1_000, because: yes, sources: [12:30:45], status: confirmed}]
"""
BOMB = "a: &a [x, x]\nb: &b [*a, *a, *a, *a, *a, *a, *a, *a, *a]\n" + "\n".join(
    f"{new}: &{new} [{', '.join([f'*{old}'] * 9)}]" for old, new in zip("bcdefgh", "cdefghi", strict=True)
)


@pytest.mark.holds("RULE-02")
def test_every_scalar_is_the_text_that_stands_there():
    rest = content_of()
    kept = KEPT + "\n".join(f"{k}: {json.dumps(v)}" for k, v in rest.items() if k not in ("rule_set", "categories"))
    content = parse_rules(kept.encode()).content
    assert (content.rule_set.version, content.rule_set.title) == ("1.10", "NO")
    assert content.rule_set.curators == ("NO", "1e3", "12:30", "0x10", "2026-11-21", "~", "null", "true")
    shown = content.categories[0]
    assert (shown.id, shown.name, shown.intervention, shown.because) == ("NO", "on", "1_000", "yes")


@pytest.mark.holds("RULE-02")
@pytest.mark.parametrize(
    ("source", "line", "expected", "got"),
    [
        ("", 1, "a rule set", "an empty file"),
        ("# nothing\n", 1, "a rule set", "an empty file"),
        ("---\n...\n", 1, "a mapping", "''"),
        ("- a\n- b\n", 1, "a mapping", "['a', 'b']"),
        ("text", 1, "a mapping", "'text'"),
        (b"a: 1\nb: \xff\n", 2, "UTF-8", "0xff"),
        (PLAIN.encode("utf-16"), 1, "UTF-8", "0x"),
        ("a: 1\na: 2\n", 2, "each key once", "the key again"),
        ("a: {b: 1,\n  b: 2}\n", 2, "each key once", "the key again"),
        ("a: &x 1\n", 1, "no anchors", "&x"),
        ("a: 1\nb: *x\n", 2, "a value", "the alias *x"),
        (BOMB, 1, "no anchors", "&a"),
        ("a: 1\n<<: {b: 1}\n", 2, "no merge key", "'<<'"),
        ("a: !!python/object:os.system x\n", 1, "no tags", "python/object"),
        ("a: !x 1\n", 1, "no tags", "'!x'"),
        ("a: !!str 1\n", 1, "no tags", "str"),
        ("a: 1\n---\nb: 1\n", 2, "one document", "a second one"),
        ("? [a]\n: 1\n", 1, "a word as key", "a collection"),
        ("? {a: 1}\n: 1\n", 1, "a word as key", "a collection"),
        ("\u0430: 1\n", 1, "keys in ASCII", "'\u0430'"),
        ("a: [1\n", 2, "YAML", ""),
        ("a: 'x\n", 2, "YAML", ""),
        ("\ta: 1\n", 1, "YAML", ""),
        ("a: b: c\n", 1, "YAML", ""),
        ("%YAML 3.0\n---\na: 1\n", 1, "YAML", ""),
        ("a: \x00\n", 1, "YAML", ""),
        ("a: \x1b\n", 1, "YAML", ""),
        ("[" * 30 + "]" * 30, 1, "at most 20 levels", "more"),
        ("[" * 100_000, 1, "at most 20 levels", "more"),
        ("{a: " * 100_000, 1, "at most 20 levels", "more"),
        ("- " * 50_000, 1, "at most 20 levels", "more"),
        ("[" * 100_000 + "]" * 100_000, 1, "at most 20 levels", "more"),
        (" " * 10_000_001, 1, "at most 10000000 bytes", "10000001"),
        (f"a: [{'x,' * 1_000_000}]", 1, "at most 1000000 values", "more"),
        (f"a: [{'&a x,' * 100_000}]", 1, "at most 10000 faults", "more"),
        ("k: x\n" * 50_000, 10_001, "at most 10000 faults", "more"),
        (f"{'k' * 121}: [{'&a x,' * 10}]", 1, "keys of at most 120 characters", "121"),
    ],
    ids=lambda value: repr(value[:30]) if isinstance(value, str | bytes) else value,
)
def test_yaml_that_could_be_read_in_two_ways_is_refused_at_its_line(source, line, expected, got):
    found = [f for f in faults_of(source) if expected in f.expected]
    assert found and found[0].line == line and got in found[0].got, found


# -------------------------------------------------------------------------------------------------------------- fields

BARE = content_of()


def change(path: str, value: Any, **more: Any) -> dict[str, Any]:
    """The plain rule set with one part set to another value, or taken away by `...`."""
    content = json.loads(json.dumps(BARE | more))
    *around, last = [int(step) if step.isdigit() else step for step in path.split(".")]
    part = content
    for step in around:
        part = part[step]
    if value is ...:
        del part[last]
    else:
        part[last] = value
    return content


GENES: dict[str, Any] = {"genes": [gene(1, {"A": 600}), gene(2, {"B": 1000})]}
ALLELES: dict[str, Any] = GENES | {"alleles": [allele("X", 1, 100), allele("Y", 1, 200)]}
REPEATS: dict[str, Any] = GENES | {"repeats": [repeat("R", 1)]}
MARKERS: dict[str, Any] = GENES | {"markers": [marker("M", 1), marker("N", 1)]}
MIMIC = {"id": "m", "gene": "G1", "disorder": "x", "trigger": "one", "action": "hold", **WORD}
LINKED: dict[str, Any] = GENES | {"markers": [marker("M", 1, locus="l"), marker("N", 1)]}
BANDS = [{"least": 1, "most": 1, "means": "harmful"}, {"least": 2, "most": 2, "means": "normal"}]
BANDED: dict[str, Any] = GENES | {"repeats": [repeat("R", 1, bands=BANDS)]}
TWO_REPEATS: dict[str, Any] = GENES | {"repeats": [repeat("R", 1), repeat("S", 1)]}
ASKING = MIMIC | {"trigger": "repeat"}
THERAPY = {"id": "t", "gene": "G1", "product": "x", "stage": "x", "trigger": "none", "action": "hold", **WORD}
EXAMPLE = {"id": "e", "because": "x", "profile": {}, "expect": {"outcome": "maybe"}}
STRATUM = {"id": "s", "marker": "M", "report": "x", **WORD}
SHARES = GENES["genes"][0]["shares"]
SHARED_END = ALLELES["alleles"][0]["place"] | {"ref38": "CA", "alt38": "CG"}
LOF_CRITERION = criterion("consequence", 1)

FAULTY: list[tuple[dict[str, Any], str, str]] = [
    (change("rule_set", ...), "rule_set", "this field"),
    (change("rule_sets", {}), "rule_sets", "'rule_set' (did you mean that?)"),
    (change("decision.tiers.0.minimun", 1), "decision.tiers[0].minimun", "'minimum' (did you mean that?)"),
    (change("categories.0.colour", "red"), "categories[0].colour", "one of because, dose, full_at, id"),
    (change("alleles.0.clas", "benign", **ALLELES), "alleles[0].clas", "'class' (did you mean that?)"),
    (change("criteria.0.reach", "whole"), "criteria[0].reach", "a field that this kind has"),
    (change("criteria", [criterion("deletion", 1, reach="half")]), "criteria[0].reach", "'whole' or 'exon'"),
    (change("criteria", [criterion("consequence", 1, terms=["stop_gained", "splice_doner_variant"])]),
     "criteria[0].terms[1]", "'splice_donor_variant' (did you mean that?)"),
    (change("criteria", [criterion("consequence", 1, terms=["x"])]), "criteria[0].terms[0]", "that annotators write"),
    (change("criteria.0.kind", "allele"), "criteria[0]", ""),
    (change("criteria.0.kind", ...), "criteria[0]", ""),
    (change("criteria", []), "criteria", "at least 1"),
    (change("categories", []), "categories", "at least 1"),
    (change("categories", "A"), "categories", "a list"),
    (change("categories.1.id", "A"), "categories[1]", "an id not used before"),
    (change("categories.0.id", "a b"), "categories[0].id", "text like"),
    (change("categories.0.name", ""), "categories[0].name", "at least 1 character"),
    (change("categories.0.sources", []), "categories[0].sources", "at least 1"),
    (change("categories.0.sources", ["x"]), "categories[0].sources[0]", "PMID:digits"),
    (change("categories.0.status", "Confirmed"), "categories[0].status", "'confirmed'"),
    (change("decision.tiers", []), "decision.tiers", "at least 1"),
    (change("decision.tiers.0.minimum", "0"), "decision.tiers[0].minimum", "at least 1"),
    (change("decision.tiers.0.minimum", "1.0"), "decision.tiers[0].minimum", "a whole number"),
    (change("decision.tiers.0.minimum", "1e3"), "decision.tiers[0].minimum", "a whole number"),
    (change("decision.tiers.0.minimum", "0300"), "decision.tiers[0].minimum", "a whole number"),
    (change("decision.tiers.0.minimum", "+300"), "decision.tiers[0].minimum", "a whole number"),
    (change("decision.tiers.0.minimum", "\u0663"), "decision.tiers[0].minimum", "a whole number"),
    (change("decision.tiers.0.minimum", "9" * 18), "decision.tiers[0].minimum", "at most"),
    (change("decision.tiers.0.minimum", "9" * 5000), "decision.tiers[0].minimum", "a whole number"),
    (change("decision.tiers.0.minimum", []), "decision.tiers[0].minimum", "a whole number"),
    (change("decision.tiers.0.opens", "true"), "decision.tiers[0].opens", "'yes' or 'no'"),
    (change("decision.tiers.0.opens", "no"), "decision.tiers[0].opens", "a first tier that opens"),
    (change("decision.tiers.0.tier", "2"), "decision.tiers[0].tier", "tiers in order"),
    (change("decision.tiers", [tier(1), tier(2, opens="no"), tier(3)]), "decision.tiers[2].opens", "opening tiers"),
    (change("decision.tie_breaks", ["seeded", "seeded"]), "decision.tie_breaks[1]", "each tie-break once"),
    (change("decision.tie_breaks", ["coin"]), "decision.tie_breaks[0]", "'seeded'"),
    (change("decision.policy.tied", "note"), "decision.policy.tied", "'review'"),
    (change("decision.policy.quality", ...), "decision.policy.quality", "this field"),
    (change("decision.unsettled_above_ppm", "1000001"), "decision.unsettled_above_ppm", "at most"),
    (change("criteria.0.tier", "2"), "criteria[0].tier", "a tier from 1 to 1"),
    (change("criteria.0.points", "1000001"), "criteria[0].points", "at most"),
    (change("criteria.0.points", "-1"), "criteria[0].points", "at least"),
    (change("criteria", [criterion("heteroplasmy", 1, ignored="0.6")]), "criteria[0].counts", "more than ignored"),
    (change("criteria", [criterion("heteroplasmy", 1, counts="60")]), "criteria[0].counts", "from 0 to 1"),
    (change("criteria", [criterion("heteroplasmy", 1, counts="1.5")]), "criteria[0].counts", "from 0 to 1"),
    (change("criteria", [LOF_CRITERION | {"predictor": "REVEL"}]), "criteria[0]", "predictor and at_least together"),
    (change("criteria", [LOF_CRITERION | {"predictor": "X", "at_least": "0.5"}]), "criteria[0].predictor", "a name of"),
    (change("criteria", [LOF_CRITERION | {"terms": []}]), "criteria[0].terms", "at least 1"),
    (change("genes.0.shares.0.category", "Z", **GENES), "genes[0].shares[0].category", "a category of this rule set"),
    (change("genes.0.shares.0.share", "1001", **GENES), "genes[0].shares[0].share", "at most"),
    (change("genes.0", gene(1, {"A": 600, "B": 401}), **GENES), "genes[0].shares", "at most 1000 together"),
    (change("genes.0.shares", SHARES * 2, **GENES), "genes[0].shares[1].category", "each"),
    (change("genes.1.symbol", "G1", **GENES), "genes[1]", "an id not used before"),
    (change("genes.1.aliases", ["G1"], **GENES), "genes[1]", "no other gene has"),
    (change("genes.0.grch38", "10-9", **GENES), "genes[0].grch38", "START-END"),
    (change("genes.0.grch37", "1-999999999", **GENES), "genes[0].grch37", "inside chromosome 1"),
    (change("genes.0.chrom", "chr1", **GENES), "genes[0].chrom", "text like"),
    (change("genes.0.chrom", "23", **GENES), "genes[0].chrom", "text like"),
    (change("alleles.0.gene", "G3", **ALLELES), "alleles[0].gene", "a gene of the genes or mimics"),
    (change("alleles.0.place", ..., **ALLELES), "alleles[0].place", "this field"),
    (change("alleles.0.place.ref38", "N", **ALLELES), "alleles[0].place.ref38", "text like"),
    (change("alleles.0.place.alt38", "A", **ALLELES), "alleles[0]", "REF and ALT that differ"),
    (change("alleles.0.place.pos38", "300000000", **ALLELES), "alleles[0]", "a place inside chromosome 1 of GRCh38"),
    (change("alleles.0.place.chrom", "2", **ALLELES), "alleles[0]", "its gene's chromosome 1"),
    (change("alleles.0.place", SHARED_END, **ALLELES), "alleles[0]", "without shared ends"),
    (change("alleles.1.place.pos38", "1000100", **ALLELES), "alleles[0]", "a place on GRCh38 that no other"),
    (change("alleles.1.place.pos37", "1500100", **ALLELES), "alleles[1]", "a place on GRCh37 that no other"),
    (change("alleles.0.clinvar", "RCV1", **ALLELES), "alleles[0].clinvar", "text like"),
    (change("repeats.0.normal", "30", **REPEATS), "repeats[0]", "a normal band that ends below"),
    (change("repeats.0.bands", BANDS, **REPEATS), "repeats[0]", "normal and expanded, or bands"),
    (change("repeats.0.bands", BANDS[::-1], **BANDED), "repeats[0]", "bands in ascending order"),
    (change("repeats.0.bands", BANDS[:1], **BANDED), "repeats[0]", "a normal and a harmful band"),
    (change("repeats.0.bands.1.most", "1", **BANDED), "repeats[0]", "bands whose most is not below their least"),
    (change("repeats.0.bands.0.most", "2", **BANDED), "repeats[0]", "bands in ascending order that do not overlap"),
    (change("repeats.0.reference", "GCA", **REPEATS), "repeats[0]", "another motif than the one that is counted"),
    (change("repeats.1", repeat("S", 1, bands=[*BANDS[:1], {"least": 30, "means": "normal"}]), **TWO_REPEATS),
     "repeats[1].bands", "a size that is normal for R too"),
    (change("repeats.0.gene", "G3", **REPEATS), "repeats[0].gene", "a gene of the genes or mimics"),
    (change("repeats.0.motif", "CAGX", **REPEATS), "repeats[0].motif", "text like"),
    (change("markers.0.rsid", "4242007", **MARKERS), "markers[0].rsid", "text like"),
    (change("markers.1.rsid", marker("M", 1)["rsid"], **MARKERS), "markers[1].rsid", "no other marker has"),
    (change("markers.1", marker("N", 2, locus="l"), **LINKED), "markers[1].locus", "a marker on chromosome 1, as its"),
    (change("markers.0.other", "C", **MARKERS), "markers[0].other", "another base than effect"),
    (change("markers.0.effect", ..., **MARKERS), "markers[0]", "the reason for which the marker is inactive"),
    (change("markers.0.pos38", "300000000", **MARKERS), "markers[0]", "a place inside chromosome 1 of GRCh38"),
    (change("flags", {"mimics": [MIMIC | {"repeat": "R"}]}, **REPEATS), "flags.mimics[0]", "and only then"),
    (change("flags", {"mimics": [ASKING]}, **REPEATS), "flags.mimics[0].repeat", "a repeat"),
    (change("flags", {"mimics": [ASKING | {"repeat": "Q"}]}, **REPEATS), "flags.mimics[0].repeat", "a repeat of"),
    (change("flags", {"mimics": [MIMIC, MIMIC]}, **GENES), "flags.mimics[1]", "an id not used before"),
    (change("flags", {"therapies": [THERAPY | {"gene": "G3"}]}, **GENES), "flags.therapies[0].gene", "a gene"),
    (change("flags", {"stratification": [STRATUM | {"marker": "Q"}]}, **MARKERS), "flags.stratification", "a marker"),
    (change("flags", "none"), "flags", "fields by name"),
    (change("examples", [EXAMPLE]), "examples[0].expect.outcome", "'assigned'"),
    (change("rule_set.status", "approved"), "rule_set.curators", "curators"),
    (change("rule_set.tables", {"gene": "g.yaml"}), "rule_set.tables", ""),
    (change("rule_set.tables", {"genes": "../../etc/passwd"}), "rule_set.tables.genes", "a file beside the rule set"),
]  # fmt: skip


@pytest.mark.holds("RULE-01")
@pytest.mark.parametrize(("content", "path", "expected"), FAULTY, ids=[f"{f[1]}-{f[2]}"[:60] for f in FAULTY])
def test_a_faulty_field_is_told_with_its_place_and_what_was_expected(content, path, expected):
    found = faults_of(content)
    fitting = [f for f in found if f.path.startswith(path) and expected in f.expected]
    assert fitting, found
    assert fitting[0].file == "rules.yaml" and 1 <= fitting[0].line <= len(json.dumps(content, indent=1).splitlines())


def test_a_fault_names_the_line_of_its_part():
    content = change("criteria.0.tier", "9")
    (fault,) = faults_of(content)
    assert '"tier": "9"' in json.dumps(content, indent=1).splitlines()[fault.line - 1]


@pytest.mark.holds("RULE-01")
def test_all_faults_are_told_at_once_in_file_order():
    content = change("categories.0.status", "sure")
    content["decision"]["tiers"][0]["margin"] = "many"
    content["nonsense"] = "x"
    found = faults_of(content)
    assert [f.path for f in found] == ["categories[0].status", "decision.tiers[0].margin", "nonsense"]
    assert [f.line for f in found] == sorted(f.line for f in found)
    source = "a: &x 1\nb: *x\n" + "\n".join(f"{k}: {json.dumps(v)}" for k, v in content.items())
    assert len(faults_of(source)) == 7


@pytest.mark.holds("RULE-01")
def test_faults_between_parts_are_told_together():
    found = faults_of(change("criteria.0.tier", "9", **GENES | {"genes": [gene(1, {"Z": 1}), gene(1, {"A": 1})]}))
    assert len(found) >= 4


@pytest.mark.holds("RULE-04")
def test_disputed_and_retracted_rules_stop_approval():
    approved = {"id": "t", "version": "1", "title": "t", "status": "approved", "curators": ["someone"]}
    good = content_of(rule_set=approved, **ALLELES)
    assert rules_of(good)
    for part in ("decision", "gates"):
        (fault,) = faults_of(good | {part: good[part] | {"status": "retracted"}})
        assert fault.path == f"{part}.status"
    for part in ("categories", "criteria", "genes", "alleles"):
        first, *rest = good[part]
        (fault,) = faults_of(good | {part: [first | {"status": "disputed"}, *rest]})
        assert fault.path == f"{part}[0].status"
    shares = [s | {"status": "disputed"} for s in good["genes"][0]["shares"]]
    (fault,) = faults_of(good | {"genes": [good["genes"][0] | {"shares": shares}, good["genes"][1]]})
    assert fault.path == "genes[0].shares[0].status"
    shelved = allele("Z", 1, 300, status="disputed", inactive="disputed")
    assert rules_of(good | {"alleles": [*good["alleles"], shelved]})


ANY_YAML = st.one_of(
    st.binary(max_size=80),
    st.text(max_size=80).map(str.encode),
    st.text("ab:-[]{}&*!#|>'\"\n ?,%@`0\t", max_size=60).map(str.encode),
)


@pytest.mark.holds("RULE-07")
@given(ANY_YAML)
@example(b'"\\ud800"')
@example(b'a: "\\U00110000"')
@example(b"? *a : b")
@example(b"*a")
@example(b"--- ---")
@example(b"a: |\n  x\n b: 1")
def test_any_bytes_are_rules_or_an_error_that_says_why(source):
    assert faults_of(source)


@pytest.mark.holds("RULE-01")
@given(st.data())
def test_any_change_of_a_value_gives_rules_or_an_error_that_says_why(data):
    content = data.draw(contents())
    part = data.draw(st.sampled_from(sorted(content)))
    words = st.sampled_from(["", "0", "-1", "yes", "GRCh38", "x" * 200, "1-2", "A", "1e9"])
    content[part] = data.draw(st.one_of(words, st.lists(words, max_size=2), st.dictionaries(words, words, max_size=2)))
    try:
        assert isinstance(rules_of(content), Rules)
    except RuleSetError as error:
        assert error.faults and pickle.loads(pickle.dumps(error)).faults == error.faults


# -------------------------------------------------------------------------------------------------------------- tables


def tabled(**tables: str) -> dict[str, Any]:
    return content_of(rule_set={"id": "t", "version": "1", "title": "t", "status": "draft", "tables": tables}, **GENES)


HEAD = (
    "id\tgene\tname\tclass\tneeds\tchrom\tpos37\tref37\talt37\tpos38\tref38\talt38\tinactive\tbecause\tsources\tstatus"
)
ROW = "X\tG1\tX\tpathogenic\tone\t1\t1500100\tA\tC\t1000100\tA\tC\t\ta test\ta test; another one\tconfirmed"

PLACELESS = ROW.replace("1\t1500100\tA\tC\t1000100\tA\tC", "\t" * 6)


def table(*rows: str) -> dict[str, bytes]:
    return {"alleles.tsv": "\n".join([HEAD, *rows]).encode()}


@pytest.mark.holds("RULE-07")
@pytest.mark.parametrize(
    ("rows", "line", "expected"),
    [
        (b"\t".join(b"c%d" % at for at in range(100_000)), 1, "at most 100 columns"),
        (b"a\tb\n" + b"x\n" * 400_000, 50_001, "at most 50000 rows"),
        (b"a\tb\n" + b"x\ty\n" * 200_000, 50_001, "at most 50000 rows"),
        (b"\n" * 9_000_000, 1, "a row of column names"),
        (b"x" * 10_000_001, 1, "at most 10000000 bytes"),
    ],
    ids=["columns", "uneven rows", "rows", "empty", "bytes"],
)  # fmt: skip
def test_a_table_beyond_a_stated_limit_is_refused_in_bounded_time(rows, line, expected):
    fault = faults_of(tabled(alleles="alleles.tsv"), {"alleles.tsv": rows})[0]
    assert (fault.file, fault.line) == ("alleles.tsv", line) and expected in fault.expected


@pytest.mark.holds("RULE-07")
@pytest.mark.parametrize(
    "content",
    [
        content_of(genes=[{"sources": []}] * 2_000),
        content_of(genes=["x"] * 12_000),
        content_of(genes=[{"unknown": "x"}] * 2_000),
        content_of(genes=[gene(1, {}) | {"shares": [{"category": "A", "share": "1", **WORD}] * 12_000}]),
        content_of(criteria=[{}] * 12_000),
    ],
    ids=["too short lists", "no mappings", "unknown fields", "shares", "no kinds"],
)
def test_the_list_of_faults_ends_after_ten_thousand_and_says_so(content):
    faults = faults_of(json.dumps(content))
    assert len(faults) == 10_001 and "at most 10000 faults" in [fault.expected for fault in faults]


def test_a_file_without_an_end_is_not_read_to_its_end(tmp_path):
    if not Path("/dev/zero").exists():
        pytest.skip("no such file here")
    with pytest.raises(RuleSetError, match="at most 10000000 bytes"):
        read_rules("/dev/zero")
    (tmp_path / "endless.tsv").symlink_to("/dev/zero")
    (tmp_path / "r.yaml").write_text(json.dumps(tabled(alleles="endless.tsv")))
    with pytest.raises(RuleSetError, match=r"endless.tsv:1: .*at most 10000000 bytes"):
        read_rules(tmp_path / "r.yaml")


@pytest.mark.holds("RULE-06")
def test_a_table_says_what_a_list_would():
    (found,) = rules_of(tabled(alleles="alleles.tsv"), table("# a comment", ROW, "")).content.alleles
    assert (
        found
        == rules_of(
            content_of(**GENES, alleles=[allele("X", 1, 100, sources=["a test", "another one"])])
        ).content.alleles[0]
    )
    windows = {"alleles.tsv": table(ROW)["alleles.tsv"].replace(b"\n", b"\r\n")}
    assert rules_of(tabled(alleles="alleles.tsv"), windows).content.alleles == (found,)


@pytest.mark.holds("RULE-01")
@pytest.mark.parametrize(
    ("tables", "file", "line", "expected"),
    [
        ({}, "rules.yaml", None, "a file beside the rule set"),
        (table(ROW + "\tmore"), "alleles.tsv", 2, "16 cells"),
        (table(ROW, "X\tG1"), "alleles.tsv", 3, "16 cells"),
        (table(ROW, ROW), "alleles.tsv", 3, "an id not used before"),
        (table(ROW.replace("one\t", "once\t")), "alleles.tsv", 2, "'one', 'two'"),
        (table(ROW.replace("pathogenic", "")), "alleles.tsv", 2, "this field"),
        (table(ROW.replace("\t1000100\tA", "\t\t")), "alleles.tsv", 2, "this field"),
        (table(PLACELESS), "alleles.tsv", 2, "or the reason for which the allele is inactive"),
        ({"alleles.tsv": b""}, "alleles.tsv", 1, "a row of column names"),
        ({"alleles.tsv": b"# only\n\n"}, "alleles.tsv", 1, "a row of column names"),
        ({"alleles.tsv": b"id\tid\n"}, "alleles.tsv", 1, "each name once"),
        ({"alleles.tsv": b"id\n\xff\n"}, "alleles.tsv", 2, "UTF-8"),
        ({"alleles.tsv": b"\xef\xbb\xbfid\nX\n"}, "alleles.tsv", 2, ""),
        ({"alleles.tsv": b"x" * 10_000_001}, "alleles.tsv", 1, "at most"),
    ],
)
def test_a_faulty_table_is_told_with_its_own_line(tables, file, line, expected):
    found = [f for f in faults_of(tabled(alleles="alleles.tsv"), tables) if expected in f.expected and f.file == file]
    assert found and line in (None, found[0].line), found


@pytest.mark.holds("RULE-06")
@pytest.mark.parametrize(
    ("content", "tables", "expected"),
    [
        (tabled(genes="g.yaml"), {"g.yaml": b"[]"}, "given both here and in table"),
        (tabled(alleles="a.yaml"), {"a.yaml": b"alleles: []"}, "a list"),
        (tabled(alleles="a.yaml"), {"a.yaml": b"text"}, "a list"),
        (tabled(alleles="a.yaml"), {"a.yaml": b"[&x 1]"}, "no anchors"),
        (tabled(mimics="m.tsv") | {"flags": "text"}, {"m.tsv": b"id\n"}, "given both here and in table"),
        (tabled(mimics="m.tsv") | {"flags": ["x"]}, {"m.tsv": b"id\n"}, "given both here and in table"),
        (tabled(mimics="m.tsv") | {"flags": {"mimics": []}}, {"m.tsv": b"id\n"}, "given both here and in table"),
        (tabled(alleles="rules.yaml"), {"rules.yaml": b"[]"}, "is named twice"),
        (tabled(alleles="t.yaml", markers="t.yaml"), {"t.yaml": b"[]"}, "is named twice"),
    ],
)
def test_no_part_is_dropped_for_another_without_a_word(content, tables, expected):
    assert [f for f in faults_of(content, tables) if expected in str(f)]


@pytest.mark.holds("RULE-06")
@pytest.mark.parametrize("name", ["../g.yaml", "/etc/passwd", "a/../../g.yaml", "nowhere.yaml", "a\x00b", ".", "sub"])
def test_tables_are_read_from_beside_the_file_alone(tmp_path, name):
    home = tmp_path / "home"
    (home / "sub").mkdir(parents=True)
    (tmp_path / "g.yaml").write_text("[]")
    content = content_of() | {"rule_set": tabled(genes=name)["rule_set"]}
    (home / "rules.yaml").write_text(json.dumps(content))
    with pytest.raises(RuleSetError, match="a file beside the rule set"):
        read_rules(home / "rules.yaml")


def test_a_rule_set_is_read_with_its_tables_from_a_folder(tmp_path):
    (tmp_path / "alleles.tsv").write_bytes(table(ROW)["alleles.tsv"])
    (tmp_path / "mine.yaml").write_text(json.dumps(tabled(alleles="alleles.tsv")))
    read = read_rules(tmp_path / "mine.yaml")
    assert list(read.files) == ["mine.yaml", "alleles.tsv"]
    assert read.digest == rules_of(tabled(alleles="alleles.tsv"), table(ROW)).digest
    with pytest.raises(RuleSetError, match=r"none\.yaml: expected a readable file"):
        read_rules(tmp_path / "none.yaml")
    with pytest.raises(RuleSetError, match="a readable file; got a directory: give a file in it"):
        read_rules(tmp_path)


# ------------------------------------------------------------------------------------------------------------- digests


@pytest.mark.holds("RULE-03")
@given(st.integers(0, len(PLAIN)), st.sampled_from(["", " "]))
def test_the_digest_changes_when_a_byte_does_and_only_then(at, space):
    source = (PLAIN + "\n#" + space).encode()
    other = (PLAIN + "\n#" + space + "x" * (at % 3)).encode()
    assert (parse_rules(source).digest == parse_rules(other).digest) == (source == other)
    assert parse_rules(source, name="another.yaml").digest == parse_rules(source).digest


@pytest.mark.holds("RULE-03")
def test_the_digest_covers_every_table_and_its_name():
    content = tabled(alleles="alleles.tsv")
    one, other = (rules_of(content, table(*rows)) for rows in ([ROW], [ROW, "# a comment"]))
    assert one.digest != other.digest and one.content == other.content
    assert digest_of(one.files) == one.digest
    assert (
        len(
            {
                one.digest,
                digest_of({"a": "0", "b": "1"}),
                digest_of({"a": "1", "b": "0"}),
                digest_of({"a": "0", "c": "1"}),
            }
        )
        == 4
    )
    assert one != other and one == rules_of(content, table(ROW)) and len({one, rules_of(content, table(ROW))}) == 1


def test_a_rule_set_never_changes():
    rules = rules_of(content_of())
    with pytest.raises(TypeError):
        rules.files["x"] = "y"
    with pytest.raises(Exception, match="frozen"):
        rules.content.categories[0].name = "x"
    with pytest.raises(Exception):  # noqa: B017
        rules.digest = "x"


# --------------------------------------------------------------------------------------------------- in words, shipped


@given(contents())
def test_every_rule_set_can_be_listed_whole(content):
    read = rules_of(content).content
    text = "\n".join(listing(read))
    assert all(c["id"] in text and c["intervention"] in text for c in content["categories"])
    for g in content["genes"]:
        told = "\n".join(gene_listing(read, g["symbol"]))
        assert all(a["id"] in told for a in content["alleles"] if a["gene"] == g["symbol"])
        assert all(r["id"] in told for r in content["repeats"] if r["gene"] == g["symbol"])
        assert all(m["rsid"] in told for m in content["markers"] if m["gene"] == g["symbol"])
    with pytest.raises(RuleSetError, match="a gene of this rule set"):
        list(gene_listing(read, "NOPE"))


@pytest.mark.holds("CURA-10")
@given(contents(), st.data())
def test_every_part_is_found_by_its_name_in_any_case(content, data):
    read = rules_of(content).content
    shown = {
        "genes": ("symbol", lambda g: g["symbol"]), "alleles": ("id", lambda a: a["id"]),
        "repeats": ("id", lambda r: f"repeat {r['id']}"), "markers": ("rsid", lambda m: f"marker {m['rsid']}"),
        "categories": ("id", lambda c: c["intervention"]), "criteria": ("id", lambda c: f"tier {c['tier']}"),
    }  # fmt: skip
    for part, (label, words) in shown.items():
        for each in content.get(part, []):
            name = data.draw(st.sampled_from((str.upper, str.lower, str.swapcase)))(each[label])
            assert words(each) in "\n".join(found_listing(read, name))


@pytest.mark.holds("CURA-10")
@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("sod1", "SOD1 (HGNC:11179)"), ("tdp43", "TARDBP (HGNC:11571)"), ("FALS", None), ("cat3", "CAT3 Disrupted"),
        ("a4v", "SOD1-A5V"), ("SOD1 A4V", "SOD1-A5V"), ("14763", "SOD1-A5V"), ("nm_000454.4:C.14c>t", "SOD1-A5V"),
        ("21-31659783-C-T", "GRCh37 21:33032096 C>T"), ("21-33032096-C-T", "SOD1-A5V"),
        ("atxn2-sca2", "repeat ATXN2-SCA2"),
        ("RS12973192", "marker rs12973192"), ("qalsody", "therapy tofersen"), ("nct04856982", "therapy tofersen, pre"),
        ("MIMIC-vcp", "mimic Inclusion"), ("established_ALLELE", "established_allele: listed_allele, tier 1"),
    ],
)  # fmt: skip
def test_the_shipped_rule_set_is_found_by_the_names_that_people_use(name, words):
    content = read_rules().content
    if words is None:
        with pytest.raises(RuleSetError, match="a name of this rule set"):
            list(found_listing(content, name))
    else:
        assert words in "\n".join(found_listing(content, name))


@pytest.mark.holds("CURA-10")
@pytest.mark.parametrize(("name", "near"), [("sod", "SOD1"), ("SOD1-A5W", "SOD1-A5V"), ("tofersn", "tofersen")])
def test_a_name_that_is_not_found_gets_a_suggestion(name, near):
    with pytest.raises(RuleSetError, match=f"such as .*{near}"):
        list(found_listing(read_rules().content, name))


@given(contents())
def test_a_rule_set_is_read_back_from_its_own_values(content):
    read = rules_of(content).content
    assert type(read).model_validate(read.model_dump(by_alias=True)) == read


def test_what_is_inactive_or_has_no_prior_is_listed_so():
    content = content_of(
        genes=[gene(1, {}, carrier_ppm=70, mechanisms=[])],
        alleles=[allele("X", 1, 1) | {"place": ...}, allele("Y", 1, 2, inactive="build 36 alone")][1:],
        markers=[{"id": "M", "rsid": "rs5", "gene": "G1", "inactive": "no coordinates", **WORD}],
        flags={"mimics": [MIMIC], "therapies": [THERAPY]},
    )
    told = "\n".join(gene_listing(rules_of(content).content, "G1"))
    for part in ("70 ppm", "none stated", "build 36 alone", "no coordinates", "mimic x", "therapy x"):
        assert part in told


def test_the_shipped_rule_set_is_whole():
    content = read_rules().content
    assert [c.id for c in content.categories] == ["CAT1", "CAT2", "CAT3", "CAT4"]
    assert content.rule_set.status == "draft" and not any(c.dose or c.schedule for c in content.categories)
    assert {g.chrom for g in content.genes} >= {"1", "X", "MT"} and len(content.examples) > 10
    for example_ in content.examples:
        assert example_.expect.outcome in ("assigned", "review")


def test_the_builders_of_these_tests_make_rule_sets():
    assert (
        REASONS
        and category("A")
        and mitochondrial_gene({})
        and rules_of(content_of(genes=[mitochondrial_gene({"A": 1})]))
    )
