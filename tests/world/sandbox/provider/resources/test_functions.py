"""Functions, their aliases, URLs and permissions."""

from __future__ import annotations

import io
import json
import zipfile
from pathlib import Path
from typing import Any

import pulumi
import pytest

from sandbox.engine.provider import ProviderError, State
from sandbox.provider.resources import functions
from tests.support.provider.scripted import OPERATION, ScriptedProvider
from tests.support.provider.world import Walk, World

TOKEN = functions.FUNCTION.token


@pytest.fixture
def archive(tmp_path: Path) -> Any:
    def made(text: str) -> pulumi.FileArchive:
        path = tmp_path / f"{abs(hash(text))}.zip"
        with zipfile.ZipFile(path, "w") as file:
            file.writestr("handler.py", text)
        return pulumi.FileArchive(str(path))

    return made


def _function(world: World, state: Any) -> Any:
    found = world.aws("lambda").get_function(FunctionName=state.id)
    configuration = found["Configuration"]
    return (
        configuration["MemorySize"],
        configuration["Timeout"],
        configuration.get("Environment", {}).get("Variables", {}),
        found.get("Concurrency", {}).get("ReservedConcurrentExecutions"),
        found.get("Tags", {}),
    )


def _inputs(world: World, code: Any, **more: Any) -> dict[str, Any]:
    return {
        "name": world.unique("decide"),
        "role": world.role().outputs["arn"],
        "runtime": "python3.13",
        "handler": "handler.handler",
        "code": code,
        "architectures": ["arm64"],
        "memorySize": 256,
        "timeout": 5,
        "environment": {"variables": {"A": "1"}},
        "tracingConfig": {"mode": "Active"},
        "loggingConfig": {"logFormat": "JSON", "logGroup": "/aws/lambda/decide"},
        "reservedConcurrentExecutions": 5,
        "publish": True,
        "tags": {"a": "1"},
        **more,
    }


def _alias(world: World, state: Any) -> Any:
    name, function = state.outputs["name"], state.outputs["functionName"]
    found = world.aws("lambda").get_alias(FunctionName=function, Name=name)
    return found["FunctionVersion"], found["Description"], found["AliasArn"] == state.id


def _permission(world: World, state: Any) -> Any:
    policy = world.aws("lambda").get_policy(FunctionName=state.outputs["function"])["Policy"]
    found = next(each for each in json.loads(policy)["Statement"] if each["Sid"] == state.id)
    return found["Action"], found["Principal"]["Service"]


def _zip() -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as file:
        file.writestr("handler.py", "")
    return buffer.getvalue()


@pytest.fixture
def function(world: World) -> str:
    name = str(world.unique("function"))
    client = world.aws("lambda")
    client.create_function(
        FunctionName=name,
        Role=world.role().outputs["arn"],
        Code={"ZipFile": _zip()},
        Runtime="python3.13",
        Handler="handler.handler",
        Publish=True,
    )
    client.update_function_configuration(FunctionName=name, Timeout=9)
    client.publish_version(FunctionName=name)
    return name


def test_function_lives_and_dies(walk: Walk, archive: Any) -> None:
    """A function is made, seen, changed in place, and removed, twice without harm (GOV-1)."""
    code = archive("one")
    walk(
        {
            "token": TOKEN,
            "inputs": lambda w: _inputs(w, code),
            "look": _function,
            "created": (256, 5, {"A": "1"}, 5, {"a": "1"}),
            "outputs": "arn invokeArn qualifiedArn qualifiedInvokeArn version codeSha256 sourceCodeSize",
            "change": {
                "memorySize": None,
                "timeout": 9,
                "environment": None,
                "reservedConcurrentExecutions": None,
                "tags": {"b": "2"},
            },
            "updated": (128, 9, {}, None, {"b": "2"}),
        }
    )


