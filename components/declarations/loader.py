"""Reads `services/*/service.toml`: parses each file, checks each declaration, then all of them together."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from components.declarations.checks import Declared, contradictions, service_errors
from components.declarations.declaration import ServiceDeclaration
from components.declarations.document import DeclarationFile
from components.declarations.errors import DeclarationError
from components.declarations.positions import key_lines
from components.declarations.rotation import with_tables
from components.declarations.services import Services
from components.declarations.shape import shape_errors

FILE = "service.toml"
_NAME = re.compile(r"[a-z]([a-z0-9-]{0,18}[a-z0-9])?")
NAME_FORM = "at most 20 lower case letters, digits and hyphens, a letter first"
RESERVED_NAMES = frozenset(
    {
        "alerts",
        "calls",
        "ecs-hooks",
        "ecs-load-balancer",
        "endpoints",
        "every-service",
        "gate",
        "governance",
        "grants",
        "idempotency",
        "load-balancer",
        "platform",
        "releases",
        "rollout",
        "rotation",
    }
)
"""Names that the platform uses itself."""
_PLACE = re.compile(r"^(?P<what>.*?) \(at (?:line (?P<line>\d+), column \d+|end of document)\)$", re.DOTALL)


@dataclass(frozen=True, slots=True, kw_only=True)
class InspectedServices:
    """All declarations of a folder: the services whose own file is right, and everything that is wrong."""

    services: Services
    errors: tuple[DeclarationError, ...]


def load_services(services_dir: Path) -> Services:
    """Read every declaration below `services_dir`, one folder a service; raises DeclarationError."""
    found = inspect_services(services_dir)
    if found.errors:
        raise found.errors[0]
    return found.services


def inspect_services(services_dir: Path) -> InspectedServices:
    """Read every declaration, and find everything that is wrong with them: file by file, then between files.

    Nothing is said of what a file's own errors make doubtful, such as calls of a service that cannot be read.
    """
    declared: list[Declared] = []
    errors: list[DeclarationError] = []
    unread: set[str] = set()
    paths = sorted(services_dir.glob(f"*/{FILE}"))
    for path in paths:
        document, service, wrong = _inspect(path)
        errors += wrong
        if document is None or service is None:
            unread.add(path.parent.name)
        else:
            declared.append((document, service))
    if not paths:
        errors.append(
            DeclarationError(
                "no service is declared",
                path=services_dir,
                line=None,
                hint=f"add a folder with a {FILE}, such as {services_dir.name}/payments/{FILE}",
            )
        )
    errors += contradictions(declared, unread=unread)
    return InspectedServices(services=_together(declared), errors=tuple(errors))


def _together(declared: Sequence[Declared]) -> Services:
    """All services by name, with the places of calls and intents."""
    return Services(
        services=tuple(sorted((service for _, service in declared), key=lambda one: one.name)),
        call_lines={
            (service.name, call.service, call.intent): document.line(("calls", index, "intent"))
            for document, service in declared
            for index, call in enumerate(service.calls)
        },
        intent_lines={
            (service.name, intent.name): document.line(("intents", index, "name"))
            for document, service in declared
            for index, intent in enumerate(service.intents)
        },
    )


def _inspect(path: Path) -> tuple[DeclarationFile | None, ServiceDeclaration | None, list[DeclarationError]]:
    """One file: its document and its service, as far as they can be read, and what is wrong."""
    try:
        document = _read(path)
    except DeclarationError as error:
        return None, None, [error]
    wrong = list(_naming_errors(document))
    if wrong:
        return document, None, wrong
    try:
        service = ServiceDeclaration(name=path.parent.name, path=path, **with_tables(document.content))
    except ValidationError as error:
        return document, None, shape_errors(document, error)
    return document, service, list(service_errors(document, service))


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


def _naming_errors(document: DeclarationFile) -> Iterator[DeclarationError]:
    """What is wrong with the folder's name, and keys that the folder or the platform gives."""
    name = document.path.parent.name
    if not _NAME.fullmatch(name):
        yield document.error(f"the folder name `{name}` cannot name a service", hint=f"use {NAME_FORM}")
    elif name in RESERVED_NAMES:
        yield document.error(
            f"`{name}` cannot name a service, the platform uses it itself", hint="rename the folder"
        )
    for key in ("name", "path"):
        if key in document.content:
            yield document.unknown_key((key,), known=())
    if "governed" in document.content:
        yield document.error(
            "`governed` is no key any more: every declared call is governed",
            at=("governed",),
            hint="remove the line; what a service offers is declared under `[[intents]]`",
        )


def can_name_service(name: str) -> bool:
    """Whether a folder of this name can be a service."""
    return _NAME.fullmatch(name) is not None and name not in RESERVED_NAMES
