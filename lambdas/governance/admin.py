"""The `admin` function: lists policies, and changes them for callers who prove who they are.

It is called through a function URL with AWS_IAM. What the event says of the caller is not believed, since
whoever may invoke the function can write it: a request to change something carries its own proof. The handler
never raises. After every change the audit trail is signed and exported. If that fails,
the change stands, the failure is logged, and the next export includes the entries.

Environment: POLICY_TABLE; optionally AUDIT_KEY and AUDIT_BUCKET (both or none), POLICY_APPROVAL (`true`: a
second person activates every change), POLICY_PEOPLE (JSON: identities by person), POLICY_KEEP_VERSIONS and
LOG_LEVEL.
"""

from __future__ import annotations

import os
import time
import uuid
from collections.abc import Callable, Mapping
from dataclasses import replace
from functools import cache
from typing import Any

from botocore.config import Config
from botocore.session import get_session
from pydantic import ValidationError

from lambdas.governance.admin_http import AdminAnswer, answer_response, problem_response, read_request
from lambdas.governance.identity import AskSts, Identifier, ask_sts, sts_host
from lambdas.governance.problems import problem, problem_of
from lambdas.governance.routes import AdminFunction, serve
from lambdas.governance.telemetry import logger
from policies.calls.changing.actors import read_people
from policies.calls.changing.checkpoints import Checkpoints
from policies.calls.changing.collect import Collector, Retention
from policies.calls.changing.drafts import Drafts
from policies.calls.changing.editing import Editor
from policies.calls.changing.problem import ProblemCode
from policies.calls.errors import GovernanceError
from policies.calls.store.ledger import PolicyLedger
from policies.calls.store.policy_store import PolicyStore
from policies.calls.store.trail_bucket import TrailBucket
from policies.calls.store.trail_key import TrailKey

_CLIENT = Config(connect_timeout=2, read_timeout=10, retries={"total_max_attempts": 4, "mode": "standard"})

Handler = Callable[[Any, Any], dict[str, Any]]
Clients = Callable[[str], Any]
"""Gives a client by the name of its AWS service."""


def entry(admin: Callable[[], AdminFunction]) -> Handler:
    """Make the handler from a function that composes what serves it; the handler never raises."""

    def handle(event: Any, context: Any) -> dict[str, Any]:
        """Answer one request in the payload format 2.0 of function URLs."""
        started = time.perf_counter()
        actor, answered = "", None
        try:
            request = read_request(event)
            if request.changes:
                audience = ":".join(str(context.invoked_function_arn).split(":")[:7])
                proved = admin().identifier.identify(request.proof, request.bound_to(audience))
                request = replace(request, actor=proved)
                actor = proved.identity
            answered = serve(admin(), request)
            response = answer_response(answered)
            if answered.changes:
                _export_trail(admin())
        except (KeyboardInterrupt, SystemExit):
            raise
        except (GovernanceError, ValidationError) as error:
            response = problem_response(problem_of(error))
        except BaseException:  # noqa: BLE001 - a panic of the native policy engine is not an Exception
            logger.exception("the admin function failed")
            response = problem_response(
                problem(ProblemCode.INTERNAL, "the admin function failed; its log says why")
            )
        _log_request(event, actor, response, answered, time.perf_counter() - started)
        return response

    return handle


def compose(environ: Mapping[str, str], clients: Clients, ask: AskSts | None = None) -> AdminFunction:
    """Put together what serves requests, from the environment and clients. Raises KeyError or ValueError.

    `ask` asks STS, by default at the endpoint of its client.
    """
    sts = clients("sts").meta
    table = environ["POLICY_TABLE"]
    client = clients("dynamodb")
    key = TrailKey(clients("kms"), environ["AUDIT_KEY"]) if environ.get("AUDIT_KEY") else None
    store = PolicyStore(client, table)
    ledger = PolicyLedger(client, table, sign=key.sign if key else None)
    editor = Editor(store, ledger)
    approval = environ.get("POLICY_APPROVAL") == "true"
    keeping = Retention(versions=int(environ.get("POLICY_KEEP_VERSIONS", Retention().versions)))
    checkpoints = None
    if key and environ.get("AUDIT_BUCKET"):
        bucket = TrailBucket(clients("s3"), environ["AUDIT_BUCKET"])
        checkpoints = Checkpoints(ledger, key=key, bucket=bucket)
    return AdminFunction(
        identifier=Identifier(
            host=sts_host(sts.endpoint_url),
            region=sts.region_name,
            people=read_people(environ.get("POLICY_PEOPLE", "")),
            ask=ask or ask_sts(sts.endpoint_url),
        ),
        store=store,
        ledger=ledger,
        editor=editor,
        drafts=Drafts(store, ledger, editor, approval=approval, new_id=lambda: str(uuid.uuid4())),
        collector=Collector(client, table, keeping, ledger=ledger),
        checkpoints=checkpoints,
        approval=approval,
    )


def _export_trail(admin: AdminFunction) -> None:
    """Sign and export the audit trail; a failure is logged, and does not fail the change."""
    if admin.checkpoints is None:
        return
    try:
        admin.checkpoints.make()
    except GovernanceError as error:
        logger.error("the audit trail was not exported", extra={"reason": error.message})


def _log_request(
    event: Any, actor: str, response: dict[str, Any], answered: AdminAnswer | None, seconds: float
) -> None:
    """Log one line for a request; the texts of policies are in the audit trail, and not here."""
    path = event.get("rawPath") if isinstance(event, Mapping) else None
    logger.info(
        "administered",
        extra={
            "actor": actor,
            "path": str(path)[:200],
            "status": response["statusCode"],
            "changed": bool(answered and answered.changes),
            "latency_ms": round(seconds * 1000, 3),
        },
    )


@cache
def _admin() -> AdminFunction:
    session = get_session()

    def client(service: str) -> Any:
        return session.create_client(service, region_name=os.environ.get("AWS_REGION"), config=_CLIENT)

    return compose(os.environ, client)


handler = entry(_admin)
