"""The key that signs the trail."""

from __future__ import annotations

from typing import Any

from policies.calls.store.trail_key import TrailKey
from tests.support.governance.signed_trail import trail_key


def test_what_it_signs_holds_and_nothing_else(dynamodb: Any) -> None:
    """Another text, another signature, and what is not base64 do not hold."""
    assert dynamodb is not None
    key: TrailKey = trail_key()
    signature = key.sign("one")
    assert key.holds("one", signature)
    for given in (key.sign("two"), "", "?", f"{signature}\n"):
        assert not key.holds("one", given)
    assert not key.holds("two", signature)
    assert key.pem.startswith("-----BEGIN PUBLIC KEY-----\n")
