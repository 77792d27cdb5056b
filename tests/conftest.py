"""Settings of every run: Hypothesis profiles, and in how many processes the tests run.

Hypothesis: `ci` (the default) is quick and gives the same examples every time; `release` gives five times as many, also
the same every time (`make validation`); `thorough` looks further, elsewhere in each run. tests/effort.py says what is
tried more often than other things.
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
    "ci", deadline=None, derandomize=True, database=None, max_examples=10, suppress_health_check=CALM
)
settings.register_profile("release", settings.get_profile("ci"), max_examples=50)
settings.register_profile("thorough", deadline=None, max_examples=2000, suppress_health_check=CALM)
settings.load_profile(os.environ.get("HYPOTHESIS_PROFILE", "ci"))


@pytest.hookimpl(tryfirst=True)
def pytest_xdist_auto_num_workers(config: pytest.Config) -> int | None:
    """A process for each processor when all tests run; for a choice of tests this process alone."""
    return None if is_whole(config) else 0


MEASURED = frozenset(
    {
        "test_absence", "test_agreement", "test_allocations", "test_annotations", "test_annovar", "test_answered",
        "test_audit", "test_bcf", "test_builds", "test_burden", "test_calls", "test_cnv_tr", "test_compounds",
        "test_containers", "test_counterfactuals", "test_coverage", "test_decisions", "test_files", "test_findings",
        "test_flags", "test_forms", "test_fuzz", "test_gates", "test_genotypes", "test_grades", "test_grammar",
        "test_headers", "test_histories", "test_hostile_bytes", "test_htslib", "test_indexes", "test_kinds",
        "test_ledger_accrual", "test_ledger_commands", "test_lines", "test_motifs", "test_observations",
        "test_pack_assign", "test_phases",
        "test_polygenic", "test_reading", "test_reading_blocks", "test_reading_contigs", "test_reading_genotypes",
        "test_reading_mitochondrial", "test_reading_repeats", "test_reading_sexes", "test_reading_sources",
        "test_reasons", "test_records", "test_regions", "test_relatedness", "test_repeat_calls", "test_rows",
        "test_sample_names", "test_scores", "test_settling", "test_sexes", "test_shapes", "test_shared_files",
        "test_sites", "test_spellings", "test_stability", "test_structural", "test_support", "test_tandem",
        "test_tumours", "test_unasked", "test_unexplained", "test_variants",
    }
)  # fmt: skip
"""The tests of the rooms with a floor of coverage: alone they must reach it. A measured test takes twice as long."""


@pytest.hookimpl(wrapper=True)
def pytest_runtest_protocol(item: pytest.Item) -> Generator[None, object, object]:
    """Coverage rests while other tests run.

    pytest-cov's own mark for that does nothing in the processes of pytest-xdist: there coverage is started twice.
    """
    rests = item.path.stem.startswith("test_") and item.path.stem not in MEASURED  # examples in docstrings are measured
    tracer = sys.gettrace() if rests else None
    if tracer is None:
        return (yield)
    sys.settrace(None)
    try:
        return (yield)
    finally:
        sys.settrace(tracer)
