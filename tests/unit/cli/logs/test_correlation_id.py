"""Correlation ids that a command may be given."""

from __future__ import annotations

import pytest

from cli.errors import UsageError
from cli.logs.correlation_id import check_correlation_id


@pytest.mark.parametrize("text", ["a", "x" * 128, "aZ0._:=@/+-"])
def test_what_services_take_over_is_allowed(text: str) -> None:
    """The rule is the services' own."""
    check_correlation_id(text)


@pytest.mark.parametrize("text", ["a b", 'a"b', "ä", "x" * 129, "a\n", "a,b", "\udcff"])
def test_what_services_would_replace_is_refused(text: str) -> None:
    """No log line would have it."""
    with pytest.raises(UsageError, match="correlation id") as caught:
        check_correlation_id(text)
    assert caught.value.hint == "use 1 to 128 letters, digits and characters out of ._:=@/+-"
