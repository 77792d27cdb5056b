"""Map a participant's genetic profile to a category of disease biology and its intervention.

>>> import assigner
>>> rules = assigner.read_rules()
>>> profile = assigner.profile_of({"alleles": {"VCP-R155H": "0/1"}, "repeats": {"C9orf72": "2/2"}}, rules)
>>> made = assigner.assign(profile, rules)
>>> made.outcome.value, made.provisional, [raised.reason.value for raised in made.reasons]
('review', 'CAT3', ['unsettled'])
"""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from assigner.__about__ import VERSION as __version__  # noqa: N811
    from assigner.assignments import Assignment, assign
    from assigner.audits.verification import verify
    from assigner.errors import AssignerError
    from assigner.profiles.forms import profile_of
    from assigner.profiles.profile import Profile
    from assigner.rules import Rules, read_rules
    from assigner.traces import Trace, parse_trace
    from assigner.vcf.reading import read_profile

__all__ = [
    "AssignerError",
    "Assignment",
    "Profile",
    "Rules",
    "Trace",
    "__version__",
    "assign",
    "parse_trace",
    "profile_of",
    "read_profile",
    "read_rules",
    "verify",
]

_HOMES = {
    "AssignerError": "errors",
    "Assignment": "assignments",
    "Profile": "profiles.profile",
    "Rules": "rules",
    "Trace": "traces",
    "assign": "assignments",
    "parse_trace": "traces",
    "profile_of": "profiles.forms",
    "read_profile": "vcf.reading",
    "read_rules": "rules",
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
