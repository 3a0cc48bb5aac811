"""The reason codes that services know, beside those of the governance function."""

from __future__ import annotations

from typing import get_args

from policies.calls.deciding.reason_codes import ReasonKind, codes_of
from services.runtime.governance.reason_codes import JUDGED, UNAVAILABLE, OwnReason


def test_services_sort_the_codes_as_the_function_does() -> None:
    """They share no code, and mean the same: what is judged, and what asking later may help with."""
    assert {code.value for code in codes_of(ReasonKind.JUDGED)} == JUDGED
    assert {code.value for code in codes_of(ReasonKind.UNAVAILABLE)} == UNAVAILABLE - set(get_args(OwnReason))
