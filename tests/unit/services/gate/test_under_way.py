"""The requests that an application is working on."""

from __future__ import annotations

import pytest

from services.gate.under_way import RequestsUnderWay


def fail(requests: RequestsUnderWay) -> str:
    with requests.begin() as request:
        assert requests.find(request.id) is request
        raise ValueError(request.id)


def test_a_request_is_known_while_it_is_served() -> None:
    """However it ends, afterwards its id means nothing."""
    requests = RequestsUnderWay()
    with requests.begin() as first, requests.begin() as second:
        assert requests.find(first.id) is first
        assert first.id != second.id
    with pytest.raises(ValueError, match=r"^[0-9a-f]{32}$") as caught:
        fail(requests)
    assert [requests.find(name) for name in (first.id, second.id, str(caught.value))] == [None] * 3
