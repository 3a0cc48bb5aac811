"""The `decide` function: its handler, and the composition of everything that serves it.

It answers questions (Invoke) and AuthZEN requests (the function URL). The handler never raises: whatever
fails, the answer is a denial.

Environment: POLICY_TABLE and MYELIN_ENVIRONMENT; optionally POLICY_REFRESH_SECONDS, POLICY_STALENESS_SECONDS,
POLICY_CACHE_POLICIES (how many parsed policies are kept), GRANT_SIGNING_KEY and GRANT_ISSUER (without them
nothing is granted), GRANT_KEY_CACHE_SECONDS, DECISION_LOG_MASKED (which inputs stay out of the
log) and LOG_LEVEL.
"""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cache
from typing import Any

from botocore.config import Config
from botocore.session import get_session

from lambdas.governance.function_url import Asked, failure_response, is_http, respond
from lambdas.governance.grant_key import CACHE_SECONDS, GrantKeyReader
from lambdas.governance.masking import Masks
from lambdas.governance.skew import ClockCheck
from lambdas.governance.telemetry import DecisionLog, is_sampled, logger, tracer
from policies.calls.deciding.authorizer import Authorizer, internal_error_answer
from policies.calls.deciding.model import Answer, Question
from policies.calls.deciding.snapshot import SnapshotCache, SnapshotLimits, SystemClock
from policies.calls.granting.errors import GrantError
from policies.calls.granting.granting import Granted, Granter
from policies.calls.store.policy_store import PolicyStore

# the caller waits for the decision, and not for long
_CLIENT = Config(connect_timeout=1, read_timeout=1, retries={"total_max_attempts": 2, "mode": "standard"})


Handler = Callable[[Any, Any], dict[str, Any]]

CALLER_ALIAS = "caller-"
"""How the alias begins that one caller alone may invoke."""

MASKED = "context"
"""Inputs that stay out of the log unless told otherwise: what a caller claims may be about persons."""


@dataclass(frozen=True, slots=True, kw_only=True)
class DecideFunction:
    """What the handler needs: who decides, and who writes it down."""

    authorizer: Authorizer
    log: DecisionLog
    granter: Granter | None = None
    """Without one the function answers and grants nothing."""

    def ask(self, event: object) -> Answer:
        """Decide one question and record it. Grants nothing."""
        return self.ask_for(event, caller=None).answer

    def asked(self) -> Asked:
        """What answers requests to the function URL."""
        return Asked(ask=self.ask, claims_of=self.authorizer.claims_of)

    def ask_for(self, event: object, *, caller: str | None) -> Granted:
        """Decide one question of `caller`, who asks through its own alias, and record the decision."""
        started = time.perf_counter()
        decided = self.authorizer.decide(event)
        if self.granter is None:
            granted = Granted(answer=decided.answer)
        else:
            granted = self.granter.grant(decided, asked_by=caller)
        latency = (time.perf_counter() - started) * 1000
        self.log.record(granted.answer, decided.question, latency_ms=latency)
        return granted


def caller_of(context: object) -> str | None:
    """The caller that the invoked alias belongs to, `caller-<name>`; None for any other name.

    AWS says which name was invoked, and a caller's role may invoke its own alone.
    https://docs.aws.amazon.com/lambda/latest/dg/python-context.html
    """
    arn = getattr(context, "invoked_function_arn", None)
    # arn:partition:lambda:region:account:function:name[:alias]
    parts = arn.split(":") if isinstance(arn, str) else []
    alias = parts[7] if len(parts) == 8 else ""
    return alias.removeprefix(CALLER_ALIAS) if alias.startswith(CALLER_ALIAS) else None


