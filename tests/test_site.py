"""The site of the docs: what it refers to is there, and at a release it builds without a warning."""

from __future__ import annotations

import importlib
import re
import subprocess
import sys
from pathlib import Path

import pytest

import assigner
import assigner.testing
from effort import at_a_release

ROOT = Path(__file__).parents[1]
REFERENCE = {path.stem: path.read_text(encoding="utf-8") for path in sorted((ROOT / "docs" / "site").glob("*.rst"))}
MODULE = re.compile(r"^\.\. automodule:: (\S+)\n((?:   :.*\n)*)", re.MULTILINE)


@pytest.mark.holds("INST-03")
def test_the_reference_has_each_module_that_an_example_imports_from() -> None:
    told = {name: options for text in REFERENCE.values() for name, options in MODULE.findall(text)}
    for name, options in told.items():
        module = importlib.import_module(name)
        assert module.__doc__, name
        for wanted in re.findall(r":members: (.+)", options):
            assert all(hasattr(module, each) for each in wanted.split(", ")), name
    pages = [*ROOT.glob("*.md"), *(ROOT / "docs").glob("*.md")]
    text = "\n".join(page.read_text(encoding="utf-8") for page in pages)
    for name, imported in re.findall(r"^(?:>>> )?from (assigner[\w.]*) import ([\w, ]+)$", text, re.MULTILINE):
        public = {each for each in imported.split(", ") if each in assigner.__all__}
        assert name in told or public == {*imported.split(", ")}, name


@at_a_release
@pytest.mark.holds("INST-03")
def test_the_site_builds_without_a_warning_and_documents_every_public_name(tmp_path: Path) -> None:
    pytest.importorskip("sphinx", reason="make site installs it")
    site = tmp_path / "site" / "1"
    command = ["-m", "sphinx", "--quiet", "--fail-on-warning", "-b", "html", "-d", str(tmp_path / "trees"), "-c"]
    done = subprocess.run(
        [sys.executable, *command, str(ROOT / "docs" / "site"), str(ROOT), str(site)],
        capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert (done.returncode, done.stderr) == (0, "")
    for package in (assigner, assigner.testing):
        name = package.__name__.partition(".")[2] or "library"
        text = (site / "docs" / "site" / f"{name}.html").read_text(encoding="utf-8")
        public = [each for each in package.__all__ if each != "__version__"]
        assert [each for each in public if f'id="{package.__name__}.{each}"' not in text] == []
    assert "searchindex.js" in (site / "search.html").read_text(encoding="utf-8")
    assert 'href="1/index.html"' in (site.parent / "index.html").read_text(encoding="utf-8")
    versions = re.search(r'href="([^"]*)">All versions', (site / "docs" / "limits.html").read_text(encoding="utf-8"))
    assert versions is not None and (site / "docs" / versions[1]).resolve() == site.parent / "index.html"
    for page in site.rglob("*.html"):  # from a disk, without network
        told = page.read_text(encoding="utf-8")
        assert re.findall(r"<(?:script|link|img)[^>]*(?:src|href)=\"https?:", told) == [], page
