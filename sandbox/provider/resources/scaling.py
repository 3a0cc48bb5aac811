"""Scalable targets and scaling policies (Application Auto Scaling)."""

from __future__ import annotations

from sandbox.provider.api_call import ApiCall
from sandbox.provider.mapping import Naming, ResourceMapping, Setting, name_list, name_set
from sandbox.provider.tagging import TagForm

_WHOSE = "resourceId scalableDimension serviceNamespace"
# the emulator has another code for it, which also means other things
_NOT_FOUND = frozenset({"ObjectNotFoundException", "ValidationException:No scal"})

_REGISTER = ApiCall(
    "register_scalable_target",
    name_list(f"minCapacity maxCapacity suspendedState {_WHOSE}"),
    rename={"roleArn": "RoleARN"},
)

TARGET = ResourceMapping(
    "aws:appautoscaling/target:Target",
    service="application-autoscaling",
    create=_REGISTER,
    id="{resourceId}",
    outputs={"arn": "ScalableTargetARN"},
    settings=(Setting(of=name_set("minCapacity maxCapacity suspendedState roleArn"), do=_REGISTER),),
    delete=ApiCall("deregister_scalable_target", name_list(_WHOSE)),
    read=ApiCall(
        "describe_scalable_targets",
        name_list("serviceNamespace scalableDimension"),
        given={"ResourceIds": ["{id}"]},
        result="ScalableTargets[0]",
    ),
    not_found=_NOT_FOUND,
    replace_on=name_set(_WHOSE),
    tags=TagForm(key=None, subject="ResourceARN"),
)

_PUT_POLICY = ApiCall(
    "put_scaling_policy",
    name_list(f"policyType targetTrackingScalingPolicyConfiguration stepScalingPolicyConfiguration {_WHOSE}"),
    rename={"name": "PolicyName"},
)

POLICY = ResourceMapping(
    "aws:appautoscaling/policy:Policy",
    service="application-autoscaling",
    create=_PUT_POLICY,
    id="{name}",
    outputs={"arn": "PolicyARN", "alarmArns": "Alarms[].AlarmARN || `[]`"},
    settings=(
        Setting(
            of=name_set("policyType targetTrackingScalingPolicyConfiguration stepScalingPolicyConfiguration"),
            do=_PUT_POLICY,
        ),
    ),
    delete=ApiCall("delete_scaling_policy", name_list(_WHOSE), rename={"name": "PolicyName"}),
    read=ApiCall(
        "describe_scaling_policies",
        name_list(_WHOSE),
        given={"PolicyNames": ["{id}"]},
        result="ScalingPolicies[0]",
    ),
    not_found=_NOT_FOUND,
    replace_on=name_set(f"name {_WHOSE}"),
    defaults={"policyType": "StepScaling"},
    naming=Naming(prefix=None),
)

MAPPINGS = (TARGET, POLICY)
