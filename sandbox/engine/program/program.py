"""A Pulumi program as a value; execution.py runs it.

A module of its own: whoever only names a program needs no Pulumi SDK, which takes long to import.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any


@dataclass(frozen=True, slots=True, kw_only=True)
class Program:
    """A Pulumi program for one stack: its entry function and everything it reads from its surroundings.

    `main` may be asynchronous. `config` maps full keys (`aws:region`) to values; anything but a string
    reaches the program as JSON.
    """

    project: str
    stack: str
    main: Callable[[], Any]
    config: Mapping[str, Any] = field(default_factory=dict)
    root: Path = field(default_factory=Path.cwd)
