"""Quality gates of a single criterion, in addition to the rule set's: calls that fail are unknown to it alone."""

from __future__ import annotations

from attrs import evolve

from assigner.profiles.calls import Call, State
from assigner.profiles.profile import Profile
from assigner.rules.criterion import MoreGates


def gated_profile(profile: Profile, gates: MoreGates) -> Profile:
    """The profile with a criterion's gates applied: calls that fail them become `low_quality`.

    Assumed reference calls (absent records declared as reference) are not changed.
    """
    return evolve(
        profile,
        alleles={variant: gated_call(call, gates) for variant, call in profile.alleles.items()},
        variants=tuple(evolve(seen, call=gated_call(seen.call, gates)) for seen in profile.variants),
    )


def gated_call(call: Call, gates: MoreGates) -> Call:
    """A call with a criterion's gates applied.

    >>> gated_call(Call.of("0/1"), MoreGates(depth="20", strict=("depth",))).why
    'no depth, which the criterion asks for'
    """
    if call.state not in (State.CALLED, State.PARTIAL, State.REFERENCE):
        return call
    why = _too_little(call, gates) or _out_of_balance(call, gates)
    return call if why is None else evolve(call, state=State.LOW_QUALITY, why=why)


def _too_little(call: Call, gates: MoreGates) -> str | None:
    """Why depth or quality fail the gates; None where they pass."""
    for name, value, least in (("depth", call.depth, gates.depth), ("quality", call.quality, gates.quality)):
        if least is not None and value is not None and value < least:
            return f"{name} {value} below the criterion's {least}"
        if least is not None and value is None and name in gates.strict:
            return f"no {name}, which the criterion asks for"
    return None


def _out_of_balance(call: Call, gates: MoreGates) -> str | None:
    """Why the share of reads fails the gate for heterozygous or homozygous calls; None where it passes."""
    band = gates.het_balance
    if all(call.copies):
        band = None if gates.hom_balance is None else (gates.hom_balance, 1000)
    if not call.seen or band is None:
        return None
    if call.fraction is None:
        return "no share of reads, which the criterion asks for" if "balance" in gates.strict else None
    share, (least, most) = int(call.fraction * 1000), band
    return None if least <= share <= most else f"share of reads {share}/1000 outside the criterion's {least}-{most}"
