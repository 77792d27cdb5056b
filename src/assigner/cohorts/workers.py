"""Computes the results of participants one by one, in this process or in one of several."""

from __future__ import annotations

from typing import Any

from attrs import field, frozen

from assigner.assignments import assign_alike
from assigner.cohorts.genomes import Genome
from assigner.cohorts.parts import Told
from assigner.cohorts.reading import Cohort, Reader, Wholes
from assigner.cohorts.sheets import Participant
from assigner.cohorts.tables import row_of
from assigner.errors import AssignerError, InputError
from assigner.evidence.alike import Alike
from assigner.packs.forms import pack_of
from assigner.profiles.profile import Profile
from assigner.rules import Rules, read_rules
from assigner.values import Private


@frozen(repr=False)
class Made(Private):
    """A participant's result and trace; an error has no trace."""

    told: Told
    trace: bytes | None


@frozen(repr=False)
class Undecided(Private):
    """A participant whose decision needs the accrual in the ledger: the profile, and the data for the summary."""

    participant: str
    profile: Profile
    seen: dict[str, Any] | None


@frozen(kw_only=True)
class Work:
    """The settings that a process needs to work on a cohort.

    Attributes:
        rules_file: path of the rule set; None for the shipped one.
        digest: the expected digest of the rule set.
        compares: whether a summary is wanted.
        decides: whether workers decide; if not, the decision is made later, with the accrual in the ledger.
        wholes: contents of the files of several participants, which are not read again.
    """

    cohort: Cohort
    rules_file: str | None
    digest: str
    fasta: str | None
    pack: str | None
    threads: int
    compares: bool
    decides: bool
    wholes: Wholes = field(factory=dict, repr=False)


@frozen
class Worker:
    """Computes row, trace and summary data of participants, one by one."""

    reader: Reader
    rules: Rules
    decides: bool = True
    alike: Alike = field(factory=Alike, init=False)

    @classmethod
    def of(cls, work: Work, rules: Rules) -> Worker:
        """A worker on a cohort."""
        reader = Reader.of(
            work.cohort,
            rules,
            fasta=work.fasta,
            pack=pack_of(work.pack),
            threads=work.threads,
            compares=work.compares,
            wholes=work.wholes,
        )
        return cls(reader, rules, work.decides)

    def made(self, who: Participant) -> Made | Undecided:
        """The row, trace and summary data of a participant."""
        profile, genome = self.reader.read(who)
        if isinstance(profile, AssignerError):
            return Made(Told(row_of(who.id, profile, self.rules)), None)
        seen = _seen(profile, self.rules, genome) if self.reader.compares else None
        if not self.decides:
            return Undecided(who.id, profile, seen)
        made = assign_alike(profile, self.rules, self.alike)
        return Made(Told(row_of(who.id, made, self.rules), seen), made.trace_bytes)


def _seen(profile: Profile, rules: Rules, genome: Genome | None) -> dict[str, Any]:
    from assigner.cohorts.seen import seen_of  # few runs write a summary

    return seen_of(profile, rules, genome).model_dump(mode="json")


_WORKER: list[Worker] = []
"""The worker of this process, where it is one of several."""


def worker_of(work: Work) -> Worker:
    """A worker that reads the rule set itself.

    Raises:
        InputError: the rule set is another one than it was.
    """
    rules = read_rules(work.rules_file)
    if rules.digest != work.digest:
        raise InputError(work.rules_file or "rules", "the rule set as it was read first", "another one: it was changed")
    return Worker.of(work, rules)


def begin(work: Work) -> None:
    """Set this process up; raises as `worker_of`."""
    _WORKER[:] = [worker_of(work)]


def made(who: Participant) -> Made | Undecided:
    """What the worker of this process makes of a participant."""
    return _WORKER[0].made(who)
