from __future__ import annotations

from typing import Any

import pulumi
import pytest

from sandbox.engine.provider import Operation, ProviderError, State
from sandbox.provider.errors import ApiError
from sandbox.provider.provider import AwsProvider
from sandbox.provider.resource_step import PollingPace
from sandbox.provider.session import ApiClients

OPERATION = Operation(id="op", urn="urn")
TABLE, FUNCTION = "aws:dynamodb/table:Table", "aws:lambda/function:Function"
NAMESPACE = "aws:servicediscovery/httpNamespace:HttpNamespace"
GROUP, TARGET = "aws:cloudwatch/logGroup:LogGroup", "aws:appautoscaling/target:Target"


class Scripted(ApiClients):
    """Clients whose answers are written down, one list a method; the last answer of a list repeats."""

    def __init__(self, **answers: list[Any]) -> None:
        super().__init__(endpoint="http://127.0.0.1:9", region="us-east-1")
        self.answers = {"get_caller_identity": [{"Account": "123456789012"}], **answers}
        self.asked: list[str] = []

    def call(self, service: str, operation: str, /, **parameters: Any) -> dict[str, Any]:
        self.asked.append(operation)
        answers = self.answers.get(operation, [{}])
        answer = answers.pop(0) if len(answers) > 1 else answers[0]
        if isinstance(answer, Exception):
            raise answer
        found: dict[str, Any] = answer
        return found


class Slow:
    """A provider on scripted clients, and the time that it has waited."""

    def __init__(self, **answers: list[Any]) -> None:
        self.waited = 0.0
        self.clients = Scripted(**answers)
        pace = PollingPace(clock=lambda: self.waited, sleep=self._sleep, every=1, at_most=5)
        self.provider = AwsProvider(self.clients, pace=pace)

    def _sleep(self, seconds: float) -> None:
        self.waited += seconds

    def create(self, token: str, **inputs: Any) -> State:
        return self.provider.create(OPERATION, token, "thing", inputs)


def _refused(code: str) -> ApiError:
    return ApiError(call="service:Operation", code=code, detail="no")


def _table(status: str) -> dict[str, Any]:
    return {"Table": {"TableStatus": status}, "TableDescription": {"TableStatus": status, "TableArn": "arn"}}


def test_a_table_is_waited_for_before_its_settings() -> None:
    """Recovery can be set only once a table is active, so it is asked for after that."""
    slow = Slow(create_table=[_table("CREATING")], describe_table=[_table("CREATING"), _table("ACTIVE")])
    slow.create(TABLE, name="t", hashKey="pk", pointInTimeRecovery={"enabled": True})
    assert slow.clients.asked == [
        "create_table",
        "describe_table",
        "describe_table",
        "update_continuous_backups",
    ]
    assert slow.waited == 1


def test_a_table_that_never_comes_exists_all_the_same() -> None:
    """When time is up the error says so and carries the table."""
    slow = Slow(create_table=[_table("CREATING")], describe_table=[_table("CREATING")])
    with pytest.raises(ProviderError, match="TimedOut: table `t` is not active after 5 seconds") as caught:
        slow.create(TABLE, name="t", hashKey="pk")
    assert caught.value.partial is not None
    assert caught.value.partial.id == "t"


def test_a_table_is_gone_when_it_is_not_found() -> None:
    """Deleting waits until the name is free."""
    slow = Slow(
        delete_table=[_table("DELETING")],
        describe_table=[_table("DELETING"), _refused("ResourceNotFoundException")],
    )
    slow.provider.delete(OPERATION, TABLE, "t", {"name": "t"}, {})
    assert slow.clients.asked == ["delete_table", "describe_table", "describe_table"]


def test_a_function_is_waited_for_until_active() -> None:
    """A version or an alias can be had only of a function that is active."""
    states: list[Any] = [{"State": "Pending"}, {"State": "Active", "LastUpdateStatus": "Successful"}]
    slow = Slow(create_function=[{"State": "Pending"}], get_function_configuration=states)
    slow.create(FUNCTION, name="f", role="r", s3Bucket="b", s3Key="k")
    assert slow.clients.asked.count("get_function_configuration") == 2


def test_a_function_that_fails_is_an_error() -> None:
    """A function that ends up failed says why."""
    failed = {"State": "Failed", "StateReason": "image is gone"}
    slow = Slow(create_function=[{"State": "Pending"}], get_function_configuration=[failed])
    with pytest.raises(ProviderError, match="function `f` failed: image is gone"):
        slow.create(FUNCTION, name="f", role="r", imageUri="i")


