"""Tasks that read a secret at their start are replaced after its rotation. SEC-2."""

from __future__ import annotations

from typing import Any

import pytest
from botocore.exceptions import ClientError

from lambdas.rotation.restart import TaskRestart
from tests.support.rotation.ecs import RecordedEcs


def test_a_deployment_of_the_same_is_opened() -> None:
    """ECS starts new tasks before it stops the old ones; nothing else of the service changes."""
    calls: list[Any] = []
    TaskRestart(lambda: RecordedEcs(calls), "dev")("axon")
    assert calls == [{"cluster": "dev", "service": "axon", "forceNewDeployment": True}]


@pytest.mark.parametrize(
    "code", ["ClusterNotFoundException", "ServiceNotFoundException", "ServiceNotActiveException"]
)
def test_a_service_that_is_not_deployed_has_no_tasks(code: str) -> None:
    """A secret is there before the service that reads it, and may be rotated then."""
    TaskRestart(lambda: RecordedEcs([], fails=code), "dev")("axon")


def test_any_other_refusal_fails_the_step() -> None:
    """Secrets Manager takes the step again later, so no tasks are left with the old value."""
    with pytest.raises(ClientError, match="AccessDenied"):
        TaskRestart(lambda: RecordedEcs([], fails="AccessDeniedException"), "dev")("axon")
