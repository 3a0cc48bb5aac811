"""Secrets, their values and their policies (Secrets Manager)."""

from __future__ import annotations

from sandbox.engine.provider import Properties
from sandbox.provider.api_call import ApiCall
from sandbox.provider.errors import ApiError
from sandbox.provider.mapping import Naming, ResourceMapping, Setting, name_list, name_set
from sandbox.provider.resource_step import ResourceStep, ignore_codes
from sandbox.provider.tagging import TagForm

_NOT_FOUND = name_set("ResourceNotFoundException")
_CURRENT = "AWSCURRENT"


def _delete_secret(step: ResourceStep) -> None:
    """Delete a secret: after its recovery window, or at once if that is 0 days."""
    days = int(step.get("recoveryWindowInDays"))
    how = {"RecoveryWindowInDays": days} if days else {"ForceDeleteWithoutRecovery": True}
    try:
        step.call("delete_secret", SecretId=step.id, **how)
    except ApiError as error:
        # deleted already and waiting for its days to pass
        if error.code != "InvalidRequestException" or "delet" not in error.detail.lower():
            raise


def _set_policy(step: ResourceStep) -> None:
    if step.get("policy"):
        step.do(
            ApiCall("put_resource_policy", rename={"policy": "ResourcePolicy"}, given={"SecretId": "{id}"})
        )
    else:
        step.call("delete_resource_policy", SecretId=step.id)


def _read_secret(step: ResourceStep) -> Properties | None:
    found = step.call("describe_secret", SecretId=step.id)
    return None if found.get("DeletedDate") else found


SECRET = ResourceMapping(
    "aws:secretsmanager/secret:Secret",
    service="secretsmanager",
    create=ApiCall("create_secret", name_list("name description kmsKeyId")),
    id="ARN",
    outputs={"arn": "ARN"},
    settings=(
        Setting(
            of=name_set("description kmsKeyId"),
            do=ApiCall("update_secret", name_list("description kmsKeyId"), given={"SecretId": "{id}"}),
        ),
        Setting(of=name_set("policy"), do=_set_policy, at_creation=True),
    ),
    delete=_delete_secret,
    read=_read_secret,
    not_found=_NOT_FOUND,
    replace_on=name_set("name namePrefix"),
    recorded=name_set("recoveryWindowInDays forceOverwriteReplicaSecret"),
    defaults={"recoveryWindowInDays": 30, "description": ""},
    naming=Naming(limit=512),
    unique_name=True,
    tags=TagForm(subject="SecretId", subject_from="{id}"),
)


def _put_version(step: ResourceStep) -> Properties:
    wanted = {name: step.get(name) for name in name_list("secretId secretString secretBinary versionStages")}
    return step.call("put_secret_value", **step.arguments("put_secret_value", wanted, {}))


def _set_stages(step: ResourceStep) -> Properties:
    version = step.outputs["versionId"]
    old, new = set(step.outputs.get("versionStages") or ()), set(step.get("versionStages") or (_CURRENT,))
    for stage in sorted(old - new - {_CURRENT}):
        _drop_stage(step, stage)
    for stage in sorted(new - old):
        step.call(
            "update_secret_version_stage",
            SecretId=step.get("secretId"),
            VersionStage=stage,
            MoveToVersionId=version,
        )
    return {"versionStages": sorted(new)}


def _drop_stage(step: ResourceStep, stage: str) -> None:
    step.call(
        "update_secret_version_stage",
        SecretId=step.get("secretId"),
        VersionStage=stage,
        RemoveFromVersionId=step.outputs["versionId"],
    )


def _delete_version(step: ResourceStep) -> None:
    """Remove a version's labels, which deletes it. AWSCURRENT can only move, so a current version stays."""
    for stage in sorted(set(step.outputs.get("versionStages") or ()) - {_CURRENT}):
        try:
            _drop_stage(step, stage)
        except ApiError as error:
            # InvalidParameterException: the label is on another version by now
            ignore_codes(error, _NOT_FOUND | name_set("InvalidParameterException InvalidRequestException"))


