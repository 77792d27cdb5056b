"""A forecast as a picture: a bar for each outcome, or for each of several policies that are shown side by side."""

from __future__ import annotations

import io
import textwrap
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any

import matplotlib as mpl
from matplotlib.figure import Figure

from assigner.errors import plain
from assigner.forecasts.policies import Policy
from assigner.forecasts.shares import Forecast, Share

_STYLE: dict[Any, Any] = {"svg.fonttype": "none", "svg.hashsalt": "assigner", "font.family": ["DejaVu Sans"]}


def chart(found: Forecast, title: str) -> bytes:
    """The picture as SVG; the same forecast gives the same bytes under one version of matplotlib."""
    bars: list[tuple[str, Share, str]] = [(f"assigned {name}", s, "#1b7837") for name, s in found.assigned.items()]
    bars += [(f"review, provisionally {name}", share, "#e08214") for name, share in found.provisional.items()]
    bars += [("review, no category", found.no_category, "#b35806")]
    bars += [(f"reason {reason.value}", share, "#5e6a75") for reason, share in found.reasons.items()]
    with _style():
        figure = Figure(figsize=(9, 0.32 * len(bars) + 1.3), layout="constrained")
        axes = figure.add_subplot()
        for at, (_, share, colour) in enumerate(bars):
            axes.barh(at, 100 * share.least, color=colour)
            axes.barh(at, 100 * (share.most - share.least), left=100 * share.least, color="none", edgecolor=colour,
                      hatch="////", linewidth=0)  # fmt: skip
            if share.simulated is not None:
                middle, low, high = (100 * value for value in share.simulated)
                axes.errorbar(middle, at, xerr=[[max(0.0, middle - low)], [max(0.0, high - middle)]], color="black",
                              capsize=3, marker=".")  # fmt: skip
            axes.annotate(f"{100 * share.least:.2f}", (100 * share.most, at), xytext=(8, 0), va="center",
                          textcoords="offset points", fontsize=8)  # fmt: skip
        axes.set_yticks(range(len(bars)), [plain(name) for name, _, _ in bars], parse_math=False)
        axes.invert_yaxis()
        axes.set_xlim(0, 112)
        axes.set_xlabel("% of participants; hatched: not enumerated; black: simulated, interval at 99 %")
        axes.set_title(plain(title), fontsize=10, parse_math=False)
        axes.spines[["top", "right"]].set_visible(False)
        return _svg(figure)


_COLOURS = ("#1b7837", "#5aae61", "#a6dba0", "#9970ab", "#762a83", "#e08214", "#b35806")
"""Of what a policy may give: a category by its grade, the strongest first; a provisional one; none."""


def side_by_side(policies: Sequence[Policy]) -> bytes:
    """Several policies as SVG, a bar for each: who is assigned by which grade, and who goes to review."""
    with _style():
        figure = Figure(figsize=(9, 0.9 * len(policies) + 1.8), layout="constrained")
        axes = figure.add_subplot()
        for at, policy in enumerate(policies):
            start = 0.0
            for (name, share), colour in zip(policy.outcomes(), _COLOURS, strict=False):  # without each category again
                axes.barh(at, 100 * share, left=start, color=colour, label=None if at else name)
                start += 100 * share
        names = [f"{at}: {policy.words}" for at, policy in enumerate(policies, start=1)]
        axes.set_yticks(range(len(policies)), ["\n".join(textwrap.wrap(each, 45)) for each in names], parse_math=False)
        axes.invert_yaxis()
        axes.set_xlim(0, 100)
        axes.set_xlabel("% of participants, at least; white: not enumerated")
        axes.spines[["top", "right"]].set_visible(False)
        figure.legend(loc="outside lower center", ncols=3, fontsize=8)
        return _svg(figure)


@contextmanager
def _style() -> Iterator[None]:
    """One look, whatever the caller has set."""
    with mpl.rc_context():
        mpl.rcdefaults()
        mpl.rcParams.update(_STYLE)
        yield


def _svg(figure: Figure) -> bytes:
    """A figure as SVG without date or maker."""
    file = io.BytesIO()
    figure.savefig(file, format="svg", metadata=dict.fromkeys(("Date", "Creator", "Format", "Type")))
    return file.getvalue()
