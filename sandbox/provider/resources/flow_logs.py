"""Flow logs (EC2)."""

from __future__ import annotations

from sandbox.engine.provider import Properties
from sandbox.provider.api_call import ApiCall
from sandbox.provider.errors import ApiError
from sandbox.provider.mapping import ResourceMapping, name_list, name_set, regional_arn
from sandbox.provider.resource_step import ResourceStep
from sandbox.provider.tagging import ec2_tags

_SUBJECTS = {"vpcId": "VPC", "subnetId": "Subnet", "eniId": "NetworkInterface"}
_INPUTS = name_list(
    "trafficType logDestinationType logDestination logFormat maxAggregationInterval destinationOptions"
)


def _create_flow_log(step: ResourceStep) -> Properties:
    name, kind = next((name, kind) for name, kind in _SUBJECTS.items() if step.get(name))
    wanted = {one: step.get(one) for one in _INPUTS}
    answer = step.call(
        "create_flow_logs",
        ResourceIds=[step.get(name)],
        ResourceType=kind,
        **step.arguments(
            "create_flow_logs", {**wanted, "deliverLogsPermissionArn": step.get("iamRoleArn")}, {}
        ),
        **ec2_tags("vpc-flow-log").creation_arguments(step.inputs.get("tags") or {}),
    )
    for refused in answer.get("Unsuccessful", ()):
        raise ApiError(
            call="ec2:CreateFlowLogs", code=refused["Error"]["Code"], detail=refused["Error"]["Message"]
        )
    return {"FlowLogId": answer["FlowLogIds"][0]}


FLOW_LOG = ResourceMapping(
    "aws:ec2/flowLog:FlowLog",
    service="ec2",
    create=_create_flow_log,
    id="FlowLogId",
    outputs={"arn": regional_arn("ec2", "vpc-flow-log/{id}")},
    delete=ApiCall("delete_flow_logs", given={"FlowLogIds": ["{id}"]}),
    read=ApiCall("describe_flow_logs", given={"FlowLogIds": ["{id}"]}, result="FlowLogs[0]"),
    not_found=name_set("InvalidFlowLogId.NotFound"),
    replace_on=name_set("iamRoleArn", *_SUBJECTS, *_INPUTS),
    defaults={"logDestinationType": "cloud-watch-logs", "maxAggregationInterval": 600},
    tags=ec2_tags("vpc-flow-log"),
)

MAPPINGS = (FLOW_LOG,)
