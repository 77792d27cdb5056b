"""What is worked out once, and kept: with a value that never changes, or for all that is equal."""

from __future__ import annotations

from collections.abc import Callable, Hashable
from typing import Any, Generic, Self, TypeVar

from attrs import field, fields, frozen

Made = TypeVar("Made")


@frozen(eq=False, slots=False)
class Once:
    """A value that keeps, as long as it lives, what pure functions made of it."""

    _made: dict[Callable[..., Any], Any] = field(factory=dict, init=False, repr=False)

    def __getstate__(self) -> dict[str, Any]:
        """What it holds, without what was worked out of it."""
        return {each.name: getattr(self, each.name) for each in fields(type(self))} | {"_made": {}}

    def once(self, work: Callable[[Self], Made]) -> Made:
        """What a pure function makes of this value; it is called the first time only.

        >>> @frozen(eq=False, slots=False)
        ... class Word(Once):
        ...     text: str
        >>> def length(word):
        ...     print("counted")
        ...     return len(word.text)
        >>> word = Word("gene")
        >>> word.once(length), word.once(length)
        counted
        (4, 4)
        """
        made: Made
        try:
            made = self._made[work]
        except KeyError:
            made = self._made[work] = work(self)
        return made


@frozen(eq=False)
class Kept(Generic[Made]):
    """What was worked out for equal keys, up to a bound; then all of it is forgotten."""

    most: int
    _known: dict[Hashable, Made] = field(factory=dict, init=False, repr=False)

    def of(self, key: Hashable, work: Callable[[], Made]) -> Made:
        """What is known under a key, worked out when nothing is.

        >>> kept = Kept[str](most=2)
        >>> [kept.of(key, lambda: f"worked out for {key}") for key in (1, 2, 1)][2]
        'worked out for 1'
        """
        if key not in self._known:
            if len(self._known) >= self.most:
                self._known.clear()
            self._known[key] = work()
        return self._known[key]
