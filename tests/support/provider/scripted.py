"""Clients whose responses are written down, and a provider on them that waits without time."""

from __future__ import annotations

from typing import Any

from sandbox.engine.provider import Operation, State
from sandbox.provider.api_clients import ApiClients
from sandbox.provider.errors import ApiError
from sandbox.provider.provider import AwsProvider
from sandbox.provider.resource_step import PollingPace
from tests.support.access.keys import ANY_CREDENTIALS

OPERATION = Operation(id="op", urn="urn")


class ScriptedClients(ApiClients):
    """One list of responses for each method; the last response of a list repeats, an exception is raised."""

    def __init__(self, **responses: list[Any]) -> None:
        super().__init__(credentials=ANY_CREDENTIALS, endpoint="http://127.0.0.1:9", region="us-east-1")
        self.responses = {"get_caller_identity": [{"Account": "123456789012"}], **responses}
        self.calls: list[tuple[str, dict[str, Any]]] = []

    @property
    def asked(self) -> list[str]:
        """The methods that were called, in order."""
        return [operation for operation, _ in self.calls]

    def call(self, service: str, operation: str, /, **parameters: Any) -> dict[str, Any]:
        self.calls.append((operation, parameters))
        responses = self.responses.get(operation, [{}])
        response = responses.pop(0) if len(responses) > 1 else responses[0]
        if isinstance(response, Exception):
            raise response
        found: dict[str, Any] = response
        return found


class ScriptedProvider:
    """A provider on scripted clients; waiting only adds to `waited`, five seconds at most."""

    def __init__(self, *, every: float = 1, **responses: list[Any]) -> None:
        self.waited = 0.0
        self.clients = ScriptedClients(**responses)
        pace = PollingPace(clock=lambda: self.waited, sleep=self._sleep, every=every, at_most=5)
        self.provider = AwsProvider(self.clients, pace=pace)

    def _sleep(self, seconds: float) -> None:
        self.waited += seconds

    def create(self, token: str, **inputs: Any) -> State:
        return self.provider.create(OPERATION, token, "thing", inputs)


def refused(code: str) -> ApiError:
    """What a client raises when AWS refuses a call."""
    return ApiError(call="service:Operation", code=code, detail="no")
