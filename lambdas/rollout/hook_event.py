"""What ECS says when it calls a hook of a deployment, and what the hook was told to do.

AWS's guide prints the details of the execution flat in the event; ECS sends them below `executionDetails`.
Both are read.
https://docs.aws.amazon.com/AmazonECS/latest/developerguide/deployment-lifecycle-hooks.html
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from lambdas.rollout.errors import RolloutError


@dataclass(frozen=True, slots=True, kw_only=True)
class SmokeTest:
    """The paths to ask for: at `url`, where a listener leads to the new tasks, else at each task's `port`."""

    service: str
    paths: tuple[str, ...]
    url: str | None = None
    port: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class HookEvent:
    """A stage of a deployment; `revision_arn` is of the revision that it brings."""

    stage: str
    service_arn: str
    revision_arn: str
    test: SmokeTest


def read_event(event: object) -> HookEvent:
    """The stage and the test in an event. Raises RolloutError for anything else."""
    whole = _table(event, "the event")
    execution = {**whole, **_table(whole.get("executionDetails") or {}, "`executionDetails`")}
    return HookEvent(
        stage=_text(whole, "lifecycleStage"),
        service_arn=_text(execution, "serviceArn"),
        revision_arn=_text(execution, "targetServiceRevisionArn"),
        test=_smoke_test(_table(whole.get("hookDetails"), "`hookDetails`")),
    )


def _smoke_test(details: Mapping[str, Any]) -> SmokeTest:
    paths, url, port = details.get("paths"), details.get("url"), details.get("port")
    if not isinstance(paths, list) or not paths or not all(_is_path(path) for path in paths):
        raise RolloutError("`hookDetails.paths` is no list of paths")
    if (url is None) == (port is None):
        raise RolloutError("`hookDetails` has to have either `url` or `port`")
    if url is not None and not (isinstance(url, str) and url.startswith(("http://", "https://"))):
        raise RolloutError("`hookDetails.url` is no address of a load balancer")
    return SmokeTest(
        service=_text(details, "service"),
        paths=tuple(paths),
        url=url,
        port=None if port is None else _port(port),
    )


def _is_path(path: object) -> bool:
    return isinstance(path, str) and path.startswith("/")


def _port(port: object) -> int:
    """ECS may hand numbers on as texts or as floats."""
    try:
        return int(str(port).removesuffix(".0"))
    except ValueError:
        raise RolloutError("`hookDetails.port` is no port") from None


def _table(value: object, what: str) -> Mapping[str, Any]:
    if not isinstance(value, Mapping):
        raise RolloutError(f"{what} is missing, or no object")
    return value


def _text(table: Mapping[str, Any], name: str) -> str:
    value = table.get(name)
    if not isinstance(value, str) or not value:
        raise RolloutError(f"`{name}` is missing")
    return value
