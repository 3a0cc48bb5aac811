"""The image table: finding entries, and what it says about a broken file."""

from __future__ import annotations

from pathlib import Path

import pytest

from sandbox.cloud.images.manifest import ImageConfig
from sandbox.cloud.images.store import ImageStore
from sandbox.cloud.tasks.errors import CannotPullContainerError, ImageTableError
from sandbox.cloud.tasks.image_file import ImageFile
from sandbox.cloud.tasks.images import ImageReference, ImageTable

REGISTRY = "123456789012.dkr.ecr.eu-west-1.amazonaws.com"


def table(tmp_path: Path, text: str) -> ImageTable:
    path = tmp_path / "images.toml"
    path.write_text(text)
    return ImageTable.load(path)


@pytest.mark.parametrize(
    ("image", "repository", "tag", "digest"),
    [
        (f"{REGISTRY}/dev/axon:1.2", "dev/axon", "1.2", ""),
        (f"{REGISTRY}/dev/axon@sha256:ab", "dev/axon", "sha256:ab", "sha256:ab"),
        (f"{REGISTRY}/dev/axon:1.2@sha256:ab", "dev/axon", "1.2", "sha256:ab"),
        ("axon", "axon", "latest", ""),
        ("localhost:5000/axon:x", "axon", "x", ""),
        ("library/axon", "library/axon", "latest", ""),
    ],
)
def test_image_references_are_taken_apart(image: str, repository: str, tag: str, digest: str) -> None:
    """Registry off; a digest stands for a tag that is missing; `latest` by default."""
    assert ImageReference.parse(image) == ImageReference(repository=repository, tag=tag, digest=digest)


def test_an_entry_may_name_tag_or_digest(tmp_path: Path) -> None:
    """An image with both is found by either, before the entry for any tag."""
    entry = '[[image]]\nrepository = "axon"\ntag = "{0}"\ncommand = ["{0}"]\n'
    for exact in ("1.2", "sha256:ab"):
        images = table(tmp_path, entry.format("*") + entry.format(exact))
        assert images.find("dev/axon:1.2@sha256:ab").command == (exact,)


def test_an_exact_tag_wins_over_any(tmp_path: Path) -> None:
    """Different versions of one image can have different commands."""
    images = table(
        tmp_path,
        '[[image]]\nrepository="axon"\ncommand=["any"]\n[[image]]\nrepository="axon"\ntag="2"\ncommand=["two"]\n',
    )
    assert images.find(f"{REGISTRY}/dev/axon:1").command == ("any",)
    assert images.find(f"{REGISTRY}/dev/axon:2").command == ("two",)


def test_a_repository_matches_by_whole_parts(tmp_path: Path) -> None:
    """`axon` is the last part of `dev/axon`, not the end of `taxon`; the longer entry wins."""
    images = table(
        tmp_path,
        '[[image]]\nrepository="axon"\ncommand=["short"]\n[[image]]\nrepository="dev/axon"\ncommand=["long"]\n',
    )
    assert images.find("dev/axon:1").command == ("long",)
    assert images.find("test/axon:1").command == ("short",)
    with pytest.raises(CannotPullContainerError) as caught:
        images.find("dev/taxon:1")
    assert str(caught.value).startswith("CannotPullContainerError: image `dev/taxon:1` is not in `")


def test_placeholders_are_filled_in(tmp_path: Path) -> None:
    """{python} and {port}, also within a longer argument."""
    images = table(tmp_path, '[[image]]\nrepository="a"\ncommand=["{python}", "--at=127.0.0.1:{port}"]\n')
    assert images.find("a:1").argv(python="/py", port=81) == ["/py", "--at=127.0.0.1:81"]


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ('[[image]]\nrepository = "a\n', ":2: malformed TOML: illegal character '\\n'"),
        ("[[image]]\n\ncommand = [", ":3: malformed TOML: invalid value"),
        ("", ": expected at least one [[image]] entry"),
        ("\nimages = 1", ":2: `images`: expected only [[image]] entries"),
        ("\n[other]", ":2: `other`: expected only [[image]] entries"),
        ("image = [1]", ": image 1: expected a table"),
        (
            '[[image]]\ncommand = ["a"]',
            ":1: image 1, `repository`: expected the last part of a repository name",
        ),
        (
            '[[image]]\nrepository = "a"',
            ":1: image 1, `command`: expected a list of strings, the program first",
        ),
        ('[[image]]\nrepository = "a"\ncommand = "x"', ":3: image 1, `command`: expected a list of strings"),
        ('[[image]]\nrepository = "a"\ncommand = []', ":3: image 1, `command`: expected a list of strings"),
        (
            '[[image]]\nrepository = "a"\ncommand = ["{host}"]',
            ":3: image 1, `command`: unknown placeholder `{host}`; expected {python} or {port}",
        ),
        (
            '[[image]]\nrepository = "b"\ncommand = ["x"]\n\n[[image]]\nrepository = "a"\ncomand = ["x"]',
            ":7: image 2, `comand`: unknown key; expected one of repository, tag, command, environment",
        ),
        (
            '[[image]]\nrepository = "a"\ntag = 1\ncommand = ["x"]',
            ':3: image 1, `tag`: expected a tag, or "*"',
        ),
        (
            '[[image]]\nrepository = "a"\ncommand = ["x"]\nenvironment = {A = 1}',
            ":4: image 1, `environment`: expected a table of strings",
        ),
        (
            '[[image]]\nrepository="a"\ncommand=["x"]\n[[image]]\nrepository="a"\ncommand=["y"]',
            ":4: image 2: `a:*` is already declared by image 1",
        ),
    ],
)
def test_a_broken_table_is_explained(tmp_path: Path, text: str, message: str) -> None:
    """File and line, entry and key, and what is expected there."""
    with pytest.raises(ImageTableError) as caught:
        table(tmp_path, text)
    assert str(caught.value).startswith(f"{tmp_path / 'images.toml'}{message}")
    assert caught.value.hint


