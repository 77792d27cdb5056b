"""What the docs say that the code knows: help texts and tables. Written into the Markdown by cog (`make docs`).

A member that has no words here is a KeyError, so that the docs cannot fall behind the code.
"""

from __future__ import annotations

import ast
import math
import re
import textwrap
import tomllib
import typing
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path

import click

from assigner import errors, read_rules
from assigner.audits.recipes import annotation_lines
from assigner.cli import main
from assigner.cohorts.sheets import COLUMNS as SHEET
from assigner.cohorts.tables import columns as cohort_columns
from assigner.decisions.decision import Basis, Verdict
from assigner.decisions.reasons import Reason, row_of
from assigner.evidence.flags import FlagKind
from assigner.evidence.kinds.kind import Kind
from assigner.evidence.kinds.registry import kind_of
from assigner.evidence.unknowns import Why
from assigner.genome.builds import Build
from assigner.profiles.calls import Call, State
from assigner.rules.criteria import AnyCriterion, MarkerCriterion
from assigner.rules.effects import Effect
from assigner.rules.loci import Marker
from assigner.testing import LAWS
from assigner.vcf.repeats import CALLERS

ROOT = Path(__file__).resolve().parents[1]
SOURCE = ROOT / "src" / "assigner"


def table(head: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """A Markdown table between blank lines."""
    lines = [head, ["---"] * len(head), *rows]
    return "\n" + "\n".join(f"| {' | '.join(cells)} |" for cells in lines) + "\n"


def tree() -> str:
    """The rooms of the package, the lowest layer first, each with what it is about and its modules."""
    tools = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["tool"]
    rooms, inside = (_names(contract["layers"]) for contract in tools["importlinter"]["contracts"][:2])
    lines = ["src/assigner/"]
    for name in rooms:
        lines += _room(SOURCE / name, 1)
        packages = {path.parent.name: path.parent for path in sorted((SOURCE / name).glob("*/__init__.py"))}
        order = [sub for sub in inside if sub in packages] if name == "vcf" else packages
        lines += [line for sub in order for line in _room(packages[sub], 2)]
    return "\n```text\n" + "\n".join(lines) + "\n```\n"


def _names(layers: Iterable[str]) -> list[str]:
    """The names in an import contract, the lowest layer first."""
    return [name.strip() for layer in reversed(list(layers)) for name in re.split(r"[|:]", layer)]


def _room(path: Path, depth: int) -> list[str]:
    """A module or a package with the first sentence of its docstring; of a package also its modules."""
    file = path / "__init__.py" if path.is_dir() else path.with_suffix(".py")
    said = ast.get_docstring(ast.parse(file.read_text(encoding="utf-8"))) or ""
    sentence = " ".join(re.split(r"(?<=\.)\s|\n\n", said)[0].split())
    name = f"{path.name}/" if path.is_dir() else path.name
    lines = textwrap.wrap(sentence, 95)
    if path.is_dir():
        own = sorted(each.stem for each in path.glob("*.py") if each.stem != "__init__")
        lines += textwrap.wrap(f"({', '.join(own)})", 95, break_on_hyphens=False)
    head = f"{'  ' * depth}{name}".ljust(18)
    return [head + lines[0], *(" " * 18 + line for line in lines[1:])]


def helps() -> str:
    """The help text of every command, in the order of the command line."""
    return "\n".join(f"## `{name}`\n\n```text\n{text}\n```\n" for name, text in _helps(main, "assigner"))


def _helps(command: click.Command, name: str, parent: click.Context | None = None) -> Iterator[tuple[str, str]]:
    width = {"terminal_width": 100, "max_content_width": 100}
    context = click.Context(command, info_name=name.split()[-1], parent=parent, **width)
    context.help_option_names = ["-h", "--help"]
    yield name, command.get_help(context)
    if isinstance(command, click.Group):
        for each in command.list_commands(context):
            inner = command.get_command(context, each)
            assert inner is not None
            yield from _helps(inner, f"{name} {each}", context)


def sheet_table() -> str:
    """The columns of a cohort's sample sheet."""
    return table(["column", "what stands in it"], [[f"`{name}`", about] for name, about in SHEET.items()])


def reasons_of_unknowns() -> str:
    """Why a question may have no answer."""
    return table(["reason", "what it means"], [[f"`{why}`", why.words] for why in Why])


def annotation_commands() -> str:
    """Of each annotator, the command line that writes all that is read of it."""
    parts = []
    for step in annotation_lines(Build.GRCH38, "participant.vcf.gz"):
        calls = re.split(r" (?=\||&&)", step.command or "")
        command = " \\\n  ".join(" \\\n    ".join(_wrapped(call)) for call in calls)
        parts.append(f"\n{textwrap.fill(step.words, 120)}\n\n```sh\n{command}\n```\n")
    return "".join(parts)


def _wrapped(command: str) -> list[str]:
    return textwrap.wrap(command, 115, break_long_words=False, break_on_hyphens=False)


def cohort_table() -> str:
    """The columns of a cohort's table under the shipped rule set."""
    rows = [[f"`{each.name}`", each.kind, each.about] for each in cohort_columns(read_rules().content)]
    return table(["column", "kind", "what stands in it"], rows)


def weight_table() -> str:
    """What a finding of each criterion is worth, and where a published effect says otherwise."""
    content = read_rules().content
    rows = []
    for criterion in sorted(content.criteria, key=lambda each: (each.tier, -each.points)):
        own = "of each marker" if criterion.kind == "marker" else str(criterion.points)
        rows.append([f"`{criterion.id}`", str(criterion.tier), own, "", "", ""])
        for gene in content.genes:
            for effect in gene.effects:
                if effect.criterion == criterion.id and effect.odds_ratio is not None:
                    rows.append(["", "", str(effect.points), *_effect_cells(gene.symbol, effect)])
        if criterion.kind == "marker":
            rows += [_marker_row(criterion, marker) for marker in content.markers if marker.is_active]
    return table(["criterion", "tier", "points", "of", "odds ratio (95 % interval)", "source"], rows)


def _effect_cells(name: str, effect: Effect) -> list[str]:
    interval = "" if effect.interval is None else f" ({effect.interval[0]} to {effect.interval[1]})"
    return [name, f"{effect.odds_ratio}{interval}", effect.sources[0]]


def _marker_row(criterion: MarkerCriterion, marker: Marker) -> list[str]:
    worth = " and ".join(str(criterion.worth(marker.log_odds or 0, copies)) for copies in (1, 2))
    of = f"{marker.rsid}-{marker.effect} at {marker.gene}, one copy and two"
    low, high = marker.interval or (0, 0)
    odds = [f"{math.exp(each / 1000):.2f}" for each in (marker.log_odds or 0, low, high)]
    return ["", "", worth, of, f"{odds[0]} ({odds[1]} to {odds[2]})", marker.sources[0]]


def error_table() -> str:
    """Every error class, what it is under, and what it means."""
    return table(["error", "is a kind of", "raised for"], _errors(errors.AssignerError))


def _errors(kind: type[Exception]) -> Iterator[list[str]]:
    first = (kind.__doc__ or "").split("\n")[0]
    yield [f"`{kind.__name__}`", f"`{kind.__base__.__name__}`" if kind.__base__ else "", first]
    for each in kind.__subclasses__():
        yield from _errors(each)


STATES = {
    State.CALLED: ("`0/1`, `1\\|1`, `1/2` or haploid `1` that passes the gates", Call.of("0/1")),
    State.REFERENCE: ("`0/0`, a gVCF reference block, or inside the callable regions", Call(State.REFERENCE)),
    State.ASSUMED_REFERENCE: ("no record, and the caller declared `absent = reference`", Call(State.ASSUMED_REFERENCE)),
    State.PARTIAL: ("`1/.` (carries) or `0/.` (unknown)", None),
    State.NO_CALL: ("`./.` or `.`", Call.of("./.")),
    State.OBSCURED: (
        "another record may hold the allele: a larger change over its place, or the same change spelled otherwise",
        Call(State.OBSCURED),
    ),
    State.NOT_ASSESSED: ("no record, and nothing was declared", Call(State.NOT_ASSESSED)),
    State.LOW_QUALITY: (
        "a record that fails depth, quality, likelihood or allele balance, or that was imputed",
        Call(State.LOW_QUALITY),
    ),
    State.CONTRADICTED: (
        "a record whose own reads or likelihoods speak for another genotype, or whose fields disagree",
        Call(State.CONTRADICTED),
    ),
    State.FILTERED: ("a FILTER or FT that the rule set does not accept", Call(State.FILTERED)),
    State.CONFLICT: ("the same allele twice, with different genotypes", Call(State.CONFLICT)),
    State.INVALID: ("a genotype that cannot be, such as two different alleles on a man's X", Call(State.INVALID)),
}


def state_table() -> str:
    """Every state of a locus, and what it answers."""
    answers = {state: call.carries.value if call else "true or unknown" for state, (_, call) in STATES.items()}
    rows = ([f"`{state}`", STATES[state][0], answers[state]] for state in State)
    return table(["state", "from", "carries the allele?"], rows)


def reason_table() -> str:
    """Every reason for review, and what the shipped rule set makes of it."""
    content = read_rules().content
    rows = []
    for reason in Reason:
        row = row_of(reason)
        policy = f"`{row.policy(content.decision)}`" if row.possible(content) else "not raised"
        rows.append([f"`{reason}`", row.meaning, policy])
    return table(["reason", "meaning", "shipped policy"], rows)


BASES = {
    Basis.LEAD: "One category beats every other one.",
    Basis.DISTINCT_GENES: "Tie-break: the most genes speak for it.",
    Basis.CATEGORY_ORDER: "Tie-break: it comes first in the rule set.",
    Basis.SEEDED: "Tie-break: it draws the smallest lot, a keyed hash that anyone can compute.",
    Basis.LOT: "Allocated by the protocol, by lot; no biology.",
    Basis.SMALLEST_ARM: "Allocated by the protocol, to the smallest arm; no biology.",
    Basis.MINIMISE: "Allocated by the protocol, by minimisation; no biology.",
    Basis.TIED: "No category: the tie-breaks leave several.",
    Basis.NO_EVIDENCE: "No category: none reaches a minimum.",
}


def basis_table() -> str:
    """Every basis of a decision."""
    return table(["`basis.rule`", "meaning"], ([f"`{basis}`", BASES[basis]] for basis in Basis))


VERDICTS = {
    Verdict.CHOSEN: "It is the decision.",
    Verdict.BEATEN: "Another category wins against it; tier and points are given.",
    Verdict.TIED: "It is among the leading ones and was not chosen.",
    Verdict.NO_EVIDENCE: "It reaches no minimum.",
    Verdict.CLOSED: "Its arm is closed, and the rule set leaves it out.",
}


def verdict_table() -> str:
    """How a category can come out."""
    return table(["`verdict`", "meaning"], ([f"`{verdict}`", VERDICTS[verdict]] for verdict in Verdict))


def kinds() -> dict[str, Kind]:
    """Every kind of criterion by its name, with no more than that."""
    models = typing.get_args(typing.get_args(AnyCriterion)[0])
    return {typing.get_args(m.model_fields["kind"].annotation)[0]: kind_of(m.model_construct()) for m in models}


def kind_table() -> str:
    """The kinds of criteria, and the shipped criteria of each."""
    shipped = read_rules().content.criteria
    by_kind = {kind: [f"`{c.id}` (tier {c.tier})" for c in shipped if c.kind == kind] for kind in kinds()}
    rows = ([f"`{name}`", kind.words, ", ".join(by_kind[name])] for name, kind in kinds().items())
    return table(["kind", "asks for", "shipped"], rows)


def kind_field_table() -> str:
    """What a kind of criterion has beside what all have."""
    rows = (
        [f"`{name}`" if at == 0 else "", f"`{field}`", what.words]
        for name, kind in kinds().items()
        for at, (field, what) in enumerate(kind.fields.items())
    )
    return table(["kind", "field", "content"], rows)


FLAGS = {
    FlagKind.MIMIC: "a disease that mimics the trial's",
    FlagKind.THERAPY: "a therapy, approved or in trial, that aims at a genotype",
    FlagKind.STRATIFICATION: "a marker that is reported and never scored",
}


def flag_table() -> str:
    """The kinds of flags."""
    return table(["`kind`", "about"], ([f"`{kind}`", FLAGS[kind]] for kind in FlagKind))


def category_table() -> str:
    """The shipped categories, and how many genes have their first share in each."""
    content = read_rules().content
    rows = []
    for category in content.categories:
        genes = [g.symbol for g in content.genes for s in g.shares if s.category == category.id and s is g.shares[0]]
        rows.append([category.id, category.name, category.intervention, str(len(genes))])
    return table(["id", "category", "intervention", "genes with their first share here"], rows)


def tier_table() -> str:
    """The shipped tiers, and what stands in each."""
    tiers = read_rules().content.decision.tiers
    return table(
        ["tier", "evidence", "minimum", "margin", "opens"],
        ([str(t.tier), t.because, str(t.minimum), str(t.margin), t.opens] for t in tiers),
    )


def repeat_caller_table() -> str:
    """The callers whose repeat sizes are read, and the names of those that are recognised only."""
    rows = [(who, keys) for caller in CALLERS for who, keys in caller.read_from]
    read = table(["records of", "sizes from"], ([who, keys] for who, keys in rows if keys is not None))
    *names, last = (who for who, keys in rows if keys is None)
    return f"{read}\n{', '.join(names)} and {last} are recognised, and their sizes stay unknown.\n"


def law_table() -> str:
    """The packaged laws."""
    return table(["law", "what it says"], ([f"`{law.name}`", law.says] for law in LAWS))
