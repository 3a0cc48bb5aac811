"""Policies, roles and their attachments (IAM)."""

from __future__ import annotations

from typing import Any

from sandbox.engine.provider import Properties
from sandbox.provider.api_call import ApiCall
from sandbox.provider.errors import ApiError
from sandbox.provider.mapping import Naming, ResourceMapping, Setting, name_list, name_set
from sandbox.provider.resource_step import ResourceStep, ignore_codes
from sandbox.provider.tagging import TagForm

_NOT_FOUND = name_set("NoSuchEntity NoSuchEntityException")
_VERSIONS_KEPT = 5  # https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_iam-quotas.html


def _publish_policy_version(step: ResourceStep) -> None:
    """Publish a changed document as the new default version; delete the oldest if there are five."""
    versions = step.call("list_policy_versions", PolicyArn=step.id)["Versions"]
    spare = sorted(
        (v for v in versions if not v["IsDefaultVersion"]),
        key=lambda v: int(v["VersionId"].removeprefix("v")),
    )
    if len(versions) >= _VERSIONS_KEPT:
        step.call("delete_policy_version", PolicyArn=step.id, VersionId=spare[0]["VersionId"])
    step.do(
        ApiCall(
            "create_policy_version",
            rename={"policy": "PolicyDocument"},
            given={"PolicyArn": "{id}", "SetAsDefault": True},
        )
    )


def _delete_policy(step: ResourceStep) -> None:
    for version in step.call("list_policy_versions", PolicyArn=step.id)["Versions"]:
        if not version["IsDefaultVersion"]:
            step.call("delete_policy_version", PolicyArn=step.id, VersionId=version["VersionId"])
    step.call("delete_policy", PolicyArn=step.id)


POLICY = ResourceMapping(
    "aws:iam/policy:Policy",
    service="iam",
    create=ApiCall(
        "create_policy",
        name_list("path description"),
        rename={"name": "PolicyName", "policy": "PolicyDocument"},
        result="Policy",
    ),
    id="Arn",
    outputs={"arn": "Arn", "policyId": "PolicyId", "attachmentCount": "AttachmentCount"},
    settings=(Setting(of=name_set("policy"), do=_publish_policy_version),),
    delete=_delete_policy,
    read=ApiCall("get_policy", given={"PolicyArn": "{id}"}, result="Policy"),
    not_found=_NOT_FOUND,
    replace_on=name_set("name namePrefix path description"),
    recorded=name_set("delayAfterPolicyCreationInMs"),
    naming=Naming(limit=128),
    unique_name=True,
    tags=TagForm(add="tag_policy", remove="untag_policy", subject="PolicyArn", subject_from="{id}"),
)


def _set_boundary(step: ResourceStep) -> None:
    boundary = step.get("permissionsBoundary")
    if boundary:
        step.call("put_role_permissions_boundary", RoleName=step.id, PermissionsBoundary=boundary)
    else:
        step.call("delete_role_permissions_boundary", RoleName=step.id)


def _set_attached(step: ResourceStep) -> None:
    old, new = set(step.before.get("managedPolicyArns") or ()), set(step.get("managedPolicyArns") or ())
    for policy in sorted(old - new):
        step.call("detach_role_policy", RoleName=step.id, PolicyArn=policy)
    for policy in sorted(new - old):
        step.call("attach_role_policy", RoleName=step.id, PolicyArn=policy)


def _inline(inputs: Properties) -> dict[str, Any]:
    return {item["name"]: item["policy"] for item in inputs.get("inlinePolicies") or () if item.get("name")}


def _set_inline(step: ResourceStep) -> None:
    old, new = _inline(step.before), _inline(step.inputs)
    for name in sorted(old.keys() - new.keys()):
        step.call("delete_role_policy", RoleName=step.id, PolicyName=name)
    for name, document in sorted(new.items()):
        if old.get(name) != document:
            wanted = step.arguments("put_role_policy", {"policyDocument": document}, {})
            step.call("put_role_policy", RoleName=step.id, PolicyName=name, **wanted)


