"""Container definitions, their environment, and repositories' policies. ECS-1, ECS-3."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from components.containers.container_definition import (
    ContainerInputs,
    GateInputs,
    container_definitions,
    health_command,
)
from components.containers.repository_policy import lifecycle_policy, repository_policy
from components.containers.service_environment import (
    KIT_SETTINGS,
    TaskEnvironment,
    application_environment,
    service_environment,
)
from components.declarations import Services, load_services
from components.declarations.checks import RESERVED_VARIABLES
from components.identity.statement import document
from components.mesh.service_connect import ServiceConnect
from services.runtime.settings import RuntimeSettings
from tests.support.paths import ROOT
from tests.support.recording.declarations import ACCOUNT, PLACE, declared, minimal
from tests.support.recording.iam import ALLOW, DENY, SILENT, verdict

SERVICES = load_services(ROOT / "services")
AROUND = TaskEnvironment(
    environment="dev",
    region="eu-central-1",
    version="1.2.3",
    signing_secrets={"orbit-axon": "arn:signing"},
    governance_function="arn:governance:caller-orbit",
    grant_issuer="111122223333/eu-central-1/dev",
    grant_keys="arn:grant-keys",
    grant_bound_seconds="30",
    idempotency_table="dev-idempotency",
)


def container(services: Services, name: str) -> dict[str, Any]:
    """The one container of a service's definition."""
    (found,) = json.loads(
        container_definitions(
            services.get(name),
            ContainerInputs(
                image="registry/dev/axon:1",
                log_group="/myelin/dev/axon",
                region="eu-central-1",
                environment={"B": "2", "A": "1"},
                secrets={"heartbeat-key": "arn:secret"},
            ),
        )
    )
    assert isinstance(found, dict)
    return found


def test_container_definition_whole() -> None:
    """ECS-3: non-root, read-only, limited, logged, checked, with injected secrets and time to stop."""
    assert container(SERVICES, "axon") == {
        "name": "axon",
        "image": "registry/dev/axon:1",
        "essential": True,
        "cpu": 256,
        "memory": 448,
        "user": "10001:10001",
        "readonlyRootFilesystem": True,
        "linuxParameters": {"initProcessEnabled": True, "capabilities": {"drop": ["ALL"]}},
        "mountPoints": [{"sourceVolume": "scratch", "containerPath": "/tmp", "readOnly": False}],
        "portMappings": [
            {
                "name": "axon",
                "containerPort": 8081,
                "hostPort": 8081,
                "protocol": "tcp",
                "appProtocol": "http",
            }
        ],
        "environment": [{"name": "A", "value": "1"}, {"name": "B", "value": "2"}],
        "secrets": [{"name": "HEARTBEAT_KEY", "valueFrom": "arn:secret"}],
        "healthCheck": {
            "command": health_command(SERVICES.get("axon"), "/health"),
            "interval": 10,
            "timeout": 5,
            "retries": 3,
            "startPeriod": 10,
        },
        "stopTimeout": 30,
        "logConfiguration": {
            "logDriver": "awslogs",
            "options": {
                "awslogs-group": "/myelin/dev/axon",
                "awslogs-region": "eu-central-1",
                "awslogs-stream-prefix": "axon",
                "mode": "non-blocking",
                "max-buffer-size": "4m",
            },
        },
    }


