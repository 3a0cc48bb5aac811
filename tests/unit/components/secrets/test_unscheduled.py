"""A secret whose values do not come from a schedule of its own. SEC-1."""

from __future__ import annotations

import pulumi

from components.secrets.unscheduled import make_unscheduled_secret
from tests.support.recording.recorder import REGION, record


def test_it_has_neither_value_nor_schedule() -> None:
    """Only the secret is made, under the given key: whoever owns the values puts them in."""

    def program() -> None:
        make_unscheduled_secret(
            "client-keys",
            physical_name="dev/door/client-keys",
            purpose="keys of an issuer",
            key_arn="arn:key:door",
            recovery_days=30,
            tags={"a": "b"},
            opts=pulumi.ResourceOptions(),
        )

    graph = record(program, stack="dev-platform", config={"aws:region": REGION})
    (secret,) = graph.custom
    assert secret.type == "aws:secretsmanager/secret:Secret"
    assert secret.inputs == {
        "name": "dev/door/client-keys",
        "description": "keys of an issuer",
        "kmsKeyId": "arn:key:door",
        "recoveryWindowInDays": 30,
        "tags": {"a": "b"},
    }
