"""The plugin speaks Pulumi's provider protocol in front of a provider; over gRPC on loopback. FID-1"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import grpc
import pytest
from google.protobuf import empty_pb2
from pulumi.runtime.proto import plugin_pb2, provider_pb2, status_pb2

from sandbox.engine.errors import EngineError
from sandbox.engine.provider import Operation, Properties, ProviderError, State
from sandbox.engine.values.properties import UNKNOWN, SecretValue
from sandbox.engine.values.structs import decode_struct, encode_struct
from sandbox.plugin.servicer import DETAILS
from tests.support.engine.memory_provider import NAMED, THING, MemoryProvider
from tests.support.plugin.peer import Peer, peer_of, urn


@pytest.fixture
def provider() -> MemoryProvider:
    return MemoryProvider()


@pytest.fixture
def engine(provider: MemoryProvider) -> Iterator[Peer]:
    with peer_of(provider) as peer:
        peer.configure()
        yield peer


def test_a_resource_is_created_changed_looked_up_and_deleted(engine: Peer, provider: MemoryProvider) -> None:
    """FID-1: what the type keeps secret comes as a secret, and an update may change what is computed."""
    identity, outputs = engine.create(THING, {"size": 1}, name="a")
    assert provider.calls == [("create", "a")]
    assert outputs["token"] == SecretValue(f"hush-{identity}")
    changed = engine.update(THING, identity, outputs, {"size": 1}, {"size": 2})
    assert (changed["size"], changed["revision"]) == (2, 1)
    assert engine.read(THING, identity, {"size": 2}, changed) == (identity, {"size": 2}, changed)
    engine.delete(THING, identity, {"size": 2}, changed)
    assert provider.things == {}


def test_a_preview_creates_nothing_and_says_what_it_knows(engine: Peer, provider: MemoryProvider) -> None:
    """In a new resource only the inputs are known; an update leaves unknown what it may change."""
    assert engine.create(THING, {"size": 1}, preview=True) == ("", {"size": 1})
    outputs = {"size": 1, "arn": "arn:a", "revision": 1, "of": "x"}
    predicted = engine.update(THING, "a", outputs, {"size": 1, "of": "x"}, {"size": 2}, preview=True)
    assert predicted == {"size": 2, "arn": "arn:a", "revision": UNKNOWN}
    assert provider.calls == []


def test_secrets_are_given_bare_to_the_provider_and_come_back_as_secrets(
    engine: Peer, provider: MemoryProvider
) -> None:
    """SEC-1: a secret input is secret in the state, too."""
    identity, outputs = engine.create(THING, {"secret": SecretValue("s3"), "size": 1})
    assert provider.things[identity]["secret"] == "s3"
    assert (outputs["secret"], outputs["size"]) == (SecretValue("s3"), 1)


def test_an_input_without_a_meaning_is_refused(engine: Peer) -> None:
    """Nothing is passed over in silence."""
    [reason] = engine.check(THING, {"size": 1, "colour": "red"})
    assert "`colour`" in reason
    assert engine.check(THING, {"size": 1}) == []


def test_an_unknown_type_is_named(engine: Peer) -> None:
    """The error says which type the sandbox lacks."""
    with pytest.raises(grpc.RpcError) as caught:
        engine.check("aws:test/other:Other", {})
    assert caught.value.code() is grpc.StatusCode.UNIMPLEMENTED
    assert "aws:test/other:Other" in caught.value.details()


def test_changes_are_told_by_their_paths_with_what_replaces(engine: Peer) -> None:
    """A type whose name is fixed has its old resource deleted first, as in the sandbox's own engine."""
    answer = engine.diff(NAMED, {"name": "x", "size": 1}, {"name": "y", "of": "z"})
    kinds = {path: provider_pb2.PropertyDiff.Kind.Name(one.kind) for path, one in answer.detailedDiff.items()}
    assert kinds == {"name": "UPDATE_REPLACE", "of": "ADD_REPLACE", "size": "DELETE"}
    assert (list(answer.replaces), answer.deleteBeforeReplace) == (["name", "of"], True)
    assert answer.changes == provider_pb2.DiffResponse.DIFF_SOME


def test_what_is_ignored_or_the_same_is_no_change(engine: Peer) -> None:
    """`ignore_changes` holds under Pulumi, too."""
    assert engine.diff(THING, {"size": 1}, {"size": 1}).changes == provider_pb2.DiffResponse.DIFF_NONE
    ignoring = engine.diff(THING, {"size": 1}, {"size": 2}, "size")
    assert ignoring.changes == provider_pb2.DiffResponse.DIFF_NONE


def test_what_is_gone_has_no_id(engine: Peer) -> None:
    """So Pulumi takes it out of the state."""
    assert engine.read(THING, "never", {"size": 1}, {"size": 1}) == ("", {}, {})


