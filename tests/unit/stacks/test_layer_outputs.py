"""What may come out of a layer below, and what a layer learns of it before it is all there."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pulumi
import pytest

from sandbox.engine.engine import Engine
from sandbox.engine.program.program import Program
from sandbox.engine.state.store import StateStore
from sandbox.engine.values.wire import UNKNOWN
from stacks.errors import LayerOutputError
from stacks.layer_outputs import LayerOutputs, as_text, as_texts
from stacks.names import Layer, StackName
from tests.support.engine.world import World

BELOW = StackName(environment="dev", layer=Layer.FOUNDATION)
OUTPUTS = {
    "vpc_id": "vpc-1",
    "subnet_ids": ["subnet-1", UNKNOWN],
    "key_arns": {"axon": "arn:axon", "orbit": "arn:orbit", "beacon": UNKNOWN},
    "zones": ["a", "b"],
    "topic_arn": UNKNOWN,
}


@pytest.mark.parametrize("value", [None, 1, [], {}])
def test_not_text(value: object) -> None:
    """Only text is text."""
    assert as_text(value) is None
    assert as_text("a") == "a"


@pytest.mark.parametrize("value", [None, "a", ["a", 1], {"a": "b"}])
def test_not_a_list_of_texts(value: object) -> None:
    """A list with anything else in it is not what was asked for."""
    assert as_texts(value) is None
    assert as_texts(["a", "b"]) == ["a", "b"]


def read(folder: Path, **wanted: Any) -> Mapping[str, Any]:
    """What a preview's program reads, by name; "unknown" for what is not known yet."""
    found: dict[str, Any] = {}

    async def look(name: str, output: pulumi.Output[Any]) -> None:
        found[name] = await output.future() if await output.is_known() else "unknown"

    async def main() -> None:
        below = LayerOutputs(BELOW)
        for name, (method, *arguments) in wanted.items():
            await look(name, getattr(below, method)(*arguments))

    engine = Engine(World(), StateStore(folder))
    program = Program(project="myelin", stack="dev-platform", main=main)
    engine.preview(program, predicted={str(BELOW): OUTPUTS})
    return found


def test_unknown_leaves_the_rest_known(tmp_path: Path) -> None:
    """While one output, or one entry of a table, is not known yet, every other one is."""
    assert read(
        tmp_path,
        text=("text", "vpc_id"),
        unknown_text=("text", "topic_arn"),
        unknown_texts=("texts", "subnet_ids"),
        entry=("entry", "key_arns", "axon"),
        unknown_entry=("entry", "key_arns", "beacon"),
        entry_of_unknown=("entry", "topic_arn", "axon"),
        entries=("entries", "key_arns", ["axon", "orbit"]),
        unknown_entries=("entries", "key_arns", ["axon", "beacon"]),
        no_entries=("entries", "key_arns", []),
    ) == {
        "text": "vpc-1",
        "unknown_text": "unknown",
        "unknown_texts": "unknown",
        "entry": "arn:axon",
        "unknown_entry": "unknown",
        "entry_of_unknown": "unknown",
        "entries": {"axon": "arn:axon", "orbit": "arn:orbit"},
        "unknown_entries": "unknown",
        "no_entries": {},
    }


@pytest.mark.parametrize(
    ("asked", "expected"),
    [
        (("text", "zones"), "text"),
        (("texts", "vpc_id"), "a list of texts"),
        (("entry", "key_arns", "nobody"), "a table with `nobody`"),
        (("entry", "vpc_id", "axon"), "a table with `axon`"),
        (("entries", "nowhere", ["axon"]), "a table with `axon`"),
    ],
)
def test_missing_or_misshapen(tmp_path: Path, asked: tuple[Any, ...], expected: str) -> None:
    """An output that is not there, or not what it has to be, is named with what it should be."""
    with pytest.raises(LayerOutputError) as caught:
        read(tmp_path, found=asked)
    assert caught.value.message == (
        f"the stack `dev-foundation` has no output `{asked[1]}` that is {expected}"
    )
