"""A bundle: all of a ledger in one file of JSON lines, which anybody can verify without this software."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Annotated, Literal

from attrs import field, frozen
from pydantic import Field, TypeAdapter, ValidationError

from assigner.canonical import canonical
from assigner.errors import LedgerProofError, kind_of
from assigner.files import Source, bytes_up_to, name_of
from assigner.ledger.copies import Copy, all_kept, as_line
from assigner.ledger.drafts import Kept
from assigner.ledger.entries import Count, Digest, LedgerRecord, Nonce, json_of, parse_entry
from assigner.ledger.notes import Signed, parse_signature
from assigner.traces import MOST_BYTES as MOST_OF_TRACE

VERSION: Literal["ledger-bundle-1.0"] = "ledger-bundle-1.0"
MOST_BYTES = 4_000_000_000
MOST_OF_LINE = 2 * MOST_OF_TRACE


class Head(LedgerRecord):
    """The first line: what the file is, of which ledger, and with how many entries."""

    schema_version: Literal["ledger-bundle-1.0"]
    origin: str
    size: Count


class EntryLine(LedgerRecord):
    """An entry, as the text that is hashed."""

    entry: str


class SignatureLine(LedgerRecord):
    """A signature or cosignature of the checkpoint of a size, as a note has it, without the end of the line."""

    size: Count
    signature: str


class TraceLine(LedgerRecord):
    """A trace, as text, and the salt that opens the commitment to it."""

    commitment: Digest
    salt: Nonce
    trace: str


_LINE: TypeAdapter[EntryLine | SignatureLine | TraceLine] = TypeAdapter(
    Annotated[EntryLine | SignatureLine | TraceLine, Field(union_mode="left_to_right")]
)


@frozen(eq=False, repr=False)
class Bundle:
    """A bundle that was read; only its form is checked."""

    head: Head
    texts: list[str] = field(factory=list)
    own: list[tuple[int, bytes]] = field(factory=list)
    others: list[tuple[int, str]] = field(factory=list)
    traces: dict[str, Kept] = field(factory=dict)

    def bodies(self) -> Iterator[str]:
        """As for any copy."""
        return iter(self.texts)

    def signatures(self) -> Iterator[tuple[int, bytes]]:
        """As for any copy."""
        return iter(self.own)

    def cosignatures(self) -> Iterator[tuple[int, str]]:
        """As for any copy."""
        return iter(self.others)

    def kept(self, commitment: str) -> Kept | None:
        """As for any copy."""
        return self.traces.get(commitment)

    def several(self, commitments: Sequence[str]) -> Mapping[str, Kept]:
        """As for any copy."""
        return {each: self.traces[each] for each in commitments if each in self.traces}

    def commitments(self) -> Iterator[str]:
        """As for any copy."""
        return iter(self.traces)


def lines(copy: Copy) -> Iterator[bytes]:
    """A copy as the lines of a bundle, each with its end.

    Raises:
        LedgerProofError: when there is no entry, or a trace is damaged.
    """
    texts = list(copy.bodies())
    if not texts:
        raise LedgerProofError("ledger", "at least one entry", "none")
    origin = parse_entry(texts[0], "entry 0").origin
    yield _line(Head(schema_version=VERSION, origin=origin, size=len(texts)))
    for text in texts:
        yield _line(EntryLine(entry=text))
    signed = [(size, str(as_line(origin, signature))) for size, signature in copy.signatures()]
    for size, line in [*signed, *copy.cosignatures()]:
        yield _line(SignatureLine(size=size, signature=line.removesuffix("\n")))
    for some in all_kept(copy):
        for commitment, kept in some.items():
            yield _line(TraceLine(commitment=commitment, salt=kept.salt.hex(), trace=kept.opened().decode()))


def _line(record: LedgerRecord) -> bytes:
    return canonical(record.model_dump(mode="json")) + b"\n"


def head_of(written: bytes) -> Head:
    """The first line of a bundle.

    Raises:
        LedgerProofError: when it is none.
    """
    first = written.partition(b"\n")[0]
    try:
        return Head.model_validate(json_of(first, "bundle: line 1", MOST_OF_LINE))
    except ValidationError as error:
        raise LedgerProofError("bundle: line 1", f"the head of a bundle of version {VERSION}", "another") from error


def read_bundle(source: Source) -> Bundle:
    """Read a bundle from a path, an open binary file or its bytes.

    Raises:
        LedgerProofError: when it cannot be read, or is none.
    """
    name = name_of(source, "bundle")
    return parse_bundle(bytes_up_to(MOST_BYTES, source, LedgerProofError, "bundle"), name)


def parse_bundle(written: bytes, name: str = "bundle") -> Bundle:
    """Read a bundle from its bytes.

    Raises:
        LedgerProofError: when it is none.
    """
    if len(written) > MOST_BYTES or not written.endswith(b"\n"):
        raise LedgerProofError(name, f"whole lines of at most {MOST_BYTES} bytes in all", "something else")
    first, *rest = written.removesuffix(b"\n").split(b"\n")
    try:
        bundle = Bundle(Head.model_validate(json_of(first, f"{name}: line 1", MOST_OF_LINE)))
    except ValidationError as error:
        raise LedgerProofError(f"{name}: line 1", f"the head of a bundle of version {VERSION}", "another") from error
    for number, line in enumerate(rest, 2):
        _take(bundle, line, f"{name}: line {number}")
    if len(bundle.texts) != bundle.head.size:
        raise LedgerProofError(name, f"{bundle.head.size} entries", str(len(bundle.texts)))
    return bundle


def _take(bundle: Bundle, line: bytes, place: str) -> None:
    value = json_of(line, place, MOST_OF_LINE)
    try:
        record = _LINE.validate_python(value)
    except ValidationError as error:
        raise LedgerProofError(place, "an entry, a signature or a trace", kind_of(value)) from error
    match record:
        case EntryLine():
            bundle.texts.append(record.entry)
        case SignatureLine():
            signed = parse_signature(record.signature, place)
            if signed.name == bundle.head.origin:
                bundle.own.append((record.size, signed.id + signed.signature))
            else:
                bundle.others.append((record.size, str(signed)))
        case TraceLine():
            kept = Kept.of(record.trace.encode("utf-8", "surrogatepass"), bytes.fromhex(record.salt))
            if kept.commitment != record.commitment or kept.commitment in bundle.traces:
                raise LedgerProofError(place, "the trace that was committed to, once", "another one")
            bundle.traces[kept.commitment] = kept


def signature_lines(origin: str, copy: Copy) -> Iterator[tuple[int, Signed]]:
    """All signatures of a copy's checkpoints, by size."""
    for size, signature in copy.signatures():
        yield size, as_line(origin, signature)
    for size, line in copy.cosignatures():
        yield size, parse_signature(line.removesuffix("\n"))
