"""Notices of a check: each with its place, its severity and, where there is one, an example genotype."""

from __future__ import annotations

import enum
from typing import Any

from attrs import frozen

from assigner.lint.answers import Answered
from assigner.lint.states import BUILD
from assigner.profiles.written import form_of
from assigner.rules import Rules
from assigner.rules.panels import panel_of
from assigner.strict import Path, written


class Severity(enum.StrEnum):
    """How grave a notice is."""

    FAULT = "fault"
    WARNING = "warning"
    NOTE = "note"


@frozen
class Notice:
    """One remark about a rule set.

    Attributes:
        code: what kind of thing.
        witness: the smallest genotype that shows it, with its result; None where none is needed.

    >>> print(Notice(Severity.NOTE, "repeat_grey", "rules.yaml", 7, "repeats[0]", "24 to 30 units are intermediate"))
    note: rules.yaml:7: repeats[0]: repeat_grey: 24 to 30 units are intermediate
    """

    severity: Severity
    code: str
    file: str
    line: int
    path: str
    words: str
    witness: Answered | None = None

    def __str__(self) -> str:
        shown = "" if self.witness is None else f"; example: {self.witness.state.words}: {self.witness.answer}"
        return f"{self.severity}: {self.file}:{self.line}: {self.path}: {self.code}: {self.words}{shown}"

    def form(self, rules: Rules) -> dict[str, Any]:
        """The notice as plain JSON values, the witness as a whole profile."""
        form: dict[str, Any] = {
            "severity": self.severity.value,
            "code": self.code,
            "file": self.file,
            "line": self.line,
            "path": self.path,
            "words": self.words,
        }
        if self.witness is not None:
            form["witness"] = witness_form(self.witness, rules)
        return form


def witness_form(witness: Answered, rules: Rules) -> dict[str, Any]:
    """An example genotype as plain JSON values, with its profile and its result."""
    answer = witness.answer
    return {
        "shows": witness.state.words,
        "outcome": answer.outcome,
        "category": answer.category,
        "basis": answer.basis,
        "reasons": list(answer.reasons),
        "profile": form_of(witness.state.profile(panel_of(rules, BUILD))),
    }


def notice(
    rules: Rules, severity: Severity, code: str, path: Path, words: str, witness: Answered | None = None
) -> Notice:
    """A notice of a part of a rule set."""
    return Notice(severity, code, *rules.place(path), written(path), words, witness)
