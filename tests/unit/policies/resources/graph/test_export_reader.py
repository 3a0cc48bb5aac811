"""Reading `pulumi stack export`. CHK-1"""

from __future__ import annotations

from pathlib import Path

from policies.resources.graph.export import read_export
from policies.resources.graph.values import UNKNOWN, Secret
from tests.support.resources.documents import SECRET, SIGNATURE, STACK, export, state

BUCKET = "aws:s3/bucket:Bucket"
COMPONENT = "shop:index:Store"


def test_resources_have_what_was_deployed(tmp_path: Path) -> None:
    """Ids and outputs are read; of a secret, the text where it was shown, and else nothing."""
    graph = read_export(
        export(
            tmp_path / "e.json",
            {"urn": STACK, "custom": False, "type": "pulumi:pulumi:Stack"},
            state(
                BUCKET,
                "b",
                id="b-1",
                inputs={
                    "x": {SIGNATURE: SECRET, "plaintext": '"open"'},
                    "y": {SIGNATURE: SECRET, "ciphertext": "v1:"},
                },
                outputs={"arn": "arn:aws:s3:::b-1"},
                protect=True,
            ),
        )
    )
    bucket = graph.resources[1]
    assert (graph.stack, graph.source) == ("dev", "export")
    assert (bucket.id, bucket.outputs, bucket.protect) == ("b-1", {"arn": "arn:aws:s3:::b-1"}, True)
    assert bucket.inputs == {"x": Secret(value="open"), "y": Secret(value=UNKNOWN)}
    assert "open" not in repr(bucket)


def test_only_what_the_stack_owns(tmp_path: Path) -> None:
    """What waits to be deleted, and what was only looked up, is not in the graph."""
    graph = read_export(
        export(
            tmp_path / "e.json",
            state(BUCKET, "b"),
            state(BUCKET, "old", delete=True),
            state(BUCKET, "theirs", external=True),
            state(BUCKET, "deleted already", pendingReplacement=True),
        )
    )
    assert [item.name for item in graph.resources] == ["b"]


def test_components_are_found(tmp_path: Path) -> None:
    """A resource knows the nearest component around it, and the stack is none."""
    component = {**state(COMPONENT, "store"), "custom": False}
    inside = {**state(BUCKET, "in"), "parent": component["urn"]}
    graph = read_export(export(tmp_path / "e.json", component, inside, state(BUCKET, "out")))
    found = {item.name: graph.component_of(item) for item in graph.resources}
    assert found["in"] is graph.by_urn[component["urn"]]
    assert found["out"] is None


def test_operations_cut_off_are_told(tmp_path: Path) -> None:
    """A stack that was left in the middle may differ from what is deployed."""
    path = export(tmp_path / "e.json", state(BUCKET, "b"), pending_operations=[{"type": "creating"}])
    assert read_export(path).notes == ("operations were cut off (1): what is deployed may differ",)
