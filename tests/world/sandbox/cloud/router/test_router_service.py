"""The router and the runner together, against an emulated AWS in this process."""

from __future__ import annotations

import json
import os
import signal
import threading
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import httpx
import pytest

from sandbox.cloud.router.router import Router
from sandbox.cloud.scheduler.runner import TaskRunner
from sandbox.cloud.tasks.images import ImageTable
from tests.support.emulated_aws import EmulatedAws
from tests.support.log_lines import LogLines
from tests.support.router.echo_task import get
from tests.support.tasks.fixtures import SERVER
from tests.support.waiting import wait_until

pytestmark = [pytest.mark.sandbox, pytest.mark.xdist_group("router-world")]


@dataclass
class World:
    """A VPC with `orbit` behind a load balancer, `axon` in the mesh, and what runs them.

    Tests share it, and leave it as it was but for the tasks.
    """

    aws: EmulatedAws
    router: Router
    runner: TaskRunner
    network: dict[str, Any]
    balancer: str
    target_group: str

    def changed(self) -> None:
        self.runner.notify()
        self.router.notify()

    def settled(self, name: str, definition: str | None = None) -> dict[str, Any]:
        def look() -> dict[str, Any] | None:
            for status in self.runner.status():
                fits = status["rollout"] == "COMPLETED" and len(status["tasks"]) == status["healthy"] == 2
                if status["name"] == name and fits and definition in (None, status["task_definition"]):
                    return dict(status)
            return None

        found: dict[str, Any] = wait_until(look, what=str(self.runner.status()))
        return found

    def listen(self, port: int) -> tuple[str, str]:
        """A listener with a rule for `orbit`; their ARNs."""
        elbv2 = self.aws("elbv2")
        no_route = {"StatusCode": "404", "ContentType": "text/plain", "MessageBody": "no route"}
        listener = elbv2.create_listener(
            LoadBalancerArn=self.balancer,
            Protocol="HTTP",
            Port=port,
            DefaultActions=[{"Type": "fixed-response", "FixedResponseConfig": no_route}],
        )["Listeners"][0]["ListenerArn"]
        rule = elbv2.create_rule(
            ListenerArn=listener,
            Priority=10,
            Conditions=[{"Field": "path-pattern", "PathPatternConfig": {"Values": ["/orbit", "/slow"]}}],
            Actions=[{"Type": "forward", "TargetGroupArn": self.target_group}],
        )["Rules"][0]["RuleArn"]
        return listener, rule

    def urls(self) -> dict[int, str]:
        return {
            listener["port"]: listener["url"]
            for balancer in self.router.status()["load_balancers"]
            for listener in balancer["listeners"]
        }

    def url(self, port: int = 80) -> str:
        return str(wait_until(lambda: self.urls().get(port)))

    def group(self, name: str) -> str:
        made = self.aws("ec2").create_security_group(
            GroupName=name, Description=name, VpcId=self.network["vpc"]
        )
        return str(made["GroupId"])

    def allow(self, group: str, source: str) -> None:
        pair = {
            "IpProtocol": "tcp",
            "FromPort": 8081,
            "ToPort": 8081,
            "UserIdGroupPairs": [{"GroupId": source}],
        }
        self.aws("ec2").authorize_security_group_ingress(GroupId=group, IpPermissions=[pair])

    def service(self, name: str, group: str, **more: Any) -> str:
        definition = self.aws.define(name)
        self.aws("ecs").create_service(
            cluster="test",
            serviceName=name,
            taskDefinition=definition,
            desiredCount=2,
            launchType="FARGATE",
            networkConfiguration={
                "awsvpcConfiguration": {"subnets": [self.network["subnet"]], "securityGroups": [group]}
            },
            **more,
        )
        return definition


