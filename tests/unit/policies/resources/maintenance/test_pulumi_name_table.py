"""The table of Pulumi's names is that of the installed pulumi_aws and checkov."""

from __future__ import annotations

import json

import pytest

from policies.resources.maintenance.pulumi_names import checked_types, document, tokens_of
from policies.resources.scanning.checkov_runner import load
from policies.resources.terraform.pulumi_names import TABLE
from stacks.lean_imports import import_provider_leanly

pytestmark = pytest.mark.xdist_group("checkov")


def test_the_table_is_as_it_would_be_made_today() -> None:
    """After raising pulumi_aws or checkov it has to be made anew; a part of the types is looked at here."""
    import_provider_leanly()
    kept = json.loads(TABLE.read_text(encoding="utf-8"))
    tokens = tokens_of(checked_types(load()))
    assert kept["tokens"] == tokens
    some = {kind: token for kind, token in tokens.items() if kind.startswith(("aws_lb", "aws_s3", "aws_kms"))}
    made = json.loads(document(some))
    assert made["made_from"] == kept["made_from"]
    assert made["properties"] == {
        place: name for place, name in kept["properties"].items() if place.partition(".")[0] in some
    }
