"""A deployed project with the examples of docs/gate.md and docs/clients.md."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
from dataclasses import dataclass
from typing import Any

import httpx

from tests.support.documents import gate_examples
from tests.support.documents.clients_example import TOKENS
from tests.support.effort import COSTLY
from tests.support.end_to_end.project import ProjectCopy, until
from tests.support.wire import tokens

SECRET = "sandbox/orbit/client-keys"
PROVEN = """@id("tenants-are-proven")
@reason("a tenant counts only if its client was authenticated")
forbid (principal, action, resource) when { context has tenant && !context.proven };
"""

# Go compiles its own library first, which takes a minute
HAS_GO = COSTLY and shutil.which("go") is not None


@dataclass
class Gated:
    """`before_keys` are Orbit's answers while it has no keys: without a token, with one, and of `/health`."""

    copy: ProjectCopy
    before_keys: tuple[httpx.Response, ...] = ()

    def deploy(self) -> None:
        """Follow both documents; what needs a language that is not here stays away, with what calls it."""
        copy = self.copy
        gate_examples.follow(copy.root)
        TOKENS.follow(copy.root)
        copy.path("policies/calls/rules/tenants-are-proven.cedar").write_text(PROVEN, encoding="utf-8")
        for service in ("axon", "orbit"):
            copy.edit(f"services/{service}/service.toml", "min = 2", "min = 1")
        if shutil.which("node") is None:
            shutil.rmtree(copy.path("services/rates"))
            copy.edit("services/quotes/service.toml", '[[calls]]\nservice = "rates"\nintent = "rate"\n', "")
        if not HAS_GO:
            shutil.rmtree(copy.path("services/stock"))
            copy.edit("services/orbit/service.toml", '[[calls]]\nservice = "stock"\nintent = "count"\n', "")
        else:
            built = ["go", "build", "-o", "services/stock/stock", "services/stock/main.go"]
            environment = os.environ | {"GO111MODULE": "off"}
            subprocess.run(built, cwd=copy.root, check=True, env=environment, timeout=280)
        copy.up()
        self.before_keys = (
            self.dispatch("reason", "axon", authorization=None),
            self.dispatch("reason", "axon"),
            copy.request("GET", "/health"),
        )
        self.publish_keys()
        until(
            lambda: self.dispatch("reason", "axon", payload={"input": "x"}).status_code == 200,
            "keys",
            seconds=30,
        )

    def publish_keys(self, *, also: list[dict[str, Any]] | None = None) -> None:
        """Put the key of `token` into the secret, and these."""
        text = tokens.jwks(tokens.public(), *(also or []))
        self.copy.client("secretsmanager").put_secret_value(SecretId=SECRET, SecretString=text)

    def published(self) -> list[dict[str, Any]]:
        """The keys that are in it."""
        found = self.copy.client("secretsmanager").get_secret_value(SecretId=SECRET)
        keys: list[dict[str, Any]] = json.loads(found["SecretString"])["keys"]
        return keys

    def token(self, **changed: Any) -> str:
        """A token of Orbit's issuer, for the tenant acme unless changed."""
        return tokens.fresh(**changed)

    def dispatch(
        self,
        intent: str,
        target: str,
        *,
        payload: dict[str, Any] | None = None,
        correlation: str = "",
        authorization: str | None = "",
    ) -> httpx.Response:
        """Orbit's answer; with a good token unless `authorization` is None."""
        headers = {"x-correlation-id": correlation} if correlation else {}
        if authorization is not None:
            headers["authorization"] = authorization or f"Bearer {self.token()}"
        body = {"intent": intent, "target": target, "payload": {"item": "x"} if payload is None else payload}
        return self.copy.request("POST", "/dispatch", json=body, headers=headers)
