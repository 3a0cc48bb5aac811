"""Functions, their aliases, URLs and permissions (Lambda)."""

from __future__ import annotations

import json
from typing import Any

from sandbox.engine.provider import Properties
from sandbox.provider.api_call import ApiCall
from sandbox.provider.archives import Archive, CodeAssetError, read_archive
from sandbox.provider.errors import ArgumentError, NotSteadyError
from sandbox.provider.mapping import Naming, ResourceMapping, Setting, name_list, name_set
from sandbox.provider.resource_step import ResourceStep
from sandbox.provider.tagging import TagForm

_TAGS = TagForm(key=None, subject="Resource")
_NOT_FOUND = name_set("ResourceNotFoundException")

_CONFIGURATION = (
    "description role handler runtime timeout memorySize environment vpcConfig deadLetterConfig kmsKeyArn "
    "tracingConfig layers fileSystemConfig imageConfig ephemeralStorage snapStart loggingConfig"
)
_ONLY_AT_CREATION = "packageType codeSigningConfigArn"
_CODE = "code sourceCodeHash s3Bucket s3Key s3ObjectVersion imageUri sourceKmsKeyArn architectures"
_INVOKE = "arn:{partition}:apigateway:{region}:lambda:path/2015-03-31/functions/"


def _archive(step: ResourceStep) -> Archive | None:
    if step.get("code") is None:
        return None
    try:
        return read_archive(step.get("code"))
    except CodeAssetError as error:
        raise ArgumentError(call="lambda:CreateFunction", argument="code", detail=str(error)) from error


def _code(step: ResourceStep, archive: Archive | None) -> Properties:
    """The arguments that name a function's code: its bytes, or where it is stored."""
    if archive is not None:
        return {"ZipFile": archive.content}
    elsewhere = {name: step.get(name) for name in name_list("s3Bucket s3Key s3ObjectVersion imageUri")}
    return step.arguments("update_function_code", elsewhere, {})


def _create_function(step: ResourceStep) -> Properties:
    # unlike later, what is left out is left to AWS
    wanted = {
        name: step.inputs.get(name)
        for name in name_list(f"{_CONFIGURATION} {_ONLY_AT_CREATION} publish architectures")
    }
    return step.call(
        "create_function",
        FunctionName=step.get("name"),
        Code=_code(step, _archive(step)),
        **step.arguments("create_function", wanted, {}),
        **_TAGS.creation_arguments(step.inputs.get("tags") or {}),
    )


def _complete(step: ResourceStep) -> None:
    _wait_until_settled(step, step.result or {"State": "Pending"})


def _wait_until_settled(step: ResourceStep, answer: Properties) -> Properties:
    """Wait until a function is active and its last update done; `answer` describes it so far."""
    latest = {"answer": answer}

    def ready() -> bool:
        if _is_settled(latest["answer"], step):
            return True
        latest["answer"] = step.call("get_function_configuration", FunctionName=step.get("name"))
        return _is_settled(latest["answer"], step)

    step.wait(
        ready, call="lambda:GetFunctionConfiguration", what=f"function `{step.get('name')}` is not ready"
    )
    return answer


def _is_settled(answer: Properties, step: ResourceStep) -> bool:
    state, update = answer.get("State") or "Active", answer.get("LastUpdateStatus") or "Successful"
    if "Failed" in (state, update):
        reason = answer.get("StateReason") or answer.get("LastUpdateStatusReason") or "no reason given"
        raise NotSteadyError(
            call="lambda:GetFunctionConfiguration",
            detail=f"function `{step.get('name')}` failed: {reason}",
            timed_out=False,
        )
    return state != "Pending" and update != "InProgress"


def _configuration_outputs(answer: Properties, base: str) -> Properties:
    """The outputs that a new configuration changes."""
    version = answer.get("Version", "$LATEST")
    return {
        "version": version,
        "qualifiedArn": f"{base}:{version}",
        "codeSha256": answer.get("CodeSha256"),
        "sourceCodeSize": answer.get("CodeSize"),
        "lastModified": answer.get("LastModified"),
    }


