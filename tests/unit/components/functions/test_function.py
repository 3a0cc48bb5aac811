"""A Lambda function with everything around it, made alone. GOV-1, GOV-2."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from components.functions.catalogue import DEFINITIONS, FUNCTIONS
from components.functions.definition import FunctionDefinition
from components.functions.function import FunctionInputs, LambdaFunction
from components.functions.runtime import LambdaRuntime
from components.naming import GOVERNANCE, GOVERNANCE_ADMIN, PLATFORM_KEY
from tests.support.recording.component import SCOPE, RecordedComponent, record_component

AROUND = {
    "aws:cloudwatch/logGroup:LogGroup": 1,
    "myelin:identity:Role": 1,
    "aws:iam/role:Role": 1,
    "aws:iam/rolePolicy:RolePolicy": 1,
    "aws:lambda/function:Function": 1,
    "aws:cloudwatch/metricAlarm:MetricAlarm": 2,
}
ALIAS, URL = "aws:lambda/alias:Alias", "aws:lambda/functionUrl:FunctionUrl"
PROVISIONED = "aws:lambda/provisionedConcurrencyConfig:ProvisionedConcurrencyConfig"


def inputs(definition: FunctionDefinition, **changed: object) -> FunctionInputs:
    given = FunctionInputs(
        archive=Path("code.zip"),
        runtime=LambdaRuntime(name="python3.13", architecture="arm64"),
        environment={"POLICY_TABLE": "dev-policies"},
        log_retention_days=365,
        key_arns={key: f"arn:key:{key}" for key in definition.keys},
        boundary_arn="arn:boundary",
        alert_topic_arn="arn:alerts",
    )
    return replace(given, **changed)  # type: ignore[arg-type]


def made(definition: FunctionDefinition, **changed: object) -> RecordedComponent:
    return record_component(lambda: LambdaFunction(definition, SCOPE, inputs(definition, **changed)))


@pytest.mark.parametrize("definition", DEFINITIONS, ids=lambda definition: definition.name)
def test_everything_around_a_function(definition: FunctionDefinition) -> None:
    """Log group, role, function and alarms stand below the component, with alias and URL where defined."""
    found = made(definition)
    optional = {ALIAS: int(definition.live_alias), URL: int(definition.url)}
    assert found.children == {**AROUND, **{kind: count for kind, count in optional.items() if count}}
    assert found.component.type == f"myelin:functions:{definition.component}"
    names = {"function_name", "log_group_name"}
    names |= {"alias_arn"} if definition.live_alias else set()
    names |= {"url"} if definition.url else set()
    assert set(found.outputs) == names
    assert all(found.outputs.values())


@pytest.mark.parametrize("definition", DEFINITIONS, ids=lambda definition: definition.name)
def test_function_has_what_its_row_says(definition: FunctionDefinition) -> None:
    """Handler, size and time come from the row; code, runtime and variables from the environment."""
    function = made(definition).only("aws:lambda/function:Function").inputs
    assert (function["handler"], function["memorySize"], function["timeout"]) == (
        definition.handler,
        definition.memory,
        definition.timeout,
    )
    assert function["environment"] == {"variables": {"POLICY_TABLE": "dev-policies"}}
    assert (function["runtime"], function["architectures"]) == ("python3.13", ["arm64"])
    assert function["kmsKeyArn"] == f"arn:key:{PLATFORM_KEY}"
    assert function.get("publish", False) is definition.live_alias


def test_callers_of_a_versioned_function_get_its_alias() -> None:
    """The URL leads to the alias `live`, so that a version can be taken back; else to the function."""
    versioned, plain = made(FUNCTIONS[GOVERNANCE]), made(FUNCTIONS[GOVERNANCE_ADMIN])
    assert versioned.only(URL).inputs["qualifier"] == "live"
    assert "qualifier" not in plain.only(URL).inputs
    assert versioned.only(URL).inputs["authorizationType"] == "AWS_IAM"
    assert plain.only(URL).inputs["authorizationType"] == "AWS_IAM"


def test_each_caller_has_an_alias_of_the_same_version() -> None:
    """The function knows by the alias who asks; all of them lead to the version that `live` leads to."""
    aliases = made(FUNCTIONS[GOVERNANCE], callers=("orbit", "pay-roll")).graph.of(ALIAS)
    names = {alias.inputs["name"]: alias.inputs["functionVersion"] for alias in aliases}
    assert names == {"live": "1", "caller-orbit": "1", "caller-pay-roll": "1"}


def test_concurrency_is_that_of_the_environment_or_of_the_row() -> None:
    """The environment's limit counts before the row's; a function that has neither reserves nothing."""

    def reserved(name: str, concurrency: int | None) -> object:
        found = made(FUNCTIONS[name], concurrency=concurrency)
        return found.only("aws:lambda/function:Function").inputs.get("reservedConcurrentExecutions")

    assert reserved(GOVERNANCE, 20) == 20
    assert reserved(GOVERNANCE, None) is None
    assert reserved(GOVERNANCE_ADMIN, None) == 5
    assert reserved(GOVERNANCE_ADMIN, 1) == 1


def test_environments_that_are_kept_started_are_of_the_live_version() -> None:
    """Provisioned concurrency is made only where some is wanted, for the version of all aliases."""
    kept = made(FUNCTIONS[GOVERNANCE], provisioned=2).only(PROVISIONED).inputs
    assert (kept["qualifier"], kept["provisionedConcurrentExecutions"]) == ("1", 2)
    assert PROVISIONED not in made(FUNCTIONS[GOVERNANCE]).children


def test_a_function_without_url_has_none_to_give() -> None:
    """Asking for a URL that does not exist is an error in the program, not an empty text."""
    definition = replace(FUNCTIONS[GOVERNANCE_ADMIN], url=False)

    def program() -> LambdaFunction:
        function = LambdaFunction(definition, SCOPE, inputs(definition))
        with pytest.raises(LookupError):
            _ = function.url
        return function

    assert URL not in record_component(program).children


def test_alarms_speak_of_the_function() -> None:
    """GOV-1: an error and a throttle each raise an alarm, which says what the function failed to do."""
    alarms = made(FUNCTIONS[GOVERNANCE]).graph.of("aws:cloudwatch/metricAlarm:MetricAlarm")
    said = [alarm.inputs["alarmDescription"].split(". ") for alarm in alarms]
    assert [meaning for meaning, _ in said] == [
        "dev-governance-decide failed to decide",
        "dev-governance-decide was not let run",
    ]
    assert all(advice for _, advice in said)
    assert all(alarm.inputs["alarmActions"] == ["arn:alerts"] for alarm in alarms)
