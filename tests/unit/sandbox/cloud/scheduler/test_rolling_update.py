"""The planner, example by example and as a state machine."""

from __future__ import annotations

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule

from sandbox.cloud.ecs.deployment_settings import DeploymentCircuitBreaker
from sandbox.cloud.scheduler.deployments import (
    Rollout,
    RolloutState,
    TaskFailure,
    begin_rollout,
    break_circuit,
    count_failure,
    retarget_rollout,
)
from sandbox.cloud.scheduler.deployments import complete_rollout as completed
from sandbox.cloud.scheduler.rolling_update import (
    CompleteDeployment,
    DrainTask,
    ServiceGoal,
    StartTask,
    StopTask,
    TaskAction,
    plan,
)
from sandbox.cloud.tasks.phase import Phase, TaskView
from tests.support.effort import effort

NEW = begin_rollout("new", "app:2", "app:2")


def view(task_id: str, phase: Phase = Phase.HEALTHY, *, deployment: str = "new") -> TaskView:
    return TaskView(id=task_id, deployment_id=deployment, phase=phase, sequence=int(task_id))


def start(count: int) -> list[TaskAction]:
    return [StartTask(deployment_id="new", definition="app:2")] * count


def kinds(actions: tuple[TaskAction, ...]) -> list[tuple[str, str]]:
    return [(type(action).__name__, getattr(action, "task_id", "")) for action in actions]


def test_an_empty_service_starts_its_desired_count() -> None:
    """ECS-4: nothing runs, two are wanted, two are started."""
    assert plan(ServiceGoal(desired=2), NEW, [], now=0).actions == tuple(start(2))


def test_a_settled_deployment_is_completed_once() -> None:
    """All desired tasks healthy and nothing else left completes the deployment.

    After that there is nothing to do.
    """
    tasks = [view("1"), view("2")]
    assert plan(ServiceGoal(desired=2), NEW, tasks, now=0).actions == (
        CompleteDeployment(deployment_id="new"),
    )
    assert plan(ServiceGoal(desired=2), completed(NEW, "app:2"), tasks, now=0).actions == ()


def test_new_tasks_come_before_old_ones_go() -> None:
    """With 100/200 a rolling deployment starts all new tasks first and touches no old one."""
    old = [view("1", deployment="old"), view("2", deployment="old")]
    assert plan(ServiceGoal(desired=2), NEW, old, now=0).actions == tuple(start(2))


def test_an_old_task_goes_for_each_new_healthy_one() -> None:
    """One new task is healthy: exactly one old one, the oldest, is drained."""
    tasks = [
        view("1", deployment="old"),
        view("2", deployment="old"),
        view("3"),
        view("4", Phase.STARTING),
    ]
    assert kinds(plan(ServiceGoal(desired=2), NEW, tasks, now=0).actions) == [("DrainTask", "1")]


def test_without_room_an_old_task_makes_way() -> None:
    """With 50/100 there is no room for a new task until an old one has gone."""
    goal = ServiceGoal(desired=2, minimum_healthy_percent=50, maximum_percent=100)
    old = [view("1", deployment="old"), view("2", deployment="old")]
    assert kinds(plan(goal, NEW, old, now=0).actions) == [("DrainTask", "1")]


def test_scaling_in_takes_the_ones_that_do_not_serve_first() -> None:
    """Of three tasks, one of them starting, the starting one goes, without draining."""
    tasks = [view("1"), view("2", Phase.STARTING), view("3")]
    assert kinds(plan(ServiceGoal(desired=2), NEW, tasks, now=0).actions)[0] == ("StopTask", "2")


def test_an_unhealthy_task_is_stopped_and_replaced() -> None:
    """A task that failed its checks is stopped, and another one is started in the same step."""
    tasks = [view("1"), view("2", Phase.UNHEALTHY)]
    assert kinds(plan(ServiceGoal(desired=2), NEW, tasks, now=0).actions) == [
        ("StopTask", "2"),
        ("StartTask", ""),
    ]