def _update_function(step: ResourceStep) -> Properties:
    """Update the configuration, then the code, then, with `publish`, publish a version of both."""
    changed = step.changed
    answer: Properties | None = None
    configuration = {name: step.get(name) for name in name_list(_CONFIGURATION) if name in changed}
    if configuration:
        arguments = step.arguments("update_function_configuration", configuration, {})
        answer = _wait_until_settled(
            step, step.call("update_function_configuration", FunctionName=step.id, **arguments)
        )
    archive = _archive(step)
    if _is_new_code(step, archive):
        architectures = {"architectures": step.get("architectures")}
        answer = _wait_until_settled(
            step,
            step.call(
                "update_function_code",
                FunctionName=step.id,
                **_code(step, archive),
                **step.arguments("update_function_code", architectures, {}),
            ),
        )
    if step.get("publish") and (answer is not None or "publish" in changed):
        answer = step.call("publish_version", FunctionName=step.id)
    if answer is None:
        return {}
    base = str(step.outputs["arn"])
    outputs = _configuration_outputs(answer, base)
    return {**outputs, "qualifiedInvokeArn": step.fill(_INVOKE) + f"{outputs['qualifiedArn']}/invocations"}


def _is_new_code(step: ResourceStep, archive: Archive | None) -> bool:
    """Whether the code changed; assets are compared by their bytes, as the objects are never equal."""
    others = name_set(_CODE) - {"code"}
    # in place of an archive, what was found there by others
    if others & step.changed or isinstance(step.before.get("code"), str):
        return True
    return archive is not None and archive.sha256 != step.outputs.get("codeSha256")


def _set_concurrency(step: ResourceStep) -> None:
    reserved = step.get("reservedConcurrentExecutions")
    if reserved is None or int(reserved) < 0:
        step.call("delete_function_concurrency", FunctionName=step.id)
    else:
        step.call(
            "put_function_concurrency", FunctionName=step.id, ReservedConcurrentExecutions=int(reserved)
        )


def _delete_function(step: ResourceStep) -> None:
    if not step.get("skipDestroy"):
        step.call("delete_function", FunctionName=step.id)


FUNCTION = ResourceMapping(
    "aws:lambda/function:Function",
    service="lambda",
    create=_create_function,
    id="{name}",
    outputs={
        "version": "Version",
        "codeSha256": "CodeSha256",
        "sourceCodeSize": "CodeSize",
        "lastModified": "LastModified",
        "arn": "arn:{partition}:lambda:{region}:{account}:function:{name}",
        "qualifiedArn": "{arn}:{version}",
        "invokeArn": f"{_INVOKE}{{arn}}/invocations",
        "qualifiedInvokeArn": f"{_INVOKE}{{qualifiedArn}}/invocations",
    },
    complete=_complete,
    volatile_outputs=name_set(
        "version qualifiedArn qualifiedInvokeArn codeSha256 sourceCodeSize lastModified"
    ),
    settings=(
        Setting(of=name_set(_CONFIGURATION, _CODE, "publish"), do=_update_function),
        Setting(of=name_set("reservedConcurrentExecutions"), do=_set_concurrency, at_creation=True),
    ),
    defaults={
        "description": "",
        "timeout": 3,
        "memorySize": 128,
        "environment": {"variables": {}},
        "kmsKeyArn": "",
        "layers": [],
        "tracingConfig": {"mode": "PassThrough"},
        "deadLetterConfig": {"targetArn": ""},
        "vpcConfig": {"subnetIds": [], "securityGroupIds": []},
        "ephemeralStorage": {"size": 512},
        "architectures": ["x86_64"],
        "reservedConcurrentExecutions": -1,
    },
    delete=_delete_function,
    read=ApiCall("get_function", given={"FunctionName": "{id}"}, result="Configuration"),
    not_found=_NOT_FOUND,
    replace_on=name_set("name packageType"),
    recorded=name_set("skipDestroy codeSigningConfigArn"),
    naming=Naming(prefix=None, limit=64),
    unique_name=True,
    tags=_TAGS,
)

