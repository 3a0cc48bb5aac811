"""Words on what to do about a failed check, from what checkov knows of the check itself.

Checkov's own advice lies behind links that it fetches. This says which properties of the resource the check
looked at, which value it wants, and what else belongs to it, by the names that the program has for them. A
name that the resource's type does not have is no hint, and is left out.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any

from ..graph.values import Resource
from ..terraform.pulumi_names import property_path, type_name
from ..terraform.schema import Kind, provider_schema

INDEX = "https://www.checkov.io/5.Policy%20Index/terraform.html"
_MOST = 4
"""More names than this are no hint."""
_NEGATIVE_CHECK = "BaseResourceNegativeValueCheck"


@dataclass(frozen=True, slots=True, kw_only=True)
class CheckAdvice:
    """What a check wants, by Terraform's names.

    `attributes` are those that it looks at, by their path. For a check of one attribute, `wanted` are the
    values that pass it, with None for any value, and `forbidden` those that fail it. `connected` are the
    types that it wants to belong to the resource.
    """

    attributes: tuple[str, ...] = ()
    wanted: tuple[Any, ...] = ()
    forbidden: tuple[Any, ...] = ()
    connected: tuple[str, ...] = ()


def advice(check: Any, evaluated: Iterable[str], terraform_type: str, any_value: str) -> CheckAdvice:
    """What a check wants of a type: `check` is checkov's own object, `evaluated` what it says it looked
    at.
    """
    if hasattr(check, "sub_checks"):
        return CheckAdvice(
            attributes=tuple(dict.fromkeys(_attributes(check, terraform_type))),
            connected=tuple(dict.fromkeys(_connected(check, terraform_type))),
        )
    if hasattr(check, "get_expected_values"):
        values = tuple(
            None if value == any_value else value for value in _listed(check.get_expected_values())
        )
        return CheckAdvice(attributes=(_path(check.get_inspected_key()),), wanted=values)
    if _is_plain(check, _NEGATIVE_CHECK):
        values = tuple(value for value in _listed(check.get_forbidden_values()) if value != any_value)
        return CheckAdvice(attributes=(_path(check.get_inspected_key()),), forbidden=values)
    return CheckAdvice(attributes=tuple(dict.fromkeys(map(_path, evaluated))))


def _listed(values: Any) -> list[Any]:
    """Values as a list; some checks give a single one."""
    return list(values) if isinstance(values, list | tuple | set | frozenset) else [values]


def _is_plain(check: Any, base: str) -> bool:
    """Whether a check looks at one attribute as its base class does, and at nothing else."""
    kinds: dict[str, Any] = {kind.__name__: kind for kind in type(check).__mro__}
    return base in kinds and type(check).scan_resource_conf is kinds[base].scan_resource_conf


def _path(key: str) -> str:
    """`rule/[0]/enabled` without the places in lists: `rule.enabled`."""
    parts = str(key).replace(".", "/").split("/")
    return ".".join(part for part in parts if part and not part.strip("[]*").isdigit() and part.strip("[]*"))


def _attributes(check: Any, terraform_type: str) -> Iterator[str]:
    """Attributes of a type that a graph check has conditions on; it is a tree of them."""
    if check.attribute and terraform_type in (check.resource_types or ()):
        yield _path(check.attribute)
    for part in check.sub_checks:
        yield from _attributes(part, terraform_type)


def _connected(check: Any, terraform_type: str) -> Iterator[str]:
    """Types that a graph check wants connected with one of a type."""
    operator = str(check.operator or "").lower()
    if check.connected_resources_types and not operator.startswith("not"):
        here, there = check.resource_types or (), check.connected_resources_types
        yield from (str(kind) for kind in (there if terraform_type in here else ()) if kind != terraform_type)
    for part in check.sub_checks:
        yield from _connected(part, terraform_type)


def hint(identity: str, wanted: CheckAdvice, resource: Resource, terraform_type: str) -> str:
    """What to do about a check on a resource, in the words of its program."""
    python = resource.location is not None and resource.location.path.endswith(".py")

    def name(path: str) -> str | None:
        return property_path(terraform_type, path, python=python)

    names = _few(found for path in wanted.attributes if (found := name(path)))
    parts = []
    if names and wanted.wanted:
        parts.append(
            _set(names[0], wanted.wanted, _kind(terraform_type, wanted.attributes[0]), python=python)
        )
    elif names and wanted.forbidden:
        values = ", ".join(f"`{_value(value, python=python)}`" for value in wanted.forbidden[:_MOST])
        parts.append(f"give `{names[0]}` another value than {values}")
    elif names:
        parts.append(f"look at {_or(names)}")
    if others := _few(found for kind in wanted.connected if (found := type_name(kind))):
        parts.append(f"connect it with {_or(others)}")
    return ", or ".join(parts) or f"see {identity} in {INDEX}"


def _set(name: str, values: tuple[Any, ...], kind: Kind | None, *, python: bool) -> str:
    plain = [value for value in values if value is not None]
    if not plain or len(plain) < len(values):
        return f"set `{name}`"
    if kind is not Kind.BOOL and all(isinstance(value, bool) for value in plain):
        # what passes is a rule of the check, and not this value
        return f"look at `{name}`"
    # a switch may be wanted in several spellings
    distinct = list(dict.fromkeys(_value(value, python=python) for value in plain))
    if kind is Kind.BOOL:
        distinct = distinct[:1]
    return f"set `{name}` to {_or(distinct[:_MOST])}"


def _value(value: Any, *, python: bool) -> str:
    if isinstance(value, bool):
        return str(value) if python else str(value).lower()
    return str(value)


def _kind(terraform_type: str, path: str) -> Kind | None:
    """The kind of an attribute, through blocks."""
    schema = provider_schema()
    shape = schema.resource(terraform_type) if terraform_type in schema.types else {}
    kind = None
    for part in path.split("."):
        attribute = shape.get(part)
        if attribute is None:
            return None
        kind, shape = attribute.kind, schema.block(attribute)
    return kind


def _few(names: Iterable[str]) -> list[str]:
    chosen = list(dict.fromkeys(names))
    return chosen if len(chosen) <= _MOST else []


def _or(names: Iterable[str]) -> str:
    return " or ".join(f"`{name}`" for name in names)
