"""Where the connections of a check cannot be seen."""

from __future__ import annotations

from typing import Any

from policies.resources.graph.values import UNKNOWN, Graph, Resource
from policies.resources.scanning.check_facts import CheckFacts
from policies.resources.scanning.connections import LEFT_OUT, Connections
from tests.support.resources.documents import urn

BUCKET, VERSIONING = "aws:s3/bucket:Bucket", "aws:s3/bucketVersioning:BucketVersioning"
KINDS = {BUCKET: "aws_s3_bucket", VERSIONING: "aws_s3_bucket_versioning"}
WANTED = CheckFacts(id="C", words={}, connected=frozenset(KINDS.values()))
UNWANTED = CheckFacts(id="D", words={}, connected=frozenset(KINDS.values()), growing=False)
ALONE = CheckFacts(id="E", words={})


def resource(token: str, name: str, **more: Any) -> Resource:
    return Resource(urn=urn(token, name), token=token, name=name, **more)


def connections(*resources: Resource, missing: tuple[str, ...] = ()) -> Connections:
    graph = Graph(stack="dev", source="preview", resources=resources, missing=missing)
    return Connections(graph, {item.urn: KINDS[item.token] for item in resources})


def why(found: Connections, facts: CheckFacts, it: Resource, *, passed: bool = False) -> str:
    return found.why_open(facts, it, KINDS[it.token], passed=passed)


def test_resources_that_are_missing_leave_every_connected_check_open() -> None:
    """Whatever it said; a check of one resource is as before."""
    bucket = resource(BUCKET, "b")
    found = connections(bucket, missing=("why",))
    assert why(found, WANTED, bucket) == why(found, WANTED, bucket, passed=True) == LEFT_OUT
    assert why(found, ALONE, bucket) == ""


def test_a_stray_may_mean_any_resource_of_its_kind() -> None:
    """It leaves open what fails for the want of it, and what passes because it is not there."""
    bucket, stray = resource(BUCKET, "b"), resource(VERSIONING, "v", inputs={"bucket": UNKNOWN})
    found = connections(bucket, stray)
    assert why(found, WANTED, bucket) == "`bucket` of `v` is not known, and may mean this resource"
    assert why(found, WANTED, bucket, passed=True) == ""
    assert why(found, UNWANTED, bucket, passed=True)
    assert why(found, WANTED, stray) == "`bucket` is not known, so neither is what it is connected with"


def test_what_comes_from_a_resource_is_no_stray() -> None:
    """An unknown input with a reference, and one that names nothing, leave nothing open."""
    bucket = resource(BUCKET, "b", inputs={"tags": UNKNOWN, "acl": UNKNOWN})
    tied = resource(VERSIONING, "v", inputs={"bucket": UNKNOWN}, references={"bucket": (bucket.urn,)})
    assert why(connections(bucket, tied), WANTED, bucket) == ""
    lost = resource(VERSIONING, "v", inputs={"bucket": UNKNOWN}, references={"bucket": ("urn:elsewhere",)})
    assert why(connections(bucket, lost), WANTED, bucket) != ""


def test_a_name_that_is_not_known_may_be_one_given_by_hand() -> None:
    """A text that names no resource of the file may be the name that the deployment brings."""
    nameless, named = (
        resource(BUCKET, "b", inputs={"bucket": UNKNOWN}),
        resource(BUCKET, "c", inputs={"bucket": "logs-1"}),
    )
    by_hand = resource(VERSIONING, "v", inputs={"bucket": "logs-2"})
    found = connections(nameless, named, by_hand)
    assert why(found, WANTED, nameless) == "`bucket` is not known, and `bucket` of `v` may be it"
    assert why(found, WANTED, nameless, passed=True) == ""
    assert why(found, WANTED, named) == ""
    meant = resource(VERSIONING, "v", inputs={"bucket": "logs-1"}, references={"bucket": (named.urn,)})
    assert why(connections(nameless, named, meant), WANTED, nameless) == ""
