"""Layers are imported as the Pulumi program imports them: without the provider's whole packages."""

from __future__ import annotations

from stacks.lean_imports import import_provider_leanly

# before a test module imports a layer, and with it 200 modules for each package that it uses a class of
import_provider_leanly()
