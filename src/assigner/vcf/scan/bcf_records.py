"""One record of a BCF as its bytes: what is read of it without htslib, and the record with one of its samples."""

from __future__ import annotations

import struct
from collections.abc import Callable, Iterator

import numpy as np
from attrs import frozen
from numpy.typing import NDArray

from assigner.errors import RecordError

# l_shared, l_indiv, CHROM, POS from 0, rlen, QUAL, n_allele << 16 | n_info, n_fmt << 24 | n_sample
FIXED_FIELDS = struct.Struct("<IIiiifII")
_SIZES = {0: 0, 1: 1, 2: 2, 3: 4, 5: 4, 7: 1}  # bytes of a value, by its type: none, integers, a float, a letter
_LONG = 15  # a count of values that says: the count follows


@frozen
class Values:
    """The values that one FORMAT key has for all samples."""

    text: bytes
    at: int
    kind: int
    count: int

    @property
    def size(self) -> int:
        """Bytes of one sample's values."""
        return self.count * _SIZES[self.kind]

    def of_one(self, sample: int) -> bytes:
        """One sample's values."""
        return self.text[self.at + sample * self.size : self.at + (sample + 1) * self.size]

    def rows(self, samples: int) -> NDArray[np.signedinteger]:
        """The values of all samples, a row for each; they are whole numbers."""
        values = np.frombuffer(self.text, f"<i{_SIZES[self.kind]}", samples * self.count, self.at)
        return values.reshape(samples, self.count)

    def number(self, sample: int) -> int | None:
        """One sample's whole number; None when it is missing, or the values are no numbers."""
        if self.kind not in (1, 2, 3) or not self.count:
            return None
        found = int.from_bytes(self.of_one(sample)[: _SIZES[self.kind]], "little", signed=True)
        return found if found >= 0 else None

    def alleles(self, sample: int) -> list[int]:
        """One sample's genotype; none when an allele is missing, or the values are no numbers."""
        if self.kind not in (1, 2, 3):
            return []
        size = _SIZES[self.kind]
        end = (-1 << (8 * size - 1)) + 1  # stands after the last allele of a genotype that has fewer than others
        values = [value for (value,) in struct.iter_unpack("<" + "bhi"[self.kind - 1], self.of_one(sample))]
        alleles = [(value >> 1) - 1 for value in values if value != end]
        return alleles if min(alleles, default=-1) >= 0 else []


@frozen
class Content:
    """One record as bytes: `size` of them, from `at` on."""

    text: bytes
    at: int
    size: int
    place: Callable[[], str]

    def formats(self) -> Iterator[tuple[int, Values]]:
        """The FORMAT keys by their numbers, with their values."""
        for _, key, values in self._formats():
            yield key, values

    def of_one(self, sample: int) -> bytes:
        """The record with one of its samples."""
        shared: int
        samples: int
        shared, *_, samples = FIXED_FIELDS.unpack_from(self.text, self.at)
        parts = [self.text[begin : values.at] + values.of_one(sample) for begin, _, values in self._formats()]
        own, at = b"".join(parts), self.at
        # The fields between are copied as bytes: a missing QUAL is a float that does not survive being read.
        fixed: bytes = struct.pack("<II", shared, len(own)) + self.text[at + 8 : at + FIXED_FIELDS.size - 4]
        fixed += (samples & 0xFF000000 | 1).to_bytes(4, "little")
        return fixed + self.text[at + FIXED_FIELDS.size : at + 8 + shared] + own

    def alleles(self) -> list[bytes]:
        """REF and the ALT alleles."""
        return [self.text[begin:end] for begin, end in self._words()[1:]]

    def _words(self) -> list[tuple[int, int]]:
        """Where ID, REF and each ALT stand."""
        alleles, stop = FIXED_FIELDS.unpack_from(self.text, self.at)[-2] >> 16, self._shared
        at, found = self.at + FIXED_FIELDS.size, []
        for _ in range(1 + alleles):
            kind, count, begin = self._type(at, stop)
            at = begin + count * _SIZES[kind]
            found.append((begin, at))
        return found

    @property
    def _shared(self) -> int:
        """Where what all samples share ends."""
        return self.at + 8 + int.from_bytes(self.text[self.at : self.at + 4], "little")

    def filters(self) -> list[int]:
        """The values of FILTER by their numbers."""
        stop = self._shared
        kind, count, at = self._type(self._words()[-1][1], stop)
        if at + count * _SIZES[kind] > stop or kind not in (0, 1, 2, 3):
            raise self._refused()
        return [number for number, _ in (self._number(at + n * _SIZES[kind], kind) for n in range(count))]

    def _formats(self) -> Iterator[tuple[int, int, Values]]:
        """Where each FORMAT key begins, its number and its values."""
        shared, *_, samples = FIXED_FIELDS.unpack_from(self.text, self.at)
        at, stop = self.at + 8 + shared, self.at + self.size
        for _ in range(samples >> 24):
            begin = at
            kind, count, at = self._type(at, stop)
            if count != 1 or kind not in (1, 2, 3):
                raise self._refused()
            key, at = self._number(at, kind)
            kind, count, at = self._type(at, stop)
            values = Values(self.text, at, kind, count)
            at += values.size * (samples & 0xFFFFFF)
            if at > stop:
                raise self._refused()
            yield begin, key, values

    def _type(self, at: int, stop: int) -> tuple[int, int, int]:
        """The type of the values that begin at `at`, how many they are, and where they stand."""
        if at >= stop:
            raise self._refused()
        kind, count = self.text[at] & 15, self.text[at] >> 4
        at += 1
        if count == _LONG:
            if at >= stop or self.text[at] not in (0x11, 0x12, 0x13):
                raise self._refused()
            count, at = self._number(at + 1, self.text[at] & 15)
        if kind not in _SIZES or count < 0 or at > stop:
            raise self._refused()
        return kind, count, at

    def _number(self, at: int, kind: int) -> tuple[int, int]:
        """A whole number of this type, and where it ends."""
        size = _SIZES[kind]
        return int.from_bytes(self.text[at : at + size], "little", signed=True), at + size

    def _refused(self) -> RecordError:
        return RecordError(self.place(), "a BCF record whose values fit into it", "one whose values do not")
