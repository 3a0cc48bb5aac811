"""Image registries (ECR)."""

from __future__ import annotations

from sandbox.provider.api_call import Call
from sandbox.provider.mapping import Mapping, Naming, Setting, listed, names
from sandbox.provider.tagging import TagForm

REPOSITORY = Mapping(
    "aws:ecr/repository:Repository",
    service="ecr",
    create=Call(
        "create_repository",
        listed(
            "imageTagMutability imageTagMutabilityExclusionFilters imageScanningConfiguration "
            "encryptionConfigurations"
        ),
        rename={"name": "repositoryName"},
        result="repository",
    ),
    id="{name}",
    outputs={"arn": "repositoryArn", "registryId": "registryId", "repositoryUrl": "repositoryUri"},
    settings=(
        Setting(
            of=names("imageTagMutability imageTagMutabilityExclusionFilters"),
            do=Call(
                "put_image_tag_mutability",
                listed("imageTagMutability imageTagMutabilityExclusionFilters"),
                given={"repositoryName": "{id}"},
            ),
        ),
        Setting(
            of=names("imageScanningConfiguration"),
            do=Call(
                "put_image_scanning_configuration",
                listed("imageScanningConfiguration"),
                given={"repositoryName": "{id}"},
            ),
        ),
    ),
    delete=Call("delete_repository", rename={"forceDelete": "force"}, given={"repositoryName": "{id}"}),
    read=Call("describe_repositories", given={"repositoryNames": ["{id}"]}, result="repositories[0]"),
    gone=names("RepositoryNotFoundException"),
    replace_on=names("name encryptionConfigurations"),
    recorded=names("forceDelete"),
    defaults={
        "imageTagMutability": "MUTABLE",
        "imageScanningConfiguration": {"scanOnPush": False},
        "forceDelete": False,
    },
    naming=Naming(prefix=None, limit=256),
    unique_name=True,
    tags=TagForm(argument="tags", subject="resourceArn", keys_argument="tagKeys"),
)

_SET_POLICY = Call("set_repository_policy", rename={"repository": "repositoryName", "policy": "policyText"})

REPOSITORY_POLICY = Mapping(
    "aws:ecr/repositoryPolicy:RepositoryPolicy",
    service="ecr",
    create=_SET_POLICY,
    id="{repository}",
    outputs={"registryId": "registryId"},
    settings=(Setting(of=names("policy"), do=_SET_POLICY),),
    delete=Call("delete_repository_policy", given={"repositoryName": "{id}"}),
    read=Call("get_repository_policy", given={"repositoryName": "{id}"}),
    gone=names("RepositoryNotFoundException RepositoryPolicyNotFoundException"),
    replace_on=names("repository"),
)

_PUT_LIFECYCLE = Call(
    "put_lifecycle_policy", rename={"repository": "repositoryName", "policy": "lifecyclePolicyText"}
)

LIFECYCLE_POLICY = Mapping(
    "aws:ecr/lifecyclePolicy:LifecyclePolicy",
    service="ecr",
    create=_PUT_LIFECYCLE,
    id="{repository}",
    outputs={"registryId": "registryId"},
    settings=(Setting(of=names("policy"), do=_PUT_LIFECYCLE),),
    delete=Call("delete_lifecycle_policy", given={"repositoryName": "{id}"}),
    read=Call("get_lifecycle_policy", given={"repositoryName": "{id}"}),
    gone=names("RepositoryNotFoundException LifecyclePolicyNotFoundException"),
    replace_on=names("repository"),
)

MAPPINGS = (REPOSITORY, REPOSITORY_POLICY, LIFECYCLE_POLICY)
