"""Which keys of an issuer's set may verify what."""

from __future__ import annotations

import json

import pytest
from joserfc import jwk

from services.runtime.clients.client_keys import read_client_keys
from services.runtime.errors import ClientKeysError
from tests.support.wire.tokens import jwks, key, public

SMALL = jwk.generate_key("RSA", 1024, private=True).as_dict(private=False)


@pytest.mark.parametrize(
    ("algorithm", "allowed"),
    [
        ("RS256", {"RS256", "RS384", "RS512", "PS256", "PS384", "PS512"}),
        ("ES256", {"ES256"}),
        ("ES512", {"ES512"}),
        ("EdDSA", {"EdDSA", "Ed25519"}),
    ],
)
def test_the_kind_of_a_key_says_which_algorithms_it_verifies(algorithm: str, allowed: set[str]) -> None:
    """Never a shared secret, never none; with `alg` that one alone."""
    assert read_client_keys(jwks(public("a", algorithm)))["a"].algorithms == allowed
    assert read_client_keys(jwks(public("a", algorithm, alg=algorithm)))["a"].algorithms == {algorithm}


@pytest.mark.parametrize(
    "entry",
    [
        public(alg="HS256"),
        public(alg="none"),
        public(alg=["ES256"]),
        public(use="enc"),
        public(key_ops=["encrypt"]),
        public(crv="secp256k1"),
        public(kty="new"),
        public(x="AAAA"),
        public("") | {"kid": None},
        {"kty": "EC", "kid": "x"},
        {},
        {**SMALL, "kid": "small"},
    ],
)
def test_a_key_that_cannot_be_used_is_left_out(entry: dict[str, object]) -> None:
    """Sets hold keys for other things and readers, too; alone, such a key is no set to rely on."""
    assert set(read_client_keys(jwks(entry, public("good")))) == {"good"}
    with pytest.raises(ClientKeysError, match="have none that signs tokens"):
        read_client_keys(jwks(entry))


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("", "are no JWK Set"),
        ("kZ3" * 20, "are no JWK Set"),
        ("[]", "are no JWK Set"),
        ('{"keys": {}}', "are no JWK Set"),
        ('{"keys": ["x"]}', "are no JWK Set"),
        ("[" * 5000, "are no JWK Set"),
        ('{"keys": []}', "have none"),
        (jwks(public(), public()), "two keys of one `kid`"),
        (jwks(public(), key().as_dict(private=True)), "not public"),
        (jwks({"kty": "oct", "k": "c2VjcmV0", "kid": "x"}), "not public"),
    ],  # not by the text: keys are made anew in each process
    ids=[
        "nothing",
        "base64",
        "list",
        "object",
        "text",
        "deep",
        "empty",
        "twice",
        "private",
        "secret",
    ],
)
def test_a_set_that_is_none_is_refused_whole(text: str, words: str) -> None:
    """What the secret holds at first, two keys of one name, and a key that the world should not see."""
    with pytest.raises(ClientKeysError, match=words) as caught:
        read_client_keys(text)
    assert "c2VjcmV0" not in str(caught.value)
    assert json.dumps(key().as_dict(private=True)["d"]) not in str(caught.value)
