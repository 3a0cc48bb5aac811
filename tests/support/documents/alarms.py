"""Writes docs/alarms.md from the alarms that the declarations make.

`python -m tests.support.documents.alarms` writes the file.
"""

from __future__ import annotations

from collections.abc import Iterator

from components.alarms.plan import CompositeAlarmPlan, MetricAlarmPlan
from components.alarms.service_alarms import plan_service_alarms
from components.alarms.signals import AWS_SIGNALS, FUNCTION_SIGNALS, OWN_SIGNALS
from components.declarations import Services, load_services
from components.functions.alarm_plan import plan_alarms
from components.functions.catalogue import DEFINITIONS
from components.naming import PhysicalNames
from tests.support.paths import ROOT

PAGE = ROOT / "docs" / "alarms.md"
NAMES = PhysicalNames("dev")

_HEAD = """# Alarms

Every alarm, made from the declarations by `python -m tests.support.documents.alarms`; `make check` fails
when it is stale. Names are those of the environment `dev`; the others differ in that alone. `myelin alarms`
shows how they stand.

- **Who is told**: the alert topic hears of the alarms under "tells the topic", once when one turns red and
  once when that is over. The others are what those are made of: `myelin alarms` names the one that is red.
- **Quiet**: while the alarm under "quiet while" is red, nobody is told. So a service that is down is told
  once, and not by each of its callers.
- **Deployments** roll back on the alarm of the service as a whole, never on a burn rate: that is about hours.
- Shares and percentiles of fewer than 20 requests a period count as good.

How fast a budget may be spent before somebody is told: [the decision](adr/0018-how-burn-rates-notify.md).
The metrics are at the end of this page, and explained in [observability.md](observability.md).
"""


def page(services: Services | None = None) -> str:
    """The whole document, of the declared services or others."""
    return "\n".join(_lines(services or load_services(ROOT / "services"))) + "\n"


def _lines(services: Services) -> Iterator[str]:
    yield _HEAD
    for service in services.services:
        plan = plan_service_alarms(NAMES, services, service)
        yield f"## {service.name}"
        yield "### Tells the topic\n"
        yield "| alarm | what it means | what to do | red when | quiet while |\n|---|---|---|---|---|"
        yield from (_composite(alarm) for alarm in plan.composites if alarm.notifies)
        yield "\n### What those are made of\n"
        yield "| alarm | what it means | what to do | red when |\n|---|---|---|---|"
        yield from (_metric(alarm) for alarm in plan.metric_alarms)
        yield from (_quiet(alarm) for alarm in plan.composites if not alarm.notifies)
        yield ""
    yield "## Functions\n"
    yield "All of them tell the topic.\n"
    yield "| alarm | what it means | what to do | red when |\n|---|---|---|---|"
    for definition in DEFINITIONS:
        function = NAMES.function(definition.name)
        for alarm in plan_alarms(function, definition.failure):
            condition = f"`{alarm.metric}` above {alarm.threshold} within {alarm.period} s"
            yield f"| {function}-{alarm.name} | {alarm.description} | {alarm.advice} | {condition} |"
    yield from _signals()


def _composite(alarm: CompositeAlarmPlan) -> str:
    quiet = f"{alarm.suppressor.alarm}" if alarm.suppressor else ""
    return f"| {alarm.name} | {alarm.meaning} | {alarm.advice} | {_rule(alarm)} | {quiet} |"


def _quiet(alarm: CompositeAlarmPlan) -> str:
    return f"| {alarm.name} | {alarm.meaning} | {alarm.advice} | {_rule(alarm)} |"


def _rule(alarm: CompositeAlarmPlan) -> str:
    return (
        alarm.rule.replace('ALARM("', "").replace('")', "").replace(" OR ", ", or ").replace(" AND ", " and ")
    )


def _metric(alarm: MetricAlarmPlan) -> str:
    side = "above" if alarm.above else "below"
    some = f"in {alarm.datapoints} of {alarm.periods} periods" if alarm.periods > 1 else "in a period"
    condition = f"`{alarm.expression}` {side} {alarm.threshold:g} {some} of {alarm.period} s"
    return f"| {alarm.name} | {alarm.meaning} | {alarm.advice} | {condition} |"


def _signals() -> Iterator[str]:
    yield "\n## What is measured\n"
    yield "By services, with the dimensions `environment` and `service`, in the namespace `Myelin`:\n"
    yield "| metric | unit | meaning | other dimensions |\n|---|---|---|---|"
    for own in OWN_SIGNALS:
        yield f"| {own.metric} | {own.unit} | {own.meaning} | {', '.join(own.dimensions)} |"
    yield "\nBy functions, in the same namespace:\n"
    yield "| function | metric | unit | meaning | dimensions |\n|---|---|---|---|---|"
    for one in FUNCTION_SIGNALS:
        names = ", ".join(one.dimensions)
        yield f"| {one.function} | {one.metric} | {one.unit} | {one.meaning} | {names} |"
    yield "\nBy AWS:\n"
    yield "| namespace | metric | dimensions | page |\n|---|---|---|---|"
    for aws in AWS_SIGNALS:
        yield f"| {aws.namespace} | {aws.metric} | {', '.join(aws.dimensions)} | [AWS]({aws.page}) |"


if __name__ == "__main__":
    PAGE.write_text(page(), encoding="utf-8")
