"""`python -m services.runtime.listing`: says which handlers services have, without starting them.

Standard input is a JSON list of `{"service", "reference", "environment"}`, where the reference is the
`module:name` that `services.runtime.serve` would run. Each is imported in turn, and told on standard output
as one JSON line before the next is imported: one that ends the process, or never comes back, is the first
without a line. What the code itself writes goes to standard error.
"""

from __future__ import annotations

import importlib
import importlib.util
import inspect
import json
import os
import signal
import sys
import traceback
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from services.runtime.errors import ServiceError
from services.runtime.service import Service


def list_handlers(service: str, reference: str, environment: Mapping[str, str]) -> dict[str, Any]:
    """The handlers of one service, or what keeps them from being listed.

    `{"service", "handlers": [{"intent", "path", "line"}]}`; with `problem`, `path`, `line` and `hint` instead
    where the code cannot be imported; with `unknown` instead where it is not made with the kit. `environment`
    is set while it is imported.
    """
    module, _, name = reference.partition(":")
    before = dict(os.environ)
    os.environ.update(environment)
    try:
        found = getattr(importlib.import_module(module), name)
    except KeyboardInterrupt:
        raise
    except BaseException as error:  # noqa: BLE001 - whatever it is, it is that service's
        return {"service": service, **_problem(error, reference)}
    finally:
        os.environ.clear()
        os.environ.update(before)
    if not isinstance(found, Service):
        return {"service": service, "unknown": f"`{reference}` is no Service of the kit"}
    return {
        "service": service,
        "handlers": [
            {"intent": intent, **_place(handler.function)} for intent, handler in found.handlers.items()
        ],
    }


def _place(function: Any) -> dict[str, Any]:
    code = getattr(inspect.unwrap(function), "__code__", None)
    return {"path": code.co_filename, "line": code.co_firstlineno} if code else {"path": None, "line": None}


def _problem(error: BaseException, reference: str) -> dict[str, Any]:
    """What is wrong, and the innermost line of the service's own code that it comes from."""
    hint = "`python -m services.runtime.serve` would fail alike"
    if isinstance(error, SyntaxError):
        return {"problem": f"{error.msg}", "path": error.filename, "line": error.lineno, "hint": hint}
    folder = _folder(reference.partition(":")[0])
    frames = traceback.extract_tb(error.__traceback__)
    own = [frame for frame in frames if folder and Path(frame.filename).is_relative_to(folder)]
    place = {"path": own[-1].filename, "line": own[-1].lineno} if own else {"path": None, "line": None}
    if isinstance(error, ServiceError):
        return {"problem": error.message, "hint": error.hint, **place}
    text = f": {error}" if str(error) else ""
    return {
        "problem": f"`{reference}` cannot be imported: {type(error).__name__}{text}",
        "hint": hint,
        **place,
    }


def _folder(module: str) -> Path | None:
    """Where a module stands; None where there is none of that name."""
    try:
        found = importlib.util.find_spec(module)
    except (ImportError, ValueError, AttributeError):
        return None
    return Path(found.origin).parent if found and found.origin else None


def main() -> None:
    """List all that are asked for."""
    signal.signal(signal.SIGINT, signal.SIG_DFL)
    # the code may write where it likes: our lines have a channel of their own
    with os.fdopen(os.dup(1), "w", encoding="utf-8") as out:
        os.dup2(2, 1)
        for wanted in json.load(sys.stdin):
            out.write(json.dumps(list_handlers(**wanted)) + "\n")
            out.flush()
    # threads that the code has left running do not keep it
    sys.stderr.flush()
    os._exit(0)


if __name__ == "__main__":
    main()
