"""A deployed environment, as a person at a terminal meets it."""

from __future__ import annotations

import re
import subprocess

import pytest

from tests.support.end_to_end.project import ProjectCopy
from tests.support.terminal import MYELIN, Terminal

pytestmark = [pytest.mark.sandbox, pytest.mark.xdist_group("deployed")]


def test_interrupt_at_the_question_of_down(deployed: ProjectCopy) -> None:
    """Ctrl-C at the question exits 130, a no exits 1, and the sandbox runs on."""
    for keys, code, said in (("\x03", 130, "interrupted"), ("n\n", 1, "not confirmed, nothing was changed")):
        terminal = Terminal([MYELIN, "down"], folder=deployed.root, environment=deployed.environment())
        terminal.wait_for(
            "This will end the sandbox and delete everything deployed in it.\nGo ahead? [y/N]: "
        )
        terminal.type(keys)
        assert terminal.wait() == code
        assert terminal.text.endswith(f"\nerror: {said}\n")
        assert deployed.tasks("axon")


def test_reader_of_logs_has_seen_enough(deployed: ProjectCopy) -> None:
    """`myelin logs | head` shows a line, and ends by the closed pipe, if not before; nothing else is said."""
    for _ in range(3):
        deployed.myelin("dispatch", "reason")
    ran = subprocess.run(
        ["bash", "-c", '"$0" logs --since 1h --limit 2000 | head -n 1; exit "${PIPESTATUS[0]}"', MYELIN],
        cwd=deployed.root,
        env=deployed.environment(),
        capture_output=True,
        text=True,
        check=False,
    )
    assert ran.returncode in (0, 141)
    assert (len(ran.stdout.splitlines()), ran.stderr) == (1, "")


def test_status_fits_a_narrow_terminal(deployed: ProjectCopy) -> None:
    """At 40 columns no word is broken, and no colour is in it where none is wanted."""
    terminal = Terminal(
        [MYELIN, "status"], columns=40, folder=deployed.root, environment=deployed.environment()
    )
    assert terminal.wait() == 0
    whole = deployed.myelin("status", json=False).stdout
    # permissions and lines are counted all the time
    assert re.sub(r"\d+", "N", terminal.text).split() == re.sub(r"\d+", "N", whole).split()
    # but for a word that is longer than that, such as an ARN
    assert max(len(line) for line in terminal.text.splitlines() if len(line.split()) > 1) <= 40
    assert "\x1b" not in terminal.shown
