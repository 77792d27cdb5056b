"""Results that are computed once for a value that never changes, and live as long as that value."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Self, TypeVar

from attrs import field, fields, frozen

Result = TypeVar("Result")


@frozen(eq=False, slots=False)
class Cached:
    """A value that holds the results of pure functions of it, as long as it lives itself."""

    _results: dict[Callable[..., Any], Any] = field(factory=dict, init=False, repr=False)

    def __getstate__(self) -> dict[str, Any]:
        """What it holds, without the results."""
        return {each.name: getattr(self, each.name) for each in fields(type(self))} | {"_results": {}}

    def cached(self, work: Callable[[Self], Result]) -> Result:
        """What a pure function makes of this value; it is called the first time only.

        >>> @frozen(eq=False, slots=False)
        ... class Word(Cached):
        ...     text: str
        >>> def length(word):
        ...     print("counted")
        ...     return len(word.text)
        >>> word = Word("gene")
        >>> word.cached(length), word.cached(length)
        counted
        (4, 4)
        """
        result: Result
        try:
            result = self._results[work]
        except KeyError:
            result = self._results.setdefault(work, work(self))  # of two threads both get the first result
        return result
