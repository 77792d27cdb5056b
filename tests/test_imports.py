"""Imports: what a source's files propose, that nothing is taken for benign, and what accepting writes."""

from __future__ import annotations

import gzip
import json
import tracemalloc
from pathlib import Path
from typing import Any, assert_never

import pytest
import yaml
from click.testing import CliRunner, Result
from hypothesis import given
from hypothesis import strategies as st

import sources
from assigner.cli import main
from assigner.errors import EvidenceError, RuleSetError
from assigner.genome.builds import Build
from assigner.imports.applying import applied
from assigner.imports.asked import Asked
from assigner.imports.editing import add_item, edited_table, put_block, set_fields
from assigner.imports.facts import Standing
from assigner.imports.proposals import accepted_by_name, read_accepted, written_proposal
from assigner.imports.registry import SourceName, proposal_of
from assigner.imports.rows import Change, Proposal, Row
from assigner.imports.sources.mitomap import standing
from assigner.imports.written import Written
from assigner.rules import read_rules
from assigner.rules.texts import read_table, read_yaml
from assigner.testing.parts import (
    allele,
    category,
    content_of,
    criterion,
    gene,
    marker,
    mitochondrial_allele,
    mitochondrial_gene,
    repeat,
)
from assigner.texts import Text
from effort import times

HEAD = (
    "id", "gene", "name", "class", "needs", "chrom", "pos37", "ref37", "alt37", "pos38", "ref38", "alt38", "hgvs_c",
    "hgvs_p", "clinvar", "stars", "classified", "conditions", "inactive", "because", "sources", "status",
)  # fmt: skip
DATED = "2026-06-01"


def cells(own: dict[str, Any]) -> dict[str, str]:
    """An allele or marker of `testing.parts` as the cells of a table."""
    flat = {**own, **own.get("place", {})}
    lists = {name: "; ".join(flat[name]) for name in ("sources", "conditions") if name in flat}
    return {name: str(value) for name, value in {**flat, **lists}.items() if isinstance(value, str | int)}


def table(rows: list[dict[str, Any]], head: tuple[str, ...] = HEAD) -> str:
    lines = ["# alleles of a test", "\t".join(head)]
    return "\n".join([*lines, *("\t".join(cells(row).get(name, "") for name in head) for row in rows)]) + "\n"


def listed(name: str, offset: int, number: int = 1, **more: Any) -> dict[str, Any]:
    """A listed allele that rests on ClinVar, as `sources.clinvar` says it by default."""
    told = {"clinvar": str(number * 1_000_000 + offset), "stars": 1, "classified": "2025-01-05",
            "conditions": ["Disease one"], "sources": ["PMID:1", "ClinVar 2016-05"]}  # fmt: skip
    return allele(name, number, offset) | told | more


def put_rules(folder: Path, alleles: list[dict[str, Any]], **parts: Any) -> Path:
    """A rule set in block YAML with comments, its alleles and markers in tables."""
    least: dict[str, Any] = {
        "categories": [category("A"), category("B"), category("C")],
        "genes": [gene(1, {"A": 1000}), gene(2, {"B": 1000}), gene(3, {"C": 1000}, inheritance="recessive")],
    }
    content = content_of(**(least | parts))
    content["rule_set"] = content["rule_set"] | {"tables": {"alleles": "alleles.tsv", "markers": "markers.tsv"}}
    markers = content.pop("markers", [])
    content["criteria"] = content["criteria"] + [criterion("clinvar", 1, name="in_file")]
    text = yaml.safe_dump(json.loads(json.dumps(content)), sort_keys=False, width=100)
    text = "# The rules of a test: not to be lost.\n" + text.replace("genes:\n", "# the genes\ngenes:\n", 1)
    (folder / "rules.yaml").write_text(text)
    (folder / "alleles.tsv").write_text(table(alleles))
    head = ("id", "rsid", "gene", "chrom", "pos37", "pos38", "effect", "other", "log_odds", "interval", "inactive",
            "because", "sources", "status")  # fmt: skip
    (folder / "markers.tsv").write_text(table(markers, head))
    return folder / "rules.yaml"


def proposed(
    rules: Path, source: SourceName, *files: Path, conditions: tuple[str, ...] = ("disease one",), **more: Any
) -> Proposal:
    written = Written.read(str(rules))
    asked = Asked.of(written.rules, conditions=conditions, **({"dated": DATED} | more))
    return proposal_of(source, files, written, asked)


def by_name(proposal: Proposal) -> dict[str, Row]:
    return {row.id: row for row in proposal.rows}


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path


# ---------------------------------------------------------------------------------------------------------- ClinVar


@pytest.mark.holds("CURA-14")
def test_each_change_of_clinvar_is_proposed_with_its_reason(folder: Path) -> None:
    rules = put_rules(folder, [
        listed("same", 10), listed("more", 20), listed("fewer", 30, stars=2), listed("vus", 40), listed("benign", 50),
        listed("conflict", 60), listed("gone", 70), listed("odd", 80), listed("risk", 90),
        listed("up", 100) | {"class": "uncertain"}, listed("low", 110), listed("other", 120, clinvar="1000999"),
        listed("never", 130, sources=["PMID:7"], clinvar=None),
    ])  # fmt: skip
    at = 1_000_000
    file = sources.put(folder / "variant_summary.txt.gz", sources.summary([
        sources.clinvar("G1", at + 10), sources.clinvar("G1", at + 20, review=sources.TWO_STARS),
        sources.clinvar("G1", at + 30), sources.clinvar("G1", at + 40, sig="Uncertain significance"),
        sources.clinvar("G1", at + 50, sig="Benign/Likely benign"),
        sources.clinvar("G1", at + 60, sig="Conflicting classifications of pathogenicity"),
        sources.clinvar("G1", at + 80, sig="Patogenic"), sources.clinvar("G1", at + 90, sig="risk factor"),
        sources.clinvar("G1", at + 100), sources.clinvar("G1", at + 110, sig="Likely pathogenic, low penetrance"),
        sources.clinvar("G1", at + 122, record="1000999"),
        sources.clinvar("G1", at + 500, name="NM_1.2(G1):c.14C>T (p.Ala5Val)", sig="Likely pathogenic"),
        sources.clinvar("G2", at * 2 + 5, traits="Another disease"), sources.clinvar("G3", at * 3 + 5),
        sources.clinvar("G1", at + 510, review="no assertion criteria provided"),
        sources.clinvar("G1", at + 520, sig="Benign"), sources.clinvar("G1", at + 530, sig="Lykely pathogenic"),
        sources.clinvar("G8", at * 8), sources.clinvar("G1", at + 540, sig="-"),
        sources.clinvar("G1", at + 550, review="looked at by somebody"),
    ]))  # fmt: skip
    found = proposed(rules, SourceName.CLINVAR, file)
    rows = by_name(found)
    assert {name: row.change.value for name, row in rows.items()} == {
        "more": "upgraded", "fewer": "downgraded", "vus": "downgraded", "benign": "downgraded",
        "conflict": "conflicting",
        "gone": "vanished", "odd": "unclear", "risk": "unclear", "up": "upgraded", "low": "unclear",
        "other": "conflicting", "G1-A5V": "new", "G2-2-2000005-A-C": "new", "G3-3-3000005-A-C": "new",
        "G1-1-1000550-A-C": "new",
    }  # fmt: skip
    classes = {name: rows[name].values["class"] for name in ("vus", "benign", "conflict", "gone", "odd", "risk", "up")}
    assert classes == {"vus": "uncertain", "benign": "benign", "conflict": "disputed", "gone": "pathogenic",
                       "odd": "pathogenic", "risk": "pathogenic", "up": "pathogenic"}  # fmt: skip
    new = rows["G1-A5V"].values
    assert (new["pos37"], new["pos38"], new["hgvs_c"], new["hgvs_p"]) == (
        "1500500",
        "1000500",
        "NM_1.2:c.14C>T",
        "p.Ala5Val",
    )
    assert (new["class"], new["needs"], new["stars"], new["classified"]) == ("pathogenic", "one", "1", "2025-01-05")
    assert rows["G2-2-2000005-A-C"].values["class"] == "other_disease"
    assert rows["G3-3-3000005-A-C"].values["needs"] == "two"
    assert "stars" not in rows["gone"].values and rows["gone"].values["status"] == "disputed"
    assert "looked at by somebody" in rows["G1-1-1000550-A-C"].reason
    assert "'Patogenic'" in rows["odd"].reason
    notes = "\n".join(found.notes)
    assert "1 pathogenic alleles that are not listed have fewer stars than 1" in notes
    assert "likely_pathogenic_low_penetrance" not in notes and "(low penetrance)" in rows["low"].reason
    assert "Lykely pathogenic" in notes and "no germline classification" in notes


