"""How an image is named for a deployment."""

from __future__ import annotations

import pytest

from cli.errors import UsageError
from cli.images.reference import read_references

ONE, OTHER = "sha256:" + "1" * 64, "sha256:" + "2" * 64


def read(services: str, *references: str) -> dict[str, str]:
    tags = {("axon", "1.0"): ONE}
    return dict(read_references(services.split(), references, lambda *asked: tags.get(asked)))


@pytest.mark.parametrize(
    ("services", "references", "found"),
    [
        ("axon", [ONE], {"axon": ONE}),
        ("axon", [f"dev/axon@{ONE}"], {"axon": ONE}),
        ("axon", [f"123456789012.dkr.ecr.us-east-1.amazonaws.com/dev/axon:1.0@{ONE}"], {"axon": ONE}),
        ("axon orbit", [f"axon@{ONE}", f"orbit@{OTHER}"], {"axon": ONE, "orbit": OTHER}),
        ("axon orbit", [f"orbit@{OTHER}"], {"orbit": OTHER}),
        ("axon", [], {}),
    ],
)
def test_an_image_is_named_by_its_digest(services: str, references: list[str], found: dict[str, str]) -> None:
    """Alone for the only service, or with the repository."""
    assert read(services, *references) == found


@pytest.mark.parametrize(
    ("services", "references", "message", "hint"),
    [
        ("axon", ["axon:1.0"], "is a tag, which may be another image", f"is `--image axon@{ONE}`"),
        ("axon", ["1.0"], "is a tag, which may be another image", f"is `--image axon@{ONE}`"),
        ("axon", ["2.0"], "no image of `axon` has the tag `2.0`", "`myelin image list`"),
        ("axon", ["sha256:12"], "is no digest", "64 hexadecimal digits"),
        ("axon", [ONE.upper()], "has no digest", "64 hexadecimal digits"),
        ("axon", [f"orbit@{ONE}"], "is of `orbit`, which is not deployed", "an image of axon"),
        ("axon orbit", [ONE], "does not say which of axon, orbit", "once for each service"),
        ("axon", [ONE, OTHER], "gives `axon` two images", "leave one"),
    ],
)
def test_anything_else_is_refused(services: str, references: list[str], message: str, hint: str) -> None:
    """A tag with the digest of the image that has it now."""
    with pytest.raises(UsageError) as raised:
        read(services, *references)
    assert message in raised.value.message
    assert hint in raised.value.hint
