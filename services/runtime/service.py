"""A service: handlers by intent, and all that a service needs besides, without a line.

    service = Service()

    @service.intent("credit")
    async def credit(call: Call[CreditRequest]) -> Balance: ...

What it may be asked, whom it may call, its keys and its secrets come from its declaration, through the
environment of its task. `python -m services.runtime.serve` runs `services.<name>.app:service`.
"""

from __future__ import annotations

import json
import os
from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import Any, TypeVar

from starlette.applications import Starlette
from starlette.routing import Route

from services.runtime import operations
from services.runtime.application import Hook, assemble
from services.runtime.calls.caller import ServiceCaller
from services.runtime.errors import HandlerError, IntentMismatchError, ServiceSettingsError
from services.runtime.intents.attributes import ambiguous
from services.runtime.intents.door import Endpoint, at_the_door
from services.runtime.intents.handler import Function, Handler, read_handler
from services.runtime.parts import Edges, ServiceParts
from services.runtime.requests import openapi
from services.runtime.requests.admission import Intent
from services.runtime.settings import RuntimeSettings, SettingsT, read_settings
from services.runtime.telemetry import logs
from services.runtime.telemetry.metrics import Metrics

FunctionT = TypeVar("FunctionT", bound=Function)


class Service:
    """One service; made when its module is imported, composed by `build` when its process starts."""

    def __init__(self, *, title: str = "", description: str = "") -> None:
        """`title` and `description` head its OpenAPI document; by default the service's name does."""
        self._title = title
        self._description = description
        self._handlers: dict[str, Handler] = {}
        self._routes: list[tuple[openapi.ApiOperation, Endpoint]] = []
        self._starting: list[Hook] = []
        self._parts: ServiceParts | None = None
        self._environ: Mapping[str, str] = {}
        self._settings: dict[type[RuntimeSettings], RuntimeSettings] = {}

    def intent(self, name: str) -> Callable[[FunctionT], FunctionT]:
        """Have the decorated function do an intent that the service declares. Raises HandlerError."""

        def register(function: FunctionT) -> FunctionT:
            handler = read_handler(name, function)
            if name in self._handlers:
                raise HandlerError(
                    handler.name, f"is for `{name}`, which `{self._handlers[name].name}` does already"
                )
            self._handlers[name] = handler
            return function

        return register

    def route(self, operation: openapi.ApiOperation) -> Callable[[Endpoint], Endpoint]:
        """Have the decorated function serve a path of the clients' door, which `[ingress]` declares."""

        def register(endpoint: Endpoint) -> Endpoint:
            self._routes.append((operation, endpoint))
            return endpoint

        return register

    def on_start(self, hook: Hook) -> Hook:
        """Have the decorated function run before the service is ready."""
        self._starting.append(hook)
        return hook

    def settings(self, model: type[SettingsT]) -> SettingsT:
        """The settings of this process as `model` reads them; only once it is composed."""
        found = self._settings.get(model)
        if not isinstance(found, model):
            found = self._settings[model] = read_settings(model, self._environ)
        return found

    @property
    def handlers(self) -> Mapping[str, Handler]:
        """The handlers that are registered so far, by intent."""
        return MappingProxyType(self._handlers)

    @property
    def metrics(self) -> Metrics:
        """Writes metrics of this service."""
        return self._composed.metrics

    @property
    def instance(self) -> str:
        """The random id of this process."""
        return self._composed.lifecycle.instance

    @property
    def caller(self) -> ServiceCaller:
        """Makes the declared calls, with the decision and the times of each."""
        return self._composed.caller

    async def call(
        self,
        service: str,
        intent: str,
        payload: Any,
        *,
        tenant: str | None = None,
        context: Mapping[str, Any] | None = None,
        idempotency_key: str | None = None,
        seconds: float | None = None,
    ) -> Any:
        """The JSON value that another service answers, on behalf of the request that is being served.

        Tenant, claims, correlation, trace and what is left of the deadline go along; `tenant` and `context`
        are others in their place. What comes of a route, which is the clients' door, is unproven, but for
        tenant and claims of a client that the service authenticates. `seconds`
        is the most that it may take. Raises CallDeniedError, CallNotDeclaredError, PayloadError, or a
        TargetError; a handler may let each of them pass: it becomes the fitting answer.
        """
        return await self._composed.call(
            service,
            intent,
            payload,
            tenant=tenant,
            context=context,
            idempotency_key=idempotency_key,
            seconds=seconds,
        )

    def build(self, environ: Mapping[str, str] | None = None, *, edges: Edges | None = None) -> Starlette:
        """The ASGI application, as the environment says. Raises ServiceError; changes nothing outside.

        `edges` are what it reaches AWS and other services through: those of the environment unless given.
        """
        self._environ = os.environ if environ is None else environ
        self._settings.clear()
        settings = self.settings(RuntimeSettings)
        logs.configure(service=settings.service, level=settings.log_level, version=settings.version)
        if settings.intents and not settings.grant_keys:
            raise ServiceSettingsError("GRANT_KEYS", "is not set, and the service offers intents")
        parts = ServiceParts.of(settings, edges or Edges.of(settings))
        self._parts = parts
        return assemble(
            parts,
            document=self._document(settings),
            routes=[
                Route(
                    operation.path,
                    at_the_door(endpoint, parts.clients, limit_seconds=settings.request_seconds),
                    methods=[operation.method.upper()],
                )
                for operation, endpoint in self._routes
            ],
            intents=self._offered(settings),
            starting=self._starting,
        )

    @property
    def _composed(self) -> ServiceParts:
        if self._parts is None:
            raise RuntimeError("the service is not composed yet: its process has not started")
        return self._parts

    def _offered(self, settings: RuntimeSettings) -> dict[str, tuple[Intent, Handler]]:
        """The declared intents with their handlers. Raises IntentMismatchError when they differ, and
        HandlerError for a handler that may read something else than what was decided about.
        """
        declared = {intent.name: intent for intent in settings.intents}
        if set(declared) != set(self._handlers):
            raise IntentMismatchError(
                settings.service,
                without_handler=sorted(set(declared) - set(self._handlers)),
                undeclared=sorted(set(self._handlers) - set(declared)),
            )
        for name, intent in declared.items():
            handler = self._handlers[name]
            for attribute, other in ambiguous(handler.payload_type, intent.attributes):
                raise HandlerError(
                    handler.name,
                    f"reads `{attribute}`, which policies look at, from `{other}` as well: a request could "
                    "show them different values",
                )
        return {
            name: (
                Intent(name=name, safe_to_repeat=intent.safe_to_repeat, attributes=intent.attributes),
                self._handlers[name],
            )
            for name, intent in declared.items()
        }

    def _document(self, settings: RuntimeSettings) -> str:
        return json.dumps(
            openapi.document(
                title=self._title or settings.service,
                version=settings.version,
                description=self._description,
                operations=[
                    *(operations.of_handler(handler) for handler in self._handlers.values()),
                    *(operations.of_authenticated(operation, settings) for operation, _ in self._routes),
                    operations.HEALTH,
                ],
            )
        )
