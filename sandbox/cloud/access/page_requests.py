"""Tells requests of a web page from those of programs of this machine. Pure.

Every port of a sandbox is open to each page that its user looks at: a page can send requests to 127.0.0.1
unasked, and if its own name is made to point there, it can read the answers, too. A browser says so: by the
name in `Host`, by `Origin`, and by `Sec-Fetch-Site`.
Sources: https://fetch.spec.whatwg.org/#origin-header, https://www.w3.org/TR/fetch-metadata/
"""

from __future__ import annotations

import ipaddress
import re
from collections.abc import Callable, Iterable

_HOST = re.compile(r"(?P<name>\[[0-9A-Fa-f:.]+\]|[^:@/?#\[\]\s]+)(?::[0-9]{0,5})?")
_OWN_SITES = frozenset({"none", "same-origin"})


def page_refusal(
    headers: Iterable[tuple[str, str]], serves: Callable[[str], bool] = lambda _: False
) -> str | None:
    """Why a request is refused as one of a web page; None if a program or the port's own page made it.

    Header names are lowercase. `serves` says of a host name whether the port answers to it; to those of the
    loopback interface every port does.
    """
    found: dict[str, list[str]] = {"host": [], "origin": [], "sec-fetch-site": []}
    for header, value in headers:
        if header in found:
            found[header].append(value.strip())
    if len(found["host"]) != 1:
        return "the request needs one header `host`"
    host = found["host"][0]
    name = host_name(host)
    if name is None or not (is_loopback(name) or serves(name)):
        return "the header `host` is not of this machine"
    if any(site.lower() not in _OWN_SITES for site in found["sec-fetch-site"]):
        return "the request comes from a page of another site"
    own = {f"http://{host}".lower(), f"https://{host}".lower()}
    if any(origin.lower() not in own for origin in found["origin"]):
        return "the request comes from a page of another origin"
    return None


def host_name(host: str) -> str | None:
    """The name or address in a `Host` header, lowercase and without port; None if it has neither."""
    match = _HOST.fullmatch(host)
    return None if match is None else match["name"].lower().strip("[]").removesuffix(".")


def is_loopback(name: str) -> bool:
    """Whether a name or address can only be this machine's; RFC 6761 has `localhost` and what is below it."""
    if name == "localhost" or name.endswith(".localhost"):
        return True
    try:
        return ipaddress.ip_address(name).is_loopback
    except ValueError:
        return False
