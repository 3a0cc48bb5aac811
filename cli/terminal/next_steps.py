"""What to do once an environment is deployed."""

from __future__ import annotations

from collections.abc import Iterator

from cli.options import env_flag
from cli.terminal.program import program_name

_COMMANDS = (
    ("dispatch reason", "a call that governance allows"),
    ("dispatch erase", "one that it denies"),
    ("status", "how it stands"),
    ("logs", "what was written"),
    ("preview", "what a change would do"),
)


def next_steps(environment: str) -> Iterator[str]:
    """Commands that work in this shell, and what they are for."""
    lines = [(f"{program_name()} {command}{env_flag(environment)}", why) for command, why in _COMMANDS]
    lines.append((f"{program_name()} down", "end the sandbox"))
    widest = max(len(command) for command, _ in lines)
    for number, (command, why) in enumerate(lines):
        yield f"{'' if number else 'next:':<7}{command:<{widest}}    {why}"
