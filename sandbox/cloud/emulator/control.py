"""The sandbox's own small API beside AWS's, under `/_myelin/` on the emulator's port.

`GET /_myelin/ping` says who answers, `GET /_myelin/status` what runs, `POST /_myelin/shutdown` stops
everything; the host adds orders of its own, each a POST with a JSON document.
"""

from __future__ import annotations

import ipaddress
from collections.abc import Callable, Iterable, Mapping
from typing import Any

from sandbox.cloud.emulator.wsgi import Application, Environ, StartResponse, WsgiResponse, json_response

PREFIX = "/_myelin/"

MakeDocument = Callable[[], Mapping[str, Any]]
"""Makes a document that is answered as JSON."""

Order = Callable[[Environ], WsgiResponse]
"""Carries out what a request asks for."""


class ControlMiddleware:
    """WSGI middleware that answers the control API and passes all other requests on."""

    def __init__(
        self,
        application: Application,
        *,
        ping: MakeDocument,
        status: MakeDocument,
        shutdown: Callable[[], None],
        orders: Mapping[str, Order] | None = None,
    ) -> None:
        """`shutdown` must return at once: the response is sent after it. `orders` are by their names."""
        self._application = application
        self._routes: dict[tuple[str, str], Order] = {
            ("GET", "ping"): lambda _: json_response("200 OK", ping()),
            ("GET", "status"): lambda _: json_response("200 OK", status()),
            ("POST", "shutdown"): lambda _: _accept_shutdown(shutdown),
            **{("POST", name): order for name, order in (orders or {}).items()},
        }

    def __call__(self, environ: Environ, start_response: StartResponse) -> Iterable[bytes]:
        """Dispatch by path."""
        path = str(environ.get("PATH_INFO", ""))
        if not path.startswith(PREFIX):
            return self._application(environ, start_response)
        return self._control(environ, path.removeprefix(PREFIX)).send(start_response)

    def _control(self, environ: Environ, name: str) -> WsgiResponse:
        if not _from_this_machine(environ):
            return json_response("403 Forbidden", {"message": "the control API is not for web pages"})
        route = self._routes.get((str(environ["REQUEST_METHOD"]), name))
        if route is not None:
            return route(environ)
        if any(known == name for _, known in self._routes):
            return json_response("405 Method Not Allowed", {"message": f"`{name}` has another method"})
        return json_response("404 Not Found", {"message": f"the control API has no `{name}`"})


def _accept_shutdown(shutdown: Callable[[], None]) -> WsgiResponse:
    shutdown()
    return json_response("202 Accepted", {"message": "stopping"})


def _from_this_machine(environ: Environ) -> bool:
    """Whether a request comes from a program of this machine and not from a web page.

    For a page, a browser sends an Origin header, or a Host that was rebound to the loopback address.
    """
    host = str(environ.get("HTTP_HOST", "")).rpartition(":")[0].strip("[]")
    if "HTTP_ORIGIN" in environ:
        return False
    try:
        return host == "localhost" or ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False
