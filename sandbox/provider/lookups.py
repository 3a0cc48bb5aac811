"""Provider functions (Pulumi's `invoke`): what a program asks AWS without creating a resource."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from sandbox.engine.provider import Properties
from sandbox.provider.api_clients import ApiClients
from sandbox.provider.errors import ApiError, ArgumentError
from sandbox.provider.translate import TranslationError, to_arguments

Lookup = Callable[[ApiClients, Mapping[str, Any]], Properties]


def caller_identity(clients: ApiClients, _arguments: Mapping[str, Any]) -> Properties:
    """The caller's account, ARN and user id."""
    found = clients.identity()
    return {
        "accountId": found["Account"],
        "arn": found["Arn"],
        "userId": found["UserId"],
        "id": found["Account"],
    }


def region(clients: ApiClients, _arguments: Mapping[str, Any]) -> Properties:
    """The region; `name` is for older programs."""
    name, place = clients.region, clients.arn_scope()
    return {
        "region": name,
        "name": name,
        "id": name,
        "description": name,
        "endpoint": f"ec2.{name}.{place.dns_suffix}",
    }


def partition(clients: ApiClients, _arguments: Mapping[str, Any]) -> Properties:
    """The partition and its DNS suffix."""
    place = clients.arn_scope()
    reverse = ".".join(reversed(place.dns_suffix.split(".")))
    return {
        "partition": place.partition,
        "dnsSuffix": place.dns_suffix,
        "reverseDnsPrefix": reverse,
        "id": place.partition,
    }


def availability_zones(clients: ApiClients, arguments: Mapping[str, Any]) -> Properties:
    """The names and ids of the region's availability zones, sorted."""
    filters = _filters(arguments)
    if arguments.get("state"):
        filters.append({"Name": "state", "Values": [arguments["state"]]})
    answer = clients.call("ec2", "describe_availability_zones", **({"Filters": filters} if filters else {}))
    excluded = set(arguments.get("excludeNames") or ())
    zones = [zone for zone in answer["AvailabilityZones"] if zone["ZoneName"] not in excluded]
    zones.sort(key=lambda zone: str(zone["ZoneName"]))
    return {
        **arguments,
        "names": [zone["ZoneName"] for zone in zones],
        "zoneIds": [zone["ZoneId"] for zone in zones],
        "groupNames": sorted({zone.get("GroupName") or clients.region for zone in zones}),
        "id": clients.region,
        "region": clients.region,
    }


def random_password(clients: ApiClients, arguments: Mapping[str, Any]) -> Properties:
    """Generate a password; nothing is stored."""
    shape = clients.input_shape("secretsmanager", "get_random_password")
    try:
        parameters = to_arguments(shape, {k: v for k, v in arguments.items() if k != "region"})
    except TranslationError as error:
        raise ArgumentError(
            call="secretsmanager:GetRandomPassword", argument=error.path, detail=error.detail
        ) from error
    password = clients.call("secretsmanager", "get_random_password", **parameters)["RandomPassword"]
    return {**arguments, "randomPassword": password, "id": clients.region, "region": clients.region}


def managed_prefix_list(clients: ApiClients, arguments: Mapping[str, Any]) -> Properties:
    """Find one managed prefix list by id, name or filters."""
    found = _prefix_list(clients, arguments, identifier=arguments.get("id"))
    return {
        "id": found["PrefixListId"],
        "arn": found["PrefixListArn"],
        "name": found["PrefixListName"],
        "addressFamily": found.get("AddressFamily"),
        "maxEntries": found.get("MaxEntries") or 0,
        "ownerId": found.get("OwnerId"),
        "version": found.get("Version") or 0,
        "entries": [
            {"cidr": entry["Cidr"], "description": entry.get("Description") or ""}
            for entry in _entries(clients, found)
        ],
        "tags": {tag["Key"]: tag["Value"] for tag in found.get("Tags") or ()},
        "region": clients.region,
    }


def prefix_list(clients: ApiClients, arguments: Mapping[str, Any]) -> Properties:
    """Find the prefix list of an AWS service by id, name or filters."""
    found = _prefix_list(clients, arguments, identifier=arguments.get("prefixListId"))
    return {
        **arguments,
        "id": found["PrefixListId"],
        "name": found["PrefixListName"],
        "cidrBlocks": [entry["Cidr"] for entry in _entries(clients, found)],
        "region": clients.region,
    }


def _filters(arguments: Mapping[str, Any]) -> list[Properties]:
    return [{"Name": each["name"], "Values": list(each["values"])} for each in arguments.get("filters") or ()]


def _prefix_list(clients: ApiClients, arguments: Mapping[str, Any], *, identifier: Any) -> Properties:
    filters = _filters(arguments)
    if arguments.get("name"):
        filters.append({"Name": "prefix-list-name", "Values": [arguments["name"]]})
    parameters: Properties = {"Filters": filters} if filters else {}
    if identifier:
        parameters["PrefixListIds"] = [identifier]
    found = clients.call("ec2", "describe_managed_prefix_lists", **parameters)["PrefixLists"]
    if len(found) != 1:
        raise ApiError(
            call="ec2:DescribeManagedPrefixLists",
            code="NotUnique" if found else "NotFound",
            detail=f"{len(found)} prefix lists match",
        )
    first: Properties = found[0]
    return first


def _entries(clients: ApiClients, found: Properties) -> list[Properties]:
    answer = clients.call("ec2", "get_managed_prefix_list_entries", PrefixListId=found["PrefixListId"])
    entries: list[Properties] = answer.get("Entries") or []
    return entries


LOOKUPS: dict[str, Lookup] = {
    "aws:index/getCallerIdentity:getCallerIdentity": caller_identity,
    "aws:index/getRegion:getRegion": region,
    "aws:index/getPartition:getPartition": partition,
    "aws:index/getAvailabilityZones:getAvailabilityZones": availability_zones,
    "aws:secretsmanager/getRandomPassword:getRandomPassword": random_password,
    "aws:ec2/getManagedPrefixList:getManagedPrefixList": managed_prefix_list,
    "aws:ec2/getPrefixList:getPrefixList": prefix_list,
}
