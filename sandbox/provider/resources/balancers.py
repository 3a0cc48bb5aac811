"""Load balancers and target groups (Elastic Load Balancing v2)."""

from __future__ import annotations

from collections.abc import Mapping as Map
from typing import Any

from sandbox.engine.provider import Properties
from sandbox.provider.api_call import Call
from sandbox.provider.mapping import Mapping, Naming, Setting, listed, names
from sandbox.provider.step import Step
from sandbox.provider.tagging import TagForm

ELB_TAGS = TagForm(
    add="add_tags", remove="remove_tags", subject="ResourceArns", subject_from="{id}", subject_is_list=True
)

# https://docs.aws.amazon.com/elasticloadbalancing/latest/APIReference/API_LoadBalancerAttribute.html
_BALANCER_ATTRIBUTES = {
    "clientKeepAlive": "client_keep_alive.seconds",
    "desyncMitigationMode": "routing.http.desync_mitigation_mode",
    "dnsRecordClientRoutingPolicy": "dns_record.client_routing_policy",
    "dropInvalidHeaderFields": "routing.http.drop_invalid_header_fields.enabled",
    "enableCrossZoneLoadBalancing": "load_balancing.cross_zone.enabled",
    "enableDeletionProtection": "deletion_protection.enabled",
    "enableHttp2": "routing.http2.enabled",
    "enableTlsVersionAndCipherSuiteHeaders": "routing.http.x_amzn_tls_version_and_cipher_suite.enabled",
    "enableWafFailOpen": "waf.fail_open.enabled",
    "enableXffClientPort": "routing.http.xff_client_port.enabled",
    "enableZonalShift": "zonal_shift.config.enabled",
    "idleTimeout": "idle_timeout.timeout_seconds",
    "preserveHostHeader": "routing.http.preserve_host_header.enabled",
    "xffHeaderProcessingMode": "routing.http.xff_header_processing.mode",
    "accessLogs.enabled": "access_logs.s3.enabled",
    "accessLogs.bucket": "access_logs.s3.bucket",
    "accessLogs.prefix": "access_logs.s3.prefix",
    "connectionLogs.enabled": "connection_logs.s3.enabled",
    "connectionLogs.bucket": "connection_logs.s3.bucket",
    "connectionLogs.prefix": "connection_logs.s3.prefix",
}
_BALANCER_DEFAULTS = {
    "clientKeepAlive": 3600,
    "desyncMitigationMode": "defensive",
    "dropInvalidHeaderFields": False,
    "enableDeletionProtection": False,
    "enableHttp2": True,
    "enableTlsVersionAndCipherSuiteHeaders": False,
    "enableWafFailOpen": False,
    "enableXffClientPort": False,
    "enableZonalShift": False,
    "idleTimeout": 60,
    "preserveHostHeader": False,
    "xffHeaderProcessingMode": "append",
}

# https://docs.aws.amazon.com/elasticloadbalancing/latest/APIReference/API_TargetGroupAttribute.html
_GROUP_ATTRIBUTES = {
    "connectionTermination": "deregistration_delay.connection_termination.enabled",
    "deregistrationDelay": "deregistration_delay.timeout_seconds",
    "lambdaMultiValueHeadersEnabled": "lambda.multi_value_headers.enabled",
    "loadBalancingAlgorithmType": "load_balancing.algorithm.type",
    "loadBalancingAnomalyMitigation": "load_balancing.algorithm.anomaly_mitigation",
    "loadBalancingCrossZoneEnabled": "load_balancing.cross_zone.enabled",
    "preserveClientIp": "preserve_client_ip.enabled",
    "proxyProtocolV2": "proxy_protocol_v2.enabled",
    "slowStart": "slow_start.duration_seconds",
    "stickiness.enabled": "stickiness.enabled",
    "stickiness.type": "stickiness.type",
    "stickiness.cookieDuration": "stickiness.lb_cookie.duration_seconds",
    "stickiness.cookieName": "stickiness.app_cookie.cookie_name",
}
_GROUP_DEFAULTS = {"deregistrationDelay": 300, "slowStart": 0, "loadBalancingAlgorithmType": "round_robin"}


def _first_names(attributes: Map[str, str]) -> frozenset[str]:
    return frozenset(path.partition(".")[0] for path in attributes)


def _at(values: Map[str, Any], path: str) -> Any:
    name, _, inner = path.partition(".")
    value = values.get(name)
    return (value or {}).get(inner) if inner else value


def _as_text(value: Any) -> str:
    """Attributes are texts, whatever they mean."""
    if isinstance(value, bool):
        return "true" if value else "false"
    return str(int(value)) if isinstance(value, float) else str(value)


def _attributes(step: Step, attributes: Map[str, str]) -> list[dict[str, str]]:
    """Give the attributes to set: at creation those that differ from AWS's own, later those that changed."""
    found = []
    for path, key in attributes.items():
        name = path.partition(".")[0]
        value = _at(step.inputs, path)
        if value is None:
            value = step.defaults.get(name) if path == name else None
        differs = name in step.changed if step.before else value != step.defaults.get(path)
        if value is not None and differs:
            found.append({"Key": key, "Value": _as_text(value)})
    return found


def _set_balancer_attributes(step: Step) -> None:
    if found := _attributes(step, _BALANCER_ATTRIBUTES):
        step.call("modify_load_balancer_attributes", LoadBalancerArn=step.id, Attributes=found)


def _set_group_attributes(step: Step) -> None:
    if found := _attributes(step, _GROUP_ATTRIBUTES):
        step.call("modify_target_group_attributes", TargetGroupArn=step.id, Attributes=found)


