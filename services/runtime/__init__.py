"""What every service stands on: `Service`, whose handlers do the work, and `Call`, what they are given."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from services.runtime.intents.call import Call
    from services.runtime.service import Service

__all__ = ["Call", "Service"]


def __getattr__(name: str) -> Any:
    """Import the kit when it is asked for: who needs one module of this package does not pay for all."""
    if name == "Service":
        from services.runtime.service import Service  # noqa: PLC0415

        return Service
    if name == "Call":
        from services.runtime.intents.call import Call  # noqa: PLC0415

        return Call
    raise AttributeError(name)
