"""Options that several commands have."""

from __future__ import annotations

import os
from collections.abc import Sequence
from datetime import datetime

import click
from attrs import frozen

from assigner.files import Source

rules_option = click.option("--rules", "rules_file", metavar="FILE", help="The rule set. Default: the shipped one.")
deciding_rules_option = click.option(
    "--rules", "rules_file", metavar="FILE", help="The rule set that decided. Default: the shipped one."
)


def moment(_ctx: click.Context, _param: click.Parameter, value: str | None) -> datetime | None:
    """A time with its zone."""
    try:
        at = None if value is None else datetime.fromisoformat(value)
    except ValueError as error:
        raise click.BadParameter(f"expected a time such as 2026-01-31T09:00:00Z, got {value!r}") from error
    if at is not None and at.utcoffset() is None:
        raise click.BadParameter(f"expected a time with its zone, such as 2026-01-31T09:00:00Z, got {value!r}")
    return at


@frozen
class SampleFile:
    """A file, and the name of the participant's sample in it, if it has one of its own."""

    path: str
    sample: str | None = None


def sample_file(text: str) -> SampleFile:
    """The file and the sample that a text names.

    What is a file as a whole is that file, whatever stands in its name; else the longest part before a colon is that is
    one. Where none is, the whole names a file that is not there.

    >>> sample_file("absent.vcf:P001")
    SampleFile(path='absent.vcf:P001', sample=None)
    """
    if not os.path.exists(text):
        for at in reversed([at for at, letter in enumerate(text[:-1]) if letter == ":"]):
            if os.path.exists(text[:at]):
                return SampleFile(text[:at], text[at + 1 :])
    return SampleFile(text)


def names_in(files: Sequence[SampleFile | None], sample: str | None) -> str | dict[Source, str] | None:
    """The participant's sample: one name, or the name in each file where a file has one of its own."""
    given = [file for file in files if file is not None]
    if not any(file.sample for file in given):
        return sample
    return {file.path: name for file in given if (name := file.sample or sample) is not None}
