"""What the admin function refuses, as errors about files here."""

from __future__ import annotations

from pathlib import Path

import pytest

from cli.policies.admin_client import AdminRefusedError, PolicyAdmin
from cli.policies.refusal import CasesFailError, local_places
from policies.calls.language.errors import PolicyError
from tests.support.governance.admin_api import written


def test_refused_policy_is_an_error_in_its_file(admin: PolicyAdmin) -> None:
    """With the line and column in the text that was sent."""
    wrong = written("night").replace("erase", "dream")
    with pytest.raises(PolicyError) as caught, local_places(lambda _: Path("here", "night.cedar")):
        admin.put("night", wrong)
    assert (caught.value.path, caught.value.line) == (Path("here", "night.cedar"), 1)
    assert 'Action::"dream"' in caught.value.message
    assert caught.value.hint


def test_failing_cases_are_named(admin: PolicyAdmin) -> None:
    """All of them, and that nothing was changed."""
    with pytest.raises(CasesFailError) as caught, local_places(Path):
        admin.put("none", written("none", action="reason"))
    assert caught.value.message.splitlines()[0] == "1 cases would fail, so nothing was changed"
    assert caught.value.message.splitlines()[1].startswith("  orbit may reason: ")


def test_other_refusals_stay_what_they_are(admin: PolicyAdmin) -> None:
    """They are about no file."""
    with pytest.raises(AdminRefusedError), local_places(Path):
        admin.policy("nowhere")
