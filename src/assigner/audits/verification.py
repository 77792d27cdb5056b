"""Recomputing a trace from its own contents, years later: reproduced, differs, or cannot be verified."""

from __future__ import annotations

import enum
import hashlib
import os
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from attrs import field, frozen

from assigner.assignments import assign
from assigner.audits.replay import profile_in
from assigner.errors import AssignerError, TraceError, shown
from assigner.files import Source
from assigner.packs.forms import pack_of
from assigner.profiles.forms import read_form
from assigner.profiles.profile import ABSENT_IS_REFERENCE, GIVEN, Profile, Role, part_of
from assigner.profiles.written import repeat_form
from assigner.rules import Rules, read_rules
from assigner.traces import Trace, bytes_of, digest_of, is_redacted, parse_trace, read_redacted
from assigner.traces.commitments import Opening
from assigner.values import Private
from assigner.vcf.bytes.containers import Limits
from assigner.vcf.bytes.sources import open_source
from assigner.vcf.bytes.stores import is_store
from assigner.vcf.declared import Declared, Names, build_assumption
from assigner.vcf.reading import LEFT_ALIGNMENT, PACK_ROLE, profile_of_files
from assigner.vcf.shared import samples_in

Pathlike = str | os.PathLike[str]

MOST_SHOWN = 20
"""The most differences that are listed; `Verification.count` says how many there are."""

OF_THE_FILES = frozenset({"assumptions", "checks", "inputs"})
"""The keys that only the files themselves give again; without them the trace's digest alone vouches for these."""


class Answer(enum.StrEnum):
    """What a verification comes to."""

    REPRODUCED = "reproduced"
    DIFFERS = "differs"
    CANNOT = "cannot"


@frozen(repr=False)
class Difference(Private):
    """One place where a trace says something else than what was worked out again."""

    path: str
    said: str
    found: str

    def __str__(self) -> str:
        return f"{self.path}: the trace says {self.said}; found {self.found}"


@frozen(kw_only=True)
class Verification:
    """The answer, and what it rests on.

    Attributes:
        differences: the first of them, in the order of the trace's keys.
        count: how many there are.
        why: why it cannot be verified, if so.
        from_files: whether the participant's files were read again too.
    """

    answer: Answer
    differences: tuple[Difference, ...] = ()
    count: int = 0
    why: str | None = None
    from_files: bool = False


@frozen(kw_only=True)
class Evidence:
    """What is at hand beside the trace.

    Attributes:
        rules: rule sets or their files; the shipped one is always tried.
        files: the participant's files: all of those whose digests the trace has, or none.
        sample: the participant's column in them, where it is not the only one and the trace does not tell it: its name,
            or a mapping from files to the name in each.
        fasta: the reference genome, if the trace was made with one.
        openings: of a redacted trace.
    """

    rules: tuple[Source | Rules, ...] = ()
    files: tuple[Pathlike, ...] = ()
    sample: Names | None = None
    fasta: Pathlike | None = None
    openings: Mapping[str, Opening] = field(factory=dict)


def verify(source: Trace | Source, evidence: Evidence | None = None) -> Verification:
    """Work a trace out again, from its profile or from the files, and compare.

    Nothing in it raises: what cannot be read, or is not at hand, is the answer `cannot`.

    Args:
        source: a trace, whole or redacted: its path, an open binary file, its bytes, or one that was read.
        evidence: what is at hand beside it.
    """
    evidence = evidence or Evidence()
    try:
        trace, edited = _trace(source, evidence)
        rules = _rules(trace, evidence.rules)
        differences = [*edited, *_replayed(trace, rules)]
        if evidence.files:
            differences += _read_again(trace, rules, evidence)
    except AssignerError as error:
        return Verification(answer=Answer.CANNOT, why=str(error))
    answer = Answer.DIFFERS if differences else Answer.REPRODUCED
    found = tuple(dict.fromkeys(differences))
    return Verification(
        answer=answer, differences=found[:MOST_SHOWN], count=len(found), from_files=bool(evidence.files)
    )


def _trace(source: Trace | Source, evidence: Evidence) -> tuple[Trace, list[Difference]]:
    """The trace, and what is wrong with its bytes or its digest."""
    found = []
    if isinstance(source, Trace):
        trace = source
    elif is_redacted(written := bytes_of(source)):
        trace = read_redacted(written).opened(evidence.openings)
    else:
        trace = parse_trace(written)
        if written.removesuffix(b"\n") != trace.to_bytes():
            found.append(Difference("(bytes)", "other bytes", "canonical JSON (RFC 8785) of the same values"))
    if not trace.is_intact:
        found.append(Difference("digest", trace.digest[:80], digest_of(trace)))
    return trace, found


def _rules(trace: Trace, given: Sequence[Source | Rules]) -> Rules:
    """The rule set that decided, among those given and the shipped one.

    Raises:
        TraceError: when none of them has its digest.
    """
    for each in (*given, None):
        rules = each if isinstance(each, Rules) else read_rules(each)
        if rules.digest == trace.rule_set.digest:
            return rules
    named = f"{trace.rule_set.id} {trace.rule_set.version}, digest {trace.rule_set.digest}"
    raise TraceError("rule set", named, f"the shipped one{f' and {len(given)} given' if given else ''}")


