"""Listeners of load balancers and their rules (Elastic Load Balancing v2)."""

from __future__ import annotations

from typing import Any

from sandbox.engine.provider import Properties
from sandbox.provider.api_call import ApiCall
from sandbox.provider.mapping import ResourceMapping, Setting, name_list, name_set
from sandbox.provider.resource_step import ResourceStep
from sandbox.provider.resources.balancers import ELB_TAGS


def action_names(root: str) -> dict[str, str]:
    """The API's names of the parts of an action; `root` is the input that has the list of actions."""
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


def _certificates(step: ResourceStep) -> list[Properties] | None:
    certificate = step.get("certificateArn")
    return [{"certificateArn": certificate}] if certificate else None


def _listener(step: ResourceStep, operation: str, inputs: str) -> Properties:
    wanted: Properties = {name: step.get(name) for name in name_list(inputs)}
    wanted["certificates"] = _certificates(step)
    return step.arguments(operation, wanted, action_names("defaultActions"))


_LISTENER = "port protocol sslPolicy defaultActions alpnPolicy mutualAuthentication"


def _create_listener(step: ResourceStep) -> Properties:
    answer = step.call(
        "create_listener",
        **_listener(step, "create_listener", f"loadBalancerArn {_LISTENER}"),
        **ELB_TAGS.creation_arguments(step.inputs.get("tags") or {}),
    )
    found: Properties = answer["Listeners"][0]
    return found


def _modify_listener(step: ResourceStep) -> None:
    step.call("modify_listener", ListenerArn=step.id, **_listener(step, "modify_listener", _LISTENER))


LISTENER = ResourceMapping(
    "aws:lb/listener:Listener",
    service="elbv2",
    create=_create_listener,
    id="ListenerArn",
    outputs={"arn": "ListenerArn"},
    settings=(Setting(of=name_set(_LISTENER, "certificateArn"), do=_modify_listener),),
    delete=ApiCall("delete_listener", given={"ListenerArn": "{id}"}),
    read=ApiCall("describe_listeners", given={"ListenerArns": ["{id}"]}, result="Listeners[0]"),
    not_found=name_set("ListenerNotFound ListenerNotFoundException"),
    replace_on=name_set("loadBalancerArn"),
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
    """Turn a condition, which has a key for its kind, into the API's form with `Field` and a config."""
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


def _rule(step: ResourceStep, operation: str, inputs: dict[str, Any]) -> Properties:
    wanted = dict(inputs)
    if "conditions" in wanted:
        wanted["conditions"] = [part for each in wanted["conditions"] or () for part in _condition(each)]
    return step.arguments(operation, wanted, action_names("actions"))


def _create_rule(step: ResourceStep) -> Properties:
    """Create a rule; without a priority it comes after the existing ones."""
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
        **ELB_TAGS.creation_arguments(step.inputs.get("tags") or {}),
    )
    step.outputs["priority"] = int(priority)
    found: Properties = answer["Rules"][0]
    return found


def _modify_rule(step: ResourceStep) -> None:
    wanted: Properties = {name: step.get(name) for name in ("actions", "conditions") if name in step.changed}
    step.call("modify_rule", RuleArn=step.id, **_rule(step, "modify_rule", wanted))


def _move_rule(step: ResourceStep) -> None:
    if step.get("priority") is not None:
        moved = {"RuleArn": step.id, "Priority": int(step.get("priority"))}
        step.call("set_rule_priorities", RulePriorities=[moved])


LISTENER_RULE = ResourceMapping(
    "aws:lb/listenerRule:ListenerRule",
    service="elbv2",
    create=_create_rule,
    id="RuleArn",
    outputs={"arn": "RuleArn"},
    settings=(
        Setting(of=name_set("priority"), do=_move_rule),
        Setting(of=name_set("actions conditions"), do=_modify_rule),
    ),
    delete=ApiCall("delete_rule", given={"RuleArn": "{id}"}),
    read=ApiCall("describe_rules", given={"RuleArns": ["{id}"]}, result="Rules[0]"),
    not_found=name_set("RuleNotFound RuleNotFoundException"),
    replace_on=name_set("listenerArn"),
    tags=ELB_TAGS,
)

MAPPINGS = (LISTENER, LISTENER_RULE)
