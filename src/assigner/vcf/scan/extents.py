"""How far a record with a symbolic ALT reaches: INFO/END and INFO/SVLEN, read in one place for all who ask."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence

from attrs import frozen

_WHOLE = re.compile("[0-9]{1,12}")


@frozen
class Extent:
    """What INFO says of a record's length.

    Attributes:
        end: INFO/END; None when it is not given, or is no number.
        lengths: INFO/SVLEN without its signs; None for each value that is no number.
    """

    end: int | None = None
    lengths: tuple[int | None, ...] = ()

    @classmethod
    def of(cls, info: Mapping[str, str]) -> Extent:
        """The extent that INFO gives.

        >>> Extent.of({"END": "900", "SVLEN": "-50,."})
        Extent(end=900, lengths=(50, None))
        """
        sizes = info["SVLEN"].split(",") if "SVLEN" in info else ()
        return cls(whole(info.get("END", "")), tuple(whole(size.removeprefix("-")) for size in sizes))

    def length(self, number: int, alts: int) -> int | None:
        """The length of one ALT, by its number in GT; where there is not one for each ALT, the first that is given."""
        if not self.lengths:
            return None
        return self.lengths[number - 1] if number and len(self.lengths) == alts else self.lengths[0]

    def longest(self, alts: Sequence[str]) -> int:
        """How far the symbolic ALTs reach past POS by their lengths; an inserted sequence reaches nowhere.

        >>> Extent(None, (50, 900)).longest(["<DEL>", "<INS>"]), Extent(None, (50,)).longest(["<DEL>", "<INS>"])
        (50, 50)
        """
        lengths = self.lengths
        if len(lengths) == len(alts):
            lengths = tuple(n for n, alt in zip(lengths, alts, strict=True) if alt[:1] == "<" and alt[:4] != "<INS")
        elif all(alt.startswith("<INS") for alt in alts):
            return 0
        return max((length for length in lengths if length is not None), default=0)


def whole(text: str) -> int | None:
    """A whole number, None for anything else."""
    return int(text) if _WHOLE.fullmatch(text) else None
