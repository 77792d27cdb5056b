"""What is worked out once of a value that never changes, and kept with it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Self, TypeVar

from attrs import field, frozen

Made = TypeVar("Made")


@frozen(eq=False, slots=False)
class Once:
    """A value that keeps, as long as it lives, what pure functions made of it."""

    _made: dict[Callable[..., Any], Any] = field(factory=dict, init=False, repr=False)

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
