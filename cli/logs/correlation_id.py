"""The correlation ids that services take over."""

from __future__ import annotations

from cli.errors import UsageError
from services.runtime.correlation import accept


def check_correlation_id(text: str) -> None:
    """Raise UsageError for a correlation id that services would replace."""
    if accept([text.encode(errors="replace")], lambda: "") != text:
        raise UsageError(
            f"`{text}` cannot be a correlation id",
            hint="use 1 to 128 letters, digits and characters out of ._:=@/+-",
        )
