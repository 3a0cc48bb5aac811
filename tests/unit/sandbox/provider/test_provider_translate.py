from __future__ import annotations

from typing import Any

import botocore.session
import pytest
from hypothesis import given
from hypothesis import strategies as st

from sandbox.provider.translate import TranslationError, camel_case, member_for, to_arguments


def _shape(service: str, operation: str) -> Any:
    return botocore.session.get_session().get_service_model(service).operation_model(operation).input_shape


SERVICE = _shape("ecs", "CreateService")
RULE = _shape("elbv2", "CreateRule")
FUNCTION = _shape("lambda", "CreateFunction")


@pytest.mark.parametrize(
    ("name", "member"),
    [
        ("vpcId", "VpcId"),
        ("kmsKeyArn", "KMSKeyArn"),
        ("settings", "setting"),
        ("capacityProviderStrategies", "capacityProviderStrategy"),
        ("clientAlias", "clientAliases"),
        ("fileSystemConfig", "FileSystemConfigs"),
        ("addresses", "Address"),
        ("policy", "Policies"),
        ("other", None),
    ],
)
def test_names_differ_in_case_and_number(name: str, member: str | None) -> None:
    """Case and number aside, a Pulumi name is the API's."""
    assert member_for([member or "Something"], name) == member


def test_an_exact_name_wins_over_its_singular() -> None:
    """Where the API has both, the name itself is meant."""
    assert member_for(["Subnet", "Subnets"], "subnets") == "Subnets"
    assert member_for(["Subnets", "Subnet"], "subnet") == "Subnet"


def test_values_take_the_shapes_form() -> None:
    """Texts become numbers and truth values, objects lists of one, and lists of one objects, as shaped."""
    found = to_arguments(
        SERVICE,
        {
            "serviceName": "s",
            "desiredCount": 2.0,
            "enableExecuteCommand": "true",
            "capacityProviderStrategies": {"capacityProvider": "FARGATE", "weight": "1"},
            "networkConfiguration": [{"awsvpcConfiguration": {"subnets": ["a", None]}}],
            "deploymentConfiguration": {"bakeTimeInMinutes": "15"},
            "launchType": None,
            "deploymentController": [],
        },
    )
    assert found == {
        "serviceName": "s",
        "desiredCount": 2,
        "enableExecuteCommand": True,
        "capacityProviderStrategy": [{"capacityProvider": "FARGATE", "weight": 1}],
        "networkConfiguration": {"awsvpcConfiguration": {"subnets": ["a"]}},
        "deploymentConfiguration": {"bakeTimeInMinutes": 15},
    }


def test_renames_reach_into_nested_values() -> None:
    """A dotted path names a nested input, list positions left out."""
    found = to_arguments(
        RULE,
        {"actions": [{"type": "forward", "forward": {"targetGroups": [{"arn": "x", "weight": 1}]}}]},
        {"actions.forward": "ForwardConfig", "actions.forward.targetGroups.arn": "TargetGroupArn"},
    )
    group = {"TargetGroupArn": "x", "Weight": 1}
    assert found == {"Actions": [{"Type": "forward", "ForwardConfig": {"TargetGroups": [group]}}]}


def test_maps_and_texts_are_texts() -> None:
    """In maps of texts, numbers and truth values are written as AWS writes them; objects become JSON."""
    found = to_arguments(
        FUNCTION,
        {"environment": {"variables": {"A": 1, "B": True, "C": 2.0, "D": 2.5, "E": {"x": [1]}}}},
    )
    variables = {"A": "1", "B": "true", "C": "2", "D": "2.5", "E": '{"x":[1]}'}
    assert found == {"Environment": {"Variables": variables}}


