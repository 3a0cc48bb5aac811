"""The key that signs grants: made, published before it signs, tested, made current. GOV-4, SEC-2.

                      signing-key                  public-keys
    createSecret      a new key is pending
    setSecret                                      + the new key
    testSecret        what it signs is verified by the published set
    finishSecret      the new key is current       the others get the time at which they leave

A key leaves when no function can sign with it any more and no grant that it signed is still good. Those who
verify see to it by themselves: an entry counts until its `exp`.
"""

from __future__ import annotations

import json
import math
from base64 import urlsafe_b64decode
from collections.abc import Callable, Mapping
from typing import Any

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

from lambdas.rotation.errors import RotationError
from lambdas.rotation.steps import Request, RotationStep
from lambdas.rotation.versions import CURRENT, Secrets
from policies.calls.granting.keys import GrantKey, make_key, read_key

Entry = Mapping[str, Any]
"""A public key in the set."""


class GrantKeyRotation:
    """Carries out the steps for one pair of secrets."""

    def __init__(
        self,
        *,
        secrets: Secrets,
        public_keys: str,
        overlap_seconds: float,
        now: Callable[[], float],
    ) -> None:
        """`public_keys` is the ARN of the set's secret; `overlap_seconds` how long a key that was replaced is
        still taken: the function's key cache, the bound of grants, and the difference of clocks. `now` is
        epoch seconds.
        """
        self._secrets = secrets
        self._public_keys = public_keys
        self._overlap_seconds = overlap_seconds
        self._now = now

    def take(self, request: Request) -> None:
        """Take one step. Raises RotationError; everything else that fails is AWS's."""
        versions = self._secrets.versions(request)
        match request.step:
            case RotationStep.CREATE:
                if self._pending(request) is None:
                    self._secrets.put_pending(request, make_key().secret())
            case RotationStep.SET:
                self._publish(self._needed(request))
            case RotationStep.TEST:
                self._test(self._needed(request))
            case RotationStep.FINISH:
                key = self._needed(request)
                self._test(key)
                # in this order: until the labels have moved, the old key is the one that signs
                self._secrets.make_current(request, versions)
                self._retire_others(key)

    def _pending(self, request: Request) -> GrantKey | None:
        text = self._secrets.new_text(request)
        return None if text is None else read_key(text)

    def _needed(self, request: Request) -> GrantKey:
        key = self._pending(request)
        if key is None:
            raise RotationError("the new version has no key yet", hint="createSecret comes first")
        return key

    def _publish(self, key: GrantKey) -> None:
        entries = self._entries()
        if all(entry["kid"] != key.kid for entry in entries):
            self._write([*entries, key.public_jwk()])

    def _test(self, key: GrantKey) -> None:
        entry = next((entry for entry in self._entries() if entry["kid"] == key.kid), None)
        if entry is None:
            raise RotationError("the new key is not published", hint="setSecret comes first")
        public = Ed25519PublicKey.from_public_bytes(urlsafe_b64decode(entry["x"] + "="))
        try:
            public.verify(key.private.sign(b"a grant"), b"a grant")
        except InvalidSignature as error:
            raise RotationError("the published key is another one") from error

    def _retire_others(self, key: GrantKey) -> None:
        leaves = math.ceil(self._now() + self._overlap_seconds)
        entries = self._entries()
        retired = [
            entry if entry["kid"] == key.kid or "exp" in entry else {**entry, "exp": leaves}
            for entry in entries
        ]
        if retired != entries:
            self._write(retired)

    def _entries(self) -> list[Entry]:
        """The published keys that still count."""
        text = self._secrets.text(self._public_keys, label=CURRENT)
        if text is None:
            return []
        try:
            entries: list[Entry] = json.loads(text)["keys"]
            return [entry for entry in entries if entry.get("exp", math.inf) > self._now() and entry["kid"]]
        except (ValueError, KeyError, TypeError, AttributeError) as error:
            raise RotationError(
                "the published keys are no JWK Set", hint="look at who wrote the secret; write it anew"
            ) from error

    def _write(self, entries: list[Entry]) -> None:
        self._secrets.put_current(self._public_keys, json.dumps({"keys": entries}))
