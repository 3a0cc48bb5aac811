"""The rotation of the key that signs grants: after any prefix and repetition of its steps. GOV-4, SEC-2."""

from __future__ import annotations

import json
from contextlib import suppress
from dataclasses import dataclass, field

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lambdas.rotation.errors import RotationError
from lambdas.rotation.grant_key import GrantKeyRotation
from lambdas.rotation.steps import Request, RotationStep
from lambdas.rotation.versions import Secrets
from policies.calls.granting.keys import read_key
from tests.support.rotation.secrets_manager import KilledError, SecretsManager, Version

SIGNING, PUBLIC = "arn:signing-key", "arn:public-keys"
OVERLAP = 95.0
STEPS = tuple(RotationStep)


@dataclass
class Rehearsal:
    """One pair of secrets, a clock, and who rotates."""

    aws: SecretsManager = field(default_factory=SecretsManager)
    now: float = 1_795_600_000.0

    def take(self, step: RotationStep, token: str) -> None:
        rotation = GrantKeyRotation(
            secrets=Secrets(self.aws),
            public_keys=PUBLIC,
            overlap_seconds=OVERLAP,
            now=lambda: self.now,
        )
        rotation.take(Request(step=step, secret_id=SIGNING, token=token, rotation_token="proof"))

    def rotate(self, token: str) -> None:
        self.aws.begin(SIGNING, token)
        for step in STEPS:
            self.take(step, token)

    def signing(self) -> str | None:
        """The id of the key that signs now."""
        text = self.aws.current(SIGNING)
        return None if text is None else read_key(text).kid

    def verifying(self) -> set[str]:
        """The ids of the keys that verify now."""
        text = self.aws.current(PUBLIC)
        entries = json.loads(text)["keys"] if text else []
        return {entry["kid"] for entry in entries if entry.get("exp", self.now + 1) > self.now}


def test_the_first_rotation_makes_the_first_pair() -> None:
    """Secrets that hold nothing hold a key and its public half after one rotation."""
    rehearsal = Rehearsal()
    rehearsal.rotate("one")
    assert rehearsal.signing() is not None
    assert rehearsal.verifying() == {rehearsal.signing()}


def test_the_replaced_key_verifies_for_the_overlap_and_no_longer() -> None:
    """A key that was replaced is taken until the last grant that it can have signed is over."""
    rehearsal = Rehearsal()
    rehearsal.rotate("one")
    first = rehearsal.signing()
    rehearsal.rotate("two")
    assert rehearsal.verifying() == {first, rehearsal.signing()}
    rehearsal.now += OVERLAP - 1
    assert first in rehearsal.verifying()
    rehearsal.now += 2
    assert rehearsal.verifying() == {rehearsal.signing()}


def test_keys_that_count_no_more_leave_the_set() -> None:
    """The set does not grow: what is past its time is dropped at the next rotation."""
    rehearsal = Rehearsal()
    for number in range(6):
        rehearsal.rotate(str(number))
        rehearsal.now += OVERLAP + 1
    assert len(json.loads(rehearsal.aws.current(PUBLIC) or "")["keys"]) == 2


@given(
    rotations=st.lists(st.lists(st.integers(0, 3), max_size=8), min_size=1, max_size=4),
    pauses=st.lists(st.floats(0, 200), min_size=4, max_size=4),
    kills=st.lists(st.none() | st.integers(0, 6), min_size=4, max_size=4),
)
def test_whatever_is_repeated_or_cut_off_the_signing_key_is_published(
    rotations: list[list[int]], pauses: list[float], kills: list[int | None]
) -> None:
    """Steps in any order, repeated, refused, killed between two writes: at every point the key that signs
    verifies, and so does each that signed within the overlap. A whole rotation after it succeeds.
    """
    rehearsal = Rehearsal()
    signed: dict[str, float] = {}

    def look() -> None:
        current = rehearsal.signing()
        if current is not None:
            signed[current] = rehearsal.now
        recent = {kid for kid, at in signed.items() if rehearsal.now - at < OVERLAP - 1}
        assert recent <= rehearsal.verifying()

    for number, steps in enumerate(rotations):
        token = f"rotation-{number}"
        rehearsal.aws.begin(SIGNING, token)
        kill = kills[number]
        rehearsal.aws.killed_after = None if kill is None else rehearsal.aws.writes + kill
        for index in steps:
            with suppress(RotationError, KilledError):
                rehearsal.take(STEPS[index], token)
            look()
        rehearsal.now += pauses[number]
    rehearsal.aws.killed_after = None
    rehearsal.rotate("last")
    look()
    last = rehearsal.aws.secrets[SIGNING]["last"]
    assert last.labels == {"AWSCURRENT"}


def test_every_step_may_come_twice() -> None:
    """A second call of a step changes nothing."""
    rehearsal = Rehearsal()
    rehearsal.aws.begin(SIGNING, "one")
    for step in STEPS:
        rehearsal.take(step, "one")
        before = rehearsal.aws.writes
        rehearsal.take(step, "one")
        assert rehearsal.aws.writes == before, step


def test_the_proof_of_the_rotation_goes_with_its_writes() -> None:
    """`RotationToken` is passed on with the value of the new version."""
    rehearsal = Rehearsal()
    rehearsal.aws.begin(SIGNING, "one")
    rehearsal.take(RotationStep.CREATE, "one")
    assert rehearsal.aws.proofs == ["proof"]


@pytest.mark.parametrize("step", [RotationStep.SET, RotationStep.TEST, RotationStep.FINISH])
def test_steps_that_come_too_early_are_refused(step: RotationStep) -> None:
    """Nothing is published, and no label moves, before there is a key."""
    rehearsal = Rehearsal()
    rehearsal.aws.begin(SIGNING, "one")
    with pytest.raises(RotationError, match="the new version has no key yet"):
        rehearsal.take(step, "one")
    assert rehearsal.aws.writes == 0


def test_an_unpublished_key_is_not_made_current_by_a_test() -> None:
    """testSecret fails while the set lacks the key, so that Secrets Manager stops."""
    rehearsal = Rehearsal()
    rehearsal.aws.begin(SIGNING, "one")
    rehearsal.take(RotationStep.CREATE, "one")
    with pytest.raises(RotationError, match="not published"):
        rehearsal.take(RotationStep.TEST, "one")


def test_an_invocation_without_a_rotation_gets_nowhere() -> None:
    """Whoever may invoke the function cannot rotate: the version has to be there, and rotation enabled."""
    rehearsal = Rehearsal()
    rehearsal.aws.secrets[SIGNING] = {"one": Version(labels={"AWSCURRENT"})}
    with pytest.raises(RotationError, match="rotation is not enabled"):
        rehearsal.take(RotationStep.CREATE, "one")
    rehearsal.aws.rotating.add(SIGNING)
    with pytest.raises(RotationError, match="no such version"):
        rehearsal.take(RotationStep.CREATE, "made-up")
    assert rehearsal.aws.writes == 0


def test_a_set_that_somebody_broke_is_not_written_over() -> None:
    """A set that is no JWK Set stops the rotation: keys that verify may be in it."""
    rehearsal = Rehearsal()
    rehearsal.rotate("one")
    rehearsal.aws.put_secret_value(SecretId=PUBLIC, SecretString="oops")
    rehearsal.aws.begin(SIGNING, "two")
    rehearsal.take(RotationStep.CREATE, "two")
    with pytest.raises(RotationError, match="no JWK Set"):
        rehearsal.take(RotationStep.SET, "two")
    assert rehearsal.aws.current(PUBLIC) == "oops"
