"""A forecast as a picture: one bar for each outcome, with what is not enumerated and the simulation's interval."""

from __future__ import annotations

import io
from typing import Any

import matplotlib as mpl
from matplotlib.figure import Figure

from assigner.errors import plain
from assigner.forecasts.shares import Forecast, Share

_STYLE: dict[Any, Any] = {"svg.fonttype": "none", "svg.hashsalt": "assigner", "font.family": ["DejaVu Sans"]}


def chart(found: Forecast, title: str) -> bytes:
    """The picture as SVG; the same forecast gives the same bytes under one version of matplotlib."""
    bars: list[tuple[str, Share, str]] = [(f"assigned {name}", s, "#1b7837") for name, s in found.assigned.items()]
    bars += [(f"review, provisionally {name}", share, "#e08214") for name, share in found.provisional.items()]
    bars += [("review, no category", found.no_category, "#b35806")]
    bars += [(f"reason {reason.value}", share, "#5e6a75") for reason, share in found.reasons.items()]
    with mpl.rc_context():
        mpl.rcdefaults()
        mpl.rcParams.update(_STYLE)
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
        file = io.BytesIO()
        figure.savefig(file, format="svg", metadata=dict.fromkeys(("Date", "Creator", "Format", "Type")))
    return file.getvalue()
