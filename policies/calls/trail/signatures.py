"""Checks signatures of the audit trail with nothing but the public key."""

from __future__ import annotations

import hashlib

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat, load_pem_public_key

from policies.calls.trail.export import SignatureCheck


def signature_check(pem: bytes) -> SignatureCheck:
    """The check of signatures (ECDSA with SHA-256) with a public key. Raises ValueError if it is not one."""
    key = _read_key(pem)

    def holds(body: str, signature: bytes) -> bool:
        try:
            key.verify(signature, body.encode(), ec.ECDSA(hashes.SHA256()))
        except InvalidSignature:
            return False
        return True

    return holds


def key_fingerprint(pem: bytes) -> str:
    """SHA-256 of a public key (DER), by which people compare it. Raises ValueError if it is not one."""
    der = _read_key(pem).public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
    return hashlib.sha256(der).hexdigest()


def _read_key(pem: bytes) -> ec.EllipticCurvePublicKey:
    try:
        key = load_pem_public_key(pem)
    except ValueError as error:
        raise ValueError("not a public key in PEM") from error
    if isinstance(key, ec.EllipticCurvePublicKey):
        return key
    raise ValueError("not a key on an elliptic curve")
