"""Asks an address over HTTP: one GET, no redirect followed, nothing of the body kept.

The certificate of a test listener has to be of an authority that is known, and not for the load balancer's
own name, which is AWS's: nothing secret is sent, and no more than the status is believed.
"""

from __future__ import annotations

import ssl
from typing import Any
from urllib.error import HTTPError, URLError
from urllib.request import HTTPRedirectHandler, HTTPSHandler, ProxyHandler, Request, build_opener

from lambdas.rollout.smoke import SmokeAnswer

TIMEOUT_SECONDS = 3.0
USER_AGENT = "myelin-rollout"


class _NoRedirects(HTTPRedirectHandler):
    def redirect_request(self, *arguments: Any, **named: Any) -> None:
        """Leave the redirect as the answer."""


def _opener() -> Any:
    context = ssl.create_default_context()
    context.check_hostname = False
    return build_opener(_NoRedirects(), HTTPSHandler(context=context), ProxyHandler())


def ask(url: str) -> SmokeAnswer:
    """The status of an address, or why there is none. `url` is http or https (hook_event.py)."""
    request = Request(url, headers={"User-Agent": USER_AGENT})  # noqa: S310 - see above
    try:
        with _opener().open(request, timeout=TIMEOUT_SECONDS) as response:
            return SmokeAnswer(url=url, status=response.status)
    except HTTPError as error:
        return SmokeAnswer(url=url, status=error.code)
    except URLError as error:
        return SmokeAnswer(url=url, why=str(error.reason))
    except (OSError, ValueError) as error:
        return SmokeAnswer(url=url, why=str(error) or type(error).__name__)
