"""A commented rule set to begin with: complete, and not yet the protocol of any trial."""

from __future__ import annotations

import importlib.resources
import re

FEWEST = 2
MOST = 50

_PATTERN = re.compile(r"(?:^ +# (?:- |  ).*\n)+", re.MULTILINE)  # what is written for category 3, as comments


def starter(categories: int = FEWEST) -> str:
    """The text of a rule set that passes the check, with so many categories.

    The first two have genes. Each other one has a small share in one gene, to be replaced.

    >>> starter(2).count("# - category: CAT3"), starter(3).count("  - category: CAT3")
    (1, 1)
    """
    if not FEWEST <= categories <= MOST:
        raise ValueError(f"expected {FEWEST} to {MOST} categories; got {categories}")
    text = importlib.resources.files("assigner.rules").joinpath("starter.yaml").read_text(encoding="utf-8")
    more = range(FEWEST + 1, categories + 1)
    return _PATTERN.sub(lambda found: "".join(_numbered(found[0], each) for each in more), text) if more else text


def _numbered(comment: str, number: int) -> str:
    """What stands as a comment for category 3, written for another one."""
    text = comment.replace("CAT3", f"CAT{number}").replace("category 3", f"category {number}")
    return re.sub(r"^( +)# ", r"\1", text, flags=re.MULTILINE)
