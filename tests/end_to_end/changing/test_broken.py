"""A deployment that is broken behind its back, in many ways: `up` mends it, or says what it is.

It never says "as declared" of what is not. One sandbox is broken and mended in turn.
"""

from __future__ import annotations

import os
import resource
import signal
import subprocess
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import pytest

from stacks.names import Layer
from tests.support.access.opened_table import opened_table
from tests.support.breaking.break_form import TABLE, Break, state_file
from tests.support.breaking.breaks import BREAKS
from tests.support.breaking.nested_breaks import NESTED
from tests.support.effort import LONG
from tests.support.end_to_end.project import MYELIN, ProjectCopy

pytestmark = [
    pytest.mark.sandbox,
    pytest.mark.xdist_group("broken"),
    pytest.mark.costly("breaks one deployment in many ways"),
]


@pytest.fixture(scope="module")
def broken(tmp_path_factory: pytest.TempPathFactory, archives: Path) -> Iterator[ProjectCopy]:
    """A deployed copy; each test mends what it has broken."""
    copy = ProjectCopy(tmp_path_factory.mktemp("broken") / "project", archives)
    try:
        copy.up()
        yield copy
    finally:
        copy.close()


def _delete_pointer(copy: ProjectCopy) -> None:
    key = {"pk": {"S": "pointer"}, "sk": {"S": "current"}}
    with opened_table(copy) as client:
        client.delete_item(TableName=TABLE, Key=key)


def _kill_tasks(copy: ProjectCopy) -> None:
    for task in copy.tasks("axon"):
        os.kill(task["pid"], signal.SIGKILL)


def _lose_log_group(copy: ProjectCopy) -> None:
    client = copy.client("logs")
    with suppress(client.exceptions.ResourceNotFoundException):
        client.delete_log_group(logGroupName="/myelin/sandbox/axon")


TOGETHER = [way for way in BREAKS if not way.costly and not way.alone and way not in NESTED]
INSIDE = [way for way in NESTED if not way.costly and not way.alone]
"""What is changed inside of resources, of which the others delete some."""
EACH = [pytest.param([way], marks=pytest.mark.costly("deploys again")) for way in BREAKS]


@pytest.mark.parametrize(
    "ways",
    EACH if LONG else [TOGETHER, INSIDE, *([way] for way in BREAKS if way.alone)],
    ids=lambda ways: ways[0].name if len(ways) == 1 else f"{len(ways)} together",
)
def test_what_is_broken_is_mended_and_told(broken: ProjectCopy, ways: list[Break]) -> None:
    """`up` names what it has mended, exits 0, and finds everything there from then on.

    In a quick run all that goes together is broken at once, and each of it is named.
    """
    for way in ways:
        way.by(broken)
    found = broken.up().document
    mended = {each["subject"] for each in found["mended"] if each["now"]}
    assert {way.mended for way in ways} - mended == set()
    assert found["problems"] == []
    assert not [drift for layer in Layer for drift in broken.world.observe(layer).drifts]
    assert broken.dispatch("reason")[0] == 200


def test_killed_tasks_are_waited_for(broken: ProjectCopy) -> None:
    """Where all tasks of a service were killed, `up` ends when they are back, and only then says so."""
    _kill_tasks(broken)
    found = broken.up().document
    assert (found["problems"], found["standing"]["healthy"]) == ([], True)


def test_a_count_below_its_minimum_is_raised(broken: ProjectCopy) -> None:
    """Nobody can have a service want no tasks: its scalable target has a minimum, and that many run."""
    broken.client("ecs").update_service(cluster="sandbox", service="axon", desiredCount=0)
    (axon,) = (each for each in broken.up().document["standing"]["services"] if each["name"] == "axon")
    assert (axon["desired"], axon["healthy"]) == (2, 2)


def test_policies_that_are_gone_are_published_anew(broken: ProjectCopy) -> None:
    """Without a current version everything is denied: `up` publishes the folder."""
    _delete_pointer(broken)
    assert broken.up().document["policy"]["changed"] is True


