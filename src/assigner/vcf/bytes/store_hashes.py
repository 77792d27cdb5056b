"""What is read of a VCF Zarr store, hashed where Zarr gets it."""

from __future__ import annotations

import hashlib
from pathlib import Path
from typing import Any

from attrs import define, field


@define
class Seen:
    """What was read of a store.

    Attributes:
        digests: SHA-256 of what stands under each key.
        size: bytes of all of it.
        absent: keys that were asked for and are not there.
        changed: keys under which something else stood at another time.
    """

    digests: dict[str, str] = field(factory=dict)
    size: int = 0
    absent: set[str] = field(factory=set)
    changed: set[str] = field(factory=set)

    def take(self, key: str, content: bytes | None) -> None:
        """Note what stands under a key."""
        if content is None:
            self.absent.add(key)
            return
        digest = hashlib.sha256(content).hexdigest()
        if key not in self.digests:
            self.digests[key] = digest
            self.size += len(content)
        elif self.digests[key] != digest:
            self.changed.add(key)


def hashing(path: Path, seen: Seen) -> Any:
    """What Zarr reads a folder or a ZIP through, so that what is hashed is what is unpacked."""
    from zarr.storage import LocalStore, WrapperStore, ZipStore

    class Hashing(WrapperStore[Any]):  # type: ignore[misc]  # Zarr may be absent
        async def get(self, key: str, prototype: Any, byte_range: Any = None) -> Any:
            found = await super().get(key, prototype, byte_range)
            part = "" if byte_range is None else f"@{byte_range}"
            seen.take(f"{key}{part}", None if found is None else found.to_bytes())
            return found

    return Hashing(LocalStore(path, read_only=True) if path.is_dir() else ZipStore(path, mode="r"))
