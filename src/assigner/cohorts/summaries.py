"""The summary of a cohort: counts, outliers, and pairs of participants with one genome."""

from __future__ import annotations

import statistics
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import assert_never, get_args

from attrs import frozen

from assigner.cohorts.genomes import Comparison, compared
from assigner.cohorts.seen import Lacking, Seen, SeenFile
from assigner.cohorts.tables import BETWEEN, Row
from assigner.decisions.reasons import Reason
from assigner.decisions.reasons import row_of as reason_row
from assigner.reports.facts import State as Known
from assigner.rules import Rules
from assigner.rules.schema import RuleSet, sends_to_review

LEAST_FOR_OUTLIERS = 20
"""Least participants with a measure for outliers to be reported."""

FAR = 5
"""A value further than this many robust standard deviations from the median is an outlier (curators' judgement)."""

MAD = 1.4826
"""Factor from the median absolute deviation to the standard deviation, for a normal distribution."""

LEAST_SPREAD = 0.05
"""Least standard deviation, as a share of the median (at least 1), so that nearly equal values give no outliers."""

MEASURES: Mapping[str, Callable[[Seen], int | None]] = {
    "listed places that are known": lambda seen: seen.known.get("called", 0) + seen.known.get("reference", 0),
    "listed places that are doubtful": lambda seen: seen.known.get("doubtful", 0),
    "other variants in genes of the rule set": lambda seen: seen.unlisted,
    "median depth at listed places": lambda seen: seen.depth,
    "median genotype quality at listed places": lambda seen: seen.quality,
    "records": lambda seen: _records(seen),
}
"""The numbers of participants that are checked for outliers."""


def _records(seen: Seen) -> int | None:
    own = [each.records for each in seen.files if each.role == "variants" and each.records is not None]
    return own[0] if len(own) == 1 else None


@frozen
class Arm:
    """A category: number of assigned participants, and of those in review for whom the evidence alone points to it."""

    id: str
    name: str
    intervention: str
    assigned: int
    provisional: int


@frozen
class ReasonCount:
    """A reason with its number of participants and what to do; `holds`: it sends participants to review."""

    code: str
    count: int
    holds: bool
    meaning: str
    next: str


@frozen
class LackCount:
    """An input that participants lack.

    Attributes:
        what: the missing input.
        count: number of participants without it.
        unsettled: number of these whose result could still change.
        names: names of missing repeats or scores with their numbers of participants, largest first.
        next: what to do.
    """

    what: str
    count: int
    unsettled: int
    names: tuple[tuple[str, int], ...]
    next: str


@frozen
class FileUse:
    """A file, by SHA-256, and the number of participants in it."""

    role: str
    sha256: str
    size: int
    container: str
    records: int | None
    participants: int
    first: str
    notes: tuple[str, ...]


@frozen
class Spread:
    """The distribution of a number over the participants who have it."""

    what: str
    count: int
    least: int
    median: float
    most: int


@frozen
class Outlier:
    """A participant whose number is far from the median."""

    participant: str
    what: str
    value: int
    median: float


@frozen(kw_only=True)
class Summary:
    """Everything that the summary page shows.

    Attributes:
        outcomes: number of participants by outcome: assigned, review, error.
        errors: participants with an error: id, kind of error, message.
        unsettled: number of results that unknown findings could still change.
        spreads: the distributions of the measures; `outliers`: participants far from the median.
        sexes: number of participants by declared and inferred sex.
        other_sex: participants whose sexes differ: id, declared sex, inferred sex, evidence.
        mixed: participants with files of different people or of a tumour, with the evidence.
        seen: the summary data of each participant without an error.
        rows: the rows of the table.
    """

    rules: Rules
    outcomes: Mapping[str, int]
    arms: tuple[Arm, ...]
    reasons: tuple[ReasonCount, ...]
    errors: tuple[tuple[str, str, str], ...]
    unsettled: int
    lacks: tuple[LackCount, ...]
    files: tuple[FileUse, ...]
    spreads: tuple[Spread, ...]
    outliers: tuple[Outlier, ...]
    sexes: tuple[tuple[str, str, int], ...]
    other_sex: tuple[tuple[str, str, str, str], ...]
    mixed: tuple[tuple[str, str], ...]
    comparison: Comparison
    seen: Mapping[str, Seen]
    rows: Sequence[Row]


