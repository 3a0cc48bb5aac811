"""Typed settings, and what is said about wrong ones."""

from __future__ import annotations

from pathlib import Path

import pytest
from pydantic import ValidationError

from components.declarations import load_services
from components.functions.runtime import FunctionTarget
from components.mesh.mesh import MeshKind
from stacks.config_file import ConfigFile
from stacks.errors import StackSettingsError
from stacks.layer_settings import FoundationSettings, PlatformSettings, WorkloadSettings
from stacks.names import Layer
from stacks.settings import check_workloads, load_settings, settings_of
from tests.support.paths import ROOT

SOURCE = ConfigFile(
    path=Path("stacks/config/Pulumi.dev-x.yaml"),
    lines={f"myelin:{key}": 7 for key in ("natGateways", "vpcCidr", "zonez", "mesh", "imageTags")},
)
CERTIFICATE = "arn:aws:acm:us-east-1:111122223333:certificate/12345678-1234-1234-1234-123456789012"


def test_every_key_has_a_default() -> None:
    """ENV-1: without any setting all but the platform, which needs a certificate, can be deployed."""
    assert settings_of(Layer.FOUNDATION, {}) == FoundationSettings(
        vpc_cidr="10.0.0.0/16",
        zones=("a", "b", "c"),
        nat_gateways=None,
        key_rotation_days=365,
        key_deletion_days=30,
        deletion_protection=True,
    )
    assert settings_of(Layer.WORKLOADS, {}) == WorkloadSettings(
        image_tag="0.1.0",
        image_tags={},
        cpu_architecture="X86_64",
        log_retention_days=365,
        mesh=MeshKind.SERVICE_CONNECT,
        mesh_allow_ended=False,
    )
    assert load_settings(PlatformSettings, {"myelin:certificateArn": CERTIFICATE}) == PlatformSettings(
        certificate_arn=CERTIFICATE,
        allow_http=False,
        client_cidrs=(),
        function_target=FunctionTarget.LAMBDA_ARM64,
        policy_refresh_seconds=5,
        policy_staleness_seconds=60,
        decision_log_masked="context",
        governance_provisioned=0,
        container_insights="enhanced",
        log_retention_days=365,
        deletion_protection=True,
        mesh=MeshKind.SERVICE_CONNECT,
        mesh_allow_ended=False,
    )


def test_one_nat_gateway_a_zone_unless_told() -> None:
    """NET-2: the number of NAT gateways follows the zones."""
    assert FoundationSettings().nat_gateway_count == 3
    assert FoundationSettings(zones=("a", "b")).nat_gateway_count == 2
    assert FoundationSettings(nat_gateways=0).nat_gateway_count == 0


def test_values_arrive_as_text() -> None:
    """Numbers, truth values, lists and tables are read from the text that Pulumi passes."""
    foundation = load_settings(
        FoundationSettings,
        {
            "aws:region": "us-east-1",
            "myelin:natGateways": "1",
            "myelin:zones": '["a", "d"]',
            "myelin:deletionProtection": "false",
        },
    )
    assert (foundation.nat_gateways, foundation.zones, foundation.deletion_protection) == (
        1,
        ("a", "d"),
        False,
    )
    workloads = load_settings(WorkloadSettings, {"myelin:imageTags": '{"axon": "2.0.0"}'})
    assert (workloads.tag_of("axon"), workloads.tag_of("orbit")) == ("2.0.0", "0.1.0")


def test_settings_are_frozen() -> None:
    """A setting does not change while a program runs."""
    with pytest.raises(ValidationError):
        FoundationSettings().nat_gateways = 1  # type: ignore[misc]


