"""Pictures of a report: rectangles and words, written as SVG to stand in a page.

The page's own colours and letters are used, so that a picture follows it into the dark and on to paper. Its text is
text. No colour stands alone: what is unknown is hatched too, and a table beside each picture says the same. All
rectangles that are filled alike are one path, which keeps a page small.
"""

from __future__ import annotations

import xml.etree.ElementTree as ET
from collections import defaultdict
from collections.abc import Mapping, Sequence
from functools import cache

from attrs import field, frozen

from assigner.errors import plain
from assigner.reports.facts import Points, State

WIDTH = 340
"""Units of a picture, about CSS pixels: the width of a phone's page."""

GENES_A_PICTURE = 30

Fill = str
"""What a rectangle is filled with: a class of the page's style, which has the colours."""

_LINES: Mapping[Fill, tuple[str, str]] = {
    "possible": ("M1.5 0v3", "rotate(45)"),
    "assumed": ("M1.5 0v3", ""),
    "doubtful": ("M1.5 0v3M0 1.5h3", "rotate(45)"),
    "unknown": ("M1.5 0v3", "rotate(45)"),
}
"""The hatching of what is not plainly known, in a square of 3 units that is repeated; and how it is turned."""


STATES: tuple[State, ...] = ("called", "reference", "assumed", "doubtful", "unknown")
"""In the order in which they stand in a tile."""

_PAINTED: tuple[Fill, ...] = ("track", "possible", "known", *STATES)
"""Each above those before it."""


@frozen
class Picture:
    """A picture: its SVG, and what it shows in words."""

    caption: str
    svg: str


@frozen(eq=False)
class Drawing:
    """Rectangles by their filling, and words on top."""

    width: float
    height: float
    boxes: dict[Fill, list[str]] = field(factory=lambda: defaultdict(list), init=False)
    words: list[ET.Element] = field(factory=list, init=False)

    def box(self, fill: Fill, x: float, y: float, wide: float, high: float) -> None:
        """A rectangle by its upper left corner and its size."""
        self.boxes[fill].append(f"M{_number(x)} {_number(y)}h{_number(wide)}v{_number(high)}h{_number(-wide)}z")

    def word(self, x: float, y: float, text: str, kind: str = "") -> None:
        """Letters on their base line, of one or more classes of the page's style."""
        place = {"x": _number(x), "y": _number(y)} | ({"class": kind} if kind else {})
        each = ET.Element("text", place)
        each.text = plain(text)
        self.words.append(each)

    def svg(self, name: str, told: tuple[str, str] | None) -> str:
        """The drawing as an element of the page, its title and description first; hidden from readers without them.

        Args:
            name: what no other picture of the page has; its ids begin so.
            told: the title and the description.
        """
        size = {"width": _number(self.width), "height": _number(self.height)}
        root = ET.Element("svg", {"viewBox": f"0 0 {size['width']} {size['height']}", **size})
        if told is None:
            root.set("aria-hidden", "true")
        else:
            root.attrib |= {"role": "img", "aria-labelledby": f"{name}-title {name}-told"}
            for tag, own, text in (("title", "title", told[0]), ("desc", "told", told[1])):
                ET.SubElement(root, tag, {"id": f"{name}-{own}"}).text = plain(text)
        for fill in filter(self.boxes.__contains__, _PAINTED):
            path = ET.Element("path", {"class": fill, "d": "".join(self.boxes[fill])})
            if fill in _LINES:
                root.append(_hatching(fill, name))
                path.set("fill", f"url(#{name}-{fill})")
            root.append(path)
        root.extend(self.words)
        return ET.tostring(root, encoding="unicode", short_empty_elements=False)


def _hatching(fill: Fill, name: str) -> ET.Element:
    """A filling with lines over its colour."""
    lines, turned = _LINES[fill]
    own = {"id": f"{name}-{fill}", "width": "3", "height": "3", "patternUnits": "userSpaceOnUse"}
    pattern = ET.Element("pattern", own | ({"patternTransform": turned} if turned else {}))
    ET.SubElement(pattern, "path", {"class": f"under {fill}", "d": "M0 0h3v3h-3z"})
    ET.SubElement(pattern, "path", {"class": f"lines {fill}", "d": lines})
    return pattern


