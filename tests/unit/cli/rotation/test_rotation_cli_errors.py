"""Why something is not rotated, and what to do. SEC-2."""

from __future__ import annotations

from cli.errors import explain
from cli.exit_codes import ExitCode
from cli.rotation.errors import KeyLimitError, NotRotatedError, RotationStuckError


def test_each_is_a_failure_and_no_mistake_in_what_was_typed() -> None:
    """Exit code 1: the same command may go through later."""
    for error in (RotationStuckError("a/b", "v1", "sandbox"), NotRotatedError("no"), KeyLimitError("no")):
        found = explain(error)
        assert found is not None
        assert found.code is ExitCode.FAILED


def test_the_way_out_names_the_environment_where_it_is_not_the_default_one() -> None:
    """The hint can be pasted."""
    assert "--repair --env dev`" in RotationStuckError("a/b", "v1", "dev").hint
    assert "--repair`" in RotationStuckError("a/b", "v1", "sandbox").hint
