"""A mapping that never changes, and that pickles and copies."""

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
