"""The `rotation` function: the entry point, and the composition of everything behind it.

Environment: GRANT_SIGNING_KEY and GRANT_KEYS (ARNs of the private secret and of the public set),
GRANT_BOUND_SECONDS, GRANT_KEY_CACHE_SECONDS, CLUSTER (where the tasks run that read secrets), LOG_LEVEL.
"""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cache
from typing import Any

from aws_lambda_powertools import Logger, Metrics
from aws_lambda_powertools.metrics import MetricUnit
from botocore.config import Config
from botocore.session import get_session

from lambdas.rotation.called import CalledIssuer
from lambdas.rotation.errors import RotationError
from lambdas.rotation.grant_key import GrantKeyRotation
from lambdas.rotation.restart import TaskRestart
from lambdas.rotation.steps import Request, RotationStep, read_event
from lambdas.rotation.value import NobodyElse, RotationTarget, ValueRotation
from lambdas.rotation.versions import Secrets

CLOCK_SECONDS = 5
"""How far the clocks of those who verify may be from ours."""
KIND_TAG = "myelin:rotation"
"""The tag of a secret that says how it is rotated; the role may touch no secret without it."""
GENERATED, CALL = "generated", "call"
TELL_TAG, TEST_TAG = "myelin:rotation-tell", "myelin:rotation-test"
"""The tags that have the addresses of an issuer."""

NAMESPACE = "Myelin"
FAILED = "RotationStepsFailed"
"""One for each step that failed, whatever the reason."""
ROTATED = "SecretsRotated"
"""One for each rotation that came to its end."""

logger = Logger(service="rotation", level=os.environ.get("LOG_LEVEL", "INFO"))


@dataclass(frozen=True, slots=True, kw_only=True)
class Rotations:
    """What rotates each secret: the key of grants is known by its ARN, every other one by its tag."""

    secrets: Secrets
    grant_key_arn: str
    grant_key: GrantKeyRotation
    value: ValueRotation

    def take(self, request: Request) -> None:
        """Take one step. Raises RotationError."""
        if request.secret_id == self.grant_key_arn:
            self.grant_key.take(request)
            return
        versions = self.secrets.versions(request)
        kind = versions.tags.get(KIND_TAG)
        if kind not in (GENERATED, CALL):
            raise RotationError(
                f"`{request.secret_id}` is none of the secrets that this function rotates",
                hint=f"its tag `{KIND_TAG}` says how; the deployment sets it",
            )
        target = self._issuer(request, versions.tags) if kind == CALL else NobodyElse()
        self.value.take(request, versions, target)

    def _issuer(self, request: Request, tags: Mapping[str, str]) -> RotationTarget:
        if not tags.get(TELL_TAG) or not tags.get(TEST_TAG):
            raise RotationError(
                "the addresses of the issuer are missing",
                hint=f"the tags `{TELL_TAG}` and `{TEST_TAG}` have them; the deployment sets both",
            )
        return CalledIssuer(
            tell_url=tags[TELL_TAG],
            test_url=tags[TEST_TAG],
            known=lambda: self.secrets.known_texts(request.secret_id),
        )


def compose(
    environ: Mapping[str, str],
    client: Any,
    connect_ecs: Callable[[], Any],
    now: Callable[[], float] = time.time,
) -> Rotations:
    """The rotations of an environment. Raises KeyError or ValueError for settings that are missing."""
    overlap = (
        float(environ["GRANT_BOUND_SECONDS"]) + float(environ["GRANT_KEY_CACHE_SECONDS"]) + CLOCK_SECONDS
    )
    secrets = Secrets(client)
    return Rotations(
        secrets=secrets,
        grant_key_arn=environ["GRANT_SIGNING_KEY"],
        grant_key=GrantKeyRotation(
            secrets=secrets, public_keys=environ["GRANT_KEYS"], overlap_seconds=overlap, now=now
        ),
        value=ValueRotation(secrets=secrets, restart=TaskRestart(connect_ecs, environ["CLUSTER"])),
    )


def rotate(event: object, rotations: Rotations) -> RotationStep:
    """Take the step that the event asks for, and say which. Raises RotationError."""
    request = read_event(event)
    rotations.take(request)
    logger.info("step taken", step=request.step.value, secret=request.secret_id, version=request.token)
    return request.step


@cache
def _client(service: str) -> Any:
    config = Config(connect_timeout=2, read_timeout=5, retries={"total_max_attempts": 3, "mode": "standard"})
    return get_session().create_client(service, region_name=os.environ.get("AWS_REGION"), config=config)


@cache
def _rotations() -> Rotations:
    return compose(os.environ, _client("secretsmanager"), lambda: _client("ecs"))


def handler(event: Any, context: Any) -> None:  # noqa: ARG001 - the signature of a handler
    """Take one step; what fails is raised, so that Secrets Manager knows."""
    try:
        step = rotate(event, _rotations())
    except RotationError as error:
        logger.error(  # noqa: TRY400 - no trace: it is foreseen
            "step refused", asked=_asked(event), reason=error.message, hint=error.hint
        )
        count(FAILED)
        raise
    except Exception:
        logger.exception("step failed", asked=_asked(event))
        count(FAILED)
        raise
    if step is RotationStep.FINISH:
        count(ROTATED)


def count(name: str) -> None:
    """Count one in a metric."""
    metrics = Metrics(namespace=NAMESPACE, service="rotation")
    metrics.add_metric(name=name, unit=MetricUnit.Count, value=1)
    metrics.flush_metrics()


def _asked(event: Any) -> dict[str, str]:
    """What an event says of itself, for the log: none of it is secret."""
    named = {"step": "Step", "secret": "SecretId", "version": "ClientRequestToken"}
    given = event if isinstance(event, Mapping) else {}
    return {name: str(given.get(key, ""))[:256] for name, key in named.items()}
