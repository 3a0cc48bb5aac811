"""docs/alarms.md is what the declarations make now. DOC-1, OBS-3"""

from __future__ import annotations

from components.alarms.service_alarms import plan_service_alarms
from components.functions.alarm_plan import plan_alarms
from components.functions.catalogue import DEFINITIONS
from tests.support.documents.alarms import NAMES, PAGE, page
from tests.support.recording.declarations import services_calling


def test_the_page_is_what_the_declarations_make() -> None:
    """If not: `python -m tests.support.documents.alarms` writes it anew."""
    assert PAGE.read_text(encoding="utf-8") == page()


def test_every_alarm_has_its_line_with_what_it_means_and_what_to_do() -> None:
    """OBS-3: also of a service with several callees, which has alarms that no other has."""
    services = services_calling(web=("orbit", "axon"), orbit=("axon",), axon=())
    cells = [line.split(" | ") for line in page(services).splitlines() if line.startswith("| dev")]
    lines = {cell[0].removeprefix("| "): cell[1:3] for cell in cells}
    planned = {
        alarm.name: [alarm.meaning, alarm.advice]
        for service in services.services
        for alarm in plan_service_alarms(NAMES, services, service).alarms
    }
    planned |= {
        f"{NAMES.function(one.name)}-{alarm.name}": [alarm.description, alarm.advice]
        for one in DEFINITIONS
        for alarm in plan_alarms(NAMES.function(one.name), one.failure)
    }
    assert lines == planned
    assert all(all(said) for said in lines.values())
