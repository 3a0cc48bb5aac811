"""Which Lambda runtime a function's archive is for."""

from __future__ import annotations

import platform
import sys
from dataclasses import dataclass
from enum import StrEnum

LAMBDA_PYTHON = "3.13"
"""The Python of functions on AWS."""
_ARM = frozenset({"aarch64", "arm64"})


class FunctionTarget(StrEnum):
    """Where the code archive of a function is to run."""

    LAMBDA_ARM64 = "lambda-arm64"
    """Lambda on Graviton."""
    HOST = "host"
    """This interpreter on this machine, for functions that run here."""


@dataclass(frozen=True, slots=True, kw_only=True)
class LambdaRuntime:
    """`name` as Lambda has it (`python3.13`), `architecture` `arm64` or `x86_64`."""

    name: str
    architecture: str


def lambda_runtime(
    target: FunctionTarget,
    *,
    host_python: tuple[int, int] = sys.version_info[:2],
    host_machine: str = platform.machine(),
) -> LambdaRuntime:
    """The runtime that goes with a target."""
    if target is FunctionTarget.LAMBDA_ARM64:
        return LambdaRuntime(name=f"python{LAMBDA_PYTHON}", architecture="arm64")
    return LambdaRuntime(
        name=f"python{host_python[0]}.{host_python[1]}",
        architecture="arm64" if host_machine.lower() in _ARM else "x86_64",
    )
