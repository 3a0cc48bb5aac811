"""ECS, as far as requests are about its services.

https://docs.aws.amazon.com/service-authorization/latest/reference/list_amazonelasticcontainerservice.html
"""

from __future__ import annotations

from collections.abc import Iterator

from sandbox.cloud.authorization.need import Lookup, Need
from sandbox.cloud.authorization.received_call import ReceivedCall
from sandbox.cloud.iam.evaluation import NO_RESOURCE

_OF_ONE = frozenset({"CreateService", "DeleteService", "UpdateService"})
_CLUSTER = "ecs:cluster"


def service_needs(call: ReceivedCall, lookup: Lookup) -> Iterator[Need]:
    """The services, revisions and tasks that are named; of a list of tasks, the cluster."""
    place = f"arn:aws:ecs:{lookup.region}:{lookup.account}"
    cluster = call.text("cluster").rpartition("/")[2] or "default"
    for resource in _resources(call, place, cluster):
        yield Need(
            action=f"ecs:{call.operation}",
            resource=resource,
            keys={_CLUSTER: f"{place}:cluster/{cluster}"},
            known=frozenset({_CLUSTER}),
        )


def _resources(call: ReceivedCall, place: str, cluster: str) -> list[str | None]:
    """ARNs, NO_RESOURCE for an action without one, or None: not known."""
    if call.operation == "ListTasks":
        return [NO_RESOURCE]
    if call.operation == "DescribeServiceRevisions":
        return list(_texts(call, "serviceRevisionArns")) or [None]
    if call.operation == "DescribeTasks":
        return [f"{place}:task/{cluster}/{_last(one)}" for one in _texts(call, "tasks")] or [None]
    if call.operation in _OF_ONE:
        named = [call.text("service") or call.text("serviceName")]
    else:
        named = list(_texts(call, "services")) if call.operation == "DescribeServices" else []
    return [f"{place}:service/{cluster}/{_last(one)}" if one else None for one in named] or [None]


def _texts(call: ReceivedCall, name: str) -> Iterator[str]:
    given = call.parameters.get(name)
    yield from (one for one in (given if isinstance(given, list) else ()) if isinstance(one, str))


def _last(name: str) -> str:
    """The name at the end of an ARN, or the name itself."""
    return name.rpartition("/")[2]
