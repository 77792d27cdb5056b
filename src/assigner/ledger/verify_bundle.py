"""Verify a ledger's bundle with Python's standard library alone: python3 verify_bundle.py BUNDLE TRUST [RECEIPT...].

Prints INTACT (exit code 0), DIFFERS (1) or CANNOT VERIFY (3), and why. TRUST is a file of lines `log NAME+ID+KEY`
(c2sp.org/tlog-policy) that you did not get with the bundle. Checked: form, number and previous hash of every entry, the
tree (RFC 6962), root and signature of the last checkpoint and of each receipt, every trace against its commitment.
Not checked: cosignatures, the rules of the trial, the replay of traces. `assigner ledger verify` checks those.
"""

import base64
import hashlib
import json
import sys

P = 2**255 - 19
ORDER = 2**252 + 27742317777372353535851937790883648493
D = -121665 * pow(121666, -1, P) % P


def add(a, b):
    """The sum of two points of edwards25519, in extended coordinates (RFC 8032, 5.1.4)."""
    x = (a[1] - a[0]) * (b[1] - b[0]) % P
    y = (a[1] + a[0]) * (b[1] + b[0]) % P
    t, z = 2 * a[3] * b[3] * D % P, 2 * a[2] * b[2] % P
    e, f, g, h = y - x, z - t, z + t, y + x
    return e * f % P, g * h % P, f * g % P, e * h % P


def times(scalar, point):
    """A point, so many times."""
    found = (0, 1, 1, 0)
    while scalar:
        if scalar & 1:
            found = add(found, point)
        point, scalar = add(point, point), scalar >> 1
    return found


