"""Values to try in the place of one that is not known yet.

For each kind of input: one that is harmless, one that is harmful, those that the checks name, and none at
all.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Final

from .schema import Attribute, Kind, Schema

ABSENT: Final = object()
"""Stands for no value at all."""
EXAMPLE_ARN = "arn:aws:iam::111122223333:role/example"
_TURNS = (8, 3, 2)
"""How many blocks of a shape are made up at each depth; some shapes contain themselves."""
_TIGHT = {
    "Effect": "Allow",
    "Principal": {"AWS": EXAMPLE_ARN},
    "Action": "s3:GetObject",
    "Resource": "arn:aws:s3:::example/key",
    "Condition": {"StringEquals": {"aws:PrincipalOrgID": "o-example"}},
}
_OPEN = {"Effect": "Allow", "Principal": "*", "Action": "*", "Resource": "*"}
_STATEMENTS: tuple[dict[str, Any], ...] = (
    _TIGHT,
    _OPEN,
    {**_OPEN, "Principal": {"AWS": "*"}},
    {name: value for name, value in _TIGHT.items() if name != "Condition"},
    {**_TIGHT, "Principal": {"Service": "lambda.amazonaws.com"}, "Action": "sts:AssumeRole"},
    {**_OPEN, "Effect": "Deny", "Condition": {"Bool": {"aws:SecureTransport": "false"}}},
)
_DOCUMENTS = tuple(json.dumps({"Version": "2012-10-17", "Statement": [one]}) for one in _STATEMENTS)
_IN_DOCUMENT: Mapping[str, tuple[Any, ...]] = {
    "Statement": tuple([one] for one in _STATEMENTS),
    "Principal": (_TIGHT["Principal"], "*", {"AWS": "*"}, {"Service": "lambda.amazonaws.com"}),
    "Condition": (_TIGHT["Condition"], {}),
    "Effect": ("Deny", "Allow"),
    "Action": (_TIGHT["Action"], "*", "iam:*"),
    "Resource": (_TIGHT["Resource"], "*"),
}
"""What may stand in a policy, by the name that it has there."""


def examples(
    attribute: Attribute, constants: Sequence[Any], schema: Schema, *, origin: bool, depth: int = 0
) -> list[Any]:
    """Values for an input, with `constants` that checks name; none at all only if it has no `origin`."""
    found: list[Any]
    texts = [item for item in constants if isinstance(item, str)]
    match attribute.kind:
        case Kind.BOOL:
            found = [False, True]
        case Kind.NUMBER:
            numbers = [item for item in constants if isinstance(item, int) and not isinstance(item, bool)]
            found = [0, *numbers, *(item - 1 for item in numbers), 1_000_000]
        case Kind.LIST:
            found = [["example"], *([text] for text in texts), texts, []]
        case Kind.MAP:
            found = [{"example": "example"}, {text: text for text in texts}, {}]
        case Kind.BLOCKS | Kind.BLOCK_SET | Kind.OBJECT | Kind.BLOCK_MAP:
            found = [*_blocks(attribute, constants, schema, depth), []]
        case _:
            found = [EXAMPLE_ARN, *_DOCUMENTS, *texts, "true", "false"]
    return found if origin else [*found, ABSENT]


def _blocks(
    attribute: Attribute, constants: Sequence[Any], schema: Schema, depth: int
) -> Iterator[dict[str, Any]]:
    """Blocks of a shape in which every attribute has one of its own examples in turn."""
    if depth >= len(_TURNS):
        return
    inner = {
        name: examples(item, constants, schema, origin=True, depth=depth + 1)
        for name, item in schema.block(attribute).items()
        if not item.read_only
    }
    for turn in range(min(_TURNS[depth], max(map(len, inner.values()), default=0))):
        yield {name: values[turn % len(values)] for name, values in inner.items() if values}


def document_examples(key: str, constants: Sequence[Any]) -> list[Any]:
    """Values for a place in a JSON document, by the nearest name in it."""
    if key.startswith("Not"):
        key = key[len("Not") :]
    known = _IN_DOCUMENT.get(key)
    if known is not None:
        return list(known)
    return [EXAMPLE_ARN, "*", *(item for item in constants if isinstance(item, str))]
