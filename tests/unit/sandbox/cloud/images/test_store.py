"""The copies of images: whole or not there, and never another one under a digest."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from sandbox.cloud.images.manifest import ImageConfig
from sandbox.cloud.images.store import ImageSource, ImageStore, StoredImage

CONFIG = ImageConfig(service="axon", command=("{python}", "app.py"), environment={})


def sources(folder: Path, text: str = "1") -> list[ImageSource]:
    path = folder / "app.py"
    path.write_text(text)
    return [ImageSource(name="services/app.py", content=text.encode(), source=path)]


def add(store: ImageStore, folder: Path, text: str = "1") -> StoredImage:
    return store.add(CONFIG, sources(folder, text))


def test_a_copy_is_found_again_and_has_the_files(tmp_path: Path) -> None:
    """Under its digest, with its configuration; it is whole although Python leaves bytecode in it."""
    store = ImageStore(tmp_path / "images")
    assert (store.all(), store.find("sha256:" + "0" * 64), store.find("latest")) == ((), None, None)
    made = add(store, tmp_path)
    assert store.find(made.digest) == made
    assert (made.config, (made.code / "services" / "app.py").read_text()) == (CONFIG, "1")
    (made.code / "services" / "__pycache__").mkdir()
    (made.code / "services" / "__pycache__" / "app.cpython-311.pyc").write_bytes(b"x")
    assert store.is_whole(made)


def test_changed_code_is_another_copy_beside_the_first(tmp_path: Path) -> None:
    """The newest is listed first, and one that is made again counts as made now."""
    store = ImageStore(tmp_path / "images")
    first, second = add(store, tmp_path), add(store, tmp_path, "2")
    for age, image in enumerate((second, first)):
        os.utime(image.code.parent, (1000 - age, 1000 - age))
    assert [image.digest for image in store.all()] == [second.digest, first.digest]
    add(store, tmp_path)
    assert [image.digest for image in store.all()] == [first.digest, second.digest]


def test_a_copy_that_was_changed_is_not_whole_and_is_made_anew(tmp_path: Path) -> None:
    """A changed file, one more, and one less are all noticed."""
    store = ImageStore(tmp_path / "images")
    made = add(store, tmp_path)
    file = made.code / "services" / "app.py"
    for spoil in (lambda: file.write_text("3"), file.unlink, lambda: (made.code / "more.py").write_text("")):
        spoil()
        assert not store.is_whole(made)
        assert store.is_whole(add(store, tmp_path))


@pytest.mark.parametrize("name", ["image.json", "manifest.json"])
def test_one_that_cannot_be_read_is_none(tmp_path: Path, name: str) -> None:
    """It is made anew when it is wanted."""
    store = ImageStore(tmp_path / "images")
    made = add(store, tmp_path)
    (made.code.parent / name).unlink()
    assert (store.find(made.digest), store.all()) == (None, ())
    assert store.find(add(store, tmp_path).digest) is not None


def test_removing_takes_what_was_left_half_made_too(tmp_path: Path) -> None:
    """That of an hour ago: a younger one may be under way."""
    store = ImageStore(tmp_path / "images")
    first, second = add(store, tmp_path), add(store, tmp_path, "2")
    for name, age in ((".new-a", 1), (".new-b", 2_000_000_000)):
        (tmp_path / "images" / name).mkdir()
        os.utime(tmp_path / "images" / name, (age, age))
    store.remove([first.digest])
    assert store.all() == (second,)
    assert sorted(path.name for path in (tmp_path / "images").glob(".*")) == [".new-b"]


def test_a_scan_is_what_somebody_has_set(tmp_path: Path) -> None:
    """Nothing, until then."""
    store = ImageStore(tmp_path / "images")
    made = add(store, tmp_path)
    assert store.scan_of(made.digest) is None
    store.set_scan(made.digest, CRITICAL=2)
    assert store.scan_of(made.digest) == {"status": "COMPLETE", "severities": {"CRITICAL": 2}}
