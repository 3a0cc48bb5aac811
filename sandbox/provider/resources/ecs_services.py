"""ECS services; with `waitForSteadyState` a step ends when the service is steady."""

from __future__ import annotations

from typing import Any

from sandbox.engine.provider import Properties
from sandbox.provider.mapping import Naming, ResourceMapping, Setting, name_list, name_set
from sandbox.provider.resource_step import ResourceStep
from sandbox.provider.resources.containers import ECS_TAGS
from sandbox.provider.steadiness import is_steady, primary_deployment, service_vanished

_PLAIN = (
    "taskDefinition desiredCount capacityProviderStrategies platformVersion loadBalancers serviceRegistries "
    "enableEcsManagedTags enableExecuteCommand propagateTags healthCheckGracePeriodSeconds "
    "serviceConnectConfiguration placementConstraints availabilityZoneRebalancing "
    "vpcLatticeConfigurations networkConfiguration"
)
_DEPLOYMENT = (
    "deploymentConfiguration deploymentCircuitBreaker deploymentMaximumPercent "
    "deploymentMinimumHealthyPercent alarms"
)
_ONLY_AT_CREATION = "cluster launchType schedulingStrategy"
_UPDATABLE = name_set(
    _PLAIN, _DEPLOYMENT, "orderedPlacementStrategies volumeConfiguration forceNewDeployment triggers"
)
_RENAMES = {
    "loadBalancers.elbName": "loadBalancerName",
    "orderedPlacementStrategies": "placementStrategy",
    "volumeConfiguration": "volumeConfigurations",
    "volumeConfiguration.managedEbsVolume": "managedEBSVolume",
    "iamRole": "role",
}


def _network(block: Any) -> Properties | None:
    """Turn Pulumi's network block into the API's, which has a level more and no boolean."""
    if not block:
        return None
    given: dict[str, Any] = block[0] if isinstance(block, list) else block
    public = "ENABLED" if given.get("assignPublicIp") else "DISABLED"
    # the emulator insists on the key, AWS takes an empty list for the VPC's default group
    groups = given.get("securityGroups") or []
    return {
        "awsvpcConfiguration": {
            "subnets": given.get("subnets") or [],
            "securityGroups": groups,
            "assignPublicIp": public,
        }
    }


def _deployment(step: ResourceStep) -> Properties | None:
    """Collect the API's deployment configuration from Pulumi's five arguments."""
    parts = {
        "deploymentCircuitBreaker": step.get("deploymentCircuitBreaker"),
        "maximumPercent": step.get("deploymentMaximumPercent"),
        "minimumHealthyPercent": step.get("deploymentMinimumHealthyPercent"),
        "alarms": step.get("alarms"),
        **(step.get("deploymentConfiguration") or {}),
    }
    return {name: value for name, value in parts.items() if value is not None} or None


def _wanted(step: ResourceStep, only: frozenset[str] | None = None) -> Properties:
    """The inputs in the API's structure; all of them, or those in `only`."""
    wanted = {
        name: step.get(name) for name in name_list(f"{_PLAIN} orderedPlacementStrategies volumeConfiguration")
    }
    wanted["networkConfiguration"] = _network(wanted["networkConfiguration"])
    if only is not None:
        wanted = {name: value for name, value in wanted.items() if name in only}
    if only is None or only & name_set(_DEPLOYMENT):
        wanted["deploymentConfiguration"] = _deployment(step)
    return wanted


def _create(step: ResourceStep) -> Properties:
    wanted = {**_wanted(step), **{name: step.get(name) for name in name_list(_ONLY_AT_CREATION)}}
    wanted |= {"serviceName": step.get("name"), "iamRole": step.get("iamRole")}
    wanted["deploymentController"] = step.get("deploymentController")
    answer = step.call(
        "create_service",
        **step.arguments("create_service", wanted, _RENAMES),
        **ECS_TAGS.creation_arguments(step.inputs.get("tags") or {}),
    )
    service: Properties = answer["service"]
    return service


