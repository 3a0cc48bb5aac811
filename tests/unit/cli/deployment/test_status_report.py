"""What is said about how an environment is."""

from __future__ import annotations

from dataclasses import replace

from cli.deployment.status_report import status_document, status_lines
from cli.worlds.world import EnforcedPermissions, RunningFunction, RunningService
from tests.support.worlds.statuses import status_of

STUCK = RunningService(
    name="axon",
    desired=2,
    running=1,
    healthy=0,
    rollout="IN_PROGRESS",
    reason="tasks fail their health check",
    task_definition="dev-axon:3",
)


def test_packages_that_are_not_those_of_aws_are_named() -> None:
    """What of a function AWS would not run so is said; where there is nothing, no line is."""
    status = status_of("dev")
    line = "function  f: native, other as built for this machine, the rest as on AWS"
    assert line in list(status_lines(status))
    same = replace(status, functions=(RunningFunction(name="f", replaced_packages=()),))
    assert not [line for line in status_lines(same) if line.startswith("function")]


def test_how_soon_a_forbid_is_in_force_is_said() -> None:
    """The bound stands beside the policy version, and in the document. GOV-4"""
    status = status_of("dev")
    assert "policies  version aaaaaaaaaaaa, a forbid is in force everywhere within 65 s" in list(
        status_lines(status)
    )
    assert status_document(status)["forbid_seconds"] == 65


def test_a_service_that_is_not_done_says_why() -> None:
    """Counts, and for a deployment under way its state and reason."""
    status = replace(status_of("dev"), services=(STUCK,))
    assert (
        "service   axon: 0/2 healthy, 1 running, in_progress tasks fail their health check (dev-axon:3)"
    ) in list(status_lines(status))
    assert status_document(status)["healthy"] is False
    assert status_document(status)["services"][0]["reason"] == "tasks fail their health check"


def test_what_iam_denied_is_said() -> None:
    """FID-2: that it is enforced, how often it denied, and the last time with AWS's reason."""
    denied = {"at": "2026-11-28T00:00:00+00:00", "by": "arn:r", "message": "User: arn:r is not authorized"}
    told = EnforcedPermissions(allowed=3, denied=1, denials=(denied,), used={"arn:r": ("s3:x p/Reads",)})
    status = replace(status_of("dev"), permissions=told)
    assert list(status_lines(status))[-2:] == [
        "iam       enforced: 3 permissions allowed, 1 denied",
        "denied    last: User: arn:r is not authorized",
    ]
    assert status_document(status)["permissions"] == {
        "allowed": 3,
        "denied": 1,
        "denials": [denied],
        "used": {"arn:r": ["s3:x p/Reads"]},
    }
    assert status_document(status_of("dev"))["permissions"] is None
