"""What `myelin rotate secret` does, says and exits with. SEC-2."""

from __future__ import annotations

import json
import time
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner, Result

from cli.commands import COMMANDS
from cli.commands.rotate.secret import secret
from cli.main import app
from cli.rotation.rotate import STEPS
from stacks.names import Layer
from tests.support.paths import ROOT
from tests.support.rotation.fake_clients import FakeClient, listed_secret
from tests.support.worlds.fake_world import OUTPUTS, asking_environment, fake_world
from tests.support.worlds.sessions import use_world

TAGS = {"myelin:rotation": "generated", "myelin:restart": "axon"}
Run = Callable[..., tuple[Result, dict[str, FakeClient]]]


def clients(*, fails: str = "", replaced: bool = True, stuck: bool = False) -> dict[str, FakeClient]:
    """AWS with one secret that Axon's tasks read when they start; a rotation of it ends at once."""
    labels = {"old": ["AWSCURRENT"], **({"half": ["AWSPENDING"]} if stuck else {})}
    listed = listed_secret("axon/heartbeat-key", tags=TAGS, SecretVersionsToStages=labels)
    later = datetime.fromtimestamp(time.time() + 3600, UTC)
    records: list[dict[str, Any]] = [
        {"message": "step taken", "step": step, "timestamp": "t"} for step in STEPS
    ]
    if fails:
        records = [{"message": "step refused", "asked": {"step": fails}, "reason": "not taken"}]

    def taken_back(**_: Any) -> Any:
        labels.pop("half", None)
        return {}

    return {
        "secretsmanager": FakeClient(
            {
                "list_secrets": {"SecretList": [listed]},
                "rotate_secret": {"VersionId": "new"},
                "describe_secret": {"VersionIdsToStages": {"new": ["AWSCURRENT"]}},
                "update_secret_version_stage": taken_back,
            }
        ),
        "logs": FakeClient(
            {"filter_log_events": {"events": [{"message": json.dumps(one)} for one in records]}}
        ),
        "ecs": FakeClient(
            {
                "list_tasks": {"taskArns": ["a/1"]},
                "describe_tasks": {"tasks": [{"taskArn": "a/1", "createdAt": later}]},
                "describe_services": {
                    "services": [
                        {
                            "deployments": [
                                {
                                    "status": "PRIMARY",
                                    "createdAt": later,
                                    "rolloutState": "COMPLETED" if replaced else "IN_PROGRESS",
                                }
                            ]
                        }
                    ]
                },
            }
        ),
    }


@pytest.fixture
def run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Run:
    """Runs `myelin rotate secret` on `dev` with these clients."""

    def runs(*arguments: str, asks: bool = False, **how: Any) -> tuple[Result, dict[str, FakeClient]]:
        found = clients(**how)
        outputs = {**OUTPUTS, Layer.PLATFORM: {**OUTPUTS[Layer.PLATFORM], "cluster_name": "dev"}}
        world = fake_world(tmp_path, recorded=outputs, clients=found)
        if asks:
            world.environment = asking_environment(world.environment)
        use_world(monkeypatch, lambda _: world)
        words = ["rotate", "secret", *arguments, "--env", "dev", "--project", str(ROOT)]
        return CliRunner().invoke(app, words), found

    return runs


def test_the_report_names_steps_services_and_versions(run: Run) -> None:
    """In one document: the four steps, the new and the previous version, and each consumer with its tasks."""
    ran, _ = run("axon/heartbeat-key", "--json")
    assert ran.exit_code == 0
    document = json.loads(ran.stdout)
    assert [stage["step"] for stage in document["stages"]] == list(STEPS)
    assert (document["version"], document["previous"], document["proved"]) == ("new", "old", True)
    (consumer,) = document["consumers"]
    assert (consumer["name"], consumer["tasks"], consumer["proved"]) == ("axon", 1, 1)


