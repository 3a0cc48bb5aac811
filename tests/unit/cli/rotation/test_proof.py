"""A consumer has the new version when each of its tasks was seen to have it. SEC-2."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

import pytest

from cli.rotation.errors import NotRotatedError
from cli.rotation.proof import ConsumerState, VersionProof
from cli.rotation.secrets import Reading, SecretConsumer
from cli.rotation.tasks import RunningTask
from tests.support.rotation.fake_clients import NOW

AT_START = SecretConsumer(name="axon", reading=Reading.AT_START)
AGAIN = SecretConsumer(name="axon", reading=Reading.AGAIN)


@dataclass
class Tasks:
    """What ECS and the logs say of one service."""

    created: list[datetime] = field(default_factory=list)
    deployment: dict[str, Any] = field(default_factory=dict)
    loaded: frozenset[str] = frozenset()

    def running(self, _service: str) -> tuple[RunningTask, ...]:
        return tuple(RunningTask(id=str(n), created_at=at) for n, at in enumerate(self.created))

    def primary(self, _service: str) -> dict[str, Any]:
        return self.deployment

    def have_loaded(self, *_: Any) -> frozenset[str]:
        return self.loaded


def look(tasks: Tasks, consumer: SecretConsumer) -> ConsumerState:
    proof = VersionProof(tasks, {"axon": "/axon"}, "new", NOW)  # type: ignore[arg-type]
    return proof.look(consumer)


def at(minutes: int) -> datetime:
    return NOW + timedelta(minutes=minutes)


def deployment(minutes: int, state: str) -> dict[str, Any]:
    return {"createdAt": at(minutes), "rolloutState": state, "rolloutStateReason": "tasks failed"}


@pytest.mark.parametrize(
    ("created", "opened", "proved", "done"),
    [
        ([at(-5), at(-5)], deployment(-9, "COMPLETED"), 0, False),
        ([at(-5), at(2)], deployment(1, "IN_PROGRESS"), 1, False),
        ([at(2), at(2)], deployment(1, "IN_PROGRESS"), 1, False),
        ([at(2), at(2)], deployment(1, "COMPLETED"), 2, True),
        ([], deployment(1, "COMPLETED"), 0, False),
        ([at(2)], {}, 0, False),
    ],
)
def test_tasks_that_read_at_their_start_are_proved_by_their_replacement(
    created: list[datetime], opened: dict[str, Any], proved: int, *, done: bool
) -> None:
    """Each began after the deployment that the rotation opened, and ECS says that it is complete."""
    state = look(Tasks(created=created, deployment=opened), AT_START)
    assert (state.proved, state.done, state.is_proved) == (proved, done, done)


def test_a_replacement_that_ecs_gave_up_is_told() -> None:
    """With ECS's reason: the running tasks have the value before."""
    with pytest.raises(NotRotatedError, match="could not replace the tasks of `axon`: tasks failed"):
        look(Tasks(created=[at(-1)], deployment=deployment(1, "FAILED")), AT_START)


def test_services_that_read_again_are_proved_by_their_own_logs() -> None:
    """Every running task, and at least one: a service without tasks proves nothing."""
    assert (
        look(Tasks(created=[NOW, NOW], loaded=frozenset({"0"})), AGAIN).words()
        == "axon: 1 of 2 tasks using it"
    )
    assert look(Tasks(created=[NOW], loaded=frozenset({"0", "gone"})), AGAIN).is_proved
    assert not look(Tasks(), AGAIN).done


def test_what_cannot_be_looked_at_is_said_and_not_proved() -> None:
    """The instances of a function, and a service that is not deployed: nothing to wait for, and no proof."""
    for name in ("governance", "missing"):
        state = look(Tasks(), SecretConsumer(name=name, reading=Reading.AGAIN))
        assert (state.done, state.is_proved) == (True, False)
        assert "not proved" in state.words()
        assert state.document("new")["note"]
