"""Reports: page, text and terminal say every fact in one order, and nothing that came from a file is obeyed."""

from __future__ import annotations

import io
import itertools
import json
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest
from attrs import evolve
from hypothesis import given
from hypothesis import strategies as st

pytest.importorskip("html5lib")
pytest.importorskip("jinja2")

from rich.console import Console

import assigner
from assigner.assignments import assign
from assigner.audits.replay import assigned_again
from assigner.decisions.reasons import sentence_of
from assigner.errors import InputError, plain
from assigner.reports import render
from assigner.reports.citations import address_of
from assigner.reports.facts import More
from assigner.reports.pages import css_text
from assigner.reports.sections import sections
from assigner.reports.sentences import sentences
from assigner.reports.terminal import show
from assigner.reports.text import explain
from assigner.testing.contents import rule_sets
from assigner.testing.loci import participants
from assigner.testing.participants import known_profiles, profiles
from assigner.traces import Trace
from effort import some
from pages import ATTACKS, HTML, flat, hostile, parsed, seen, twenty_unknown, words
from shipped import EXAMPLES, RULES, traced

CHANGES = ["With C9orf72 expanded, another category would lead.", "<b>Test</b> ATXN2."]
SGR = re.compile(r"\x1b\[[0-9;]*m")


def on_terminal(trace: Trace, changes: list[str], width: int = 100_000) -> str:
    file = io.StringIO()
    console = Console(file=file, force_terminal=True, width=width, color_system="standard", legacy_windows=False)
    show(trace, changes, console)
    return file.getvalue()


def says_all(told: str, trace: Trace, changes: list[str]) -> None:
    """Every fact is told, and in the order of the facts."""
    at = 0
    for section in sections(trace, changes):
        for fact in section.facts:
            for word in words(fact):
                found = told.find(flat(plain(word)).strip(), at)
                assert found >= 0, (
                    f"{section.title}: {word!r} of {fact!r} is not told, or too early: {told[at : at + 300]}"
                )
                at = found


@pytest.mark.holds("REPO-01")
@given(st.data(), rule_sets())
def test_page_text_and_terminal_say_every_fact_in_the_same_order(data, rules):
    profile = data.draw(st.one_of(profiles(rules), known_profiles(rules, 2)))
    trace = assign(evolve(profile, participant=data.draw(participants)), rules).trace
    changes = data.draw(st.lists(st.text(min_size=1), max_size=2))
    says_all(seen(render(trace, changes)), trace, changes)
    says_all(flat(explain(trace, changes)), trace, changes)
    says_all(flat(SGR.sub("", on_terminal(trace, changes))), trace, changes)


@pytest.mark.holds("REPO-01")
@pytest.mark.parametrize("name", some(list(EXAMPLES)[::4], 2))
def test_the_shipped_examples_are_told_whole(name):
    trace = traced(name)
    page = render(trace, CHANGES)
    told = seen(page)
    says_all(told, trace, CHANGES)
    says_all(flat(explain(trace, CHANGES)), trace, CHANGES)
    assert render(trace, CHANGES) == page
    interventions = [category.intervention for category in RULES.content.categories]
    assert [each for each in interventions if each in told] == ([trace.intervention] if trace.intervention else [])


@pytest.mark.holds("REPO-01")
@pytest.mark.parametrize("name", list(EXAMPLES)[:3])
def test_what_matters_in_a_trace_is_a_fact(name):
    """The order and the completeness of the facts are not judged by the facts themselves."""
    trace = traced(name)
    for told in (seen(render(trace)), flat(explain(trace))):
        for finding in trace.findings.true:
            assert finding.gene in told and finding.because in told
            assert all(source in told for source in finding.sources)
            assert all(f"ClinVar:{clinvar}" in told for clinvar in finding.clinvar)
        for reason in trace.reasons:
            assert sentence_of(reason.code, reason.because) in told
        for flag in trace.flags:
            assert flag.gene in told and (flag.truth != "true" or flag.text in told)
        for gene in trace.panel:
            assert gene.gene in told
        for score in trace.scores:
            assert f"{score.category} {score.name}" in told
            assert score.against is None or f"{score.against} in tier {score.tier}" in told
        for check in trace.checks:
            assert check.evidence in told
        digests = [
            trace.digest,
            trace.rule_set.digest,
            *trace.rule_set.files.values(),
            *(i.sha256 for i in trace.inputs),
        ]
        assert all(digest in told for digest in digests)


@pytest.mark.holds("REPO-01", "REPO-07")
@pytest.mark.parametrize("name", list(EXAMPLES)[1:3])
def test_why_findings_are_unknown_is_told_with_their_number(name):
    trace = traced(name)
    page, text = seen(render(trace)), flat(explain(trace))
    assert trace.findings.why
    for why, because in trace.findings.why.items():
        alike = {at for at, each in enumerate(trace.findings.unknown) if each.why == why}
        changing = len(alike & set(trace.decisive_unknowns))
        which = "each" if changing == len(alike) else changing
        could = f", {which} of which could change the decision" if changing else ""
        assert f"{len(alike)} unknown{could}: {because}" in page
        assert f"{len(alike)} unknown{could}: {because}" in text
    older = assigner.parse_trace(json.dumps(trace.form("1.2")).encode())
    assert all(because not in flat(explain(older)) for because in trace.findings.why.values())


