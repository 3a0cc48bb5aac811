"""What docs/sandbox.md says is judged is what the code judges. FID-2"""

from __future__ import annotations

import pytest

from sandbox.cloud.authorization.circumstances import TOLD
from sandbox.cloud.authorization.in_moto.resource_policies import JUDGED
from sandbox.cloud.authorization.mappings.catalogue import SERVICES
from tests.support.paths import ROOT

SECTION = (ROOT / "docs" / "sandbox.md").read_text(encoding="utf-8").split("## What may be done here")[1]
SECTION = SECTION.split("\n## ")[0]


@pytest.mark.parametrize("name", sorted({*SERVICES, *JUDGED, *TOLD}))
def test_what_is_judged_is_named(name: str) -> None:
    """Services by IAM's prefix, policies of resources by service, and condition keys."""
    assert name in SECTION
