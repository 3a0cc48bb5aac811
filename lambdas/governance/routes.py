"""The routes of the admin function: which method and path calls what. interface.py has their list."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import asdict, dataclass
from http import HTTPStatus
from pathlib import Path

from pydantic import TypeAdapter

from lambdas.governance.admin_http import AdminAnswer, AdminRequest, read_body, read_number
from lambdas.governance.identity import Identifier
from lambdas.governance.problems import RefusedError
from policies.calls.changing.checkpoints import Checkpoints
from policies.calls.changing.collect import Collector
from policies.calls.changing.deployment import deploy
from policies.calls.changing.drafts import Drafts
from policies.calls.changing.editing import ChangeRequest, Editor, PolicyFiles
from policies.calls.changing.errors import NotFoundError, UnknownPersonError
from policies.calls.changing.folder import cut_folder
from policies.calls.changing.interface import MAX_PAGE, DraftId, Note, PolicyId, VersionName
from policies.calls.changing.listing import (
    audit_page,
    find_version,
    history_page,
    policy_page,
    policy_record,
    version_record,
)
from policies.calls.changing.problem import ProblemCode
from policies.calls.changing.records import AuditPage, DeployedRecord, DraftPage, FolderDraft
from policies.calls.changing.requests import (
    Collect,
    NewDraft,
    PackedFolder,
    PublishSet,
    PutPolicy,
    Rollback,
)
from policies.calls.language.values import SourceText
from policies.calls.store.ledger import PolicyLedger
from policies.calls.store.policy_store import PolicyStore
from policies.calls.versions.version import StoredVersion

_POLICY_ID: TypeAdapter[str] = TypeAdapter(PolicyId)
_VERSION: TypeAdapter[str] = TypeAdapter(VersionName)
_DRAFT_ID: TypeAdapter[str] = TypeAdapter(DraftId)
_NOTE: TypeAdapter[str] = TypeAdapter(Note)


@dataclass(frozen=True, slots=True, kw_only=True)
class AdminFunction:
    """What serves the requests.

    `checkpoints` is None where the audit trail is not signed. `approval`: a second person has to activate
    every change.
    """

    identifier: Identifier
    store: PolicyStore
    ledger: PolicyLedger
    editor: Editor
    drafts: Drafts
    collector: Collector
    checkpoints: Checkpoints | None
    approval: bool


RouteHandler = Callable[[AdminFunction, AdminRequest, str], AdminAnswer]
"""Its last argument is the `{}` of the path, or empty."""


def serve(admin: AdminFunction, request: AdminRequest) -> AdminAnswer:
    """Answer a request. Raises GovernanceError or pydantic's ValidationError."""
    allowed: list[str] = []
    for method, pattern, handler in ROUTES:
        match = pattern.fullmatch(request.path)
        if match is None:
            continue
        if method == request.method:
            return handler(admin, request, match.groups()[0] if match.groups() else "")
        allowed.append(method)
    if allowed:
        raise RefusedError(
            ProblemCode.NOT_ALLOWED,
            f"`{request.path}` cannot be asked to {request.method[:16]}",
            hint=f"it takes {', '.join(sorted(allowed))}",
        )
    raise NotFoundError("there is nothing at this path", hint="docs/governance.md lists the paths")


def _list_policies(admin: AdminFunction, request: AdminRequest, _: str) -> AdminAnswer:
    after = request.query.get("after")
    return AdminAnswer(
        value=policy_page(
            _find_version(admin, request.query.get("version")),
            after=None if after is None else _POLICY_ID.validate_python(after),
            limit=read_number(request, "limit", MAX_PAGE, least=1),
        )
    )


def _show_policy(admin: AdminFunction, request: AdminRequest, name: str) -> AdminAnswer:
    name = _POLICY_ID.validate_python(name)
    base = _find_version(admin, request.query.get("version"))
    found = base.find(name)
    if found is None:
        raise NotFoundError(f"there is no policy `{name}`", hint="list the policies")
    return AdminAnswer(value=policy_record(base, *found))


