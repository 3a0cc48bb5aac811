"""Errors inside the provider; it turns them into ProviderError, which names the resource."""

from __future__ import annotations

from sandbox.errors import SandboxError


class ApiError(SandboxError):
    """An AWS call that was refused, could not be sent or was never answered.

    `call` is `service:Operation` as IAM writes it; `code` is AWS's own error code, or the client's own
    (`ParamValidation`, `EndpointConnectionError`); `detail` is what came with it.
    """

    def __init__(
        self,
        *,
        call: str,
        code: str,
        detail: str,
        unanswered: bool = False,
        hint: str = "see the arguments of this resource",
    ) -> None:
        """Keep the parts apart, so that a mapping can tell "not found" from a failure.

        `unanswered`: it is not known whether the call was carried out.
        """
        super().__init__(f"{call} failed: {code}: {detail}", hint=hint)
        self.call = call
        self.code = code
        self.detail = detail
        self.unanswered = unanswered


class ArgumentError(ApiError):
    """An argument that the API has no counterpart for, or that has the wrong shape."""

    def __init__(self, *, call: str, argument: str, detail: str) -> None:
        """`argument` is its dotted path."""
        super().__init__(call=call, code="InvalidArgument", detail=f"`{argument}` {detail}")
        self.argument = argument


class NotSteadyError(ApiError):
    """A resource that failed while the provider waited for it, or was not ready in time."""

    def __init__(self, *, call: str, detail: str, timed_out: bool = False, rolled_back: bool = False) -> None:
        """Say what was waited for; `timed_out` and `rolled_back` tell these two from any other failure."""
        failed = "RolledBack" if rolled_back else "Failed"
        super().__init__(
            call=call,
            code="TimedOut" if timed_out else failed,
            detail=detail,
            hint="`myelin status` shows how it stands now, `myelin logs` what its tasks said",
        )
        self.timed_out = timed_out
