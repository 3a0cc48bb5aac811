"""Log groups."""

from __future__ import annotations

from typing import Any

import pytest

from sandbox.engine.provider import ProviderError, State
from sandbox.provider.resources import logs
from tests.support.provider.scripted import OPERATION, ScriptedProvider, refused
from tests.support.provider.world import Walk, World


def _log_group(world: World, state: Any) -> Any:
    logs = world.aws("logs")
    found = logs.describe_log_groups(logGroupNamePrefix=state.id)["logGroups"][0]
    tags = logs.list_tags_for_resource(resourceArn=state.outputs["arn"])["tags"]
    return found.get("retentionInDays"), bool(found.get("kmsKeyId")), tags


CASES: dict[str, dict[str, Any]] = {
    "log group": {
        "token": logs.LOG_GROUP.token,
        "inputs": lambda w: {
            "name": f"/myelin/{w.unique()}",
            "retentionInDays": 30,
            "kmsKeyId": w.key(1).outputs["arn"],
            "tags": {"a": "1"},
        },
        "look": _log_group,
        "created": (30, True, {"a": "1"}),
        "outputs": "arn",
        "change": {"retentionInDays": None, "tags": {"b": "2"}},
        "updated": (None, True, {"b": "2"}),
    },
}


@pytest.mark.parametrize("case", CASES.values(), ids=CASES.keys())
def test_a_type_lives_and_dies(case: dict[str, Any], walk: Walk) -> None:
    """A group is made, seen, changed in place, and removed twice (OBS-2)."""
    walk(case)


def test_every_type_of_the_module_is_walked_through() -> None:
    """No mapping is without a case."""
    walked = {case["token"] for case in CASES.values()}
    assert {mapping.token for mapping in logs.MAPPINGS} - walked == set()


def test_a_key_that_the_emulator_cannot_change_is_recorded() -> None:
    """It lacks the calls for keys and protection; any other refusal is an error."""
    missing: list[Any] = [refused("NotImplemented")]
    slow = ScriptedProvider(
        associate_kms_key=missing, disassociate_kms_key=missing, put_log_group_deletion_protection=missing
    )
    token = logs.LOG_GROUP.token
    old = {"name": "g", "kmsKeyId": "a"}
    new = {"name": "g", "kmsKeyId": "b", "deletionProtectionEnabled": True}
    state = slow.provider.update(OPERATION, token, "g", new, State(id="g", outputs=old), old)
    assert state.outputs["kmsKeyId"] == "b"
    slow.provider.update(OPERATION, token, "g", {"name": "g"}, state, new)
    assert "disassociate_kms_key" in slow.clients.asked
    denied = ScriptedProvider(associate_kms_key=[refused("AccessDenied")])
    with pytest.raises(ProviderError, match="AccessDenied"):
        denied.provider.update(OPERATION, token, "g", new, State(id="g", outputs=old), old)
