from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import pytest

from policies.calls.language.checking import check
from policies.calls.language.defaults import declared_permits
from policies.calls.language.errors import PolicyError
from policies.calls.language.text import split_policies
from policies.calls.language.values import SourceText


@dataclass(frozen=True)
class Call:
    caller: str
    callee: str
    intent: str
    path: Path | None = None
    line: int | None = None


def test_each_declared_call_gives_one_permit() -> None:
    """The default policy is that Orbit may ask Axon to reason, and nothing more. GOV-3"""
    (document,) = declared_permits([Call("orbit", "axon", "reason")])
    assert document.text == (
        '@id("orbit-may-reason-on-axon")\n'
        '@reason("orbit declares that it calls axon to reason")\n'
        "permit (\n"
        '  principal == Service::"orbit",\n'
        '  action == Action::"reason",\n'
        '  resource == Service::"axon"\n'
        ");\n"
    )
    assert document.path == Path("services/orbit/service.toml")


def test_order_and_repeats_of_calls_do_not_matter() -> None:
    """The same calls in any order and number give the same documents."""
    one, two = Call("orbit", "axon", "reason"), Call("axon", "ledger", "reason")
    assert declared_permits([one, two, one]) == declared_permits([two, one])


def test_no_calls_no_permits() -> None:
    """Without a declared call nothing is permitted by default."""
    assert declared_permits([]) == ()


def test_names_can_not_break_out_of_their_string() -> None:
    """A hostile name stays inside the string literal that it is written into."""
    name = 'x", action, resource); permit(principal'
    (document,) = declared_permits([Call("a\\\n\u202e", name, "reason")])
    assert len(split_policies(document)) == 1
    schema = (
        'entity Service; action "reason" appliesTo {principal: Service, resource: Service, '
        "context: {environment: String, time: datetime, proven: Bool}};"
    )
    with pytest.raises(PolicyError, match="cannot be the id of a policy"):
        check(SourceText(path=Path("s"), text=schema), [document])
