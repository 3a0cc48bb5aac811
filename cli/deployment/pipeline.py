"""The story of `myelin up`. Each stage takes the values of those before it, and keeps to its part:

1. read     Reads what people wrote and checks all of it (inputs.py, cases.py): declarations, settings, the
            image table, policies and their cases. Asks no world, starts nothing, changes nothing.
2. lock     Keeps other deployments out and has the world run (worlds/). Deploys nothing.
3. look     Ends the release that a killed command left open (releasing). Puts lost records back from
            their copies, and looks up every resource and the policies that the last deployment left
            (inspection.py, policies.py). Ends here when all of it is there, and nothing that a deployment is
            made of has changed since (fingerprint.py). Runs no program.
4. approve  Ends here when the environment is held at a release of other inputs (releasing), or when the
            policies changed and a second person has to agree (approval.py). Keeps a draft of them; changes
            neither the policies in force nor any resource.
5. plan     Records what stage 3 found to be otherwise, so that it is made as declared, and previews the
            layers, each on what the one below will have (plan.py). Changes nothing else.
6. confirm  Asks before something that exists is deleted. Shows and asks, nothing else.
7. apply    Copies the images, writes that a release begins, changes the layers, and between them publishes
            the policies and registers the images (cli/images, apply.py, policies.py). Checks nothing anew:
            what it publishes is the version that stage 1 cut.
8. settle   Waits for the services, and writes how the release came out (status.py, releasing).

What was deployed before is read once, after the lock; how it is after stage 7, that stage says itself.
`preview` is stages 1, 3 and 5 without recording anything, and what stage 7 would make of the policies.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from cli.deployment.apply import AppliedLayer, apply_plans
from cli.deployment.approval import require_approval
from cli.deployment.cases import require_passing_cases
from cli.deployment.fingerprint import Fingerprint, compute_fingerprint
from cli.deployment.inputs import Inputs, read_inputs, require_images
from cli.deployment.inspection import EnvironmentInspection, inspect
from cli.deployment.plan import LayerPlan, plan_layers
from cli.deployment.policies import (
    PolicyReturn,
    PublishedPolicies,
    PublishPreview,
    look_at_policies,
    preview_policies,
    preview_return,
    publish_policies,
    restore_policies,
)
from cli.deployment.releasing.holding import require_not_held
from cli.deployment.releasing.old_images import collect_images
from cli.deployment.releasing.release_inputs import record_inputs
from cli.deployment.releasing.release_writer import (
    ReleaseWriter,
    close_interrupted,
    new_release,
    read_history,
)
from cli.deployment.short_shifts import short_shifts
from cli.deployment.status import EnvironmentStatus, await_healthy
from cli.deployment.trouble import trouble_told
from cli.images.copies import make_copies, open_store, register_images
from cli.images.registry import ImageRegistry
from cli.project import LAYERS, Project
from cli.releases.release import ReleaseKind, holding
from cli.terminal.output import note
from cli.terminal.progress import Screen
from cli.worlds.world import Ability, LocalChoices, World, require_ability
from policies.calls.changing.deployment import Published
from sandbox.engine.errors import InterruptedRunError
from sandbox.engine.planning.steps import StackPlan
from stacks.outputs import RecordedPlatform

Confirm = Callable[[tuple[StackPlan, ...]], None]
"""Called with the plans before anything is changed; raises to stop."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Deployed:
    """The result of a deployment; without layers when there was nothing to do.

    `found` is what was not as recorded before; `troubles` are, in words, what could not be looked up or made
    as declared; `unseen_documents` of the policies were not looked up.
    """

    environment: str
    layers: tuple[AppliedLayer, ...] = ()
    policies_changed: bool = False
    found: EnvironmentInspection = field(default_factory=EnvironmentInspection)
    troubles: tuple[str, ...] = ()
    unseen_documents: int = 0
    release: int | None = None
    """The number of the release that it made; None if it made none."""
    status: EnvironmentStatus | None = None
    """How the environment was in the end; None if it made no release."""
    seconds: float

    @property
    def changed(self) -> bool:
        """Whether anything was done."""
        return self.policies_changed or any(layer.plan.changes for layer in self.layers)


