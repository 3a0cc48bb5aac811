"""`myelin graph reach` on the project's own plan."""

from __future__ import annotations

import json
from typing import Any

import pytest
from typer.testing import CliRunner

from cli.commands.graph.reach import reach_end
from cli.main import app
from tests.support.paths import ROOT


def asked(*words: str) -> Any:
    return CliRunner().invoke(app, ["graph", "reach", *words, "--project", str(ROOT)])


def test_help_says_what_it_does() -> None:
    """With the first line of the function's documentation."""
    shown = " ".join(CliRunner().invoke(app, ["graph", "reach", "--help"]).stdout.split())
    assert str(reach_end.__doc__).splitlines()[0] in shown


def test_what_is_reached_is_shown_hop_by_hop() -> None:
    """On the callee's own port, with each rule that decides, and that it is the plan that was asked."""
    ran = asked("orbit", "axon")
    assert ran.exit_code == 0
    first, *hops = ran.stdout.splitlines()
    assert first.startswith("orbit reaches axon on port 8081 from each of its subnets to each")
    assert first.endswith("(as it is planned)")
    assert len(hops) == 8
    assert all(hop.startswith("  passes ") for hop in hops)


@pytest.mark.parametrize(("more", "code"), [([], 0), (["--exit-code"], 3)])
def test_the_first_that_refuses_is_the_last_line(more: list[str], code: int) -> None:
    """It exits 3 only when asked to."""
    ran = asked("axon", "internet", *more)
    assert ran.exit_code == code
    assert ran.stdout.splitlines() == [
        "axon does not reach internet on port 443 (as it is planned)",
        "  refused security group of axon, egress: no rule for internet on port 443",
    ]


def test_the_document_has_the_same() -> None:
    """With both ends, the port and where the answer is from."""
    document = json.loads(asked("orbit", "axon", "8082", "--env", "dev", "--json").stdout)
    assert (document["environment"], document["deployed"], document["reachable"]) == ("dev", False, False)
    assert (document["source"], document["target"], document["port"]) == ("orbit", "axon", 8082)
    assert document["hops"][-1]["passes"] is False


def test_an_end_that_is_not_there_is_refused() -> None:
    """With those that are."""
    ran = asked("orbit", "axxon")
    assert ran.exit_code == 2
    assert "there is no `axxon` in the network of `sandbox`" in ran.stderr
    assert "`load-balancer`" in ran.stderr
