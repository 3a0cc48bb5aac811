"""Looks at what is deployed before anything is planned: is everything there that the records name?

Records that are lost or broken are put back from their copies, and those for which there is no copy are
refused. Then each recorded resource is looked up.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from cli.errors import CliError
from cli.project import LAYERS
from cli.worlds.world import LocalChoices, World
from stacks.names import Layer

if TYPE_CHECKING:
    from sandbox.engine.running.refresh import Drift, Observation


@dataclass(frozen=True, slots=True, kw_only=True)
class EnvironmentInspection:
    """What was found: files that were put back, and the resources of each layer that are not as recorded."""

    restored: tuple[Path, ...] = ()
    observations: tuple[Observation, ...] = ()

    @property
    def drifts(self) -> tuple[Drift, ...]:
        """The resources that are not as recorded, or could not be looked up."""
        return tuple(drift for found in self.observations for drift in found.drifts)


class RecordsLostError(CliError):
    """A record of what was deployed is gone, and there is no copy of it."""

    def __init__(self, what: str) -> None:
        """`what` names the records, and how it is known that something was deployed."""
        super().__init__(
            f"{what}: what was deployed is not known any more",
            hint="`myelin down` ends the sandbox, and `myelin up` then makes everything anew",
        )


def inspect(world: World) -> EnvironmentInspection:
    """Put records back and look at every resource; what is found is not recorded yet.

    Raises RecordsLostError, and StateError for a record that cannot be read.
    """
    restored = world.restore_records()
    require_records(world)
    return EnvironmentInspection(
        restored=restored, observations=tuple(world.observe(layer) for layer in LAYERS)
    )


def refresh_records(world: World, *, keep: bool) -> EnvironmentInspection:
    """Look at every resource, and record what is otherwise than recorded, unless the records are to be kept.

    Raises NotRunningError, LockedError, RecordsLostError or StateError.
    """
    if keep:
        return EnvironmentInspection(observations=tuple(world.observe(layer) for layer in LAYERS))
    _ = world.endpoint  # what does not run is not to be started for this
    with world.deploying(LocalChoices()):
        found = inspect(world)
        if found.drifts:
            # what the last deployment left is not what is recorded any more
            world.fingerprint_file.unlink(missing_ok=True)
        for observation in found.observations:
            world.record(observation)
    return found


def require_records(world: World) -> None:
    """Raise RecordsLostError when a layer has no record and yet was deployed."""
    environment = world.environment
    recorded = [layer for layer in LAYERS if world.resource_count(layer)]
    for layer in LAYERS:
        above = [other for other in recorded if LAYERS.index(other) > LAYERS.index(layer)]
        if layer not in recorded and above:
            raise RecordsLostError(
                f"the record of `{environment.stack(layer)}` is gone, while there is one of "
                f"`{environment.stack(above[0])}`, which stands on it"
            )
    if Layer.WORKLOADS not in recorded:
        running = world.unrecorded_services()
        if running:
            named = ", ".join(f"`{service}`" for service in running)
            raise RecordsLostError(
                f"there is no record of `{environment.stack(Layer.WORKLOADS)}`, and {named} runs unrecorded"
            )
