"""Many participants: a sample sheet, a file of many samples or a folder, to a table, traces and a summary."""

from assigner.cohorts.reading import assign_many, read_profiles
from assigner.cohorts.recording import Recorder, record_many

__all__ = ["Recorder", "assign_many", "read_profiles", "record_many"]
