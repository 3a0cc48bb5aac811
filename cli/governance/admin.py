"""Asks the admin function, in its own terms: what goes in and comes out are the models of `admin_model`."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any, Protocol, TypeVar
from urllib.parse import quote

from pydantic import BaseModel

from cli.errors import UsageError
from lambdas.governance.admin_model import (
    ChangeResult,
    DraftPage,
    DraftRecord,
    HistoryEntry,
    HistoryPage,
    PolicyPage,
    PolicyRecord,
    VersionRecord,
)

CURRENT = "current"
M = TypeVar("M", bound=BaseModel)
_VERSION = re.compile(r"[0-9a-f]{8,64}")
_DRAFT = re.compile(r"[0-9a-f]{8}-[0-9a-f-]{27}")


class Exchange(Protocol):
    """One signed request to the admin function."""

    def __call__(
        self,
        method: str,
        path: str,
        *,
        query: Mapping[str, str] | None = None,
        body: Mapping[str, Any] | None = None,
        expected: str | None = None,
    ) -> str:
        """The body of the answer, as JSON. Raises CliError for anything else."""


class PolicyAdmin:
    """The admin function of one environment."""

    def __init__(self, exchange: Exchange) -> None:
        """`exchange` carries requests."""
        self._exchange = exchange

    def policies(self, version: str) -> Iterator[PolicyRecord]:
        """Every policy of a version."""
        query = {"version": version}
        while True:
            page = self._ask(PolicyPage, "GET", "/policies", query=query)
            yield from page.policies
            if page.next is None:
                return
            query = {"version": version, "after": page.next}

    def policy(self, name: str, version: str) -> PolicyRecord:
        """One policy."""
        return self._ask(PolicyRecord, "GET", f"/policies/{quote(name, safe='')}", query={"version": version})

    def version(self, name: str) -> VersionRecord:
        """What a version has besides policies; `current` stands for the one that is."""
        return self._ask(VersionRecord, "GET", f"/versions/{quote(name, safe='')}")

    def history(self) -> Iterator[HistoryEntry]:
        """What made which version current, newest first."""
        query: dict[str, str] = {}
        while True:
            page = self._ask(HistoryPage, "GET", "/history", query=query)
            yield from page.entries
            if page.next is None:
                return
            query = {"before": str(page.next)}

    def put(self, name: str, text: str, *, note: str, expected: str | None = None) -> ChangeResult:
        """Create or replace a policy."""
        path, body = f"/policies/{quote(name, safe='')}", {"text": text, "note": note}
        return self._ask(ChangeResult, "PUT", path, body=body, expected=expected)

    def delete(self, name: str, *, expected: str | None = None) -> ChangeResult:
        """Delete a policy."""
        return self._ask(ChangeResult, "DELETE", f"/policies/{quote(name, safe='')}", expected=expected)

    def publish(self, change: Mapping[str, Any], *, note: str, expected: str | None = None) -> ChangeResult:
        """Replace every policy but those of declared calls."""
        return self._ask(ChangeResult, "POST", "/publish", body={**change, "note": note}, expected=expected)

    def rollback(self, version: str, *, note: str, expected: str | None = None) -> ChangeResult:
        """Make a version current that was so before."""
        body = {"to": version, "note": note}
        return self._ask(ChangeResult, "POST", "/rollback", body=body, expected=expected)

    def draft(self, change: Mapping[str, Any], *, note: str, expected: str | None = None) -> DraftRecord:
        """Propose a change for somebody else to activate."""
        body = {"change": dict(change), "note": note}
        return self._ask(DraftRecord, "POST", "/drafts", body=body, expected=expected)

    def drafts(self) -> list[DraftRecord]:
        """All drafts, oldest first."""
        return self._ask(DraftPage, "GET", "/drafts").drafts

    def read_draft(self, name: str) -> DraftRecord:
        """One draft."""
        return self._ask(DraftRecord, "GET", f"/drafts/{name}")

    def activate(self, name: str) -> ChangeResult:
        """Make what a draft proposes current."""
        return self._ask(ChangeResult, "POST", f"/drafts/{name}/activate")

    def discard(self, name: str) -> DraftRecord:
        """Forget a draft."""
        return self._ask(DraftRecord, "DELETE", f"/drafts/{name}")

    def find(self, name: str) -> str:
        """The full name of a version, of `current`, or of the version that a draft proposes.

        At least 8 digits of a version are enough, if the history has it. Raises UsageError.
        """
        if name == CURRENT:
            return self.version(CURRENT).version
        if _DRAFT.fullmatch(name):
            return self.read_draft(name).version
        if not _VERSION.fullmatch(name):
            raise UsageError(
                f"`{name}` is no version",
                hint=f"write `{CURRENT}`, the id of a draft, or at least 8 digits of a version",
            )
        if len(name) == 64:
            return name
        found = {entry.version for entry in self.history() if entry.version.startswith(name)}
        if len(found) != 1:
            raise UsageError(
                f"the history has {len(found)} versions that begin with `{name}`",
                hint="list them with `myelin policy history`",
            )
        return found.pop()

    def _ask(
        self,
        model: type[M],
        method: str,
        path: str,
        *,
        query: Mapping[str, str] | None = None,
        body: Mapping[str, Any] | None = None,
        expected: str | None = None,
    ) -> M:
        return model.model_validate_json(
            self._exchange(method, path, query=query, body=body, expected=expected)
        )
