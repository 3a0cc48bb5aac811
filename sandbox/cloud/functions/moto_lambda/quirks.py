"""Corrects moto 5.2's Lambda where it differs from AWS or needs Docker; one function each, with its reason.

Everything in moto that runs a function ends in `LambdaBackend.invoke` or `LambdaFunction.invoke`: the Invoke
API, secret rotation, SQS, SNS, DynamoDB streams and log subscriptions. Imports moto, so import this module
late.
"""

from __future__ import annotations

import copy
from collections.abc import Callable, Mapping
from typing import Any
from urllib.parse import parse_qs, urlsplit

from moto.awslambda import models
from moto.awslambda.responses import LambdaResponse

from sandbox.cloud.functions.urls.urls import url_of

Invoke = Callable[[Any, str, Any, Mapping[str, str], dict[str, str]], bytes]
"""Runs (function, ARN as called, body, request headers, answer headers to fill in) and returns the payload.
"""

Accept = Callable[[Any], None]
"""Is called with a function whose code was just set; what it raises fails the call."""

_INSTALLED = "_myelin_installed"


def install(invoke: Invoke, endpoint: str, accept: Accept) -> None:
    """Have moto run its functions with `invoke`, and ask `accept` about code; a later call wins."""
    function: Any = models.LambdaFunction
    if not getattr(function, _INSTALLED, False):
        setattr(function, _INSTALLED, True)
        _keep_configuration(function)
        _share_logs(function)
        _read_qualifier(LambdaResponse)
    _run_functions(models.LambdaBackend, function, invoke)
    _look_at_code(function, accept)
    _reach_urls(models.FunctionUrlConfig, endpoint)


def _run_functions(backend: Any, function: Any, invoke: Invoke) -> None:
    """Replace moto's two ways to run a function, which need Docker."""

    def invoke_by_name(
        self: Any, function_name: str, qualifier: str | None, body: Any, headers: Any, response_headers: Any
    ) -> bytes:
        found = self.get_function(function_name, qualifier)
        arn: str = self.get_function(found.function_name).function_arn
        in_name = function_name.partition(":function:")[2] or function_name
        qualifier = in_name.partition(":")[2] or qualifier
        arn = f"{arn}:{qualifier}" if qualifier else arn
        payload = invoke(found, arn, body, headers, response_headers)
        response_headers["Content-Length"] = str(len(payload))
        return payload

    def invoke_found(self: Any, body: Any, request_headers: Any, response_headers: Any) -> bytes:
        return invoke(self, self.function_arn, body, request_headers, response_headers)

    backend.invoke = invoke_by_name
    function.invoke = invoke_found


def _look_at_code(function: Any, accept: Accept) -> None:
    """Call `accept` after a function's code was set; if it refuses, the code is put back."""
    set_code = getattr(function, "_myelin_set_function_code", function._set_function_code)  # noqa: SLF001

    def set_function_code(self: Any, *arguments: Any, **named: Any) -> None:
        before = dict(vars(self))
        set_code(self, *arguments, **named)
        try:
            accept(self)
        except Exception:
            vars(self).clear()
            vars(self).update(before)
            raise

    function._myelin_set_function_code = set_code  # noqa: SLF001
    function._set_function_code = set_function_code  # noqa: SLF001


def _keep_configuration(function: Any) -> None:
    """Keep, change and describe the logging configuration, which moto drops; change tracing and key, too."""
    make, update, describe = function.__init__, function.update_configuration, function.get_configuration

    def init(self: Any, account_id: str, spec: dict[str, Any], region: str, version: Any = 1) -> None:
        self.logging_config = spec.get("LoggingConfig") or {}
        make(self, account_id, spec, region, version)

    def update_configuration(self: Any, config_updates: dict[str, Any]) -> Any:
        self.logging_config = config_updates.get("LoggingConfig", self.logging_config)
        self.tracing_config = config_updates.get("TracingConfig", self.tracing_config)
        self.kms_key_arn = config_updates.get("KMSKeyArn", self.kms_key_arn)
        return update(self, config_updates)

    def get_configuration(self: Any, on_create: bool = False) -> Any:  # noqa: FBT001, FBT002 - moto's own
        configuration = describe(self, on_create)
        defaults = {"LogFormat": "Text", "LogGroup": f"/aws/lambda/{self.function_name}"}
        configuration["LoggingConfig"] = {**defaults, **self.logging_config}
        return configuration

    function.__init__ = init
    function.update_configuration = update_configuration
    function.get_configuration = get_configuration


def _share_logs(function: Any) -> None:
    """Copy a function without copying the log store that it refers to.

    moto copies functions deeply (CreateFunction that publishes, ListFunctions of all versions), and with them
    every log line of the account: half a second for 20,000 lines.
    """

    def deep_copy(self: Any, memo: dict[int, Any]) -> Any:
        made = memo[id(self)] = copy.copy(self)
        memo[id(self.logs_backend)] = self.logs_backend
        vars(made).update({name: copy.deepcopy(value, memo) for name, value in vars(made).items()})
        return made

    function.__deepcopy__ = deep_copy


def _read_qualifier(response: Any) -> None:
    """Read a call's qualifier from its query, and only there.

    moto's Invoke looks for `qualifier` while botocore sends `Qualifier`, so every call would run $LATEST.
    Without the parameter in the query moto takes it from the body, which is the event. It ignores the
    qualifier of a function URL.
    """
    original, create_url = response._get_param, response.create_function_url_config  # noqa: SLF001

    def qualifier_of(self: Any) -> str | None:
        values = parse_qs(urlsplit(self.uri).query).get("Qualifier")
        return values[0] if values else None

    def get_param(self: Any, param_name: str, if_none: Any = None) -> Any:
        if param_name.lower() == "qualifier":
            return qualifier_of(self) or if_none
        return original(self, param_name, if_none)

    def create_function_url_config(self: Any) -> Any:
        answer = create_url(self)
        name = self.path.split("/")[-2]
        self.backend.get_function(name).url_config.qualifier = qualifier_of(self)
        return answer

    response._get_param = get_param  # noqa: SLF001
    response.create_function_url_config = create_function_url_config


def _reach_urls(config_class: Any, endpoint: str) -> None:
    """Give a function URL an address on this machine; moto's is in AWS's domain."""
    make = getattr(config_class, "_myelin_init", config_class.__init__)

    def init(self: Any, function: Any, config: dict[str, Any]) -> None:
        make(self, function, config)
        self.url_id = (urlsplit(self.url).hostname or "").partition(".")[0]
        self.url = url_of(endpoint, self.url_id)
        self.qualifier = None

    config_class._myelin_init = make  # noqa: SLF001
    config_class.__init__ = init
