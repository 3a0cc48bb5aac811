"""The dashboards of an environment as resources."""

from __future__ import annotations

import json
from typing import Any

import pulumi
from pulumi_aws.cloudwatch.dashboard import Dashboard

from components.alarms.dashboard_plan import dashboard_body, function_graphs, service_graphs
from components.alarms.service_alarms import plan_service_alarms
from components.declarations import Services
from components.scope import Scope


class Dashboards(pulumi.ComponentResource):
    """A dashboard for each service, with its alarms, and one for the functions. OBS-1."""

    def __init__(
        self,
        name: str,
        scope: Scope,
        services: Services,
        opts: pulumi.ResourceOptions | None = None,
    ) -> None:
        super().__init__("myelin:alarms:Dashboards", name, None, opts)
        region = scope.account.region
        for service in services.services:
            alarms = [
                scope.account.arn("cloudwatch", f"alarm:{alarm.name}")
                for alarm in plan_service_alarms(scope.names, services, service).composites
                if alarm.notifies
            ]
            self._make(
                service.name,
                scope.names.service_dashboard(service.name),
                dashboard_body(
                    f"{service.name}: {service.description}",
                    service_graphs(scope.names, service),
                    region=region,
                    alarm_arns=alarms,
                ),
            )
        functions = dashboard_body("functions", function_graphs(scope.names), region=region)
        self._make("every-function", scope.names.functions_dashboard, functions)
        self.register_outputs({"functions": scope.names.functions_dashboard})

    def _make(self, name: str, physical_name: str, body: dict[str, Any]) -> None:
        Dashboard(
            name,
            dashboard_name=physical_name,
            dashboard_body=json.dumps(body, separators=(",", ":")),
            opts=pulumi.ResourceOptions(parent=self),
        )