def _delete_role(step: ResourceStep) -> None:
    """Delete a role, after its own policies, or with `forceDetachPolicies` after all policies on it."""
    force = bool(step.get("forceDetachPolicies"))
    if force or step.get("managedPolicyArns"):
        for policy in step.call("list_attached_role_policies", RoleName=step.id)["AttachedPolicies"]:
            step.call("detach_role_policy", RoleName=step.id, PolicyArn=policy["PolicyArn"])
    if force or step.get("inlinePolicies"):
        for name in step.call("list_role_policies", RoleName=step.id)["PolicyNames"]:
            step.call("delete_role_policy", RoleName=step.id, PolicyName=name)
    step.call("delete_role", RoleName=step.id)


ROLE = ResourceMapping(
    "aws:iam/role:Role",
    service="iam",
    create=ApiCall(
        "create_role",
        name_list("path description maxSessionDuration permissionsBoundary"),
        rename={"name": "RoleName", "assumeRolePolicy": "AssumeRolePolicyDocument"},
        result="Role",
    ),
    id="{name}",
    outputs={"arn": "Arn", "uniqueId": "RoleId", "createDate": "CreateDate"},
    settings=(
        Setting(
            of=name_set("assumeRolePolicy"),
            do=ApiCall(
                "update_assume_role_policy",
                rename={"assumeRolePolicy": "PolicyDocument"},
                given={"RoleName": "{id}"},
            ),
        ),
        Setting(
            of=name_set("description maxSessionDuration"),
            do=ApiCall(
                "update_role", name_list("description maxSessionDuration"), given={"RoleName": "{id}"}
            ),
        ),
        Setting(of=name_set("permissionsBoundary"), do=_set_boundary),
        Setting(of=name_set("managedPolicyArns"), do=_set_attached, at_creation=True),
        Setting(of=name_set("inlinePolicies"), do=_set_inline, at_creation=True),
    ),
    delete=_delete_role,
    read=ApiCall("get_role", given={"RoleName": "{id}"}, result="Role"),
    not_found=_NOT_FOUND,
    replace_on=name_set("name namePrefix path"),
    recorded=name_set("forceDetachPolicies"),
    defaults={"description": "", "maxSessionDuration": 3600},
    naming=Naming(limit=64),
    unique_name=True,
    tags=TagForm(add="tag_role", remove="untag_role", subject="RoleName", subject_from="{id}"),
)

_PUT_ROLE_POLICY = ApiCall(
    "put_role_policy", rename={"role": "RoleName", "name": "PolicyName", "policy": "PolicyDocument"}
)

ROLE_POLICY = ResourceMapping(
    "aws:iam/rolePolicy:RolePolicy",
    service="iam",
    create=_PUT_ROLE_POLICY,
    id="{role}:{name}",
    settings=(Setting(of=name_set("policy"), do=_PUT_ROLE_POLICY),),
    delete=ApiCall("delete_role_policy", rename={"role": "RoleName", "name": "PolicyName"}),
    read=ApiCall("get_role_policy", rename={"role": "RoleName", "name": "PolicyName"}),
    not_found=_NOT_FOUND,
    replace_on=name_set("role name namePrefix"),
    naming=Naming(limit=128),
)


def _read_attachment(step: ResourceStep) -> Properties | None:
    attached = step.call("list_attached_role_policies", RoleName=step.get("role"))["AttachedPolicies"]
    return next((found for found in attached if found["PolicyArn"] == step.get("policyArn")), None)


def _delete_attachment(step: ResourceStep) -> None:
    try:
        step.call("detach_role_policy", RoleName=step.get("role"), PolicyArn=step.get("policyArn"))
    except ApiError as error:
        ignore_codes(error, _NOT_FOUND)


ROLE_POLICY_ATTACHMENT = ResourceMapping(
    "aws:iam/rolePolicyAttachment:RolePolicyAttachment",
    service="iam",
    create=ApiCall("attach_role_policy", ("policyArn",), rename={"role": "RoleName"}),
    id="{role}/{policyArn}",
    delete=_delete_attachment,
    read=_read_attachment,
    not_found=_NOT_FOUND,
    replace_on=name_set("role policyArn"),
)

MAPPINGS = (POLICY, ROLE, ROLE_POLICY, ROLE_POLICY_ATTACHMENT)
