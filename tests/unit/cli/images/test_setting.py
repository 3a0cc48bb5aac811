"""The wanted images in a stack file, whose other lines are somebody's own."""

from __future__ import annotations

from pathlib import Path

import pytest
import yaml

from cli.images.setting import KEY, SettingNotWrittenError, with_images, write_images

ONE, OTHER = "sha256:" + "1" * 64, "sha256:" + "2" * 64
COMMENT = "which image of a service is wanted, whatever the working tree makes; remove one to deploy its code"
BLOCK = f"""  # {COMMENT}
  {KEY}:
    axon: {ONE}
"""


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("", f"config:\n{BLOCK}"),
        ("config:\n", f"config:\n{BLOCK}"),
        ("config:\n  a: 1 # why\n# end\n", f"config:\n  a: 1 # why\n{BLOCK}# end\n"),
        (f"config:\n{BLOCK}", f"config:\n{BLOCK}"),
        (
            f"config:\n  a: 1\n  {KEY}:\n    axon: {OTHER}\n    orbit: {OTHER}\n\n  # b\n  b: [1, 2]\n",
            f"config:\n  a: 1\n{BLOCK}\n  # b\n  b: [1, 2]\n",
        ),
        (f"config:\n  images: {{axon: {OTHER}}}\n  b: 1\n", f"config:\n{BLOCK}  b: 1\n"),
        (
            "config:\n  b:\n    - c\nother: 1\n",
            f"config:\n  b:\n    - c\n{BLOCK}other: 1\n",
        ),
    ],
)
def test_only_the_images_change(before: str, after: str) -> None:
    """Comments, order and other keys stay, wherever the images stand and however they are written."""
    assert with_images(before, {"axon": ONE}) == after
    assert yaml.safe_load(after)["config"][KEY] == {"axon": ONE}


def test_none_takes_them_away() -> None:
    """With the comment that came with them."""
    assert with_images(f"config:\n  a: 1\n{BLOCK}  b: 2\n", {}) == "config:\n  a: 1\n  b: 2\n"


def test_a_file_is_written_when_that_changes_it(tmp_path: Path) -> None:
    """And not otherwise; nothing is left beside it."""
    path = tmp_path / "Pulumi.dev-workloads.yaml"
    path.write_text("config:\n  aws:region: us-east-1\n")
    assert write_images(path, {"axon": ONE})
    assert not write_images(path, {"axon": ONE})
    assert path.read_text() == f"config:\n  aws:region: us-east-1\n{BLOCK}"
    assert list(tmp_path.iterdir()) == [path]


def test_what_cannot_be_changed_by_itself_is_left(tmp_path: Path) -> None:
    """All on one line, for instance; the person is told what to write."""
    path = tmp_path / "Pulumi.dev-workloads.yaml"
    path.write_text("config: {a: 1}\n")
    with pytest.raises(SettingNotWrittenError) as raised:
        write_images(path, {"axon": ONE})
    assert ONE in raised.value.hint
    assert path.read_text() == "config: {a: 1}\n"
