"""Signed notes, checkpoints, cosignatures and proofs, in the formats of C2SP and no other.

<https://c2sp.org/signed-note>, <https://c2sp.org/tlog-checkpoint>, <https://c2sp.org/tlog-cosignature>,
<https://c2sp.org/tlog-proof>; keys are Ed25519.
"""

from __future__ import annotations

import base64
import binascii
import functools
import hashlib
import re
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

from attrs import frozen

from assigner.errors import LedgerProofError, shown
from assigner.files import bytes_up_to
from assigner.ledger import tree

if TYPE_CHECKING:
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

LOG, WITNESS = 0x01, 0x04
"""C2SP's types of an Ed25519 key: one signs the note, the other the note and a time."""

SIGNATURE_BYTES = 64
"""Of an Ed25519 signature."""

MOST_BYTES = 1_000_000
PROOF = "c2sp.org/tlog-proof@v1"


class PublicKey(Protocol):
    """The public half of a signing key."""

    def public_bytes_raw(self) -> bytes:
        """Its 32 bytes."""


class SigningKey(Protocol):
    """An Ed25519 key, as `cryptography` has it and `assigner.rules.approvals` reads it."""

    def public_key(self) -> PublicKey:
        """Its public half."""

    def sign(self, message: bytes, /) -> bytes:
        """A signature."""


@frozen
class Key:
    """A public key under a name."""

    name: str
    kind: int
    public: bytes

    @property
    def id(self) -> bytes:
        """The four bytes by which a signature names its key."""
        return _id_of(self.name, self.kind, self.public)

    def __str__(self) -> str:
        return f"{self.name}+{self.id.hex()}+{base64.b64encode(bytes([self.kind]) + self.public).decode()}"


@functools.lru_cache(maxsize=100)
def _id_of(name: str, kind: int, public: bytes) -> bytes:
    return hashlib.sha256(name.encode() + b"\n" + bytes([kind]) + public).digest()[:4]


@frozen
class Signed:
    """One line of a note's signatures: who, and the bytes after the key's id."""

    name: str
    id: bytes
    signature: bytes

    def __str__(self) -> str:
        return f"— {self.name} {base64.b64encode(self.id + self.signature).decode()}\n"


@frozen
class Checkpoint:
    """What the tree of a ledger was at a size."""

    origin: str
    size: int
    root: bytes

    @property
    def text(self) -> str:
        """The text that is signed."""
        return f"{self.origin}\n{self.size}\n{base64.b64encode(self.root).decode()}\n"


@frozen
class Note:
    """A checkpoint with its signatures."""

    checkpoint: Checkpoint
    signatures: tuple[Signed, ...]

    def __str__(self) -> str:
        return f"{self.checkpoint.text}\n{''.join(map(str, self.signatures))}"


@frozen
class Receipt:
    """The proof that an entry stands in a ledger: `tlog-proof`.

    Attributes:
        index: the entry's place.
        path: the hashes from the leaf's neighbour up.
        note: a checkpoint of a tree that holds the entry.
        extra: the entry's bytes; None in a receipt that must not show an arm.
    """

    index: int
    path: tuple[bytes, ...]
    note: Note
    extra: bytes | None = None

    def __str__(self) -> str:
        extra = "" if self.extra is None else f"extra {base64.b64encode(self.extra).decode()}\n"
        path = "".join(f"{base64.b64encode(step).decode()}\n" for step in self.path)
        return f"{PROOF}\n{extra}index {self.index}\n{path}\n{self.note}"

    def root_for(self, leaf: bytes) -> bytes | None:
        """The root that the proof gives for a leaf."""
        return tree.root_from_inclusion(leaf, self.index, self.note.checkpoint.size, self.path)


# ------------------------------------------------------------------------------------------------------------- reading


def parse_key(text: str, place: str = "key") -> Key:
    """A public key from C2SP's form, `NAME+ID+BASE64`.

    Raises:
        LedgerProofError: when it is none, or its id is another one's.
    """
    name, _, rest = text.partition("+")
    said, _, coded = rest.partition("+")
    found = _bytes(coded, place)
    if not _is_name(name) or len(found) != 33 or found[0] not in (LOG, WITNESS):
        raise LedgerProofError(place, "an Ed25519 key in the form NAME+ID+BASE64", shown(text))
    key = Key(name, found[0], found[1:])
    if key.id.hex() != said:
        raise LedgerProofError(place, f"the key id {key.id.hex()}", shown(said))
    return key


def parse_note(text: str, place: str = "checkpoint") -> Note:
    """A checkpoint with its signatures.

    Raises:
        LedgerProofError: when it is none.
    """
    if len(text) > MOST_BYTES:
        raise LedgerProofError(place, f"at most {MOST_BYTES} characters", str(len(text)))
    body, sign, signatures = text.partition("\n\n")
    lines = body.split("\n")
    if not sign or len(lines) != 3 or not signatures.endswith("\n"):
        raise LedgerProofError(place, "an origin, a size and a root, an empty line and signatures", "something else")
    origin, size, coded = lines
    if not _is_name(origin) or not is_count(size):
        raise LedgerProofError(place, "an origin and a size in digits", "something else")
    root = _bytes(coded, place)
    if len(root) != 32:
        raise LedgerProofError(place, "a root of 32 bytes", str(len(root)))
    found = tuple(parse_signature(line, place) for line in signatures.removesuffix("\n").split("\n"))
    return Note(Checkpoint(origin, int(size), root), found)