@pytest.mark.holds("REPO-04")
def test_the_parts_stand_in_the_order_in_which_they_are_read():
    heads = [each.text for each in parsed(render(traced("c9orf72-expanded"))).iter(f"{HTML}h2")]
    assert heads == [
        "Outcome",
        "Next",
        "Flags",
        "Why",
        "Points by tier",
        "What is known and unknown",
        "Result per category",
        "What would change it",
        "Checks and assumptions",
        "Digests",
        "Issued",
    ]


@pytest.mark.holds("TRAC-08")
def test_another_machine_and_other_settings_give_the_same_bytes(tmp_path):
    """The locale and the order of hashes leave no mark."""
    trace = traced("c9orf72-expanded")
    trace.write(tmp_path / "trace.json")
    code = "from assigner.cli import main; main()"
    package = str(Path(assigner.__file__).parents[1])
    env = os.environ | {"PYTHONPATH": package, "PYTHONHASHSEED": "7", "LC_ALL": "C"}
    command = [sys.executable, "-c", code, "report", "trace.json"]
    done = subprocess.run(command, cwd=tmp_path, env=env, capture_output=True, check=True)
    changes = assigned_again(trace, RULES).changes
    assert done.stdout == render(trace, sentences(trace, changes), RULES).encode()


@pytest.mark.parametrize("name", some(list(EXAMPLES), 8))
def test_a_report_is_small(name):
    assert len(render(traced(name), (), RULES).encode()) < 60_000


# Hostile words


@pytest.fixture(scope="module")
def clean() -> set[str]:
    return shape(render(traced("c9orf72-expanded")))


def shape(page: str) -> set[str]:
    """The elements of a page, and their attributes."""
    tree = parsed(page)
    found = {each.tag for each in tree.iter() if isinstance(each.tag, str)}
    return found | {f"@{key}" for each in tree.iter() for key in each.attrib}


@pytest.mark.holds("REPO-02")
@pytest.mark.parametrize("attack", some(list(ATTACKS), 8))
def test_a_hostile_word_in_every_place_is_text(attack, clean):
    text = ATTACKS[attack]
    trace = hostile(traced("c9orf72-expanded"), text)
    page = render(trace, [text])
    assert shape(page) <= clean | {f"{HTML}a", f"{HTML}ul", f"{HTML}li", f"{HTML}strong", "@href", "@rel"}
    for each in parsed(page).iter(f"{HTML}a"):
        assert re.match(
            r"#why$|https://(pubmed\.ncbi\.nlm\.nih\.gov|www\.ncbi\.nlm\.nih\.gov|doi\.org)/", each.attrib["href"]
        )
    assert flat(plain(text)).strip() in seen(page)
    assert all(c == "\n" or c.isprintable() for c in page)
    says_all(seen(page), trace, [text])

    assert all(c == "\n" or c.isprintable() for c in SGR.sub("", on_terminal(trace, [text], 120)))
    says_all(flat(SGR.sub("", on_terminal(trace, [text], 400_000))), trace, [text])


@pytest.mark.parametrize("size", some([5_000, 100_000], 2))
def test_words_of_many_kilobytes_are_cut_on_the_page_and_it_says_so(size):
    trace, text = traced("c9orf72-expanded"), "A" * size
    page = render(hostile(trace, text))
    assert f"{'A' * 2000}… ({size - 2000} more characters, in the trace)" in page
    assert "A" * 2001 not in page
    assert text in explain(hostile(trace, text))


@given(st.text())
def test_any_text_is_one_string_of_css(text):
    written = css_text(text)
    assert re.fullmatch(r'"(?:[A-Za-z0-9]|\\[0-9a-f]{6})*"', written)
    assert re.sub(r"\\([0-9a-f]{6})", lambda found: chr(int(found[1], 16)), written[1:-1]) == plain(text)


@pytest.mark.parametrize(
    ("source", "address"),
    [
        ("PMID:16321991", "https://pubmed.ncbi.nlm.nih.gov/16321991/"),
        ("PMID: 7", "https://pubmed.ncbi.nlm.nih.gov/7/"),
        ("ClinVar:8468", "https://www.ncbi.nlm.nih.gov/clinvar/variation/8468/"),
        ("VCV000008468.12", "https://www.ncbi.nlm.nih.gov/clinvar/VCV000008468.12/"),
        ("doi:10.1093/hmg/ddy1", "https://doi.org/10.1093/hmg/ddy1"),
        ('doi:10.1/"><script>', None),
        ('doi:10.1093/"><script>', "https://doi.org/10.1093/%22%3E%3Cscript%3E"),
        ("ClinVar 2016-05", None),
        ("PMID:٣", None),
        ("PMID:1\n", None),
        ("PMID:1 and more", None),
        ("https://example.org/", None),
        ("javascript:PMID:1", None),
    ],
)
def test_only_known_identifiers_have_an_address(source, address):
    assert address_of(source) == address