def point_of(coded):
    """The point that 32 bytes stand for; None for no point."""
    sign, y = coded[31] >> 7, int.from_bytes(coded, "little") & (2**255 - 1)
    square = (y * y - 1) * pow(D * y * y + 1, -1, P) % P
    x = pow(square, (P + 3) // 8, P)
    if (x * x - square) % P:
        x = x * pow(2, (P - 1) // 4, P) % P
    if y >= P or (x * x - square) % P or (x == 0 and sign):
        return None
    x = P - x if x & 1 != sign else x
    return x, y, 1, x * y % P


BASE = point_of((4 * pow(5, -1, P) % P).to_bytes(32, "little"))


def is_signed(public, message, signature):
    """Whether an Ed25519 key signed a message (RFC 8032, 5.1.7)."""
    key, point = point_of(public), point_of(signature[:32]) if len(signature) == 64 else None
    scalar = int.from_bytes(signature[32:], "little")
    if key is None or point is None or scalar >= ORDER:
        return False
    challenge = int.from_bytes(hashlib.sha512(signature[:32] + public + message).digest(), "little") % ORDER
    one, other = times(scalar, BASE), add(point, times(challenge, key))
    return all((one[i] * other[2] - other[i] * one[2]) % P == 0 for i in (0, 1))


def digest(content):
    """SHA-256."""
    return hashlib.sha256(content).digest()


def root(leaves):
    """The root of a tree over hashes of leaves (RFC 6962, 2.1)."""
    if len(leaves) < 2:
        return leaves[0] if leaves else digest(b"")
    half = 1 << ((len(leaves) - 1).bit_length() - 1)
    return digest(b"\1" + root(leaves[:half]) + root(leaves[half:]))


def read(place):
    """The text of a file."""
    with open(place, encoding="utf-8", newline="\n") as file:
        return file.read()


def logs(text):
    """The keys of logs in a trust file: by name and key id, the key."""
    found = {}
    for words in map(str.split, text.split("\n")):
        if words[:1] == ["log"]:
            name, _, coded = words[1].split("+", 2)
            public = base64.b64decode(coded, validate=True)
            found[name, digest(name.encode() + b"\n" + public)[:4]] = public[1:]
    return found


def expect(held, why):
    """End with the answer that the bundle differs, unless something holds."""
    if not held:
        print(f"DIFFERS: {why}")
        sys.exit(1)


def checkpoint(text, keys, leaves, place):
    """See that a signed checkpoint is one of this ledger, and fits the leaves."""
    body, _, signatures = text.partition("\n\n")
    origin, size, coded = body.split("\n")
    genuine = []
    for line in signatures.splitlines():
        _, name, coded_signature = line.split(" ")
        signature = base64.b64decode(coded_signature, validate=True)
        key = keys.get((name, signature[:4]))
        genuine.append(key is not None and name == origin and is_signed(key, (body + "\n").encode(), signature[4:]))
    expect(any(genuine), f"{place}: no signature by a trusted key")
    expect(int(size) <= len(leaves), f"{place}: of {size} entries, and only {len(leaves)} are here")
    expect(root(leaves[: int(size)]) == base64.b64decode(coded), f"{place}: the tree of {size} entries is another one")


def main(bundle, trust, *receipts):
    """Verify a bundle, and receipts against it."""
    keys, leaves, lines, traces, wanted, last = logs(read(trust)), [], {}, set(), {}, None
    with open(bundle, encoding="utf-8", newline="\n") as file:
        head = json.loads(next(file))
        if head.get("schema_version") != "ledger-bundle-1.0":
            return "CANNOT VERIFY: no bundle of a known version", 3
        for record in map(json.loads, file):
            if "entry" in record:
                at, entry = len(leaves), json.loads(record["entry"])
                form = json.dumps(entry, ensure_ascii=False, separators=(",", ":"), sort_keys=True)
                expect(form == record["entry"], f"entry {at}: not in canonical form")
                expect((entry["seq"], entry["prev"]) == (at, last), f"entry {at}: number, or hash of the entry before")
                expect(entry["origin"] == head["origin"], f"entry {at}: of another ledger")
                leaves.append(digest(b"\0" + record["entry"].encode()))
                last = leaves[-1].hex()
                if "trace" in entry["content"]:
                    wanted[entry["content"]["trace"]] = at
            elif "trace" in record:
                traces.add(hashlib.sha256(bytes.fromhex(record["salt"]) + record["trace"].encode()).hexdigest())
            else:
                lines.setdefault(record["size"], []).append(record["signature"] + "\n")
    expect(len(leaves) == head["size"] > 0, f"{head['size']} entries are promised, {len(leaves)} are here")
    expect(len(leaves) in lines, "no checkpoint after the last entry")
    coded = base64.b64encode(root(leaves)).decode()
    note = f"{head['origin']}\n{len(leaves)}\n{coded}\n\n" + "".join(lines[len(leaves)])
    checkpoint(note, keys, leaves, "the last checkpoint")
    for place in receipts:
        proof, _, note = read(place).partition("\n\n")
        checkpoint(note, keys, leaves, place)
        told = dict(line.split(" ") for line in proof.split("\n") if " " in line)
        shown = digest(b"\0" + base64.b64decode(told["extra"])) if "extra" in told else leaves[int(told["index"])]
        expect(leaves[int(told["index"])] == shown, f"{place}: shows another entry")
    missing = sorted(wanted[commitment] for commitment in wanted.keys() - traces)
    expect(not traces - wanted.keys(), "a trace that no entry commits to, or one that was changed")
    if missing:
        return f"CANNOT VERIFY: the traces of entries {missing} are not here; all else is right", 3
    return f"INTACT: {len(leaves)} entries, {len(traces)} traces, {len(receipts)} receipts of {head['origin']}", 0


if __name__ == "__main__":
    if len(sys.argv) < 3:
        sys.exit(__doc__)
    try:
        answer, code = main(*sys.argv[1:])
    except (ValueError, KeyError, TypeError, IndexError, AttributeError, StopIteration, RecursionError) as error:
        answer, code = f"DIFFERS: not a bundle, trust file or receipt as they are written: {error!r}", 1
    except OSError as error:
        answer, code = f"CANNOT VERIFY: {error}", 3
    print(answer)
    sys.exit(code)
