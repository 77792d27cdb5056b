"""Reports in a real browser: nothing runs, nothing is asked for, a person can read and print it.

Needs Debian's `chromium`, `chromium-driver` and `poppler-utils`, and npm's `axe-core` (its `axe.min.js` named in
`AXE_CORE`). Without them the tests are skipped, unless `REPORT_BROWSER` is set, as in CI: then that is a failure.
"""

from __future__ import annotations

import base64
import json
import os
import shutil
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from attrs import evolve

pytest.importorskip("selenium")
pytest.importorskip("html5lib")
pytest.importorskip("jinja2")

from selenium import webdriver
from selenium.common.exceptions import NoAlertPresentException
from selenium.webdriver.chrome.service import Service
from selenium.webdriver.common.by import By

import assigner
from assigner.cohorts.genomes import Pair
from assigner.cohorts.pages import page as page_of
from assigner.cohorts.summaries import LackCount, summary_of
from assigner.decisions.reasons import Reason
from assigner.errors import plain
from assigner.ledger.drafts import withdraw
from assigner.ledger.pages import page as trial_page
from assigner.ledger.views import history, overview
from assigner.reports import render
from assigner.traces import Trace
from effort import some
from ledgers import enrol, ledger, wish
from pages import ATTACKS, hostile
from shipped import EXAMPLES, RULES, traced

FLAGS = [
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]


def needed(program: str) -> str:
    """The place of a program; without it the test is skipped, or fails where it must be there."""
    place = os.environ.get("AXE_CORE") if program == "axe-core" else shutil.which(program)
    if place is None or not Path(place).exists():
        if os.environ.get("REPORT_BROWSER"):
            pytest.fail(f"no {program}")
        pytest.skip(f"no {program}")
    return place


@pytest.fixture(scope="module")
def browser(tmp_path_factory: pytest.TempPathFactory) -> Iterator[webdriver.Chrome]:
    chromium, driver = needed("chromium"), needed("chromedriver")
    options = webdriver.ChromeOptions()
    options.binary_location = chromium
    for flag in (*FLAGS, f"--user-data-dir={tmp_path_factory.mktemp('profile')}"):
        options.add_argument(flag)
    options.set_capability("goog:loggingPrefs", {"performance": "ALL", "browser": "ALL"})
    options.set_capability("unhandledPromptBehavior", "ignore")
    started = webdriver.Chrome(options=options, service=Service(driver))
    started.set_page_load_timeout(60)
    yield started
    started.quit()


@pytest.fixture
def opened(browser: webdriver.Chrome, tmp_path: Path) -> Any:
    """Open the report of a trace; an older page's log is read away."""

    def opens(trace: Trace, changes: tuple[str, ...] = (), **media: str) -> webdriver.Chrome:
        (tmp_path / "report.html").write_bytes(render(trace, changes).encode())
        features = [{"name": name.replace("_", "-"), "value": value} for name, value in media.items()]
        browser.execute_cdp_cmd("Emulation.setEmulatedMedia", {"features": features})
        browser.get("about:blank")
        browser.get_log("performance")
        browser.get_log("browser")
        browser.get((tmp_path / "report.html").as_uri())
        return browser

    return opens


def requests(browser: webdriver.Chrome) -> list[str]:
    """What the browser asked for since the page was opened."""
    events = [json.loads(entry["message"])["message"] for entry in browser.get_log("performance")]
    return [e["params"]["request"]["url"] for e in events if e["method"] == "Network.requestWillBeSent"]


def expected_title(trace: Trace) -> str:
    name = {score.category: score.name for score in trace.scores}.get(trace.category or "", "")
    title = f"Assigned: {trace.category} {name} – participant {trace.participant}"
    return plain(title if len(title) <= 80 else f"{title[:79]}…")


@pytest.mark.holds("REPO-02")
@pytest.mark.parametrize("attack", some(list(ATTACKS), 8))
def test_a_hostile_word_does_nothing(opened: Any, attack: str) -> None:
    trace = hostile(traced("c9orf72-expanded"), ATTACKS[attack])
    page = opened(trace, (ATTACKS[attack],))
    assert page.title == " ".join(expected_title(trace).split())
    assert page.find_elements(By.CSS_SELECTOR, "script, img, iframe, base, form, object, embed") == []
    page.execute_script("for (const e of document.querySelectorAll('*')) e.dispatchEvent(new MouseEvent('mouseover'))")
    with pytest.raises(NoAlertPresentException):
        page.switch_to.alert.dismiss()
    assert [url for url in requests(page) if not url.endswith("/report.html")] == []
    assert page.get_log("browser") == []
    visible = page.execute_script("return getComputedStyle(document.querySelector('h1')).display")
    assert visible == "block"
    wide = "return document.documentElement.scrollWidth <= document.documentElement.clientWidth"
    assert page.execute_script(wide)


