"""AWS's words for denials.

https://docs.aws.amazon.com/IAM/latest/UserGuide/troubleshoot_access-denied.html
"""

from __future__ import annotations

import pytest

from sandbox.cloud.iam.evaluation import NO_RESOURCE, AccessDecision, AccessRequest, PolicyKind
from sandbox.cloud.iam.messages import denial_message
from sandbox.cloud.iam.principal import principal_of

JOHN = principal_of("arn:aws:iam::123456789012:user/John")


@pytest.mark.parametrize(
    ("resource", "decision", "message"),
    [
        (
            "arn:aws:codecommit:us-east-1:123456789012:MyDemoRepo",
            AccessDecision(allowed=False, kind=PolicyKind.IDENTITY),
            " on resource: arn:aws:codecommit:us-east-1:123456789012:MyDemoRepo because no identity-based"
            " policy allows the codecommit:ListRepositories action",
        ),
        (
            NO_RESOURCE,
            AccessDecision(allowed=False, kind=PolicyKind.BOUNDARY),
            " because no permissions boundary allows the codecommit:ListRepositories action",
        ),
        (
            None,
            AccessDecision(allowed=False, unjudged=("a policy that is no JSON",)),
            " because what would decide it can not be judged: a policy that is no JSON",
        ),
        (
            None,
            AccessDecision(allowed=False, kind=PolicyKind.RESOURCE, explicit=True),
            " with an explicit deny in a resource-based policy",
        ),
        (
            None,
            AccessDecision(
                allowed=False, kind=PolicyKind.IDENTITY, explicit=True, unjudged=("the condition Bool x",)
            ),
            " with an explicit deny in an identity-based policy"
            " (the sandbox did not judge the condition Bool x)",
        ),
    ],
)
def test_a_denial_is_told_as_aws_tells_it(
    resource: str | None, decision: AccessDecision, message: str
) -> None:
    """With what was not judged at its end."""
    request = AccessRequest(principal=JOHN, action="codecommit:ListRepositories", resource=resource)
    told = denial_message(request, decision)
    assert told == (
        "User: arn:aws:iam::123456789012:user/John is not authorized to perform: codecommit:ListRepositories"
        + message
    )
