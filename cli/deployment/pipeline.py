"""The story of `myelin up`. Each stage takes the values of those before it, and keeps to its part:

1. read     Reads what people wrote and checks all of it (inputs.py, cases.py): declarations, settings, the
            image table, policies and their cases. Asks no world, starts nothing, changes nothing.
2. lock     Keeps other deployments out and has the world run (worlds/). Deploys nothing.
3. look     Puts lost records back from their copies, and looks up every resource and the policies that
            the last deployment left (inspection.py, policies.py). Ends here when all of it is there, and
            nothing that a deployment is made of has changed since (fingerprint.py). Runs no program.
4. approve  Ends here when the policies changed and a second person has to agree (approval.py). Keeps a draft
            of them; changes neither the policies in force nor any resource.
5. plan     Records what stage 3 found to be otherwise, so that it is made as declared, and previews the
            layers, each on what the one below will have (plan.py). Changes nothing else.
6. confirm  Asks before something that exists is deleted. Shows and asks, nothing else.
7. apply    Changes the layers, and publishes the policies between them (apply.py, policies.py). Checks
            nothing anew: what it publishes is the version that stage 1 has cut.

What was deployed before is read once, after the lock; how it is after stage 7, that stage says itself.
`preview` is stages 1, 3 and 5 without recording anything, and what stage 7 would make of the policies.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import partial

from cli.deployment.apply import AppliedLayer, apply_plans
from cli.deployment.approval import require_approval
from cli.deployment.cases import require_passing_cases
from cli.deployment.fingerprint import Fingerprint, compute_fingerprint
from cli.deployment.inputs import Inputs, read_inputs
from cli.deployment.inspection import EnvironmentInspection, inspect
from cli.deployment.plan import plan_layers
from cli.deployment.policies import (
    PublishedPolicies,
    PublishPreview,
    look_at_policies,
    preview_policies,
    publish_policies,
)
from cli.deployment.trouble import trouble_told
from cli.project import LAYERS, Project
from cli.terminal.output import note
from cli.terminal.progress import Screen
from cli.worlds.world import Ability, LocalChoices, World, require_ability
from sandbox.engine.planning.steps import StackPlan

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


def deploy(
    project: Project,
    world: World,
    *,
    screen: Screen,
    choices: LocalChoices,
    confirm: Confirm,
    cancelled: threading.Event,
) -> Deployed:
    """Bring an environment to what is declared; raises the first failure of any stage."""
    started = time.monotonic()
    environment = world.environment
    if choices != LocalChoices():
        require_ability(world, Ability.CHOOSE_PORTS)
    inputs = read_inputs(project, environment)
    _show_warnings(inputs)
    require_passing_cases(inputs)
    with world.deploying(choices):
        fingerprint = Fingerprint(
            value=compute_fingerprint(project, environment.name), file=world.fingerprint_file
        )
        found = inspect(world)
        platform = world.platform()
        policies = look_at_policies(world, platform, inputs) if platform else PublishedPolicies()
        unchanged = Ability.SKIP_UNCHANGED not in world.limits and fingerprint.matches()
        if unchanged and not found.drifts and policies.current:
            return Deployed(
                environment=environment.name,
                found=found,
                troubles=policies.troubles,
                unseen_documents=policies.unseen,
                seconds=time.monotonic() - started,
            )
        require_approval(world, platform, inputs)
        fingerprint.remove()
        for observation in found.observations:
            world.record(observation)
        deployer = world.deployer
        screen.stage("planning")
        plans = plan_layers(project, inputs, deployer, cancelled=cancelled)
        confirm(tuple(planned.plan for planned in plans))
        with trouble_told(world, screen):
            layers, published = apply_plans(
                deployer,
                plans,
                platform=platform,
                publish=partial(publish_policies, world, inputs),
                screen=screen,
                cancelled=cancelled,
            )
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
        seconds=time.monotonic() - started,
    )


def preview(project: Project, world: World) -> DeploymentPreview:
    """Plan a deployment, and change nothing; raises everything that stages 1, 3 and 5 raise."""
    inputs = read_inputs(project, world.environment)
    _show_warnings(inputs)
    require_passing_cases(inputs)
    with world.previewing() as found:
        observed = [found.observe(layer) for layer in LAYERS]
        plans = plan_layers(project, inputs, found.deployer, observed=observed)
        policies = preview_policies(found, found.platform(), inputs)
    return DeploymentPreview(plans=tuple(planned.plan for planned in plans), policies=policies)


def _show_warnings(inputs: Inputs) -> None:
    """Tell what the policies hardly mean, such as a permit that can never apply; it stops nothing."""
    for warning in inputs.policy_warnings:
        place = warning.path if warning.line is None else f"{warning.path}:{warning.line}"
        note(f"warning: {place}: {warning.message} [{warning.code}]")
