"""Why a change is refused."""

from __future__ import annotations

from policies.calls.errors import GovernanceError
from policies.calls.versions.errors import StoreError


class MergeConflictError(StoreError):
    """Both the policy folder and another change, made since, changed these `policies`.

    They are ids; empty when it is the schema.
    """

    def __init__(self, *, table: str, policies: tuple[str, ...], current: str) -> None:
        what = ", ".join(f"`{name}`" for name in policies[:5]) if policies else "the schema and policies"
        more = f" and {len(policies) - 5} more" if len(policies) > 5 else ""
        super().__init__(
            f"the policy folder changed {what}{more}, and so did another change since it was last deployed",
            table=table,
            hint="take their change into the folder, or publish the folder as it is",
        )
        self.policies = policies
        self.current = current


class ApprovalRequiredError(GovernanceError):
    """The environment takes no change of its policies without a second person's approval."""

    def __init__(self) -> None:
        super().__init__(
            "a second person has to agree to this change of the policies",
            hint="make a draft of it, and have another person activate that",
        )


class NotFoundError(GovernanceError):
    """There is no such policy or version."""


class DeclaredPolicyError(GovernanceError):
    """The permit of a declared call, which changes with the declaration alone."""

    def __init__(self, policy: str, service: str) -> None:
        super().__init__(
            f"the policy `{policy}` follows from a call that `{service}` declares",
            hint="to stop the call put a policy that forbids it, or take the call out of the declaration",
        )


class UnfitPolicyError(GovernanceError):
    """The text sent for a policy is not exactly one policy, or has another `@id`."""


class SameActorError(GovernanceError):
    """The author of a draft tried to activate it, and approval is required."""

    def __init__(self, draft: str, actor: str) -> None:
        super().__init__(
            f"the draft `{draft}` is by `{actor}`, and has to be activated by another person",
            hint="ask another person who may change the policies",
        )


class EmptyDraftError(GovernanceError):
    """A draft that would change nothing, or one more than may be kept."""


class UnreadableFolderError(GovernanceError):
    """A policy folder that was not packed as `pack_folder` does."""


class UnprovenActorError(GovernanceError):
    """A change whose request does not prove who asks for it."""

    def __init__(self, why: str) -> None:
        super().__init__(
            f"the proof of identity does not hold: {why}",
            hint="ask with `myelin`, as a user or a role of this account, and with a clock that is right",
        )


class UnknownPersonError(GovernanceError):
    """An identity that no setting maps to a person, where two persons have to agree."""

    def __init__(self, identity: str) -> None:
        super().__init__(
            f"`{identity}` stands for no person, and here two persons have to agree to a change",
            hint="map it to one with `myelin:policyPeople` of the platform layer",
        )
