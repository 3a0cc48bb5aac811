"""What can be wrong with a policy document."""

from __future__ import annotations

from sandbox.errors import SandboxError


class PolicyDocumentError(SandboxError):
    """A policy document that is no JSON, or not of the form that IAM's grammar has."""

    bad_input = True

    def __init__(self, problem: str) -> None:
        super().__init__(
            f"the policy document cannot be read: {problem}",
            hint="https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_grammar.html",
        )
