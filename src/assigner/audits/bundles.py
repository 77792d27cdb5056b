"""A bundle of traces: all that an inspector needs to check them, with and without this software."""

from __future__ import annotations

import hashlib
import json
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

from assigner.__about__ import VERSION
from assigner.audits import check
from assigner.audits.batches import verified
from assigner.audits.verification import Answer
from assigner.errors import InputError, TraceError
from assigner.files import bytes_up_to
from assigner.rules import read_rules
from assigner.rules.loading import shipped_files
from assigner.traces import MOST_BYTES, Trace, bytes_of, parse_trace

SUMS = "SHA256SUMS"
"""The file with the SHA-256 of every other file, as `sha256sum` reads it."""

READ_ME = """\
Traces of assigned interventions
================================

traces/      {traces} audit traces, one for each decision
rules/       the rule sets that decided, each in a folder that is named by its digest
approvals/   signatures of approval, if there are any
schemas/     the JSON Schema of a trace
SHA256SUMS   the SHA-256 of every other file
check.py     checks all of it with Python alone

1. sha256sum -c SHA256SUMS
   Every file is as it was.
2. python3 check.py
   And each trace has its own digest, and its rule set is here.
3. assigner verify traces {rules}
   And each decision comes out again (assigner {version}).

A digest proves that nothing was changed after it was noted elsewhere. It does not say who made a trace.
"""


def bundle_of(
    traces: Sequence[Path], rules: Sequence[Path] = (), approvals: Sequence[Path] = (), jobs: int = 1
) -> Mapping[str, bytes]:
    """The files of a bundle, by their paths inside.

    Args:
        traces: the traces; each name once.
        rules: rule sets to try beside the shipped one; those that decided are taken in, with their tables.
        approvals: signatures of approval, taken in as they are.
        jobs: how many processes verify the traces.

    Raises:
        TraceError: a trace cannot be read, or is not reproduced by any of the rule sets.
        InputError: two signatures have one name, or a file cannot be read.
        RuleSetError: a rule set does not load.
    """
    read = {f"traces/{path.name}": bytes_of(path) for path in traces}
    for path, found in zip(traces, verified(list(read.values()), rules, jobs), strict=True):
        if found.answer is not Answer.REPRODUCED:
            told = found.why or f"differences at {found.count} places"
            raise TraceError(str(path), "a trace that its rule set reproduces", told)
    names = Counter(path.name for path in approvals)
    if double := [name for name, count in names.items() if count > 1]:
        raise InputError("approvals", "files of different names", double[0])
    needed = {parse_trace(content).rule_set.digest for content in read.values()}
    decided = {digest: files for digest, files in _rule_sets(rules) if digest in needed}
    options = " ".join(f"--rules rules/{digest}/{next(iter(own))}" for digest, own in decided.items())
    files = {
        **read,
        **{f"rules/{digest}/{name}": content for digest, own in decided.items() for name, content in own.items()},
        **{f"approvals/{path.name}": _bytes(path) for path in approvals},
        "schemas/trace.schema.json": json.dumps(Trace.model_json_schema(), indent=2, sort_keys=True).encode() + b"\n",
        "check.py": Path(check.__file__).read_bytes(),
        "README.txt": READ_ME.format(traces=len(traces), rules=options, version=VERSION).encode(),
    }
    sums = (f"{hashlib.sha256(content).hexdigest()}  {name}\n" for name, content in sorted(files.items()))
    return files | {SUMS: "".join(sums).encode()}


def _rule_sets(paths: Sequence[Path]) -> Iterator[tuple[str, Mapping[str, bytes]]]:
    """The files of the shipped rule set and of others, the main file first, by their digests."""
    shipped, rules = shipped_files(), read_rules()
    yield rules.digest, {name: shipped[name] for name in rules.files}
    for path in paths:
        rules = read_rules(path)
        yield rules.digest, {name: _bytes(path.parent / name) for name in rules.files}


def _bytes(path: Path) -> bytes:
    """A small file.

    Raises:
        InputError: it cannot be read, or is too large.
    """
    content = bytes_up_to(MOST_BYTES, path, InputError, "file")
    if len(content) > MOST_BYTES:
        raise InputError(str(path), f"at most {MOST_BYTES} bytes", "more")
    return content
