"""A request to AWS's API as operation and parameters, whatever its protocol."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import parse_qs, unquote

from sandbox.cloud.emulator.call import identify
from sandbox.cloud.emulator.wsgi import BODY, HEADERS, Environ

PREFIXES = {"monitoring": "cloudwatch", "email": "ses", "states": "states"}
"""What IAM calls the services whose signatures have another name."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ReceivedCall:
    """One call. `service` is IAM's prefix; `operation` the API's name for it, `METHOD /path` for REST.

    `parameters` are those of a JSON body or a form; `query` and `headers` (lowercase) are for REST.
    It means one thing only (one_meaning.py).
    """

    service: str
    region: str
    operation: str
    method: str
    path: str
    parameters: Mapping[str, Any]
    query: Mapping[str, str]
    headers: Mapping[str, str]
    body: bytes

    def text(self, name: str) -> str:
        """A parameter that is a text; empty if it is not given, or is something else."""
        value = self.parameters.get(name, "")
        return value if isinstance(value, str) else ""


def read_call(environ: Environ) -> ReceivedCall:
    """Read a request."""
    call = identify(environ)
    headers = dict(environ.get(HEADERS, ()))
    target = headers.get("x-amz-target", "")
    body: bytes = environ.get(BODY, b"")
    query = {
        name: values[0]
        for name, values in parse_qs(str(environ.get("QUERY_STRING", "")), keep_blank_values=True).items()
    }
    form = _form(environ, body)
    return ReceivedCall(
        service=PREFIXES.get(call.service, call.service),
        region=call.region,
        operation=call.action,
        method=str(environ.get("REQUEST_METHOD", "GET")),
        path=unquote(str(environ.get("RAW_URI", "/")).partition("?")[0]),
        parameters=_document(body) if target else form,
        query=query,
        headers=headers,
        body=body,
    )


def _document(body: bytes) -> Mapping[str, Any]:
    try:
        document = json.loads(body or b"{}")
    except ValueError:
        return {}
    return document if isinstance(document, dict) else {}


def _form(environ: Environ, body: bytes) -> dict[str, str]:
    if not str(environ.get("CONTENT_TYPE", "")).startswith("application/x-www-form-urlencoded"):
        return {}
    fields = parse_qs(body.decode("utf-8", "replace"), keep_blank_values=True)
    return {name: values[0] for name, values in fields.items()}
