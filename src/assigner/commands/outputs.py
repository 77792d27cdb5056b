"""What a command writes: files, whole or not at all and never over an input; text that is safe on a terminal."""

from __future__ import annotations

import os
import shutil
import sys
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path

import click

from assigner.errors import plain
from assigner.files import place_beside, sample_file


def warn(text: str) -> None:
    """Write on stderr what is wrong."""
    click.echo(f"assigner: {escaped(text)}", err=True)


def escaped(text: str) -> str:
    """Text of several lines in which control characters are shown and not obeyed."""
    return "".join(c if c in "\n\t" else plain(c) for c in text)


def refuse_overwrite(out: Path, inputs: Sequence[Path | str | None], option: str) -> None:
    """Refuse to write over an input, a device or a pipe; of FILE:NAME the input is the file."""
    if out.exists() and not (out.is_file() or out.is_dir()):
        raise click.BadParameter(f"expected a regular file; got {str(out)!r}", param_hint=option)
    for each in filter(None, inputs):
        file = Path(sample_file(str(each)).path)
        if out.exists() and os.path.exists(file) and out.samefile(file):
            raise click.BadParameter(f"{str(out)!r} is an input and would be lost", param_hint=option)


def refuse_output(out: Path, inputs: Sequence[Path | str | None], option: str, *, overwrite: bool) -> None:
    """Refuse an output that would replace an input, or any other file that may not be replaced."""
    refuse_overwrite(out, inputs, option)
    if not overwrite and os.path.lexists(out) and not out.is_dir():
        raise click.BadParameter(f"{str(out)!r} exists already; --overwrite replaces it", param_hint=option)


def refuse_same(outputs: Mapping[str, Sequence[Path | None]]) -> None:
    """Refuse two outputs that are one file, of which the second would replace the first.

    Args:
        outputs: the files to write, by option.
    """
    options: dict[Path, str] = {}
    for option, files in outputs.items():
        for file in filter(None, files):
            first = options.setdefault(file.resolve(), option)
            if first != option:
                raise click.BadParameter(f"expected another file than that of {first}", param_hint=option)


def write(content: bytes, out: Path | None = None) -> None:
    """Write a file whole, or to stdout when none is named."""
    if out is None:
        sys.stdout.buffer.write(content)
        sys.stdout.buffer.flush()
        return
    from assigner.files import write_whole

    write_whole(out, content)


@contextmanager
def with_target_name(out: Path) -> Iterator[None]:
    """Let an error of writing name the file that was asked for, not the temporary one beside it."""
    try:
        yield
    except OSError as error:
        error.filename = str(out)
        raise


def refuse_what_exists(out: Path) -> None:
    """Refuse to write over anything, even a broken link."""
    if os.path.lexists(out):
        raise click.BadParameter(f"{str(out)!r} exists already; it is not replaced: give another name")


def write_new(out: Path, content: bytes, *, mode: int) -> None:
    """Write a new file, whole or not at all."""
    try:
        descriptor = os.open(out, os.O_WRONLY | os.O_CREAT | os.O_EXCL, mode)
    except FileExistsError as error:
        raise click.BadParameter(f"{str(out)!r} exists already; it is not replaced: give another name") from error
    try:
        with with_target_name(out), open(descriptor, "wb") as file:
            file.write(content)
    except BaseException:
        out.unlink(missing_ok=True)
        raise


def write_folder(out: Path, files: Mapping[str, bytes]) -> None:
    """Write a new folder with files, whole or not at all.

    Args:
        out: the folder, which must not exist.
        files: the content of each file by its path inside, with `/` between folders.
    """
    refuse_what_exists(out)
    with with_target_name(out):
        beside = place_beside(out)
        beside.mkdir()
        try:
            for name, content in files.items():
                path = beside.joinpath(*name.split("/"))
                path.parent.mkdir(parents=True, exist_ok=True)
                path.write_bytes(content)
            beside.rename(out)
        except BaseException:
            shutil.rmtree(beside, ignore_errors=True)
            raise
