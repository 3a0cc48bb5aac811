"""Python source as this project has it: names that may be used, and calls that break where they should."""

from __future__ import annotations

import builtins
import keyword
from collections.abc import Iterable, Sequence

LINE_LENGTH = 110
_KIT = {"service", "Any", "Call", "Service", "Payload", "ask", "annotations"}
_FASTAPI = {
    "Annotated",
    "Depends",
    "FastAPI",
    "Given",
    "HTTPException",
    "Header",
    "Request",
    "Response",
    "TOKEN",
}
_GATE = {"app", "call", "client", "from_gate", "gate", "hmac", "httpx", "is_well", "main", "os", "pass_on"}
_TAKEN = frozenset({*dir(builtins), *_KIT, *_FASTAPI, *_GATE})


def function_names(intents: Iterable[str]) -> dict[str, str]:
    """A name for the handler of each intent: Python's own names and each other's are not hidden."""
    names: dict[str, str] = {}
    for intent in intents:
        name = intent.replace("-", "_")
        while keyword.iskeyword(name) or keyword.issoftkeyword(name) or name in _TAKEN | {*names.values()}:
            name += "_"
        names[intent] = name
    return names


def call_lines(head: str, arguments: Sequence[str], *, indent: int, end: str = "") -> list[str]:
    """A call on one line; if that is too long its arguments on the next, or each on one of its own.

    The head of a function is like it, and has an `end`.
    """
    space = " " * indent
    whole = f"{space}{head}({', '.join(arguments)}){end}"
    if len(whole) <= LINE_LENGTH:
        return [whole]
    together = f"{space}    {', '.join(arguments)}"
    inside = (
        [together] if len(together) <= LINE_LENGTH else [f"{space}    {argument}," for argument in arguments]
    )
    return [f"{space}{head}(", *inside, f"{space}){end}"]


def quoted(text: str) -> str:
    """A name as a string literal."""
    return f'"{text}"'
