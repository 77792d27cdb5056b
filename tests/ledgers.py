"""Ledgers of a made-up trial: a small rule set, traces that take milliseconds, a folder whose syncs cost nothing."""

from __future__ import annotations

import functools
import hashlib
import json
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from assigner.assignments import assign as assigned
from assigner.ledger.drafts import Actor, Draft, Wish, assign
from assigner.ledger.entries import AdmittedRules, Arm, Evidence, Opened, Role
from assigner.ledger.ledger import Ledger
from assigner.ledger.notes import LOG, WITNESS, Key, Receipt
from assigner.ledger.trust import Policy
from assigner.ledger.verifying import Wanted
from assigner.profiles.forms import profile_of
from assigner.rules import Rules, read_rules
from assigner.testing.parts import allele, content_of, gene
from assigner.traces import Trace

ORIGIN = "trials.example.org/test"
KEY = Ed25519PrivateKey.from_private_bytes(b"\1" * 32)
WITNESS_KEY = Ed25519PrivateKey.from_private_bytes(b"\2" * 32)
PUBLIC = Key(ORIGIN, LOG, KEY.public_key().public_bytes_raw())
WITNESS_PUBLIC = Key("witness.example.org/w1", WITNESS, WITNESS_KEY.public_key().public_bytes_raw())
TRUST = Policy((PUBLIC,))
ARMS = ("A", "B", "C")
SITES = ("S1", "S2")
ALL = [
    "assigned", "confirmed", "rejected", "overridden", "superseded", "withdrawn", "arm_closed", "rules_changed",
    "exported",
]  # fmt: skip
ROLES = [
    Role(id="manager", blinded=False, may=ALL),
    Role(id="investigator", blinded=True, may=["assigned", "withdrawn"]),
    Role(id="monitor", blinded=True, may=[]),
]
EVIDENCE = Evidence(what="report of the vendor", sha256="e" * 64)


@functools.cache
def rule_set() -> bytes:
    """The rule set's file."""
    alleles = [allele(f"X{at}", at, 100) for at in (1, 2, 3)]
    genes = [gene(at, {arm: 1000}) for at, arm in enumerate(ARMS, 1)]
    content = content_of(genes=genes, alleles=alleles, decision={"default_carrier_ppm": 20_000})
    return json.dumps(content).encode()


@functools.cache
def rules() -> Rules:
    """A rule set in which allele X1 gives A, X2 gives B, X3 gives C; one that is not known leaves it unsettled."""
    return read_rules(rule_set())


@functools.cache
def trace(participant: str, arm: str | None, file: str | None = None) -> bytes:
    """The trace of a participant whose alleles give an arm; of None, a review without a provisional category.

    Args:
        participant: the id.
        arm: the arm; with a `?`, a review that proposes it.
        file: a name for the input; the same name is the same file.
    """
    wanted, doubt = (arm or "").removesuffix("?"), "?" in (arm or "")
    seen = {f"X{at}": "0/1" if each == wanted else "0/0" for at, each in enumerate(ARMS, 1)}
    if doubt:
        seen.pop(next(name for name, genotype in seen.items() if genotype == "0/0"))
    made = assigned(profile_of({"participant": participant, "alleles": seen}, rules()), rules()).trace
    assert (made.category or made.provisional) == (wanted or None), (made, made.reasons)
    assert (made.outcome == "review") is (doubt or arm is None), made.reasons
    if file is not None:
        made = with_input(made, hashlib.sha256(file.encode()).hexdigest())
    return made.to_bytes()


def with_input(made: Trace, sha256: str) -> Trace:
    """A trace that names an input file."""
    from assigner.traces import digest_of
    from assigner.traces.schema import InputRecord

    named = InputRecord(role="variants", sha256=sha256, size=1, container="plain")
    unsealed = made.model_copy(update={"inputs": [named]})
    return unsealed.model_copy(update={"digest": digest_of(unsealed)})


def actor(role: str = "manager", site: str = "S1", name: str = "Dr A") -> Actor:
    return Actor(name=name, role=role, site=site)


def wish(reason: str = "as the protocol says", **more: Any) -> Wish:
    request = {"request": more.pop("request")} if "request" in more else {}
    return Wish(actor=actor(**more), reason=reason, **request)


def opened(sizes: dict[str, int | None] | None = None, **more: Any) -> Opened:
    arms = [
        Arm(id=each, name=f"Biology {each}", intervention=f"Product {each}", size=(sizes or {}).get(each))
        for each in ARMS
    ]
    told = {"id": "test", "version": "1", "digest": rules().digest, "approvals": []}
    fields = {
        "trial": "A test", "protocol": "1.0", "rule_sets": [AdmittedRules(**told)], "sites": list(SITES),
        "roles": ROLES, "arms": arms, "participants": "plain", "key_check": None,
    }  # fmt: skip
    return Opened(**{**fields, **more})


def ticking(step: float = 1.0) -> Any:
    """A clock that goes on by so many seconds each time."""
    at = [datetime(2026, 1, 1, tzinfo=UTC)]

    def clock() -> datetime:
        at[0] += timedelta(seconds=step)
        return at[0]

    return clock


@contextmanager
def quick_folder() -> Iterator[Path]:
    """A folder in memory where there is one: what is tested is what is written, not how long a disk takes."""
    where = "/dev/shm" if Path("/dev/shm").is_dir() else None
    with tempfile.TemporaryDirectory(dir=where) as folder:
        yield Path(folder)


@functools.cache
def _template(sizes: tuple[tuple[str, int | None], ...], secret: bytes | None) -> bytes:
    with quick_folder() as folder:
        file = folder / "l"
        made, _ = Ledger.create(
            str(file), ORIGIN, opened(dict(sizes)), actor(), "the trial begins", key=KEY, secret=secret
        )
        made.close()
        return file.read_bytes()


def ledger_at(
    file: Path, sizes: dict[str, int | None] | None = None, *, secret: bytes | None = None, **more: Any
) -> Ledger:
    """A new ledger with nothing but its opening."""
    file.write_bytes(_template(tuple((sizes or {}).items()), secret))
    file.chmod(0o600)
    return Ledger.open(str(file), key=KEY, secret=secret, **more)


@contextmanager
def ledger(sizes: dict[str, int | None] | None = None, **more: Any) -> Iterator[Ledger]:
    with quick_folder() as folder, ledger_at(folder / "ledger", sizes, **more) as made:
        yield made


def enrol(into: Ledger, participant: str, arm: str | None = "A", file: str | None = None, **more: Any) -> Receipt:
    return into.append(enrolment(into, participant, arm, file, **more))


def enrolment(into: Ledger, participant: str, arm: str | None = "A", file: str | None = None, **more: Any) -> Draft:
    told = {key: more.pop(key) for key in ("allocation", "newer") if key in more}
    return assign(wish(**more), into.names, trace(participant, arm, file), **told)


def wanted(*receipts: Receipt, **more: Any) -> Wanted:
    return Wanted(**{"policy": TRUST, "receipts": receipts, "replay": False, **more})


def copied(file: Path, to: Path) -> Path:
    shutil.copy(file, to)
    return to