@dataclass(frozen=True, slots=True, kw_only=True)
class DeploymentPreview:
    """The plan of each layer, and the policy version now and after the deployment."""

    plans: tuple[StackPlan, ...]
    policies: PublishPreview

    @property
    def changed(self) -> bool:
        """Whether anything would be done."""
        return self.policies.changed or any(plan.changes for plan in self.plans)


@dataclass(frozen=True, slots=True, kw_only=True)
class ReleaseAim:
    """Which release a deployment makes: one of what is declared, or one that goes back to an earlier one.

    `back_to` is that one's number, `inputs` are its own, which were read already, `policies` is the way back
    to its policies. `new_release` ends the hold at
    the release that was rolled back to.
    """

    back_to: int | None = None
    inputs: Inputs | None = None
    policies: PolicyReturn | None = None
    new_release: bool = False

    @property
    def kind(self) -> ReleaseKind:
        """How such a release is made."""
        return ReleaseKind.UP if self.back_to is None else ReleaseKind.ROLLBACK


DECLARED = ReleaseAim()
"""What is declared."""


def deploy(
    project: Project,
    world: World,
    *,
    screen: Screen,
    choices: LocalChoices,
    confirm: Confirm,
    cancelled: threading.Event,
    aim: ReleaseAim = DECLARED,
) -> Deployed:
    """Bring an environment to what is declared; raises the first failure of any stage.

    For a way back, `project` and `world` have the files of that release.
    """
    started = time.monotonic()
    environment = world.environment
    if choices != LocalChoices():
        require_ability(world, Ability.CHOOSE_PORTS)
    inputs = aim.inputs or read_inputs(project, environment)
    _show_warnings(inputs)
    require_passing_cases(inputs)
    with world.deploying(choices):
        fingerprint = Fingerprint(
            value=compute_fingerprint(project, environment.name), file=world.fingerprint_file
        )
        found = inspect(world)
        platform = world.platform()
        history = close_interrupted(read_history(world, platform))
        policies = look_at_policies(world, platform, inputs) if platform else PublishedPolicies()
        unchanged = Ability.SKIP_UNCHANGED not in world.limits and fingerprint.matches()
        makes_images = Ability.MAKE_IMAGES not in world.limits
        if unchanged and not found.drifts and policies.current and aim.back_to is None:
            if makes_images:
                make_copies(open_store(project), inputs.composed.values(), inputs.images)
            return Deployed(
                environment=environment.name,
                found=found,
                troubles=policies.troubles,
                unseen_documents=policies.unseen,
                seconds=time.monotonic() - started,
            )
        recorded = record_inputs(project, environment, inputs)
        held = aim.back_to is not None or require_not_held(
            environment.name, history, recorded, new_release=aim.new_release
        )
        if aim.policies is None:
            require_approval(world, platform, inputs)
        fingerprint.remove()
        for observation in found.observations:
            world.record(observation)
        if makes_images:
            require_images(project, inputs)
        deployer = world.deployer
        screen.stage("planning")
        plans = plan_layers(project, inputs, deployer, cancelled=cancelled)
        confirm(tuple(planned.plan for planned in plans))
        if makes_images:
            make_copies(open_store(project), inputs.composed.values(), inputs.images)
        writer = new_release(
            project,
            world,
            history,
            inputs,
            recorded,
            [planned.plan for planned in plans],
            kind=aim.kind,
            back_to=aim.back_to,
            held=held,
        )
        with trouble_told(world, screen), writer.failures_written():
            layers, published = _apply(
                project, world, plans, platform, inputs, aim, writer, screen=screen, cancelled=cancelled
            )
            status = _settle(world, writer, published, screen, cancelled)
        if makes_images:
            collect_images(project, world)
        if aim.back_to is None:
            # what was rolled back is not what is declared, and the next `up` has to see that
            fingerprint.save()
    return Deployed(
        environment=environment.name,
        layers=layers,
        policies_changed=published.changed,
        found=found,
        troubles=(
            *(drift.trouble for drift in found.drifts if drift.trouble),
            *(() if published.changed else policies.troubles),
        ),
        unseen_documents=0 if published.changed else policies.unseen,
        release=writer.release.number if writer.release else None,
        status=status,
        seconds=time.monotonic() - started,
    )


