"""Tests for a trial's suite: every law and every case of its rule set, each under its own name."""

from __future__ import annotations

import os
from collections.abc import Callable, Sequence
from typing import assert_never

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from assigner.cases.cases import Case, read_cases
from assigner.cases.coverage import Reached, coverage
from assigner.cases.examples import Ran, run_example
from assigner.errors import AssignerError
from assigner.mutants.trials import Fate, Score, try_mutants
from assigner.profiles.profile import Profile
from assigner.rules import Rules, read_rules
from assigner.rules.schema import Example
from assigner.testing.drawing import composite
from assigner.testing.files import VcfFile, vcf_files
from assigner.testing.laws import LAWS, Law
from assigner.testing.learning import learnt_more
from assigner.testing.participants import known_profiles, profiles
from assigner.testing.steering import profiles_for

Test = Callable[..., None]
Source = str | os.PathLike[str] | Rules | None
"""A rule set, or its file; None for the shipped one. A path is relative to the folder in which pytest runs."""

Cases = str | os.PathLike[str] | Sequence[Case]
"""Cases, or their file."""


def laws_of(rules: Source = None, *, examples: int | None = None) -> Test:
    """A test of every law, each on random participants of a rule set.

    Args:
        rules: a rule set or its file; the shipped one when not given.
        examples: how many participants for each law; as many as Hypothesis's profile says when not given.

    Raises:
        pytest.Collector.CollectError: with every fault of the rule set, when it cannot be read.
    """
    read = _read(rules)

    def holds(law: Law, data: st.DataObject) -> None:
        law.check(read, *data.draw(drawn_for(law, read), label=law.name))

    calm = settings(deadline=None, suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large])
    calm = calm if examples is None else settings(calm, max_examples=examples)
    marked: Test = pytest.mark.parametrize("law", [_param(law, read) for law in LAWS])(
        calm(given(data=st.data())(holds))
    )
    return marked


def _param(law: Law, rules: Rules) -> object:
    why = law.does_not_ask(rules)
    return pytest.param(law, id=law.name, marks=[] if why is None else pytest.mark.skip(reason=why))


@composite
def drawn_for(draw: st.DrawFn, law: Law, rules: Rules) -> tuple[Profile | VcfFile, ...]:
    """What a law is checked on, drawn for a rule set."""
    known = st.sampled_from([0, 2]).flatmap(lambda doubt: known_profiles(rules, doubt))
    any_profile = st.one_of(profiles(rules), known, profiles_for(rules))
    match law.of:
        case "file":
            return (draw(vcf_files(rules)),)
        case "participant":
            return (draw(any_profile),)
        case "learning":
            profile = draw(any_profile)
            return profile, draw(learnt_more(profile, rules))
        case _:
            assert_never(law.of)


def cases_of(rules: Source = None, cases: Cases = ()) -> Test:
    """A test of every case of a rule set, and of every example of its own.

    Args:
        rules: a rule set or its file; the shipped one when not given.
        cases: the cases or their file; the examples alone when not given.

    Raises:
        pytest.Collector.CollectError: with every fault of the rule set or of the cases, when they cannot be read.
    """
    read = _read(rules)
    given_cases = _cases(cases, read)
    params = [pytest.param(each, id=f"example-{each.id}") for each in read.content.examples]
    params += [pytest.param(each, id=each.example.id) for each in given_cases]

    @pytest.mark.parametrize("case", params)
    def holds(case: Case | Example) -> None:
        example = case.example if isinstance(case, Case) else case
        ran: Ran = case.run(read) if isinstance(case, Case) else run_example(case, read)
        if ran.faults:
            pytest.fail("\n".join([f"{example.id}: {example.because}", *ran.faults]), pytrace=False)

    marked: Test = holds
    return marked


def coverage_of(rules: Source, cases: Cases) -> Test:
    """A test for each kind of part of a rule set (criteria, genes ...): the cases reach all of them.

    Args:
        rules: a rule set or its file; None for the shipped one.
        cases: the cases or their file.

    Raises:
        pytest.Collector.CollectError: as `cases_of`.
    """
    read = _read(rules)
    reached = coverage(read, _cases(cases, read))

    @pytest.mark.parametrize("kind", [pytest.param(each, id=each.what) for each in reached])
    def is_reached(kind: Reached) -> None:
        if kind.missing:
            lines = [f"{kind.what} {name} {answer}".rstrip() for name, answer in kind.missing]
            pytest.fail("\n".join(["not reached:", *lines]), pytrace=False)

    marked: Test = is_reached
    return marked


def mutants_of(rules: Source, cases: Cases, *, at_least: float = 95) -> Test:
    """A test that the cases kill enough of a rule set's mutants.

    Args:
        rules: a rule set or its file; None for the shipped one.
        cases: the cases or their file.
        at_least: the percentage that must be killed.

    Raises:
        pytest.Collector.CollectError: as `cases_of`.
    """
    read = _read(rules)
    given_cases = _cases(cases, read)

    def are_killed() -> None:
        score = Score(tuple(try_mutants(read, given_cases)))
        if score.per_mille < at_least * 10:
            lines = [str(verdict) for verdict in score.verdicts if verdict.fate is Fate.SURVIVED]
            pytest.fail("\n".join([f"killed: {score.per_mille / 10:.1f} %; survived:", *lines]), pytrace=False)

    return are_killed


def _cases(cases: Cases, rules: Rules) -> Sequence[Case]:
    try:
        return read_cases(cases, rules) if isinstance(cases, str | os.PathLike) else cases
    except AssignerError as error:
        raise pytest.Collector.CollectError(str(error)) from error


def _read(rules: Source) -> Rules:
    if isinstance(rules, Rules):
        return rules
    try:
        return read_rules(rules)
    except AssignerError as error:
        raise pytest.Collector.CollectError(str(error)) from error
