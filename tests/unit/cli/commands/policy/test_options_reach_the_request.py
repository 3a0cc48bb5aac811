"""Where each option of the commands that change policies stands in the request to the admin function."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from cli.main import app
from policies.calls.store.ledger import PolicyLedger
from policies.calls.trail.chain import verified_entries
from tests.support.commands import loaded_commands, options_of
from tests.support.governance.admin_api import administered, first_version, written
from tests.support.governance.fixtures import SCHEMA
from tests.support.governance.recording_admin import AdminRequest, RecordingAdmin, recording_admin
from tests.support.paths import ROOT
from tests.support.worlds.fake_world import fake_world, outputs_with
from tests.support.worlds.sessions import use_world

NOTE = "agreed: 50 % + more & än entry?"
"""With everything that a URL has to escape."""
TEXT = written("night")
DRAFT = "7d1f0c9e-2b7a-4c55-9f60-0b6f6f6f2a10"
SET: dict[str, Any] = {"policies": [{"path": "night.cedar", "text": TEXT}], "schema": SCHEMA, "cases": []}
SHARED = {"acting_as", "env", "environment", "project", "as_json", "yes"}
"""Which admin function is asked, how the answer is shown, and whether the command asks before: `yes` is tried
with every row, `env` below."""


@dataclass(frozen=True)
class Row:
    """One option (or argument) of a command, the command line with it, and the only request that changes.

    `CURRENT` and `FIRST` stand for the names of versions; None: there is no such request.
    """

    command: str
    option: str
    line: list[str]
    request: AdminRequest | None


def put(note: str = "") -> AdminRequest:
    body = {"text": TEXT, "note": note, "cases": []}
    return AdminRequest(method="PUT", path="/policies/night", body=body)


def delete(**query: str) -> AdminRequest:
    return AdminRequest(method="DELETE", path="/policies/no-erase", query=query, if_match="CURRENT")


def publish(note: str = "") -> AdminRequest:
    return AdminRequest(method="POST", path="/publish", body={**SET, "note": note}, if_match="CURRENT")


def rollback(to: str, note: str = "") -> AdminRequest:
    return AdminRequest(
        method="POST", path="/rollback", body={"to": to, "note": note, "deployed": None}, if_match="CURRENT"
    )


def draft(note: str = "", **change: object) -> AdminRequest:
    return AdminRequest(method="POST", path="/drafts", body={"change": change, "note": note})


def collect(*, dry_run: bool) -> AdminRequest:
    return AdminRequest(method="POST", path="/collect", body={"dry_run": dry_run})


ACTIVATE = AdminRequest(method="POST", path=f"/drafts/{DRAFT}/activate")
DISCARD = AdminRequest(method="DELETE", path=f"/drafts/{DRAFT}")
ROWS = [
    Row("put", "file", ["night.cedar"], put()),  # its `@id` in the path, its text in the body
    Row("put", "note", ["night.cedar", "--note", NOTE], put(NOTE)),
    Row("put", "dry_run", ["night.cedar", "--dry-run"], None),
    Row("put", "draft", ["night.cedar", "--draft"], draft(kind="put", id="night", text=TEXT)),
    Row(
        "put",
        "note",
        ["night.cedar", "--draft", "--note", NOTE],
        draft(NOTE, kind="put", id="night", text=TEXT),
    ),
    Row("delete", "policy", ["no-erase"], delete()),
    Row("delete", "note", ["no-erase", "--note", NOTE], delete(note=NOTE)),
    Row("delete", "dry_run", ["no-erase", "--dry-run"], None),
    Row("delete", "draft", ["no-erase", "--draft"], draft(kind="delete", id="no-erase")),
    Row("delete", "note", ["no-erase", "--draft", "--note", NOTE], draft(NOTE, kind="delete", id="no-erase")),
    Row("publish", "folder", ["rules"], publish()),
    Row("publish", "note", ["rules", "--note", NOTE], publish(NOTE)),
    Row("publish", "dry_run", ["rules", "--dry-run"], None),
    Row("publish", "draft", ["rules", "--draft"], draft(kind="publish", **SET)),
    Row("publish", "note", ["rules", "--draft", "--note", NOTE], draft(NOTE, kind="publish", **SET)),
    Row("rollback", "version", ["FIRST"], rollback("FIRST")),
    Row("rollback", "note", ["--note", NOTE], rollback("FIRST", NOTE)),
    Row("rollback", "dry_run", ["--dry-run"], None),
    Row("activate", "draft", [DRAFT], ACTIVATE),
    Row("discard", "draft", [DRAFT], DISCARD),
    Row("collect", "dry_run", [], collect(dry_run=False)),
    Row("collect", "dry_run", ["--dry-run"], collect(dry_run=True)),
]
READING = {"validate", "test", "diff", "explain", "replay", "list", "show", "history", "drafts"}
"""The commands that change nothing."""


COMMANDS = [words.removeprefix("policy ") for words in loaded_commands() if words.startswith("policy ")]


@pytest.fixture
def versions(dynamodb: Any) -> dict[str, str]:
    """Two versions: the first one, and the current one with another policy."""
    first = first_version(dynamodb, SCHEMA)
    current = administered()("PUT", "/policies/other", {"text": written("other")})[1]["version"]
    return {"FIRST": first, "CURRENT": current}


@pytest.fixture
def recorded(versions: dict[str, str]) -> Iterator[RecordingAdmin]:
    assert versions
    with recording_admin(administered()) as found:
        yield found


@pytest.fixture
def connected(recorded: RecordingAdmin, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> list[str]:
    """The environments whose admin function commands have asked for; all of them are the recorded one."""
    asked = use_world(
        monkeypatch,
        lambda session: fake_world(tmp_path, session.environment, recorded=outputs_with(recorded.url)),
    )
    (tmp_path / "night.cedar").write_text(TEXT)
    (tmp_path / "rules").mkdir()
    (tmp_path / "rules" / "night.cedar").write_text(TEXT)
    (tmp_path / "rules" / "schema.cedarschema").write_text(SCHEMA)
    monkeypatch.chdir(tmp_path)
    return asked


def run(command: str, line: list[str]) -> None:
    yes = ["--yes"] if "yes" in options_of(f"policy {command}") else []
    result = CliRunner().invoke(app, ["policy", command, *line, *yes, "--project", str(ROOT)])
    assert not isinstance(result.exception, Exception), result.output


@pytest.mark.usefixtures("connected")
@pytest.mark.parametrize("row", ROWS, ids=lambda row: " ".join(["policy", row.command, *row.line]))
def test_an_option_is_in_the_request(row: Row, recorded: RecordingAdmin, versions: dict[str, str]) -> None:
    """What the command line says comes to the admin function, and no request beside it changes anything."""
    run(row.command, [versions.get(word, word) for word in row.line])
    names = {name: alias for alias, name in versions.items()}
    seen = []
    for request in recorded.changes():
        body = request.body
        if isinstance(body, dict) and "to" in body:
            body = {**body, "to": names[body["to"]]}
        seen.append(
            AdminRequest(
                method=request.method,
                path=request.path,
                query=request.query,
                body=body,
                if_match=None if request.if_match is None else names[request.if_match],
            )
        )
    assert seen == ([] if row.request is None else [row.request])


def test_the_table_has_every_option_of_every_command_that_changes_something() -> None:
    """A new option without a row fails here."""
    for name in COMMANDS:
        options = set() if name in READING else options_of(f"policy {name}") - SHARED
        assert {row.option for row in ROWS if row.command == name} == options


@pytest.mark.parametrize("name", sorted(set(COMMANDS) - READING))
def test_the_environment_of_an_option_is_the_one_asked(name: str, connected: list[str]) -> None:
    """`--env` says whose admin function gets the request."""
    line = next(row.line for row in ROWS if row.command == name and "FIRST" not in row.line)
    run(name, [*line, "--env", "dev"])
    assert connected == ["dev"]


@pytest.mark.usefixtures("connected")
def test_the_note_of_a_deletion_is_in_the_audit_trail(dynamodb: Any) -> None:
    """Word for word, as with any other change."""
    run("delete", ["no-erase", "--note", NOTE])
    *_, last = verified_entries(PolicyLedger(dynamodb, "policies").all_links())
    assert (last.record.action, last.record.details["note"]) == ("delete", NOTE)
