"""The sandbox's own small API beside AWS's, under `/_myelin/` on the emulator's port.

`GET /_myelin/ping` says who answers, `GET /_myelin/status` what runs, `POST /_myelin/shutdown` stops
everything; the host adds orders of its own, each a POST with a JSON document. Who asks shows the token that
stands in the sandbox's state file, which its user alone can read.
"""

from __future__ import annotations

import hmac
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
        token: str,
        orders: Mapping[str, Order] | None = None,
    ) -> None:
        """`token` has to be shown with each request: `Authorization: Bearer <token>`.

        `shutdown` must return at once: the response is sent after it. `orders` are by their names.
        """
        self._application = application
        self._shown = f"Bearer {token}".encode()
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
        shown = str(environ.get("HTTP_AUTHORIZATION", "")).encode()
        if not hmac.compare_digest(shown, self._shown):
            return json_response("403 Forbidden", {"message": "the control API is for this user's commands"})
        route = self._routes.get((str(environ["REQUEST_METHOD"]), name))
        if route is not None:
            return route(environ)
        if any(known == name for _, known in self._routes):
            return json_response("405 Method Not Allowed", {"message": f"`{name}` has another method"})
        return json_response("404 Not Found", {"message": f"the control API has no `{name}`"})


def _accept_shutdown(shutdown: Callable[[], None]) -> WsgiResponse:
    shutdown()
    return json_response("202 Accepted", {"message": "stopping"})
