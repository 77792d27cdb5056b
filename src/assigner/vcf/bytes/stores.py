"""Whether a path leads to a Zarr store."""

from __future__ import annotations

import json
import os
import zipfile
from collections.abc import Iterator
from pathlib import Path
from typing import TypeGuard

ROOTS = (".zgroup", "zarr.json")
"""What a store has at its root, in the two formats of Zarr."""

_CONSOLIDATED = (".zmetadata", "zarr.json")
"""Where the metadata of all arrays may stand together."""


def files_of(store: str | os.PathLike[str]) -> Iterator[str]:
    """The paths of all files of a store that is a folder, in their order; no link is followed. Else the file itself."""
    if not os.path.isdir(store):
        yield os.fspath(store)
    for folder, folders, files in os.walk(store):
        folders.sort()
        yield from (os.path.join(folder, name) for name in sorted(files))


def arrays_in(store: str | os.PathLike[str]) -> list[str]:
    """The names of all that should be an array at the root of a store, in their order.

    These are its folders, and what its consolidated metadata has: where one is no array, the store was copied by half.

    Raises:
        OSError, ValueError, AttributeError, zipfile.BadZipFile: it cannot be read.
    """
    if os.path.isdir(store):
        found = {each.name for each in os.scandir(store) if each.is_dir()}
        told = [path.read_bytes() for name in _CONSOLIDATED if (path := Path(store, name)).is_file()]
    else:
        with zipfile.ZipFile(store) as archive:
            names = archive.namelist()
            told = [archive.read(name) for name in _CONSOLIDATED if name in names]
        found = {name.partition("/")[0] for name in names if "/" in name}
    for each in map(json.loads, told):
        metadata = each.get("metadata") or (each.get("consolidated_metadata") or {}).get("metadata") or {}
        found.update(key.partition("/")[0] for key in metadata)
    return sorted(found)


def stamp_of(store: str | os.PathLike[str]) -> dict[str, tuple[int, ...]]:
    """Of each file of a store, by its path, what another file or another content would change.

    Raises:
        OSError: a file is not there, or cannot be asked.
    """
    return {path: identity(os.stat(path)) for path in files_of(store)}


def links_in(store: str | os.PathLike[str]) -> list[str]:
    """The paths in a store of links to folders: what stands behind them is none of its `files_of`."""
    at = ((folder, name) for folder, folders, _ in os.walk(store) for name in folders)
    return [os.path.relpath(path, store) for each in at if os.path.islink(path := os.path.join(*each))]


def identity(status: os.stat_result) -> tuple[int, int, int, int]:
    """What another file, or another content, would change of what the system says about a file."""
    return status.st_dev, status.st_ino, status.st_size, status.st_mtime_ns


def is_store(path: object) -> TypeGuard[str | os.PathLike[str]]:
    """Whether a path leads to a Zarr store: a folder, or a ZIP."""
    if not isinstance(path, str | os.PathLike):
        return False
    try:
        place = Path(path)
        if place.is_dir():
            return any((place / root).is_file() for root in ROOTS)
        if not place.is_file():
            return False
        with place.open("rb") as file:
            if file.read(4) != b"PK\3\4":
                return False
        with zipfile.ZipFile(place) as archive:
            return any(root in archive.NameToInfo for root in ROOTS)
    except (OSError, ValueError, zipfile.BadZipFile, NotImplementedError):  # it is told by whoever reads it as a file
        return False