def test_lines_say_the_same_in_words(run: Run) -> None:
    """For people, with what is still good."""
    ran, _ = run("axon/heartbeat-key")
    assert ran.stdout.splitlines() == [
        "axon/heartbeat-key: version new is current",
        "version old is the previous one, and still good",
        "axon: 1 of 1 tasks replaced",
    ]


def test_a_dry_run_rotates_nothing(run: Run) -> None:
    """It says who uses the secret."""
    ran, found = run("axon/heartbeat-key", "--dry-run", "--json")
    document = json.loads(ran.stdout)
    assert (ran.exit_code, document["dry_run"], document["current"]) == (0, True, "old")
    assert document["consumers"] == [{"name": "axon", "reads": "at its start"}]
    assert [name for name, _ in found["secretsmanager"].calls] == ["list_secrets"]


def test_where_changes_are_confirmed_it_asks(run: Run) -> None:
    """Without a terminal and `--yes` nothing is rotated, and the question names who uses the secret."""
    ran, found = run("axon/heartbeat-key", asks=True)
    assert ran.exit_code == 2
    assert "rotate axon/heartbeat-key of dev, which is used by axon" in ran.stderr
    assert [name for name, _ in found["secretsmanager"].calls] == ["list_secrets"]
    assert run("axon/heartbeat-key", "--yes", asks=True)[0].exit_code == 0


@pytest.mark.parametrize("more", [(), ("--dry-run",)])
def test_a_stuck_rotation_is_refused_with_the_way_out(run: Run, more: tuple[str, ...]) -> None:
    """Exit code 1, and the live value is not touched."""
    ran, found = run("axon/heartbeat-key", *more, stuck=True)
    assert ran.exit_code == 1
    assert "version half is pending" in ran.stderr
    assert "--repair" in ran.stderr
    assert [name for name, _ in found["secretsmanager"].calls] == ["list_secrets"]


def test_repair_takes_it_back_and_rotates_anew(run: Run) -> None:
    """First the label, then the rotation; a dry run only says so."""
    ran, found = run("axon/heartbeat-key", "--repair", stuck=True)
    assert ran.exit_code == 0, ran.output
    operations = [name for name, _ in found["secretsmanager"].calls]
    assert operations.index("update_secret_version_stage") < operations.index("rotate_secret")
    ran, found = run("axon/heartbeat-key", "--repair", "--dry-run", stuck=True)
    assert "version half would be taken back first" in ran.stdout
    assert [name for name, _ in found["secretsmanager"].calls] == ["list_secrets"]


def test_a_step_that_fails_exits_1(run: Run) -> None:
    """With the step and its reason."""
    ran, _ = run("axon/heartbeat-key", fails="testSecret")
    assert (ran.exit_code, "failed in testSecret: not taken" in ran.stderr) == (1, True)


def test_a_consumer_that_does_not_get_it_in_time_exits_8(run: Run) -> None:
    """The rotation itself is done, and said to be; the report says who is missing."""
    ran, _ = run("axon/heartbeat-key", "--timeout", "1s", "--json", replaced=False)
    assert ran.exit_code == 8
    assert json.loads(ran.stdout)["proved"] is False


@pytest.mark.parametrize(
    ("arguments", "said"),
    [(("axon/heartbeat",), "no secret"), (("axon/heartbeat-key", "--timeout", "soon"), "not a duration")],
)
def test_bad_input_exits_2(run: Run, arguments: tuple[str, ...], said: str) -> None:
    """An unknown secret, and a time that is none; nothing is changed."""
    ran, found = run(*arguments)
    assert (ran.exit_code, said in ran.stderr) == (2, True)
    assert "rotate_secret" not in [name for name, _ in found["secretsmanager"].calls]


def test_the_list_of_commands_says_what_the_command_says() -> None:
    """Help is made of both."""
    assert (secret.__doc__ or "").splitlines()[0] == COMMANDS["rotate secret"].summary
