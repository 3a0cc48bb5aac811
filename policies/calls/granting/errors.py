"""Why a grant is not signed."""

from __future__ import annotations

from policies.calls.errors import GovernanceError


class GrantError(GovernanceError):
    """A grant cannot be signed: no key, or a question that has no one spelling."""