@pytest.mark.holds("CURA-14")
def test_the_vcfs_of_both_builds_say_what_the_summary_says(folder: Path) -> None:
    rules = put_rules(folder, [listed("a", 10), listed("b", 20), listed("gone", 30)])
    records = [
        sources.clinvar("G1", 1_000_010, sig="Likely benign"),
        sources.clinvar("G1", 1_000_020, review=sources.TWO_STARS),
        sources.clinvar("G2", 2_000_007, sig="Pathogenic/Likely pathogenic"), sources.clinvar("G3", 3_000_009, sig="-"),
    ]  # fmt: skip
    vcfs = [
        sources.put(folder / f"clinvar{build}.vcf{end}", sources.clinvar_vcf(records, build))
        for build, end in (("GRCh38", ".gz"), ("GRCh37", ""))
    ]
    file = sources.put(folder / "variant_summary.txt", sources.summary(records))
    one = by_name(proposed(rules, SourceName.CLINVAR, *vcfs))
    two = by_name(proposed(rules, SourceName.CLINVAR, file))
    assert one.keys() == two.keys() == {"a", "b", "gone", "G2-2-2000007-A-C"}
    for name, row in one.items():
        assert (row.change, row.open) == (two[name].change, two[name].open)
        for field in ("class", "stars", "conditions", "pos37", "pos38", "status"):
            assert row.values.get(field) == two[name].values.get(field)


@pytest.mark.holds("CURA-14")
def test_an_allele_that_waits_for_its_place_gets_it_from_the_vcfs_of_both_builds(folder: Path) -> None:
    bare = {name: value for name, value in listed("bare", 30).items() if name != "place"}
    rules = put_rules(folder, [listed("a", 10), bare | {"inactive": "The base before the change is not known."}])
    record = sources.clinvar("G1", 1_000_030, ref="AT", alt="A")
    files = [sources.put(folder / f"{build}.vcf", sources.clinvar_vcf([record], build)) for build in Build]
    one = by_name(proposed(rules, SourceName.CLINVAR, files[0]))
    assert "bare" not in one or "pos38" not in one["bare"].values
    found = proposed(rules, SourceName.CLINVAR, *files)
    assert by_name(found)["bare"].change is Change.RENEWED
    new = applied(Written.read(str(rules)), found, accepted_by_name(found, ["bare"]), "2", "ClinVar")
    made = next(each for each in new.rules.content.alleles if each.id == "bare")
    assert made.is_active and made.place is not None
    assert [made.place.on(build) for build in Build] == [(1_500_030, "AT", "A"), (1_000_030, "AT", "A")]


def test_a_vcf_without_dates_is_said_where_criteria_ask_for_them(folder: Path) -> None:
    asking = criterion("listed_allele", 1, classified_from="2015-01-01")
    rules = put_rules(folder, [listed("a", 10)], criteria=[asking])
    record = sources.clinvar("G1", 1_000_500)
    vcf = sources.put(folder / "clinvar.vcf", sources.clinvar_vcf([record], "GRCh38"))
    file = sources.put(folder / "variant_summary.txt", sources.summary([record]))
    notes = [proposed(rules, SourceName.CLINVAR, each).notes for each in (vcf, file)]
    assert [any("classified_from" in note for note in each) for each in notes] == [True, False]


def test_a_new_allele_on_one_build_alone_has_its_other_place_open(folder: Path) -> None:
    rules = put_rules(folder, [listed("a", 10)])
    file = sources.put(folder / "clinvar.vcf", sources.clinvar_vcf([sources.clinvar("G1", 1_000_500)], "GRCh38"))
    found = proposed(rules, SourceName.CLINVAR, file, dated=None)
    assert by_name(found)["G1-1-1000500-A-C"].open == ("pos37", "ref37", "alt37")
    assert found.files[0].dated == "2026-06-01"
    with pytest.raises(EvidenceError, match="pos37, ref37, alt37"):
        accepted_by_name(found, ["G1-1-1000500-A-C"])
    with pytest.raises(EvidenceError, match="a proposed row, such as G1-1-1000500-A-C"):
        accepted_by_name(found, ["G1-1-1000500-A-G"])


def test_without_the_trials_disease_the_class_of_a_new_allele_is_open(folder: Path) -> None:
    rules = put_rules(folder, [listed("a", 10)])
    records = [sources.clinvar("G1", 1_000_500), sources.clinvar("G1", 1_000_600, traits="not provided")]
    file = sources.put(folder / "variant_summary.txt", sources.summary(records))
    assert {
        row.open for row in proposed(rules, SourceName.CLINVAR, file, conditions=()).rows if row.change == "new"
    } == {("class",)}
    named = by_name(proposed(rules, SourceName.CLINVAR, file))
    assert (named["G1-1-1000500-A-C"].open, named["G1-1-1000600-A-C"].open) == ((), ("class",))


