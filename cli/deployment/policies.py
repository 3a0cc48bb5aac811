"""Publishes the policies as a part of a deployment, or previews that."""

from __future__ import annotations

from dataclasses import dataclass

from cli.deployment.inputs import Inputs
from cli.policies.admin_client import admin_of
from cli.worlds.world import World
from policies.calls.changing.deployment import Published, preview_deployment
from policies.calls.store.policy_store import PolicyStore
from stacks.outputs import RecordedPlatform


@dataclass(frozen=True, slots=True, kw_only=True)
class PublishPreview:
    """The version that would be current after a deployment, and the one that is; empty when none is."""

    version: str
    current: str

    @property
    def changed(self) -> bool:
        """Whether another version would become current."""
        return self.version != self.current


def preview_policies(world: World, platform: RecordedPlatform | None, inputs: Inputs) -> PublishPreview:
    """The version that a deployment would make current; `platform` is None when it is not deployed yet."""
    if platform is None:
        return PublishPreview(version=inputs.policies.version, current="")
    client, table = world.client("dynamodb"), platform.policy_table_name
    found = PolicyStore(client, table).pointer()
    return PublishPreview(
        version=preview_deployment(inputs.policies, table, client), current=found.version if found else ""
    )


def publish_policies(world: World, inputs: Inputs, platform: RecordedPlatform) -> Published:
    """Bring the changes of the policy folder into the current version, in the name of the world's actor.

    The admin function does it: nobody else may write the table. Raises AdminRefusedError; where approval is
    in force, for every version but the first.
    """
    done = admin_of(world, platform).deploy(inputs.packed)
    return Published(**done.model_dump())
