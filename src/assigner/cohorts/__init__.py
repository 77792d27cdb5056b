"""Many participants: a sample sheet, or a file of many samples, to a table and traces."""

from assigner.cohorts.reading import assign_many, read_profiles

__all__ = ["assign_many", "read_profiles"]
