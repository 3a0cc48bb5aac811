"""Provider functions, on an emulated AWS."""

from __future__ import annotations

from typing import Any

import pytest

from sandbox.engine.provider import ProviderError
from sandbox.provider.lookups import LOOKUPS
from tests.support.provider.world import World


def _invoke(world: World, token: str, **arguments: Any) -> Any:
    return world.provider.invoke(token, arguments)


def test_caller_region_and_partition(world: World) -> None:
    """A program learns who and where it is."""
    identity = _invoke(world, "aws:index/getCallerIdentity:getCallerIdentity")
    region = _invoke(world, "aws:index/getRegion:getRegion")
    partition = _invoke(world, "aws:index/getPartition:getPartition")
    assert identity["accountId"] == "123456789012"
    assert identity["arn"].startswith("arn:aws:")
    assert (region["region"], region["name"], region["id"]) == ("us-east-1",) * 3
    assert partition == {
        "partition": "aws",
        "dnsSuffix": "amazonaws.com",
        "reverseDnsPrefix": "com.amazonaws",
        "id": "aws",
    }


def test_zones_are_sorted_and_filtered(world: World) -> None:
    """Availability zones come in order, without those excluded."""
    token = "aws:index/getAvailabilityZones:getAvailabilityZones"
    found = _invoke(world, token, state="available")
    assert found["names"] == sorted(found["names"])
    assert len(found["zoneIds"]) == len(found["names"])
    assert found["names"][0] not in _invoke(world, token, excludeNames=[found["names"][0]])["names"]
    one = _invoke(world, token, filters=[{"name": "zone-name", "values": ["us-east-1b"]}])
    assert one["names"] == ["us-east-1b"]


def test_random_password_has_the_form_asked_for(world: World) -> None:
    """A password is as long and as plain as asked, and never the same twice."""
    token = "aws:secretsmanager/getRandomPassword:getRandomPassword"
    first = _invoke(world, token, passwordLength=64, excludePunctuation=True)
    second = _invoke(world, token, passwordLength=64, excludePunctuation=True)
    assert len(first["randomPassword"]) == 64
    assert first["randomPassword"].isalnum()
    assert first["randomPassword"] != second["randomPassword"]
    assert first["passwordLength"] == 64
    with pytest.raises(ProviderError, match="`colour` has no counterpart"):
        _invoke(world, token, colour="red")


def test_prefix_lists_are_found_by_name_and_id(world: World) -> None:
    """The prefix list of a gateway's service is found by its name, by its id, and by filters."""
    name = "com.amazonaws.us-east-1.s3"
    found = _invoke(world, "aws:ec2/getPrefixList:getPrefixList", name=name)
    managed = _invoke(world, "aws:ec2/getManagedPrefixList:getManagedPrefixList", name=name)
    assert found["id"].startswith("pl-")
    assert found["cidrBlocks"]
    assert (managed["id"], managed["name"]) == (found["id"], name)
    assert [entry["cidr"] for entry in managed["entries"]] == found["cidrBlocks"]
    by_id = _invoke(world, "aws:ec2/getManagedPrefixList:getManagedPrefixList", id=found["id"])
    assert by_id["name"] == name
    filtered = _invoke(
        world,
        "aws:ec2/getPrefixList:getPrefixList",
        filters=[{"name": "prefix-list-id", "values": [found["id"]]}],
    )
    assert filtered["id"] == found["id"]


def test_a_prefix_list_that_is_not_there_is_an_error(world: World) -> None:
    """None and several are both errors that name the call."""
    with pytest.raises(ProviderError, match="0 prefix lists match"):
        _invoke(world, "aws:ec2/getPrefixList:getPrefixList", name="com.amazonaws.us-east-1.nothing")
    with pytest.raises(ProviderError, match="NotUnique"):
        _invoke(world, "aws:ec2/getManagedPrefixList:getManagedPrefixList")


ARGUMENTS: dict[str, dict[str, Any]] = {
    "aws:ec2/getManagedPrefixList:getManagedPrefixList": {"name": "com.amazonaws.us-east-1.s3"},
    "aws:ec2/getPrefixList:getPrefixList": {"name": "com.amazonaws.us-east-1.s3"},
}


@pytest.mark.parametrize("token", LOOKUPS)
def test_every_function_answers_with_an_id(world: World, token: str) -> None:
    """Pulumi's SDK reads `id` from every answer."""
    assert _invoke(world, token, **ARGUMENTS.get(token, {}))["id"]
