"""Grants for real service processes: a key, its public half in Secrets Manager, and a task's variables."""

from __future__ import annotations

import json
import time
import uuid
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from policies.calls.granting.grant import Grant, sign_grant
from policies.calls.granting.keys import GrantKey, make_key
from policies.calls.granting.question import question_hash

ISSUER = "123456789012/eu-central-1/test"
BOUND = 30
REASON = json.dumps([{"name": "reason", "safe_to_repeat": True, "attributes": ["purpose"]}])


@dataclass
class Granting:
    """Governance's signing half, for tests."""

    key: GrantKey = field(default_factory=make_key)

    def publish(self, aws: Any) -> str:
        """The ARN of the secret with the public keys."""
        text = json.dumps({"keys": [self.key.public_jwk()]})
        made: str = aws("secretsmanager").create_secret(Name=f"keys/{uuid.uuid4()}", SecretString=text)["ARN"]
        return made

    def environ(self, keys_arn: str) -> dict[str, str]:
        """The variables of a task about grants."""
        return {"GRANT_ISSUER": ISSUER, "GRANT_BOUND_SECONDS": str(BOUND), "GRANT_KEYS": keys_arn}

    def token(
        self,
        caller: str,
        callee: str,
        intent: str,
        /,
        *,
        tenant: str | None = None,
        attributes: Mapping[str, Any] | None = None,
        unproven: bool = False,
        **changes: Any,
    ) -> str:
        """A grant for the question; `changes` are other values of its fields."""
        now = int(time.time())
        fields: dict[str, Any] = {
            "issuer": ISSUER,
            "caller": caller,
            "callee": callee,
            "intent": intent,
            "tenant": tenant,
            "question_hash": question_hash(
                caller=caller,
                callee=callee,
                intent=intent,
                tenant=tenant,
                attributes=attributes,
                unproven=unproven,
            ),
            "policy_version": "v1",
            "decision_id": uuid.uuid4().hex,
            "issued_at": now,
            "expires_at": now + BOUND,
        }
        return sign_grant(Grant(**(fields | changes)), self.key)
