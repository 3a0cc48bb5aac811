"""Reading `pulumi preview --json`. CHK-1"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from policies.resources.graph.errors import GraphError
from policies.resources.graph.preview import LEFT_OUT, read_preview
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


def test_a_failed_program_may_have_declared_less(tmp_path: Path) -> None:
    """A program that ended with an error may not have declared everything; its words are kept, without
    colours.
    """
    said = [
        {"severity": "error", "message": "<{%fg 1%}>error: <{%reset%}>Program failed\n"},
        {"severity": "warning", "message": "old"},
    ]
    path = preview(tmp_path / "p.json", step(BUCKET, "b"), diagnostics=[*said, said[0]])
    assert read_preview(path).missing == ("the program failed, so resources may be missing: Program failed",)


@pytest.mark.parametrize("more", [{}, {"steps": None}])
def test_a_program_that_failed_at_once(tmp_path: Path, more: dict[str, Any]) -> None:
    """Where it declared nothing to judge, its errors are the message."""
    path = preview(tmp_path / "p.json", diagnostics=[{"severity": "error", "message": "error: no\nreally"}])
    document = json.loads(path.read_text())
    del document["steps"]
    path.write_text(json.dumps({**document, **more} if more else document))
    with pytest.raises(GraphError) as failure:
        read_preview(path)
    assert failure.value.message == "the program failed, so there is nothing to judge: no\nreally"


def test_what_is_refreshed_before_it_is_deleted_is_gone(tmp_path: Path) -> None:
    """The last step of a resource counts; a leftover of an earlier replacement is not the resource."""
    graph = read_preview(
        preview(
            tmp_path / "p.json",
            step(BUCKET, "gone", op="refresh"),
            {"op": "delete", "urn": urn(BUCKET, "gone"), "oldState": {}},
            {"op": "refresh", "urn": urn(BUCKET, "lost")},
            step(BUCKET, "kept", op="same"),
            {"op": "delete", "urn": urn(BUCKET, "kept"), "oldState": {"delete": True}},
            step(BUCKET, "again", op="refresh"),
            {"op": "delete-replaced", "urn": urn(BUCKET, "again"), "oldState": {}},
            step(BUCKET, "again", op="create-replacement"),
        )
    )
    assert [item.name for item in graph.resources] == ["kept", "again"]


@pytest.mark.parametrize(
    ("steps", "summary", "left_out"),
    [
        pytest.param(["create", "create"], {}, False, id="first deployment"),
        pytest.param(["create", "import", "read"], {}, False, id="imported"),
        pytest.param(["update"], {}, True, id="no summary, deployed before"),
        pytest.param(["create", "delete"], {}, True, id="only deletes something"),
        pytest.param(["update"], {"update": 1, "same": 4}, True, id="unchanged are counted"),
        pytest.param(["create"], {"create": 1, "same": 4}, True, id="created beside unchanged"),
        pytest.param(["same", "update"], {"update": 1, "same": 4}, True, id="some are shown"),
        pytest.param(["same", "update"], {"update": 1, "same": 1}, False, id="all are shown"),
        pytest.param(["same", "update"], {}, False, id="shown, no summary"),
        pytest.param(["update", "update"], {"update": 2}, False, id="all have changed"),
        pytest.param(["update"], "broken", True, id="no summary at all"),
    ],
)
def test_unchanged_resources_that_are_left_out(
    tmp_path: Path, steps: list[str], summary: Any, left_out: bool
) -> None:
    """A preview without `--show-sames` says so by its summary, or by its steps."""
    path = preview(
        tmp_path / "p.json",
        *(step(BUCKET, f"b{number}", op=operation) for number, operation in enumerate(steps)),
        changeSummary=summary,
    )
    assert read_preview(path).missing == ((LEFT_OUT,) if left_out else ())


def test_names_are_whole(tmp_path: Path) -> None:
    """A resource's name may hold what separates the parts of a URN."""
    graph = read_preview(preview(tmp_path / "p.json", step(BUCKET, "a::b$c"), step(BUCKET, "eu west/1")))
    assert [item.name for item in graph.resources] == ["a::b$c", "eu west/1"]
    assert (graph.stack, graph.project) == ("dev", "shop")


def test_what_is_known_of_a_document_is_kept(tmp_path: Path) -> None:
    """An unknown part of a JSON text is unknown there; a text with an unknown part is unknown as a whole."""
    text = json.dumps({"Statement": [{"Action": "*", "Resource": NOT_KNOWN}]})
    inputs = {"policy": text, "name": f"a-{NOT_KNOWN}", "flag": "1c4a061d-8072-4f0a-a4cb-0ff528b18fe7"}
    (found,) = read_preview(preview(tmp_path / "p.json", step(POLICY, "p", inputs=inputs))).resources
    assert found.inputs == {
        "policy": {"Statement": [{"Action": "*", "Resource": UNKNOWN}]},
        "name": UNKNOWN,
        "flag": UNKNOWN,
    }
