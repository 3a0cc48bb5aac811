"""What `myelin rotate status` says and exits with. SEC-2, KEY-1."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner, Result

from cli.commands import COMMANDS
from cli.commands.rotate.status import status
from cli.main import app
from tests.support.paths import ROOT
from tests.support.rotation.fake_clients import NOW, FakeClient, listed_secret
from tests.support.worlds.fake_world import OUTPUTS, fake_world
from tests.support.worlds.sessions import use_world

STUCK = {"old": ["AWSCURRENT"], "half": ["AWSPENDING"]}


@pytest.fixture
def run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Any:
    """Runs `myelin rotate status` on `dev`, which has a secret, a key that KMS rotates, and one that it does
    not.
    """
    specs = {"1": "SYMMETRIC_DEFAULT", "2": "ECC_NIST_P256"}
    aliases = [
        {"AliasName": f"alias/dev/{name}", "TargetKeyId": key}
        for name, key in (("axon", "1"), ("audit", "2"))
    ]
    kms = FakeClient(
        {
            "list_aliases": {"Aliases": aliases},
            "describe_key": lambda **asked: {
                "KeyMetadata": {"Arn": asked["KeyId"], "KeySpec": specs[asked["KeyId"]]}
            },
            "get_key_rotation_status": {"KeyRotationEnabled": True, "RotationPeriodInDays": 365},
            "list_key_rotations": {"Rotations": []},
        }
    )

    def runs(*arguments: str, stuck: bool = False) -> Result:
        more = (
            {"SecretVersionsToStages": STUCK} if stuck else {"LastRotatedDate": NOW, "NextRotationDate": NOW}
        )
        secrets = FakeClient({"list_secrets": {"SecretList": [listed_secret("axon/key", **more)]}})
        world = fake_world(tmp_path, recorded=dict(OUTPUTS), clients={"kms": kms, "secretsmanager": secrets})
        use_world(monkeypatch, lambda _: world)
        words = ["rotate", "status", *arguments, "--env", "dev", "--project", str(ROOT)]
        return CliRunner().invoke(app, words)

    return runs


def test_secrets_and_keys_are_listed(run: Any) -> None:
    """Each with its schedule; what KMS does not rotate is said to be so."""
    assert run().stdout.splitlines() == [
        "secret  axon/key: last 2026-11-28 04:00, next 2026-11-28 04:00, cron(0 4 1 * ? *)",
        "key     audit: asymmetric, which KMS does not rotate",
        "key     axon: every 365 days, 25 rotations on demand left",
    ]


def test_the_document_has_dates_and_what_is_left(run: Any) -> None:
    """Dates are ISO 8601; what there is none of is null."""
    document = json.loads(run("--json").stdout)
    (secret,) = document["secrets"]
    assert (secret["current"], secret["pending"], secret["next"]) == ("old", None, NOW.isoformat())
    assert [key["on_demand_left"] for key in document["keys"]] == [0, 25]


def test_a_rotation_that_has_not_ended_is_a_finding(run: Any) -> None:
    """It is named with the version that is pending and the way out; exit code 3 only when asked for."""
    ran = run(stuck=True)
    assert ran.exit_code == 0
    assert "not ended: version half is pending" in ran.stdout
    assert "--repair" in ran.stdout
    assert run("--exit-code", stuck=True).exit_code == 3
    assert run("--exit-code").exit_code == 0


def test_the_list_of_commands_says_what_the_command_says() -> None:
    """Help is made of both."""
    assert (status.__doc__ or "").splitlines()[0] == COMMANDS["rotate status"].summary
