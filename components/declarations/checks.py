"""Rules across the keys of one declaration, and across all declarations."""

from __future__ import annotations

import difflib
from collections.abc import Collection, Iterator, Sequence
from fnmatch import fnmatchcase

from components.declarations.declaration import CALLS_PORT, ClientAuthentication, ServiceDeclaration, Tier
from components.declarations.deployment_checks import deployment_errors, traffic_errors
from components.declarations.document import DeclarationFile
from components.declarations.errors import DeclarationError
from components.declarations.fargate import TASK_SIZES, offered_cpu, offered_memory
from components.declarations.positions import KeyPath
from components.declarations.rotation import RotationKind

RESERVED_VARIABLES = frozenset(
    {
        "AWS_REGION",
        "CALLERS",
        "CALLS",
        "CLIENTS",
        "CLIENT_IDENTITIES",
        "CLIENT_KEYS",
        "GATE_TOKEN",
        "GATE_URL",
        "GOVERNANCE_CONCURRENCY",
        "GOVERNANCE_FUNCTION",
        "GRANT_BOUND_SECONDS",
        "GRANT_ISSUER",
        "GRANT_KEYS",
        "IDEMPOTENCY_TABLE",
        "INGRESS",
        "INTENTS",
        "PORT",
    }
)
"""Set by the platform itself in every task, together with all that begin with MYELIN_ or AWS_."""
_RESERVED_PREFIXES = ("MYELIN_", "AWS_", "ECS_")

Declared = tuple[DeclarationFile, ServiceDeclaration]


def service_errors(document: DeclarationFile, service: ServiceDeclaration) -> Iterator[DeclarationError]:
    """What contradicts itself within one file."""
    yield from _check_size(document, service)
    yield from _check_bounds(document, service)
    yield from _check_intents(document, service)
    yield from _check_ingress(document, service)
    yield from _check_calls(document, service)
    yield from _check_gate(document, service)
    yield from _check_secrets(document, service)
    yield from _check_variables(document, service)
    yield from deployment_errors(document, service)
    if service.tier is Tier.ISOLATED and service.ingress is not None:
        yield document.error(
            f"`{service.name}` is isolated and cannot have ingress",
            at=("ingress",),
            hint='let a private service call it, or set `tier = "private"`',
        )


def contradictions(
    declared: Sequence[Declared], *, unread: Collection[str] = ()
) -> Iterator[DeclarationError]:
    """What contradicts between files. `unread` are services whose own file is wrong: nothing is said of calls
    of those.
    """
    yield from _check_ports(declared)
    yield from _check_paths(declared)
    yield from traffic_errors(declared, unread=unread)
    known = {service.name: service for _, service in declared}
    for document, service in declared:
        for index, call in enumerate(service.calls):
            at: KeyPath = ("calls", index, "service")
            if call.service in unread or call.service == service.name:
                continue
            if call.service not in known:
                near = difflib.get_close_matches(call.service, sorted(known), n=1)
                yield document.error(
                    f"`{service.name}` calls `{call.service}`, which is not declared",
                    at=at,
                    hint=f"did you mean `{near[0]}`" if near else f"declared are {', '.join(sorted(known))}",
                )
                continue
            yield from _check_intent_of_call(document, index, known[call.service], call.intent)
            if service.tier is Tier.ISOLATED and known[call.service].tier is not Tier.ISOLATED:
                yield document.error(
                    f"`{service.name}` is isolated and cannot call `{call.service}`, which is not",
                    at=at,
                    hint=f"remove the call, or make `{call.service}` isolated too",
                )


def _check_size(document: DeclarationFile, service: ServiceDeclaration) -> Iterator[DeclarationError]:
    if service.cpu not in TASK_SIZES:
        yield document.error(
            f"`cpu` must be a size that Fargate offers, not `{service.cpu}`",
            at=("cpu",),
            hint=f"use one of {offered_cpu()}",
        )
        return
    if service.memory not in TASK_SIZES[service.cpu]:
        yield document.error(
            f"`memory` of `{service.memory}` does not go with `cpu` of `{service.cpu}` on Fargate",
            at=("memory",),
            hint=f"use one of {offered_memory(service.cpu)}"
            if len(TASK_SIZES[service.cpu]) <= 4
            else f"use {offered_memory(service.cpu)}",
        )


