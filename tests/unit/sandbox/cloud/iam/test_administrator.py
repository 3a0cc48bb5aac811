"""The policy of whoever deploys to a sandbox."""

from __future__ import annotations

from sandbox.cloud.iam.administrator import ADMINISTRATOR
from sandbox.cloud.iam.document import parse_policy
from sandbox.cloud.iam.evaluation import AccessRequest, ApplicablePolicies, decide
from sandbox.cloud.iam.principal import principal_of


def test_an_administrator_may_what_the_sandbox_does_not_even_know() -> None:
    """An action whose resource is not known is allowed by `*` alone."""
    asked = AccessRequest(
        principal=principal_of("arn:aws:iam::1:user/operator"), action="appmesh:PUT /x", resource=None
    )
    assert decide(asked, ApplicablePolicies(identity=(parse_policy(ADMINISTRATOR),))).allowed
