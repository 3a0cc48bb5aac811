"""Finds out what of an environment is not as the program declares it, by looking at AWS itself."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

from cli.deployment.inputs import Inputs
from cli.deployment.plan import layer_program
from cli.project import LAYERS, Project
from cli.worlds.world import World
from stacks.names import StackName

if TYPE_CHECKING:
    from sandbox.engine.planning.drift import ResourceDrift, StackDrift
    from sandbox.engine.values.properties import PropertyMap

OWNERS = {
    ("aws:ecs/service:Service", "desiredCount"): "auto-scaling",
    ("aws:lb/listenerRule:ListenerRule", "actions"): "ECS (it shifts traffic by the weights)",
    ("aws:secretsmanager/secretVersion:SecretVersion", "secretString"): "rotation",
    ("aws:ec2/defaultNetworkAcl:DefaultNetworkAcl", "subnetIds"): "the network ACLs of the tiers",
}
"""Who owns what the program leaves to others, by type and input."""
OTHERS = "others, as the program says by ignore_changes"


@dataclass(frozen=True, slots=True, kw_only=True)
class EnvironmentDrift:
    """What differs, by layer."""

    layers: tuple[StackDrift, ...]

    @property
    def drifts(self) -> tuple[ResourceDrift, ...]:
        """What is not as declared, without what is delegated alone."""
        return tuple(drift for drift in self._all() if not drift.is_delegated)

    @property
    def delegated(self) -> tuple[ResourceDrift, ...]:
        """What differs where the program leaves that to others."""
        return tuple(drift for drift in self._all() if drift.delegated)

    @property
    def looked_at(self) -> int:
        """The number of resources that were looked at."""
        return sum(layer.looked_at for layer in self.layers)

    def _all(self) -> Iterator[ResourceDrift]:
        for layer in self.layers:
            yield from layer.drifts


def find_environment_drift(project: Project, world: World, inputs: Inputs) -> EnvironmentDrift:
    """Compare every layer with what is there; changes nothing, no record either.

    Raises NotRunningError, and what the program raises.
    """
    from stacks.program import load_layers  # noqa: PLC0415 - as in layer_program

    _ = world.endpoint  # what does not run is not to be started for this
    load_layers()
    predicted: dict[str, PropertyMap] = {}
    found: list[StackDrift] = []
    for layer in LAYERS:
        stack = StackName(environment=inputs.environment, layer=layer)
        drift, predicted[str(stack)] = world.find_drift(
            layer_program(project, inputs, stack), predicted=predicted
        )
        found.append(drift)
    return EnvironmentDrift(layers=tuple(found))


def owner_of(token: str, name: str) -> str:
    """Who owns an input that the program leaves to others."""
    return OWNERS.get((token, name), OTHERS)
