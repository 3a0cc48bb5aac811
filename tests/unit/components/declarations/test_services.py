"""The graph of the declared calls."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from components.declarations import Edge, Services
from components.declarations.declaration import CallDeclaration, ServiceDeclaration
from components.declarations.errors import UnknownServiceError

NAMES = ("a", "b", "c", "d", "e")
Pairs = set[tuple[str, str]]


def declared(calls: Pairs) -> Services:
    return Services(
        services=tuple(
            ServiceDeclaration(
                name=name,
                path=Path(f"services/{name}/service.toml"),
                description=name,
                tier="private",
                port=9000 + number,
                cpu=256,
                memory=512,
                calls=tuple(
                    CallDeclaration(service=to, intent="ask") for by, to in sorted(calls) if by == name
                ),
            )
            for number, name in enumerate(NAMES)
        )
    )


@given(st.sets(st.tuples(st.sampled_from(NAMES), st.sampled_from(NAMES))))
def test_every_question_is_answered_from_the_declared_calls(calls: Pairs) -> None:
    """Who calls whom, each way round, and each edge once."""
    services = declared(calls)
    assert [(edge.caller, edge.callee) for edge in services.edges] == sorted(calls)
    for name in NAMES:
        assert services.get(name).name == name
        assert services.callees_of(name) == tuple(sorted(to for by, to in calls if by == name))
        assert services.callers_of(name) == tuple(sorted(by for by, to in calls if to == name))
        assert [(call.caller, call.callee) for call in services.calls_of(name)] == sorted(
            pair for pair in calls if pair[0] == name
        )
        assert set(services.edges_of(name)) == {
            edge for edge in services.edges if name in (edge.caller, edge.callee)
        }


def test_the_graph_is_computed_once() -> None:
    """A plan asks for it for each service, and some questions for each call: of many services, too often."""
    services = declared({("a", "b"), ("b", "c")})
    assert services.calls is services.calls
    assert services.edges is services.edges
    assert services.edges_of("b") is services.edges_of("b")


def test_an_unknown_service_has_no_calls_and_is_not_given() -> None:
    """Only asking for itself is an error, which names those that there are."""
    services = declared({("a", "b")})
    assert (services.calls_of("z"), services.edges_of("z")) == ((), ())
    with pytest.raises(UnknownServiceError, match="`z`"):
        services.get("z")


def test_no_two_edges_have_one_key() -> None:
    """Names with hyphens are told apart; a key of names without any is joined by a hyphen."""
    names = ("a", "b", "c", "a-b", "b-c", "a-b-c")
    keys = [Edge(caller=caller, callee=callee).key for caller in names for callee in names]
    assert len(set(keys)) == len(keys)
    assert Edge(caller="orbit", callee="axon").key == "orbit-axon"
    assert Edge(caller="a-b", callee="c").key == "a-b.c"
