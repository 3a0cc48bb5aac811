"""Requests of web pages are told from those of programs, by what browsers send."""

from __future__ import annotations

import pytest

from sandbox.cloud.access.page_requests import host_name, page_refusal

OWN = "127.0.0.1:4566"


def refused(*headers: tuple[str, str]) -> bool:
    return page_refusal(headers) is not None


@pytest.mark.parametrize(
    "host",
    [
        "127.0.0.1",
        OWN,
        "localhost:80",
        "LocalHost:80",
        "localhost.",
        "[::1]:80",
        "127.8.9.1",
        "b.localhost:1",
    ],
)
def test_programs_of_this_machine_pass(host: str) -> None:
    """Whatever they call it; so does an address that somebody types, and a page of the port itself."""
    assert not refused(("host", host))
    assert not refused(("host", host), ("sec-fetch-site", "none"), ("sec-fetch-mode", "navigate"))
    assert not refused(("host", host), ("sec-fetch-site", "same-origin"), ("origin", f"http://{host}"))


@pytest.mark.parametrize(
    "host",
    [
        *(
            "evil.example",
            "evil.example:4566",
            "127.0.0.1.evil.example",
            "localhost.evil.example",
            "0.0.0.0:80",
        ),
        *("10.0.0.1", "", ":80", "127.0.0.1:80:80", "evil@127.0.0.1", "127.0.0.1/", "2130706433"),
        *("[::ffff:8.8.8.8]", "localhostx", "127.0.0.1,evil.example"),
    ],
)
def test_names_that_were_made_to_point_here_do_not(host: str) -> None:
    """A page whose own name resolves to this machine (DNS rebinding), and whatever is no host."""
    assert refused(("host", host))


@pytest.mark.parametrize(
    "headers",
    [
        [("sec-fetch-site", "cross-site")],
        [("sec-fetch-site", "same-site")],
        [("sec-fetch-site", "")],
        [("sec-fetch-site", "none"), ("sec-fetch-site", "cross-site")],
        [("origin", "http://evil.example")],
        [("origin", "null")],
        [("origin", "")],
        [("origin", "http://127.0.0.1:9999")],
        [("origin", "http://localhost:4566")],
        [("origin", f"http://{OWN}"), ("origin", "http://evil.example")],
        [("origin", f"http://{OWN} http://evil.example")],
        [("origin", f"http://{OWN}"), ("sec-fetch-site", "cross-site")],
    ],
)
def test_pages_of_other_sites_do_not(headers: list[tuple[str, str]]) -> None:
    """By either header, also beside one that looks well; another port of this machine is another origin."""
    assert refused(("host", OWN), *headers)


def test_a_request_has_one_host() -> None:
    """None and two are refused, even two that are equal."""
    assert refused()
    assert refused(("host", OWN), ("host", OWN))


def test_a_port_may_answer_to_names_of_its_own() -> None:
    """As a load balancer does to its own; the rest of the rule holds for them, too."""
    serves = {"app.example"}.__contains__
    assert page_refusal([("host", "APP.example.:80")], serves) is None
    assert page_refusal([("host", "evil.example")], serves) is not None
    assert page_refusal([("host", "app.example"), ("origin", "http://evil.example")], serves) is not None


@pytest.mark.parametrize(
    ("host", "name"),
    [("A.example.:80", "a.example"), ("[::1]:80", "::1"), ("a b", None), ("a:b", None), ("a:1:2", None)],
)
def test_the_name_of_a_host(host: str, name: str | None) -> None:
    """Lowercase, without port, brackets and the last dot."""
    assert host_name(host) == name
