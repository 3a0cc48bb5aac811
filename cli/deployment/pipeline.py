"""The story of `myelin up`. Each stage takes the values of those before it, and keeps to its part:

1. read     Reads what people wrote and checks all of it (inputs.py, cases.py): declarations, settings, the
            image table, policies and their cases. Asks no world, starts nothing, changes nothing.
2. lock     Keeps other deployments out and has the world run (worlds/). Deploys nothing.
3. compare  Ends here when nothing that a deployment is made of has changed since the last one
            (fingerprint.py). Runs no program, asks AWS nothing.
4. approve  Ends here when the policies changed and a second person has to agree (approval.py). Keeps a draft
            of them; changes neither the policies in force nor any resource.
5. plan     Previews the layers, each on what the one below will have (plan.py). Changes nothing.
6. confirm  Asks before something that exists is deleted. Shows and asks, nothing else.
7. apply    Changes the layers, and publishes the policies between them (apply.py, policies.py). Checks
            nothing anew: what it publishes is the version that stage 1 has cut.

What was deployed before is read once, after the lock; how it is after stage 7, that stage says itself.
`preview` is stages 1 and 5, and what stage 7 would make of the policies.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial

from cli.deployment.apply import AppliedLayer, apply_plans
from cli.deployment.approval import require_approval
from cli.deployment.cases import require_passing_cases
from cli.deployment.fingerprint import Fingerprint, compute_fingerprint
from cli.deployment.inputs import Inputs, read_inputs
from cli.deployment.plan import plan_layers
from cli.deployment.policies import PublishPreview, preview_policies, publish_policies
from cli.deployment.trouble import trouble_told
from cli.project import Project
from cli.terminal.output import note
from cli.terminal.progress import Screen
from cli.worlds.world import Ability, LocalPorts, World, require_ability
from sandbox.engine.planning.steps import StackPlan

Confirm = Callable[[tuple[StackPlan, ...]], None]
"""Called with the plans before anything is changed; raises to stop."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Deployed:
    """The result of a deployment; without layers when none of its inputs had changed."""

    environment: str
    layers: tuple[AppliedLayer, ...] = ()
    policies_changed: bool = False
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
    ports: LocalPorts,
    confirm: Confirm,
    cancelled: threading.Event,
) -> Deployed:
    """Bring an environment to what is declared; raises the first failure of any stage."""
    started = time.monotonic()
    environment = world.environment
    if ports != LocalPorts():
        require_ability(world, Ability.CHOOSE_PORTS)
    inputs = read_inputs(project, environment)
    _show_warnings(inputs)
    require_passing_cases(inputs)
    with world.deploying(ports):
        fingerprint = Fingerprint(
            value=compute_fingerprint(project, environment.name), file=world.fingerprint_file
        )
        if Ability.SKIP_UNCHANGED not in world.limits and fingerprint.matches():
            return Deployed(environment=environment.name, seconds=time.monotonic() - started)
        platform = world.platform()
        require_approval(world, platform, inputs)
        deployer = world.deployer
        screen.stage("planning")
        plans = plan_layers(project, inputs, deployer, cancelled=cancelled)
        confirm(tuple(planned.plan for planned in plans))
        fingerprint.remove()
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
        seconds=time.monotonic() - started,
    )


def preview(project: Project, world: World) -> DeploymentPreview:
    """Plan a deployment, and change nothing; raises everything that stages 1 and 5 raise."""
    inputs = read_inputs(project, world.environment)
    _show_warnings(inputs)
    require_passing_cases(inputs)
    with world.previewing() as found:
        plans = plan_layers(project, inputs, found.deployer)
        policies = preview_policies(found, found.platform(), inputs)
    return DeploymentPreview(plans=tuple(planned.plan for planned in plans), policies=policies)


def _show_warnings(inputs: Inputs) -> None:
    """Tell what the policies hardly mean, such as a permit that can never apply; it stops nothing."""
    for warning in inputs.policy_warnings:
        place = warning.path if warning.line is None else f"{warning.path}:{warning.line}"
        note(f"warning: {place}: {warning.message} [{warning.code}]")