def _update(step: ResourceStep) -> None:
    changed = step.changed
    wanted = _wanted(step, changed)
    # a list taken away is an empty list to UpdateService; left out it would stay
    for name in name_list("loadBalancers serviceRegistries placementConstraints orderedPlacementStrategies"):
        if name in wanted and wanted[name] is None:
            wanted[name] = []
    arguments = step.arguments("update_service", wanted, _RENAMES)
    if "forceNewDeployment" in changed or "triggers" in changed:
        arguments["forceNewDeployment"] = bool(step.get("forceNewDeployment"))
    answer = step.call("update_service", cluster=_cluster(step), service=step.id, **arguments)
    _wait_until_steady(step, answer["service"])


def _cluster(step: ResourceStep) -> str:
    return str(step.get("cluster") or "default")


def _wait_until_steady(step: ResourceStep, answer: Properties | None) -> None:
    """With `waitForSteadyState`, wait until the deployment is completed and all its tasks run.

    `answer` is ECS's description of the service when the deployment was opened. Raises NotSteadyError if the
    deployment fails, is rolled back, or takes too long.
    """
    if not step.get("waitForSteadyState"):
        return
    name, wanted = str(step.get("name")), str(step.get("taskDefinition"))
    deployment = primary_deployment(answer or {})

    def ready() -> bool:
        service = _describe_service(step)
        if service is None:
            raise service_vanished(name)
        return is_steady(service, name=name, definition=wanted, deployment=deployment)

    step.wait(ready, call="ecs:DescribeServices", what=f"service `{name}` is not steady")


def _complete(step: ResourceStep) -> None:
    """Wait for the deployment; if a repeated step finds that it has failed, open a new one first."""
    answer = step.result
    if answer is None and _has_failed(_describe_service(step)):
        again = step.call("update_service", cluster=_cluster(step), service=step.id, forceNewDeployment=True)
        answer = again["service"]
    _wait_until_steady(step, answer)


def _has_failed(service: Properties | None) -> bool:
    deployments = (service or {}).get("deployments") or ()
    primary: Properties = next((each for each in deployments if each.get("status") == "PRIMARY"), {})
    return bool(primary.get("rolloutState") == "FAILED")


def _delete(step: ResourceStep) -> None:
    """Scale the service to 0, delete it, and wait while its tasks drain."""
    if step.get("schedulingStrategy") != "DAEMON":
        step.call("update_service", cluster=_cluster(step), service=step.id, desiredCount=0)
    deleted = step.call("delete_service", cluster=_cluster(step), service=step.id, force=True)["service"]
    if deleted.get("status") == "DRAINING":
        step.wait(
            lambda: _describe_service(step) is None,
            call="ecs:DescribeServices",
            what=f"service `{step.get('name')}` still drains",
        )


def _describe_service(step: ResourceStep) -> Properties | None:
    found = step.call("describe_services", cluster=_cluster(step), services=[step.id])["services"]
    return next((service for service in found if service["status"] != "INACTIVE"), None)


SERVICE = ResourceMapping(
    "aws:ecs/service:Service",
    service="ecs",
    create=_create,
    id="serviceArn",
    outputs={"arn": "serviceArn"},
    settings=(Setting(of=_UPDATABLE, do=_update),),
    complete=_complete,
    defaults={"desiredCount": 0, "schedulingStrategy": "REPLICA"},
    delete=_delete,
    read=_describe_service,
    not_found=name_set("ServiceNotFoundException ServiceNotActiveException ClusterNotFoundException"),
    replace_on=name_set("name cluster launchType schedulingStrategy iamRole deploymentController"),
    recorded=name_set("waitForSteadyState sigintRollback forceDelete"),
    naming=Naming(prefix=None),
    unique_name=True,
    tags=ECS_TAGS,
)

MAPPINGS = (SERVICE,)
