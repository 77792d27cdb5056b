"""What the commands of a ledger share: which ledger, who acts and why, keys, and how receipts are handed out."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

import click
from attrs import frozen

from assigner.commands.endings import REVIEW
from assigner.commands.outputs import refuse_what_exists, warn, write
from assigner.errors import LedgerProofError, LedgerRuleError, plain

if TYPE_CHECKING:
    from assigner.cohorts.recording import Recorder
    from assigner.decisions.accrual import Accrual
    from assigner.ledger.drafts import Draft, Wish
    from assigner.ledger.ledger import Ledger
    from assigner.ledger.notes import Receipt
    from assigner.ledger.trust import Policy
    from assigner.profiles.profile import Profile

Function = TypeVar("Function", bound=Callable[..., Any])

ledger_option = click.option(
    "--ledger", "url", metavar="LEDGER", required=True, help="The ledger: a SQLite file, or postgresql://..."
)
secret_option = click.option(
    "--participant-key",
    "secret_file",
    metavar="FILE",
    type=click.Path(path_type=Path),
    help="The secret with which the trial keys participants' ids, if it does.",
)
key_option = click.option(
    "--key",
    "key_file",
    metavar="KEY",
    type=click.Path(path_type=Path),
    help="The key that signs the ledger's checkpoints. Default: LEDGER.key.",
)
trust_option = click.option(
    "--trust",
    "trust_file",
    metavar="FILE",
    type=click.Path(path_type=Path),
    help="Whose signatures count. Default: LEDGER.trust.",
)
as_role_option = click.option(
    "--as-role", "role", metavar="ROLE", help="Show what this role may see. Arms are hidden from a blinded role."
)
output_option = click.option(
    "-o", "--output", "out", metavar="OUT", type=click.Path(path_type=Path), help="The file to write. Default: stdout."
)


def wish_options(function: Function) -> Function:
    """Who acts, and why; they are the arguments of `wish_of`, and the file for the receipt."""
    for option in reversed(
        [
            click.option("--actor", metavar="NAME", required=True, help="Who acts: a person or a service."),
            click.option("--role", metavar="ROLE", required=True, help="The actor's role in the trial."),
            click.option("--site", metavar="SITE", required=True, help="The site at which the actor acts."),
            click.option("--reason", metavar="TEXT", required=True, help="Why."),
            click.option("--request-id", "request", metavar="ID",
                         help="The caller's own id: sent again, it is recorded once. Default: a random one."),
            click.option("--receipt", "receipt_file", metavar="OUT", type=click.Path(path_type=Path),
                         help="Write the receipt to this file. Default: print it."),
        ]
    ):  # fmt: skip
        function = option(function)
    return function


def wish_of(actor: str, role: str, site: str, reason: str, request: str | None) -> Wish:
    """The wish that the options tell."""
    import getpass
    import secrets

    from assigner.ledger.drafts import Actor, Wish

    who = Actor(name=actor, role=role, site=site, authenticated=f"user {getpass.getuser()} of the operating system")
    return Wish(actor=who, reason=reason, request=request or secrets.token_hex(16))


def file_beside(url: str, given: Path | None, suffix: str, option: str) -> Path:
    """The file that an option names, or the one beside a ledger that is a file."""
    if given is not None:
        return given
    check_extra()
    from assigner.ledger.store import file_of

    file = file_of(url)
    if file is None:
        raise click.UsageError(f"a ledger in PostgreSQL has no file beside it: {option} is needed")
    return Path(f"{file}{suffix}")


def check_extra() -> None:
    """See that the extra `ledger` is there."""
    from assigner.extras import check_installed

    check_installed("ledger", "sqlalchemy", "alembic", "cryptography")


def expect_ledger(url: str) -> None:
    """Refuse a ledger whose file is not there, before its key and its trust file are looked for."""
    check_extra()
    from assigner.ledger.store import existing_file_of

    existing_file_of(url)


def opened_ledger(url: str, key_file: Path | None = None, secret_file: Path | None = None, *, writes: bool) -> Ledger:
    """Open a ledger, with its key where it will be written to."""
    expect_ledger(url)
    from assigner.ledger.ledger import Ledger
    from assigner.rules.approvals import read_private_key

    key = read_private_key(file_beside(url, key_file, ".key", "--key")) if writes else None
    return Ledger.open(url, key=key, secret=secret_in(secret_file))


def secret_in(file: Path | None) -> bytes | None:
    """The secret in a file.

    Raises:
        LedgerProofError: when it cannot be read, or has another length.
    """
    if file is None:
        return None
    from assigner.files import bytes_up_to

    secret = bytes_up_to(1000, file, LedgerProofError, "participant key")
    if not 32 <= len(secret) <= 1000:
        raise LedgerProofError(str(file), "a secret of 32 to 1000 bytes", f"{len(secret)} bytes")
    return secret


def trusted_of(url: str, trust_file: Path | None) -> Policy:
    """The trust file that an option names, or the one beside a ledger."""
    expect_ledger(url)
    return trusted(file_beside(url, trust_file, ".trust", "--trust"))


def trusted(file: Path) -> Policy:
    """The trust file."""
    from assigner.ledger.notes import text_in
    from assigner.ledger.trust import parse_policy

    return parse_policy(text_in(file, "trust file"), str(file))


def receipt_in(file: Path) -> Receipt:
    """A receipt in a file."""
    from assigner.ledger.notes import parse_receipt, text_in

    return parse_receipt(text_in(file, "receipt"), str(file))


def record(ledger: Ledger, draft: Draft, receipt_file: Path | None) -> Receipt:
    """Append an entry, and hand out its receipt; a blinded role learns nothing of arms, in an error neither."""
    if receipt_file is not None:
        refuse_what_exists(receipt_file)
    trial = ledger.trial()
    blinded = trial.is_blinded(draft.actor.role)
    try:
        receipt = ledger.append(draft)
    except LedgerRuleError as error:
        if blinded and error.about_arms:
            text = "this cannot be recorded now; a person who may know the arms must look"
            raise LedgerRuleError("ledger", error.expected, error.got, text) from None
        raise
    hand_out(receipt, receipt_file, blinded=blinded)
    return receipt


def hand_out(receipt: Receipt, file: Path | None, *, blinded: bool) -> None:
    """Print a receipt, or write it to a file and say of which entry it is; for a blinded role without the entry."""
    from attrs import evolve

    text = str(evolve(receipt, extra=None) if blinded else receipt)
    told = f"entry {receipt.index} of {plain(receipt.note.checkpoint.origin)}"
    if file is None:
        click.echo(told, err=True)
        click.echo(text, nl=False)
    else:
        write(text.encode(), file)
        click.echo(told)


def record_result(ledger: Ledger, draft: Draft, receipt_file: Path | None) -> tuple[Receipt, int]:
    """Record the result of a participant; gives the receipt and the exit code."""
    from assigner.ledger.rules import Status

    receipt = record(ledger, draft, receipt_file)
    now = None if draft.participant is None else ledger.participant_of(draft.participant)
    if now is None or now.status is not Status.WAITING:
        return receipt, 0
    why = f"the same input file as {', '.join(now.alarms)}" if now.alarms else "it is a review"
    warn(f"{now.key} is not assigned in the ledger until a person decides: {why}")
    return receipt, REVIEW


# ------------------------------------------------------------------------------------------------- with other commands


@frozen(kw_only=True)
class Recording:
    """A ledger in which another command records its result."""

    url: str
    key_file: Path | None
    secret_file: Path | None
    receipt_file: Path
    wish: Wish

    def record(self, profile: Profile, decided: Callable[[Accrual], bytes], *, shows: bool) -> Recorded:
        """Record the result that is worked out from the participants whom the ledger has at that moment.

        Args:
            profile: of the participant.
            decided: gives the trace.
            shows: whether the command writes what shows an arm.

        Raises:
            LedgerRuleError: when the ledger refuses it, or a blinded role asks for what shows an arm.
        """
        with opened_ledger(self.url, self.key_file, self.secret_file, writes=True) as ledger:
            from assigner.ledger.drafts import decide

            blinded = ledger.trial().is_blinded(self.wish.actor.role)
            if blinded and shows:
                raise LedgerRuleError(
                    "--role", "a role that may know the arms, for what shows one", self.wish.actor.role
                )
            draft = decide(self.wish, ledger.names, profile, decided)
            receipt, code = record_result(ledger, draft, self.receipt_file)
            return Recorded(ledger.trace_of(receipt.index), code, blinded)


@frozen
class Recorded:
    """What another command has recorded: the trace, the exit code, and whether arms are hidden from the actor."""

    written: bytes
    code: int
    blinded: bool


_REQUEST = click.option("--request-id", "request", metavar="ID", help="With --ledger: the caller's own id, which is "
                        "recorded once. Default: a random one.")  # fmt: skip
_RECEIPT = click.option("--receipt", "receipt_file", metavar="OUT", type=click.Path(path_type=Path),
                        help="With --ledger: write the receipt to this file.")  # fmt: skip
_RECEIPT_OF_MANY = click.option("--receipt", "receipt_file", metavar="OUT", type=click.Path(path_type=Path),
                                help="With --ledger: write the receipt of the last entry to this file; it covers all "
                                "of them.")  # fmt: skip


def _recording(function: Function, *own: Callable[[Any], Any]) -> Function:
    for option in reversed(
        [
            click.option("--ledger", "url", metavar="LEDGER", help="Record the result in this ledger."),
            click.option("--actor", metavar="NAME", help="With --ledger: who acts."),
            click.option("--role", metavar="ROLE", help="With --ledger: the actor's role in the trial."),
            click.option("--site", metavar="SITE", help="With --ledger: the site at which the actor acts."),
            click.option("--reason", metavar="TEXT", help="With --ledger: why."),
            *own,
            key_option,
            secret_option,
        ]
    ):
        function = option(function)
    return function


def recording_options(function: Function) -> Function:
    """The options by which another command records its result; they are taken by `recording_of`."""
    return _recording(function, _REQUEST, _RECEIPT)


def recording_options_of_many(function: Function) -> Function:
    """The same for the results of many participants, each under a request id of its own: taken by `recorder_of`."""
    return _recording(function, _RECEIPT_OF_MANY)


RECORDING = ("url", "actor", "role", "site", "reason", "request", "receipt_file", "key_file", "secret_file")


def recording_of(ctx: click.Context, given: dict[str, Any]) -> Recording | None:
    """The ledger that the options name, which are taken out of the others; None when they name none."""
    told = {name: given.pop(name, None) for name in RECORDING}
    if told["url"] is None:
        if any(value is not None for value in told.values()):
            own = {param.name: param.opts[0] for param in ctx.command.params}
            others = [own[name] for name in RECORDING[1:] if name in own]
            raise click.UsageError(f"{', '.join(others[:-1])} and {others[-1]} go with --ledger", ctx)
        return None
    if any(told[name] is None for name in ("actor", "role", "site", "reason", "receipt_file")):
        raise click.UsageError("--ledger needs --actor, --role, --site, --reason and --receipt", ctx)
    wish = wish_of(*(told[name] for name in ("actor", "role", "site", "reason", "request")))
    files = {name: told[name] for name in ("url", "key_file", "secret_file", "receipt_file")}
    return Recording(wish=wish, **files)


def files_of_ledger(given: Mapping[str, Any]) -> list[Path]:
    """The files of the ledger that the options name, over which nothing may be written; none when they name none."""
    url, key, secret = (given.get(name) for name in ("url", "key_file", "secret_file"))
    if url is None:
        return []
    check_extra()
    from assigner.ledger.store import file_of

    file = file_of(url)
    beside = [] if file is None else [Path(f"{file}{end}") for end in ("", ".key", ".trust")]
    return [*beside, *(each for each in (key, secret) if each is not None)]


@contextmanager
def recorder_of(ctx: click.Context, given: dict[str, Any]) -> Iterator[Recorder | None]:
    """What records the results of many in the ledger that the options name; None when they name none."""
    recording = recording_of(ctx, given)
    if recording is None:
        yield None
        return
    with opened_ledger(recording.url, recording.key_file, recording.secret_file, writes=True) as ledger:
        from assigner.cohorts.recording import Recorder

        wish = recording.wish
        yield Recorder(ledger=ledger, actor=wish.actor, reason=wish.reason, receipt=recording.receipt_file)
