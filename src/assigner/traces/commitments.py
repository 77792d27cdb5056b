"""Salted commitments: a value is fixed now, and shown later or never.

A commitment is SHA-256 over 32 bytes of salt and the value in canonical JSON (RFC 8785). Without the salt the value
cannot be guessed, even if there are few possible values; with the salt only this value fits. Each part of each trace
has its own salt, HMAC-SHA256 of its name under one secret, so that one part can be opened without the others.
"""

from __future__ import annotations

import hashlib
import hmac
import re
from typing import Any, Self

from attrs import frozen

from assigner.canonical import canonical
from assigner.errors import TraceError
from assigner.values import Private

LEAST_SECRET = 32
"""The fewest bytes of a secret, from a source of randomness such as `secrets`."""


@frozen(repr=False)
class Opening(Private):
    """The salt and the value of one committed part."""

    salt: bytes
    value: Any

    @property
    def commitment(self) -> str:
        """The commitment to this value, in hex.

        >>> Opening(bytes(32), "0/1").commitment[:16]
        '85278a2897c5dfa1'
        """
        return hashlib.sha256(self.salt + canonical(self.value)).hexdigest()

    @property
    def form(self) -> dict[str, Any]:
        """The opening as plain JSON values."""
        return {"salt": self.salt.hex(), "value": self.value}

    @classmethod
    def from_form(cls, form: Any, place: str) -> Self:
        """Read an opening from plain JSON values.

        Args:
            form: the values.
            place: what to call it in errors.

        Raises:
            TraceError: when it is not an opening.
        """
        if not (isinstance(form, dict) and form.keys() == {"salt", "value"}):
            raise TraceError(place, "a salt and a value", type(form).__name__)
        if not (isinstance(form["salt"], str) and re.fullmatch("[0-9a-f]{64}", form["salt"])):
            raise TraceError(f"{place}: salt", "32 bytes in hex", "something else")
        return cls(bytes.fromhex(form["salt"]), form["value"])


def opening_of(name: str, value: Any, secret: bytes) -> Opening:
    """The opening of a part under a secret.

    Args:
        name: a name that is unique among the parts of all traces.
        value: the part's value, in plain JSON.
        secret: 32 random bytes or more.

    Raises:
        TraceError: when the secret is too short to hide anything.
    """
    if len(secret) < LEAST_SECRET:
        raise TraceError("secret", f"at least {LEAST_SECRET} random bytes", str(len(secret)))
    return Opening(hmac.digest(secret, name.encode(), "sha256"), value)
