"""Layers are imported as the Pulumi program imports them: without the provider's whole packages."""

from __future__ import annotations

from stacks.lean_imports import import_provider_leanly

# Before any test module imports a resource class: the provider loads 200 modules for one, and then lacks that
# class where other tests look for it (`aws.s3.Bucket`).
import_provider_leanly()
