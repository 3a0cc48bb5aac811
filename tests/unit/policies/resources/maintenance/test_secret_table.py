"""The table of secret inputs is that of the installed pulumi_aws."""

from __future__ import annotations

from policies.resources.guardrails.rules.plain_secrets import TABLE
from policies.resources.maintenance.secret_inputs import IN_BLOCKS, NO_SECRETS, document
from policies.resources.terraform.names import nested_attribute
from policies.resources.terraform.schema import provider_schema


def test_the_table_is_as_it_would_be_made_today() -> None:
    """After raising pulumi_aws it has to be made anew."""
    assert TABLE.read_text(encoding="utf-8") == document()


def test_inputs_in_blocks_exist() -> None:
    """Each is a property that the provider has."""
    schema = provider_schema()
    for kind, paths in IN_BLOCKS.items():
        for path in paths:
            shape = schema.resource(kind)
            for part in path.split("."):
                attribute = nested_attribute(part, shape)
                assert attribute is not None, (kind, path)
                shape = schema.block(shape[attribute])


def test_every_exception_has_a_reason() -> None:
    """What the SDK marks and the table lacks is explained."""
    assert all(NO_SECRETS.values())
