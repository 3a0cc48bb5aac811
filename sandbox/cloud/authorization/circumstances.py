"""The condition keys that the emulator knows of every request, and those that it does not look at."""

from __future__ import annotations

from datetime import datetime

from sandbox.cloud.authorization.need import Need
from sandbox.cloud.iam.context import Context

ALWAYS_ABSENT = frozenset({"aws:sourcearn", "aws:sourceaccount", "aws:calledvia", "aws:calledviafirst"})
"""Keys that a request of a user or a role does not have."""

TOLD = {
    "aws:SecureTransport": "`true`: what reaches the emulator over loopback would use TLS on AWS",
    "aws:RequestedRegion": "the region of the signature",
    "aws:CurrentTime": "the clock of this machine",
    "aws:EpochTime": "the clock of this machine",
    "aws:ViaAWSService": "whether an AWS service asks in the asker's name",
    "aws:PrincipalArn": "who signed",
    "aws:PrincipalAccount": "who signed",
    "aws:PrincipalType": "who signed",
    "aws:PrincipalIsAWSService": "who signed",
    "aws:username": "who signed, if it is a user",
}
"""The keys of every service that are supplied, each with its value."""


_OF_ASKER = frozenset({"aws:principalarn", "aws:principalaccount", "aws:principaltype", "aws:username"})
"""Keys that are supplied for whoever has them: AWS services have none."""


def context_of(need: Need, region: str, now: datetime) -> Context:
    """The condition keys of one need; of any other it is not known whether AWS would have filled it in."""
    values = {
        "aws:SecureTransport": "true",
        "aws:RequestedRegion": region,
        "aws:CurrentTime": now.strftime("%Y-%m-%dT%H:%M:%SZ"),
        "aws:EpochTime": str(int(now.timestamp())),
        "aws:ViaAWSService": "true" if need.on_behalf else "false",
        **need.keys,
    }
    groups = tuple(name for name in need.known if name.endswith((":", "/")))

    def judged(key: str) -> bool:
        return key in need.known or key in ALWAYS_ABSENT or key in _OF_ASKER or key.startswith(groups)

    return Context(values, judged=judged)
