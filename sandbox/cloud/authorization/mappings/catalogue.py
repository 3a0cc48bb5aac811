"""The services whose requests are understood, and what is said of all others."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from sandbox.cloud.authorization.mappings.functions import function_needs
from sandbox.cloud.authorization.mappings.keys import key_needs
from sandbox.cloud.authorization.mappings.objects import object_needs
from sandbox.cloud.authorization.mappings.others import (
    image_needs,
    log_needs,
    metric_needs,
    queue_needs,
    session_needs,
    topic_needs,
    trace_needs,
)
from sandbox.cloud.authorization.mappings.secrets import secret_needs
from sandbox.cloud.authorization.mappings.services import service_needs
from sandbox.cloud.authorization.mappings.tables import table_needs
from sandbox.cloud.authorization.need import Lookup, Need
from sandbox.cloud.authorization.received_call import ReceivedCall

FindNeeds = Callable[[ReceivedCall, Lookup], Iterator[Need]]

SERVICES: dict[str, FindNeeds] = {
    "cloudwatch": metric_needs,
    "dynamodb": table_needs,
    "ecr": image_needs,
    "ecs": service_needs,
    "kms": key_needs,
    "lambda": function_needs,
    "logs": log_needs,
    "s3": object_needs,
    "secretsmanager": secret_needs,
    "sns": topic_needs,
    "sqs": queue_needs,
    "sts": session_needs,
    "xray": trace_needs,
}
"""The services of which it is known on which resource an operation works, by IAM's prefix."""


def needs_of(call: ReceivedCall, lookup: Lookup) -> tuple[Need, ...]:
    """What a call needs. Of a service that is not in the table the action is known, and its resource is not.

    A statement about named resources then allows nothing, and denies whatever it might mean.
    """
    find = SERVICES.get(call.service)
    if find is None:
        return (Need(action=f"{call.service}:{call.operation}", resource=None),)
    found = tuple(find(call, lookup))
    return found or (Need(action=f"{call.service}:{call.operation}", resource=None),)
