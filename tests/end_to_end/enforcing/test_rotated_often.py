"""A signing key that is rotated twice while its caller still signs with the first version."""

from __future__ import annotations

import uuid
from collections import Counter

import pytest

from services.runtime.signing.sign import SigningKey
from tests.support.end_to_end.project import until
from tests.support.enforcing.clients import CLIENTS, Clients
from tests.support.enforcing.declarations import DOOR, TWICE, Declarations
from tests.support.enforcing.played_caller import PlayedCallers, Wanted
from tests.support.enforcing.policies import OPEN
from tests.support.enforcing.timeline import Timeline

pytestmark = [pytest.mark.sandbox, pytest.mark.xdist_group("enforcing")]


def test_no_call_is_lost(callers: PlayedCallers, timeline: Timeline, declared: Declarations) -> None:
    """The callee learns of the newest version, and so forgets the one that its caller signs with: the caller
    reads the key again, and every call succeeds. SEC-2
    """
    timeline.publish((OPEN,))
    edge = next(edge for edge in sorted(declared.calls) if edge[:2] == (DOOR, TWICE))
    wanted = Wanted(caller=edge[0], callee=edge[1], intent=edge[2])
    secrets, arn = (
        callers.project.client("secretsmanager"),
        callers.project.platform.signing_secret_arns[f"{DOOR}-{TWICE}"],
    )
    clients = Clients(callers.project, wanted.intent)
    with clients.running():
        until(lambda: clients.last() == [200] * CLIENTS, "calls that are allowed")
        for _ in range(2):
            value = uuid.uuid4().hex * 2
            version = secrets.put_secret_value(SecretId=arn, SecretString=value)["VersionId"]
        newest = SigningKey(caller=DOOR, version=version, secret=value)
        for instance in range(len(callers.ports[TWICE])):
            # each instance reads the key for this, and knows the two newest versions from then on
            prepared = callers.prepare(wanted, callers.grant(wanted), key=newest)
            assert callers.send(prepared, TWICE, instance=instance).status_code == 200
        done = len(clients.statuses)
        until(lambda: len(clients.statuses) > done + 5 * CLIENTS, "calls after the rotations")
    callers.keys[DOOR, TWICE] = newest
    assert Counter(clients.statuses.values()) == {200: len(clients.statuses)}
    refused = [line for line in callers.lines() if line.get("correlation_id") in clients.statuses]
    assert "unknown_key" in {line.get("reason") for line in refused}