@pytest.mark.holds("CURA-14")
@given(
    said=st.text("abcdeghiklnoprstuvyPBLUC ,/|;_-", min_size=1, max_size=30).filter(str.strip),
    review=st.text("abcdefghijklmnop ,", max_size=20),
)
def test_no_word_but_clinvars_own_is_taken_as_benign_or_as_pathogenic(
    tmp_path_factory: pytest.TempPathFactory, said: str, review: str
) -> None:
    folder = tmp_path_factory.mktemp("words")
    rules = put_rules(folder, [listed("a", 10)])
    record = sources.clinvar("G1", 1_000_010, sig=said, review=review or "-")
    file = sources.put(folder / "variant_summary.txt", sources.summary([record, sources.clinvar("G1", 1_000_900)]))
    row = by_name(proposed(rules, SourceName.CLINVAR, file)).get("a")
    words = {word.strip(" _") for word in said.lower().replace("_", " ").replace("|", ",").replace(";", ",")
             .replace("/", ",").replace("&", ",").split(",")} - {""}  # fmt: skip
    if not words & {"benign", "likely benign"}:
        assert row is None or row.values["class"] != "benign"
    if row is not None and row.change is Change.UNCLEAR:
        assert row.values["class"] == "pathogenic" and " ".join(said.replace("_", " ").split()) in row.reason
    if row is not None and row.change is Change.VANISHED:
        assert row.values["class"] == "pathogenic"


@pytest.mark.holds("CURA-14")
def test_a_source_that_says_what_the_rule_set_says_proposes_nothing(folder: Path) -> None:
    rules = put_rules(folder, [listed("a", 10), listed("b", 20, number=2)])
    records = [sources.clinvar("G1", 1_000_010), sources.clinvar("G2", 2_000_020)]
    file = sources.put(folder / "variant_summary.txt", sources.summary(records))
    assert proposed(rules, SourceName.CLINVAR, file).rows == ()


def test_only_the_genes_that_are_asked_about_are_compared(folder: Path) -> None:
    rules = put_rules(folder, [listed("a", 10), listed("b", 20, number=2)])
    records = [sources.clinvar("G1", 1_000_500), sources.clinvar("G2", 2_000_500)]
    file = sources.put(folder / "variant_summary.txt", sources.summary(records))
    assert by_name(proposed(rules, SourceName.CLINVAR, file, genes=("g1",))).keys() == {"a", "G1-1-1000500-A-C"}
    with pytest.raises(EvidenceError, match="a gene of the rule set"):
        proposed(rules, SourceName.CLINVAR, file, genes=("NOPE",))


@pytest.mark.holds("CURA-16")
@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("", "clinvar.vcf:1: expected a file with lines"),
        ("gene\tname\n", "clinvar.vcf:1: expected a VCF, or the head of variant_summary.txt"),
        ("##fileformat=VCFv4.1\n#CHROM\tPOS\n", "clinvar.vcf:2: expected ##reference"),
        ("##fileformat=VCFv4.1\n##reference=GRCh38\n#CHROM\tPOS\n", "declares CLNSIG"),
        (sources.clinvar_vcf([], "GRCh38") + "1\t7\n", "clinvar.vcf:7: expected 8 columns; got 2"),
        (
            sources.clinvar_vcf([], "GRCh38") + "1\tx\t1000010\tA\tC\t.\t.\tCLNSIG=Benign\n",
            "clinvar.vcf:7: expected a position",
        ),
        (sources.summary([]) + "1\t2\n", "clinvar.vcf:2: expected 43 cells, as in the head; got 2"),
        (sources.summary([sources.clinvar("G1", 5, day="yesterday")]), "clinvar.vcf:2: expected a date"),
        ("#AlleleID\tName\n", "the column VariationID"),
        (sources.summary([]) + "\udcff", "clinvar.vcf:2: expected UTF-8"),
        (sources.clinvar_vcf([], "GRCh38").replace("2026-06-01", "June"), "clinvar.vcf:2: expected a date"),
    ],
)
def test_a_file_that_is_not_clinvars_is_refused_at_its_line(folder: Path, text: str, words: str) -> None:
    rules = put_rules(folder, [listed("a", 10)])
    file = folder / "clinvar.vcf"
    file.write_bytes(text.encode("utf-8", "surrogateescape"))
    with pytest.raises(EvidenceError) as raised:
        proposed(rules, SourceName.CLINVAR, file, dated=None)
    assert words in str(raised.value)


@pytest.mark.holds("CURA-16")
@given(cut=st.integers(0, 10_000), flip=st.booleans())
def test_a_damaged_gzip_file_is_refused(tmp_path_factory: pytest.TempPathFactory, cut: int, flip: bool) -> None:
    folder = tmp_path_factory.mktemp("damaged")
    whole = gzip.compress(sources.summary([sources.clinvar("G1", at) for at in range(1, 60)]).encode(), mtime=0)
    at = cut % (len(whole) - 1)
    broken = whole[:at]
    if flip:
        broken = whole[:at] + bytes((whole[at] ^ 0x55,)) + whole[at + 1 :]
    file = folder / "variant_summary.txt.gz"
    file.write_bytes(broken)
    rules = put_rules(folder, [listed("a", 10)])
    if flip and at in (4, 5, 6, 7, 8, 9):  # time and system in the header, which nothing checks
        return
    with pytest.raises(EvidenceError):
        proposed(rules, SourceName.CLINVAR, file)


@pytest.mark.holds("CURA-16")
def test_memory_does_not_grow_with_what_nobody_asked_about(folder: Path) -> None:
    rules = put_rules(folder, [listed("a", 10)])
    lines = sources.summary([sources.clinvar("G8", at, traits="x" * 600) for at in range(1, 9000)])
    file = sources.put(folder / "variant_summary.txt.gz", lines)
    written = Written.read(str(rules))
    asked = Asked.of(written.rules, conditions=["disease one"], dated=DATED)
    tracemalloc.start()
    proposal_of(SourceName.CLINVAR, [file], written, asked)
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert peak < len(lines) / 2


def test_the_digest_is_that_of_the_file_and_not_of_what_it_holds(folder: Path) -> None:
    import hashlib

    for name in ("a.txt", "a.txt.gz"):
        file = Text(sources.put(folder / name, "one\ntwo\n"))
        assert [line for _, line in file] == ["one", "two"]
        assert file.sha256 == hashlib.sha256((folder / name).read_bytes()).hexdigest()


# ---------------------------------------------------------------------------------------------------------- accepting


