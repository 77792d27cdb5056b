"""A folder of traces: its files in order, and all of them verified, by several processes where that is asked."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path

from assigner.audits.verification import Evidence, Verification, verify
from assigner.errors import TraceError
from assigner.files import Source
from assigner.processes import workers
from assigner.rules import Rules, read_rules


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


def verified(files: Sequence[Path], rules: Sequence[Source], jobs: int = 1) -> Iterator[tuple[Path, Verification]]:
    """Each trace with what its verification comes to, in the order of the files.

    Args:
        files: the traces.
        rules: rule sets to try beside the shipped one.
        jobs: how many processes share the work.
    """
    if jobs == 1:
        known = [read_rules(each) for each in rules]
        yield from ((file, _verified(file, known)) for file in files)
        return
    with workers(min(jobs, len(files)), _begin, tuple(rules)) as pool:
        yield from zip(files, pool.imap(_verified_here, files), strict=True)


_RULES: list[Rules] = []


def _begin(rules: Sequence[Source]) -> None:
    _RULES[:] = [read_rules(each) for each in rules]


def _verified_here(file: Path) -> Verification:
    return _verified(file, _RULES)


def _verified(file: Path, rules: Sequence[Rules]) -> Verification:
    return verify(file, Evidence(rules=tuple(rules)))
