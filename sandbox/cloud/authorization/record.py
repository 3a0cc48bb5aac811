"""What was allowed and denied since the sandbox was started, and which statements allowed it."""

from __future__ import annotations

import threading
from collections import deque
from collections.abc import Iterable
from datetime import datetime
from typing import Any

from sandbox.cloud.authorization.judgement import JudgedNeed

DENIALS = 20
"""The last denials that are kept."""


class AuthorizationRecord:
    """Counts judgements; safe to use from several threads."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._allowed = 0
        self._denied = 0
        self._denials: deque[dict[str, str]] = deque(maxlen=DENIALS)
        self._statements: dict[str, set[str]] = {}

    def add(self, judged: Iterable[JudgedNeed], at: datetime) -> None:
        """Count what was decided of one request."""
        with self._lock:
            for one in judged:
                asker = one.request.principal.arn
                if one.decision.allowed:
                    self._allowed += 1
                    used = self._statements.setdefault(asker, set())
                    used.add(f"{one.need.action} {one.decision.by}")
                else:
                    self._denied += 1
                    self._denials.append({"at": at.isoformat(), "by": asker, "message": one.message})

    def document(self) -> dict[str, Any]:
        """Counts, the last denials, and for each principal its actions with what allowed them."""
        with self._lock:
            used = {asker: sorted(found) for asker, found in sorted(self._statements.items())}
            return {
                "enforced": True,
                "allowed": self._allowed,
                "denied": self._denied,
                "denials": list(self._denials),
                "used": used,
            }
