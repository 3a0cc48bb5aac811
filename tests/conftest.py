"""What holds for every test."""

from __future__ import annotations

from hypothesis import settings

from tests.effort import effort

# a test must not fail because the machine is busy, so no example has a deadline
settings.register_profile("myelin", max_examples=effort(50), deadline=None)
settings.load_profile("myelin")
