"""Conditions of listener rules, matched as an Application Load Balancer matches them.

All patterns may have wildcards: `*` for any number of characters, `?` for exactly one; a backslash escapes
either. Paths and methods are case-sensitive; hosts, header values and query strings are not.
https://docs.aws.amazon.com/elasticloadbalancing/latest/application/rule-condition-types.html
"""

from __future__ import annotations

import functools
import ipaddress
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, assert_never


@dataclass(frozen=True, slots=True, kw_only=True)
class RequestFacts:
    """The parts of a request that conditions are about.

    `host` is without its port, header names are lowercase, the query is as it was sent.
    """

    method: str
    path: str
    query: str = ""
    host: str = ""
    headers: tuple[tuple[str, str], ...] = ()
    source_ip: str = "127.0.0.1"

    def header(self, name: str) -> list[str]:
        """All values of a header, by its lowercase name."""
        return [value for found, value in self.headers if found == name]

    @property
    def query_pairs(self) -> list[tuple[str, str]]:
        """Keys and values of the query string."""
        parts = (part.partition("=") for part in self.query.split("&") if part)
        return [(key, value) for key, _, value in parts]


@dataclass(frozen=True, slots=True)
class PathPattern:
    """The path, without the query string, matches one of the patterns."""

    values: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class HostHeader:
    """The host matches one of the patterns."""

    values: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class HttpHeader:
    """A value of the header matches one of the patterns; the name (lower case) has no wildcards."""

    name: str
    values: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class HttpRequestMethod:
    """The method is one of these, exactly."""

    values: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class QueryString:
    """A key and value of the query match one of the patterns; a pattern without a key matches any key."""

    values: tuple[tuple[str | None, str], ...]


@dataclass(frozen=True, slots=True)
class SourceIp:
    """The client's address is in one of the networks."""

    values: tuple[str, ...]


RuleCondition = PathPattern | HostHeader | HttpHeader | HttpRequestMethod | QueryString | SourceIp


def parse_condition(described: Mapping[str, Any]) -> RuleCondition:
    """Read one entry of a rule's `Conditions`, in the old form (`Values`) or the new one (`...Config`)."""

    def values(config: str) -> tuple[str, ...]:
        return tuple((described.get(config) or {}).get("Values") or described.get("Values") or ())

    match described["Field"]:
        case "path-pattern":
            return PathPattern(values("PathPatternConfig"))
        case "host-header":
            return HostHeader(values("HostHeaderConfig"))
        case "http-header":
            name = described["HttpHeaderConfig"]["HttpHeaderName"]
            return HttpHeader(name.lower(), values("HttpHeaderConfig"))
        case "http-request-method":
            return HttpRequestMethod(values("HttpRequestMethodConfig"))
        case "query-string":
            pairs: Sequence[Mapping[str, str]] = described["QueryStringConfig"]["Values"]
            return QueryString(tuple((pair.get("Key"), pair["Value"]) for pair in pairs))
        case "source-ip":
            return SourceIp(values("SourceIpConfig"))
        case field:
            raise ValueError(f"unknown condition field `{field}`")


def matches(conditions: Sequence[RuleCondition], request: RequestFacts) -> bool:
    """Whether a request meets all conditions of a rule; the default rule has none and always applies."""
    return all(_meets(condition, request) for condition in conditions)


def _meets(condition: RuleCondition, request: RequestFacts) -> bool:
    match condition:
        case PathPattern(values):
            return any(compile_wildcards(value).fullmatch(request.path) for value in values)
        case HostHeader(values):
            return _any_match(values, [request.host])
        case HttpHeader(name, values):
            return _any_match(values, request.header(name))
        case HttpRequestMethod(values):
            return request.method in values
        case QueryString(pairs):
            return any(
                _any_match([value], [found]) and (key is None or _any_match([key], [name]))
                for key, value in pairs
                for name, found in request.query_pairs
            )
        case SourceIp(values):
            address = ipaddress.ip_address(request.source_ip)
            return any(address in ipaddress.ip_network(value, strict=False) for value in values)
        case _:
            assert_never(condition)


def _any_match(patterns: Sequence[str], texts: Sequence[str]) -> bool:
    return any(
        compile_wildcards(value.lower()).fullmatch(text.lower()) for value in patterns for text in texts
    )


@functools.cache
def compile_wildcards(value: str) -> re.Pattern[str]:
    """Compile a pattern with wildcards to a regular expression."""
    parts = re.findall(r"\\[*?\\]|.", value, re.DOTALL)
    wildcards = {"*": ".*", "?": "."}
    return re.compile(
        "".join(wildcards.get(part) or re.escape(part[-1]) for part in parts),
        re.DOTALL,
    )