def test_each_change_is_a_version(world: World, archive: Any) -> None:
    """With `publish`, new code and new configuration each give a new version that its qualified ARN names."""
    inputs = _inputs(world, archive("one"))
    first = world.make(TOKEN, **inputs)
    assert first.outputs["version"] == "1"
    changed = {**inputs, "code": archive("two")}
    second = world.provider.update(world.operation(), TOKEN, first.id, changed, first, inputs)
    assert second.outputs["version"] == "2"
    assert second.outputs["codeSha256"] != first.outputs["codeSha256"]
    slower = {**changed, "timeout": 7}
    third = world.provider.update(world.operation(), TOKEN, first.id, slower, second, changed)
    assert third.outputs["version"] == "3"
    assert third.outputs["qualifiedArn"] == f"{third.outputs['arn']}:3"
    assert third.outputs["qualifiedInvokeArn"].endswith(f"{third.outputs['arn']}:3/invocations")
    published = world.aws("lambda").list_versions_by_function(FunctionName=first.id)["Versions"]
    assert [each["Version"] for each in published] == ["$LATEST", "1", "2", "3"]
    world.drop(TOKEN, third, slower)


def test_the_same_bytes_are_not_sent_again(world: World, archive: Any) -> None:
    """Another asset object with the same content is no change of the code."""
    inputs = _inputs(world, archive("one"))
    state = world.make(TOKEN, **inputs)
    same = {**inputs, "code": pulumi.FileArchive(inputs["code"].path)}
    updated = world.provider.update(world.operation(), TOKEN, state.id, same, state, inputs)
    assert updated.outputs["version"] == "1"
    world.drop(TOKEN, state, same)


def test_a_function_whose_limit_was_refused_gets_it_later(world: World, archive: Any) -> None:
    """A creation that broke off is finished by an update with the same inputs, and no version is added."""
    inputs = _inputs(world, archive("one"))
    without = {name: value for name, value in inputs.items() if name != "reservedConcurrentExecutions"}
    state = world.make(TOKEN, **without)
    again = {**inputs, "code": pulumi.FileArchive(inputs["code"].path)}
    updated = world.provider.update(world.operation(), TOKEN, state.id, again, state, inputs)
    assert _function(world, updated)[3] == 5
    assert updated.outputs["version"] == "1"
    world.drop(TOKEN, updated, inputs)


def test_the_code_arrives_whole(world: World, archive: Any) -> None:
    """What Lambda has is the archive's bytes, by digest and size."""
    inputs = _inputs(world, archive("whole"), publish=False)
    state = world.make(TOKEN, **inputs)
    found = world.aws("lambda").get_function(FunctionName=state.id)["Configuration"]
    size = Path(inputs["code"].path).stat().st_size
    assert (found["CodeSize"], found["CodeSha256"]) == (size, state.outputs["codeSha256"])
    assert state.outputs["version"] == "$LATEST"
    world.drop(TOKEN, state, inputs)


def test_folders_and_collections_become_archives(world: World, tmp_path: Path) -> None:
    """Code may also be a folder or a collection of assets; the same content is the same digest."""
    (tmp_path / "inner").mkdir()
    (tmp_path / "inner" / "handler.py").write_text("x")
    folder = pulumi.FileArchive(str(tmp_path))
    collection = pulumi.AssetArchive({"inner/handler.py": pulumi.StringAsset("x")})
    nested = pulumi.AssetArchive({"inner": pulumi.FileArchive(str(tmp_path / "inner"))})
    single = pulumi.AssetArchive(
        {"inner/handler.py": pulumi.FileAsset(str(tmp_path / "inner" / "handler.py"))}
    )
    states = [world.make(TOKEN, **_inputs(world, code)) for code in (folder, collection, nested, single)]
    assert len({state.outputs["codeSha256"] for state in states}) == 1


def test_an_archive_that_is_missing_is_named(world: World) -> None:
    """A code archive that cannot be read is an error about `code`."""
    with pytest.raises(Exception, match="`code` cannot be read: No such file or directory"):
        world.make(TOKEN, **_inputs(world, pulumi.FileArchive("/nowhere.zip")))
    with pytest.raises(Exception, match="`code` is not a file or a collection of files: RemoteArchive"):
        world.make(TOKEN, **_inputs(world, pulumi.RemoteArchive("https://example.com/a.zip")))


