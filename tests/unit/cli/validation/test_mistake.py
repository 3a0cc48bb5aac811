"""A mistake out of an error."""

from __future__ import annotations

from pathlib import Path

from cli.validation.mistake import Mistake, Unchecked
from components.declarations import DeclarationError


def test_an_error_keeps_its_place() -> None:
    """A mistake has the message, hint and place of the error that it comes of; they sort by place."""
    first = Mistake.of(DeclarationError("wrong", path=Path("a.toml"), line=3, hint="mend it"))
    assert first == Mistake(message="wrong", hint="mend it", path=Path("a.toml"), line=3)
    later = Mistake.of(DeclarationError("wrong", path=Path("a.toml"), line=10, hint=""))
    assert sorted([later, first], key=lambda each: each.place) == [first, later]
    assert Unchecked(subject="handlers of a", reason="none").subject == "handlers of a"