def _put_policy(admin: AdminFunction, request: AdminRequest, name: str) -> AdminAnswer:
    _refuse_without_approval(admin)
    wanted = read_body(request, PutPolicy)
    name = _POLICY_ID.validate_python(name)
    result = admin.editor.put(name, wanted.text, _change_request(request, wanted.note), wanted.cases)
    return AdminAnswer(value=result, changes=result.changed)


def _delete_policy(admin: AdminFunction, request: AdminRequest, name: str) -> AdminAnswer:
    _refuse_without_approval(admin)
    note = _NOTE.validate_python(request.query.get("note", ""))
    result = admin.editor.delete(_POLICY_ID.validate_python(name), _change_request(request, note))
    return AdminAnswer(value=result, changes=result.changed)


def _publish(admin: AdminFunction, request: AdminRequest, _: str) -> AdminAnswer:
    _refuse_without_approval(admin)
    wanted = read_body(request, PublishSet)
    documents = [SourceText(path=Path(file.path), text=file.text) for file in wanted.policies]
    files = PolicyFiles(documents=documents, schema=wanted.schema_text, cases=wanted.cases)
    result = admin.editor.publish(files, _change_request(request, wanted.note))
    return AdminAnswer(value=result, changes=result.changed)


def _deploy(admin: AdminFunction, request: AdminRequest, _: str) -> AdminAnswer:
    version = cut_folder(read_body(request, PackedFolder))
    done = deploy(
        version,
        admin.store,
        admin.ledger,
        actor=request.actor.identity,
        nonce=request.actor.nonce,
        approval=admin.approval,
    )
    return AdminAnswer(value=DeployedRecord(**asdict(done)), changes=done.changed)


def _draft_deployment(admin: AdminFunction, request: AdminRequest, _: str) -> AdminAnswer:
    version = cut_folder(read_body(request, PackedFolder))
    draft = admin.drafts.of_folder(version, _change_request(request, "the policy folder"))
    return AdminAnswer(value=FolderDraft(draft=draft), changes=draft is not None)


def _rollback(admin: AdminFunction, request: AdminRequest, _: str) -> AdminAnswer:
    if admin.approval and request.actor.person is None:
        raise UnknownPersonError(request.actor.identity)
    wanted = read_body(request, Rollback)
    request_for_change = _change_request(request, wanted.note)
    result = admin.editor.rollback(wanted.to, request_for_change, deployed=wanted.deployed)
    return AdminAnswer(value=result, changes=result.changed)


def _show_version(admin: AdminFunction, request: AdminRequest, name: str) -> AdminAnswer:  # noqa: ARG001 - the form of a route
    return AdminAnswer(value=version_record(_find_version(admin, None if name == "current" else name)))


def _history(admin: AdminFunction, request: AdminRequest, _: str) -> AdminAnswer:
    before = read_number(request, "before", 0, least=1) if "before" in request.query else None
    limit = read_number(request, "limit", 100, least=1)
    return AdminAnswer(value=history_page(admin.ledger, before=before, limit=limit))


def _new_draft(admin: AdminFunction, request: AdminRequest, _: str) -> AdminAnswer:
    wanted = read_body(request, NewDraft)
    draft = admin.drafts.new(wanted, _change_request(request, wanted.note))
    return AdminAnswer(value=draft, status=HTTPStatus.CREATED, changes=True)


def _list_drafts(admin: AdminFunction, request: AdminRequest, _: str) -> AdminAnswer:  # noqa: ARG001 - the form of a route
    return AdminAnswer(value=DraftPage(drafts=admin.drafts.all()))


def _show_draft(admin: AdminFunction, request: AdminRequest, name: str) -> AdminAnswer:  # noqa: ARG001 - the form of a route
    return AdminAnswer(value=admin.drafts.get(_DRAFT_ID.validate_python(name)))


