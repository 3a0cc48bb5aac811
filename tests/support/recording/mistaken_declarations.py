"""Declarations with one mistake, and the error that has to come of each."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import pytest

from components.declarations import DeclarationError, load_services
from tests.support.recording.declarations import minimal, write

BASE = minimal("solo", 9000)
AXON = minimal("axon", 8081, tier="isolated")


@dataclass(frozen=True, kw_only=True)
class Mistake:
    """Declarations by service, and the error: about which service, in which line, with which words."""

    files: dict[str, str]
    blamed: str = "solo"
    line: int | None
    message: str
    hint: str


def solo(text: str, **expected: object) -> Mistake:
    """A mistake in a project of one service."""
    return Mistake(files={"solo": text}, **expected)  # type: ignore[arg-type]


def assert_is_explained(mistake: Mistake, folder: Path) -> None:
    """Write the declarations into `folder` and read them: the error has these very words, file and line."""
    services = write(folder, **mistake.files)
    with pytest.raises(DeclarationError) as caught:
        load_services(services)
    error = caught.value
    places = {name: str(services / name / "service.toml") for name in mistake.files}
    assert (error.message, error.hint, error.line) == (
        mistake.message,
        mistake.hint.replace("{axon}", places.get("axon", "")),
        mistake.line,
    )
    assert error.path == services / mistake.blamed / "service.toml"
    suffix = "" if mistake.line is None else f":{mistake.line}"
    assert str(error) == f"{error.path}{suffix}: {error.message}"
