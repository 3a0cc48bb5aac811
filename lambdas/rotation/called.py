"""Whoever issues a credential, as the declaration names it: told the new one by a call.

    tell   POST {"value": <new>, "version": <id>}, `Authorization: Bearer <current>`, `Idempotency-Key: <id>`
    test   GET, `Authorization: Bearer <the one that is tried>`

Any 2xx is a yes; 401 and 403 are a no; everything else fails the step, which comes again. The issuer has to
take the credential before until the next rotation: tasks are replaced one after the other.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from http.client import HTTPException
from typing import Any
from urllib.error import HTTPError, URLError
from urllib.request import HTTPRedirectHandler, Request, build_opener

from lambdas.rotation.errors import RotationError
from lambdas.rotation.steps import Request as RotationRequest

SECONDS = 10.0
REFUSED = frozenset({401, 403})

Known = Callable[[], Iterable[str]]
"""The texts that the issuer may take now: the current one, and the one before."""


class _NoRedirects(HTTPRedirectHandler):
    """A redirect would carry the credential to whoever it names."""

    def redirect_request(self, *_arguments: Any, **_named: Any) -> None:
        """Follow none: the answer is then the redirect itself, which is no 2xx."""


@dataclass(frozen=True, slots=True, kw_only=True)
class CalledIssuer:
    """The issuer of one secret. `known` gives what it may take."""

    tell_url: str
    test_url: str
    known: Known

    def tell(self, request: RotationRequest, new: str) -> None:
        """Have it take the new text; once it does, a repetition tells nothing. Raises RotationError."""
        if self._takes(new):
            return
        body = json.dumps({"value": new, "version": request.token}).encode()
        for text in self.known():
            headers = {"Content-Type": "application/json", "Idempotency-Key": request.token}
            if _ask(Request(self.tell_url, body, headers, method="POST"), text):  # noqa: S310 - checked when declared
                return
        raise RotationError(
            "the issuer takes neither the current value nor the one before",
            hint="put the value that it takes into the secret, and rotate again",
        )

    def test(self, text: str) -> None:
        """Try a text. Raises RotationError if it is not taken."""
        if not self._takes(text):
            raise RotationError("the issuer does not take the value", hint="setSecret comes first")

    def _takes(self, text: str) -> bool:
        return _ask(Request(self.test_url, method="GET"), text)  # noqa: S310 - checked when declared


def _ask(request: Request, text: str) -> bool:
    """Whether the issuer says yes to a text. Raises RotationError if it says neither yes nor no."""
    request.add_unredirected_header("Authorization", f"Bearer {text}")
    try:
        with build_opener(_NoRedirects).open(request, timeout=SECONDS):
            return True
    except HTTPError as error:
        error.close()
        if error.code in REFUSED:
            return False
        raise RotationError(
            f"the issuer answers {error.code}", hint="the step is taken again later"
        ) from None
    except (URLError, HTTPException, OSError, ValueError) as error:
        # neither the request nor the answer is in the message
        raise RotationError(
            f"the issuer is not reached: {type(error).__name__}", hint="look at its address and the network"
        ) from None
