"""The AWS clients of the commands, and the credentials that they act with.

botocore takes long to import, and some commands, such as `dispatch`, ask AWS nothing: it is imported by the
first client that is made.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from botocore.credentials import Credentials

    from sandbox.provider.api_clients import ApiClients


class SandboxClients:
    """Clients of the AWS that a sandbox emulates, made when they are first used."""

    def __init__(self, endpoint: str, region: str) -> None:
        """`endpoint` is the URL of the emulated AWS."""
        self._endpoint = endpoint
        self._region = region
        self._connected: ApiClients | None = None

    def client(self, service: str) -> Any:
        """A botocore client of an AWS service, by its name there (`dynamodb`)."""
        return self.connected.client(service)

    def actor(self) -> str:
        """The ARN of the identity that AWS sees behind the credentials."""
        return str(self.connected.identity()["Arn"])

    @property
    def connected(self) -> ApiClients:
        """The clients themselves, as the provider takes them."""
        from sandbox.provider.api_clients import connect  # noqa: PLC0415

        if self._connected is None:
            self._connected = connect(self._endpoint, self._region)
        return self._connected


def operator_credentials() -> Credentials:
    """The credentials of a sandbox's operator; the emulated AWS takes any."""
    from botocore.credentials import Credentials  # noqa: PLC0415

    from sandbox.provider.api_clients import ClientCredentials  # noqa: PLC0415

    operator = ClientCredentials()
    return Credentials(operator.access_key_id, operator.secret_access_key)
