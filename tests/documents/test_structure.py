"""The structure that architecture.md promises, held to the tree: `python -m tests.support.structure`."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest

from tests.support import structure

TRIED_THROUGH_OTHERS = frozenset(
    {
        "policies/resources/command/options.py",
        "policies/resources/guardrails/rules/credentials.py",
        "policies/resources/guardrails/rules/exposure.py",
        "policies/resources/guardrails/rules/lifecycle.py",
        "policies/resources/guardrails/rules/logs.py",
        "policies/resources/guardrails/rules/tags.py",
        "policies/resources/scanning/errors.py",
        "policies/resources/scanning/outcome.py",
        "policies/resources/scanning/trials.py",
        "policies/resources/terraform/conversion.py",
        "policies/resources/terraform/references.py",
    }
)
"""Modules without a test below their own path; what uses them is tested. No module is added here."""


@pytest.mark.parametrize(
    "find", [structure.full_folders, structure.long_modules, structure.tests_that_import_tests]
)
def test_structure(find: Callable[[], Iterator[str]]) -> None:
    """No folder has more modules, and no module more lines, than allowed; no test imports one."""
    assert list(find()) == []


def test_each_module_has_its_test() -> None:
    """Below the path of each module there is a test of it."""
    assert set(structure.untested_modules()) <= TRIED_THROUGH_OTHERS
