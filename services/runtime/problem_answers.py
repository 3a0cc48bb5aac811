"""What a failed call becomes in the answer to one's own client: problem details of the fitting kind."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from services.runtime.calls.errors import CallDeniedError, DeniedByTargetError, TargetError
from services.runtime.errors import CallNotDeclaredError, PayloadError
from services.runtime.governance.decision import Decision
from services.runtime.governance.reason_codes import UNAVAILABLE
from services.runtime.requests.problems import ProblemError, invalid_request

_RETRY = {"retry-after": "1"}


@contextmanager
def problem_of() -> Iterator[None]:
    """Turn what a call raises in the block into the ProblemError that answers it."""
    try:
        yield
    except CallDeniedError as error:
        raise denial(error.decision) from error
    except DeniedByTargetError as error:
        raise _passed_on(error) from error
    except TargetError as error:
        raise ProblemError(
            slug=error.slug,
            title=error.title,
            status=error.status,
            detail=error.message,
            headers=_RETRY if error.status == 503 else {},
        ) from error
    except CallNotDeclaredError as error:
        raise ProblemError(
            slug="call-not-declared",
            title="Call not declared",
            status=501,
            detail=f"allowed, but {error.message}",
        ) from error
    except PayloadError as error:
        raise invalid_request(error.message) from error


def denial(decision: Decision) -> ProblemError:
    """The problem for a denial: governance said no (403), or could not say (503)."""
    unavailable = decision.reason_code in UNAVAILABLE
    members: dict[str, Any] = {"reason_code": decision.reason_code, "policies": decision.policies}
    if decision.policy_version is not None:
        members["policy_version"] = decision.policy_version
    if decision.decision_id is not None:
        members["decision_id"] = decision.decision_id
    return ProblemError(
        slug="governance-unavailable" if unavailable else "denied-by-policy",
        title="Governance unavailable" if unavailable else "Denied by policy",
        status=503 if unavailable else 403,
        detail=decision.reason,
        headers=_RETRY if unavailable else {},
        extra=members,
    )


def _passed_on(error: DeniedByTargetError) -> ProblemError:
    """What a service further on was told: the first client learns of it."""
    told = error.problem
    names = ("reason_code", "policies", "policy_version", "decision_id")
    kept: dict[str, Any] = {name: told[name] for name in names if name in told}
    unavailable = error.status == 503
    return ProblemError(
        slug="governance-unavailable" if unavailable else "denied-by-policy",
        title="Governance unavailable" if unavailable else "Denied by policy",
        status=503 if unavailable else 403,
        detail=f"{error.message}: {told.get('detail', '')}",
        headers=_RETRY if unavailable else {},
        extra=kept,
    )
