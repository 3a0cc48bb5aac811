"""The rule that keeps the provider on this machine."""

from __future__ import annotations

import pytest

from sandbox.errors import NotLoopbackError
from sandbox.provider.loopback import require_loopback


@pytest.mark.parametrize(
    "endpoint",
    ["http://127.0.0.1:1", "http://127.8.9.1", "https://localhost:4566/path", "http://[::1]:80"],
)
def test_an_endpoint_on_this_machine_is_given_back(endpoint: str) -> None:
    """Any address of the loopback interface, and its name."""
    assert require_loopback(endpoint) == endpoint


@pytest.mark.parametrize(
    "endpoint",
    [
        "https://sts.us-east-1.amazonaws.com",
        "http://10.0.0.1",
        "http://0.0.0.0:1",
        "http://localhost.example.com",
        "http://127.0.0.1.example.com",
        "http://user@127.0.0.1@example.com/",
        "ftp://127.0.0.1",
        "127.0.0.1:80",
        "http://[::1",
        "",
    ],
)
def test_any_other_endpoint_is_refused(endpoint: str) -> None:
    """A name may resolve to any address, so only `localhost` counts; what is no URL is refused, too."""
    with pytest.raises(NotLoopbackError) as caught:
        require_loopback(endpoint)
    assert caught.value.endpoint == endpoint
