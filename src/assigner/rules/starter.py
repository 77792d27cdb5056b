"""A rule set to begin with: whole, commented, and nobody's protocol yet."""

from __future__ import annotations

import importlib.resources
import re

FEWEST = 2
MOST = 50

_PATTERN = re.compile(r"(?:^  # .*[^.\n]\n){6}", re.MULTILINE)  # the category that stands there as a comment


def starter(categories: int = FEWEST) -> str:
    """The text of a rule set that passes the check, with so many categories.

    The first ones have genes; the others wait for theirs.

    >>> starter(3).count("intervention:") == starter(2).count("intervention:") == 3
    True
    """
    if not FEWEST <= categories <= MOST:
        raise ValueError(f"expected {FEWEST} to {MOST} categories; got {categories}")
    text = importlib.resources.files("assigner.rules").joinpath("starter.yaml").read_text(encoding="utf-8")
    found = _PATTERN.search(text)
    assert found is not None
    pattern = found[0]
    written = "".join(_numbered(pattern, number) for number in range(FEWEST + 1, categories + 1))
    return text if not written else text.replace(pattern, written.replace("  # ", "  "))


def _numbered(pattern: str, number: int) -> str:
    return pattern.replace(str(FEWEST + 1), str(number))
