"""The routes of the admin function."""

from __future__ import annotations

import re

import pytest

from lambdas.governance.admin_http import AdminRequest
from lambdas.governance.problems import RefusedError
from lambdas.governance.routes import ROUTES, serve
from policies.calls.changing import interface
from policies.calls.changing.errors import NotFoundError
from tests.support.paths import ROOT


def request(method: str, path: str) -> AdminRequest:
    return AdminRequest(method=method, path=path, query={}, body="", expected=None, proof=None)


def test_the_interface_lists_every_route_and_no_other() -> None:
    """With the same method and path; the page for operators names each path, too."""
    listed = re.findall(r"^    (GET|PUT|POST|DELETE) +(/[^ ?]*)", str(interface.__doc__), flags=re.MULTILINE)
    written = {(method, re.sub(r"\{[a-z]+\}", "([^/]+)", path)) for method, path in listed}
    assert written == {(method, pattern.pattern) for method, pattern, _ in ROUTES}
    page = (ROOT / "docs" / "governance" / "record.md").read_text(encoding="utf-8")
    for _, path in listed:
        assert path.removesuffix("/activate") in page, path


@pytest.mark.parametrize(
    ("method", "path", "message"),
    [
        ("PATCH", "/policies/x", "`/policies/x` cannot be asked to PATCH"),
        ("GET", "/publish", "`/publish` cannot be asked to GET"),
        ("GET", "/policies/x/y", "there is nothing at this path"),
        ("GET", "/", "there is nothing at this path"),
    ],
)
def test_a_request_without_a_route_is_refused_before_anything_is_read(
    method: str, path: str, message: str
) -> None:
    """Nothing serves it: there is no store behind this."""
    with pytest.raises((RefusedError, NotFoundError)) as caught:
        serve(None, request(method, path))  # type: ignore[arg-type]
    assert caught.value.message.startswith(message)
