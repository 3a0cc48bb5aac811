"""Scalable targets and scaling policies (Application Auto Scaling)."""

from __future__ import annotations

from sandbox.provider.api_call import Call
from sandbox.provider.mapping import Mapping, Naming, Setting, listed, names
from sandbox.provider.tagging import TagForm

_WHOSE = "resourceId scalableDimension serviceNamespace"
# the emulator has another code for it, which also means other things
_GONE = frozenset({"ObjectNotFoundException", "ValidationException:No scal"})

_REGISTER = Call(
    "register_scalable_target",
    listed(f"minCapacity maxCapacity suspendedState {_WHOSE}"),
    rename={"roleArn": "RoleARN"},
)

TARGET = Mapping(
    "aws:appautoscaling/target:Target",
    service="application-autoscaling",
    create=_REGISTER,
    id="{resourceId}",
    outputs={"arn": "ScalableTargetARN"},
    settings=(Setting(of=names("minCapacity maxCapacity suspendedState roleArn"), do=_REGISTER),),
    delete=Call("deregister_scalable_target", listed(_WHOSE)),
    read=Call(
        "describe_scalable_targets",
        listed("serviceNamespace scalableDimension"),
        given={"ResourceIds": ["{id}"]},
        result="ScalableTargets[0]",
    ),
    gone=_GONE,
    replace_on=names(_WHOSE),
    tags=TagForm(key=None, subject="ResourceARN"),
)

_PUT_POLICY = Call(
    "put_scaling_policy",
    listed(f"policyType targetTrackingScalingPolicyConfiguration stepScalingPolicyConfiguration {_WHOSE}"),
    rename={"name": "PolicyName"},
)

POLICY = Mapping(
    "aws:appautoscaling/policy:Policy",
    service="application-autoscaling",
    create=_PUT_POLICY,
    id="{name}",
    outputs={"arn": "PolicyARN", "alarmArns": "Alarms[].AlarmARN || `[]`"},
    settings=(
        Setting(
            of=names("policyType targetTrackingScalingPolicyConfiguration stepScalingPolicyConfiguration"),
            do=_PUT_POLICY,
        ),
    ),
    delete=Call("delete_scaling_policy", listed(_WHOSE), rename={"name": "PolicyName"}),
    read=Call(
        "describe_scaling_policies",
        listed(_WHOSE),
        given={"PolicyNames": ["{id}"]},
        result="ScalingPolicies[0]",
    ),
    gone=_GONE,
    replace_on=names(f"name {_WHOSE}"),
    defaults={"policyType": "StepScaling"},
    naming=Naming(prefix=None),
)

MAPPINGS = (TARGET, POLICY)
