"""Map a participant's genetic profile to a category of disease biology and its intervention.

>>> import assigner
>>> rules = assigner.read_rules()
>>> made = assigner.assign(assigner.profile_of({"alleles": {"VCP-R155H": "0/1"}}, rules), rules)
>>> made.outcome.value, made.category
('assigned', 'CAT3')
>>> made = assigner.assign(assigner.profile_of({"repeats": {"ATXN2": "22/31"}}, rules), rules)
>>> made.outcome.value, made.provisional, [raised.reason.value for raised in made.reasons]
('review', 'CAT3', ['unsettled'])
"""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from assigner.__about__ import VERSION as __version__  # noqa: N811
    from assigner.assignments import Assignment, Outcome, assign
    from assigner.audits.verification import verify
    from assigner.decisions.accrual import Accrual, read_accrual
    from assigner.decisions.grades import Grade
    from assigner.decisions.reasons import Reason
    from assigner.errors import (
        AnnotationError,
        ApprovalError,
        AssignerError,
        BuildError,
        ContainerError,
        EvidenceError,
        HeaderError,
        InputError,
        LedgerError,
        LedgerProofError,
        LedgerRuleError,
        LedgerStoreError,
        LimitError,
        ProfileError,
        RecordError,
        RuleSetError,
        SampleError,
        SheetError,
        TraceError,
    )
    from assigner.genome.builds import Build
    from assigner.profiles.calls import Sex, State
    from assigner.profiles.forms import profile_of
    from assigner.profiles.profile import Profile
    from assigner.rules import Rules, read_rules
    from assigner.traces import Trace, parse_trace, read_trace
    from assigner.truth import Truth
    from assigner.vcf.bytes.containers import Limits
    from assigner.vcf.reading import read_profile

__all__ = [
    "Accrual",
    "AnnotationError",
    "ApprovalError",
    "AssignerError",
    "Assignment",
    "Build",
    "BuildError",
    "ContainerError",
    "EvidenceError",
    "Grade",
    "HeaderError",
    "InputError",
    "LedgerError",
    "LedgerProofError",
    "LedgerRuleError",
    "LedgerStoreError",
    "LimitError",
    "Limits",
    "Outcome",
    "Profile",
    "ProfileError",
    "Reason",
    "RecordError",
    "RuleSetError",
    "Rules",
    "SampleError",
    "Sex",
    "SheetError",
    "State",
    "Trace",
    "TraceError",
    "Truth",
    "__version__",
    "assign",
    "parse_trace",
    "profile_of",
    "read_accrual",
    "read_profile",
    "read_rules",
    "read_trace",
    "verify",
]

_HOMES = {
    "Accrual": "decisions.accrual",
    "AnnotationError": "errors",
    "ApprovalError": "errors",
    "AssignerError": "errors",
    "Assignment": "assignments",
    "Build": "genome.builds",
    "BuildError": "errors",
    "ContainerError": "errors",
    "Grade": "decisions.grades",
    "EvidenceError": "errors",
    "HeaderError": "errors",
    "InputError": "errors",
    "LedgerError": "errors",
    "LedgerProofError": "errors",
    "LedgerRuleError": "errors",
    "LedgerStoreError": "errors",
    "LimitError": "errors",
    "Limits": "vcf.bytes.containers",
    "Outcome": "assignments",
    "Profile": "profiles.profile",
    "ProfileError": "errors",
    "Reason": "decisions.reasons",
    "RecordError": "errors",
    "RuleSetError": "errors",
    "Rules": "rules",
    "SampleError": "errors",
    "SheetError": "errors",
    "Sex": "profiles.calls",
    "State": "profiles.calls",
    "Trace": "traces",
    "TraceError": "errors",
    "Truth": "truth",
    "assign": "assignments",
    "parse_trace": "traces",
    "profile_of": "profiles.forms",
    "read_accrual": "decisions.accrual",
    "read_profile": "vcf.reading",
    "read_rules": "rules",
    "read_trace": "traces",
    "verify": "audits.verification",
}


def __getattr__(name: str) -> Any:
    """Import a public name when it is first asked for (PEP 562), so that importing the package costs nothing."""
    if name == "__version__":
        from assigner.__about__ import VERSION as found  # noqa: N811
    elif name in _HOMES:
        found = getattr(importlib.import_module(f"assigner.{_HOMES[name]}"), name)
    else:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    globals()[name] = found
    return found


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