def test_alias_lives_and_dies(walk: Walk, function: str) -> None:
    """An alias is made, moved to another version in place, and removed, twice without harm."""
    walk(
        {
            "token": functions.ALIAS.token,
            "inputs": lambda w: {
                "name": "live",
                "functionName": function,
                "functionVersion": "1",
                "description": "d",
            },
            "look": _alias,
            "created": ("1", "d", True),
            "outputs": "arn invokeArn",
            "change": {"functionVersion": "2", "description": None},
            "updated": ("2", "", True),
        }
    )


def test_permission_lives_and_dies(walk: Walk, function: str) -> None:
    """A permission is made, seen and removed, twice without harm; any change replaces it."""
    case = {
        "token": functions.PERMISSION.token,
        "inputs": lambda w: {
            "function": function,
            "action": "lambda:InvokeFunction",
            "principal": "secretsmanager.amazonaws.com",
            "statementId": "rotation",
            "sourceArn": "arn:aws:secretsmanager:us-east-1:123456789012:secret:x",
        },
        "look": _permission,
        "created": ("lambda:InvokeFunction", "secretsmanager.amazonaws.com"),
    }
    walk(case)


def test_a_function_is_waited_for_until_active() -> None:
    """A version or an alias can be had only of a function that is active."""
    states: list[Any] = [{"State": "Pending"}, {"State": "Active", "LastUpdateStatus": "Successful"}]
    slow = ScriptedProvider(create_function=[{"State": "Pending"}], get_function_configuration=states)
    slow.create(functions.FUNCTION.token, name="f", role="r", s3Bucket="b", s3Key="k")
    assert slow.clients.asked.count("get_function_configuration") == 2


def test_a_function_that_fails_is_an_error() -> None:
    """A function that ends up failed says why."""
    failed = {"State": "Failed", "StateReason": "image is gone"}
    slow = ScriptedProvider(create_function=[{"State": "Pending"}], get_function_configuration=[failed])
    with pytest.raises(ProviderError, match="function `f` failed: image is gone"):
        slow.create(functions.FUNCTION.token, name="f", role="r", imageUri="i")


def test_code_is_updated_after_the_configuration_is_done() -> None:
    """Lambda refuses a second change while the first is under way, so each is waited for."""
    slow = ScriptedProvider(
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
        OPERATION,
        functions.FUNCTION.token,
        "f",
        new,
        State(id="f", outputs={"arn": "arn", "codeSha256": "x"}),
        old,
    )
    assert [call for call in slow.clients.asked if call != "get_caller_identity"] == [
        "update_function_configuration",
        "get_function_configuration",
        "update_function_code",
        "publish_version",
    ]
    assert state.outputs["version"] == "2"


def test_url_lives_and_dies(walk: Walk, function: str) -> None:
    """A function URL is made, its authentication changed in place, and removed, twice without harm."""

    def look(world: World, state: State) -> Any:
        found = world.aws("lambda").get_function_url_config(FunctionName=function)
        return found["AuthType"], found["FunctionUrl"] == state.outputs["functionUrl"]

    walk(
        {
            "token": functions.URL.token,
            "inputs": lambda w: {"functionName": function, "authorizationType": "AWS_IAM"},
            "look": look,
            "created": ("AWS_IAM", True),
            "outputs": "functionUrl functionArn",
            "change": {"authorizationType": "NONE"},
            "updated": ("NONE", True),
        }
    )


def test_provisioned_concurrency_is_recorded_only(world: World) -> None:
    """The emulated Lambda has no such setting: no call is made, and the type says why."""
    token = functions.PROVISIONED.token
    inputs = {"functionName": "f", "qualifier": "live", "provisionedConcurrentExecutions": 2}
    state = world.make(token, **inputs)
    assert (state.id, state.outputs["provisionedConcurrentExecutions"]) == ("f,live", 2)
    assert world.provider.resource_type(token).not_emulated == functions.PROVISIONED.not_emulated
    world.drop(token, state, inputs)
