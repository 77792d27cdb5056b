"""The summary of a cohort as one page of HTML, styled like the reports. Text of participants is escaped."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

from attrs import field, frozen
from markupsafe import Markup

from assigner.__about__ import VERSION
from assigner.cohorts.genomes import CLOSE, LEAST_HET, LEAST_SAME, LEAST_SITES, Comparison, Pair
from assigner.cohorts.summaries import FAR, KNOWN, LEAST_FOR_OUTLIERS, Summary
from assigner.errors import first_named
from assigner.reports.pages import POLICY, STATES, css_text, filled

MOST_ROWS = 500
"""Most rows of a table that are shown."""

_NAMED = 8  # names shown of a missing input

Cell = str | int


@frozen(kw_only=True)
class Table:
    """A table of the page.

    Attributes:
        numbers: indexes of the columns with numbers; `codes`: of those with digests.
        more: number of rows that are left out.
        elsewhere: whether the run's table or the data for MultiQC has the rows that are left out.
    """

    caption: str
    heads: Sequence[str]
    rows: Sequence[Sequence[Cell]]
    numbers: frozenset[int]
    codes: frozenset[int] = frozenset()
    more: int = 0
    elsewhere: bool = False


@frozen
class Section:
    """A part of the page: sentences, then tables."""

    key: str
    title: str
    texts: Sequence[str]
    tables: Sequence[Table] = ()
    folded: bool = field(default=False, kw_only=True)


def page(summary: Summary) -> str:
    """The whole page; the same summary gives the same page."""
    outcomes, content = summary.outcomes, summary.rules.content
    assigned, review, errors = (outcomes.get(name, 0) for name in ("assigned", "review", "error"))
    state = [("Participants", len(summary.rows)), ("Assigned", assigned), ("In review", review), ("Not read", errors)]
    title = f"{assigned} of {len(summary.rows)} participants assigned"
    return filled(
        "cohort.html.j2",
        title=title,
        waits=bool(review or errors),
        state=[
            *state,
            ("Not settled", summary.unsettled),
            ("Pairs with one genome", len(summary.comparison.one_genome)),
        ],
        sections=[*_sections(summary)],
        rule_set=content.rule_set,
        digest=summary.rules.digest,
        software=f"assigner {VERSION}",
        policy=POLICY,
        number=Markup(' class="number"'),
        footer=Markup(css_text(title)),
        foot_digest=Markup(css_text(f"rule set {summary.rules.digest}")),
    )


def _sections(summary: Summary) -> Iterator[Section]:
    yield _arms(summary)
    yield _reasons(summary)
    if summary.errors:
        rows = [(who, kind, message) for who, kind, message in summary.errors]
        table = _table("Participants with an error", "Participant|Error|Message", rows, elsewhere=True)
        yield Section("errors", "Not read", [], [table])
    yield _lacks(summary)
    yield from _genomes(summary.comparison)
    yield _sexes(summary)
    yield _outliers(summary)
    yield _files(summary)
    yield _people(summary)


def _table(
    caption: str,
    heads: str,
    rows: Iterable[Sequence[Cell]],
    numbers: Iterable[int] = (),
    codes: Iterable[int] = (),
    *,
    elsewhere: bool = False,
) -> Table:
    every = [*rows]
    return Table(
        caption=caption,
        heads=heads.split("|"),
        rows=every[:MOST_ROWS],
        numbers=frozenset(numbers),
        codes=frozenset(codes),
        more=max(0, len(every) - MOST_ROWS),
        elsewhere=elsewhere,
    )


def _arms(summary: Summary) -> Section:
    rows = [(f"{arm.id} {arm.name}", arm.intervention, arm.assigned, arm.provisional) for arm in summary.arms]
    heads = "Category|Intervention|Assigned|In review"
    return Section(
        "arms",
        "Arms",
        ["In review stand those whom the evidence alone would give the category; they get no intervention before."],
        [_table("Participants by category", heads, rows, (2, 3))],
    )


def _reasons(summary: Summary) -> Section:
    if not summary.reasons:
        return Section("reasons", "Reasons", ["No reason was raised."])
    rows = [
        (each.code, each.count, "review" if each.holds else "note", each.meaning, each.next) for each in summary.reasons
    ]
    heads = "Reason|Participants|Kind|Meaning|Next"
    return Section("reasons", "Reasons", [], [_table("Reasons by participants", heads, rows, (1,))])


def _lacks(summary: Summary) -> Section:
    if not summary.lacks:
        return Section("lacking", "What input is lacking", ["Nobody lacks an input that the rule set asks for."])
    rows = []
    for each in summary.lacks:
        names = first_named([f"{name} ({count})" for name, count in each.names], _NAMED)
        rows.append((f"{each.what}{f': {names}' if names else ''}", each.count, each.unsettled, each.next))
    heads = "Input|Participants without it|Of these not settled|Next"
    return Section("lacking", "What input is lacking", [], [_table("Input by participants", heads, rows, (1, 2))])


def _genomes(found: Comparison) -> Iterator[Section]:
    """Pairs with one genome, close relatives, and participants who cannot be compared."""
    if found.one_genome:
        came = f"{len(found.one_genome)} pairs have one genome: one person under two ids, or identical twins."
    elif found.judged:
        came = "None of the pairs that could be told has one genome."
    else:
        came = "So no duplicate can be ruled out."
    texts = [
        f"{found.judged} of {found.pairs} pairs of participants have enough genotypes in common to tell whether they "
        f"have one genome: at least {LEAST_SITES} places on autosomes at which both are called and one carries a "
        f"variant. One genome shows the same genotype at {LEAST_SAME} of 1000 or more. Of the other pairs it is not "
        "known.",
        came,
    ]
    tables = [_pairs("Pairs with one genome", found.one_genome)] if found.one_genome else []
    if found.everybody:
        texts.append("This holds for every participant.")
    elif found.without:
        rows = [(who,) for who in found.without]
        tables.append(_table("Participants who can be compared with nobody", "Participant", rows, elsewhere=True))
    yield Section("duplicates", "Duplicates", texts, tables)
    kin = (
        f"Kinship can be told of {found.kin} pairs: both are columns of one file, in which places without a variant "
        f"are called too, and each has {LEAST_HET} or more heterozygous genotypes there. Shown are those with a "
        f"kinship of {CLOSE} of 1000 or more: parent and child, or full siblings. The estimate is that of KING-robust."
    )
    close = [_pairs("Close relatives", found.close)] if found.close else []
    yield Section("relatives", "Relatives", [kin, *([] if close else ["No close relatives were found."])], close)


def _pairs(caption: str, pairs: Sequence[Pair]) -> Table:
    rows = [
        (each.first, each.second, each.same, each.sites, "not known" if each.kinship is None else each.kinship)
        for each in pairs
    ]
    heads = "Participant|Other participant|Same genotype|Places|Kinship, of 1000"
    return _table(caption, heads, rows, (2, 3, 4))


def _sexes(summary: Summary) -> Section:
    tables = [_table("Participants by sex", "Declared|Shown by X and Y|Participants", summary.sexes, (2,))]
    if summary.other_sex:
        heads = "Participant|Declared|Shown|Calls"
        tables.append(_table("Sexes that differ", heads, summary.other_sex))
    if summary.mixed:
        tables.append(_table("Files of two people, or of a tumour", "Participant|What shows it", summary.mixed))
    known = sum(count for _, shown, count in summary.sexes if shown != "not known")
    texts = [f"The sex is shown by the calls of {known} of {len(summary.seen)} participants."]
    texts += [] if summary.other_sex else ["None of them is declared otherwise."]
    return Section("sexes", "Sex", texts, tables)


def _outliers(summary: Summary) -> Section:
    spread = [(each.what, each.count, each.least, _short(each.median), each.most) for each in summary.spreads]
    tables = [_table("Numbers of the participants", "Number|Participants|Least|Median|Most", spread, (1, 2, 3, 4))]
    texts = [
        f"A number stands out that is more than {FAR} robust standard deviations from the median. It is looked for "
        f"where at least {LEAST_FOR_OUTLIERS} participants have one, and it decides nothing."
    ]
    if summary.outliers:
        rows = [(each.participant, each.what, each.value, _short(each.median)) for each in summary.outliers]
        tables.append(_table("What stands out", "Participant|Number|Value|Median of all", rows, (2, 3)))
    else:
        texts.append("Nothing stands out.")
    return Section("outliers", "Outliers", texts, tables)


def _files(summary: Summary) -> Section:
    rows = [
        (
            each.first if each.participants == 1 else f"{each.first} and {each.participants - 1} more",
            each.role,
            each.container,
            each.size,
            "not known" if each.records is None else each.records,
            "; ".join(each.notes),
            each.sha256,
        )
        for each in summary.files
    ]
    heads = "Participants|Role|Container|Bytes|Records|Odd|SHA-256"
    return Section("files", "Files", [], [_table("Files that were read", heads, rows, (3, 4), (6,))], folded=True)


def _people(summary: Summary) -> Section:
    rows: list[Sequence[Cell]] = []
    for row in summary.rows:
        who = str(row["participant"])
        seen = summary.seen.get(who)
        own = [0] * len(KNOWN) if seen is None else [seen.known.get(state, 0) for state in KNOWN]
        depth, quality = (
            "" if each is None else each for each in ((seen.depth, seen.quality) if seen else (None, None))
        )
        rows.append((who, str(row["outcome"]), str(row["category"] or row["provisional"] or ""), *own, depth, quality))
    heads = f"Participant|Outcome|Category|{'|'.join(KNOWN)}|Depth|Quality"
    told = "; ".join(STATES[state] for state in KNOWN)
    return Section(
        "people",
        "Participants",
        [f"How many listed places are known, and how well. {told}. Depth and quality are medians of the calls there."],
        [_table("Participants", heads, rows, range(3, 5 + len(KNOWN)), elsewhere=True)],
        folded=True,
    )


def _short(number: float) -> str:
    """Format the median of whole numbers: a whole number or a half."""
    return f"{number:.1f}".removesuffix(".0")
