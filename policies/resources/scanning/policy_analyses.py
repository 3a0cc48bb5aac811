"""Lets checkov analyse each IAM policy once, however many resources have it.

Cloudsplaining expands every action of a policy, and does so again for each check and resource: a fifth of the
time of a large check.
"""

from __future__ import annotations

import json
from functools import cached_property
from typing import Any


class AnalysedOnce:
    """Makes cloudsplaining's policy documents: one for each text, with analyses that are kept."""

    def __init__(self, policy_document: type[Any]) -> None:
        """Take cloudsplaining's class."""
        analyses = {
            name: cached_property(found.fget)
            for name, found in vars(policy_document).items()
            if isinstance(found, property) and found.fget is not None
        }
        self._class = type("PolicyDocument", (policy_document,), analyses)
        self._made: dict[str, Any] = {}

    def __call__(self, policy: Any) -> Any:
        """The document of a policy; raises what cloudsplaining raises."""
        text = json.dumps(policy, default=repr)
        if text not in self._made:
            self._made[text] = self._class(policy)
        return self._made[text]
