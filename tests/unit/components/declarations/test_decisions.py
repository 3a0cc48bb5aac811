"""How many decisions services ask for at a time."""

from __future__ import annotations

from components.declarations import DECISIONS_AT_ONCE, decisions_at_once, load_services
from components.declarations.decisions import OTHERS, ROLLING
from services.runtime.governance.invoker import THREADS
from services.runtime.settings import RuntimeSettings
from tests.support.paths import ROOT


def test_every_task_of_every_caller_has_its_share() -> None:
    """GOV-1: orbit may have six tasks, twelve while a deployment replaces them; axon calls nobody."""
    assert decisions_at_once(load_services(ROOT / "services")) == 6 * ROLLING * DECISIONS_AT_ONCE + OTHERS


def test_a_task_asks_for_no_more_than_its_share() -> None:
    """What a service is told is what the function is reserved for, also where nobody tells it."""
    default = RuntimeSettings.model_fields["governance_concurrency"].default
    assert default == DECISIONS_AT_ONCE == THREADS
