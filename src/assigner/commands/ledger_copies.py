"""Copies of a ledger, and whether they are right: `assigner ledger verify`, `cosign`, `export`, `import`, `backup`."""

from __future__ import annotations

import sys
import time
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, assert_never

import click

from assigner.commands.endings import REVIEW, command
from assigner.commands.ledger_options import (
    check_extra,
    key_option,
    ledger_option,
    opened_ledger,
    receipt_in,
    secret_in,
    secret_option,
    trust_option,
    trusted,
    trusted_of,
    wish_of,
    wish_options,
)
from assigner.commands.outputs import escaped, refuse_what_exists, write, write_folder, write_new
from assigner.errors import LedgerProofError, LedgerRuleError, plain
from assigner.ledger.trials.forms import Form
from assigner.processes import processors

if TYPE_CHECKING:
    from assigner.ledger.notes import Receipt
    from assigner.ledger.trust import Policy
    from assigner.ledger.verifying import Verification


@command("verify")
@click.option("--ledger", "url", metavar="LEDGER", help="The ledger: a SQLite file, or postgresql://...")
@click.option("--bundle", "bundle_file", metavar="FILE", type=click.Path(path_type=Path),
              help="A bundle in the place of a ledger.")  # fmt: skip
@click.option("--receipt", "receipt_files", metavar="FILE", multiple=True, type=click.Path(path_type=Path),
              help="A receipt that was handed out. Without --ledger and --bundle it is verified alone.")  # fmt: skip
@trust_option
@click.option("--rules", "rules_files", metavar="FILE", multiple=True, help="A rule set to try beside the shipped one.")
@secret_option
@click.option("--replay/--no-replay", default=True, show_default=True, help="Recompute every trace.")
@click.option("--jobs", type=click.IntRange(1, 256), help="How many processes open and recompute traces, if these are "
              "200 or more. Default: all processors that may be used.")  # fmt: skip
@click.pass_context
def verify(
    ctx: click.Context, url: str | None, bundle_file: Path | None, receipt_files: Sequence[Path],
    trust_file: Path | None, rules_files: tuple[str, ...], secret_file: Path | None, replay: bool, jobs: int | None,
) -> None:  # fmt: skip
    """Verify a ledger, a bundle or receipts: every entry, rule, hash, checkpoint and trace.

    Exit code 0: intact. 1: it differs, at which entry and why. 3: cannot verify, and why.
    """
    check_extra()
    if url is not None and bundle_file is not None:
        raise click.UsageError("--ledger and --bundle cannot be combined", ctx)
    if url is not None:
        policy = trusted_of(url, trust_file)
    elif trust_file is not None:
        policy = trusted(trust_file)
    else:
        raise click.UsageError("--trust is needed: whose signatures count is never taken from a bundle", ctx)
    receipts = tuple(receipt_in(file) for file in receipt_files)
    if url is None and bundle_file is None:
        if not receipts:
            raise click.UsageError("expected --ledger, --bundle or --receipt", ctx)
        ctx.exit(max(_alone(receipt, policy, file) for receipt, file in zip(receipts, receipt_files, strict=True)))
    from assigner.ledger.drafts import Names
    from assigner.ledger.verifying import Wanted

    wanted = Wanted(
        policy=policy,
        receipts=receipts,
        names=Names(secret_in(secret_file)),
        rules=rules_files,
        replay=replay,
        jobs=jobs or processors(),
        progress=_progress,
    )
    ctx.exit(_tell(_verified(url, bundle_file, secret_file, wanted), len(receipts), replay=replay))


def _verified(url: str | None, bundle_file: Path | None, secret_file: Path | None, wanted: Any) -> Verification:
    from assigner.ledger.bundles import read_bundle
    from assigner.ledger.checking import verify_ledger
    from assigner.ledger.verifying import verify

    if bundle_file is not None:
        return verify(read_bundle(bundle_file), wanted)
    with opened_ledger(url or "", secret_file=secret_file, writes=False) as ledger:
        return verify_ledger(ledger, wanted)


def _progress(step: str, done: int, total: int) -> None:
    """A line on a terminal that is written over."""
    if sys.stderr.isatty():
        click.echo(f"\r{step} {done}{f' of {total}' if total else ''} ", nl=done == total, err=True)


