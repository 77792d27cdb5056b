"""What a file of cases writes once for many: the rows of a table of cases, and kinds of variants.

A case with `each` is one case for every name of its table; `$` stands for the name wherever it is written in profile or
expectation. `seen` says of which kind a variant is that is found in a gene: its place is made up, within the gene, and
means nothing more.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from itertools import islice
from typing import Annotated, Any, Literal

from attrs import frozen
from pydantic import BeforeValidator, Field

from assigner.errors import ProfileError, shown
from assigner.profiles.made_up import free_variants
from assigner.rules.loci import Gene, span_on
from assigner.rules.panels import Panel
from assigner.rules.scalars import Id, Rule, Words, fault
from assigner.rules.schema import Stated
from assigner.strict import Path

NAME = "$"
"""What stands for a row's name."""


def _by_name(value: Any) -> Any:
    """A table of which only the names are written: every row expects the same."""
    if not isinstance(value, list):
        return value
    if len(set(map(str, value))) < len(value):
        raise fault("each name once")
    return {name: {} for name in value if isinstance(name, str)}


class Shared(Stated):
    """What is expected of all rows of a table; `$` may stand for a row's name."""

    flags: dict[str, Literal["held", "reported", "unknown", "ruled_out"]] | None = None
    findings: dict[str, Literal["true", "false", "unknown"]] | None = None


class Template(Rule):
    """One case, or a table of cases that are alike.

    Attributes:
        each: the names of the rows, with what is expected of each beside or instead of what is expected of all.
    """

    id: Id
    because: Words
    each: Annotated[dict[Id, Stated], BeforeValidator(_by_name), Field(min_length=1)] | None = None
    profile: dict[str, Any]
    accrual: dict[str, Any] | None = None
    expect: Shared = Shared()


@frozen
class Row:
    """One case of a file, be it a row of a table or alone.

    Attributes:
        at: the number in the file of its template.
        name: its name in the table.
        expect: what is expected of it, as far as it is stated.
    """

    at: int
    template: Template
    name: str | None
    expect: Mapping[str, Any]

    @classmethod
    def of(cls, template: Template, at: int) -> Iterator[Row]:
        """The rows of a template, in its order."""
        shared = template.expect.model_dump(exclude_unset=True)
        if template.each is None:
            yield cls(at, template, None, shared)
        for name, own in (template.each or {}).items():
            yield cls(at, template, name, named(shared, name) | own.model_dump(exclude_unset=True))

    @property
    def id(self) -> str:
        """The case's id; that of a row begins with its table's."""
        return self.template.id if self.name is None else f"{self.template.id}/{self.name}"

    @property
    def profile(self) -> dict[str, Any]:
        """Its own part of the profile."""
        own = self.template.profile
        return own if self.name is None else dict(named(own, self.name))

    @property
    def path(self) -> Path:
        """Where it stands in the file."""
        return ("cases", self.at) if self.name is None else ("cases", self.at, "each", self.name)

    def stated(self, field: str) -> Path:
        """Where a field of what is expected stands: with the row, or with all of its table."""
        own = (self.template.each or {}).get(self.name or "")
        if own is not None and field in own.model_fields_set:
            return (*self.path, field)
        return ("cases", self.at, "expect", field)


def named(part: Any, name: str) -> Any:
    """A part of a profile with a row's name in the place of every `$`.

    >>> named({"repeats": {"$": "2/$"}}, "31")
    {'repeats': {'31': '2/31'}}
    """
    match part:
        case str():
            return part.replace(NAME, name)
        case dict():
            return {named(key, name): named(value, name) for key, value in part.items()}
        case list() | tuple():
            return [named(value, name) for value in part]
        case _:
            return part


def alike(kinds: Mapping[str, Mapping[str, Any]]) -> dict[str, dict[str, Any]]:
    """The kinds of a file, each `like` an earlier one with that one's fields beside its own.

    Raises:
        ProfileError: when there is no such kind before it.

    >>> alike({"common": {"frequency": "0.1"}, "on-both": {"like": "common", "genotype": "1/1"}})["on-both"]
    {'frequency': '0.1', 'genotype': '1/1'}
    """
    found: dict[str, dict[str, Any]] = {}
    for name, own in kinds.items():
        like = own.get("like")
        if like is not None and like not in found:
            raise ProfileError(f"kinds.{name}.like", "a kind that stands before", shown(like))
        found[name] = {**found.get(like or "", {}), **{key: value for key, value in own.items() if key != "like"}}
    return found


def spelt_out(profile: Mapping[str, Any], kinds: Mapping[str, Mapping[str, Any]], panel: Panel) -> dict[str, Any]:
    """A profile in the documented form, each kind of variant that is `seen` in a gene written as the form wants it.

    Raises:
        ProfileError: for a gene or a kind that there is not.
    """
    form = {name: value for name, value in profile.items() if name != "seen"}
    seen = profile.get("seen", {})
    if not isinstance(seen, Mapping):
        raise ProfileError("profile: seen", "kinds of variants by gene", shown(seen))
    for symbol, given in seen.items():
        gene = panel.gene(symbol)
        if gene is None:
            raise ProfileError("profile: seen", "a gene of the rule set", shown(symbol))
        for at, kind in enumerate(given if isinstance(given, list) else [given]):
            if kind not in kinds:
                raise ProfileError(f"profile: seen.{symbol}", f"one of {', '.join(kinds)}", shown(kind))
            part = "structural" if "kind" in kinds[kind] else "variants"
            placed = _placed(gene, panel, at) if part == "variants" else _spanned(gene, panel)
            form[part] = [*form.get(part, []), {"gene": symbol, "chrom": gene.chrom, **placed, **kinds[kind]}]
    return form


def _placed(gene: Gene, panel: Panel, number: int) -> dict[str, Any]:
    """The bases of a variant around the middle of a gene, where none is listed."""
    free = free_variants(panel, gene, start=sum(span_on(gene, panel.build)) // 2)
    variant = next(islice(free, number, None), None)
    if variant is None:
        raise ProfileError(f"profile: seen.{gene.symbol}", "a gene with a base that no rule is about", "none")
    return {"pos": variant.pos, "ref": variant.ref, "alt": variant.alt}


def _spanned(gene: Gene, panel: Panel) -> dict[str, Any]:
    start, end = span_on(gene, panel.build)
    return {"start": start, "end": end}
