from __future__ import annotations

from itertools import product

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from policies.calls.language.checking import check
from policies.calls.language.policy_parts import PolicyParts, read_parts
from policies.calls.linting import lint as linting
from policies.calls.linting.impossible import DeclaredNames
from policies.calls.linting.lint import LintWarning, covers, lint
from policies.calls.versions.catalogue import StoredCall
from tests.support.effort import effort
from tests.support.governance.policy_files import declared, schema_source, source

DECLARED = DeclaredNames(
    services=frozenset({"axon", "orbit", "ledger"}), environments=frozenset({"sandbox", "dev", "prod"})
)
EXACT = 'principal == Service::"orbit", action == Action::"reason", resource == Service::"axon"'
ANY = "principal, action, resource"
TRIAL = 'when { context has tenant && context.tenant like "trial-*" }'


def written(name: str, effect: str = "permit", scope: str = EXACT, condition: str = "") -> str:
    return f'@id("{name}") @reason("r") {effect} ({scope}) {condition};\n'


def warnings(*texts: str, calls: tuple[StoredCall, ...] = ()) -> list[tuple[str, str, str | None]]:
    return [(warning.policy, warning.code, warning.other) for warning in found(*texts, calls=calls)]


def found(*texts: str, calls: tuple[StoredCall, ...] = ()) -> tuple[LintWarning, ...]:
    return lint(check(schema_source(), [source("".join(texts))], calls), DECLARED)


def test_an_ordinary_set_has_no_warnings() -> None:
    """Exact permits, conditions and a wide forbid are what policies are made of."""
    assert (
        warnings(
            written("a"),
            written("b", "forbid", 'principal, action == Action::"erase", resource'),
            written("c", scope=EXACT.replace("axon", "ledger"), condition=TRIAL),
        )
        == []
    )


@pytest.mark.parametrize(
    ("scope", "condition", "why"),
    [
        (EXACT.replace("orbit", "orbti"), "", "no service `orbti` is declared"),
        (EXACT.replace("axon", "axom"), "", "no service `axom` is declared"),
        (EXACT, "when { false }", "its `when` is `false`"),
        (EXACT, "unless { true }", "its `unless` is `true`"),
        (
            EXACT,
            "when { context has tenant } unless { context has tenant }",
            "`context has tenant` would have to",
        ),
        (
            EXACT,
            'when { context.environment == "dev" && "prod" == context.environment }',
            '`context.environment` would have to be "dev" and "prod"',
        ),
        (EXACT, 'when { context.environment == "prd" }', "there is no environment `prd`"),
    ],
)
def test_a_policy_that_can_never_apply_is_named(scope: str, condition: str, why: str) -> None:
    """No request matches it: it names what there is not, or contradicts itself."""
    (warning,) = found(written("a", scope=scope, condition=condition))
    assert warning.code == "never-applies"
    assert warning.message.startswith(f"`a` never applies: {why}")
    assert (str(warning.path), warning.line) == ("a.cedar", 1)
    assert warning.hint


@pytest.mark.parametrize(
    "forbid",
    [
        written("no", "forbid", ANY),
        written("no", "forbid", EXACT),
        written("no", "forbid", 'principal, action in [Action::"reason", Action::"erase"], resource'),
        written("no", "forbid", ANY, "when { context has tenant }"),
    ],
)
def test_a_permit_that_a_forbid_always_overrules_is_shadowed(forbid: str) -> None:
    """The forbid applies whenever the permit does, so the permit permits nothing."""
    assert ("a", "shadowed", "no") in warnings(written("a", condition=TRIAL), forbid)


@pytest.mark.parametrize(
    "forbid",
    [
        written("no", "forbid", EXACT.replace("reason", "erase")),
        written("no", "forbid", ANY, 'when { context.environment == "prod" }'),
        written("no", "forbid", ANY, "unless { context has tenant }"),
    ],
)
def test_a_forbid_about_something_else_shadows_nothing(forbid: str) -> None:
    """Another intent or another condition leaves something to permit."""
    assert warnings(written("a", condition=TRIAL), forbid) == []


def test_policies_that_decide_the_same_are_duplicates() -> None:
    """The later one is named; order of terms, spaces and parentheses make no difference."""
    swapped = 'when { (context has tenant) } when { context.tenant  like "trial-*" }'
    assert warnings(written("a", condition=TRIAL), written("b", condition=swapped)) == [
        ("b", "duplicate", "a")
    ]


