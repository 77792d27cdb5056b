"""Whether a path leads to a Zarr store."""

from __future__ import annotations

import os
import zipfile
from collections.abc import Iterator
from pathlib import Path
from typing import TypeGuard

ROOTS = (".zgroup", "zarr.json")
"""What a store has at its root, in the two formats of Zarr."""


def files_of(store: str | os.PathLike[str]) -> Iterator[str]:
    """The paths of all files of a store that is a folder, in their order; no link is followed."""
    for folder, folders, files in os.walk(store):
        folders.sort()
        yield from (os.path.join(folder, name) for name in sorted(files))


def arrays_in(store: str | os.PathLike[str]) -> list[str]:
    """The names of the arrays at the root of a store, in their order.

    Raises:
        OSError, zipfile.BadZipFile: it cannot be read.
    """
    if os.path.isdir(store):
        paths = [f"{each.name}/{name}" for each in os.scandir(store) if each.is_dir() for name in os.listdir(each)]
    else:
        with zipfile.ZipFile(store) as archive:
            paths = archive.namelist()
    parts = [path.split("/") for path in paths]
    return sorted({each[0] for each in parts if len(each) == 2 and each[1] in (".zarray", "zarr.json")})


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