def test_a_gate_stands_before_the_application(tmp_path: Path) -> None:
    """Two essential containers: the gate has the service's port, the health check and the calls, the
    application its own variables and secrets; they share the token and no file. It is stopped after the gate.
    """
    services = declared(
        tmp_path,
        solo=minimal("solo", 9000)
        + 'runtime = "gate"\n[[intents]]\nname = "x"\n[health]\npath = "/well"\n'
        + '[secrets]\nown = "its own"\n[environment]\nMODE = "a"\nLOG_LEVEL = "DEBUG"\n',
    )
    solo = services.get("solo")
    gate, behind = json.loads(
        container_definitions(
            solo,
            ContainerInputs(
                image="registry/dev/solo:1",
                log_group="/myelin/dev/solo",
                region="eu-central-1",
                environment=application_environment(solo, AROUND),
                secrets={"own": "arn:own", "gate-token": "arn:token"},
            ),
            GateInputs(
                image="registry/dev/gate:2",
                environment=service_environment(services, solo, ServiceConnect(), AROUND),
            ),
        )
    )
    assert (gate["name"], gate["image"], gate["command"]) == (
        "gate",
        "registry/dev/gate:2",
        ["services.gate.app:build"],
    )
    assert (behind["name"], behind["image"]) == ("solo", "registry/dev/solo:1")
    assert [one["essential"] for one in (gate, behind)] == [True, True]
    assert [(port["name"], port["containerPort"]) for port in gate["portMappings"]] == [
        ("solo", 9000),
        ("calls", 9081),
    ]
    assert [port["containerPort"] for port in behind["portMappings"]] == [9080]
    assert gate["dependsOn"] == [{"containerName": "solo", "condition": "START"}]
    assert gate["healthCheck"]["command"] == health_command(solo, "/health")
    assert "healthCheck" not in behind
    assert gate["mountPoints"] == []
    assert gate["secrets"] == [{"name": "GATE_TOKEN", "valueFrom": "arn:token"}]
    assert {one["name"] for one in behind["secrets"]} == {"GATE_TOKEN", "OWN"}
    assert gate["cpu"] + behind["cpu"] == solo.cpu
    assert gate["memory"] + behind["memory"] == solo.memory - 64
    mine, its = ({one["name"]: one["value"] for one in each["environment"]} for each in (gate, behind))
    assert (mine["PORT"], mine["APPLICATION_URL"], mine["APPLICATION_HEALTH"]) == (
        "9000",
        "http://127.0.0.1:9080",
        "/well",
    )
    assert (its["PORT"], its["GATE_URL"]) == ("9080", mine["GATE_URL"]) == ("9080", "http://127.0.0.1:9081")
    assert (its["MODE"], its["LOG_LEVEL"], mine["LOG_LEVEL"]) == ("a", "DEBUG", "DEBUG")
    assert "MODE" not in mine
    assert not {"CALLS", "CALLERS", "INTENTS", "GRANT_KEYS"} & set(its)


def test_every_setting_of_the_kit_is_the_gate_s() -> None:
    """What the kit reads and the platform does not set itself can be declared, behind a gate as well."""
    read = {str(field.alias) for field in RuntimeSettings.model_fields.values()}
    ours = {name for name in read if name in RESERVED_VARIABLES or name.startswith(("MYELIN_", "AWS_"))}
    assert set(KIT_SETTINGS) == read - ours


def test_health_command_asks_the_declared_path() -> None:
    """The check needs Python alone, and ends before ECS gives up on it."""
    assert health_command(SERVICES.get("axon"), "/health") == [
        "CMD",
        "python",
        "-c",
        "import urllib.request; urllib.request.urlopen('http://127.0.0.1:8081/health', timeout=4)",
    ]


def test_a_door_with_tokens_is_told_whose(tmp_path: Path) -> None:
    """Issuer, audience, claims, and where the keys are, which it reads itself: they are not injected."""
    door = (
        '[ingress]\npaths = ["/x"]\nclient = "jwt"\nissuer = "https://login.example"\naudience = "us"\n'
        'claims = ["plan"]\n[secrets]\nown = "its own"\n'
    )
    services = declared(tmp_path, door=minimal("door", 9000, more=door))
    around = replace(AROUND, client_keys="arn:client-keys")
    variables = service_environment(services, services.get("door"), ServiceConnect(), around)
    assert json.loads(variables["CLIENTS"]) == {
        "issuer": "https://login.example",
        "audience": "us",
        "keys": "arn:client-keys",
        "tenant_claim": "tenant",
        "claims": ["plan"],
    }
    assert set(services.get("door").injected_secrets) == {"own"}
    assert set(services.get("door").all_secrets) == {"own", "client-keys"}


def test_a_door_with_identities_is_told_whose(tmp_path: Path) -> None:
    """Who may come in, and for which tenant; there is no secret for that."""
    door = (
        '[ingress]\npaths = ["/x"]\nclient = "sigv4"\n'
        '[ingress.identities]\n"role/shop" = "acme"\n"user/ada" = ""\n'
    )
    services = declared(tmp_path, door=minimal("door", 9000, more=door))
    variables = service_environment(services, services.get("door"), ServiceConnect(), AROUND)
    assert json.loads(variables["CLIENT_IDENTITIES"]) == {"role/shop": "acme", "user/ada": ""}
    assert "CLIENTS" not in variables
    assert dict(services.get("door").all_secrets) == {}


def test_a_gate_is_told_of_its_door(tmp_path: Path) -> None:
    """The paths are the gate's affair; it is the container with the port, and healthy at its own path."""
    more = 'runtime = "gate"\n[health]\npath = "/up"\n[ingress]\npaths = ["/x", "/y/*"]\n'
    services = declared(tmp_path, shop=minimal("shop", 9000, more=more))
    shop = services.get("shop")
    assert json.loads(service_environment(services, shop, ServiceConnect(), AROUND)["INGRESS"]) == [
        "/x",
        "/y/*",
    ]
    assert "INGRESS" not in application_environment(shop, AROUND)
    assert (shop.front_container, shop.front_health_path) == ("gate", "/health")


