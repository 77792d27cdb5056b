"""All laws on one draw: drawing a rule set and a participant takes most of the time, and serves each law as well."""

from __future__ import annotations

from collections.abc import Sequence

from hypothesis import note
from hypothesis import strategies as st

from assigner.rules import Rules
from assigner.testing import LAWS, Law
from assigner.testing.suites import drawn_for

LEARNING = next(law for law in LAWS if law.of == "learning")
FILE = next(law for law in LAWS if law.of == "file")


def keep(rules: Rules, data: st.DataObject, laws: Sequence[Law] = LAWS) -> None:
    """Draw one participant, of whom something is learnt, and a file if a law asks for one; check every law on them."""
    held = [law for law in laws if law.does_not_ask(rules) is None]
    learnt = data.draw(drawn_for(LEARNING, rules))
    file = data.draw(drawn_for(FILE, rules)) if any(law.of == "file" for law in held) else ()
    for law in held:
        note(law.name)
        law.check(rules, *{"participant": learnt[:1], "learning": learnt, "file": file}[law.of])
