"""The AWS clients of the commands.

botocore takes long to import, and some commands, such as `dispatch`, ask AWS nothing: it is imported by the
first client that is made.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from sandbox.cloud.access.keys import AccessKey

if TYPE_CHECKING:
    from sandbox.provider.api_clients import ApiClients


class SandboxClients:
    """Clients of the AWS that a sandbox emulates, made when they are first used."""

    def __init__(self, endpoint: str, region: str, key: AccessKey) -> None:
        """`endpoint` is the URL of the emulated AWS, `key` that of the identity that asks it."""
        self._endpoint = endpoint
        self._key = key
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
        from sandbox.provider.api_clients import ClientCredentials, connect  # noqa: PLC0415

        if self._connected is None:
            given = ClientCredentials(access_key_id=self._key.id, secret_access_key=self._key.secret)
            self._connected = connect(self._endpoint, self._region, given)
        return self._connected
