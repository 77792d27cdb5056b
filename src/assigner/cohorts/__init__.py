"""Many participants: a sample sheet, a file of many samples or a folder, to a table, traces and a summary."""

from assigner.cohorts.reading import assign_many, read_profiles

__all__ = ["assign_many", "read_profiles"]
