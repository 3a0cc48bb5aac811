"""`myelin deploy`: the newest release that serves, with other images of chosen services, or once more.

1. read     The inputs of the release that serves, out of the ledger. Of the working tree, the program.
2. check    The images and the services (preflight.py). Nothing but images may differ.
3. plan     All layers, so that it is known that nothing else would change; shown, and asked where wanted.
4. apply    The workloads layer, one service after another in the order of the calls. Each deployment is
            followed to its end (following.py, ending.py). A service without another image is deployed anew.
5. write    How it came out, into the ledger; once it serves, the images into the stack file.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from tempfile import TemporaryDirectory

from cli.deployment.delivering.call_order import in_call_order
from cli.deployment.delivering.ending import await_end, budget_seconds
from cli.deployment.delivering.following import Follower, followed
from cli.deployment.delivering.preflight import NotReadyError, Preflight, Standing, require_image
from cli.deployment.delivering.service_deployments import EcsDeployment
from cli.deployment.inputs import Inputs, read_inputs
from cli.deployment.plan import LayerPlan, layer_program, plan_layers
from cli.deployment.releasing.release_inputs import write_inputs
from cli.deployment.releasing.release_writer import (
    ReleaseHistory,
    ReleaseWriter,
    close_interrupted,
    new_release,
    read_history,
)
from cli.deployment.short_shifts import short_shifts
from cli.deployment.status import EnvironmentStatus, await_healthy
from cli.deployment.trouble import trouble_told
from cli.errors import NotDeployedError, UsageError
from cli.images.copies import lost_images
from cli.images.registry import ImageRegistry
from cli.images.setting import write_images
from cli.project import Project
from cli.releases.recorded_inputs import RecordedInputs
from cli.releases.release import Release, ReleaseKind, holding, serving
from cli.terminal.output import note
from cli.terminal.progress import Screen, resource_label
from cli.worlds.world import LocalChoices, World, deployed_platform, deployed_workloads
from components.containers.deployment_plan import plan_deployment
from policies.calls.store.policy_store import PolicyStore
from sandbox.engine.planning.steps import StackPlan
from stacks.layer_settings import WorkloadSettings
from stacks.names import Layer
from stacks.settings import load_settings

_CHANGED_BY_IMAGES = frozenset({"aws:ecs/taskDefinition:TaskDefinition", "aws:ecs/service:Service"})


@dataclass(frozen=True, slots=True, kw_only=True)
class WantedImages:
    """What is to be deployed: the services, and the digests of those that get another image."""

    services: tuple[str, ...]
    images: Mapping[str, str]
    accept_findings: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Prepared:
    """A delivery that can be begun. `base` is the release that serves, `standing` how each service is."""

    base: Release
    wanted: WantedImages
    standing: tuple[Standing, ...]
    plans: tuple[StackPlan, ...]
    images: Mapping[str, str]


@dataclass(frozen=True, slots=True, kw_only=True)
class Delivered:
    """How a delivery ended. `written`: the stack file that names the images now, None if it was so before."""

    prepared: Prepared
    deployments: tuple[EcsDeployment, ...]
    release: int
    status: EnvironmentStatus
    written: Path | None


@dataclass(frozen=True, slots=True, kw_only=True)
class _Line:
    """All that stages 3 to 5 work with."""

    project: Project
    then: Project
    world: World
    recorded: RecordedInputs
    inputs: Inputs
    history: ReleaseHistory
    order: tuple[str, ...]
    plans: tuple[LayerPlan, ...]
    prepared: Prepared


def deliver(
    project: Project,
    world: World,
    wanted: WantedImages,
    *,
    screen: Screen,
    confirm: Callable[[Prepared], None],
    cancelled: threading.Event,
) -> Delivered:
    """Deploy services; raises the first failure of any stage."""
    with world.deploying(LocalChoices()), _prepared(project, world, wanted, screen, cancelled) as line:
        confirm(line.prepared)
        world.fingerprint_file.unlink(missing_ok=True)
        writer = new_release(
            project,
            world,
            line.history,
            line.inputs,
            line.recorded,
            [planned.plan for planned in line.plans],
            kind=ReleaseKind.DEPLOY,
            held=holding(line.history.releases) is not None,
        )
        with trouble_told(world, screen), writer.failures_written():
            writer.begin(deployed_platform(world))
            deployments = tuple(_deploy_all(line, screen, cancelled))
            status = _settle(world, writer, screen)
        written = _write_setting(project, world, wanted)
    assert writer.release is not None, "it has begun"  # noqa: S101
    return Delivered(
        prepared=line.prepared,
        deployments=deployments,
        release=writer.release.number,
        status=status,
        written=written,
    )


def look_ahead(project: Project, world: World, wanted: WantedImages, *, screen: Screen) -> Prepared:
    """Stages 1 to 3, and nothing more; raises their failures."""
    with world.deploying(LocalChoices()), _prepared(project, world, wanted, screen, None) as line:
        return line.prepared


@contextmanager
def _prepared(
    project: Project, world: World, wanted: WantedImages, screen: Screen, cancelled: threading.Event | None
) -> Iterator[_Line]:
    platform, workloads = deployed_platform(world), deployed_workloads(world)
    history = close_interrupted(read_history(world, platform))
    base = serving(history.releases)
    if history.ledger is None or base is None:
        raise NotDeployedError(world.environment.name, deployed=world.deployed_environments())
    before = history.ledger.inputs(base)
    _require_services(wanted.services, workloads.services)
    screen.stage("looking whether it can be deployed")
    registry = ImageRegistry(world.client("ecr"), world.environment.name)
    for service in wanted.services:
        digest = wanted.images.get(service) or before.images[service]
        require_image(service, digest, registry.find(service, digest), accept=wanted.accept_findings)
    preflight = Preflight(world.client, platform.cluster_name, workloads.services)
    standing = tuple(preflight.check(service) for service in wanted.services)
    recorded = before.model_copy(update={"images": {**before.images, **wanted.images}})
    with TemporaryDirectory(prefix="myelin-deploy-") as folder:
        then, environment = write_inputs(recorded, project, world.environment, Path(folder))
        inputs = read_inputs(then, environment)
        chosen = [inputs.services.get(service) for service in wanted.services]
        for short in short_shifts(chosen, inputs.deployment_defaults):
            note(f"warning: {short}")
        lost = lost_images(then, environment.name, inputs.images, inputs.composed)
        if lost:
            raise NotReadyError(
                tuple(lost.values()), hint="`myelin image list` says of which there are copies"
            )
        screen.stage("planning")
        plans = plan_layers(then, inputs, world.deployer, cancelled=cancelled)
        _require_images_alone([planned.plan for planned in plans], world.environment.name)
        yield _Line(
            project=project,
            then=then,
            world=world,
            recorded=recorded,
            inputs=inputs,
            history=history,
            order=in_call_order(inputs.services, wanted.services),
            plans=plans,
            prepared=Prepared(
                base=base,
                wanted=wanted,
                standing=standing,
                plans=tuple(planned.plan for planned in plans),
                images=before.images,
            ),
        )


def _require_services(chosen: Sequence[str], deployed: Mapping[str, object]) -> None:
    for service in chosen:
        if service not in deployed:
            raise UsageError(
                f"there is no service `{service}`", hint=f"deployed are {', '.join(sorted(deployed))}"
            )


def _require_images_alone(plans: Sequence[StackPlan], environment: str) -> None:
    """Raise UsageError where the program of the working tree makes something else of the same inputs."""
    steps = (step for plan in plans for step in plan.changes if step.is_real)
    others = [resource_label(step) for step in steps if step.type not in _CHANGED_BY_IMAGES]
    if others:
        more = f" and {len(others) - 3} more" if len(others) > 3 else ""
        raise UsageError(
            f"the program here would change more than images, {', '.join(others[:3])}{more}: nothing is done",
            hint=f"`myelin preview {environment}` shows it, and `myelin up {environment}` deploys all of it",
        )


def _deploy_all(line: _Line, screen: Screen, cancelled: threading.Event) -> Iterator[EcsDeployment]:
    """Deploy one service after another; those behind one that fails are not begun."""
    images = dict(line.prepared.images)
    for service in line.order:
        images[service] = line.recorded.images[service]
        yield from _deploy_one(line, service, images, screen, cancelled)


def _deploy_one(
    line: _Line, service: str, images: Mapping[str, str], screen: Screen, cancelled: threading.Event
) -> tuple[EcsDeployment, ...]:
    world = line.world
    platform, ecs = deployed_platform(world), world.client("ecs")
    scale = world.running(platform, deployed_workloads(world)).time_scale
    follower = Follower(ecs, platform.cluster_name, [service], screen.stage, time_scale=scale)
    plan = plan_deployment(line.inputs.services.get(service), line.inputs.deployment_defaults)
    with followed(follower, screen):
        if images[service] == line.prepared.images[service]:
            screen.stage(f"{service}: deployed anew with the same image")
            ecs.update_service(cluster=platform.cluster_name, service=service, forceNewDeployment=True)
        else:
            _apply(line, service, images, screen, cancelled)
    return await_end(follower, [service], seconds=budget_seconds(plan, scale))


def _apply(
    line: _Line, service: str, images: Mapping[str, str], screen: Screen, cancelled: threading.Event
) -> None:
    """Bring the workloads layer to these images."""
    now = line.recorded.model_copy(update={"images": dict(images)})
    with TemporaryDirectory(prefix="myelin-deploy-") as folder:
        project, environment = write_inputs(now, line.project, line.world.environment, Path(folder))
        inputs = read_inputs(project, environment)
        stack = environment.stack(Layer.WORKLOADS)
        screen.stage(f"{service}: {images[service]}")
        screen.layer(Layer.WORKLOADS, 2)
        line.world.deployer.up(
            layer_program(project, inputs, stack),
            watch=partial(screen.step, Layer.WORKLOADS),
            cancelled=cancelled,
            keep_leftovers=False,
        )


def _settle(world: World, writer: ReleaseWriter, screen: Screen) -> EnvironmentStatus:
    pointer = PolicyStore(world.client("dynamodb"), deployed_platform(world).policy_table_name).pointer()
    writer.applied(pointer.version if pointer else "")
    return writer.ended(await_healthy(world, screen))


def _write_setting(project: Project, world: World, wanted: WantedImages) -> Path | None:
    """Have the stack file name the images that serve now; the file if that changed it."""
    if not wanted.images:
        return None
    file = world.environment.files[Layer.WORKLOADS]
    path = project.stack_file(world.environment.name, Layer.WORKLOADS)
    present = load_settings(WorkloadSettings, file.plain_values(), file).images
    return path if write_images(path, {**present, **wanted.images}) else None
