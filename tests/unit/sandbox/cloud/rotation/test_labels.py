"""Versions and labels of the emulated Secrets Manager are those of AWS. SEC-2.

The model (tests/support/rotation/secrets_manager.py) follows AWS's reference; the rotation's own tests stand
on it.
"""

from __future__ import annotations

from typing import Any

import pytest
from botocore.exceptions import ClientError
from hypothesis import given
from hypothesis import strategies as st

from sandbox.cloud.rotation.labels import holder
from tests.support.rotation.moto_secrets import MotoSecrets
from tests.support.rotation.secrets_manager import SecretsManager, Version

TOKENS = tuple(f"token-{number}".ljust(32, "0") for number in range(4))
LABELS = ("AWSCURRENT", "AWSPENDING", "MINE")
token, label = st.sampled_from(TOKENS), st.sampled_from(LABELS)
Operation = tuple[str, dict[str, Any]]

operations: st.SearchStrategy[Operation] = st.one_of(
    st.tuples(st.just("begin"), st.fixed_dictionaries({"token": token})),
    st.tuples(
        st.just("put_secret_value"),
        st.fixed_dictionaries(
            {
                "ClientRequestToken": token,
                "SecretString": st.sampled_from(["a", "b"]),
                "VersionStages": st.lists(label, min_size=1, max_size=2, unique=True),
            }
        ),
    ),
    st.tuples(
        st.just("update_secret_version_stage"),
        st.fixed_dictionaries({"VersionStage": label, "MoveToVersionId": token})
        | st.fixed_dictionaries(
            {"VersionStage": label, "MoveToVersionId": token, "RemoveFromVersionId": token}
        ),
    ),
    st.tuples(
        st.just("update_secret_version_stage"),
        st.fixed_dictionaries(
            {"VersionStage": st.sampled_from(["AWSPENDING", "MINE"]), "RemoveFromVersionId": token}
        ),
    ),
)


def carry_out(world: SecretsManager | MotoSecrets, operation: Operation) -> str:
    """The error code of an operation; empty if it went through."""
    name, asked = operation
    try:
        if name == "begin":
            world.begin("s", asked["token"])
        else:
            getattr(world, name)(SecretId="s", **asked)
    except ClientError as error:
        return str(error.response["Error"]["Code"])
    return ""


def state(world: SecretsManager | MotoSecrets) -> dict[str, tuple[list[str], str | None]]:
    """Labels and text of each version that has a label."""
    if isinstance(world, SecretsManager):
        return {
            token: (sorted(version.labels), version.text)
            for token, version in world.secrets["s"].items()
            if version.labels
        }
    versions = world.backend.secrets["s"].versions
    return {
        token: (sorted(version["version_stages"]), version.get("secret_string"))
        for token, version in versions.items()
        if version["version_stages"]
    }


@given(history=st.lists(operations, max_size=10))
def test_the_emulator_does_what_the_model_does(history: list[Operation]) -> None:
    """Whatever is written, labelled and refused, in any order: after each call both have the same labels on
    the same versions with the same values, and no label is on two versions.
    """
    model, emulator = SecretsManager(), MotoSecrets()
    secret = emulator.make("s", "first")
    first = holder(secret, "AWSCURRENT")
    assert first
    model.secrets["s"] = {first: Version(text="first", labels={"AWSCURRENT"})}
    for operation in history:
        said = [carry_out(world, operation) for world in (model, emulator)]
        assert said[0] == said[1], operation
        assert state(model) == state(emulator), operation
        for one in LABELS:
            assert sum(one in labels for labels, _ in state(emulator).values()) <= 1


def test_one_token_is_one_value() -> None:
    """Another value under the same token is refused, also while its version is pending; the same is not."""
    emulator = MotoSecrets()
    emulator.make("s", "first")
    emulator.begin("s", TOKENS[0])
    put = {"SecretId": "s", "ClientRequestToken": TOKENS[0], "VersionStages": ["AWSPENDING"]}
    emulator.put_secret_value(**put, SecretString="new")
    emulator.put_secret_value(**put, SecretString="new")
    with pytest.raises(ClientError, match="ResourceExistsException"):
        emulator.put_secret_value(**put, SecretString="other")
    found = emulator.get_secret_value(SecretId="s", VersionStage="AWSPENDING", VersionId=TOKENS[0])
    assert found["SecretString"] == "new"


def test_versions_are_listed_with_the_time_they_were_made_at() -> None:
    """A version that was made before another one says so; one without a label is not described."""
    emulator = MotoSecrets()
    secret = emulator.make("s", "first")
    emulator.begin("s", TOKENS[0])
    listed = emulator.backend.list_secret_version_ids("s")
    assert '"CreatedDate": 0' in listed
    assert "DefaultEncryptionKey" in listed
    secret.versions[TOKENS[0]]["version_stages"].clear()
    assert TOKENS[0] not in emulator.describe_secret(SecretId="s")["VersionIdsToStages"]
