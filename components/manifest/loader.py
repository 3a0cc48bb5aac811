"""Reads `services/*/service.toml`: parses each file, checks each declaration, then all of them together."""

from __future__ import annotations

import re
import tomllib
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from components.manifest.checks import check_service, check_services
from components.manifest.document import DeclarationFile
from components.manifest.errors import DeclarationError
from components.manifest.models import ServiceDeclaration
from components.manifest.positions import key_lines
from components.manifest.services import Services
from components.manifest.shape import shape_error

FILE = "service.toml"
_NAME = re.compile(r"[a-z]([a-z0-9-]{0,18}[a-z0-9])?")
_RESERVED = frozenset(
    {
        "alerts",
        "calls",
        "endpoints",
        "governance",
        "grants",
        "idempotency",
        "load-balancer",
        "platform",
        "rotation",
    }
)
_PLACE = re.compile(r"^(?P<what>.*?) \(at (?:line (?P<line>\d+), column \d+|end of document)\)$", re.DOTALL)


def load_services(services_dir: Path) -> Services:
    """Read every declaration below `services_dir`, one folder a service; raises DeclarationError."""
    documents = [_read(path) for path in sorted(services_dir.glob(f"*/{FILE}"))]
    if not documents:
        raise DeclarationError(
            "no service is declared",
            path=services_dir,
            line=None,
            hint=f"add a folder with a {FILE}, such as {services_dir.name}/payments/{FILE}",
        )
    declared = [(document, _service_of(document)) for document in documents]
    check_services(declared)
    lines = {
        (service.name, call.service, call.intent): document.line(("calls", index, "intent"))
        for document, service in declared
        for index, call in enumerate(service.calls)
    }
    services = sorted((service for _, service in declared), key=lambda one: one.name)
    return Services(services=tuple(services), call_lines=lines)


def _read(path: Path) -> DeclarationFile:
    try:
        text = path.read_bytes().decode("utf-8")
        content: dict[str, Any] = tomllib.loads(text)
    except UnicodeDecodeError as error:
        raise DeclarationError(
            "the file is not UTF-8 text", path=path, line=None, hint="save it as UTF-8"
        ) from error
    except tomllib.TOMLDecodeError as error:
        raise _malformed_error(path, text, error) from error
    return DeclarationFile(path=path, content=content, lines=key_lines(text))


def _malformed_error(path: Path, text: str, error: tomllib.TOMLDecodeError) -> DeclarationError:
    found = _PLACE.match(str(error))
    what = found["what"] if found else str(error)
    line = int(found["line"]) if found and found["line"] else len(text.rstrip().splitlines())
    return DeclarationError(
        f"malformed TOML: {what[:1].lower()}{what[1:]}",
        path=path,
        line=max(line, 1),
        hint="correct the syntax, see https://toml.io/en/v1.0.0",
    )


def _service_of(document: DeclarationFile) -> ServiceDeclaration:
    name = document.path.parent.name
    if not _NAME.fullmatch(name):
        raise document.error(
            f"the folder name `{name}` cannot name a service",
            hint="use at most 20 lower case letters, digits and hyphens, a letter first",
        )
    if name in _RESERVED:
        raise document.error(
            f"`{name}` cannot name a service, the platform uses it itself", hint="rename the folder"
        )
    given = {key: value for key, value in document.content.items() if key not in ("name", "path")}
    for key in ("name", "path"):
        if key in document.content:
            raise document.unknown_key((key,), known=())
    if "governed" in given:
        raise document.error(
            "`governed` is no key any more: every declared call is governed",
            at=("governed",),
            hint="remove the line; what a service offers is declared under `[[intents]]`",
        )
    try:
        service = ServiceDeclaration(name=name, path=document.path, **given)
    except ValidationError as error:
        raise shape_error(document, error) from error
    check_service(document, service)
    return service