def _suffix(arn: str, kind: str) -> str:
    """Give the last part of an ARN, as CloudWatch wants it for a dimension."""
    return arn.partition(f":{kind}")[2]


def _create_balancer(step: Step) -> Properties:
    wanted = {
        name: step.get(name)
        for name in listed("name subnets subnetMappings securityGroups ipAddressType customerOwnedIpv4Pool")
    }
    wanted |= {"type": step.get("loadBalancerType"), "scheme": "internal" if step.get("internal") else None}
    answer = step.call(
        "create_load_balancer",
        **step.arguments("create_load_balancer", wanted, {}),
        **ELB_TAGS.at_creation(step.inputs.get("tags") or {}),
    )
    found: Properties = answer["LoadBalancers"][0]
    return {**found, "arnSuffix": _suffix(found["LoadBalancerArn"], "loadbalancer/")}


_BALANCER_GIVEN = {"LoadBalancerArn": "{id}"}

LOAD_BALANCER = Mapping(
    "aws:lb/loadBalancer:LoadBalancer",
    service="elbv2",
    create=_create_balancer,
    id="LoadBalancerArn",
    outputs={
        "arn": "LoadBalancerArn",
        "arnSuffix": "arnSuffix",
        "dnsName": "DNSName",
        "vpcId": "VpcId",
        "zoneId": "CanonicalHostedZoneId",
    },
    settings=(
        Setting(of=_first_names(_BALANCER_ATTRIBUTES), do=_set_balancer_attributes, at_creation=True),
        Setting(
            of=names("securityGroups"),
            do=Call("set_security_groups", ("securityGroups",), given=_BALANCER_GIVEN),
        ),
        Setting(
            of=names("subnets subnetMappings"),
            do=Call("set_subnets", listed("subnets subnetMappings"), given=_BALANCER_GIVEN),
        ),
        Setting(
            of=names("ipAddressType"),
            do=Call("set_ip_address_type", ("ipAddressType",), given=_BALANCER_GIVEN),
        ),
    ),
    defaults={"loadBalancerType": "application", "internal": False, **_BALANCER_DEFAULTS},
    delete=Call("delete_load_balancer", given=_BALANCER_GIVEN),
    read=Call("describe_load_balancers", given={"LoadBalancerArns": ["{id}"]}, result="LoadBalancers[0]"),
    gone=names("LoadBalancerNotFound LoadBalancerNotFoundException"),
    replace_on=names("name namePrefix internal loadBalancerType customerOwnedIpv4Pool"),
    naming=Naming(limit=32),
    unique_name=True,
    tags=ELB_TAGS,
)

_HEALTH = {
    "healthCheck.enabled": "HealthCheckEnabled",
    "healthCheck.interval": "HealthCheckIntervalSeconds",
    "healthCheck.path": "HealthCheckPath",
    "healthCheck.port": "HealthCheckPort",
    "healthCheck.protocol": "HealthCheckProtocol",
    "healthCheck.timeout": "HealthCheckTimeoutSeconds",
    "healthCheck.healthyThreshold": "HealthyThresholdCount",
    "healthCheck.unhealthyThreshold": "UnhealthyThresholdCount",
}


def _health(step: Step, matcher_member: str) -> Properties:
    """Flatten the health check, which is a block in Pulumi and a dozen members in the API."""
    found = {key: _at(step.inputs, path) for path, key in _HEALTH.items()}
    matcher = _at(step.inputs, "healthCheck.matcher")
    return {**found, "matcher": {matcher_member: matcher} if matcher else None}


def _matcher_member(step: Step) -> str:
    return "GrpcCode" if str(step.get("protocolVersion")).upper() == "GRPC" else "HttpCode"


def _create_group(step: Step) -> Properties:
    wanted = {
        name: step.get(name)
        for name in listed(
            "name port protocol protocolVersion vpcId targetType ipAddressType targetControlPort"
        )
    }
    answer = step.call(
        "create_target_group",
        **step.arguments("create_target_group", {**wanted, **_health(step, _matcher_member(step))}, {}),
        **ELB_TAGS.at_creation(step.inputs.get("tags") or {}),
    )
    found: Properties = answer["TargetGroups"][0]
    return {**found, "arnSuffix": _suffix(found["TargetGroupArn"], "")[-len(_tail(found)) :]}


def _tail(found: Properties) -> str:
    return str(found["TargetGroupArn"]).rpartition(":")[2]


def _set_health(step: Step) -> None:
    wanted = _health(step, _matcher_member(step))
    step.call(
        "modify_target_group", TargetGroupArn=step.id, **step.arguments("modify_target_group", wanted, {})
    )


TARGET_GROUP = Mapping(
    "aws:lb/targetGroup:TargetGroup",
    service="elbv2",
    create=_create_group,
    id="TargetGroupArn",
    outputs={"arn": "TargetGroupArn", "arnSuffix": "arnSuffix"},
    settings=(
        Setting(of=_first_names(_GROUP_ATTRIBUTES), do=_set_group_attributes, at_creation=True),
        Setting(of=names("healthCheck"), do=_set_health),
    ),
    defaults={"targetType": "instance", **_GROUP_DEFAULTS},
    delete=Call("delete_target_group", given={"TargetGroupArn": "{id}"}),
    read=Call("describe_target_groups", given={"TargetGroupArns": ["{id}"]}, result="TargetGroups[0]"),
    gone=names("TargetGroupNotFound TargetGroupNotFoundException"),
    replace_on=names(
        "name namePrefix port protocol protocolVersion vpcId targetType ipAddressType targetControlPort"
    ),
    naming=Naming(limit=32),
    unique_name=True,
    tags=ELB_TAGS,
)

MAPPINGS = (LOAD_BALANCER, TARGET_GROUP)
