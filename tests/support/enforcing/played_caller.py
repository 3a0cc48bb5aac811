"""Plays a service over real HTTP, with all that its task may read, and whatever it should not do with it."""

from __future__ import annotations

import json
import uuid
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import Any

import httpx

from services.runtime.requests.admission import spelled_context
from services.runtime.signing.sign import SigningKey, sign
from tests.support.end_to_end.project import REGION, ProjectCopy
from tests.support.enforcing.declarations import Declarations, Edge

Question = dict[str, Any]
"""As the governance function takes it."""


@dataclass(frozen=True, kw_only=True)
class Wanted:
    """A call, as its caller means it."""

    caller: str
    callee: str
    intent: str
    tenant: str | None = None
    payload: Any = field(default_factory=dict)
    context: Mapping[str, Any] = field(default_factory=dict)
    unproven: bool = False

    @property
    def edge(self) -> Edge:
        return (self.caller, self.callee, self.intent)

    def question(self, declared: Declarations) -> Question:
        """What a decision about it looks at, by docs/wire.md."""
        question: Question = {"service": self.caller, "intent": self.intent, "target": self.callee}
        if self.tenant is not None:
            question["tenant"] = self.tenant
        if self.unproven:
            question["unproven"] = True
        if names := declared.attributes(self.edge):
            given = {**self.context, **(self.payload if isinstance(self.payload, dict) else {})}
            question["context"] = {name: given[name] for name in names if name in given}
        return question


@dataclass(frozen=True, kw_only=True)
class Prepared:
    """A signed request: it may be sent as often and wherever one likes."""

    intent: str
    headers: Mapping[str, str]
    body: bytes

    @property
    def correlation_id(self) -> str:
        return self.headers["x-correlation-id"]

    def but(self, **changes: str | None) -> Prepared:
        """With other headers, names with underscores for hyphens; None takes one away."""
        named = {name.replace("_", "-"): value for name, value in changes.items()}
        headers = {**self.headers, **named}
        return replace(self, headers={name: value for name, value in headers.items() if value is not None})


class PlayedCallers:
    """The callers of a deployed project. Its services have to be those of `declared`."""

    def __init__(self, project: ProjectCopy, declared: Declarations) -> None:
        self.project = project
        self.declared = declared
        self._http = httpx.Client(trust_env=False, timeout=30)

    @cached_property
    def keys(self) -> dict[tuple[str, str], SigningKey]:
        """The signing key of each caller and callee, by the secret that both may read."""
        found = {}
        for caller, callee in self.declared.edges():
            arn = self.project.platform.signing_secret_arns[f"{caller}-{callee}"]
            secret = self.project.client("secretsmanager").get_secret_value(SecretId=arn)
            found[caller, callee] = SigningKey(
                caller=caller, version=secret["VersionId"], secret=secret["SecretString"]
            )
        return found

    @cached_property
    def ports(self) -> dict[str, list[int]]:
        """Where the instances of each service listen."""
        return {
            item["name"]: sorted(task["port"] for task in item["tasks"] if task["health"] == "HEALTHY")
            for item in self.project.status()["services"]
        }

    def forget(self) -> None:
        """Look again for keys and ports, after another deployment."""
        for name in ("keys", "ports"):
            self.__dict__.pop(name, None)

    def ask(self, question: Question, *, alias: str | None) -> dict[str, Any]:
        """Governance's answer; `alias` None asks by no name."""
        qualifier = {} if alias is None else {"Qualifier": f"caller-{alias}"}
        answer = self.project.client("lambda").invoke(
            FunctionName=self.project.platform.governance_function_name,
            Payload=json.dumps(question),
            **qualifier,
        )
        document: dict[str, Any] = json.load(answer["Payload"])
        return document

    def grant(self, wanted: Wanted) -> str:
        """A grant that the caller is given for this call."""
        answer = self.ask(wanted.question(self.declared), alias=wanted.caller)
        assert answer["allowed"], answer
        return str(answer["grant"])

    def prepare(self, wanted: Wanted, token: str | None, *, key: SigningKey | None = None) -> Prepared:
        """The request as it is signed: by the caller's own key unless another is given."""
        said: dict[str, str | None] = {
            "content-type": "application/json",
            "x-correlation-id": f"played-{uuid.uuid4().hex}",
            "idempotency-key": uuid.uuid4().hex,
            "x-myelin-grant": token,
            "x-myelin-tenant": wanted.tenant,
            "x-myelin-context": spelled_context(wanted.context) if wanted.context else None,
            "x-myelin-unproven": "1" if wanted.unproven else None,
        }
        body = json.dumps(wanted.payload).encode()
        headers = sign(
            method="POST",
            url=f"http://{wanted.callee}.test/{wanted.intent}",
            headers={name: value for name, value in said.items() if value is not None},
            body=body,
            key=key or self.keys[wanted.caller, wanted.callee],
            region=REGION,
        )
        return Prepared(intent=wanted.intent, headers=headers, body=body)

    def send(self, prepared: Prepared, callee: str, *, instance: int = 0) -> httpx.Response:
        """Send it to one instance of a service, straight to the port of its task."""
        url = f"http://127.0.0.1:{self.ports[callee][instance]}/{prepared.intent}"
        return self._http.post(url, content=prepared.body, headers=dict(prepared.headers))

    def call(self, wanted: Wanted, **how: Any) -> httpx.Response:
        """Do it as it is meant to be done."""
        return self.send(self.prepare(wanted, self.grant(wanted)), wanted.callee, **how)

    def lines(self) -> list[dict[str, Any]]:
        """All that the services' processes have logged so far. Lines of one process arrive in their order, so
        each process is asked for what is not there, and its line waited for.
        """
        asked = set()
        for ports in self.ports.values():
            for port in ports:
                name = f"last-{uuid.uuid4().hex}"
                self._http.get(f"http://127.0.0.1:{port}/nowhere", headers={"x-correlation-id": name})
                asked.add(name)
        return self.project.lines_until(asked)
