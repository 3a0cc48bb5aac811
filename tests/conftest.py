"""What holds for every test."""

from __future__ import annotations

import gc

from hypothesis import settings

from tests.effort import effort

# a worker holds moto, checkov and the AWS provider: looking for garbage among them took a sixth of all time
gc.set_threshold(100_000, 50, 100)

# a test must not fail because the machine is busy, so no example has a deadline
settings.register_profile("myelin", max_examples=effort(50), deadline=None)
settings.load_profile("myelin")
