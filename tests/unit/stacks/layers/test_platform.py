"""The platform layer: load balancer, secrets, functions and table as they are told."""

from __future__ import annotations

import pytest

from stacks.layer_outputs import MadePlatform
from stacks.layer_settings import PlatformSettings
from stacks.layers.platform import deploy
from stacks.names import Layer
from stacks.outputs import PlatformOutputs
from tests.support.recording.environments import layer_context, record_environment, recorded, recorded_outputs
from tests.support.recording.recorder import Graph, record

# one worker records each environment, for all of them
pytestmark = pytest.mark.xdist_group("recorded")


@pytest.fixture
def foundation() -> Graph:
    return recorded("dev")[Layer.FOUNDATION]


@pytest.fixture
def platform() -> Graph:
    return recorded("dev")[Layer.PLATFORM]


def grant_secrets(platform: Graph) -> dict[str, str]:
    """ARNs of the secrets of grants by name, as the recorder makes them up."""
    region = "arn:aws:secret:us-east-1:111122223333"
    secrets = platform.of("aws:secretsmanager/secret:Secret")
    return {
        name: f"{region}:{name}" for one in secrets if (name := one.inputs["name"]).startswith("dev/grants/")
    }


def test_platform_stands_on_the_foundation() -> None:
    """Made from settings and the foundation's outputs, it hands up all of its own."""
    made: list[MadePlatform] = []
    graph = record(
        lambda: made.append(deploy(layer_context(Layer.PLATFORM), PlatformSettings(allow_http=True))),
        stack="dev-platform",
        config={},
        stacks=recorded_outputs("dev"),
    )
    assert isinstance(made[0], PlatformOutputs)
    assert graph.references == ["organization/myelin/dev-foundation"]


def test_each_secret_is_under_its_owners_key(foundation: Graph, platform: Graph) -> None:
    """SEC-1: Axon's secret under Axon's key, those of calls and of grants each under a key of their own."""
    keys = foundation.outputs["key_arns"]
    secrets = {
        one.inputs["name"]: one.inputs["kmsKeyId"] for one in platform.of("aws:secretsmanager/secret:Secret")
    }
    assert secrets == {
        "dev/axon/heartbeat-key": keys["axon"],
        "dev/calls/orbit/axon/signing-key": keys["calls"],
        "dev/grants/public-keys": keys["grants"],
        "dev/grants/signing-key": keys["grants"],
    }


def test_load_balancer_is_private_and_speaks_tls(platform: Graph) -> None:
    """MSH-2: internal, in private subnets, TLS 1.2 or better with a redirect, unknown paths answered 404."""
    (balancer,) = platform.of("aws:lb/loadBalancer:LoadBalancer")
    assert balancer.inputs["internal"] is True
    assert balancer.inputs["dropInvalidHeaderFields"] is True
    assert balancer.inputs["subnets"] == recorded("dev")[Layer.FOUNDATION].outputs["private_subnet_ids"]
    http, https, tests = platform.of("aws:lb/listener:Listener")
    assert http.inputs["defaultActions"][0]["redirect"]["protocol"] == "HTTPS"
    for listener in (https, tests):
        assert listener.inputs["sslPolicy"] == "ELBSecurityPolicy-TLS13-1-2-2021-06"
    assert https.inputs["defaultActions"][0]["fixedResponse"]["statusCode"] == "404"
    assert https.inputs["defaultActions"][0]["fixedResponse"]["contentType"] in {
        *("text/plain", "text/css", "text/html", "application/javascript", "application/json"),
    }


def test_sandbox_serves_plain_http() -> None:
    """MSH-2: where HTTP is allowed there is one listener, and one for tests, without a certificate."""
    listeners = recorded("sandbox")[Layer.PLATFORM].of("aws:lb/listener:Listener")
    assert [(one.inputs["port"], one.inputs["protocol"]) for one in listeners] == [
        (80, "HTTP"),
        (8080, "HTTP"),
    ]
    for listener in listeners:
        assert not {"certificateArn", "sslPolicy"} & set(listener.inputs)


def test_governance_function(platform: Graph) -> None:
    """GOV-1: own log group, tracing, a version behind `live`, alarms to the topic."""
    function = platform.one("aws:lambda/function:Function", "governance")
    inputs = function.inputs
    assert (inputs["handler"], inputs["runtime"], inputs["architectures"]) == (
        "lambdas.governance.decide.handler",
        "python3.13",
        ["arm64"],
    )
    assert inputs["environment"]["variables"] == {
        "MYELIN_ENVIRONMENT": "dev",
        "POLICY_TABLE": "dev-governance-policies",
        "POLICY_REFRESH_SECONDS": "5",
        "POLICY_STALENESS_SECONDS": "60",
        "DECISION_LOG_MASKED": "context",
        "GRANT_ISSUER": "111122223333/us-east-1/dev",
        "GRANT_KEY_CACHE_SECONDS": "60",
        "GRANT_SIGNING_KEY": grant_secrets(platform)["dev/grants/signing-key"],
        "POWERTOOLS_METRICS_NAMESPACE": "Myelin",
        "POWERTOOLS_SERVICE_NAME": "governance",
    }
    assert inputs["publish"] is True
    assert inputs["loggingConfig"]["logGroup"] == "/aws/lambda/dev-governance-decide"
    assert inputs["tracingConfig"] == {"mode": "Active"}
    aliases = platform.of("aws:lambda/alias:Alias")
    assert {alias.inputs["name"] for alias in aliases} == {"live", "caller-orbit"}
    assert {alias.inputs["functionVersion"] for alias in aliases} == {"1"}
    topic = recorded("dev")[Layer.FOUNDATION].outputs["alert_topic_arn"]
    for alarm in platform.of("aws:cloudwatch/metricAlarm:MetricAlarm"):
        assert alarm.inputs["alarmActions"] == alarm.inputs["okActions"] == [topic]


