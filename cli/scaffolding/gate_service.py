"""The files of a new service behind the gate: an application in FastAPI, its test, a README."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from cli.scaffolding.changes import FileChange
from cli.scaffolding.python_code import call_lines, function_names, quoted
from cli.scaffolding.service_request import NewCall, NewService


def code_files(service: NewService) -> list[FileChange]:
    """Everything that is the service's alone but its declaration."""
    folder = Path("services", service.name)
    tests = Path("tests", "unit", "services", service.name)
    return [
        FileChange(path=folder / "__init__.py", text=f'"""{service.title}: say here what it is for."""\n'),
        FileChange(path=folder / service.code, text=_text(_application(service))),
        FileChange(path=folder / "README.md", text=_text(_readme(service))),
        FileChange(path=tests / f"test_{service.name}.py", text=_text(_test(service))),
    ]


def _application(service: NewService) -> list[str]:
    calls = bool(service.calls)
    imported = ["Depends", "FastAPI", "Header", "HTTPException", *(["Request", "Response"] if calls else [])]
    lines = [
        f'"""{service.title}: say here what it is for. The gate stands before it, docs/gate.md."""',
        "",
        "from __future__ import annotations",
        "",
        "import hmac",
        "import os",
        "from typing import Annotated, Any",
        "",
        *(["import httpx"] if calls else []),
        f"from fastapi import {', '.join(imported)}",
        "",
        "Payload = dict[str, Any]",
        "Given = Annotated[str, Header()]",
        'TOKEN = os.environ.get("GATE_TOKEN", "")',
    ]
    if calls:
        lines += [
            'gate = httpx.AsyncClient(base_url=os.environ.get("GATE_URL", ""), trust_env=False, timeout=30)'
        ]
    lines += [
        "",
        "",
        'def from_gate(x_myelin_gate_token: Given = "") -> None:',
        '    """Refuse what does not come from the gate, which alone knows who calls."""',
        "    if not TOKEN or not hmac.compare_digest(x_myelin_gate_token.encode(), TOKEN.encode()):",
        "        raise HTTPException(403)",
        "",
        "",
        f"app = FastAPI(title={quoted(service.title)}, dependencies=[Depends(from_gate)])",
        "",
        "",
        '@app.get("/health")',
        "async def is_well() -> str:",
        '    """Tell the gate that it can have requests."""',
        '    return "ok"',
        *(_CALLING if calls else []),
    ]
    for number, (intent, name) in enumerate(function_names(service.intents).items()):
        lines += ["", "", *_handler(intent, name, service.calls if number == 0 else ())]
    return lines


_CALLING = [
    "",
    "",
    "async def call(service: str, intent: str, payload: Payload, request: str) -> Any:",
    '    """What another service answers, asked on behalf of the request of that name."""',
    '    headers = {"x-myelin-gate-token": TOKEN, "x-myelin-request": request}',
    '    answer = await gate.post(f"/call/{service}/{intent}", json=payload, headers=headers)',
    "    return answer.raise_for_status().json()",
    "",
    "",
    "@app.exception_handler(httpx.HTTPStatusError)",
    "async def pass_on(_: Request, error: httpx.HTTPStatusError) -> Response:",
    '    """Answer as the gate did, so that a denial is told as one."""',
    '    return Response(error.response.content, error.response.status_code, media_type="application/json")',
]


def _handler(intent: str, name: str, calls: Sequence[NewCall]) -> list[str]:
    given = ["payload: Payload", "x_myelin_caller: Given", *(["x_myelin_request: Given"] if calls else [])]
    lines = [
        f"@app.post({quoted(f'/{intent}')})",
        *call_lines(f"async def {name}", given, indent=0, end=" -> Payload:"),
    ]
    lines += ['    """Answer who asked, and with what."""']
    for index, call in enumerate(calls):
        lines += call_lines(
            f"{_answer(index, calls)} = await call",
            [quoted(call.service), quoted(call.intent), "payload", "x_myelin_request"],
            indent=4,
        )
    told = ", ".join(_answer(index, calls) for index in range(len(calls)))
    answers = f', "answers": [{told}]' if calls else ""
    return [*lines, f'    return {{"asked_by": x_myelin_caller, "payload": payload{answers}}}']


