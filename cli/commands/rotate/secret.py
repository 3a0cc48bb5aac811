"""`myelin rotate secret`: rotate one secret now, and prove that every consumer has the new version."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Annotated, Any

import typer

from cli.command import command
from cli.exit_codes import ExitCode
from cli.logs.reader import parse_duration
from cli.rotation.errors import RotationStuckError
from cli.rotation.proof import ConsumerState, VersionProof
from cli.rotation.rotate import EVERY_SECONDS, OnDemandRotation, PatientClock, RotationStage, take_back
from cli.rotation.secrets import (
    CURRENT,
    RotatedSecret,
    SecretConsumer,
    consumers_of,
    find_secret,
    read_secrets,
)
from cli.rotation.tasks import ServiceTasks
from cli.session import Session
from cli.terminal.output import note
from cli.worlds.world import deployed_platform, deployed_workloads
from components.naming import ROTATION, PhysicalNames

LONGEST_PAUSE_SECONDS = 5.0
"""Between two looks at the consumers: a service reads its keys every few minutes."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SecretReport:
    """What came of a rotation; without stages it was only asked what would."""

    secret: RotatedSecret
    version: str
    stages: Sequence[RotationStage]
    consumers: Sequence[ConsumerState]

    @property
    def done(self) -> bool:
        """Whether every consumer that can be looked at has the new version."""
        return all(state.done for state in self.consumers)

    @property
    def proved(self) -> bool:
        """Whether every consumer was seen to have it; never where none is known."""
        return bool(self.consumers) and all(state.is_proved for state in self.consumers)


@command(environment="option", yes=True, dry_run="Say what would be rotated, and who uses it.")
def secret(
    session: Session,
    name: Annotated[
        str,
        typer.Argument(metavar="NAME", help="As `payments/api-key`; signing keys also as `orbit-payments`."),
    ],
    *,
    repair: Annotated[
        bool, typer.Option("--repair", help="First take back an earlier rotation that has not ended.")
    ] = False,
    timeout: Annotated[
        str, typer.Option(metavar="TIME", help="How long to wait for the consumers: 90s, 6m.")
    ] = "6m",
) -> None:
    """Rotate a secret now, and prove that every consumer has the new version.

    Secrets Manager has the rotation function take its four steps; each is told. Then the consumers are looked
    at: services that read the secret again and again say in their log which version they use; tasks that read
    it when they start are replaced by ECS, and named. Exits 1 when a step failed or an earlier rotation has
    not ended (the current value is untouched), 2 for a secret that is not rotated, 8 when a consumer has not
    got the new version in time. Asks first where the environment's `confirmChanges` is true.

    Examples:

        myelin rotate secret payments/api-key

        myelin rotate secret orbit-payments --dry-run

        myelin rotate secret grants/signing-key --repair
    """
    seconds = parse_duration(timeout)
    world = session.world
    workloads = deployed_workloads(world)
    secrets = world.client("secretsmanager")
    found = find_secret(read_secrets(secrets, session.environment), name)
    consumers = consumers_of(found, workloads.services)
    if session.dry_run:
        _show_plan(session, found, consumers, repair=repair)
        return
    if session.asks_before_changes():
        readers = ", ".join(each.name for each in consumers) or "no consumer that is known"
        session.confirm(f"rotate {found.name} of {session.environment}, which is used by {readers}")
    if repair:
        taken = take_back(secrets, found)
        if taken:
            note(f"taken back: version {taken} is pending no more")
            found = find_secret(read_secrets(secrets, session.environment), name)
    clock = PatientClock()
    rotation = OnDemandRotation(
        secrets,
        world.client("logs"),
        found,
        environment=session.environment,
        log_group=PhysicalNames(session.environment).function_log_group(ROTATION),
        clock=clock,
    )
    version = rotation.begin()
    stages = rotation.follow(seconds, lambda stage: note(f"{stage.step}: taken"))
    proof = VersionProof(
        ServiceTasks(world.client("ecs"), world.client("logs"), deployed_platform(world).cluster_name),
        {service: outputs.log_group for service, outputs in workloads.services.items()},
        version,
        rotation.begun,
    )
    states = _wait(proof, consumers, clock, seconds)
    report = SecretReport(secret=found, version=version, stages=stages, consumers=states)
    session.write(_document(report, session.environment), _lines(report))
    if not report.done:
        raise typer.Exit(ExitCode.TIMED_OUT)


def _wait(
    proof: VersionProof, consumers: Sequence[SecretConsumer], clock: PatientClock, seconds: float
) -> tuple[ConsumerState, ...]:
    """Look until every consumer has the new version, or the time is over."""
    deadline = clock.now() + seconds
    told: tuple[str, ...] = ()
    pause = EVERY_SECONDS
    while True:
        states = tuple(proof.look(consumer) for consumer in consumers)
        waiting = tuple(f"waiting for {state.words()}" for state in states if not state.done)
        if waiting != told:
            for line in waiting:
                note(line)
            told = waiting
        if not waiting or clock.now() >= deadline:
            return states
        clock.sleep(pause)
        pause = min(LONGEST_PAUSE_SECONDS, pause * 1.3)


def _show_plan(
    session: Session, found: RotatedSecret, consumers: Sequence[SecretConsumer], *, repair: bool
) -> None:
    if found.stuck and not repair:
        raise RotationStuckError(found.name, found.stuck, session.environment)
    readers = [{"name": each.name, "reads": each.reading.value} for each in consumers]
    document = {
        "environment": session.environment,
        "secret": found.name,
        "kind": found.kind,
        "current": found.holder(CURRENT),
        "taken_back": found.stuck,
        "consumers": readers,
        "dry_run": True,
    }
    lines = [f"{found.name} would be rotated ({found.kind}); current is version {found.holder(CURRENT)}"]
    lines += [f"version {found.stuck} would be taken back first"] if found.stuck else []
    lines += [f"{each.name} reads it {each.reading.value}" for each in consumers]
    session.write(document, lines)


def _document(report: SecretReport, environment: str) -> dict[str, Any]:
    return {
        "environment": environment,
        "secret": report.secret.name,
        "kind": report.secret.kind,
        "version": report.version,
        "previous": report.secret.holder(CURRENT),
        "stages": [{"step": stage.step, "at": stage.at} for stage in report.stages],
        "consumers": [state.document(report.version) for state in report.consumers],
        "proved": report.proved,
        "dry_run": False,
    }


def _lines(report: SecretReport) -> Iterator[str]:
    previous = report.secret.holder(CURRENT)
    yield f"{report.secret.name}: version {report.version} is current"
    if previous:
        yield f"version {previous} is the previous one, and still good"
    for state in report.consumers:
        yield state.words()
    if not report.done:
        yield "not every consumer has it yet; `myelin rotate status` shows the secret"