def _tell(found: Verification, receipts: int, *, replay: bool) -> int:
    """Say what a verification comes to; gives the exit code."""
    from assigner.ledger.verifying import Answer

    match found.answer:
        case Answer.INTACT:
            root = found.checkpoint.root.hex() if found.checkpoint else ""
            traces = f"{found.replayed} traces recomputed" if replay else "traces not recomputed"
            click.echo(f"INTACT: {found.size} entries, {traces}, {found.receipts} of {receipts} receipts; root {root}")
            return 0
        case Answer.DIFFERS:
            code, head = 1, f"DIFFERS at {len(found.faults)} place{'s' if len(found.faults) > 1 else ''}"
        case Answer.CANNOT:
            code, head = REVIEW, "CANNOT VERIFY"
        case _:
            assert_never(found.answer)
    click.echo(head)
    for fault in found.faults[:MOST_SHOWN]:
        click.echo(f"  {escaped(str(fault))}")
    return code


MOST_SHOWN = 50


def _alone(receipt: Receipt, policy: Policy, file: Path) -> int:
    """Verify a receipt by itself; gives the exit code."""
    from assigner.ledger.entries import parse_entry
    from assigner.ledger.tree import leaf_hash
    from assigner.ledger.views import what

    try:
        policy.expect(receipt.note, str(file))
        if receipt.extra is None:
            click.echo(f"CANNOT VERIFY: {escaped(str(file))} does not show its entry; verify it with the ledger")
            return REVIEW
        if receipt.root_for(leaf_hash(receipt.extra)) != receipt.note.checkpoint.root:
            raise LedgerProofError(str(file), "a proof of the entry that it shows", "one of another entry")
        entry = parse_entry(receipt.extra, str(file))
    except LedgerProofError as error:
        click.echo(f"DIFFERS: {escaped(str(error))}")
        return 1
    said = f"entry {entry.seq} of {entry.origin}, {entry.at}: {entry.kind} {entry.participant or ''} {what(entry)}"
    click.echo(f"INTACT: {plain(said)} | {plain(f'{entry.actor} ({entry.role}, {entry.site}): {entry.reason}')}")
    return 0


@command("cosign")
@ledger_option
@trust_option
@click.option("--key", "key_file", metavar="KEY", required=True, type=click.Path(path_type=Path),
              help="The witness's secret key.")  # fmt: skip
@click.option("--name", metavar="NAME", required=True, help="The witness's name, like witness.example.org/w1.")
@click.option("--seen", "seen_file", metavar="FILE", required=True, type=click.Path(path_type=Path),
              help="Where the witness keeps the last checkpoint it saw. Keep it away from the ledger.")  # fmt: skip
def cosign(url: str, trust_file: Path | None, key_file: Path, name: str, seen_file: Path) -> None:
    """Sign the latest checkpoint as a witness, if the ledger extends the one seen before.

    Prints the witness's line for trust files.
    """
    policy = trusted_of(url, trust_file)
    with opened_ledger(url, writes=False) as ledger:
        from assigner.ledger.notes import WITNESS, Key
        from assigner.ledger.witnessing import cosign as signed
        from assigner.rules.approvals import read_private_key

        key = read_private_key(key_file)
        size, line = signed(ledger, policy, key, name, seen_file, int(time.time()))
        ledger.add_cosignature(size, line)
        click.echo(f"cosigned {size} entries")
        click.echo(f"witness {name} {Key(name, WITNESS, key.public_key().public_bytes_raw())}")


@command("export")
@ledger_option
@click.option(
    "--as",
    "kind",
    type=click.Choice([each.value for each in Form]),
    default="bundle",
    show_default=True,
    help="The form: all of the ledger as a bundle, or its participants for REDCap, in CDISC's ODM-XML, as SDTM's "
    "domains DM, DS and GF, or as FHIR.",
)
@click.option("--blinded", is_flag=True, help="Leave out arms, and what tells one. Not of a bundle or SDTM.")
@click.option("--record-field", metavar="NAME", help="The first field of the project in REDCap. Default: record_id.")
@click.option("--rules", metavar="FILE", multiple=True,
              help="A rule set that decided, beside the shipped one. For SDTM.")  # fmt: skip
