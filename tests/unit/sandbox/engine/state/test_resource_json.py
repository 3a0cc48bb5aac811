"""The JSON of recorded resources and journal entries."""

from __future__ import annotations

import json

import pytest
from hypothesis import given

from sandbox.engine.state.entries import (
    JournalEntry,
    OperationBegan,
    OperationEnded,
    PendingDelete,
    PendingOperation,
    ResourceRecorded,
    ResourceRemoved,
)
from sandbox.engine.state.resource_json import dump_entries, dump_resources, load_entries, load_resources
from sandbox.engine.values import wire
from sandbox.engine.values.properties import SecretValue
from sandbox.engine.values.resource import ResourceState
from tests.support.engine.values import ROOT, THING_A, resources, thing, unhurried


@unhurried
@given(resource=resources())
def test_reads_back_any_resource(resource: ResourceState) -> None:
    """A resource comes back as it was, through JSON text, whatever its properties."""
    assert load_resources(json.loads(json.dumps(dump_resources([resource])))) == [resource]


def test_has_pulumis_fields() -> None:
    """The names are those of Pulumi's ResourceV3; what is empty is left out, and secrets are sealed."""
    resource = thing("a", inputs={"s": SecretValue("x")}, property_dependencies={"s": ("urn:b",)})
    assert dump_resources([ROOT, resource]) == [
        {"urn": ROOT.urn, "custom": False, "type": ROOT.type},
        {
            "urn": resource.urn,
            "custom": True,
            "id": "a",
            "type": resource.type,
            "inputs": {"s": {wire.SIGNATURE: wire.SECRET, "plaintext": '"x"'}},
            "propertyDependencies": {"s": ["urn:b"]},
        },
    ]


@pytest.mark.parametrize(
    "entry",
    [
        OperationBegan(operation=PendingOperation(operation_id="1", kind="updating", resource=THING_A)),
        OperationEnded(operation_id="1"),
        ResourceRecorded(resource=THING_A, formerly="urn:b"),
        PendingDelete(resource=THING_A),
        ResourceRemoved(urn=THING_A.urn, id="a-1"),
    ],
)
def test_reads_back_every_entry(entry: JournalEntry) -> None:
    """Each kind of journal entry comes back as it was."""
    assert load_entries(json.loads(json.dumps(dump_entries([entry])))) == [entry]


def test_refuses_an_unknown_entry() -> None:
    """An entry of another version is not passed over."""
    with pytest.raises(ValueError, match="unknown entry `moved`"):
        load_entries([{"entry": "moved"}])
