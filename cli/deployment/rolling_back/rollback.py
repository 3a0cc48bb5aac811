"""Prepares a rollback: which release it goes back to, whether that one can come back, and its files.

A rollback is a deployment of the inputs of an earlier release, with the program of the working tree. What
cannot be made again of inputs, such as what a replaced table held, keeps a release from coming back.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

from cli.deployment.inputs import read_inputs
from cli.deployment.pipeline import ReleaseAim
from cli.deployment.policies import PolicyReturn
from cli.deployment.releasing.release_inputs import write_inputs
from cli.errors import CliError, Explained, UsageError
from cli.images.copies import lost_images
from cli.images.setting import write_images
from cli.project import Project
from cli.releases.comparison import InputDifference, compare_inputs
from cli.releases.ledger import ReleaseLedger, open_ledger
from cli.releases.release import Release, ReleaseState
from cli.worlds.world import World, deployed_platform
from policies.calls.store.policy_store import PolicyStore
from sandbox.engine.values.urn import type_and_name
from stacks.names import Layer
from stacks.outputs import RecordedPlatform


class CannotComeBackError(CliError):
    """A release of which something is gone for good."""

    def __init__(self, number: int, reasons: Sequence[str], *, commit: str = "") -> None:
        """`commit` is the release's own, if it had one."""
        super().__init__(
            f"release {number} cannot come back: {'; '.join(reasons)}; nothing was changed",
            hint="go back to another with --to"
            + (f", or deploy the files of its commit {commit[:12]} with `myelin up`" if commit else ""),
        )


class NothingBeforeError(UsageError):
    """There is no release to go back to."""

    def __init__(self, environment: str) -> None:
        super().__init__(
            f"no release of `{environment}` succeeded with other inputs than the newest",
            hint=f"name one with --to; list them with `myelin release list {environment}`",
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class PreparedRollback:
    """A rollback that can be deployed: the release to go back to, and its files as project and world.

    `differences` lead from the inputs of the newest release to those of `release`.
    """

    release: Release
    newest: Release
    differences: tuple[InputDifference, ...]
    project: Project
    world: World
    aim: ReleaseAim


def choose_release(releases: Sequence[Release], environment: str) -> Release:
    """The newest release that succeeded with other inputs than the last; raises NothingBeforeError."""
    for one in reversed(releases):
        if one.state is ReleaseState.SUCCEEDED and one.start.inputs != releases[-1].start.inputs:
            return one
    raise NothingBeforeError(environment)


@contextmanager
def prepare_rollback(
    project: Project, world: World, ledger: ReleaseLedger, release: Release, newest: Release
) -> Iterator[PreparedRollback]:
    """The files of a release, for as long as the block lasts. Raises CannotComeBackError or LedgerError."""
    platform = deployed_platform(world)
    if not release.complete:
        raise _refusal(release, f"it was never applied as a whole, it is {release.state}")
    recorded = ledger.inputs(release)
    with TemporaryDirectory(prefix="myelin-release-") as folder:
        then, environment = write_inputs(recorded, project, world.environment, Path(folder))
        there = world.with_environment(environment)
        try:
            inputs = read_inputs(then, environment)
        except Exception as error:
            if not isinstance(error, Explained):
                raise
            raise _refusal(release, f"this program does not take its inputs ({error.message})") from error
        reasons = [
            *_lost_resources(_durable(ledger, release), world.durable_resources()),
            *_lost_policies(world, platform, release),
            *lost_images(then, environment.name, inputs.images, inputs.composed).values(),
        ]
        if reasons:
            raise _refusal(release, *reasons)
        yield PreparedRollback(
            release=release,
            newest=newest,
            differences=compare_inputs(ledger.inputs(newest), recorded),
            project=then,
            world=there,
            aim=ReleaseAim(
                back_to=release.number,
                inputs=inputs,
                policies=PolicyReturn(
                    version=release.policy_version,
                    folder=release.start.policy_folder,
                    note=f"rollback to release {release.number}",
                ),
            ),
        )


def _refusal(release: Release, *reasons: str) -> CannotComeBackError:
    return CannotComeBackError(release.number, reasons, commit=release.start.commit)


def releases_of(world: World) -> tuple[ReleaseLedger, tuple[Release, ...]]:
    """The ledger of a deployed environment and its releases; raises NotDeployedError or LedgerError."""
    ledger = open_ledger(world, deployed_platform(world))
    return ledger, ledger.releases()


def _durable(ledger: ReleaseLedger, release: Release) -> Mapping[str, str]:
    found: Mapping[str, str] = json.loads(ledger.load(release.durable))
    return found


def _lost_resources(then: Mapping[str, str], now: Mapping[str, str]) -> Iterator[str]:
    """What held data then and is gone, or is another by now."""
    for urn, identity in sorted(then.items()):
        kind, name = type_and_name(urn)
        if urn not in now:
            yield f"{kind} {name} was deleted since, with what it held"
        elif now[urn] != identity:
            yield f"{kind} {name} was replaced since, and holds other data"


def _lost_policies(world: World, platform: RecordedPlatform, release: Release) -> Iterator[str]:
    store = PolicyStore(world.client("dynamodb"), platform.policy_table_name)
    for version in sorted({release.policy_version, release.start.policy_folder}):
        if not store.has_root(version):
            yield f"version {version[:12]} of the policies is no longer kept"


def write_back(project: Project, world: World, prepared: PreparedRollback) -> Path | None:
    """Have the stack file name the images of the release that the working tree does not make.

    The file, if that changed it. Where the code is that of the release, it needs no name.
    """
    inputs = prepared.aim.inputs
    assert inputs is not None, "they were read"  # noqa: S101
    other = {
        service: digest
        for service, digest in inputs.images.items()
        if service not in inputs.composed or inputs.composed[service].digest != digest
    }
    path = project.stack_file(world.environment.name, Layer.WORKLOADS)
    return path if write_images(path, other) else None
