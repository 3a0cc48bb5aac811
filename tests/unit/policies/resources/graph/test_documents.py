"""JSON documents as they are read from files, and the states in them."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from policies.resources.graph.documents import (
    PREVIEW,
    make_graph,
    name_of,
    read_documents,
    read_resources,
)
from policies.resources.graph.errors import NotAGraphError, NotJsonError
from policies.resources.graph.values import Resource
from tests.support.resources.documents import state, urn

TOPIC = "aws:sns/topic:Topic"
PATH = Path("dev-shop.json")
JSON = st.recursive(
    st.none() | st.booleans() | st.integers(-9, 9) | st.text(max_size=3),
    lambda inner: st.lists(inner, max_size=2) | st.dictionaries(st.text(max_size=3), inner, max_size=2),
    max_leaves=6,
)
FIELDS = (
    "urn", "type", "parent", "custom", "id", "inputs", "outputs", "propertyDependencies", "dependencies",
    "protect", "sourcePosition", "external", "delete", "pendingReplacement",
)  # fmt: skip


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("documents")


@pytest.mark.parametrize("end", ["\n", "\r\n"])
@given(texts=st.lists(st.text("a\x0b\x0c\x1c\x85\u2028\u2029\r\n{", max_size=4), min_size=2, max_size=4))
def test_a_stream_has_one_document_a_line(folder: Path, end: str, texts: list[str]) -> None:
    """Only a line feed ends a line: other separators of Unicode stand inside texts, as Go writes them."""
    documents = [{"sequence": number, "text": text} for number, text in enumerate(texts)]
    path = folder / "stream.json"
    lines = end.join(json.dumps(one, ensure_ascii=False) for one in documents)
    path.write_bytes(lines.encode())
    assert read_documents(path, PREVIEW) == tuple(documents)


def test_empty_lines_of_a_stream_count_and_say_nothing(tmp_path: Path) -> None:
    """A line that is no JSON is named by its number in the file, empty ones included."""
    path = tmp_path / "p.json"
    path.write_text('{"sequence": 1}\n\n{"sequence": 2}\n\n')
    assert len(read_documents(path, PREVIEW)) == 2
    path.write_text('{"sequence": 1}\n\nnot json\n')
    with pytest.raises(NotJsonError) as caught:
        read_documents(path, PREVIEW)
    assert caught.value.line == 3


def test_a_number_that_python_takes_not_is_no_json(tmp_path: Path) -> None:
    """An integer of more digits than Python reads is refused in words, without a line."""
    path = tmp_path / "p.json"
    path.write_text("1" * 5000)
    with pytest.raises(NotJsonError, match="is no JSON: ") as caught:
        read_documents(path, PREVIEW)
    assert caught.value.line is None


@pytest.mark.parametrize("mark", ["external", "delete", "pendingReplacement"])
def test_what_is_not_of_the_stack_is_left_out(mark: str) -> None:
    """What is only read, or is on its way out, is not judged; a mark that is false leaves nothing out."""
    states = [state(TOPIC, "gone", **{mark: True}), state(TOPIC, "here", **{mark: False})]
    assert [item.name for item in read_resources(states, PATH)] == ["here"]


def test_the_last_state_of_a_resource_counts() -> None:
    """It stands where the first one stood, and what waits for its deletion does not hide it."""
    states = [
        state(TOPIC, "a", id="old"),
        state(TOPIC, "b"),
        state(TOPIC, "a", id="new"),
        state(TOPIC, "a", id="older", delete=True),
    ]
    assert [(item.name, item.id) for item in read_resources(states, PATH)] == [("a", "new"), ("b", "")]


def test_a_dependency_is_told_once() -> None:
    """A resource that an input refers to is no plain dependency too, and an empty reference is none."""
    (found,) = read_resources(
        [state(TOPIC, "a", dependencies=["u", "v"], propertyDependencies={"name": ["u"], "policy": []})], PATH
    )
    assert (found.references, found.depends_on) == ({"name": ("u",)}, ("v",))


def test_nulls_are_nothing() -> None:
    """Go writes null for an empty list or map, and that is as good as leaving it out."""
    bare = {"urn": urn(TOPIC, "a"), "type": TOPIC}
    (found,) = read_resources([{**dict.fromkeys(FIELDS), **bare}], PATH)
    assert [found] == list(read_resources([bare], PATH))
    assert not found.custom


@given(st.lists(JSON | st.dictionaries(st.sampled_from(FIELDS), JSON), max_size=2))
def test_a_state_of_any_shape_is_read_or_refused(states: list[Any]) -> None:
    """Whatever JSON stands in the place of a state, the answer is resources or the number of the bad one."""
    found = _read_or_refuse(states)
    assert isinstance(found, str) or all(isinstance(item, Resource) for item in found)
    assert not isinstance(found, str) or found.startswith(("resource 1 ", "resource 2 "))


def _read_or_refuse(states: list[Any]) -> tuple[Resource, ...] | str:
    try:
        return read_resources(states, PATH)
    except NotAGraphError as error:
        return error.message


@pytest.mark.parametrize(
    ("text", "name"),
    [
        (urn(TOPIC, "a::b"), "a::b"),
        (urn(f"shop:x:Y${TOPIC}", "a$b"), "a$b"),
        (urn(TOPIC, ""), ""),
        ("u", "u"),
    ],
)
def test_the_name_is_all_that_follows_the_type(text: str, name: str) -> None:
    """A name may have any sign in it, also those that separate the parts of a URN."""
    assert name_of(text) == name


def test_a_file_without_resources_is_called_by_its_name() -> None:
    """A graph takes stack and project from its first URN, and where there is none, from the path."""
    (found,) = read_resources([state(TOPIC, "a")], PATH)
    graph = make_graph((found,), "export", PATH)
    assert (graph.stack, graph.project) == ("dev", "shop")
    empty = make_graph((), "export", PATH, notes=("n",), missing=("m",))
    assert (empty.stack, empty.project, empty.notes, empty.missing) == ("dev-shop", "", ("n",), ("m",))
