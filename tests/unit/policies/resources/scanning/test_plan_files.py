"""Plans as checkov gets them."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from policies.resources.graph.values import UNKNOWN, Graph, Resource
from policies.resources.scanning.checkov_runner import Checkov, load
from policies.resources.scanning.plan_files import parts_of, write_plan
from policies.resources.terraform.plan import translate
from tests.support.resources.documents import urn

pytestmark = pytest.mark.xdist_group("checkov")
BUCKET, VERSIONING = "aws:s3/bucket:Bucket", "aws:s3/bucketVersioning:BucketVersioning"


@pytest.fixture(scope="module")
def checkov() -> Checkov:
    return load()


def buckets(number: int) -> dict[str, Any]:
    """Buckets, and after all of them a versioning of each but the last."""
    made = [Resource(urn=urn(BUCKET, f"b{at}"), token=BUCKET, name=f"b{at}") for at in range(number)]
    versioned = [
        Resource(
            urn=urn(VERSIONING, f"v{at}"),
            token=VERSIONING,
            name=f"v{at}",
            inputs={"bucket": UNKNOWN, "versioningConfiguration": {"status": "Enabled"}},
            references={"bucket": (bucket.urn,)},
        )
        for at, bucket in enumerate(made[:-1])
    ]
    graph = Graph(stack="dev", source="preview", resources=(*made, *versioned))
    return dict(translate(graph).plan)


def test_every_resource_is_in_one_part() -> None:
    """No part is large, and together they have all that the plan has; a plan of nothing is one part."""
    plan = buckets(260)
    parts = list(parts_of(plan))
    sizes = [len(part["planned_values"]["root_module"]["resources"]) for part in parts]
    assert sum(sizes) == 519
    assert max(sizes) <= 200
    for kind in ("planned_values", "configuration"):
        addresses = [item["address"] for part in parts for item in part[kind]["root_module"]["resources"]]
        assert addresses == [item["address"] for item in plan[kind]["root_module"]["resources"]]
    assert len(list(parts_of(buckets(1)))) == 1
    empty = {
        "terraform_version": "1",
        "planned_values": {"root_module": {}},
        "configuration": {"root_module": {}},
    }
    assert len(list(parts_of(empty))) == 1


def test_nothing_is_written_that_checkov_does_not_look_at(tmp_path: Path) -> None:
    """Values that are secret, and changes, stay out of the files."""
    (path,) = write_plan(tmp_path, buckets(2))
    document = json.loads(path.read_text(encoding="utf-8"))
    assert document.keys() == {"terraform_version", "planned_values", "configuration"}
    assert "sensitive_values" not in path.read_text(encoding="utf-8")


def test_resources_of_several_parts_are_connected(checkov: Checkov) -> None:
    """A bucket in the first file has its versioning in the last; one has none, and that one alone fails."""
    found = checkov.run(buckets(201), only=["CKV_AWS_21"])
    failed = [result.address for result in found.results if not result.passed]
    assert failed == ["aws_s3_bucket.b200"]
    assert len(found.results) == 201


def test_what_the_environment_says_of_plans_changes_nothing(
    checkov: Checkov, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whoever has told checkov to take unknown values for given ones gets the same verdicts."""
    topic = Resource(
        urn=urn("aws:sns/topic:Topic", "t"),
        token="aws:sns/topic:Topic",
        name="t",
        inputs={"kmsMasterKeyId": UNKNOWN},
    )
    plan = translate(Graph(stack="dev", source="preview", resources=(topic,))).plan
    before = [(one.id, one.passed) for one in checkov.run(plan).results]
    monkeypatch.setenv("EVAL_TF_PLAN_AFTER_UNKNOWN", "true")
    assert [(one.id, one.passed) for one in checkov.run(plan).results] == before