ROWS = [
    sources.clinvar("G1", 1_000_010, sig="Benign"), sources.clinvar("G1", 1_000_020, review=sources.TWO_STARS),
    sources.clinvar("G1", 1_000_500, name="NM_1.2(G1):c.14C>T (p.Ala5Val)"), sources.clinvar("G2", 2_000_007),
    sources.clinvar("G2", 2_000_010, sig="Conflicting interpretations of pathogenicity"),
    sources.clinvar("G3", 3_000_009),
]  # fmt: skip


@pytest.mark.holds("CURA-15")
@given(data=st.data(), windows=st.booleans(), mark=st.booleans())
def test_accepting_some_rows_writes_those_and_leaves_all_else(
    tmp_path_factory: pytest.TempPathFactory, data: st.DataObject, windows: bool, mark: bool
) -> None:
    folder = tmp_path_factory.mktemp("accepting")
    rules = put_rules(
        folder, [listed("a", 10), listed("b", 20), listed("c", 10, number=2), listed("gone", 30, number=2)]
    )
    if windows:
        for name in ("rules.yaml", "alleles.tsv"):
            (folder / name).write_bytes((folder / name).read_bytes().replace(b"\n", b"\r\n"))
    if mark:
        (folder / "alleles.tsv").write_bytes(b"\xef\xbb\xbf" + (folder / "alleles.tsv").read_bytes())
    file = sources.put(folder / "variant_summary.txt", sources.summary(ROWS))
    found = proposed(rules, SourceName.CLINVAR, file)
    names = sorted(row.id for row in found.rows)
    assert names == ["G1-A5V", "G2-2-2000007-A-C", "G3-3-3000009-A-C", "a", "b", "c", "gone"]
    chosen = data.draw(st.lists(st.sampled_from(names), unique=True))
    written = Written.read(str(rules))
    new = applied(written, found, accepted_by_name(found, chosen), "2", "ClinVar")
    before, after = written.cells(found.table), new.cells(found.table)
    for name in before.keys() | after.keys():
        if name not in chosen:
            assert {k: v for k, v in before.get(name, {}).items() if v} == after.get(name, {})
    assert set(after) - set(before) == set(chosen) - set(before)
    assert new.rules.version == "2"
    assert [(e.source, e.file, e.dated) for e in new.rules.content.evidence_sources] == [
        ("ClinVar", "variant_summary.txt", DATED)
    ]
    old_lines, new_lines = (each.files["rules.yaml"].decode().splitlines() for each in (written, new))
    kept = [line for line in old_lines if not line.strip().startswith("version:")]
    assert [line for line in new_lines if line in kept] == kept
    assert new.files["alleles.tsv"].startswith(b"\xef\xbb\xbf") is mark
    assert (b"\r\n" in new.files["alleles.tsv"]) is windows
    assert (b"\n" in new.files["rules.yaml"].replace(b"\r\n", b"")) is not windows
    put = folder / "new"
    put.mkdir()
    for name, content in new.files.items():
        (put / name).write_bytes(content)
    again = by_name(proposed(put / "rules.yaml", SourceName.CLINVAR, file))
    assert again.keys() - {"gone"} == set(names) - set(chosen) - {"gone"}


@pytest.mark.holds("CURA-15")
@given(data=st.data())
def test_a_proposal_is_read_as_it_was_written_and_edited(
    tmp_path_factory: pytest.TempPathFactory, data: st.DataObject
) -> None:
    folder = tmp_path_factory.mktemp("proposals")
    rules = put_rules(folder, [listed("a", 10), listed("b", 20), listed("gone", 30, number=2)])
    file = sources.put(folder / "variant_summary.txt", sources.summary(ROWS))
    found = proposed(rules, SourceName.CLINVAR, file)
    answers = {row.id: data.draw(st.sampled_from(["yes", "no", "", "Yes", "NO"])) for row in found.rows}
    lines = []
    for line in written_proposal(found).decode().splitlines():
        parts = line.split("\t")
        if not line.startswith("#") and parts[0] != "accept":
            parts[0] = answers[parts[2]]
        lines.append("\t".join(parts))
    text = data.draw(st.sampled_from(["\n", "\r\n"])).join(lines)
    path = folder / "proposal.tsv"
    path.write_bytes((data.draw(st.sampled_from(["", "\ufeff"])) + text).encode())
    rows = read_accepted(path, found)
    assert [row.id for row in rows] == [name for name, answer in answers.items() if answer.lower() == "yes"]
    for row in rows:
        assert dict(row.values) == {name: value for name, value in by_name(found)[row.id].values.items() if value}


def edit(folder: Path, found: Proposal, *changes: tuple[str, str]) -> Path:
    text = written_proposal(found).decode()
    for old, new in changes:
        assert old in text
        text = text.replace(old, new, 1)
    path = folder / "proposal.tsv"
    path.write_text(text)
    return path


@pytest.mark.holds("CURA-15")
@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ([("\tdowngraded\ta", "maybe\tdowngraded\ta")], "yes, no or nothing in the column accept; got 'maybe'"),
        ([("\tdowngraded\ta", "yes\tupgraded\ta")], "a row that is proposed; got 'upgraded a'"),
        ([("# rule set: ", "# rule set: 0")], "the same source, files and rule set"),
        ([("# file: ", "# file: 0")], "the same source, files and rule set"),
        ([("accept\tchange", "accepted\tchange")], "the column accept"),
        ([("\tupgraded\tb", "yes\tupgraded\tb\tx" + "\t" * 40)], "cells"),
    ],
)
def test_a_proposal_that_is_not_this_one_is_refused_at_its_line(
    folder: Path, changes: list[tuple[str, str]], words: str
) -> None:
    rules = put_rules(folder, [listed("a", 10), listed("b", 20)])
    file = sources.put(folder / "variant_summary.txt", sources.summary(ROWS))
    found = proposed(rules, SourceName.CLINVAR, file)
    with pytest.raises(EvidenceError) as raised:
        read_accepted(edit(folder, found, *changes), found)
    assert words in str(raised.value) and "proposal.tsv:" in str(raised.value)


@pytest.mark.holds("CURA-15")
def test_what_a_curator_writes_into_a_proposal_stands_in_the_rule_set(folder: Path) -> None:
    rules = put_rules(folder, [listed("a", 10), listed("b", 20)])
    file = sources.put(folder / "clinvar.vcf", sources.clinvar_vcf([sources.clinvar("G1", 1_000_500)], "GRCh38"))
    found = proposed(rules, SourceName.CLINVAR, file)
    (line,) = (each for each in written_proposal(found).decode().splitlines() if each.startswith("\tnew\t"))
    with pytest.raises(EvidenceError, match="pos37, ref37, alt37 of G1-1-1000500-A-C, as it is accepted"):
        read_accepted(edit(folder, found, (line, f"yes{line}")), found)
    filled = f"yes{line}".replace("\t1\t\t\t\t1000500\tA\tC", "\t1\t1500500\tA\tC\t1000500\tA\tC")
    rows = read_accepted(edit(folder, found, (line, filled)), found)
    new = applied(Written.read(str(rules)), found, rows, "2", "ClinVar")
    assert new.cells(found.table)["G1-1-1000500-A-C"]["pos37"] == "1500500"
    broken = filled.replace("1500500", "15005000000")
    with pytest.raises(RuleSetError):
        accepted = read_accepted(edit(folder, found, (line, broken)), found)
        applied(Written.read(str(rules)), found, accepted, "2", "ClinVar")


