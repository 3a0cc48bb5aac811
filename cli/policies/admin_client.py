"""Speaks to the admin function: signed requests to its URL, typed answers, refusals as errors."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, TypeVar
from urllib.parse import quote, urlencode

import httpx
from botocore.auth import SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials
from pydantic import BaseModel, ValidationError

from cli.errors import CliError
from cli.exit_codes import ExitCode
from cli.policies.identity import Prover
from cli.worlds.world import World, deployed_platform
from policies.calls.changing.identity_proof import PROOF_HEADER, BoundRequest
from policies.calls.changing.problem import AdminProblem, ProblemCode
from policies.calls.changing.records import (
    AuditEntry,
    AuditPage,
    ChangeResult,
    CheckpointKey,
    CheckpointRecord,
    Collected,
    DeployedRecord,
    DraftPage,
    DraftRecord,
    FolderDraft,
    HistoryEntry,
    HistoryPage,
    PolicyPage,
    PolicyRecord,
    VersionRecord,
)
from policies.calls.changing.requests import PackedFolder
from stacks.outputs import RecordedPlatform

M = TypeVar("M", bound=BaseModel)
TIMEOUT = 60.0
"""Seconds; as long as the function may take."""


class AdminRefusedError(CliError):
    """The admin function refused a request; `problem` is its answer."""

    def __init__(self, problem: AdminProblem) -> None:
        super().__init__(problem.detail, hint=problem.hint)
        self.problem = problem


class InvalidChangeError(AdminRefusedError):
    """The request, or a policy in it, is wrong."""

    bad_input = True


class ChangeDeniedError(AdminRefusedError):
    """The change takes a second person."""

    exit_code = ExitCode.DENIED


class UnprovenError(AdminRefusedError):
    """The function does not believe who asks."""

    exit_code = ExitCode.CREDENTIALS


_REFUSALS = {
    ProblemCode.INVALID_REQUEST: InvalidChangeError,
    ProblemCode.INVALID_POLICY: InvalidChangeError,
    ProblemCode.APPROVAL_REQUIRED: ChangeDeniedError,
    ProblemCode.SAME_ACTOR: ChangeDeniedError,
    ProblemCode.UNPROVEN_ACTOR: UnprovenError,
}


class AdminDeniedError(CliError):
    """AWS did not let the request through to the function."""

    exit_code = ExitCode.CREDENTIALS

    def __init__(self) -> None:
        super().__init__(
            "AWS refused the request to the admin function",
            hint="it takes credentials with lambda:InvokeFunctionUrl and lambda:InvokeFunction on it",
        )


class AdminUnreachableError(CliError):
    """The admin function was not reached, or its answer could not be read."""

    def __init__(self, why: str) -> None:
        super().__init__(
            f"the admin function did not answer: {why}",
            hint="look at `myelin logs --service governance-admin`",
        )


class PolicyAdmin:
    """The admin function of one environment. Every method may raise an AdminRefusedError."""

    def __init__(self, url: str, credentials: Credentials, region: str, *, audience: str, sts: str) -> None:
        """`url` is the function URL; the audit trail names the owner of `credentials` as the actor.

        `audience` is the ARN of the function, `sts` the URL of the region's STS as that reaches it.
        """
        self._prover = Prover(credentials=credentials, region=region, sts=sts)
        self._audience = audience
        self._url = url.rstrip("/")
        self._signer = SigV4Auth(credentials, "lambda", region)
        # the address is that of the environment, never one of the shell's proxies; certificates take 0.1 s
        # to load, so they are where there is TLS
        self._http = httpx.Client(timeout=TIMEOUT, trust_env=False, verify=url.startswith("https:"))

    def close(self) -> None:
        """Close the connection."""
        self._http.close()

    def policies(self, version: str | None = None) -> Iterator[PolicyRecord]:
        """Every policy of a version, of the current one if not said."""
        after: str | None = None
        while True:
            page = self._send("GET", "/policies", PolicyPage, query={"version": version, "after": after})
            yield from page.policies
            # a change between two pages must not mix two versions
            version, after = page.version, page.next
            if after is None:
                return

    def policy(self, name: str, version: str | None = None) -> PolicyRecord:
        """One policy."""
        return self._send("GET", f"/policies/{name}", PolicyRecord, query={"version": version})

    def put(
        self,
        name: str,
        text: str,
        *,
        note: str = "",
        cases: Sequence[Mapping[str, Any]] = (),
        expected: str | None = None,
    ) -> ChangeResult:
        """Create or replace a policy."""
        body = {"text": text, "note": note, "cases": list(cases)}
        return self._send("PUT", f"/policies/{name}", ChangeResult, body=body, expected=expected)

    def delete(self, name: str, *, note: str = "", expected: str | None = None) -> ChangeResult:
        """Delete a policy."""
        query = {"note": note or None}
        return self._send("DELETE", f"/policies/{name}", ChangeResult, query=query, expected=expected)

    def publish(
        self,
        files: Mapping[str, str],
        *,
        schema: str | None = None,
        cases: Sequence[Mapping[str, Any]] | None = None,
        note: str = "",
        expected: str | None = None,
    ) -> ChangeResult:
        """Replace the whole set by files: texts by path."""
        body = {**_set_body(files, schema, cases), "note": note}
        return self._send("POST", "/publish", ChangeResult, body=body, expected=expected)

    def rollback(
        self, to: str, *, note: str = "", expected: str | None = None, deployed: str | None = None
    ) -> ChangeResult:
        """Make an earlier version current; `deployed` is what the policy folder gave then, if known."""
        body = {"to": to, "note": note, "deployed": deployed}
        return self._send("POST", "/rollback", ChangeResult, body=body, expected=expected)

    def deploy(self, folder: PackedFolder) -> DeployedRecord:
        """Bring what changed in the policy folder into the current version."""
        return self._send("POST", "/deployments", DeployedRecord, body=folder.model_dump())

    def draft_deployment(self, folder: PackedFolder) -> DraftRecord | None:
        """Draft what `deploy` would do; None if that is nothing."""
        return self._send("POST", "/deployments/draft", FolderDraft, body=folder.model_dump()).draft

    def version(self, name: str = "current") -> VersionRecord:
        """A version without its policies: schema, cases, services, calls."""
        return self._send("GET", f"/versions/{name}", VersionRecord)

    def history(self, limit: int = 20) -> Iterator[HistoryEntry]:
        """The last moves, newest first."""
        before: int | None = None
        while limit > 0:
            page = self._send(
                "GET", "/history", HistoryPage, query={"before": before, "limit": min(limit, 200)}
            )
            yield from page.entries[:limit]
            limit -= len(page.entries)
            before = page.next
            if before is None:
                return

    def drafts(self) -> list[DraftRecord]:
        """All drafts."""
        return self._send("GET", "/drafts", DraftPage).drafts

    def draft_put(self, name: str, text: str, *, note: str = "") -> DraftRecord:
        """Draft what `put` would do."""
        return self._draft({"kind": "put", "id": name, "text": text}, note)

    def draft_delete(self, name: str, *, note: str = "") -> DraftRecord:
        """Draft what `delete` would do."""
        return self._draft({"kind": "delete", "id": name}, note)

    def draft_publish(
        self,
        files: Mapping[str, str],
        *,
        schema: str | None = None,
        cases: Sequence[Mapping[str, Any]] | None = None,
        note: str = "",
    ) -> DraftRecord:
        """Draft what `publish` would do."""
        return self._draft({"kind": "publish", **_set_body(files, schema, cases)}, note)

    def activate(self, draft: str) -> ChangeResult:
        """Make what a draft proposes current."""
        return self._send("POST", f"/drafts/{draft}/activate", ChangeResult)

    def discard(self, draft: str) -> DraftRecord:
        """Forget a draft."""
        return self._send("DELETE", f"/drafts/{draft}", DraftRecord)

    def audit(self, after: int = 0) -> Iterator[AuditEntry]:
        """The audit trail after an entry, oldest first."""
        at: int | None = after
        while at is not None:
            page = self._send("GET", "/audit", AuditPage, query={"after": at, "limit": 200})
            yield from page.entries
            at = page.next

    def checkpoint(self) -> CheckpointRecord:
        """Sign and export what is new of the trail; gives the newest checkpoint."""
        return self._send("POST", "/audit/checkpoints", CheckpointRecord)

    def signing_key(self) -> CheckpointKey:
        """The public key that checkpoints are verified with."""
        return self._send("GET", "/audit/key", CheckpointKey)

    def collect(self, *, dry_run: bool = False) -> Collected:
        """Delete documents that nothing needs."""
        return self._send("POST", "/collect", Collected, body={"dry_run": dry_run})

    def _draft(self, change: dict[str, Any], note: str) -> DraftRecord:
        return self._send("POST", "/drafts", DraftRecord, body={"change": change, "note": note})

    def _send(
        self,
        method: str,
        path: str,
        answer: type[M],
        *,
        query: Mapping[str, str | int | None] | None = None,
        body: Any = None,
        expected: str | None = None,
    ) -> M:
        given = {name: str(value) for name, value in (query or {}).items() if value is not None}
        # a signature is over `%20`; the `+` that forms have for a space would be signed as a plus
        url = httpx.URL(self._url + path, query=urlencode(given, quote_via=quote, safe="").encode() or None)
        text = "" if body is None else json.dumps(body)
        request = AWSRequest(
            method=method,
            url=str(url),
            data=text.encode(),
            headers={"content-type": "application/json"},
        )
        if method != "GET":
            bound = BoundRequest(
                audience=self._audience,
                method=method,
                path=path,
                query=given,
                if_match=expected,
                body=text,
            )
            request.headers[PROOF_HEADER] = self._prover.prove(bound).encode()
        if expected is not None:
            request.headers["if-match"] = f'"{expected}"'
        self._signer.add_auth(request)
        try:
            response = self._http.request(
                method, url, content=request.data, headers=dict(request.headers.items())
            )
        except httpx.TimeoutException as error:
            raise AdminUnreachableError(f"nothing came within {TIMEOUT:g} s") from error
        except httpx.HTTPError as error:
            raise AdminUnreachableError("the connection failed") from error
        return _read(response, answer)


def open_admin(world: World, *, credentials: Credentials | None = None) -> PolicyAdmin:
    """The admin function of an environment; raises NotRunningError or NotDeployedError.

    Requests are signed with the world's own credentials, if no others are given.
    """
    return admin_of(world, deployed_platform(world), credentials=credentials)


def admin_of(
    world: World, platform: RecordedPlatform, *, credentials: Credentials | None = None
) -> PolicyAdmin:
    """The admin function of a platform whose outputs are known."""
    return PolicyAdmin(
        platform.admin_url,
        credentials or world.credentials,
        world.environment.region,
        audience=platform.admin_function_arn,
        sts=world.client("sts").meta.endpoint_url,
    )


def _set_body(
    files: Mapping[str, str], schema: str | None, cases: Sequence[Mapping[str, Any]] | None
) -> dict[str, Any]:
    return {
        "policies": [{"path": path, "text": text} for path, text in files.items()],
        "schema": schema,
        "cases": None if cases is None else list(cases),
    }


def _read(response: httpx.Response, answer: type[M]) -> M:
    try:
        if response.is_success:
            return answer.model_validate_json(response.content)
        if response.headers.get("content-type", "").startswith("application/problem+json"):
            problem = AdminProblem.model_validate_json(response.content)
            raise _REFUSALS.get(problem.code, AdminRefusedError)(problem)
    except ValidationError as error:
        raise AdminUnreachableError("the answer is not of this release") from error
    if response.status_code == httpx.codes.FORBIDDEN:
        raise AdminDeniedError
    raise AdminUnreachableError(f"status {response.status_code}")
