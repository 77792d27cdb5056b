"""Check a bundle of traces with Python's standard library alone: python3 check.py, in the bundle or with its path.

Prints INTACT (exit code 0), or DIFFERS (1) with each place. Checked: the SHA-256 of each file in SHA256SUMS, that no
other file is there, the digest in each trace, and that the rule set's files that each trace names are in the bundle.
Not checked: that these rules give these results. `assigner verify`, as README.txt has it, does that.
"""

import hashlib
import json
import sys
from pathlib import Path


def differences(folder: Path) -> list[str]:
    """What is not as the bundle says, in words."""
    listed = {}
    for line in (folder / "SHA256SUMS").read_text(encoding="utf-8").splitlines():
        digest, _, name = line.partition("  ")
        listed[name] = digest
    there = {path.relative_to(folder).as_posix(): path for path in folder.rglob("*") if not path.is_dir()}
    found = [f"{name}: it is not there" for name in sorted(listed.keys() - there.keys())]
    found += [f"{name}: SHA256SUMS does not name it" for name in sorted(there.keys() - listed.keys() - {"SHA256SUMS"})]
    for name in sorted(listed.keys() & there.keys()):
        content = there[name].read_bytes()
        if hashlib.sha256(content).hexdigest() != listed[name]:
            found.append(f"{name}: its SHA-256 is another one")
        elif name.startswith("traces/"):
            found += [f"{name}: {each}" for each in of_trace(content, set(listed.values()))]
    return found


def of_trace(content: bytes, files: set[str]) -> list[str]:
    """What is not as a trace says: its digest is that of its bytes without it; its rule set's files are here."""
    trace = json.loads(content)
    rest = content.replace(b',"digest":"' + trace["digest"].encode() + b'"', b"", 1)
    found = []
    if hashlib.sha256(rest).hexdigest() != trace["digest"]:
        found.append("its digest is another one")
    found += [
        f"{name} of its rule set is not in the bundle"
        for name, digest in sorted(trace["rule_set"]["files"].items())
        if digest not in files
    ]
    return found


def main(arguments: list[str]) -> int:
    """Check the bundle in a folder, this page's own if none is named."""
    found = differences(Path(arguments[0]) if arguments else Path(__file__).resolve().parent)
    for each in found:
        print(f"DIFFERS: {each}")
    if not found:
        print("INTACT")
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
