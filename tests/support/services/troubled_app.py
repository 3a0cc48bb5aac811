"""An application with one route for each kind of trouble."""

from __future__ import annotations

from typing import Any

from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import Route

from services.runtime.application import assemble
from services.runtime.errors import BodyTooLargeError
from services.runtime.process.health import Probe
from services.runtime.requests.bodies import ClientGoneError
from services.runtime.requests.problems import ProblemError
from tests.support.services.asgi import AsgiClient
from tests.support.services.parts import ExportedSpans, service_parts


class TroubledApp:
    """The application, a client of it, and the spans that it has exported."""

    def __init__(self, *probes: Probe) -> None:
        self.exported = ExportedSpans()
        self.parts = service_parts(exporter=self.exported)
        self.app = assemble(
            self.parts,
            document="{}",
            routes=[
                Route("/ok", ok),
                Route("/defect", defect),
                Route("/half", half),
                Route("/gone", gone),
                Route("/large", large),
                Route("/teapot", teapot),
            ],
            probes=probes,
        )

    @property
    def client(self) -> AsgiClient:
        return AsgiClient(self.app)


async def ok(_: Request) -> Response:
    return PlainTextResponse("ok")


async def defect(_: Request) -> Response:
    raise RuntimeError("secret detail")


async def half(_: Request) -> Response:
    class Half(Response):
        async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
            await send({"type": "http.response.start", "status": 200, "headers": []})
            raise RuntimeError("in the middle")

    return Half()


async def gone(_: Request) -> Response:
    raise ClientGoneError


async def large(_: Request) -> Response:
    raise BodyTooLargeError(7)


async def teapot(_: Request) -> Response:
    raise ProblemError(
        slug="teapot",
        title="Teapot",
        status=418,
        detail="short and stout",
        headers={"x-a": "b"},
        extra={"more": 1},
    )
