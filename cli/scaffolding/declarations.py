"""What a new service changes in files that are there, and its own declaration."""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from pathlib import Path

from cli.scaffolding.changes import FileChange, read_text
from cli.scaffolding.service_request import NewCall, NewService
from components.declarations import Services, Tier

SERVE = "services.runtime.serve"
_FIRST_PORT = 8080


def declaration(service: NewService, services: Services) -> FileChange:
    """Its `service.toml`: the next free port; isolated, unless it calls a service that is not."""
    taken = {each.port for each in services.services}
    port = next(port for port in range(_FIRST_PORT, 49152) if port not in taken)
    tiers = {services.get(call.service).tier for call in service.calls}
    lines = [
        f'description = "{service.title}: say here what it is for"',
        *(['runtime = "gate"'] if service.gate else []),
        f'tier = "{Tier.ISOLATED if tiers <= {Tier.ISOLATED} else Tier.PRIVATE}"',
        f"port = {port}",
        "cpu = 256",
        "memory = 512",
    ]
    for intent in service.intents:
        lines += [
            "",
            "[[intents]]",
            f'name = "{intent}"',
            "# true where asking twice does no more than asking once; else what was done is recorded",
            "safe_to_repeat = false",
        ]
    lines += _call_lines(service.calls)
    path = Path("services", service.name, "service.toml")
    return FileChange(path=path, text="\n".join(lines) + "\n")


def edits(root: Path, service: NewService, actions: Iterable[str]) -> list[FileChange]:
    """The image table, the callers' declarations, and the schema for intents that are no `actions` yet."""
    offered = [NewCall(service=service.name, intent=intent) for intent in service.intents]
    changes = [_append(root, Path("services", "images.toml"), _image_lines(service))]
    changes += [
        _append(root, Path("services", caller, "service.toml"), _call_lines(offered))
        for caller in service.callers
    ]
    unknown = [intent for intent in service.intents if intent not in set(actions)]
    if unknown:
        path = Path("policies", "calls", "rules", "schema.cedarschema")
        changes.append(_append(root, path, _action_lines(unknown)))
    return changes


def _image_lines(service: NewService) -> list[str]:
    port = ["--host", "127.0.0.1", "--port", "{port}"]
    command = ["{python}", "-m"]
    if service.gate:
        # a program like any other: it is not told apart from what is not Python
        command += ["uvicorn", "--app-dir", f"services/{service.name}", *port, "main:app"]
    else:
        command += [SERVE, f"services.{service.name}.app:service", *port]
    return [
        "",
        "[[image]]",
        f'repository = "{service.name}"',
        'tag = "*"',
        f"command = {json.dumps(command)}",
        'environment = { PYTHONUNBUFFERED = "1" }',
    ]


def _call_lines(calls: Sequence[NewCall]) -> list[str]:
    lines = []
    for call in calls:
        lines += ["", "[[calls]]", f'service = "{call.service}"', f'intent = "{call.intent}"']
    return lines


def _action_lines(intents: Sequence[str]) -> list[str]:
    names = ", ".join(json.dumps(intent) for intent in intents)
    return [
        "",
        f"action {names} appliesTo {{",
        "  principal: Service,",
        "  resource: Service,",
        "  context: Context,",
        "};",
    ]


def _append(root: Path, path: Path, lines: Sequence[str]) -> FileChange:
    """Lines at the end of a file, with the line ends that it has."""
    before = read_text(root / path)
    end = "\r\n" if "\r\n" in before else "\n"
    gap = "" if not before or before.endswith("\n") else end
    return FileChange(path=path, text=before + gap + "".join(line + end for line in lines), before=before)
