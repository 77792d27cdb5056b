"""A file in the wrong place: what it is, and which command takes it."""

from __future__ import annotations

import enum
import re
import zlib
from typing import assert_never


class Sort(enum.Enum):
    """The sorts of files that commands take, and those that people take for one of them."""

    VCF = enum.auto()
    BAM = enum.auto()
    TRACE = enum.auto()
    REDACTED_TRACE = enum.auto()
    OPENINGS = enum.auto()
    PROFILE = enum.auto()
    RULE_SET = enum.auto()

    @property
    def advice(self) -> str:
        """What it is, and what to do with it."""
        match self:
            case Sort.VCF:
                return "a VCF or BCF: use `assigner assign`"
            case Sort.BAM:
                return "reads in BAM or CRAM: call the variants first, and give the VCF"
            case Sort.TRACE:
                return "a trace: use `assigner explain`, `report` or `verify`"
            case Sort.REDACTED_TRACE:
                return "a redacted trace: use `assigner verify` with its openings"
            case Sort.OPENINGS:
                return "the openings of a redacted trace: use `assigner verify --openings`"
            case Sort.PROFILE:
                return "a profile in JSON: use `assigner assign` with a name that ends in .json"
            case Sort.RULE_SET:
                return "a rule set: use `--rules`, or `assigner rules check`"
            case _:
                assert_never(self)


def sort_of(content: bytes) -> Sort | None:
    """What the bytes of a file seem to be; None for what is none of these.

    It is a guess by how files begin, for the words of an error, and decides nothing.

    >>> sort_of(b"##fileformat=VCFv4.2"), sort_of(b"rule_set: {id: a}"), sort_of(b"hello")
    (<Sort.VCF: 1>, <Sort.RULE_SET: 7>, None)
    """
    head = _inflated(content)
    if head.startswith((b"##fileformat=VCF", b"BCF\2")):
        return Sort.VCF
    if head.startswith((b"BAM\1", b"CRAM")):
        return Sort.BAM
    if re.search(rb"(?m)^rule_set:", head):
        return Sort.RULE_SET
    return _sort_of_json(head) if head.lstrip()[:1] == b"{" else None


def _inflated(head: bytes) -> bytes:
    """The first bytes of the text, when they are compressed by gzip or BGZF."""
    if not head.startswith(b"\x1f\x8b"):
        return head
    try:
        return zlib.decompressobj(31).decompress(head, 1 << 10)
    except zlib.error:
        return b""


def _sort_of_json(text: bytes) -> Sort | None:
    if re.search(rb'"schema_version"\s*:\s*"redacted-', text):
        return Sort.REDACTED_TRACE
    if re.match(rb'\s*\{\s*"[^"]*"\s*:\s*\{\s*"(salt|value)"\s*:', text):
        return Sort.OPENINGS
    if re.search(rb'"(overturn_risk_ppm|decisive_unknowns)"\s*:', text):
        return Sort.TRACE
    if re.search(rb'"(categories|criteria)"\s*:', text):
        return Sort.RULE_SET
    if re.search(rb'"(alleles|repeats|participant|assessed)"\s*:', text):
        return Sort.PROFILE
    return None