def test_an_approved_rule_set_becomes_a_draft_and_needs_another_version(folder: Path) -> None:
    identity = content_of()["rule_set"] | {"status": "approved", "curators": ["X"], "protocol": "P"}
    rules = put_rules(folder, [listed("a", 10), listed("b", 20)], rule_set=identity)
    file = sources.put(folder / "variant_summary.txt", sources.summary(ROWS))
    found = proposed(rules, SourceName.CLINVAR, file)
    written = Written.read(str(rules))
    with pytest.raises(EvidenceError, match="another version"):
        applied(written, found, (), "1", "ClinVar")
    assert applied(written, found, accepted_by_name(found, ["b"]), "2", "ClinVar").rules.status == "draft"


# ------------------------------------------------------------------------------------------------------ other sources


CONDITION = "disease one"


@pytest.mark.holds("CURA-14")
def test_clingen_changes_validity_for_the_trials_disease_alone(folder: Path) -> None:
    rules = put_rules(folder, [], genes=[
        gene(1, {"A": 1000}, hgnc="HGNC:1", validity="limited"), gene(2, {"B": 1000}, validity="definitive"),
        gene(3, {"C": 1000}), gene(4, {}, validity="strong"), gene(5, {}, validity="strong"), gene(6, {}),
        gene(7, {}, sources=["ClinGen gene validity 2024-01"]),
        gene(8, {}, sources=["ClinGen gene validity 2024-01"]),
        gene(9, {}, sources=["ClinGen gene validity 2024-01"], validity="none"),
    ])  # fmt: skip
    file = sources.put(folder / "validity.csv", sources.clingen([
        ("G8", "", "another", "Strong"), ("G9", "", "another", "Strong"),
        ("OLDNAME", "HGNC:1", "disease one type 3", "Definitive"), ("G2", "", "Disease one", "Refuted"),
        ("G3", "", "another", "Refuted"), ("G4", "", "disease one", "Strong"),
        ("G4", "", "disease one, juvenile", "Limited"),
        ("G5", "", "disease one", "Very likely"), ("G6", "", "disease one", "Definitive"),
        ("NEW1", "HGNC:9", "disease one", "Moderate"),
    ]))  # fmt: skip
    found = proposed(rules, SourceName.CLINGEN, file, dated=None)
    rows = by_name(found)
    assert found.files[0].dated == "2026-08-10"
    assert {name: row.change.value for name, row in rows.items()} == {
        "G1": "upgraded", "G2": "downgraded", "G4": "conflicting", "G5": "unclear", "G7": "vanished", "G8": "vanished",
        "NEW1": "new",
    }  # fmt: skip
    assert "Strong for another" in rows["G8"].reason and "Strong for another" not in rows["G7"].reason
    assert rows["G1"].values["validity"] == "definitive" and rows["G1"].before["validity"] == "limited"
    assert "chrom" in rows["NEW1"].open
    new = applied(Written.read(str(rules)), found, accepted_by_name(found, ["G1", "G2"]), "2", "ClinGen gene validity")
    assert [g.validity for g in new.rules.content.genes[:3]] == ["definitive", "refuted", "definitive"]
    assert (
        new.rules.content.genes[0].because == "ClinGen gene validity of 2026-08-10 says: Definitive for disease one "
        "type 3, 2025-04-01. a test"
    )
    assert "# the genes" in new.files["rules.yaml"].decode()


@pytest.mark.holds("CURA-14")
def test_a_panel_names_what_contradicts_its_rating_and_its_inheritance(folder: Path) -> None:
    rules = put_rules(folder, [], genes=[
        gene(1, {"A": 1000}, validity="none"), gene(2, {"B": 1000}), gene(3, {"C": 1000}), gene(4, {}),
        gene(5, {}, sources=["PanelApp UK 2025-06"]), gene(6, {}),
    ])  # fmt: skip
    at = {"GRch37": {"82": {"location": "7:100-200", "ensembl_id": "ENSG00000000001"}},
          "GRch38": {"90": {"location": "7:300-400", "ensembl_id": "ENSG00000000001"}}}  # fmt: skip
    file = sources.put(folder / "panel.json", sources.panel([
        {"symbol": "G1"}, {"symbol": "G2", "level": "1"}, {"symbol": "G3", "mode": "BIALLELIC, autosomal"},
        {"symbol": "G4"}, {"symbol": "G6", "level": "7"}, {"symbol": "NEW1", "hgnc": "HGNC:77", "at": at},
    ]))  # fmt: skip
    found = proposed(rules, SourceName.PANELAPP, file, dated=None)
    rows = by_name(found)
    assert found.files[0].dated == "2026-05-01"
    assert {name: row.change.value for name, row in rows.items()} == {
        "G1": "upgraded", "G2": "downgraded", "G3": "conflicting", "G5": "vanished", "G6": "unclear", "NEW1": "new",
    }  # fmt: skip
    assert rows["NEW1"].open == ()
    panel = json.loads(file.read_text()) | {"strs": [{"entity_name": "G5_CAG", "gene_data": {"gene_symbol": "G5"}}]}
    panel["genes"][0]["gene_data"]["ensembl_genes"] = {"GRch38": {"90": None}}
    again = proposed(rules, SourceName.PANELAPP, sources.put(folder / "strs.json", json.dumps(panel)), dated=None)
    assert "G5_CAG among the strs" in by_name(again)["G5"].reason
    assert any("strs of a panel" in note for note in again.notes)
    new = applied(Written.read(str(rules)), found, accepted_by_name(found, ["G3", "NEW1"]), "2", "PanelApp")
    last = new.rules.content.genes[-1]
    assert (last.symbol, last.grch38, last.shares, last.validity) == ("NEW1", (300, 400), (), "none")
    assert new.rules.content.genes[2].inheritance == "recessive"


