"""The commands that belong to no group."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from cli.commands import (
    alarms,
    check,
    commands_of,
    deploy,
    diff,
    dispatch,
    doctor,
    down,
    fault,
    load,
    logs,
    metrics,
    permissions,
    preview,
    refresh,
    status,
    trace,
    unlock,
    up,
    validate,
)
from tests.support.commands import unused_options

COMMANDS = (
    up.up,
    down.down,
    status.status,
    preview.preview,
    diff.diff,
    permissions.permissions,
    refresh.refresh,
    unlock.unlock,
    validate.validate,
    check.check,
    dispatch.dispatch,
    load.load,
    fault.fault,
    logs.logs,
    trace.trace,
    metrics.metrics,
    alarms.alarms,
    doctor.doctor,
    deploy.deploy,
)


@pytest.mark.parametrize("command", COMMANDS, ids=lambda command: command.__name__)
def test_every_option_is_used(command: Callable[..., None]) -> None:
    """An option that is read nowhere would be a trap."""
    assert unused_options(command) == set()


def test_all_commands_are_looked_at() -> None:
    """These are those of the table."""
    assert [command.__name__ for command in COMMANDS] == list(commands_of(""))
