"""The `admin` function: changes policies for the caller that AWS authenticated, and tells what was changed.

It is reached through a function URL with AWS_IAM, so Lambda has verified the signature and says in the event
whose it is. The handler never raises. After every change the audit trail is signed and exported; when that
fails the change stands, the failure is logged, and the next export has it.

Environment: POLICY_TABLE; optionally AUDIT_KEY and AUDIT_BUCKET (both or none), POLICY_APPROVAL (`true`: a
second person activates every change), POLICY_KEEP_VERSIONS and LOG_LEVEL.
"""

from __future__ import annotations

import base64
import binascii
import os
import time
import uuid
from collections.abc import Callable, Mapping
from functools import cache
from typing import Any
from urllib.parse import unquote

from botocore.config import Config
from botocore.session import get_session
from pydantic import BaseModel, ValidationError

from lambdas.governance.problems import RefusedError, problem, problem_of
from lambdas.governance.routes import AdminAnswer, AdminFunction, AdminRequest, serve
from lambdas.governance.telemetry import logger
from policies.calls.changing.checkpoints import Checkpoints
from policies.calls.changing.collect import Collector, Retention
from policies.calls.changing.drafts import Drafts
from policies.calls.changing.editing import Editor
from policies.calls.changing.problem import AdminProblem, ProblemCode
from policies.calls.changing.records import ChangeResult
from policies.calls.errors import GovernanceError
from policies.calls.store.ledger import PolicyLedger
from policies.calls.store.policy_store import PolicyStore

MAX_BODY_BYTES = 6 * 1024 * 1024
_CLIENT = Config(connect_timeout=2, read_timeout=10, retries={"total_max_attempts": 4, "mode": "standard"})

Handler = Callable[[Any, Any], dict[str, Any]]
Clients = Callable[[str], Any]
"""Gives the client of an AWS service by its name."""


def entry(admin: Callable[[], AdminFunction]) -> Handler:
    """Make a handler that answers whatever happens."""

    def handle(event: Any, context: Any) -> dict[str, Any]:  # noqa: ARG001 - the signature of a handler
        """Answer one request in the payload format 2.0 of function URLs."""
        started = time.perf_counter()
        actor, outgoing = "", None
        try:
            request = read_request(event)
            actor = request.actor
            outgoing = serve(admin(), request)
            answer = _answer(outgoing.value, outgoing.status)
            if outgoing.changes:
                _sign(admin())
        except (KeyboardInterrupt, SystemExit):
            raise
        except (GovernanceError, ValidationError) as error:
            answer = _refusal(problem_of(error))
        except BaseException:  # noqa: BLE001 - a panic of the native policy engine is not an Exception
            logger.exception("the admin function failed")
            answer = _refusal(problem(ProblemCode.INTERNAL, "the admin function failed; its log says why"))
        _record(event, actor, answer, outgoing, time.perf_counter() - started)
        return answer

    return handle


def compose(environ: Mapping[str, str], clients: Clients) -> AdminFunction:
    """Build what serves requests, from settings and clients. Raises KeyError or ValueError."""
    table = environ["POLICY_TABLE"]
    client = clients("dynamodb")
    store, ledger = PolicyStore(client, table), PolicyLedger(client, table)
    editor = Editor(store, ledger)
    approval = environ.get("POLICY_APPROVAL") == "true"
    keeping = Retention(versions=int(environ.get("POLICY_KEEP_VERSIONS", Retention().versions)))
    key, bucket = environ.get("AUDIT_KEY"), environ.get("AUDIT_BUCKET")
    checkpoints = None
    if key and bucket:
        checkpoints = Checkpoints(ledger, kms=clients("kms"), s3=clients("s3"), key=key, bucket=bucket)
    return AdminFunction(
        store=store,
        ledger=ledger,
        editor=editor,
        drafts=Drafts(store, ledger, editor, approval=approval, new_id=lambda: str(uuid.uuid4())),
        collector=Collector(client, table, keeping),
        checkpoints=checkpoints,
        approval=approval,
    )


def read_request(event: Any) -> AdminRequest:
    """Read an event. Raises RefusedError for one that AWS has not authenticated, or of another kind."""
    try:
        context = event["requestContext"]
        actor = context["authorizer"]["iam"]["userArn"]
        method, path = context["http"]["method"], event["rawPath"]
        headers = event.get("headers") or {}
        query = event.get("queryStringParameters") or {}
    except (KeyError, TypeError, AttributeError) as error:
        raise RefusedError(
            ProblemCode.INVALID_REQUEST,
            "the request is not one of a function URL that AWS has authenticated",
            hint="call the function's URL with a signature",
        ) from error
    if not isinstance(actor, str) or not actor:
        raise RefusedError(ProblemCode.INVALID_REQUEST, "AWS does not say who calls")
    expected = headers.get("if-match")
    return AdminRequest(
        method=str(method),
        path=unquote(str(path)).rstrip("/") or "/",
        query={str(name): str(value) for name, value in query.items()},
        body=_text(event),
        actor=actor,
        expected=expected.strip().strip('"') if isinstance(expected, str) else None,
    )


def _text(event: Mapping[str, Any]) -> str:
    body = event.get("body") or ""
    if not isinstance(body, str) or len(body) > MAX_BODY_BYTES:
        raise RefusedError(ProblemCode.TOO_LARGE, f"the body is larger than {MAX_BODY_BYTES} bytes")
    if not event.get("isBase64Encoded"):
        return body
    try:
        return base64.b64decode(body, validate=True).decode()
    except (binascii.Error, ValueError) as error:
        raise RefusedError(ProblemCode.INVALID_REQUEST, "the body is not UTF-8 text") from error


def _answer(value: BaseModel, status: int) -> dict[str, Any]:
    headers = {"content-type": "application/json", "cache-control": "no-store"}
    if isinstance(value, ChangeResult):
        headers["etag"] = f'"{value.version}"'
    return {
        "statusCode": int(status),
        "headers": headers,
        "body": value.model_dump_json(by_alias=True),
    }


def _refusal(refused: AdminProblem) -> dict[str, Any]:
    return {
        "statusCode": refused.status,
        "headers": {"content-type": "application/problem+json", "cache-control": "no-store"},
        "body": refused.model_dump_json(),
    }


def _sign(admin: AdminFunction) -> None:
    """Sign and export the trail; a failure is for the log, not for who made the change."""
    if admin.checkpoints is None:
        return
    try:
        admin.checkpoints.make()
    except GovernanceError as error:
        logger.error("the audit trail was not exported", extra={"reason": error.message})


def _record(
    event: Any, actor: str, answer: dict[str, Any], outgoing: AdminAnswer | None, seconds: float
) -> None:
    """One line a request; what a policy says is in the audit trail, not here."""
    path = event.get("rawPath") if isinstance(event, Mapping) else None
    logger.info(
        "administered",
        extra={
            "actor": actor,
            "path": str(path)[:200],
            "status": answer["statusCode"],
            "changed": bool(outgoing and outgoing.changes),
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