@pytest.mark.parametrize("kind", ["slice", "manifest"])
def test_policies_that_lack_a_document_are_named(broken: ProjectCopy, kind: str) -> None:
    """A document of the current version that is gone from the table is named; exit 1."""
    client = broken.client("dynamodb")
    item = next(
        item for item in client.scan(TableName=TABLE)["Items"] if item["pk"]["S"].startswith(f"{kind}#")
    )
    with opened_table(broken):
        client.delete_item(TableName=TABLE, Key={"pk": item["pk"], "sk": item["sk"]})
    try:
        ran = broken.up(check=False)
    finally:
        with opened_table(broken):
            client.put_item(TableName=TABLE, Item=item)
    assert ran.code == 1
    digest = item["pk"]["S"].partition("#")[2]
    assert any(digest in problem for problem in ran.document["problems"])
    assert broken.up().document["problems"] == []


def test_a_record_without_a_copy_is_named(broken: ProjectCopy) -> None:
    """Where a record and its copy are gone, nothing is planned: the layer is named, with what to do."""
    for layer in Layer:
        files = [state_file(broken, layer, suffix) for suffix in ("json", "bak")]
        contents = [file.read_bytes() for file in files]
        for file in files:
            file.unlink()
        ran = broken.myelin("up", "--yes", check=False)
        for file, content in zip(files, contents, strict=True):
            file.write_bytes(content)
        assert ran.code == 1
        error = ran.document["error"]
        assert f"record of `sandbox-{layer}`" in error["message"]
        assert "`myelin down`" in error["hint"]


def test_a_broken_journal_is_named(broken: ProjectCopy) -> None:
    """What happened since the last checkpoint cannot be made up: the file and line are named."""
    journal = state_file(broken, "platform").with_suffix(".journal")
    journal.write_text("{}\n")
    for command in ("up", "status", "preview"):
        ran = broken.myelin(command, *(["--yes"] if command == "up" else []), check=False)
        assert ran.code == 1
        assert ran.document["error"]["where"].endswith("sandbox-platform.journal:1")
    journal.unlink()


def test_an_unreadable_fingerprint_is_planned_over(broken: ProjectCopy) -> None:
    """What says that nothing has changed is no text: the plan finds out, and nothing is done."""
    (fingerprint,) = broken.sandbox.glob("stacks/*/sandbox.fingerprint")
    fingerprint.write_bytes(b"\xff\xfe")
    found = broken.up().document
    assert (found["changed"], found["problems"]) == (False, [])


def test_a_preview_and_a_refresh_see_what_is_gone(broken: ProjectCopy) -> None:
    """Neither changes anything: both tell it, and exit 3 when asked to."""
    _lose_log_group(broken)
    preview = broken.myelin("preview", "--exit-code", check=False)
    assert preview.code == 3
    (change,) = (change for layer in preview.document["layers"] for change in layer["changes"])
    assert (change["action"], change["type"], change["name"]) == (
        "create",
        "aws:cloudwatch/logGroup:LogGroup",
        "axon",
    )
    refresh = broken.myelin("refresh", "--dry-run", "--exit-code", check=False)
    assert refresh.code == 3
    assert [drift["gone"] for drift in refresh.document["drifts"]] == [True]


def test_a_full_disk(broken: ProjectCopy) -> None:
    """With something to mend and no room, `status` tells as ever, what has to be written fails in words,
    and `down` ends the sandbox.
    """
    assert in_no_room(broken, "status").returncode == 0
    _lose_log_group(broken)
    up = in_no_room(broken, "up", "--yes")
    assert up.returncode == 1
    assert "nothing more can be written" in up.stderr
    assert "Traceback" not in up.stderr
    down = in_no_room(broken, "down", "--yes")
    assert (down.returncode, down.stdout) == (0, "sandbox ended\n")
    assert broken.processes() == []


def in_no_room(copy: ProjectCopy, *arguments: str) -> subprocess.CompletedProcess[str]:
    """Run `myelin` as on a full disk: no file can grow."""
    return subprocess.run(
        [MYELIN, *arguments],
        cwd=copy.root,
        env=copy.environment(),
        preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_FSIZE, (0, 0)),
        capture_output=True,
        text=True,
        check=False,
    )