def test_a_deleted_service_ends_all_its_tasks() -> None:
    """Serving tasks are drained, others are stopped, and one that drains already is left to it."""
    tasks = [view("1"), view("2", Phase.STARTING), view("3", Phase.DRAINING)]
    assert kinds(plan(None, NEW, tasks, now=0).actions) == [("DrainTask", "1"), ("StopTask", "2")]


def test_back_off_delays_starts_and_says_until_when() -> None:
    """While a crash loop is throttled nothing starts, and the plan names the time to look again."""
    failing = begin_rollout("new", "app:2", "app:2")
    for _ in range(4):
        failure = TaskFailure(deployment_id="new", reason="exited with code 1", healthy_for=0)
        failing = count_failure(failing, failure, DeploymentCircuitBreaker(), desired=2, now=100)
    decided = plan(ServiceGoal(desired=1), failing, [], now=100)
    assert decided.actions == ()
    assert decided.wake_at == 101.0
    assert plan(ServiceGoal(desired=1), failing, [], now=101).actions != ()


def test_a_failed_deployment_starts_nothing_more() -> None:
    """After the circuit breaker, old tasks stay as they are and nothing is started."""
    failed = Rollout(primary=NEW.primary.__class__(id="new", definition="app:2", state=RolloutState.FAILED))
    assert plan(ServiceGoal(desired=2), failed, [view("1", deployment="old")], now=0).actions == ()


@pytest.mark.parametrize(
    ("desired", "minimum", "maximum", "fewest", "most"),
    [(2, 100, 200, 2, 4), (3, 50, 150, 2, 4), (1, 0, 100, 0, 1), (4, 75, 125, 3, 5), (0, 100, 200, 0, 0)],
)
def test_percentages_become_counts(desired: int, minimum: int, maximum: int, fewest: int, most: int) -> None:
    """The lower bound is rounded up, the upper one down, as ECS does it."""
    goal = ServiceGoal(desired=desired, minimum_healthy_percent=minimum, maximum_percent=maximum)
    assert (goal.fewest_healthy, goal.most_running) == (fewest, most)


