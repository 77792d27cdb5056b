"""A folder or an archive of traces: they in order, and what else is in a folder."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from assigner.errors import TraceError
from assigner.traces.archives import Archive, Packed, is_archive


def traces_in(folder: Path) -> list[Path]:
    """The files in a folder whose names end in `.json`, by name; each of them is to be a trace.

    A link that leads nowhere is one of them: it cannot be read, and is not left out.

    Raises:
        TraceError: when there is none, or the folder cannot be read.
    """
    found = [path for path in _in(folder) if _is_to_be_a_trace(path)]
    if not found:
        raise TraceError(str(folder), "traces: files whose names end in .json", "none")
    return found


def all_in(place: Path) -> Sequence[Path | Packed]:
    """The traces in a folder or an archive, by name.

    Raises:
        TraceError: when there is none, or the folder or archive cannot be read.
    """
    if not is_archive(place):
        return traces_in(place)
    found = list(Archive.open(place).traces.values())
    if not found:
        raise TraceError(str(place), "traces", "none")
    return found


def others_in(folder: Path) -> list[Path]:
    """What is in a folder beside those files, by name; without the texts that `assign` writes, each beside its trace.

    Raises:
        TraceError: when there is no trace, or the folder cannot be read.
    """
    texts = {path.name.removesuffix(".trace.json") + ".txt" for path in traces_in(folder)}
    return [path for path in _in(folder) if not _is_to_be_a_trace(path) and path.name not in texts]


def _in(folder: Path) -> list[Path]:
    try:
        return sorted(folder.iterdir())
    except OSError as error:
        raise TraceError(str(folder), "a folder that can be read", error.strerror or type(error).__name__) from error


def _is_to_be_a_trace(path: Path) -> bool:
    return path.suffix.lower() == ".json" and (path.is_file() or not path.exists())