def parse_receipt(text: str, place: str = "receipt") -> Receipt:
    """A receipt.

    Raises:
        LedgerProofError: when it is none.
    """
    if len(text) > MOST_BYTES:
        raise LedgerProofError(place, f"at most {MOST_BYTES} characters", str(len(text)))
    head, sign, note = text.partition("\n\n")
    first, *lines = head.split("\n")
    if first != PROOF or not sign:
        raise LedgerProofError(place, f"a proof that begins with {PROOF}", shown(first))
    extra = _bytes(lines.pop(0).removeprefix("extra "), place) if lines and lines[0].startswith("extra ") else None
    index = lines.pop(0).removeprefix("index ") if lines and lines[0].startswith("index ") else ""
    if not is_count(index):
        raise LedgerProofError(place, "an index in digits", shown(index))
    path = tuple(_bytes(line, place) for line in lines)
    if len(path) > 64 or any(len(step) != 32 for step in path):
        raise LedgerProofError(place, "at most 64 hashes of 32 bytes", "something else")
    return Receipt(int(index), path, parse_note(note, place), extra)


def text_in(file: Path, what: str) -> str:
    """The text of a small file: a note, a receipt or a trust file.

    Raises:
        LedgerProofError: when it cannot be read, or is too large.
    """
    read = bytes_up_to(MOST_BYTES, file, LedgerProofError, what)
    if len(read) > MOST_BYTES:
        raise LedgerProofError(str(file), f"at most {MOST_BYTES} bytes", "more")
    return read.decode("utf-8", "replace")


def parse_signature(line: str, place: str = "signature") -> Signed:
    """One line of a note's signatures, without its end.

    Raises:
        LedgerProofError: when it is none.
    """
    found = re.fullmatch("— ([^ ]+) ([A-Za-z0-9+/=]+)", line)
    if found is None or not _is_name(found[1]) or len(coded := _bytes(found[2], place)) < 5:
        raise LedgerProofError(place, "a line of a signature", shown(line))
    return Signed(found[1], coded[:4], coded[4:])


def _bytes(text: str, place: str) -> bytes:
    """The bytes of standard base64, written in its one form."""
    try:
        found = base64.b64decode(text, validate=True)
    except (binascii.Error, ValueError) as error:
        raise LedgerProofError(place, "base64", shown(text)) from error
    if base64.b64encode(found).decode() != text:
        raise LedgerProofError(place, "base64 in its one form", shown(text))
    return found


def _is_name(text: str) -> bool:
    return 0 < len(text) <= 500 and text.isprintable() and " " not in text and "+" not in text


def is_count(text: str) -> bool:
    """Whether a text is a whole number without leading zeros, of at most sixteen digits."""
    return re.fullmatch("0|[1-9][0-9]{0,15}", text, re.ASCII) is not None


# ------------------------------------------------------------------------------------------------------------- signing


def key_of(origin: str, key: SigningKey) -> Key:
    """The public half of the key that signs a ledger's checkpoints."""
    return Key(origin, LOG, key.public_key().public_bytes_raw())


def signed(checkpoint: Checkpoint, key: SigningKey) -> Signed:
    """The ledger's own signature of a checkpoint."""
    public = key_of(checkpoint.origin, key)
    return Signed(public.name, public.id, key.sign(checkpoint.text.encode()))


def cosigned(checkpoint: Checkpoint, key: SigningKey, name: str, seconds: int) -> Signed:
    """A witness's signature of a checkpoint at a time, in seconds since 1970."""
    public = Key(name, WITNESS, key.public_key().public_bytes_raw())
    return Signed(name, public.id, seconds.to_bytes(8, "big") + key.sign(_witnessed(checkpoint, seconds)))


def _witnessed(checkpoint: Checkpoint, seconds: int) -> bytes:
    """What a witness signs."""
    return f"cosignature/v1\ntime {seconds}\n{checkpoint.text}".encode()


def is_genuine(checkpoint: Checkpoint, line: Signed, key: Key) -> bool:
    """Whether a key made a signature of a checkpoint."""
    from cryptography.exceptions import InvalidSignature

    if (line.name, line.id) != (key.name, key.id):
        return False
    message, signature = checkpoint.text.encode(), line.signature
    if key.kind == WITNESS:
        seconds, signature = int.from_bytes(signature[:8], "big"), signature[8:]
        message = _witnessed(checkpoint, seconds)
    try:
        _verifying(key.public).verify(signature, message)
    except (InvalidSignature, ValueError):
        return False
    return True


@functools.lru_cache(maxsize=100)
def _verifying(public: bytes) -> Ed25519PublicKey:
    """What verifies signatures of a key.

    Raises:
        ValueError: when it is no public key.
    """
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

    return Ed25519PublicKey.from_public_bytes(public)
