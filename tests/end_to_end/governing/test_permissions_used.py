"""Every statement of a role is used: by `up`, a dispatch, a changed policy, a rotation. IAM-1, IAM-2"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.support.documents.permissions import AGENTS, ELSEWHERE
from tests.support.end_to_end.project import ProjectCopy
from tests.support.recording.environments import recorded
from tests.support.recording.iam import statements
from tests.support.recording.policy_documents import policy_documents

pytestmark = [
    pytest.mark.sandbox,
    pytest.mark.xdist_group("deployed"),
    pytest.mark.costly("waits until all tasks that read a rotated secret are replaced"),
]

NIGHT = """@id("night") @reason("at night nobody reasons")
forbid (principal, action == Action::"reason", resource)
when { context.time.toTime() < duration("0s") };
"""


def statements_of_roles() -> Iterator[tuple[str, str, str]]:
    """Role as it is called in AWS, role as it is called here, and statement."""
    graphs = recorded("sandbox")
    named = {
        one.name: one.inputs["name"] for graph in graphs.values() for one in graph.of("aws:iam/role:Role")
    }
    for name, document in policy_documents(graphs).items():
        kind, _, role = name.partition(" ")
        if kind == "RolePolicy":
            for statement in statements(document):
                yield named[role], role, statement["Sid"]


def test_no_statement_is_there_for_nothing(deployed: ProjectCopy, tmp_path: Path) -> None:
    """But for those of AWS's own agents, and a few that docs/iam.md lists with what they are for."""
    rule = tmp_path / "night.cedar"
    rule.write_text(NIGHT, encoding="utf-8")
    deployed.myelin("dispatch", "reason")
    deployed.myelin("policy", "put", str(rule))
    deployed.myelin("policy", "delete", "night", "--yes")
    deployed.myelin("rotate", "secret", "axon/heartbeat-key")
    told = deployed.myelin("status").document["permissions"]["used"]
    used = {line.partition(" ")[2] for lines in told.values() for line in lines}
    unused = {
        f"{role}/{statement}"
        for name, role, statement in statements_of_roles()
        if f"{name}/{statement}" not in used and statement not in AGENTS
    }
    assert unused <= ELSEWHERE.keys()
