"""Approvals: a curator's detached signature over the digest of a rule set.

An approval is canonical JSON (RFC 8785) of which rule set is meant, who signs, what the signature means, and an Ed25519
signature over all the rest. There is no clock in it but the time that the signer gives. Whose keys count is never taken
from an approval: the caller says which keys are trusted.
"""

from __future__ import annotations

import os
from collections.abc import Collection, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Literal

from attrs import frozen
from pydantic import BaseModel, ConfigDict, Field, StringConstraints

from assigner import extras
from assigner.canonical import canonical
from assigner.errors import ApprovalError, shown
from assigner.files import Source, bytes_up_to, name_of
from assigner.rules import Rules
from assigner.strict import json_in, validated

if TYPE_CHECKING:
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

SCHEMA_VERSION: Literal["approval-1.0"] = "approval-1.0"
MEANING = "approved for use"
MOST_BYTES = 64_000
SUFFIX = ".approval"

Line = Annotated[str, StringConstraints(min_length=1, max_length=500, pattern=r"^\S(.*\S)?$")]
Digest = Annotated[str, StringConstraints(pattern=r"^[0-9a-f]{64}$")]


class _Record(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, strict=True)


class ApprovedRules(_Record):
    """Which rule set is meant; the digest decides, id and version are for people."""

    id: Line
    version: Line
    digest: Digest


class Approval(_Record):
    """One signature over a rule set.

    Attributes:
        rule_set: what is approved.
        signer: the name that the signer gives.
        meaning: what the signature says.
        time: when it was given, as the signer says; none when not said.
        public_key: the signer's Ed25519 key, in hexadecimal digits.
        signature: over the canonical JSON of all the other fields.
    """

    schema_version: Literal["approval-1.0"] = SCHEMA_VERSION
    rule_set: ApprovedRules
    signer: Line
    meaning: Line
    time: Annotated[str, Field(min_length=1, max_length=40)] | None = None
    public_key: Digest
    signature: Annotated[str, StringConstraints(pattern=r"^[0-9a-f]{128}$")]

    @staticmethod
    def signed(
        rules: Rules, key: Ed25519PrivateKey, *, signer: str, meaning: str = MEANING, time: str | None = None
    ) -> Approval:
        """Sign a rule set.

        Raises:
            ApprovalError: its status is not `approved`, or a name is not one line of text.
        """
        _expect_approved_status(rules)
        identity = rules.content.rule_set
        parts = {
            "schema_version": SCHEMA_VERSION,
            "rule_set": {"id": identity.id, "version": identity.version, "digest": rules.digest},
            "signer": signer,
            "meaning": meaning,
            "time": time,
            "public_key": key.public_key().public_bytes_raw().hex(),
        }
        return _validated({**parts, "signature": key.sign(_canonical(parts, "approval")).hex()}, "approval")

    def to_bytes(self) -> bytes:
        """Canonical JSON; an approval is read from these bytes alone."""
        return _canonical(self.model_dump(mode="json"), "approval")

    @property
    def is_genuine(self) -> bool:
        """Whether its key signed it; whose key that is, is another question."""
        _need_cryptography()
        from cryptography.exceptions import InvalidSignature
        from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

        signed = _canonical(self.model_dump(mode="json", exclude={"signature"}), "approval")
        try:
            Ed25519PublicKey.from_public_bytes(bytes.fromhex(self.public_key)).verify(
                bytes.fromhex(self.signature), signed
            )
        except (InvalidSignature, ValueError):
            return False
        return True


@frozen
class Judged:
    """An approval and why it does not count for a rule set; it counts when there is no why."""

    approval: Approval
    why_not: str | None


def judge(rules: Rules, approval: Approval, keys: Collection[str]) -> Judged:
    """Hold one approval against a rule set and the trusted public keys."""
    if approval.rule_set.digest != rules.digest:
        return Judged(approval, f"it is for a rule set with digest {approval.rule_set.digest}")
    identity = rules.content.rule_set
    if (approval.rule_set.id, approval.rule_set.version) != (identity.id, identity.version):
        return Judged(approval, "it names another rule set")
    if approval.public_key not in keys:
        return Judged(approval, f"its key {approval.public_key} is not trusted")
    return Judged(approval, None if approval.is_genuine else "its signature does not fit")


def approved(
    rules: Rules, approvals: Sequence[Approval], keys: Collection[str], *, needed: int = 1
) -> tuple[Approval, ...]:
    """The approvals that count, when they are enough.

    Approvals of one key count once, and so do those of one name.

    Args:
        rules: a rule set as it was read.
        approvals: what was signed, by whomever.
        keys: the trusted public keys, in hexadecimal digits.
        needed: how many different people must have signed.

    Raises:
        ApprovalError: the rule set's status is not `approved`, or too few of the approvals count, and why.
    """
    if needed < 1:
        raise ValueError(f"expected at least one signature to be needed; got {needed}")
    _expect_approved_status(rules)
    judged = [judge(rules, approval, keys) for approval in approvals]
    counted = [each.approval for each in judged if each.why_not is None]
    people = min(len({each.public_key for each in counted}), len({each.signer.casefold() for each in counted}))
    if people < needed:
        why = "".join(f"; one by {shown(j.approval.signer)} does not count: {j.why_not}" for j in judged if j.why_not)
        raise ApprovalError(
            _place(rules),
            f"approvals of this very rule set by {needed} trusted {'signer' if needed == 1 else 'signers'}",
            f"{people}{why}",
        )
    return tuple(counted)


