"""The rules that are measured, in the form that each engine takes: the same rules give the same decisions.

One service, `orbit`, has the intent `reason`: it is permitted on `axon`, on others for one tenant each,
forbidden on `ledger`; and one tenant is forbidden for everybody. All other policies are about other services.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

from policies.calls.language.values import Policy, PolicySources

SCHEMA = """
entity Service;
type Attributes = {purpose?: String};
type Context = {environment: String, time: datetime, proven: Bool, tenant?: String, attributes?: Attributes};
action "reason", "erase" appliesTo {principal: Service, resource: Service, context: Context};
"""
CALLER, INTENT, TARGET, TENANT = "orbit", "reason", "axon", "acme"
EVERYBODY = "*"
QUESTION = {
    "service": CALLER,
    "intent": INTENT,
    "target": TARGET,
    "tenant": TENANT,
    "correlation_id": "c-1",
}
CLAIMING = QUESTION | {"context": {"purpose": "test"}}


@dataclass(frozen=True, slots=True, kw_only=True)
class Ruled:
    """One rule: `None` stands for any."""

    id: str
    effect: Literal["permit", "forbid"]
    principal: str | None
    action: str | None
    target: str | None
    tenant: str | None = None

    @property
    def reason(self) -> str:
        """What an answer says."""
        return f"the rule {self.id}"

    @property
    def text(self) -> str:
        """In Cedar."""
        scope = (
            "principal" if self.principal is None else f'principal == Service::"{self.principal}"',
            "action" if self.action is None else f'action == Action::"{self.action}"',
            "resource" if self.target is None else f'resource == Service::"{self.target}"',
        )
        when = (
            ""
            if self.tenant is None
            else f'when {{ context has tenant && context.tenant == "{self.tenant}" }}'
        )
        return f'@id("{self.id}")\n@reason("{self.reason}")\n{self.effect} ({", ".join(scope)}) {when};'


@dataclass(frozen=True, slots=True, kw_only=True)
class RuleSet:
    """A set of rules."""

    policies: tuple[Ruled, ...]

    def sources(self) -> PolicySources:
        """The set as `cut` takes it."""
        policies = tuple(
            Policy(
                id=rule.id,
                reason=rule.reason,
                effect=rule.effect,
                principal=rule.principal,
                action=rule.action,
                text=rule.text,
                path=Path("measured.cedar"),
                line=None,
                resource=rule.target,
            )
            for rule in self.policies
        )
        return PolicySources(policies=policies, schema=SCHEMA, actions=("erase", "reason"))


def own(count: int) -> tuple[Ruled, ...]:
    """So many rules that a question about Orbit's reasoning evaluates; at least four."""
    return (
        Ruled(id="orbit-may", effect="permit", principal=CALLER, action=INTENT, target=TARGET),
        *(
            Ruled(
                id=f"orbit-may-{number}",
                effect="permit",
                principal=CALLER,
                action=INTENT,
                target=f"peer-{number}",
                tenant=f"tenant-{number}",
            )
            for number in range(count - 3)
        ),
        Ruled(id="orbit-not-on-ledger", effect="forbid", principal=CALLER, action=INTENT, target="ledger"),
        Ruled(id="no-evil", effect="forbid", principal=None, action=INTENT, target=None, tenant="evil"),
    )


def about_target(count: int) -> tuple[Ruled, ...]:
    """Those of them that can apply to the question's target; our function finds them itself."""
    return tuple(rule for rule in own(count) if rule.target in (None, TARGET))


def others(count: int) -> Iterator[Ruled]:
    """Rules about other services, a hundred a service."""
    for number in range(count):
        service, rest = divmod(number, 100)
        yield Ruled(
            id=f"other-{number:06}",
            effect="permit",
            principal=f"service-{service:05}",
            action=INTENT,
            target=f"peer-{rest}",
            tenant=f"tenant-{rest}" if rest else None,
        )


def rule_set(policies: int, slice_: int = 10) -> RuleSet:
    """A set of so many policies; `slice_` of them are those that Orbit's question evaluates."""
    return RuleSet(policies=(*own(slice_), *others(policies - slice_)))


def services(rules: RuleSet) -> tuple[str, ...]:
    """The services that are declared: Orbit's peers, and some of the others."""
    named = {rule.principal for rule in rules.policies[:2000] if rule.principal is not None}
    return tuple(sorted(named | {TARGET, "ledger"}))


CASBIN_MODEL = """
[request_definition]
r = sub, act, obj, tenant

[policy_definition]
p = sub, act, obj, tenant, eft

[policy_effect]
e = some(where (p.eft == allow)) && !some(where (p.eft == deny))

[matchers]
m = r.sub == p.sub && r.act == p.act && (p.obj == "*" || r.obj == p.obj) && \
(p.tenant == "*" || r.tenant == p.tenant)
"""
CASBIN_REQUEST = (CALLER, INTENT, TARGET, TENANT)


def casbin_rows(rules: RuleSet) -> list[list[str]]:
    """The rules as rows for casbin; its index finds exact callers only, so those of everybody are Orbit's."""
    return [
        [
            rule.principal or CALLER,
            rule.action or INTENT,
            rule.target or "*",
            rule.tenant or "*",
            "allow" if rule.effect == "permit" else "deny",
        ]
        for rule in rules.policies
    ]


REGO_ENTRYPOINT = "governance/decision"
REGO_INPUT: dict[str, Any] = {
    "principal": CALLER,
    "action": INTENT,
    "resource": TARGET,
    "context": {"environment": "prod", "time": "2026-11-22T09:30:00.000Z", "proven": True, "tenant": TENANT},
}


def rego_module(rules: tuple[Ruled, ...], *, named: bool) -> str:
    """A slice as one Rego module, each rule as it is in Cedar: its whole scope, and its condition.

    The decision comes with the names of the rules that made it, or without.
    """
    lines = ["package governance"]
    for rule in rules:
        parts = (
            ("principal", rule.principal),
            ("action", rule.action),
            ("resource", rule.target),
            ("context.tenant", rule.tenant),
        )
        conditions = [f'input.{name} == "{value}"' for name, value in parts if value is not None]
        head = "permits" if rule.effect == "permit" else "forbids"
        if named:
            head += f' contains "{rule.id}"'
        lines.append(f"{head} if {{ {'; '.join(conditions)} }}")
    if named:
        lines += [
            "default allow := false",
            "allow if { count(permits) > 0; count(forbids) == 0 }",
            'decision := {"allow": allow, "permits": permits, "forbids": forbids}',
        ]
    else:
        lines += ["default decision := false", "decision if { permits; not forbids }"]
    return "\n".join(lines)
