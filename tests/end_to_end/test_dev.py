"""The environment `dev`, whose settings are made for AWS, rehearsed in the sandbox."""

from __future__ import annotations

import pytest

from tests.end_to_end.project import ProjectCopy

pytestmark = pytest.mark.sandbox


def test_dev_is_planned_and_deployed(project: ProjectCopy) -> None:
    """`preview dev` plans all three layers, with its own settings: HTTPS and a redirect to it. `up dev`
    deploys them; HTTPS is played on loopback without TLS. MSH-2
    """
    preview = project.myelin("preview", "dev").document
    assert preview["changed"] is True
    plan = {layer["stack"]: layer["counts"] for layer in preview["layers"]}
    assert list(plan) == ["dev-foundation", "dev-platform", "dev-workloads"]
    assert all(set(counts) == {"create"} for counts in plan.values())
    listeners = {
        step["name"]
        for layer in preview["layers"]
        for step in layer["changes"]
        if step["type"] == "aws:lb/listener:Listener"
    }
    assert listeners == {"internal-https", "internal-http"}
    assert preview["policy"]["current"] == ""

    document = project.myelin("up", "dev").document
    assert {layer["stack"]: layer["counts"] for layer in document["layers"]} == plan
    standing = document["standing"]
    assert standing["healthy"] is True
    [balancer] = project.status()["load_balancers"]
    urls = {listener["port"]: listener["url"] for listener in balancer["listeners"]}
    assert set(urls) == {80, 443}
    assert standing["address"] == urls[443]
    health = project.request("GET", f"{urls[443]}/health")
    assert (health.status_code, health.json()["service"]) == (200, "orbit")
    redirect = project.request("GET", f"{urls[80]}/health")
    assert redirect.status_code == 301
    assert redirect.headers["location"].startswith("https://")

    # nothing of it is in the environment beside it
    assert project.myelin("status", "sandbox").document == {
        "environment": "sandbox",
        "running": True,
        "deployed": False,
        "healthy": False,
        "deployed_environments": ["dev"],
    }
