"""A rule set against an earlier one: only what the check newly finds, and changes under the same version."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator

from assigner.errors import first_named
from assigner.lint.diff import edits
from assigner.lint.notices import Notice, Severity, notice
from assigner.rules import Rules

NAMED = 3
"""So many of the changed rules are named in a notice."""


def new_notices(found: Iterable[Notice], before: Iterable[Notice]) -> tuple[Notice, ...]:
    """The notices that an earlier rule set does not have; lines and numbers of rows do not count.

    A notice is the same when severity, code, file and words are. Of several equal ones as many are left as are more
    than before.
    """
    known = Counter(map(_key, before))
    left = []
    for each in found:
        if known[_key(each)] > 0:
            known[_key(each)] -= 1
        else:
            left.append(each)
    return tuple(left)


def _key(each: Notice) -> tuple[str, ...]:
    return each.severity, each.code, each.file, each.words


def of_version(old: Rules, new: Rules) -> Iterator[Notice]:
    """A rule set that means something else than an earlier one has another version."""
    if (old.id, old.version) != (new.id, new.version):
        return
    changed = [str(each) for each in edits(old, new)]
    if changed:
        differ = first_named(changed, NAMED, "; ")
        words = f"the version is {new.version} as before, but rules differ: {differ}"
        yield notice(new, Severity.FAULT, "version_unchanged", ("rule_set", "version"), words)
