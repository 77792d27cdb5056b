"""Settings of every run: Hypothesis profiles, and in how many processes the tests run.

Hypothesis: `ci` (the default) is quick and gives the same examples every time; `release` gives ten times as many,
also the same every time (`make validation`); `thorough` looks further, elsewhere in each run. tests/effort.py says
what is tried more often than other things.
"""

from __future__ import annotations

import gc
import os
from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings

from validation import is_whole, pytest_addoption, pytest_configure  # noqa: F401

gc.disable()  # until all tests are collected: what is made then stays
CALM = [HealthCheck.too_slow, HealthCheck.data_too_large, HealthCheck.filter_too_much, HealthCheck.large_base_example]

settings.register_profile(
    "ci", deadline=None, derandomize=True, database=None, max_examples=5, suppress_health_check=CALM
)
settings.register_profile("release", settings.get_profile("ci"), max_examples=50)
settings.register_profile("thorough", deadline=None, max_examples=2000, suppress_health_check=CALM)
settings.load_profile(os.environ.get("HYPOTHESIS_PROFILE", "ci"))


@pytest.hookimpl(tryfirst=True)
def pytest_xdist_auto_num_workers(config: pytest.Config) -> int | None:
    """A process for each processor when all tests run; for a choice of tests this process alone."""
    return None if is_whole(config) else 0


def pytest_collection_finish(session: pytest.Session) -> None:
    """What was imported and collected stays for the whole run: the garbage collector need not walk it each time."""
    gc.collect()
    gc.freeze()
    gc.enable()
    gc.set_threshold(50_000, 20, 20)


if folder := os.environ.get("MEASURED"):  # before anything imports the package
    import measured

    FINDER = measured.Finder()

    def pytest_sessionfinish(session: pytest.Session) -> None:
        """Each process of the run writes what it reached."""
        FINDER.write(Path(folder), os.environ.get("PYTEST_XDIST_WORKER", "main"))