def _number(value: float) -> str:
    """A number of units to two decimals, in as few letters as it has.

    >>> _number(62.0), _number(-7.125), _number(0.004)
    ('62', '-7.12', '0')
    """
    return f"{round(value, 2) + 0:.2f}".rstrip("0").rstrip(".")


def points(scores: Sequence[Points], tier: int) -> Picture | None:
    """The categories' points in one tier: what is known, and how far it can go; None when there is nothing to draw."""
    rows = [(score, each) for score in scores for each in score.tiers if each.tier == tier]
    most = max((max(each.most, each.known) for _, each in rows), default=0)
    if most <= 0:
        return None
    row = 32
    drawing = Drawing(WIDTH, row * len(rows) + 14)
    for at, (score, each) in enumerate(rows):
        y = row * at
        drawing.word(0, y + 16, _short(score.category, 28), "chosen" if score.chosen else "")
        drawing.word(WIDTH, y + 16, _amount(each.known, each.least, each.most), "end")
        least, known, high = (WIDTH * max(0, points) / most for points in (each.least, each.known, each.most))
        drawing.box("track", 0, y + 21, WIDTH, 11)
        if high > least:
            drawing.box("possible", least, y + 21, high - least, 11)
        if known:
            drawing.box("known", 0, y + 23.5, known, 6)
    drawing.word(0, drawing.height - 2, "0", "scale")
    drawing.word(WIDTH, drawing.height - 2, f"{most} points", "scale end")
    told = "; ".join(f"{_short(s.category, 80)} {t.known} known, from {t.least} to {t.most} possible" for s, t in rows)
    caption = f"Tier {tier}"
    return Picture(caption, drawing.svg(f"points-{tier}", (caption, f"Points in tier {tier}: {told}.")))


def _amount(known: int, least: int, most: int) -> str:
    return str(known) if least == most == known else f"{known} ({least}–{most})"


def panels(genes: Sequence[tuple[str, Mapping[State, int]]]) -> tuple[Picture, ...]:
    """The genes of the panel, each a tile with how many of its places are in which state."""
    parts = [genes[at : at + GENES_A_PICTURE] for at in range(0, len(genes), GENES_A_PICTURE)]
    return tuple(_panel(part, at) for at, part in enumerate(parts, start=1))


def _panel(genes: Sequence[tuple[str, Mapping[State, int]]], number: int) -> Picture:
    columns, row = 5, 30
    drawing = Drawing(WIDTH, row * -(-len(genes) // columns))
    wide = WIDTH / columns - 6
    for at, (gene, counts) in enumerate(genes):
        x, y = (at % columns) * WIDTH / columns, row * (at // columns)
        drawing.word(x, y + 11, _short(gene, 9), "gene")
        total = sum(counts.values())
        for state in STATES:
            part = wide * counts.get(state, 0) / total if total else 0
            if part:
                drawing.box(state, x, y + 15, part, 7)
                x += part
    caption = f"{_short(genes[0][0], 20)} to {_short(genes[-1][0], 20)}"
    known = sum(not (c.get("doubtful") or c.get("unknown")) for _, c in genes)
    told = f"Of {len(genes)} genes, {known} are known at every listed place; the lists below name the others."
    return Picture(caption, drawing.svg(f"panel-{number}", (caption, told)))


@cache
def legend(state: State) -> str:
    """A swatch of a state's colour and hatching; words stand beside it, so that it has none."""
    drawing = Drawing(18, 12)
    drawing.box("track", 0.5, 1, 17, 10)
    drawing.box(state, 0.5, 1, 17, 10)
    return drawing.svg(f"legend-{state}", None)


def _short(text: str, most: int) -> str:
    text = plain(text)
    return text if len(text) <= most else f"{text[: most - 1]}…"