# The page as such


@pytest.mark.holds("REPO-02", "SECU-03")
def test_the_page_needs_nothing_and_may_do_nothing():
    page = render(traced("c9orf72-expanded"))
    tree = parsed(page)
    assert not list(tree.iter(f"{HTML}script"))
    for each in tree.iter():
        assert not {key for key in each.attrib if key.startswith("on") or key in ("src", "srcset", "action")}
        assert each.attrib.get("href", "https://").startswith(("https://", "#"))
        assert each.attrib.get("rel", "noopener noreferrer") == "noopener noreferrer"
    (policy,) = (m.attrib["content"] for m in tree.iter(f"{HTML}meta") if "http-equiv" in m.attrib)
    assert policy.startswith("default-src 'none'; style-src 'unsafe-inline'; img-src data:")
    assert not re.search(r"url\((?!#)|@import", page)
    assert page.startswith('<!DOCTYPE html>\n<html lang="en">')


def test_ids_are_unique_and_everything_that_is_pointed_to_is_there():
    for name in ("c9orf72-expanded", next(iter(EXAMPLES))):
        page = render(traced(name))
        tree = parsed(page)
        ids = [each.attrib["id"] for each in tree.iter() if "id" in each.attrib]
        assert len(ids) == len(set(ids))
        named = {name for each in tree.iter() for name in each.attrib.get("aria-labelledby", "").split()}
        assert named | set(re.findall(r"url\(#([^)]+)\)", page)) <= set(ids)


@pytest.mark.holds("REPO-03")
def test_headings_descend_one_step_at_a_time_and_tables_say_what_their_cells_are():
    tree = parsed(render(traced("c9orf72-expanded"), CHANGES))
    levels = [int(each.tag[-1]) for each in tree.iter() if re.fullmatch(r"\{.*\}h[1-6]", str(each.tag))]
    assert levels[0] == 1 and levels.count(1) == 1
    assert all(after <= before + 1 for before, after in itertools.pairwise(levels))
    tables = list(tree.iter(f"{HTML}table"))
    assert tables
    for table in tables:
        assert table.find(f"{HTML}caption") is not None
        assert all(head.attrib["scope"] in ("col", "row") for head in table.iter(f"{HTML}th"))
    for picture in tree.iter("{http://www.w3.org/2000/svg}svg"):
        assert picture.attrib.get("role") == "img" or picture.attrib.get("aria-hidden") == "true"


def colours(block: str) -> dict[str, str]:
    return dict(re.findall(r"--([a-z-]+): (#[0-9a-f]{6})", block))


def luminance(colour: str) -> float:
    """Relative luminance as WCAG 2 defines it."""
    parts = (int(colour[at : at + 2], 16) / 255 for at in (1, 3, 5))
    red, green, blue = (part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def contrast(one: str, other: str) -> float:
    dark, light = sorted((luminance(one), luminance(other)))
    return (light + 0.05) / (dark + 0.05)


LETTERS = [
    ("ink", "paper"), ("muted", "paper"), ("link", "paper"), ("ink", "soft"), ("muted", "soft"), ("link", "soft"),
    ("good", "good-paper"), ("wait", "wait-paper"),
]  # fmt: skip
SHAPES = [("known", "paper"), ("known", "possible"), ("muted", "paper"), ("called", "paper"), ("called", "reference")]
"""Shapes that must be told from one another; unknown and assumed are hatched as well."""


@pytest.mark.holds("REPO-03")
@pytest.mark.parametrize("scheme", ["light", "dark", "print"])
def test_contrast_is_that_of_wcag_aa(scheme):
    style = Path("src/assigner/reports/templates/report.css.j2")
    text = (Path(__file__).parents[1] / style).read_text(encoding="utf-8")
    light, dark, printed = (colours(block) for block in re.findall(r":root \{(.*?)\}", text, re.DOTALL))
    palette = {"light": light, "dark": dark, "print": printed}[scheme]
    assert palette.keys() == light.keys()
    for one, other in LETTERS:
        assert contrast(palette[one], palette[other]) >= 4.5, (one, other)
    for one, other in SHAPES:
        assert contrast(palette[one], palette[other]) >= 3, (one, other)


@pytest.mark.holds("REPO-05")
def test_long_lists_are_cut_and_say_so():
    trace = traced("c9orf72-expanded")
    locus = trace.loci[0].model_dump(mode="json") | {"state": "called"}
    changed = trace.form() | {"settled": False, "loci": [locus] * 150} | twenty_unknown(trace)
    many = Trace.model_validate(changed)
    cut = [fact.count for section in sections(many) for fact in section.facts if isinstance(fact, More)]
    assert cut == [50, 8]
    says_all(seen(render(many)), many, [])


def test_a_missing_extra_is_told(monkeypatch):
    monkeypatch.setattr("importlib.util.find_spec", lambda name: None)
    with pytest.raises(InputError, match=r"pip install 'trial-assigner\[report\]'"):
        render(traced("c9orf72-expanded"))