def entry(function: Callable[[], DecideFunction]) -> Handler:
    """Make the handler from a function that composes what serves it; the handler never raises."""

    def answered(event: Any, context: Any) -> dict[str, Any]:
        if is_http(event):
            return respond(event, function().asked())
        return function().ask_for(event, caller=caller_of(context)).document()

    traced = tracer.capture_lambda_handler(answered, capture_response=False, capture_error=False)

    def handle(event: Any, context: Any) -> dict[str, Any]:
        """Answer one question or request; they and the answers are those of docs/governance.md."""
        try:
            answer: dict[str, Any] = (traced if is_sampled() else answered)(event, context)
        except (KeyboardInterrupt, SystemExit):
            raise
        except BaseException:  # noqa: BLE001 - a panic of the native policy engine is not an Exception
            denial = internal_error_answer(event, at=datetime.now(UTC), new_id=new_id)
            with suppress(Exception):
                logger.set_correlation_id(denial.correlation_id)
                logger.exception("the decision failed")
            return failure_response(event) if is_http(event) else denial.model_dump(mode="json")
        return answer

    return handle


def compose(environ: Mapping[str, str], client: Any, secrets: Any = None) -> DecideFunction:
    """Build the function from settings and clients of DynamoDB and Secrets Manager.

    Raises KeyError or ValueError.
    """
    clock = SystemClock()
    defaults = SnapshotLimits()
    limits = SnapshotLimits(
        refresh_seconds=float(environ.get("POLICY_REFRESH_SECONDS", defaults.refresh_seconds)),
        staleness_seconds=float(environ.get("POLICY_STALENESS_SECONDS", defaults.staleness_seconds)),
        policies=int(environ.get("POLICY_CACHE_POLICIES", defaults.policies)),
    )
    skew = ClockCheck(clock.now)
    skew.watch(client)
    environment = environ["MYELIN_ENVIRONMENT"]
    authorizer = Authorizer(
        cache=SnapshotCache(PolicyStore(client, environ["POLICY_TABLE"]), clock, limits),
        clock=clock,
        environment=environment,
        parse=Question.model_validate,
        new_id=new_id,
        check_clock=skew.check,
    )
    masks = Masks.read(environ.get("DECISION_LOG_MASKED", MASKED))
    return DecideFunction(
        authorizer=authorizer,
        log=DecisionLog(environment=environment, masks=masks, now=clock.now),
        granter=_granter(environ, secrets, limits, clock),
    )


def _granter(
    environ: Mapping[str, str], secrets: Any, limits: SnapshotLimits, clock: SystemClock
) -> Granter | None:
    if "GRANT_SIGNING_KEY" not in environ:
        return None
    reader = GrantKeyReader(
        client=secrets,
        secret_id=environ["GRANT_SIGNING_KEY"],
        cache_seconds=float(environ.get("GRANT_KEY_CACHE_SECONDS", CACHE_SECONDS)),
        monotonic=clock.monotonic,
    )
    with suppress(GrantError):
        reader.key()
    return Granter(
        issuer=environ["GRANT_ISSUER"],
        key=reader.key,
        bound_seconds=limits.staleness_seconds,
        now=clock.now,
    )


@cache
def _function() -> DecideFunction:
    session, region = get_session(), os.environ.get("AWS_REGION")
    client = session.create_client("dynamodb", region_name=region, config=_CLIENT)
    secrets = session.create_client("secretsmanager", region_name=region, config=_CLIENT)
    return compose(os.environ, client, secrets)


def new_id() -> str:
    """A random UUID; uuid.uuid4 takes twice as long, a twentieth of a decision."""
    digits = f"{int.from_bytes(os.urandom(16), 'big') & _RANDOM | _VERSION_4:032x}"
    return f"{digits[:8]}-{digits[8:12]}-{digits[12:16]}-{digits[16:20]}-{digits[20:]}"


# RFC 9562, section 5.4: four bits say the version and two the variant
_VERSION_4 = 0x4 << 76 | 0b10 << 62
_RANDOM = (1 << 128) - 1 & ~(0xF << 76 | 0b11 << 62)


handler = entry(_function)

if "POLICY_TABLE" in os.environ:
    # Lambda gives a whole processor during initialisation: make the clients then, not at the first call
    with suppress(Exception):
        _function()
