"""The environment `dev`, whose settings are made for AWS, rehearsed in the sandbox."""

from __future__ import annotations

import pytest

from tests.support.end_to_end.project import ProjectCopy

pytestmark = [pytest.mark.sandbox, pytest.mark.xdist_group("dev")]


def test_dev_is_deployed_and_governed(dev: ProjectCopy) -> None:
    """`up dev` deploys all three layers, with its own settings: HTTPS and a redirect to it, a function for
    Lambda on arm64. HTTPS is played on loopback without TLS; the function runs, so that one dispatch is
    allowed and one denied by policy. MSH-2, GOV-1
    """
    document = dev.deployments[0].document
    plan = {layer["stack"]: layer["counts"] for layer in document["layers"]}
    assert list(plan) == ["dev-foundation", "dev-platform", "dev-workloads"]
    assert all(set(counts) == {"create"} for counts in plan.values())
    standing = document["standing"]
    assert standing["healthy"] is True
    [balancer] = dev.status()["load_balancers"]
    urls = {listener["port"]: listener["url"] for listener in balancer["listeners"]}
    # 8443 is for tests of new releases
    assert set(urls) == {80, 443, 8443}
    assert standing["address"] == urls[443]
    redirect = dev.request("GET", f"{urls[80]}/health")
    assert redirect.status_code == 301
    assert redirect.headers["location"].startswith("https://")

    # the functions are deployed as they are on AWS, and still can be run
    functions = dev.client("lambda").list_functions()["Functions"]
    assert {(item["Runtime"], *item["Architectures"]) for item in functions} == {("python3.13", "arm64")}
    replaced = {item["name"]: set(item["replaced_packages"]) for item in standing["functions"]}
    assert {"cedarpy", "pydantic-core", "wrapt"} <= replaced["dev-governance-decide"]
    status, _, allowed = dev.dispatch("reason")
    assert (status, allowed["decision"]["allowed"]) == (200, True)
    status, _, denied = dev.dispatch("erase")
    assert (status, denied["type"]) == (403, "urn:myelin:problem:denied-by-policy")

    # nothing of it is in the environment beside it
    assert dev.myelin("status", "sandbox").document == {
        "environment": "sandbox",
        "running": True,
        "deployed": False,
        "healthy": False,
        "deployed_environments": ["dev"],
        "leftovers": [],
    }


@pytest.mark.costly("a sandbox whose one environment is gone serves no other test")
def test_one_environment_ends_alone(dev: ProjectCopy) -> None:
    """`down dev` deletes its resources, and the sandbox stays; nothing of dev is left in its AWS."""
    count = sum(dev.deployments[0].document["standing"]["layers"].values())
    assert dev.myelin("down", "dev", "--yes").document == {"environment": "dev", "deleted": count}
    assert dev.myelin("status", "dev").document["deployed_environments"] == []
    assert dev.client("ecs").describe_clusters(clusters=["dev"])["clusters"][0]["status"] == "INACTIVE"
    assert not [
        function
        for function in dev.client("lambda").list_functions()["Functions"]
        if function["FunctionName"].startswith("dev-")
    ]
    assert dev.myelin("down", "dev", "--yes").document == {"environment": "dev", "deleted": 0}
