"""Says where a program declares a resource, by one frame in place of the whole stack.

The SDK sends the stack of each registration, and looks at a file for each of its frames: a third of the time
of a plan. The engine keeps the innermost frame alone, so no other is made. What is replaced is not advertised
API: pulumi is pinned, and test_source_position.py holds the two against each other.
"""

from __future__ import annotations

from functools import cache
from inspect import currentframe
from pathlib import Path

import pulumi.runtime.resource
from pulumi.runtime.proto import source_pb2

_CONSTRUCTORS = 3
"""Those of Resource, of CustomResource or ComponentResource, and of the class that the program names."""


def install() -> None:
    """Have the SDK of this process send the innermost frame alone."""
    pulumi.runtime.resource._get_stack_trace = declaring_frame  # noqa: SLF001 - see above


def declaring_frame() -> source_pb2.StackTrace:
    """The frame that called the constructor of the resource that is being made; none outside of one."""
    frame, constructors = currentframe(), 0
    while frame is not None and constructors < _CONSTRUCTORS:
        constructors += frame.f_code.co_name == "__init__"
        frame = frame.f_back
    if frame is None:
        return source_pb2.StackTrace()
    uri = _uri(frame.f_code.co_filename)
    position = source_pb2.SourcePosition(uri=uri, line=frame.f_lineno) if uri else None
    return source_pb2.StackTrace(frames=[source_pb2.StackFrame(pc=position)])


@cache
def _uri(filename: str) -> str | None:
    """A file's URI; None for code that is of no file."""
    path = Path(filename)
    return path.as_uri() if path.is_absolute() else None
