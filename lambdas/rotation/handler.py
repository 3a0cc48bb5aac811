"""The `rotation` function: the entry point, and the composition of everything behind it.

Environment: GRANT_SIGNING_KEY and GRANT_KEYS (ARNs of the private secret and of the public set),
GRANT_BOUND_SECONDS, GRANT_KEY_CACHE_SECONDS, LOG_LEVEL.
"""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Mapping
from functools import cache
from typing import Any

from aws_lambda_powertools import Logger
from botocore.config import Config
from botocore.session import get_session

from lambdas.rotation.errors import RotationError
from lambdas.rotation.grant_key import GrantKeyRotation
from lambdas.rotation.steps import Request, read_event
from lambdas.rotation.versions import Secrets

CLOCK_SECONDS = 5
"""How far the clocks of those who verify may be from ours."""

logger = Logger(service="rotation", level=os.environ.get("LOG_LEVEL", "INFO"))

Take = Callable[[Request], None]


def compose(environ: Mapping[str, str], client: Any, now: Callable[[], float] = time.time) -> dict[str, Take]:
    """What rotates each secret, by its ARN. Raises KeyError or ValueError for settings that are missing."""
    overlap = (
        float(environ["GRANT_BOUND_SECONDS"]) + float(environ["GRANT_KEY_CACHE_SECONDS"]) + CLOCK_SECONDS
    )
    grants = GrantKeyRotation(
        secrets=Secrets(client), public_keys=environ["GRANT_KEYS"], overlap_seconds=overlap, now=now
    )
    return {environ["GRANT_SIGNING_KEY"]: grants.take}


def rotate(event: object, kinds: Mapping[str, Take]) -> None:
    """Take the step that the event asks for. Raises RotationError."""
    request = read_event(event)
    take = kinds.get(request.secret_id)
    if take is None:
        raise RotationError(f"`{request.secret_id}` is none of the secrets that this function rotates")
    take(request)
    logger.info("step taken", step=request.step.value, secret=request.secret_id, version=request.token)


@cache
def _kinds() -> dict[str, Take]:
    config = Config(connect_timeout=2, read_timeout=5, retries={"total_max_attempts": 3, "mode": "standard"})
    client = get_session().create_client(
        "secretsmanager", region_name=os.environ.get("AWS_REGION"), config=config
    )
    return compose(os.environ, client)


def handler(event: Any, context: Any) -> None:  # noqa: ARG001 - the signature of a handler
    """Take one step; what fails is raised, so that Secrets Manager knows."""
    try:
        rotate(event, _kinds())
    except RotationError as error:
        logger.error("step refused", reason=error.message, hint=error.hint)  # noqa: TRY400 - no trace: it is foreseen
        raise
