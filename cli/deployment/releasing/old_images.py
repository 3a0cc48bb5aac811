"""Deletes copies of images that no release of any deployed environment names, and no setting wants."""

from __future__ import annotations

from cli.environment import read_environment
from cli.images.collecting import superfluous
from cli.images.copies import open_store
from cli.project import Project
from cli.releases.errors import LedgerError
from cli.releases.ledger import open_ledger
from cli.terminal.output import note
from cli.worlds.world import World
from stacks.errors import StackSettingsError
from stacks.layer_settings import WorkloadSettings
from stacks.names import Layer
from stacks.settings import load_settings


def collect_images(project: Project, world: World) -> None:
    """Delete old copies; whatever keeps the releases from being read keeps all copies, and is said."""
    store = open_store(project)
    try:
        gone = superfluous(store.all(), lambda: named_images(project, world))
    except (LedgerError, StackSettingsError) as error:
        note(f"no old image is deleted: {error.message}")
        return
    store.remove(gone)


def named_images(project: Project, world: World) -> frozenset[str]:
    """The digests that any release names whose environment is deployed in the same place, or any stack file.

    Raises LedgerError or StackSettingsError.
    """
    found: set[str] = set()
    for name in project.environments():
        environment = read_environment(project, name)
        file = environment.files[Layer.WORKLOADS]
        found.update(load_settings(WorkloadSettings, file.plain_values(), file).images.values())
        if name not in world.deployed_environments():
            continue
        there = world.with_environment(environment)
        platform = there.platform()
        if platform is None:
            continue
        ledger = open_ledger(there, platform)
        by_inputs = {release.start.inputs: release for release in ledger.releases()}
        for release in by_inputs.values():
            found.update(ledger.inputs(release).images.values())
    return frozenset(found)
