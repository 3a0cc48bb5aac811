"""How long tests search.

`make test-long` tries twenty times the examples that a test names, and all that is left out as costly.
`make test` tries half of the examples. `make test-costly` runs what that leaves out, and nothing else.
"""

from __future__ import annotations

import os

FACTOR = int(os.environ.get("MYELIN_TEST_EFFORT", "1"))


LONG = FACTOR > 1
"""Whether this is `make test-long`, which runs what takes long, too."""

COSTLY = LONG or os.environ.get("MYELIN_TEST_COSTLY") == "1"
"""Whether tests marked `costly` run: in `make test-costly` and `make test-long`."""


def effort(examples: int, *, quick: int | None = None) -> int:
    """The examples to try: the factor times `examples`; in a quick run only `quick` of them, or half."""
    if LONG:
        return examples * FACTOR
    return (examples + 1) // 2 if quick is None else quick
