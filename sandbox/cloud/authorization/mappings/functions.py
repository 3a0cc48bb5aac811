"""Lambda: its REST paths, and invocations by function URLs.

https://docs.aws.amazon.com/service-authorization/latest/reference/list_awslambda.html
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from sandbox.cloud.authorization.need import Lookup, Need
from sandbox.cloud.authorization.received_call import ReceivedCall
from sandbox.cloud.iam.evaluation import NO_RESOURCE

_NAMED = re.compile(r"^/(aliases|policy)/[^/]+$")
"""Paths that end in the name of a part of a function."""
_TAGS = re.compile(r"/\d{4}-\d\d-\d\d/tags/(?P<arn>.+)")
_PATH = re.compile(r"/\d{4}-\d\d-\d\d/functions(?:/(?P<name>[^/]+)(?P<rest>/.*)?)?/?")
OPERATIONS = {
    ("POST", "/invocations"): "InvokeFunction",
    ("POST", "/invoke-async"): "InvokeFunction",
    ("POST", "/response-streaming-invocations"): "InvokeFunction",
    ("GET", ""): "GetFunction",
    ("DELETE", ""): "DeleteFunction",
    ("GET", "/configuration"): "GetFunctionConfiguration",
    ("PUT", "/configuration"): "UpdateFunctionConfiguration",
    ("PUT", "/code"): "UpdateFunctionCode",
    ("GET", "/policy"): "GetPolicy",
    ("POST", "/policy"): "AddPermission",
    ("GET", "/versions"): "ListVersionsByFunction",
    ("POST", "/versions"): "PublishVersion",
    ("GET", "/aliases"): "ListAliases",
    ("POST", "/aliases"): "CreateAlias",
    ("GET", "/url"): "GetFunctionUrlConfig",
    ("POST", "/url"): "CreateFunctionUrlConfig",
    ("PUT", "/url"): "UpdateFunctionUrlConfig",
    ("DELETE", "/url"): "DeleteFunctionUrlConfig",
    ("GET", "/concurrency"): "GetFunctionConcurrency",
    ("PUT", "/concurrency"): "PutFunctionConcurrency",
    ("DELETE", "/concurrency"): "DeleteFunctionConcurrency",
    ("GET", "/aliases/*"): "GetAlias",
    ("PUT", "/aliases/*"): "UpdateAlias",
    ("DELETE", "/aliases/*"): "DeleteAlias",
    ("DELETE", "/policy/*"): "RemovePermission",
    ("GET", "/provisioned-concurrency"): "GetProvisionedConcurrencyConfig",
    ("PUT", "/provisioned-concurrency"): "PutProvisionedConcurrencyConfig",
    ("DELETE", "/provisioned-concurrency"): "DeleteProvisionedConcurrencyConfig",
}
TAG_OPERATIONS = {"GET": "ListTags", "POST": "TagResource", "DELETE": "UntagResource"}
URL_ACTIONS = ("lambda:InvokeFunctionUrl", "lambda:InvokeFunction")
"""What whoever calls a function URL needs: both, since October 2025."""


def function_needs(call: ReceivedCall, lookup: Lookup) -> Iterator[Need]:
    """The function that the path names, with the version or alias that is asked for."""
    tagged = _TAGS.fullmatch(call.path)
    if tagged is not None and call.method in TAG_OPERATIONS:
        yield Need(action=f"lambda:{TAG_OPERATIONS[call.method]}", resource=tagged["arn"])
        return
    found = _PATH.fullmatch(call.path)
    if found is None:
        yield Need(action=f"lambda:{call.operation}", resource=None)
        return
    if found["name"] is None:
        action = "ListFunctions" if call.method == "GET" else "CreateFunction"
        yield Need(action=f"lambda:{action}", resource=NO_RESOURCE if call.method == "GET" else None)
        return
    rest = _NAMED.sub(r"/\1/*", (found["rest"] or "").rstrip("/"))
    operation = OPERATIONS.get((call.method, rest))
    if operation is None:
        yield Need(action=f"lambda:{call.operation}", resource=None)
        return
    yield Need(
        action=f"lambda:{operation}",
        resource=function_arn(found["name"], call.query.get("Qualifier", ""), lookup),
    )


def function_arn(name: str, qualifier: str, lookup: Lookup) -> str:
    """The ARN of a function that is named by its name, a part of its ARN, or all of it."""
    called = name.rpartition("function:")[2] if ":" in name else name
    called, _, own = called.partition(":")
    qualified = qualifier or own
    arn = f"arn:aws:lambda:{lookup.region}:{lookup.account}:function:{called}"
    return f"{arn}:{qualified}" if qualified else arn
