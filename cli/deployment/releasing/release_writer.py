"""Writes the release of a deployment into the ledger, as the deployment goes on.

The ledger is a table of the platform layer. The first deployment of an environment makes it on its way: then
the release is written once the platform is there, with the time at which it began.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime

from cli.deployment.inputs import Inputs
from cli.deployment.status import EnvironmentStatus, release_status
from cli.errors import Explained, explain
from cli.exit_codes import ExitCode
from cli.project import Project
from cli.releases.errors import LedgerError, LedgerMissingError
from cli.releases.ledger import ReleaseLedger, open_ledger
from cli.releases.recorded_inputs import RecordedInputs, canonical
from cli.releases.release import Release, ReleaseEvent, ReleaseKind, ReleaseStart, ReleaseState, hash_graph
from cli.releases.source import hash_program, read_commit
from cli.terminal.output import note
from cli.worlds.world import World
from components.containers.deployment_plan import plan_deployment
from sandbox.engine.errors import InterruptedRunError
from sandbox.engine.planning.steps import StackPlan
from stacks.layer_settings import WorkloadSettings
from stacks.names import Layer
from stacks.outputs import RecordedPlatform

KILLED = "the command ended before it could say how"


def utc_now() -> str:
    """The time, as releases have it."""
    return datetime.now(UTC).isoformat(timespec="milliseconds")


@dataclass(frozen=True, slots=True, kw_only=True)
class ReleaseHistory:
    """The ledger of an environment, None while its table is not there, and the releases in it."""

    ledger: ReleaseLedger | None = None
    releases: tuple[Release, ...] = ()


def read_history(world: World, platform: RecordedPlatform | None) -> ReleaseHistory:
    """The releases of an environment; without a table there were none. Raises LedgerError."""
    if platform is None:
        return ReleaseHistory()
    ledger = open_ledger(world, platform)
    try:
        return ReleaseHistory(ledger=ledger, releases=ledger.releases())
    except LedgerMissingError:
        return ReleaseHistory()  # the deployment makes it anew


def close_interrupted(history: ReleaseHistory, now: Callable[[], str] = utc_now) -> ReleaseHistory:
    """End what a killed command has left open, and tell of it. The lock is held: nobody works on it."""
    ledger = history.ledger
    if ledger is None:
        return history
    closed: list[Release] = []
    for release in history.releases:
        if not release.ended:
            note(
                f"release {release.number}, begun {release.start.at} by {release.start.actor}, was left "
                f"{release.state}: {KILLED}"
            )
            event = ReleaseEvent(state=ReleaseState.INTERRUPTED, at=now(), reason=KILLED)
            release = ledger.record(release, event)  # noqa: PLW2901 - the same one, later
        closed.append(release)
    return ReleaseHistory(ledger=ledger, releases=tuple(closed))


@dataclass(kw_only=True)
class ReleaseWriter:
    """The release of one deployment. Everything but `begin` may be called without a release having begun."""

    world: World
    start: ReleaseStart
    recorded: RecordedInputs
    earlier: Sequence[Release]
    now: Callable[[], str] = utc_now
    release: Release | None = field(default=None, init=False)
    _ledger: ReleaseLedger | None = field(default=None, init=False)

    def begin(self, platform: RecordedPlatform | None) -> None:
        """Write the beginning, unless it is written or the table is not there. Raises LedgerError."""
        if self.release is not None or platform is None:
            return
        ledger = open_ledger(self.world, platform)
        try:
            ledger.store(self.recorded.document)
            self.release = ledger.begin(len(self.earlier) + 1, self.start)
        except LedgerMissingError:
            return
        self._ledger = ledger

    @contextmanager
    def failures_written(self) -> Iterator[None]:
        """Write whatever ends the block as the failure of the release, and let it pass."""
        try:
            yield
        except BaseException as error:
            stopped = isinstance(error, InterruptedRunError | KeyboardInterrupt)
            reason = error.message if isinstance(error, Explained) else type(error).__name__
            state = ReleaseState.INTERRUPTED if stopped else ReleaseState.FAILED
            failure = explain(error)
            if failure is not None and failure.code is ExitCode.ROLLED_BACK:
                state = ReleaseState.ROLLED_BACK
            try:
                self._write(state, reason)
            except LedgerError as other:
                note(f"the failure is not in the ledger of releases: {other.message}")
            raise

    def applied(self, policy_version: str) -> None:
        """Write that every resource and the policies are as wanted. Raises LedgerError."""
        if self._ledger is None:
            return
        durable = self._ledger.store(canonical(dict(self.world.durable_resources())))
        self._write(ReleaseState.APPLIED, policy_version=policy_version, durable=durable)

    def ended(self, status: EnvironmentStatus) -> EnvironmentStatus:
        """Write how it came out, as the services are; gives the status with that. Raises LedgerError."""
        state = ReleaseState.SUCCEEDED
        if status.problems:
            state = ReleaseState.ROLLED_BACK if status.rolled_back else ReleaseState.FAILED
        self._write(state, "; ".join(status.problems))
        if self.release is None:
            return status
        return replace(status, release=release_status((*self.earlier, self.release)))

    def _write(self, state: ReleaseState, reason: str = "", **more: str) -> None:
        if self._ledger is not None and self.release is not None and not self.release.ended:
            event = ReleaseEvent(state=state, at=self.now(), reason=reason, **more)
            self.release = self._ledger.record(self.release, event)


def new_release(
    project: Project,
    world: World,
    history: ReleaseHistory,
    inputs: Inputs,
    recorded: RecordedInputs,
    plans: Sequence[StackPlan],
    *,
    kind: ReleaseKind,
    back_to: int | None = None,
    held: bool = False,
    now: Callable[[], str] = utc_now,
) -> ReleaseWriter:
    """A release that is not written yet."""
    source = read_commit(project.root)
    start = ReleaseStart(
        kind=kind,
        back_to=back_to,
        held=held,
        at=now(),
        actor=world.actor(),
        commit=source.commit,
        clean=source.clean,
        graph=hash_graph(plans),
        program=hash_program(),
        inputs=recorded.digest,
        policy_folder=recorded.policy_folder,
        strategies=_strategies(inputs),
    )
    return ReleaseWriter(world=world, start=start, recorded=recorded, earlier=history.releases, now=now)


def _strategies(inputs: Inputs) -> dict[str, str]:
    """How each service's new tasks take over."""
    settings = inputs.settings[Layer.WORKLOADS]
    assert isinstance(settings, WorkloadSettings)  # noqa: S101 - it is that layer's
    return {
        service.name: plan_deployment(service, settings.deployment_defaults).strategy.value
        for service in inputs.services.services
    }