@pytest.fixture(scope="module")
def world(emulator: EmulatedAws, tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    aws, tmp_path = emulator.fresh(), tmp_path_factory.mktemp("world")
    table = tmp_path / "images.toml"
    command = json.dumps(SERVER)
    table.write_text(
        "".join(f'[[image]]\nrepository = "{name}"\ncommand = {command}\n' for name in ("axon", "orbit"))
    )
    ecs, elbv2 = aws("ecs"), aws("elbv2")
    ecs.update_cluster(cluster="test", serviceConnectDefaults={"namespace": "test.myelin"})
    network = aws.network()
    second = aws("ec2").create_subnet(VpcId=network["vpc"], CidrBlock="10.0.1.0/24")["Subnet"]["SubnetId"]
    balancer = elbv2.create_load_balancer(
        Name="test-internal", Subnets=[network["subnet"], second], SecurityGroups=[network["group"]]
    )["LoadBalancers"][0]["LoadBalancerArn"]
    target_group = elbv2.create_target_group(
        Name="orbit",
        Protocol="HTTP",
        Port=8081,
        VpcId=network["vpc"],
        TargetType="ip",
        HealthCheckPath="/health",
    )["TargetGroups"][0]["TargetGroupArn"]
    runner: TaskRunner
    router = Router(aws, lambda name: runner.endpoints(name))  # noqa: PLW0108 - made below
    runner = TaskRunner(
        aws, ImageTable.load(table), LogLines(), {}, lambda: None, project_root=tmp_path, traffic=router
    )
    router.start()
    runner.start()
    made = World(aws, router, runner, network, balancer, target_group)
    made.listen(80)
    orbit, axon = made.group("orbit"), made.group("axon")
    made.allow(orbit, network["group"])
    made.allow(axon, orbit)
    made.service(
        "orbit",
        orbit,
        loadBalancers=[{"targetGroupArn": target_group, "containerName": "app", "containerPort": 8081}],
        serviceConnectConfiguration={"enabled": True},
    )
    offered = {"portName": "http", "clientAliases": [{"dnsName": "axon", "port": 8081}]}
    made.service("axon", axon, serviceConnectConfiguration={"enabled": True, "services": [offered]})
    made.changed()
    made.settled("orbit")
    made.settled("axon")
    wait_until(lambda: get(f"{made.url()}/orbit").status_code == 200)
    wait_until(lambda: router.status()["mesh"])
    yield made
    runner.stop()
    router.stop()


def test_the_load_balancer_follows_its_rules(world: World) -> None:
    """MSH-2: a path of the rule reaches a task, another one the default action; a deleted rule is gone, and
    so is a deleted listener.
    """
    listener, rule = world.listen(81)
    world.changed()
    url = world.url(81)
    assert get(f"{url}/orbit").status_code == 200
    assert get(f"{url}/other").text == "no route"
    world.aws("elbv2").delete_rule(RuleArn=rule)
    world.changed()
    wait_until(lambda: get(f"{url}/orbit").status_code == 404)
    world.aws("elbv2").delete_listener(ListenerArn=listener)
    world.changed()
    wait_until(lambda: 81 not in world.urls())
    with pytest.raises(httpx.ConnectError):
        get(url)


def test_tasks_call_each_other_through_the_mesh(world: World) -> None:
    """MSH-1, NET-4: orbit's tasks have the proxy in their environment; axon answers it, and calls nobody."""
    seen = get(f"{world.url()}/orbit").json()["environment"]
    assert seen["HTTP_PROXY"] == world.router.sidecar_url("test/orbit")
    with httpx.Client(verify=False, proxy=seen["HTTP_PROXY"]) as orbit:
        assert orbit.get("http://axon:8081/").status_code == 200
    with httpx.Client(verify=False, proxy=world.router.sidecar_url("test/axon")) as axon:
        assert axon.get("http://orbit:8081/").status_code == 403
    (name,) = world.router.status()["mesh"]
    assert (name["name"], name["port"], len(name["endpoints"])) == ("axon", 8081, 2)


def test_a_revoked_security_group_rule_closes_the_mesh(world: World) -> None:
    """NET-4: the rule between the groups is what lets the call through."""
    groups = world.aws("ec2").describe_security_groups()["SecurityGroups"]
    axon = next(group for group in groups if group["GroupName"] == "axon")
    with httpx.Client(verify=False, proxy=world.router.sidecar_url("test/orbit")) as orbit:
        assert orbit.get("http://axon:8081/").status_code == 200
        world.aws("ec2").revoke_security_group_ingress(
            GroupId=axon["GroupId"], IpPermissions=axon["IpPermissions"]
        )
        world.changed()
        refused = wait_until(
            lambda: found if (found := orbit.get("http://axon:8081/")).status_code == 504 else None
        )
        assert f"no ingress rule of `{axon['GroupId']}`" in refused.text
        world.aws("ec2").authorize_security_group_ingress(
            GroupId=axon["GroupId"], IpPermissions=axon["IpPermissions"]
        )
        world.changed()
        wait_until(lambda: orbit.get("http://axon:8081/").status_code == 200)


def test_rolling_deployments_fail_no_request(world: World) -> None:
    """DEL-3: requests through the load balancer and the mesh go on while axon and orbit are replaced."""
    url, done = world.url(), threading.Event()
    statuses: dict[str, list[int]] = {"balancer": [], "mesh": [], "slow": []}

    def ask(kind: str, target: str, proxy: str | None) -> None:
        with httpx.Client(verify=False, proxy=proxy, timeout=20) as client:
            while not done.is_set():
                statuses[kind].append(client.get(target).status_code)

    sidecar = world.router.sidecar_url("test/orbit")
    threads = [
        threading.Thread(target=ask, args=arguments)
        for arguments in (
            ("balancer", f"{url}/orbit", None),
            ("slow", f"{url}/slow?0.7", None),
            ("mesh", "http://axon:8081/", sidecar),
        )
    ]
    for thread in threads:
        thread.start()
    try:
        for name in ("orbit", "axon"):
            definition = world.aws.define(name, tag="v2")
            world.aws("ecs").update_service(cluster="test", service=name, taskDefinition=definition)
            world.changed()
            world.settled(name, definition)
    finally:
        done.set()
        for thread in threads:
            thread.join()
    assert {kind: set(seen) for kind, seen in statuses.items()} == {kind: {200} for kind in statuses}


def test_after_a_kill_the_mesh_answers_on(world: World) -> None:
    """ECS-4: once the kill is seen, which takes milliseconds, no request fails."""
    killed = world.settled("axon")["tasks"][0]
    os.kill(killed["pid"], signal.SIGKILL)
    wait_until(lambda: killed["port"] not in {found.port for found in world.runner.endpoints("axon")})
    with httpx.Client(verify=False, proxy=world.router.sidecar_url("test/orbit")) as orbit:
        assert {orbit.get("http://axon:8081/").status_code for _ in range(50)} == {200}
