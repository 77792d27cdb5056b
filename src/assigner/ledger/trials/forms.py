"""The forms in which a ledger is exported: each is one module, and one member here."""

from __future__ import annotations

import enum
import hashlib
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, assert_never

from attrs import field, frozen

from assigner.errors import LedgerRuleError

if TYPE_CHECKING:
    from assigner.files import Source
    from assigner.ledger.copies import Copy


class Form(enum.StrEnum):
    """A form; its module is loaded when it is used."""

    BUNDLE = "bundle"
    REDCAP = "redcap"
    ODM = "odm"
    SDTM = "sdtm"
    FHIR_R4 = "fhir-r4"
    FHIR_R5 = "fhir-r5"

    @property
    def can_be_blinded(self) -> bool:
        """Whether something is left that tells no arm: a bundle holds every entry, and SDTM genotypes and arms."""
        match self:
            case Form.BUNDLE | Form.SDTM:
                return False
            case Form.REDCAP | Form.ODM | Form.FHIR_R4 | Form.FHIR_R5:
                return True
            case _:
                assert_never(self)


@frozen
class Written:
    """A ledger in a form: one file, or several that belong in one folder with their digests.

    Attributes:
        size: how many entries it holds.
        files: the content of each, by name; of one file, under the empty name.
    """

    size: int
    files: Mapping[str, bytes] = field(repr=False)

    @property
    def only(self) -> bytes | None:
        """The content of the one file; None when there are several."""
        return self.files.get("")

    @property
    def sha256(self) -> str:
        """SHA-256 of the one file; of several, that of the list of their digests."""
        return hashlib.sha256(self.sums if self.only is None else self.only).hexdigest()

    @property
    def sums(self) -> bytes:
        """The digests of several files, in the lines of `sha256sum`."""
        told = sorted(self.files.items())
        return "".join(f"{hashlib.sha256(content).hexdigest()}  {name}\n" for name, content in told).encode()

    @property
    def folder(self) -> dict[str, bytes]:
        """Several files, with the list of their digests."""
        return {**self.files, "SHA256SUMS": self.sums}


def written(
    form: Form, copy: Copy, *, record_field: str = "record_id", blinded: bool = False, rules: Sequence[Source] = ()
) -> Written:
    """A ledger in a form.

    Args:
        form: which one.
        copy: the ledger.
        record_field: the first field of the project in REDCap.
        blinded: whether to leave out arms, and what tells one.
        rules: rule sets beside the shipped one, for a form that tells of traces.

    Raises:
        InputError: when the extra of the form is not installed.
        LedgerProofError, TraceError: when an entry or a trace is damaged.
        LedgerRuleError: when the rules refuse an entry, the form cannot be blinded, or it cannot hold a value.
    """
    from assigner.ledger.entries import parse_entry

    if blinded and not form.can_be_blinded:
        raise LedgerRuleError("form", "one that can be blinded", form.value)
    entries = [parse_entry(body, f"entry {seq}") for seq, body in enumerate(copy.bodies())]
    match form:
        case Form.BUNDLE:
            from assigner.ledger.bundles import lines

            return Written(len(entries), {"": b"".join(lines(copy))})
        case Form.REDCAP:
            from assigner.ledger.trials.redcap import redcap

            return Written(len(entries), redcap(entries, record_field=record_field, blinded=blinded))
        case Form.ODM:
            from assigner.ledger.trials.odm import odm

            return Written(len(entries), {"": odm(entries, blinded=blinded)})
        case Form.SDTM:
            from assigner.ledger.trials.sdtm import sdtm

            return Written(len(entries), sdtm(entries, copy, rules))
        case Form.FHIR_R4 | Form.FHIR_R5:
            from assigner.ledger.trials.fhir import fhir

            made = fhir(entries, release="R4" if form is Form.FHIR_R4 else "R5", blinded=blinded)
            return Written(len(entries), {"": made})
        case _:
            assert_never(form)
