"""Rules about `[deployment]`: keys that contradict each other, and strategies that a service can not take."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence

from components.declarations.declaration import ServiceDeclaration
from components.declarations.deployment import misplaced_keys
from components.declarations.document import DeclarationFile
from components.declarations.errors import DeclarationError


def deployment_errors(document: DeclarationFile, service: ServiceDeclaration) -> Iterator[DeclarationError]:
    """What contradicts itself within one file."""
    for key, wrong, hint in misplaced_keys(service.deployment):
        yield document.error(f"`deployment.{key}` {wrong}", at=("deployment", key), hint=hint)
    yield from _check_smoke(document, service)


def traffic_errors(
    declared: Sequence[tuple[DeclarationFile, ServiceDeclaration]], *, unread: Collection[str]
) -> Iterator[DeclarationError]:
    """Strategies for a service that nobody calls: there is no traffic to shift.

    Nothing is said while a file is `unread`: the service may be called from there.
    """
    called = {call.service for _, service in declared for call in service.calls}
    for document, service in declared:
        strategy = service.deployment.strategy
        if unread or strategy is None or not strategy.steps:
            continue
        if service.ingress is None and service.name not in called:
            yield document.error(
                f"`{service.name}` has neither ingress nor callers, so there is no traffic for "
                f'`strategy = "{strategy}"` to shift',
                at=("deployment", "strategy"),
                hint='use `strategy = "rolling"` or `"blue_green"`, or let a service call it',
            )


def _check_smoke(document: DeclarationFile, service: ServiceDeclaration) -> Iterator[DeclarationError]:
    """The smoke test asks with GET and has no grant."""
    seen: dict[str, int] = {}
    doors = {f"/{intent.name}": intent.name for intent in service.intents}
    for index, path in enumerate(service.deployment.smoke):
        at = ("deployment", "smoke", index)
        if path in doors:
            yield document.error(
                f"the smoke path `{path}` is the intent `{doors[path]}`, which takes nothing without a grant",
                at=at,
                hint=f"name a path that answers to anybody, such as `{service.front_health_path}`",
            )
        if seen.setdefault(path, index) != index:
            yield document.error(f"the smoke path `{path}` is named twice", at=at, hint="remove one")
