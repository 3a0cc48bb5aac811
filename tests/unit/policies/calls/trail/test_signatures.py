"""Signatures of the trail, checked with the public key alone."""

from __future__ import annotations

import pytest
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, ed25519
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from policies.calls.trail.signatures import key_fingerprint, signature_check


def pem_of(key: ec.EllipticCurvePrivateKey | ed25519.Ed25519PrivateKey) -> bytes:
    return key.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)


def test_a_signature_holds_for_its_text_and_key() -> None:
    """Not for another text, nor for another key; each key has a fingerprint of its own."""
    key, other = ec.generate_private_key(ec.SECP256R1()), ec.generate_private_key(ec.SECP256R1())
    signature = key.sign(b"text", ec.ECDSA(hashes.SHA256()))
    assert signature_check(pem_of(key))("text", signature)
    assert not signature_check(pem_of(key))("test", signature)
    assert not signature_check(pem_of(other))("text", signature)
    assert key_fingerprint(pem_of(key)) != key_fingerprint(pem_of(other))


def test_what_is_no_key_on_a_curve_is_refused() -> None:
    """A file that is no key, and a key of another kind."""
    with pytest.raises(ValueError, match="not a public key in PEM"):
        signature_check(b"hello")
    with pytest.raises(ValueError, match="not a key on an elliptic curve"):
        key_fingerprint(pem_of(ed25519.Ed25519PrivateKey.generate()))
