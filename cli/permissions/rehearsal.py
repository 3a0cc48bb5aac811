"""Rehearses what a deployment does to an environment, and takes down which actions that needs."""

from __future__ import annotations

import threading
from dataclasses import dataclass

from cli.deployment.pipeline import deploy
from cli.permissions.provider_actions import PROVIDER_ACTIONS
from cli.project import LAYERS
from cli.terminal.progress import Screen
from cli.worlds.world import LocalChoices, World


@dataclass(frozen=True, slots=True, kw_only=True)
class DeploymentRehearsal:
    """What a rehearsal showed.

    `actions` were used; `known` are those that AWS's provider takes besides, for the types that there were;
    `unlisted` are types of which the table knows nothing; `refused` are updates that could not be rehearsed.
    """

    actions: frozenset[str]
    known: frozenset[str]
    unlisted: tuple[str, ...]
    refused: tuple[str, ...]


def rehearse(world: World, *, screen: Screen, cancelled: threading.Event) -> DeploymentRehearsal:
    """Create, update and delete an environment in a sandbox of its own, which ends with it.

    Raises whatever a deployment raises.
    """
    with world.rehearsing() as (place, rehearsed):
        deploy(
            place,
            rehearsed,
            screen=screen,
            choices=LocalChoices(),
            confirm=lambda _plans: None,
            cancelled=cancelled,
        )
        types = frozenset().union(*(rehearsed.resource_types(layer) for layer in LAYERS))
        screen.stage("updating everything to what it is")
        refused = tuple(trouble for layer in LAYERS for trouble in rehearsed.rehearse_updates(layer))
        screen.stage("deleting everything")
        rehearsed.remove(screen, cancelled)
        used = rehearsed.enforced_permissions()
        actor = rehearsed.actor()
    lines = used.used.get(actor, ()) if used is not None else ()
    return DeploymentRehearsal(
        actions=frozenset(line.partition(" ")[0] for line in lines),
        known=frozenset(action for kind in types for action in PROVIDER_ACTIONS.get(kind, ())),
        unlisted=tuple(
            sorted(kind for kind in types if kind not in PROVIDER_ACTIONS and kind.startswith("aws:"))
        ),
        refused=refused,
    )
