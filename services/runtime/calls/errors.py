"""What can go wrong when another service is called, under the services' root."""

from __future__ import annotations

from typing import Any

from services.runtime.errors import ServiceError
from services.runtime.governance.decision import Decision


class TargetError(ServiceError):
    """A service that was called gave no usable answer.

    `slug`, `title` and `status` are those of the problem details that the caller's own client is answered
    with; `attempts` counts requests; `blames_target` says whether the error tells something about the health
    of the target.
    """

    slug = "target-unreachable"
    title = "Target unreachable"
    status = 502

    def __init__(self, target: str, problem: str, *, blames_target: bool = True, sent: bool = True) -> None:
        """`sent` False: the request has surely not reached the target."""
        super().__init__(f"`{target}` {problem}", hint="its log has more under the correlation id")
        self.target = target
        self.attempts = 0
        self.blames_target = blames_target
        self.sent = sent


class TargetUnreachableError(TargetError):
    """No connection, or it broke before there was an answer: 502."""


class TargetRefusedError(TargetError):
    """The target answered that it will not do it; asking again would not help: 502."""

    slug = "target-refused"
    title = "Target refused"


class PayloadRefusedError(TargetRefusedError):
    """The target does not take the payload: 502, or 400 where it is the client's own."""


class InvalidAnswerError(TargetError):
    """The target's answer is not what it documents: 502."""

    slug = "target-invalid-answer"
    title = "Invalid answer of the target"


class TargetUnavailableError(TargetError):
    """The target says that it cannot answer now, or the circuit breaker is open: 503."""

    slug = "target-unavailable"
    title = "Target unavailable"
    status = 503


class TargetBusyError(TargetUnavailableError):
    """As many calls of the target are under way as may be: nothing was sent. 503."""

    slug = "busy"
    title = "Busy"

    def __init__(self, target: str) -> None:
        super().__init__(
            target, "is not called: enough calls of it are under way", blames_target=False, sent=False
        )


class TargetTimeoutError(TargetError):
    """There was no answer within the time: 504."""

    slug = "target-timeout"
    title = "Target timed out"
    status = 504


class TransientError(TargetError):
    """Another attempt may do better."""


class TransientTimeoutError(TransientError, TargetTimeoutError):
    """One attempt took too long."""


class TransientUnreachableError(TransientError, TargetUnreachableError):
    """The connection failed."""


class TransientUnavailableError(TransientError, TargetUnavailableError):
    """The target asks to come later."""


class SignatureRefusedError(TargetRefusedError):
    """The target does not accept the signature; `key_version` is that of the key that made it."""

    def __init__(self, target: str, status: int, *, key_version: str) -> None:
        super().__init__(target, f"refused the signature with {status}", blames_target=False)
        self.key_version = key_version


class GrantRefusedError(TargetRefusedError):
    """The target does not accept the grant: it ended on its way, or its key has left."""


class DeniedByTargetError(TargetError):
    """The target was denied a call that it needed; `problem` says by whom, and goes on to the client."""

    slug = "denied-by-policy"
    title = "Denied by policy"

    def __init__(self, target: str, *, status: int, problem: dict[str, Any]) -> None:
        super().__init__(target, "was denied a call of its own", blames_target=False)
        self.status = status
        self.problem = problem


class CallDeniedError(ServiceError):
    """Governance did not allow the call, or could not say: nothing is sent. `decision` has why."""

    def __init__(self, target: str, decision: Decision, *, governance_ms: float) -> None:
        super().__init__(
            f"`{target}` is not called: {decision.reason}", hint="`myelin policy explain` shows the policies"
        )
        self.target = target
        self.decision = decision
        self.governance_ms = governance_ms