def test_a_policy_beside_a_wider_one_adds_nothing() -> None:
    """The narrower of two is named, whichever comes first."""
    (warning,) = found(written("a", condition=TRIAL), written("b"))
    assert (warning.policy, warning.other) == ("a", "b")
    assert warning.message == "`a` applies only where `b` does"


def test_a_declared_call_makes_the_written_permit_superfluous() -> None:
    """The permit that a declaration makes stays; the one that a person wrote is named."""
    (warning,) = found(written("zz"), calls=(declared("orbit", "axon", "reason"),))
    assert (warning.policy, warning.other) == ("zz", "orbit-may-reason-on-axon")
    assert warning.message.endswith("in services/orbit/service.toml")


@pytest.mark.parametrize(
    ("scope", "condition", "words"),
    [
        (ANY, "", "every service and every intent and every target"),
        (EXACT.replace('resource == Service::"axon"', "resource"), "", "every target"),
        (
            'principal is Service, action == Action::"reason", resource == Service::"axon"',
            "",
            "every service",
        ),
    ],
)
def test_an_open_permit_is_a_wildcard(scope: str, condition: str, words: str) -> None:
    """A scope that is open permits also what is declared later."""
    (warning,) = found(written("a", scope=scope, condition=condition))
    assert warning.message == f"`a` permits {words}, also those declared later"


def test_a_condition_may_close_what_the_scope_leaves_open() -> None:
    """A permit that looks at the principal in its condition is not open in it."""
    scope = 'principal, action == Action::"reason", resource == Service::"axon"'
    narrow = 'when { principal == Service::"orbit" || principal == Service::"ledger" }'
    assert warnings(written("a", scope=scope, condition=narrow)) == []


def test_a_pattern_that_matches_everything_is_named() -> None:
    """`like "*"` says nothing."""
    (warning,) = found(written("a", condition='when { context.environment like "*" }'))
    assert warning.message == '`context.environment like "*"` in `a` matches every text'


SCOPES = [
    ", ".join(parts)
    for parts in product(
        ("principal", 'principal == Service::"orbit"'),
        ("action", 'action == Action::"reason"', 'action in [Action::"reason", Action::"erase"]'),
        ("resource", 'resource == Service::"axon"'),
    )
]
TERMS = ["when { a }", "when { b && a }", "when { (b) }", "unless { c }", "unless { c || a }", ""]
POLICIES = [written("p", "permit", scope, term) for scope in SCOPES for term in TERMS]


@given(st.sampled_from(POLICIES), st.sampled_from(POLICIES))
@settings(max_examples=effort(300))
def test_what_covers_applies_wherever_the_covered_does(wide: str, narrow: str) -> None:
    """Over every request and every truth of the terms."""
    first, second = read_parts([wide, narrow])
    if not covers(first, second):
        return
    truths = [dict(zip("abc", values, strict=True)) for values in product((True, False), repeat=3)]
    for service, intent, target, truth in product(
        ("orbit", "axon"), ("reason", "erase"), ("orbit", "axon"), truths
    ):
        applied = [
            (anatomy.principals is None or service in anatomy.principals)
            and (anatomy.actions is None or intent in anatomy.actions)
            and (anatomy.resources is None or target in anatomy.resources)
            and all(truth[term.text] == (term.kind == "when") for term in anatomy.terms)
            for anatomy in (first, second)
        ]
        assert applied[0] or not applied[1]


def test_policies_are_linted_without_looking_at_every_pair(monkeypatch: pytest.MonkeyPatch) -> None:
    """Pairs are found by what they share: each of 500 policies is compared with few others, not with all."""
    texts = [
        written(
            f"p{index}",
            scope=EXACT.replace('"orbit"', f'"s{index % 100}"'),
            condition=f"when {{ {index} == 1 }}",
        )
        for index in range(500)
    ]
    sources = check(schema_source(), [source("".join(texts))])
    services = frozenset({"axon", *(f"s{index}" for index in range(100))})
    compared: list[str] = []

    def counted(wide: PolicyParts, narrow: PolicyParts) -> bool:
        compared.append(wide.effect)
        return covers(wide, narrow)

    monkeypatch.setattr(linting, "covers", counted)
    assert lint(sources, DeclaredNames(services=services)) == ()
    assert 500 <= len(compared) <= 1_500
