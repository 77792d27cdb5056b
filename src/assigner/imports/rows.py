"""What an import proposes: rows of a rule set's tables, each with what changes and why."""

from __future__ import annotations

import enum
import re
from collections.abc import Mapping
from typing import assert_never

from attrs import field, frozen

from assigner.imports.facts import EvidenceFile
from assigner.rules.loading import PLACE


class Change(enum.StrEnum):
    """What a proposed row is.

    `unclear` is what the source says in words that are no side's: nothing of the class is proposed.
    """

    NEW = "new"
    UPGRADED = "upgraded"
    DOWNGRADED = "downgraded"
    CONFLICTING = "conflicting"
    VANISHED = "vanished"
    RENEWED = "renewed"
    UNCLEAR = "unclear"


class Table(enum.StrEnum):
    """The part of a rule set that rows are proposed for."""

    ALLELES = "alleles"
    MARKERS = "markers"
    GENES = "genes"
    REPEATS = "repeats"

    @property
    def names_by(self) -> str:
        """The field by which its rows are known."""
        match self:
            case Table.GENES:
                return "symbol"
            case Table.ALLELES | Table.MARKERS | Table.REPEATS:
                return "id"
            case _:
                assert_never(self)

    @property
    def is_tabular(self) -> bool:
        """Whether its rows are edited in a tab-separated table; else in YAML."""
        match self:
            case Table.ALLELES | Table.MARKERS:
                return True
            case Table.GENES | Table.REPEATS:
                return False
            case _:
                assert_never(self)


COLUMNS: Mapping[Table, tuple[str, ...]] = {
    Table.ALLELES: ("id", "gene", "name", "class", "needs", *PLACE, "hgvs_c", "hgvs_p", "clinvar", "stars",
                    "classified", "conditions", "frequency", "inactive", "because", "sources", "status"),
    Table.MARKERS: ("id", "rsid", "gene", "chrom", "pos37", "pos38", "effect", "other", "log_odds", "interval",
                    "inactive", "because", "sources", "status"),
    Table.GENES: ("symbol", "hgnc", "ensembl", "chrom", "grch37", "grch38", "inheritance", "validity", "because",
                  "sources", "status"),
    Table.REPEATS: ("id", "gene", "motif", "chrom", "grch37", "grch38", "normal", "expanded", "needs", "use",
                    "because", "sources", "status"),
}  # fmt: skip
"""The fields of a row that a proposal shows, in the order of its columns; the first one is its name."""

LISTS = frozenset({"sources", "conditions"})
"""The fields that hold several values, joined by `; ` in a table."""


@frozen(kw_only=True)
class Row:
    """One proposed row.

    Attributes:
        id: the row's name in its table.
        values: the whole row as it would be, by field; an empty field is left out.
        before: the fields that would change, as they are now.
        accept: whether a curator accepts it; None when it is not said.
        open: what must be filled in before it can be accepted.
    """

    change: Change
    id: str
    reason: str
    values: Mapping[str, str]
    before: Mapping[str, str] = field(factory=dict)
    accept: bool | None = None
    open: tuple[str, ...] = ()

    @property
    def key(self) -> tuple[str, str]:
        """What it is, so that it is found again."""
        return self.change, self.id


@frozen(kw_only=True)
class Proposal:
    """All rows that a source's files propose for one table of a rule set.

    Attributes:
        source: the source's name.
        rule_set: the digest of the rule set that was compared.
        notes: what is said of the whole, for people.
    """

    source: str
    table: Table
    files: tuple[EvidenceFile, ...]
    rule_set: str
    rows: tuple[Row, ...]
    notes: tuple[str, ...] = ()


def retold(label: str, told: str, because: str) -> str:
    """Why a row has its new values: what the source says now, then what was said beside the source's earlier word.

    >>> retold("ClinGen gene validity", "ClinGen says: limited.", "ClinGen rates it strong. A kinase.")
    'ClinGen says: limited. A kinase.'
    """
    first = re.escape(label.split()[0])
    kept = re.sub(rf"(?:^|(?<=\.\s)){first}\b.*?\.(?:\s+|$)", "", re.sub(r"\s+", " ", because)).strip()
    return f"{told} {kept}".strip()
