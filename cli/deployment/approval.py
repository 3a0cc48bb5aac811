"""Holds a deployment back whose policies a second person has to agree to.

Where `policyApproval` is set, or was when the environment was last deployed, `up` does not make another
version current. It keeps what it would publish as a draft, once, and stops before anything else changes; when
another person has activated that, the next `up` finds it current and goes on. The first version of all needs
no second person: there is nothing yet that it could change.
"""

from __future__ import annotations

from cli.deployment.inputs import Inputs
from cli.errors import CliError
from cli.exit_codes import ExitCode
from cli.options import env_flag
from cli.policies.admin_client import admin_of
from cli.worlds.world import World
from policies.calls.store.policy_store import PolicyStore
from stacks.outputs import RecordedPlatform


class ApprovalNeededError(CliError):
    """A second person has to agree to the policies; `draft` is what they would activate."""

    exit_code = ExitCode.DENIED

    def __init__(self, draft: str, environment: str) -> None:
        super().__init__(
            f"the policies changed, and a second person has to agree: draft `{draft}`; nothing was deployed",
            hint=f"somebody else runs `myelin policy activate {draft}{env_flag(environment)}`, "
            "and after that this goes on",
        )
        self.draft = draft


class ApprovalUnknownError(CliError):
    """The admin function is gone, and the policies are others than those in force."""

    exit_code = ExitCode.DENIED

    def __init__(self, function: str) -> None:
        super().__init__(
            f"the function `{function}` is gone, so it is not known whether a second person has to agree "
            "to the changed policies; nothing was deployed",
            hint="deploy the policies that are in force: that makes the function anew; then change them",
        )


def require_approval(world: World, platform: RecordedPlatform | None, inputs: Inputs) -> bool:
    """Whether a change of the policies takes two persons, as configured or as deployed.

    `platform` is None when it is not deployed yet. Raises ApprovalNeededError when it does take two and the
    deployment would change the policies, and ApprovalUnknownError.
    """
    configured = inputs.policy_approval
    if platform is None:
        return configured
    in_force = _in_force(world, platform)
    if in_force is None:
        # without it nobody can publish or draft; a deployment that makes it anew publishes the same again
        current = PolicyStore(world.client("dynamodb"), platform.policy_table_name).pointer()
        if current is None or current.version != inputs.policies.version:
            raise ApprovalUnknownError(platform.admin_function_name)
        return configured
    if not (configured or in_force):
        return configured
    draft = admin_of(world, platform).draft_deployment(inputs.packed)
    if draft is not None:
        raise ApprovalNeededError(draft.id, inputs.environment)
    return True


def _in_force(world: World, platform: RecordedPlatform) -> bool | None:
    """Whether the deployed admin function asks for two persons; None if it is gone, and nothing is known."""
    functions = world.client("lambda")
    try:
        found = functions.get_function_configuration(FunctionName=platform.admin_function_name)
    except functions.exceptions.ResourceNotFoundException:
        return None
    return bool(found.get("Environment", {}).get("Variables", {}).get("POLICY_APPROVAL") == "true")
