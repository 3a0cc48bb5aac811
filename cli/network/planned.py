"""The network of an environment as its declarations and stack files plan it."""

from __future__ import annotations

from typing import TypeVar

from pydantic import BaseModel

from cli.project import Project
from components.balancer.listener_plan import client_ports, listener_for_tests, plan_listeners
from components.declarations import Services
from components.network.reachability import Topology
from components.network.topology import planned_topology
from stacks.config_file import load_config_file
from stacks.layer_settings import FoundationSettings, PlatformSettings
from stacks.names import Layer
from stacks.settings import load_settings

_Model = TypeVar("_Model", bound=BaseModel)


def plan_network(project: Project, environment: str, services: Services) -> Topology:
    """Asks nobody. Raises UsageError, StackSettingsError, and ComponentError for what can not be planned."""
    project.require_environment(environment)
    foundation = _settings(project, environment, Layer.FOUNDATION, FoundationSettings)
    platform = _settings(project, environment, Layer.PLATFORM, PlatformSettings)
    listeners = plan_listeners(platform.certificate_arn)
    return planned_topology(
        services,
        vpc_cidr=foundation.vpc_cidr,
        zones=foundation.zones,
        nat_gateways=foundation.nat_gateway_count,
        listener_ports=client_ports(listeners),
        client_ranges=platform.client_cidrs,
        test_port=listener_for_tests(listeners).port,
    )


def _settings(project: Project, environment: str, layer: Layer, model: type[_Model]) -> _Model:
    file = load_config_file(project.stack_file(environment, layer))
    return load_settings(model, file.values, file)
