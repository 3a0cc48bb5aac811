"""Plans a new service: what is asked for is checked, and so is the project as it will be with it."""

from __future__ import annotations

import keyword
import re
import shutil
import tempfile
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from difflib import get_close_matches
from pathlib import Path

from cli.errors import UsageError
from cli.policies.local import LocalSet, read_set
from cli.project import DEFAULT_ENVIRONMENT, Project
from cli.scaffolding import gate_service, kit_service
from cli.scaffolding.changes import FileChange, NotWrittenError, require_free
from cli.scaffolding.declarations import declaration, edits
from cli.scaffolding.service_request import NewCall, NewService
from components.declarations import (
    RESERVED_NAMES,
    DeclarationError,
    Services,
    can_name_service,
    load_services,
)
from policies.calls.language.errors import PolicyError
from sandbox.cloud.tasks.errors import ImageTableError
from sandbox.cloud.tasks.images import ImageTable

_INTENT = re.compile(r"[a-z][a-z0-9_-]{0,63}")


@dataclass(frozen=True, slots=True, kw_only=True)
class ServicePlan:
    """The files to write, and the new service's port. `denied` are declared calls that a policy forbids."""

    service: NewService
    changes: tuple[FileChange, ...]
    port: int
    denied: tuple[str, ...]


def plan_service(project: Project, service: NewService) -> ServicePlan:
    """Plan a new service.

    Raises UsageError for what cannot be or is there already; DeclarationError, PolicyError or ImageTableError
    for what is wrong in the project as it is.
    """
    _require_name(project, service.name)
    _require_intents(service)
    services, policies = load_services(project.services), read_set(project)
    ImageTable.load(project.images)
    _require_calls(service, services)
    written = declaration(service, services)
    code = gate_service.code_files(service) if service.gate else kit_service.code_files(service)
    changes = [written, *code, *edits(project.root, service, policies.sources.actions)]
    require_free(project.root, changes)
    will_be, policies = _rehearse(project, service, changes)
    return ServicePlan(
        service=service,
        changes=tuple(changes),
        port=will_be.get(service.name).port,
        denied=tuple(_denied_calls(project, service, policies)),
    )


def _require_name(project: Project, name: str) -> None:
    if name in RESERVED_NAMES:
        raise UsageError(
            f"`{name}` cannot name a service, the platform uses it itself", hint="choose another name"
        )
    if not can_name_service(name) or not name.isidentifier() or keyword.iskeyword(name):
        raise UsageError(
            f"`{name}` cannot name a service and the Python package that its code is",
            hint="use at most 20 lower case letters and digits, a letter first, and no word of Python's own",
        )
    folder = project.services / name
    if folder.is_symlink() or folder.exists():
        raise UsageError(f"`services/{name}` is there already", hint="choose another name")


def _require_intents(service: NewService) -> None:
    for intent in service.intents:
        if not _INTENT.fullmatch(intent):
            raise UsageError(
                f"--intent `{intent[:80]}` is no name of an intent",
                hint="use at most 64 lower case letters, digits, hyphens and underscores, a letter first",
            )


def _require_calls(service: NewService, services: Services) -> None:
    for call in service.calls:
        _require_known("--calls", call.service, services.names)
        offered = [intent.name for intent in services.get(call.service).intents]
        _require_known(f"--calls {call.service}:{call.intent}", call.intent, offered, whose=call.service)
    for caller in service.callers:
        _require_known("--called-by", caller, services.names)


def _require_known(flag: str, name: str, known: Sequence[str], *, whose: str = "") -> None:
    if name in known:
        return
    near = get_close_matches(name, known, n=1)
    what = f"`{whose}` does not offer the intent `{name}`" if whose else f"there is no service `{name}`"
    others = f"there are {', '.join(known)}" if known else "there are none"
    raise UsageError(f"{flag}: {what}", hint=f"did you mean `{near[0]}`" if near else others)


def _rehearse(
    project: Project, service: NewService, changes: Sequence[FileChange]
) -> tuple[Services, LocalSet]:
    """The project as it will be, read as a deployment reads it. Raises UsageError where it would not fit."""
    try:
        with tempfile.TemporaryDirectory(prefix="myelin-new-") as folder:
            copy = Project(root=Path(folder), sandbox=Path(folder, "sandbox"))
            _copy(project, copy, changes)
            services = load_services(copy.services)
            ImageTable.load(copy.images)
            return services, read_set(copy)
    except (DeclarationError, PolicyError, ImageTableError) as error:
        raise UsageError(
            f"with `{service.name}` the project would not be valid: {error.message}",
            hint=error.hint or "write the files by hand, docs/add-a-service.md has them",
        ) from error
    except OSError as error:
        raise NotWrittenError.of(error, Path(str(error.filename or tempfile.gettempdir()))) from error


def _copy(project: Project, copy: Project, changes: Sequence[FileChange]) -> None:
    """What a deployment reads of declarations, images and policies, with the changes made."""
    declared = project.services.glob("*/service.toml")
    policies = (path for path in project.policies.rglob("*") if path.is_file())
    for path in (*declared, project.images, *policies):
        target = copy.root / path.relative_to(project.root)
        target.parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(path, target)
    for change in changes:
        target = copy.root / change.path
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_text(change.text, encoding="utf-8", newline="")


def _denied_calls(project: Project, service: NewService, policies: LocalSet) -> Iterator[str]:
    """The calls of and by the new service that governance would deny, although they are declared."""
    environments = project.environments()
    environment = DEFAULT_ENVIRONMENT if DEFAULT_ENVIRONMENT in environments else next(iter(environments), "")
    rehearsal = policies.rehearsal()
    of_it = [(service.name, call) for call in service.calls]
    by_others = [
        (caller, NewCall(service=service.name, intent=intent))
        for caller in service.callers
        for intent in service.intents
    ]
    for caller, call in (*of_it, *by_others):
        event = {"service": caller, "target": call.service, "intent": call.intent, "context": {}}
        answer = rehearsal.decide(event, at=datetime.now(UTC), environment=environment)
        if not answer.allowed:
            yield (
                f"governance denies `{caller}` the intent `{call.intent}` on `{call.service}`, although "
                f"declared: {answer.reason} ({', '.join(answer.policies) or answer.reason_code})"
            )
