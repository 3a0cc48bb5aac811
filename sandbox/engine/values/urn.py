"""Uniform resource names: what makes a resource the same one in the next run.

Source: https://www.pulumi.com/docs/iac/concepts/resources/names/#urns
"""

from __future__ import annotations

STACK_TYPE = "pulumi:pulumi:Stack"


def make_urn(*, stack: str, project: str, parent: str, token: str, name: str) -> str:
    """Build a URN as Pulumi's engine does: the parent types are chained, the stack's own is left out."""
    return f"urn:pulumi:{stack}::{project}::{_qualified(parent, token)}::{name}"


def _qualified(parent: str, token: str) -> str:
    if not parent:
        return token
    chain = qualified_type(parent)
    return token if chain == STACK_TYPE else f"{chain}${token}"


def qualified_type(urn: str) -> str:
    """Return the chain of types in a URN, joined by `$`."""
    return urn.split("::", 3)[2]


def type_of(urn: str) -> str:
    """Return the resource's own type token."""
    return type_and_name(urn)[0]


def type_and_name(urn: str) -> tuple[str, str]:
    """Return the resource's own type token and its logical name."""
    _, _, chain, name = urn.split("::", 3)
    return chain.rsplit("$", 1)[-1], name


def name_of(urn: str) -> str:
    """Return the resource's logical name."""
    return type_and_name(urn)[1]


def project_of(urn: str) -> str:
    """Return the project's name."""
    return urn.split("::", 3)[1]


def inherited_alias(
    *, stack: str, project: str, token: str, name: str, parent: str, parent_alias: str
) -> str:
    """Build the URN that a child had when its parent, now `parent`, had the URN `parent_alias`.

    A child whose name begins with its parent's is taken to be named after it, as Pulumi's engine does.
    """
    present = name_of(parent)
    if name.startswith(present):
        name = name_of(parent_alias) + name.removeprefix(present)
    return make_urn(stack=stack, project=project, parent=parent_alias, token=token, name=name)


def stack_of(urn: str) -> str:
    """Return the stack's name."""
    return urn.split("::", 3)[0].removeprefix("urn:pulumi:")
