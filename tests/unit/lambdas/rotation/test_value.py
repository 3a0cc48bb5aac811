"""The rotation of one random text: after any prefix and repetition of its steps. SEC-2."""

from __future__ import annotations

import re
from contextlib import suppress
from dataclasses import dataclass, field

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lambdas.rotation.errors import RotationError
from lambdas.rotation.steps import Request, RotationStep
from lambdas.rotation.value import NobodyElse, ValueRotation, make_text
from lambdas.rotation.versions import Secrets
from tests.support.rotation.secrets_manager import KilledError, SecretsManager

SECRET = "arn:secret"
STEPS = tuple(RotationStep)


@dataclass
class Rehearsal:
    """One secret that two kinds of consumers read: some again and again, and tasks when they start."""

    aws: SecretsManager = field(default_factory=SecretsManager)
    tasks_have: str | None = None

    def __post_init__(self) -> None:
        """A secret with a value, and tasks that have it."""
        self.aws.put_secret_value(SecretId=SECRET, SecretString="first", VersionStages=["AWSCURRENT"])
        self.aws.tags[SECRET] = {"myelin:restart": "axon"}
        self.restart("axon")

    def restart(self, _service: str) -> None:
        self.tasks_have = self.aws.current(SECRET)

    def take(self, step: RotationStep, token: str) -> None:
        secrets = Secrets(self.aws)
        request = Request(step=step, secret_id=SECRET, token=token, rotation_token="proof")
        rotation = ValueRotation(secrets=secrets, restart=self.restart)
        rotation.take(request, secrets.versions(request), NobodyElse())

    def rotate(self, token: str) -> None:
        self.aws.begin(SECRET, token)
        for step in STEPS:
            self.take(step, token)

    def labels(self, token: str) -> set[str]:
        return self.aws.secrets[SECRET][token].labels


def test_a_rotation_makes_a_new_text_current_and_keeps_the_old_one() -> None:
    """Who still has the text before is understood: it is labelled as the previous one."""
    rehearsal = Rehearsal()
    rehearsal.rotate("one")
    first = rehearsal.aws.current(SECRET)
    assert re.fullmatch(r"[A-Za-z0-9]{64}", first or "")
    rehearsal.rotate("two")
    assert rehearsal.aws.current(SECRET) != first
    assert (rehearsal.labels("one"), rehearsal.labels("two")) == ({"AWSPREVIOUS"}, {"AWSCURRENT"})


def test_texts_differ() -> None:
    """No two texts are the same."""
    assert len({make_text() for _ in range(100)}) == 100


@given(
    rotations=st.lists(st.lists(st.integers(0, 3), max_size=8), min_size=1, max_size=4),
    kills=st.lists(st.none() | st.integers(0, 4), min_size=4, max_size=4),
)
def test_whatever_is_repeated_or_cut_off_there_is_a_value(
    rotations: list[list[int]], kills: list[int | None]
) -> None:
    """Steps in any order, repeated, refused, killed between two writes: at every point there is one current
    value that is not empty, and it never changes once it has been seen. A whole rotation after it succeeds,
    and the tasks have its value.
    """
    rehearsal = Rehearsal()
    seen: dict[str, str] = {}
    for number, steps in enumerate(rotations):
        token = f"rotation-{number}"
        rehearsal.aws.begin(SECRET, token)
        kill = kills[number]
        rehearsal.aws.killed_after = None if kill is None else rehearsal.aws.writes + kill
        for index in steps:
            with suppress(RotationError, KilledError):
                rehearsal.take(STEPS[index], token)
            held = [
                (token, version.text)
                for token, version in rehearsal.aws.secrets[SECRET].items()
                if "AWSCURRENT" in version.labels
            ]
            ((current, text),) = held
            assert text
            assert seen.setdefault(current, text) == text
        rehearsal.aws.killed_after = None
    rehearsal.rotate("last")
    assert rehearsal.labels("last") == {"AWSCURRENT"}
    assert rehearsal.tasks_have == rehearsal.aws.current(SECRET)


@given(prefix=st.integers(1, 4), repetitions=st.lists(st.integers(1, 3), min_size=4, max_size=4))
def test_a_rotation_that_is_taken_again_ends_with_the_same_value(prefix: int, repetitions: list[int]) -> None:
    """Cut off after any step and begun again from the first, each step as often as one likes: the value that
    was made first is the one that becomes current, and the tasks that read it are replaced.
    """
    rehearsal = Rehearsal()
    rehearsal.aws.begin(SECRET, "one")
    for step in STEPS[:prefix]:
        rehearsal.take(step, "one")
    made = rehearsal.aws.secrets[SECRET]["one"].text
    for step, times in zip(STEPS, repetitions, strict=True):
        for _ in range(times):
            rehearsal.take(step, "one")
    assert rehearsal.aws.current(SECRET) == made == rehearsal.tasks_have
    assert rehearsal.labels("one") == {"AWSCURRENT"}


def test_tasks_are_replaced_again_until_the_rotation_has_ended() -> None:
    """A refusal of ECS fails the last step after the labels have moved: the next try replaces the tasks."""
    rehearsal = Rehearsal()
    rehearsal.aws.begin(SECRET, "one")
    for step in STEPS[:3]:
        rehearsal.take(step, "one")
    # the first write moves AWSCURRENT, the second would take AWSPENDING off
    rehearsal.aws.killed_after = rehearsal.aws.writes + 1
    rehearsal.tasks_have = None
    with pytest.raises(KilledError):
        rehearsal.take(RotationStep.FINISH, "one")
    rehearsal.aws.killed_after, rehearsal.tasks_have = None, None
    rehearsal.take(RotationStep.FINISH, "one")
    assert rehearsal.tasks_have == rehearsal.aws.current(SECRET) != "first"


@pytest.mark.parametrize("step", [RotationStep.SET, RotationStep.FINISH])
def test_steps_that_come_too_early_are_refused(step: RotationStep) -> None:
    """No label moves before there is a value."""
    rehearsal = Rehearsal()
    rehearsal.aws.begin(SECRET, "one")
    writes = rehearsal.aws.writes
    with pytest.raises(RotationError, match="no value yet"):
        rehearsal.take(step, "one")
    assert (rehearsal.aws.writes, rehearsal.aws.current(SECRET)) == (writes, "first")


def test_a_schedule_that_is_tried_finds_the_current_value() -> None:
    """Secrets Manager tries a new schedule by testSecret on an empty version: nothing is written."""
    rehearsal = Rehearsal()
    rehearsal.aws.begin(SECRET, "trial")
    writes = rehearsal.aws.writes
    rehearsal.take(RotationStep.TEST, "trial")
    assert rehearsal.aws.writes == writes


def test_a_secret_without_any_value_fails_the_test() -> None:
    """Neither a new value nor a current one."""
    rehearsal = Rehearsal()
    del rehearsal.aws.secrets[SECRET]
    rehearsal.aws.begin(SECRET, "one")
    with pytest.raises(RotationError, match="has no value"):
        rehearsal.take(RotationStep.TEST, "one")


def test_an_empty_value_is_not_made_current() -> None:
    """Whoever wrote an empty text into the new version, it is not what services will read."""
    rehearsal = Rehearsal()
    rehearsal.aws.begin(SECRET, "one")
    rehearsal.aws.put_secret_value(
        SecretId=SECRET, ClientRequestToken="one", SecretString=" ", VersionStages=["AWSPENDING"]
    )
    with pytest.raises(RotationError, match="empty"):
        rehearsal.take(RotationStep.FINISH, "one")
    assert rehearsal.aws.current(SECRET) == "first"