def summary_of(rows: Sequence[Row], seen: Mapping[str, Seen], rules: Rules) -> Summary:
    """Make the summary of a cohort.

    Args:
        rows: the rows of the table, in its order.
        seen: the summary data of each participant without an error.
        rules: the rule set that decided.
    """
    known = {str(row["participant"]): seen.get(str(row["participant"])) for row in rows}
    there = {who: each for who, each in known.items() if each is not None}
    numbers = {what: _numbers(there, of) for what, of in MEASURES.items()}
    return Summary(
        rules=rules,
        outcomes=Counter(str(row["outcome"]) for row in rows),
        arms=tuple(_arms(rows, rules.content)),
        reasons=tuple(_reasons(rows, rules.content)),
        errors=tuple(
            (str(row["participant"]), str(row["error"]), str(row["message"]))
            for row in rows
            if row["outcome"] == "error"
        ),
        unsettled=sum(row["settled"] is False for row in rows),
        lacks=tuple(_lacks(rows, there)),
        files=tuple(_files(there)),
        spreads=tuple(
            Spread(what, len(own), min(own), statistics.median(own), max(own))
            for what, of in numbers.items()
            if (own := [*of.values()])
        ),
        outliers=tuple(each for what, own in numbers.items() for each in _outliers(what, own)),
        sexes=tuple(_sexes(there)),
        other_sex=tuple(_other_sex(there)),
        mixed=tuple((who, text) for who, each in there.items() for text in (each.two_people, each.somatic) if text),
        comparison=compared({who: None if each.genome is None else each.genome.genome for who, each in there.items()}),
        seen=there,
        rows=rows,
    )


def _numbers(seen: Mapping[str, Seen], of: Callable[[Seen], int | None]) -> dict[str, int]:
    return {who: number for who, each in seen.items() if (number := of(each)) is not None}


def _arms(rows: Sequence[Row], content: RuleSet) -> Iterator[Arm]:
    assigned, provisional = (Counter(row[column] for row in rows) for column in ("category", "provisional"))
    for each in content.categories:
        yield Arm(each.id, each.name, each.intervention, assigned[each.id], provisional[each.id])


def _reasons(rows: Sequence[Row], content: RuleSet) -> Iterator[ReasonCount]:
    counts = Counter(code for row in rows for code in str(row["reasons"] or "").split(BETWEEN) if code)
    for code, count in sorted(counts.items(), key=lambda item: (-item[1], item[0])):
        row = reason_row(Reason(code))
        yield ReasonCount(code, count, sends_to_review(row.policy(content.decision)), row.meaning, row.next)


def _lacks(rows: Sequence[Row], seen: Mapping[str, Seen]) -> Iterator[LackCount]:
    open_ = {str(row["participant"]) for row in rows if row["settled"] is False}
    for kind in Lacking:
        who = [name for name, each in seen.items() if kind in each.lacking]
        names = Counter(name for each in who for name in seen[each].lacking[kind])
        if who:
            what, to_do = _words(kind)
            unsettled = sum(name in open_ for name in who)
            yield LackCount(what, len(who), unsettled, tuple(sorted(names.items(), key=lambda n: (-n[1], n[0]))), to_do)


def _words(kind: Lacking) -> tuple[str, str]:
    """The name of a missing input, and what to do about it."""
    match kind:
        case Lacking.REPEATS:
            return "repeat sizes", "Give a file of repeats, or a laboratory's sizes (columns repeats, repeat_sizes)."
        case Lacking.CONSEQUENCES:
            return "consequences (CSQ, ANN, BCSQ)", "Annotate with VEP, SnpEff or bcftools csq, or give --pack."
        case Lacking.CLINVAR:
            return "ClinVar (CLNSIG)", "Annotate with ClinVar's VCF, or give --pack."
        case Lacking.PLACES:
            return "most listed places", "Give a gVCF that covers them, or a BED of what was sequenced well (callable)."
        case Lacking.STRUCTURAL:
            return "structural variants", "Give a file of structural variants (column structural)."
        case Lacking.SCORES:
            return "genotypes of polygenic scores", "Give a file that has the scores' places."
        case _:
            assert_never(kind)


def _files(seen: Mapping[str, Seen]) -> Iterator[FileUse]:
    users: dict[tuple[str, str], list[str]] = defaultdict(list)
    first: dict[tuple[str, str], SeenFile] = {}
    for who, each in seen.items():
        for file in each.files:
            users[file.role, file.sha256].append(who)
            first.setdefault((file.role, file.sha256), file)
    for key, file in first.items():
        yield FileUse(
            file.role,
            file.sha256,
            file.size,
            file.container,
            file.records,
            len(users[key]),
            users[key][0],
            tuple(file.notes),
        )


def _outliers(what: str, own: Mapping[str, int]) -> Iterator[Outlier]:
    """Participants whose number is far from the median, if enough participants have one."""
    if len(own) < LEAST_FOR_OUTLIERS:
        return
    middle = statistics.median(own.values())
    deviation = MAD * statistics.median(abs(each - middle) for each in own.values())
    spread = max(deviation, LEAST_SPREAD * abs(middle), 1)
    for who, value in own.items():
        if abs(value - middle) > FAR * spread:
            yield Outlier(who, what, value, middle)


def _sexes(seen: Mapping[str, Seen]) -> Iterable[tuple[str, str, int]]:
    counts = Counter((each.declared_sex or "not declared", each.shown_sex or "not known") for each in seen.values())
    return [(str(declared), str(shown), count) for (declared, shown), count in sorted(counts.items())]


def _other_sex(seen: Mapping[str, Seen]) -> Iterator[tuple[str, str, str, str]]:
    for who, each in seen.items():
        if each.differs_in_sex:
            yield who, each.declared_sex or "not declared", each.shown_sex or "not known", each.sex_evidence


KNOWN: tuple[Known, ...] = get_args(Known)
"""How well a place may be known."""
