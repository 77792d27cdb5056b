"""Connections to PostgreSQL that do not wait for ever for a server, or a way to it, that has fallen silent.

The system's own timeouts notice a machine that is gone. They notice nothing where something between, such as a tunnel
or a pooler, still takes each packet and passes none on.
"""

from __future__ import annotations

import time
from collections.abc import Generator
from typing import Any

import psycopg

SILENCE_S = 90.0
"""How long a question may stay without any part of its answer, in seconds. The server itself answers earlier: a
statement and a wait for the lock have timeouts. Only a commit can take longer, that waits for a standby."""


class Connection(psycopg.Connection[Any]):
    """A connection that is closed when it has been silent for too long. What was asked last is then in doubt."""

    def wait(self, gen: Generator[Any, Any, Any], *more: Any, **named: Any) -> Any:
        """Wait for an answer: every question and every commit comes by here."""
        return super().wait(self._heard(gen), *more, **named)

    def _heard(self, steps: Generator[Any, Any, Any]) -> Generator[Any, Any, Any]:
        """The same steps, as long as the other side is heard."""
        heard = time.monotonic()
        try:
            asked = next(steps)
            while True:
                ready = yield asked
                now = time.monotonic()
                if ready:
                    heard = now
                elif now - heard > SILENCE_S:
                    self.pgconn.finish()
                    raise psycopg.OperationalError(f"no answer for {SILENCE_S:g} seconds")
                asked = steps.send(ready)
        except StopIteration as end:
            return end.value
