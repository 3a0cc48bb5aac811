"""Writes a plan for checkov: what it looks at alone, in files of bounded size.

Checkov looks every resource of a file up in a list of them, so its time grows with the square of their
number; over the files of one run it connects resources all the same. It reads JSON as YAML, which is slow,
and of a plan the planned values and the references alone: changes, and what is secret, are left out.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

_IN_A_FILE = 200
_OF_A_VALUE = ("address", "mode", "type", "name", "values")
_OF_A_CONFIGURATION = ("address", "mode", "type", "name", "expressions")


def write_plan(folder: Path, plan: Mapping[str, Any]) -> tuple[Path, ...]:
    """Write the files, and give their paths; one at least."""
    paths = []
    for number, part in enumerate(parts_of(plan)):
        path = folder / f"plan-{number}.json"
        path.write_text(json.dumps(part), encoding="utf-8")
        paths.append(path)
    return tuple(paths)


def parts_of(plan: Mapping[str, Any]) -> Iterator[dict[str, Any]]:
    """The plan as several ones, each with some of its resources, and the first with the rest."""
    configuration = plan["configuration"]
    values, configured = _resources(plan["planned_values"]), _resources(configuration)
    by_address = {item["address"]: item for item in configured}
    for first in range(0, max(1, len(values)), _IN_A_FILE):
        some = values[first : first + _IN_A_FILE]
        about = [by_address[item["address"]] for item in some if item["address"] in by_address]
        yield {
            "terraform_version": plan["terraform_version"],
            "planned_values": _root([_only(item, _OF_A_VALUE) for item in some]),
            "configuration": {
                "provider_config": {} if first else configuration.get("provider_config", {}),
                **_root([_only(item, _OF_A_CONFIGURATION) for item in about]),
            },
        }


def _resources(part: Mapping[str, Any]) -> list[Mapping[str, Any]]:
    return list(part["root_module"].get("resources", ()))


def _root(resources: list[dict[str, Any]]) -> dict[str, Any]:
    return {"root_module": {"resources": resources}}


def _only(item: Mapping[str, Any], names: tuple[str, ...]) -> dict[str, Any]:
    return {name: item[name] for name in names if name in item}
