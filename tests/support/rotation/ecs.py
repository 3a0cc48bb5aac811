"""The one call that a rotation makes of ECS."""

from __future__ import annotations

from typing import Any

from botocore.exceptions import ClientError


class RecordedEcs:
    """Keeps what UpdateService is asked; answers with an error if `fails` names one."""

    def __init__(self, calls: list[Any], *, fails: str = "") -> None:
        self._calls = calls
        self._fails = fails

    def update_service(self, **asked: Any) -> None:
        if self._fails:
            raise ClientError({"Error": {"Code": self._fails}}, "UpdateService")
        self._calls.append(asked)
