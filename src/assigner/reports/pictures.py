"""Pictures of a report, drawn by matplotlib and made fit to stand in a page as SVG.

The page's own colours and letters are used, so that a picture follows it into the dark and on to paper. Its text is
text. No colour stands alone: what is unknown is hatched too, and a table beside each picture says the same.
"""

from __future__ import annotations

import io
import re
import xml.etree.ElementTree as ET
from collections.abc import Iterator, Mapping, Sequence
from collections.abc import Set as AbstractSet
from contextlib import contextmanager
from functools import cache
from typing import Any

import matplotlib as mpl
from attrs import frozen
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.patches import Rectangle

from assigner.errors import plain
from assigner.reports.facts import Points, State

WIDTH = 340
"""Units of a picture, about CSS pixels: the width of a phone's page."""

GENES_A_PICTURE = 30

_COLOURS = {
    "#010101": "ink",
    "#020202": "muted",
    "#030303": "line",
    "#040404": "known",
    "#050505": "possible",
    "#060606": "called",
    "#070707": "reference",
    "#080808": "assumed",
    "#090909": "doubtful",
    "#0a0a0a": "unknown",
    "#0b0b0b": "paper",
}
INK, MUTED, LINE, KNOWN, POSSIBLE = (f"#{at:02x}{at:02x}{at:02x}" for at in range(1, 6))
PAPER = "#0b0b0b"
_FILLS: Mapping[State, tuple[str, str]] = {
    "called": ("#060606", ""),
    "reference": ("#070707", ""),
    "assumed": ("#080808", "||||"),
    "doubtful": ("#090909", "xxxx"),
    "unknown": ("#0a0a0a", "////"),
}
_STYLE: dict[Any, Any] = {
    "svg.fonttype": "none",
    "svg.hashsalt": "assigner",
    "svg.image_inline": True,
    "path.simplify": False,
    "hatch.linewidth": 0.9,
    "font.family": ["DejaVu Sans"],
}


@frozen
class Picture:
    """A picture: its SVG, and what it shows in words."""

    caption: str
    svg: str


@contextmanager
def own_style() -> Iterator[None]:
    """Draw by matplotlib's own settings and ours; nobody's personal ones change a report."""
    with mpl.rc_context():
        mpl.rcdefaults()
        mpl.rcParams.update(_STYLE)
        yield


def points(scores: Sequence[Points], tier: int) -> Picture | None:
    """The categories' points in one tier: what is known, and how far it can go; None when there is nothing to draw."""
    rows = [(score, each) for score in scores for each in score.tiers if each.tier == tier]
    most = max((max(each.most, each.known) for _, each in rows), default=0)
    if most <= 0:
        return None
    row = 32
    height = row * len(rows) + 14
    figure, axes = _blank(height)
    for at, (score, each) in enumerate(rows):
        y = height - row * (at + 1)
        _text(axes, 0, y + 16, _short(score.category, 28), fontweight="bold" if score.chosen else "normal")
        _text(axes, WIDTH, y + 16, _amount(each.known, each.least, each.most), align="right")
        least, known, high = (WIDTH * max(0, points) / most for points in (each.least, each.known, each.most))
        _box(axes, 0, y, WIDTH, 11, PAPER, edge=LINE)
        if high > least:
            _box(axes, least, y, high - least, 11, POSSIBLE, "////", edge=MUTED)
        if known:
            _box(axes, 0, y + 2.5, known, 6, KNOWN)
    _text(axes, 0, 2, "0", color=MUTED, fontsize=10)
    _text(axes, WIDTH, 2, f"{most} points", color=MUTED, align="right", fontsize=10)
    told = "; ".join(f"{_short(s.category, 80)} {t.known} known, from {t.least} to {t.most} possible" for s, t in rows)
    return _picture(figure, f"points-{tier}", f"Tier {tier}", f"Points in tier {tier}: {told}.")


def _amount(known: int, least: int, most: int) -> str:
    return str(known) if least == most == known else f"{known} ({least}–{most})"


def panels(genes: Sequence[tuple[str, Mapping[State, int]]]) -> tuple[Picture, ...]:
    """The genes of the panel, each a tile with how many of its places are in which state."""
    parts = [genes[at : at + GENES_A_PICTURE] for at in range(0, len(genes), GENES_A_PICTURE)]
    return tuple(_panel(part, at) for at, part in enumerate(parts, start=1))


