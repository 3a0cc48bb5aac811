"""Documents that no graph can be read from: what is said, and what to do."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest

from policies.resources.graph.errors import (
    GraphError,
    NotAGraphError,
    NotJsonError,
    UnreadableError,
)
from policies.resources.graph.export import read_export
from policies.resources.graph.preview import read_preview
from policies.resources.graph.values import Graph
from tests.support.resources.documents import export, preview, state, step

Reader = Callable[[Path], Graph]
BUCKET = "aws:s3/bucket:Bucket"


def failure(reader: Reader, path: Path) -> GraphError:
    with pytest.raises(GraphError) as caught:
        reader(path)
    assert caught.value.path == path
    assert caught.value.message[0].islower()
    assert caught.value.hint
    return caught.value


@pytest.mark.parametrize("reader", [read_preview, read_export])
@pytest.mark.parametrize(
    ("content", "kind", "message", "line"),
    [
        (b"", NotJsonError, "is empty", 1),
        (b'{"steps": [\n{"op": "crea', NotJsonError, "ends in the middle of a JSON document", 2),
        (b'{"steps": [\n', NotJsonError, "ends in the middle of a JSON document", 2),
        (b"Previewing update (dev)\n", NotJsonError, "is no JSON", 1),
        (b'{"steps": [1,,2]}', NotJsonError, "is no JSON: expecting value", 1),
        (b"\xff\xfe\x00", UnreadableError, "is no text", None),
        (b"\x1f\x8b\x08\x00", UnreadableError, "is no text", None),
        (
            b'{"sequence": 1, "timestamp": 1}\n{"seq',
            NotJsonError,
            "is an event stream with a line that is no JSON",
            2,
        ),
    ],
)
def test_what_is_no_json(
    reader: Reader, content: bytes, kind: type[GraphError], message: str, line: int | None, tmp_path: Path
) -> None:
    """A file that is not JSON is told apart from one that ends too early, with the line."""
    path = tmp_path / "f.json"
    path.write_bytes(content)
    error = failure(reader, path)
    assert (type(error), error.message, error.line) == (kind, message, line)


@pytest.mark.parametrize("reader", [read_preview, read_export])
def test_no_file(reader: Reader, tmp_path: Path) -> None:
    """A file that is not there, or is a folder, is named with the reason."""
    assert "No such file" in failure(reader, tmp_path / "none.json").message
    assert isinstance(failure(reader, tmp_path), UnreadableError)


@pytest.mark.parametrize("reader", [read_preview, read_export])
@pytest.mark.parametrize(
    "content", ["[]", "1", "null", "{}", '{"a": 1}', '{"steps": 1}', '{"deployment": []}']
)
def test_other_json(reader: Reader, content: str, tmp_path: Path) -> None:
    """JSON that is neither a preview nor an export is refused, and the hint says what to write."""
    path = tmp_path / "f.json"
    path.write_text(content)
    error = failure(reader, path)
    assert isinstance(error, NotAGraphError)


def test_the_one_in_the_place_of_the_other(tmp_path: Path) -> None:
    """A preview given as an export, and the other way round, is told with the right flag."""
    previewed = preview(tmp_path / "p.json", step(BUCKET, "b"))
    exported = export(tmp_path / "e.json", state(BUCKET, "b"))
    error = failure(read_export, previewed)
    assert (error.message, error.hint) == (
        "is the output of `pulumi preview --json`",
        "give it with --preview",
    )
    error = failure(read_preview, exported)
    assert (error.message, error.hint) == ("is the output of `pulumi stack export`", "give it with --export")


@pytest.mark.parametrize(
    ("broken", "fault"),
    [
        ({"urn": 1}, "has no `type`"),
        ({"type": "aws:s3/bucket:Bucket"}, "has no `urn`"),
        (7, "is not as Pulumi writes it"),
        ({"urn": "u", "type": "t", "inputs": 3}, "is not as Pulumi writes it"),
    ],
)
def test_resources_that_can_not_be_read(broken: object, fault: str, tmp_path: Path) -> None:
    """A state without what every resource has is refused in words that say which one and why."""
    path = tmp_path / "e.json"
    path.write_text(json.dumps({"deployment": {"resources": [broken]}}))
    error = failure(read_export, path)
    assert isinstance(error, NotAGraphError)
    assert error.message == f"resource 1 of the file {fault}"
