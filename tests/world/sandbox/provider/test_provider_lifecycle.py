from __future__ import annotations

import re
from typing import Any

import pytest

from sandbox.engine.provider import Operation, State
from sandbox.provider.api_call import ApiCall
from sandbox.provider.api_clients import connect
from sandbox.provider.errors import ApiError, NotSteadyError
from sandbox.provider.lifecycle import with_physical_name
from sandbox.provider.mapping import Naming, ResourceMapping, name_set, regional_arn
from sandbox.provider.provider import AwsProvider, unique_suffix
from sandbox.provider.resource_step import PollingPace, ResourceStep, ignore_codes
from tests.support.access.keys import ANY_CREDENTIALS


def test_a_missing_name_is_made_of_the_logical_one() -> None:
    """A made-up name is the logical name and seven digits of the operation, within the type's limit."""
    assert with_physical_name(Naming(), "orbit", {}, "abcdef0") == {"name": "orbit-abcdef0"}
    assert with_physical_name(Naming(limit=12), "a-long-name", {}, "abcdef0") == {"name": "a-lo-abcdef0"}
    assert with_physical_name(Naming(), "a_b.c", {}, "abcdef0") == {"name": "a-b-c-abcdef0"}
    assert with_physical_name(Naming(stem="alias/"), "k", {}, "abcdef0") == {"name": "alias/k-abcdef0"}


def test_a_given_name_or_prefix_is_kept() -> None:
    """A name that is given is used as it is; a prefix is only added to."""
    assert with_physical_name(Naming(), "orbit", {"name": "n"}, "abcdef0") == {"name": "n"}
    given = with_physical_name(Naming(), "orbit", {"namePrefix": "p-"}, "abcdef0")
    assert given == {"namePrefix": "p-", "name": "p-abcdef0"}
    assert with_physical_name(None, "orbit", {}, "abcdef0") == {}


def test_the_digits_belong_to_the_operation() -> None:
    """The same operation makes up the same name again, another one another name."""
    assert unique_suffix("op") == unique_suffix("op")
    assert unique_suffix("op") != unique_suffix("other")
    assert re.fullmatch("[0-9a-f]{7}", unique_suffix("op"))


def test_a_made_up_name_stays(world: Any) -> None:
    """An update of a resource without a given name keeps the name that it has got."""
    token = "aws:iam/policy:Policy"
    document = '{"Version":"2012-10-17","Statement":[{"Effect":"Deny","Action":"s3:*","Resource":"*"}]}'
    inputs = {"policy": document}
    state = world.make(token, **inputs)
    changed = {"policy": document.replace("s3", "sqs")}
    updated = world.provider.update(world.operation(), token, state.id, changed, state, inputs)
    assert updated.outputs["name"] == state.outputs["name"]
    world.drop(token, updated, changed)


def _step(endpoint: str = "http://127.0.0.1:9", **known: Any) -> ResourceStep:
    return ResourceStep(
        clients=connect(endpoint, "us-east-1", ANY_CREDENTIALS), service="kms", **{"inputs": {}, **known}
    )


def test_templates_are_filled_from_outputs_then_inputs() -> None:
    """A template of one field keeps its type; others are texts; defaults stand in for inputs."""
    step = _step(id="i", inputs={"a": 1, "b": ["x"]}, outputs={"a": 2}, defaults={"c": 3})
    assert step.fill("{a}") == 2
    assert step.fill("{b}") == ["x"]
    assert step.fill("{id}/{a}:{c}") == "i/2:3"
    assert step.fill({"k": ["{b}", "plain", 7]}) == {"k": [["x"], "plain", 7]}


def test_arns_know_their_place(endpoint: str) -> None:
    """An ARN's template takes partition, region and account from where the calls go."""
    step = _step(endpoint, id="k")
    assert step.fill(regional_arn("kms", "key/{id}")) == "arn:aws:kms:us-east-1:123456789012:key/k"


