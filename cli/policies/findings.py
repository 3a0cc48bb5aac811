"""Shows what is wrong with policies: place, what, the line itself, what to do."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

from cli.terminal.styling import style
from policies.calls.language.errors import PolicyError
from policies.calls.linting.lint import LintWarning


def fault_lines(fault: PolicyError) -> Iterator[str]:
    """An error with the offending text below it."""
    label = style("error:", fg="red", bold=True)
    yield f"{label} {_place(fault.path, fault.line, fault.column)}: {fault.message}"
    text = offending_line(fault.path, fault.line)
    if text is not None:
        mark = f"{fault.line}"
        yield f"  {mark} | {text}"
        if fault.column is not None:
            # a tab stays a tab, so that the mark stands below its place
            before = "".join(
                character if character == "\t" else " " for character in text[: fault.column - 1]
            )
            yield f"  {' ' * len(mark)} | {before}^"
    if fault.hint:
        yield f"{style('hint:', fg='cyan')}  {fault.hint}"


def warning_lines(warning: LintWarning) -> Iterator[str]:
    """A warning with its code."""
    label = style("warning:", fg="yellow", bold=True)
    yield f"{label} {_place(warning.path, warning.line)}: {warning.message} [{warning.code}]"
    yield f"{style('hint:', fg='cyan')}  {warning.hint}"


def fault_document(fault: PolicyError) -> dict[str, Any]:
    """An error as a JSON value."""
    return {
        "path": relative(fault.path),
        "line": fault.line,
        "column": fault.column,
        "message": fault.message,
        "text": offending_line(fault.path, fault.line),
        "hint": fault.hint,
    }


def warning_document(warning: LintWarning) -> dict[str, Any]:
    """A warning as a JSON value."""
    return {
        "code": warning.code,
        "policy": warning.policy,
        "path": relative(warning.path),
        "line": warning.line,
        "message": warning.message,
        "hint": warning.hint,
        "other": warning.other,
    }


def offending_line(path: Path, line: int | None) -> str | None:
    """The line of a file; None when there is none to show."""
    if line is None:
        return None
    try:
        lines = path.read_text(encoding="utf-8", errors="replace").splitlines()
    except OSError:
        return None
    return lines[line - 1] if 0 < line <= len(lines) else None


def counted(number: int, one: str, many: str = "") -> str:
    """A number with its noun."""
    return f"{number} {one if number == 1 else many or one + 's'}"


def relative(path: Path) -> str:
    """The path as seen from the working folder, if it lies below it."""
    try:
        return str(path.resolve().relative_to(Path.cwd().resolve()))
    except ValueError:
        return str(path)


def _place(path: Path, line: int | None, column: int | None = None) -> str:
    return ":".join(str(part) for part in (relative(path), line, column) if part is not None)
