"""The dashboards as resources. OBS-1"""

from __future__ import annotations

import json
from typing import Any

from components.alarms.dashboards import Dashboards
from tests.support.recording.component import SCOPE, record_component
from tests.support.recording.declarations import services_calling


def _made(**calls: tuple[str, ...]) -> dict[str, Any]:
    services = services_calling(**calls)
    found = record_component(lambda: Dashboards("dashboards", SCOPE, services)).graph
    return {
        one.inputs["dashboardName"]: json.loads(one.inputs["dashboardBody"])
        for one in found.of("aws:cloudwatch/dashboard:Dashboard")
    }


def test_a_service_has_one_with_the_alarms_that_tell_somebody() -> None:
    """And the functions have one together."""
    made = _made(orbit=("axon",), axon=())
    assert sorted(made) == ["dev-functions", "dev-services-axon", "dev-services-orbit"]
    alarms = next(one for one in made["dev-services-axon"]["widgets"] if one["type"] == "alarm")
    named = alarms["properties"]["alarms"]
    assert (named[0].endswith(":alarm:dev/axon"), len(named)) == (True, 4)


def test_another_service_changes_nothing_of_the_others() -> None:
    """Also where it is called by one of them."""
    before = _made(orbit=("axon",), axon=())
    after = _made(orbit=("axon", "zeta"), axon=(), zeta=())
    assert {name: after[name] for name in before} == before
