"""Rules of a project's own."""

from __future__ import annotations

from pathlib import Path

import pytest

from policies.resources.command.errors import OptionError
from policies.resources.command.rule_files import load_rules
from policies.resources.guardrails import authoring

RULE = """\
def rules(check):
    return [
        check.Guardrail(
            id="{id}",
            name="n",
            title="t",
            hint="h",
            reach=check.Reach.ANYBODY,
            kinds=(),
            judge=lambda subject: None,
        )
    ]
"""


def written(folder: Path, text: str, name: str = "rules.py") -> Path:
    path = folder / name
    path.write_text(text, encoding="utf-8")
    return path


def test_rules_are_given_what_they_are_made_with(tmp_path: Path) -> None:
    """A file imports nothing of ours, and so is the same for the package under each of its names."""
    (rule,) = load_rules([written(tmp_path, RULE.format(id="SHOP_1"))], [])
    assert isinstance(rule, authoring.Guardrail)
    assert rule.id == "SHOP_1"


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("def rules(check", "cannot be read: SyntaxError"),
        ("raise ValueError('no')", "cannot be read: ValueError: no"),
        ("def rules(check):\n    return check.nothing", "cannot be read: AttributeError"),
        ("RULES = []", "gives no rules"),
        ("def rules(check):\n    return [1]", "gives no rules"),
        (RULE.format(id="CKV_MYELIN_1"), "which there is already"),
    ],
)
def test_a_file_that_gives_no_rules_is_refused(tmp_path: Path, text: str, message: str) -> None:
    """Whatever is wrong with it is said with the file's name, and what to do."""
    with pytest.raises(OptionError) as failure:
        load_rules([written(tmp_path, text)], ["CKV_MYELIN_1"])
    assert message in failure.value.message
    assert "rules.py" in failure.value.message
    assert failure.value.hint


def test_two_files_may_not_have_the_same_rule(tmp_path: Path) -> None:
    """An id means one thing."""
    paths = [written(tmp_path, RULE.format(id="SHOP_1"), name) for name in ("a.py", "b.py")]
    with pytest.raises(OptionError, match="`SHOP_1`, which there is already"):
        load_rules(paths, [])
