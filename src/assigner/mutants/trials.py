"""Which mutants of a rule set its cases kill: a case kills a mutant when it holds for the rule set and fails for it."""

from __future__ import annotations

import enum
import os
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import assert_never

from attrs import field, frozen

from assigner.assignments import Assignment, concluded
from assigner.cases.cases import Case, read_cases
from assigner.cases.examples import accrual_in
from assigner.evidence.answers import find, find_uncached
from assigner.mutants.equivalences import Proofs
from assigner.mutants.perturbations import Kind, Mutant, Perturbation, mutant_of, perturbations
from assigner.processes import Workers
from assigner.rules import Rules, read_rules
from assigner.rules.scalars import Reasoned
from assigner.truth import Truth

FEW = 8
"""So many cases meet a mutant one by one; what all further ones share is then worth working out."""

File = str | os.PathLike[str] | None


class Fate(enum.StrEnum):
    """What became of a mutant."""

    KILLED = "killed"
    SURVIVED = "survived"
    EQUIVALENT = "equivalent"

    @property
    def is_counted(self) -> bool:
        """Whether it is one of those that cases could kill."""
        match self:
            case Fate.KILLED | Fate.SURVIVED:
                return True
            case Fate.EQUIVALENT:
                return False
            case _:
                assert_never(self)


@frozen
class Verdict:
    """What became of one mutant.

    Attributes:
        by: the case that killed it, the proof that it changes nothing, or why no case can kill it; else empty.
        file: where the perturbed value stands, with `line`.
    """

    perturbation: Perturbation
    fate: Fate
    by: str
    file: str
    line: int

    def __str__(self) -> str:
        return f"{self.file}:{self.line}: {self.perturbation}"


@frozen
class Score:
    """What became of all mutants."""

    verdicts: tuple[Verdict, ...]

    def count(self, fate: Fate, kind: Kind | None = None) -> int:
        """How many mutants, of one kind or of all, had this fate."""
        return sum(v.fate is fate for v in self.verdicts if kind in (None, v.perturbation.kind))

    @property
    def per_mille(self) -> int:
        """The killed ones in thousandths of the killed and the surviving, rounded down; 1000 when there are none."""
        killed = self.count(Fate.KILLED)
        whole = sum(verdict.fate.is_counted for verdict in self.verdicts)
        return killed * 1000 // whole if whole else 1000

    @property
    def kinds(self) -> tuple[Kind, ...]:
        """The kinds of mutants that there are."""
        return tuple(kind for kind in Kind if any(v.perturbation.kind is kind for v in self.verdicts))


def try_mutants(rules: Rules, cases: Sequence[Case], chosen: Iterable[Perturbation] | None = None) -> Iterator[Verdict]:
    """Every mutant of a rule set, or those of the chosen perturbations, with what became of it.

    A case that does not hold for the rule set itself kills nothing.
    """
    trial = Trial(rules, cases)
    for each in perturbations(rules.content) if chosen is None else chosen:
        if (verdict := trial.of(each)) is not None:
            yield verdict


@frozen(eq=False)
class Trial:
    """A rule set and its cases, ready for mutants.

    Attributes:
        concerned: of each case that holds, the names of what its assignment rests on.
    """

    rules: Rules
    cases: Sequence[Case]
    concerned: Mapping[str, frozenset[str]] = field(init=False)
    proofs: Proofs = field(init=False)

    @concerned.default
    def _concerned(self) -> dict[str, frozenset[str]]:
        made = [(case, case.assigned(self.rules)) for case in self.cases]
        return {case.example.id: frozenset(_names(case, each)) for case, each in made if not case.faults(each)}

    @proofs.default
    def _proofs(self) -> Proofs:
        return Proofs(self.rules)

    def of(self, perturbation: Perturbation) -> Verdict | None:
        """What becomes of a mutant, or None when it is no rule set."""
        mutant = mutant_of(self.rules, perturbation)
        if mutant is None:
            return None
        file, line = self.rules.place(perturbation.path)
        if proof := self.proofs.of(mutant):
            return Verdict(perturbation, Fate.EQUIVALENT, proof, file, line)
        if why := self.proofs.beyond_cases(mutant):
            return Verdict(perturbation, Fate.SURVIVED, why, file, line)
        killer = next(
            (case for at, case in enumerate(self.likeliest(mutant)) if kills(case, mutant, uncached=at < FEW)), None
        )
        fate = Fate.SURVIVED if killer is None else Fate.KILLED
        return Verdict(perturbation, fate, killer.example.id if killer else "", file, line)

    def likeliest(self, mutant: Mutant) -> list[Case]:
        """The cases that hold, those first that rest on the perturbed part and on little else."""
        names = set(_of_place(self.rules, mutant.perturbation))

        def order(case: Case) -> tuple[int, int]:
            concerned = self.concerned[case.example.id]
            return -len(concerned & names), len(concerned)

        return sorted((case for case in self.cases if case.example.id in self.concerned), key=order)


