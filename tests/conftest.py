"""Settings of every run: Hypothesis profiles, and in how many processes the tests run.

Hypothesis: `ci` (the default) is quick and gives the same examples every time; `thorough` looks further.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Generator

import pytest
from hypothesis import HealthCheck, settings

from validation import is_whole, pytest_addoption, pytest_configure  # noqa: F401

CALM = [HealthCheck.too_slow, HealthCheck.data_too_large, HealthCheck.filter_too_much, HealthCheck.large_base_example]

settings.register_profile(
    "ci", deadline=None, derandomize=True, database=None, max_examples=20, suppress_health_check=CALM
)
settings.register_profile("thorough", deadline=None, max_examples=2000, suppress_health_check=CALM)
settings.load_profile(os.environ.get("HYPOTHESIS_PROFILE", "ci"))


@pytest.hookimpl(tryfirst=True)
def pytest_xdist_auto_num_workers(config: pytest.Config) -> int | None:
    """A process for each processor when all tests run; for a choice of tests this process alone."""
    return None if is_whole(config) else 0


UNMEASURED = frozenset(
    {
        "test_approvals", "test_assignments", "test_caches", "test_canonical", "test_case_coverage", "test_cases",
        "test_cli", "test_cli_faults", "test_closed_choices", "test_docs", "test_examples", "test_examples_folder",
        "test_exports", "test_forecasts", "test_laws", "test_ledger", "test_ledger_notes", "test_ledger_rules",
        "test_ledger_tree", "test_ledger_verifying", "test_lint", "test_lint_diff", "test_lint_slips", "test_mutants",
        "test_network", "test_older_traces", "test_participants", "test_plugin", "test_privacy", "test_public_face",
        "test_redactions", "test_replays", "test_report_browser", "test_reports", "test_rules", "test_schemas",
        "test_sharing_commands", "test_synthetic", "test_text", "test_traces", "test_validation",
        "test_verifications", "test_wheel",
    }
)  # fmt: skip
"""Tests of parts whose coverage has no floor, and of the whole line, which take three times as long when measured."""


@pytest.hookimpl(wrapper=True)
def pytest_runtest_protocol(item: pytest.Item) -> Generator[None, object, object]:
    """Coverage rests while these run.

    pytest-cov's own mark for that does nothing in the processes of pytest-xdist: there coverage is started twice.
    """
    tracer = sys.gettrace() if item.path.stem in UNMEASURED else None
    if tracer is None:
        return (yield)
    sys.settrace(None)
    try:
        return (yield)
    finally:
        sys.settrace(tracer)
