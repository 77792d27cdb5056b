"""How participants are drawn, and how Hypothesis shows them."""

from __future__ import annotations

import functools
from collections.abc import Callable, Hashable, Sequence
from typing import Any, Concatenate, ParamSpec, TypeVar

from hypothesis import strategies as st
from hypothesis.vendor import pretty

from assigner.profiles.profile import Profile
from assigner.profiles.written import form_of

P = ParamSpec("P")
R = TypeVar("R")
T = TypeVar("T", bound=Hashable)

FEW = 12
"""Of up to this many items each is drawn on its own; of a longer list at most this many are drawn."""


class _Drawing:
    """A drawing and what it is drawn for; not of attrs, because Hypothesis prints every field of those."""

    def __init__(self, define: Callable[..., Any], args: tuple[Any, ...], named: dict[str, Any]) -> None:
        self.define, self.args, self.named = define, args, named

    def __repr__(self) -> str:
        return self.define.__name__


@st.composite
def _drawn(draw: st.DrawFn, what: _Drawing) -> Any:
    return what.define(draw, *what.args, **what.named)


def composite(define: Callable[Concatenate[st.DrawFn, P], R]) -> Callable[P, st.SearchStrategy[R]]:
    """As `st.composite`, but shown by its name alone: a rule set is too long to be shown with every draw."""

    @functools.wraps(define)
    def strategy(*args: P.args, **named: P.kwargs) -> st.SearchStrategy[R]:
        return _drawn(_Drawing(define, args, named))

    return strategy


@composite
def some(draw: st.DrawFn, items: Sequence[T], most: int = FEW) -> list[T]:
    """Some of the items: any of a short list, at most `most` of a longer one."""
    if len(items) <= most:
        return [item for item in items if draw(st.booleans())]
    return draw(st.lists(st.sampled_from(items), max_size=most, unique=True))


def _typed(profile: Profile, printer: pretty.RepresentationPrinter, _: bool) -> None:
    printer.text(f"profile_of({form_of(profile)!r}, rules)")


pretty.for_type_by_name(Profile.__module__, Profile.__name__, _typed)
"""A participant that breaks a law is shown as Python code, with plain reference calls in one list."""
