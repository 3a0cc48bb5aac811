"""boto3 clients of the emulator, for the other parts of the background process."""

from __future__ import annotations

import ipaddress
import threading
from typing import Any
from urllib.parse import urlsplit

from sandbox.cloud.access.keys import AccessKey
from sandbox.errors import NotLoopbackError

_LAMBDA_SECONDS = 910
"""A function may run for 15 minutes."""


class EmulatorClients:
    """Makes one client for each service and keeps it; safe to use from several threads."""

    def __init__(self, endpoint: str, region: str, key: AccessKey) -> None:
        """`key` signs the requests. Raises NotLoopbackError for an endpoint that is not on this machine."""
        host = urlsplit(endpoint).hostname or ""
        if not _is_loopback(host):
            raise NotLoopbackError(endpoint)
        self._endpoint = endpoint
        self._region = region
        self._key = key
        self._lock = threading.Lock()
        self._session: Any = None
        self._clients: dict[str, Any] = {}

    def __call__(self, service: str) -> Any:
        """Return the client of a service (boto3's name for it)."""
        with self._lock:
            client = self._clients.get(service)
            if client is None:
                client = self._clients[service] = self._make(service)
            return client

    def with_session(self, service: str, key: AccessKey, token: str) -> Any:
        """A client of a service, made anew, that signs with the credentials of a session."""
        with self._lock:
            return self._make(
                service,
                aws_access_key_id=key.id,
                aws_secret_access_key=key.secret,
                aws_session_token=token,
            )

    def _make(self, service: str, **credentials: str) -> Any:
        import boto3  # noqa: PLC0415 - 0.3 s that the host does not spend before it is ready
        from botocore.config import Config  # noqa: PLC0415

        if self._session is None:
            self._session = boto3.Session(
                region_name=self._region,
                aws_access_key_id=self._key.id,
                aws_secret_access_key=self._key.secret,
            )
        waits = _LAMBDA_SECONDS if service == "lambda" else 60
        config = Config(
            proxies={},  # never through a proxy of the environment
            # a function that has run must not run again because its answer came late
            retries={"total_max_attempts": 1 if service == "lambda" else 2, "mode": "standard"},
            connect_timeout=5,
            read_timeout=waits,
            max_pool_connections=32,
        )
        return self._session.client(service, endpoint_url=self._endpoint, config=config, **credentials)


def _is_loopback(host: str) -> bool:
    try:
        return host == "localhost" or ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False
