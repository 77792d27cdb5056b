"""Hypothesis profiles: `ci` (the default) is quick and gives the same examples every time; `thorough` looks further."""

from __future__ import annotations

import os

from hypothesis import HealthCheck, settings

from validation import pytest_addoption, pytest_configure  # noqa: F401

CALM = [HealthCheck.too_slow, HealthCheck.data_too_large, HealthCheck.filter_too_much, HealthCheck.large_base_example]

settings.register_profile(
    "ci", deadline=None, derandomize=True, database=None, max_examples=30, suppress_health_check=CALM
)
settings.register_profile("thorough", deadline=None, max_examples=2000, suppress_health_check=CALM)
settings.load_profile(os.environ.get("HYPOTHESIS_PROFILE", "ci"))
