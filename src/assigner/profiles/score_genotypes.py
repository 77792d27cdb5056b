"""The genotypes of a polygenic score: how many copies of each effect allele, and their packed form in a trace."""

from __future__ import annotations

import base64

from attrs import field, frozen

from assigner.errors import ProfileError
from assigner.rules.polygenic import UNKNOWN_COPIES
from assigner.values import Private

_FOURS = [bytes(byte >> shift & 3 for shift in (6, 4, 2, 0)) for byte in range(256)]
_TO_BASE_4 = bytes.maketrans(bytes(range(UNKNOWN_COPIES + 1)), b"0123")
_TO_DIGITS = bytes.maketrans(bytes(range(UNKNOWN_COPIES + 1)), b"012.")
_OF_DIGITS = bytes.maketrans(b"012.", bytes(range(UNKNOWN_COPIES + 1)))


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
        if not copies or copies.translate(None, bytes(range(UNKNOWN_COPIES + 1))):
            raise ValueError("copies: at least one byte, each 0, 1, 2 or 3")

    @property
    def packed(self) -> str:
        """Two bits for each row, the first row in the highest ones of the first byte, in Base64 (RFC 4648).

        >>> ScoreGenotypes("", bytes([0, 1, 2, 3, 2])).packed
        'G4A='
        """
        padded = self.copies + bytes(-len(self.copies) % 4)
        whole = int(padded.translate(_TO_BASE_4), 4)
        return base64.b64encode(whole.to_bytes(len(padded) // 4, "big")).decode()

    @property
    def digits(self) -> str:
        """A character for each row, `.` where the copies are not known."""
        return self.copies.translate(_TO_DIGITS).decode()


def unpacked(text: str, rows: int, place: str) -> bytes:
    """The copies of so many rows, from their packed form.

    Raises:
        ProfileError: when it is not that of so many rows.
    """
    try:
        found = base64.b64decode(text, validate=True)
    except ValueError:  # of Base64, and of a text that is not ASCII
        found = b""
    copies = b"".join(map(_FOURS.__getitem__, found))
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
    return text.encode().translate(_OF_DIGITS)
