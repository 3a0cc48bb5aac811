"""What a verifier remembers of a trail: its key, and the last checkpoint that it saw.

With it an earlier state of the trail that holds in itself is known to be one: no signature can tell that.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path

from cli.errors import UsageError
from policies.calls.trail.chain import digest
from policies.calls.trail.errors import BrokenChainError
from policies.calls.trail.export import VerifiedTrail

_FIELDS = {"key": str, "number": int, "checkpoint": str}


@dataclass(frozen=True, slots=True)
class Witness:
    """A file that remembers the newest checkpoint that was verified."""

    path: Path

    def confirm(self, found: VerifiedTrail, key: str) -> None:
        """Compare a verified trail with what was seen before, and remember it. `key` is a fingerprint.

        Raises BrokenChainError if it goes less far, or is another one, and UsageError for another file.
        """
        seen = self._read()
        if seen is not None:
            if seen["key"] != key:
                raise BrokenChainError(0, f"it is signed by another key than `{self.path}` remembers")
            number = int(seen["number"])
            if number > len(found.checkpoints):
                raise BrokenChainError(
                    found.head.sequence + 1, f"it is missing: `{self.path}` remembers checkpoint {number}"
                )
            point = found.checkpoints[number - 1]
            if digest(point.body) != seen["checkpoint"]:
                raise BrokenChainError(
                    point.sequence,
                    f"`{self.path}` remembers another checkpoint {number}: the trail has a fork",
                )
        newest = found.newest
        document = {"key": key, "number": newest.number, "checkpoint": digest(newest.body)}
        self.path.write_text(json.dumps(document) + "\n", encoding="utf-8")

    def _read(self) -> dict[str, str | int] | None:
        if not self.path.exists():
            return None
        try:
            document = json.loads(self.path.read_text(encoding="utf-8"))
        except (ValueError, OSError) as error:
            raise UsageError(f"`{self.path}` is not the memory of a verifier", hint=_HINT) from error
        if (
            not isinstance(document, dict)
            or document.keys() != _FIELDS.keys()
            or any(type(document[name]) is not kind for name, kind in _FIELDS.items())
        ):
            raise UsageError(f"`{self.path}` is not the memory of a verifier", hint=_HINT)
        return document


_HINT = "name a file that `audit verify --witness` wrote, or one that does not exist yet"
