"""Grants and question hashes that both ends of a call have to agree on: `grants.json`, beside this.

They were made by other means than the code: the canonical form was written by hand, joserfc signed.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

_DOCUMENT = json.loads(Path(__file__).with_name("grants.json").read_text(encoding="utf-8"))
SECRET: str = json.dumps(_DOCUMENT["key"]["secret"])
JWK: dict[str, str] = _DOCUMENT["key"]["jwk"]
KEY_SET: str = json.dumps({"keys": [JWK]})


@dataclass(frozen=True, slots=True, kw_only=True)
class Vector:
    """A question, its hash, and the grant that the key above signs for it."""

    name: str
    question: dict[str, Any]
    question_hash: str
    claims: dict[str, Any]
    token: str

    def asked(self) -> dict[str, Any]:
        """The question as the arguments of `question_hash`."""
        absent = {"tenant": None, "attributes": None, "unproven": False}
        return absent | self.question


VECTORS = tuple(
    Vector(**{name: value for name, value in vector.items() if name != "canonical"})
    for vector in _DOCUMENT["vectors"]
)