def test_environment_of_a_caller() -> None:
    """Orbit learns whom it may call, where, with which key, and whom it has to ask first."""
    variables = dict(service_environment(SERVICES, SERVICES.get("orbit"), ServiceConnect(), AROUND))
    assert json.loads(variables.pop("CALLS")) == [
        {
            "service": "axon",
            "intent": "reason",
            "url": "http://axon:8081",
            "signing_secret": "arn:signing",
            "safe_to_repeat": True,
            "attributes": ["purpose"],
        }
    ]
    assert variables == {
        "AWS_REGION": "eu-central-1",
        "CALLERS": "[]",
        "GOVERNANCE_CONCURRENCY": "4",
        "GOVERNANCE_FUNCTION": "arn:governance:caller-orbit",
        "GRANT_BOUND_SECONDS": "30",
        "GRANT_ISSUER": "111122223333/eu-central-1/dev",
        "INTENTS": "[]",
        "LOG_LEVEL": "INFO",
        "MYELIN_ENVIRONMENT": "dev",
        "MYELIN_SERVICE": "orbit",
        "MYELIN_VERSION": "1.2.3",
        "PORT": "8080",
    }


def test_environment_of_a_callee() -> None:
    """Axon learns who may call it for what, with which keys, and what it offers; nothing of the function."""
    variables = service_environment(SERVICES, SERVICES.get("axon"), ServiceConnect(), AROUND)
    assert json.loads(variables["CALLERS"]) == [
        {"service": "orbit", "signing_secret": "arn:signing", "intents": ["reason"]}
    ]
    assert json.loads(variables["INTENTS"]) == [
        {"name": "reason", "safe_to_repeat": True, "attributes": ["purpose"]}
    ]
    assert variables["GRANT_KEYS"] == "arn:grant-keys"
    assert variables["CALLS"] == "[]"
    assert "IDEMPOTENCY_TABLE" not in variables
    assert "GOVERNANCE_FUNCTION" not in variables


def test_only_deeds_are_recorded(tmp_path: Path) -> None:
    """What is not safe to repeat needs the table of records; a caller does not."""
    services = declared(tmp_path, orbit=minimal("orbit", 9000, calls=("axon",)), axon=minimal("axon", 9001))
    variables = {
        name: service_environment(services, services.get(name), ServiceConnect(), AROUND)
        for name in ("axon", "orbit")
    }
    assert variables["axon"]["IDEMPOTENCY_TABLE"] == "dev-idempotency"
    assert "IDEMPOTENCY_TABLE" not in variables["orbit"]
    assert json.loads(variables["orbit"]["CALLS"])[0]["safe_to_repeat"] is False


def test_no_declared_variable_hides_one_of_the_platform(tmp_path: Path) -> None:
    """Every variable that the platform sets is reserved in declarations."""
    services = declared(tmp_path, orbit=minimal("orbit", 9000, calls=("axon",)), axon=minimal("axon", 9001))
    variables = {
        **service_environment(services, services.get("orbit"), ServiceConnect(), AROUND),
        **service_environment(services, services.get("axon"), ServiceConnect(), AROUND),
    }
    assert {"GOVERNANCE_FUNCTION", "GRANT_KEYS", "IDEMPOTENCY_TABLE"} <= variables.keys()
    assert all(name in RESERVED_VARIABLES or name.startswith("MYELIN_") for name in variables)


@pytest.mark.parametrize(
    ("role", "pull", "push"),
    [
        ("dev-axon-execution", ALLOW, DENY),
        ("dev-axon-task", DENY, DENY),
        ("dev-orbit-execution", DENY, DENY),
        ("dev-governance-decide", DENY, DENY),
        ("deployer", SILENT, SILENT),
    ],
)
def test_repository_policy(role: str, pull: str, push: str) -> None:
    """ECS-1: Axon's image is pulled by Axon's execution role alone and pushed by nothing that runs."""
    policy = document(repository_policy(PLACE, ("axon",)))
    context = {"aws:PrincipalArn": ACCOUNT.role(role)}
    assert verdict(policy, action="ecr:BatchGetImage", context=context) == pull
    assert verdict(policy, action="ecr:PutImage", context=context) == push


def test_lifecycle() -> None:
    """ECS-1: untagged images go after a week, the newest fifty stay."""
    rules = json.loads(lifecycle_policy())["rules"]
    assert [(rule["selection"]["tagStatus"], rule["selection"]["countNumber"]) for rule in rules] == [
        ("untagged", 7),
        ("any", 50),
    ]
