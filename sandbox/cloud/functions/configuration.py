"""The configuration of one version of a function, as a value."""

from __future__ import annotations

import hashlib
from dataclasses import astuple, dataclass

DEFAULT_CONCURRENCY = 10
"""Processes that a function without reserved concurrency may have here; AWS gives an account 1,000."""


@dataclass(frozen=True, slots=True, kw_only=True)
class FunctionConfiguration:
    """One version of one function, with everything that its processes depend on.

    `code_sha256` is the hex digest of the archive, `timeout` is in seconds, `memory_size` in MiB;
    `environment` holds the function's own variables as sorted pairs.
    """

    name: str
    version: str
    arn: str
    region: str
    role: str
    runtime: str
    handler: str
    code_sha256: str
    memory_size: int
    timeout: int
    log_group: str
    log_format: str = "Text"
    log_level: str | None = None
    traced: bool = False
    in_vpc: bool = False
    environment: tuple[tuple[str, str], ...] = ()

    @property
    def fingerprint(self) -> str:
        """A digest that is equal for equal configurations: a process serves exactly one."""
        return hashlib.sha256(repr(astuple(self)).encode()).hexdigest()