def _activate(admin: AdminFunction, request: AdminRequest, name: str) -> AdminAnswer:
    result = admin.drafts.activate(_DRAFT_ID.validate_python(name), _change_request(request, ""))
    return AdminAnswer(value=result, changes=True)


def _discard(admin: AdminFunction, request: AdminRequest, name: str) -> AdminAnswer:
    draft = admin.drafts.discard(_DRAFT_ID.validate_python(name), _change_request(request, ""))
    return AdminAnswer(value=draft, changes=True)


def _audit(admin: AdminFunction, request: AdminRequest, _: str) -> AdminAnswer:
    page: AuditPage = audit_page(
        admin.ledger,
        after=read_number(request, "after", 0, least=0),
        limit=read_number(request, "limit", 200, least=1),
    )
    return AdminAnswer(value=page)


def _checkpoint(admin: AdminFunction, request: AdminRequest, _: str) -> AdminAnswer:  # noqa: ARG001 - the form of a route
    made = _require_checkpoints(admin).make()
    if made is None:
        raise NotFoundError("the audit trail has no entries yet", hint="publish policies first")
    return AdminAnswer(value=made)


def _key(admin: AdminFunction, request: AdminRequest, _: str) -> AdminAnswer:  # noqa: ARG001 - the form of a route
    return AdminAnswer(value=_require_checkpoints(admin).key())


def _collect(admin: AdminFunction, request: AdminRequest, _: str) -> AdminAnswer:
    wanted = read_body(request, Collect)
    result = admin.collector.collect(
        actor=request.actor.identity, nonce=request.actor.nonce, dry_run=wanted.dry_run
    )
    return AdminAnswer(value=result, changes=result.deleted > 0 and not wanted.dry_run)


def _route(method: str, path: str, handler: RouteHandler) -> tuple[str, re.Pattern[str], RouteHandler]:
    return method, re.compile(path.replace("{}", "([^/]+)")), handler


ROUTES = (
    _route("GET", "/policies", _list_policies),
    _route("GET", "/policies/{}", _show_policy),
    _route("PUT", "/policies/{}", _put_policy),
    _route("DELETE", "/policies/{}", _delete_policy),
    _route("POST", "/publish", _publish),
    _route("POST", "/rollback", _rollback),
    _route("POST", "/deployments", _deploy),
    _route("POST", "/deployments/draft", _draft_deployment),
    _route("GET", "/versions/{}", _show_version),
    _route("GET", "/history", _history),
    _route("POST", "/drafts", _new_draft),
    _route("GET", "/drafts", _list_drafts),
    _route("GET", "/drafts/{}", _show_draft),
    _route("DELETE", "/drafts/{}", _discard),
    _route("POST", "/drafts/{}/activate", _activate),
    _route("GET", "/audit", _audit),
    _route("POST", "/audit/checkpoints", _checkpoint),
    _route("GET", "/audit/key", _key),
    _route("POST", "/collect", _collect),
)


def _find_version(admin: AdminFunction, name: str | None) -> StoredVersion:
    if name is None:
        return StoredVersion(admin.store, admin.editor.current().version)
    return find_version(admin.store, _VERSION.validate_python(name))


def _change_request(request: AdminRequest, note: str) -> ChangeRequest:
    actor = request.actor
    return ChangeRequest(
        actor=actor.identity,
        person=actor.person,
        nonce=actor.nonce,
        note=note,
        expected=request.expected,
    )


def _require_checkpoints(admin: AdminFunction) -> Checkpoints:
    if admin.checkpoints is None:
        raise NotFoundError("the audit trail of this environment is not signed", hint="deploy its key")
    return admin.checkpoints


def _refuse_without_approval(admin: AdminFunction) -> None:
    if admin.approval:
        raise RefusedError(
            ProblemCode.APPROVAL_REQUIRED,
            "changes of the policies need a second person here",
            hint="make a draft, and have another person activate it",
        )
