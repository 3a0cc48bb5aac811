"""Reading what is recorded of a deployed layer, and what every layer hands up."""

from __future__ import annotations

import ast
from collections.abc import Callable, Mapping
from dataclasses import FrozenInstanceError, fields
from typing import Any

import pytest

from stacks.errors import LayerOutputError
from stacks.names import Layer, StackName
from stacks.outputs import (
    FoundationOutputs,
    PlatformOutputs,
    RecordedOutputs,
    ServiceOutputs,
    WorkloadOutputs,
    as_text,
    as_texts,
)
from tests.support.paths import ROOT
from tests.support.recording.environments import recorded

CLASSES = (FoundationOutputs, PlatformOutputs, WorkloadOutputs)
READERS = ("cli", "stacks", "tests/end_to_end", "tests/support/end_to_end")
"""Where outputs are read. Unit tests name them, as `pulumi stack output` and the recorded states do."""
AXON = {
    "service_name": "axon",
    "task_definition_arn": "arn",
    "log_group": "/axon",
    "target_group_arn": None,
    "alarm": "dev/axon",
}


def source(layer: Layer, **outputs: Any) -> RecordedOutputs:
    return RecordedOutputs(StackName(environment="dev", layer=layer), outputs)


def foundation(outputs: Mapping[str, Any]) -> FoundationOutputs[str, tuple[str, ...]]:
    return FoundationOutputs.read(source(Layer.FOUNDATION, **outputs))


def workloads(outputs: Mapping[str, Any]) -> WorkloadOutputs[str, tuple[str, ...]]:
    return WorkloadOutputs.read(source(Layer.WORKLOADS, **outputs))


@pytest.mark.parametrize("value", [None, 1, [], {}])
def test_not_text(value: object) -> None:
    """Only text is text."""
    assert as_text(value) is None
    assert as_text("a") == "a"


@pytest.mark.parametrize("value", [None, "a", ["a", 1], {"a": "b"}])
def test_not_a_list_of_texts(value: object) -> None:
    """A list with anything else in it is not what was asked for."""
    assert as_texts(value) is None
    assert as_texts(["a", "b"]) == ["a", "b"]


def test_reads_texts_lists_tables_and_services() -> None:
    """Each output is read as what its class declares."""
    below = foundation({"vpc_id": "vpc-1", "private_subnet_ids": ["a", "b"], "key_arns": {"axon": "arn"}})
    assert (below.vpc_id, below.private_subnet_ids, below.key_arns["axon"]) == ("vpc-1", ("a", "b"), "arn")
    assert workloads({"services": {"axon": AXON}}).services == {
        "axon": ServiceOutputs(
            service_name="axon",
            task_definition_arn="arn",
            log_group="/axon",
            target_group_arn=None,
            alarm="dev/axon",
        )
    }


@pytest.mark.parametrize(
    ("outputs", "look", "name", "expected"),
    [
        ({}, lambda found: found.vpc_id, "vpc_id", "text"),
        ({"vpc_id": ["vpc-1"]}, lambda found: found.vpc_id, "vpc_id", "text"),
        ({}, lambda found: found.private_subnet_ids, "private_subnet_ids", "a list of texts"),
        ({"key_arns": {"axon": 1}}, lambda found: found.key_arns, "key_arns", "a table of texts"),
        ({"key_arns": {}}, lambda found: found.key_arns["axon"], "key_arns", "a table with `axon`"),
    ],
)
def test_missing_or_misshapen(
    outputs: Mapping[str, Any], look: Callable[[Any], Any], name: str, expected: str
) -> None:
    """An output that is not there, or not what it has to be, is named, with what brings it."""
    found = foundation(outputs)
    with pytest.raises(LayerOutputError) as caught:
        look(found)
    assert caught.value.message == f"the stack `dev-foundation` has no output `{name}` that is {expected}"
    assert caught.value.hint == "another version deployed it; `myelin up dev` brings it up to date"


@pytest.mark.parametrize("parts", [None, {}, {**AXON, "log_group": 1}, {"service_name": "axon"}])
def test_a_service_that_is_misshapen(parts: object) -> None:
    """One service without all of its outputs makes the whole table an error."""
    with pytest.raises(LayerOutputError, match="`services` that is a table of services"):
        _ = workloads({"services": {"axon": parts}}).services


def test_what_is_not_used_may_be_missing() -> None:
    """A layer that was deployed before an output was added can be read for those that it has."""
    assert foundation({"vpc_id": "vpc-1"}).vpc_id == "vpc-1"


def test_outputs_are_frozen() -> None:
    """What was read does not change; a name that is no output is no attribute."""
    found: Any = foundation({"vpc_id": "vpc-1"})
    with pytest.raises(FrozenInstanceError):
        found.vpc_id = "vpc-2"
    with pytest.raises(AttributeError, match="FoundationOutputs has no output vpc"):
        _ = found.vpc


@pytest.mark.parametrize("kind", CLASSES)
def test_every_output_of_a_deployed_layer_can_be_read(kind: type[Any]) -> None:
    """What a layer exports is what its class declares, no more and no less, each in the declared shape."""
    exported = recorded("dev")[kind.layer].outputs
    names = {field.name for field in fields(kind)}
    assert set(exported) == names
    found = kind.read(source(kind.layer, **exported))
    assert all(getattr(found, name) for name in names)


def test_no_output_is_named_elsewhere() -> None:
    """Outputs are attributes; their names as texts stand in one file, so that a renamed one is found."""
    names = {field.name for kind in (*CLASSES, ServiceOutputs) for field in fields(kind)}
    names -= {"services"}  # a folder, too, and a word of ECS
    files = [file for folder in READERS for file in sorted((ROOT / folder).rglob("*.py"))]
    named = [
        f"{file.relative_to(ROOT)}:{node.lineno}: {node.value}"
        for file in files
        if file != ROOT / "stacks" / "outputs.py"
        for node in ast.walk(ast.parse(file.read_text(encoding="utf-8")))
        if isinstance(node, ast.Constant) and node.value in names
    ]
    assert named == []
