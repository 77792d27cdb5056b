"""Repeat sizes and copy numbers that are given by hand, as in a laboratory's report."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from attrs import evolve

from assigner.errors import ProfileError, kind_of, shown
from assigner.profiles.profile import GIVEN, MOST_UNITS, CopyNumber, Interval, RepeatSizes
from assigner.profiles.schema import CopyNumberForm, RepeatForm, checked
from assigner.rules.panels import Panel

_SIZE = re.compile(r"(?P<bound>[<>]=?)?(?P<units>[0-9]{1,6})|\.")
_INTERVAL = re.compile(r"(?P<least>[0-9]{1,6})-(?P<most>[0-9]{1,6})?|\.")


def laboratory(
    repeats: Mapping[str, Any], copy_numbers: Mapping[str, Any], panel: Panel
) -> tuple[dict[str, RepeatSizes], dict[str, CopyNumber]]:
    """Repeat sizes and copy numbers as given by hand beside a VCF; the forms are a profile's.

    What comes without a source is "given by the caller".

    Raises:
        ProfileError: with the first value that is not as documented.
    """
    counts = {gene: str(given) if isinstance(given, int) else given for gene, given in copy_numbers.items()}
    form = checked({"repeats": dict(repeats), "copy_numbers": counts})
    sized = repeats_of(form.repeats, panel)
    for name, sizes in sized.items():
        if len(sizes.sizes) > 2:
            raise ProfileError(f"repeat {name}", "the sizes of one or two alleles", f"{len(sizes.sizes)} sizes")
        if len(sizes.sizes) == 2 and {0, 1}.issuperset(sizes.sizes):
            raise ProfileError(f"repeat {name}", "sizes in units", "what looks like a genotype: 0 and 1 alone")
    named = {name: evolve(sizes, source=sizes.origin or GIVEN, file=None) for name, sizes in sized.items()}
    return named, copy_numbers_of(form.copy_numbers, panel)


def repeats_of(repeats: Mapping[str, str | RepeatForm], panel: Panel) -> dict[str, RepeatSizes]:
    """Sizes by the rule set's ids; a gene's name stands for all its repeats at that place."""
    found: dict[str, RepeatSizes] = {}
    for name, given in repeats.items():
        ids = _repeat_ids(name, panel)
        if not ids:
            raise ProfileError("profile: repeats", "a repeat or gene of the rule set", shown(name))
        sizes = repeat_sizes(given, name)
        if any(found.get(each, sizes) != sizes for each in ids):
            raise ProfileError("profile: repeats", "the same sizes for one place under all its names", shown(name))
        found |= dict.fromkeys(ids, sizes)
    return found


def _repeat_ids(name: str, panel: Panel) -> tuple[str, ...]:
    """The repeats that a name means, as the rule set writes it, by a gene's other names, or in another case.

    A name that could mean several in another case means none.
    """
    gene = panel.gene(name)
    exact = panel.repeat_ids(name) or (() if gene is None else panel.repeat_ids(gene.symbol))
    if exact:
        return exact
    names = (*panel.repeats, *(repeat.gene for repeat in panel.repeats.values()), *panel.genes)
    alike = [each for each in dict.fromkeys(names) if each.casefold() == name.casefold() and each != name]
    found = {ids for each in alike if (ids := _repeat_ids(each, panel))}
    return found.pop() if len(found) == 1 else ()


def repeat_sizes(given: str | RepeatForm, name: str) -> RepeatSizes:
    """Repeat sizes as people give them.

    Raises:
        ProfileError: when sizes or intervals are not written so, or do not fit each other.

    >>> str(repeat_sizes("2/45", "C9orf72")), str(repeat_sizes("2/>60", "C9orf72"))
    ('2/45', '2/>=61')
    >>> str(repeat_sizes("<20/<=24", "C9orf72"))
    '<=19/<=24'
    """
    form = RepeatForm(sizes=given) if isinstance(given, str) else given
    source = form.source if form.file is None else None
    sizes, bounds = zip(*(_size(text, name) for text in form.sizes.split("/")), strict=True)
    if form.intervals is None:
        return RepeatSizes(sizes, bounds if any(bounds) else (), source, form.problem, file=form.file)
    intervals = tuple(_interval(text, name) for text in form.intervals.split("/"))
    if len(intervals) != len(sizes):
        raise ProfileError(f"repeat {name}", f"{len(sizes)} intervals", str(len(intervals)))
    for bound, interval in zip(bounds, intervals, strict=True):
        if bound is not None and interval not in (None, bound):
            raise ProfileError(f"repeat {name}", "a bound or an interval of an allele", "both")
    both = tuple(bound or interval for bound, interval in zip(bounds, intervals, strict=True))
    return RepeatSizes(sizes, both, source, form.problem, file=form.file)


def _size(text: str, name: str) -> tuple[int | None, Interval | None]:
    """The size of one allele, and the interval that a lower or upper bound is."""
    found = _SIZE.fullmatch(text)
    if found is None:
        expected = "sizes such as 2/45, 2/>60 or <20/<20 for bounds, or 2/. when one is unknown"
        raise ProfileError(f"repeat {name}", expected, kind_of(text))
    if text == ".":
        return None, None
    bound = found["bound"] or ""
    size = int(found["units"]) + {">": 1, "<": -1}.get(bound, 0)
    if not 0 <= size <= MOST_UNITS:
        raise ProfileError(f"repeat {name}", f"sizes from 0 to {MOST_UNITS}", "a smaller or a larger one")
    if bound.startswith("<"):
        return size, (0, size)
    return size, (size, None) if bound else None


def _interval(text: str, name: str) -> Interval | None:
    found = _INTERVAL.fullmatch(text)
    if found is None:
        raise ProfileError(
            f"repeat {name}", "intervals such as 2-2/30-60, or 2-2/61- without an upper end", kind_of(text)
        )
    if text == ".":
        return None
    least, most = int(found["least"]), int(found["most"]) if found["most"] else None
    if most is not None and least > most:
        raise ProfileError(f"repeat {name}", "an interval that begins with its least size", "one that ends with it")
    return least, most


def copy_numbers_of(given: Mapping[str, str | CopyNumberForm], panel: Panel) -> dict[str, CopyNumber]:
    """Copy numbers by gene; a gene under two names must have one number."""
    found: dict[str, CopyNumber] = {}
    for name, number in given.items():
        gene, counted = gene_named(name, panel, "copy_numbers"), _copy_number(number, name)
        if found.get(gene, counted) != counted:
            raise ProfileError("profile: copy_numbers", "the same number for one gene under all its names", shown(name))
        found[gene] = counted
    return found


def _copy_number(given: str | CopyNumberForm, gene: str) -> CopyNumber:
    if isinstance(given, CopyNumberForm):
        return CopyNumber(given.copies, given.source)
    if not re.fullmatch(r"[0-9]{1,3}", given):
        raise ProfileError(f"profile: copy_numbers.{gene}", "a whole number", kind_of(given))
    return CopyNumber(int(given), GIVEN)


def gene_named(name: str, panel: Panel, field: str) -> str:
    """The symbol of a gene of the rule set, by any of its names.

    Raises:
        ProfileError: when it is none; `field` is the place.
    """
    known, flags = panel.gene(name), panel.content.flags
    if known is None and name not in {m.gene for m in flags.mimics} | {t.gene for t in flags.therapies}:
        raise ProfileError(f"profile: {field}", "a gene of the rule set", shown(name))
    return name if known is None else known.symbol
