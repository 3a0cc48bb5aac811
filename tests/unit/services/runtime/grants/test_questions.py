"""What the callee computes of a request: its payload, its attributes and the hash of the question. GOV-4."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from policies.calls.granting import question as governance
from services.runtime.errors import PayloadError
from services.runtime.grants.question import MAX_DEPTH, attributes_of, question_hash, read_payload
from tests.support.wire.vectors import VECTORS, Vector

names = st.sampled_from(["a", "b", "amount", "\u00fc", "\u20ac", "\U0001f600", "\ufb33", ""])
plain = st.recursive(
    st.booleans() | st.integers(-(2**53) + 1, 2**53 - 1) | st.text(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(names, inner, max_size=4),
    max_leaves=12,
)


@pytest.mark.parametrize("vector", VECTORS, ids=lambda vector: vector.name)
def test_questions_hash_to_the_published_values(vector: Vector) -> None:
    """The callee's hash of each published question is the published one (docs/wire.md)."""
    assert question_hash(**vector.asked()) == vector.question_hash


@given(
    tenant=st.none() | st.text(max_size=20),
    attributes=st.none() | st.dictionaries(st.text(max_size=5), plain, max_size=5),
    unproven=st.booleans(),
)
def test_both_ends_hash_alike(tenant: str | None, attributes: dict[str, Any] | None, unproven: bool) -> None:
    """Governance and callee, which share no code, agree on every question."""
    asked: dict[str, Any] = {
        "caller": "orbit",
        "callee": "ledger",
        "intent": "credit",
        "tenant": tenant,
        "attributes": attributes,
        "unproven": unproven,
    }
    assert question_hash(**asked) == governance.question_hash(**asked)


@given(plain)
def test_what_is_read_is_what_was_written(value: Any) -> None:
    """A payload without traps is read as any JSON parser reads it."""
    assert read_payload(json.dumps(value).encode()) == value


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"{",
        b'{"a": 1} x',
        b'{"a": 1, "a": 2}',
        b'{"amount": 1, "Amount": 2}',
        b'{"x": {"a": 1, "a": 1}}',
        b'[{"a": 1, "a": 1}]',
        b'{"a": NaN}',
        b'{"a": -Infinity}',
        b'"\\ud800"',
        b'{"\\udc00": 1}',
        b"\xff\xfe",
        b'\xef\xbb\xbf{"a": 1}',
        "{}".encode("utf-16"),
        b"1" * 5000,
        b"[" * (MAX_DEPTH + 1) + b"]" * (MAX_DEPTH + 1),
        b"[" * 100_000,
    ],
)
def test_what_parsers_read_differently_is_refused(body: bytes) -> None:
    """A request that two readers could understand in two ways is no request."""
    with pytest.raises(PayloadError):
        read_payload(body)


def test_attributes_come_from_the_payload_before_the_context() -> None:
    """The payload decides; the context fills in what is declared and not in it; the rest is not looked at."""
    payload = {"amount": 5, "note": "x"}
    context = {"amount": 1, "purpose": "refund", "mood": "good"}
    assert attributes_of(payload, context, ["amount", "purpose", "size"]) == {
        "amount": 5,
        "purpose": "refund",
    }


def test_an_intent_without_attributes_has_none_whatever_is_sent() -> None:
    """No declared attributes: None, which is another question than none of the declared ones: `{}`."""
    assert attributes_of({"amount": 5}, {"purpose": "x"}, []) is None
    assert attributes_of([1, 2], {}, ["amount"]) == {}


@pytest.mark.parametrize("value", [None, 1.5, 2**53, [1, None], {"a": 0.1}])
def test_values_that_no_policy_can_look_at_are_refused(value: Any) -> None:
    """null, fractions and large integers, at any depth, are refused where a policy would look at them."""
    with pytest.raises(PayloadError, match="`amount`"):
        attributes_of({"amount": value}, {}, ["amount"])
    assert attributes_of({"amount": value}, {}, ["other"]) == {}
