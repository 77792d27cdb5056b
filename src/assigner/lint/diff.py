"""What a change of a rule set means: the genotypes of single genes that get a different result.

Genes are matched by symbol, alleles by place, repeats by place and motif. Both sides of every threshold of either rule
set are tried. What no single gene shows, because it needs several genes or a file, is shown as a changed rule.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from attrs import frozen
from pydantic import BaseModel

from assigner.lint.answers import Answer, Answered, about, decided
from assigner.lint.states import BUILD, gene_names, states_of
from assigner.rules import Rules
from assigner.rules.loci import Allele
from assigner.rules.panels import variant_on
from assigner.strict import Path, written

_WORDS = frozenset(
    {"because", "sources", "status", "note", "name", "title", "hgvs_c", "hgvs_p", "clinvar", "curators", "protocol",
     "version", "tables", "examples", "disorder", "stage", "product", "trials", "therapy", "report",
     "evidence_sources"}
)  # fmt: skip


@frozen
class Changed:
    """Genotypes of one gene that get a different result, all the same one.

    Attributes:
        states: how many there are.
        witness: the smallest one, with the result of the old rule set.
        after: its result under the new one.
    """

    gene: str
    states: int
    witness: Answered
    after: Answer

    def __str__(self) -> str:
        many = "1 genotype" if self.states == 1 else f"{self.states} genotypes"
        return f"{self.gene}: {self.witness.state.words}: {self.witness.answer} -> {self.after} ({many} like this)"


@frozen
class Edited:
    """A changed rule; changes of words and sources do not count."""

    path: str
    before: str
    after: str

    def __str__(self) -> str:
        return f"{self.path}: {self.before} -> {self.after}"


@frozen
class Difference:
    """What changed between two rule sets.

    Attributes:
        answers: genotypes with a different result, by gene.
        rules: every rule that differs in more than words.
    """

    answers: tuple[Changed, ...]
    rules: tuple[Edited, ...]

    @property
    def is_empty(self) -> bool:
        """Whether the two mean the same."""
        return not self.answers and not self.rules


def difference(old: Rules, new: Rules) -> Difference:
    """What changed in meaning from one rule set to the other."""
    genes = tuple(dict.fromkeys((*gene_names(old.content), *gene_names(new.content))))
    edited = tuple(edits(old, new))
    answers = tuple(changed for gene in genes for changed in _changed(gene, old, new)) if edited else ()
    return Difference(answers, edited)


def _changed(gene: str, old: Rules, new: Rules) -> Iterator[Changed]:
    """The changes of one gene, one for each pair of results, with the smallest genotype of each."""
    before, after = about(gene, old), about(gene, new)
    found: dict[tuple[Answer, Answer], list[Answered]] = {}
    for state in states_of(gene, before, after):
        one, two = decided(state, before), decided(state, after)
        if one.answer != two.answer:
            found.setdefault((one.answer, two.answer), []).append(one)
    for (_, answer), several in found.items():
        yield Changed(gene, len(several), min(several, key=lambda each: each.state.weight), answer)


def edits(old: Rules, new: Rules) -> Iterator[Edited]:
    """Every rule that differs in more than words."""
    before, after = dict(_leaves(old.content, ())), dict(_leaves(new.content, ()))
    for path in dict.fromkeys((*before, *after)):
        one, two = before.get(path), after.get(path)
        if one != two:
            yield Edited(written(path), "nothing" if one is None else one, "nothing" if two is None else two)


def _leaves(part: Any, path: Path) -> Iterator[tuple[Path, str]]:
    """Every value that a rule set decides by, under the name of its rule in place of its number."""
    match part:
        case BaseModel():
            for name in type(part).model_fields:
                if name in _WORDS or (name, path) == ("rule_set", ()) or _is_label(part, name):
                    continue
                value = getattr(part, name)
                yield from _leaves("yes" if name == "inactive" and value else value, (*path, name))
        case Mapping():
            for name, value in part.items():
                yield from _leaves(value, (*path, str(name)))
        case tuple() if part and isinstance(part[0], BaseModel):
            for at, item in enumerate(part):
                yield from _leaves(item, (*path, _name(item, at)))
            if path in (("categories",), ("criteria",)):
                yield (*path, "order"), ", ".join(_name(item, at) for at, item in enumerate(part))
        case None | ():
            return
        case _:
            yield path, ", ".join(map(str, part)) if isinstance(part, tuple) else str(part)


def _is_label(part: BaseModel, name: str) -> bool:
    """Whether a field only names a part that its place tells."""
    return name == "id" and isinstance(part, Allele) and part.place is not None


def _name(item: BaseModel, at: int) -> str:
    if isinstance(item, Allele) and item.place is not None:
        return str(variant_on(item, BUILD))
    for name in ("rsid", "symbol", "id", "category"):
        own = getattr(item, name, None)
        if own is not None:
            return str(own)
    return str(at + 1)
