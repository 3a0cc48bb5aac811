"""Runs moto's functions on the executor. Imports moto, so import this module late."""

from __future__ import annotations

import base64
import json
import secrets
import time
import uuid
from collections.abc import Mapping
from typing import Any

from moto.awslambda.exceptions import InvalidParameterValueException, LambdaClientError
from moto.sts.models import sts_backends

from sandbox.cloud.emulator.locks import ServiceLocks
from sandbox.cloud.functions.errors import FunctionArchiveError, PackagesError, ThrottledError
from sandbox.cloud.functions.events import EventQueue
from sandbox.cloud.functions.executor import DeployedFunction, FunctionExecutor
from sandbox.cloud.functions.invocation import Invocation, InvocationResult
from sandbox.cloud.functions.moto_lambda import credentials as moto_credentials
from sandbox.cloud.functions.moto_lambda import quirks as moto_quirks
from sandbox.cloud.functions.moto_lambda import reader as moto_model
from sandbox.cloud.functions.urls.event import IamCaller
from sandbox.cloud.functions.urls.urls import UrlTarget


class TooManyRequestsError(LambdaClientError):
    """The response of the Invoke API to a throttled call."""

    code = 429

    def __init__(self) -> None:
        super().__init__("TooManyRequestsException", "Rate Exceeded.")


class MotoLambda:
    """Runs and warms moto's functions on the executor."""

    def __init__(self, executor: FunctionExecutor, events: EventQueue, locks: ServiceLocks) -> None:
        """`events` takes asynchronous invocations; a call's lock is released while a function runs."""
        self._executor = executor
        self._events = events
        self._locks = locks

    def install(self, endpoint: str) -> None:
        """Have moto run its functions with this object; `endpoint` is where function URLs are reached."""
        moto_quirks.install(self.invoke, endpoint, self.accept)

    def accept(self, function: Any) -> None:
        """Prepare a function's new code; raises InvalidParameterValueException if it cannot run here."""
        if not moto_model.runnable(function):
            return
        try:
            with self._locks.released():
                self._executor.prepare(function.function_name, function.code_bytes)
        except PackagesError as error:
            raise InvalidParameterValueException(f"{error.message}; {error.hint}") from error

    def follow_changes(self) -> None:
        """Stop processes of functions that are gone, and warm those that aliases point to."""
        with self._locks.held("lambda"):
            found = tuple(moto_model.callable_functions())
        self._executor.retain([deployed for deployed, _ in found])
        for deployed, referenced in found:
            if referenced:
                self._executor.warm(deployed)

    def invoke(
        self, function: Any, arn: str, body: Any, headers: Mapping[str, str], answer: dict[str, str]
    ) -> bytes:
        """Carry out a call of the Invoke API; returns the payload and fills in the headers of the response.

        https://docs.aws.amazon.com/lambda/latest/api/API_Invoke.html
        """
        deployed = moto_model.read_function(function)
        invocation = _make_invocation(deployed, arn, _check_event(body), headers)
        answer["x-amz-executed-version"] = deployed.configuration.version
        kind = headers.get("X-Amz-Invocation-Type") or "RequestResponse"
        if kind == "DryRun":
            return b""
        if kind == "Event":
            self._events.put(deployed, invocation, attempts=moto_model.max_attempts(function))
            return b""
        outcome = self._run(deployed, invocation)
        if outcome.failed:
            answer["x-amz-function-error"] = "Unhandled"
        answer["x-amz-log-result"] = base64.b64encode(outcome.log_tail).decode()
        return outcome.payload

    def url_target(self, url_id: str, access_key: str | None) -> UrlTarget | None:
        """Find the function behind a function URL, and the caller that an access key belongs to."""
        url = moto_model.find_url(url_id)
        if url is None:
            return None

        def run(event: Mapping[str, Any], headers: Mapping[str, str]) -> InvocationResult:
            invocation = _make_invocation(url.deployed, url.arn, json.dumps(event).encode(), headers)
            return self._executor.invoke(url.deployed, invocation)

        region = url.deployed.configuration.region
        secret, token = moto_credentials.find_secret(url.account, access_key)
        return UrlTarget(
            arn=url.arn,
            needs_signature=url.auth_type == "AWS_IAM",
            region=region,
            caller=_find_caller(url.account, access_key, region),
            secret=secret,
            session_token=token,
            run=run,
        )

    def _run(self, deployed: DeployedFunction, invocation: Invocation) -> InvocationResult:
        try:
            with self._locks.released():
                return self._executor.invoke(deployed, invocation)
        except ThrottledError as error:
            raise TooManyRequestsError from error
        except (FunctionArchiveError, PackagesError) as error:
            raise InvalidParameterValueException(error.message) from error


def _make_invocation(
    deployed: DeployedFunction, arn: str, payload: bytes, headers: Mapping[str, str]
) -> Invocation:
    context = headers.get("X-Amz-Client-Context")
    return Invocation(
        request_id=str(uuid.uuid4()),
        payload=payload,
        invoked_arn=arn,
        trace=_trace_header(headers.get("X-Amzn-Trace-Id"), traced=deployed.configuration.traced),
        client_context=base64.b64decode(context).decode() if context else None,
    )


def _check_event(body: Any) -> bytes:
    """Check the event as Lambda does; a call without one gets an empty object."""
    data: bytes = body.encode() if isinstance(body, str) else bytes(body or b"")
    if not data.strip():
        return b"{}"
    try:
        json.loads(data)
    except ValueError as error:
        detail = f"Could not parse request body into json: {error}"
        raise LambdaClientError("InvalidRequestContentException", detail) from error
    return data


def _trace_header(given: str | None, *, traced: bool) -> str:
    """Continue the caller's X-Ray trace, or begin one; sampled when the function has active tracing."""
    if given and "Root=" in given:
        return given
    root = f"1-{int(time.time()):08x}-{secrets.token_hex(12)}"
    return f"Root={root};Parent={secrets.token_hex(8)};Sampled={int(traced)}"


def _find_caller(account: str, access_key: str | None, region: str) -> IamCaller | None:
    if access_key is None:
        return None
    user_id, arn, account_id = sts_backends[account]["aws"].get_caller_identity(access_key, region)
    return IamCaller(access_key=access_key, account=account_id, arn=arn, user_id=user_id)