def test_a_refresh_tells_only_what_is_otherwise(engine: Peer, provider: MemoryProvider) -> None:
    """FID-1: what is as recorded stays as it was."""
    identity, outputs = engine.create(THING, {"size": 1, "document": "d"})
    provider.things[identity]["size"] = 5
    _, inputs, properties = engine.read(THING, identity, {"size": 1, "document": "d"}, outputs)
    assert inputs == {"size": 5, "document": "d"}
    assert properties == {**outputs, "size": 5}


def test_an_import_finds_the_inputs(engine: Peer) -> None:
    """Without recorded inputs, all that was found of the type's properties are inputs."""
    identity, _ = engine.create(THING, {"size": 1})
    found, inputs, outputs = engine.read(THING, identity)
    assert (found, inputs["size"], "arn" in inputs, "arn" in outputs) == (identity, 1, False, True)


def test_a_refusal_says_what_and_what_to_do(engine: Peer, provider: MemoryProvider) -> None:
    """The provider's words and its hint reach the engine."""
    provider.refuse = lambda verb, _name: "quota" if verb == "create" else None
    with pytest.raises(grpc.RpcError) as caught:
        engine.create(THING, {"size": 1})
    assert "quota" in caught.value.details()
    assert "see the arguments of this resource" in caught.value.details()


class HalfMade(MemoryProvider):
    """Resources that exist although their creation fails."""

    def create(self, operation: Operation, token: str, name: str, inputs: Properties) -> State:
        state = super().create(operation, token, name, inputs)
        raise ProviderError(urn=operation.urn, call="Create", code="NotSteady", detail="d", partial=state)


def test_a_resource_that_exists_although_its_creation_failed_is_recorded() -> None:
    """The engine is told its id and properties, so that the next run updates it and leaves none behind."""
    with peer_of(HalfMade()) as engine:
        engine.configure()
        with pytest.raises(grpc.RpcError) as caught:
            engine.create(THING, {"size": 1})
    [(_, carried)] = [item for item in caught.value.trailing_metadata() if item[0] == DETAILS]
    [detail] = status_pb2.Status.FromString(carried).details
    failed = provider_pb2.ErrorResourceInitFailed()
    assert detail.Unpack(failed)
    assert (failed.id, decode_struct(failed.properties)["arn"]) == ("a-1", "arn:a-1")
    assert "NotSteady" in failed.reasons[0]


def test_a_function_is_called_or_unknown(engine: Peer) -> None:
    """A function without a mapping is named."""
    assert engine.invoke("aws:test/echo:echo", {"a": 1}) == {"a": 1}
    with pytest.raises(grpc.RpcError) as caught:
        engine.invoke("aws:test/none:none", {})
    assert "aws:test/none:none" in caught.value.details()


def test_nothing_begins_after_a_cancellation(engine: Peer, provider: MemoryProvider) -> None:
    """A cancelled run makes nothing more."""
    engine.stub.Cancel(empty_pb2.Empty())
    with pytest.raises(grpc.RpcError) as caught:
        engine.create(THING, {"size": 1})
    assert (caught.value.code(), provider.calls) == (grpc.StatusCode.CANCELLED, [])


def test_a_provider_that_cannot_connect_says_why() -> None:
    """Unconfigured, or without a region, it says so."""

    def refuse(_region: str) -> Any:
        raise EngineError("no sandbox is running")

    with peer_of(MemoryProvider()) as engine:
        with pytest.raises(grpc.RpcError, match="not configured"):
            engine.create(THING, {})
        with pytest.raises(grpc.RpcError, match="aws:region"):
            engine.stub.Configure(provider_pb2.ConfigureRequest())


def test_settings_that_would_be_ignored_are_refused(engine: Peer) -> None:
    """A profile, say, means nothing in a sandbox."""
    request = provider_pb2.CheckRequest(
        urn=urn("pulumi:providers:aws"), news=encode_struct({"region": "r", "profile": "p"})
    )
    answer = engine.stub.CheckConfig(request)
    assert [failure.property for failure in answer.failures] == ["profile"]


@pytest.mark.parametrize(
    ("old", "new", "replaces"), [("a", "a", []), ("a", "b", ["region"]), ("a", UNKNOWN, [])]
)
def test_another_region_means_other_resources(engine: Peer, old: Any, new: Any, replaces: list[str]) -> None:
    """A region that is not known yet replaces nothing."""
    request = provider_pb2.DiffRequest(
        urn=urn("pulumi:providers:aws"),
        old_inputs=encode_struct({"region": old}),
        news=encode_struct({"region": new}),
    )
    assert list(engine.stub.DiffConfig(request).replaces) == replaces


def test_it_names_its_version_and_types(engine: Peer) -> None:
    """What the engine asks of any plugin."""
    assert engine.stub.GetPluginInfo(empty_pb2.Empty()).version == "7.0.0"
    assert engine.stub.GetSchema(provider_pb2.GetSchemaRequest()).schema == "{}"
    assert engine.stub.Attach(plugin_pb2.PluginAttach(address="127.0.0.1:1")) == empty_pb2.Empty()
