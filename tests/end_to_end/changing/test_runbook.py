"""The commands of docs/runbook.md that only look are run, one after another, on what is deployed."""

from __future__ import annotations

import re
import shlex

import pytest

from tests.support.end_to_end.project import ProjectCopy
from tests.support.paths import ROOT

pytestmark = [pytest.mark.sandbox, pytest.mark.xdist_group("change")]

BLOCK = re.compile(r"```sh\n(.*?)```", re.DOTALL)
TEXT = (ROOT / "docs" / "runbook.md").read_text(encoding="utf-8")
COMMANDS = [line for block in BLOCK.findall(TEXT) for line in block.splitlines()]
CHANGES = ("myelin up", "myelin release rollback")
"""Their own tests run them: here they would change what other tests share."""


def test_what_only_looks_succeeds(running: ProjectCopy) -> None:
    """As it stands in the page, without a change of what is deployed."""
    looks = [command for command in COMMANDS if not command.startswith(CHANGES)]
    assert len(looks) >= 10
    ended = {command: running.myelin(*shlex.split(command)[1:], json=False, check=False) for command in looks}
    assert {command: ran.stderr for command, ran in ended.items() if ran.code} == {}
