"""What is kept of the messages of Pulumi's engine."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from policies.resources.graph.diagnostics import errors_in, program_failed

RED = "<{%fg 1%}>"
RESET = "<{%reset%}>"


def error(message: Any, **more: Any) -> dict[str, Any]:
    return {"severity": "error", "message": message, **more}


@pytest.mark.parametrize("severity", ["warning", "info", "info#err", "debug", "", None, 3])
def test_only_errors_are_kept(severity: Any) -> None:
    """What a program writes to stderr (`info#err`) is no failure of the program."""
    assert errors_in([{"severity": severity, "message": "old"}, {"message": "bare"}]) == ()


@pytest.mark.parametrize(
    "diagnostic", [None, "error: x", 7, [], {"severity": "error"}, error(None), error("")]
)
def test_what_says_nothing_is_left_out(diagnostic: Any) -> None:
    """A diagnostic of a wrong shape, or without words, makes no message and does not raise."""
    assert errors_in([diagnostic, error("real")]) == ("real",)


@pytest.mark.parametrize(
    ("diagnostic", "said"),
    [
        (error(f"{RED}error: {RESET}no such bucket\n"), "no such bucket"),
        (error("\x1b[31merror:\x1b[0m no such bucket"), "no such bucket"),
        (error("no such bucket", prefix=f"{RED}error: {RESET}"), "no such bucket"),
        (error("100% of <b>\n  it"), "100% of <b>\n  it"),
    ],
)
def test_colours_and_the_word_error_are_taken_away(diagnostic: dict[str, Any], said: str) -> None:
    """Pulumi's own marks and a terminal's go; every other sign of the message stays."""
    assert errors_in([diagnostic]) == (said,)


def test_an_error_is_told_once() -> None:
    """Errors that differ in colours alone are one, in the order in which they came."""
    assert errors_in([error("b"), error("a"), error(f"{RED}b{RESET}")]) == ("b", "a")


@given(st.integers(min_value=1, max_value=60))
def test_a_long_message_keeps_its_first_line_and_its_end(count: int) -> None:
    """At most 20 lines are left, and `...` stands only where a line is left out."""
    lines = [f"line {number}" for number in range(count)]
    (said,) = errors_in([error("\n".join(lines))])
    kept = said.splitlines()
    assert len(kept) == min(count, 20)
    assert (kept[0], kept[-1]) == (lines[0], lines[-1])
    assert ("..." in kept) is (count > 20)


def test_a_failed_program_speaks_for_itself() -> None:
    """Every error of the program is in the message, beside the file that tells of it."""
    failure = program_failed(["no stack", "no key"], Path("p.json"))
    assert failure.message == "the program failed, so there is nothing to judge: no stack; no key"
    assert (failure.path, failure.bad_input) == (Path("p.json"), True)
