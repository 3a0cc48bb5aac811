"""Namespaces of the service mesh (Cloud Map)."""

from __future__ import annotations

from typing import Any

from sandbox.engine.provider import Properties
from sandbox.provider.api_call import ApiCall
from sandbox.provider.errors import NotSteadyError
from sandbox.provider.mapping import Naming, ResourceMapping, Setting, name_set, regional_arn
from sandbox.provider.resource_step import ResourceStep
from sandbox.provider.tagging import TagForm

_TAGS = TagForm(subject="ResourceARN")


def _finish(step: ResourceStep, answer: Properties) -> dict[str, Any]:
    """Wait for the operation that Cloud Map has begun, if any; returns it when it is done."""
    done: dict[str, Any] = {}
    operation_id = answer.get("OperationId")
    if operation_id is None:
        return done

    def ready() -> bool:
        done.update(step.call("get_operation", OperationId=operation_id)["Operation"])
        if done["Status"] == "FAIL":
            raise NotSteadyError(
                call="servicediscovery:GetOperation",
                detail=f"{done.get('ErrorCode')}: {done.get('ErrorMessage')}",
                timed_out=False,
            )
        return bool(done["Status"] == "SUCCESS")

    step.wait(ready, call="servicediscovery:GetOperation", what="the operation is not done")
    return done


def _create_namespace(step: ResourceStep) -> Properties:
    wanted = {"name": step.get("name"), "description": step.get("description")}
    answer = step.call(
        "create_http_namespace",
        **step.arguments("create_http_namespace", wanted, {}),
        **_TAGS.creation_arguments(step.inputs.get("tags") or {}),
    )
    return {"Id": _finish(step, answer)["Targets"]["NAMESPACE"]}


def _update_description(step: ResourceStep) -> None:
    answer = step.call(
        "update_http_namespace", Id=step.id, Namespace={"Description": step.get("description") or ""}
    )
    _finish(step, answer)


def _delete_namespace(step: ResourceStep) -> None:
    _finish(step, step.call("delete_namespace", Id=step.id))


HTTP_NAMESPACE = ResourceMapping(
    "aws:servicediscovery/httpNamespace:HttpNamespace",
    service="servicediscovery",
    create=_create_namespace,
    id="Id",
    outputs={"arn": regional_arn("servicediscovery", "namespace/{id}"), "httpName": "{name}"},
    settings=(Setting(of=name_set("description"), do=_update_description),),
    delete=_delete_namespace,
    read=ApiCall("get_namespace", given={"Id": "{id}"}, result="Namespace"),
    not_found=name_set("NamespaceNotFound"),
    replace_on=name_set("name"),
    naming=Naming(prefix=None, limit=1024),
    unique_name=True,
    tags=_TAGS,
)

MAPPINGS = (HTTP_NAMESPACE,)
