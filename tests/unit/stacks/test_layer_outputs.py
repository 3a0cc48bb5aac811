"""What may come out of a layer below, and what a layer learns of it before it is all there."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import pulumi
import pytest

from sandbox.engine.engine import Engine
from sandbox.engine.program.program import Program
from sandbox.engine.state.store import StateStore
from sandbox.engine.values.properties import UNKNOWN
from stacks.errors import LayerOutputError
from stacks.layer_outputs import (
    Made,
    ReferencedFoundation,
    export_outputs,
    pick,
    read_foundation,
)
from stacks.names import Layer, StackName
from stacks.outputs import ServiceOutputs, WorkloadOutputs
from tests.support.engine.memory_provider import MemoryProvider

STACK = StackName(environment="dev", layer=Layer.PLATFORM)
OUTPUTS = {
    "vpc_id": "vpc-1",
    "private_subnet_ids": ["subnet-1", "subnet-2"],
    "isolated_subnet_ids": ["subnet-1", UNKNOWN],
    "key_arns": {"axon": "arn:axon", "orbit": "arn:orbit", "beacon": UNKNOWN},
    "alert_topic_arn": UNKNOWN,
    "boundary_arns": UNKNOWN,
    "vpc_cidr": ["10.0.0.0/16"],
    "public_subnet_ids": "subnet-3",
    "endpoint_security_group_id": None,
}
Look = Callable[[ReferencedFoundation], pulumi.Output[Any]]


def preview(main: Callable[[], Any], folder: Path) -> Mapping[str, Any]:
    """Preview a program of the platform on a foundation with these outputs; gives its own outputs."""
    engine = Engine(MemoryProvider(), StateStore(folder))
    program = Program(project="myelin", stack=str(STACK), main=main)
    _, outputs = engine.preview(program, predicted={"dev-foundation": OUTPUTS})
    return outputs


def read(folder: Path, *looks: Look) -> list[Any]:
    """What a preview's program reads of the foundation; "unknown" for what is not known yet."""
    found: list[Any] = []

    async def main() -> None:
        foundation = read_foundation(STACK)
        for look in looks:
            output = look(foundation)
            found.append(await output.future() if await output.is_known() else "unknown")

    preview(main, folder)
    return found


@pytest.mark.parametrize(
    ("look", "value"),
    [
        (lambda found: found.vpc_id, "vpc-1"),
        (lambda found: found.alert_topic_arn, "unknown"),
        (lambda found: found.private_subnet_ids, ["subnet-1", "subnet-2"]),
        (lambda found: found.isolated_subnet_ids, "unknown"),
        (lambda found: found.key_arns["axon"], "arn:axon"),
        (lambda found: found.key_arns["beacon"], "unknown"),
        (lambda found: found.boundary_arns["axon"], "unknown"),
        (lambda found: pick(found.key_arns, ["axon", "orbit"]), {"axon": "arn:axon", "orbit": "arn:orbit"}),
        (lambda found: pick(found.key_arns, ["axon", "beacon"]), "unknown"),
        (lambda found: pick(found.key_arns, []), {}),
    ],
)
def test_unknown_leaves_the_rest_known(tmp_path: Path, look: Look, value: object) -> None:
    """While one output, or one entry of a table, is not known yet, every other one is."""
    assert read(tmp_path, look) == [value]


@pytest.mark.parametrize(
    ("look", "name", "expected"),
    [
        (lambda found: found.vpc_cidr, "vpc_cidr", "text"),
        (lambda found: found.endpoint_security_group_id, "endpoint_security_group_id", "text"),
        (lambda found: found.public_subnet_ids, "public_subnet_ids", "a list of texts"),
        (lambda found: found.key_arns["nobody"], "key_arns", "a table with `nobody`"),
    ],
)
def test_missing_or_misshapen(tmp_path: Path, look: Look, name: str, expected: str) -> None:
    """An output that is not there, or not what it has to be, is named with what it should be."""
    with pytest.raises(LayerOutputError) as caught:
        read(tmp_path, look)
    assert caught.value.message == f"the stack `dev-foundation` has no output `{name}` that is {expected}"
    assert caught.value.hint == "deploy it first, `pulumi up -s dev-foundation`"


def test_what_is_not_used_may_be_missing(tmp_path: Path) -> None:
    """A layer that was deployed before an output was added serves those who do not need it."""
    assert read(tmp_path, lambda found: found.vpc_id) == ["vpc-1"]


def test_exports_under_the_names_of_the_fields(tmp_path: Path) -> None:
    """Each output of a layer becomes an output of its stack; what belongs to a service is a table in it."""

    def main() -> None:
        axon: ServiceOutputs[Made] = ServiceOutputs(
            service_name=pulumi.Output.from_input("axon"),
            task_definition_arn="arn:axon",
            log_group="/axon",
            target_group_arn=None,
            alarm="dev/axon",
        )
        export_outputs(WorkloadOutputs(services={"axon": axon}, log_groups=["/axon"]))

    assert preview(main, tmp_path) == {
        "services": {
            "axon": {
                "service_name": "axon",
                "task_definition_arn": "arn:axon",
                "log_group": "/axon",
                "target_group_arn": None,
                "alarm": "dev/axon",
            }
        },
        "log_groups": ["/axon"],
    }
