"""Records all layers of an environment, each reading what the one below put out."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from pathlib import Path
from tempfile import gettempdir
from typing import Any

from components.account import Account
from components.declarations import load_services
from components.functions.definition import FunctionCode
from components.functions.runtime import FunctionTarget
from components.scope import Scope
from stacks.config_file import load_config_file
from stacks.layers.context import LayerContext
from stacks.names import Layer, StackName
from stacks.program import deploy_stack
from tests.support.paths import ROOT
from tests.support.recording.recorder import ACCOUNT, REGION, Graph, record

ENVIRONMENTS = ("dev", "prod", "sandbox", "staging")


def archive(project_root: Path, code: FunctionCode, target: FunctionTarget) -> Path:
    """Stands in for the code archive: a small file, so that no test waits for a download."""
    path = Path(gettempdir()) / f"governance-{target}.zip"
    path.write_bytes(b"PK\x05\x06" + bytes(18))
    return path


def record_environment(
    environment: str,
    root: Path = ROOT,
    *,
    changed: Mapping[Layer, Mapping[str, str]] | None = None,
    last: Layer = Layer.WORKLOADS,
) -> dict[Layer, Graph]:
    """The graphs of an environment's layers up to `last`; `changed` has other configuration for some."""
    graphs: dict[Layer, Graph] = {}
    outputs: dict[str, Mapping[str, Any]] = {}
    layers = list(Layer)
    for layer in layers[: layers.index(last) + 1]:
        stack = StackName(environment=environment, layer=layer)
        config = {**load_config_file(stack.config_file(root)).values, **(changed or {}).get(layer, {})}
        graphs[layer] = record(
            lambda: deploy_stack(root, archive), stack=str(stack), config=config, root=root, stacks=outputs
        )
        outputs[f"organization/myelin/{stack}"] = graphs[layer].outputs
    return graphs


@cache
def recorded(environment: str) -> dict[Layer, Graph]:
    """As record_environment for the project itself, once a test process."""
    return record_environment(environment)


def recorded_outputs(environment: str) -> dict[str, Mapping[str, Any]]:
    """The outputs of an environment's recorded stacks by their full names."""
    return {
        f"organization/myelin/{environment}-{layer}": graph.outputs
        for layer, graph in recorded(environment).items()
    }


def layer_context(layer: Layer, environment: str = "dev") -> LayerContext:
    """The values that the program would give a layer of the project."""
    return LayerContext(
        stack=StackName(environment=environment, layer=layer),
        root=ROOT,
        services=load_services(ROOT / "services"),
        scope=Scope(account=Account(id=ACCOUNT, region=REGION), environment=environment, layer=layer),
        build_archive=archive,
    )
