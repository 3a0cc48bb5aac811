"""Reading `pulumi preview --json`."""

from __future__ import annotations

from pathlib import Path

from policies.resources.graph.preview import read_preview
from policies.resources.graph.values import UNKNOWN, Location, Secret
from tests.support.resources.documents import SECRET, SIGNATURE, preview, step, urn
from tests.support.resources.documents import UNKNOWN as NOT_KNOWN

BUCKET = "aws:s3/bucket:Bucket"
POLICY = "aws:s3/bucketPolicy:BucketPolicy"


def test_resources_have_what_the_program_wrote(tmp_path: Path) -> None:
    """Inputs, parents, references and the line are read; Pulumi's own notes among the inputs are not."""
    path = preview(
        tmp_path / "p.json",
        step(
            BUCKET,
            "logs",
            inputs={"bucket": "logs", "__defaults": []},
            sourcePosition="project:///app/main.py#7,3",
        ),
        step(
            POLICY,
            "logs",
            inputs={"bucket": NOT_KNOWN, "policy": {SIGNATURE: SECRET, "ciphertext": ""}},
            dependencies=[urn(BUCKET, "logs"), urn(BUCKET, "other")],
            propertyDependencies={"bucket": [urn(BUCKET, "logs")], "policy": []},
        ),
    )
    graph = read_preview(path)
    bucket, policy = graph.resources
    assert (graph.stack, graph.source, graph.notes) == ("dev", "preview", ())
    assert bucket.inputs == {"bucket": "logs"}
    assert bucket.location == Location(path="app/main.py", line=7)
    assert policy.location is None
    assert policy.inputs == {"bucket": UNKNOWN, "policy": Secret(value=UNKNOWN)}
    assert policy.references == {"bucket": (bucket.urn,)}
    assert policy.depends_on == (urn(BUCKET, "other"),)


def test_the_stack_as_it_will_be(tmp_path: Path) -> None:
    """What is deleted, or only read, is not in the graph, and what is replaced is in it once."""
    graph = read_preview(
        preview(
            tmp_path / "p.json",
            step(BUCKET, "same", op="same"),
            step(BUCKET, "read", op="read"),
            {"op": "delete", "urn": urn(BUCKET, "gone"), "oldState": {}},
            step(BUCKET, "new", op="create-replacement", inputs={"bucket": "b"}),
            step(BUCKET, "new", op="replace", inputs={"bucket": "b"}),
            step(BUCKET, "new", op="delete-replaced", inputs={"bucket": "a"}),
        )
    )
    assert [(item.name, dict(item.inputs)) for item in graph.resources] == [
        ("same", {}),
        ("new", {"bucket": "b"}),
    ]


def test_hidden_secrets_are_secrets(tmp_path: Path) -> None:
    """What the CLI shows as `[secret]` is a secret, inside a block too."""
    graph = read_preview(preview(tmp_path / "p.json", step(BUCKET, "b", inputs={"a": [{"b": "[secret]"}]})))
    assert graph.resources[0].inputs == {"a": [{"b": Secret(value=UNKNOWN)}]}


def test_a_failed_preview_says_so(tmp_path: Path) -> None:
    """A program that ended with an error may not have declared everything."""
    path = preview(
        tmp_path / "p.json", step(BUCKET, "b"), diagnostics=[{"severity": "error", "message": "x"}]
    )
    assert read_preview(path).notes == (
        "the preview ended with errors (1): resources may be missing from it",
    )
