"""Passwords and keys are secrets in the program, so that they are encrypted in the state and hidden in what
is shown.

`secret_inputs.json` has the inputs that the provider marks as secret; `python -m
policies.resources.maintenance.secret_inputs` makes it.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from functools import cache
from pathlib import Path
from typing import Any

from ...findings.severity import Severity
from ...graph.values import UNKNOWN, Secret
from ..rule import Guardrail, Reach
from ..subject import NotConcernedError, Subject

TABLE = Path(__file__).with_name("secret_inputs.json")
_PARAMETER = "aws_ssm_parameter"
_SECURE = "SecureString"


@cache
def secret_inputs() -> Mapping[str, tuple[str, ...]]:
    """The secret inputs of each Terraform type, by Pulumi's names, through blocks."""
    document = json.loads(TABLE.read_text(encoding="utf-8"))
    return {kind: tuple(paths) for kind, paths in document["inputs"].items()}


def _judge(subject: Subject) -> str | None:
    paths = secret_inputs().get(subject.kind, ())
    if not paths or subject.unrevealed is None:
        raise NotConcernedError
    if subject.kind == _PARAMETER and subject.attributes.raw("type") != _SECURE:
        # other parameters are for everybody to read
        raise NotConcernedError
    for path in paths:
        if any(_values(subject.unrevealed, path.split("."))):
            return f"`{path}` is plain text in the program and in its state"
    return None


def _values(value: Any, path: list[str]) -> Iterator[bool]:
    """Whether each value at a path is there for everybody to read."""
    if isinstance(value, list):
        for item in value:
            yield from _values(item, path)
    elif isinstance(value, Secret) or value in (None, "", UNKNOWN):
        yield False
    elif not path:
        yield True
    elif isinstance(value, Mapping):
        yield from _values(value.get(path[0]), path[1:])


PLAIN_SECRET = Guardrail(
    id="CKV_MYELIN_18",
    name="no-plain-secret",
    title="Ensure that passwords and keys are secrets in the program",
    hint="read it with `config.require_secret`, or let AWS keep it in Secrets Manager",
    reach=Reach.ANYBODY,
    kinds=("aws_*",),
    judge=_judge,
    severity=Severity.CRITICAL,
)
