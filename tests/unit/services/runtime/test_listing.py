"""What is told of the handlers of services whose code is as it should be, or not."""

from __future__ import annotations

import os
import sys
from pathlib import Path

import pytest

from services.runtime import listing
from tests.support.paths import ROOT

AXON = "services.axon.app:service"


def test_handlers_are_told_with_their_places() -> None:
    """Each intent that has a handler is told, with the file and line where it stands."""
    told = listing.list_handlers("axon", AXON, {})
    [handler] = told["handlers"]
    assert handler["intent"] == "reason"
    lines = Path(handler["path"]).read_text(encoding="utf-8").splitlines()
    assert lines[handler["line"] - 1] == '@service.intent("reason")'
    assert Path(handler["path"]) == ROOT / "services" / "axon" / "app.py"


def test_variables_of_a_declaration_do_not_stay() -> None:
    """What is no service of the kit is told as that; variables that were set for its import are gone."""
    told = listing.list_handlers("axon", "os:environ", {"MODE": "fast"})
    assert told == {"service": "axon", "unknown": "`os:environ` is no Service of the kit"}
    assert "MODE" not in os.environ


@pytest.mark.parametrize(
    ("code", "problem", "line"),
    [
        ("import nowhere\n", "cannot be imported: ModuleNotFoundError: No module named 'nowhere'", 1),
        ("x = 1\nraise SystemExit(3)\n", "cannot be imported: SystemExit: 3", 2),
        ("def f(:\n", "invalid syntax", 1),
        ("x = 1\n", "cannot be imported: AttributeError: module 'odd.app' has no attribute 'service'", None),
        (
            'from services.runtime import Service\nservice = Service()\n@service.intent("a")\n'
            "def a(x: int) -> int: ...\n",
            "has to take one parameter, annotated `Call[...]` with the type of its payload",
            3,
        ),
    ],
)
def test_code_that_cannot_be_imported_is_told(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, code: str, problem: str, line: int | None
) -> None:
    """Whatever a module raises is told, with the line of it that is to blame where there is one."""
    (tmp_path / "odd").mkdir()
    (tmp_path / "odd" / "app.py").write_text(code, encoding="utf-8")
    monkeypatch.syspath_prepend(str(tmp_path))
    for module in ("odd", "odd.app"):
        monkeypatch.delitem(sys.modules, module, raising=False)
    told = listing.list_handlers("odd", "odd.app:service", {})
    assert problem in told["problem"]
    assert told["line"] == line
    assert told["path"] == (None if line is None else str(tmp_path / "odd" / "app.py"))
    assert told["hint"]
    monkeypatch.delitem(sys.modules, "odd.app", raising=False)