@pytest.mark.holds("REPO-02")
def test_the_policy_stops_a_script_even_if_one_stood_there(opened: Any, tmp_path: Path) -> None:
    page = opened(traced("c9orf72-expanded"))
    text = (tmp_path / "report.html").read_text(encoding="utf-8")
    evil = "<script>document.title = 'pwned'</script><img src='https://example.org/x.png'>"
    (tmp_path / "report.html").write_text(text.replace("</main>", f"{evil}</main>"), encoding="utf-8")
    page.get((tmp_path / "report.html").as_uri())
    assert "pwned" not in page.title
    assert any("Content Security Policy" in entry["message"] for entry in page.get_log("browser"))


@pytest.mark.holds("REPO-03")
@pytest.mark.parametrize("scheme", some(["dark", "light"], 2))
@pytest.mark.parametrize("name", ["c9orf72-expanded", "nothing-known"])
def test_axe_finds_no_fault(opened: Any, scheme: str, name: str) -> None:
    passed = faultless(opened(made(name), ("A change.",), prefers_color_scheme=scheme))
    assert {"color-contrast", "document-title", "html-has-lang", "svg-img-alt", "heading-order"} <= passed


@pytest.mark.holds("COHO-06")
def test_axe_finds_no_fault_in_the_summary_of_a_cohort(browser: webdriver.Chrome, tmp_path: Path) -> None:
    row = {"outcome": "error", "error": "HeaderError", "message": "<b>", "reasons": None, "settled": None}
    rows = [row | {"participant": who, "category": None, "provisional": None} for who in ("P1", "P2")]
    twins = Pair("P1", "P2", 190, 200, 480)
    summary = evolve(
        summary_of(rows, {}, RULES), mixed=(("P1", "files 1 and 2"),), lacks=(LackCount("a", 1, 1, (), "b"),)
    )
    met = evolve(summary.comparison, one_genome=(twins,), close=(twins,), without=("P3",), judged=1)
    (tmp_path / "summary.html").write_bytes(page_of(evolve(summary, comparison=met)).encode())
    browser.get((tmp_path / "summary.html").as_uri())
    passed = faultless(browser)
    assert {
        "color-contrast",
        "document-title",
        "html-has-lang",
        "heading-order",
        "scrollable-region-focusable",
    } <= passed


@pytest.mark.holds("LEDG-06")
@pytest.mark.parametrize("blinded", [False, True])
def test_the_page_of_a_trial_is_faultless_on_each_screen(
    browser: webdriver.Chrome, tmp_path: Path, blinded: bool
) -> None:
    with ledger({"A": 2, "B": 5}) as made:
        for person, arm in (("P1", "A"), ("P2", "A"), ("P3", "C?"), ("P4-" + "x" * 60, "B")):
            enrol(made, person, arm, "one file" if person in ("P1", "P3") else None)
        made.append(withdraw(wish("moved away, " * 30 + "for good"), "P2"))
        entries = list(made.entries())
    view, events = overview(entries, blinded=blinded), list(history(entries, blinded=blinded))
    (tmp_path / "trial.html").write_bytes(trial_page(view, events, None).encode())
    browser.get((tmp_path / "trial.html").as_uri())
    assert browser.title == "A test: 1 waits for a person"
    assert {"color-contrast", "document-title", "html-has-lang", "heading-order"} <= faultless(browser)
    for width, height in SCREENS:
        on_the_first_screen(browser, width, height, "h1", "#state", ".reasons li")
        assert width_taken(browser, width) <= width


def faultless(page: webdriver.Chrome) -> set[str]:
    """The rules of axe that a page passes, which breaks none of them."""
    page.execute_script(Path(needed("axe-core")).read_text(encoding="utf-8") + "\nwindow.axe = axe;")
    passed: set[str] = set()
    for unfold in ("return 0", "for (const each of document.querySelectorAll('details')) each.open = true"):
        page.execute_script(unfold)
        found = page.execute_async_script("window.axe.run().then(arguments[0])")
        assert [(v["id"], v["impact"], [n["target"] for n in v["nodes"]]) for v in found["violations"]] == []
        passed |= {each["id"] for each in found["passes"]}
    return passed


def made(name: str) -> Trace:
    if name == "nothing-known":
        return assigner.assign(assigner.profile_of({"participant": "P0"}, RULES), RULES).trace
    return traced(name)


def test_the_scheme_follows_the_reader(opened: Any) -> None:
    ground = "return getComputedStyle(document.body).backgroundColor"
    shown = [
        opened(traced("c9orf72-expanded"), prefers_color_scheme=scheme).execute_script(ground)
        for scheme in ("light", "dark")
    ]
    assert shown == ["rgb(255, 255, 255)", "rgb(20, 24, 28)"]


@pytest.mark.holds("REPO-03")
@pytest.mark.parametrize("width", [320, 1200])
def test_no_page_scrolls_sideways(opened: Any, width: int) -> None:
    page = opened(traced("c9orf72-expanded"))
    on_the_first_screen(page, width, 800, "h1")
    assert width_taken(page, width) <= width


