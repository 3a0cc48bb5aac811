"""The structure that architecture.md promises, held to the tree: `python -m tests.support.structure`."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest

from tests.support import structure


@pytest.mark.parametrize(
    "find", [structure.full_folders, structure.long_modules, structure.tests_that_import_tests]
)
def test_structure(find: Callable[[], Iterator[str]]) -> None:
    """No folder has more modules, and no module more lines, than allowed; no test imports one."""
    assert list(find()) == []


def test_each_module_has_its_test() -> None:
    """Below the path of each module there is a test of it."""
    assert list(structure.untested_modules()) == []
