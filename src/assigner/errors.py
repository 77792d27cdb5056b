"""Everything that `assigner` raises.

    AssignerError
    ├── RuleSetError         a rule set that cannot be used; holds every fault of it
    ├── EvidenceError        a public source of evidence, or what was made of it, that cannot be used
    ├── InputError           a file or a value about the participant that cannot be used
    │   ├── ContainerError   not a file we read, or its bytes are damaged or incomplete
    │   ├── HeaderError      the VCF header
    │   ├── RecordError      one VCF record
    │   ├── AnnotationError  an annotation field or its declaration
    │   ├── BuildError       the genome build: not proved, or contradicted
    │   ├── SampleError      whose genotypes these are
    │   ├── LimitError       a stated limit of the reader is exceeded
    │   ├── ProfileError     a profile that is not given as a VCF
    │   └── SheetError       a sample sheet of many participants; holds every fault of it
    ├── ApprovalError        a rule set that is not approved as asked; an approval or a key that cannot be used
    ├── TraceError           a trace that cannot be read
    └── LedgerError          a ledger that cannot be used as asked
        ├── LedgerStoreError its database cannot be opened, read or written
        ├── LedgerRuleError  an entry that the trial's rules refuse; nothing was written
        └── LedgerProofError a key, checkpoint, receipt, trust file or bundle that cannot be used

Each error says where it happened (`place`), what was `expected` and what was `got`. None of them quotes a
genotype, and none names the participant except by what the caller called the input.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence

from attrs import frozen


class AssignerError(Exception):
    """The base of all errors of this library.

    Attributes:
        place: the input, and the line or field in it.
        expected: what would have been right.
        got: what was there.
        sentence: what happened, where that says more than what was expected and what came.

    >>> raise AssignerError("P1.vcf: line 7", "a POS of digits", "'12a'")
    Traceback (most recent call last):
    ...
    assigner.errors.AssignerError: P1.vcf: line 7: expected a POS of digits; got '12a'
    """

    def __init__(self, place: str, expected: str, got: str, sentence: str | None = None) -> None:
        self.place = place
        self.expected = expected
        self.got = got
        self.sentence = sentence
        super().__init__(place, expected, got, sentence)

    def __str__(self) -> str:
        return f"{self.place}: {self.sentence or f'expected {self.expected}; got {self.got}'}"


@frozen
class Fault:
    """One thing wrong with a rule set or a sample sheet.

    >>> str(Fault("categories.yaml", 14, "genes[1].shares", "a whole number", "'many'"))
    "categories.yaml:14: genes[1].shares: expected a whole number; got 'many'"

    Attributes:
        line: from 1; 0 for what is wrong with the file as a whole.
    """

    file: str
    line: int
    path: str
    expected: str
    got: str
    sentence: str | None = None

    def __str__(self) -> str:
        what = self.sentence or f"expected {self.expected}; got {self.got}"
        return f"{self.place}: {what}"

    @property
    def place(self) -> str:
        """The file, and the line and the path in it, where there are such."""
        return f"{self.file}:{self.line}: {self.path}" if self.line else ": ".join(filter(None, (self.file, self.path)))


class RuleSetError(AssignerError):
    """A rule set that cannot be used.

    Attributes:
        faults: all of them, in file order.
    """

    def __init__(self, faults: tuple[Fault, ...]) -> None:
        self.faults = faults
        first = faults[0]
        super().__init__(first.place, first.expected, first.got, first.sentence)
        self.args = (faults,)

    def __str__(self) -> str:
        return "\n".join(str(fault) for fault in self.faults)


class EvidenceError(AssignerError):
    """A public source of evidence that cannot be read, or a proposal or a pack made of it that cannot be used."""


class InputError(AssignerError):
    """A file or a value about the participant that cannot be used."""


class ContainerError(InputError):
    """Not a file that can be read, or its bytes are damaged or incomplete."""


class HeaderError(InputError):
    """A VCF header that cannot be used."""


class RecordError(InputError):
    """A VCF record that cannot be used."""


class AnnotationError(InputError):
    """An annotation field that cannot be used, or whose declaration is missing."""


class BuildError(InputError):
    """The genome build is not proved, or is contradicted."""


class SampleError(InputError):
    """The sample is missing, or it is not said which of several is meant."""


class LimitError(InputError):
    """The input exceeds a stated limit of the reader."""


class ProfileError(InputError):
    """A profile, a repeat size or another value given by hand that cannot be used."""


class SheetError(InputError):
    """A sample sheet that cannot be used.

    Attributes:
        faults: all of them, in the order of its lines.
    """

    def __init__(self, faults: tuple[Fault, ...]) -> None:
        self.faults = faults
        first = faults[0]
        super().__init__(first.place, first.expected, first.got, first.sentence)
        self.args = (faults,)

    def __str__(self) -> str:
        return "\n".join(str(fault) for fault in self.faults)


class ApprovalError(AssignerError):
    """A rule set that is not approved as asked, or an approval or a key that cannot be used."""


class TraceError(AssignerError):
    """A trace that cannot be read."""


class LedgerError(AssignerError):
    """A ledger that cannot be used as asked."""


class LedgerStoreError(LedgerError):
    """The database of a ledger cannot be opened, read or written.

    Attributes:
        in_doubt: whether something may have been written all the same.
    """

    def __init__(
        self, place: str, expected: str, got: str, sentence: str | None = None, *, in_doubt: bool = False
    ) -> None:
        super().__init__(place, expected, got, sentence)
        self.in_doubt = in_doubt


class LedgerRuleError(LedgerError):
    """An entry that the rules of the trial or of the ledger refuse; nothing was written.

    Attributes:
        about_arms: whether the message says something of arms, which a blinded role must not see.
    """

    def __init__(
        self, place: str, expected: str, got: str, sentence: str | None = None, *, about_arms: bool = False
    ) -> None:
        super().__init__(place, expected, got, sentence)
        self.about_arms = about_arms


class LedgerProofError(LedgerError):
    """A key, checkpoint, receipt, trust file or bundle that cannot be used."""


def shown(value: object, most: int = 60) -> str:
    r"""A value as error messages show it: quoted, control characters escaped, never long.

    >>> shown("het\n")
    "'het\\n'"
    """
    text = repr(value)
    return text if len(text) <= most else f"{text[: most - 3]}..."


def expect_a(kind: type, value: object, place: str, made_by: str) -> None:
    """See that a caller gave a value of a kind.

    Args:
        kind: the class that it must be of.
        value: what was given.
        place: for what.
        made_by: the call that gives such a value.

    Raises:
        InputError: it is of another kind.
    """
    if not isinstance(value, kind):
        told = f"a value of type {type(value).__name__}"
        raise InputError(place, f"{kind.__name__}, as {made_by} gives", told)


def kind_of(value: object) -> str:
    """What a value is, for an error that must not quote it.

    >>> kind_of("0/1"), kind_of([]), kind_of(None)
    ('text of 3 characters', 'a list', 'null')
    """
    match value:
        case None:
            return "null"
        case str():
            return f"text of {len(value)} character{'' if len(value) == 1 else 's'}"
        case bool():
            return str(value).lower()
        case int() | float():
            return "a number"
        case list() | tuple():
            return "a list"
        case Mapping():
            return "fields by name"
        case _:
            return type(value).__name__


def first_named(names: Sequence[str], most: int = 10, between: str = ", ") -> str:
    """The first of some names, and how many there are besides.

    >>> first_named(["SOD1", "FUS", "VCP"], 2)
    'SOD1, FUS and 1 more'
    """
    more = f" and {len(names) - most} more" if len(names) > most else ""
    return between.join(names[:most]) + more


def plain(text: str) -> str:
    r"""Text whose control characters are shown and not obeyed by a terminal or a page.

    >>> plain("a\x1b[31m")
    'a\\x1b[31m'
    """
    return "".join(c if c.isprintable() else c.encode("unicode_escape").decode() for c in text)


def unbroken(text: str) -> str:
    r"""Text that can be written in UTF-8: a byte that was not UTF-8 where it was read is shown as `\xff`.

    >>> unbroken(b"caf\xe9".decode("utf-8", "surrogateescape"))
    'caf\\xe9'
    """
    return text if text.isascii() else re.sub("[\ud800-\udfff]", _escaped, text)


def _escaped(found: re.Match[str]) -> str:
    code = ord(found[0])
    return f"\\x{code - 0xDC00:02x}" if 0xDC80 <= code <= 0xDCFF else f"\\u{code:04x}"