def kills(case: Case, mutant: Mutant, *, uncached: bool = False) -> bool:
    """Whether a case fails for a mutant.

    Args:
        case: one that holds for the rule set.
        mutant: the rule set with one value perturbed.
        uncached: whether few cases meet the mutant, so that findings which they share are not found first.
    """
    return bool(case.faults(answered(case, mutant, uncached=uncached)))


def answered(case: Case, mutant: Mutant, *, uncached: bool = False) -> Assignment:
    """What a mutant makes of a case; `uncached` as in `kills`."""
    found = (find_uncached if uncached else find)(case.profile, mutant.rules)
    return concluded(case.profile, found, mutant.rules, accrual=accrual_in(case.example), drawn_under=mutant.origin)


def _names(case: Case, made: Assignment) -> Iterator[str]:
    """What an assignment rests on: criteria, genes and loci, flags, reasons, basis and tiers, and what a case names."""
    expect = case.example.expect
    yield from (*(expect.flags or ()), *(expect.findings or ()), made.decision.basis.value)
    for finding in made.findings:
        if finding.truth is not Truth.FALSE:
            yield from (finding.criterion, finding.gene, *finding.loci)
    yield from (flag.id for flag in made.flags if flag.truth is Truth.TRUE)
    yield from (raised.reason.value for raised in made.reasons)
    yield from (f"tier {at}" for score in made.scores for at, span in enumerate(score.tiers, 1) if span.known)


def _of_place(rules: Rules, perturbation: Perturbation) -> Iterator[str]:
    """The names of the parts of the rule set around a value."""
    part: object = rules.content
    for step in perturbation.path:
        part = part[step] if isinstance(part, tuple) and isinstance(step, int) else getattr(part, str(step))
        for name in ("id", "gene", "symbol"):
            if isinstance(part, Reasoned) and (own := getattr(part, name, None)):
                yield own
        yield f"tier {getattr(part, 'tier', None)}"
    yield from (str(perturbation.path[-1]), *perturbation.after.split(", "), *perturbation.before.split(", "), "tied")


def try_all(rules: File, cases: File, jobs: int = 1, every: int = 1) -> Iterator[Verdict | None]:
    """What becomes of each perturbation of a rule set in turn; None when it gives no rule set.

    Args:
        rules: the file of the rule set, None for the shipped one.
        cases: that of its cases, None for the shipped ones.
        jobs: so many processes share the work.
        every: 2 tries every second one, and so on.

    Raises:
        RuleSetError: when the rule set or the cases cannot be used.
    """
    if jobs < 2:
        _prepare(rules, cases)
        yield from map(_one, range(0, len(_PREPARED[0][1]), every))
        return
    read = read_rules(rules)
    read_cases(cases, read)  # their faults are raised here, not in each process
    numbers = range(0, len(list(perturbations(read.content))), every)
    with Workers(jobs, _prepare, rules, cases) as workers:
        yield from workers.each(_one, numbers, 8)


_PREPARED: list[tuple[Trial, Sequence[Perturbation]]] = []


def _prepare(rules: File, cases: File) -> None:
    read = read_rules(rules)
    _PREPARED[:] = [(Trial(read, read_cases(cases, read)), tuple(perturbations(read.content)))]


def _one(number: int) -> Verdict | None:
    trial, each = _PREPARED[0]
    return trial.of(each[number])
