"""What holds for every test."""

from __future__ import annotations

import os

from hypothesis import settings

from tests.effort import effort

# a test must not fail because the machine is busy, so no example has a deadline
settings.register_profile("myelin", max_examples=effort(50), deadline=None)
settings.load_profile("myelin")

# as the sandbox has it: moto makes 1,300 machine images, for 0.3 s, each time that it is emptied
os.environ["MOTO_EC2_LOAD_DEFAULT_AMIS"] = "false"
