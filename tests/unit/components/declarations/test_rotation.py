"""How a secret gets its next value. SEC-2."""

from __future__ import annotations

from components.declarations.rotation import RotationKind
from lambdas.rotation.handler import GENERATED


def test_the_deployment_and_the_function_name_a_kind_alike() -> None:
    """The tag that a component writes is the one that the rotation function knows."""
    assert RotationKind.GENERATED.value == GENERATED
