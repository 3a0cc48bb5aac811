"""moto's request dispatcher, with a lock for each service in place of one for all.

moto builds the application of a service under a single lock: while EC2 loads its data (half a second), no
call to any service gets through. Here each service has a lock of its own, held only while its application is
built. Imports moto, so import this module late.
"""

from __future__ import annotations

import functools
import threading
from collections import defaultdict
from typing import Any

from moto.moto_server.werkzeug_app import DomainDispatcherApplication, create_backend_app


class MotoDispatcher(DomainDispatcherApplication):
    """Sends each request to the moto backend that it is for."""

    def __init__(self) -> None:
        super().__init__(create_backend_app)
        self._building: defaultdict[str, threading.Lock] = defaultdict(threading.Lock)
        self._backend_of_host = functools.lru_cache(maxsize=4096)(super().get_backend_for_host)

    def get_backend_for_host(self, host: str | None) -> Any:
        """The name of moto's backend for a host name; cached, because moto tries 180 patterns each time."""
        return self._backend_of_host(host)

    def get_application(self, environ: dict[str, Any]) -> Any:
        """Find, or build, the application that answers a request."""
        return self.application_of(self._backend(environ))

    def application_of(self, backend: str) -> Any:
        """Find, or build, the application of one of moto's backends (`ec2`, `awslambda`, `elbv2`, ...)."""
        application = self.app_instances.get(backend)
        if application is None:
            with self.lock:
                building = self._building[backend]
            with building:
                application = self.app_instances.get(backend)
                if application is None:
                    make: Any = self.create_app
                    application = self.app_instances[backend] = make(backend)
        return application

    def _backend(self, environ: dict[str, Any]) -> Any:
        path = str(environ.get("PATH_INFO", ""))
        host = self.infer_service_region_host(environ, path)
        return self.get_backend_for_host(host or "s3.us-east-1.amazonaws.com")
