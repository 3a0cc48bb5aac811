"""Which AWS operation a request asks for, read from the request alone.

AWS has three families: JSON protocols name the operation in `X-Amz-Target`, the Query protocol in the form
field `Action`, and REST protocols by method and path. The service is the one the signature is scoped to
(https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_sigv-create-signed-request.html).
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from urllib.parse import parse_qs

from sandbox.cloud.emulator.wsgi import BODY, Environ

OPERATION_HEADER = "HTTP_X_MYELIN_OPERATION"
_CALL = "myelin.call"

_READS = re.compile(
    r"(Describe|List|Get(?!SessionToken)|Head|BatchGet|BatchCheck|Scan$|Query$|Lookup|Search|Filter|Simulate|Validate|"
    r"Preview|Check|Encrypt$|Decrypt$|Sign$|Verify$|GenerateMac$|VerifyMac$|GenerateDataKey|GenerateRandom|"
    r"AssumeRole|DiscoverInstances|StartQuery|TransactGetItems$)"
)
_SAFE_METHODS = frozenset({"GET", "HEAD", "OPTIONS"})
_INVOKE = re.compile(r"/functions/.+/(invocations|invoke-async|response-streaming-invocations)/?$")


@dataclass(frozen=True, slots=True, kw_only=True)
class AwsCall:
    """The AWS operation that a request calls.

    `service` is the signing name (`ec2`, `ecs`, `elasticloadbalancing`, `lambda`, ...; empty when unsigned),
    `action` the operation's name or, for REST protocols, `METHOD /path`; `mutating` says whether it may
    change something.
    """

    service: str
    region: str
    action: str
    mutating: bool


def identify(environ: Environ) -> AwsCall:
    """Read the call from a WSGI environ, and keep it there for the next middleware."""
    known: AwsCall | None = environ.get(_CALL)
    if known is None:
        known = environ[_CALL] = _identify(environ)
    return known


def _identify(environ: Environ) -> AwsCall:
    service, region = _scope(environ)
    method = str(environ.get("REQUEST_METHOD", "GET"))
    named = _named_action(environ)
    if named:
        return AwsCall(service=service, region=region, action=named, mutating=not _READS.match(named))
    path = str(environ.get("PATH_INFO", "/"))
    mutating = method not in _SAFE_METHODS and not (service == "lambda" and _INVOKE.search(path))
    return AwsCall(service=service, region=region, action=f"{method} {path}", mutating=mutating)


def _scope(environ: Environ) -> tuple[str, str]:
    credential = str(environ.get("HTTP_AUTHORIZATION", "")).partition("Credential=")[2].partition(",")[0]
    if not credential:  # a presigned URL carries the scope in its query
        query = parse_qs(str(environ.get("QUERY_STRING", "")))
        credential = query.get("X-Amz-Credential", [""])[0]
    parts = credential.strip().split("/")
    return (parts[-2].lower(), parts[-3]) if len(parts) >= 5 else ("", "")


def _named_action(environ: Environ) -> str:
    target = str(environ.get("HTTP_X_AMZ_TARGET", ""))
    if target:
        return target.rpartition(".")[2]
    text = str(environ.get("QUERY_STRING", ""))
    if str(environ.get("CONTENT_TYPE", "")).startswith("application/x-www-form-urlencoded"):
        body: bytes = environ.get(BODY, b"")
        text += "&" + body[:4096].decode("latin-1")
    found = re.search(r"(?:^|&)Action=(\w+)", text)
    return found.group(1) if found else ""
