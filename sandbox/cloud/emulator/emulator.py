"""The emulated AWS: moto behind WSGI middleware, on one port of the loopback interface.

A request passes, in order: the door for web pages, control API, middleware that the host adds, idempotency,
changes, service locks, moto. The port answers at once; moto is imported in the background, and calls wait
for it.
"""

from __future__ import annotations

import gc
import logging
import threading
from collections.abc import Callable, Iterable, Mapping, Sequence
from concurrent.futures import Future
from typing import Any

from sandbox.cloud.emulator import quirks
from sandbox.cloud.emulator.changes import Changes, ChangesMiddleware
from sandbox.cloud.emulator.control import ControlMiddleware, MakeDocument, Order
from sandbox.cloud.emulator.door import PageMiddleware
from sandbox.cloud.emulator.error_response import error_response
from sandbox.cloud.emulator.idempotency import IdempotencyMiddleware
from sandbox.cloud.emulator.locks import ServiceLockMiddleware, ServiceLocks
from sandbox.cloud.emulator.server import WsgiServer
from sandbox.cloud.emulator.wsgi import Application, Environ, StartResponse

log = logging.getLogger(__name__)

Middleware = Callable[[Application], Application]

ACCOUNT = "123456789012"
"""moto's account for credentials that it does not know."""

PRELOADED: tuple[str, ...] = (
    *("sts", "iam", "ec2", "kms", "sns", "logs", "cloudwatch", "secretsmanager", "dynamodb", "ecr", "ecs"),
    *("s3", "elbv2", "servicediscovery", "awslambda", "applicationautoscaling", "xray", "sqs"),
)
"""moto's names of the backends that a deployment needs, in the order in which it asks for them."""

COLLECT_AFTER = 20_000
"""Objects made, beyond those given back, after which garbage is looked for; Python's own number is 700."""

_AWS_NAMES = {"awslambda": "lambda", "applicationautoscaling": "application-autoscaling"}
"""What botocore calls the services that moto names otherwise."""


class Emulator:
    """moto served over HTTP, from `start()` to `stop()`."""

    def __init__(
        self,
        *,
        port: int = 0,
        region: str = "us-east-1",
        ping: MakeDocument,
        status: MakeDocument,
        shutdown: Callable[[], None],
        token: str,
        orders: Mapping[str, Order] | None = None,
        middleware: Sequence[Middleware] = (),
        prepare: Sequence[Callable[[], None]] = (),
        preloaded: Sequence[str] = PRELOADED,
    ) -> None:
        """Bind the port; raises PortInUseError.

        `ping`, `status`, `shutdown`, `token` and `orders` are what the control API answers with and does.
        `middleware` is put in front of moto, the first outermost. `prepare` runs after moto has been imported
        and before it answers its first call.
        """
        self.changes = Changes()
        self.locks = ServiceLocks()
        self._region = region
        self._prepare = prepare
        self._preloaded = preloaded
        self._moto: Future[Application] = Future()
        application: Application = ServiceLockMiddleware(self._await_moto, self.locks)
        application = ChangesMiddleware(application, self.changes)
        application = IdempotencyMiddleware(application)
        for wrap in reversed(middleware):
            application = wrap(application)
        application = ControlMiddleware(
            application, ping=ping, status=status, shutdown=shutdown, token=token, orders=orders
        )
        self._server = WsgiServer(PageMiddleware(application), port=port)
        self.endpoint = self._server.endpoint
        self.port = self._server.port

    def start(self) -> None:
        """Serve, and load moto in the background."""
        threading.Thread(target=self._load, name="emulator-load", daemon=True).start()
        self._server.start()

    def stop(self) -> None:
        """Let calls under way finish (briefly) and close the port."""
        self._server.stop()

    def _await_moto(self, environ: Environ, start_response: StartResponse) -> Iterable[bytes]:
        try:
            application = self._moto.result()
        except Exception as error:  # noqa: BLE001 - whatever kept moto from loading; the log has it
            # a 5xx other than 501 would have botocore try again, and nothing would have changed
            message = f"the emulator could not be loaded: {error}"
            answer = error_response(environ, "501 Not Implemented", "EmulatorNotLoaded", message)
            return answer.send(start_response)
        return application(environ, start_response)

    def _load(self) -> None:
        gc.disable()  # nothing that is loaded here goes away again: collecting costs, and finds nothing
        try:
            quirks.set_environment()
            quirks.share_botocore_data()
            from sandbox.cloud.emulator.dispatcher import MotoDispatcher  # noqa: PLC0415 - imports moto: 0.5 s

            quirks.remember_modules()
            quirks.track_no_instances()
            quirks.read_requests_in_one_way()
            quirks.close_cors()
            quirks.accept_certificates()
            quirks.miss_keys_as_aws_does()
            quirks.copy_tables_cheaply()
            quirks.delete_policies_with_tables()
            quirks.leave_bucket_policies_out()
            dispatcher = MotoDispatcher()
            for step in self._prepare:
                step()
            application: Application = quirks.HeaderNamesMiddleware(dispatcher)
            self._moto.set_result(quirks.NotImplementedMiddleware(application))
        except Exception as error:
            log.exception("moto could not be loaded")
            self._moto.set_exception(error)
            gc.enable()
            return
        try:
            preload(self._preloaded, self._region, dispatcher.application_of)
        except Exception:
            # calls load the rest when they ask for it
            log.exception("moto could not be loaded ahead")
        finally:
            gc.set_threshold(COLLECT_AFTER)
            gc.freeze()  # a collection over half a million lasting objects would stop every call for 0.1 s
            gc.enable()


def preload(names: Iterable[str], region: str, build: Callable[[str], object]) -> None:
    """Load moto's backends before they are called; EC2 alone takes half a second.

    `build` makes the application of a backend. Each backend is also created for its region or partition, and
    the description of its service is read, by which moto parses calls.
    """
    from moto.backends import get_backend  # noqa: PLC0415 - imports moto
    from moto.core.utils import get_service_model  # noqa: PLC0415

    find: Any = get_backend
    for name in names:
        build(name)
        backends = find(name)[ACCOUNT]
        backends[region if region in backends else "aws"]  # made when it is first asked for
        get_service_model(_AWS_NAMES.get(name, name))
