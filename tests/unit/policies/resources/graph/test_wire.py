"""Property values in the form that Pulumi gives them on the wire."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from policies.resources.graph.values import UNKNOWN, Location, Secret, known
from policies.resources.graph.wire import SIGNATURE, decode, decode_all, location
from tests.support.resources.documents import SECRET
from tests.support.resources.documents import UNKNOWN as NOT_KNOWN

RESOURCE = "5cf8f73096256a8f31e491e813e4eb8e"
OUTPUT = "d0e6a833031e9bbcd3f4e8bde6ca49a4"
NOT_KNOWN_OBJECT = "dd056dcd-154b-4c76-9bd3-c8f88648b5ff"
PLAIN = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=50),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=8,
)


def signed(signature: str, **more: Any) -> dict[str, Any]:
    return {SIGNATURE: signature, **more}


@given(PLAIN)
def test_plain_json_is_as_it_stands(value: Any) -> None:
    """A value without Pulumi's marks is neither unknown nor a secret, nor changed."""
    assert decode(value) == value
    assert known(decode(value))


@given(PLAIN, st.booleans())
def test_a_value_is_found_below_its_marks(value: Any, secret: bool) -> None:
    """An output or a secret has the value that it wraps, however deep, and says whether it is secret."""
    wrapped = signed(OUTPUT, value=signed(OUTPUT, value=value), secret=secret)
    assert decode([wrapped]) == [Secret(value=value) if secret else value]
    assert decode({"a": signed(SECRET, value=value)}) == {"a": Secret(value=value)}
    assert decode(signed(SECRET, plaintext=json.dumps(value))) == Secret(value=value)


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        pytest.param(signed(OUTPUT), UNKNOWN, id="an output without a value"),
        pytest.param(signed(OUTPUT, value=None), None, id="an output that is null"),
        pytest.param(signed(OUTPUT, secret=True), Secret(value=UNKNOWN), id="a secret output without one"),
        pytest.param(signed(SECRET, ciphertext="v1:x"), Secret(value=UNKNOWN), id="a ciphertext"),
        pytest.param(signed(SECRET, value=NOT_KNOWN), Secret(value=UNKNOWN), id="a secret to come"),
        pytest.param("[secret]", Secret(value=UNKNOWN), id="what the CLI hides"),
        pytest.param("a [secret]", "a [secret]", id="a text about it"),
        pytest.param(signed(RESOURCE, urn="u", id="i-1"), "i-1", id="a resource"),
        pytest.param(signed(RESOURCE, urn="u", id=""), "u", id="a component"),
        pytest.param(signed(RESOURCE, urn="u", id=NOT_KNOWN), UNKNOWN, id="a resource to come"),
        pytest.param(NOT_KNOWN_OBJECT, UNKNOWN, id="an object to come"),
        pytest.param(f"arn:{NOT_KNOWN}/x", UNKNOWN, id="a text with an unknown part"),
        pytest.param(json.dumps(NOT_KNOWN), UNKNOWN, id="a JSON text that is unknown"),
        pytest.param(f'{{"a": "{NOT_KNOWN}"', UNKNOWN, id="what only looks like JSON"),
        pytest.param(json.dumps(["a", NOT_KNOWN]), ["a", UNKNOWN], id="a JSON list with an unknown part"),
        pytest.param(NOT_KNOWN.upper(), NOT_KNOWN.upper(), id="another UUID"),
    ],
)
def test_marks(value: Any, expected: Any) -> None:
    """What is not known and what is secret is told from what is plain, and no mark is left as a text."""
    assert decode(value) == expected


@pytest.mark.parametrize("name", [NOT_KNOWN, f"{NOT_KNOWN}:sub"])
def test_an_object_with_an_unknown_name_is_unknown(name: str) -> None:
    """Of a condition about an issuer that is not known yet, nothing can be said, and the rest is known."""
    statement = {"Effect": "Allow", "Condition": {"StringEquals": {name: "x", "b": "y"}}}
    expected = {"Effect": "Allow", "Condition": {"StringEquals": UNKNOWN}}
    assert decode(json.dumps(statement)) == decode(statement) == expected


def test_pulumis_notes_are_no_properties() -> None:
    """Names that begin with two underscores are left out at the top, and inside a value they stay."""
    assert decode_all({"__defaults": [], "_a": 1, "b": {"__c": 2}}) == {"_a": 1, "b": {"__c": 2}}


@pytest.mark.parametrize(
    ("position", "path"),
    [
        ("project:///app/my%20main.py#7,3", "app/my main.py"),
        ("project://app/main.py#7", "app/main.py"),
        ("file:///srv/app/main.py#7,1", "/srv/app/main.py"),
        ("file:///C:/app/main.ts#7,1", "C:/app/main.ts"),
    ],
)
def test_a_position_is_a_file_and_a_line(position: str, path: str) -> None:
    """Paths of the project are relative to it, others are whole, on Windows with the drive."""
    assert location(position) == Location(path=path, line=7)


@given(
    st.sampled_from(["project:///a.py", "file:///a.py", "https://a.py", "a.py", ""])
    | st.text(max_size=10).map("project://{}".format),
    st.text("1²٣x-+. #", max_size=3).filter(lambda text: not text.isdecimal()),
)
def test_any_other_position_is_none(uri: str, line: str) -> None:
    """A position without a line number is no place in a file, and does not raise."""
    assert location(uri.replace("#", "") + f"#{line}") is None