def width_taken(page: webdriver.Chrome, width: int) -> int:
    """How wide a page is, in CSS pixels, on a screen of this width."""
    with screen(page, width, 800):
        return int(page.execute_script("return document.documentElement.scrollWidth"))


@contextmanager
def screen(page: webdriver.Chrome, width: int, height: int) -> Iterator[None]:
    """A screen of so many CSS pixels; of a phone, where it is narrow."""
    size = {"width": width, "height": height, "deviceScaleFactor": 1, "mobile": width < 600}
    page.execute_cdp_cmd("Emulation.setDeviceMetricsOverride", size)
    try:
        yield
    finally:
        page.execute_cdp_cmd("Emulation.clearDeviceMetricsOverride", {})


SCREENS = [(390, 844), (1280, 800)]
"""Width and height in CSS pixels: a phone held upright, and a small laptop."""


@pytest.mark.holds("REPO-07")
@pytest.mark.parametrize("name", some(list(EXAMPLES), 5))
def test_the_outcome_and_what_it_rests_on_stand_on_the_first_screen(opened: Any, name: str) -> None:
    trace = traced(name)
    for width, height in SCREENS:
        page = opened(trace)
        on_the_first_screen(page, width, height, "h1", ".draft", *(".reasons li" for _ in trace.reasons[:1]))
        assert says_why(page, width, height)
        folded = page.find_elements(By.CSS_SELECTOR, "details:not([open]) > :not(summary)")
        assert folded and not any(part.is_displayed() for part in folded)


@pytest.mark.holds("REPO-07")
@pytest.mark.parametrize("reason", some(list(Reason), 6))
def test_each_reason_for_a_review_stands_on_the_first_screen(opened: Any, reason: Reason) -> None:
    trace = traced("c9orf72-untested")
    told = {"code": reason.value, "policy": "review", "because": trace.reasons[0].because}
    changed = Trace.model_validate(trace.model_dump(mode="json") | {"reasons": [told]})
    for width, height in SCREENS:
        page = opened(changed)
        on_the_first_screen(page, width, height, "h1", ".draft", ".reasons li")
        assert says_why(page, width, height)
        assert reason.value in page.find_element(By.CSS_SELECTOR, ".reasons li").text


def on_the_first_screen(page: webdriver.Chrome, width: int, height: int, *parts: str) -> None:
    """Fails unless each part ends before the screen does, and the finding that counts, where there is one."""
    ends = "return document.querySelector(arguments[0])?.getBoundingClientRect().bottom ?? -1"
    with screen(page, width, height):
        for part in parts:
            assert 0 < page.execute_script(ends, part) <= height, part
        assert page.execute_script(ends, ".found li") <= height


def says_why(page: webdriver.Chrome, width: int, height: int) -> bool:
    """Whether the reasons of a report are not folded away on a screen of this size."""
    with screen(page, width, height):
        return bool(page.find_element(By.CSS_SELECTOR, "#why article, #why p").is_displayed())


@pytest.mark.holds("REPO-04")
def test_it_prints_on_paper_with_the_outcome_and_whose_it_is_on_every_page(opened: Any, tmp_path: Path) -> None:
    pdftotext = needed("pdftotext")
    trace = traced("c9orf72-expanded")
    page = opened(trace, prefers_color_scheme="dark")
    printed = page.execute_cdp_cmd("Page.printToPDF", {"preferCSSPageSize": True, "printBackground": True})
    (tmp_path / "report.pdf").write_bytes(base64.b64decode(printed["data"]))
    told = subprocess.run([pdftotext, "-layout", tmp_path / "report.pdf", "-"], capture_output=True, check=True)
    pages = told.stdout.decode().rstrip("\f").split("\f")
    assert 2 <= len(pages) <= 8
    first = " ".join(pages[0].split())
    assert (trace.intervention or "none until reviewed") in first
    assert all(reason.code in first for reason in trace.reasons)
    whole = "".join("".join(pages).split())
    assert all(digest in whole for digest in (trace.rule_set.digest, *trace.rule_set.files.values()))
    assert all(check.evidence.replace(" ", "") in whole for check in trace.checks)
    assert all(score.name.replace(" ", "") in whole for score in trace.scores)
    for number, each in enumerate(pages, start=1):
        assert f"{number}/{len(pages)}" in "".join(each.split())
        assert trace.participant in each
        assert trace.digest in "".join(each.split())


def test_a_word_of_a_hundred_kilobytes_prints(opened: Any) -> None:
    page = opened(traced("c9orf72-expanded").model_copy(update={"participant": "A" * 100_000}))
    printed = page.execute_cdp_cmd("Page.printToPDF", {"preferCSSPageSize": True})
    assert base64.b64decode(printed["data"]).startswith(b"%PDF-")
