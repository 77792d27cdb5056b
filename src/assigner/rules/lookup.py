"""What a rule set says under a name, in any case: a category, gene, allele, repeat, marker, criterion or flag."""

from __future__ import annotations

import difflib
import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import Any

from attrs import frozen

from assigner.errors import Fault, RuleSetError, shown
from assigner.genome.builds import Build
from assigner.rules.listing import (
    allele_listing,
    category_listing,
    criterion_listing,
    flag_listing,
    gene_listing,
    marker_listing,
    repeat_listing,
)
from assigner.rules.schema import RuleSet

MOST_SUGGESTED = 3


@frozen
class _Shelf:
    """Parts of one kind, the names that each goes by, and how one is shown."""

    kind: str
    parts: Sequence[Any]
    names: Callable[[Any], Iterable[str | None]]
    lines: Callable[[RuleSet, Any], Iterator[str]]


def _shelves(content: RuleSet) -> tuple[_Shelf, ...]:
    flags = content.flags
    return (
        _Shelf("category", content.categories, lambda c: (c.id, c.name, c.intervention), category_listing),
        _Shelf(
            "gene", content.genes, lambda g: (g.symbol, g.hgnc, g.ensembl, *g.aliases, *g.transcripts),
            lambda whole, gene: gene_listing(whole, gene.symbol),
        ),
        _Shelf("allele", content.alleles, _allele_names, lambda _, allele: allele_listing(allele)),
        _Shelf("repeat", content.repeats, lambda r: (r.id,), lambda _, repeat: repeat_listing(repeat)),
        _Shelf("marker", content.markers, lambda m: (m.id, m.rsid), lambda _, marker: marker_listing(marker)),
        _Shelf("criterion", content.criteria, lambda c: (c.id,), lambda _, criterion: criterion_listing(criterion)),
        _Shelf("mimic", flags.mimics, lambda m: (m.id, m.disorder), lambda _, flag: flag_listing(flag)),
        _Shelf(
            "therapy", flags.therapies, _therapy_names, lambda _, flag: flag_listing(flag)
        ),
    )  # fmt: skip


def _allele_names(allele: Any) -> tuple[str | None, ...]:
    places = () if allele.place is None else tuple(
        "-".join(map(str, (allele.place.chrom, *allele.place.on(build)))) for build in Build
    )  # fmt: skip
    names = [allele.name, allele.hgvs_c, allele.hgvs_p, *_words(allele.name)]
    of_gene = tuple(f"{allele.gene} {name}" for name in names if name)
    return (allele.id, allele.clinvar, *names, *of_gene, *places)


def _therapy_names(therapy: Any) -> tuple[str | None, ...]:
    return (therapy.id, therapy.product, *therapy.trials, *re.split(r"[ ,()/]+", therapy.product))


def _words(text: str) -> list[str]:
    """The words of a name such as `A5V (legacy A4V)` that are a name by themselves."""
    found = re.findall(r"[^\s(),;]+", text)
    return [word for word in found if (len(word) > 2 and any(map(str.isupper, word))) or len(found) == 1]


def found_listing(content: RuleSet, name: str) -> Iterator[str]:
    """All that a rule set says of what a name means; several parts that it means come one after the other.

    Names are those of categories, genes (symbols, aliases, ids, transcripts), alleles (ids, HGVS, ClinVar ids, places),
    repeats, markers, criteria, mimics and therapies, in any case.

    Raises:
        RuleSetError: when nothing goes by that name, with the names that are nearest to it.
    """
    called = _fold(name)
    for shelf in _shelves(content):
        found = [part for part in shelf.parts if called in _folded(shelf.names(part))]
        for part in found:
            yield from shelf.lines(content, part)
        if found:
            return
    near = _nearest(content, called)
    expected = "a name of this rule set" + (f", such as {', '.join(near)}" if near else "")
    raise RuleSetError((Fault("rule set", 1, "names", expected, shown(name)),))


def _folded(names: Iterable[str | None]) -> set[str]:
    return {_fold(each) for each in names if each}


def _fold(name: str) -> str:
    """A name without case, blanks, hyphens and underscores: `tdp43` is TDP-43."""
    return re.sub(r"[\s_-]+", "", name).casefold()


def _nearest(content: RuleSet, called: str) -> list[str]:
    """The names that are most like one, as they are written."""
    written: dict[str, str] = {}
    for shelf in _shelves(content):
        for each in filter(None, (name for part in shelf.parts for name in shelf.names(part))):
            written.setdefault(_fold(each), each)
    begun = [each for each in written if len(called) > 1 and each.startswith(called)]
    near = difflib.get_close_matches(called, written, n=MOST_SUGGESTED, cutoff=0.6)
    return [written[each] for each in dict.fromkeys([*sorted(begun, key=lambda each: (len(each), each)), *near])][
        :MOST_SUGGESTED
    ]
