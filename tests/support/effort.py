"""How long tests search.

`make test-long` tries twenty times the examples of `make test`, and all that the latter leaves out as costly.
"""

from __future__ import annotations

import os

FACTOR = int(os.environ.get("MYELIN_TEST_EFFORT", "1"))


LONG = FACTOR > 1
"""Whether this is `make test-long`, which runs what takes long, too."""


def effort(examples: int, *, quick: int | None = None) -> int:
    """The examples to try: the factor times `examples`; of costly ones, only `quick` in a quick run."""
    return examples * FACTOR if LONG or quick is None else quick
