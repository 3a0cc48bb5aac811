"""Services of which a request names its resource by one parameter, or has none."""

from __future__ import annotations

from collections.abc import Iterator

from sandbox.cloud.authorization.need import Lookup, Need
from sandbox.cloud.authorization.received_call import ReceivedCall
from sandbox.cloud.iam.evaluation import NO_RESOURCE

ALWAYS_ALLOWED = frozenset({"sts:GetCallerIdentity", "sts:GetSessionToken"})
"""What AWS allows whatever policies say."""

TRACING = {
    "/SamplingRules": "GetSamplingRules",
    "/GetSamplingRules": "GetSamplingRules",
    "/SamplingTargets": "GetSamplingTargets",
    "/TelemetryRecords": "PutTelemetryRecords",
    "/TraceSegments": "PutTraceSegments",
}
_OF_ASKER = frozenset({"aws:sourcearn", "aws:sourceaccount", "sts:externalid", "sts:rolesessionname"})
_NAMESPACE = "cloudwatch:namespace"


def log_needs(call: ReceivedCall, lookup: Lookup) -> Iterator[Need]:
    """A log group, with the stream that is named or none."""
    group = call.text("logGroupName")
    stream = call.text("logStreamName")
    arn = f"arn:aws:logs:{lookup.region}:{lookup.account}:log-group:{group}:log-stream:{stream}"
    yield Need(action=f"logs:{call.operation}", resource=arn if group else None)


def image_needs(call: ReceivedCall, lookup: Lookup) -> Iterator[Need]:
    """A repository; a token is for the whole registry."""
    name = call.text("repositoryName")
    if call.operation == "GetAuthorizationToken":
        yield Need(action=f"ecr:{call.operation}", resource=NO_RESOURCE)
        return
    arn = f"arn:aws:ecr:{lookup.region}:{lookup.account}:repository/{name}"
    yield Need(action=f"ecr:{call.operation}", resource=arn if name else None)


def session_needs(call: ReceivedCall, _lookup: Lookup) -> Iterator[Need]:
    """The role that is assumed."""
    keys = {
        key: call.text(name)
        for key, name in (("sts:ExternalId", "ExternalId"), ("sts:RoleSessionName", "RoleSessionName"))
        if call.text(name)
    }
    yield Need(
        action=f"sts:{call.operation}", resource=call.text("RoleArn") or None, keys=keys, known=_OF_ASKER
    )


def metric_needs(call: ReceivedCall, _lookup: Lookup) -> Iterator[Need]:
    """Metrics have no ARN; they are told apart by their namespace."""
    if call.operation != "PutMetricData":
        yield Need(action=f"cloudwatch:{call.operation}", resource=None)
        return
    namespace = call.text("Namespace")
    yield Need(
        action="cloudwatch:PutMetricData",
        resource=NO_RESOURCE,
        keys={_NAMESPACE: namespace} if namespace else {},
        known=frozenset({_NAMESPACE}) if namespace else frozenset(),
    )


def trace_needs(call: ReceivedCall, _lookup: Lookup) -> Iterator[Need]:
    """Segments and sampling rules have no ARN."""
    operation = TRACING.get(call.path.rstrip("/")) if call.method == "POST" else None
    yield Need(action=f"xray:{operation or call.operation}", resource=NO_RESOURCE if operation else None)


def queue_needs(call: ReceivedCall, lookup: Lookup) -> Iterator[Need]:
    """A queue, by its URL or its name."""
    name = call.text("QueueUrl").rpartition("/")[2] or call.text("QueueName")
    arn = f"arn:aws:sqs:{lookup.region}:{lookup.account}:{name}"
    yield Need(action=f"sqs:{call.operation}", resource=arn if name else None)


def topic_needs(call: ReceivedCall, _lookup: Lookup) -> Iterator[Need]:
    """A topic, by its ARN."""
    yield Need(
        action=f"sns:{call.operation}", resource=call.text("TopicArn") or call.text("TargetArn") or None
    )
