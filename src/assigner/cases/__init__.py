"""Stated cases of a rule set: examples, templates, and what they cover."""