def test_code_is_updated_after_the_configuration_is_done() -> None:
    """Lambda refuses a second change while the first is under way, so each is waited for."""
    slow = Slow(
        update_function_configuration=[{"LastUpdateStatus": "InProgress"}],
        get_function_configuration=[{"LastUpdateStatus": "Successful"}],
        update_function_code=[{"LastUpdateStatus": "Successful"}],
        publish_version=[{"Version": "2"}],
    )
    old = {
        "name": "f",
        "timeout": 3,
        "code": pulumi.AssetArchive({"a": pulumi.StringAsset("1")}),
        "publish": True,
    }
    new = {**old, "timeout": 4, "code": pulumi.AssetArchive({"a": pulumi.StringAsset("2")})}
    state = slow.provider.update(
        OPERATION, FUNCTION, "f", new, State(id="f", outputs={"arn": "arn", "codeSha256": "x"}), old
    )
    assert [call for call in slow.clients.asked if call != "get_caller_identity"] == [
        "update_function_configuration",
        "get_function_configuration",
        "update_function_code",
        "publish_version",
    ]
    assert state.outputs["version"] == "2"


def test_a_namespace_is_there_when_its_operation_is_done() -> None:
    """Cloud Map works through operations; the namespace's id is what the finished one tells."""
    running = {"Operation": {"Status": "PENDING"}}
    done = {"Operation": {"Status": "SUCCESS", "Targets": {"NAMESPACE": "ns-1"}}}
    slow = Slow(create_http_namespace=[{"OperationId": "o"}], get_operation=[running, done])
    assert slow.create(NAMESPACE, name="n").id == "ns-1"
    failed = {"Operation": {"Status": "FAIL", "ErrorCode": "LIMIT", "ErrorMessage": "too many"}}
    slow = Slow(create_http_namespace=[{"OperationId": "o"}], get_operation=[failed])
    with pytest.raises(ProviderError, match="LIMIT: too many"):
        slow.create(NAMESPACE, name="n")


def test_what_the_emulator_can_not_change_is_recorded() -> None:
    """A key or tags that the emulator has no call to change are recorded; any other refusal is an error."""
    missing: list[Any] = [_refused("NotImplemented")]
    slow = Slow(
        associate_kms_key=missing, disassociate_kms_key=missing, put_log_group_deletion_protection=missing
    )
    old, new = (
        {"name": "g", "kmsKeyId": "a"},
        {"name": "g", "kmsKeyId": "b", "deletionProtectionEnabled": True},
    )
    state = slow.provider.update(OPERATION, GROUP, "g", new, State(id="g", outputs=old), old)
    assert state.outputs["kmsKeyId"] == "b"
    slow.provider.update(OPERATION, GROUP, "g", {"name": "g"}, state, new)
    assert "disassociate_kms_key" in slow.clients.asked
    whose = {"resourceId": "r", "scalableDimension": "d", "serviceNamespace": "ecs"}
    slow = Slow(tag_resource=missing)
    tagged = {**whose, "tags": {"a": "1"}}
    known = State(id="r", outputs={**whose, "arn": "arn"})
    assert slow.provider.update(OPERATION, TARGET, "r", tagged, known, whose).outputs["tagsAll"] == {"a": "1"}
    slow = Slow(tag_resource=[_refused("AccessDenied")])
    with pytest.raises(ProviderError, match="AccessDenied"):
        slow.provider.update(OPERATION, TARGET, "r", tagged, known, whose)


def test_an_endpoints_policy_is_changed_in_place() -> None:
    """A changed policy is put, one that is no longer given is reset to AWS's own."""
    token, old = "aws:ec2/vpcEndpoint:VpcEndpoint", {"vpcId": "v", "policy": "{}"}
    seen: list[dict[str, Any]] = []

    class Watching(Scripted):
        def call(self, service: str, operation: str, /, **parameters: Any) -> dict[str, Any]:
            seen.append(parameters)
            return super().call(service, operation, **parameters)

    provider = AwsProvider(Watching())
    state = State(id="vpce-1", outputs=old)
    provider.update(OPERATION, token, "vpce-1", {"vpcId": "v", "policy": '{"a":1}'}, state, old)
    provider.update(OPERATION, token, "vpce-1", {"vpcId": "v"}, state, old)
    assert seen[0] == {"VpcEndpointId": "vpce-1", "PolicyDocument": '{"a":1}'}
    assert {"VpcEndpointId": "vpce-1", "ResetPolicy": True} in seen