@click.option("--recipient", metavar="NAME", required=True, help="For whom; it is recorded.")
@click.option(
    "-o",
    "--output",
    "out",
    metavar="OUT",
    required=True,
    type=click.Path(path_type=Path),
    help="The file to write; for REDCap and SDTM, the folder. It must not exist.",
)
@click.option(
    "--verifier",
    metavar="OUT",
    type=click.Path(path_type=Path),
    help="Write the page here that verifies a bundle with Python's standard library.",
)
@key_option
@wish_options
@click.pass_context
def export(
    ctx: click.Context, /, url: str, kind: str, recipient: str, out: Path, verifier: Path | None,
    key_file: Path | None, receipt_file: Path | None, **more: Any,
) -> None:  # fmt: skip
    """Write all of the ledger to a file, and record that it was exported.

    For REDCap, OUT gets a data dictionary with one read-only repeating instrument, and the CSV to import. For SDTM, it
    gets each domain as Dataset-JSON and as a SAS transport file.
    """
    form = Form(kind)
    _expect_options(ctx, form, verifier, **{name: more[name] for name in ("blinded", "record_field", "rules")})
    check_extra()
    refuse_what_exists(out)
    if verifier is not None:
        refuse_what_exists(verifier)
    with opened_ledger(url, key_file, writes=True) as ledger:
        from assigner.commands.ledger_options import record
        from assigner.ledger.copies import InDatabase
        from assigner.ledger.drafts import of_trial
        from assigner.ledger.entries import Exported, wished
        from assigner.ledger.trials.forms import written

        if ledger.trial().is_blinded(more["role"]):
            raise LedgerRuleError("ledger", "a role that may know the arms", f"the role {more['role']}")
        wish = wish_of(*(more[name] for name in ("actor", "role", "site", "reason", "request")))
        told = {"blinded": more["blinded"], "rules": more["rules"], "record_field": more["record_field"] or "record_id"}
        with ledger.store.reading() as connection:
            made = written(form, InDatabase(connection), **told)
        exported = {"form": form.value, "size": made.size, "recipient": recipient, "sha256": made.sha256}
        record(ledger, of_trial(wish, wished(Exported, exported)), receipt_file)
    if made.only is None:
        write_folder(out, made.folder)
    else:
        write(made.only, out)
    if verifier is not None:
        from assigner.ledger import verify_bundle

        write_new(verifier, Path(verify_bundle.__file__).read_bytes(), mode=0o666)


def _expect_options(
    ctx: click.Context, form: Form, verifier: Path | None, *, blinded: bool, record_field: str | None,
    rules: tuple[str, ...],
) -> None:  # fmt: skip
    """Refuse an option that says nothing of a form."""
    if blinded and not form.can_be_blinded:
        raise click.UsageError(f"--blinded does not go with --as {form}: it holds what tells an arm", ctx)
    if form is not Form.BUNDLE and verifier is not None:
        raise click.UsageError("--verifier goes with --as bundle", ctx)
    if form is not Form.REDCAP and record_field is not None:
        raise click.UsageError("--record-field goes with --as redcap", ctx)
    if form is not Form.SDTM and rules:
        raise click.UsageError("--rules goes with --as sdtm", ctx)


@command("import")
@click.argument("bundle_file", metavar="BUNDLE", type=click.Path(path_type=Path))
@click.option("--into", "url", metavar="LEDGER", required=True, help="The ledger to make.")
@click.option("--trust", "trust_file", metavar="FILE", required=True, type=click.Path(path_type=Path),
              help="Whose signatures count.")  # fmt: skip
@click.pass_context
def import_(ctx: click.Context, bundle_file: Path, url: str, trust_file: Path) -> None:
    """Make a new ledger of a BUNDLE, byte for byte. The BUNDLE is verified first, without recomputing traces."""
    check_extra()
    from assigner.ledger.bundles import read_bundle
    from assigner.ledger.copies import copy_into
    from assigner.ledger.verifying import Answer, Wanted, verify

    bundle = read_bundle(bundle_file)
    found = verify(bundle, Wanted(policy=trusted(trust_file), replay=False))
    code = 0
    if found.answer is not Answer.INTACT:
        code = _tell(found, 0, replay=False)
    else:
        click.echo(f"{copy_into(bundle, url)} entries")
    ctx.exit(code)


@command("backup")
@ledger_option
@trust_option
@click.option("-o", "--output", "out", metavar="OUT", required=True, type=click.Path(path_type=Path),
              help="The SQLite file to make.")  # fmt: skip
@click.pass_context
def backup(ctx: click.Context, url: str, trust_file: Path | None, out: Path) -> None:
    """Copy the ledger to a new SQLite file; then verify the copy, without recomputing traces."""
    policy = trusted_of(url, trust_file)
    with opened_ledger(url, writes=False) as ledger:
        from assigner.ledger.checking import verify_ledger
        from assigner.ledger.copies import InDatabase, copy_into
        from assigner.ledger.verifying import Wanted

        with ledger.store.reading() as connection:
            copy_into(InDatabase(connection), f"sqlite:///{out}")
    with opened_ledger(f"sqlite:///{out}", writes=False) as copied:
        found = verify_ledger(copied, Wanted(policy=policy, replay=False))
    ctx.exit(_tell(found, 0, replay=False))


@command("migrate")
@ledger_option
def migrate(url: str) -> None:
    """Bring a ledger's tables to the form that this version writes. Entries keep every byte."""
    check_extra()
    from assigner.ledger.store import HEAD, unchecked
    from assigner.ledger.store import migrate as migrated

    store = unchecked(url)
    try:
        migrated(store)
    finally:
        store.close()
    click.echo(f"schema {HEAD}")
