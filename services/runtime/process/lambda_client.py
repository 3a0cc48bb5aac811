"""Invokes Lambda functions on botocore's lower layers: credentials, signature, connections.

A botocore client spends four fifths of the time of an invocation on what is the same each time: validation
against the service's model, endpoint rules, event hooks. This is the one call that every fresh decision
needs, so it is made of the parts that it needs. The interface is that of the client's `invoke`, and so are
the errors.

https://docs.aws.amazon.com/lambda/latest/api/API_Invoke.html
"""

from __future__ import annotations

import io
import json
import socket
from typing import Any, Self
from urllib.parse import quote

import botocore.session
from botocore.auth import SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.exceptions import ClientError, NoCredentialsError
from botocore.httpsession import URLLib3Session
from botocore.utils import get_environ_proxies

from services.runtime.process.aws import Timeouts, client
from services.runtime.telemetry import tracing

API = "2015-03-31"


class LambdaClient:
    """Thread-safe, and never retries: its caller decides about that."""

    def __init__(self, *, endpoint: str, region: str, credentials: Any, http: Any) -> None:
        """`credentials` and `http` are botocore's; the former may be None, as botocore has it."""
        self._endpoint = endpoint.rstrip("/")
        self._region = region
        self._credentials = credentials
        self._http = http

    @classmethod
    def connect(cls, *, region: str, timeouts: Timeouts, pool: int) -> Self:
        """Endpoint, credentials, proxies and certificates come from the environment, as with every SDK."""
        session = botocore.session.get_session()
        # knows where the function is asked: AWS_ENDPOINT_URL, or the region's own endpoint
        endpoint: str = client("lambda", region=region, timeouts=timeouts).meta.endpoint_url
        return cls(
            endpoint=endpoint,
            region=region,
            credentials=session.get_credentials(),
            http=URLLib3Session(
                verify=session.get_config_variable("ca_bundle") or True,
                proxies=get_environ_proxies(endpoint),
                timeout=(timeouts.connect, timeouts.read),
                max_pool_connections=pool,
                # as botocore's clients have it: without it an invocation waits 40 ms for an acknowledgement
                socket_options=[(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)],
            ),
        )

    def invoke(self, *, FunctionName: str, Payload: bytes) -> dict[str, Any]:  # noqa: N803 - botocore's names
        """The answer: `StatusCode`, `Payload` to be read, and `FunctionError` if the function failed.

        Raises ClientError or another BotoCoreError.
        """
        url = f"{self._endpoint}/{API}/functions/{quote(FunctionName, safe='')}/invocations"
        request = AWSRequest(method="POST", url=url, data=Payload, headers=self._headers())
        if self._credentials is None:
            raise NoCredentialsError
        SigV4Auth(self._credentials.get_frozen_credentials(), "lambda", self._region).add_auth(request)
        response = self._http.send(request.prepare())
        if response.status_code >= 300:
            raise ClientError(_error(response), "Invoke")
        answer = {"StatusCode": response.status_code, "Payload": io.BytesIO(response.content)}
        function_error = response.headers.get("x-amz-function-error")
        return {**answer, "FunctionError": function_error} if function_error else answer

    @staticmethod
    def _headers() -> dict[str, str]:
        span = tracing.current_span()
        return {"X-Amzn-Trace-Id": span.header()} if span is not None and span.trace_id else {}


def _error(response: Any) -> dict[str, Any]:
    """The error of an answer, as botocore writes it."""
    try:
        found = json.loads(response.content)
    except ValueError:
        found = {}
    body = found if isinstance(found, dict) else {}
    code = response.headers.get("x-amzn-errortype") or body.get("__type") or str(response.status_code)
    return {
        "Error": {
            # a code may come with a namespace in front of it or a URL behind it
            "Code": str(code).partition(":")[0].rpartition("#")[2],
            "Message": str(body.get("message") or body.get("Message") or ""),
        },
        "ResponseMetadata": {"HTTPStatusCode": response.status_code},
    }
