"""The pytest plugin: `assigner_rules` and `assigner_cases` in the ini file, and fixtures that read what they name.

It does nothing unless one of the fixtures is asked for, and imports nothing before.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from assigner.cases.cases import Case
    from assigner.rules import Rules


def pytest_addoption(parser: pytest.Parser) -> None:
    """Two settings, relative to pytest's root."""
    parser.addini("assigner_rules", "a rule set of assigner; the shipped one when not given", default="")
    parser.addini("assigner_cases", "the cases of that rule set", default="")


@pytest.fixture(scope="session")
def assigner_rules(pytestconfig: pytest.Config) -> Rules:
    """The rule set that the ini file names, the shipped one when it names none."""
    from assigner.errors import AssignerError
    from assigner.rules import read_rules

    named = pytestconfig.getini("assigner_rules")
    try:
        return read_rules(pytestconfig.rootpath / named if named else None)
    except AssignerError as error:
        pytest.fail(str(error), pytrace=False)


@pytest.fixture(scope="session")
def assigner_cases(pytestconfig: pytest.Config, assigner_rules: Rules) -> tuple[Case, ...]:
    """The cases that the ini file names."""
    from assigner.cases.cases import read_cases
    from assigner.errors import AssignerError

    named = pytestconfig.getini("assigner_cases")
    if not named:
        pytest.fail("assigner_cases: expected a file of cases in pytest's settings; got nothing", pytrace=False)
    try:
        return read_cases(pytestconfig.rootpath / named, assigner_rules)
    except AssignerError as error:
        pytest.fail(str(error), pytrace=False)
