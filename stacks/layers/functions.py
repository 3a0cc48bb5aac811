"""The functions of the platform layer: what each is given, beside its row of the catalogue."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

import pulumi

from components.functions.catalogue import FUNCTIONS
from components.functions.function import FunctionInputs, FunctionNetwork, LambdaFunction
from components.functions.runtime import lambda_runtime
from components.naming import ROLLOUT
from stacks.layer_outputs import ReferencedFoundation
from stacks.layer_settings import PlatformSettings
from stacks.layers.context import LayerContext


def function_inputs(
    name: str,
    context: LayerContext,
    settings: PlatformSettings,
    foundation: ReferencedFoundation,
    *,
    environment: Mapping[str, pulumi.Input[str]],
) -> FunctionInputs:
    """Inputs of the function `name`; `environment` are its variables."""
    definition = FUNCTIONS[name]
    return FunctionInputs(
        archive=context.build_archive(context.root, definition.code, settings.function_target),
        runtime=lambda_runtime(settings.function_target),
        environment=environment,
        log_retention_days=settings.log_retention_days,
        key_arns={key: foundation.key_arns[key] for key in definition.keys},
        boundary_arn=foundation.boundary_arns[name],
        alert_topic_arn=foundation.alert_topic_arn,
    )


def make_rollout(
    context: LayerContext,
    settings: PlatformSettings,
    foundation: ReferencedFoundation,
    *,
    security_group_id: pulumi.Input[str],
) -> LambdaFunction:
    """The function that tests new releases, from inside of the VPC. DEL-4."""
    inputs = function_inputs(
        ROLLOUT, context, settings, foundation, environment={"POWERTOOLS_SERVICE_NAME": ROLLOUT}
    )
    network = FunctionNetwork(subnet_ids=foundation.private_subnet_ids, security_group_id=security_group_id)
    return LambdaFunction(FUNCTIONS[ROLLOUT], context.scope, replace(inputs, network=network))
