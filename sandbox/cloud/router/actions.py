"""Actions of listener rules: forward, redirect, fixed response."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sandbox.cloud.router.conditions import RequestFacts

_PLACEHOLDER = re.compile(r"#\{(protocol|host|port|path|query)\}")
_DEFAULT_PORTS = {"http": "80", "https": "443"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Forward:
    """Forward the request to one of the target groups, chosen by weight."""

    groups: tuple[tuple[str, int], ...]
    """Target group ARNs and weights."""


@dataclass(frozen=True, slots=True, kw_only=True)
class FixedResponse:
    """Respond with a fixed status and body."""

    status: int
    content_type: str = "text/plain"
    body: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Redirect:
    """Redirect to another URL; each part of it may refer to the request's with `#{...}`."""

    status: int
    protocol: str = "#{protocol}"
    host: str = "#{host}"
    port: str = "#{port}"
    path: str = "/#{path}"
    query: str = "#{query}"

    def location(self, request: RequestFacts, *, protocol: str, port: int) -> str:
        """The URL to redirect to; `protocol` and `port` are the listener's. A default port is left out."""
        parts = {
            "protocol": protocol.lower(),
            "host": request.host,
            "port": str(port),
            "path": request.path.removeprefix("/"),
            "query": request.query,
        }

        def fill(text: str) -> str:
            return _PLACEHOLDER.sub(lambda found: parts[found[1]], text)

        scheme, to_port, query = fill(self.protocol).lower(), fill(self.port), fill(self.query)
        authority = fill(self.host) + ("" if _DEFAULT_PORTS.get(scheme) == to_port else f":{to_port}")
        return f"{scheme}://{authority}{fill(self.path)}{'?' if query else ''}{query}"


@dataclass(frozen=True, slots=True, kw_only=True)
class UnsupportedAction:
    """An action that the sandbox does not emulate, such as signing in with Cognito."""

    type: str


ListenerAction = Forward | FixedResponse | Redirect | UnsupportedAction


def parse_actions(described: Sequence[Mapping[str, Any]]) -> ListenerAction:
    """Read a rule's `Actions`; one that is not emulated wins over the others, so that it is never skipped."""
    ordered = sorted(described, key=lambda action: action.get("Order") or 0)
    parsed = [_parse(action) for action in ordered]
    if not parsed:
        return UnsupportedAction(type="none")
    return next((action for action in parsed if isinstance(action, UnsupportedAction)), parsed[-1])


def _parse(described: Mapping[str, Any]) -> ListenerAction:
    match described["Type"]:
        case "forward":
            groups = (described.get("ForwardConfig") or {}).get("TargetGroups") or ()
            weighted = tuple((group["TargetGroupArn"], _weight(group)) for group in groups)
            return Forward(groups=weighted or ((described["TargetGroupArn"], 1),))
        case "fixed-response":
            config = described["FixedResponseConfig"]
            return FixedResponse(
                status=int(config["StatusCode"]),
                content_type=config.get("ContentType") or "text/plain",
                body=config.get("MessageBody") or "",
            )
        case "redirect":
            config = described["RedirectConfig"]
            given = {
                name.lower(): config[name]
                for name in ("Protocol", "Host", "Port", "Path", "Query")
                if config.get(name) is not None
            }
            return Redirect(status=int(config["StatusCode"].removeprefix("HTTP_")), **given)
        case other:
            return UnsupportedAction(type=other)


def _weight(group: Mapping[str, Any]) -> int:
    weight = group.get("Weight")
    return 1 if weight is None else int(weight)


def choose_group(forward: Forward, draw: float) -> str | None:
    """The target group that a draw from [0, 1) falls on; None when all weights are 0."""
    total = sum(weight for _, weight in forward.groups)
    point = draw * total
    for arn, weight in forward.groups:
        point -= weight
        if point < 0:
            return arn
    return None
