"""For a trial's own tests: laws, random participants and cases for any rule set. Needs the extra `testing`.

Three lines are a whole suite:

    from assigner.testing import cases_of, laws_of

    test_laws = laws_of("categories.yaml")
    test_cases = cases_of("categories.yaml", "cases.yaml")
"""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from assigner.testing.contents import rule_sets
    from assigner.testing.files import VcfFile, vcf_files
    from assigner.testing.laws import LAWS, Law
    from assigner.testing.learning import learnt_more
    from assigner.testing.participants import known_profiles, profiles
    from assigner.testing.steering import profiles_for
    from assigner.testing.suites import cases_of, coverage_of, laws_of, mutants_of

__all__ = [
    "LAWS",
    "Law",
    "VcfFile",
    "cases_of",
    "coverage_of",
    "known_profiles",
    "laws_of",
    "learnt_more",
    "mutants_of",
    "profiles",
    "profiles_for",
    "rule_sets",
    "vcf_files",
]

_HOMES = {
    "LAWS": "laws",
    "Law": "laws",
    "VcfFile": "files",
    "cases_of": "suites",
    "coverage_of": "suites",
    "known_profiles": "participants",
    "laws_of": "suites",
    "learnt_more": "learning",
    "mutants_of": "suites",
    "profiles": "participants",
    "profiles_for": "steering",
    "rule_sets": "contents",
    "vcf_files": "files",
}


def __getattr__(name: str) -> Any:
    """Import a name when it is first asked for: pytest loads the plugin of this package in every run."""
    if name not in _HOMES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    from assigner.extras import check_installed

    check_installed("testing", "hypothesis", "pytest")
    return getattr(importlib.import_module(f"assigner.testing.{_HOMES[name]}"), name)


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
