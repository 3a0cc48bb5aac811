"""Permission boundaries: the most that a subject's roles can ever do, whatever is attached to them.

https://docs.aws.amazon.com/IAM/latest/UserGuide/access_policies_boundaries.html
"""

from __future__ import annotations

from collections.abc import Iterable

from components.account import Place
from components.declarations import ServiceDeclaration, Services
from components.identity.service_statements import (
    KeyArns,
    execution_role_statements,
    task_role_statements,
)
from components.identity.statement import IamStatement


def service_boundary(
    place: Place, services: Services, service: ServiceDeclaration, keys: KeyArns
) -> tuple[IamStatement, ...]:
    """Task role and execution role together, each statement once."""
    return _without_repetition(
        (
            *task_role_statements(place, services, service, keys),
            *execution_role_statements(place, service, keys),
        )
    )


def _without_repetition(statements: Iterable[IamStatement]) -> tuple[IamStatement, ...]:
    """Leave out statements that repeat an earlier one under another name."""
    said: dict[tuple[object, ...], IamStatement] = {}
    for statement in statements:
        said.setdefault((statement.actions, statement.resources, statement.conditions), statement)
    return tuple(said.values())
