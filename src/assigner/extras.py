"""What is installed beside the core, by the extra that brings it."""

from __future__ import annotations

import importlib.util

from assigner.errors import InputError


def install_hint(extra: str) -> str:
    """What to do where an extra is needed.

    >>> install_hint("report")
    "the extra: pip install 'trial-assigner[report]'"
    """
    return f"the extra: pip install 'trial-assigner[{extra}]'"


def check_reader() -> None:
    """See that cyvcf2 is there, without which no VCF or BCF is read.

    Raises:
        InputError: when it is not.
    """
    if importlib.util.find_spec("cyvcf2") is None:
        told = "reading VCF and BCF needs cyvcf2, which is not installed: pip install cyvcf2"
        rest = "It has no wheel for Windows: use Linux there (WSL). Profiles in JSON are read without it"
        raise InputError("cyvcf2", "the package cyvcf2", "none", f"{told}. {rest}")


def check_installed(extra: str, *packages: str) -> None:
    """See that the packages of an extra are there, without loading them.

    Raises:
        InputError: when one of them is not.
    """
    for package in packages:
        if importlib.util.find_spec(package) is None:
            raise InputError(extra, install_hint(extra), f"no {package}")
