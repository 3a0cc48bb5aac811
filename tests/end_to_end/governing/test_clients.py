"""Clients with tokens at Orbit's door, in a sandbox: the example of docs/clients.md. ZTN-1"""

from __future__ import annotations

import json
import os
import shlex
import subprocess
import sys
from typing import Any

import httpx
import pytest

from tests.support.documents.clients_example import TOKENS
from tests.support.end_to_end.gated import Gated
from tests.support.end_to_end.project import until
from tests.support.wire import tokens

pytestmark = [pytest.mark.sandbox, pytest.mark.xdist_group("gated")]


def ask(gated: Gated, token: str | None, **body: Any) -> httpx.Response:
    headers = {} if token is None else {"authorization": f"Bearer {token}"}
    asked = {"intent": "reason", "target": "axon", **body}
    return gated.copy.request("POST", "/dispatch", json=asked, headers=headers)


def test_nobody_is_let_in_before_there_are_keys(gated: Gated) -> None:
    """The deployed secret holds no key set yet: 503 for a token, 401 without one, and `/health` answers."""
    without, with_token, health = gated.before_keys
    assert (without.status_code, without.headers["www-authenticate"]) == (401, 'Bearer realm="myelin"')
    assert (with_token.status_code, with_token.headers["retry-after"]) == (503, "1")
    assert with_token.json()["type"] == "urn:myelin:problem:client-keys-unavailable"
    assert (health.status_code, health.json()["status"]) == (200, "degraded")


def test_a_token_proves_the_tenant(gated: Gated) -> None:
    """A policy that forbids unproven tenants lets it pass, and the callee's log names the token's tenant."""
    answer = ask(gated, gated.token(tenant="proven-inc"), payload={"input": "why"})
    assert answer.status_code == 200, answer.text
    lines = gated.copy.logs(answer.headers["x-correlation-id"], "call admitted")
    assert {line["tenant"] for line in lines if line["message"] == "call admitted"} == {"proven-inc"}
    assert not any(gated.token(tenant="proven-inc") in json.dumps(line) for line in lines)


def test_what_is_not_the_issuer_s_is_refused(gated: Gated) -> None:
    """401 with the challenge; a body that says another tenant than the token is 400."""
    refused = [
        ask(gated, gated.token(exp=1)),
        ask(gated, gated.token(aud="axon")),
        ask(gated, gated.token(iss="https://other.example")),
        ask(gated, tokens.token(tokens.claims(), name="one")),
        ask(gated, "none"),
    ]
    assert {answer.status_code for answer in refused} == {401}
    assert {answer.headers["www-authenticate"] for answer in refused} == {
        'Bearer realm="myelin", error="invalid_token"'
    }
    assert ask(gated, gated.token(), tenant="another").status_code == 400


@pytest.mark.costly("a key that is not known is looked for once in ten seconds")
def test_the_page_works_as_it_is_written(gated: Gated) -> None:
    """Its issuer publishes a key, which is found without a restart, and its commands say what is shown."""
    found = gated.copy.myelin("sandbox", "env").document["variables"]
    issued = subprocess.run(
        [sys.executable, "-c", TOKENS.block("python")],
        env={"PATH": os.environ["PATH"], **found},
        capture_output=True,
        text=True,
        check=False,
    )
    assert issued.returncode == 0, issued.stderr
    token = issued.stdout.strip()
    # both issuers' keys, as when an issuer changes its own
    gated.publish_keys(also=gated.published())
    until(lambda: ask(gated, token, payload={"input": "x"}).status_code == 200, "the new key", seconds=30)
    for command, said in TOKENS.conversation():
        arguments = shlex.split(command.replace("$TOKEN", token))
        shown = gated.copy.myelin(*arguments, "--target", "axon", json=False, check=False)
        assert shown.stdout.splitlines()[0] == said
    assert ask(gated, gated.token()).status_code == 200
