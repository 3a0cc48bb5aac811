"""Runs what a document shows: files are written, commands are run, and what they say is compared.

```cedar no-trials.cedar       a fence that names a file writes it
```console                     `$ ` begins a command; what follows is all that it says
[exit 1]                       how it ends, if not with 0
...                            any number of lines
"""

from __future__ import annotations

import re
import shlex
import subprocess
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from typer.testing import CliRunner

from cli.main import app

_READS_LOGS = ("myelin policy replay", "myelin logs")
_LOGS_ARRIVE_WITHIN = 15.0
_FENCE = re.compile(r"^```(\w+)(?: (\S+))?\n(.*?)^```$", re.MULTILINE | re.DOTALL)
# what differs from run to run
_MASKS = (
    (re.compile(r"arn:aws:\S+"), "<arn>"),
    (re.compile(r"\b[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f-]{22}\b"), "<id>"),
    (re.compile(r"\b[0-9a-f]{64}\b|\b[0-9a-f]{12}\b"), "<digest>"),
    (re.compile(r"\b\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d[\d.:+Z]*"), "<time>"),
    (re.compile(r"\b\d+ ms\b"), "<ms>"),
    (re.compile(r"\(number \d+\)"), "(number <n>)"),
    (re.compile(r"\d+ of \d+ documents, \d+ are"), "<n> of <n> documents, <n> are"),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class File:
    """A file that the document shows."""

    path: str
    text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """A command, and what the document says it says."""

    command: str
    expected: tuple[str, ...]


def steps(document: str) -> Iterator[File | Step]:
    """The files and commands of a document, in their order."""
    for language, name, body in _FENCE.findall(document):
        if name:
            yield File(path=name, text=body)
        elif language == "console":
            yield from _commands(body)


def follow(document: str, root: Path) -> Iterator[tuple[Step, list[str]]]:
    """Do in `root`, which is the working folder, what the document does; gives what each command said."""
    for step in steps(document):
        if isinstance(step, File):
            path = root / step.path
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(step.text, encoding="utf-8")
        else:
            yield step, _said(step, root)


def agrees(step: Step, said: list[str]) -> bool:
    """Whether a command said what the document shows."""
    pattern = "".join(
        r"(?:[^\n]*\n)*?" if line == "..." else re.escape(f"{masked(line)}\n") for line in step.expected
    )
    return re.fullmatch(pattern, "".join(f"{masked(line)}\n" for line in said)) is not None


def masked(line: str) -> str:
    """A line without what differs from run to run."""
    for pattern, name in _MASKS:
        line = pattern.sub(name, line)
    return line.rstrip()


def _commands(body: str) -> Iterator[Step]:
    for part in re.split(r"^\$ ", body, flags=re.MULTILINE)[1:]:
        command, *expected = part.splitlines()
        yield Step(command=command, expected=tuple(expected))


def _said(step: Step, root: Path) -> list[str]:
    """What a command says; one that reads logs is run again while lines are still on their way."""
    deadline = time.monotonic() + _LOGS_ARRIVE_WITHIN
    said = _run(step.command, root)
    while step.command.startswith(_READS_LOGS) and not agrees(step, said) and time.monotonic() < deadline:
        time.sleep(0.1)
        said = _run(step.command, root)
    return said


def _run(command: str, root: Path) -> list[str]:
    words = shlex.split(command)
    if words[0] == "myelin":
        result = CliRunner().invoke(app, words[1:])
        output, code = result.output, result.exit_code
    else:
        ran = subprocess.run(words, cwd=root, capture_output=True, text=True, check=False)
        output, code = ran.stdout + ran.stderr, ran.returncode
    return [*output.splitlines(), *([f"[exit {code}]"] if code else [])]