WRONG = {
    "unknown key, near one": (
        Layer.FOUNDATION,
        {"zonez": '["a"]'},
        "unknown setting `myelin:zonez`",
        "did you mean `myelin:zones`",
    ),
    "unknown key": (
        Layer.WORKLOADS,
        {"qqq": "1"},
        "unknown setting `myelin:qqq`",
        "known here are cpuArchitecture, deploymentBakeMinutes, deploymentStepMinutes, deploymentStrategy, "
        "imageTag, imageTags, images, logRetentionDays, mesh, "
        "meshAllowEnded, minTasks",
    ),
    "key of another layer": (
        Layer.WORKLOADS,
        {"natGateways": "1"},
        "unknown setting `myelin:natGateways`",
        "it belongs to the layer foundation",
    ),
    "not a number": (
        Layer.FOUNDATION,
        {"natGateways": "many"},
        "`myelin:natGateways` must be a number from 0 to the number of zones, not `many`",
        "correct the value",
    ),
    "more gateways than zones": (
        Layer.FOUNDATION,
        {"natGateways": "3", "zones": '["a", "b"]'},
        "`myelin:natGateways` of `3` is above the 2 zones",
        "one a zone is the most that makes sense",
    ),
    "a zone twice": (
        Layer.FOUNDATION,
        {"zones": '["a", "a"]', "natGateways": "1"},
        "`myelin:zones` names a zone twice: a, a",
        "remove the second",
    ),
    "no list": (
        Layer.FOUNDATION,
        {"zones": "a,b"},
        "`myelin:zones` must be a list of 2 to 4 availability zone letters, not `a,b`",
        "correct the value",
    ),
    "a whole zone name": (
        Layer.FOUNDATION,
        {"zones": '["us-east-1a", "us-east-1b"]'},
        "`myelin:zones` must be a list of 2 to 4 availability zone letters, "
        'not `["us-east-1a", "us-east-1b"]`',
        "correct the value",
    ),
    "a public range": (
        Layer.FOUNDATION,
        {"vpcCidr": "8.8.0.0/16"},
        "`myelin:vpcCidr` must be a private IPv4 range from /16 to /24, not `8.8.0.0/16`",
        "correct the value",
    ),
    "no truth value": (
        Layer.FOUNDATION,
        {"deletionProtection": "perhaps"},
        "`myelin:deletionProtection` must be true or false, not `perhaps`",
        "correct the value",
    ),
    "neither certificate nor HTTP": (
        Layer.PLATFORM,
        {},
        "the load balancer has neither `myelin:certificateArn` nor `myelin:allowHttp: true`",
        "set the certificate, or allow HTTP where nothing confidential goes",
    ),
    "both certificate and HTTP": (
        Layer.PLATFORM,
        {"certificateArn": CERTIFICATE, "allowHttp": "true"},
        "`myelin:allowHttp` is true although there is a `myelin:certificateArn`",
        "remove one of them",
    ),
    "no certificate": (
        Layer.PLATFORM,
        {"certificateArn": "mine"},
        "`myelin:certificateArn` must be the ARN of an ACM certificate, not `mine`",
        "correct the value",
    ),
    "the whole internet as client": (
        Layer.PLATFORM,
        {"allowHttp": "true", "clientCidrs": '["0.0.0.0/0"]'},
        "`myelin:clientCidrs` must be a list of IPv4 ranges, none of them the whole internet, "
        'not `["0.0.0.0/0"]`',
        "correct the value",
    ),
    "staleness not above refresh": (
        Layer.PLATFORM,
        {"allowHttp": "true", "policyStalenessSeconds": "5"},
        "`myelin:policyStalenessSeconds` of `5` is not above `myelin:policyRefreshSeconds` of `5`",
        "policies have to be read again before they are too old",
    ),
    "an unknown target": (
        Layer.PLATFORM,
        {"functionTarget": "lambda"},
        "`myelin:functionTarget` must be `lambda-arm64` or `host`, not `lambda`",
        "correct the value",
    ),
    "a retention that CloudWatch lacks": (
        Layer.WORKLOADS,
        {"logRetentionDays": "8"},
        "`myelin:logRetentionDays` must be a number of days that CloudWatch Logs offers (1, 3, 5, 7, 14, 30, "
        "60, 90, 120, 150, 180, 365, 400, 545, 731, 1096, 1827, 2192, 2557, 2922, 3288, 3653), not `8`",
        "correct the value",
    ),
    "a bad tag for one service": (
        Layer.WORKLOADS,
        {"imageTags": '{"axon": "no spaces"}'},
        '`myelin:imageTags` must be a table of services and image tags, not `{"axon": "no spaces"}`',
        "correct the value",
    ),
    "a mesh that has ended": (
        Layer.WORKLOADS,
        {"mesh": "app-mesh"},
        "the mesh `app-mesh` cannot be deployed, AWS ended App Mesh on 2026-09-30",
        "set `myelin:mesh` to `service-connect`, which is what AWS points to, "
        "or `myelin:meshAllowEnded` to `true`",
    ),
    "a mesh that is not there": (
        Layer.PLATFORM,
        {"allowHttp": "true", "mesh": "app-mesh", "meshAllowEnded": "true"},
        "the mesh `app-mesh` has no resources in this version",
        "set `myelin:mesh` to `service-connect`",
    ),
    "an unknown mesh": (
        Layer.WORKLOADS,
        {"mesh": "istio"},
        "`myelin:mesh` must be `service-connect` or `app-mesh`, not `istio`",
        "correct the value",
    ),
}


