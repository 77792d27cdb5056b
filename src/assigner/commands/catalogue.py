"""Commands that are imported when they are asked for, so that help and other commands do not wait for them."""

from __future__ import annotations

import importlib
from collections.abc import Iterator, Mapping, MutableMapping
from typing import NamedTuple

import click

from assigner.commands.endings import Group


class Home(NamedTuple):
    """Where a command is.

    Attributes:
        module: its module in this package.
        function: its name there.
        sentence: the first sentence of its help.
    """

    module: str
    function: str
    sentence: str


class Catalogue(MutableMapping[str, click.Command]):
    """Commands by name, each imported when it is asked for."""

    def __init__(self, homes: Mapping[str, Home]) -> None:
        self._commands: dict[str, Home | click.Command] = dict(homes)
        self.named = {name: click.Command(name, help=home.sentence) for name, home in homes.items()}
        """Commands that only say what they do."""

    def __getitem__(self, name: str) -> click.Command:
        found = self._commands[name]
        if isinstance(found, Home):
            found = getattr(importlib.import_module(f"assigner.commands.{found.module}"), found.function)
            assert isinstance(found, click.Command)
            self._commands[name] = found
        return found

    def __setitem__(self, name: str, command: click.Command) -> None:
        self._commands[name] = command

    def __delitem__(self, name: str) -> None:
        del self._commands[name]

    def __iter__(self) -> Iterator[str]:
        return iter(self._commands)

    def __len__(self) -> int:
        return len(self._commands)


class MainGroup(Group):
    """The group of all commands; its help imports none of them."""

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """Write what each command does."""
        named = self.commands.named if isinstance(self.commands, Catalogue) else self.commands
        click.Group(commands=named).format_commands(ctx, formatter)
