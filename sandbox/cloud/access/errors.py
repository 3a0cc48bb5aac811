"""Why somebody is kept out of a sandbox."""

from __future__ import annotations

from pathlib import Path

from sandbox.errors import SandboxError


class SignatureError(SandboxError):
    """A request whose signature does not hold; `code` is AWS's own for it."""

    def __init__(self, code: str, message: str) -> None:
        super().__init__(message, hint="sign it with keys of this sandbox: `myelin sandbox env` shows them")
        self.code = code


class CredentialsFileError(SandboxError):
    """The file with a sandbox's keys is missing or not readable."""

    def __init__(self, path: Path) -> None:
        super().__init__(
            f"`{path}` has no keys that can be read",
            hint="`myelin down` and `myelin up` make a sandbox with new ones",
        )


class NotPrivateError(SandboxError):
    """A folder or file of a sandbox that is not this user's alone."""

    bad_input = True

    def __init__(self, path: Path, why: str, hint: str) -> None:
        super().__init__(f"`{path}` {why}", hint=hint)
