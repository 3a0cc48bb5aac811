"""A request as it stood on the wire, for what verifies signatures."""

from __future__ import annotations

from starlette.types import Scope

from services.runtime.signing.canonical import SignableRequest


def signable(scope: Scope, body: bytes = b"") -> SignableRequest:
    """The request of an ASGI scope.

    Latin-1 keeps each byte one character; what is not ASCII is refused later.
    """
    raw_path: bytes = scope.get("raw_path") or scope["path"].encode()
    return SignableRequest(
        method=scope["method"],
        path=raw_path.decode("latin-1"),
        query=scope["query_string"].decode("latin-1"),
        headers=tuple(
            (name.decode("latin-1").lower(), value.decode("latin-1")) for name, value in scope["headers"]
        ),
        body=body,
    )
