"""Recomputing a trace from its own contents, or from the participant's files."""
