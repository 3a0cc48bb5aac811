"""Namespaces of the mesh."""

from __future__ import annotations

from typing import Any

import pytest

from sandbox.engine.provider import ProviderError
from sandbox.provider.resources import discovery
from tests.support.provider.scripted import ScriptedProvider
from tests.support.provider.world import Walk, World, tags_of


def _namespace(world: World, state: Any) -> Any:
    discovery = world.aws("servicediscovery")
    found = discovery.get_namespace(Id=state.id)["Namespace"]
    tags = discovery.list_tags_for_resource(ResourceARN=state.outputs["arn"])["Tags"]
    return found["Type"], found["Description"], tags_of(tags)


CASES: dict[str, dict[str, Any]] = {
    "namespace": {
        "token": discovery.HTTP_NAMESPACE.token,
        "inputs": lambda w: {"name": w.unique("env.myelin"), "description": "d", "tags": {"a": "1"}},
        "look": _namespace,
        "created": ("HTTP", "d", {"a": "1"}),
        "outputs": "arn httpName",
        "change": {"description": "e", "tags": {"b": "2"}},
        "updated": ("HTTP", "e", {"b": "2"}),
    },
}


@pytest.mark.parametrize("case", CASES.values(), ids=CASES.keys())
def test_a_type_lives_and_dies(case: dict[str, Any], walk: Walk) -> None:
    """A namespace is made, seen, changed in place, and removed twice (MSH-1)."""
    walk(case)


def test_every_type_of_the_module_is_walked_through() -> None:
    """No mapping is without a case."""
    walked = {case["token"] for case in CASES.values()}
    assert {mapping.token for mapping in discovery.MAPPINGS} - walked == set()


def test_a_namespace_is_there_when_its_operation_is_done() -> None:
    """Cloud Map works through operations; the namespace's id is what the finished one tells."""
    running = {"Operation": {"Status": "PENDING"}}
    done = {"Operation": {"Status": "SUCCESS", "Targets": {"NAMESPACE": "ns-1"}}}
    slow = ScriptedProvider(create_http_namespace=[{"OperationId": "o"}], get_operation=[running, done])
    assert slow.create(discovery.HTTP_NAMESPACE.token, name="n").id == "ns-1"
    failed = {"Operation": {"Status": "FAIL", "ErrorCode": "LIMIT", "ErrorMessage": "too many"}}
    slow = ScriptedProvider(create_http_namespace=[{"OperationId": "o"}], get_operation=[failed])
    with pytest.raises(ProviderError, match="LIMIT: too many"):
        slow.create(discovery.HTTP_NAMESPACE.token, name="n")
