"""What the policies of secrets and their keys have to say of the rotation function. SEC-1, SEC-2."""

from __future__ import annotations

from tests.support.recording.policy_documents import Says
from tests.support.recording.policy_world import (
    ROTATION,
    RUNTIME,
    denies,
    encrypting,
    named,
    others,
    secret,
    stored,
    through,
)

USE = named("kms", "Decrypt GenerateDataKey")
READ = ["secretsmanager:GetSecretValue"]
WRITE_GRANTS = named("secretsmanager", "PutSecretValue UpdateSecret")
MOVE_LABELS = ["secretsmanager:UpdateSecretVersionStage"]
ADMINISTER_GRANTS = named("secretsmanager", "DeleteResourcePolicy DeleteSecret PutResourcePolicy")
WRITE_SECRET = named("secretsmanager", "PutSecretValue UpdateSecretVersionStage")
CHANGE_SECRET = named(
    "secretsmanager",
    "CancelRotateSecret DeleteResourcePolicy DeleteSecret PutResourcePolicy RotateSecret TagResource"
    " UntagResource UpdateSecret",
)


def rotates(*names: str) -> Says:
    when = {**through("secretsmanager"), **encrypting("SecretARN", *map(secret, names))}
    return Says(by=[ROTATION], actions=USE, when=when)


def own_secret(name: str, *readers: str) -> tuple[Says, ...]:
    return (
        denies(others(*readers, ROTATION, of=RUNTIME), READ, stored(name)),
        denies(others(ROTATION, of=RUNTIME), WRITE_SECRET, stored(name)),
        denies(RUNTIME, CHANGE_SECRET, stored(name)),
    )


def only_rotation_writes(name: str) -> tuple[Says, ...]:
    stages = {"secretsmanager:VersionStage": ["AWSCURRENT", "(absent)"]}
    return (
        denies(others(ROTATION), WRITE_GRANTS, stored(name)),
        denies(others(ROTATION), MOVE_LABELS, stored(name), **stages),
        denies(others(ROTATION, of=RUNTIME), MOVE_LABELS, stored(name)),
    )
