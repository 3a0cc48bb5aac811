"""Image registries (ECR)."""

from __future__ import annotations

from sandbox.provider.api_call import ApiCall
from sandbox.provider.mapping import Naming, ResourceMapping, Setting, name_list, name_set
from sandbox.provider.tagging import TagForm

REPOSITORY = ResourceMapping(
    "aws:ecr/repository:Repository",
    service="ecr",
    create=ApiCall(
        "create_repository",
        name_list(
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
            of=name_set("imageTagMutability imageTagMutabilityExclusionFilters"),
            do=ApiCall(
                "put_image_tag_mutability",
                name_list("imageTagMutability imageTagMutabilityExclusionFilters"),
                given={"repositoryName": "{id}"},
            ),
        ),
        Setting(
            of=name_set("imageScanningConfiguration"),
            do=ApiCall(
                "put_image_scanning_configuration",
                name_list("imageScanningConfiguration"),
                given={"repositoryName": "{id}"},
            ),
        ),
    ),
    delete=ApiCall("delete_repository", rename={"forceDelete": "force"}, given={"repositoryName": "{id}"}),
    read=ApiCall("describe_repositories", given={"repositoryNames": ["{id}"]}, result="repositories[0]"),
    not_found=name_set("RepositoryNotFoundException"),
    replace_on=name_set("name encryptionConfigurations"),
    recorded=name_set("forceDelete"),
    defaults={
        "imageTagMutability": "MUTABLE",
        "imageScanningConfiguration": {"scanOnPush": False},
        "forceDelete": False,
    },
    naming=Naming(prefix=None, limit=256),
    unique_name=True,
    tags=TagForm(argument="tags", subject="resourceArn", keys_argument="tagKeys"),
)

_SET_POLICY = ApiCall(
    "set_repository_policy", rename={"repository": "repositoryName", "policy": "policyText"}
)

REPOSITORY_POLICY = ResourceMapping(
    "aws:ecr/repositoryPolicy:RepositoryPolicy",
    service="ecr",
    create=_SET_POLICY,
    id="{repository}",
    outputs={"registryId": "registryId"},
    settings=(Setting(of=name_set("policy"), do=_SET_POLICY),),
    delete=ApiCall("delete_repository_policy", given={"repositoryName": "{id}"}),
    read=ApiCall("get_repository_policy", given={"repositoryName": "{id}"}),
    not_found=name_set("RepositoryNotFoundException RepositoryPolicyNotFoundException"),
    replace_on=name_set("repository"),
)

_PUT_LIFECYCLE = ApiCall(
    "put_lifecycle_policy", rename={"repository": "repositoryName", "policy": "lifecyclePolicyText"}
)

LIFECYCLE_POLICY = ResourceMapping(
    "aws:ecr/lifecyclePolicy:LifecyclePolicy",
    service="ecr",
    create=_PUT_LIFECYCLE,
    id="{repository}",
    outputs={"registryId": "registryId"},
    settings=(Setting(of=name_set("policy"), do=_PUT_LIFECYCLE),),
    delete=ApiCall("delete_lifecycle_policy", given={"repositoryName": "{id}"}),
    read=ApiCall("get_lifecycle_policy", given={"repositoryName": "{id}"}),
    not_found=name_set("RepositoryNotFoundException LifecyclePolicyNotFoundException"),
    replace_on=name_set("repository"),
)

MAPPINGS = (REPOSITORY, REPOSITORY_POLICY, LIFECYCLE_POLICY)