class Cluster(RuleBasedStateMachine):
    """Deployments, scaling, crashes and slow starts in any order."""

    def __init__(self) -> None:
        super().__init__()
        self.goal = ServiceGoal(desired=2)
        self.rollout = begin_rollout("1", "app:1", "app:1")
        self.tasks: dict[str, Phase] = {}
        self.of: dict[str, str] = {}
        self.definition: dict[str, str] = {}
        self.numbers = 0
        self.deployments = 1
        self.now = 0.0
        self.breaker = DeploymentCircuitBreaker(enabled=True, rollback=True)

    def views(self) -> list[TaskView]:
        return [
            TaskView(id=task, deployment_id=self.of[task], phase=phase, sequence=int(task))
            for task, phase in self.tasks.items()
        ]

    def healthy(self) -> int:
        return sum(phase is Phase.HEALTHY for phase in self.tasks.values())

    def settled(self) -> bool:
        if any(phase is not Phase.HEALTHY for phase in self.tasks.values()):
            return False
        state = self.rollout.primary.state
        done = state is RolloutState.COMPLETED and len(self.tasks) == self.goal.desired
        return done or state is RolloutState.FAILED

    def running(self) -> int:
        return sum(phase in (Phase.HEALTHY, Phase.STARTING) for phase in self.tasks.values())

    def reconcile(self) -> None:
        for _ in range(30):
            healthy, running = self.healthy(), self.running()
            actions = plan(self.goal, self.rollout, self.views(), now=self.now).actions
            if not actions:
                return
            for action in actions:
                self.apply(action)
            assert self.healthy() >= min(healthy, self.goal.fewest_healthy)
            assert self.running() <= max(running, self.goal.most_running)
        raise AssertionError("the planner never comes to rest")

    def apply(self, action: TaskAction) -> None:
        match action:
            case StartTask(deployment_id=deployment, definition=definition):
                self.numbers += 1
                self.tasks[str(self.numbers)] = Phase.STARTING
                self.of[str(self.numbers)] = deployment
                self.definition[str(self.numbers)] = definition
            case DrainTask(task_id=task):
                assert self.tasks[task] is Phase.HEALTHY
                self.tasks[task] = Phase.DRAINING
            case StopTask(task_id=task):
                assert self.tasks[task] in (Phase.STARTING, Phase.UNHEALTHY)
                self.tasks[task] = Phase.DRAINING
            case CompleteDeployment():
                self.rollout = completed(self.rollout, self.rollout.primary.definition)

    def failed(self, task: str) -> None:
        failure = TaskFailure(deployment_id=self.of[task], reason="exited with code 1", healthy_for=0)
        self.rollout = count_failure(
            self.rollout, failure, self.breaker, desired=self.goal.desired, now=self.now
        )
        self.rollout = break_circuit(
            self.rollout,
            self.breaker,
            desired=self.goal.desired,
            new_id=f"back-{self.numbers}-{task}",
            label="new",
            back_to="old",
        )
        if self.rollout.primary.id.startswith("back-"):
            for kept in self.tasks:
                if self.definition[kept] == self.rollout.primary.definition:
                    self.of[kept] = self.rollout.primary.id

    @rule(
        desired=st.integers(0, 5),
        limits=st.sampled_from([(100, 200), (50, 100), (50, 150), (0, 100), (75, 150)]),
    )
    def scale(self, desired: int, limits: tuple[int, int]) -> None:
        self.goal = ServiceGoal(desired=desired, minimum_healthy_percent=limits[0], maximum_percent=limits[1])
        self.reconcile()

    @rule()
    def deploy(self) -> None:
        self.deployments += 1
        name = str(self.deployments)
        self.rollout = retarget_rollout(self.rollout, name, f"app:{name}", f"app:{name}")
        self.reconcile()

    @precondition(lambda self: self.tasks)
    @rule(data=st.data())
    def crash(self, data: st.DataObject) -> None:
        task = data.draw(st.sampled_from(sorted(self.tasks)))
        if self.tasks.pop(task) is not Phase.DRAINING:
            self.failed(task)
        self.reconcile()

    @precondition(lambda self: self.tasks)
    @rule(data=st.data())
    def become(self, data: st.DataObject) -> None:
        task = data.draw(st.sampled_from(sorted(self.tasks)))
        match self.tasks[task]:
            case Phase.STARTING:
                self.tasks[task] = Phase.HEALTHY
            case Phase.HEALTHY:
                self.tasks[task] = Phase.UNHEALTHY
                self.failed(task)
            case Phase.DRAINING | Phase.UNHEALTHY:
                del self.tasks[task]
        self.reconcile()

    @rule(seconds=st.floats(0, 60))
    def wait(self, seconds: float) -> None:
        self.now += seconds
        self.reconcile()

    @invariant()
    def nothing_unhealthy_is_left_running(self) -> None:
        assert Phase.UNHEALTHY not in self.tasks.values()

    def teardown(self) -> None:
        """Once nothing crashes any more, the desired count is reached, or the deployment has failed."""
        if self.goal.fewest_healthy >= self.goal.most_running:
            self.goal = ServiceGoal(desired=self.goal.desired)
        self.reconcile()
        for _ in range(100):
            if self.settled():
                break
            self.now += 60
            for task, phase in list(self.tasks.items()):
                if phase is Phase.STARTING:
                    self.tasks[task] = Phase.HEALTHY
                elif phase is Phase.DRAINING:
                    del self.tasks[task]
            self.reconcile()
        if self.rollout.primary.state is not RolloutState.FAILED:
            assert self.rollout.primary.state is RolloutState.COMPLETED
            assert list(self.tasks.values()) == [Phase.HEALTHY] * self.goal.desired
            assert {self.of[task] for task in self.tasks} <= {self.rollout.primary.id}


TestCluster = pytest.mark.no_cover(Cluster.TestCase)
TestCluster.settings = settings(max_examples=effort(40), stateful_step_count=40, deadline=None)
TestCluster.__doc__ = (
    """ECS-4: whatever happens, the limits hold at each step and the service gets to where it should be."""
)
