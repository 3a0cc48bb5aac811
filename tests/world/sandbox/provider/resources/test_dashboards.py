"""Dashboards."""

from __future__ import annotations

import json
from typing import Any

import pytest

from sandbox.provider.resources import dashboards
from tests.support.provider.world import Walk, World


def _body(world: World, state: Any) -> Any:
    return json.loads(world.aws("cloudwatch").get_dashboard(DashboardName=state.id)["DashboardBody"])


CASES: dict[str, dict[str, Any]] = {
    "dashboard": {
        "token": dashboards.DASHBOARD.token,
        "inputs": lambda w: {"dashboardName": w.unique("board"), "dashboardBody": '{"widgets":[]}'},
        "look": _body,
        "created": {"widgets": []},
        "outputs": "dashboardArn",
        "change": {"dashboardBody": '{"start":"-PT1H","widgets":[]}'},
        "updated": {"start": "-PT1H", "widgets": []},
    },
}


@pytest.mark.parametrize("case", CASES.values(), ids=CASES.keys())
def test_a_type_lives_and_dies(case: dict[str, Any], walk: Walk) -> None:
    """Each is made, seen, changed in place, and removed twice (OBS-1)."""
    walk(case)


def test_every_type_of_the_module_is_walked_through() -> None:
    """No mapping is without a case."""
    walked = {case["token"] for case in CASES.values()}
    assert {mapping.token for mapping in dashboards.MAPPINGS} - walked == set()