def _replayed(trace: Trace, rules: Rules) -> Iterator[Difference]:
    """Where the trace's own profile gives something else than the trace says."""
    again = assign(profile_in(trace, rules), rules, trace.accrual).trace
    yield from _different(trace, again, OF_THE_FILES | {"digest", "software"})


def _different(trace: Trace, again: Trace, left_out: frozenset[str]) -> Iterator[Difference]:
    """Where two traces differ, both in the schema version of the first one."""
    said, found = trace.form(), again.form(trace.schema_version)
    for key in sorted(said.keys() | found.keys()):
        if key not in left_out:
            yield from _between(key, said.get(key), found.get(key))


def _between(path: str, said: Any, found: Any) -> Iterator[Difference]:
    """Where two JSON values differ, down to what is no object or list."""
    if isinstance(said, dict) and isinstance(found, dict):
        for key in sorted(said.keys() | found.keys()):
            yield from _between(f"{path}.{key}", said.get(key), found.get(key))
    elif isinstance(said, list) and isinstance(found, list):
        for at in range(max(len(said), len(found))):
            one, other = (each[at] if at < len(each) else None for each in (said, found))
            yield from _between(f"{path}[{at}]", one, other)
    elif said != found or type(said) is not type(found):
        yield Difference(path, shown(said), shown(found))


# --------------------------------------------------------------------------------------------------- from the files


def _read_again(trace: Trace, rules: Rules, evidence: Evidence) -> Iterator[Difference]:
    """Where the participant's files give something else than the trace says.

    Raises:
        InputError: when they cannot be read as they were.
        TraceError: when one that the trace names is not given, or was not the trace's.
    """
    given = _by_digest(trace, evidence.files)
    if [role for _, role in given] == ["profile"]:
        profile = read_form(given[0][0], rules)
    else:
        profile = profile_of_files(rules, _declared(trace, profile_in(trace, rules), given, evidence))
    yield from _different(trace, assign(profile, rules, trace.accrual).trace, frozenset({"digest", "software"}))


def _declared(trace: Trace, profile: Profile, given: Sequence[tuple[Pathlike, str]], evidence: Evidence) -> Declared:
    """What the caller must have declared, as far as the trace shows it."""
    aligned = any(check.name == LEFT_ALIGNMENT for check in trace.checks)
    if aligned and evidence.fasta is None:
        raise TraceError("fasta", "the reference genome with which the trace was made", "none")
    by_hand = {name: sizes for name, sizes in profile.repeats.items() if sizes.file is None}
    return Declared(
        files=tuple((path, Role(role)) for path, role in given if role not in ("callable", PACK_ROLE)),
        sample=_samples(trace, given) if evidence.sample is None else evidence.sample,
        participant=trace.participant,
        build=profile.build if build_assumption(profile.build) in trace.assumptions else None,
        sex=profile.sex,
        ancestry=profile.ancestry,
        absent="reference" if ABSENT_IS_REFERENCE in trace.assumptions else "unknown",
        callable=next((path for path, role in given if role == "callable"), None),
        repeat_sizes={name: _laboratory(repeat_form(sizes)) for name, sizes in by_hand.items()},
        copy_numbers={gene: {"copies": n.copies, "source": n.source} for gene, n in profile.copy_numbers.items()},
        fasta=evidence.fasta,
        sha256=(),
        quick=profile.partial_read,
        threads=1,
        limits=Limits(),
        pack=pack_of(next((path for path, role in given if role == PACK_ROLE), None)),
    )


def _samples(trace: Trace, given: Sequence[tuple[Pathlike, str]]) -> Names | None:
    """The participant's sample in each file of several, as the trace tells it; None where it tells none."""
    found: dict[Source, str] = {}
    for (path, _), each in zip(given, trace.inputs, strict=True):
        for name in () if each.part is None else samples_in(path):
            if part_of(each.sha256, name) == each.part:
                found[path] = name
    return found or None


def _by_digest(trace: Trace, files: Sequence[Pathlike]) -> list[tuple[Pathlike, str]]:
    """The files in the order of the trace's inputs, each with its role."""
    digests = {_digest(path): path for path in files}
    wanted = {each.sha256: each.role for each in trace.inputs}
    for digest, path in digests.items():
        if digest not in wanted:
            raise TraceError(os.fspath(path), "a file whose digest the trace has", digest)
    missing = [f"the file of {role}" for digest, role in wanted.items() if digest not in digests]
    if missing or not wanted:
        raise TraceError("files", " and ".join(missing) or "files that the trace names", "none")
    return [(digests[each.sha256], each.role) for each in trace.inputs]


def _digest(path: Pathlike) -> str:
    if is_store(path):
        with open_source(path) as store:
            for _ in store.pieces():
                pass
            return store.digest
    try:
        with Path(path).open("rb") as file:
            return hashlib.file_digest(file, "sha256").hexdigest()
    except OSError as error:
        raise TraceError(os.fspath(path), "a readable file", error.strerror or type(error).__name__) from error


def _laboratory(form: Mapping[str, Any]) -> dict[str, Any]:
    """A laboratory's sizes as the caller gave them; without a source when none was named."""
    return {name: value for name, value in form.items() if (name, value) != ("source", GIVEN)}