def _read_version(step: ResourceStep) -> Properties:
    """Read a version; one that a rotation has replaced is not lost, so long as the secret has a value."""
    secret, _, version = step.id.rpartition("|")
    try:
        return step.call("get_secret_value", SecretId=secret, VersionId=version)
    except ApiError as error:
        ignore_codes(error, _NOT_FOUND)
    current = step.call("get_secret_value", SecretId=secret)
    return {"ARN": current["ARN"], "VersionId": version, "VersionStages": []}


SECRET_VERSION = ResourceMapping(
    "aws:secretsmanager/secretVersion:SecretVersion",
    service="secretsmanager",
    create=_put_version,
    id="join('|', [ARN, VersionId])",
    outputs={"arn": "ARN", "secretArn": "ARN", "versionId": "VersionId", "versionStages": "VersionStages"},
    settings=(Setting(of=name_set("versionStages"), do=_set_stages),),
    delete=_delete_version,
    read=_read_version,
    not_found=_NOT_FOUND | name_set("InvalidRequestException"),
    replace_on=name_set("secretId secretString secretBinary"),
    secret_outputs=name_set("secretString secretBinary"),
    volatile_outputs=name_set("versionStages"),
)

_PUT_POLICY = ApiCall(
    "put_resource_policy",
    ("blockPublicPolicy",),
    rename={"secretArn": "SecretId", "policy": "ResourcePolicy"},
)

SECRET_POLICY = ResourceMapping(
    "aws:secretsmanager/secretPolicy:SecretPolicy",
    service="secretsmanager",
    create=_PUT_POLICY,
    id="ARN",
    settings=(Setting(of=name_set("policy blockPublicPolicy"), do=_PUT_POLICY),),
    delete=ApiCall("delete_resource_policy", given={"SecretId": "{id}"}),
    read=ApiCall("get_resource_policy", given={"SecretId": "{id}"}, result="ResourcePolicy && @"),
    not_found=_NOT_FOUND | name_set("InvalidRequestException"),
    replace_on=name_set("secretArn"),
)

_ROTATION = {
    "secretId": "SecretId",
    "rotationLambdaArn": "RotationLambdaARN",
    "rotationRules": "RotationRules",
}
_ROTATE = ApiCall("rotate_secret", ("rotateImmediately",), rename=_ROTATION)
ROTATED_WITHIN_SECONDS = 150.0
"""For a rotation that begins with its schedule: two attempts, a minute apart."""


def _begin_rotation(step: ResourceStep) -> Properties:
    """Set the schedule; a rotation that begins with it is waited for, so that what follows finds a value."""
    begun: Properties = step.do(_ROTATE)
    if step.get("rotateImmediately") is not False:
        secret, version = begun["ARN"], begun["VersionId"]
        step.wait(
            lambda: _is_rotated(step, secret, version),
            call="secretsmanager:DescribeSecret",
            what="the first rotation has not ended: the log of its function says why",
            at_most=ROTATED_WITHIN_SECONDS,
        )
    return begun


def _is_rotated(step: ResourceStep, secret: str, version: str) -> bool:
    held = step.call("describe_secret", SecretId=secret).get("VersionIdsToStages", {})
    return bool(held.get(version) == [_CURRENT])


def _change_rotation(step: ResourceStep) -> Properties:
    """Take other rules or another function over, without a rotation out of turn."""
    rules = step.arguments(
        "rotate_secret",
        {name: step.get(name) for name in _ROTATION},
        _ROTATION,
    )
    return step.call("rotate_secret", **{**rules, "RotateImmediately": False})


SECRET_ROTATION = ResourceMapping(
    "aws:secretsmanager/secretRotation:SecretRotation",
    service="secretsmanager",
    create=_begin_rotation,
    id="ARN",
    outputs={"rotationEnabled": "`true`"},
    settings=(Setting(of=name_set("rotationLambdaArn rotationRules"), do=_change_rotation),),
    delete=ApiCall("cancel_rotate_secret", given={"SecretId": "{id}"}),
    read=ApiCall("describe_secret", given={"SecretId": "{id}"}, result="RotationEnabled && @ || `null`"),
    not_found=_NOT_FOUND | name_set("InvalidRequestException"),
    replace_on=name_set("secretId"),
    recorded=name_set("rotateImmediately"),
)

MAPPINGS = (SECRET, SECRET_VERSION, SECRET_POLICY, SECRET_ROTATION)
