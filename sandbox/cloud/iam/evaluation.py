"""Whether a request is allowed, by all policies that speak of it.

https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_evaluation-logic.html
What is not judged fails closed: it allows nothing, and denies what it might deny.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from enum import StrEnum

from sandbox.cloud.iam.context import Context
from sandbox.cloud.iam.document import ParsedPolicy, Patterns, Statement
from sandbox.cloud.iam.grants import KeyGrant
from sandbox.cloud.iam.patterns import like, like_arn
from sandbox.cloud.iam.principal import PolicyReach, Principal, PrincipalKind
from sandbox.cloud.iam.truth import Truth, every, flipped, some

NO_RESOURCE = "*"
"""The resource of an action for which AWS defines none."""


@dataclass(frozen=True, slots=True, kw_only=True)
class AccessRequest:
    """Who wants to do what, on what. `resource` is an ARN, NO_RESOURCE, or None if it is not known.

    `account` is whose the resource is; left out, it is read from the ARN, and is the asker's own otherwise.
    """

    principal: Principal
    action: str
    resource: str | None
    context: Context = field(default_factory=Context)
    account: str = ""


class PolicyKind(StrEnum):
    """The kinds of policies, as AWS's messages call them."""

    IDENTITY = "identity-based policy"
    BOUNDARY = "permissions boundary"
    SESSION = "session policy"
    RESOURCE = "resource-based policy"


@dataclass(frozen=True, slots=True, kw_only=True)
class ApplicablePolicies:
    """Everything that speaks of a request. No boundary and no session policy is None, not an empty one."""

    identity: tuple[ParsedPolicy, ...] = ()
    boundary: ParsedPolicy | None = None
    session: tuple[ParsedPolicy, ...] | None = None
    resource: ParsedPolicy | None = None
    grants: tuple[KeyGrant, ...] = ()


class PolicyEffect(StrEnum):
    """What policies of one kind say."""

    ALLOW = "allow"
    DENY = "deny"
    SILENT = "silent"


@dataclass(frozen=True, slots=True)
class KindVerdict:
    """What policies of one kind say; `by` is the deciding statement, `unjudged` what would have mattered."""

    effect: PolicyEffect
    by: str = ""
    reach: PolicyReach = PolicyReach.NONE
    unjudged: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class AccessDecision:
    """Allowed or not. `kind` and `explicit`: which kind of policy denies it, and whether it says so.

    `by` is the deciding statement; `unjudged` are conditions, elements and resources that were not judged
    and would have mattered.
    """

    allowed: bool
    kind: PolicyKind | None = None
    explicit: bool = False
    by: str = ""
    unjudged: tuple[str, ...] = ()


def decide(request: AccessRequest, policies: ApplicablePolicies) -> AccessDecision:
    """Decide as AWS does, in one account or across two."""
    context = request.context.extended(request.principal.condition_keys())
    said = {kind: judge(kind, listed, request, context) for kind, listed in _by_kind(policies)}
    unjudged = tuple(dict.fromkeys(one for verdict in said.values() for one in verdict.unjudged))
    for kind, verdict in said.items():
        if verdict.effect is PolicyEffect.DENY:
            return AccessDecision(
                allowed=False, kind=kind, explicit=True, by=verdict.by, unjudged=verdict.unjudged
            )
    missing = _missing(request, policies, said, _resource_reach(request, policies, said))
    if missing is not None:
        return AccessDecision(allowed=False, kind=missing, unjudged=unjudged)
    return AccessDecision(allowed=True, by=next((one.by for one in said.values() if one.by), ""))


def judge(
    kind: PolicyKind, policies: Iterable[ParsedPolicy], request: AccessRequest, context: Context
) -> KindVerdict:
    """What documents of a kind say together: a denial before all, the most direct permission before others.

    `context` has the keys about who asks, too.
    """
    allowed: KindVerdict | None = None
    unjudged: list[str] = []
    for policy in policies:
        for statement in policy.statements:
            applies = _applies(kind, statement, request, context)
            if applies is False:
                continue
            name = _name(policy, statement)
            reasons = tuple(_unjudged(kind, statement, request, context)) if applies is None else ()
            if not statement.allows:
                return KindVerdict(PolicyEffect.DENY, name, PolicyReach.NONE, reasons)
            if applies is None:
                unjudged.extend(f"{reason} of {name or 'a statement'}" for reason in reasons)
                continue
            reach = statement.principal.reach(request.principal) if statement.principal else PolicyReach.SELF
            if allowed is None or reach > allowed.reach:
                allowed = KindVerdict(PolicyEffect.ALLOW, name, reach)
    return allowed or KindVerdict(PolicyEffect.SILENT, unjudged=tuple(unjudged))


