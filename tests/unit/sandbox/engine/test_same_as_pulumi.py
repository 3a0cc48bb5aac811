"""What is recorded is what Pulumi's own engine records, scenario by scenario. FID-1

Each expected value is Pulumi's (3.272), with the place in its source that says so; what is different on
purpose stands in docs/adr/0006-in-process-sandbox-engine.md. Hashes have values/test_hashes.py.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pulumi
import pytest
from pulumi.runtime.proto import source_pb2

from sandbox.engine.engine import Engine
from sandbox.engine.program.goals import source_position
from sandbox.engine.running.refresh import observe
from sandbox.engine.state.store import StateStore
from sandbox.engine.values.properties import PropertyMap, SecretValue, mark_as
from tests.support.engine.memory_provider import MemoryProvider
from tests.support.engine.programs import STACK, Thing, running

ROOT = Path("/work/project")
HUSH = SecretValue("hush")


@pytest.mark.parametrize(
    ("uri", "line", "column", "expected"),
    [
        ("file:///work/project/stacks/main.py", 7, 0, "project:///stacks/main.py#7"),
        ("file:///work/project/stacks/main.py", 7, 3, "project:///stacks/main.py#7,3"),
        ("file:///work/project/a%20b/caf%C3%A9.py", 1, 0, "project:///a%20b/caf%C3%A9.py#1"),
        ("file:///work/project-2/main.py", 7, 0, ""),
        ("file:///usr/lib/python3/site.py", 7, 0, ""),
        ("file:///work/project/main.py", 0, 0, ""),
        ("https://example.org/work/project/main.py", 7, 0, ""),
        ("", 0, 0, ""),
    ],
)
def test_where_a_resource_is_declared(uri: str, line: int, column: int, expected: str) -> None:
    """From the project's folder on; of a file outside of it, nothing.

    pkg/resource/deploy/source_eval.go, parseSourcePosition.
    """
    sent = source_pb2.SourcePosition(uri=uri, line=line, column=column)
    assert source_position(sent, ROOT) == expected


@pytest.mark.parametrize(
    ("outputs", "inputs", "expected"),
    [
        ({"a": "hush"}, {"a": HUSH}, {"a": HUSH}),
        ({"a": HUSH}, {"a": HUSH}, {"a": HUSH}),
        # the same value in another property is not a secret: names are compared, not values
        ({"a": "hush", "b": "hush"}, {"a": HUSH}, {"a": HUSH, "b": "hush"}),
        ({"a": "x"}, {"b": HUSH}, {"a": "x"}),
        # in an object, only the part that is secret
        ({"a": {"x": "hush", "y": 1}}, {"a": {"x": HUSH, "y": 1}}, {"a": {"x": HUSH, "y": 1}}),
        ({"a": {"x": {"y": "hush"}}}, {"a": {"x": {"y": HUSH}}}, {"a": {"x": {"y": HUSH}}}),
        # a list is secret as a whole, as its order may be another
        ({"a": ["hush", "x"]}, {"a": [HUSH, "x"]}, {"a": SecretValue(["hush", "x"])}),
        ({"a": [{"x": "hush"}]}, {"a": [{"x": HUSH}]}, {"a": SecretValue([{"x": "hush"}])}),
        # an object that is secret as a whole, and one that came back as something else
        ({"a": {"x": 1}}, {"a": SecretValue({"x": 1})}, {"a": SecretValue({"x": 1})}),
        ({"a": '{"x":"hush"}'}, {"a": {"x": HUSH}}, {"a": SecretValue('{"x":"hush"}')}),
        ({"a": {"z": 1}}, {"a": {"x": HUSH}}, {"a": {"z": 1}}),
    ],
)
def test_which_outputs_are_secret(outputs: PropertyMap, inputs: PropertyMap, expected: PropertyMap) -> None:
    """Those whose input is, part for part.

    sdk/go/common/resource/plugin/provider_plugin.go, annotateSecrets.
    """
    assert mark_as(outputs, inputs) == expected


def deployment(folder: Path) -> dict[str, Any]:
    found: dict[str, Any] = json.loads((folder / f"{STACK}.json").read_text())["deployment"]
    return found


def test_a_checkpoint_with_secrets_says_how_they_are_kept(engine: Engine, folder: Path) -> None:
    """Without a provider of secrets Pulumi can not write them back. pkg/resource/stack/deployment.go."""
    engine.up(running(lambda: Thing("a", {"secret": pulumi.Output.secret("hush")}) and None))
    found = deployment(folder)
    assert found["secrets_providers"] == {"type": "b64"}
    (recorded,) = (one for one in found["resources"] if one["urn"].endswith("::a"))
    assert recorded["inputs"]["secret"]["plaintext"] == '"hush"'


def test_a_number_stays_one_when_it_is_refreshed(
    engine: Engine, provider: MemoryProvider, store: StateStore
) -> None:
    """AWS gives numbers back as text in places; what is recorded has the type that the program gave.

    The AWS provider's schema has the type of each property, and Pulumi records what that says.
    """
    engine.up(running(lambda: Thing("a", {"size": 5}) and None))
    provider.things["a-1"]["size"] = "7"
    seen = observe(STACK, store.load(STACK), provider)
    (entry,) = seen.entries
    assert entry.resource.inputs["size"] == 7  # type: ignore[union-attr]
    assert isinstance(entry.resource.inputs["size"], int)  # type: ignore[union-attr]
    provider.things["a-1"]["size"] = "5"
    assert observe(STACK, store.load(STACK), provider).drifts == ()
