"""What values have in common: mappings that never change, and a `repr` that shows nothing of a participant."""

from __future__ import annotations

from typing import Any, NoReturn, TypeVar

Key = TypeVar("Key")
Value = TypeVar("Value")


class Fixed(dict[Key, Value]):
    """A dictionary that refuses every change.

    >>> Fixed({"a": 1})["a"] = 2
    Traceback (most recent call last):
    ...
    TypeError: this mapping never changes
    """

    def _refuse(self, *_: Any, **__: Any) -> NoReturn:
        raise TypeError("this mapping never changes")

    __setitem__ = __delitem__ = __ior__ = clear = pop = popitem = setdefault = update = _refuse

    def __reduce__(self) -> tuple[type[Fixed[Key, Value]], tuple[dict[Key, Value]]]:
        return type(self), (dict(self),)


class Private:
    """What is known of a participant: its `repr` ends in logs, and so shows none of it."""

    __slots__ = ()

    def __repr__(self) -> str:
        return f"{type(self).__name__}(...)"
