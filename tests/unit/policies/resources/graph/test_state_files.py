"""State files of local and bucket back ends, in the place of an export. CHK-1"""

from __future__ import annotations

import gzip
import json
from pathlib import Path
from typing import Any

import pytest

from policies.resources.graph.errors import NotAGraphError
from policies.resources.graph.export import is_state, read_export
from policies.resources.graph.preview import read_preview
from tests.support.resources.documents import state

BUCKET = "aws:s3/bucket:Bucket"
LATEST = {"manifest": {"version": "v3.200.0"}, "resources": [state(BUCKET, "b")]}


@pytest.mark.parametrize(
    "document",
    [
        pytest.param({"version": 3, "checkpoint": {"stack": "dev", "latest": LATEST}}, id="state file"),
        pytest.param({"version": 4, "features": [], "checkpoint": {"latest": LATEST}}, id="version 4"),
        pytest.param({"stack": "dev", "latest": LATEST}, id="version 1"),
        pytest.param({"version": 3, "deployment": LATEST}, id="export"),
        pytest.param(LATEST, id="bare deployment"),
    ],
)
def test_each_form_is_read(tmp_path: Path, document: dict[str, Any]) -> None:
    """A state file has what an export has, in another envelope, and may be compressed."""
    path = tmp_path / "dev.json"
    path.write_text(json.dumps(document))
    assert [item.name for item in read_export(path).resources] == ["b"]
    path.write_bytes(gzip.compress(json.dumps(document).encode()))
    assert [item.name for item in read_export(path).resources] == ["b"]
    with pytest.raises(NotAGraphError) as failure:
        read_preview(path)
    assert failure.value.hint == "give it with --export"


@pytest.mark.parametrize(
    "document",
    [
        pytest.param({"version": 3, "deployment": None}, id="never deployed"),
        pytest.param({"version": 3, "deployment": {"manifest": {}}}, id="no list"),
        pytest.param({"version": 3, "deployment": {"manifest": {}, "resources": []}}, id="destroyed"),
        pytest.param({"version": 3, "checkpoint": {"stack": "dev", "latest": None}}, id="state file, new"),
    ],
)
def test_an_empty_stack_has_nothing(tmp_path: Path, document: dict[str, Any]) -> None:
    """A stack that was never deployed, or was destroyed, is a stack without resources."""
    path = tmp_path / "dev.json"
    path.write_text(json.dumps(document))
    graph = read_export(path)
    assert (graph.stack, graph.resources) == ("dev", ())


@pytest.mark.parametrize("document", [{}, [], None, {"deployment": []}, {"checkpoint": {}}, {"steps": []}])
def test_what_is_no_state(document: Any) -> None:
    """Nothing else passes for one."""
    assert not is_state(document)


def test_an_update_plan_is_named(tmp_path: Path) -> None:
    """`pulumi preview --save-plan` writes no whole resources."""
    path = tmp_path / "plan.json"
    path.write_text(json.dumps({"version": 1, "plan": {"manifest": {}, "resourcePlans": {}}}))
    with pytest.raises(NotAGraphError, match="is an update plan"):
        read_preview(path)
