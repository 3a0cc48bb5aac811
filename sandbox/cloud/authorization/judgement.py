"""What was decided of one need, and AWS's answer to a denial."""

from __future__ import annotations

from dataclasses import dataclass

from sandbox.cloud.authorization.need import Need
from sandbox.cloud.emulator.error_response import error_response
from sandbox.cloud.emulator.wsgi import Environ, WsgiResponse
from sandbox.cloud.iam.evaluation import AccessDecision, AccessRequest
from sandbox.cloud.iam.messages import denial_message

_CODES = {"ec2": "UnauthorizedOperation", "sns": "AuthorizationError", "s3": "AccessDenied"}
_OF_KMS = {"secretsmanager": "Access to KMS is not allowed: "}
"""How a service begins when KMS refuses what it asks in the asker's name."""


@dataclass(frozen=True, slots=True, kw_only=True)
class JudgedNeed:
    """One need, as it was asked, and the decision."""

    need: Need
    request: AccessRequest
    decision: AccessDecision

    @property
    def message(self) -> str:
        """Why it is denied, in AWS's words."""
        return _OF_KMS.get(self.need.on_behalf, "") + denial_message(self.request, self.decision)


def denial_response(environ: Environ, service: str, message: str) -> WsgiResponse:
    """AWS's answer to a request that is not allowed, in the protocol of its service."""
    if environ.get("HTTP_X_AMZ_TARGET"):
        return error_response(environ, "400 Bad Request", "AccessDeniedException", message)
    form = str(environ.get("CONTENT_TYPE", "")).startswith("application/x-www-form-urlencoded")
    code = _CODES.get(service, "AccessDenied" if form else "AccessDeniedException")
    return error_response(environ, "403 Forbidden", code, message)
