"""The key that this function signs grants with: read from its secret, and again once it is a minute old."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any

from botocore.exceptions import BotoCoreError, ClientError

from lambdas.governance.telemetry import logger
from policies.calls.granting.errors import GrantError
from policies.calls.granting.keys import GrantKey, read_key

CACHE_SECONDS = 60.0
"""How old a key may be before its secret is read again; a replaced key is taken for longer than this."""

RETRY_SECONDS = 1.0
"""Between two readings that fail."""


class GrantKeyReader:
    """Keeps the current key. While the secret cannot be read the known key signs: a callee that no longer
    takes it refuses the grant.
    """

    def __init__(
        self,
        *,
        client: Any,
        secret_id: str,
        cache_seconds: float = CACHE_SECONDS,
        monotonic: Callable[[], float] = time.monotonic,
    ) -> None:
        """`client` is a botocore client of `secretsmanager`."""
        self._client = client
        self._secret_id = secret_id
        self._cache_seconds = cache_seconds
        self._monotonic = monotonic
        self._key: GrantKey | None = None
        self._read_again_at = float("-inf")

    def key(self) -> GrantKey:
        """The key to sign with. Raises GrantError when there is none."""
        now = self._monotonic()
        if now >= self._read_again_at:
            try:
                self._key = read_key(self._text())
                self._read_again_at = now + self._cache_seconds
            except GrantError as error:
                self._read_again_at = now + RETRY_SECONDS
                logger.warning("signing key of grants not read", reason=error.message)
                if self._key is None:
                    raise
        if self._key is None:
            raise GrantError("the signing key of grants cannot be read", hint="look at the rotation function")
        return self._key

    def _text(self) -> str:
        try:
            answer = self._client.get_secret_value(SecretId=self._secret_id)
        except ClientError as error:
            code = error.response.get("Error", {}).get("Code", "unknown")
            raise GrantError(
                f"the signing key of grants cannot be read: {code}", hint="rotate it, or look at the role"
            ) from None
        except BotoCoreError as error:
            raise GrantError(
                f"the signing key of grants cannot be read: {type(error).__name__}",
                hint="look at the network",
            ) from None
        return str(answer.get("SecretString", ""))
