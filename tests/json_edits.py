"""Places in JSON at which a test edits it."""

from __future__ import annotations

from typing import Any

from hypothesis import strategies as st


@st.composite
def places_in(draw: st.DrawFn, whole: dict[str, Any]) -> tuple[Any, Any]:
    """An object or an array of a JSON object, or the object itself, and a key or an index of it."""
    within: Any = whole
    key: Any = draw(st.sampled_from(sorted(whole)))
    while isinstance(within[key], dict | list) and within[key] and draw(st.booleans()):
        within = within[key]
        key = draw(st.sampled_from(sorted(within) if isinstance(within, dict) else range(len(within))))
    return within, key