def _panel(genes: Sequence[tuple[str, Mapping[State, int]]], number: int) -> Picture:
    columns, row = 5, 30
    height = row * -(-len(genes) // columns)
    figure, axes = _blank(height)
    wide = WIDTH / columns - 6
    for at, (gene, counts) in enumerate(genes):
        x, y = (at % columns) * WIDTH / columns, height - row * (at // columns + 1) + 8
        _text(axes, x, y + 11, _short(gene, 9), fontsize=9.5)
        total = sum(counts.values())
        for state, (colour, hatch) in _FILLS.items():
            part = wide * counts.get(state, 0) / total if total else 0
            if part:
                _box(axes, x, y, part, 7, colour, hatch)
                x += part
    caption = f"{_short(genes[0][0], 20)} to {_short(genes[-1][0], 20)}"
    known = sum(not (c.get("doubtful") or c.get("unknown")) for _, c in genes)
    told = f"Of {len(genes)} genes, {known} are known at every listed place; the lists below name the others."
    return _picture(figure, f"panel-{number}", caption, told)


@cache
def legend(state: State) -> str:
    """A swatch of a state's colour and hatching; words stand beside it, so that it has none."""
    figure, axes = _blank(12, 18)
    colour, hatch = _FILLS[state]
    _box(axes, 0.5, 1, 17, 10, colour, hatch, edge=LINE)
    return _svg(figure, f"legend-{state}", 18, 12, None)


def _blank(height: float, width: float = WIDTH) -> tuple[Figure, Axes]:
    """An empty figure whose units are those of the SVG."""
    figure = Figure(figsize=(width / 72, height / 72), dpi=72, frameon=False)
    axes = figure.add_axes((0, 0, 1, 1), frameon=False)
    axes.set(xlim=(0, width), ylim=(0, height), xticks=[], yticks=[])
    return figure, axes


def _box(
    axes: Axes, x: float, y: float, wide: float, high: float, colour: str, hatch: str = "", edge: str = ""
) -> None:
    line: dict[str, Any] = {"edgecolor": edge or (INK if hatch else "none"), "linewidth": 0.8 if edge else 0}
    axes.add_patch(Rectangle((x, y), wide, high, facecolor=colour, hatch=hatch or None, clip_on=False, **line))


def _text(axes: Axes, x: float, y: float, text: str, *, align: str = "left", **letters: Any) -> None:
    """Letters on their base line, so that no font's height moves them; no `$` of theirs is mathematics."""
    axes.text(x, y, text, ha=align, va="baseline", parse_math=False, **{"color": INK, "fontsize": 12, **letters})


def _short(text: str, most: int) -> str:
    text = plain(text)
    return text if len(text) <= most else f"{text[: most - 1]}…"


def _picture(figure: Figure, name: str, caption: str, told: str) -> Picture:
    width, height = (round(72 * inches) for inches in figure.get_size_inches())
    return Picture(caption, _svg(figure, name, width, height, (caption, told)))


def _svg(figure: Figure, name: str, width: int, height: int, told: tuple[str, str] | None) -> str:
    """The figure as an element of the page, its title and description first."""
    file = io.BytesIO()
    figure.savefig(file, format="svg", transparent=True, metadata=dict.fromkeys(("Date", "Creator", "Format", "Type")))
    drawn = ET.fromstring(file.getvalue())
    for each in drawn.iter():
        each.tag = each.tag.rpartition("}")[2]
        each.tail = None
        each.text = each.text if each.tag == "text" else None
    root = ET.Element("svg", {"viewBox": f"0 0 {width} {height}", "width": str(width), "height": str(height)})
    if told is None:
        root.set("aria-hidden", "true")
    else:
        root.attrib |= {"role": "img", "aria-labelledby": f"{name}-title {name}-told"}
        for tag, own, text in (("title", "title", told[0]), ("desc", "told", told[1])):
            ET.SubElement(root, tag, {"id": f"{name}-{own}"}).text = plain(text)
    parts = [part for part in drawn if part.tag == "g" or (part.tag == "defs" and part.find("style") is None)]
    used = set(re.findall(r"(?:url\(|href=\")#([^)\"]+)", " ".join(ET.tostring(p, encoding="unicode") for p in parts)))
    for part in parts:
        _fit(part, name, used)
        root.append(part)
    return ET.tostring(root, encoding="unicode", short_empty_elements=False)


def _fit(part: ET.Element, name: str, used: AbstractSet[str]) -> None:
    """Take the page's colours and letters, and ids that are the page's own; drop ids that nothing uses."""
    for each in part.iter():
        kept: dict[str, str] = {}
        for key, value in each.attrib.items():
            key = key.rpartition("}")[2]
            match key:
                case "id" if value in used:
                    kept[key] = f"{name}-{value}"
                case "href":
                    kept[key] = value.replace("#", f"#{name}-", 1)
                case "style" | "clip-path" | "fill":
                    kept[key] = _styled(value, name)
                case "id" | "transform" if each.tag in ("g", "text"):
                    pass  # no group is transformed, and no text is turned
                case _:
                    kept[key] = value
        each.attrib.clear()
        each.attrib.update(kept)


def _styled(style: str, name: str) -> str:
    style = re.sub(r" ?font-family: [^;]*;", "", style.replace("url(#", f"url(#{name}-"))
    return re.sub(r"#[0-9a-f]{6}", lambda found: f"var(--{_COLOURS[found[0]]})", style)
