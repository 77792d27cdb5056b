"""Forecasts of a trial: the results of a rule set for its participants, before the first one is enrolled.

`frequencies` says how many participants carry what, `populations` what a laboratory would then see, `shares` what
comes of it, and `trials` what that means for the trial's size. Nothing here decides anything about a participant.
"""

from __future__ import annotations

from assigner import extras


def check_installed() -> None:
    """See that what forecasts are made with is there, without loading it.

    Raises:
        InputError: when the extra `forecast` is not installed.
    """
    extras.check_installed("forecast", "numpy", "scipy", "matplotlib")
