"""The tables of names and of the provider's schema against the installed pulumi_aws."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from policies.resources.maintenance import sdk_types as sdk
from policies.resources.terraform.names import Names, names_document, nested_attribute
from policies.resources.terraform.schema import Attribute, Kind, Shape, provider_schema
from stacks.lean_imports import import_provider_leanly
from tests.support.resources.oracle import previewed_tokens

# the worker that records the stacks has imported much of the AWS provider already
pytestmark = [pytest.mark.xdist_group("recorded"), pytest.mark.no_cover]

import_provider_leanly()
SCHEMA = provider_schema()
NAMES = Names(names_document(), SCHEMA.types)
BLOCKS = (Kind.BLOCKS, Kind.BLOCK_SET, Kind.OBJECT, Kind.BLOCK_MAP)
FORMS = {
    "block": (*BLOCKS, Kind.STRING),  # a string: a JSON document that may be given as an object
    "blocks": (*BLOCKS, Kind.STRING),
    "document": (Kind.STRING,),
    "map": (Kind.MAP, Kind.BLOCK_MAP),
    "list": (Kind.LIST, Kind.STRING),
    "scalar": (Kind.STRING, Kind.NUMBER, Kind.BOOL, Kind.LIST, Kind.BLOCKS, Kind.ANY),
}
"""What may stand in Terraform for each form of a property; a scalar may be a list of at most one item."""


def test_every_resource_type_has_a_terraform_name() -> None:
    """No type of the SDK is without a name, and no two share one unless they are the same resource."""
    names = {token: NAMES.terraform_type(token) for token in sdk.tokens()}
    assert [token for token, name in names.items() if name is None] == []
    sharing: dict[str, list[str]] = {}
    for token, name in names.items():
        sharing.setdefault(str(name), []).append(token)
    shared = {name: found for name, found in sharing.items() if len(found) > 1}
    same = {name for name, found in shared.items() if all(_stem(token) == _stem(found[0]) for token in found)}
    assert shared.keys() - same == {"aws_vpc_encryption_control"}
    assert sdk.tokens().keys() >= names_document()["types"].keys()
    assert SCHEMA.types == set(names.values())


def _stem(token: str) -> str:
    return token.replace("V2", "")


def test_exceptions_are_exceptions() -> None:
    """The table holds no name that the rule gives."""
    without = Names({**names_document(), "types": {}}, SCHEMA.types)
    superfluous = [
        token for token, name in names_document()["types"].items() if without.terraform_type(token) == name
    ]
    assert superfluous == []


@pytest.mark.parametrize("token", previewed_tokens())
def test_properties_fit_the_schema(token: str) -> None:
    """Each property of the SDK, at any depth, is an attribute of the same form in Terraform's provider."""
    shape = SCHEMA.resource(str(NAMES.terraform_type(token)))
    found: dict[str, str] = {}
    for name, item in sdk.properties(token).items():
        attribute_name = NAMES.attribute(token, name, shape)
        assert attribute_name is not None, name
        assert found.setdefault(attribute_name, name) == name
        attribute = shape[attribute_name]
        assert list(_misfits(item, attribute, name, ())) == []


def _misfits(item: sdk.Property, attribute: Attribute, path: str, above: tuple[type, ...]) -> Iterator[str]:
    if attribute.kind not in FORMS[item.form]:
        yield f"{path}: {item.form} and {attribute.kind.name}"
    if item.block is None or item.block in above or attribute.kind not in BLOCKS:
        return
    shape: Shape = SCHEMA.block(attribute)
    for name, inner in sdk.nested(item.block).items():
        inside = nested_attribute(name, shape)
        if inside is None:
            yield f"{path}.{name}: missing"
        else:
            yield from _misfits(inner, shape[inside], f"{path}.{name}", (*above, item.block))
