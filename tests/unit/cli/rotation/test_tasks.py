"""Which tasks have a version, by what ECS and the logs say. SEC-2."""

from __future__ import annotations

import json
from datetime import timedelta
from typing import Any

from cli.rotation.tasks import LOADED, RunningTask, ServiceTasks
from services.runtime.signing import keys as kit_keys
from tests.support.rotation.fake_clients import NOW, FakeClient


def test_the_kit_writes_the_line_that_is_looked_for() -> None:
    """The words stand in the kit's code; without them nothing would ever be proved."""
    source = kit_keys.__file__
    with open(source, encoding="utf-8") as file:  # noqa: PTH123 - a module's own file
        assert f'"{LOADED}"' in file.read()


def test_tasks_that_are_about_to_stop_do_not_count() -> None:
    """Of all pages, those that ECS wants to run."""

    def described(**asked: Any) -> Any:
        tasks = [{"taskArn": arn, "createdAt": NOW, "desiredStatus": "RUNNING"} for arn in asked["tasks"]]
        tasks[0]["desiredStatus"] = "STOPPED"
        return {"tasks": tasks}

    ecs = FakeClient(
        {"list_tasks": [{"taskArns": ["a/b/1"]}, {"taskArns": ["a/b/2"]}], "describe_tasks": described}
    )
    assert ServiceTasks(ecs, FakeClient(), "dev").running("axon") == (RunningTask(id="2", created_at=NOW),)


def test_the_newest_deployment_is_the_primary_one() -> None:
    """None for a service that is not there."""
    deployments = [{"status": "ACTIVE"}, {"status": "PRIMARY", "createdAt": NOW - timedelta(1)}]
    there = FakeClient({"describe_services": {"services": [{"deployments": deployments}]}})
    assert ServiceTasks(there, FakeClient(), "dev").primary("axon") == deployments[1]
    gone = FakeClient({"describe_services": {"services": []}})
    assert ServiceTasks(gone, FakeClient(), "dev").primary("axon") == {}


def test_a_task_has_loaded_a_key_when_its_own_log_says_so() -> None:
    """By the stream's last part; other lines that have the version in them prove nothing."""
    lines = [
        ("axon/axon/one", json.dumps({"message": LOADED, "key_version": "new"})),
        ("axon/axon/two", json.dumps({"message": LOADED, "key_version": "old", "x": "new"})),
        ("axon/axon/three", json.dumps({"message": "call refused", "key_version": "new"})),
        ("axon/axon/four", "new"),
        ("axon/axon/five", '["new"]'),
    ]
    logs = FakeClient(
        {"filter_log_events": {"events": [{"logStreamName": s, "message": m} for s, m in lines]}}
    )
    assert ServiceTasks(FakeClient(), logs, "dev").have_loaded("/axon", "new", 5) == {"one"}
    assert logs.calls[0][1] == {"logGroupName": "/axon", "startTime": 5, "filterPattern": '"new"'}
