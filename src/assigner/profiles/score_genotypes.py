"""The genotypes of a polygenic score: how many copies of each effect allele, and their packed form in a trace."""

from __future__ import annotations

import base64

from attrs import field, frozen

from assigner.errors import ProfileError
from assigner.rules.polygenic import UNKNOWN_COPIES
from assigner.values import Private


@frozen(repr=False)
class ScoreGenotypes(Private):
    """The copies of the effect alleles of a scoring file, in its order.

    Attributes:
        sha256: the digest of the scoring file whose rows they are of.
        copies: a byte for each row: 0, 1 or 2, or `UNKNOWN_COPIES`.
    """

    sha256: str
    copies: bytes = field()

    @copies.validator
    def _are_copies(self, _: object, copies: bytes) -> None:
        if not copies or max(copies) > UNKNOWN_COPIES:
            raise ValueError("copies: at least one byte, each 0, 1, 2 or 3")

    @property
    def packed(self) -> str:
        """Two bits for each row, the first row in the highest ones of the first byte, in Base64 (RFC 4648).

        >>> ScoreGenotypes("", bytes([0, 1, 2, 3, 2])).packed
        'G4A='
        """
        padded = self.copies + bytes(-len(self.copies) % 4)
        fours = zip(padded[0::4], padded[1::4], padded[2::4], padded[3::4], strict=True)
        return base64.b64encode(bytes(a << 6 | b << 4 | c << 2 | d for a, b, c, d in fours)).decode()

    @property
    def digits(self) -> str:
        """A character for each row, `.` where the copies are not known."""
        return "".join("." if own == UNKNOWN_COPIES else str(own) for own in self.copies)


def unpacked(text: str, rows: int, place: str) -> bytes:
    """The copies of so many rows, from their packed form.

    Raises:
        ProfileError: when it is not that of so many rows.
    """
    try:
        found = base64.b64decode(text, validate=True)
    except ValueError:  # of Base64, and of a text that is not ASCII
        found = b""
    copies = bytes(byte >> shift & 3 for byte in found for shift in (6, 4, 2, 0))
    if len(found) != -(-rows // 4) or any(copies[rows:]) or base64.b64encode(found).decode() != text:
        raise ProfileError(place, f"two bits for each of {rows} rows, in Base64", "another text")
    return copies[:rows]


def of_digits(text: str, rows: int, place: str) -> bytes:
    """The copies of so many rows, a character for each.

    Raises:
        ProfileError: when it is not that of so many rows.
    """
    if len(text) != rows or not set(text) <= set("012."):
        raise ProfileError(place, f"{rows} characters, each 0, 1, 2 or .", "another text")
    return bytes(UNKNOWN_COPIES if own == "." else int(own) for own in text)