_ALIAS = "functionName functionVersion description routingConfig"

ALIAS = ResourceMapping(
    "aws:lambda/alias:Alias",
    service="lambda",
    create=ApiCall("create_alias", name_list(f"name {_ALIAS}")),
    id="AliasArn",
    outputs={"arn": "AliasArn", "invokeArn": f"{_INVOKE}{{id}}/invocations"},
    settings=(
        Setting(
            of=name_set("functionVersion description routingConfig"),
            do=ApiCall("update_alias", name_list(f"name {_ALIAS}")),
        ),
    ),
    defaults={"description": "", "routingConfig": {"additionalVersionWeights": {}}},
    delete=ApiCall("delete_alias", name_list("functionName name")),
    read=ApiCall("get_alias", name_list("functionName name")),
    not_found=_NOT_FOUND,
    replace_on=name_set("name functionName"),
    naming=Naming(prefix=None, limit=128),
    unique_name=True,
)

_URL = "functionName qualifier"

URL = ResourceMapping(
    "aws:lambda/functionUrl:FunctionUrl",
    service="lambda",
    create=ApiCall(
        "create_function_url_config",
        name_list(f"{_URL} cors invokeMode"),
        rename={"authorizationType": "AuthType"},
    ),
    id="{functionName}",
    outputs={"functionUrl": "FunctionUrl", "functionArn": "FunctionArn"},
    settings=(
        Setting(
            of=name_set("authorizationType cors invokeMode"),
            do=ApiCall(
                "update_function_url_config",
                name_list(f"{_URL} cors invokeMode"),
                rename={"authorizationType": "AuthType"},
            ),
        ),
    ),
    delete=ApiCall("delete_function_url_config", name_list(_URL)),
    read=ApiCall("get_function_url_config", name_list(_URL)),
    not_found=_NOT_FOUND,
    replace_on=name_set(_URL),
    defaults={"invokeMode": "BUFFERED"},
    unique_name=True,
)

_PERMISSION = (
    "action principal sourceArn sourceAccount qualifier eventSourceToken principalOrgId functionUrlAuthType "
    "statementId invokedViaFunctionUrl"
)


def _read_permission(step: ResourceStep) -> Properties | None:
    qualifier = {"Qualifier": step.get("qualifier")} if step.get("qualifier") else {}
    answer = step.call("get_policy", FunctionName=step.get("function"), **qualifier)
    statements: list[dict[str, Any]] = json.loads(answer["Policy"]).get("Statement", [])
    return next((found for found in statements if found.get("Sid") == step.id), None)


PERMISSION = ResourceMapping(
    "aws:lambda/permission:Permission",
    service="lambda",
    create=ApiCall("add_permission", name_list(_PERMISSION), rename={"function": "FunctionName"}),
    id="{statementId}",
    delete=ApiCall(
        "remove_permission", name_list("qualifier statementId"), rename={"function": "FunctionName"}
    ),
    read=_read_permission,
    not_found=_NOT_FOUND,
    replace_on=name_set(_PERMISSION, "function statementIdPrefix"),
    naming=Naming(property="statementId", prefix="statementIdPrefix", limit=100),
    unique_name=True,
)

_PROVISIONED = "functionName qualifier"

_PROVISION = ApiCall(
    "put_provisioned_concurrency_config", name_list(f"{_PROVISIONED} provisionedConcurrentExecutions")
)

PROVISIONED = ResourceMapping(
    "aws:lambda/provisionedConcurrencyConfig:ProvisionedConcurrencyConfig",
    service="lambda",
    create=_PROVISION,
    id="{functionName},{qualifier}",
    settings=(Setting(of=name_set("provisionedConcurrentExecutions"), do=_PROVISION),),
    replace_on=name_set(_PROVISIONED),
    recorded=name_set("skipDestroy"),
    not_emulated="the emulated Lambda keeps a process warm as it is",
)

MAPPINGS = (FUNCTION, ALIAS, URL, PERMISSION, PROVISIONED)
