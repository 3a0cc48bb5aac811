"""Names that machines check: one public class name, one meaning."""

from __future__ import annotations

import ast
from collections import defaultdict

from tests.support.paths import ROOT

PACKAGES = ("cli", "components", "lambdas", "policies", "sandbox", "services", "stacks")


def test_a_public_class_name_is_defined_once() -> None:
    """A reader who meets a class by its name alone knows which one it is: the domain's noun is in it."""
    places: dict[str, list[str]] = defaultdict(list)
    for package in PACKAGES:
        for path in (ROOT / package).rglob("*.py"):
            for node in ast.parse(path.read_text(encoding="utf-8")).body:
                if isinstance(node, ast.ClassDef) and not node.name.startswith("_"):
                    places[node.name].append(str(path.relative_to(ROOT)))
    assert {name: sorted(paths) for name, paths in places.items() if len(paths) > 1} == {}
