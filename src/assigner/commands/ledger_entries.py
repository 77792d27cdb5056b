"""Writing to a ledger: `assigner ledger init`, `assign`, `confirm`, `override` and the like."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from assigner.commands.approvals import approval_options, check_approval
from assigner.commands.endings import command
from assigner.commands.ledger_options import (
    check_extra,
    file_beside,
    hand_out,
    key_option,
    ledger_option,
    opened_ledger,
    record,
    record_result,
    secret_in,
    secret_option,
    wish_of,
    wish_options,
)
from assigner.commands.outputs import refuse_what_exists, write_new
from assigner.commands.traces import named
from assigner.errors import LedgerRuleError, TraceError

if TYPE_CHECKING:
    from assigner.ledger.drafts import Draft, Names, Wish
    from assigner.ledger.entries import AdmittedRules, Arm, Evidence, Role
    from assigner.rules import Rules

ROLES = (
    "manager=assigned,confirmed,rejected,overridden,superseded,withdrawn,arm_closed,rules_changed,exported",
    "reviewer=confirmed,rejected,overridden,superseded",
    "investigator:blinded=assigned,withdrawn",
    "auditor=exported",
    "monitor:blinded=",
)
"""The roles of a trial that names none."""


@command("init")
@click.option("--ledger", "url", metavar="LEDGER", required=True,
              help="The ledger to make: a new SQLite file, or an empty PostgreSQL database.")  # fmt: skip
@click.option("--origin", metavar="NAME", required=True,
              help="The ledger's name for ever, like trials.example.org/trial-1.")  # fmt: skip
@click.option("--trial", metavar="NAME", required=True, help="The trial's name.")
@click.option("--protocol", metavar="VERSION", required=True, help="The protocol's version.")
@click.option("--rules", "rules_file", metavar="FILE", help="The rule set that is admitted. Default: the shipped one.")
@click.option("--sites", metavar="SITE,...", required=True, help="The sites of the trial.")
@click.option("--arm", "sizes", metavar="CATEGORY=SIZE", multiple=True,
              help="How many participants an arm takes. Default: no limit.")  # fmt: skip
@click.option("--trial-role", "roles", metavar="ROLE[:blinded]=KIND,...", multiple=True,
              help="A role, and the kinds of entries it may make. Default: manager, reviewer, investigator (blinded), "
              "auditor, monitor (blinded).")  # fmt: skip
@click.option("--key", "key_file", metavar="KEY", type=click.Path(path_type=Path),
              help="The key that signs checkpoints; made when it does not exist. Default: LEDGER.key.")  # fmt: skip
@secret_option
@click.option("--journal", type=click.Choice(["delete", "wal"]), default="delete", show_default=True,
              help="SQLite's journal. 'wal' needs SQLite 3.51.3.")  # fmt: skip
@approval_options
@wish_options
@click.pass_context
def init(
    ctx: click.Context,
    /,
    url: str,
    origin: str,
    trial: str,
    protocol: str,
    rules_file: str | None,
    sites: str,
    sizes: Sequence[str],
    roles: Sequence[str],
    key_file: Path | None,
    secret_file: Path | None,
    journal: Any,
    receipt_file: Path | None,
    **more: Any,
) -> None:
    """Make a ledger and open the trial. Writes LEDGER.key, to be kept secret, and LEDGER.trust, to be given away.

    Arms are the categories of the rule set that have an intervention.
    """
    check_extra()
    from assigner.ledger.entries import Opened, wished
    from assigner.ledger.ledger import Ledger
    from assigner.rules import read_rules

    wish = _wish(more)
    rules = read_rules(rules_file)
    told = {
        "trial": trial,
        "protocol": protocol,
        "rule_sets": [_admitted(ctx, rules, rules_file, more)],
        "sites": [site.strip() for site in sites.split(",")],
        "roles": [_role(each) for each in roles or ROLES],
        "arms": _arms(rules, sizes),
        "participants": "plain",
        "key_check": None,
    }
    opened = wished(Opened, told)
    key_file = file_beside(url, key_file, ".key", "--key")
    trust_file = key_file.with_suffix(".trust")
    for each in (trust_file, *(() if receipt_file is None else (receipt_file,))):
        refuse_what_exists(each)
    key = _signing_key(key_file)
    ledger, receipt = Ledger.create(
        url, origin, opened, wish.actor, wish.reason, key=key, secret=secret_in(secret_file), journal=journal
    )
    with ledger:
        write_new(trust_file, f"log {ledger.public_key}\nquorum none\n".encode(), mode=0o644)
    hand_out(receipt, receipt_file, blinded=False)


def _wish(given: dict[str, Any]) -> Wish:
    """The wish of the options that every writing command has, taken out of them."""
    return wish_of(*(given.pop(name) for name in ("actor", "role", "site", "reason", "request")))


def _admitted(ctx: click.Context, rules: Rules, rules_file: str | None, approval: dict[str, Any]) -> AdmittedRules:
    """A rule set as the ledger has it, with the approvals that were demanded and found."""
    from assigner.ledger.entries import AdmittedRules, Signature, wished

    found = check_approval(ctx, rules, rules_file, **approval)
    identity = rules.content.rule_set
    approvals = [wished(Signature, {"signer": each.signer, "key": each.public_key}) for each in found]
    told = {"id": identity.id, "version": identity.version, "digest": rules.digest, "approvals": approvals}
    return wished(AdmittedRules, told)


def _arms(rules: Rules, sizes: Sequence[str]) -> list[Arm]:
    from assigner.ledger.entries import Arm, wished

    told: dict[str, int] = {}
    known = {category.id: category for category in rules.content.categories}
    for each in sizes:
        name, _, size = each.partition("=")
        if name not in known or name in told or not (size.isascii() and size.isdigit() and len(size) < 10):
            raise click.BadParameter(f"expected a category of the rule set, once, and a number; got {each!r}",
                                     param_hint="--arm")  # fmt: skip
        told[name] = int(size)
    return [
        wished(Arm, {"id": each.id, "name": each.name, "intervention": each.intervention, "size": told.get(each.id)})
        for each in known.values()
    ]


def _role(text: str) -> Role:
    from pydantic import ValidationError

    from assigner.ledger.entries import Role

    name, sign, kinds = text.partition("=")
    name, _, blinded = name.partition(":")
    try:
        if not sign or blinded not in ("", "blinded"):
            raise ValueError(text)
        return Role(id=name, blinded=bool(blinded), may=[kind for kind in kinds.split(",") if kind])  # type: ignore[misc]
    except (ValueError, ValidationError) as error:
        raise click.BadParameter(f"expected ROLE[:blinded]=KIND,... got {text!r}", param_hint="--trial-role") from error


def _signing_key(file: Path) -> Any:
    from assigner.rules.approvals import new_key, read_private_key

    if not file.exists():
        private, _ = new_key()
        write_new(file, private, mode=0o600)
    return read_private_key(file)


@command("key")
@click.argument("key_file", metavar="KEY", type=click.Path(path_type=Path))
@ledger_option
def key(key_file: Path, url: str) -> None:
    """Print the line of trust files for a KEY with which a site signs the ledger's checkpoints.

    The KEY is made when it does not exist. Its signatures count once the line stands in a trust file.
    """
    with opened_ledger(url, writes=False) as ledger:
        from assigner.ledger.notes import LOG, Key

        made = _signing_key(key_file)
        click.echo(f"log {Key(ledger.trial().origin, LOG, made.public_key().public_bytes_raw())}")


# ------------------------------------------------------------------------------------------------------ participants


@command("assign")
@click.argument("trace_file", metavar="TRACE")
@ledger_option
@click.option("--participant", metavar="ID", help="The participant, to be held against the TRACE.")
@click.option("--rules", "rules_file", metavar="FILE", help="The rule set that decided. Default: the shipped one.")
@click.option("--allocation", metavar="NUMBER", help="The allocation or kit number. It is used once.")
@key_option
@secret_option
@wish_options
@click.pass_context
def assign(ctx: click.Context, /, trace_file: str, rules_file: str | None, **given: Any) -> None:
    """Record the result in a TRACE as the participant's assignment.

    The TRACE is recomputed first. Exit code 0: assigned. 3: a person must decide, by `confirm`, `reject` or `override`.
    """
    _result(ctx, trace_file, rules_file, newer=False, **given)


@command("supersede")
@click.argument("trace_file", metavar="TRACE")
@ledger_option
@click.option("--participant", metavar="ID", help="The participant, to be held against the TRACE.")
@click.option("--rules", "rules_file", metavar="FILE", help="The rule set that decided. Default: the shipped one.")
@key_option
@secret_option
@wish_options
@click.pass_context
def supersede(ctx: click.Context, /, trace_file: str, rules_file: str | None, **given: Any) -> None:
    """Record the result of newer data, in a TRACE, in the place of what the participant has.

    Exit code 0: assigned. 3: a person must decide.
    """
    _result(ctx, trace_file, rules_file, newer=True, allocation=None, **given)


def _result(
    ctx: click.Context, trace_file: str, rules_file: str | None, *, newer: bool, participant: str | None,
    allocation: str | None, url: str, key_file: Path | None, secret_file: Path | None, receipt_file: Path | None,
    **more: Any,
) -> None:  # fmt: skip
    from assigner.audits.verification import Answer, Evidence, verify
    from assigner.traces import parse_trace

    written = named(trace_file).removesuffix(b"\n")
    trace = parse_trace(written, trace_file)
    if participant not in (None, trace.participant):
        raise TraceError(trace_file, f"a trace of {participant}", "one of another participant")
    found = verify(written, Evidence(rules=() if rules_file is None else (rules_file,)))
    if found.answer is not Answer.REPRODUCED:
        why = found.why or "other results"
        raise TraceError(trace_file, "a trace that gives the same when it is recomputed", why)
    with opened_ledger(url, key_file, secret_file, writes=True) as ledger:
        from assigner.ledger.drafts import assign as drafted

        draft = drafted(_wish(more), ledger.names, written, allocation=allocation, newer=newer)
        _, code = record_result(ledger, draft, receipt_file)
    ctx.exit(code)


def _of_participant(
    name: str, text: str, *options: Callable[[Any], Any]
) -> Callable[[Callable[..., Draft]], click.Command]:
    """A command about one participant, whose function makes the draft."""

    def decorated(draft: Callable[..., Draft]) -> click.Command:
        def run(
            participant: str, url: str, key_file: Path | None, secret_file: Path | None, receipt_file: Path | None,
            **more: Any,
        ) -> None:  # fmt: skip
            wish = _wish(more)
            with opened_ledger(url, key_file, secret_file, writes=True) as ledger:
                record(ledger, draft(wish, ledger.names, participant, **more), receipt_file)

        run.__doc__ = text
        for option in (wish_options, secret_option, key_option, *options, ledger_option,
                       click.argument("participant", metavar="PARTICIPANT")):  # fmt: skip
            run = option(run)
        made: click.Command = command(name)(run)
        return made

    return decorated


@_of_participant("confirm", "Accept what waits for a person: the proposed category becomes the PARTICIPANT's arm.")
def confirm(wish: Wish, names: Names, participant: str) -> Draft:
    """The draft of a confirmation."""
    from assigner.ledger.drafts import confirm as drafted

    return drafted(wish, names.participant(participant))


@_of_participant("reject", "Refuse what waits for a person: the PARTICIPANT gets no arm.")
def reject(wish: Wish, names: Names, participant: str) -> Draft:
    """The draft of a rejection."""
    from assigner.ledger.drafts import reject as drafted

    return drafted(wish, names.participant(participant))


@_of_participant("withdraw", "Record that the PARTICIPANT leaves the trial. The arm stays, and counts.")
def withdraw(wish: Wish, names: Names, participant: str) -> Draft:
    """The draft of a withdrawal."""
    from assigner.ledger.drafts import withdraw as drafted

    return drafted(wish, names.participant(participant))


def _evidence(_ctx: click.Context, _param: click.Parameter, values: Sequence[str]) -> list[Evidence]:
    """Documents by their digests: of `WHAT=FILE`."""
    import hashlib

    from assigner.ledger.entries import Evidence, wished

    found = []
    for value in values:
        what, sign, file = value.partition("=")
        if not (sign and what.strip() and file):
            raise click.BadParameter(f"expected WHAT=FILE, got {value!r}")
        with open(file, "rb") as document:
            sha256 = hashlib.file_digest(document, "sha256").hexdigest()
        found.append(wished(Evidence, {"what": what.strip(), "sha256": sha256}))
    return found


@_of_participant(
    "override",
    "Give the PARTICIPANT another arm, on evidence from outside, such as a vendor's report. The trace stays.",
    click.option("--evidence", metavar="WHAT=FILE", multiple=True, required=True, callback=_evidence,
                 help="A document that it rests on; its SHA-256 is recorded."),
    click.option("--arm", metavar="ARM", required=True, help="The arm."),
)  # fmt: skip
def override(wish: Wish, names: Names, participant: str, arm: str, evidence: list[Evidence]) -> Draft:
    """The draft of an override."""
    from assigner.ledger.drafts import override as drafted

    return drafted(wish, names.participant(participant), arm, evidence)


# -------------------------------------------------------------------------------------------------------- the trial


@command("close-arm")
@click.argument("arm", metavar="ARM")
@ledger_option
@key_option
@wish_options
def close_arm(arm: str, url: str, key_file: Path | None, receipt_file: Path | None, **more: Any) -> None:
    """Let no more participants enter an ARM."""
    with opened_ledger(url, key_file, writes=True) as ledger:
        from assigner.ledger.drafts import close_arm as drafted

        record(ledger, drafted(_wish(more), arm), receipt_file)


@command("admit")
@click.argument("rules_file", metavar="RULES")
@ledger_option
@key_option
@click.option("--instead", is_flag=True, help="In the place of all that are admitted. Default: beside them.")
@approval_options
@wish_options
@click.pass_context
def admit(
    ctx: click.Context, /, rules_file: str, url: str, key_file: Path | None, instead: bool, receipt_file: Path | None,
    **more: Any,
) -> None:  # fmt: skip
    """Admit the rule set RULES from now on."""
    from assigner.rules import read_rules

    with opened_ledger(url, key_file, writes=True) as ledger:
        from assigner.ledger.drafts import of_trial
        from assigner.ledger.entries import RulesChanged

        wish, rules = _wish(more), read_rules(rules_file)
        before = [] if instead else list(ledger.trial().rule_sets.values())
        if rules.digest in {each.digest for each in before}:
            raise LedgerRuleError("rule set", "one that is not admitted yet", rules.digest)
        admitted = RulesChanged(rule_sets=[*before, _admitted(ctx, rules, rules_file, more)])
        record(ledger, of_trial(wish, admitted), receipt_file)
