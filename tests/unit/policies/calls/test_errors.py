"""The errors of the package: one root, and each in the layer that raises it."""

from __future__ import annotations

import ast
from importlib import import_module

import pytest

from policies.calls.errors import GovernanceError
from tests.support.paths import ROOT

FOLDER = ROOT / "policies" / "calls"
LAYERS = sorted(file.parent.name for file in FOLDER.glob("*/errors.py"))


@pytest.mark.parametrize("layer", LAYERS)
def test_every_error_of_a_layer_is_below_the_root(layer: str) -> None:
    """So that the functions, which must never raise, catch one class."""
    module = import_module(f"policies.calls.{layer}.errors")
    own = [
        value
        for value in vars(module).values()
        if isinstance(value, type) and value.__module__ == module.__name__
    ]
    assert own
    assert all(issubclass(error, GovernanceError) for error in own)


@pytest.mark.parametrize("layer", LAYERS)
def test_every_error_is_raised_or_extended_in_its_layer(layer: str) -> None:
    """An error that only other layers raise has its home there."""
    module = import_module(f"policies.calls.{layer}.errors")
    names = {
        name for name, value in vars(module).items() if getattr(value, "__module__", "") == module.__name__
    }
    used = set[str]()
    for file in (FOLDER / layer).glob("*.py"):
        for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
            raised = node.exc if isinstance(node, ast.Raise) else None
            target = raised.func if isinstance(raised, ast.Call) else raised
            used |= {target.id} if isinstance(target, ast.Name) else set()
            if isinstance(node, ast.ClassDef):
                used |= {base.id for base in node.bases if isinstance(base, ast.Name)}
            if isinstance(node, ast.Return) and isinstance(node.value, ast.Call):
                used |= {node.value.func.id} if isinstance(node.value.func, ast.Name) else set()
    # raised by what calls the layer, for its clock and its requests, or by what the layer is given: the
    # bucket and the key of the trail
    assert names - used <= {"ClockError", "RequestError", "CheckpointError", "AlteredBucketError"}


def test_an_error_keeps_its_message_and_its_hint_apart() -> None:
    """An interface shows them as it likes; as text it is the message."""
    error = GovernanceError("it is so", hint="do this")
    assert (str(error), error.message, error.hint) == ("it is so", "it is so", "do this")
