"""The shipped rule set and what its examples are assigned: worked out once in a process."""

from __future__ import annotations

from functools import cache

import assigner
from assigner.assignments import Assignment
from assigner.traces import Trace

RULES = assigner.read_rules()
EXAMPLES = {example.id: example for example in RULES.content.examples}


@cache
def made(example: str) -> Assignment:
    """The assignment of an example."""
    return assigner.assign(assigner.profile_of(EXAMPLES[example].profile, RULES), RULES)


@cache
def traced(example: str) -> Trace:
    """Its trace."""
    return made(example).trace