def test_waiting_ends_at_its_bound() -> None:
    """Waiting asks at once, then regularly, and gives up with a word about what was waited for."""
    now = [0.0]

    def sleep(seconds: float) -> None:
        now[0] += seconds

    step = _step(pace=PollingPace(clock=lambda: now[0], sleep=sleep, every=1, at_most=3))
    asked: list[float] = []

    def never() -> bool:
        asked.append(now[0])
        return False

    with pytest.raises(NotSteadyError, match="not there after 3 seconds") as caught:
        step.wait(never, call="kms:DescribeKey", what="not there")
    assert caught.value.timed_out
    assert asked == [0, 1, 2, 3]


def test_absence_is_told_by_code_and_words() -> None:
    """A code alone suffices where it is unmistakable; else what the message begins with counts too."""
    codes = name_set("NotFound") | {"Invalid:No such"}
    ignore_codes(ApiError(call="c", code="NotFound", detail="x"), codes)
    ignore_codes(ApiError(call="c", code="Invalid", detail="No such thing"), codes)
    with pytest.raises(ApiError):
        ignore_codes(ApiError(call="c", code="Invalid", detail="no"), codes)
    with pytest.raises(ApiError):
        ignore_codes(ApiError(call="c", code="Denied", detail="x"), codes)


RECORDED = ResourceMapping(
    "test:thing:Thing",
    service="kms",
    create=ApiCall("create_key", ("description",)),
    id="{name}",
    outputs={"arn": "arn:thing/{name}"},
    naming=Naming(),
    replace_on=name_set("name namePrefix"),
    not_emulated="the emulator has no such API",
)


def test_what_is_not_emulated_is_recorded_and_said_to_be() -> None:
    """A type without an API in the emulator makes no call; its state is its inputs and what they imply."""
    provider = AwsProvider(
        connect("http://127.0.0.1:9", "us-east-1", ANY_CREDENTIALS), mappings={RECORDED.token: RECORDED}
    )
    operation, inputs = Operation(id="1", urn="u"), {"name": "n", "description": "d"}
    assert provider.resource_type(RECORDED.token).not_emulated == "the emulator has no such API"
    state = provider.create(operation, RECORDED.token, "x", inputs)
    assert state == State(id="n", outputs={"name": "n", "description": "d", "arn": "arn:thing/n"})
    changed = {"name": "n", "description": "e"}
    updated = provider.update(operation, RECORDED.token, state.id, changed, state, inputs)
    assert updated.outputs == {**changed, "arn": "arn:thing/n"}
    assert provider.read(RECORDED.token, "n", changed) == updated
    assert provider.read(RECORDED.token, "n", {}) is None
    provider.delete(operation, RECORDED.token, "n", changed, updated.outputs)


def test_an_input_taken_away_leaves_the_outputs(world: Any) -> None:
    """Outputs do not keep what is no longer asked for."""
    token = "aws:cloudwatch/logGroup:LogGroup"
    inputs = {"name": world.unique("/g"), "retentionInDays": 7}
    state = world.make(token, **inputs)
    updated = world.provider.update(
        world.operation(), token, state.id, {"name": inputs["name"]}, state, inputs
    )
    assert "retentionInDays" not in updated.outputs
    assert updated.outputs["arn"] == state.outputs["arn"]
    world.drop(token, updated, {"name": inputs["name"]})


def test_reading_without_inputs_finds_what_is_there(world: Any) -> None:
    """A resource can be looked up by its id alone, with its plain properties and computed outputs."""
    subnet = world.subnet(1)
    found = world.provider.read("aws:ec2/subnet:Subnet", subnet, {})
    assert found is not None
    assert found.outputs["vpcId"] == world.vpc()
    assert found.outputs["cidrBlock"] == "10.0.1.0/24"
    assert found.outputs["arn"].endswith(subnet)


def test_reading_shows_what_drifted(world: Any) -> None:
    """What somebody changed behind the sandbox's back is what a read gives, not what was asked for."""
    token, inputs = "aws:kms/key:Key", {"description": "wanted"}
    state = world.make(token, **inputs)
    world.aws("kms").update_key_description(KeyId=state.id, Description="changed")
    found = world.provider.read(token, state.id, inputs)
    assert found is not None
    assert found.outputs["description"] == "changed"
