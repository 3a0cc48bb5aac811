"""What differs between the inputs of two releases."""

from __future__ import annotations

from cli.releases.comparison import InputKind, compare_inputs, difference_lines
from tests.support.releases import inputs


def test_nothing_differs_from_itself() -> None:
    """Nor from what is only written otherwise."""
    assert compare_inputs(inputs(), inputs()) == ()
    assert compare_inputs(inputs(), inputs(declarations={"axon": "# the port\nport=8080"})) == ()


def test_each_kind_of_input_is_compared() -> None:
    """A setting, an image, a declaration by its keys, a policy by its file: old and new, None for none."""
    new = inputs(
        settings={"platform": {"myelin:allowHttp": "false"}},
        images={"orbit": "sha256:" + "b" * 64},
        declarations={"axon": 'port = 8081\n[[calls]]\nservice = "orbit"\n'},
        policies={"a.cedar": "forbid (principal, action, resource);\n", "b.cedar": ""},
    )
    found = [(one.kind, one.name, one.old, one.new) for one in compare_inputs(inputs(), new)]
    assert found == [
        (InputKind.SETTING, "platform myelin:allowHttp", "true", "false"),
        (InputKind.IMAGE, "axon", "sha256:" + "a" * 64, None),
        (InputKind.IMAGE, "orbit", None, "sha256:" + "b" * 64),
        (InputKind.DECLARATION, "axon calls[0].service", None, "orbit"),
        (InputKind.DECLARATION, "axon port", "8080", "8081"),
        (
            InputKind.POLICY,
            "a.cedar",
            "permit (principal, action, resource);\n",
            "forbid (principal, action, resource);\n",
        ),
        (InputKind.POLICY, "b.cedar", None, ""),
    ]
    assert compare_inputs(inputs(), new)[0].document() == {
        "kind": "setting",
        "name": "platform myelin:allowHttp",
        "old": "true",
        "new": "false",
    }


def test_lines_show_values_and_changed_policies() -> None:
    """Digests are cut short; of a policy file its changed lines are shown, and none that stayed."""
    text = "permit (principal, action, resource);\n"
    old = inputs(policies={"a.cedar": f"// kept\n{text}"})
    new = inputs(
        images={"axon": "sha256:" + "b" * 64},
        policies={"a.cedar": f"// kept\n{text.replace('permit', 'forbid')}", "b.cedar": "// new"},
    )
    assert list(difference_lines(compare_inputs(old, new))) == [
        "image       axon: sha256:aaaaaaaaaaaa… -> sha256:bbbbbbbbbbbb…",
        "policy      a.cedar: changed",
        "    -permit (principal, action, resource);",
        "    +forbid (principal, action, resource);",
        "policy      b.cedar: added",
        "    +// new",
    ]


def test_a_declaration_that_is_no_toml_is_compared_as_text() -> None:
    """It cannot be deployed, but it can be looked at."""
    (found,) = compare_inputs(inputs(declarations={"axon": "="}), inputs(declarations={"axon": "=="}))
    assert (found.name, found.old, found.new) == ("axon (text)", "=", "==")