def _check_bounds(document: DeclarationFile, service: ServiceDeclaration) -> Iterator[DeclarationError]:
    if service.scaling.min > service.scaling.max:
        yield document.error(
            f"`scaling.min` of `{service.scaling.min}` is above `scaling.max` of `{service.scaling.max}`",
            at=("scaling", "min") if ("scaling", "min") in document.lines else ("scaling", "max"),
            hint="lower one or raise the other",
        )
    if service.health.timeout >= service.health.interval:
        yield document.error(
            f"`health.timeout` of `{service.health.timeout}` is not below `health.interval` of "
            f"`{service.health.interval}`",
            at=("health", "timeout") if ("health", "timeout") in document.lines else ("health", "interval"),
            hint="a check has to end before the next one begins",
        )


def _check_intents(document: DeclarationFile, service: ServiceDeclaration) -> Iterator[DeclarationError]:
    seen: dict[str, int] = {}
    for index, intent in enumerate(service.intents):
        at: KeyPath = ("intents", index, "name")
        first = seen.setdefault(intent.name, index)
        if first != index:
            yield document.error(
                f"the intent `{intent.name}` is declared twice",
                at=at,
                hint=f"remove one, the first is in line {document.line(('intents', first))}",
            )
        if f"/{intent.name}" == service.health.path:
            yield document.error(
                f"the intent `{intent.name}` has the path of the health check",
                at=at,
                hint="rename one of them; an intent is served at `/<name>`",
            )


def _check_ingress(document: DeclarationFile, service: ServiceDeclaration) -> Iterator[DeclarationError]:
    if service.ingress is None:
        return
    doors = {f"/{intent.name}": intent.name for intent in service.intents}
    for index, path in enumerate(service.ingress.paths):
        # behind a gate, another spelling is taken for the intent's, too, and is never served
        spelled = f"/{path.strip('/').lower().partition('.')[0]}" if service.behind_gate else path
        covered = [intent for door, intent in doors.items() if fnmatchcase(door, path) or door == spelled]
        if covered:
            yield document.error(
                f"the path `{path}` leads to the intent `{covered[0]}`",
                at=("ingress", "paths", index),
                hint="clients come in on paths of their own: an intent is only for services with a grant",
            )
    needs = service.ingress.client is ClientAuthentication.JWT
    for key in ("issuer", "audience"):
        if bool(getattr(service.ingress, key)) != needs:
            yield document.error(
                f"`ingress.{key}` is {'missing' if needs else 'only'} for clients with tokens",
                at=("ingress", key) if not needs else ("ingress", "client"),
                hint=f"add `{key} = ...`" if needs else 'remove it, or set `client = "jwt"`',
            )
    for key in ("tenant_claim", "claims"):
        if not needs and ("ingress", key) in document.lines:
            yield document.error(
                f"`ingress.{key}` is only for clients with tokens",
                at=("ingress", key),
                hint='remove it, or set `client = "jwt"`',
            )
    identified = service.ingress.client is ClientAuthentication.SIGV4
    if bool(service.ingress.identities) != identified:
        yield document.error(
            f"`ingress.identities` is {'missing' if identified else 'only'} for clients with IAM credentials",
            at=("ingress", "client" if identified else "identities"),
            hint='add a table `[ingress.identities]` such as `"role/shop" = "acme"`'
            if identified
            else 'remove it, or set `client = "sigv4"`',
        )


def _check_gate(document: DeclarationFile, service: ServiceDeclaration) -> Iterator[DeclarationError]:
    """Three ports of one loopback, and something to guard."""
    if not service.behind_gate:
        if service.application_port is not None:
            yield document.error(
                "`application_port` is only for a service behind the gate",
                at=("application_port",),
                hint='remove it, or set `runtime = "gate"`',
            )
        return
    if not service.intents and not service.calls and service.ingress is None:
        yield document.error(
            f"`{service.name}` is behind the gate, and neither offers an intent nor calls one",
            at=("runtime",),
            hint="declare what it offers under `[[intents]]`, or whom it calls under `[[calls]]`",
        )
    key = "port" if service.application_port is None else "application_port"
    if service.own_port == service.port:
        yield document.error(
            f"gate and application of `{service.name}` cannot both listen on {service.port}",
            at=(key,),
            hint="`port` is the gate's, `application_port` the application's: choose two",
        )
    for name, port in (("port", service.port), ("application_port", service.own_port)):
        if port == CALLS_PORT:
            yield document.error(
                f"port {port} is where the gate takes the calls of its application",
                at=(name,),
                hint="choose another one",
            )


