"""Clusters, their capacity providers, and task definitions (ECS)."""

from __future__ import annotations

import json
from typing import Any

from sandbox.engine.provider import Properties
from sandbox.provider.api_call import ApiCall
from sandbox.provider.errors import ArgumentError
from sandbox.provider.mapping import Naming, ResourceMapping, Setting, name_list, name_set
from sandbox.provider.resource_step import ResourceStep
from sandbox.provider.tagging import TagForm

ECS_TAGS = TagForm(argument="tags", key="key", value="value", subject="resourceArn", keys_argument="tagKeys")


def _read_cluster(step: ResourceStep) -> Properties | None:
    found = step.call("describe_clusters", clusters=[step.id])["clusters"]
    return next((cluster for cluster in found if cluster["status"] != "INACTIVE"), None)


CLUSTER = ResourceMapping(
    "aws:ecs/cluster:Cluster",
    service="ecs",
    create=ApiCall(
        "create_cluster",
        name_list("settings configuration serviceConnectDefaults"),
        rename={"name": "clusterName"},
        result="cluster",
    ),
    id="clusterArn",
    outputs={"arn": "clusterArn", "name": "clusterName"},
    settings=(
        Setting(
            of=name_set("settings configuration serviceConnectDefaults"),
            do=ApiCall(
                "update_cluster",
                name_list("settings configuration serviceConnectDefaults"),
                given={"cluster": "{id}"},
            ),
        ),
    ),
    delete=ApiCall("delete_cluster", given={"cluster": "{id}"}),
    read=_read_cluster,
    not_found=name_set("ClusterNotFoundException"),
    replace_on=name_set("name"),
    naming=Naming(prefix=None),
    unique_name=True,
    tags=ECS_TAGS,
)


def _put_capacity_providers(step: ResourceStep) -> Properties:
    """Set the capacity providers; the API requires both lists, even if they are empty."""
    wanted = {
        "capacityProviders": step.get("capacityProviders") or [],
        "defaultCapacityProviderStrategy": step.get("defaultCapacityProviderStrategies") or [],
    }
    arguments = step.arguments("put_cluster_capacity_providers", wanted, {})
    step.call("put_cluster_capacity_providers", cluster=step.get("clusterName"), **arguments)
    return {}


def _read_capacity_providers(step: ResourceStep) -> Properties | None:
    """A cluster's capacity providers; none where there should be some is as good as gone."""
    cluster = _read_cluster(step)
    missing = bool(step.get("capacityProviders")) and not (cluster or {}).get("capacityProviders")
    return None if missing else cluster


CLUSTER_CAPACITY_PROVIDERS = ResourceMapping(
    "aws:ecs/clusterCapacityProviders:ClusterCapacityProviders",
    service="ecs",
    create=_put_capacity_providers,
    id="{clusterName}",
    settings=(
        Setting(
            of=name_set("capacityProviders defaultCapacityProviderStrategies"), do=_put_capacity_providers
        ),
    ),
    delete=ApiCall(
        "put_cluster_capacity_providers",
        given={"cluster": "{id}", "capacityProviders": [], "defaultCapacityProviderStrategy": []},
    ),
    read=_read_capacity_providers,
    not_found=name_set("ClusterNotFoundException ResourceNotFoundException"),
    replace_on=name_set("clusterName"),
)

_DEFINITION = (
    "family cpu memory networkMode requiresCompatibilities executionRoleArn taskRoleArn runtimePlatform "
    "containerDefinitions volumes ephemeralStorage placementConstraints proxyConfiguration pidMode ipcMode "
    "enableFaultInjection"
)


def _containers(text: Any) -> list[Properties]:
    """Parse the container definitions, which are JSON in the API's own spelling; raises ArgumentError."""
    try:
        found = json.loads(text) if isinstance(text, str) else text
    except ValueError as error:
        raise ArgumentError(
            call="ecs:RegisterTaskDefinition", argument="containerDefinitions", detail=f"is not JSON: {error}"
        ) from error
    if not isinstance(found, list):
        raise ArgumentError(
            call="ecs:RegisterTaskDefinition", argument="containerDefinitions", detail="is not a list"
        )
    return found


def _volume(volume: Properties) -> Properties:
    """Turn Pulumi's `hostPath` into the API's `host.sourcePath`."""
    rest = {name: value for name, value in volume.items() if name != "hostPath"}
    return {**rest, "host": {"sourcePath": volume.get("hostPath")}}


def _register(step: ResourceStep) -> Properties:
    wanted = {name: step.get(name) for name in name_list(_DEFINITION)}
    wanted["containerDefinitions"] = _containers(wanted["containerDefinitions"])
    wanted["volumes"] = [_volume(volume) for volume in wanted["volumes"] or ()] or None
    rename = {
        "volumes.efsVolumeConfiguration.fileSystemId": "fileSystemId",
        "ephemeralStorage.sizeInGib": "sizeInGiB",
    }
    answer = step.call(
        "register_task_definition",
        **step.arguments("register_task_definition", wanted, rename),
        **ECS_TAGS.creation_arguments(step.inputs.get("tags") or {}),
    )
    definition: Properties = answer["taskDefinition"]
    without_revision, _, _ = definition["taskDefinitionArn"].rpartition(":")
    return {**definition, "arnWithoutRevision": without_revision}


def _deregister(step: ResourceStep) -> None:
    if not step.get("skipDestroy"):
        step.call("deregister_task_definition", taskDefinition=step.outputs.get("arn") or step.id)


def _read_definition(step: ResourceStep) -> Properties | None:
    definition: Properties = step.call("describe_task_definition", taskDefinition=step.id)["taskDefinition"]
    if definition["status"] != "ACTIVE":
        return None
    without_revision, _, _ = definition["taskDefinitionArn"].rpartition(":")
    return {
        **{
            name: value
            for name, value in definition.items()
            if name not in ("containerDefinitions", "volumes")
        },
        "arnWithoutRevision": without_revision,
    }


TASK_DEFINITION = ResourceMapping(
    "aws:ecs/taskDefinition:TaskDefinition",
    service="ecs",
    create=_register,
    # the provider's own id is the family; a revision has to have another one than that which it replaces
    id="taskDefinitionArn",
    outputs={
        "arn": "taskDefinitionArn",
        "arnWithoutRevision": "arnWithoutRevision",
        "revision": "revision",
    },
    delete=_deregister,
    read=_read_definition,
    # ClientException: no such definition; the only ground for it that is left once it was registered
    not_found=name_set("ClientException InvalidParameterException"),
    replace_on=name_set(_DEFINITION),
    recorded=name_set("skipDestroy trackLatest"),
    tags=ECS_TAGS,
)

MAPPINGS = (CLUSTER, CLUSTER_CAPACITY_PROVIDERS, TASK_DEFINITION)
