"""What an attacker sends to the function's URL."""

from __future__ import annotations

import json
from typing import Any

from hypothesis import strategies as st

from tests.support.governance.hostile.requests import TRICKS, WRONG

_KNOWN = frozenset({"purpose", "size", "tenant", "proven"})
"""What a decision may look at in an AuthZEN context."""


def _decides_nothing(context: object) -> bool:
    """Whether all of a context is null or unknown, and so ignored; what Cedar interprets is refused."""
    return context is None or (
        isinstance(context, dict)
        and all(
            value is None or (name not in _KNOWN and not name.startswith("__"))
            for name, value in context.items()
        )
    )


@st.composite
def http_events(draw: st.DrawFn) -> dict[str, Any]:
    """A call of the function's URL with something wrong: method, path, headers, encoding or body.

    `intact` says whether the wrong part of the evaluation is one that decides nothing.
    """
    evaluation: Any = {
        "subject": {"type": "service", "id": "orbit"},
        "action": {"name": "reason"},
        "resource": {"type": "service", "id": "axon"},
    }
    part = draw(st.sampled_from(("subject", "action", "resource", "context", "evaluations", "options")))
    evaluation[part] = draw(st.sampled_from((*TRICKS, *(item for item in WRONG if _is_json(item)))))
    intact = part in ("evaluations", "options") or (
        part == "context" and _decides_nothing(evaluation["context"])
    )
    if draw(st.booleans()):
        evaluation = {"evaluations": [evaluation] * draw(st.sampled_from((1, 2, 500)))}
    body: Any = draw(
        st.sampled_from(
            (
                json.dumps(evaluation),
                json.dumps(evaluation)[:-1],
                "[" * 100_000,
                '{"a":' * 50_000,
                '{"subject": NaN}',
                '{"subject": 1e999}',
                "9" * 5000,
                '{"subject": {"type": "service", "id": "axon"}, "subject": {"type": "service"}}',
                "\ud800",
                "\ufeff{}",
                "",
                None,
                1,
                "AAAA",
                "%%%",
                "x" * 1_000_000,
            )
        )
    )
    return {
        "intact": intact,
        "version": draw(st.sampled_from(("2.0", "1.0", None))),
        "rawPath": draw(
            st.sampled_from(
                (
                    "/access/v1/evaluation",
                    "/access/v1/evaluations",
                    "/access/v1/evaluation/",
                    "/",
                    "",
                    "/access/../access/v1/evaluation",
                    None,
                    "/\0",
                )
            )
        ),
        "headers": draw(
            st.sampled_from(
                (
                    {"content-type": "application/json"},
                    {"content-type": "application/json; charset=utf-8", "x-request-id": "r\r\nset-cookie: a"},
                    {"content-type": "text/plain"},
                    {},
                    None,
                    {"x-request-id": 1},
                )
            )
        ),
        "requestContext": draw(
            st.sampled_from(
                (
                    _signed(method="POST"),
                    _signed(method="POST"),
                    _signed(method="GET"),
                    _signed(method="post"),
                    _signed(),
                    {"http": {"method": "POST"}},
                    {"http": {"method": "POST"}, "authorizer": {"iam": {"userArn": ""}}},
                    {"http": {"method": "POST"}, "authorizer": "iam"},
                    {"http": {"method": "GET"}},
                    {"http": {}},
                    {"http": None},
                    {},
                    None,
                )
            )
        ),
        "body": body,
        "isBase64Encoded": draw(st.sampled_from((False, True, "yes", None))),
    }


def _signed(**http: str) -> dict[str, Any]:
    return {"http": http, "domainName": "x", "authorizer": {"iam": {"userArn": "arn:aws:iam::1:user/x"}}}


def _is_json(value: Any) -> bool:
    try:
        json.dumps(value)
    except (TypeError, ValueError):
        return False
    return True
