"""Load balancers and target groups (Elastic Load Balancing v2)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from sandbox.engine.provider import Properties
from sandbox.provider.api_call import ApiCall
from sandbox.provider.mapping import Naming, ResourceMapping, Setting, name_list, name_set
from sandbox.provider.resource_step import ResourceStep
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


def _first_names(attributes: Mapping[str, str]) -> frozenset[str]:
    return frozenset(path.partition(".")[0] for path in attributes)


def _at(values: Mapping[str, Any], path: str) -> Any:
    name, _, inner = path.partition(".")
    value = values.get(name)
    return (value or {}).get(inner) if inner else value


def _as_text(value: Any) -> str:
    """Write an attribute's value as a string, as the API wants it."""
    if isinstance(value, bool):
        return "true" if value else "false"
    return str(int(value)) if isinstance(value, float) else str(value)


def _attributes(step: ResourceStep, attributes: Mapping[str, str]) -> list[dict[str, str]]:
    """The attributes to set: at creation those that differ from AWS's defaults, later those that changed."""
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


def _set_balancer_attributes(step: ResourceStep) -> None:
    if found := _attributes(step, _BALANCER_ATTRIBUTES):
        step.call("modify_load_balancer_attributes", LoadBalancerArn=step.id, Attributes=found)


def _set_group_attributes(step: ResourceStep) -> None:
    if found := _attributes(step, _GROUP_ATTRIBUTES):
        step.call("modify_target_group_attributes", TargetGroupArn=step.id, Attributes=found)


def _suffix(arn: str, kind: str) -> str:
    """The last part of an ARN, which is the value of a CloudWatch dimension."""
    return arn.partition(f":{kind}")[2]


def _create_balancer(step: ResourceStep) -> Properties:
    wanted = {
        name: step.get(name)
        for name in name_list(
            "name subnets subnetMappings securityGroups ipAddressType customerOwnedIpv4Pool"
        )
    }
    wanted |= {"type": step.get("loadBalancerType"), "scheme": "internal" if step.get("internal") else None}
    answer = step.call(
        "create_load_balancer",
        **step.arguments("create_load_balancer", wanted, {}),
        **ELB_TAGS.creation_arguments(step.inputs.get("tags") or {}),
    )
    found: Properties = answer["LoadBalancers"][0]
    return {**found, "arnSuffix": _suffix(found["LoadBalancerArn"], "loadbalancer/")}


_BALANCER_GIVEN = {"LoadBalancerArn": "{id}"}

LOAD_BALANCER = ResourceMapping(
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
            of=name_set("securityGroups"),
            do=ApiCall("set_security_groups", ("securityGroups",), given=_BALANCER_GIVEN),
        ),
        Setting(
            of=name_set("subnets subnetMappings"),
            do=ApiCall("set_subnets", name_list("subnets subnetMappings"), given=_BALANCER_GIVEN),
        ),
        Setting(
            of=name_set("ipAddressType"),
            do=ApiCall("set_ip_address_type", ("ipAddressType",), given=_BALANCER_GIVEN),
        ),
    ),
    defaults={"loadBalancerType": "application", "internal": False, **_BALANCER_DEFAULTS},
    delete=ApiCall("delete_load_balancer", given=_BALANCER_GIVEN),
    read=ApiCall("describe_load_balancers", given={"LoadBalancerArns": ["{id}"]}, result="LoadBalancers[0]"),
    not_found=name_set("LoadBalancerNotFound LoadBalancerNotFoundException"),
    replace_on=name_set("name namePrefix internal loadBalancerType customerOwnedIpv4Pool"),
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


def _health(step: ResourceStep, matcher_member: str) -> Properties:
    """Turn Pulumi's health check block into the members that the API has for it."""
    found = {key: _at(step.inputs, path) for path, key in _HEALTH.items()}
    matcher = _at(step.inputs, "healthCheck.matcher")
    return {**found, "matcher": {matcher_member: matcher} if matcher else None}


def _matcher_member(step: ResourceStep) -> str:
    return "GrpcCode" if str(step.get("protocolVersion")).upper() == "GRPC" else "HttpCode"


def _create_group(step: ResourceStep) -> Properties:
    wanted = {
        name: step.get(name)
        for name in name_list(
            "name port protocol protocolVersion vpcId targetType ipAddressType targetControlPort"
        )
    }
    answer = step.call(
        "create_target_group",
        **step.arguments("create_target_group", {**wanted, **_health(step, _matcher_member(step))}, {}),
        **ELB_TAGS.creation_arguments(step.inputs.get("tags") or {}),
    )
    found: Properties = answer["TargetGroups"][0]
    return {**found, "arnSuffix": _suffix(found["TargetGroupArn"], "")[-len(_tail(found)) :]}


def _tail(found: Properties) -> str:
    return str(found["TargetGroupArn"]).rpartition(":")[2]


def _set_health(step: ResourceStep) -> None:
    wanted = _health(step, _matcher_member(step))
    step.call(
        "modify_target_group", TargetGroupArn=step.id, **step.arguments("modify_target_group", wanted, {})
    )


TARGET_GROUP = ResourceMapping(
    "aws:lb/targetGroup:TargetGroup",
    service="elbv2",
    create=_create_group,
    id="TargetGroupArn",
    outputs={"arn": "TargetGroupArn", "arnSuffix": "arnSuffix"},
    settings=(
        Setting(of=_first_names(_GROUP_ATTRIBUTES), do=_set_group_attributes, at_creation=True),
        Setting(of=name_set("healthCheck"), do=_set_health),
    ),
    defaults={"targetType": "instance", **_GROUP_DEFAULTS},
    delete=ApiCall("delete_target_group", given={"TargetGroupArn": "{id}"}),
    read=ApiCall("describe_target_groups", given={"TargetGroupArns": ["{id}"]}, result="TargetGroups[0]"),
    not_found=name_set("TargetGroupNotFound TargetGroupNotFoundException"),
    replace_on=name_set(
        "name namePrefix port protocol protocolVersion vpcId targetType ipAddressType targetControlPort"
    ),
    naming=Naming(limit=32),
    unique_name=True,
    tags=ELB_TAGS,
)

MAPPINGS = (LOAD_BALANCER, TARGET_GROUP)
