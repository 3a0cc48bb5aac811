"""An image repository and its policies, made alone. ECS-1."""

from __future__ import annotations

from components.containers.repository import Repository
from components.containers.repository_policy import lifecycle_policy, repository_policy
from components.identity.statement import document
from tests.support.recording.component import SCOPE, RecordedComponent, record_component

REPOSITORY = "aws:ecr/repository:Repository"


def made(*, deletion_protection: bool) -> RecordedComponent:
    return record_component(
        lambda: Repository(
            "axon",
            SCOPE,
            image="axon",
            pulled_by=("axon",),
            key_arn="arn:key",
            deletion_protection=deletion_protection,
        )
    )


def test_images_never_change_and_are_scanned() -> None:
    """Immutable tags, a scan of each push, our own key."""
    found = made(deletion_protection=True)
    assert found.children == {
        REPOSITORY: 1,
        "aws:ecr/repositoryPolicy:RepositoryPolicy": 1,
        "aws:ecr/lifecyclePolicy:LifecyclePolicy": 1,
    }
    inputs = found.only(REPOSITORY).inputs
    assert (inputs["name"], inputs["imageTagMutability"]) == ("dev/axon", "IMMUTABLE")
    assert inputs["imageScanningConfiguration"] == {"scanOnPush": True}
    assert inputs["encryptionConfigurations"] == [{"encryptionType": "KMS", "kmsKey": "arn:key"}]
    assert found.outputs == {"url": "111122223333.dkr.ecr.us-east-1.amazonaws.com/dev/axon"}


def test_policies_are_attached_as_planned() -> None:
    """The repository has the planned policy of access and that of expiry."""
    found = made(deletion_protection=True)
    access = found.only("aws:ecr/repositoryPolicy:RepositoryPolicy").inputs
    expiry = found.only("aws:ecr/lifecyclePolicy:LifecyclePolicy").inputs
    assert access["policy"] == document(repository_policy(SCOPE.place, ("axon",)))
    assert expiry["policy"] == lifecycle_policy()


def test_images_go_with_an_unprotected_repository() -> None:
    """A protected repository is not deleted as long as there are images in it."""
    assert made(deletion_protection=True).only(REPOSITORY).inputs["forceDelete"] is False
    assert made(deletion_protection=False).only(REPOSITORY).inputs["forceDelete"] is True
