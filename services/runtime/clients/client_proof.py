"""A client's proof of its IAM identity: a request to STS that only the owner of credentials can sign. Pure.

The client signs `GetCallerIdentity` for the service's own region and sends what of it is not fixed: access
key, date, session token, signature. The service builds that request itself, sends it, and believes what STS
answers:

    signed header   x-myelin-request = SHA-256 of audience, method, path, query, body and a nonce
    fixed           method, body, host, the other headers

So a proof fits one request to one service. Its form is that of changes of policies
(docs/governance/record.md); what is signed begins with another word, so that neither can stand for the other.
Form: https://developer.hashicorp.com/vault/docs/auth/aws#iam-auth-method
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import json
import re
import xml.etree.ElementTree as ElementTree
from dataclasses import asdict, dataclass
from datetime import UTC, datetime

PROOF_HEADER = "x-myelin-identity"
"""The header of a client's request that carries its proof."""
REQUEST_HEADER = "x-myelin-request"
"""The signed header of the request to STS."""
STS_BODY = b"Action=GetCallerIdentity&Version=2011-06-15"
STS_TYPE = "application/x-www-form-urlencoded; charset=utf-8"
MOST_CHARACTERS = 8_000
MOST_ANSWER_BYTES = 16 * 1024
_FIELDS = {
    "key": re.compile(r"[A-Z0-9]{16,128}"),
    "date": re.compile(r"[0-9]{8}T[0-9]{6}Z"),
    "token": re.compile(r"[A-Za-z0-9+/=_.-]{0,4096}"),
    "signature": re.compile(r"[0-9a-f]{64}"),
    "nonce": re.compile(r"[0-9a-f]{32}"),
}
_NAMESPACE = "{https://sts.amazonaws.com/doc/2011-06-15/}"
_USER = re.compile(r"arn:aws[a-z-]*:iam::([0-9]{12}):(user/[A-Za-z0-9+=,.@_/-]{1,600})")
_SESSION = re.compile(
    r"arn:aws[a-z-]*:sts::([0-9]{12}):assumed-role/([A-Za-z0-9+=,.@_-]{1,64})/[A-Za-z0-9+=,.@_-]{1,64}"
)


@dataclass(frozen=True, slots=True, kw_only=True)
class ClientRequest:
    """The request that a proof is bound to; path and query as they stand on the wire.

    `audience` is `<account>/<region>/<environment>/<service>`.
    """

    audience: str
    method: str
    path: str
    query: str
    body: bytes

    def digest(self, nonce: str) -> str:
        """The value of the signed header."""
        body = hashlib.sha256(self.body).hexdigest()
        lines = ("myelin-client-1", self.audience, self.method, self.path, self.query, body, nonce)
        return hashlib.sha256("\n".join(lines).encode()).hexdigest()


@dataclass(frozen=True, slots=True, kw_only=True)
class ClientProof:
    """What of the request to STS is not fixed; an empty `token` for credentials without one."""

    key: str
    date: str
    token: str
    signature: str
    nonce: str

    def encode(self) -> str:
        """The value of the header: JSON with sorted names and no blanks, in base64url."""
        text = json.dumps(asdict(self), separators=(",", ":"), sort_keys=True)
        return base64.urlsafe_b64encode(text.encode()).decode()

    def signed_at(self) -> float | None:
        """Epoch seconds; None for a date that there is not."""
        try:
            return datetime.strptime(self.date, "%Y%m%dT%H%M%SZ").replace(tzinfo=UTC).timestamp()
        except ValueError:
            return None

    def sts_headers(self, *, host: str, region: str, request: ClientRequest) -> dict[str, str]:
        """The headers of the request to STS, in which nothing is of the client's shape."""
        signed = ["content-type", "host", "x-amz-date", *(["x-amz-security-token"] if self.token else [])]
        scope = f"{self.key}/{self.date[:8]}/{region}/sts/aws4_request"
        return {
            "content-type": STS_TYPE,
            "host": host,
            "x-amz-date": self.date,
            **({"x-amz-security-token": self.token} if self.token else {}),
            REQUEST_HEADER: request.digest(self.nonce),
            "authorization": f"AWS4-HMAC-SHA256 Credential={scope}, "
            f"SignedHeaders={';'.join([*signed, REQUEST_HEADER])}, Signature={self.signature}",
        }


def read_proof(text: str) -> ClientProof | None:
    """The proof in a header; None for anything but what `encode` writes."""
    if len(text) > MOST_CHARACTERS:
        return None
    try:
        proof = ClientProof(**json.loads(base64.b64decode(text, altchars=b"-_", validate=True)))
        written = proof.encode()
    except (binascii.Error, ValueError, TypeError, RecursionError):
        return None
    fields = asdict(proof).items()
    if written != text or any(
        not isinstance(value, str) or not _FIELDS[name].fullmatch(value) for name, value in fields
    ):
        return None
    return proof


def read_identity(answer: bytes) -> tuple[str, str] | None:
    """Account and identity (`user/ada`, `role/shop`) of an answer that has nothing but what STS's has.

    A session is its role. None for anything else, root and federated users among it.
    """
    if len(answer) > MOST_ANSWER_BYTES or b"<!" in answer:
        return None
    try:
        root = ElementTree.fromstring(answer)  # noqa: S314 - without a document type there are no entities
    except ElementTree.ParseError:
        return None
    results = root.findall(f"{_NAMESPACE}GetCallerIdentityResult")
    if root.tag != f"{_NAMESPACE}GetCallerIdentityResponse" or len(results) != 1:
        return None
    arns, accounts = (results[0].findall(f"{_NAMESPACE}{name}") for name in ("Arn", "Account"))
    if len(arns) != 1 or len(accounts) != 1:
        return None
    arn, account = arns[0].text or "", accounts[0].text or ""
    if (user := _USER.fullmatch(arn)) and user[1] == account:
        return account, user[2]
    if (session := _SESSION.fullmatch(arn)) and session[1] == account:
        return account, f"role/{session[2]}"
    return None
