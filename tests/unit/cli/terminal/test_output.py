"""Where output goes: a terminal, a file, a reader that has seen enough."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from cli.errors import ExplainedFailure
from cli.exit_codes import ExitCode
from cli.terminal.output import note, print_verbatim, say, show_failure
from tests.support.paths import ROOT
from tests.support.terminal import MYELIN, Terminal

NOTHING_READS = """
import os, sys
reader, writer = os.pipe()
os.close(reader)
os.dup2(writer, 1)
os.execv(sys.argv[1], sys.argv[1:])
"""
ANOTHER = pytest.mark.costly("a process for one more of the same")
NOWHERE = "there is no environment `nowhere`"


def run_unread(*arguments: str) -> subprocess.CompletedProcess[str]:
    """`myelin` with a stdout whose reader has gone."""
    return subprocess.run(
        [sys.executable, "-c", NOTHING_READS, MYELIN, *arguments],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )


@pytest.mark.parametrize(
    "arguments",
    [
        pytest.param(["policy", "--help"], marks=ANOTHER),
        ["--version"],
        pytest.param(["policy", "validate"], marks=ANOTHER),
        ["policy", "validate", "--json"],
        pytest.param(["status", "nowhere", "--json"], marks=ANOTHER),
        ["status", "--nope", "--json"],
    ],
    ids=" ".join,
)
def test_reader_that_has_seen_enough_ends_the_command(arguments: list[str]) -> None:
    """With `| head` a command ends as SIGPIPE would end it, and says nothing of it: exit code 141."""
    ran = run_unread(*arguments)
    assert (ran.returncode, ran.stderr) == (141, "")


GOES_ON = """
import sys
from pathlib import Path
from cli.command import command
from cli.terminal.output import note, say
import typer

app = typer.Typer()

@app.command()
@command(yes=True)
def change(session):
    for number in range(3):
        note(f"step {number}")
        say(f"step {number}")
    Path(sys.argv[1]).write_text("done")
    raise typer.Exit(6)

app(["--yes"])
"""


def test_a_change_ends_as_it_ends_though_nobody_reads_it(tmp_path: Path) -> None:
    """`myelin up 2>&1 | head` deploys to the end, and exits as the deployment does."""
    reader, writer = os.pipe()
    os.close(reader)
    try:
        ran = subprocess.run(
            [sys.executable, "-c", GOES_ON, str(tmp_path / "done")], stdout=writer, stderr=writer, check=False
        )
    finally:
        os.close(writer)
    assert (ran.returncode, (tmp_path / "done").read_text()) == (6, "done")


@pytest.mark.parametrize(
    ("arguments", "environment"),
    [
        (["doctor"], {"NO_COLOR": "1"}),
        (["status", "nowhere"], {"TERM": "dumb"}),
        pytest.param(["policy", "diff", "a"], {"NO_COLOR": "1"}, marks=ANOTHER),
        pytest.param(["up", "--help"], {"NO_COLOR": "1"}, marks=ANOTHER),
        (["up", "--help"], {"TERM": "dumb"}),
        pytest.param(["nope"], {"TERM": "dumb"}, marks=ANOTHER),
    ],
    ids=str,
)
def test_terminal_that_wants_no_colours_gets_none(
    arguments: list[str], environment: dict[str, str], tmp_path: Path
) -> None:
    """NO_COLOR and TERM=dumb keep every escape sequence away, whatever the command writes."""
    terminal = Terminal(
        [MYELIN, *arguments], environment={**environment, "MYELIN_SANDBOX_DIR": str(tmp_path)}
    )
    terminal.wait()
    assert terminal.shown.strip()
    assert "\x1b" not in terminal.shown


def test_terminal_gets_colours_and_a_file_none() -> None:
    """An error is red on a terminal only."""
    terminal = Terminal([MYELIN, "status", "nowhere"])
    assert terminal.wait() == 2
    assert f"\x1b[31m\x1b[1merror:\x1b[0m {NOWHERE}" in terminal.shown
    ran = subprocess.run([MYELIN, "status", "nowhere"], cwd=ROOT, capture_output=True, text=True, check=False)
    assert ran.stderr.startswith(f"error: {NOWHERE}\n")


def test_text_fits_a_narrow_terminal(tmp_path: Path) -> None:
    """At 60 columns lines break between words; a file gets them whole."""
    arguments = [str(MYELIN), "status", "nowhere"]
    terminal = Terminal(arguments, columns=60)
    assert terminal.wait() == 2
    whole = subprocess.run(arguments, cwd=ROOT, capture_output=True, text=True, check=False).stderr
    assert terminal.text.split() == whole.split()
    assert max(map(len, terminal.text.splitlines())) <= 60 < max(map(len, whole.splitlines()))


def test_verbatim_text_is_written_as_it_is(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """A file's own line breaks are the only ones, and its last one is not doubled."""
    monkeypatch.setattr(sys.stdout, "isatty", lambda: True)
    monkeypatch.setattr(os, "get_terminal_size", lambda _: os.terminal_size((10, 10)))
    monkeypatch.setattr(sys.stdout, "fileno", lambda: 1)
    print_verbatim("one two three\n")
    say("one two three")
    assert capsys.readouterr().out == "one two three\none two\n  three\n"


def test_what_others_wrote_does_nothing_to_the_terminal(capsys: pytest.CaptureFixture[str]) -> None:
    """FID-2: results, notes and failures show it as escapes; a file that goes elsewhere keeps it."""
    stored = "a\x1b[2Jb\u202ec\rd"
    say(stored)
    note(stored)
    show_failure(ExplainedFailure(code=ExitCode.FAILED, message=stored, hint=stored))
    print_verbatim(stored)
    out, err = capsys.readouterr()
    seen = "a\\x1b[2Jb\\u202ec\\x0dd"
    assert out == f"{seen}\n{stored}\n"
    assert [line.rpartition(" ")[2] for line in err.splitlines()] == [seen] * 3


def test_every_view_writes_through_here() -> None:
    """Nothing else of the command writes to the terminal, or makes escape sequences of its own."""
    own = {"cli/terminal/output.py", "cli/terminal/styling.py"}
    calls = re.compile(r"\b(?:typer|click)\.(?:echo|secho|style)\(|(?<![\w.])print\(|\\x1b|\\033")
    found = {
        str(path.relative_to(ROOT))
        for path in (ROOT / "cli").rglob("*.py")
        if calls.search(path.read_text(encoding="utf-8"))
    }
    assert found - own <= {"cli/terminal/wrapping.py"}
    assert "cli/terminal/output.py" in found
