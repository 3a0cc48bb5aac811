"""A problem out of an error."""

from __future__ import annotations

from pathlib import Path

from cli.validation.problem import Problem, Unchecked
from components.manifest import DeclarationError


def test_an_error_keeps_its_place() -> None:
    """A problem has the message, hint and place of the error that it comes of; they sort by place."""
    first = Problem.of(DeclarationError("wrong", path=Path("a.toml"), line=3, hint="mend it"))
    assert first == Problem(message="wrong", hint="mend it", path=Path("a.toml"), line=3)
    later = Problem.of(DeclarationError("wrong", path=Path("a.toml"), line=10, hint=""))
    assert sorted([later, first], key=lambda each: each.place) == [first, later]
    assert Unchecked(subject="handlers of a", reason="none").subject == "handlers of a"
