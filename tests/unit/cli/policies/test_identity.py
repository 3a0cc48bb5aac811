"""The command's side of the proof of identity."""

from __future__ import annotations

from cli.policies.identity import Prover
from policies.calls.changing.identity_proof import BoundRequest, read_proof
from tests.support.governance.fake_sts import URL, ask, credentials_of

ADA = "arn:aws:iam::123456789012:user/ada"
REQUEST = BoundRequest(
    audience="arn", method="PUT", path="/x", query={"a": "b"}, if_match=None, body="caf\u00e9"
)


def test_what_is_signed_is_what_the_function_rebuilds() -> None:
    """STS answers to the rebuilt request, with the token of a session, too; no two proofs are the same."""
    for token in (None, "FwoGZXIvYXdzEA+/="):
        prover = Prover(credentials=credentials_of(ADA, token), region="us-east-1", sts=URL)
        proof = prover.prove(REQUEST)
        assert read_proof(proof.encode()) == proof
        headers = proof.sts_headers(host="sts.us-east-1.amazonaws.com", region="us-east-1", request=REQUEST)
        assert ask(headers)[0] == 200
        assert prover.prove(REQUEST).nonce != proof.nonce