def _check_intent_of_call(
    document: DeclarationFile, index: int, callee: ServiceDeclaration, intent: str
) -> Iterator[DeclarationError]:
    if callee.intent(intent) is not None:
        return
    offered = sorted(each.name for each in callee.intents)
    near = difflib.get_close_matches(intent, offered, n=1)
    if near:
        hint = f"did you mean `{near[0]}`"
    elif offered:
        hint = f"it offers {', '.join(offered)}"
    else:
        hint = f'declare it in {callee.path}: `[[intents]]` with `name = "{intent}"`'
    yield document.error(
        f"`{callee.name}` does not offer the intent `{intent}`", at=("calls", index, "intent"), hint=hint
    )


def _check_calls(document: DeclarationFile, service: ServiceDeclaration) -> Iterator[DeclarationError]:
    seen: dict[tuple[str, str], int] = {}
    for index, call in enumerate(service.calls):
        if call.service == service.name:
            yield document.error(
                f"`{service.name}` calls itself",
                at=("calls", index, "service"),
                hint="remove the call",
            )
        first = seen.setdefault((call.service, call.intent), index)
        if first != index:
            yield document.error(
                f"the call of `{call.service}` for `{call.intent}` is declared twice",
                at=("calls", index),
                hint=f"remove one, the first is in line {document.line(('calls', first))}",
            )


def _check_secrets(document: DeclarationFile, service: ServiceDeclaration) -> Iterator[DeclarationError]:
    """The addresses of an issuer go with `rotate = "call"`, and with nothing else."""
    for name, secret in service.secrets.items():
        needs = secret.rotate is RotationKind.CALL
        for key, address in (("tell", secret.tell), ("test", secret.test)):
            if bool(address) == needs:
                continue
            at: KeyPath = ("secrets", name, key)
            yield document.error(
                f"`secrets.{name}.{key}` is {'missing' if needs else 'only'} where an issuer is told",
                at=("secrets", name, "rotate") if needs else at,
                hint=f'add `{key} = "https://..."`' if needs else 'remove it, or set `rotate = "call"`',
            )


def _check_variables(document: DeclarationFile, service: ServiceDeclaration) -> Iterator[DeclarationError]:
    for secret in service.secrets:
        variable = service.secret_variable(secret)
        if _is_reserved(variable) or variable in service.environment:
            whose = "the platform" if _is_reserved(variable) else "`environment`"
            yield document.error(
                f"the secret `{secret}` would be `{variable}`, which {whose} sets already",
                at=("secrets", secret),
                hint="rename the secret",
            )
    for variable in service.environment:
        if _is_reserved(variable):
            yield document.error(
                f"`environment.{variable}` is set by the platform itself",
                at=("environment", variable),
                hint="remove it or use another name",
            )


def _is_reserved(variable: str) -> bool:
    return variable in RESERVED_VARIABLES or variable.startswith(_RESERVED_PREFIXES)


def _check_ports(declared: Sequence[Declared]) -> Iterator[DeclarationError]:
    taken: dict[int, Declared] = {}
    for document, service in declared:
        first, other = taken.setdefault(service.port, (document, service))
        if other is not service:
            yield document.error(
                f"`{other.name}` and `{service.name}` both use port `{service.port}`",
                at=("port",),
                hint=f"choose another one, see {first.path}:{first.line(('port',))}",
            )


def _check_paths(declared: Sequence[Declared]) -> Iterator[DeclarationError]:
    taken: dict[str, Declared] = {}
    for document, service in declared:
        for index, path in enumerate(service.ingress.paths if service.ingress else ()):
            at: KeyPath = ("ingress", "paths", index)
            first, other = taken.setdefault(path, (document, service))
            if other is not service:
                yield document.error(
                    f"`{other.name}` and `{service.name}` both claim the path `{path}`",
                    at=at,
                    hint=f"the load balancer can send it to one of them only, see {first.path}",
                )
