"""Policies changed through the command line, in a running sandbox."""

from __future__ import annotations

import asyncio
import json
import os
import re
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner, Result

from cli.main import app
from cli.policies.admin_client import open_admin
from cli.policies.published import read_published
from tests.support.end_to_end.project import ProjectCopy
from tests.support.end_to_end.walkthrough import agrees, follow
from tests.support.paths import ROOT

pytestmark = [
    pytest.mark.sandbox,
    pytest.mark.xdist_group("deployed"),
    # a command leaves its connections to the end of its process
    pytest.mark.filterwarnings("ignore:unclosed:ResourceWarning"),
]

Run = Callable[..., Result]
NIGHT = (
    '@id("night") @reason("at night nobody reasons") forbid (principal, action == Action::"reason", resource)'
)
SLEEP = f'{NIGHT}\nwhen {{ context.time.toTime() < duration("0s") }};\n'


@pytest.fixture
def here(deployed: ProjectCopy, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[ProjectCopy]:
    """The deployed copy, for commands that run in this process; afterwards its policies are as before."""
    for name in list(os.environ):
        if name not in deployed.environment():
            monkeypatch.delenv(name)
    for name, value in deployed.environment().items():
        monkeypatch.setenv(name, value)
    monkeypatch.chdir(deployed.root)
    admin = open_admin(deployed.world)
    before = admin.version().version
    yield deployed
    for draft in admin.drafts():
        admin.discard(draft.id)
    if admin.version().version != before:
        admin.rollback(before)


@pytest.fixture
def run(here: ProjectCopy) -> Run:
    """Runs `myelin policy`."""

    def runs(*arguments: object) -> Result:
        return CliRunner().invoke(app, ["policy", *map(str, arguments)])

    return runs


def document(result: Result) -> Any:
    assert result.exit_code == 0, result.output
    return json.loads(result.stdout)


def table(project: ProjectCopy) -> list[Any]:
    """Every item of the policy table."""
    name = project.platform.policy_table_name
    pages = project.client("dynamodb").get_paginator("scan").paginate(TableName=name, ConsistentRead=True)
    items = [item for page in pages for item in page["Items"]]
    return sorted(items, key=lambda item: json.dumps(item, sort_keys=True))


def test_the_life_of_a_change_is_as_documented(here: ProjectCopy) -> None:
    """Every command of docs/governance/changes.md says what the document shows. GOV-2, DEL-3"""
    text = (ROOT / "docs" / "governance" / "changes.md").read_text(encoding="utf-8")
    wrong = [
        "\n".join((f"$ {step.command}", *said))
        for step, said in follow(text, here.root)
        if not agrees(step, said)
    ]
    assert not wrong, "\n\n".join(wrong)


def test_the_commands_of_the_record_run(here: ProjectCopy) -> None:
    """Every command of docs/governance/record.md, in its order, ends with 0. GOV-2"""
    text = (ROOT / "docs" / "governance" / "record.md").read_text(encoding="utf-8")
    commands = [
        line
        for block in re.findall(r"^```sh\n(.*?)^```", text, flags=re.MULTILINE | re.DOTALL)
        for line in block.splitlines()
    ]
    ran = [(command, CliRunner().invoke(app, command.split()[1:])) for command in commands]
    assert len(ran) >= 5
    assert [(command, result.output) for command, result in ran if result.exit_code] == []


def test_the_examples_of_the_client_run(here: ProjectCopy, monkeypatch: pytest.MonkeyPatch) -> None:
    """Both of docs/governance/client.md, against the deployed function: one is allowed, one denied. GOV-1"""
    text = (ROOT / "docs" / "governance" / "client.md").read_text(encoding="utf-8")
    blocking, waiting = re.findall(r"^```python\n(.*?)^```", text, flags=re.MULTILINE | re.DOTALL)
    for name, value in (
        ("AWS_ENDPOINT_URL", here.host.endpoint),
        ("AWS_ACCESS_KEY_ID", here.world.credentials.access_key),
        ("AWS_SECRET_ACCESS_KEY", here.world.credentials.secret_key),
    ):
        monkeypatch.setenv(name, value)
    names: dict[str, Any] = {"function": f"{here.platform.governance_function_name}:caller-orbit"}
    exec(blocking, names)
    assert (names["decision"].allowed, names["decision"].policies) == (True, ["orbit-may-reason-on-axon"])
    exec(waiting, names)
    assert asyncio.run(names["may_erase"]()) is False


def test_a_published_version_is_read_back_as_it_is(here: ProjectCopy) -> None:
    """What the admin function tells of a version makes the same version again, to the digest."""
    admin = open_admin(here.world)
    found = read_published(admin, admin.version().version)
    assert found.rehearsal().version == found.version


def test_a_dry_run_changes_nothing_and_names_the_version_to_come(here: ProjectCopy, run: Run) -> None:
    """`put`, `delete`, `publish` and `rollback` show the effect; the version foretold is the one made."""
    (here.root / "night.cedar").write_text(SLEEP)
    before = table(here)
    foretold = document(run("put", "night.cedar", "--dry-run", "--json"))
    assert foretold["policies"]["added"] == ["night"]
    assert run("delete", "no-erase", "--dry-run").exit_code == 1
    assert document(run("publish", "--dry-run", "--json"))["changed"] is False
    assert table(here) == before
    made = document(run("put", "night.cedar", "--json"))
    assert (made["version"], made["before"]) == (foretold["to"], foretold["from"])
    back = document(run("rollback", "--dry-run", "--json"))
    assert (back["to"], back["policies"]["removed"]) == (made["before"], ["night"])


def test_a_folder_is_published_as_a_whole(here: ProjectCopy, run: Run) -> None:
    """Policies that it lacks go, after a yes; the permits of declared calls stay."""
    (here.root / "night.cedar").write_text(SLEEP)
    assert run("put", "night.cedar").exit_code == 0
    asked = run("publish")
    assert (asked.exit_code, "remove the published policies `night`" in asked.stderr) == (2, True)
    made = document(run("publish", "--yes", "--note", "as in the folder", "--json"))
    assert (made["removed"], made["added"]) == (["night"], [])
    (newest,) = document(run("history", "--limit", 1, "--json"))
    assert (newest["version"], newest["note"]) == (made["version"], "as in the folder")
    assert newest["actor"].startswith("arn:aws:")
    listed = document(run("list", "--json"))
    assert [(each["id"], each["declared"]) for each in listed["policies"]] == [
        ("no-erase", False),
        ("orbit-may-reason-on-axon", True),
    ]


def test_a_draft_is_compared_and_activated(here: ProjectCopy, run: Run) -> None:
    """Nothing is decided by it before."""
    (here.root / "night.cedar").write_text(SLEEP)
    draft = document(run("put", "night.cedar", "--draft", "--note", "for review", "--json"))
    compared = document(run("diff", "current", draft["id"], "--json"))
    assert (compared["to"], compared["policies"]["added"]) == (draft["version"], ["night"])
    assert [each["id"] for each in document(run("drafts", "--json"))] == [draft["id"]]
    assert document(run("activate", draft["id"], "--json"))["version"] == draft["version"]
    assert document(run("show", "night", "--json"))["version"] == draft["version"]
    assert (
        document(run("explain", "orbit", "reason", "--in", draft["version"][:8], "--json"))["set"]
        == (draft["version"])
    )


def test_what_no_version_needs_is_collected(run: Run) -> None:
    """Only after a yes; as everything here is young, nothing is deleted. The dry run counts the same."""
    refused = run("collect")
    assert (refused.exit_code, "would delete the versions that are not kept" in refused.stderr) == (2, True)
    counted = document(run("collect", "--dry-run", "--json"))
    made = document(run("collect", "--yes", "--json"))
    assert made == {**counted, "dry_run": False}
    assert (made["deleted"], made["kept"]) == (0, made["documents"])


REFUSED: dict[str, tuple[list[str], str, int, str]] = {
    "syntax": (
        ["put", "x.cedar"],
        NIGHT,
        2,
        "x.cedar:1:1: the policy that starts here has no `;` at its end",
    ),
    "no reason": (
        ["put", "x.cedar"],
        '@id("x")\npermit (principal, action, resource);',
        2,
        "x.cedar:1:1: the policy `x` has no `@reason`",
    ),
    "two policies": (["put", "x.cedar"], SLEEP + SLEEP, 2, "x.cedar:3: the file has 2 policies, not one"),
    "schema": (
        ["put", "x.cedar"],
        f"\n{NIGHT} when {{ context.mood == 1 }};",
        2,
        "x.cedar:2:121: the policy `night` does not fit the schema: attribute `mood` in context",
    ),
    "nesting": (
        ["put", "x.cedar"],
        f"{NIGHT} when {{ {'(' * 700}true{')' * 700} }};",
        2,
        "x.cedar:1:176: brackets are nested deeper than the 64 levels allowed",
    ),
    "cases": (
        ["put", "x.cedar"],
        f"{NIGHT};",
        1,
        "3 cases would fail, so nothing was changed\n  orbit may ask axon to reason: expected allow, "
        "but it is denied by `night`: at night nobody reasons",
    ),
    "cases of a draft": (["put", "x.cedar", "--draft"], f"{NIGHT};", 1, "3 cases would fail"),
    "declared": (
        ["delete", "orbit-may-reason-on-axon", "--yes"],
        "",
        1,
        "the policy `orbit-may-reason-on-axon` follows from a call that `orbit` declares",
    ),
    "nothing to delete": (["delete", "nothing", "--yes"], "", 1, "there is no policy `nothing`"),
    "cases of a deletion": (
        ["delete", "no-erase", "--yes"],
        "",
        1,
        "3 cases would fail, so nothing was changed",
    ),
    "no yes": (["delete", "no-erase"], "", 2, "this would delete the policy `no-erase` from version"),
    "unknown version": (["rollback", "0123456789abcdef", "--yes"], "", 2, "`0123456789abcdef` is no version"),
    "no version": (["rollback", "yesterday", "--yes"], "", 2, "`yesterday` is no version"),
    "never current": (["rollback", "0" * 64, "--yes"], "", 1, f"no version `{'0' * 64}` was ever current"),
    "unknown draft": (
        ["activate", "00000000-0000-0000-0000-000000000000"],
        "",
        1,
        "there is no draft `00000000-0000-0000-0000-000000000000`",
    ),
    "no draft": (["activate", "../policies"], "", 2, "`../policies` is not the id of a draft"),
    "folder with a fault": (
        ["publish", "bad", "--yes"],
        NIGHT,
        2,
        "bad/x.cedar:1:1: the policy that starts here has no `;` at its end",
    ),
    "folder whose cases fail": (["publish", "bad", "--yes"], f"{NIGHT};", 1, "3 cases would fail"),
    "unknown flag": (["put", "x.cedar", "--force"], SLEEP, 2, "No such option: --force"),
    "no file": (["put", "nowhere.cedar"], "", 2, "does not exist"),
}


@pytest.mark.parametrize("name", REFUSED)
def test_a_refused_change_says_why_and_changes_nothing(here: ProjectCopy, run: Run, name: str) -> None:
    """What, where and why, exit code 1 or 2, and the policy table as it was, to the byte."""
    arguments, text, code, message = REFUSED[name]
    (here.root / "bad").mkdir(exist_ok=True)
    for folder in ("", "bad"):
        (here.root / folder / "x.cedar").write_text(text)
    for path in (here.root / "policies" / "calls" / "rules").glob("*.cases.yaml"):
        (here.root / "bad" / path.name).write_text(path.read_text())
    (here.root / "bad" / "no-erase.cedar").write_text(
        (here.root / "policies" / "calls" / "rules" / "no-erase.cedar").read_text()
    )
    before = table(here)
    result = run(*arguments)
    assert table(here) == before
    assert (result.exit_code, result.stdout) == (code, ""), result.output
    assert message in result.stderr
    assert "hint:" in result.stderr or "Usage:" in result.stderr
