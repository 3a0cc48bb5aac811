"""The public keys of the issuer of clients' tokens: a JWK Set (RFC 7517). Pure.

Which algorithm a token may have follows from its key, and never from the token: a public key is no shared
secret (HS256), and `none` belongs to no key. https://www.rfc-editor.org/rfc/rfc8725#section-3.1
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from joserfc import jwk
from joserfc.errors import JoseError

from services.runtime.errors import ClientKeysError

LEAST_RSA_BITS = 2048
_RSA = frozenset({"RS256", "RS384", "RS512", "PS256", "PS384", "PS512"})
_ELLIPTIC = {"P-256": frozenset({"ES256"}), "P-384": frozenset({"ES384"}), "P-521": frozenset({"ES512"})}
_EDWARDS = {"Ed25519": frozenset({"EdDSA", "Ed25519"})}


@dataclass(frozen=True, slots=True, kw_only=True)
class ClientKey:
    """One key, and the algorithms that tokens under it may have."""

    key: jwk.Key
    algorithms: frozenset[str]


def read_client_keys(text: str) -> Mapping[str, ClientKey]:
    """The keys by `kid`. Keys of other kinds or uses are left out, as RFC 7517 wants it.

    Raises ClientKeysError: no key set, a key that is not public, two of one name, none that can be used.
    """
    try:
        entries = json.loads(text)["keys"]
        if not isinstance(entries, list) or not all(isinstance(entry, dict) for entry in entries):
            raise ClientKeysError("are no JWK Set (RFC 7517)")
    except (ValueError, KeyError, TypeError, RecursionError):
        raise ClientKeysError("are no JWK Set (RFC 7517)") from None
    found: dict[str, ClientKey] = {}
    for entry in entries:
        if "d" in entry or "k" in entry:
            raise ClientKeysError("have a key in them that is not public: that one is known too widely now")
        name, key = entry.get("kid"), _usable(entry)
        if key is None or not isinstance(name, str) or not name:
            continue
        if name in found:
            raise ClientKeysError("have two keys of one `kid`")
        found[name] = key
    if not found:
        raise ClientKeysError(
            "have none that signs tokens: RSA of 2048 bits, P-256 to P-521 or Ed25519, with `kid`"
        )
    return found


def _usable(entry: Mapping[str, Any]) -> ClientKey | None:
    algorithms = _algorithms(entry)
    if entry.get("alg") is not None:
        algorithms &= {entry["alg"]} if isinstance(entry["alg"], str) else frozenset()
    if not algorithms or entry.get("use", "sig") != "sig":
        return None
    if "verify" not in entry.get("key_ops", ["verify"]):
        return None
    # its own `alg` and `use` are judged above, once
    members = {name: entry[name] for name in ("kty", "crv", "n", "e", "x", "y") if name in entry}
    try:
        key = jwk.import_key(members)
        bits = getattr(key.get_op_key("verify"), "key_size", LEAST_RSA_BITS)
    except (JoseError, ValueError, TypeError, KeyError, AttributeError):
        return None
    if entry["kty"] == "RSA" and bits < LEAST_RSA_BITS:
        return None
    return ClientKey(key=key, algorithms=algorithms)


def _algorithms(entry: Mapping[str, Any]) -> frozenset[str]:
    """What the kind of key can be used for."""
    curve = entry.get("crv")
    match entry.get("kty"):
        case "RSA":
            return _RSA
        case "EC" if isinstance(curve, str):
            return _ELLIPTIC.get(curve, frozenset())
        case "OKP" if isinstance(curve, str):
            return _EDWARDS.get(curve, frozenset())
        case _:
            return frozenset()
