"""The policies of an image repository: who may pull, and which images are kept. ECS-1."""

from __future__ import annotations

import json

from components.account import Place
from components.identity.statement import Condition, IamEffect, IamStatement, Principals

PULL = ("ecr:BatchCheckLayerAvailability", "ecr:BatchGetImage", "ecr:GetDownloadUrlForLayer")
CHANGE = (
    "ecr:BatchDeleteImage",
    "ecr:CompleteLayerUpload",
    "ecr:InitiateLayerUpload",
    "ecr:PutImage",
    "ecr:UploadLayerPart",
)
_KEPT_RELEASES = 50
_UNTAGGED_DAYS = 7


def repository_policy(place: Place, services: tuple[str, ...]) -> tuple[IamStatement, ...]:
    """Of the roles of services and functions, only execution roles of these pull, and none pushes."""
    runtime = Condition(operator="ArnLike", key="aws:PrincipalArn", values=place.runtime_roles)
    execution = tuple(place.execution_role(service) for service in services)
    return (
        IamStatement(
            sid="Pull",
            actions=PULL,
            principals=Principals(arns=(place.account.root,)),
            conditions=(Condition(operator="ArnEquals", key="aws:PrincipalArn", values=execution),),
        ),
        IamStatement(
            sid="NoOtherServicePulls",
            effect=IamEffect.DENY,
            actions=PULL,
            principals=Principals(everybody=True),
            conditions=(
                runtime,
                Condition(operator="ArnNotEquals", key="aws:PrincipalArn", values=execution),
            ),
        ),
        IamStatement(
            sid="NobodyAtRunTimePushes",
            effect=IamEffect.DENY,
            actions=CHANGE,
            principals=Principals(everybody=True),
            conditions=(runtime,),
        ),
    )


def lifecycle_policy() -> str:
    """Untagged images expire after a week; of the tagged ones the newest 50 are kept for rollbacks.

    https://docs.aws.amazon.com/AmazonECR/latest/userguide/lifecycle_policy_parameters.html
    """
    rules = [
        {
            "rulePriority": 1,
            "description": f"untagged images expire after {_UNTAGGED_DAYS} days",
            "selection": {
                "tagStatus": "untagged",
                "countType": "sinceImagePushed",
                "countUnit": "days",
                "countNumber": _UNTAGGED_DAYS,
            },
            "action": {"type": "expire"},
        },
        {
            "rulePriority": 2,
            "description": f"the newest {_KEPT_RELEASES} images are kept",
            "selection": {
                "tagStatus": "any",
                "countType": "imageCountMoreThan",
                "countNumber": _KEPT_RELEASES,
            },
            "action": {"type": "expire"},
        },
    ]
    return json.dumps({"rules": rules})
