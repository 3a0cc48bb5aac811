"""One image repository."""

from __future__ import annotations

import pulumi
from pulumi_aws.ecr.lifecycle_policy import LifecyclePolicy
from pulumi_aws.ecr.repository import Repository as EcrRepository
from pulumi_aws.ecr.repository_policy import RepositoryPolicy

from components.containers.repository_policy import lifecycle_policy, repository_policy
from components.identity.statement import document
from components.scope import Scope


class Repository(pulumi.ComponentResource):
    """A repository of one image: immutable tags, a scan of each push, old images expire. ECS-1."""

    def __init__(
        self,
        name: str,
        scope: Scope,
        *,
        image: str,
        pulled_by: tuple[str, ...],
        key_arn: pulumi.Input[str],
        deletion_protection: bool,
        opts: pulumi.ResourceOptions | None = None,
    ) -> None:
        """`pulled_by` are services. Without `deletion_protection` it is deleted even with images in it."""
        super().__init__("myelin:containers:Repository", name, None, opts)
        own = pulumi.ResourceOptions(parent=self)
        physical_name = scope.names.repository(image)
        self.repository = EcrRepository(
            name,
            name=physical_name,
            image_tag_mutability="IMMUTABLE",
            image_scanning_configuration={"scan_on_push": True},
            encryption_configurations=[{"encryption_type": "KMS", "kms_key": key_arn}],
            force_delete=not deletion_protection,
            tags=scope.tags(physical_name, service=image if image in pulled_by else None),
            opts=own,
        )
        RepositoryPolicy(
            name,
            repository=self.repository.name,
            policy=document(repository_policy(scope.place, pulled_by)),
            opts=own,
        )
        LifecyclePolicy(name, repository=self.repository.name, policy=lifecycle_policy(), opts=own)
        self.url: pulumi.Output[str] = self.repository.repository_url
        self.register_outputs({"url": self.url})
