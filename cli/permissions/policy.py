"""Makes an IAM policy of the actions that a deployment takes. Pure.

One statement for each service, and one more for what AWS's provider is known to read besides. AWS takes at
most 6,144 characters in a managed policy, white space not counted, so there may be several documents.

https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_iam-quotas.html
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

MOST_CHARACTERS = 6144
PASS_ROLE = "iam:PassRole"  # noqa: S105 - an action


@dataclass(frozen=True, slots=True, kw_only=True)
class PolicyStatement:
    """One statement that allows actions of one service; `rehearsed` says that each was used."""

    sid: str
    actions: tuple[str, ...]
    rehearsed: bool
    resource: str = "*"
    condition: Mapping[str, Any] | None = None

    def document(self) -> dict[str, Any]:
        """The statement as an element of a policy document."""
        found: dict[str, Any] = {
            "Sid": self.sid,
            "Effect": "Allow",
            "Action": list(self.actions),
            "Resource": self.resource,
        }
        if self.condition is not None:
            found["Condition"] = dict(self.condition)
        return found


def deployment_statements(
    rehearsed: Iterable[str], known: Iterable[str], *, environment: str
) -> tuple[PolicyStatement, ...]:
    """The statements of a deployment, by service.

    `rehearsed` are the actions that were used; `known` those that AWS's provider takes besides. The roles of
    the environment may be passed to ECS and Lambda: no emulator checks that, so it is never rehearsed.
    """
    used = frozenset(rehearsed) - {PASS_ROLE}
    more = frozenset(known) - used - {PASS_ROLE}
    return (
        *_by_service(used, "", rehearsed=True),
        *_by_service(more, "Provider", rehearsed=False),
        PolicyStatement(
            sid="PassRoles",
            actions=(PASS_ROLE,),
            rehearsed=False,
            resource=f"arn:*:iam::*:role/{environment}-*",
            condition={
                "StringEquals": {
                    "iam:PassedToService": [
                        "ecs-tasks.amazonaws.com",
                        "ecs.amazonaws.com",
                        "lambda.amazonaws.com",
                    ]
                }
            },
        ),
    )


def _by_service(actions: Iterable[str], suffix: str, *, rehearsed: bool) -> Iterator[PolicyStatement]:
    services: dict[str, list[str]] = {}
    for action in sorted(actions):
        services.setdefault(action.partition(":")[0], []).append(action)
    for service, found in services.items():
        name = "".join(part.capitalize() for part in re.split(r"[^A-Za-z0-9]", service))
        yield PolicyStatement(sid=f"{name}{suffix}", actions=tuple(found), rehearsed=rehearsed)


def policy_documents(statements: Iterable[PolicyStatement]) -> tuple[dict[str, Any], ...]:
    """The statements as policies, as few as AWS's limit allows; a statement is never cut."""
    documents: list[list[dict[str, Any]]] = [[]]
    for statement in statements:
        together = [*documents[-1], statement.document()]
        if documents[-1] and _size(together) > MOST_CHARACTERS:
            documents.append([statement.document()])
        else:
            documents[-1] = together
    return tuple(_document(found) for found in documents)


def _document(statements: list[dict[str, Any]]) -> dict[str, Any]:
    return {"Version": "2012-10-17", "Statement": statements}


def _size(statements: list[dict[str, Any]]) -> int:
    return len(json.dumps(_document(statements), separators=(",", ":")))
