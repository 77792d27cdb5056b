"""Map a participant's genetic profile to a category of disease biology and its intervention.

>>> import assigner
>>> rules = assigner.read_rules()
>>> profile = assigner.profile_of({"alleles": {"VCP-R155H": "0/1"}, "repeats": {"C9orf72": "2/2"}}, rules)
>>> made = assigner.assign(profile, rules)
>>> made.outcome.value, made.provisional, [raised.reason.value for raised in made.reasons]
('review', 'CAT3', ['unsettled'])
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from assigner.__about__ import VERSION as __version__
from assigner.assignments import Assignment, assign
from assigner.errors import AssignerError
from assigner.forms import profile_of
from assigner.profiles import Profile
from assigner.rules import Rules, read_rules
from assigner.traces import Trace, parse_trace

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
]

if TYPE_CHECKING:
    from assigner.vcf.reading import read_profile


def __getattr__(name: str) -> Any:
    """Import the reader of VCFs, with numpy and cyvcf2 behind it, when it is first asked for."""
    if name == "read_profile":
        from assigner.vcf.reading import read_profile

        return read_profile
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
