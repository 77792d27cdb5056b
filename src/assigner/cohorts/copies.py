"""Finds paths that lead to the same file or to a copy of it, since two participants cannot share genotypes."""

from __future__ import annotations

import hashlib
import os
from collections import defaultdict
from collections.abc import Iterable, Mapping

from assigner.errors import InputError
from assigner.vcf.bytes.stores import files_of, is_store
from assigner.vcf.shared import samples_in


def originals(files: Iterable[tuple[str, bool]]) -> Mapping[str, str]:
    """Map each path to the first path that leads to the same file or to the same bytes.

    Args:
        files: paths, each with whether to look for copies of its bytes. Only files of equal size are read.
    """
    first: dict[str, str] = {}
    compared: dict[str, str] = {}
    found = {}
    for path, is_compared in files:
        real = os.path.realpath(path)
        found[path] = first.setdefault(real, path)
        if is_compared and (os.path.isfile(real) or is_store(real)):
            compared.setdefault(real, found[path])
    sizes: dict[int, list[str]] = defaultdict(list)
    for real in compared:
        sizes[sum(map(os.path.getsize, files_of(real)))].append(real)
    copied: dict[str, str] = {}
    same = {
        compared[real]: copied.setdefault(_content(real), compared[real])
        for alike in sizes.values()
        if len(alike) > 1
        for real in alike
    }
    return {path: same.get(one, one) for path, one in found.items()}


def _content(path: str) -> str:
    """The digest of a VCF, BCF or store; the path of any other file, which is then equal to no other.

    Reading that file later raises the error.
    """
    try:
        samples_in(path)
        digests = []
        for each in files_of(path):
            with open(each, "rb") as file:
                digests.append((os.path.relpath(each, path), hashlib.file_digest(file, "sha256").hexdigest()))
        return str(digests)
    except (InputError, OSError):
        return path