def _expect_approved_status(rules: Rules) -> None:
    if not rules.content.rule_set.is_approved:
        raise ApprovalError(f"{_place(rules)}: status", "'approved'", shown(rules.content.rule_set.status))


def _place(rules: Rules) -> str:
    return f"rule set {rules.content.rule_set.id} {rules.content.rule_set.version}"


# Files


def approvals_beside(rules_file: str | os.PathLike[str]) -> tuple[Path, ...]:
    """The files beside a rule set that carry its name and `.approval*.json`, in the order of their names."""
    file = Path(rules_file)
    start = f"{file.name}{SUFFIX}"
    return tuple(sorted(p for p in file.parent.iterdir() if p.name.startswith(start) and p.name.endswith(".json")))


def read_approval(source: Source) -> Approval:
    """Read an approval from a path, an open binary file or its bytes.

    Raises:
        ApprovalError: it cannot be read, is no approval, or its bytes are not the canonical ones.
    """
    name, source = name_of(source, "approval"), bytes_of(source)
    if len(source) > MOST_BYTES:
        raise ApprovalError(name, f"at most {MOST_BYTES} bytes", "more")
    read = _validated(json_in(source, name, "JSON with each key once", ApprovalError), name)
    if read.to_bytes() != source:
        raise ApprovalError(name, "canonical JSON (RFC 8785), byte for byte as it was written", "another spelling")
    return read


def _validated(value: Any, name: str) -> Approval:
    made = validated(Approval, value, ApprovalError, name)
    for field, text in (("signer", made.signer), ("meaning", made.meaning), ("time", made.time or "-")):
        if not text.isprintable():
            raise ApprovalError(f"{name}: {field}", "one line of printable text", shown(text))
    return made


def _canonical(parts: dict[str, Any], name: str) -> bytes:
    try:
        return canonical(parts)
    except ValueError as error:
        raise ApprovalError(name, "text in Unicode", shown(str(error))) from error


def bytes_of(source: Source, unnamed: str = "approval") -> bytes:
    """The bytes of a small file, one more than the most that are read when it is larger.

    Raises:
        ApprovalError: when it cannot be read.
    """
    return bytes_up_to(MOST_BYTES, source, ApprovalError, unnamed)


# Keys


def new_key(passphrase: bytes | None = None) -> tuple[bytes, bytes]:
    """A new key of chance: the private one, encrypted when there is a passphrase, and the public one, both in PEM."""
    _need_cryptography()
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
    from cryptography.hazmat.primitives.serialization import (
        BestAvailableEncryption,
        Encoding,
        KeySerializationEncryption,
        NoEncryption,
        PrivateFormat,
        PublicFormat,
    )

    key = Ed25519PrivateKey.generate()
    locked: KeySerializationEncryption = BestAvailableEncryption(passphrase) if passphrase else NoEncryption()
    return (
        key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, locked),
        key.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo),
    )


def read_private_key(source: Source, passphrase: bytes | None = None) -> Ed25519PrivateKey:
    """Read a signer's private key from a path, an open binary file or its bytes.

    Raises:
        ApprovalError: it cannot be read, is no Ed25519 key in PEM, or its passphrase is another one or not given.
    """
    _need_cryptography()
    from cryptography.exceptions import UnsupportedAlgorithm
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
    from cryptography.hazmat.primitives.serialization import load_pem_private_key

    name = name_of(source, "private key")
    try:
        key = load_pem_private_key(bytes_of(source, name), passphrase)
    except TypeError as error:
        raise ApprovalError(name, "a passphrase if the key is encrypted, and none if not", "the other way") from error
    except (ValueError, UnsupportedAlgorithm) as error:
        raise ApprovalError(
            name, "a private key in PEM, and its passphrase", "something else, or a wrong passphrase"
        ) from error
    if not isinstance(key, Ed25519PrivateKey):
        raise ApprovalError(name, "an Ed25519 key", "a key of another kind")
    return key


def read_public_key(source: Source) -> str:
    """Read a public key to trust from a path, an open binary file or its bytes, as hexadecimal digits.

    Raises:
        ApprovalError: it cannot be read, or is no Ed25519 public key in PEM.
    """
    _need_cryptography()
    from cryptography.exceptions import UnsupportedAlgorithm
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
    from cryptography.hazmat.primitives.serialization import load_pem_public_key

    name = name_of(source, "public key")
    try:
        key = load_pem_public_key(bytes_of(source, name))
    except (ValueError, UnsupportedAlgorithm) as error:
        raise ApprovalError(name, "a public key in PEM", "something else") from error
    if not isinstance(key, Ed25519PublicKey):
        raise ApprovalError(name, "an Ed25519 key", "a key of another kind")
    return key.public_bytes_raw().hex()


def _need_cryptography() -> None:
    """See that the package that signs is there."""
    try:
        import cryptography.hazmat.primitives.asymmetric.ed25519  # noqa: F401
    except ImportError as error:
        raise ApprovalError("approval", extras.install_hint("approval"), "no cryptography") from error
