"""Addresses that alarms go to. OBS-3"""

from __future__ import annotations

import pytest

from components.alerts.subscriber import Subscriber, read_subscriber


@pytest.mark.parametrize(
    ("text", "protocol", "endpoint"),
    [
        ("mailto:ops@example.com", "email", "ops@example.com"),
        ("https://example.com/hook?a=b", "https", "https://example.com/hook?a=b"),
        ("https://example.com", "https", "https://example.com"),
        ("http://127.0.0.1:8099/hook", "http", "http://127.0.0.1:8099/hook"),
    ],
)
def test_addresses(text: str, protocol: str, endpoint: str) -> None:
    """SNS's words for each form."""
    assert read_subscriber(text) == Subscriber(protocol, endpoint)


@pytest.mark.parametrize(
    "text",
    ["", "ops@example.com", "mailto:ops", "http://example.com/", "https://", "https:///x", "https://a b"],
)
def test_what_is_no_address(text: str) -> None:
    """Over plain HTTP only to this machine: a message says what is wrong with the platform."""
    with pytest.raises(ValueError, match=r"^.*$"):
        read_subscriber(text)