@pytest.mark.holds("CURA-14")
def test_mitomap_is_compared_by_place_and_its_reports_are_no_side(folder: Path) -> None:
    own = [
        mitochondrial_allele(name, pos, sources=["MITOMAP"]) for name, pos in (("a", 3243), ("b", 3300), ("c", 3310))
    ]
    rules = put_rules(folder, own, genes=[gene(1, {"A": 1000}), gene(2, {"B": 1000}), gene(3, {"C": 1000}),
                                          mitochondrial_gene({"A": 1000})])  # fmt: skip
    head = "id\tpos\tref\talt\taachange\thomoplasmy\theteroplasmy\tdisease\tstatus\tpubmed_ids\tgbcnt\tgbfreq\n"
    lines = [
        "1\t3243\tA\tG\tn\t-\t+\tDisease one\tCfrm [VUS*]\t1\t0\t0",
        "2\t3300\tA\tG\tn\t-\t+\tDisease one\tReported\t1\t0\t0",
        "3\t3400\tA\tG\tn\t-\t+\tDisease one; another\tCfrm [P]\t1\t0\t0", "4\t9000\tA\tG\tn\t-\t+\tx\tCfrm\t1\t0\t0",
        "5\t3401\tA\t:\tn\t-\t+\tx\tCfrm\t1\t0\t0", "6\t3410\tC\tCC\tn\t-\t+\tDisease one\tCfrm\t1\t0\t0",
    ]  # fmt: skip
    rows = by_name(proposed(rules, SourceName.MITOMAP, sources.put(folder / "disease.tsv", head + "\n".join(lines))))
    assert {name: row.change.value for name, row in rows.items()} == {
        "a": "conflicting", "b": "unclear", "c": "vanished", "MT-G-m.3400A>G": "new",
        "MT-G-m.3410C>CC": "new",
    }  # fmt: skip
    assert {"pos38", "ref37"} <= set(rows["MT-G-m.3410C>CC"].open)
    new = rows["MT-G-m.3400A>G"]
    assert (new.values["class"], new.values["conditions"], new.open) == ("mitochondrial", "Disease one; another", ())
    saved = "Locus,Associated Diseases,Allele,Status\nMT-G,Disease one,m.3243A>G,Cfrm\n"
    again = by_name(proposed(rules, SourceName.MITOMAP, sources.put(folder / "confirmed.csv", saved)))
    assert again["a"].change is Change.RENEWED


@pytest.mark.parametrize(
    ("status", "expected"),
    [("Cfrm-[LP]", Standing.PATHOGENIC), ("Reported [LB]", Standing.BENIGN),
     ("Conflicting reports", Standing.CONFLICTING),
     ("Unclear", Standing.OTHER), ("Cfrm [XX]", Standing.UNKNOWN), ("?", Standing.UNKNOWN),
     ("verified", Standing.UNKNOWN),
     ("Reported; possibly synergistic", Standing.OTHER)],
)  # fmt: skip
def test_mitomaps_status_is_read_by_its_words(status: str, expected: Standing) -> None:
    assert standing(status) is expected


@pytest.mark.holds("CURA-14")
def test_strchive_names_other_bands_and_motifs_and_moves_no_place(folder: Path) -> None:
    rules = put_rules(folder, [], repeats=[
        repeat("R", 1), repeat("S", 2), repeat("T", 3), repeat("U", 4, sources=["STRchive"]),
    ], genes=[gene(n, {"ABC"[n - 1]: 1000} if n < 4 else {}) for n in range(1, 6)])  # fmt: skip

    def locus(name: str, number: int, **more: Any) -> dict[str, Any]:
        start = number * 1_000_000 + 5000
        return {"id": name, "gene": f"G{number}", "chrom": f"chr{number}", "start_hg38": start, "stop_hg38": start + 60,
                "start_hg19": start + 500_000, "stop_hg19": start + 500_060, "benign_max": 20.0, "pathogenic_min": 30,
                "pathogenic_motif_reference_orientation": ["GCA"], "disease": "Disease one", **more}  # fmt: skip

    loci = [locus("one", 1), locus("two", 2, benign_max=25, pathogenic_min=31.0),
            locus("three", 3, pathogenic_motif_reference_orientation=["AAGGG"]), locus("five", 5)]  # fmt: skip
    file = sources.put(
        folder / "STRchive-loci.json", json.dumps(loci).replace('"disease"', '"gene_strand": "+", "disease"')
    )
    found = proposed(rules, SourceName.STRCHIVE, file)
    assert by_name(found)["S"].values["because"].startswith("STRchive of 2026-06-01 says")
    other = json.dumps([locus("sca", 2, pathogenic_min=35, disease="Another disease")])
    ataxia = by_name(proposed(rules, SourceName.STRCHIVE, sources.put(folder / "loci.json", other)))["S"]
    assert ataxia.change is Change.UNCLEAR and not ataxia.before
    rows = by_name(found)
    assert {name: row.change.value for name, row in rows.items()} == {
        "S": "conflicting", "T": "conflicting", "U": "vanished", "five": "new",
    }  # fmt: skip
    assert {"normal": "20", "expanded": "30"}.items() <= rows["S"].before.items()
    assert {"grch37", "grch38", "needs"} <= set(rows["five"].open)
    new = applied(Written.read(str(rules)), found, accepted_by_name(found, ["S"]), "2", "STRchive")
    assert [(r.normal, r.expanded) for r in new.rules.content.repeats] == [(20, 30), (25, 31), (20, 30), (20, 30)]
    head = "#chrom\tstart\tstop\tid\tgene\treference_motif_reference_orientation\t"
    head += "pathogenic_motif_reference_orientation\tpathogenic_min\tinheritance\tdisease\n"
    bed = f"{head}chr1\t1005000\t1005060\tone\tG1\tGCA\tGCA\t33\tAD\tDisease one\n"
    bed += "chr2\t2005000\t2005060\ttwo\tG2\tCAG\tCAG\tNone\tAD\tDisease one\n"
    rows = by_name(proposed(rules, SourceName.STRCHIVE, sources.put(folder / "STRchive-disease-loci.hg38.bed", bed)))
    assert rows["R"].before["expanded"] == "30" and "normal" not in rows["R"].before and "S" not in rows
    with pytest.raises(EvidenceError, match="hg19 or hg38"):
        proposed(rules, SourceName.STRCHIVE, sources.put(folder / "loci.bed", bed))


