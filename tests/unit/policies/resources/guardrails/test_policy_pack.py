"""The policy pack, spoken to as Pulumi's engine does: over gRPC, in a process of its own."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import grpc
import pytest
import yaml
from google.protobuf import empty_pb2, struct_pb2
from pulumi.runtime.proto import analyzer_pb2, analyzer_pb2_grpc

from policies.resources.guardrails.catalogue import RULES
from tests.support.paths import ROOT

PACK = ROOT / "policies" / "resources" / "guardrails"
UNKNOWN = "04da6b54-80e4-46f7-96ec-b56ff0331ba9"
"""How an unknown text travels."""
MANDATORY, ADVISORY = 1, 0


def started(project: str, folder: Path) -> subprocess.Popen[str]:
    """The pack as Pulumi's Python language plugin starts it."""
    return subprocess.Popen(
        [sys.executable, "-u", "-m", "pulumi.policy", "127.0.0.1:1", str(PACK)],
        cwd=folder,
        env={**os.environ, "PULUMI_PROJECT": project, "PULUMI_STACK": "dev", "PULUMI_DRY_RUN": "true"},
        stdout=subprocess.PIPE,
        text=True,
    )


@pytest.fixture(scope="module", params=["myelin", "somebody-elses"])
def pack(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Any]:
    """The project and a client of its policy pack."""
    process = started(request.param, tmp_path_factory.mktemp("pack"))
    try:
        assert process.stdout is not None
        port = int(process.stdout.readline())
        with grpc.insecure_channel(f"127.0.0.1:{port}") as channel:
            yield request.param, analyzer_pb2_grpc.AnalyzerStub(channel)
    finally:
        process.kill()
        process.communicate(timeout=10)


def analyze(stub: Any, token: str, inputs: dict[str, Any]) -> Any:
    properties = struct_pb2.Struct()
    properties.update(inputs)
    name = token.rpartition(":")[2]
    urn = f"urn:pulumi:dev::project::{token}::{name}"
    request = analyzer_pb2.AnalyzeRequest(type=token, urn=urn, name=name, properties=properties)
    return stub.Analyze(request, timeout=10)


def test_the_pack_has_every_rule(pack: Any) -> None:
    """Each rule is a policy; conventions bind the platform's own project and advise others."""
    project, stub = pack
    found = stub.GetAnalyzerInfo(empty_pb2.Empty(), timeout=10)
    assert found.name == "myelin-guardrails"
    levels = {policy.name: policy.enforcementLevel for policy in found.policies}
    assert levels.keys() == {rule.name for rule in RULES}
    assert levels["no-ended-service"] == MANDATORY
    assert levels["no-world-ingress"] == MANDATORY
    assert levels["role-has-boundary"] == (MANDATORY if project == "myelin" else ADVISORY)
    assert levels["no-world-egress"] == (MANDATORY if project == "myelin" else ADVISORY)


def test_a_resource_that_breaks_a_rule_is_reported(pack: Any) -> None:
    """The engine is told the policy, what is wrong, and what to do."""
    _, stub = pack
    found = analyze(stub, "aws:kms/key:Key", {"enableKeyRotation": False, "tags": {"Name": "x"}})
    messages = {item.policyName: item.message for item in found.diagnostics}
    assert messages.keys() == {"credentials-rotate", "platform-tags"}
    assert "`enable_key_rotation` is not true (CKV_MYELIN_8: keys within" in messages["credentials-rotate"]
    assert "missing tags: myelin:environment, myelin:layer" in messages["platform-tags"]


def test_a_resource_that_keeps_the_rules_is_passed(pack: Any) -> None:
    """Nested values and lists are read through the engine's own wrappers."""
    _, stub = pack
    opening = {"fromPort": 443, "cidrBlocks": ["10.0.0.0/16"]}
    tags = {"Name": "x", "myelin:environment": "dev", "myelin:layer": "platform"}
    good = analyze(stub, "aws:ec2/securityGroup:SecurityGroup", {"egress": [opening], "tags": tags})
    assert list(good.diagnostics) == []
    bad = {**opening, "cidrBlocks": ["10.0.0.0/16", "0.0.0.0/0"]}
    found = analyze(stub, "aws:ec2/securityGroup:SecurityGroup", {"egress": [opening, bad], "tags": tags})
    assert [item.policyName for item in found.diagnostics] == ["no-world-egress"]


def test_what_is_not_known_is_not_applicable(pack: Any) -> None:
    """In a preview, an unknown value neither fails nor passes a rule; a boundary is there all the same."""
    _, stub = pack
    group = analyze(stub, "aws:cloudwatch/logGroup:LogGroup", {"retentionInDays": UNKNOWN, "tags": UNKNOWN})
    assert list(group.diagnostics) == []
    assert {item.policy_name for item in group.not_applicable} == {"log-retention-set", "platform-tags"}
    role = analyze(stub, "aws:iam/role:Role", {"permissionsBoundary": UNKNOWN, "tags": UNKNOWN})
    assert list(role.diagnostics) == []


def test_other_providers_are_left_alone(pack: Any) -> None:
    """A resource of another provider passes whatever it says."""
    _, stub = pack
    found = analyze(stub, "random:index/randomId:RandomId", {"byteLength": 4})
    assert list(found.diagnostics) == []


def test_the_pack_says_how_it_is_run() -> None:
    """Pulumi finds the runtime and the version in PulumiPolicy.yaml."""
    found = yaml.safe_load((PACK / "PulumiPolicy.yaml").read_text(encoding="utf-8"))
    assert found["runtime"] == "python"
    assert found["version"]
    assert "pulumi-policy" in (PACK / "requirements.txt").read_text(encoding="utf-8")
