"""Canonical JSON (RFC 8785): one way to write a value, so that equal values have equal bytes and digests.

Nothing that is written here holds a float or a whole number beyond 2**53. Of what is left, Python's own encoder writes
all as RFC 8785 asks but the order of keys beyond Unicode's first plane, which RFC 8785 sorts by UTF-16; where a
character from there occurs, `rfc8785` writes.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from itertools import groupby
from typing import Any, Generic, TypeVar

import rfc8785
from attrs import field, frozen

Value = TypeVar("Value")

MOST_JOINED = 128
"""So many values of a list are joined to one piece: a large one takes memory that must be asked for anew each time."""

_encode = json.JSONEncoder(
    ensure_ascii=False, allow_nan=False, check_circular=False, separators=(",", ":"), sort_keys=True
).encode
_BEYOND_FIRST_PLANE = re.compile("[\U00010000-\U0010ffff]")


def canonical(value: Any) -> bytes:
    r"""A value of text, whole numbers, truth values, null, lists and objects in canonical JSON, UTF-8.

    >>> canonical({"b": [1, None], "a": "é\n"}).decode()
    '{"a":"é\\n","b":[1,null]}'
    """
    written = _encode(value)
    if written.isascii() or not _BEYOND_FIRST_PLANE.search(written):
        return written.encode()
    return rfc8785.dumps(value)


def listed(items: Iterable[bytes]) -> Iterator[bytes]:
    """The list of values that have been written, in pieces to be joined, none of which is large."""
    yield b"["
    yield from _joined(items)
    yield b"]"


def members(items: Iterable[bytes]) -> Iterator[bytes]:
    """The object of members that have been written, each a key and its value, in the order of their keys; likewise."""
    yield b"{"
    yield from _joined(items)
    yield b"}"


def _joined(items: Iterable[bytes]) -> Iterator[bytes]:
    written = list(items)
    for at in range(0, len(written), MOST_JOINED):
        yield from (b",",) if at else ()
        yield b",".join(written[at : at + MOST_JOINED])


def keyed(plain: Mapping[str, Any], written: Mapping[str, Iterable[bytes]]) -> Iterator[bytes]:
    """The object of plain values, and of others that have been written in pieces, under keys in ASCII.

    >>> b"".join(keyed({"b": 1, "c": None}, {"a": listed([canonical("x")])}))
    b'{"a":["x"],"b":1,"c":null}'
    """
    sign = b"{"
    for is_plain, keys in groupby(sorted([*plain, *written]), key=plain.__contains__):
        if is_plain:
            yield sign
            yield canonical({key: plain[key] for key in keys})[1:-1]
            sign = b","
        else:
            for key in keys:
                yield b'%b"%b":' % (sign, key.encode())
                yield from written[key]
                sign = b","
    yield b"}" if sign == b"," else b"{}"


@frozen(eq=False)
class Prewritten(Generic[Value]):
    """Values whose canonical JSON is cached from the first time that it is asked for, and how others are written.

    Cached by identity: fields excluded from `__eq__` may differ.
    """

    write: Callable[[Value], bytes]
    values: Mapping[int, Value]
    written: dict[int, bytes] = field(factory=dict, init=False, repr=False)

    @classmethod
    def of(cls, values: Iterable[Value], write: Callable[[Value], bytes]) -> Prewritten[Value]:
        """What is written of these values is cached, and of others is not."""
        return cls(write, {id(value): value for value in values})

    def get(self, value: Value) -> bytes:
        """A value as it is written."""
        found = self.written.get(id(value))
        if found is None:
            found = self.write(value)
            if id(value) in self.values:
                self.written[id(value)] = found
        return found
