"""A VCF Zarr store as bytes: the text of the VCF that it was converted from, and the digest of what was read of it."""

from __future__ import annotations

import hashlib
import os

from assigner import extras
from assigner.canonical import canonical
from assigner.errors import ContainerError
from assigner.vcf.bytes.raw import Raw
from assigner.vcf.bytes.store_arrays import Store
from assigner.vcf.bytes.stores import links_in, stamp_of

_LOOK = 1 << 17


class RawStore(Raw):
    """The text of a store; its digest and size are those of what was read of the store."""

    is_converted = True

    def __init__(self, path: str | os.PathLike[str], name: str) -> None:
        super().__init__(name)
        extras.check_installed("zarr", "zarr")
        self._path = path
        try:
            self._stamp = stamp_of(path)
        except OSError as error:
            raise ContainerError(name, "files that can be read", type(error).__name__) from error
        for link in links_in(path):
            raise ContainerError(f"{name}: {link}", "a folder", "a link to one")
        self._store = Store.open(path, name)
        self._text = self._store.text()
        self._rest = self._first = next(self._text)

    def look(self) -> bytes:
        """The first of the text."""
        return self._first[:_LOOK]

    def _fill(self, buffer: memoryview) -> int:
        while not self._rest:
            found = next(self._text, None)
            if found is None:
                return 0
            self._rest = found
        piece, self._rest = self._rest[: len(buffer)], self._rest[len(buffer) :]
        buffer[: len(piece)] = piece
        return len(piece)

    def is_changed(self) -> bool:
        """Whether a file of the store is another than at first, came or went."""
        try:
            return stamp_of(self._path) != self._stamp
        except OSError:
            return True

    @property
    def digest(self) -> str:
        """SHA-256 of canonical JSON: of all that was read, the SHA-256 by the key in the store."""
        return hashlib.sha256(canonical(self._store.seen.digests)).hexdigest()

    @property
    def size(self) -> int:
        """Bytes of what was read of the store."""
        return self._store.seen.size

    def close(self) -> None:
        """Close the store; to do so twice does no harm."""
        self._text.close()
        self._store.inner.close()