def _apply(
    project: Project,
    world: World,
    plans: Sequence[LayerPlan],
    platform: RecordedPlatform | None,
    inputs: Inputs,
    aim: ReleaseAim,
    writer: ReleaseWriter,
    *,
    screen: Screen,
    cancelled: threading.Event,
) -> tuple[tuple[AppliedLayer, ...], Published]:
    """Stage 7, with the release written once it is known that there is one."""
    changes = any(planned.plan.changes for planned in plans)
    ends_hold = aim.new_release and holding(writer.earlier) is not None
    if changes or ends_hold or _policies_change(world, platform, inputs, aim):
        writer.begin(platform)

    def publish(made: RecordedPlatform) -> Published:
        if changes:
            writer.begin(made)  # its table may have been made just now
        if Ability.MAKE_IMAGES not in world.limits:
            registry = ImageRegistry(world.client("ecr"), world.environment.name)
            register_images(registry, open_store(project), inputs.composed.values(), inputs.images)
        if aim.policies is not None:
            return restore_policies(world, aim.policies, made)
        return publish_policies(world, inputs, made)

    return apply_plans(
        world.deployer, plans, platform=platform, publish=publish, screen=screen, cancelled=cancelled
    )


def _settle(
    world: World, writer: ReleaseWriter, published: Published, screen: Screen, cancelled: threading.Event
) -> EnvironmentStatus | None:
    """Stage 8; None where no release was made."""
    if writer.release is None:
        return None
    writer.applied(published.version)
    return writer.ended(await_healthy(world, screen, sleep=_pauses(cancelled)))


def _policies_change(
    world: World, platform: RecordedPlatform | None, inputs: Inputs, aim: ReleaseAim
) -> bool:
    """Whether another version of the policies would become current."""
    if platform is None or aim.policies is None:
        return preview_policies(world, platform, inputs).changed
    return preview_return(world, aim.policies, platform).changed


def _pauses(cancelled: threading.Event) -> Callable[[float], None]:
    """Waits that Ctrl-C ends; raise InterruptedRunError then."""

    def pause(seconds: float) -> None:
        if cancelled.wait(seconds):
            raise InterruptedRunError

    return pause


def preview(project: Project, world: World, *, aim: ReleaseAim = DECLARED) -> DeploymentPreview:
    """Plan a deployment, and change nothing; raises everything that stages 1, 3 and 5 raise."""
    inputs = aim.inputs or read_inputs(project, world.environment)
    _show_warnings(inputs)
    require_passing_cases(inputs)
    with world.previewing() as found:
        observed = [found.observe(layer) for layer in LAYERS]
        plans = plan_layers(project, inputs, found.deployer, observed=observed)
        platform = found.platform()
        policies = (
            preview_policies(found, platform, inputs)
            if platform is None or aim.policies is None
            else preview_return(found, aim.policies, platform)
        )
    return DeploymentPreview(plans=tuple(planned.plan for planned in plans), policies=policies)


def _show_warnings(inputs: Inputs) -> None:
    """Tell what is hardly meant, such as a permit that can never apply; it stops nothing."""
    for warning in inputs.policy_warnings:
        place = warning.path if warning.line is None else f"{warning.path}:{warning.line}"
        note(f"warning: {place}: {warning.message} [{warning.code}]")
    for short in short_shifts(inputs.services.services, inputs.deployment_defaults):
        note(f"warning: {short}")
