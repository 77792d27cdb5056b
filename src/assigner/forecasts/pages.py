"""Declared policies side by side as one page of HTML: the picture, and the tables of the same shares.

The page is whole in itself: it loads nothing, and runs nothing.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from html import escape

from assigner.forecasts.charts import side_by_side
from assigner.forecasts.policies import Policy, by_category_and_grade, cell_of, outcomes_of

_STYLE = """
body { font: 16px/1.5 sans-serif; max-width: 60rem; margin: 2rem auto; padding: 0 1rem; color: #111; background: #fff }
table { border-collapse: collapse; margin: 1rem 0 }
th, td { border: 1px solid #767676; padding: .2rem .6rem; text-align: left }
td { text-align: right; font-variant-numeric: tabular-nums }
figure { margin: 1rem 0 } svg { max-width: 100%; height: auto }
"""

_HEAD = f"""<!DOCTYPE html>
<html lang="en">
<head>
<meta charset="utf-8">
<title>Policies side by side</title>
<style>{_STYLE}</style>
</head>
<body>"""


def page_of(policies: Sequence[Policy], basis: Sequence[str]) -> bytes:
    """The page; the same forecasts give the same bytes under one version of matplotlib.

    Args:
        policies: the rule sets, each with what it gives.
        basis: what the forecast of the first one rests on, line by line.
    """
    names = [f"policy {at}" for at in range(1, len(policies) + 1)]
    picture = side_by_side(policies).decode()
    parts = [
        "<h1>Declared policies side by side</h1>",
        "<p>At least so many of the participants come to each outcome. What is not enumerated may come to any.</p>",
        *_items("ol", (policy.words for policy in policies)),
        "<figure>",
        picture[picture.index("<svg") :],
        "<figcaption>Who is assigned by which grade, and who goes to review; the table says the same.</figcaption>",
        "</figure>",
        *_table("All policies", names, [_with_rest(policy) for policy in policies]),
    ]
    for at, policy in enumerate(policies, start=1):
        if policy.groups:
            shares = [dict(by_category_and_grade(found)) for found in policy.groups.values()]
            parts += _table(f"Policy {at} by ancestry group: category and grade", list(policy.groups), shares)
        if policy.scores is not None:
            agreeing = [dict(group.agreeing) for group in policy.scores.groups]
            if any(agreeing):
                groups = [group.group for group in policy.scores.groups]
                parts += _table(f"Policy {at}: how often two scores agree", groups, agreeing)
    parts += ["<h2>What the forecast of policy 1 rests on</h2>", *_items("ul", basis)]
    return "\n".join([_HEAD, *parts, "</body>\n</html>\n"]).encode()


def _with_rest(policy: Policy) -> dict[str, float]:
    """The outcomes of a policy, what is not enumerated, and the error of what is drawn."""
    return dict(outcomes_of(policy.forecast)) | {
        "not enumerated": policy.forecast.rest,
        "error of the draws, at 99 %": policy.forecast.error,
    }


def _items(kind: str, texts: Iterable[str]) -> Iterator[str]:
    yield f"<{kind}>"
    yield from (f"<li>{escape(text)}</li>" for text in texts)
    yield f"</{kind}>"


def _table(caption: str, names: Sequence[str], columns: Sequence[Mapping[str, float]]) -> Iterator[str]:
    """A table of the outcomes that have a share in any column."""
    yield f"<table>\n<caption>{escape(caption)}</caption>"
    cells = "".join(f'<th scope="col">{escape(name)}</th>' for name in names)
    yield f'<thead><tr><th scope="col">outcome</th>{cells}</tr></thead>\n<tbody>'
    for outcome in dict.fromkeys(name for column in columns for name in column):
        shares = [column.get(outcome) for column in columns]
        if any(shares):
            cells = "".join(f"<td>{escape(cell_of(share))}</td>" for share in shares)
            yield f'<tr><th scope="row">{escape(outcome)}</th>{cells}</tr>'
    yield "</tbody>\n</table>"
