"""The settings of a run: what the command line says, and below it what the configuration says.

The configuration is `myelin-check.toml`, or the section `[tool.myelin-check]` of `pyproject.toml`, of the
program's folder or of the nearest one above it. Its keys are the long names of the options.
"""

from __future__ import annotations

import tomllib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ..findings.selection import UNDECIDED, FailOn, Selection
from ..findings.severity import Severity
from ..findings.text import SHOWN
from .errors import OptionError

FILE = "myelin-check.toml"
PYPROJECT = "pyproject.toml"
SECTION = "myelin-check"
_LISTS = frozenset({"check", "skip-check", "fail-on", "output", "rules"})
_SWITCHES = frozenset({"conventions", "exit-code"})
_KEYS = _LISTS | _SWITCHES | {"baseline", "show"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """What holds for a run."""

    selection: Selection
    fail_on: FailOn
    exit_code: bool
    conventions: bool
    baseline: Path | None
    outputs: tuple[str, ...]
    rules: tuple[Path, ...]
    show: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Given:
    """What the command line says; None or empty where it says nothing."""

    check: Sequence[str] = ()
    skip_check: Sequence[str] = ()
    fail_on: Sequence[str] = ()
    output: Sequence[str] = ()
    rules: Sequence[Path] = ()
    exit_code: bool | None = None
    conventions: bool | None = None
    baseline: Path | None = None
    show: int | None = None


def settle_settings(given: Given, config: Path | None, folder: Path) -> Settings:
    """Read the configuration and put what is given above it; raises OptionError."""
    path, found = _configuration(config, folder)
    baseline = found.get("baseline")
    place = path.parent if path is not None else folder
    below = place / baseline if baseline else None
    return Settings(
        selection=Selection(
            only=_split(given.check or found.get("check", ())),
            without=(*_split(found.get("skip-check", ())), *_split(given.skip_check)),
        ),
        fail_on=_fail_on(_split(given.fail_on or found.get("fail-on", ()))),
        # who says on what to fail wants to see it
        exit_code=bool(given.fail_on) or _first(given.exit_code, found.get("exit-code", False)),
        conventions=_first(given.conventions, found.get("conventions", False)),
        baseline=given.baseline or below,
        outputs=tuple(given.output or found.get("output", ())),
        rules=(*(place / one for one in found.get("rules", ())), *given.rules),
        show=_first(given.show, found.get("show", SHOWN)),
    )


def _first(given: Any, otherwise: Any) -> Any:
    return otherwise if given is None else given


def _split(values: Sequence[str]) -> tuple[str, ...]:
    """Values that may be several, with commas between them."""
    return tuple(part.strip() for value in values for part in value.split(",") if part.strip())


def _fail_on(words: Sequence[str]) -> FailOn:
    """Read what a run fails on: one severity at most, and `undecided`; raises OptionError."""
    severities = [word for word in words if word != UNDECIDED]
    known = ", ".join(f"`{word}`" for word in (*Severity, UNDECIDED))
    for word in severities:
        if word not in set(Severity):
            raise OptionError(f"a run cannot fail on `{word}`", hint=f"give one of {known}")
    lowest = min((Severity(word) for word in severities), key=lambda one: one.rank, default=Severity.LOW)
    return FailOn(severity=lowest, undecided=UNDECIDED in words)


def _configuration(config: Path | None, folder: Path) -> tuple[Path | None, Mapping[str, Any]]:
    for path in [config] if config else _candidates(folder):
        document = _read(path)
        if path.name == PYPROJECT:
            document = document.get("tool", {}).get(SECTION)
        if document is not None:
            _refuse_strange(path, document)
            return path, document
    return None, {}


def _candidates(folder: Path) -> Iterator[Path]:
    """Configurations from the program's folder up, as far as the repository goes."""
    for place in (folder, *folder.parents):
        yield from (path for name in (FILE, PYPROJECT) if (path := place / name).is_file())
        if (place / ".git").exists():
            return


def _read(path: Path) -> Any:
    try:
        return tomllib.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise OptionError(
            f"`{path}` cannot be read: {error}", hint="mend it, or name another with --config"
        ) from error


def _refuse_strange(path: Path, document: Any) -> None:
    if not isinstance(document, dict):
        raise OptionError(f"the section `{SECTION}` of `{path}` is no table", hint="give it keys")
    for name, value in document.items():
        if name not in _KEYS:
            known = ", ".join(f"`{key}`" for key in sorted(_KEYS))
            raise OptionError(f"`{path}` has the key `{name}`, which there is not", hint=f"keys are {known}")
        if not _fits(name, value):
            raise OptionError(f"`{name}` in `{path}` cannot be `{value}`", hint=f"it is {_form(name)}")


def _fits(name: str, value: Any) -> bool:
    if name in _LISTS:
        return isinstance(value, list) and all(isinstance(item, str) for item in value)
    if name in _SWITCHES:
        return isinstance(value, bool)
    if name == "show":
        return isinstance(value, int) and not isinstance(value, bool) and value >= 0
    return isinstance(value, str)


def _form(name: str) -> str:
    if name in _LISTS:
        return "a list of texts"
    if name in _SWITCHES:
        return "true or false"
    return "a number from 0 on" if name == "show" else "a text"
