"""Holds a deployment back whose policies a second person has to agree to.

Where `policyApproval` is set, or was when the environment was last deployed, `up` does not make another
version current. It keeps what it would publish as a draft, once, and stops before anything else changes; when
somebody else has activated that, the next `up` finds it current and goes on. The first version of all needs
nobody: there is nothing yet that it could change.
"""

from __future__ import annotations

import uuid
from typing import TYPE_CHECKING

from cli.errors import CliError
from cli.exit_codes import ExitCode
from cli.options import env_flag
from stacks.names import Layer

if TYPE_CHECKING:
    from cli.deployment.inputs import Inputs
    from cli.worlds.sandbox import Sandbox


class ApprovalNeededError(CliError):
    """Somebody else has to agree to the policies; `draft` is what they would activate."""

    exit_code = ExitCode.DENIED

    def __init__(self, draft: str, environment: str) -> None:
        """Name the draft."""
        super().__init__(
            f"the policies changed, and a second person has to agree: draft `{draft}`; nothing was deployed",
            hint=f"somebody else runs `myelin policy activate {draft}{env_flag(environment)}`, "
            "and after that this goes on",
        )
        self.draft = draft


def approval_required(sandbox: Sandbox, inputs: Inputs) -> bool:
    """Whether the policies of this environment change only by two persons: as configured, or as deployed."""
    from stacks.layer_settings import PlatformSettings  # noqa: PLC0415 - only a deployment pays for it
    from stacks.settings import settings_of  # noqa: PLC0415 - only a deployment pays for it

    settings = settings_of(Layer.PLATFORM, inputs.config[Layer.PLATFORM])
    assert isinstance(settings, PlatformSettings)  # noqa: S101 - the settings of that layer are
    return settings.policy_approval or _in_force(sandbox, inputs.environment)


def require_approval(sandbox: Sandbox, inputs: Inputs) -> None:
    """Raise ApprovalNeededError when deploying would change the policies and a second person has to agree."""
    platform = sandbox.platform(inputs.environment)
    if platform is None or not approval_required(sandbox, inputs):
        return
    from policies.calls.changing.drafts import Drafts  # noqa: PLC0415 - only such a deployment pays for it
    from policies.calls.changing.editing import ChangeRequest, Editor  # noqa: PLC0415
    from policies.calls.store.ledger import PolicyLedger  # noqa: PLC0415
    from policies.calls.store.policy_store import PolicyStore  # noqa: PLC0415
    from policies.calls.versions.slices import cut  # noqa: PLC0415

    client, table = sandbox.client("dynamodb"), platform.policy_table_name
    store, ledger = PolicyStore(client, table), PolicyLedger(client, table)
    drafts = Drafts(store, ledger, Editor(store, ledger), approval=True, new_id=lambda: str(uuid.uuid4()))
    actor = str(sandbox.client("sts").get_caller_identity()["Arn"])
    draft = drafts.of_folder(
        cut(inputs.policies, inputs.catalogue(), inputs.cases),
        ChangeRequest(actor=actor, note="the policy folder"),
    )
    if draft is not None:
        raise ApprovalNeededError(draft.id, inputs.environment)


def _in_force(sandbox: Sandbox, environment: str) -> bool:
    platform = sandbox.platform(environment)
    if platform is None:
        return False
    name = platform.admin_function_name
    found = sandbox.client("lambda").get_function_configuration(FunctionName=name)
    return bool(found.get("Environment", {}).get("Variables", {}).get("POLICY_APPROVAL") == "true")