def _by_kind(policies: ApplicablePolicies) -> Iterator[tuple[PolicyKind, tuple[ParsedPolicy, ...]]]:
    yield PolicyKind.IDENTITY, policies.identity
    yield PolicyKind.RESOURCE, (policies.resource,) if policies.resource is not None else ()
    yield PolicyKind.BOUNDARY, (policies.boundary,) if policies.boundary is not None else ()
    yield PolicyKind.SESSION, policies.session or ()


def _resource_reach(
    request: AccessRequest, policies: ApplicablePolicies, said: dict[PolicyKind, KindVerdict]
) -> PolicyReach:
    """How directly the resource's own policy, or a grant of a key, allows it."""
    granted = any(
        grant.allows(request.principal, request.action, request.context) for grant in policies.grants
    )
    return max(said[PolicyKind.RESOURCE].reach, PolicyReach.ROLE if granted else PolicyReach.NONE)


def _missing(
    request: AccessRequest,
    policies: ApplicablePolicies,
    said: dict[PolicyKind, KindVerdict],
    reach: PolicyReach,
) -> PolicyKind | None:
    """The first kind of policy that has to allow it and does not."""
    asker = request.principal
    ours = _is_ours(request)
    if reach is PolicyReach.NONE and (
        asker.kind is PrincipalKind.SERVICE or not ours or _takes_its_own_word(request)
    ):
        return PolicyKind.RESOURCE
    if asker.kind is PrincipalKind.SERVICE or (ours and reach is PolicyReach.SELF):
        return None
    allowed = said[PolicyKind.IDENTITY].effect is PolicyEffect.ALLOW or asker.kind is PrincipalKind.ROOT
    if not allowed and not (ours and reach is PolicyReach.ROLE):
        return PolicyKind.IDENTITY
    if policies.boundary is not None and said[PolicyKind.BOUNDARY].effect is not PolicyEffect.ALLOW:
        return PolicyKind.BOUNDARY
    if policies.session is not None and said[PolicyKind.SESSION].effect is not PolicyEffect.ALLOW:
        return PolicyKind.SESSION
    return None


def _is_ours(request: AccessRequest) -> bool:
    named = request.account
    if not named and request.resource and request.resource.count(":") > 4:
        named = request.resource.split(":")[4]
    return named in ("", request.principal.account)


def _takes_its_own_word(request: AccessRequest) -> bool:
    """Keys and roles open to nobody whom their own policy, or a grant, does not let in.

    https://docs.aws.amazon.com/kms/latest/developerguide/key-policies.html
    """
    action, resource = request.action.lower(), request.resource or ""
    if action.startswith("kms:"):
        return ":key/" in resource
    return action.startswith("sts:assumerole")


def _applies(kind: PolicyKind, statement: Statement, request: AccessRequest, context: Context) -> Truth:
    actions = _is_action(statement, request.action)
    if actions is False:
        return False
    who = _is_principal(kind, statement, request.principal)
    if who is False:
        return False
    answer = every((who, _is_resource(statement, request.resource, context)))
    if answer is False:
        return False
    for condition in statement.conditions:
        holds = condition.holds(context, variables=statement.variables)
        if holds is False:
            return False
        if holds is None:
            answer = None
    return None if statement.strange else answer


def _is_action(statement: Statement, action: str) -> bool:
    name = action.lower()
    return any(like(pattern, name) for pattern in statement.actions.patterns) is not statement.actions.negated


def _is_principal(kind: PolicyKind, statement: Statement, asker: Principal) -> Truth:
    if statement.principal is not None:
        if statement.principal.reach(asker) is not PolicyReach.NONE:
            return True
        return False if statement.principal.known else None
    if statement.not_principal is not None:
        exempt = statement.not_principal.exempts(asker)
        return None if exempt is False and not statement.not_principal.known else not exempt
    # a policy of a resource that names nobody is none that AWS would take
    return None if kind is PolicyKind.RESOURCE else True


def _is_resource(statement: Statement, resource: str | None, context: Context) -> Truth:
    named = statement.resources
    if named is None:
        return True
    answer = _matches(named, resource, context if statement.variables else None)
    return flipped(answer) if named.negated else answer


def _matches(named: Patterns, resource: str | None, context: Context | None) -> Truth:
    if "*" in named.patterns:
        return True
    if resource is None:
        return None
    if resource == NO_RESOURCE:
        return False
    return some(like_arn(pattern, resource, context) for pattern in named.patterns)


def _unjudged(
    kind: PolicyKind, statement: Statement, request: AccessRequest, context: Context
) -> Iterator[str]:
    yield from (f"the element {element}" for element in statement.strange)
    if _is_principal(kind, statement, request.principal) is None:
        yield "its principal"
    if _is_resource(statement, request.resource, context) is None:
        yield "the resource" if request.resource is None else "its resource"
    for condition in statement.conditions:
        if condition.holds(context, variables=statement.variables) is None:
            yield f"the condition {condition}"


def _name(policy: ParsedPolicy, statement: Statement) -> str:
    return "/".join(part for part in (policy.name, statement.sid) if part)
