"""The forms of a report, and where each goes: `--output FORMAT` or `--output FORMAT=FILE`."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import assert_never

from ..findings.document import json_document
from ..findings.errors import OutputError
from ..findings.junit import junit_text
from ..findings.sarif import sarif_document
from ..findings.source_paths import SourcePaths
from ..findings.text import text_lines
from ..findings.values import Report
from .errors import OptionError


class Format(StrEnum):
    """The forms that a report can have."""

    TEXT = "text"
    JSON = "json"
    SARIF = "sarif"
    JUNIT = "junit"


@dataclass(frozen=True, slots=True, kw_only=True)
class Output:
    """One form of the report; `path` is None for stdout."""

    format: Format
    path: Path | None


def parse_outputs(given: Sequence[str]) -> tuple[Output, ...]:
    """Read the values of `--output`; text on stdout where none is given. Raises OptionError.

    Where every report goes into a file, stdout keeps the text.
    """
    outputs = tuple(map(_output, given))
    on_stdout = [output for output in outputs if output.path is None]
    if len(on_stdout) > 1:
        names = " and ".join(f"`{output.format}`" for output in on_stdout)
        raise OptionError(
            f"{names} cannot both go to stdout", hint=f"give one a file: --output {on_stdout[1].format}=FILE"
        )
    return outputs if on_stdout else (Output(format=Format.TEXT, path=None), *outputs)


def on_stdout(outputs: Sequence[Output]) -> Format:
    """The form that goes to stdout."""
    return next(output.format for output in outputs if output.path is None)


def render(report: Report, form: Format, paths: SourcePaths, show: int) -> str:
    """The report in one form, ending in a new line; `show` is for the text alone."""
    match form:
        case Format.TEXT:
            return "".join(f"{line}\n" for line in text_lines(report, show))
        case Format.JSON:
            return json.dumps(json_document(report), indent=2) + "\n"
        case Format.SARIF:
            return json.dumps(sarif_document(report, paths), indent=2) + "\n"
        case Format.JUNIT:
            return junit_text(report)
        case _:
            assert_never(form)


def write_files(report: Report, outputs: Sequence[Output], paths: SourcePaths, show: int) -> None:
    """Write the reports that go into files; raises OutputError."""
    for output in outputs:
        if output.path is not None:
            try:
                output.path.write_text(render(report, output.format, paths, show), encoding="utf-8")
            except OSError as error:
                raise OutputError(
                    f"the report cannot be written: {error.strerror}",
                    path=output.path,
                    hint="choose another place",
                ) from error


def _output(text: str) -> Output:
    name, _, path = text.partition("=")
    try:
        form = Format(name)
    except ValueError as error:
        raise OptionError(
            f"there is no output `{name}`", hint=f"outputs are {', '.join(f'`{one}`' for one in Format)}"
        ) from error
    if "=" in text and not path:
        raise OptionError(f"`--output {text}` names no file", hint=f"write --output {name}=FILE")
    return Output(format=form, path=Path(path) if path else None)
