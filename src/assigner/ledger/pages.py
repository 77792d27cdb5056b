"""Where a trial stands, as one page of HTML in the look of the reports. What comes from a ledger is text."""

from __future__ import annotations

from collections.abc import Sequence

from markupsafe import Markup

from assigner.ledger.notes import Checkpoint
from assigner.ledger.views import Event, Overview
from assigner.reports.pages import POLICY, css_text, filled


def page(view: Overview, events: Sequence[Event], checkpoint: Checkpoint | None) -> str:
    """The page.

    Args:
        view: the state of the trial.
        events: its history.
        checkpoint: the latest one; none for a blinded role.
    """
    people = len(view.waiting)
    waiting = f"{people} {'waits' if people == 1 else 'wait'} for a person" if people else "nobody waits"
    return filled(
        "ledger.html.j2",
        view=view,
        events=events,
        root=None if checkpoint is None else checkpoint.root.hex(),
        policy=POLICY,
        title=f"{view.trial}: {waiting}",
        footer=Markup(css_text(f"{view.trial} · {view.entries} entries")),
        foot_digest=Markup(css_text(view.latest)),
    )
