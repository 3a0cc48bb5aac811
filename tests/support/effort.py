"""How long property-based tests search: `make test-long` tries twenty times the examples of `make test`."""

from __future__ import annotations

import os

FACTOR = int(os.environ.get("MYELIN_TEST_EFFORT", "1"))


def effort(examples: int) -> int:
    """The examples to try, of a test that tries `examples` of them in a quick run."""
    return examples * FACTOR
