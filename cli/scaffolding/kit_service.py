"""The files of a new service on the kit: handlers, their test, a README."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from cli.scaffolding.changes import FileChange
from cli.scaffolding.python_code import call_lines, function_names, quoted
from cli.scaffolding.service_request import NewService


def code_files(service: NewService) -> list[FileChange]:
    """Everything that is the service's alone but its declaration."""
    folder = Path("services", service.name)
    tests = Path("tests", "unit", "services", service.name)
    return [
        FileChange(path=folder / "__init__.py", text=f'"""{service.title}: say here what it is for."""\n'),
        FileChange(path=folder / service.code, text=_text(_app(service))),
        FileChange(path=folder / "README.md", text=_text(_readme(service))),
        FileChange(path=tests / f"test_{service.name}.py", text=_text(_test(service))),
    ]


def _app(service: NewService) -> list[str]:
    lines = [
        f'"""{service.title}: say here what it is for."""',
        "",
        "from __future__ import annotations",
        "",
        "from typing import Any",
        "",
        "from services.runtime import Call, Service",
        "",
        "Payload = dict[str, Any]",
        f"service = Service(title={quoted(service.title)})",
    ]
    for number, (intent, name) in enumerate(function_names(service.intents).items()):
        lines += ["", "", f"@service.intent({quoted(intent)})"]
        lines += [f"async def {name}(call: Call[Payload]) -> Payload:"]
        lines += ['    """Answer who asked, and with what."""']
        asked = service.calls if number == 0 else ()
        for index, call in enumerate(asked):
            lines += call_lines(
                f"answer_{index} = await service.call" if len(asked) > 1 else "answer = await service.call",
                [quoted(call.service), quoted(call.intent), "call.payload"],
                indent=4,
            )
        told = ["answer"] if len(asked) == 1 else [f"answer_{index}" for index in range(len(asked))]
        answers = f', "answers": [{", ".join(told)}]' if told else ""
        lines += [f'    return {{"asked_by": call.caller, "payload": call.payload{answers}}}']
    return lines


def _test(service: NewService) -> list[str]:
    names = function_names(service.intents)
    lines = [
        f'"""What the handlers of {service.title} answer."""',
        "",
        "from __future__ import annotations",
        "",
        *sorted(
            [f"from services.{service.name}.app import service", "from services.runtime.testing import ask"]
        ),
    ]
    if service.calls:
        lines += ["", "OTHERS = {"]
        lines += [
            f'    ({quoted(call.service)}, {quoted(call.intent)}): {{"done": {number}}},'
            for number, call in enumerate(service.calls)
        ]
        lines += ["}"]
    for number, (intent, name) in enumerate(names.items()):
        asks = service.calls if number == 0 else ()
        given = ["service", quoted(intent), '{"value": 1}', 'caller="tester"']
        told = ", ".join(f'{{"done": {index}}}' for index in range(len(asks)))
        lines += ["", "", f"def test_{name}() -> None:"]
        lines += ['    """The answer says who asked, and with what."""']
        lines += call_lines("answered = ask", [*given, *(["answers=OTHERS"] if asks else [])], indent=4)
        lines += ['    assert answered["asked_by"] == "tester"']
        lines += ['    assert answered["payload"] == {"value": 1}']
        lines += [f'    assert answered["answers"] == [{told}]'] if asks else []
    return lines


def _readme(service: NewService) -> list[str]:
    return [
        f"# {service.title}",
        "",
        "Say here what it is for.",
        "",
        "| operation | answer |",
        "|---|---|",
        *(f"| `POST /{intent}` | 200 with who asked, and with what |" for intent in service.intents),
        "| `GET /health` | 200 with the state of its keys; 503 while it stops |",
        "| `GET /openapi.json` | the OpenAPI 3.1 document |",
        "",
        "Its callers declare that they call it; what else they are answered is in "
        "[docs/wire.md](../../docs/wire.md). Settings, logs, image: [services/README.md](../README.md).",
    ]


def _text(lines: Sequence[str]) -> str:
    return "\n".join(lines) + "\n"
