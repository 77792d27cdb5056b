"""Settings of every run: Hypothesis profiles, and in how many processes the tests run.

Hypothesis: `ci` (the default) is quick and gives the same examples every time; `thorough` looks further.
"""

from __future__ import annotations

import os

import pytest
from hypothesis import HealthCheck, settings

from validation import is_whole, pytest_addoption, pytest_configure  # noqa: F401

CALM = [HealthCheck.too_slow, HealthCheck.data_too_large, HealthCheck.filter_too_much, HealthCheck.large_base_example]

settings.register_profile(
    "ci", deadline=None, derandomize=True, database=None, max_examples=30, suppress_health_check=CALM
)
settings.register_profile("thorough", deadline=None, max_examples=2000, suppress_health_check=CALM)
settings.load_profile(os.environ.get("HYPOTHESIS_PROFILE", "ci"))


@pytest.hookimpl(tryfirst=True)
def pytest_xdist_auto_num_workers(config: pytest.Config) -> int | None:
    """A process for each processor when all tests run; for a choice of tests this process alone."""
    return None if is_whole(config) else 0
