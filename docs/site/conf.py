"""The site of the docs: `make site`. The pages are the repository's Markdown, at their own places, so that links stay.

The navigation is taken from `docs/README.md`: each heading of it with its links. So nothing here names a page, and the
Markdown has no directive in it that a forge would show as text.
"""

from __future__ import annotations

import html
import re
from pathlib import Path
from typing import Any

from sphinx.application import Sphinx

from assigner.__about__ import VERSION

project = "assigner"
author = "the founders of assigner"
version = release = VERSION
html_title = f"assigner {VERSION}"

extensions = ["myst_parser", "sphinx.ext.autodoc", "sphinx.ext.napoleon"]
root_doc = "docs/README"
include_patterns = [
    "*.md",
    "docs/*.md",
    "docs/site/*.rst",
    "examples/README.md",
    "bench/README.md",
    "packaging/README.md",
]
exclude_patterns = [".*", "build", "dist", "src", "tests", "fuzz", "categories"]
myst_heading_anchors = 4

default_role = "code"  # docstrings have words of code between single backticks
autodoc_member_order = "bysource"
autodoc_typehints_format = "short"
autodoc_default_options = {"no-value": True}
napoleon_use_ivar = True

html_theme = "furo"
templates_path = ["templates"]
html_sidebars = {
    "**": [
        *("sidebar/brand.html", "versions.html", "sidebar/search.html"),
        *("sidebar/scroll-start.html", "sidebar/navigation.html", "sidebar/scroll-end.html"),
    ]
}
html_show_search_summary = False  # from a disk, a browser lets no script read other pages
html_show_sourcelink = False
html_copy_source = False

REFERENCE = ("library", "cohorts", "ledger", "testing", "parts")
"""The pages that are made from docstrings."""


def _navigation(text: str) -> str:
    """The directives that give the site's pages their order: of each heading, the pages it links to."""
    parts = [part.partition("\n") for part in text.split("\n## ")[1:]]
    linked = {head: re.findall(r"\]\(([\w./-]+)\.md\)", body) for head, _, body in parts}
    linked["Reference from docstrings"] = [f"site/{name}" for name in REFERENCE]
    return "".join(
        "\n".join(["", "```{toctree}", ":hidden:", f":caption: {head}", "", *pages, "```", ""])
        for head, pages in linked.items()
    )


def _prepared(_app: Sphinx, name: str, source: list[str]) -> None:
    """A page as the site needs it."""
    if name == root_doc:
        source[0] += _navigation(source[0])
    if name == "docs/validation":  # a record of its release: headings of other pages may have another name today
        source[0] = re.sub(r"(\]\([\w./-]+\.md)#[^)\s]+\)", r"\1)", source[0])


def _without_schema(*told: Any) -> tuple[str | None, str | None]:
    """The signature of a model without what its fields are checked by; nobody calls one with all of it."""
    _, what, _, _, _, signature, result = told
    return ("", result) if what == "class" and "Annotated[" in (signature or "") else (signature, result)


def _versions(app: Sphinx, error: Exception | None) -> None:
    """A page beside the site, which leads to each version that stands there, and a first page in the site itself."""
    if error is not None:
        return
    site = Path(app.outdir)
    _write(site / "index.html", [("docs/README.html", project)], follow=True)
    others = sorted(path.parent.parent.name for path in site.parent.glob("*/docs/README.html"))
    _write(site.parent / "index.html", [(f"{name}/index.html", f"assigner {name}") for name in others])


def _write(path: Path, links: list[tuple[str, str]], *, follow: bool = False) -> None:
    to = f'<meta http-equiv="refresh" content="0; url={html.escape(links[0][0])}">' if follow else ""
    rows = "".join(f'<li><a href="{html.escape(address)}">{html.escape(text)}</a></li>' for address, text in links)
    path.write_text(
        f'<!DOCTYPE html><html lang="en"><meta charset="utf-8"><meta name="color-scheme" content="light dark">{to}'
        f"<title>assigner: docs</title><h1>assigner: docs</h1><ul>{rows}</ul></html>\n",
        encoding="utf-8",
    )


def setup(app: Sphinx) -> None:
    """Add what is above to the build."""
    app.connect("source-read", _prepared)
    app.connect("autodoc-process-signature", _without_schema)
    app.connect("build-finished", _versions)
