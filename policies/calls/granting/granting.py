"""Adds a grant to the answer that allows a call: for the caller that asks through its own name, and no other.

caller asks through its own alias, and is allowed     a grant
another caller's name through that alias              denied: caller_mismatch
allowed, and there is no key to sign with             denied: grant_unavailable
asked any other way                                   the answer alone
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from policies.calls.deciding.authorizer import Decided
from policies.calls.deciding.model import Answer, Question
from policies.calls.deciding.reason_codes import ReasonCode
from policies.calls.granting.errors import GrantError
from policies.calls.granting.grant import Grant, lifetime, sign_grant
from policies.calls.granting.keys import GrantKey
from policies.calls.granting.question import question_hash


@dataclass(frozen=True, slots=True, kw_only=True)
class Granted:
    """An answer, and the grant if there is one; a grant is a secret, and shows itself nowhere else.

    `reusable` is false where a rule looks at the time: such a grant is for one request.
    """

    answer: Answer
    token: str | None = None
    expires_at: int | None = None
    reusable: bool = False

    def document(self) -> dict[str, Any]:
        """What the function answers."""
        document: dict[str, Any] = self.answer.model_dump(mode="json")
        if self.token is not None:
            document |= {
                "grant": self.token,
                "grant_expires_at": self.expires_at,
                "grant_reusable": self.reusable,
            }
        return document

    def __repr__(self) -> str:
        """Without the grant."""
        return f"Granted(answer={self.answer!r})"


class Granter:
    """Signs grants of one environment."""

    def __init__(
        self,
        *,
        issuer: str,
        key: Callable[[], GrantKey],
        bound_seconds: float,
        now: Callable[[], datetime],
    ) -> None:
        """`issuer` is `<account>/<region>/<environment>`; `key` gives the key, or raises GrantError."""
        self._issuer = issuer
        self._key = key
        self._bound_seconds = bound_seconds
        self._now = now

    def grant(self, decided: Decided, *, asked_by: str | None) -> Granted:
        """The answer as `asked_by` gets it: the caller that the invoked name belongs to, if it is one's."""
        answer, question = decided.answer, decided.question
        if asked_by is None or question is None:
            return Granted(answer=answer)
        if question.service != asked_by:
            return Granted(
                answer=_denied(
                    answer, ReasonCode.CALLER_MISMATCH, f"`{asked_by}` cannot ask for another service"
                )
            )
        if not answer.allowed:
            return Granted(answer=answer)
        try:
            return self._signed(decided, question)
        except GrantError as error:
            return Granted(answer=_denied(answer, ReasonCode.GRANT_UNAVAILABLE, error.message))

    def _signed(self, decided: Decided, question: Question) -> Granted:
        answer = decided.answer
        times = decided.confirmed_at and lifetime(
            now=self._now(),
            confirmed=decided.confirmed_at,
            bound_seconds=self._bound_seconds,
            looks_at_time=decided.reads_time,
        )
        if not times or answer.target is None or answer.policy_version is None:
            raise GrantError("the policies were confirmed too long ago for a grant", hint="ask again")
        issued_at, expires_at = times
        grant = Grant(
            issuer=self._issuer,
            caller=question.service,
            callee=answer.target,
            intent=question.intent,
            tenant=question.tenant,
            question_hash=question_hash(
                caller=question.service,
                callee=answer.target,
                intent=question.intent,
                tenant=question.tenant,
                attributes=question.context,
                unproven=question.unproven,
            ),
            policy_version=answer.policy_version,
            decision_id=answer.decision_id,
            issued_at=issued_at,
            expires_at=expires_at,
        )
        return Granted(
            answer=answer,
            token=sign_grant(grant, self._key()),
            expires_at=expires_at,
            reusable=not decided.reads_time,
        )


def _denied(answer: Answer, code: ReasonCode, reason: str) -> Answer:
    return answer.model_copy(
        update={"allowed": False, "reason_code": code, "reason": reason, "errors": (reason,)}
    )
