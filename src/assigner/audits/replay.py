"""From a trace back to its rule set, its profile and its assignment, where they are at hand."""

from __future__ import annotations

from assigner.assignments import Assignment, assign
from assigner.errors import TraceError
from assigner.files import Source, name_of
from assigner.profiles.forms import profile_of
from assigner.profiles.profile import Profile
from assigner.rules import Rules, read_rules
from assigner.traces import Trace


def rules_of(trace: Trace, source: Source | None = None) -> Rules | None:
    """The rule set that decided: the one given, or the shipped one; None when the shipped one is another.

    Raises:
        TraceError: when a rule set is given and the trace was made with another one.
        RuleSetError: when the given one cannot be read.
    """
    rules = read_rules(source)
    if rules.digest == trace.rule_set.digest:
        return rules
    if source is not None:
        given = name_of(source, "the rule set given")
        raise TraceError("trace: rule_set.digest", f"{rules.digest}, that of {given}", trace.rule_set.digest)
    return None


def profile_in(trace: Trace, rules: Rules) -> Profile:
    """What the decision needed of the participant.

    Raises:
        ProfileError: when the trace holds no profile for this rule set.
    """
    return profile_of(trace.profile, rules)


def assigned_again(trace: Trace, rules: Rules) -> Assignment | None:
    """The assignment of the trace's profile; None when this version finds or decides something else."""
    made = assign(profile_in(trace, rules), rules, trace.accrual)
    said, again = trace.form(), made.trace.form(trace.schema_version)
    return made if all(again[key] == said[key] for key in ("findings", "scores", "basis")) else None
