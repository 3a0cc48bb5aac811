"""Who is told of alarms, as a setting says it: a mail or a web address. Pure."""

from __future__ import annotations

import hashlib
import re
from dataclasses import dataclass

FORMS = "`mailto:ops@example.com` or `https://example.com/hook`"
_MAIL = re.compile(r"mailto:([^@\s]+@[^@\s]+\.[^@\s]+)")
_WEB = re.compile(r"https://[^\s/]+(/\S*)?")
_REHEARSED = re.compile(r"http://(127\.0\.0\.1|localhost)(:\d+)?(/\S*)?")
"""A receiver on this machine: in the sandbox alone is there anybody."""


@dataclass(frozen=True, slots=True)
class Subscriber:
    """A subscription's protocol and endpoint in SNS's words."""

    protocol: str
    endpoint: str

    @property
    def name(self) -> str:
        """A name that stays when others are added or leave, and tells no address."""
        return hashlib.sha256(f"{self.protocol} {self.endpoint}".encode()).hexdigest()[:8]


def read_subscriber(text: str) -> Subscriber:
    """Read an address; raises ValueError for one of another form."""
    if mail := _MAIL.fullmatch(text):
        return Subscriber("email", mail[1])
    if _WEB.fullmatch(text):
        return Subscriber("https", text)
    if _REHEARSED.fullmatch(text):
        return Subscriber("http", text)
    raise ValueError(text)