def test_a_missing_table_is_explained(tmp_path: Path) -> None:
    """The path and the reason are named."""
    with pytest.raises(ImageTableError, match="no such file or directory"):
        ImageTable.load(tmp_path / "none.toml")


def test_a_table_that_is_no_text_is_explained(tmp_path: Path) -> None:
    """Bytes that are not UTF-8 are an error of the table, too."""
    (tmp_path / "images.toml").write_bytes(b"\xff")
    with pytest.raises(ImageTableError, match=r"images.toml: the file is not UTF-8 text"):
        ImageTable.load(tmp_path / "images.toml")


def test_an_image_may_be_added_while_the_sandbox_runs(tmp_path: Path) -> None:
    """The file is read again for each task; one that is broken meanwhile leaves the last good one."""
    path = tmp_path / "images.toml"
    path.write_text('[[image]]\nrepository = "a"\ncommand = ["x"]\n')
    images = ImageFile(path)
    with pytest.raises(CannotPullContainerError):
        images.find("b:1")
    path.write_text('[[image]]\nrepository = "b"\ncommand = ["y"]\n')
    assert images.find("b:1").command == ("y",)
    path.write_text("[[image]]")
    assert images.find("b:1").command == ("y",)


@pytest.mark.parametrize(
    ("command", "copied"),
    [
        (["{python}", "-m", "services.runtime.serve", "services.axon.app:service"], True),
        (["node", "services/rates/app.js"], True),
        (["./services/stock/stock"], True),
        (["{python}", "-m", "uvicorn", "--app-dir", "services/quotes", "main:app"], True),
        (["{python}", "-m", "http.server", "{port}"], False),
        (["node", "other/services/app.js"], False),
    ],
)
def test_code_of_a_service_runs_from_a_copy(tmp_path: Path, command: list[str], copied: bool) -> None:
    """Other programs run in the project's folder, and so does a row of one exact tag."""
    path = tmp_path / "images.toml"
    row = f'[[image]]\nrepository = "a"\ncommand = {command}\n'
    path.write_text(row + row.replace('"a"', '"a"\ntag = "1"'))
    images = ImageTable.load(path)
    assert (images.find("a:2").runs_a_copy, images.find("a:1").runs_a_copy) == (copied, False)


def test_a_task_runs_the_copy_that_its_digest_names(tmp_path: Path) -> None:
    """Without the copy nothing else is run under its name; a row of the digest wins, and so does a program
    of which there are no copies.
    """
    code, other = '"services.a.app"', '"http.server"'
    path, store = tmp_path / "images.toml", ImageStore(tmp_path / "images")
    config = ImageConfig(service="a", command=("{python}", "-m", "old"), environment={"A": "1"})
    copy = store.add(config, [])
    images = write_and_open(path, f'[[image]]\nrepository = "a"\ncommand = ["-m", {code}]\n', store)
    found = images.find(f"dev/a:1@{copy.digest}")
    assert (found.command, found.environment, found.directory) == (config.command, {"A": "1"}, copy.code)
    with pytest.raises(CannotPullContainerError):
        images.find("dev/a:1@sha256:" + "0" * 64)
    assert images.find("dev/a:1").directory is None
    row = f'[[image]]\nrepository = "a"\ntag = "{copy.digest}"\ncommand = ["x"]\n'
    assert write_and_open(path, row, store).find(f"dev/a:1@{copy.digest}").command == ("x",)
    images = write_and_open(path, f'[[image]]\nrepository = "a"\ncommand = ["-m", {other}]\n', store)
    assert images.find("dev/a:1@sha256:" + "0" * 64).directory is None
    images = write_and_open(path, '[[image]]\nrepository = "b"\ncommand = ["x"]\n', store)
    assert images.find(f"dev/a:1@{copy.digest}").directory == copy.code


def write_and_open(path: Path, text: str, store: ImageStore) -> ImageFile:
    path.write_text(text)
    return ImageFile(path, store)
