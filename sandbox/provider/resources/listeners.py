"""Listeners of load balancers and their rules (Elastic Load Balancing v2)."""

from __future__ import annotations

from typing import Any

from sandbox.engine.provider import Properties
from sandbox.provider.api_call import Call
from sandbox.provider.mapping import Mapping, Setting, listed, names
from sandbox.provider.resources.balancers import ELB_TAGS
from sandbox.provider.step import Step


def _action_names(root: str) -> dict[str, str]:
    """Give the API's names inside an action, wherever the list of actions stands."""
    return {
        f"{root}.forward": "ForwardConfig",
        f"{root}.forward.targetGroups.arn": "TargetGroupArn",
        f"{root}.forward.stickiness": "TargetGroupStickinessConfig",
        f"{root}.forward.stickiness.duration": "DurationSeconds",
        f"{root}.fixedResponse": "FixedResponseConfig",
        f"{root}.redirect": "RedirectConfig",
        f"{root}.authenticateCognito": "AuthenticateCognitoConfig",
        f"{root}.authenticateOidc": "AuthenticateOidcConfig",
        f"{root}.jwtValidation": "JwtValidationConfig",
    }


def _certificates(step: Step) -> list[Properties] | None:
    certificate = step.get("certificateArn")
    return [{"certificateArn": certificate}] if certificate else None


def _listener(step: Step, operation: str, inputs: str) -> Properties:
    wanted: Properties = {name: step.get(name) for name in listed(inputs)}
    wanted["certificates"] = _certificates(step)
    return step.arguments(operation, wanted, _action_names("defaultActions"))


_LISTENER = "port protocol sslPolicy defaultActions alpnPolicy mutualAuthentication"


def _create_listener(step: Step) -> Properties:
    answer = step.call(
        "create_listener",
        **_listener(step, "create_listener", f"loadBalancerArn {_LISTENER}"),
        **ELB_TAGS.at_creation(step.inputs.get("tags") or {}),
    )
    found: Properties = answer["Listeners"][0]
    return found


def _modify_listener(step: Step) -> None:
    step.call("modify_listener", ListenerArn=step.id, **_listener(step, "modify_listener", _LISTENER))


LISTENER = Mapping(
    "aws:lb/listener:Listener",
    service="elbv2",
    create=_create_listener,
    id="ListenerArn",
    outputs={"arn": "ListenerArn"},
    settings=(Setting(of=names(_LISTENER, "certificateArn"), do=_modify_listener),),
    delete=Call("delete_listener", given={"ListenerArn": "{id}"}),
    read=Call("describe_listeners", given={"ListenerArns": ["{id}"]}, result="Listeners[0]"),
    gone=names("ListenerNotFound ListenerNotFoundException"),
    replace_on=names("loadBalancerArn"),
    tags=ELB_TAGS,
)

_FIELDS = {
    "hostHeader": ("host-header", "HostHeaderConfig"),
    "httpHeader": ("http-header", "HttpHeaderConfig"),
    "httpRequestMethod": ("http-request-method", "HttpRequestMethodConfig"),
    "pathPattern": ("path-pattern", "PathPatternConfig"),
    "queryStrings": ("query-string", "QueryStringConfig"),
    "sourceIp": ("source-ip", "SourceIpConfig"),
}


def _condition(condition: Properties) -> list[Properties]:
    """A condition says what it is about by the key it has; the API by a field and a member of its own."""
    found = []
    for name, value in condition.items():
        if value is None:
            continue
        if name not in _FIELDS:
            found.append({name: value})  # the translation then names it
            continue
        field, member = _FIELDS[name]
        # query strings are a list of pairs where the others have an object with their values
        found.append({"Field": field, member: {"Values": value} if isinstance(value, list) else value})
    return found


def _rule(step: Step, operation: str, inputs: dict[str, Any]) -> Properties:
    wanted = dict(inputs)
    if "conditions" in wanted:
        wanted["conditions"] = [part for each in wanted["conditions"] or () for part in _condition(each)]
    return step.arguments(operation, wanted, _action_names("actions"))


def _create_rule(step: Step) -> Properties:
    """A rule without a priority comes after those that there are."""
    listener, priority = step.get("listenerArn"), step.get("priority")
    if priority is None:
        rules = step.call("describe_rules", ListenerArn=listener)["Rules"]
        taken = [int(rule["Priority"]) for rule in rules if rule["Priority"] != "default"]
        priority = max(taken, default=0) + 1
    wanted = {"listenerArn": listener, "priority": priority}
    wanted |= {name: step.get(name) for name in ("actions", "conditions")}
    answer = step.call(
        "create_rule",
        **_rule(step, "create_rule", wanted),
        **ELB_TAGS.at_creation(step.inputs.get("tags") or {}),
    )
    step.outputs["priority"] = int(priority)
    found: Properties = answer["Rules"][0]
    return found


def _modify_rule(step: Step) -> None:
    wanted: Properties = {name: step.get(name) for name in ("actions", "conditions") if name in step.changed}
    step.call("modify_rule", RuleArn=step.id, **_rule(step, "modify_rule", wanted))


def _move_rule(step: Step) -> None:
    if step.get("priority") is not None:
        moved = {"RuleArn": step.id, "Priority": int(step.get("priority"))}
        step.call("set_rule_priorities", RulePriorities=[moved])


LISTENER_RULE = Mapping(
    "aws:lb/listenerRule:ListenerRule",
    service="elbv2",
    create=_create_rule,
    id="RuleArn",
    outputs={"arn": "RuleArn"},
    settings=(
        Setting(of=names("priority"), do=_move_rule),
        Setting(of=names("actions conditions"), do=_modify_rule),
    ),
    delete=Call("delete_rule", given={"RuleArn": "{id}"}),
    read=Call("describe_rules", given={"RuleArns": ["{id}"]}, result="Rules[0]"),
    gone=names("RuleNotFound RuleNotFoundException"),
    replace_on=names("listenerArn"),
    tags=ELB_TAGS,
)

MAPPINGS = (LISTENER, LISTENER_RULE)