@pytest.mark.parametrize(
    ("inputs", "path", "words"),
    [
        ({"colour": 1}, "colour", "has no counterpart in"),
        (
            {"networkConfiguration": {"mtu": 9000}},
            "networkConfiguration.mtu",
            "has no counterpart in NetworkConfiguration",
        ),
        ({"desiredCount": "many"}, "desiredCount", "is not of type integer"),
        ({"desiredCount": 1.5}, "desiredCount", "is not of type integer"),
        ({"desiredCount": True}, "desiredCount", "is not of type integer"),
        ({"enableExecuteCommand": "yes"}, "enableExecuteCommand", "is not of type boolean"),
        ({"loadBalancers": "one"}, "loadBalancers", "is not a list"),
        ({"networkConfiguration": "none"}, "networkConfiguration", "is not an object"),
        ({"networkConfiguration": [{}, {}]}, "networkConfiguration", "may be given only once"),
    ],
)
def test_what_has_no_place_is_named(inputs: dict[str, Any], path: str, words: str) -> None:
    """Nothing is dropped silently: what the API has no place for is an error with its path."""
    with pytest.raises(TranslationError) as caught:
        to_arguments(SERVICE, inputs)
    assert caught.value.path == path
    assert words in caught.value.detail


def test_a_map_must_be_an_object() -> None:
    """A list is no map."""
    with pytest.raises(TranslationError, match=r"`environment.variables` is not an object"):
        to_arguments(FUNCTION, {"environment": {"variables": ["A"]}})


@given(st.sampled_from(sorted(SERVICE.members)))
def test_every_member_is_reached_by_its_camel_case(member: str) -> None:
    """Spelling an API name as Pulumi does and back gives the API name."""
    assert member_for(SERVICE.members, camel_case(member)) == member


@given(st.sampled_from(sorted(FUNCTION.members)))
def test_capital_members_are_reached_too(member: str) -> None:
    """The same holds for APIs that begin names with a capital."""
    assert member_for(FUNCTION.members, camel_case(member)) == member


@given(st.integers(0, 10_000))
def test_numbers_survive_the_wire(number: int) -> None:
    """Whole numbers arrive whole, whether they came as numbers, as floats or as texts."""
    for given_as in (number, float(number), str(number)):
        assert to_arguments(SERVICE, {"desiredCount": given_as}) == {"desiredCount": number}


def test_a_deployment_that_shifts_traffic_is_told_as_ecs_has_it() -> None:
    """DEL-4: minutes that are text, details of hooks that are JSON, blocks that are lists of one."""
    hook = {"hookTargetArn": "arn", "lifecycleStages": ["POST_SCALE_UP"], "hookDetails": '{"paths": ["/"]}'}
    pause = {"targetType": "PAUSE", "timeoutConfiguration": {"timeoutInMinutes": "60"}}
    rules = [{"header": {"name": "x-test", "value": {"exact": "true"}}}]
    alias = {"port": 8081, "testTrafficRules": rules}
    balancer = {"targetGroupArn": "blue", "advancedConfiguration": {"alternateTargetGroupArn": "green"}}
    configuration = {
        "bakeTimeInMinutes": "5",
        "canaryConfiguration": {"canaryPercent": 5, "canaryBakeTimeInMinutes": "10"},
        "lifecycleHooks": [hook, pause],
    }
    inputs = {
        "deploymentConfiguration": configuration,
        "loadBalancers": [balancer],
        "serviceConnectConfiguration": {"services": [{"clientAlias": [alias]}]},
    }
    assert to_arguments(SERVICE, inputs) == {
        "deploymentConfiguration": {
            "bakeTimeInMinutes": 5,
            "canaryConfiguration": {"canaryPercent": 5.0, "canaryBakeTimeInMinutes": 10},
            "lifecycleHooks": [
                {**hook, "hookDetails": {"paths": ["/"]}},
                {**pause, "timeoutConfiguration": {"timeoutInMinutes": 60}},
            ],
        },
        "loadBalancers": [balancer],
        "serviceConnectConfiguration": {
            "services": [{"clientAliases": [{"port": 8081, "testTrafficRules": rules[0]}]}]
        },
    }
    with pytest.raises(TranslationError, match="hookDetails` is not JSON"):
        to_arguments(SERVICE, {"deploymentConfiguration": {"lifecycleHooks": [{"hookDetails": "{"}]}})