@pytest.mark.holds("CURA-14")
def test_the_gwas_catalog_is_no_side_where_it_does_not_tell_the_scale(folder: Path) -> None:
    own = [
        marker(name, 1) | {"rsid": rsid, "interval": "150-250"}
        for name, rsid in (("M", "rs1"), ("NN", "rs2"), ("OOO", "rs3"), ("PPPP", "rs4"))
    ]
    rules = put_rules(folder, [], markers=own)

    def row(rsid: str, base: str, effect: str, interval: str = "[1.1-1.4]", **more: str) -> dict[str, str]:
        pos = str(next((each["pos38"] for each in own if each["rsid"] == rsid), 1_007_500))
        return {"SNPS": rsid, "STRONGEST SNP-RISK ALLELE": f"{rsid}-{base}", "CHR_ID": "1", "CHR_POS": pos,
                "P-VALUE": "2E-9", "OR or BETA": effect, "95% CI (TEXT)": interval, "DISEASE/TRAIT": "Disease one",
                "MAPPED_GENE": "G1", "PUBMEDID": "7", **more}  # fmt: skip

    file = sources.put(folder / "gwas.tsv", sources.gwas([
        row("rs1", "C", "1.35"), row("rs2", "T", "1.2"), row("rs3", "C", "0.2", "[0.1-0.3] unit increase"),
        row("rs4", "C", "1.3", CHR_POS="17"), row("rs9", "?", "1.3"), row("rs8", "C", "1.3", **{"P-VALUE": "0.001"}),
        row("rs1", "C", "1.9", **{"P-VALUE": "4E-8"}), row("rs7; rs8", "C", "1.3"),
        row("rs6", "C", "1.3", **{"DISEASE/TRAIT": "height"}),
    ]))  # fmt: skip
    rows = by_name(proposed(rules, SourceName.GWAS_CATALOG, file))
    assert {name: each.change.value for name, each in rows.items()} == {
        "M": "upgraded", "NN": "conflicting", "OOO": "unclear", "PPPP": "conflicting", "rs9": "new",
    }  # fmt: skip
    assert rows["M"].values["log_odds"] == "300"
    assert rows["rs9"].values["inactive"] and "effect" not in rows["rs9"].values
    found = proposed(rules, SourceName.GWAS_CATALOG, file)
    new = applied(Written.read(str(rules)), found, accepted_by_name(found, ["M", "rs9"]), "2", "GWAS Catalog")
    assert [m.log_odds for m in new.rules.content.markers] == [300, 200, 200, 200, None]
    assert [m.interval for m in new.rules.content.markers] == [(95, 336), *[(150, 250)] * 3, None]
    assert new.rules.content.markers[0].because.startswith("GWAS Catalog of 2026-06-01 (PMID:7) says")
    untold = sources.put(folder / "untold.tsv", sources.gwas([row("rs1", "C", "1.35", "[NR]")]))
    assert by_name(proposed(rules, SourceName.GWAS_CATALOG, untold))["M"].change is Change.UNCLEAR


@pytest.mark.holds("CURA-16")
@pytest.mark.parametrize("source", SourceName)
@pytest.mark.parametrize(
    "content", ["", "{", "[]", "{}", "[1]", "a,b\n1,2\n", "#chrom\tid\n", '{"genes": [1]}', "\x00"]
)
def test_no_text_breaks_a_source(folder: Path, source: SourceName, content: str) -> None:
    rules = put_rules(folder, [listed("a", 10)])
    for name in ("hg38.json", "hg38.csv", "hg38.bed"):
        try:
            proposed(rules, source, sources.put(folder / name, content))
        except EvidenceError as error:
            assert name in str(error)


@pytest.mark.holds("CURA-16")
@pytest.mark.parametrize("source", SourceName)
def test_marks_line_ends_and_compression_change_nothing(folder: Path, source: SourceName) -> None:
    """The files of each source as a browser, a spreadsheet or gzip leaves them: the same rows are proposed."""
    name, text = small_file(source)
    genes = [*(gene(n, {"ABC"[n - 1]: 1000}) for n in (1, 2, 3)), mitochondrial_gene({"A": 1000})]
    rules = put_rules(folder, [listed("a", 10)], genes=genes, markers=[marker("M", 1)], repeats=[repeat("R", 1)])
    plain = text.encode()
    rows = proposed(rules, source, sources.put(folder / name, text)).rows
    assert rows
    forms = {"mark": b"\xef\xbb\xbf" + plain, "windows": plain.replace(b"\n", b"\r\n"), "gz": gzip.compress(plain)}
    for form, content in forms.items():
        (folder / form).mkdir()
        path = folder / form / (f"{name}.gz" if form == "gz" else name)
        path.write_bytes(content)
        assert proposed(rules, source, path).rows == rows, form


def small_file(source: SourceName) -> tuple[str, str]:
    """A file of a source that proposes something: its name and its text."""
    match source:
        case SourceName.CLINVAR:
            return "clinvar.vcf", sources.clinvar_vcf([sources.clinvar("G1", 1_000_010, sig="Benign")], "GRCh38")
        case SourceName.PANELAPP:
            return "panel.json", sources.panel([{"symbol": "G1", "level": "1"}])
        case SourceName.CLINGEN:
            return "validity.csv", sources.clingen([("G1", "", "disease one", "Limited")])
        case SourceName.MITOMAP:
            return "disease.tsv", "pos\tref\talt\tdisease\tstatus\n3400\tA\tG\tx\tCfrm\n"
        case SourceName.STRCHIVE:
            head = "#chrom\tstart\tstop\tid\tgene\tpathogenic_motif_reference_orientation\tpathogenic_min\tdisease"
            return "loci.hg38.bed", f"{head}\nchr1\t1005000\t1005060\tone\tG1\tGCA\t33\tDisease one\n"
        case SourceName.GWAS_CATALOG:
            row = {"SNPS": "rs9", "STRONGEST SNP-RISK ALLELE": "rs9-C", "CHR_ID": "1", "CHR_POS": "1007500",
                   "P-VALUE": "2E-9", "OR or BETA": "1.3", "95% CI (TEXT)": "[1.1-1.4]", "MAPPED_GENE": "G1",
                   "DISEASE/TRAIT": "Disease one"}  # fmt: skip
            return "gwas.tsv", sources.gwas([row])
        case _:
            assert_never(source)


def test_a_file_that_is_older_than_the_one_before_is_named(folder: Path) -> None:
    rules = put_rules(folder, [listed("a", 10)])
    text = rules.read_text()
    before = "evidence_sources:\n- {source: ClinVar, file: x, dated: 2026-07-01, sha256: %s}\n" % ("0" * 64)
    rules.write_text(before + text)
    file = sources.put(folder / "clinvar.vcf", small_file(SourceName.CLINVAR)[1])
    assert "older than the ClinVar compared last, of 2026-07-01" in " ".join(
        proposed(rules, SourceName.CLINVAR, file).notes
    )
    assert "older" not in " ".join(proposed(rules, SourceName.CLINVAR, file, dated="2026-07-01").notes)


def test_a_file_without_a_date_needs_one(folder: Path) -> None:
    rules = put_rules(folder, [listed("a", 10)])
    file = sources.put(folder / "variant_summary.txt", sources.summary(ROWS))
    with pytest.raises(EvidenceError, match="a date in the file, or --date"):
        proposed(rules, SourceName.CLINVAR, file, dated=None)


