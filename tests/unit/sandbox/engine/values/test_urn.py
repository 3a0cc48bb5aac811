"""URNs are what Pulumi's engine makes."""

from __future__ import annotations

import pytest

from sandbox.engine.values.urn import (
    inherited_alias,
    make_urn,
    name_of,
    project_of,
    qualified_type,
    stack_of,
    type_of,
)

STACK = "urn:pulumi:dev::p::pulumi:pulumi:Stack::p-dev"
GROUP = "urn:pulumi:dev::p::it:is:Group::g"
INNER = "urn:pulumi:dev::p::it:is:Group$it:is:Inner::i"


@pytest.mark.parametrize(
    ("parent", "expected"),
    [
        ("", "urn:pulumi:dev::p::aws:s3/bucket:Bucket::b"),
        (STACK, "urn:pulumi:dev::p::aws:s3/bucket:Bucket::b"),
        (GROUP, "urn:pulumi:dev::p::it:is:Group$aws:s3/bucket:Bucket::b"),
        (INNER, "urn:pulumi:dev::p::it:is:Group$it:is:Inner$aws:s3/bucket:Bucket::b"),
    ],
)
def test_chains_the_parents_types(parent: str, expected: str) -> None:
    """The types of all parents are chained, the stack's own is left out."""
    assert (
        make_urn(stack="dev", project="p", parent=parent, token="aws:s3/bucket:Bucket", name="b") == expected
    )


def test_takes_a_urn_apart() -> None:
    """A name may contain what separates the parts."""
    urn = f"{INNER}::j$k"
    assert (stack_of(urn), project_of(urn), name_of(urn)) == ("dev", "p", "i::j$k")
    assert (qualified_type(urn), type_of(urn)) == ("it:is:Group$it:is:Inner", "it:is:Inner")


@pytest.mark.parametrize(("name", "former"), [("g-bucket", "old-bucket"), ("bucket", "bucket")])
def test_a_child_inherits_its_parents_alias(name: str, former: str) -> None:
    """A child was below its parent's former URN; one named after its parent was so then, too."""
    alias = inherited_alias(
        stack="dev",
        project="p",
        token="aws:s3/bucket:Bucket",
        name=name,
        parent=GROUP,
        parent_alias="urn:pulumi:dev::p::it:was:Group::old",
    )
    assert alias == f"urn:pulumi:dev::p::it:was:Group$aws:s3/bucket:Bucket::{former}"
