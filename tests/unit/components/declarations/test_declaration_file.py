"""A declaration file as it is read: content, and the places of its keys."""

from __future__ import annotations

from pathlib import Path

import pytest

from components.declarations.document import DeclarationFile, dotted

FILE = DeclarationFile(
    path=Path("services/solo/service.toml"),
    content={"port": 9000, "health": {"path": "/h"}},
    lines={("port",): 3, ("health",): 6, ("health", "path"): 7},
)


@pytest.mark.parametrize(
    ("key", "line"),
    [
        (("port",), 3),
        (("health", "path"), 7),
        (("health", "interval"), 6),
        (("scaling", "min"), 1),
        ((), 1),
    ],
)
def test_line_of_a_key(key: tuple[str, ...], line: int) -> None:
    """A key that is not written stands where the table around it stands, else in line 1."""
    assert FILE.line(key) == line


def test_error_is_at_a_key_or_about_the_whole_file() -> None:
    """With a key the error has its line, without one only the file."""
    at = FILE.error("wrong", at=("port",), hint="correct it")
    whole = FILE.error("wrong", hint="correct it")
    assert (at.path, at.line, at.location) == (FILE.path, 3, "services/solo/service.toml:3")
    assert (whole.line, whole.location) == (None, "services/solo/service.toml")


@pytest.mark.parametrize(
    ("known", "hint"),
    [
        (("port", "cpu"), "did you mean `port`"),
        (("cpu", "memory"), "known here are cpu, memory"),
        ((), "remove it, the folder gives it"),
    ],
)
def test_unknown_key_is_compared_with_those_that_are_known(known: tuple[str, ...], hint: str) -> None:
    """The nearest known key is proposed, else all are named."""
    error = FILE.unknown_key(("prot",), known=known)
    assert (error.message, error.hint) == ("unknown key `prot`", hint)


def test_keys_are_written_as_people_write_them() -> None:
    """Indices stand in brackets."""
    assert dotted(("calls", 0, "service")) == "calls[0].service"
    assert dotted(("port",)) == "port"