def test_a_rule_set_without_a_table_of_alleles_is_refused(folder: Path) -> None:
    (folder / "rules.yaml").write_text(
        json.dumps(content_of(genes=[gene(1, {"A": 1000})], alleles=[allele("a", 1, 10)]))
    )
    file = sources.put(folder / "variant_summary.txt", sources.summary(ROWS))
    with pytest.raises(EvidenceError, match="a table of their own"):
        proposed(folder / "rules.yaml", SourceName.CLINVAR, file)


# ---------------------------------------------------------------------------------------------------------- editing


WORDS = st.text("abcXYZ 019.:#'\"[]{}&*!|>%@`-,", min_size=1, max_size=20).map(str.strip).filter(bool)


@pytest.mark.holds("CURA-15")
@times(3)
@given(
    value=WORDS,
    field=st.sampled_from(["validity", "because", "sources", "fresh"]),
    at=st.integers(0, 2),
    data=st.data(),
)
def test_a_field_that_is_set_is_the_only_one_that_changes(value: str, field: str, at: int, data: st.DataObject) -> None:
    text = data.draw(st.sampled_from([
        "# head\n- symbol: A\n  validity: none  # why\n  because: >-\n    long\n    x\n  sources:\n    - x\n    - y\n",
        "# head\n- symbol: A\n  sources:\n  - x\n  because: 'q'\n\n  # note\n  validity: none\n",
        "- symbol: A\n  because: text\n  sources: [x, y]\n  validity: none\n  shares:\n    - because: z\n",
    ]))  # fmt: skip
    source = (text + text.replace("A", "B") + text.replace("A", "D")).encode()
    before, _ = read_yaml(source, "f.yaml")
    after, faults = read_yaml(set_fields(source, before, (at,), {field: value}), "f.yaml")
    assert faults == ()
    expected = [dict(each) for each in before.value]
    expected[at][field] = value.split("; ") if field == "sources" else value
    assert after.value == expected
    grown, _ = read_yaml(add_item(source, before, (), {"symbol": "E", field: value}), "f.yaml")
    assert grown.value[:-1] == before.value and grown.value[-1]["symbol"] == "E"


@pytest.mark.holds("CURA-15")
@given(rows=st.lists(st.tuples(st.sampled_from("ab"), WORDS), min_size=1, max_size=5, unique_by=lambda each: each[1]))
def test_a_table_keeps_its_rows_and_comments(rows: list[tuple[str, str]]) -> None:
    named = [(kind, f"x{at}", word) for at, (kind, word) in enumerate(rows)]
    source = "# note\nid\tgene\tname\n" + "".join(
        f"{name}\t{kind}\t{word}\n# about {name}\n" for kind, name, word in named
    )
    new = edited_table(source.encode(), [("", {"id": "n", "gene": "a", "more": "m"}), ("x0", {"name": "other"})],
                       ("id", "gene", "name", "more"))  # fmt: skip
    found, faults = read_table(new, "t.tsv")
    assert faults == ()
    cells_of = {row["id"]: row for row in found.value}
    assert cells_of["n"] == {"id": "n", "gene": "a", "more": "m"}
    assert cells_of["x0"]["name"] == "other"
    assert all(cells_of[name] == {"id": name, "gene": kind, "name": word} for kind, name, word in named[1:])
    assert new.decode().count("# ") >= len(named) + 1


def test_a_block_is_put_in_or_replaced() -> None:
    source = b"rule_set:\n  id: x\n\n# the rest\ngenes: []\n"
    once = put_block(source, "evidence_sources", ["evidence_sources:", "  - a"], "rule_set")
    assert once == b"rule_set:\n  id: x\n\nevidence_sources:\n  - a\n\n# the rest\ngenes: []\n"
    assert put_block(once, "evidence_sources", ["evidence_sources:", "  - a"], "rule_set") == once


# ---------------------------------------------------------------------------------------------------------- the command


def run(*args: str | Path) -> Result:
    result = CliRunner().invoke(main, [str(each) for each in args], prog_name="assigner")
    assert result.exception is None or isinstance(result.exception, SystemExit), result.exception
    return result


@pytest.mark.holds("CURA-15")
def test_the_command_proposes_and_then_writes_a_new_rule_set(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(folder)
    put_rules(folder, [listed("a", 10), listed("b", 20)])
    sources.put(folder / "variant_summary.txt.gz", sources.summary(ROWS))
    asked = ["rules", "import", "clinvar", "variant_summary.txt.gz", "--rules", "rules.yaml", "--date", DATED,
             "--condition", "disease one"]  # fmt: skip
    first = run(*asked, "-o", "proposal.tsv")
    assert first.exit_code == 0, first.stderr
    assert "rows of alleles proposed: 3 new, 1 upgraded, 1 downgraded" in first.stdout
    assert run(*asked, "-o", "rules.yaml").exit_code == 2
    assert run(*asked, "-o", "x", "--accept", "a").exit_code == 2
    assert run(*asked, "-o", "x", "--accept", "a", "--proposal", "proposal.tsv", "--version", "2").exit_code == 2
    accepted = run(*asked, "--accept", "a, G1-A5V", "--version", "2", "-o", "new")
    assert accepted.exit_code == 0, accepted.stderr
    for words in ("2 rows of alleles accepted: 1 new, 1 downgraded", "written: new/rules.yaml, version 2", "result: G1",
                  "forecast A: "):  # fmt: skip
        assert words in accepted.stdout
    assert read_rules("new/rules.yaml").content.evidence_sources[0].dated == DATED
    assert run(*asked, "--accept", "a", "--version", "2", "-o", "new").exit_code == 2
    refused = run(*asked, "--accept", "nothing", "--version", "2", "-o", "never")
    assert refused.exit_code == 1 and "a proposed row" in refused.stderr and not Path("never").exists()
    lines = Path("proposal.tsv").read_text().splitlines()
    Path("proposal.tsv").write_text("\n".join(f"yes{each}" if each.startswith("\tnew\t") else each for each in lines))
    edited = run(*asked, "--proposal", "proposal.tsv", "--version", "3", "-o", "newer")
    assert edited.exit_code == 0, edited.stderr
    assert "3 rows of alleles accepted: 3 new" in edited.stdout


def test_the_shipped_rule_set_can_be_imported_into(folder: Path) -> None:
    record = sources.clinvar("SOD1", 31_659_783, chrom="21", ref="C", alt="T", record="14763", traits="x")
    file = sources.put(folder / "clinvar.vcf", sources.clinvar_vcf([record], "GRCh38"))
    written = Written.read(None)
    asked = Asked.of(written.rules, ["sod1"])
    row = by_name(proposal_of(SourceName.CLINVAR, [file], written, asked))["SOD1-A5V"]
    assert row.change in (Change.RENEWED, Change.UPGRADED, Change.DOWNGRADED)
    assert "categories/cases.yaml" in written.beside
