"""What is odd about a file but harmless: one line for each kind, however often it happens."""

from __future__ import annotations

from attrs import define, field


@define
class Oddities:
    """Each kind of oddity, how often it was met, and on which line first (0: no one line).

    >>> odd = Oddities()
    >>> for line in (7, 8, 9):
    ...     odd.note("blank line", line)
    >>> odd.notes()
    ('line 7: blank line (3 times)',)
    """

    found: dict[str, tuple[int, int]] = field(factory=dict)

    def note(self, what: str, number: int = 0) -> None:
        """Note something odd about a line, or (0) about the file."""
        count, first = self.found.get(what, (0, number))
        self.found[what] = count + 1, first

    def notes(self) -> tuple[str, ...]:
        """A line for each kind, in the order in which they were met."""
        return tuple(_note(what, count, first) for what, (count, first) in self.found.items())


def _note(what: str, count: int, first: int) -> str:
    if not first:
        return what
    return f"line {first}: {what}" if count == 1 else f"line {first}: {what} ({count} times)"
