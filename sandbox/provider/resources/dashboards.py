"""Dashboards (CloudWatch)."""

from __future__ import annotations

from sandbox.engine.provider import Properties
from sandbox.provider.api_call import ApiCall
from sandbox.provider.mapping import ResourceMapping, Setting, name_set
from sandbox.provider.resource_step import ResourceStep


def _put(step: ResourceStep) -> Properties:
    step.call(
        "put_dashboard", DashboardName=step.get("dashboardName"), DashboardBody=step.get("dashboardBody")
    )
    return {}


DASHBOARD = ResourceMapping(
    "aws:cloudwatch/dashboard:Dashboard",
    service="cloudwatch",
    create=_put,
    id="{dashboardName}",
    outputs={"dashboardArn": "arn:{partition}:cloudwatch::{account}:dashboard/{dashboardName}"},
    settings=(Setting(of=name_set("dashboardBody"), do=_put),),
    delete=ApiCall("delete_dashboards", given={"DashboardNames": ["{id}"]}),
    read=ApiCall("get_dashboard", given={"DashboardName": "{id}"}),
    not_found=name_set("ResourceNotFound ResourceNotFoundException DashboardNotFoundError"),
    replace_on=name_set("dashboardName"),
    unique_name=True,
)

MAPPINGS = (DASHBOARD,)
