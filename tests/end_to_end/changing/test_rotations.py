"""Rotations on demand, in a whole sandbox and under calls. SEC-2, KEY-1."""

from __future__ import annotations

import re
import shlex
from contextlib import ExitStack
from typing import Any

import pytest

from tests.support.effort import LONG
from tests.support.end_to_end.observers import Caller
from tests.support.end_to_end.project import ProjectCopy, until
from tests.support.paths import ROOT

pytestmark = [
    pytest.mark.sandbox,
    pytest.mark.xdist_group("rotating"),
    pytest.mark.costly("rotates again and again under calls"),
]

OWN, EDGE, GRANTS = "axon/heartbeat-key", "calls/orbit/axon/signing-key", "grants/signing-key"
CALLERS = 4
DISPATCHES = 2000 if LONG else 200
PATIENT = 300.0


def rotate(project: ProjectCopy, name: str, *more: str) -> Any:
    """The report of one rotation."""
    return project.myelin("rotate", "secret", name, *more, timeout=PATIENT).document


def test_five_rotations_under_calls_without_a_failure(rotating: ProjectCopy) -> None:
    """While callers go on, secrets of three kinds are rotated five times: no call fails, and each report
    names the services and the version that all of their tasks have.
    """
    reports = []
    with ExitStack() as stack:
        callers = [stack.enter_context(Caller(rotating, target="axon")) for _ in range(CALLERS)]

        def done() -> int:
            return sum(caller.calls for caller in callers)

        for number, name in enumerate((EDGE, OWN, GRANTS, EDGE, OWN), start=1):
            reports.append(rotate(rotating, name))
            until(
                lambda wanted=number: (
                    done() >= wanted * DISPATCHES // 5  # type: ignore[misc]
                    or any(caller.failures for caller in callers)
                ),
                "calls after a rotation",
                seconds=PATIENT,
            )
    assert [failure for caller in callers for failure in caller.failures] == []
    assert done() >= DISPATCHES
    for report in reports:
        assert [stage["step"] for stage in report["stages"]] == [
            *("createSecret", "setSecret", "testSecret", "finishSecret")
        ]
        assert report["version"] != report["previous"]
        assert report["proved"] is (report["secret"] != GRANTS)
    readers = {report["secret"]: [each["name"] for each in report["consumers"]] for report in reports}
    assert readers == {
        OWN: ["axon"],
        "calls/orbit/axon/signing-key": ["orbit", "axon"],
        GRANTS: ["governance"],
    }


def test_a_stuck_rotation_is_told_refused_and_taken_back(rotating: ProjectCopy) -> None:
    """With AWSPENDING on another version RotateSecret refuses, the live value stays as it was, and `--repair`
    is the way out; on the current version it is no hindrance.
    """
    client = rotating.client("secretsmanager")
    arn = f"sandbox/{OWN}"
    before = client.get_secret_value(SecretId=arn)
    stuck = client.put_secret_value(SecretId=arn, SecretString="x" * 64, VersionStages=["AWSPENDING"])
    with pytest.raises(client.exceptions.InvalidRequestException, match="previous rotation"):
        client.rotate_secret(SecretId=arn)
    refused = rotating.myelin("rotate", "secret", OWN, check=False, json=False)
    assert (refused.code, stuck["VersionId"] in refused.stderr) == (1, True)
    status = rotating.myelin("rotate", "status", "--exit-code", check=False)
    pending = {each["name"]: each["pending"] for each in status.document["secrets"]}
    assert (status.code, pending[OWN]) == (3, stuck["VersionId"])
    live = client.get_secret_value(SecretId=arn)
    assert (live["VersionId"], live["SecretString"]) == (before["VersionId"], before["SecretString"])
    report = rotate(rotating, OWN, "--repair")
    assert report["proved"] is True
    client.update_secret_version_stage(
        SecretId=arn, VersionStage="AWSPENDING", MoveToVersionId=report["version"]
    )
    assert rotate(rotating, OWN)["previous"] == report["version"]


def test_the_document_s_commands_run(rotating: ProjectCopy) -> None:
    """Each command of docs/rotation.md, in its order."""
    text = (ROOT / "docs" / "rotation.md").read_text(encoding="utf-8")
    commands = [
        shlex.split(line)[1:]
        for block in re.findall(r"^```sh\n(.*?)^```", text, re.DOTALL | re.MULTILINE)
        for line in block.splitlines()
    ]
    assert len(commands) > 5
    for command in commands:
        rotating.myelin(*command, timeout=PATIENT, json="--json" in command)


def test_material_that_is_older_is_listed_until_the_secret_is_rotated(rotating: ProjectCopy) -> None:
    """A key's new material is used by what is written after it."""
    before = rotating.myelin("rotate", "key", "axon").document
    assert OWN in {each["secret"] for each in before["older"]}
    rotate(rotating, OWN)
    after = rotating.myelin("rotate", "key", "axon", "--dry-run").document
    assert after["on_demand"] == before["on_demand"]
    current = {each["secret"] for each in after["older"] if "AWSCURRENT" in each["labels"]}
    assert current == set()
