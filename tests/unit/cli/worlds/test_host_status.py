"""Reading what a sandbox says that it runs."""

from __future__ import annotations

from typing import Any

from cli.worlds.host_status import read_running, unrecorded_services
from cli.worlds.world import MISSING, RunningFunction, RunningService
from stacks.names import Layer, StackName
from stacks.outputs import PlatformOutputs, RecordedOutputs, WorkloadOutputs
from tests.support.worlds.fake_world import OUTPUTS

PLATFORM = {
    "cluster_name": "dev",
    "load_balancer_dns_name": "dev.elb.amazonaws.com",
    "governance_function_name": "dev-governance",
}


def service(name: str, cluster: str = "dev", **more: Any) -> dict[str, Any]:
    counts = {"desired": 2, "running": 2, "healthy": 1}
    arns = {"cluster": f"arn:aws:ecs:::cluster/{cluster}", "task_definition": f"arn:aws:ecs:::task/{name}:3"}
    return {"name": name, "rollout": "COMPLETED", **counts, **arns, **more}


def status(**more: Any) -> dict[str, Any]:
    nothing: dict[str, Any] = {"services": [], "functions": [], "load_balancers": []}
    return {**nothing, "started_at": "2026-11-22T09:30:00+00:00", "time_scale": 60, **more}


def read(document: dict[str, Any]) -> Any:
    return read_running(
        document,
        PlatformOutputs.read(source(Layer.PLATFORM, PLATFORM)),
        WorkloadOutputs.read(source(Layer.WORKLOADS, OUTPUTS[Layer.WORKLOADS])),
    )


def source(layer: Layer, outputs: Any) -> RecordedOutputs:
    return RecordedOutputs(StackName(environment="dev", layer=layer), outputs)


def test_only_services_of_the_environment_are_read() -> None:
    """Those of another cluster are left out, and so is one that was removed and still drains; one whose first
    deployment is under way is there from its first task on.
    """
    removed = service("removed", desired=0)
    found = read(status(services=[removed, service("axon"), service("axon", "sandbox"), service("new")]))
    assert [each.name for each in found.services] == ["axon", "new"]
    assert found.services[:1] == (
        RunningService(
            name="axon",
            desired=2,
            running=2,
            healthy=1,
            rollout="COMPLETED",
            reason="",
            task_definition="axon:3",
        ),
    )
    assert found.started_at == "2026-11-22T09:30:00+00:00"
    assert found.time_scale == 60


def test_a_service_that_is_gone_is_missing() -> None:
    """One that was deployed and is not in ECS is told of: nothing of it runs, and nothing is wanted."""
    (found,) = read(status()).services
    assert (found.name, found.rollout, found.healthy) == ("axon", MISSING, 0)
    assert found.problem == "`axon` is not in ECS"


def test_services_that_no_record_names() -> None:
    """Those that want tasks, by cluster and name; one that drains is no more."""
    running = status(services=[service("axon"), service("axon", "sandbox"), service("old", desired=0)])
    assert unrecorded_services(running, frozenset({"dev/axon"})) == ("sandbox/axon",)


def test_only_functions_of_the_environment_are_read() -> None:
    """Each with the packages that AWS would not run as they run here."""
    functions = [
        {"name": "dev-governance", "replaced_packages": ["native"]},
        {"name": "sandbox-governance", "replaced_packages": []},
    ]
    found = read(status(functions=functions))
    assert found.functions == (RunningFunction(name="dev-governance", replaced_packages=("native",)),)


def test_the_address_is_the_first_listener_of_the_load_balancer() -> None:
    """The first is the entry, others may only redirect there; without a listener there is no address."""
    own = {"dns_name": "dev.elb.amazonaws.com", "listeners": [{"url": "http://a:1"}, {"url": "http://a:2"}]}
    other = {"dns_name": "other.elb.amazonaws.com", "listeners": [{"url": "http://a:3"}]}
    assert read(status(load_balancers=[other, own])).address == "http://a:1"
    assert read(status(load_balancers=[other, {**own, "listeners": []}])).address == ""
    assert read(status()).address == ""


def test_what_iam_decided_is_read() -> None:
    """FID-2: a document without it is of a world in which AWS itself decides."""
    told = {"allowed": 3, "denied": 0, "denials": [], "used": {"arn:r": ["s3:x p/Reads"]}}
    found = read(status(authorization=told)).permissions
    assert (found.allowed, found.denied, found.used) == (3, 0, {"arn:r": ("s3:x p/Reads",)})
    assert read(status()).permissions is None
