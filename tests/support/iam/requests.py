"""Requests as the emulator receives them, and a small AWS in which they mean something."""

from __future__ import annotations

import json
from typing import Any
from urllib.parse import urlencode

from sandbox.cloud.authorization.need import Need
from sandbox.cloud.emulator.wsgi import BODY, HEADERS, Environ

REGION, ACCOUNT = "us-east-1", "123456789012"
SECRET = f"arn:aws:secretsmanager:{REGION}:{ACCOUNT}:secret:dev/axon/key-AbCdEf"
KEY = f"arn:aws:kms:{REGION}:{ACCOUNT}:key/1"


def request(
    service: str,
    operation: str = "",
    parameters: Any = None,
    *,
    method: str = "POST",
    path: str = "/",
    headers: dict[str, str] | None = None,
    form: bool = False,
    signed: bool = True,
) -> Environ:
    """A signed request: of a JSON protocol if there is an operation, with a form if `form`, else REST."""
    scope = f"AKIA/20260101/{REGION}/{service}/aws4_request"
    given = {"host": "127.0.0.1:1234", **(headers or {})}
    body = b""
    if form:
        body = urlencode({"Action": operation, **(parameters or {})}).encode()
        given["content-type"] = "application/x-www-form-urlencoded"
    elif operation:
        given["x-amz-target"] = f"Service_1.{operation}"
        body = json.dumps(parameters or {}).encode()
    plain, _, query = path.partition("?")
    environ: Environ = {
        "REQUEST_METHOD": method,
        "PATH_INFO": plain,
        "RAW_URI": path,
        "QUERY_STRING": query,
        BODY: body,
    }
    if signed:
        given["authorization"] = (
            f"AWS4-HMAC-SHA256 Credential={scope}, SignedHeaders=host, Signature={'0' * 64}"
        )
        given["x-amz-date"] = "20260101T000000Z"
    for name, value in given.items():
        environ["CONTENT_TYPE" if name == "content-type" else f"HTTP_{name.upper().replace('-', '_')}"] = (
            value
        )
    environ[HEADERS] = tuple(given.items())
    return environ


class SmallAws:
    """One secret and one table, each under a key."""

    region = REGION
    account = ACCOUNT

    def secret(self, name: str) -> str | None:
        return SECRET if name in (SECRET, "dev/axon/key") else None

    def secret_key(self, arn: str) -> str | None:
        return KEY if arn == SECRET else None

    def secret_version(self, _arn: str) -> str:
        return "v1"

    def key(self, name: str) -> str | None:
        return KEY if name in (KEY, "1", "alias/one") else None

    def key_of_ciphertext(self, blob: str) -> str | None:
        return KEY if blob == "sealed" else None

    def table_key(self, name: str) -> str | None:
        return KEY if name == "sealed" else None

    def partition_key(self, _table: str) -> str | None:
        return "pk"


def told(needs: tuple[Need, ...]) -> list[str]:
    """Needs as short lines: action, resource without its account, keys."""
    return [
        " ".join(
            [
                need.action,
                (need.resource or "?").replace(f"{REGION}:{ACCOUNT}:", ""),
                *(["(nothing there)"] if need.nothing_there else []),
                *(f"{key}={value}" for key, value in sorted(need.keys.items())),
            ]
        )
        for need in needs
    ]