def _answer(index: int, calls: Sequence[NewCall]) -> str:
    return f"answer_{index}" if len(calls) > 1 else "answer"


def _test(service: NewService) -> list[str]:
    lines = [
        f'"""What the application of {service.title} answers."""',
        "",
        "from __future__ import annotations",
        "",
        "import asyncio",
        "",
        "import httpx",
        "import pytest",
        "",
        f"from services.{service.name} import main",
        "",
        'GIVEN = {"x-myelin-gate-token": "token", "x-myelin-request": "1", "x-myelin-caller": "tester"}',
        "",
        "",
        "@pytest.fixture(autouse=True)",
        "def gate(monkeypatch: pytest.MonkeyPatch) -> None:",
        f'    """A gate with this token{", that has an answer to each call" if service.calls else ""}."""',
        '    monkeypatch.setattr(main, "TOKEN", GIVEN["x-myelin-gate-token"])',
    ]
    if service.calls:
        lines += [
            "    others = httpx.MockTransport(lambda asked: httpx.Response(200, json=asked.url.path))",
            '    client = httpx.AsyncClient(base_url="http://gate", transport=others)',
            '    monkeypatch.setattr(main, "gate", client)',
        ]
    lines += _ASKING
    for number, (intent, name) in enumerate(function_names(service.intents).items()):
        asks = service.calls if number == 0 else ()
        path = quoted(f"/{intent}")
        lines += ["", "", f"def test_{name}() -> None:"]
        lines += [
            '    """The answer says who asked, and with what; without the gate\'s token there is none."""'
        ]
        lines += call_lines("answered = ask", [path, "GIVEN"], indent=4)
        lines += ['    assert answered.json()["asked_by"] == "tester"']
        lines += ['    assert answered.json()["payload"] == {"value": 1}']
        if asks:
            told = [quoted(f"/call/{call.service}/{call.intent}") for call in asks]
            lines += [
                '    assert answered.json()["answers"] == [',
                *(f"        {each}," for each in told),
                "    ]",
            ]
        lines += call_lines("refused = ask", [path, "{}"], indent=4)
        lines += ["    assert refused.status_code == 403"]
    return lines


_ASKING = [
    "",
    "",
    "def ask(path: str, headers: dict[str, str]) -> httpx.Response:",
    '    """What the application answers."""',
    "",
    "    async def post() -> httpx.Response:",
    "        application = httpx.ASGITransport(app=main.app)",
    '        async with httpx.AsyncClient(transport=application, base_url="http://application") as client:',
    '            return await client.post(path, json={"value": 1}, headers=headers)',
    "",
    "    return asyncio.run(post())",
]


def _readme(service: NewService) -> list[str]:
    return [
        f"# {service.title}",
        "",
        "Say here what it is for.",
        "",
        "An application in FastAPI behind the gate, which admits the calls of services that declare them",
        "and makes this one's own. [docs/gate.md](../../docs/gate.md) has what it gets, and what becomes of",
        "its answers.",
        "",
        "| operation | answer |",
        "|---|---|",
        *(f"| `POST /{intent}` | 200 with who asked, and with what |" for intent in service.intents),
        "| `GET /health` | 200; the gate is healthy only while this is |",
        "",
        "In the sandbox it runs as [images.toml](../images.toml) says. For AWS it needs an image of its own",
        f"that listens on `PORT`, in the repository `<environment>/{service.name}`: `services/Dockerfile`",
        "makes those of the kit.",
    ]


def _text(lines: Sequence[str]) -> str:
    return "\n".join(lines) + "\n"
