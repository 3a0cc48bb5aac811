"""Engine events, as a streaming preview and an event log have them."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from policies.resources.graph.errors import GraphError, NotAGraphError
from policies.resources.graph.events import digest_of
from policies.resources.graph.export import read_export
from policies.resources.graph.preview import LEFT_OUT, read_preview
from policies.resources.graph.values import UNKNOWN, Secret
from tests.support.resources.documents import UNKNOWN as NOT_KNOWN
from tests.support.resources.documents import state, urn

TOPIC = "aws:sns/topic:Topic"


def events(path: Path, *bodies: dict[str, Any]) -> Path:
    lines = [json.dumps({"sequence": number, "timestamp": 1, **body}) for number, body in enumerate(bodies)]
    path.write_text("\n".join(lines) + "\n")
    return path


def before(name: str, operation: str = "create", **more: Any) -> dict[str, Any]:
    metadata = {"op": operation, "urn": urn(TOPIC, name), "type": TOPIC, "new": state(TOPIC, name, **more)}
    return {"resourcePreEvent": {"metadata": metadata, "planning": True}}


def after(name: str, **more: Any) -> dict[str, Any]:
    metadata = {"op": "create", "urn": urn(TOPIC, name), "type": TOPIC, "new": state(TOPIC, name, **more)}
    return {"resOutputsEvent": {"metadata": metadata, "planning": True}}


def summary(**changes: int) -> dict[str, Any]:
    return {"summaryEvent": {"maybeCorrupt": False, "resourceChanges": changes}}


def test_a_stream_is_a_preview(tmp_path: Path) -> None:
    """Each resource is there once, with what the engine said of it last."""
    graph = read_preview(
        events(
            tmp_path / "p.ndjson",
            {"preludeEvent": {"config": {}}},
            before("t", inputs={"name": NOT_KNOWN, "key": "[secret]"}),
            after("t", inputs={"name": NOT_KNOWN, "key": "[secret]"}, id="t-1"),
            before("u"),
            summary(create=2),
        )
    )
    assert [item.name for item in graph.resources] == ["t", "u"]
    assert graph.resources[0].inputs == {"name": UNKNOWN, "key": Secret(value=UNKNOWN)}
    assert graph.resources[0].id == "t-1"
    assert graph.missing == ()


def test_what_is_deleted_is_gone(tmp_path: Path) -> None:
    """An event that deletes has no new state."""
    gone = {"op": "delete", "urn": urn(TOPIC, "t"), "type": TOPIC, "old": state(TOPIC, "t"), "new": None}
    path = events(
        tmp_path / "p.ndjson",
        before("t", "refresh"),
        {"resourcePreEvent": {"metadata": gone}},
        before("u", "same"),
        summary(delete=1, same=1),
    )
    assert [item.name for item in read_preview(path).resources] == ["u"]


def test_a_stream_that_was_cut_off_says_so(tmp_path: Path) -> None:
    """Without a summary, what follows may be missing; with one, it tells what is left out."""
    (reason,) = read_preview(events(tmp_path / "a.ndjson", before("t"), before("u"))).missing
    assert reason == "the event stream has no end, so resources may be missing"
    path = events(tmp_path / "b.ndjson", before("t", "update"), summary(update=1, same=3))
    assert read_preview(path).missing == (LEFT_OUT,)


def test_a_failed_program_is_told(tmp_path: Path) -> None:
    """Diagnostics are events, too."""
    said = {"diagnosticEvent": {"severity": "error", "message": "boom", "prefix": "error: "}}
    with pytest.raises(GraphError, match="the program failed, so there is nothing to judge: boom"):
        read_preview(events(tmp_path / "p.ndjson", {"preludeEvent": {}}, said, summary()))


def test_a_stream_in_the_place_of_an_export(tmp_path: Path) -> None:
    """It is told with the right flag."""
    with pytest.raises(NotAGraphError) as failure:
        read_export(events(tmp_path / "p.ndjson", before("t"), summary(create=1)))
    assert failure.value.hint == "give it with --preview"


def test_lines_that_are_no_events_are_left_out() -> None:
    """Whatever else a tool writes between them does no harm."""
    assert (
        digest_of([{"level": "info"}, 3, {"sequence": 1, "timestamp": 1, "cancelEvent": {}}])["steps"] == []
    )
