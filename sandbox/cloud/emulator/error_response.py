"""Responses for errors of the emulator itself, in the same form as AWS's own errors."""

from __future__ import annotations

import json
from typing import Any
from xml.sax.saxutils import escape

from sandbox.cloud.emulator.call import identify
from sandbox.cloud.emulator.wsgi import Environ, WsgiResponse


def error_response(environ: Environ, status: str, code: str, message: str) -> WsgiResponse:
    """Build an error response with an AWS error code: XML for the Query protocols and S3, else JSON."""
    if str(environ.get("CONTENT_TYPE", "")).startswith("application/x-www-form-urlencoded"):
        error = f"<Error><Code>{code}</Code><Message>{escape(message)}</Message></Error>"
        if identify(environ).service == "ec2":
            document = f"<Response><Errors>{error}</Errors><RequestID>0</RequestID></Response>"
        else:
            document = f"<ErrorResponse>{error}<RequestId>0</RequestId></ErrorResponse>"
        return WsgiResponse(status=status, headers=(("Content-Type", "text/xml"),), body=document.encode())
    if identify(environ).service in {"s3", ""}:  # an unsigned request is for S3, if for anything
        document = f"<Error><Code>{code}</Code><Message>{escape(message)}</Message></Error>"
        xml = (("Content-Type", "application/xml"),)
        return WsgiResponse(status=status, headers=xml, body=document.encode())
    body: dict[str, Any] = {"__type": code, "message": message}
    headers = (("Content-Type", "application/json"), ("x-amzn-ErrorType", code))
    return WsgiResponse(status=status, headers=headers, body=json.dumps(body).encode())
