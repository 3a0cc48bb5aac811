"""The checkpoint is a version 3 deployment that Pulumi would take for its own."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import replace
from importlib.metadata import version
from typing import Any

import pulumi
from hypothesis import given, settings
from hypothesis import strategies as st

from sandbox.engine.engine import Engine
from sandbox.engine.state import checkpoint
from sandbox.engine.state.entries import PendingOperation
from sandbox.engine.state.stack_state import StackState
from sandbox.engine.state.store import StateStore
from sandbox.engine.values import wire
from tests.support.effort import effort
from tests.support.engine.crash_points import CrashPoints
from tests.support.engine.memory_provider import MemoryProvider
from tests.support.engine.programs import STACK, Group, Thing, program, running
from tests.support.engine.self_killing_update import AFTER, BEFORE
from tests.support.engine.values import ROOT, STACK_URN, URN, resources, thing, unhurried

TIME = "2026-11-22T00:00:00+00:00"


def verify(document: Mapping[str, Any]) -> None:
    """Check what Pulumi checks of a deployment (Snapshot.VerifyIntegrity), and the fields it needs."""
    assert document["version"] == 3
    deployment = document["deployment"]
    manifest = deployment["manifest"]
    assert manifest["magic"] == hashlib.sha256(manifest["version"].encode()).hexdigest()
    live: set[str] = set()
    seen: set[str] = set()
    providers: set[str] = set()
    for entry in deployment["resources"]:
        assert isinstance(entry["custom"], bool)
        assert entry["type"] == entry["urn"].split("::")[2].split("$")[-1]
        if entry["type"].startswith("pulumi:providers:"):
            providers.add(f"{entry['urn']}::{entry['id']}")
        elif entry["custom"]:
            assert entry["provider"] in providers
            assert entry["id"]
        else:
            assert "provider" not in entry
        named = [entry.get("parent"), *entry.get("dependencies", [])]
        named += [urn for urns in entry.get("propertyDependencies", {}).values() for urn in urns]
        assert {urn for urn in named if urn} <= seen, f"{entry['urn']} comes before what it refers to"
        if not entry.get("delete"):
            assert entry["urn"] not in live
            assert entry["urn"] not in seen, "what waits for deletion comes after what replaced it"
            live.add(entry["urn"])
        seen.add(entry["urn"])
    for operation in deployment["pending_operations"]:
        assert operation["type"] in ("creating", "updating", "deleting")
        assert operation["resource"]["urn"]
    json.dumps(document, allow_nan=False)


def test_writes_a_deployment(provider: MemoryProvider, engine: Engine) -> None:
    """A checkpoint has the stack, its components, resources, providers, edges and sealed secrets."""
    engine.up(running(lambda: pulumi.export("shared", pulumi.Output.secret({"a": 1})), "other-layer"))

    def main() -> None:
        other = pulumi.StackReference("organization/myelin/other-layer")
        group = Group("group")
        options = pulumi.ResourceOptions(parent=group, protect=True)
        first = Thing("first", {"secret": pulumi.Output.secret("hush"), "size": 1}, options)
        Thing("second", {"refs": [first.id], "document": other.get_output("shared")})
        pulumi.export("arn", first.arn)

    engine.up(running(main))
    document = checkpoint.dump(engine._store.load(STACK), time=TIME)
    verify(document)
    entries = {entry["urn"].split("::")[-1]: entry for entry in document["deployment"]["resources"]}
    assert set(entries) == {
        f"default_{version('pulumi-aws').replace('.', '_')}",
        "default",
        "myelin-test-layer",
        "group",
        "first",
        "organization/myelin/other-layer",
        "second",
    }
    first = entries["first"]
    sealed = {wire.SIGNATURE: wire.SECRET, "plaintext": '"hush"'}
    assert first["inputs"]["secret"] == sealed
    assert first["outputs"]["secret"] == sealed
    assert first["outputs"]["token"] == {wire.SIGNATURE: wire.SECRET, "plaintext": '"hush-first-1"'}
    assert first["protect"] is True
    assert first["parent"] == entries["group"]["urn"]
    second = entries["second"]
    assert second["propertyDependencies"]["refs"] == [first["urn"]]
    reference = entries["organization/myelin/other-layer"]
    assert reference["external"] is True
    assert reference["id"] == "organization/myelin/other-layer"
    assert set(second["dependencies"]) == {first["urn"], reference["urn"]}
    assert entries["myelin-test-layer"]["outputs"] == {"arn": "arn:first-1"}


def test_is_valid_at_every_moment(provider: MemoryProvider, engine: Engine, folder: Any) -> None:
    """Whatever a killed run leaves, what is read of it makes a checkpoint that Pulumi would take."""
    engine.up(program(BEFORE))
    crashes = CrashPoints(provider, folder)
    with crashes.collected() as watched:
        watched.up(program(AFTER))
    for crash in crashes.all:
        crashes.leave(crash)
        state = StateStore(folder).load(STACK)
        verify(checkpoint.dump(state, time=TIME))


@st.composite
def states(draw: st.DrawFn) -> StackState:
    """A state in which every reference leads to something that is recorded."""
    state = StackState(resources={ROOT.urn: ROOT})
    known = [ROOT.urn]
    for name in draw(st.lists(st.sampled_from("abcdef"), unique=True)):
        resource = replace(draw(resources(name, tuple(known))), id=f"{name}-1")
        state.resources[resource.urn] = resource
        known.append(resource.urn)
    for number, name in enumerate(draw(st.lists(st.sampled_from("abcdef"), max_size=3))):
        old = replace(draw(resources(name, tuple(known))), id=f"{name}-{number + 2}", external=False)
        state.pending_deletes.append(old)
    for number in range(draw(st.integers(0, 2))):
        kind = draw(st.sampled_from(["creating", "updating", "deleting"]))
        pending = PendingOperation(
            operation_id=str(number), kind=kind, resource=replace(draw(resources("p")), id="p-1")
        )
        state.pending_operations[pending.operation_id] = pending
    return state


@settings(unhurried, max_examples=effort(20))
@given(state=states())
def test_reads_back_what_it_wrote(state: StackState) -> None:
    """A state comes back as it was, through JSON, and what was written is valid."""
    document = json.loads(json.dumps(checkpoint.dump(state, time=TIME)))
    verify(document)
    again = checkpoint.load(document)
    assert again.resources == state.resources
    assert again.pending_operations == state.pending_operations
    assert sorted(again.pending_deletes, key=repr) == sorted(state.pending_deletes, key=repr)


def test_leaves_out_what_leads_nowhere() -> None:
    """A reference to a resource that is gone, as a run cut off may leave it, is not written."""
    gone = URN + "gone"
    state = StackState(resources={ROOT.urn: ROOT})
    orphan = thing("a", parent=gone, dependencies=(gone, STACK_URN), property_dependencies={"refs": (gone,)})
    state.resources[orphan.urn] = orphan
    document = checkpoint.dump(state, time=TIME)
    verify(document)
    read = checkpoint.load(document).resources[orphan.urn]
    assert (read.parent, read.dependencies, read.property_dependencies) == ("", (STACK_URN,), {"refs": ()})


def test_names_a_provider_for_what_only_waits_for_deletion() -> None:
    """A state whose last resource waits for deletion still has that resource's provider."""
    state = StackState(resources={ROOT.urn: ROOT}, pending_deletes=[thing("a", "a-1")])
    verify(checkpoint.dump(state, time=TIME))


def test_an_empty_state_is_a_deployment() -> None:
    """A stack that was opened and has nothing yet is valid, too."""
    document = checkpoint.dump(StackState(), time=TIME)
    verify(document)
    assert checkpoint.load(document) == StackState()
