"""The token of gate and application."""

from __future__ import annotations

import pytest

from services.gate import headers

TOKEN = "t" * 64


@pytest.mark.parametrize(
    ("given", "ours"),
    [
        ([(b"x-myelin-gate-token", TOKEN.encode())], True),
        ([(b"X-Myelin-Gate-Token", TOKEN.encode())], True),
        ([], False),
        ([(b"x-myelin-gate-token", TOKEN.encode())] * 2, False),
        ([(b"x-myelin-gate-token", b"\xff" * 64)], False),
        ([(b"x_myelin_gate_token", TOKEN.encode())], False),
    ],
)
def test_only_the_whole_token_once_is_the_application(given: list[tuple[bytes, bytes]], ours: bool) -> None:
    """Twice is not once, and another name is another header."""
    assert headers.is_from_application({"type": "http", "headers": given}, TOKEN) is ours
