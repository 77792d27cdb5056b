"""Approving a rule set: `assigner rules keygen` and `approve`, and the options by which others demand an approval."""

from __future__ import annotations

import os
from collections.abc import Callable, Sequence
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

import click

from assigner.commands.endings import command
from assigner.commands.options import moment
from assigner.commands.outputs import refuse_what_exists, write_new
from assigner.errors import ApprovalError, plain

if TYPE_CHECKING:
    from assigner.rules import Rules
    from assigner.rules.approvals import Approval

Function = TypeVar("Function", bound=Callable[..., Any])


def approval_options(function: Function) -> Function:
    """The options that demand an approval; they are the arguments of `check_approval`."""
    for option in reversed(
        [
            click.option("--require-approved", is_flag=True,
                         help="Refuse a rule set without valid signatures of approval."),
            click.option("--trusted-key", "trusted_keys", metavar="KEY.pub", multiple=True,
                         help="A public key to trust. Only signatures by trusted keys count."),
            click.option("--approval", "approval_files", metavar="FILE", multiple=True,
                         help="A signature. Default: the files RULES.approval*.json beside the rule set."),
            click.option("--signatures", type=click.IntRange(1, 20), default=1, show_default=True,
                         help="How many different people must have signed."),
        ]
    ):  # fmt: skip
        function = option(function)
    return function


def check_approval(
    ctx: click.Context,
    rules: Rules,
    rules_file: str | os.PathLike[str] | None,
    *,
    require_approved: bool,
    trusted_keys: Sequence[str],
    approval_files: Sequence[str],
    signatures: int,
) -> tuple[Approval, ...]:
    """Check that a rule set is approved, if that is asked for; else warn of one that only says so.

    Returns:
        The approvals that count; none when none is asked for.

    Raises:
        ApprovalError: approval is asked for, and is missing.
    """
    identity = rules.content.rule_set
    if not require_approved:
        if trusted_keys or approval_files or signatures > 1:
            raise click.UsageError("--trusted-key, --approval and --signatures go with --require-approved", ctx)
        if identity.is_approved:
            text = f"rule set {identity.id} {identity.version} says that it is approved, but no signature was checked"
            click.echo(f"assigner: warning: {plain(text)} (use --require-approved)", err=True)
        return ()
    if not trusted_keys:
        raise click.UsageError("--require-approved needs --trusted-key KEY.pub", ctx)
    from assigner.rules.approvals import approvals_beside, approved, read_approval, read_public_key

    files = approval_files or (() if rules_file is None else approvals_beside(rules_file))
    keys = {read_public_key(key) for key in trusted_keys}
    return approved(rules, [read_approval(file) for file in files], keys, needed=signatures)


@command()
@click.argument("out", metavar="KEY", type=click.Path(path_type=Path))
@click.option("--passphrase-file", metavar="FILE", type=click.Path(path_type=Path),
              help="Encrypt the key with the first line of FILE.")  # fmt: skip
def keygen(out: Path, passphrase_file: Path | None) -> None:
    """Make an Ed25519 key for signing: KEY is secret, KEY.pub is to be shared."""
    from assigner.rules.approvals import new_key, read_public_key

    public_file = Path(f"{out}.pub")
    refuse_what_exists(public_file)
    private, public = new_key(_passphrase(passphrase_file))
    write_new(out, private, mode=0o600)
    write_new(public_file, public, mode=0o666)
    click.echo(f"public key {read_public_key(public_file)}")


@command()
@click.argument("file", metavar="RULES", type=click.Path(path_type=Path))
@click.option("--key", "key_file", metavar="KEY", required=True, type=click.Path(path_type=Path),
              help="The signer's secret key (Ed25519, PEM).")  # fmt: skip
@click.option("--passphrase-file", metavar="FILE", type=click.Path(path_type=Path),
              help="A file whose first line is the passphrase of the key.")  # fmt: skip
@click.option("--name", "signer", metavar="NAME", required=True, help="The signer's name.")
@click.option("--meaning", metavar="TEXT", default="approved for use", show_default=True,
              help="What the signature means.")  # fmt: skip
@click.option(
    "--time", "at", metavar="ISO", callback=moment, help="The time of signing, to be written into the approval."
)
@click.option("-o", "out", metavar="OUT", type=click.Path(path_type=Path),
              help="The file to write. Default: RULES.approval.json.")  # fmt: skip
def approve(
    file: Path,
    key_file: Path,
    passphrase_file: Path | None,
    signer: str,
    meaning: str,
    at: datetime | None,
    out: Path | None,
) -> None:
    """Sign a rule set. Its status must be approved, and its examples must hold."""
    from assigner.cases.examples import run_examples
    from assigner.rules import read_rules
    from assigner.rules.approvals import SUFFIX, Approval, read_private_key

    rules = read_rules(file)
    for ran in run_examples(rules):
        if ran.faults:
            raise ApprovalError(f"{file}: example {ran.example}", "examples that hold", "; ".join(ran.faults))
    out = Path(f"{file}{SUFFIX}.json") if out is None else out
    refuse_what_exists(out)
    made = Approval.signed(
        rules,
        read_private_key(key_file, _passphrase(passphrase_file)),
        signer=signer,
        meaning=meaning,
        time=None if at is None else at.isoformat(),
    )
    write_new(out, made.to_bytes(), mode=0o666)
    said = made.rule_set
    click.echo(f"{said.id} {said.version}, digest {said.digest}")
    click.echo(f"signed by {made.signer} (key {made.public_key}): {made.meaning}")


def _passphrase(file: Path | None) -> bytes | None:
    """The first line of a file; never an argument, which others on the machine could see."""
    if file is None:
        return None
    from assigner.rules.approvals import bytes_of

    line = bytes_of(file).partition(b"\n")[0].rstrip(b"\r")
    if not 0 < len(line) <= 1000:
        raise ApprovalError(str(file), "a passphrase of 1 to 1000 bytes on the first line", f"{len(line)}")
    return line
