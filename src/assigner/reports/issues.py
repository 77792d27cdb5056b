"""Who issues a report, and when: by the caller's word, and never by a clock."""

from __future__ import annotations

from attrs import frozen


@frozen
class Issue:
    """Who issues a report, and when; it is no part of the trace.

    Attributes:
        at: the date and time, with its zone.
    """

    at: str | None = None
    laboratory: str | None = None
    authors: tuple[str, ...] = ()

    @property
    def is_given(self) -> bool:
        """Whether anything is said."""
        return self != Issue()
