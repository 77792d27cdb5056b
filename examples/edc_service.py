"""What a trial's EDC calls: genotypes come in, the assignment is recorded once, however often the call is repeated.

    pip install 'trial-assigner[ledger]' fastapi uvicorn
    LEDGER=trial.ledger uvicorn --app-dir examples edc_service:from_environment --factory

The EDC chooses an Idempotency-Key for each wish and repeats the call under it until it has an answer: 200 tells the
recorded entry, 409 and 422 say what is wrong, after 503 the same call is sent again. The service acts in one role at
one site; who called is the EDC's word, so let nobody but the EDC reach it.
"""

import os
from typing import Annotated, Any

from fastapi import Body, FastAPI, Header
from fastapi.responses import JSONResponse

import assigner
from assigner.decisions.allocations import needs_accrual
from assigner.ledger.drafts import Actor, Wish, decide
from assigner.ledger.ledger import Ledger
from assigner.rules.approvals import read_private_key

Text = Annotated[str, Header(min_length=1, max_length=500)]


def service(ledger_file: str, key_file: str, rules: assigner.Rules, role: str, site: str) -> FastAPI:
    key, app, balances = read_private_key(key_file), FastAPI(), needs_accrual(rules.content)

    @app.put("/participants/{participant}/assignment")
    def assign(
        participant: str, profile: Annotated[dict[str, Any], Body()], idempotency_key: Text, actor: Text, reason: Text
    ) -> dict[str, Any]:
        read = assigner.profile_of({**profile, "participant": participant}, rules)
        who = Actor(name=actor, role=role, site=site, authenticated="named by the EDC")
        wish = Wish(actor=who, reason=reason, request=idempotency_key)

        def decided(others: assigner.Accrual) -> bytes:
            return assigner.assign(read, rules, others if balances else None).trace_bytes

        with Ledger.open(ledger_file, key=key) as ledger:
            receipt = ledger.append(decide(wish, ledger.names, read, decided))
            now = ledger.participant(participant)
            told = {"entry": receipt.index, "status": now.status.value}
            return told if ledger.trial().is_blinded(role) else {**told, "arm": now.arm, "receipt": str(receipt)}

    @app.exception_handler(assigner.AssignerError)
    def refuse(_request: Any, error: assigner.AssignerError) -> JSONResponse:
        match error:
            case assigner.LedgerStoreError():
                return JSONResponse({"error": str(error), "send_again": True}, 503)
            case assigner.LedgerRuleError(about_arms=True):
                return JSONResponse({"error": "a person who may know the arms must look"}, 409)
            case assigner.LedgerError():
                return JSONResponse({"error": str(error)}, 409)
            case _:
                return JSONResponse({"error": str(error)}, 422)

    return app


def from_environment() -> FastAPI:
    of = os.environ
    key, role, site = of.get("KEY", f"{of['LEDGER']}.key"), of.get("ROLE", "investigator"), of.get("SITE", "S1")
    return service(of["LEDGER"], key, assigner.read_rules(of.get("RULES")), role, site)
