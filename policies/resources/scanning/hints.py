"""Words on what to do about a failed check, from what checkov knows of the check itself.

Checkov's own advice lies behind links that it fetches; this says which attributes and which other resources
the check looked at.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

INDEX = "https://www.checkov.io/5.Policy%20Index/terraform.html"
_MOST = 4
"""More names than this are no hint."""


def hint(check: Any, evaluated: list[str], any_value: str) -> str:
    """A hint for a check: `check` is checkov's own object or None, `evaluated` what it says it looked at."""
    wanted = _expected(check, any_value)
    if wanted:
        return wanted
    conditions = list(_attributes(check))
    attributes = _some(conditions or [_attribute(key) for key in evaluated if key != "resource_type"])
    others = _some(list(_connected(check)))
    parts = []
    if attributes:
        parts.append(f"look at {attributes}")
    if others:
        parts.append(f"see that the right {others} belongs to it")
    return ", and ".join(parts) or f"see {check.id if check else 'the check'} in {INDEX}"


def _expected(check: Any, any_value: str) -> str:
    """For the checks that want one attribute to have one value."""
    if not (hasattr(check, "get_inspected_key") and hasattr(check, "get_expected_value")):
        return ""
    key, value = _attribute(str(check.get_inspected_key())), check.get_expected_value()
    return f"set `{key}`" if value == any_value else f"set `{key}` to `{value}`"


def _attribute(path: str) -> str:
    """`rule/[0]/enabled` without the places in lists, as Python spells it: `rule.enabled`."""
    return ".".join(part for part in path.split("/") if part and not part.strip("[]*").isdigit())


def _attributes(check: Any) -> Iterator[str]:
    """Attributes that a graph check looks at; it is a tree of conditions."""
    name = getattr(check, "attribute", None)
    if name and name not in ("resource_type", str(getattr(check, "category", "")).lower()):
        yield str(name)
    for part in getattr(check, "sub_checks", ()):
        yield from _attributes(part)


def _connected(check: Any) -> Iterator[str]:
    """Types that a graph check wants connected."""
    yield from map(str, getattr(check, "connected_resources_types", ()) or ())
    for part in getattr(check, "sub_checks", ()):
        yield from _connected(part)


def _some(names: list[str]) -> str:
    chosen = sorted(set(filter(None, names)))
    return " or ".join(f"`{name}`" for name in chosen) if len(chosen) <= _MOST else ""