@pytest.mark.parametrize(("layer", "values", "message", "hint"), WRONG.values(), ids=WRONG.keys())
def test_wrong_settings(layer: Layer, values: dict[str, str], message: str, hint: str) -> None:
    """Each error names the key, what it should be, and what to do; no value slips through."""
    with pytest.raises(StackSettingsError) as caught:
        settings_of(layer, {f"myelin:{key}": text for key, text in values.items()}, SOURCE)
    assert (caught.value.message, caught.value.hint) == (message, hint)
    assert caught.value.key is not None
    assert caught.value.path == SOURCE.path


def test_errors_name_the_line() -> None:
    """A value from a file is located there; one from elsewhere has no place."""
    values = {"myelin:natGateways": "many"}
    with pytest.raises(StackSettingsError) as caught:
        settings_of(Layer.FOUNDATION, values, SOURCE)
    assert (caught.value.key, caught.value.line, caught.value.location) == (
        "myelin:natGateways",
        7,
        "stacks/config/Pulumi.dev-x.yaml:7",
    )
    assert caught.value.expected == "a number from 0 to the number of zones"
    with pytest.raises(StackSettingsError) as caught:
        settings_of(Layer.FOUNDATION, values)
    assert caught.value.location is None
    assert str(caught.value).startswith("`myelin:natGateways` must be")


def test_image_tags_name_declared_services() -> None:
    """A tag of an undeclared service would have no effect, so it is an error."""
    services = load_services(ROOT / "services")
    check_workloads(WorkloadSettings(image_tags={"axon": "2"}), services)
    with pytest.raises(StackSettingsError) as caught:
        check_workloads(WorkloadSettings(image_tags={"axom": "2"}), services, SOURCE)
    assert (caught.value.message, caught.value.hint, caught.value.line) == (
        "`myelin:imageTags` names `axom`, which is no service",
        "declared are axon, orbit",
        7,
    )


def test_fewest_tasks_fit_each_service() -> None:
    """More than a service may have is a contradiction, with the service and its file."""
    services = load_services(ROOT / "services")
    settings = WorkloadSettings(min_tasks=3)
    check_workloads(settings, services)
    assert {settings.sized(one).scaling.min for one in services.services} == {3}
    assert [WorkloadSettings().sized(one) for one in services.services] == list(services.services)
    with pytest.raises(StackSettingsError) as caught:
        check_workloads(WorkloadSettings(min_tasks=7), services)
    assert caught.value.message == "`myelin:minTasks` of `7` is above the 6 tasks of `axon` at most"
    assert "services/axon/service.toml" in caught.value.hint
