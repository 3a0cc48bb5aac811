"""An emulated AWS in this process, with an ECS cluster, and a builder for services in it."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from typing import Any

import boto3
import pytest
from moto.moto_api._internal.models import moto_api_backend

from tests.support.moto_server import moto_server_here

REGION = "us-east-1"


class FailingOnce:
    """Clients of which the first one that is asked for fails in a way that nobody foresaw."""

    def __init__(self, aws: Callable[[str], Any]) -> None:
        self._aws = aws
        self.failed = False

    def __call__(self, service: str) -> Any:
        if not self.failed:
            self.failed = True
            raise RuntimeError("dictionary changed size during iteration")
        return self._aws(service)


class EmulatedAws:
    """The emulator's endpoint, cached clients, and what an ECS service needs."""

    def __init__(self, endpoint: str, key: tuple[str, str] = ("test", "test")) -> None:
        self.endpoint = endpoint
        self._key = key
        self._clients: dict[str, Any] = {}
        self._lock = threading.Lock()

    def __call__(self, service: str) -> Any:
        with self._lock:
            if service not in self._clients:
                self._clients[service] = boto3.client(
                    service,
                    endpoint_url=self.endpoint,
                    region_name=REGION,
                    aws_access_key_id=self._key[0],
                    aws_secret_access_key=self._key[1],
                )
            return self._clients[service]

    def fresh(self) -> EmulatedAws:
        """Nothing but the cluster `test`."""
        moto_api_backend.reset()
        self("ecs").create_cluster(clusterName="test")
        return self

    def network(self) -> dict[str, Any]:
        """A VPC with one subnet and one security group."""
        ec2 = self("ec2")
        vpc = ec2.create_vpc(CidrBlock="10.0.0.0/16")["Vpc"]["VpcId"]
        subnet = ec2.create_subnet(VpcId=vpc, CidrBlock="10.0.0.0/24")["Subnet"]["SubnetId"]
        group = ec2.create_security_group(GroupName=f"g{time.time_ns()}", Description="d", VpcId=vpc)[
            "GroupId"
        ]
        return {"vpc": vpc, "subnet": subnet, "group": group}

    def define(
        self, family: str, *, tag: str = "v1", mode: str = "", task_role: str | None = None, **container: Any
    ) -> str:
        """Register a task definition and return its ARN."""
        definition = {
            "name": "app",
            "image": f"123456789012.dkr.ecr.{REGION}.amazonaws.com/test/{family}:{tag}",
            "essential": True,
            "portMappings": [{"containerPort": 8081, "name": "http"}],
            "environment": [{"name": "MODE", "value": mode}, {"name": "TAG", "value": tag}],
            "healthCheck": {
                "command": ["CMD-SHELL", "curl -f http://localhost:8081/health || exit 1"],
                "interval": 1,
                "timeout": 2,
                "retries": 2,
            },
            "stopTimeout": 2,
            **container,
        }
        answer = self("ecs").register_task_definition(
            family=family,
            networkMode="awsvpc",
            requiresCompatibilities=["FARGATE"],
            cpu="256",
            memory="512",
            containerDefinitions=[definition],
            **({"taskRoleArn": task_role} if task_role else {}),
        )
        return str(answer["taskDefinition"]["taskDefinitionArn"])

    def service(self, name: str, definition: str, *, desired: int = 2, **more: Any) -> None:
        """Create a service in the cluster `test`."""
        network = self.network()
        self("ecs").create_service(
            cluster="test",
            serviceName=name,
            taskDefinition=definition,
            desiredCount=desired,
            launchType="FARGATE",
            networkConfiguration={
                "awsvpcConfiguration": {"subnets": [network["subnet"]], "securityGroups": [network["group"]]}
            },
            deploymentConfiguration={
                "minimumHealthyPercent": 100,
                "maximumPercent": 200,
                "deploymentCircuitBreaker": {"enable": True, "rollback": True},
            },
            **more,
        )

    def describe(self, name: str) -> dict[str, Any]:
        """DescribeServices of one service."""
        found: dict[str, Any] = self("ecs").describe_services(cluster="test", services=[name])["services"][0]
        return found


@pytest.fixture(scope="session")
def emulator() -> Iterator[EmulatedAws]:
    """One emulated AWS for all tests of a process."""
    with moto_server_here() as endpoint:
        yield EmulatedAws(endpoint)


@pytest.fixture
def aws(emulator: EmulatedAws) -> EmulatedAws:
    """The emulated AWS with nothing in it but the ECS cluster `test`."""
    return emulator.fresh()
