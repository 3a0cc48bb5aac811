"""Whether the handlers of services and the intents that they declare agree.

What handlers a service has, only its code knows: it is imported, in a process of its own, as a task would
import it. A module that ends the process, or never comes back, is told as what it is, and the others are
still listed.
"""

from __future__ import annotations

import difflib
import json
import os
import select
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import IO, Any

from cli.validation.mistake import Mistake, Unchecked
from components.declarations import Runtime, ServiceDeclaration, Services

IMPORT_SECONDS = 30.0
"""How long the code of one service may take to be imported."""
_LISTING = "services.runtime.listing"
_SERVE = "services.runtime.serve"
_INHERITED = ("PATH", "HOME", "LANG", "TMPDIR")
"""What a task has of its machine's variables."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Application:
    """What a service's tasks run: `module:name`, and the variables that its declaration sets."""

    service: str
    reference: str
    environment: Mapping[str, str]


def find_application(service: ServiceDeclaration, command: Sequence[str]) -> Application | Unchecked:
    """What of the kit the command of a service's image runs, as far as it does."""
    if service.runtime is not Runtime.KIT:
        return Unchecked(
            subject=f"handlers of {service.name}",
            reason="behind the gate, nobody compares what the application answers to with `[[intents]]`",
        )
    if _SERVE not in command:
        return Unchecked(subject=f"handlers of {service.name}", reason=f"its image does not run `{_SERVE}`")
    given = [word for word in command[list(command).index(_SERVE) + 1 :] if ":" in word]
    reference = given[0] if given else f"services.{service.name}.app:service"
    return Application(service=service.name, reference=reference, environment=service.environment)


def check_handlers(
    root: Path, services: Services, applications: Sequence[Application], *, seconds: float = IMPORT_SECONDS
) -> Iterator[Mistake | Unchecked]:
    """Where handlers and declarations differ, and code that cannot be imported. `root` is the project."""
    for application, listing in _list(root, applications, seconds):
        service = services.get(application.service)
        if "handlers" in listing:
            yield from _compare(service, listing["handlers"], services)
        elif "unknown" in listing:
            yield Unchecked(subject=f"handlers of {service.name}", reason=listing["unknown"])
        else:
            path = listing.get("path")
            yield Mistake(
                message=listing["problem"],
                hint=listing.get("hint", ""),
                path=Path(path) if path else service.path,
                line=listing.get("line"),
            )


def _compare(
    service: ServiceDeclaration, handlers: Sequence[Mapping[str, Any]], services: Services
) -> Iterator[Mistake]:
    declared = [intent.name for intent in service.intents]
    handled = {str(handler["intent"]): handler for handler in handlers}
    for name in declared:
        if name not in handled:
            near = difflib.get_close_matches(name, set(handled) - set(declared), n=1)
            meant = f"; is `{near[0]}` meant" if near else ""
            yield Mistake(
                message=f"`{service.name}` declares the intent `{name}` and has no handler for it{meant}",
                hint=f'write one under `@service.intent("{name}")`, or remove the declaration',
                path=service.path,
                line=services.intent_lines.get((service.name, name)),
            )
    for name, handler in handled.items():
        if name not in declared:
            yield Mistake(
                message=f"`{service.name}` has a handler for `{name}`, which it does not declare",
                hint=f'declare it in {service.path.name}: `[[intents]]` with `name = "{name}"`',
                path=Path(handler["path"]) if handler["path"] else service.path,
                line=handler["line"],
            )


def _list(
    root: Path, applications: Sequence[Application], seconds: float
) -> Iterator[tuple[Application, dict[str, Any]]]:
    """What each application's listing says; another process goes on after one that has ended."""
    left = list(applications)
    while left:
        for told in _run(root, left, seconds):
            yield left.pop(0), told


def _run(root: Path, applications: Sequence[Application], seconds: float) -> Iterator[dict[str, Any]]:
    """List in one process; the last line tells what became of the process, if it did not tell all."""
    asked = json.dumps([asdict(application) for application in applications])
    kept = {name: os.environ[name] for name in _INHERITED if name in os.environ}
    # the input goes through a file: a process that reads nothing must not make this one wait
    with tempfile.TemporaryFile("w+", encoding="utf-8") as wanted, tempfile.TemporaryFile() as said:
        wanted.write(asked)
        wanted.seek(0)
        process = subprocess.Popen(
            [sys.executable, "-m", _LISTING],
            cwd=root,
            env={**kept, "PYTHONUNBUFFERED": "1"},
            stdin=wanted,
            stdout=subprocess.PIPE,
            stderr=said,
        )
        assert process.stdout is not None  # noqa: S101 - it is a pipe
        try:
            for _ in applications:
                line = _read_line(process.stdout, seconds)
                if not line:
                    yield _failure(process, line, said)
                    return
                yield json.loads(line)
        finally:
            process.kill()
            process.wait()
            process.stdout.close()


def _read_line(stream: IO[bytes], seconds: float) -> bytes | None:
    """The next line; empty at the end, None when none comes in time."""
    if not select.select([stream], [], [], seconds)[0]:
        return None
    return stream.readline()


def _failure(process: subprocess.Popen[bytes], line: bytes | None, said: IO[bytes]) -> dict[str, Any]:
    if line is None:
        return {
            "problem": "its code is still being imported after a while",
            "hint": "a module only defines: do the work in a handler or under `@service.on_start`",
        }
    code = process.wait()
    said.seek(0)
    last = said.read().decode("utf-8", "replace").strip().splitlines()[-1:]
    how = f"exit code {code}" if code >= 0 else f"signal {-code}"
    return {
        "problem": f"importing its code ended the process ({how}){': ' + last[0] if last else ''}",
        "hint": "a module only defines: it may not end the process",
    }