def test_rotation_of_the_grant_key(platform: Graph) -> None:
    """SEC-2: the function knows both secrets, and how long a replaced key is taken."""
    arns = grant_secrets(platform)
    function = platform.one("aws:lambda/function:Function", "rotation").inputs
    assert function["environment"]["variables"] == {
        "CLUSTER": "dev",
        "GRANT_SIGNING_KEY": arns["dev/grants/signing-key"],
        "GRANT_KEYS": arns["dev/grants/public-keys"],
        "GRANT_BOUND_SECONDS": "60",
        "GRANT_KEY_CACHE_SECONDS": "60",
        "POWERTOOLS_SERVICE_NAME": "rotation",
    }
    rotation = platform.one("aws:secretsmanager/secretRotation:SecretRotation", "grants")
    assert rotation.inputs["secretId"] == arns["dev/grants/signing-key"]
    assert platform.outputs["grant_keys_arn"] == arns["dev/grants/public-keys"]
    assert platform.outputs["grant_bound_seconds"] == "60"


def test_environments_of_the_governance_function_kept_started(platform: Graph) -> None:
    """GOV-1: none unless that is set, and then of the version that callers get."""
    kind = "aws:lambda/provisionedConcurrencyConfig:ProvisionedConcurrencyConfig"
    assert platform.of(kind) == []
    wanted = {"myelin:governanceProvisioned": "2"}
    changed = record_environment("dev", changed={Layer.PLATFORM: wanted}, last=Layer.PLATFORM)[Layer.PLATFORM]
    (kept,) = changed.of(kind)
    assert (kept.inputs["provisionedConcurrentExecutions"], kept.inputs["qualifier"]) == (2, "1")


def test_no_caller_is_throttled(platform: Graph) -> None:
    """GOV-1: as many calls at once are let through as all tasks of all callers may make, while they roll."""
    function = platform.one("aws:lambda/function:Function", "governance")
    # orbit alone calls: at most 6 tasks, twice that in a deployment, 4 decisions each; 8 for the URL
    assert function.inputs["reservedConcurrentExecutions"] == 6 * 2 * 4 + 8


def test_policy_table(platform: Graph) -> None:
    """GOV-2: keyed by pk and sk, on demand, encrypted with our key, restorable."""
    table = platform.one("aws:dynamodb/table:Table", "policies")
    assert (table.inputs["hashKey"], table.inputs["rangeKey"]) == ("pk", "sk")
    assert table.inputs["pointInTimeRecovery"] == {"enabled": True}
    assert table.inputs["serverSideEncryption"]["enabled"] is True


def test_repositories(platform: Graph) -> None:
    """ECS-1: immutable tags, scan on push, encryption with our key."""
    for repository in platform.of("aws:ecr/repository:Repository"):
        assert repository.inputs["imageTagMutability"] == "IMMUTABLE"
        assert repository.inputs["imageScanningConfiguration"] == {"scanOnPush": True}
        assert repository.inputs["encryptionConfigurations"][0]["encryptionType"] == "KMS"


def test_production_is_protected_from_deletion() -> None:
    """By default keys and table are protected, the balancer too, secrets recoverable and images kept."""
    assert not any(key.protect for key in recorded("dev")[Layer.FOUNDATION].of("aws:kms/key:Key"))
    on = {"myelin:deletionProtection": "true"}
    changed = {Layer.FOUNDATION: on, Layer.PLATFORM: on}
    graphs = record_environment("dev", changed=changed, last=Layer.PLATFORM)
    assert all(key.protect for key in graphs[Layer.FOUNDATION].of("aws:kms/key:Key"))
    platform = graphs[Layer.PLATFORM]
    for table in platform.of("aws:dynamodb/table:Table"):
        assert table.protect
        assert table.inputs["deletionProtectionEnabled"] is True
    (balancer,) = platform.of("aws:lb/loadBalancer:LoadBalancer")
    assert balancer.inputs["enableDeletionProtection"] is True
    assert {
        one.inputs["recoveryWindowInDays"] for one in platform.of("aws:secretsmanager/secret:Secret")
    } == {30}
    assert {one.inputs["forceDelete"] for one in platform.of("aws:ecr/repository:Repository")} == {False}


def test_log_groups_are_kept_and_encrypted(platform: Graph) -> None:
    """ECS-2: each log group has a retention and the platform's key."""
    key = recorded("dev")[Layer.FOUNDATION].outputs["key_arns"]["platform"]
    groups = platform.of("aws:cloudwatch/logGroup:LogGroup")
    assert groups
    for group in groups:
        assert (group.inputs["retentionInDays"], group.inputs["kmsKeyId"]) == (30, key)
